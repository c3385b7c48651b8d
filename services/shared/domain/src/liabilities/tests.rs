//! What tickets do to balances, beside what their journal books.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use proptest::prelude::*;

use super::*;
use crate::calendar::Date;
use crate::record::sales::{Bucket, Close, OtherStore, SaleTax, SaleTender, TicketId};
use crate::totals::{of_reclassification, of_sale, of_sale_elsewhere};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn line(role: &str, department: Option<&str>, value: &str) -> SaleLine {
    let item = (department.is_none() && role == "sales").then(|| "1".into());
    SaleLine {
        role: role.into(),
        department: department.map(Into::into),
        item,
        amount: amount(value),
        ..SaleLine::default()
    }
}

/// A ticket of lines by role, or `fee`, and of tenders by role; cash is what is missing.
fn ticket(lines: &[(&str, &str)], tenders: &[(&str, &str)]) -> Sale {
    let lines: Vec<SaleLine> = lines
        .iter()
        .map(|(word, value)| match *word {
            "fee" => line("sales", Some("fee"), value),
            role => line(role, None, value),
        })
        .collect();
    let tender = |role: &str, amount| SaleTender { role: role.into(), amount, ..SaleTender::default() };
    let mut booked: Vec<_> = tenders.iter().map(|(role, value)| tender(role, amount(value))).collect();
    let owed = totals::sum(lines.iter().map(|line| line.amount)).unwrap();
    let paid = totals::sum(booked.iter().map(|tender| tender.amount)).unwrap();
    booked.push(tender("tender_clearing", owed.checked_sub(paid).unwrap()));
    Sale { books: true, lines, tenders: booked, ..Sale::default() }
}

fn voided(mut sale: Sale) -> Sale {
    sale.voids = Some(TicketId::default());
    for line in &mut sale.lines {
        (line.reversal, line.amount) = (true, line.amount.negated());
        line.taxes.iter_mut().for_each(|tax| tax.amount = tax.amount.negated());
    }
    sale.tenders.iter_mut().for_each(|tender| tender.amount = tender.amount.negated());
    sale
}

fn close() -> Close {
    let business_date: Date = "2026-03-14".parse().unwrap();
    Close {
        bucket: Bucket { business_date, window: 0, version: 2 },
        currency: "USD".into(),
        subsidiary: "US".into(),
        subsidiary_netsuite_id: "1".into(),
        ..Close::default()
    }
}

/// The lines of the ledger, a row each, after a day that began with nothing.
fn rows(sales: &[Sale]) -> Vec<String> {
    let (mut totals, mut moved) = (Totals::default(), Liabilities::default());
    for sale in sales {
        totals.add(&of_sale(sale).unwrap()).unwrap();
        moved.add(sale, None).unwrap();
    }
    let (ledger, _) = ledger("367", &Closing::own(&close()), &totals, &moved, &Balances::default()).unwrap();
    let row = |line: LiabilityLine| {
        assert!(line.unexplained.is_zero() && line.opening.is_zero());
        format!(
            "{}: issued {} redeemed {} refunded {} breakage {} closing {}",
            line.role, line.issued, line.redeemed, line.refunded, line.breakage, line.closing
        )
    };
    ledger.map_or_else(Vec::new, |ledger| ledger.lines.into_iter().map(row).collect())
}

