//! Discounts of a whole ticket: which line bears what of them.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::case::{booked, contained, ticket, with_taxes};
use super::*;
use crate::claim;
use crate::record::pos::Link;
use crate::ticket::fixture::{amount, date, discount, items, line, store, stores, tax, tender};

fn off(kind: &str, amount: &str, lines: &[i32]) -> Discount {
    Discount { lines: lines.to_vec(), code: Some("C7".into()), ..discount(kind, amount) }
}

fn back(number: i32, item: &str, gross: &str) -> Line {
    Line { kind: "return".into(), ..line(number, item, "-1", gross) }
}

fn less(own: &str, line: Line) -> Line {
    Line { discounts: vec![discount("markdown", own)], ..line }
}

fn enriched(transaction: Transaction) -> Sale {
    let bucket = Bucket { business_date: date("2026-03-14"), window: 0, version: 1 };
    let content = content_hash(&transaction);
    let explained = Explained::check_among(transaction, content, &store(), &items(), &stores()).unwrap();
    explained.enrich(&store(), &stores(), bucket).0
}

/// The ticket, paid as it comes out.
fn paid(kind: &str, lines: Vec<Line>, discounts: Vec<Discount>) -> Transaction {
    let due = |line: &Line| if line.voided { Decimal::ZERO } else { price::less_discounts(line).decimal() };
    let off: Decimal = discounts.iter().map(|discount| discount.amount.decimal()).sum();
    let due = lines.iter().map(due).sum::<Decimal>() - off;
    Transaction { kind: kind.into(), discounts, ..ticket(lines, vec![tender("cash", &due.to_string(), "0")]) }
}

/// Each row: what was sold, the discounts of the ticket, and what each line bears of all its discounts, in order.
#[test]
#[rustfmt::skip]
fn shares_in_a_table() {
    let five = |number| line(number, "1", "1", "5.00");
    let cases: Vec<(&str, &str, Vec<Line>, Vec<Discount>, &[&str])> = vec![
        ("three for two over three lines: the cents left go to the lower numbers", "sale",
         vec![five(1), five(2), five(3)], vec![off("quantity", "5.00", &[1, 2, 3])],
         &["1 quantity 1.67", "2 quantity 1.67", "3 quantity 1.66"]),
        ("in whatever order they stand", "sale",
         vec![five(3), five(1), five(2)], vec![off("quantity", "5.00", &[])],
         &["3 quantity 1.66", "1 quantity 1.67", "2 quantity 1.67"]),
        ("10.00 off a basket of 100.00: of all goods, and of nothing else", "sale",
         vec![line(1, "1", "1", "33.33"), line(2, "1", "1", "33.33"), line(3, "2", "1", "33.34"),
              Line { voided: true, ..line(4, "2", "1", "50.00") },
              Line { kind: "gift_card_sale".into(), ..line(5, "1", "1", "25.00") },
              Line { kind: "fee".into(), item: None, ..line(6, "1", "1", "1.00") }],
         vec![off("promotion", "10.00", &[])],
         &["1 promotion 3.33", "2 promotion 3.33", "3 promotion 3.34"]),
        ("25.00 off three prices", "sale",
         vec![line(1, "1", "1", "12.00"), line(2, "1", "1", "12.00"), line(3, "2", "1", "9.00")],
         vec![off("promotion", "25.00", &[])],
         &["1 promotion 9.09", "2 promotion 9.09", "3 promotion 6.82"]),
        ("over what is left of each price", "sale",
         vec![less("8.00", line(1, "1", "1", "10.00")), line(2, "2", "1", "6.00")],
         vec![off("store_coupon", "4.00", &[])],
         &["1 markdown 8.00", "1 store_coupon 1.00", "2 store_coupon 3.00"]),
        ("one after the other: what the first took is not there for the second", "sale",
         vec![line(1, "1", "1", "10.00"), line(2, "2", "1", "10.00")],
         vec![off("promotion", "10.00", &[1]), off("store_coupon", "5.00", &[])],
         &["1 promotion 10.00", "2 store_coupon 5.00"]),
        ("of the lines it names, whatever they are", "sale",
         vec![five(1), five(2), Line { kind: "service".into(), item: None, ..line(7, "1", "1", "15.00") }],
         vec![off("loyalty", "2.00", &[2, 7])],
         &["2 loyalty 0.50", "7 loyalty 1.50"]),
        ("one of the three goes back, with its part as the till says", "return",
         vec![back(1, "1", "-5.00")], vec![off("quantity", "-1.67", &[])],
         &["1 quantity -1.67"]),
        ("two of the three go back: shared out as it was, by the sign of what comes back", "return",
         vec![back(1, "1", "-5.00"), back(2, "1", "-5.00")], vec![off("quantity", "-3.33", &[])],
         &["1 quantity -1.67", "2 quantity -1.66"]),
        ("an exchange: each sign on its own", "exchange",
         vec![back(1, "1", "-5.00"), line(2, "1", "1", "5.00"), line(3, "2", "1", "15.00")],
         vec![off("quantity", "-1.66", &[]), off("promotion", "2.00", &[])],
         &["1 quantity -1.66", "2 promotion 0.50", "3 promotion 1.50"]),
        ("less than a cent for each", "sale",
         vec![five(1), five(2), five(3)], vec![off("promotion", "0.02", &[]), off("loyalty", "0.00", &[])],
         &["1 promotion 0.01", "2 promotion 0.01"]),
    ];
    for (name, kind, lines, discounts, expected) in cases {
        let codes: Vec<_> = lines.iter().flat_map(|line| &line.discounts).map(|own| own.code.clone()).collect();
        let sale = enriched(paid(kind, lines, discounts));
        let rows = sale.lines.iter().flat_map(|line| line.discounts.iter().map(move |off| (line.line, off)));
        let found: Vec<_> = rows.clone().map(|(line, off)| format!("{line} {} {}", off.kind, off.amount)).collect();
        assert_eq!(found, expected, "{name}");
        assert!(rows.filter(|(_, off)| off.code.is_none()).count() == codes.len(), "{name}: the code goes along");
    }
}

