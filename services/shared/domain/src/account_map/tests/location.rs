//! Accounts of single locations: what answers first, what is refused, and what the hash makes of them.

use super::*;

/// The good map with tables of the location 400.
fn with(tables: Value) -> Value {
    let mut file = good();
    file["subsidiaries"]["US"]["locations"] = json!({ "400": tables });
    file
}

fn at(location: &str) -> Place<'_> {
    Place { location: Some(location), ..US }
}

/// The location comes first, then the key; each within itself from the whole key to `default`.
#[test]
fn a_location_answers_before_its_subsidiary() {
    let file = with(json!({
        "tender_clearing": { "cash": "400", "card": "401", "voucher": dated("400", "2027-01-01") },
        "discount": { "default": "500" },
        "sales": { "default": dated("401", "2027-01-01"), "DELI/SNACK BAR": dated("500", "2028-01-01") },
        "tax_payable": { "GST/HST": "120", "US-TX": "400" }
    }));
    let map = read(&file).unwrap();
    for (location, role, key, detail, on, account) in [
        ("400", Role::TenderClearing, "cash", "", "2026-03-14", "400"),
        ("401", Role::TenderClearing, "cash", "", "2026-03-14", "120"),
        // Its own, less particular entry answers before a more particular one of the subsidiary.
        ("400", Role::TenderClearing, "card", "visa", "2026-03-14", "401"),
        ("401", Role::TenderClearing, "card", "visa", "2026-03-14", "120"),
        ("400", Role::Discount, "coupon", "", "2026-03-14", "500"),
        ("401", Role::Discount, "coupon", "", "2026-03-14", "401"),
        // What it does not name its subsidiary answers for, also until the first date of what it names.
        ("400", Role::TenderClearing, "account", "", "2026-03-14", "121"),
        ("400", Role::TenderClearing, "voucher", "", "2026-12-31", "121"),
        ("400", Role::TenderClearing, "voucher", "", "2027-01-01", "400"),
        ("400", Role::Rounding, "", "", "2026-03-14", "210"),
        ("400", Role::Sales, "DELI/SNACK BAR", "", "2026-12-31", "401"),
        ("400", Role::Sales, "GROCERY", "", "2026-12-31", "400"),
        ("400", Role::Sales, "DELI/SNACK BAR", "", "2027-01-01", "401"),
        ("400", Role::Sales, "GROCERY", "", "2027-01-01", "401"),
        ("400", Role::Sales, "DELI/SNACK BAR", "", "2028-01-01", "500"),
        ("400", Role::TaxPayable, "GST/HST", "QC", "2026-03-14", "120"),
        ("400", Role::TaxPayable, "US-TX", "AUSTIN", "2026-03-14", "400"),
        ("401", Role::TaxPayable, "US-TX", "AUSTIN", "2026-03-14", "210"),
    ] {
        let dimension = dimension(key, detail);
        let found = map.target(at(location), role, &dimension, date(on)).unwrap();
        assert_eq!(found.account, account, "{location} {role} {key} {detail} {on}");
        // A document names it as one text, and is compared at its location.
        let text = dimension.text().filter(|text| !text.is_empty());
        assert_eq!(
            map.target_of(at(location), role, text.as_deref(), date(on)),
            Ok(found),
            "{location} {text:?}"
        );
    }
    let missing = map.target(at("400"), Role::TaxPayable, &Dimension::of("US-NY"), today()).unwrap_err();
    let text = missing.to_string();
    assert!(text.contains("in subsidiary `US` at location `400` on 2026-03-14; add \"US-NY\""), "{text}");
    assert!(
        text.contains("or to [subsidiaries.\"US\".locations.\"400\".tax_payable] for that location"),
        "{text}"
    );
    assert!(
        map.target(Place { subsidiary: "MX", ..at("400") }, Role::Rounding, &Dimension::NONE, today())
            .is_err()
    );
    let rows: Vec<_> = map.entries().filter(|entry| entry.role == Role::Discount).collect();
    let rows = rows.iter().map(|entry| (entry.place.location, entry.target.account.as_str()));
    assert_eq!(rows.collect::<Vec<_>>(), [(None, "401"), (Some("400"), "500")]);
}