#[test]
fn what_tickets_do_to_balances() {
    type Case<'a> = (&'a str, Vec<Sale>, &'a [&'a str]);
    let sold = || ticket(&[("gift_card_liability", "50.00")], &[]);
    let paid_with = || ticket(&[("sales", "30.00")], &[("gift_card_liability", "20.00")]);
    let kept = || ticket(&[("layaway_deposit", "-30.00"), ("fee", "10.00")], &[]);
    let mut taxed_fee = kept();
    taxed_fee.lines[1].taxes = vec![SaleTax { amount: amount("1.60"), ..SaleTax::default() }];
    taxed_fee.tenders[0].amount = amount("-18.40");
    let cases: [Case<'_>; 13] = [
        ("goods alone", vec![ticket(&[("sales", "9.99")], &[])], &[]),
        ("counted only", vec![Sale { books: false, ..sold() }], &[]),
        (
            "a gift card sold, and used in part",
            vec![sold(), paid_with()],
            &["gift_card_liability: issued 50.00 redeemed 20.00 refunded 0.00 breakage 0.00 closing 30.00"],
        ),
        (
            "a gift card paid out",
            vec![ticket(&[("gift_card_liability", "-7.50")], &[])],
            &["gift_card_liability: issued 0.00 redeemed 0.00 refunded 7.50 breakage 0.00 closing -7.50"],
        ),
        (
            "goods given back for store credit, and that spent",
            vec![
                ticket(&[("returns", "-12.00")], &[("store_credit_liability", "-12.00")]),
                ticket(&[("sales", "15.00")], &[("store_credit_liability", "12.00")]),
            ],
            &["store_credit_liability: issued 12.00 redeemed 12.00 refunded 0.00 breakage 0.00 closing 0.00"],
        ),
        (
            "laid away, and collected",
            vec![
                ticket(&[("layaway_deposit", "20.00")], &[]),
                ticket(&[("sales", "86.60"), ("layaway_deposit", "-30.00")], &[]),
            ],
            &["layaway_deposit: issued 20.00 redeemed 30.00 refunded 0.00 breakage 0.00 closing -10.00"],
        ),
        (
            "an order given up",
            vec![ticket(&[("customer_deposit", "-30.00")], &[])],
            &["customer_deposit: issued 0.00 redeemed 0.00 refunded 30.00 breakage 0.00 closing -30.00"],
        ),
        (
            "a part of a deposit kept as a fee",
            vec![kept()],
            &["layaway_deposit: issued 0.00 redeemed 0.00 refunded 20.00 breakage 10.00 closing -30.00"],
        ),
        (
            "with the tax on the fee",
            vec![taxed_fee],
            &["layaway_deposit: issued 0.00 redeemed 0.00 refunded 18.40 breakage 11.60 closing -30.00"],
        ),
        (
            "a fee of more than two deposits",
            vec![ticket(
                &[("layaway_deposit", "-3.00"), ("customer_deposit", "-4.00"), ("fee", "9.00")],
                &[],
            )],
            &[
                "layaway_deposit: issued 0.00 redeemed 0.00 refunded 0.00 breakage 3.00 closing -3.00",
                "customer_deposit: issued 0.00 redeemed 0.00 refunded 0.00 breakage 4.00 closing -4.00",
            ],
        ),
        (
            "a void of each",
            vec![sold(), voided(sold()), kept(), voided(kept()), paid_with(), voided(paid_with())],
            &[],
        ),
        (
            "a deposit that pays as an account",
            vec![ticket(&[("sales", "9.00")], &[("customer_deposit", "4.00")])],
            &["customer_deposit: issued 0.00 redeemed 4.00 refunded 0.00 breakage 0.00 closing -4.00"],
        ),
        ("a balance of somebody else", vec![ticket(&[("third_party_payable", "25.00")], &[])], &[]),
    ];
    for (what, sales, expected) in cases {
        assert_eq!(rows(&sales), expected, "{what}");
    }
}

#[test]
fn a_ledger_opens_with_what_the_last_one_closed_with() {
    let day = |sale: &Sale, before: &Balances| {
        let (mut totals, mut moved) = (Totals::default(), Liabilities::default());
        totals.add(&of_sale(sale).unwrap()).unwrap();
        moved.add(sale, None).unwrap();
        ledger("367", &Closing::own(&close()), &totals, &moved, before).unwrap()
    };
    let (_, monday) = day(&ticket(&[("gift_card_liability", "50.00")], &[]), &Balances::default());
    assert_eq!(monday.of(Role::GiftCardLiability), amount("50.00"));
    // Nothing moves it: what is owed is said all the same.
    let (tuesday, unchanged) = day(&ticket(&[("sales", "1.00")], &[]), &monday);
    let tuesday = tuesday.unwrap();
    assert_eq!((tuesday.id.as_str(), tuesday.period.as_str()), ("LL_367_20260314_0_2_US_USD", "2026-03"));
    assert_eq!((tuesday.lines[0].opening, tuesday.lines[0].closing), (amount("50.00"), amount("50.00")));
    assert_eq!(unchanged, monday);
    let (wednesday, nothing) =
        day(&ticket(&[("sales", "50.00")], &[("gift_card_liability", "50.00")]), &monday);
    assert_eq!(wednesday.unwrap().lines[0].closing, Amount::ZERO);
    assert_eq!(nothing, Balances::default());
    // A bucket that an older version opened: its journal books what nobody told apart.
    let mut totals = Totals::default();
    totals.add(&of_sale(&ticket(&[("gift_card_liability", "50.00")], &[])).unwrap()).unwrap();
    let (older, _) =
        ledger("367", &Closing::own(&close()), &totals, &Liabilities::default(), &Balances::default())
            .unwrap();
    assert_eq!(older.unwrap().lines[0].unexplained, amount("50.00"));
}

