//! What a kit is in the books and in the stock, and what another location hands over.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use proptest::prelude::*;

use super::case::{booked, card, check, check_of, contained, ticket, with_taxes};
use super::promised::kept;
use super::*;
use crate::account_map::Role;
use crate::moves;
use crate::number::Amount;
use crate::record::pos::{Link, Tender};
use crate::suspense;
use crate::ticket::fixture::{
    date, discount, item_record, items, kit_record, line, quantity, store, stores, tax, tender,
};
use crate::totals::{Totals, of_reclassification, of_sale};

fn from(location: &str, fulfilment: &str, line: Line) -> Line {
    Line { fulfilment: Some(fulfilment.into()), fulfilment_location: Some(location.into()), ..line }
}

fn of_kind(kind: &str, lines: Vec<Line>, tenders: Vec<Tender>) -> Transaction {
    Transaction { kind: kind.into(), ..ticket(lines, tenders) }
}

/// Kit 6 is two of 1 and one of 2 for 12.00 each, and work 5 for 9.00.
#[test]
#[rustfmt::skip]
fn kits() {
    let back = Line { kind: "return".into(), ..line(1, "6", "-1", "-25.00") };
    let mut void = of_kind("post_void", vec![line(1, "6", "-1", "-25.00")], vec![tender("cash", "-25.00", "0")]);
    void.links = vec![Link { kind: "void_of".into(), store: "101".into(), register: "R1".into(), sequence: 5,
                             business_date: date("2026-03-13"), ..Link::default() }];
    check(vec![
        ("25.00 over 12, 12 and 9, each to its department",
         ticket(vec![line(1, "6", "1", "25.00")], vec![card("25.00")]),
         &["Dr tender_clearing        card/visa           25.00",
           "Cr sales                  grocery              9.09",
           "Cr sales                  repair               6.82",
           "Cr sales                  toys                 9.09"],
         &["1 -2.00", "2 -1.00"]),
        ("three of them, with a discount and the tax inside the price",
         ticket(vec![Line { discounts: vec![discount("promotion", "11.60")],
                            ..with_taxes(vec![contained("IVA16", "12.80")], line(1, "6", "3", "104.40")) },
                     line(2, "1", "1", "5.00")],
                vec![tender("cash", "97.80", "0")]),
         &["Dr tender_clearing        cash                97.80",
           "Dr discount               promotion           10.00",
           "Cr sales                  grocery             37.73",
           "Cr sales                  repair              24.54",
           "Cr sales                  toys                32.73",
           "Cr tax_payable            IVA16               12.80"],
         &["1 -7.00", "2 -3.00"]),
        ("a kit given back: what it is made of comes back",
         of_kind("return", vec![back], vec![card("-25.00")]),
         &["Cr tender_clearing        card/visa           25.00",
           "Dr returns                grocery              9.09",
           "Dr returns                repair               6.82",
           "Dr returns                toys                 9.09"],
         &["1 2.00", "2 1.00"]),
        ("and one that is voided",
         void,
         &["Cr tender_clearing        cash                25.00",
           "Dr sales                  grocery              9.09",
           "Dr sales                  repair               6.82",
           "Dr sales                  toys                 9.09"],
         &["1 2.00", "2 1.00"]),
        ("a kit laid away",
         of_kind("layaway", vec![line(1, "6", "1", "25.00")], vec![]),
         &[],
         &["1 -2.00", "1 2.00 reserved", "2 -1.00", "2 1.00 reserved"]),
        ("half a kit",
         ticket(vec![line(1, "6", "0.5", "12.50")], vec![card("12.50")]),
         &["Dr tender_clearing        card/visa           12.50",
           "Cr sales                  grocery              4.55",
           "Cr sales                  repair               3.41",
           "Cr sales                  toys                 4.54"],
         &["1 -1.00", "2 -0.50"]),
    ]);
}

