//! What crosses subsidiaries: returns of what another one sold, its balances, and its goods.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::case::{self, card, check, with_taxes};
use super::kits::refused;
use super::*;
use crate::account_map::Role;
use crate::masters::{Items, Stores};
use crate::moves;
use crate::record::pos::{Link, StoredValue, Tender};
use crate::record::reference;
use crate::record::sales::{SaleTender, TicketId};
use crate::suspense;
use crate::ticket::fixture::{amount, date, items, line, store, store_record, stores, tax, tender};
use crate::totals::{Totals, of_reclassification, of_sale, of_sale_elsewhere};

pub(super) fn of_kind(kind: &str, lines: Vec<Line>, tenders: Vec<Tender>) -> Transaction {
    Transaction { kind: kind.into(), ..case::ticket(lines, tenders) }
}

pub(super) fn sold_by(store: &str) -> Link {
    Link {
        kind: "return_of".into(),
        store: store.into(),
        register: "R9".into(),
        sequence: 3,
        business_date: date("2026-03-01"),
        ..Link::default()
    }
}

/// A line that another store sold.
pub(super) fn back(seller: &str, disposition: &str, line: Line) -> Line {
    let disposition = Some(disposition.into());
    Line { kind: "return".into(), original: Some(sold_by(seller).into()), disposition, ..line }
}

fn issued_by(store: &str) -> Option<StoredValue> {
    Some(StoredValue { program: "gift_card".into(), issuer: Some(store.into()), ..StoredValue::default() })
}

/// The ticket that voids one.
pub(super) fn void(sold: Transaction) -> Transaction {
    let link = Link { kind: "void_of".into(), register: "R1".into(), sequence: 5, ..sold_by("101") };
    Transaction { kind: "post_void".into(), links: vec![link], ..ticket::mirrored(&sold) }
}

