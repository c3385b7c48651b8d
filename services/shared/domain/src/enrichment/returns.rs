//! What a return is in the books and in the stock, and that it undoes a sale.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::books::taxed_line;
use super::case::{card, check, contained, ticket, with_taxes};
use super::*;
use crate::account_map::Role;
use crate::moves;
use crate::record::pos::{Link, Tender};
use crate::ticket::fixture::{date, discount, items, line, store, tax, tender};
use crate::totals::{Totals, of_sale};

fn back(kind: &str, item: &str, quantity: &str, gross: &str) -> Line {
    Line { kind: "return".into(), disposition: Some(kind.into()), ..line(1, item, quantity, gross) }
}

#[test]
#[rustfmt::skip]
fn what_is_taken_back() {
    let returned = |lines: Vec<Line>, tenders: Vec<Tender>| Transaction {
        kind: "return".into(), ..ticket(lines, tenders)
    };
    let sold_here = Link { kind: "return_of".into(), store: "101".into(), register: "R1".into(), sequence: 3,
                           line: Some(1), business_date: date("2026-03-13"), ..Link::default() };
    let defect = Line { discounts: vec![discount("price_override", "-2.00")], ..back("damaged", "1", "-1", "-14.99") };
    let exchanged = Transaction { kind: "exchange".into(), ..ticket(
        vec![back("resaleable", "1", "-1", "-40.00"), line(2, "2", "1", "30.00"), line(3, "1", "1", "5.00")],
        vec![tender("store_credit", "-5.00", "0")]) };
    let even = Transaction { kind: "exchange".into(), taxes: vec![Tax { rate: Some("0.16".parse().unwrap()),
                                                                    ..contained("IVA16", "0.00") }], ..ticket(
        vec![back("resaleable", "1", "-1", "-116.00"), line(2, "2", "1", "116.00")], vec![]) };
    check(vec![
        ("goods that can be sold again, with the tax they were sold with",
         returned(vec![with_taxes(vec![tax("IVA16", "-0.45")], back("resaleable", "1", "-1", "-5.49"))],
                  vec![card("-5.94")]),
         &["Cr tender_clearing        card/visa            5.94",
           "Dr returns                grocery              5.49",
           "Dr tax_payable            IVA16                0.45"],
         &["1 1.00"]),
        ("damaged goods, at the price they were sold for",
         returned(vec![defect], vec![tender("cash", "-12.99", "0")]),
         &["Cr tender_clearing        cash                12.99",
           "Cr discount               price_override       2.00",
           "Dr returns                grocery             14.99"],
         &["1 1.00 damaged"]),
        ("a price with tax inside",
         returned(vec![with_taxes(vec![contained("IVA16", "-16.00")], back("resaleable", "1", "-1", "-116.00"))],
                  vec![tender("cash", "-116.00", "0")]),
         &["Cr tender_clearing        cash               116.00",
           "Dr returns                grocery            100.00",
           "Dr tax_payable            IVA16               16.00"],
         &["1 1.00"]),
        ("a tax that was stated once inside the prices of all of it",
         Transaction { taxes: vec![contained("IVA16", "-24.00")], ..returned(
             vec![back("resaleable", "1", "-1", "-116.00"),
                  Line { line: 2, ..back("resaleable", "2", "-1", "-58.00") }],
             vec![tender("cash", "-174.00", "0")]) },
         &["Cr tender_clearing        cash               174.00",
           "Dr returns                grocery            100.00",
           "Dr returns                toys                50.00",
           "Dr tax_payable            IVA16               24.00"],
         &["1 1.00", "2 1.00"]),
        ("an even exchange, whose tax comes to nothing: its rate tells it apart",
         even,
         &["Dr returns                grocery            100.00",
           "Cr sales                  toys               100.00"],
         &["1 1.00", "2 -1.00"]),
        ("an exchange, the rest as store credit",
         exchanged,
         &["Dr returns                grocery             40.00",
           "Cr sales                  grocery              5.00",
           "Cr sales                  toys                30.00",
           "Cr store_credit_liability                      5.00"],
         &["1 -1.00", "1 1.00", "2 -1.00"]),
        ("a piece of three for 10.00 that this store sold, by its receipt",
         returned(vec![Line { original: Some(sold_here.clone().into()), discounts: vec![discount("quantity", "-1.67")],
                              ..back("resaleable", "1", "-1", "-5.00") }],
                  vec![tender("cash", "-3.33", "0")]),
         &["Cr tender_clearing        cash                 3.33",
           "Cr discount               quantity             1.67",
           "Dr returns                grocery              5.00"],
         &["1 1.00"]),
        ("more than was sold, two of one, by its receipt: booked like any return, and a claim says what is too much",
         returned(vec![Line { original: Some(sold_here.into()), ..back("resaleable", "1", "-2", "-10.98") }],
                  vec![tender("cash", "-10.98", "0")]),
         &["Cr tender_clearing        cash                10.98",
           "Dr returns                grocery             10.98"],
         &["1 2.00"]),
        ("given back onto a gift card",
         returned(vec![back("resaleable", "2", "-1", "-7.00")], vec![tender("gift_card", "-7.00", "0")]),
         &["Dr returns                toys                 7.00",
           "Cr gift_card_liability                         7.00"],
         &["2 1.00"]),
        ("goods to be thrown away",
         returned(vec![back("scrap", "2", "-1", "-7.00")], vec![tender("cash", "-7.00", "0")]),
         &["Cr tender_clearing        cash                 7.00",
           "Dr returns                toys                 7.00"],
         &["2 1.00 damaged", "2 -1.00 damaged", "2 1.00 scrapped"]),
        ("goods on commission, which never were ours",
         returned(vec![Line { kind: "commission_sale".into(), ..line(1, "1", "-1", "-80.00") }], vec![card("-80.00")]),
         &["Cr tender_clearing        card/visa           80.00",
           "Dr third_party_payable                        80.00"],
         &[]),
        ("a fee given back",
         returned(vec![Line { kind: "fee".into(), item: None, ..line(1, "", "-1", "-4.00") }], vec![card("-4.00")]),
         &["Cr tender_clearing        card/visa            4.00",
           "Dr returns                fee                  4.00"],
         &[]),
        ("a gift card that was not used",
         returned(vec![back("resaleable", "4", "-1", "-25.00")], vec![card("-25.00")]),
         &["Cr tender_clearing        card/visa           25.00",
           "Dr gift_card_liability                        25.00"],
         &[]),
        ("money for work that was not done",
         returned(vec![back("resaleable", "5", "-1", "-80.00")], vec![card("-80.00")]),
         &["Cr tender_clearing        card/visa           80.00",
           "Dr returns                repair              80.00"],
         &[]),
    ]);
}