/// Sold here, and the stock moves where the goods are.
#[test]
#[rustfmt::skip]
fn goods_that_another_location_hands_over() {
    check(vec![
        ("one shipped from another store, one carried out",
         ticket(vec![from("L102", "ship_from_store", line(1, "1", "1", "40.00")), line(2, "1", "1", "40.00")],
                vec![card("80.00")]),
         &["Dr tender_clearing        card/visa           80.00",
           "Cr sales                  grocery             80.00"],
         &["1 -1.00", "1 -1.00 at L102"]),
        ("a kit delivered by another store",
         ticket(vec![from("L102", "delivery", line(1, "6", "1", "25.00"))], vec![card("25.00")]),
         &["Dr tender_clearing        card/visa           25.00",
           "Cr sales                  grocery              9.09",
           "Cr sales                  repair               6.82",
           "Cr sales                  toys                 9.09"],
         &["1 -2.00 at L102", "2 -1.00 at L102"]),
        ("ordered here, kept there",
         of_kind("customer_order", vec![from("L102", "pickup", line(1, "1", "1", "40.00"))], vec![]),
         &[],
         &["1 -1.00 at L102", "1 1.00 reserved at L102"]),
        ("and picked up there: out of what is kept there",
         ticket(vec![kept("order", from("L102", "pickup", line(1, "1", "1", "40.00")))], vec![card("40.00")]),
         &["Dr tender_clearing        card/visa           40.00",
           "Cr sales                  grocery             40.00"],
         &["1 -1.00 reserved at L102"]),
        ("or cancelled: free again there",
         of_kind("customer_order", vec![from("L102", "pickup", line(1, "1", "-1", "-40.00"))], vec![]),
         &[],
         &["1 -1.00 reserved at L102", "1 1.00 at L102"]),
        ("by the store itself, and said so",
         ticket(vec![from("L101", "delivery", line(1, "1", "1", "40.00"))], vec![card("40.00")]),
         &["Dr tender_clearing        card/visa           40.00",
           "Cr sales                  grocery             40.00"],
         &["1 -1.00"]),
    ]);
    let far = ticket(vec![from("L999", "delivery", line(1, "1", "1", "40.00"))], vec![card("40.00")]);
    assert_eq!(refused(far), ["unknown_store lines[0].fulfilment_location"]);
}

/// A kit is what its recipe said on the date of the sale, also where it comes back later and says when it was sold: two
/// of 1, from 15 March 2026 on three of 2.
#[test]
#[rustfmt::skip]
fn a_kit_is_taken_apart_by_the_recipe_of_its_date() {
    let mut record = kit_record("6", &[("1", "2", "12.00")]);
    let mut later = record.versions[0].clone();
    later.effective_from = date("2026-03-15");
    later.components = kit_record("6", &[("2", "3", "12.00")]).versions[0].components.clone();
    record.versions.push(later);
    let mut items = items();
    assert_eq!(items.apply("6", Some(record), 60), None);
    let sold = |on: &str| Transaction { business_date: date(on),
                                        ..ticket(vec![line(1, "6", "1", "25.00")], vec![card("25.00")]) };
    let back = |on: &str, sold_on: Option<&str>| {
        let original = sold_on.map(|sold_on| Link {
            kind: "return_of".into(), store: "101".into(), register: "R1".into(), sequence: 5,
            business_date: date(sold_on), line: Some(1), ..Link::default() });
        let line = Line { kind: "return".into(), original: original.map(Into::into), ..line(1, "6", "-1", "-25.00") };
        Transaction { business_date: date(on), ..of_kind("return", vec![line], vec![card("-25.00")]) }
    };
    let of_grocery: &[&str] = &["Dr tender_clearing        card/visa           25.00",
                                "Cr sales                  grocery             25.00"];
    let of_toys: &[&str] = &["Dr tender_clearing        card/visa           25.00",
                              "Cr sales                  toys                25.00"];
    let grocery_back: &[&str] = &["Cr tender_clearing        card/visa           25.00",
                                   "Dr returns                grocery             25.00"];
    let toys_back: &[&str] = &["Cr tender_clearing        card/visa           25.00",
                                "Dr returns                toys                25.00"];
    check_of(&items, |_| {}, vec![
        ("on the last day of the first recipe", sold("2026-03-14"), of_grocery, &["1 -2.00"]),
        ("on the first day of the next", sold("2026-03-15"), of_toys, &["2 -3.00"]),
        ("and on the day after", sold("2026-03-16"), of_toys, &["2 -3.00"]),
        ("sold by the first, and given back", back("2026-03-16", Some("2026-03-14")), grocery_back, &["1 2.00"]),
        ("sold by the next, and given back", back("2026-03-16", Some("2026-03-15")), toys_back, &["2 3.00"]),
        ("given back, and nobody says when it was sold", back("2026-03-16", None), toys_back, &["2 3.00"]),
    ]);
}

