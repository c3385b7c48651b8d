//! Worked numbers of retail accounting, through the booking of a ticket: rounding of taxes, tax by line and by
//! invoice, tax inside the price, cash rounding, card clearing. Largest remainders are in `allocation`, check digits in
//! `barcode`, and the worked store-day goes through the whole pipeline.
#![allow(clippy::unwrap_used)]

use rust_decimal::{Decimal, RoundingStrategy};

use super::case::{booked, card, contained, ticket, with_taxes};
use super::*;
use crate::document::Closing;
use crate::record::sales::Close;
use crate::record::tax::TaxLine;
use crate::taxes::{self, TaxTotals};
use crate::ticket::fixture::{amount, date, items, line, store, stores, tax, tender};

/// A tax as a till states it.
fn stated(rate: &str, base: &str, collected: &str, included: bool) -> Tax {
    Tax { rate: Some(rate.parse().unwrap()), base: Some(amount(base)), included, ..tax("T", collected) }
}

/// What the tax summary says of a ticket.
fn summary(transaction: Transaction) -> TaxLine {
    let content = content_hash(&transaction);
    let ticket = Explained::check_among(transaction, content, &store(), &items(), &stores()).unwrap();
    let bucket = Bucket { business_date: date("2026-03-14"), window: 0, version: 1 };
    let (sale, _) = ticket.enrich(&store(), &stores(), bucket.clone());
    let mut totals = TaxTotals::default();
    totals.add(&sale, None).unwrap();
    let (currency, subsidiary) = ("MXN".into(), "MX".into());
    let close = Close { bucket, currency, subsidiary, ..Close::default() };
    taxes::summary("101", &Closing::own(&close), &totals).unwrap().unwrap().lines.remove(0)
}

fn negative(text: &str) -> String {
    amount(text).negated().to_string()
}

/// Half up, away from zero: what half-even would give is beside it. A refund mirrors its sale.
#[test]
fn a_tax_is_computed_half_up() {
    for (base, rate, half_up, half_even) in [
        ("1.50", "0.07", "0.11", "0.10"),
        ("10.50", "0.05", "0.53", "0.52"),
        ("0.50", "0.05", "0.03", "0.02"),
        ("2.50", "0.07", "0.18", "0.18"),
    ] {
        let sold = with_taxes(vec![stated(rate, base, half_up, false)], line(1, "1", "1", base));
        let owed = amount(base).checked_add(amount(half_up)).unwrap();
        let found = summary(ticket(vec![sold], vec![tender("cash", &owed.to_string(), "0")]));
        assert_eq!(
            (found.computed, found.difference),
            (Some(amount(half_up)), Some(Amount::ZERO)),
            "{base} at {rate}"
        );
        let even = amount(half_even).checked_sub(amount(half_up)).unwrap();
        let sold = with_taxes(vec![stated(rate, base, half_even, false)], line(1, "1", "1", base));
        let owed = amount(base).checked_add(amount(half_even)).unwrap();
        let found = summary(ticket(vec![sold], vec![tender("cash", &owed.to_string(), "0")]));
        assert_eq!(found.difference, Some(even), "a till that rounds half to even is seen");
        let (base, half_up) = (negative(base), negative(half_up));
        let back = Line { kind: "return".into(), ..line(1, "1", "-1", &base) };
        let back = with_taxes(vec![stated(rate, &base, &half_up, false)], back);
        let refund = ticket(vec![back], vec![tender("cash", &owed_of(&base, &half_up), "0")]);
        let found = summary(Transaction { kind: "return".into(), ..refund });
        assert_eq!(found.computed, Some(amount(&half_up)), "the refund of {base} at {rate}");
    }
}

fn owed_of(base: &str, collected: &str) -> String {
    amount(base).checked_add(amount(collected)).unwrap().to_string()
}

/// Tills that round each line come to another cent than the invoice would; both are booked as stated.
#[test]
fn tax_by_line_and_by_invoice() {
    for (price, net, rate, each, included, by_line, by_invoice) in [
        ("1.06", "1.06", "0.0825", "0.09", false, "0.27", "0.26"),
        ("15.50", "13.36", "0.16", "2.14", true, "6.42", "6.41"),
    ] {
        let sold =
            |number| with_taxes(vec![stated(rate, net, each, included)], line(number, "1", "1", price));
        let owed = [price; 3].iter().fold(Amount::ZERO, |sum, price| sum.checked_add(amount(price)).unwrap());
        let owed = if included { owed } else { owed.checked_add(amount(by_line)).unwrap() };
        let found =
            summary(ticket((1..=3).map(sold).collect(), vec![tender("cash", &owed.to_string(), "0")]));
        assert_eq!(
            (found.tax, found.computed),
            (amount(by_line), Some(amount(by_invoice))),
            "{price} at {rate}"
        );
    }
}

