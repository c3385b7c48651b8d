//! What a post-void is in the books and in the stock, and that nothing is left of what it voids.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::books::taxed_line;
use super::case::{booked, card, check, contained, ticket, with_taxes};
use super::stock::{moved, stock};
use super::*;
use crate::moves;
use crate::record::pos::{ForeignCurrency, Link, StoredValue, Tender};
use crate::record::sales::TicketId;
use crate::suspense;
use crate::ticket::fixture::{
    amount, date, discount, item_record, items, kit_record, line, quantity, store, stores, tax, tender,
};
use crate::totals::{Totals, of_reclassification, of_sale};

/// What a till sends to void a ticket: everything once more, with the opposite sign.
pub(super) fn void_of(sold: &Transaction) -> Transaction {
    let minus = Amount::negated;
    let mut void = Transaction { kind: "post_void".into(), sequence: sold.sequence + 1, ..sold.clone() };
    void.total = void.total.map(minus);
    void.rounding = minus(void.rounding);
    void.discounts.iter_mut().for_each(|discount| discount.amount = minus(discount.amount));
    void.taxes.iter_mut().for_each(|tax| (tax.base, tax.amount) = (tax.base.map(minus), minus(tax.amount)));
    for line in &mut void.lines {
        (line.quantity, line.amount) = (line.quantity.negated(), minus(line.amount));
        line.discounts.iter_mut().for_each(|discount| discount.amount = minus(discount.amount));
        line.taxes
            .iter_mut()
            .for_each(|tax| (tax.base, tax.amount) = (tax.base.map(minus), minus(tax.amount)));
    }
    for tender in &mut void.tenders {
        (tender.amount, tender.change) = (minus(tender.amount), minus(tender.change));
        (tender.cashback, tender.tip) = (minus(tender.cashback), minus(tender.tip));
        if let Some(foreign) = &mut tender.foreign {
            foreign.amount = minus(foreign.amount);
        }
    }
    void.links.push(link(sold));
    void
}

fn link(sold: &Transaction) -> Link {
    let is_cash = vocabulary::cash_movement(&sold.kind).is_some();
    Link {
        kind: if is_cash { format!("void_of_{}", sold.kind).into() } else { "void_of".into() },
        store: sold.store.clone(),
        register: sold.register.clone(),
        business_date: sold.business_date,
        sequence: sold.sequence,
        ..Link::default()
    }
}

fn back(state: &str, number: i32, item: &str, pieces: &str, gross: &str) -> Line {
    Line { kind: "return".into(), disposition: Some(state.into()), ..line(number, item, pieces, gross) }
}

#[test]
#[rustfmt::skip]
fn what_is_voided() {
    let returned = |lines: Vec<Line>, tenders: Vec<Tender>| Transaction {
        kind: "return".into(), ..ticket(lines, tenders)
    };
    check(vec![
        ("a sale by card: revenue, not a return",
         void_of(&ticket(vec![with_taxes(vec![tax("IVA16", "0.82")], line(1, "1", "1", "9.99"))], vec![card("10.81")])),
         &["Cr tender_clearing        card/visa           10.81",
           "Dr sales                  grocery              9.99",
           "Dr tax_payable            IVA16                0.82"],
         &["1 1.00"]),
        ("a sale for cash with change, on promotion and with tax inside",
         void_of(&ticket(vec![Line { discounts: vec![discount("promotion", "11.60")],
                ..with_taxes(vec![contained("IVA16", "14.40")], line(1, "1", "2", "116.00")) }],
                vec![tender("cash", "200.00", "95.60")])),
         &["Cr tender_clearing        cash               104.40",
           "Cr discount               promotion           10.00",
           "Dr sales                  grocery            100.00",
           "Dr tax_payable            IVA16               14.40"],
         &["1 2.00"]),
        ("a return of damaged goods: they are the customer's again",
         void_of(&returned(vec![back("damaged", 1, "1", "-1", "-14.99")], vec![tender("cash", "-14.99", "0")])),
         &["Dr tender_clearing        cash                14.99",
           "Cr returns                grocery             14.99"],
         &["1 -1.00 damaged"]),
        ("a return of what was thrown away at once",
         void_of(&returned(vec![back("scrap", 1, "2", "-1", "-7.00")], vec![tender("cash", "-7.00", "0")])),
         &["Dr tender_clearing        cash                 7.00",
           "Cr returns                toys                 7.00"],
         &["2 -1.00 damaged", "2 1.00 damaged", "2 -1.00 scrapped"]),
        ("a gift card sold",
         void_of(&ticket(vec![Line { kind: "gift_card_sale".into(), item: None, ..line(1, "", "1", "50.00") }],
                vec![tender("cash", "50.00", "0")])),
         &["Cr tender_clearing        cash                50.00",
           "Dr gift_card_liability                        50.00"],
         &[]),
    ]);
}

