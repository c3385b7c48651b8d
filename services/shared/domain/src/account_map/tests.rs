//! Account maps that are read, and maps that are refused with every reason.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

mod location;

/// Any location of the subsidiary of the good map.
const US: Place<'_> = Place { subsidiary: "US", location: None };

pub(super) fn good() -> Value {
    json!({
        "accounts": {
            "120": { "type": "Bank", "name": "Undeposited cash" },
            "121": { "type": "OthCurrAsset", "name": "Card clearing" },
            "400": { "type": "Income" },
            "401": { "type": "Income" },
            "210": { "type": "OthCurrLiab" },
            "500": { "type": "COGS" }
        },
        "subsidiaries": { "US": {
            "tender_clearing": { "default": "121", "cash": "120", "card/visa": "120" },
            "coupon_receivable": { "default": "121" },
            "discount": { "default": "401" },
            "returns": { "default": "401" },
            "sales": {
                "default": "400",
                "DELI/SNACK BAR": { "account": "401", "department": "7", "class": "3", "location": "store" }
            },
            "gift_card_liability": { "default": "210" },
            "third_party_payable": { "default": "210" },
            "store_credit_liability": { "default": "210" },
            "loyalty_liability": { "default": "210" },
            "layaway_deposit": { "default": "210" },
            "customer_deposit": { "default": "210" },
            "bottle_deposit": { "default": "210" },
            "tips_payable": { "default": "210" },
            "charity_payable": { "default": "210" },
            "rounding": { "default": "210" },
            "paid_in": { "default": "210" },
            "paid_out": { "default": "210" },
            "safe": { "default": "210" },
            "over_short": { "default": "210" },
            "tax_payable": { "US-TX": "210" },
            "suspense": { "default": "210" },
            "inventory_adjustment": { "default": { "account": "500", "class": "9" } }
        } }
    })
}

pub(super) fn read(file: &Value) -> Result<AccountMap, Problems> {
    AccountMap::read(&serde_json::from_value(file.clone()).unwrap())
}

fn dimension(key: &str, detail: &str) -> Dimension {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Dimension { key: text(key), detail: text(detail) }
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A day on which nothing of the good map changes.
fn today() -> Date {
    date("2026-03-14")
}

/// An account from a date on, the date as a reader of TOML hands it over.
fn dated(account: &str, from: &str) -> Value {
    json!({ "account": account, "from": { "$__toml_private_datetime": from } })
}

#[test]
fn the_most_particular_entry_answers() {
    let map = read(&good()).unwrap();
    for (role, key, detail, account) in [
        (Role::TenderClearing, "cash", "", Some("120")),
        (Role::TenderClearing, "card", "visa", Some("120")),
        (Role::TenderClearing, "card", "amex", Some("121")),
        (Role::TenderClearing, "card", "", Some("121")),
        (Role::TenderClearing, "cash", "drawer", Some("120")),
        (Role::Sales, "DELI/SNACK BAR", "", Some("401")),
        (Role::Sales, "GROCERY", "", Some("400")),
        (Role::Sales, "", "", Some("400")),
        (Role::TaxPayable, "US-TX", "AUSTIN", Some("210")),
        (Role::TaxPayable, "US-NY", "", None),
        (Role::Rounding, "", "", Some("210")),
    ] {
        let found = map.target(US, role, &dimension(key, detail), today()).ok();
        assert_eq!(found.map(|target| target.account.as_str()), account, "{role} {key} {detail}");
    }
    let deli = map.target(US, Role::Sales, &Dimension::of("DELI/SNACK BAR"), today()).unwrap();
    assert_eq!((deli.department.as_deref(), deli.class.as_deref()), (Some("7"), Some("3")));
    assert_eq!(deli.location, Some(LocationSegment::Store));
    assert_eq!(map.lines_max(), 200);
}

#[test]
fn a_missing_account_says_what_to_add() {
    let map = read(&good()).unwrap();
    let missing = map.target(US, Role::TaxPayable, &dimension("US-NY", "NYC"), today()).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "no account for role `tax_payable`, key `US-NY/NYC`, in subsidiary `US` on 2026-03-14; add \"US-NY/NYC\" or \
         `default` to [subsidiaries.\"US\".tax_payable] of the account map, then start with --adopt-account-map and the \
         hash of the new map"
    );
    assert!(map.target(Place { subsidiary: "MX", ..US }, Role::Sales, &Dimension::NONE, today()).is_err());
}

