//! A ticket balances or is refused, held against a second computation in decimals.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::record::pos::{Discount, Line, Tax, Tender};

#[test]
fn balance_and_total_in_a_table() {
    // gross, discount, tax on the line, tax on the ticket, tender, change, stated total, reasons
    #[rustfmt::skip]
    let cases: [(&str, &str, &str, &str, &str, &str, Option<&str>, &[&str]); 10] = [
        ("10.00", "0",     "0",     "0",    "10.00",  "0",    Some("10.00"), &[]),
        ("10.00", "0",     "0",     "0",    "20.00",  "10.00", None,         &[]),
        ("10.00", "1.50",  "1.36",  "0",    "9.86",   "0",    Some("9.86"),  &[]),
        ("10.00", "1.50",  "0",     "1.36", "9.86",   "0",    Some("9.86"),  &[]),
        ("10.00", "12.00", "0",     "0",    "-2.00",  "0",    Some("-2.00"), &[]),
        ("0.00",  "0",     "0",     "0",    "0",      "0",    Some("0"),     &[]),
        ("10.00", "0",     "0",     "0",    "10.01",  "0",    None,          &["out_of_balance tenders"]),
        ("10.00", "0",     "0",     "0",    "10.00",  "0.01", None,          &["out_of_balance tenders"]),
        ("10.00", "0",     "0",     "0",    "10.00",  "0",    Some("9.99"),  &["total_differs total"]),
        ("10.00", "0",     "1.60",  "0",    "10.00",  "0",    Some("10.00"), &["out_of_balance tenders", "total_differs total"]),
    ];
    for (gross, off, line_tax, ticket_tax, taken, change, stated, expected) in cases {
        let mut only = line(1, "1", "1", gross);
        only.discounts = vec![discount("promotion", off)];
        only.taxes = vec![tax("IVA16", line_tax)];
        let transaction = Transaction {
            lines: vec![only],
            taxes: vec![tax("IVA16", ticket_tax)],
            tenders: vec![tender("cash", taken, change)],
            total: stated.map(amount),
            ..sale()
        };
        assert_eq!(
            reasons(transaction, &store()),
            expected,
            "{gross} {off} {line_tax} {ticket_tax} {taken} {change}"
        );
    }
}

#[test]
fn a_difference_is_said_in_money() {
    let mut transaction = sale();
    transaction.tenders[0].amount = amount("19.50");
    let found = Ticket::check(transaction, &store()).unwrap_err();
    assert!(
        found[0]
            .detail
            .starts_with("what was sold comes to 44.40, what was paid to 43.90, a difference of 0.50")
    );
}

fn cents() -> impl Strategy<Value = i64> {
    prop_oneof![0_i64..100_000, 0_i64..1_000_000_000_000]
}

fn money(cents: i64) -> Amount {
    Amount::from_units(cents * 100).unwrap()
}

prop_compose! {
    fn some_line()(
        gross in cents(),
        discounts in proptest::collection::vec(-500_i64..100_000, 0..4),
        taxes in proptest::collection::vec(0_i64..100_000, 0..3),
    ) -> Line {
        Line {
            amount: money(gross),
            discounts: discounts.into_iter().map(|off| Discount { amount: money(off), ..discount("other", "0") }).collect(),
            taxes: taxes.into_iter().map(|collected| Tax { amount: money(collected), ..tax("IVA16", "0") }).collect(),
            ..line(0, "1", "1", "0")
        }
    }
}

prop_compose! {
    /// Lines and taxes at random, tenders at random but the last, which makes it balance.
    fn balanced()(
        lines in proptest::collection::vec(some_line(), 0..8),
        taxes in proptest::collection::vec(0_i64..100_000, 0..3),
        tenders in proptest::collection::vec((-1_000_000_i64..1_000_000, 0_i64..10_000), 0..4),
    ) -> Transaction {
        let mut transaction = sale();
        transaction.lines = (1..).zip(lines).map(|(number, line)| Line { line: number, ..line }).collect();
        transaction.taxes = taxes.into_iter().map(|collected| Tax { amount: money(collected), ..tax("IVA16", "0") }).collect();
        transaction.tenders = tenders
            .into_iter()
            .map(|(taken, change)| Tender { amount: money(taken), change: money(change), ..tender("cash", "0", "0") })
            .collect();
        let (owed, paid) = recomputed(&transaction);
        let last = Amount::try_from(owed - paid).unwrap();
        transaction.tenders.push(Tender { amount: last, ..tender("card", "0", "0") });
        transaction.total = Some(Amount::try_from(owed).unwrap());
        transaction
    }
}

/// What is owed and what was paid, by decimals and loops.
fn recomputed(transaction: &Transaction) -> (Decimal, Decimal) {
    let mut owed = Decimal::ZERO;
    for line in &transaction.lines {
        owed += line.amount.decimal();
        for discount in &line.discounts {
            owed -= discount.amount.decimal();
        }
        for tax in &line.taxes {
            owed += tax.amount.decimal();
        }
    }
    for tax in &transaction.taxes {
        owed += tax.amount.decimal();
    }
    let paid =
        transaction.tenders.iter().map(|tender| tender.amount.decimal() - tender.change.decimal()).sum();
    (owed, paid)
}

proptest! {
    #[test]
    fn a_balanced_ticket_is_taken_and_one_cent_off_is_not(transaction in balanced(), which in any::<prop::sample::Index>()) {
        prop_assert_eq!(reasons(transaction.clone(), &store()), [""; 0]);
        let mut off = transaction;
        let index = which.index(off.tenders.len());
        let tender = &mut off.tenders[index];
        tender.amount = tender.amount.checked_add(money(1)).unwrap();
        prop_assert_eq!(reasons(off, &store()), ["out_of_balance tenders"]);
    }

    #[test]
    fn any_numbers_are_checked_without_panic(
        units in proptest::collection::vec(-999_999_999_999_999_999_i64..=999_999_999_999_999_999, 6),
        numbers in any::<(i64, i64, i32)>(),
    ) {
        let mut transaction = sale();
        let any_amount = |index: usize| Amount::from_units(units[index]).unwrap();
        transaction.lines[0].amount = any_amount(0);
        transaction.lines[1].discounts = vec![Discount { amount: any_amount(1), ..discount("other", "0") }; 50];
        transaction.tenders[0].amount = any_amount(2);
        transaction.tenders[0].change = any_amount(3);
        transaction.total = Some(any_amount(4));
        transaction.rounding = any_amount(5);
        (transaction.sequence, transaction.ended_at.0, transaction.lines[0].line) = numbers;
        prop_assert!(Ticket::check(transaction, &store()).is_err());
    }
}