/// A price that contains its tax: net is what is left, so that both come to the price exactly.
#[test]
fn tax_inside_the_price() {
    for (gross, rate, net, collected) in [
        ("15.50", "0.16", "13.36", "2.14"),
        ("116.00", "0.16", "100.00", "16.00"),
        ("99.90", "0.16", "86.12", "13.78"),
        ("15.50", "0.08", "14.35", "1.15"),
        ("124.99", "0.20", "104.16", "20.83"),
        ("2.99", "0.20", "2.49", "0.50"),
        ("2.49", "0.20", "2.08", "0.41"),
        ("130.47", "0.20", "108.73", "21.74"),
    ] {
        let sold = with_taxes(vec![contained("T", collected)], line(1, "1", "1", gross));
        let (journal, _) = booked(ticket(vec![sold], vec![tender("cash", gross, "0")]));
        let expected = [
            format!("Dr tender_clearing        cash             {gross:>8}"),
            format!("Cr sales                  grocery          {net:>8}"),
            format!("Cr tax_payable            T                {collected:>8}"),
        ];
        assert_eq!(journal, expected, "{gross} at {rate}");
        let rate: Decimal = rate.parse().unwrap();
        let exact = amount(gross).decimal().checked_div(Decimal::ONE.checked_add(rate).unwrap()).unwrap();
        let half_up = exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        assert_eq!(
            half_up,
            amount(net).decimal(),
            "{gross} at {rate}: the net of a price is rounded half up"
        );
    }
    // Two taxes, one inside the base of the other: IEPS of 8 % on 10.00, IVA of 16 % on 10.80.
    let sold =
        with_taxes(vec![contained("IEPS", "0.80"), contained("IVA", "1.73")], line(1, "1", "1", "12.53"));
    let (journal, _) = booked(ticket(vec![sold], vec![tender("cash", "12.53", "0")]));
    assert!(
        journal.contains(&"Cr sales                  grocery             10.00".to_owned()),
        "{journal:?}"
    );
}

/// Rounding of cash has an account of its own: neither revenue nor tax know of it.
#[test]
fn cash_rounding() {
    for (rule, owed, paid) in [
        ("CAD/AUD/CHF/EUR-FI 0.05", "4.92", "4.90"),
        ("0.05", "5.97", "5.95"),
        ("0.05", "5.98", "6.00"),
        ("0.05", "20.43", "20.45"),
        ("SEK 1", "22041.88", "22042.00"),
        ("SEK 1", "196.89", "197.00"),
        ("SEK 1", "384.15", "384.00"),
        ("NOK 1", "10.50", "11.00"),
        ("NOK 1", "10.49", "10.00"),
        ("CLP 10 half-down", "765.00", "760.00"),
        ("CLP 10 half-down", "766.00", "770.00"),
        ("FI exception", "0.02", "0.02"),
        ("US-NCSL 1-2c", "0.02", "0.05"),
    ] {
        let rounding = amount(paid).checked_sub(amount(owed)).unwrap();
        let sold = ticket(vec![line(1, "1", "1", owed)], vec![tender("cash", paid, "0")]);
        let (journal, _) = booked(Transaction { rounding, total: Some(amount(owed)), ..sold });
        let mut expected = vec![
            format!("Dr tender_clearing        cash             {paid:>8}"),
            format!("Cr sales                  grocery          {owed:>8}"),
        ];
        if !rounding.is_zero() {
            let (side, size) =
                if rounding.is_negative() { ("Dr", rounding.negated()) } else { ("Cr", rounding) };
            let size = size.to_string();
            expected.push(format!("{side} rounding                                {size:>8}"));
        }
        assert_eq!(journal, expected, "{rule}: {owed} paid with {paid}");
    }
}

/// What an acquirer settles clears what the tills booked to the account of its cards: a sale of 45.99 and a refund of
/// 5.00. What the batch keeps is fees, gross less net, and a reserve; chargeback and its reversal come to nothing.
/// Settlements are not read here: the entry is finance's, and leaves no cent in the account.
#[test]
fn card_clearing_is_what_is_settled() {
    for (batch, refund_net, payout, fees) in
        [("Adyen 118", "-5.10", "18.00", "17.99"), ("Stripe po_1", "-5.00", "18.10", "17.89")]
    {
        let sold = ticket(vec![line(1, "1", "1", "45.99")], vec![card("45.99")]);
        let back = Line { kind: "return".into(), ..line(1, "1", "-1", "-5.00") };
        let back = Transaction { kind: "return".into(), ..ticket(vec![back], vec![card("-5.00")]) };
        let cleared = |transaction| {
            let row = booked(transaction).0.into_iter().find(|row| row.contains("card/visa")).unwrap();
            let (side, size) = (row.starts_with("Dr"), amount(row.rsplit(' ').next().unwrap()));
            if side { size } else { size.negated() }
        };
        let clearing = cleared(sold).checked_add(cleared(back)).unwrap();
        assert_eq!(clearing, amount("40.99"), "{batch}: sale less refund");

        let settled = [
            ("45.99", "45.10"),
            ("-5.00", refund_net),
            ("-20.00", "-35.00"), // chargeback
            ("20.00", "20.00"),   // its reversal
            ("0", "-2.00"),       // fee
        ];
        let reserve = amount("5.00");
        let sum = |amounts: [&str; 5]| {
            amounts.into_iter().fold(Amount::ZERO, |sum, each| sum.checked_add(amount(each)).unwrap())
        };
        let (gross, net) = (sum(settled.map(|(gross, _)| gross)), sum(settled.map(|(_, net)| net)));
        assert_eq!(net.checked_sub(reserve), Ok(amount(payout)), "{batch}: paid out");
        assert_eq!(gross.checked_sub(net), Ok(amount(fees)), "{batch}: fees");
        let entry = [payout, fees, "5.00"]
            .into_iter()
            .fold(Amount::ZERO, |sum, each| sum.checked_add(amount(each)).unwrap());
        assert_eq!(clearing.checked_sub(entry), Ok(Amount::ZERO), "{batch}: nothing stays in the account");
    }
}
