//! Journals in tables, and what holds for any journal.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::record::sales::{Bucket, Close, OtherStore, Sale, SaleDiscount, SaleLine, SaleTax, SaleTender};
use crate::totals::of_sale;

fn map(lines_max: usize) -> AccountMap {
    let file = json!({
        "lines_max": lines_max,
        "accounts": {
            "120": { "type": "Bank" }, "121": { "type": "Bank" }, "125": { "type": "Bank" },
            "130": { "type": "OthCurrAsset" },
            "210": { "type": "OthCurrLiab" }, "220": { "type": "OthCurrLiab" }, "290": { "type": "OthCurrLiab" },
            "400": { "type": "Income" }, "410": { "type": "Income" }, "490": { "type": "Income" },
            "500": { "type": "COGS" }
        },
        "subsidiaries": { "US": {
            "tender_clearing": { "cash": "120", "default": "121" },
            "coupon_receivable": { "default": "130" },
            "discount": { "default": "490" },
            "sales": { "default": "400", "10": { "account": "410", "department": "7", "location": "store" } },
            "gift_card_liability": { "default": "220" },
            "third_party_payable": { "default": "220" },
            "store_credit_liability": { "default": "220" },
            "loyalty_liability": { "default": "220" },
            "bottle_deposit": { "default": "220" },
            "tips_payable": { "default": "220" },
            "charity_payable": { "default": "220" },
            "paid_in": { "default": "220" },
            "paid_out": { "default": "220" },
            "returns": { "default": "490" },
            "layaway_deposit": { "default": "220" },
            "customer_deposit": { "default": "220" },
            "safe": { "default": "220" },
            "over_short": { "default": "220" },
            "tax_payable": { "default": "210" },
            "suspense": { "default": "290" },
            "rounding": { "default": { "account": "490", "location": "3", "class": "4" } },
            "inventory_adjustment": {
                "sale": "500", "return": "500", "return_damaged": "500", "return_vendor": "500", "scrap": "500",
                "transfer": "500", "transfer_difference": "500", "count": "500"
            },
            "locations": { "400": { "tender_clearing": { "cash": "125" } } }
        } }
    });
    AccountMap::read(&serde_json::from_value(file).unwrap()).unwrap()
}

fn close() -> Close {
    Close {
        bucket: Bucket { business_date: "2017-03-01".parse().unwrap(), window: 0, version: 1 },
        reason: "end_of_day".into(),
        count: 2,
        currency: "USD".into(),
        subsidiary: "US".into(),
        subsidiary_netsuite_id: "1".into(),
        location: "367".into(),
        location_netsuite_id: "77".into(),
        ..Close::default()
    }
}

/// Rows of role, key, debit, credit; `-` for none.
fn totals(rows: &[(&str, &str, &str, &str)]) -> Totals {
    let text: Vec<_> = rows
        .iter()
        .map(|(role, key, debit, credit)| {
            let key = (*key != "-").then_some(key);
            json!({ "role": role, "key": key, "debit": debit, "credit": credit })
        })
        .collect();
    serde_json::from_value(json!(text)).unwrap()
}

fn table(entry: &JournalEntry) -> Vec<String> {
    let row = |line: &JournalLine| {
        let dimension = line.dimension.as_deref().unwrap_or("-");
        let (side, amount) = line.debit.map_or(("Cr", line.credit), |debit| ("Dr", Some(debit)));
        format!("{side} {} {} {dimension} {}", line.account_netsuite_id, line.role, amount.unwrap())
    };
    entry.lines.iter().map(row).collect()
}