#[test]
#[rustfmt::skip]
fn what_crosses_subsidiaries() {
    // The worked case: sold by another subsidiary at 100.00 and 8.25 of tax, refunded here in cash.
    let refunded = || of_kind("return",
        vec![with_taxes(vec![tax("TX", "-8.25")], back("201", "resaleable", line(1, "1", "-1", "-100.00")))],
        vec![tender("cash", "-108.25", "0")]);
    let by_card_of = |store: &str| Tender { stored_value: issued_by(store), ..tender("gift_card", "20.00", "0") };
    let sold_card = |store: &str| Line { kind: "gift_card_sale".into(), item: None,
                                         stored_value: issued_by(store).map(Into::into), ..line(1, "", "1", "50.00") };
    let far = Line { fulfilment: Some("delivery".into()), fulfilment_location: Some("L201".into()),
                     ..line(1, "1", "1", "40.00") };
    let mut on_the_ticket = refunded();
    on_the_ticket.links = vec![sold_by("201")];
    on_the_ticket.lines[0].original = None;
    let taxed_once = || Transaction { taxes: vec![tax("TX", "-8.25")], ..of_kind("return",
        vec![back("201", "resaleable", line(1, "1", "-1", "-60.00")),
             back("201", "resaleable", line(2, "1", "-1", "-40.00"))],
        vec![tender("cash", "-108.25", "0")]) };
    let taxed_inside = Transaction { taxes: vec![case::contained("IVA16", "-16.00")], ..of_kind("return",
        vec![back("201", "resaleable", line(1, "1", "-1", "-116.00"))], vec![tender("cash", "-116.00", "0")]) };
    check(vec![
        ("a return of what another subsidiary sold", refunded(),
         &["Cr tender_clearing        cash               108.25",
           "Dr due_from               US                 108.25",
           "in the books of US at L201",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 108.25",
           "Dr tax_payable            TX                   8.25"],
         &["1 1.00"]),
        ("said by the ticket", on_the_ticket,
         &["Cr tender_clearing        cash               108.25",
           "Dr due_from               US                 108.25",
           "in the books of US at L201",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 108.25",
           "Dr tax_payable            TX                   8.25"],
         &["1 1.00"]),
        ("and one that is voided", void(refunded()),
         &["Dr tender_clearing        cash               108.25",
           "Cr due_from               US                 108.25",
           "in the books of US at L201",
           "Cr returns                grocery            100.00",
           "Dr due_to                 MX                 108.25",
           "Cr tax_payable            TX                   8.25"],
         &["1 -1.00"]),
        ("a tax stated once for all of it is of the books of its lines", taxed_once(),
         &["Cr tender_clearing        cash               108.25",
           "Dr due_from               US                 108.25",
           "in the books of US at L201",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 108.25",
           "Dr tax_payable            TX                   8.25"],
         &["1 2.00"]),
        ("and where it is voided", void(taxed_once()),
         &["Dr tender_clearing        cash               108.25",
           "Cr due_from               US                 108.25",
           "in the books of US at L201",
           "Cr returns                grocery            100.00",
           "Dr due_to                 MX                 108.25",
           "Cr tax_payable            TX                   8.25"],
         &["1 -2.00"]),
        ("inside its price", taxed_inside,
         &["Cr tender_clearing        cash               116.00",
           "Dr due_from               US                 116.00",
           "in the books of US at L201",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 116.00",
           "Dr tax_payable            IVA16               16.00"],
         &["1 1.00"]),
        ("an exchange, whose one rate tells what of its tax is whose",
         Transaction { taxes: vec![Tax { rate: Some("0.0825".parse().unwrap()), ..tax("TX", "1.65") }],
                       ..of_kind("exchange", vec![back("201", "resaleable", line(1, "1", "-1", "-100.00")),
                                                  line(2, "2", "1", "120.00")], vec![tender("cash", "21.65", "0")]) },
         &["Dr tender_clearing        cash                21.65",
           "Dr due_from               US                 108.25",
           "Cr sales                  toys               120.00",
           "Cr tax_payable            TX                   9.90",
           "in the books of US at L201",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 108.25",
           "Dr tax_payable            TX                   8.25"],
         &["1 1.00", "2 -1.00"]),
        ("an exchange of it for goods of this store",
         of_kind("exchange", vec![back("201", "damaged", line(1, "1", "-1", "-100.00")), line(2, "2", "1", "120.00")],
                 vec![tender("cash", "20.00", "0")]),
         &["Dr tender_clearing        cash                20.00",
           "Dr due_from               US                 100.00",
           "Cr sales                  toys               120.00",
           "in the books of US at L201",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 100.00"],
         &["1 1.00 damaged", "2 -1.00"]),
        ("another store of this subsidiary sold it: it is borne here",
         of_kind("return", vec![back("102", "resaleable", line(1, "1", "-1", "-100.00"))],
                 vec![tender("cash", "-100.00", "0")]),
         &["Cr tender_clearing        cash               100.00",
           "Dr returns                grocery            100.00"],
         &["1 1.00"]),
        ("a gift card of another subsidiary",
         case::ticket(vec![line(1, "1", "1", "30.00")], vec![by_card_of("201"), card("10.00")]),
         &["Dr tender_clearing        card/visa           10.00",
           "Dr due_from               US                  20.00",
           "Cr sales                  grocery             30.00",
           "in the books of US at L201",
           "Dr gift_card_liability                        20.00",
           "Cr due_to                 MX                  20.00"],
         &["1 -1.00"]),
        ("one of another store of this subsidiary",
         case::ticket(vec![line(1, "1", "1", "30.00")], vec![by_card_of("102"), card("10.00")]),
         &["Dr tender_clearing        card/visa           10.00",
           "Cr sales                  grocery             30.00",
           "Dr gift_card_liability                        20.00"],
         &["1 -1.00"]),
        ("one of a third party",
         case::ticket(vec![line(1, "1", "1", "30.00")], vec![by_card_of("somebody"), card("10.00")]),
         &["Dr tender_clearing        card/visa           10.00",
           "Dr tender_clearing        gift_card           20.00",
           "Cr sales                  grocery             30.00"],
         &["1 -1.00"]),
        ("a gift card sold for another subsidiary", case::ticket(vec![sold_card("201")], vec![card("50.00")]),
         &["Dr tender_clearing        card/visa           50.00",
           "Cr due_to                 US                  50.00",
           "in the books of US at L201",
           "Dr due_from               MX                  50.00",
           "Cr gift_card_liability                        50.00"],
         &[]),
        ("and one that is voided", void(case::ticket(vec![sold_card("201")], vec![card("50.00")])),
         &["Cr tender_clearing        card/visa           50.00",
           "Dr due_to                 US                  50.00",
           "in the books of US at L201",
           "Cr due_from               MX                  50.00",
           "Dr gift_card_liability                        50.00"],
         &[]),
        ("goods on commission that another subsidiary sold",
         of_kind("return", vec![Line { kind: "commission_sale".into(), original: Some(sold_by("201").into()),
                                       ..line(1, "1", "-1", "-80.00") }], vec![tender("cash", "-80.00", "0")]),
         &["Cr tender_clearing        cash                80.00",
           "Dr due_from               US                  80.00",
           "in the books of US at L201",
           "Dr third_party_payable                        80.00",
           "Cr due_to                 MX                  80.00"],
         &[]),
        ("goods of another subsidiary, sold here and delivered by it", case::ticket(vec![far], vec![card("40.00")]),
         &["Dr tender_clearing        card/visa           40.00",
           "Cr sales                  grocery             40.00"],
         &["1 -1.00 at L201"]),
    ]);
}

/// What the goods cost is owed between the two, so that side has reasons of its own.
#[test]
fn goods_that_cross_have_reasons_of_their_own() {
    let reasons = |transaction: Transaction| {
        let content = content_hash(&transaction);
        let ticket = Explained::check_among(transaction, content, &store(), &items(), &stores()).unwrap();
        let (sale, _) = ticket.enrich(&store(), &stores(), Bucket::default());
        let movements = moves::moves(&sale, &store(), &stores());
        let legs = movements.into_iter().flat_map(|movement| movement.legs);
        let leg = |leg: crate::record::inventory::Leg| format!("{} {}", leg.reason, leg.state);
        legs.map(leg).collect::<Vec<_>>().join(", ")
    };
    let returned = |seller: &str, disposition: &str| {
        let line = back(seller, disposition, line(1, "1", "-1", "-5.00"));
        of_kind("return", vec![line], vec![tender("cash", "-5.00", "0")])
    };
    let far = |kind: &str| {
        let line = Line { fulfilment_location: Some("L201".into()), ..line(1, "1", "1", "40.00") };
        of_kind(kind, vec![line], if kind == "sale" { vec![card("40.00")] } else { vec![] })
    };
    for (transaction, expected) in [
        (returned("102", "damaged"), "return_damaged customer, return_damaged damaged"),
        (returned("201", "resaleable"), "return_intercompany customer, return_intercompany on_hand"),
        (returned("201", "damaged"), "return_intercompany customer, return_intercompany damaged"),
        (
            returned("201", "scrap"),
            "return_intercompany customer, return_intercompany damaged, scrap damaged, scrap scrapped",
        ),
        (far("sale"), "sale_intercompany on_hand, sale_intercompany customer"),
        (far("customer_order"), "reserve on_hand, reserve reserved"),
    ] {
        assert_eq!(reasons(transaction), expected);
    }
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let returned = |lines: Vec<Line>| of_kind("return", lines, vec![tender("cash", "-10.00", "0")]);
    let untold = |number, gross: &str| Line { kind: "return".into(), ..line(number, "1", "-1", gross) };
    let mut of_two = returned(vec![untold(1, "-4.00"), untold(2, "-6.00")]);
    of_two.links = vec![sold_by("101"), sold_by("201")];
    let mut told = returned(vec![
        back("101", "resaleable", untold(1, "-4.00")),
        back("201", "resaleable", untold(2, "-6.00")),
    ]);
    told.links = of_two.links.clone();
    let mut taxed = returned(vec![
        back("101", "resaleable", untold(1, "-4.00")),
        back("201", "resaleable", untold(2, "-5.00")),
    ]);
    taxed.taxes = vec![tax("TX", "-1.00")];
    assert_eq!(refused(of_two), ["misplaced links"]);
    assert_eq!(refused(taxed), ["misplaced taxes"]);
    let (content, _) = (content_hash(&told), ());
    assert!(Explained::check_among(told, content, &store(), &items(), &stores()).is_ok());
}

/// Each case: what the masters say of store 101 and of store 201, and why a refund of what 201 sold is refused.
#[test]
fn a_store_books_in_another_subsidiary_where_the_master_allows_it() {
    type Change = fn(&mut reference::Store, &mut reference::Store);
    let cases: [(&str, Change, &[&str]); 7] = [
        ("as the masters are", |_, _| {}, &[]),
        ("not allowed", |own, _| own.other_subsidiaries = vec!["CA".into()], &["misplaced lines[0]"]),
        ("another currency", |_, other| other.currency = "USD".into(), &["currency_not_of_store lines[0]"]),
        (
            "another currency, and NetSuite knows which",
            |own, other| (own.currency_netsuite_id, other.currency) = (Some("7".into()), "USD".into()),
            &[],
        ),
        (
            "tills that take another currency than their subsidiary",
            |_, other| other.currency_netsuite_id = Some("7".into()),
            &["currency_not_of_store lines[0]"],
        ),
        (
            "a location of another id",
            |own, other| {
                other.location.clone_from(&own.location);
                own.location_netsuite_id = "18".into();
            },
            &["unknown_store lines[0]"],
        ),
        (
            "unknown",
            |_, other| other.location_netsuite_id = String::new(),
            &["unknown_store lines[0].original.store"],
        ),
    ];
    for (name, change, expected) in cases {
        let mut own = store_record();
        let mut other = reference::Store {
            store: "201".into(),
            subsidiary: "US".into(),
            location: "L201".into(),
            other_subsidiaries: Vec::new(),
            ..store_record()
        };
        change(&mut own, &mut other);
        let store = Store::check(own.clone()).unwrap();
        let mut stores = Stores::default();
        stores.apply("101", Some(own), 0);
        stores.apply("201", Some(other), 1);
        let reasons = |transaction: Transaction| {
            let content = content_hash(&transaction);
            let checked = Explained::check_among(transaction, content, &store, &items(), &stores);
            let reason = |reason: Reason| format!("{} {}", reason.code, reason.field.unwrap_or_default());
            checked.map_or_else(|reasons| reasons.into_iter().map(reason).collect(), |_| Vec::new())
        };
        let back = back("201", "resaleable", line(1, "1", "-1", "-10.00"));
        let refund = of_kind("return", vec![back], vec![tender("cash", "-10.00", "0")]);
        assert_eq!(reasons(refund), expected, "{name}");
        // Its gift cards are refused for the same, and never taken for a third party's.
        let spent = Tender { stored_value: issued_by("201"), ..tender("gift_card", "30.00", "0") };
        let found = reasons(case::ticket(vec![line(1, "1", "1", "30.00")], vec![spent]));
        assert_eq!(found.is_empty(), expected.is_empty(), "{name}: {found:?}");
    }
}

/// A line that waits for its item waits in the books of who sold it, and leaves them there.
#[test]
fn a_line_in_suspense_stays_in_the_books_of_its_seller() {
    let unknown = back("201", "resaleable", line(1, "77", "-1", "-30.00"));
    let refund = of_kind("return", vec![unknown], vec![tender("cash", "-30.00", "0")]);
    let content = content_hash(&refund);
    let ticket = Explained::check_among(refund, content, &store(), &items(), &stores()).unwrap();
    let bucket = Bucket { business_date: date("2026-03-14"), window: 0, version: 1 };
    let (sale, waiting) = ticket.enrich(&store(), &stores(), bucket.clone());
    let mut books = Totals::default();
    for (_, entries) in of_sale_elsewhere(&sale).unwrap() {
        books.add(&entries).unwrap();
    }
    let mut items = Items::default();
    let record = crate::ticket::fixture::item_record("77", "inventory", "toys");
    assert_eq!(items.apply("77", Some(record), 0), None);
    let (moved, movement) = suspense::resolve(&waiting[0], &items, &stores(), &bucket);
    assert_eq!(moved[0].resolved.booked_in, sale.lines[0].booked_in);
    assert!(moved[0].resolved.booked_in.is_some());
    books.add(&of_reclassification(&moved[0]).unwrap()).unwrap();
    let left = books.iter().filter(|total| total.role == Role::Suspense);
    assert_eq!(
        left.map(|total| (total.debit, total.credit)).collect::<Vec<_>>(),
        [(amount("-30.00"), amount("-30.00"))]
    );
    assert_eq!(movement.unwrap().legs[0].reason, "return_intercompany");
}

proptest! {
    /// However a ticket is shared out, the books of each subsidiary balance, what one is owed another owes, and all of
    /// them together hold what one that did everything itself would.
    #[test]
    fn what_crosses_is_the_same_money(
        lines in proptest::collection::vec((-9_000_i64..9_000, 0_i64..900, 0_usize..4), 1..8),
        cards in proptest::collection::vec((-5_000_i64..5_000, 0_usize..3), 0..3),
        voids in any::<bool>(),
    ) {
        let amount = |units: i64| Amount::from_units(units).unwrap();
        let place = |at: usize| {
            // The last is of the ticket's own subsidiary.
            let location = Text::from(["", "L201", "L301", "L102"][at]);
            let subsidiary = if at == 3 { "US".into() } else { location.clone() };
            (at > 0).then(|| OtherStore { subsidiary, location, ..OtherStore::default() })
        };
        let sold = lines.iter().map(|(gross, tax, at)| SaleLine {
            role: if *gross < 0 { "returns" } else { "sales" }.into(),
            amount: amount(*gross),
            taxes: vec![SaleTax { code: "A".into(), amount: amount(*tax), ..SaleTax::default() }],
            booked_in: place(*at).map(Box::new),
            ..SaleLine::default()
        });
        let owed: i64 = lines.iter().map(|(gross, tax, _)| gross + tax).sum();
        let paid: i64 = cards.iter().map(|(paid, _)| paid).sum();
        let tender = |role: &str, units: i64, at: usize| SaleTender {
            role: role.into(), amount: amount(units), booked_in: place(at).map(Box::new), ..SaleTender::default()
        };
        let cards = cards.iter().map(|(paid, at)| tender("gift_card_liability", *paid, *at));
        let sale = Sale {
            books: true,
            subsidiary: "US".into(),
            lines: sold.collect(),
            tenders: cards.chain([tender("tender_clearing", owed - paid, 0)]).collect(),
            voids: voids.then(TicketId::default),
            ..Sale::default()
        };
        let mut alone = sale.clone();
        alone.lines.iter_mut().for_each(|line| line.booked_in = None);
        alone.tenders.iter_mut().for_each(|tender| tender.booked_in = None);
        let mut expected = Totals::default();
        expected.add(&of_sale(&alone).unwrap()).unwrap();
        let own = of_sale(&sale).unwrap();
        let mut parts = of_sale_elsewhere(&sale).unwrap();
        let mut due: BTreeMap<(String, String), i64> = BTreeMap::new();
        let mut all = Vec::new();
        let home = OtherStore { subsidiary: "US".into(), ..OtherStore::default() };
        parts.push((&home, own));
        for (place, entries) in parts {
            prop_assert!(Totals::default().add(&entries).is_ok(), "the books at {} balance", place.location);
            for entry in entries {
                let units = entry.amount.units();
                let (own, other) = (place.subsidiary.to_string(), entry.key.unwrap_or_default().to_owned());
                if entry.role == Role::DueFrom {
                    *due.entry((own, other)).or_default() += units;
                } else if entry.role == Role::DueTo {
                    *due.entry((other, own)).or_default() -= units;
                } else {
                    all.push(entry);
                }
            }
        }
        prop_assert!(due.values().all(|left| *left == 0), "{due:?}");
        let mut together = Totals::default();
        together.add(&all).unwrap();
        prop_assert_eq!(together, expected);
    }
}
