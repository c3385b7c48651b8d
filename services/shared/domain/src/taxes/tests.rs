//! What a bucket taxed, beside what its journal books to tax.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::account_map::Role;
use crate::calendar::Date;
use crate::record::sales::{Bucket, Close, OtherStore, SaleLine, TicketId};
use crate::totals::{Totals, of_sale, of_sale_elsewhere};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

fn tax(code: &str, treatment: &str, rate: &str, base: &str, collected: &str) -> SaleTax {
    SaleTax {
        code: code.into(),
        jurisdiction: Some("TX".into()),
        treatment: treatment.into(),
        rate: (!rate.is_empty()).then(|| rate.parse().unwrap()),
        base: (!base.is_empty()).then(|| amount(base)),
        amount: amount(collected),
        included: false,
    }
}

fn sale(taxes: Vec<SaleTax>) -> Sale {
    of_role("sales", taxes)
}

fn of_role(role: &str, taxes: Vec<SaleTax>) -> Sale {
    let line = SaleLine { role: role.into(), taxes, ..SaleLine::default() };
    Sale { books: true, lines: vec![line], ..Sale::default() }
}

fn voided(mut sale: Sale) -> Sale {
    sale.voids = Some(TicketId::default());
    let turn =
        |tax: &mut SaleTax| (tax.base, tax.amount) = (tax.base.map(Amount::negated), tax.amount.negated());
    sale.taxes.iter_mut().for_each(turn);
    for line in &mut sale.lines {
        line.reversal = true;
        line.amount = line.amount.negated();
        line.taxes.iter_mut().for_each(turn);
    }
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

/// The lines of the summary, a row each.
fn rows(sales: &[Sale]) -> Vec<String> {
    let mut totals = TaxTotals::default();
    sales.iter().for_each(|sale| totals.add(sale, None).unwrap());
    let some = |amount: Option<Amount>| amount.map_or("-".to_owned(), |amount| amount.to_string());
    let row = |line: TaxLine| {
        format!(
            "{} {} {}: base {} tax {}, returned {} {}, without base {}, computed {} difference {}",
            line.code,
            line.treatment,
            line.rate.map_or("-".to_owned(), |rate| rate.to_string()),
            line.base,
            line.tax,
            line.returned_base,
            line.returned_tax,
            line.tax_without_base,
            some(line.computed),
            some(line.difference),
        )
    };
    let summary = summary("367", &Closing::own(&close()), &totals).unwrap();
    summary.map_or_else(Vec::new, |summary| summary.lines.into_iter().map(row).collect())
}

#[test]
fn what_a_day_taxed() {
    let sold = || sale(vec![tax("A", "taxable", "0.0825", "41.47", "3.42")]);
    let returned = || of_role("returns", vec![tax("A", "taxable", "0.0825", "-5.49", "-0.45")]);
    let applied = of_role("layaway_deposit", vec![tax("A", "taxable", "0.0825", "-5.49", "-0.45")]);
    let mut unknown = of_role("suspense", vec![tax("A", "taxable", "0.0825", "-5.49", "-0.45")]);
    unknown.lines[0].amount = amount("-5.49");
    let thrice = sale(vec![tax("A", "taxable", "0.0825", "1.06", "0.09"); 3]);
    let on_the_ticket = Sale { taxes: vec![tax("A", "taxable", "0.0825", "10.00", "0.83")], ..sale(vec![]) };
    let given_back = vec![tax("A", "taxable", "0.0825", "-5.49", "-0.45")];
    let all_returned = Sale { taxes: given_back.clone(), ..of_role("returns", vec![]) };
    let mut exchanged = Sale { taxes: given_back, ..of_role("returns", vec![]) };
    exchanged.lines.extend(sale(vec![]).lines);
    let free =
        sale(vec![tax("A", "exempt", "0.0825", "3.25", "0"), tax("B", "zero_rated", "0", "7.00", "0")]);
    let bare = sale(vec![tax("A", "taxable", "0.0825", "", "1.00")]);
    type Case<'a> = (&'a str, Vec<Sale>, &'a [&'a str]);
    let cases: [Case<'_>; 12] = [
        ("nothing", vec![sale(vec![])], &[]),
        ("a ticket that books nothing", vec![Sale { books: false, ..sold() }], &[]),
        (
            "a sale and a return",
            vec![sold(), returned()],
            &[
                "A taxable 0.0825: base 35.98 tax 2.97, returned -5.49 -0.45, without base 0.00, computed 2.97 \
               difference 0.00",
            ],
        ),
        (
            "a return of what is not known yet, and a return that is undone",
            vec![sold(), unknown.clone(), returned(), voided(returned())],
            &[
                "A taxable 0.0825: base 35.98 tax 2.97, returned -5.49 -0.45, without base 0.00, computed 2.97 \
               difference 0.00",
            ],
        ),
        (
            "a deposit that is applied is no return",
            vec![sold(), applied],
            &["A taxable 0.0825: base 35.98 tax 2.97, returned 0.00 0.00, without base 0.00, computed 2.97 \
               difference 0.00"],
        ),
        (
            "all voided: nothing is left",
            vec![sold(), returned(), unknown.clone(), voided(sold()), voided(returned()), voided(unknown)],
            &[],
        ),
        (
            "rounded on each line, a cent more than on their sum",
            vec![thrice],
            &["A taxable 0.0825: base 3.18 tax 0.27, returned 0.00 0.00, without base 0.00, computed 0.26 \
               difference 0.01"],
        ),
        (
            "stated for the whole ticket, and its void",
            vec![on_the_ticket.clone(), on_the_ticket.clone(), voided(on_the_ticket)],
            &["A taxable 0.0825: base 10.00 tax 0.83, returned 0.00 0.00, without base 0.00, computed 0.83 \
               difference 0.00"],
        ),
        (
            "stated for the whole ticket of nothing but returns, and its void",
            vec![sold(), all_returned.clone(), all_returned.clone(), voided(all_returned)],
            &[
                "A taxable 0.0825: base 35.98 tax 2.97, returned -5.49 -0.45, without base 0.00, computed 2.97 \
               difference 0.00",
            ],
        ),
        (
            "stated for the whole ticket of returns and more",
            vec![sold(), exchanged],
            &["A taxable 0.0825: base 35.98 tax 2.97, returned 0.00 0.00, without base 0.00, computed 2.97 \
               difference 0.00"],
        ),
        (
            "exempt, at whatever rate, and zero-rated",
            vec![free],
            &[
                "A exempt 0.0825: base 3.25 tax 0.00, returned 0.00 0.00, without base 0.00, computed - difference -",
                "B zero_rated 0.00: base 7.00 tax 0.00, returned 0.00 0.00, without base 0.00, computed - \
                 difference -",
            ],
        ),
        (
            "without a base nothing is computed",
            vec![sold(), bare],
            &["A taxable 0.0825: base 41.47 tax 4.42, returned 0.00 0.00, without base 1.00, computed 3.42 \
               difference 0.00"],
        ),
    ];
    for (name, sales, expected) in cases {
        assert_eq!(rows(&sales), expected, "{name}");
    }
}

