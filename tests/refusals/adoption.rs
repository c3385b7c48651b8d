//! Another account map: refused while state stands under the one before, taken where its adoption stands among the
//! sales, and by a person's word where a shard cannot get that far.

use std::time::Duration;

use domain::account_map::{AccountMap, Node};
use domain::calendar::Timestamp;
use tillstream::order::{self, Issuer, Outcome};

use crate::case::{Case, check, start_all};
use crate::house::{ACCOUNTS, House, Service, log};
use crate::wait::wait_until;

/// How long the journal may take to book under its map, and to take the next one.
const WITHIN: Duration = Duration::from_secs(60);

/// Every partition of the lead topic has a shard that takes the map.
const SHARDS: usize = 12;

/// Enrich runs meanwhile: its ticks give every shard a transaction, and it orders the adoption among them.
pub(crate) fn another_account_map_is_taken_where_it_is_adopted(house: &House) {
    let first = house.write("accounts-first.toml", ACCOUNTS);
    let changed = ACCOUNTS.replace("discount = { default = \"490\" }", "discount = { default = \"400\" }");
    let next = house.write("accounts-changed.toml", &changed);
    take(house, "the first map", &[("account_map", &first)], &[], &hash(ACCOUNTS));

    let case = Case::new("a changed account map", Service::Journal)
        .with("journal", "account_map", &next)
        .names(&[
            "the state was made under account map ",
            &hash(ACCOUNTS),
            " and the file is ",
            &hash(&changed),
        ])
        .remedy(&["put the old file back, with the new one as next_account_map", "--adopt-account-map "]);
    check(start_all(house, vec![case]));

    adopt(house, &hash(&changed));
    let case = Case::new("an adopted map without its file", Service::Journal)
        .within(WITHIN)
        .names(&[&hash(&changed), "is adopted from here on", &hash(ACCOUNTS)])
        .remedy(&["start with its file as next_account_map"]);
    check(start_all(house, vec![case]));
    let files = [("account_map", first.as_str()), ("next_account_map", &next)];
    take(house, "the adopted map", &files, &[], &hash(&changed));

    let mended = ACCOUNTS.replace("discount = { default = \"490\" }", "discount = { default = \"480\" }");
    let file = house.write("accounts-mended.toml", &mended);
    let case = Case::new("a mended account map", Service::Journal)
        .with("journal", "account_map", &file)
        .names(&["the state was made under account map ", &hash(&changed)])
        .remedy(&["--adopt-account-map ", &hash(&mended)]);
    check(start_all(house, vec![case]));
    let arguments = ["--adopt-account-map".to_owned(), hash(&mended)];
    take(house, "the mended map", &[("account_map", &file)], &arguments, &hash(&mended));
}

fn hash(text: &str) -> String {
    let node: Node = toml::from_str(text).unwrap();
    AccountMap::read(&node).unwrap().hash().to_owned()
}

/// Orders the adoption of a map in every partition, as `tillstream accounts adopt` does.
fn adopt(house: &House, hash: &str) {
    let mut issuer = Issuer::new("test", Timestamp(1_773_514_800_000), None);
    let order = order::adopt_account_map(&house.cluster, &mut issuer, hash).unwrap();
    let answers = order::send(&house.cluster, &[order], WITHIN).unwrap();
    assert_eq!(answers.len(), SHARDS);
    assert!(answers.iter().all(|answer| answer.outcome == Outcome::Done), "{answers:?}");
}

/// Runs the journal until every shard says that it took a map, and drains it, so that the map stands in its state.
fn take(house: &House, name: &str, files: &[(&'static str, &str)], arguments: &[String], hash: &str) {
    let mut config = house.config(Service::Journal);
    files.iter().for_each(|(key, file)| config.set("journal", key, file));
    let mut journal = house.spawn(name, Service::Journal, &config, arguments);
    let path = journal.log().to_owned();
    let taken = || {
        let log = log(&path);
        let says = |line: &&str| line.contains("account map taken") && line.contains(hash);
        log.lines().filter(says).count() >= SHARDS
    };
    let taken = wait_until(WITHIN, || taken() || journal.check().is_err());
    assert!(taken && journal.check().is_ok(), "{name}: {}", log(&path));
    let status = journal.stop(WITHIN).unwrap();
    assert!(status.success(), "{name}: {status}\n{}", log(&path));
}