#[test]
#[rustfmt::skip]
fn what_is_voided_that_sold_nothing() {
    check(vec![
        ("a pickup: the money is in the drawer again, not in the safe",
         void_of(&moving("pickup", vec![tender("cash", "-500.00", "0"), tender("check", "-40.00", "0")])),
         &["Dr tender_clearing        cash               500.00",
           "Dr tender_clearing        check               40.00",
           "Cr safe                   cash               500.00",
           "Cr safe                   check               40.00"],
         &[]),
        ("a safe drop",
         void_of(&moving("safe_drop", vec![tender("cash", "-200.00", "0")])),
         &["Dr tender_clearing        cash               200.00",
           "Cr safe                   cash               200.00"],
         &[]),
        ("a loan: the money is in the safe again",
         void_of(&moving("loan", vec![tender("cash", "150.00", "0")])),
         &["Cr tender_clearing        cash               150.00",
           "Dr safe                   cash               150.00"],
         &[]),
        ("money paid in, by its reason",
         void_of(&moving("paid_in", vec![tender("cash", "20.00", "0")])),
         &["Cr tender_clearing        cash                20.00",
           "Dr paid_in                windows             20.00"],
         &[]),
        ("money paid out, by its reason",
         void_of(&moving("paid_out", vec![tender("cash", "-12.50", "0")])),
         &["Dr tender_clearing        cash                12.50",
           "Cr paid_out               windows             12.50"],
         &[]),
        ("ten shipped: they are on hand again, and not on their way",
         void_of(&stock("transfer", vec![moved("transfer", 1, "1", "-10")])),
         &[],
         &["1 10.00", "1 -10.00 in_transit"]),
        ("eight received of ten: all ten are on their way again, and none is lost",
         void_of(&stock("transfer", vec![moved("transfer", 1, "1", "8"), moved("transfer_difference", 2, "1", "2")])),
         &[],
         &["1 8.00 in_transit", "1 -8.00",
           "1 2.00 in_transit", "1 -2.00", "1 2.00", "1 -2.00 count_difference"]),
        ("a count of three more of one and one less of another: the differences are taken back",
         void_of(&stock("count", vec![moved("count", 1, "1", "3"), moved("count", 2, "2", "-1")])),
         &[],
         &["1 3.00 count_difference", "1 -3.00", "2 1.00", "2 -1.00 count_difference"]),
    ]);
}

/// A movement of cash, with a reason.
fn moving(kind: &str, tenders: Vec<Tender>) -> Transaction {
    Transaction { kind: kind.into(), reason: Some("windows".into()), ..ticket(vec![], tenders) }
}