/// Books, taxes as the till stated them, and kits: all as if the till had shared it out.
#[test]
fn what_is_shared_out_books_as_what_the_till_shared_out() {
    let taxed = |number, item, gross, inside| {
        with_taxes(vec![contained("IVA16", inside)], line(number, item, "1", gross))
    };
    let lines = vec![
        taxed(1, "1", "116.00", "14.40"),
        taxed(2, "2", "58.00", "7.20"),
        with_taxes(vec![tax("X", "0")], line(3, "1", "1", "0.00")),
    ];
    let of_ticket = paid("sale", lines.clone(), vec![off("promotion", "17.40", &[])]);
    let mut shared = lines;
    shared[0].discounts = vec![discount("promotion", "11.60")];
    shared[1].discounts = vec![discount("promotion", "5.80")];
    assert_eq!(booked(of_ticket), booked(paid("sale", shared, Vec::new())));
}

/// What comes back is compared with what was paid for it, and what a void takes back of that, too.
#[test]
fn what_comes_back_is_worth_its_price_less_its_share() {
    let check = |transaction| {
        let content = content_hash(&transaction);
        Explained::check_among(transaction, content, &store(), &items(), &stores()).unwrap()
    };
    let money = |amount: Amount| amount.to_string();
    let lines = vec![line(1, "1", "1", "5.00"), line(2, "1", "1", "5.00"), line(3, "1", "1", "5.00")];
    let sold = paid("sale", lines, vec![off("quantity", "5.00", &[])]);
    let worth: Vec<_> = claim::sold(&check(sold), &store())
        .into_iter()
        .map(|line| (line.line, money(line.sold.unwrap().amount)))
        .collect();
    assert_eq!(worth, [(1, "3.33".to_owned()), (2, "3.33".to_owned()), (3, "3.34".to_owned())]);
    let link = |kind: &str, line| Link {
        kind: kind.into(),
        store: "101".into(),
        register: "1".into(),
        business_date: date("2026-03-14"),
        sequence: 7,
        line,
        ..Link::default()
    };
    let piece = Line { original: Some(link("return_of", Some(1)).into()), ..back(1, "1", "-5.00") };
    let returned = paid("return", vec![piece], vec![off("quantity", "-1.67", &[])]);
    let void = ticket::mirrored(&returned);
    let void = Transaction { kind: "post_void".into(), links: vec![link("void_of", None)], ..void };
    for (transaction, claimed) in [(returned, ("1.00", "3.33")), (void, ("-1.00", "-3.33"))] {
        let claims = claim::claims(&check(transaction), &store(), &stores());
        let found: Vec<_> =
            claims.iter().map(|claim| (claim.quantity.to_string(), money(claim.amount))).collect();
        assert_eq!(found, [(claimed.0.to_owned(), claimed.1.to_owned())]);
    }
}