/// Why a ticket is not booked, by code and field.
pub(super) fn refused(transaction: Transaction) -> Vec<String> {
    let content = content_hash(&transaction);
    let refused = Explained::check_among(transaction, content, &store(), &items(), &stores()).unwrap_err();
    let reason = |reason: Reason| format!("{} {}", reason.code, reason.field.unwrap_or_default());
    refused.into_iter().map(reason).collect()
}

#[test]
fn a_kit_of_something_unknown_waits_whole() {
    let sold = || {
        ticket(
            vec![from(
                "L102",
                "delivery",
                with_taxes(vec![tax("IVA16", "4.00")], line(1, "6", "1", "25.00")),
            )],
            vec![card("29.00")],
        )
    };
    let bucket = Bucket { business_date: date("2026-03-14"), window: 0, version: 1 };
    for what in ["unknown", "a kit itself", "a gift card", "not counted by NetSuite"] {
        let mut items = items();
        let mut part = match what {
            "a kit itself" => kit_record("2", &[("1", "1", "1.00")]),
            "a gift card" => item_record("2", "gift_card", "toys"),
            _ => item_record("2", "inventory", "toys"),
        };
        part.versions[0].netsuite_id = None;
        assert_eq!(items.apply("2", Some(part).filter(|_| what != "unknown"), 50), None);
        let explained = Explained::check(sold(), &store(), &items).unwrap();
        let (sale, waiting) = explained.enrich(&store(), &stores(), bucket.clone());
        assert_eq!(
            (sale.lines.len(), waiting.len(), sale.lines[0].role.as_str()),
            (1, 1, "suspense"),
            "{what}"
        );
        assert_eq!(moves::moves(&sale, &store(), &stores()), [], "{what}");
        assert_eq!(
            suspense::resolve(&waiting[0], &items, &Stores::default(), &bucket),
            (vec![], None),
            "{what}"
        );
        items.apply("2", Some(item_record("2", "inventory", "toys")), 51);
        let (moved, movement) = suspense::resolve(&waiting[0], &items, &Stores::default(), &bucket);
        let mut totals = Totals::default();
        totals.add(&of_sale(&sale).unwrap()).unwrap();
        moved.iter().for_each(|moved| totals.add(&of_reclassification(moved).unwrap()).unwrap());
        let in_suspense = totals.iter().find(|total| total.role == Role::Suspense).unwrap();
        assert_eq!(in_suspense.debit, in_suspense.credit, "{what}");
        let at_once = Explained::check(sold(), &store(), &items).unwrap();
        let (at_once, _) = at_once.enrich(&store(), &stores(), bucket.clone());
        let mut expected = Totals::default();
        expected.add(&of_sale(&at_once).unwrap()).unwrap();
        let explained = totals.iter().filter(|total| total.role != Role::Suspense);
        assert!(explained.eq(expected.iter()), "{what}: {totals:?}");
        let movement = movement.unwrap();
        let moved_at_once = moves::moves(&at_once, &store(), &stores()).remove(0);
        assert_eq!((movement.location.as_str(), &movement.legs), ("L102", &moved_at_once.legs), "{what}");
    }
}

