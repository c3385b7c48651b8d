//! A changed account map: refused while state stands under the old one, and taken by the command that the
//! refusal names.

use std::time::Duration;

use crate::case::{Case, check, start_all};
use crate::house::{ACCOUNTS, House, Service, log};
use crate::wait::wait_until;

/// How long the journal may take to book under its map, and to take the next one.
const WITHIN: Duration = Duration::from_secs(60);

pub(crate) fn a_changed_account_map_is_refused_until_it_is_adopted(house: &House) {
    take(house, "the first map", ACCOUNTS, &[]);

    let changed = ACCOUNTS.replace("discount = { default = \"490\" }", "discount = { default = \"400\" }");
    let file = house.write("accounts-changed.toml", &changed);
    let case = Case::new("a changed account map", Service::Journal)
        .with("journal", "account_map", &file)
        .names(&["the state was made under account map ", " and the file is "])
        .remedy(&["put the old file back, or adopt the new one with --adopt-account-map "]);
    let words = check(start_all(house, vec![case]));
    let named = words.split("--adopt-account-map ").nth(1).unwrap();
    let hash = named.split_whitespace().next().unwrap().to_owned();

    take(house, "the adopted map", &changed, &["--adopt-account-map".to_owned(), hash]);
}

/// Runs the journal until a shard has restored and the process says that it took the map, and drains it, so
/// that the map stands in its state.
fn take(house: &House, name: &str, accounts: &str, arguments: &[String]) {
    let mut config = house.config(Service::Journal);
    let file = house.write(&format!("accounts-of-{}.toml", name.replace(' ', "-")), accounts);
    config.set("journal", "account_map", &file);
    let mut journal = house.spawn(name, Service::Journal, &config, arguments);
    let path = journal.log().to_owned();
    let taken = wait_until(WITHIN, || log(&path).contains("account map taken") || journal.check().is_err());
    assert!(taken && journal.check().is_ok(), "{name}: {}", log(&path));
    let status = journal.stop(WITHIN).unwrap();
    assert!(status.success(), "{name}: {status}\n{}", log(&path));
}