/// Each row is the tables of the location and the problem they must raise; none where they may stand.
#[test]
fn a_location_that_could_not_be_booked_by_is_refused() {
    assert_eq!(Role::from_word("locations"), None, "the word is no role");
    for (tables, problem) in [
        (
            json!({ "sales": { "GROCERY": "400" } }),
            "[subsidiaries.US.locations.400]: role `returns` has no account for `GROCERY`",
        ),
        (json!({ "sales": { "GROCERY": "400" }, "returns": { "GROCERY": "400" } }), ""),
        (json!({ "sales": { "GROCERY": "400" }, "returns": { "default": "400" } }), ""),
        (json!({ "sales": { "DELI/SNACK BAR": "400" } }), ""),
        (json!({}), "[subsidiaries.US.locations.400] must be a table with at least one entry"),
        (json!("1201"), "[subsidiaries.US.locations.400] must be a table with at least one entry"),
        (json!({ "sails": { "default": "400" } }), "[subsidiaries.US.locations.400]: unknown role `sails`"),
        (json!({ "locations": { "default": "400" } }), "unknown role `locations`"),
        (json!({ "safe": {} }), "[subsidiaries.US.locations.400.safe] must be a table"),
        (
            json!({ "safe": { "cash": "999" } }),
            "[subsidiaries.US.locations.400.safe] cash: account `999` is not listed",
        ),
        (
            json!({ "inventory_adjustment": { "sale": { "account": "500", "location": "store" } } }),
            "an adjustment has the location of its goods",
        ),
        // Behind a location stands its subsidiary: in this map `default` of all but taxes.
        (json!({ "safe": { "cash": dated("400", "2027-01-01") } }), ""),
        (json!({ "tax_payable": { "US-TX": dated("400", "2027-01-01") } }), ""),
        (json!({ "tax_payable": { "default": dated("400", "2027-01-01") } }), ""),
        (json!({ "tax_payable": { "US-NY": dated("400", "2027-01-01"), "default": "400" } }), ""),
        (
            json!({ "tax_payable": { "US-NY": dated("400", "2027-01-01") } }),
            "role `tax_payable` has no account for `US-NY` before 2027-01-01",
        ),
        (
            json!({ "tax_payable": { "US-NY": dated("400", "2028-01-01"), "default": dated("400", "2027-01-01") } }),
            "role `tax_payable` has no account for `US-NY` before 2027-01-01",
        ),
        // What is owed between subsidiaries at one location is owed by the other side, and asks for all of it.
        (
            json!({ "due_from": { "default": "400" } }),
            "[subsidiaries.US]: role `due_to` is in use and has no account",
        ),
    ] {
        let mut file = good();
        let returns = &mut file["subsidiaries"]["US"]["returns"];
        *returns = json!({ "DELI/SNACK BAR": "401", "service": "401", "shipping": "401", "fee": "401" });
        file["subsidiaries"]["US"]["sales"].as_object_mut().unwrap().remove("default");
        for key in ["service", "shipping", "fee"] {
            file["subsidiaries"]["US"]["sales"][key] = json!("400");
        }
        file["subsidiaries"]["US"]["locations"] = json!({ "400": tables });
        match read(&file) {
            Ok(_) => assert_eq!(problem, "", "{tables}"),
            Err(problems) => {
                assert!(
                    !problem.is_empty() && problems.to_string().contains(problem),
                    "{tables}: {problems}"
                );
            }
        }
    }
    let mut file = with(json!({ "safe": { "cash": "400" } }));
    let tables = file["subsidiaries"]["US"]["locations"]["400"].take();
    file["subsidiaries"]["US"]["locations"] = json!({ "Store 400": tables });
    let problems = read(&file).unwrap_err().to_string();
    assert!(
        problems.contains("`Store 400` is no location; name it as `location` in ref.stores"),
        "{problems}"
    );
    file["subsidiaries"]["US"]["locations"] = json!({});
    let problems = read(&file).unwrap_err().to_string();
    assert!(
        problems.contains("[subsidiaries.US.locations] must be a table with at least one entry"),
        "{problems}"
    );
}

/// A map without such tables has the hash it had before there were any; an entry of a location counts like another.
#[test]
fn the_hash_tells_locations_apart_and_is_what_it_was_without_them() {
    let hash = |file: &Value| read(file).unwrap().hash().to_owned();
    assert_eq!(
        hash(&good()),
        "8cdfbd04268cc3e828a0786daa7c0fc6547a5ec994854fd078cf6f9355e205a6",
        "as it was before maps knew locations"
    );
    let safe = json!({ "safe": { "cash": "400" } });
    let mut seen = std::collections::BTreeSet::from([hash(&good())]);
    let mut other = with(safe.clone());
    other["subsidiaries"]["US"]["locations"] = json!({ "401": safe });
    let mut all = good();
    all["subsidiaries"]["US"]["safe"]["cash"] = json!("400");
    for file in [
        with(safe),
        with(json!({ "safe": { "default": "400" } })),
        with(json!({ "safe": { "cash": "401" } })),
        with(json!({ "safe": { "cash": dated("400", "2027-01-01") } })),
        with(json!({ "over_short": { "cash": "400" } })),
        other,
        all,
    ] {
        assert!(seen.insert(hash(&file)), "{file}");
    }
}