/// Half up, away from zero: half to even would be a cent less, and a refund mirrors its sale.
#[test]
fn what_a_rate_comes_to_is_rounded_half_away_from_zero() {
    for (base, rate, expected) in [
        ("1.50", "0.07", "0.11"),
        ("10.50", "0.05", "0.53"),
        ("0.50", "0.05", "0.03"),
        ("2.50", "0.07", "0.18"),
        ("3.18", "0.0825", "0.26"),
    ] {
        let rate: Rate = rate.parse().unwrap();
        assert_eq!(rate_of(rate, amount(base), 2), Some(amount(expected)), "{base}");
        assert_eq!(rate_of(rate, amount(base).negated(), 2), Some(amount(expected).negated()), "-{base}");
    }
    assert_eq!(rate_of("0.19".parse().unwrap(), amount("1050"), 0), Some(amount("200")), "whole pesos");
}

#[test]
fn a_summary_names_its_bucket_and_period() {
    let mut totals = TaxTotals::default();
    totals.add(&sale(vec![tax("A", "exempt", "", "3.25", "0")]), None).unwrap();
    let summary = summary("367", &Closing::own(&close()), &totals).unwrap().unwrap();
    assert_eq!((summary.id.as_str(), summary.period.as_str()), ("TS_367_20260314_0_2_US_USD", "2026-03"));
}

/// The further taxes are one line, of whatever code and rate, from which a void takes them again; a tax that has a line
/// keeps it.
#[test]
fn taxes_beyond_the_limit_are_one_line() {
    let mut sales: Vec<Sale> = (0..TAX_TOTALS_MAX)
        .map(|number| sale(vec![tax(&number.to_string(), "taxable", "0.10", "1.00", "0.10")]))
        .collect();
    let more = || sale(vec![tax("more", "taxable", "0.05", "3.00", "0.15")]);
    let still_more = of_role("returns", vec![tax("other", "taxable", "", "", "-0.02")]);
    let row = |base: &str, collected: &str, returned: &str| {
        let sums = format!("base {base} tax {collected}, returned 0.00 {returned}, without base {returned}");
        format!("* mixed -: {sums}, computed - difference -")
    };
    let expected = [
        (sale(vec![tax("7", "taxable", "0.10", "1.00", "0.10")]), None),
        (more(), Some(row("3.00", "0.15", "0.00"))),
        (still_more.clone(), Some(row("3.00", "0.13", "-0.02"))),
        (voided(still_more), Some(row("3.00", "0.15", "0.00"))),
        (voided(more()), None),
    ];
    for (one_more, beyond) in expected {
        sales.push(one_more);
        let rows = rows(&sales);
        assert_eq!(rows.iter().find(|row| row.contains("mixed")), beyond.as_ref());
        assert_eq!(rows.len(), TAX_TOTALS_MAX + usize::from(beyond.is_some()));
        assert!(rows.iter().any(|row| row.starts_with("7 taxable 0.10: base 2.00 tax 0.20")), "{rows:?}");
    }
    // Also once there is room again.
    let sold = |number: usize| sale(vec![tax(&number.to_string(), "taxable", "0.10", "1.00", "0.10")]);
    sales.extend([more(), voided(sold(8)), voided(sold(9)), voided(more())]);
    let rows = rows(&sales);
    assert_eq!(rows.len(), TAX_TOTALS_MAX - 2);
    assert!(!rows.iter().any(|row| row.contains("mixed") || row.contains("more")), "{rows:?}");
}