#[test]
fn a_void_of_what_sold_nothing_leaves_nothing_and_moves_goods_for_the_reason_they_moved_for() {
    let mut unknown = items();
    unknown.apply("98", Some(kit_record("98", &[("99", "1", "2.00"), ("1", "2", "1.00")])), 50);
    let mut known = unknown.clone();
    known.apply("99", Some(item_record("99", "inventory", "toys")), 51);
    let lines = |kind: &str, pieces: &str| {
        vec![moved(kind, 1, "1", pieces), moved(kind, 2, "99", pieces), moved(kind, 3, "98", pieces)]
    };
    for first in [
        moving("paid_in", vec![tender("cash", "20.00", "0")]),
        moving("safe_drop", vec![tender("cash", "-20.00", "0"), card("-7.00")]),
        stock("transfer", lines("transfer", "-10")),
        stock("transfer", lines("transfer", "10")),
        stock("transfer", lines("transfer_difference", "2")),
        stock("transfer", lines("transfer_difference", "-2")),
        stock("count", lines("count", "3")),
        stock("count", lines("count", "-3")),
    ] {
        let (mut held, void) = (Held::default(), void_of(&first));
        let explained = Explained::check(void.clone(), &store(), &items()).unwrap();
        let (sale, _) = explained.enrich(&store(), &stores(), bucket());
        assert_eq!((sale.kind.as_str(), sale.voids.map(|id| id.sequence)), ("post_void", Some(7)));
        let waiting = held.add(first.clone(), &unknown);
        assert!(!held.is_nothing(), "{first:?}");
        let waiting = [waiting, held.add(void, &unknown)].concat();
        assert!(held.is_nothing(), "{:?} {:?}", held.totals, held.stock);
        waiting.iter().for_each(|line| held.resolve(line, &known));
        assert!(held.is_nothing(), "out of suspense: {:?} {:?}", held.totals, held.stock);
        assert_eq!(held.stock.is_empty(), first.lines.is_empty());
    }
}

#[test]
fn a_void_names_what_it_undoes_and_moves_goods_for_the_reason_they_left_for() {
    let sold = ticket(vec![line(1, "1", "1", "9.99")], vec![card("9.99")]);
    let explained = Explained::check(void_of(&sold), &store(), &items()).unwrap();
    let (sale, _) = explained.enrich(&store(), &Stores::default(), bucket());
    let id = TicketId {
        register: "R1".into(),
        epoch: i64::from(sold.business_date.days()),
        sequence: 7,
        business_date: sold.business_date,
    };
    assert_eq!((sale.voids.as_ref(), sale.ticket.sequence, sale.kind.as_str()), (Some(&id), 8, "post_void"));
    assert!(sale.lines.iter().all(|line| line.reversal && line.role == "sales"));
    let legs = moves::moves(&sale, &store(), &Stores::default()).remove(0).legs;
    let legs: Vec<String> =
        legs.iter().map(|leg| format!("{} {} {}", leg.state, leg.quantity, leg.reason)).collect();
    assert_eq!(legs, ["on_hand 1.00 sale", "customer -1.00 sale"]);
}

#[test]
fn in_training_nothing_is_voided() {
    let sold = ticket(vec![line(1, "1", "1", "9.99")], vec![tender("cash", "20.00", "10.01")]);
    let void = Transaction { training: true, ..void_of(&sold) };
    assert_eq!(ticket::undone(&void, &store()), None);
    assert_eq!(booked(void), (vec![], vec![]));
}

fn bucket() -> Bucket {
    Bucket { business_date: date("2026-03-14"), window: 0, version: 1 }
}

/// A ticket for the books and the stock, in units by what tells them apart.
#[derive(Default)]
pub(super) struct Held {
    pub(super) totals: Totals,
    pub(super) stock: BTreeMap<(Text, Text, Text, Text), i64>,
}

impl Held {
    pub(super) fn add(&mut self, transaction: Transaction, items: &Items) -> Vec<WaitingLine> {
        let explained = Explained::check(transaction, &store(), items).unwrap();
        let (sale, waiting) = explained.enrich(&store(), &stores(), bucket());
        self.totals.add(&of_sale(&sale).unwrap()).unwrap();
        self.shelve(moves::moves(&sale, &store(), &stores()));
        waiting
    }

    pub(super) fn resolve(&mut self, line: &WaitingLine, items: &Items) {
        let (moved, movement) = suspense::resolve(line, items, &Stores::default(), &bucket());
        for moved in moved {
            self.totals.add(&of_reclassification(&moved).unwrap()).unwrap();
        }
        self.shelve(movement);
    }