#[test]
fn kits_do_not_make_more_of_a_ticket_than_it_may_be() {
    let kits = |count: i32| {
        let lines =
            (1..=count).map(|number| with_taxes(vec![tax("IVA16", "0")], line(number, "6", "1", "1.00")));
        ticket(lines.collect(), vec![card(&format!("{count}.00"))])
    };
    // Three components, each with a tax.
    assert!(Explained::check(kits(166), &store(), &items()).is_ok());
    let mut unknown = items();
    unknown.apply("5", None, 50);
    for items in [items(), unknown] {
        let refused = Explained::check(kits(167), &store(), &items).unwrap_err();
        assert_eq!((refused[0].code, refused[0].field.as_deref()), (Code::TooMany, Some("lines")));
    }
}

/// A kit that is owed by its kind, one of work, and one in training.
#[test]
fn what_takes_no_goods_is_not_taken_apart() {
    let others = |number| Line { kind: "commission_sale".into(), ..line(number, "6", "1", "25.00") };
    let many = ticket((1..=400).map(others).collect(), vec![card("10000.00")]);
    assert!(Explained::check(many, &store(), &items()).is_ok());
    let (journal, stock) = booked(ticket(vec![others(1)], vec![card("25.00")]));
    assert_eq!(
        (journal[1].as_str(), stock.len()),
        ("Cr third_party_payable                        25.00", 0)
    );
    let work = Line { kind: "service".into(), ..line(1, "6", "1", "25.00") };
    let (journal, stock) = booked(ticket(vec![work], vec![card("25.00")]));
    assert_eq!(
        (journal[2].as_str(), stock.len()),
        ("Cr sales                  repair               6.82", 0)
    );
    let many = (1..=400).map(|number| line(number, "6", "1", "25.00"));
    let training = Transaction { training: true, ..ticket(many.collect(), vec![]) };
    assert!(Explained::check(training, &store(), &items()).is_ok());
}

proptest! {
    /// Whatever it costs: the components come to the kit, in each amount.
    #[test]
    fn components_come_to_their_kit(
        price in 0_i64..1_000_000,
        off in 0_i64..1_000,
        collected in 0_i64..1_000,
        kits in 1_i64..99,
        values in proptest::collection::vec(0_i64..100_000, 3),
    ) {
        let cents = |cents: i64| Amount::from_units(cents * 100).unwrap();
        prop_assume!(values.iter().any(|value| *value > 0));
        let mut known = items();
        let mut kit = kit_record("6", &[("1", "2", "0"), ("2", "1", "0"), ("5", "1", "0")]);
        for (component, value) in kit.versions[0].components.iter_mut().zip(&values) {
            component.value = cents(*value);
        }
        prop_assert_eq!(known.apply("6", Some(kit), 60), None);
        let mut sold = line(1, "6", &kits.to_string(), "0");
        sold.amount = cents(price + off);
        sold.discounts = vec![Discount { amount: cents(off), ..discount("promotion", "0") }];
        sold.taxes = vec![Tax { amount: cents(collected), base: Some(cents(price)), ..tax("IVA16", "0") }];
        let paid = Tender { amount: cents(price + collected), ..tender("cash", "0", "0") };
        let explained = Explained::check(ticket(vec![sold], vec![paid]), &store(), &known).unwrap();
        let (sale, waiting) = explained.enrich(&store(), &stores(), Bucket::default());
        prop_assert!(waiting.is_empty());
        prop_assert!(sale.lines.iter().all(|line| (line.line, line.kit.as_deref()) == (1, Some("6"))));
        let sum = |of: fn(&SaleLine) -> Amount| -> i64 { sale.lines.iter().map(|line| of(line).units()).sum() };
        prop_assert_eq!(sum(|line| line.amount), (price + off) * 100);
        prop_assert_eq!(sum(|line| line.discounts[0].amount), off * 100);
        prop_assert_eq!(sum(|line| line.taxes[0].amount), collected * 100);
        prop_assert_eq!(sum(|line| line.taxes[0].base.unwrap()), price * 100);
        let pieces: Vec<Quantity> = sale.lines.iter().map(|line| line.quantity).collect();
        prop_assert_eq!(pieces, [(2 * kits).to_string(), kits.to_string(), "0".into()].map(|text| quantity(&text)));
    }
}