#[test]
fn a_store_day_is_one_journal() {
    let totals = totals(&[
        ("tender_clearing", "card", "77.37", "0"),
        ("tender_clearing", "cash", "52.25", "0"),
        ("coupon_receivable", "-", "0.55", "0"),
        ("discount", "promotion", "4.45", "0"),
        ("sales", "10", "0", "69.98"),
        ("sales", "20", "0", "8.74"),
        ("gift_card_liability", "-", "0", "50.00"),
        ("tax_payable", "US-TX", "0", "5.90"),
    ]);
    let documents = documents("367", &Closing::own(&close()), &totals, &map(200)).unwrap();
    let [entry] = documents.as_slice() else { panic!("one document: {documents:?}") };
    assert_eq!(
        table(entry),
        [
            "Dr 121 tender_clearing card 77.37",
            "Dr 120 tender_clearing cash 52.25",
            "Dr 130 coupon_receivable - 0.55",
            "Dr 490 discount promotion 4.45",
            "Cr 410 sales 10 69.98",
            "Cr 400 sales 20 8.74",
            "Cr 220 gift_card_liability - 50.00",
            "Cr 210 tax_payable US-TX 5.90",
        ]
    );
    assert_eq!(entry.id, "JE_367_20170301_0_1_US_USD_1");
    assert_eq!(entry.family, "JE_367_20170301_0_US_USD");
    assert_eq!((entry.part, entry.parts, entry.tickets), (1, 1, 2));
    assert_eq!(entry.memo, "store 367, business date 2017-03-01");
    let segments =
        |line: &JournalLine| (line.department_netsuite_id.clone(), line.location_netsuite_id.clone());
    assert_eq!(segments(&entry.lines[4]), (Some("7".to_owned()), Some("77".to_owned())));
    assert_eq!(segments(&entry.lines[5]), (None, None));
}

/// The accounts are those of the location whose books it is in: of the store, or of the store elsewhere.
#[test]
fn a_journal_books_to_the_accounts_of_its_location() {
    let totals = totals(&[("tender_clearing", "cash", "5.00", "0"), ("sales", "20", "0", "5.00")]);
    let books = |location: &str| OtherStore {
        location: location.into(),
        location_netsuite_id: "88".into(),
        subsidiary: "US".into(),
        subsidiary_netsuite_id: "1".into(),
    };
    let close = close();
    for (closing, location, cash) in [
        (Closing::own(&close), "367", "120"),
        (Closing::elsewhere(&close, &books("400")), "400", "125"),
        (Closing::elsewhere(&close, &books("401")), "401", "120"),
    ] {
        let documents = documents("367", &closing, &totals, &map(200)).unwrap();
        assert_eq!(documents[0].location.as_deref(), Some(location));
        let lines = [format!("Dr {cash} tender_clearing cash 5.00"), "Cr 400 sales 20 5.00".to_owned()];
        assert_eq!(table(&documents[0]), lines, "{location}");
    }
}

/// What was taken back more than it was given stands on the other side; what comes to zero is gone.
#[test]
fn a_negative_sum_stands_on_the_other_side() {
    let totals = totals(&[
        ("tender_clearing", "cash", "-7.00", "0"),
        ("discount", "promotion", "5.00", "0"),
        ("sales", "20", "0", "-4.00"),
        ("rounding", "-", "0", "0.02"),
        ("rounding", "x", "2.02", "0"),
        ("suspense", "-", "3.00", "7.00"),
    ]);
    let documents = documents("367", &Closing::own(&close()), &totals, &map(200)).unwrap();
    assert_eq!(
        table(&documents[0]),
        [
            "Dr 490 discount promotion 5.00",
            "Dr 400 sales 20 4.00",
            "Dr 490 rounding x 2.02",
            "Dr 290 suspense - 3.00",
            "Cr 120 tender_clearing cash 7.00",
            "Cr 490 rounding - 0.02",
            "Cr 290 suspense - 7.00",
        ]
        .map(String::from)
        .to_vec()
    );
}