proptest! {
    /// Of a discount each line bears its part to the cent, and what is left over goes to the largest remainders: held
    /// to a second computation in decimals.
    #[test]
    fn shares_are_by_largest_remainder(
        prices in proptest::collection::vec((1_i64..10_000, any::<bool>()), 1..8),
        part in 1_i64..1_000,
        returned in any::<bool>(),
    ) {
        let cents = |cents: i64| Decimal::new(if returned { -cents } else { cents }, 2);
        let text = |cents: Decimal| cents.to_string();
        let each = |(number, (price, named)): (i32, &(i64, bool))| {
            let kind = if returned { "return" } else { "sale" };
            let pieces = if returned { "-1" } else { "1" };
            (Line { kind: kind.into(), ..line(number, "1", pieces, &text(cents(*price))) }, *named)
        };
        // The highest number stands first.
        let lines: Vec<(Line, bool)> = (1..).zip(&prices).map(each).collect::<Vec<_>>().into_iter().rev().collect();
        let named: Vec<i32> = lines.iter().filter(|(_, named)| *named).map(|(line, _)| line.line).collect();
        let bears = |line: &Line| named.is_empty() || named.contains(&line.line);
        let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
        let sum: Decimal = lines.iter().filter(|line| bears(line)).map(|line| line.amount.decimal().abs()).sum();
        let whole = (sum * Decimal::new(part, 3)).round_dp(2);
        let mut expected: Vec<(i32, Decimal, Decimal)> = lines.iter().filter(|line| bears(line)).map(|line| {
            let exact = whole * line.amount.decimal().abs() / sum;
            let share = exact.trunc_with_scale(2);
            (line.line, share, exact - share)
        }).collect();
        expected.sort_by(|(line, _, rest), (other, _, of_other)| of_other.cmp(rest).then(line.cmp(other)));
        let mut left = whole - expected.iter().map(|(_, share, _)| share).sum::<Decimal>();
        for (_, share, _) in &mut expected {
            if left > Decimal::ZERO {
                (*share, left) = (*share + Decimal::new(1, 2), left - Decimal::new(1, 2));
            }
        }
        let signed = if returned { -whole } else { whole };
        let kind = if returned { "return" } else { "sale" };
        let sale = enriched(paid(kind, lines, vec![off("promotion", &text(signed), &named)]));
        for line in &sale.lines {
            let bears = expected.iter().find(|(number, ..)| *number == line.line).map(|(_, share, _)| *share);
            let found: Decimal = line.discounts.iter().map(|off| off.amount.decimal().abs()).sum();
            prop_assert_eq!(found, bears.unwrap_or_default(), "{:?}", line);
        }
        let all: i64 = sale.lines.iter().flat_map(|line| &line.discounts).map(|off| off.amount.units()).sum();
        prop_assert_eq!(all, amount(&text(signed)).units());
    }
}
