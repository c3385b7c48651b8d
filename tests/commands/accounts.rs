//! Another account map, compared with the one in use by what was booked, and an adoption.

use domain::number::Amount;

use crate::desk::Desk;

/// The account map that `tillstream up` gives to its services.
const IN_USE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/services/tillstream/src/demo/accounts.toml");

/// Cash goes to another account: all of it leaves the one and is in the other, and nothing else moves.
pub(crate) fn another_map_is_compared_by_what_was_booked(desk: &Desk) {
    let map = std::fs::read_to_string(IN_USE).unwrap();
    let next = desk.write("next.toml", &map.replace("cash = \"101\"", "cash = \"103\""));
    let shown =
        desk.on_stack(&["accounts", "diff", IN_USE, &next]).does(&["booked otherwise: 1 roles and keys"]);
    let cash = |row: &&Vec<&str>| row.get(..4) == Some(&["US", "USD", "tender_clearing", "cash"]);
    let rows = shown.rows();
    let row = rows.iter().find(cash).unwrap();
    let net: Amount = row[5].parse().unwrap();
    assert!(!net.is_zero(), "cash was taken: {}", shown.out);
    assert_eq!(row[6..], ["account 101", "account 103"]);
    let changes = [("101 Cash in transit", net.negated()), ("103", net)];
    for (account, change) in changes {
        let says = |line: &&str| {
            line.starts_with(&format!("account {account}")) && line.ends_with(&format!(": {change}"))
        };
        assert!(shown.out.lines().any(|line| says(&line)), "{account} changes by {change}: {}", shown.out);
    }
    let same = desk.on_stack(&["accounts", "diff", IN_USE, IN_USE]);
    same.does(&["booked otherwise: 0 roles and keys"]);
    let poorer = desk.write("poorer.toml", &map.replace("default = \"103\"\ncash = \"101\"\n", ""));
    desk.on_stack(&["accounts", "diff", IN_USE, &poorer]).fails(1, &[&poorer, "has no account for "]);
    let backwards = ["accounts", "diff", IN_USE, &next, "--from", "2026-03-02", "--to", "2026-03-01"];
    desk.on_stack(&backwards)
        .fails(1, &["no business date lies from 2026-03-02", "exchange --from and --to"]);
    let none = desk.on_stack(&["accounts", "diff", IN_USE, &next, "--to", "2001-01-01"]);
    none.does(&["documents compared: 0, booked otherwise: 0 roles and keys"]);
}

/// The map in use is adopted in every partition, which changes nothing; one that cannot be booked by is never ordered.
pub(crate) fn a_map_is_adopted_and_a_bad_one_is_refused(desk: &Desk) {
    let adopted = desk.on_stack(&["accounts", "adopt", IN_USE, "--reason", "as it is"]);
    adopted.does(&["account map ", "and 9 more", "done"]);
    let map = std::fs::read_to_string(IN_USE).unwrap();
    let bad = desk.write("bad.toml", &map.replace("type = \"COGS\"", "type = \"AcctRec\""));
    desk.on_stack(&["accounts", "adopt", &bad]).fails(1, &[&bad, "type AcctRec cannot be booked to"]);
    let named = |account: &str| {
        let cash = "name = \"Cash in transit\"";
        assert!(map.contains(cash), "the map has cash in transit");
        desk.write("named.toml", &map.replace(cash, account))
    };
    let kept = named("name = \"Undeposited Funds\"");
    let says = ["account 101 Undeposited Funds is named like Undeposited Funds", "special = \"none\""];
    desk.run(&["accounts", "check", &kept]).fails(1, &says);
    desk.on_stack(&["accounts", "adopt", &kept]).fails(1, &says);
    let looked_at = named("name = \"Undeposited Funds\", special = \"none\"");
    desk.run(&["accounts", "check", &looked_at]).does(&["account map "]);
}