    fn shelve(&mut self, movements: impl IntoIterator<Item = crate::record::inventory::Movement>) {
        for movement in movements {
            for leg in movement.legs {
                let key = (movement.location.clone(), leg.item, leg.state, leg.reason);
                *self.stock.entry(key).or_default() += leg.quantity.units();
            }
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.totals.is_empty() && self.stock.values().all(|units| *units == 0)
    }
}

#[test]
fn an_item_that_was_unknown_is_voided_in_suspense_and_out_of_it() {
    let sold = ticket(vec![line(1, "99", "2", "20.00")], vec![card("20.00")]);
    let returned = Transaction {
        kind: "return".into(),
        ..ticket(vec![back("damaged", 1, "99", "-1", "-10.00")], vec![card("-10.00")])
    };
    let kit = ticket(
        vec![Line { fulfilment_location: Some("L102".into()), ..line(1, "98", "2", "20.00") }],
        vec![card("20.00")],
    );
    let mut unknown = items();
    unknown.apply("98", Some(kit_record("98", &[("99", "1", "2.00"), ("1", "2", "1.00")])), 50);
    let mut known = unknown.clone();
    known.apply("99", Some(item_record("99", "inventory", "toys")), 51);
    for first in [sold, returned, kit] {
        let mut held = Held::default();
        let void = void_of(&first);
        let waiting = [held.add(first, &unknown), held.add(void, &unknown)].concat();
        assert_eq!(waiting.len(), 2);
        assert!(held.is_nothing(), "what is voided before its item is known leaves suspense");
        waiting.iter().for_each(|line| held.resolve(line, &known));
        assert!(held.is_nothing(), "{:?} {:?}", held.totals, held.stock);
    }
}

#[test]
fn what_may_be_beside_goods_is_voided_with_them() {
    let of = |kind: &str, number: i32, gross: &str| Line {
        kind: kind.into(),
        item: None,
        ..line(number, "", "1", gross)
    };
    let program = |program: &str| Some(StoredValue { program: program.into(), ..StoredValue::default() });
    let foreign = Some(ForeignCurrency {
        currency: "USD".into(),
        amount: amount("10.00"),
        exchange_rate: "17.5".parse().unwrap(),
    });
    let mut everything = ticket(
        vec![
            line(1, "1", "2", "100.00"),
            of("donation", 2, "0.30"),
            of("tip", 3, "5.00"),
            of("bottle_deposit", 4, "1.50"),
            Line { quantity: quantity("-1"), ..of("bottle_refund", 5, "-0.50") },
            of("fee", 6, "2.00"),
            of("commission_sale", 7, "80.00"),
            of("gift_card_reload", 8, "25.00"),
            Line { quantity: quantity("-1"), ..of("layaway_payment", 9, "-10.00") },
        ],
        vec![
            Tender { tip: amount("3.00"), cashback: amount("20.00"), ..card("90.00") },
            Tender { foreign, ..tender("foreign_cash", "175.00", "58.00") },
            Tender { stored_value: program("layaway"), ..tender("account", "3.30", "0") },
            tender("store_credit", "6.02", "0"),
        ],
    );
    everything.rounding = amount("0.02");
    everything.discounts = vec![discount("promotion", "10.00")];
    let mut held = Held::default();
    let void = void_of(&everything);
    held.add(everything, &items());
    assert!(!held.is_nothing());
    held.add(void, &items());
    assert!(held.is_nothing(), "{:?} {:?}", held.totals, held.stock);
}

proptest! {
    /// A ticket and its post-void leave nothing on any account role, nor any stock moved for any reason.
    #[test]
    fn a_void_leaves_nothing(
        lines in proptest::collection::vec((taxed_line(), any::<bool>(), 1_i64..9, any::<bool>()), 1..8),
        on_ticket in any::<bool>(),
        all_returned in any::<bool>(),
    ) {
        let mut sold = Transaction { kind: "exchange".into(), ..ticket(Vec::new(), Vec::new()) };
        let mut paid = rust_decimal::Decimal::ZERO;
        let states = ["resaleable", "damaged", "vendor", "scrap"];
        for (number, ((gross, discounts, inside), included, pieces, returned)) in (1..).zip(&lines) {
            // The first is returned, so that it is an exchange; taxes of the ticket are of one way only.
            let returned = if on_ticket { all_returned } else { *returned || number == 1 };
            let sign = |amount: Amount| if returned { amount.negated() } else { amount };
            let item = if *pieces % 2 == 0 { "1" } else { "2" };
            let pieces = if returned { format!("-{pieces}") } else { pieces.to_string() };
            let mut each = line(number, item, &pieces, &sign(*gross).to_string());
            if returned {
                each.kind = "return".into();
                each.disposition = Some(states[lines.len() % 4].into());
            }
            let promotion = |off: &Amount| Discount { amount: sign(*off), ..discount("promotion", "0") };
            each.discounts = discounts.iter().map(promotion).collect();
            let taxed = Tax { amount: sign(*inside), included: *included, ..tax("IVA16", "0") };
            if on_ticket {
                sold.taxes.push(Tax { included: true, ..taxed });
            } else {
                paid += if *included { rust_decimal::Decimal::ZERO } else { taxed.amount.decimal() };
                each.taxes = vec![taxed];
            }
            paid += price::less_discounts(&each).decimal();
            sold.lines.push(each);
        }
        if on_ticket {
            sold.kind = if all_returned { "return" } else { "sale" }.into();
        }
        sold.tenders = vec![tender("cash", &paid.to_string(), "0")];
        let mut held = Held::default();
        let mut void = void_of(&sold);
        // They may come in any order: their numbers tell which is which.
        void.lines.reverse();
        for transaction in [void, sold] {
            held.add(transaction, &items());
        }
        prop_assert!(held.is_nothing(), "{:?} {:?}", held.totals, held.stock);
    }
}

/// Lines may stand in any order: their numbers tell which of two alike bears the odd cent.
#[test]
fn a_void_leaves_nothing_in_whatever_order_its_lines_stand() {
    for (kind, sign) in [("sale", ""), ("return", "-")] {
        let of = |number, item: &str| Line {
            kind: kind.into(),
            ..line(number, item, &format!("{sign}1"), &format!("{sign}1.40"))
        };
        let paid = vec![tender("cash", &format!("{sign}2.80"), "0")];
        let mut sold = Transaction { kind: kind.into(), ..ticket(vec![of(1, "1"), of(2, "2")], paid) };
        sold.taxes = vec![Tax { included: true, ..tax("IVA16", &format!("{sign}0.39")) }];
        let mut void = void_of(&sold);
        void.lines.reverse();
        let mut held = Held::default();
        held.add(sold, &items());
        held.add(void, &items());
        assert!(held.is_nothing(), "{kind}: {:?}", held.totals);
    }
}

/// Item 88, which was of another department, and sold in other packs, until 2026-03-14.
fn changing() -> Items {
    let mut record = item_record("88", "inventory", "toys");
    let mut before = record.versions[0].clone();
    (before.units_per_sale, before.department) = (quantity("6"), "grocery".into());
    record.versions[0].effective_from = date("2026-03-14");
    record.versions.insert(0, before);
    let mut items = items();
    assert_eq!(items.apply("88", Some(record), 60), None);
    items
}

#[test]
fn a_void_is_booked_on_its_own_date_and_by_the_items_of_the_ticket_it_voids() {
    let sold = Transaction {
        business_date: date("2026-03-13"),
        ..ticket(vec![line(1, "88", "1", "9.99")], vec![card("9.99")])
    };
    let void = Transaction { business_date: date("2026-03-14"), ..void_of(&sold) };
    let original = ticket::undone(&void, &store()).unwrap();
    assert_eq!(original.business_date, date("2026-03-13"));
    assert_eq!(original.epoch, i64::from(date("2026-03-13").days()), "its number is of its own date");

    let mut held = Held::default();
    let waiting = [sold.clone(), void.clone()].map(|transaction| held.add(transaction, &items())).concat();
    assert_eq!(waiting.len(), 2);
    waiting.iter().for_each(|line| {
        held.resolve(&WaitingLine { business_date: waiting_date(line), ..line.clone() }, &changing())
    });
    assert!(held.is_nothing(), "out of suspense: {:?} {:?}", held.totals, held.stock);

    let mut held = Held::default();
    held.add(sold, &changing());
    held.add(void, &changing());
    assert!(held.is_nothing(), "{:?} {:?}", held.totals, held.stock);
}

/// The bucket of these tests is of one date; that of a ticket is of its own.
pub(super) fn waiting_date(line: &WaitingLine) -> Date {
    line.ticket.business_date
}