/// Each case changes the good file at one place and names a part of the problem it must raise.
#[test]
fn a_map_that_could_not_be_booked_by_is_refused() {
    for (place, value, problem) in [
        ("/accounts/120/type", json!("AcctRec"), "type AcctRec cannot be booked to, an A/R account"),
        ("/accounts/120/type", json!("acctpay"), "type AcctPay cannot be booked to, an A/P account"),
        ("/accounts/120/type", json!("NonPosting"), "a system account"),
        ("/accounts/120/type", json!("Cash"), "unknown type `Cash`"),
        (
            "/accounts/120",
            json!({ "type": "OthCurrAsset", "special": "undeposited_funds" }),
            "account `120` is special: NetSuite books payments there",
        ),
        (
            "/accounts/500",
            json!({ "type": "OthCurrAsset", "special": "inventory" }),
            "account `500` is special: its balance is what NetSuite values the stock at",
        ),
        (
            "/accounts/120",
            json!({ "type": "Bank", "special": "petty_cash" }),
            "unknown special account `petty_cash`; known are undeposited_funds, inventory, none",
        ),
        ("/accounts/120", json!({ "name": "x" }), "`type` is missing"),
        ("/accounts/120", json!("Bank"), "write it as { type"),
        ("/accounts/120/name", json!(1), "name must be a text"),
        ("/subsidiaries/US/sales/default", json!("999"), "account `999` is not listed"),
        ("/subsidiaries/US/sales/default", json!(400), "write the account as text"),
        ("/subsidiaries/US/sales/default", json!({ "department": "1" }), "`account` is missing"),
        ("/subsidiaries/US/sales/default", json!({ "account": "400", "shop": "1" }), "unknown key `shop`"),
        (
            "/subsidiaries/US/sales/default",
            json!({ "account": "400", "class": "x" }),
            "not a NetSuite internal id",
        ),
        (
            "/subsidiaries/US/sales/default",
            json!({ "account": "400", "location": "x" }),
            "not a NetSuite internal id",
        ),
        ("/subsidiaries/US/sales", json!({}), "must be a table with at least one entry"),
        (
            "/subsidiaries/US",
            json!({ "returns_of_goods": { "default": "400" } }),
            "unknown role `returns_of_goods`",
        ),
        (
            "/subsidiaries/US",
            json!({ "sales": { "default": "400" } }),
            "role `tax_payable` is in use and has no account",
        ),
        (
            "/subsidiaries/US/inventory_adjustment/default",
            json!({ "account": "500", "class": "1", "department": "2" }),
            "an adjustment has one segment",
        ),
        (
            "/subsidiaries/US/inventory_adjustment/default",
            json!({ "account": "500", "location": "store" }),
            "an adjustment has the location of its goods",
        ),
        (
            "/subsidiaries/US/inventory_adjustment",
            json!({ "sale": "500", "return": "500", "return_damaged": "500", "return_vendor": "500" }),
            "role `inventory_adjustment` has no account for `scrap`",
        ),
        (
            "/subsidiaries/US/sales",
            json!({ "DELI": "400", "service": "400", "shipping": "400" }),
            "role `sales` has no account for `fee`",
        ),
        (
            "/subsidiaries/US/returns",
            json!({ "default_of_none": "400" }),
            "role `returns` has no account for `DELI/SNACK BAR`",
        ),
        ("/subsidiaries", json!({}), "[subsidiaries] must be a table"),
        ("/accounts", json!([]), "[accounts] must be a table"),
        ("/subsidiaries/US/sales/default", json!([]), "an empty list books to nothing"),
        (
            "/subsidiaries/US/sales/default",
            json!(["400", "401"]),
            "entry 2: another entry holds from the beginning",
        ),
        (
            "/subsidiaries/US/sales/default",
            json!(["400", dated("401", "2027-01-01"), dated("400", "2027-01-01")]),
            "entry 3: another entry holds from 2027-01-01 already",
        ),
        (
            "/subsidiaries/US/sales/default",
            json!(["400", dated("401", "2027-01-01T00:00:00")]),
            "entry 2: from must be a date without quotation marks",
        ),
        (
            "/subsidiaries/US/sales/default",
            json!(["400", { "account": "401", "from": "2027-01-01" }]),
            "entry 2: from must be a date without quotation marks",
        ),
        ("/subsidiaries/US/sales/default", json!(["400", dated("999", "2027-01-01")]), "`999` is not listed"),
        ("/subsidiaries/US/sales/default", json!([["400"]]), "write the account as text"),
        ("", json!({ "subsidiary": {} }), "unknown key `subsidiary`"),
        ("", json!("map"), "the account map is empty"),
    ] {
        let mut file = good();
        *file.pointer_mut(place).unwrap() = value;
        let problems = read(&file).unwrap_err();
        assert!(problems.to_string().contains(problem), "{place}: {problems}");
    }
    for lines in [json!(1), json!(1001), json!("200"), json!(-1)] {
        let mut file = good();
        file["lines_max"] = lines;
        assert!(read(&file).unwrap_err().to_string().contains("from 2 to 1000"));
    }
}