proptest! {
    /// For each store that is booked in, code and jurisdiction the summary is what the journal there books to tax,
    /// whatever the order.
    #[test]
    fn taxes_are_what_the_journal_books(
        taxes in proptest::collection::vec((0_u8..3, 0_u8..3, -9_999_i64..9_999, 0_usize..4, any::<bool>()), 0..40),
    ) {
        // The ticket as a whole, its line, and that line in another store: of the same subsidiary, and of another.
        let place = |at: usize| {
            let (location, subsidiary) = [("L102", "US"), ("L201", "CA")].get(at.checked_sub(2)?)?;
            Some(OtherStore { location: (*location).into(), subsidiary: (*subsidiary).into(), ..OtherStore::default() })
        };
        let sales: Vec<Sale> = taxes.iter().map(|(code, rate, cents, at, is_void)| {
            let of_ticket = *at == 0;
            let collected = Amount::from_units(cents * 100).unwrap();
            let rate = ["", "0.16", "0.08"][usize::from(*rate)];
            let base = if *cents % 3 == 0 { String::new() } else { Amount::from_units(cents * 700).unwrap().to_string() };
            let stated = tax(["A", "B", "C"][usize::from(*code)], "taxable", rate, &base, &collected.to_string());
            // What balances the tax, so that the totals take it.
            let mut sold = sale(if of_ticket { vec![] } else { vec![stated.clone()] });
            sold.taxes = if of_ticket { vec![stated] } else { vec![] };
            sold.lines[0].role = "suspense".into();
            sold.lines[0].amount = collected.negated();
            sold.lines[0].booked_in = place(*at).map(Box::new);
            sold.subsidiary = "US".into();
            if !is_void {
                return sold;
            }
            voided(sold)
        }).collect();
        let mut summaries: Vec<TaxTotals> = Vec::new();
        for place in [None, place(2), place(3)] {
            let (mut totals, mut backwards, mut books) = (TaxTotals::default(), TaxTotals::default(), Totals::default());
            for sale in &sales {
                totals.add(sale, place.as_ref()).unwrap();
                match &place {
                    None => books.add(&of_sale(sale).unwrap()).unwrap(),
                    Some(place) => {
                        let there = of_sale_elsewhere(sale).unwrap();
                        let there = there.into_iter().filter(|(at, _)| *at == place);
                        there.for_each(|(_, entries)| books.add(&entries).unwrap());
                    }
                }
            }
            sales.iter().rev().for_each(|sale| backwards.add(sale, place.as_ref()).unwrap());
            prop_assert_eq!(&totals, &backwards);
            let mut summed: BTreeMap<(String, Option<String>), i64> = BTreeMap::new();
            for total in totals.iter() {
                *summed.entry((total.code.clone(), total.jurisdiction.clone())).or_default() += total.tax.units();
            }
            summed.retain(|_, units| *units != 0);
            let booked = books.iter().filter(|total| total.role == Role::TaxPayable);
            let booked = booked.map(|total| {
                ((total.key.clone().unwrap(), total.detail.clone()), total.credit.units() - total.debit.units())
            });
            prop_assert_eq!(summed, booked.filter(|(_, units)| *units != 0).collect::<BTreeMap<_, _>>());
            summaries.push(totals);
        }
        let bases = |of: &dyn Fn(&Sale) -> Vec<SaleTax>| -> i64 {
            let bases = sales.iter().flat_map(of).filter_map(|tax| tax.base);
            bases.map(Amount::units).sum()
        };
        let stated = bases(&|sale| sale.lines.iter().flat_map(|line| line.taxes.clone()).chain(sale.taxes.clone()).collect());
        let summed = summaries.iter().flat_map(TaxTotals::iter).map(|total| total.base.units()).sum::<i64>();
        prop_assert_eq!(summed, stated);
    }
}