#[test]
fn a_line_that_turns_out_to_be_a_gift_card_is_issued() {
    let moved = |value: &str| Reclassification {
        resolved: line("gift_card_liability", None, value),
        ..Reclassification::default()
    };
    let mut totals = Totals::default();
    let mut liabilities = Liabilities::default();
    for moved in [moved("25.00"), moved("-5.00")] {
        totals.add(&of_reclassification(&moved).unwrap()).unwrap();
        liabilities.add_resolved(&moved).unwrap();
    }
    let (ledger, _) =
        ledger("367", &Closing::own(&close()), &totals, &liabilities, &Balances::default()).unwrap();
    let line = ledger.unwrap().lines.remove(0);
    assert_eq!((line.issued, line.refunded), (amount("25.00"), amount("5.00")));
    assert_eq!((line.unexplained, line.closing), (Amount::ZERO, amount("20.00")));
}

proptest! {
    /// Whatever tickets say, voids among them, every movement is told apart: the roll-forward comes to what the
    /// journal books, in each store that is booked in, and a day and its voids leave nothing.
    #[test]
    fn a_ledger_is_what_the_journal_books(
        days in proptest::collection::vec(
            (proptest::collection::vec((0_usize..8, -5_000_i64..5_000, 0_usize..3), 1..6), 0_usize..5, -5_000_i64..5_000, any::<bool>()),
            1..20,
        ),
    ) {
        let words = ["sales", "fee", "gift_card_liability", "layaway_deposit", "customer_deposit", "returns", "tips_payable", "suspense"];
        let tenders = ["tender_clearing", "gift_card_liability", "store_credit_liability", "layaway_deposit", "customer_deposit"];
        let cents = |cents: i64| Amount::from_units(cents * 100).unwrap().to_string();
        // Another store of the same subsidiary, and one of another.
        let place = |at: usize| {
            let (location, subsidiary) = [("L102", "US"), ("L201", "CA")].get(at.checked_sub(1)?)?;
            Some(OtherStore { location: (*location).into(), subsidiary: (*subsidiary).into(), ..OtherStore::default() })
        };
        let sales: Vec<(Sale, bool)> = days.into_iter().map(|(lines, tender, paid, is_void)| {
            let stated: Vec<(&str, String)> = lines.iter().map(|(word, value, _)| (words[*word], cents(*value))).collect();
            let stated: Vec<(&str, &str)> = stated.iter().map(|(word, value)| (*word, value.as_str())).collect();
            let mut sale = ticket(&stated, &[(tenders[tender], cents(paid).as_str())]);
            sale.subsidiary = "US".into();
            for (line, (_, _, at)) in sale.lines.iter_mut().zip(lines) {
                line.booked_in = place(at).map(Box::new);
            }
            (sale, is_void)
        }).collect();
        for place in [None, place(1), place(2)] {
            let (mut totals, mut moved, mut undone) = (Totals::default(), Liabilities::default(), Liabilities::default());
            for (sale, is_void) in &sales {
                undone.add(sale, place.as_ref()).unwrap();
                undone.add(&voided(sale.clone()), place.as_ref()).unwrap();
                let sale = if *is_void { voided(sale.clone()) } else { sale.clone() };
                moved.add(&sale, place.as_ref()).unwrap();
                match &place {
                    None => totals.add(&of_sale(&sale).unwrap()).unwrap(),
                    Some(place) => {
                        let there = of_sale_elsewhere(&sale).unwrap();
                        let there = there.into_iter().filter(|(at, _)| *at == place);
                        there.for_each(|(_, entries)| totals.add(&entries).unwrap());
                    }
                }
            }
            let close = close();
            let closing = place.as_ref().map_or_else(|| Closing::own(&close), |place| Closing::elsewhere(&close, place));
            let (ledger, after) = ledger("367", &closing, &totals, &moved, &Balances::default()).unwrap();
            for line in ledger.map_or_else(Vec::new, |ledger| ledger.lines) {
                prop_assert_eq!(line.unexplained, Amount::ZERO, "{}", line.role);
                prop_assert_eq!(after.of(Role::from_word(&line.role).unwrap()), line.closing);
            }
            prop_assert_eq!(undone, Liabilities::default());
        }
    }
}