/// Where one role of what is owed between subsidiaries is named, all that a crossing asks for has an account.
#[test]
fn what_is_owed_between_subsidiaries_has_accounts_on_both_sides() {
    let all = json!({ "default": "500" });
    let several = |changes: &[(&str, Value)]| {
        let mut file = good();
        let mut us = file["subsidiaries"]["US"].clone();
        us["inventory_adjustment"] = all.clone();
        for (role, entries) in changes {
            us[*role] = entries.clone();
        }
        file["subsidiaries"] = json!({ "US": us.clone(), "CA": us });
        read(&file).map(|_| ()).map_err(|problems| problems.to_string())
    };
    assert_eq!(several(&[]), Ok(()), "nothing is owed where nothing says so");
    assert_eq!(several(&[("due_from", all.clone()), ("due_to", all.clone())]), Ok(()));
    let one = json!({ "CA": "500" });
    for (changes, problem) in [
        (vec![("due_from", all.clone())], "role `due_to` is in use and has no account"),
        (
            vec![("due_from", one.clone()), ("due_to", all.clone())],
            "[subsidiaries.CA]: role `due_from` has no account for `US`",
        ),
        (
            vec![("due_from", all.clone()), ("due_to", json!({ "MX": "500" }))],
            "[subsidiaries.US]: role `due_to` has no account for `CA`",
        ),
        (
            vec![
                ("due_from", all.clone()),
                ("due_to", all.clone()),
                (
                    "inventory_adjustment",
                    json!({
                        "sale": "500", "return": "500", "return_damaged": "500", "return_vendor": "500", "scrap": "500",
                        "transfer": "500", "transfer_difference": "500", "count": "500", "sale_intercompany": "500"
                    }),
                ),
            ],
            "role `inventory_adjustment` has no account for `return_intercompany`",
        ),
    ] {
        let found = several(&changes).unwrap_err();
        assert!(found.contains(problem), "{found}");
    }
}

/// Of each row the entries of one role, and what is without an account until when.
#[test]
fn a_role_has_an_account_on_every_date_or_the_gap_is_named() {
    let from = |date| dated("400", date);
    for (role, entries, gaps) in [
        ("rounding", json!({ "default": "400" }), vec![]),
        ("rounding", json!({ "default": ["400", from("2027-01-01")] }), vec![]),
        ("rounding", json!({ "default": from("2027-01-01") }), vec!["before 2027-01-01"]),
        (
            "rounding",
            json!({ "default": [from("2028-01-01"), from("2027-01-01")] }),
            vec!["before 2027-01-01"],
        ),
        // What `default` does not answer for on any date needs an account of its own.
        (
            "tax_payable",
            json!({ "NEW": from("2027-01-01"), "OLD": "400" }),
            vec!["for `NEW` before 2027-01-01"],
        ),
        ("tax_payable", json!({ "NEW": from("2027-01-01"), "default": "400" }), vec![]),
        (
            "tax_payable",
            json!({ "NEW": from("2027-01-01"), "default": from("2028-01-01") }),
            vec!["account before 2028-01-01", "for `NEW` before 2027-01-01"],
        ),
        (
            "tax_payable",
            json!({ "NEW": from("2028-01-01"), "default": from("2027-01-01") }),
            vec!["account before 2027-01-01"],
        ),
        // One mistake is one problem.
        ("rounding", json!({ "default": dated("400", "soon") }), vec!["from must be a date"]),
    ] {
        let mut file = good();
        file["subsidiaries"]["US"][role] = entries.clone();
        let problems = read(&file).err().map(|problems| problems.0).unwrap_or_default();
        assert_eq!(problems.len(), gaps.len(), "{entries}: {problems:?}");
        for gap in gaps {
            assert!(problems.iter().any(|problem| problem.contains(gap)), "{entries}: {gap}: {problems:?}");
        }
    }
}