/// The same goods for the same money, the other way round.
fn mirrored(sold: &Transaction) -> Transaction {
    let mut back = Transaction { kind: "return".into(), ..sold.clone() };
    for line in &mut back.lines {
        line.kind = "return".into();
        (line.quantity, line.amount) = (line.quantity.negated(), line.amount.negated());
        line.discounts.iter_mut().for_each(|discount| discount.amount = discount.amount.negated());
        line.taxes.iter_mut().for_each(|tax| tax.amount = tax.amount.negated());
    }
    back.tenders.iter_mut().for_each(|tender| tender.amount = tender.amount.negated());
    back
}

proptest! {
    /// A ticket and its full return leave nothing: no net sales, no tax, no tender, no stock.
    #[test]
    fn a_full_return_undoes_a_sale(
        lines in proptest::collection::vec((taxed_line(), any::<bool>(), 1_i64..9), 1..8),
    ) {
        let mut sold = ticket(Vec::new(), Vec::new());
        let mut paid = Decimal::ZERO;
        for (number, ((gross, discounts, inside), included, pieces)) in (1..).zip(&lines) {
            let item = if *pieces % 2 == 0 { "1" } else { "2" };
            let mut each = line(number, item, &pieces.to_string(), &gross.to_string());
            let promotion = |off: &Amount| Discount { amount: *off, ..discount("promotion", "0") };
            each.discounts = discounts.iter().map(promotion).collect();
            each.taxes = vec![Tax { amount: *inside, included: *included, ..tax("IVA16", "0") }];
            paid += gross.decimal() - discounts.iter().map(|off| off.decimal()).sum::<Decimal>();
            paid += if *included { Decimal::ZERO } else { inside.decimal() };
            sold.lines.push(each);
        }
        sold.tenders = vec![tender("cash", &paid.to_string(), "0")];
        let mut totals = Totals::default();
        let mut stock: BTreeMap<Text, i64> = BTreeMap::new();
        for transaction in [mirrored(&sold), sold] {
            let explained = Explained::check(transaction, &store(), &items()).unwrap();
            let (sale, _) = explained.enrich(&store(), &Stores::default(), Bucket::default());
            totals.add(&of_sale(&sale).unwrap()).unwrap();
            let movements = moves::moves(&sale, &store(), &Stores::default());
            for leg in movements.into_iter().flat_map(|movement| movement.legs) {
                *stock.entry(leg.item).or_default() += if leg.state == "on_hand" { leg.quantity.units() } else { 0 };
            }
        }
        prop_assert!(stock.values().all(|units| *units == 0));
        let net = |roles: &[Role]| -> Decimal {
            let of = totals.iter().filter(|total| roles.contains(&total.role));
            of.map(|total| total.debit.decimal() - total.credit.decimal()).sum()
        };
        for roles in [&[Role::Sales, Role::Returns, Role::Discount][..], &[Role::TaxPayable], &[Role::TenderClearing]] {
            prop_assert_eq!(net(roles), Decimal::ZERO);
        }
    }
}