#[test]
fn a_long_journal_falls_into_parts_that_balance() {
    let totals = totals(&[
        ("tender_clearing", "card", "60.00", "0"),
        ("tender_clearing", "cash", "40.00", "0"),
        ("sales", "10", "0", "10.00"),
        ("sales", "20", "0", "20.00"),
        ("sales", "30", "0", "30.00"),
        ("sales", "40", "0", "40.00"),
    ]);
    let documents = documents("367", &Closing::own(&close()), &totals, &map(3)).unwrap();
    let tables: Vec<_> = documents.iter().map(table).collect();
    assert_eq!(
        tables,
        [
            vec!["Dr 121 tender_clearing card 30.00", "Cr 410 sales 10 10.00", "Cr 400 sales 20 20.00"],
            vec!["Dr 121 tender_clearing card 30.00", "Cr 400 sales 30 30.00"],
            vec!["Dr 120 tender_clearing cash 40.00", "Cr 400 sales 40 40.00"],
        ]
    );
    assert_eq!(documents[2].id, "JE_367_20170301_0_1_US_USD_3");
    assert_eq!(documents[2].memo, "store 367, business date 2017-03-01, part 3 of 3");
}

#[test]
fn a_bucket_that_comes_to_zero_makes_no_document() {
    assert_eq!(documents("367", &Closing::own(&close()), &Totals::default(), &map(200)), Ok(Vec::new()));
}

#[test]
fn what_does_not_balance_or_has_no_account_is_no_journal() {
    for (rows, problem) in [
        (
            totals(&[("tender_clearing", "cash", "1", "0"), ("sales", "10", "0", "0.99")]),
            "debits of 1.00 and credits of 0.99 differ",
        ),
        (
            totals(&[("tender_clearing", "cash", "1", "0"), ("inventory_adjustment", "x", "0", "1")]),
            "no account for role `inventory_adjustment`, key `x`, in subsidiary `US` at location `367` on 2017-03-01; \
             add \"x\" or `default` to",
        ),
    ] {
        let error = documents("367", &Closing::own(&close()), &rows, &map(200)).unwrap_err().to_string();
        assert!(error.starts_with(problem), "{error}");
    }
}

/// A ticket of any lines, discounts and taxes that is paid in one or two tenders.
fn any_sale() -> impl Strategy<Value = Sale> {
    let units = -50_000_i64..500_000;
    let line =
        (0..3_usize, 0..9_usize, units.clone(), prop::collection::vec((0..4_usize, units.clone()), 0..3));
    let taxes = prop::collection::vec((0..3_usize, prop::option::of(0..2_usize), units.clone()), 0..3);
    (prop::collection::vec(line, 0..6), taxes, units, 0..5_usize).prop_map(|(lines, taxes, first, brand)| {
        let amount = |units| Amount::from_units(units).unwrap();
        let role = ["sales", "suspense", "gift_card_liability"];
        let lines: Vec<_> = lines
            .into_iter()
            .map(|(kind, department, units, discounts)| SaleLine {
                role: role[kind].into(),
                department: (department > 0).then(|| department.to_string().into()),
                amount: amount(units),
                discounts: discounts
                    .into_iter()
                    .map(|(kind, units)| SaleDiscount {
                        kind: kind.to_string().into(),
                        amount: amount(units),
                        code: None,
                    })
                    .collect(),
                ..SaleLine::default()
            })
            .collect();
        let taxes: Vec<_> = taxes
            .into_iter()
            .map(|(code, jurisdiction, units)| SaleTax {
                code: code.to_string().into(),
                jurisdiction: jurisdiction.map(|number| number.to_string().into()),
                amount: amount(units),
                ..SaleTax::default()
            })
            .collect();
        let owed = lines.iter().map(|line| line.amount.units()).sum::<i64>()
            - lines
                .iter()
                .flat_map(|line| &line.discounts)
                .map(|discount| discount.amount.units())
                .sum::<i64>()
            + taxes.iter().map(|tax| tax.amount.units()).sum::<i64>();
        let tender = |role: &str, kind: &str, brand: Option<String>, units| SaleTender {
            role: role.into(),
            kind: kind.into(),
            brand: brand.map(Into::into),
            amount: amount(units),
            booked_in: None,
        };
        let tenders = vec![
            tender("tender_clearing", "card", Some(brand.to_string()), first),
            tender("coupon_receivable", "manufacturer_coupon", None, 3),
            tender("tender_clearing", "cash", None, owed - first - 3),
        ];
        Sale { books: true, lines, taxes, tenders, ..Sale::default() }
    })
}