#[test]
fn every_problem_is_reported_at_once() {
    let mut file = good();
    file["colour"] = json!("red");
    file["accounts"]["120"]["type"] = json!("AcctRec");
    file["subsidiaries"]["US"]["sales"]["default"] = json!("999");
    file["subsidiaries"]["US"]["sales"]["GROCERY"] = json!("998");
    let problems = read(&file).unwrap_err();
    assert_eq!(problems.0.len(), 4, "{problems}");
    assert!(problems.to_string().starts_with("the account map has 4 problem(s)\n  - "));
}

#[test]
fn the_hash_changes_with_what_can_reach_a_document_and_with_nothing_else() {
    let hash = |file: &Value| read(file).unwrap().hash().to_owned();
    let first = hash(&good());
    assert_eq!(first.len(), 64);
    let mut renamed = good();
    renamed["accounts"]["120"]["name"] = json!("Cash in transit");
    renamed["accounts"]["130"] = json!({ "type": "Bank" });
    assert_eq!(hash(&renamed), first);
    let mut seen = std::collections::BTreeSet::from([first.clone()]);
    for (place, value) in [
        ("/subsidiaries/US/sales/default", json!("401")),
        ("/subsidiaries/US/sales/default", json!({ "account": "400", "class": "1" })),
        ("/subsidiaries/US/sales/default", json!({ "account": "400", "department": "1" })),
        ("/subsidiaries/US/sales/default", json!({ "account": "400", "location": "1" })),
        ("/subsidiaries/US/sales/default", json!(["400", dated("400", "2027-01-01")])),
        ("/subsidiaries/US/sales/default", json!(["400", dated("400", "2027-01-02")])),
        ("/subsidiaries/US/sales", json!({ "default": "400" })),
    ] {
        let mut changed = good();
        *changed.pointer_mut(place).unwrap() = value;
        assert!(seen.insert(hash(&changed)), "{place}");
    }
    let mut listed = good();
    listed["subsidiaries"]["US"]["sales"]["default"] = json!(["400"]);
    assert_eq!(hash(&listed), first, "a list of one is that one");
    let mut shorter = good();
    shorter["lines_max"] = json!(100);
    assert_ne!(hash(&shorter), first);
    assert_eq!(read(&shorter).unwrap().lines_max(), 100);
}

/// Rows of the hash in the state, of the current map and the next, of the hash a person named; and of what the shard
/// works under, none where it is refused.
#[test]
fn a_shard_works_under_the_map_of_its_state() {
    let map = |lines: i64| {
        let mut file = good();
        file["lines_max"] = json!(lines);
        read(&file).unwrap()
    };
    let (old, new, other) = (map(10), map(20), map(30));
    for (held, current, next, named, under) in [
        (None, &old, None, None, Some(&old)),
        (None, &old, Some(&new), None, Some(&old)),
        (Some(&old), &old, None, None, Some(&old)),
        (Some(&old), &old, Some(&new), None, Some(&old)),
        (Some(&new), &old, Some(&new), None, Some(&new)),
        (Some(&new), &new, None, None, Some(&new)),
        (Some(&old), &new, None, None, None),
        (Some(&other), &old, Some(&new), None, None),
        // What a person names goes for state that nothing else can go on from, and for no other.
        (Some(&old), &new, None, Some(&new), Some(&new)),
        (Some(&new), &old, Some(&new), Some(&old), Some(&new)),
    ] {
        let hash = |map: Option<&AccountMap>| map.map(AccountMap::hash).map(str::to_owned);
        let accounts = Accounts::new(current.clone(), next.cloned(), hash(named).as_deref()).unwrap();
        let found = accounts.under(hash(held).as_deref());
        assert_eq!(found.as_ref().ok().copied(), under, "{held:?}");
        if let Err(changed) = found {
            let text = changed.to_string();
            assert!(text.contains(other_than(held, current)) && text.contains(current.hash()), "{text}");
        }
    }
    let accounts = Accounts::new(old.clone(), Some(new.clone()), None).unwrap();
    assert_eq!(accounts.adopt(new.hash(), Some(old.hash())), Ok(&new));
    assert_eq!(accounts.adopt(old.hash(), Some(old.hash())), Ok(&old));
    let unknown = accounts.adopt("0123", Some(new.hash())).unwrap_err().to_string();
    assert!(unknown.contains("account map 0123 is adopted from here on"), "{unknown}");
    assert!(unknown.contains(&format!("keep that of {}", new.hash())), "{unknown}");
    // The map that was adopted lacks an account, or is lost: a mended one goes in its place.
    let mended = Accounts::new(other.clone(), Some(old.clone()), Some(other.hash())).unwrap();
    assert_eq!(mended.under(Some(old.hash())), Ok(&old));
    assert_eq!(mended.adopt(new.hash(), Some(old.hash())), Ok(&other));
    let error = Accounts::new(old.clone(), Some(new), Some("0123")).unwrap_err().to_string();
    assert!(error.contains("names 0123") && error.contains(old.hash()), "{error}");
}

