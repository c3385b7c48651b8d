//! Account maps that are read, and maps that are refused with every reason.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;

fn good() -> Value {
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

fn read(file: &Value) -> Result<AccountMap, Problems> {
    AccountMap::read(&serde_json::from_value(file.clone()).unwrap())
}

fn dimension(key: &str, detail: &str) -> Dimension {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Dimension { key: text(key), detail: text(detail) }
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
        let found = map.target("US", role, &dimension(key, detail)).ok();
        assert_eq!(found.map(|target| target.account.as_str()), account, "{role} {key} {detail}");
    }
    let deli = map.target("US", Role::Sales, &Dimension::of("DELI/SNACK BAR")).unwrap();
    assert_eq!((deli.department.as_deref(), deli.class.as_deref()), (Some("7"), Some("3")));
    assert_eq!(deli.location, Some(LocationSegment::Store));
    assert_eq!(map.lines_max(), 200);
}

#[test]
fn a_missing_account_says_what_to_add() {
    let map = read(&good()).unwrap();
    let missing = map.target("US", Role::TaxPayable, &dimension("US-NY", "NYC")).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "no account for role `tax_payable`, key `US-NY/NYC`, in subsidiary `US`; add \"US-NY/NYC\" or `default` to \
         [subsidiaries.\"US\".tax_payable] of the account map, then start with --adopt-account-map and the hash of the \
         new map"
    );
    assert!(map.target("MX", Role::Sales, &Dimension::NONE).is_err());
}

/// Each case changes the good file at one place and names a part of the problem it must raise.
#[test]
fn a_map_that_could_not_be_booked_by_is_refused() {
    for (place, value, problem) in [
        ("/accounts/120/type", json!("AcctRec"), "type AcctRec cannot be booked to, an A/R account"),
        ("/accounts/120/type", json!("acctpay"), "type AcctPay cannot be booked to, an A/P account"),
        ("/accounts/120/type", json!("NonPosting"), "a system account"),
        ("/accounts/120/type", json!("Cash"), "unknown type `Cash`"),
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
    for (place, value) in [
        ("/subsidiaries/US/sales/default", json!("401")),
        ("/subsidiaries/US/sales/default", json!({ "account": "400", "class": "1" })),
        ("/subsidiaries/US/sales/default", json!({ "account": "400", "department": "1" })),
        ("/subsidiaries/US/sales/default", json!({ "account": "400", "location": "1" })),
        ("/subsidiaries/US/sales", json!({ "default": "400" })),
    ] {
        let mut changed = good();
        *changed.pointer_mut(place).unwrap() = value;
        assert_ne!(hash(&changed), first, "{place}");
    }
    let mut shorter = good();
    shorter["lines_max"] = json!(100);
    assert_ne!(hash(&shorter), first);
    assert_eq!(read(&shorter).unwrap().lines_max(), 100);
}

#[test]
fn another_map_is_refused_until_it_is_adopted() {
    let map = read(&good()).unwrap();
    let hash = map.hash().to_owned();
    for (held, adopted, may) in [
        (None, None, true),
        (Some(hash.as_str()), None, true),
        (Some("0123"), None, false),
        (Some("0123"), Some(hash.as_str()), true),
    ] {
        let accounts = Accounts::new(map.clone(), adopted).unwrap();
        assert_eq!(accounts.may_follow(held).is_ok(), may, "{held:?} {adopted:?}");
    }
    let error = Accounts::new(map.clone(), None).unwrap().may_follow(Some("0123")).unwrap_err().to_string();
    assert!(error.contains("account map 0123") && error.ends_with(&format!("--adopt-account-map {hash}")));
    let error = Accounts::new(map, Some("0123")).unwrap_err().to_string();
    assert!(error.contains("names 0123") && error.contains(&hash));
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
        let booked = map.target("US", Role::TaxPayable, &dimension).unwrap();
        let text = dimension.text();
        assert_eq!(map.target_of("US", Role::TaxPayable, text.as_deref()).unwrap(), booked, "{text:?}");
    }
    let whole = map.target("US", Role::Sales, &Dimension::of("DELI/SNACK BAR")).unwrap();
    assert_eq!(map.target_of("US", Role::Sales, Some("DELI/SNACK BAR")).unwrap(), whole);
    assert!(map.target_of("XX", Role::Sales, Some("DELI")).is_err());
}