/// What the documents must come to, recomputed from the tickets alone: debits less credits in smallest
/// units by role and dimension.
fn expected(sales: &[Sale]) -> BTreeMap<(String, Option<String>), i64> {
    let mut net: BTreeMap<(String, Option<String>), i64> = BTreeMap::new();
    let mut add = |role: &str, dimension: Option<String>, units: i64| {
        *net.entry((role.to_owned(), dimension)).or_default() += units;
    };
    for sale in sales {
        for tender in &sale.tenders {
            let brand = tender.brand.as_ref().map(|brand| format!("/{brand}")).unwrap_or_default();
            let dimension = (tender.role == "tender_clearing").then(|| format!("{}{brand}", tender.kind));
            add(&tender.role, dimension, tender.amount.units());
        }
        for line in &sale.lines {
            let department = line.department.clone().filter(|_| line.role != "gift_card_liability");
            add(&line.role, department.map(Into::into), -line.amount.units());
            for discount in &line.discounts {
                add("discount", Some(discount.kind.to_string()), discount.amount.units());
            }
        }
        for tax in &sale.taxes {
            let code = tax.code.clone();
            let code = tax
                .jurisdiction
                .as_ref()
                .map_or(code.clone(), |place| compact_str::format_compact!("{code}/{place}"));
            add("tax_payable", Some(code.into()), -tax.amount.units());
        }
    }
    net.retain(|_, units| *units != 0);
    net
}

fn booked(sales: &[Sale]) -> Totals {
    let mut totals = Totals::default();
    for sale in sales {
        totals.add(&of_sale(sale).unwrap()).unwrap();
    }
    totals
}

proptest! {
    #[test]
    fn any_bucket_balances_in_every_part_and_conserves_every_role(
        sales in prop::collection::vec(any_sale(), 0..12),
        lines_max in 2..12_usize,
    ) {
        let documents = documents("367", &Closing::own(&close()), &booked(&sales), &map(lines_max)).unwrap();
        let mut net: BTreeMap<(String, Option<String>), i64> = BTreeMap::new();
        for (number, document) in (1..).zip(&documents) {
            prop_assert_eq!((document.part, document.parts as usize), (number, documents.len()));
            prop_assert!((2..=lines_max).contains(&document.lines.len()));
            let mut balance = 0;
            for line in &document.lines {
                let (debit, credit) = (line.debit.map(Amount::units), line.credit.map(Amount::units));
                prop_assert!(debit.is_some() != credit.is_some());
                let units = debit.unwrap_or_default() - credit.unwrap_or_default();
                prop_assert!(debit.or(credit) > Some(0));
                balance += units;
                *net.entry((line.role.clone(), line.dimension.clone())).or_default() += units;
            }
            prop_assert_eq!(balance, 0);
        }
        net.retain(|_, units| *units != 0);
        prop_assert_eq!(net, expected(&sales));
    }

    #[test]
    fn the_order_of_tickets_does_not_reach_a_document(
        sales in prop::collection::vec(any_sale(), 0..8),
        seed in any::<prop::sample::Index>(),
    ) {
        let mut other = sales.clone();
        other.reverse();
        if !other.is_empty() {
            let middle = seed.index(other.len());
            other.rotate_left(middle);
        }
        let bytes = |sales: &[Sale]| {
            serde_json::to_vec(&documents("367", &Closing::own(&close()), &booked(sales), &map(5)).unwrap()).unwrap()
        };
        prop_assert_eq!(bytes(&sales), bytes(&other));
        prop_assert_eq!(booked(&sales), booked(&other));
    }
}