/// The hash that a refusal must name beside that of the current map.
fn other_than<'a>(held: Option<&'a AccountMap>, current: &AccountMap) -> &'a str {
    held.filter(|held| *held != current).unwrap().hash()
}

/// Entries of `default`, `card` and `card/visa`, each by days from 2027-01-01 and account; `default` has one from the
/// beginning, too.
fn days() -> impl Strategy<Value = [BTreeMap<i32, u8>; 3]> {
    let key = || proptest::collection::btree_map(-5..5_i32, 0..3_u8, 0..4);
    [key(), key(), key()]
}

proptest! {
    /// What the look-up answers on any date is what a scan of all entries finds.
    #[test]
    fn the_latest_entry_that_has_begun_answers(days in days(), offset in -7..7_i32) {
        let first = date("2027-01-01");
        let entry = |(day, account): (&i32, &u8)| {
            dated(["120", "121", "400"][usize::from(*account)], &first.plus_days(*day).to_string())
        };
        let keys = ["default", "card", "card/visa"];
        let mut file = good();
        let mut role = serde_json::Map::new();
        for (key, days) in keys.iter().zip(&days) {
            let begins = (*key == "default").then(|| json!("210"));
            let entries: Vec<Value> = begins.into_iter().chain(days.iter().rev().map(entry)).collect();
            if !entries.is_empty() {
                role.insert((*key).to_owned(), Value::Array(entries));
            }
        }
        file["subsidiaries"]["US"]["tender_clearing"] = Value::Object(role);
        let map = read(&file).unwrap();
        let on = first.plus_days(offset);
        let scan = |wanted: &str| {
            let mut found: Option<Entry<'_>> = None;
            for entry in map.entries().filter(|entry| entry.role == Role::TenderClearing && entry.key == wanted) {
                let begun = entry.from.is_none_or(|from| from <= on);
                if begun && found.is_none_or(|found| found.from < entry.from) {
                    found = Some(entry);
                }
            }
            found.map(|entry| entry.target)
        };
        for (key, detail, chain) in [
            ("card", "visa", &["card/visa", "card", "default"][..]),
            ("card", "amex", &["card", "default"]),
            ("cash", "", &["default"]),
        ] {
            let expected = chain.iter().find_map(|key| scan(key)).unwrap();
            let dimension = dimension(key, detail);
            prop_assert_eq!(map.target(US, Role::TenderClearing, &dimension, on).unwrap(), expected);
            let text = dimension.text();
            prop_assert_eq!(map.target_of(US, Role::TenderClearing, text.as_deref(), on).unwrap(), expected);
        }
    }
}

/// A document says a key as one text; it books where it was booked.
#[test]
fn what_a_document_names_is_found_where_it_was_booked() {
    let mut file = good();
    *file.pointer_mut("/subsidiaries/US/tax_payable").unwrap() =
        json!({ "default": "400", "GST": "120", "GST/HST": "500", "GST/HST/QC": "400" });
    let map = read(&file).unwrap();
    let dimension = |key: &str, detail: Option<&str>| Dimension {
        key: Some(key.to_owned()),
        detail: detail.map(str::to_owned),
    };
    for (key, detail) in [
        ("GST/HST", Some("ON")),
        ("GST/HST", Some("QC")),
        ("GST/HST", None),
        ("GST", Some("ON")),
        ("PST", Some("BC")),
    ] {
        let dimension = dimension(key, detail);
        let booked = map.target(US, Role::TaxPayable, &dimension, today()).unwrap();
        let text = dimension.text();
        assert_eq!(
            map.target_of(US, Role::TaxPayable, text.as_deref(), today()).unwrap(),
            booked,
            "{text:?}"
        );
    }
    let whole = map.target(US, Role::Sales, &Dimension::of("DELI/SNACK BAR"), today()).unwrap();
    assert_eq!(map.target_of(US, Role::Sales, Some("DELI/SNACK BAR"), today()).unwrap(), whole);
    assert!(map.target_of(Place { subsidiary: "XX", ..US }, Role::Sales, Some("DELI"), today()).is_err());
}
