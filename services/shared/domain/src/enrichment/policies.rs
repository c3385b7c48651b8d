//! What the policies of a subsidiary and the trading calendar of a store make of a ticket: when the tax of a deposit is
//! due, which location bears a return, and what is flagged.
#![allow(clippy::unwrap_used)]

use super::case::{Change, card, changed, check_at, contained, sale_at, ticket, with_taxes};
use super::promised::{applied, kept, of_kind, promised, taken_out};
use super::subsidiaries::{back, of_kind as ticket_of, sold_by, void};
use super::*;
use crate::account_map::Role;
use crate::moves;
use crate::record::pos::Tender;
use crate::suspense;
use crate::ticket::fixture::{amount, date, items, line, tax, tender};
use crate::totals::{Total, Totals, of_reclassification, of_sale, of_sale_elsewhere};

const WHEN_COLLECTED: Change = |store| store.deposit_tax = Some("when_collected".into());
const WHEN_COMPLETED: Change = |store| store.deposit_tax = Some("when_completed".into());
const SELLER: Change = |store| store.reversal = Some("seller".into());

fn free(treatment: &str) -> Tax {
    Tax { treatment: treatment.into(), ..contained("IVA0", "0") }
}

fn deposit(taxes: Vec<Tax>, received: &str) -> Transaction {
    promised(
        "customer_order",
        vec![with_taxes(taxes, of_kind("order_deposit", 1, received))],
        vec![card(received)],
    )
}

/// Goods of 232.00 with 32.00 of IVA, handed over for a deposit of 116.00 and the rest.
fn completed(taxes: Vec<Tax>) -> Transaction {
    let goods = with_taxes(vec![contained("IVA16", "32.00")], line(1, "2", "1", "232.00"));
    ticket(
        vec![kept("order", goods), with_taxes(taxes, taken_out("deposit_payment", 2, "-116.00"))],
        vec![card("116.00")],
    )
}

#[test]
#[rustfmt::skip]
fn tax_of_deposits_is_due_when_collected() {
    check_at(WHEN_COLLECTED, vec![
        ("116.00 received: its tax is due",
         deposit(vec![contained("IVA16", "16.00")], "116.00"),
         &["Dr tender_clearing        card/visa          116.00",
           "Cr customer_deposit                          100.00",
           "Cr tax_payable            IVA16               16.00"],
         &[]),
        ("completed: what is left of the tax",
         completed(vec![contained("IVA16", "-16.00")]),
         &["Dr tender_clearing        card/visa          116.00",
           "Cr sales                  toys               200.00",
           "Dr customer_deposit                          100.00",
           "Cr tax_payable            IVA16               16.00"],
         &["2 -1.00 reserved"]),
        ("or given back, with its tax",
         promised("customer_order", vec![with_taxes(vec![contained("IVA16", "-16.00")],
                                                    taken_out("order_deposit", 1, "-116.00"))], vec![card("-116.00")]),
         &["Cr tender_clearing        card/visa          116.00",
           "Dr customer_deposit                          100.00",
           "Dr tax_payable            IVA16               16.00"],
         &[]),
        ("stated for the whole ticket, which is a deposit alone",
         Transaction { taxes: vec![contained("IVA16", "16.00")], ..deposit(vec![], "116.00") },
         &["Dr tender_clearing        card/visa          116.00",
           "Cr customer_deposit                          100.00",
           "Cr tax_payable            IVA16               16.00"],
         &[]),
        ("that none is due is a statement",
         deposit(vec![free("zero_rated")], "116.00"),
         &["Dr tender_clearing        card/visa          116.00",
           "Cr customer_deposit                          116.00"],
         &[]),
    ]);
}

#[test]
#[rustfmt::skip]
fn tax_of_deposits_is_due_when_completed() {
    check_at(WHEN_COMPLETED, vec![
        ("116.00 received: all of it is owed",
         deposit(vec![], "116.00"),
         &["Dr tender_clearing        card/visa          116.00",
           "Cr customer_deposit                          116.00"],
         &[]),
        ("completed: the tax of the goods",
         completed(vec![]),
         &["Dr tender_clearing        card/visa          116.00",
           "Cr sales                  toys               200.00",
           "Dr customer_deposit                          116.00",
           "Cr tax_payable            IVA16               32.00"],
         &["2 -1.00 reserved"]),
        ("applied as a tender",
         ticket(vec![kept("order", with_taxes(vec![contained("IVA16", "32.00")], line(1, "2", "1", "232.00")))],
                vec![applied("deposit", "116.00"), card("116.00")]),
         &["Dr tender_clearing        card/visa          116.00",
           "Cr sales                  toys               200.00",
           "Dr customer_deposit                          116.00",
           "Cr tax_payable            IVA16               32.00"],
         &["2 -1.00 reserved"]),
        ("the tax of a whole ticket beside goods is that of the goods",
         Transaction { taxes: vec![tax("TX", "32.00")], ..ticket(vec![kept("order", line(1, "2", "1", "200.00")),
                                                                      taken_out("deposit_payment", 2, "-116.00")],
                                                                 vec![card("116.00")]) },
         &["Dr tender_clearing        card/visa          116.00",
           "Cr sales                  toys               200.00",
           "Dr customer_deposit                          116.00",
           "Cr tax_payable            TX                  32.00"],
         &["2 -1.00 reserved"]),
    ]);
}

/// Whenever the tax is due, deposit and completion together are the sale: its tax once, and nothing owed.
#[test]
fn tax_is_recognised_once() {
    let iva = |collected: &str| vec![contained("IVA16", collected)];
    for (change, received, applied) in
        [(WHEN_COLLECTED, iva("16.00"), iva("-16.00")), (WHEN_COMPLETED, vec![], vec![])]
    {
        let mut books = Totals::default();
        for transaction in [deposit(received, "116.00"), completed(applied)] {
            books.add(&of_sale(&sale_at(change, transaction)).unwrap()).unwrap();
        }
        let net = |total: &Total| (total.role, total.credit.checked_sub(total.debit).unwrap());
        assert_eq!(
            books.iter().map(net).filter(|(_, net)| !net.is_zero()).collect::<Vec<_>>(),
            [
                (Role::TenderClearing, amount("-232.00")),
                (Role::Sales, amount("200.00")),
                (Role::TaxPayable, amount("32.00"))
            ]
        );
    }
}

/// Why a ticket is not booked at store 101 as changed, by code and field.
fn refused_at(change: Change, transaction: Transaction) -> Vec<String> {
    let (store, stores) = changed(change);
    let content = content_hash(&transaction);
    let reasons = Explained::check_among(transaction, content, &store, &items(), &stores).err();
    let reason = |reason: Reason| format!("{} {}", reason.code, reason.field.unwrap_or_default());
    reasons.unwrap_or_default().into_iter().map(reason).collect()
}

#[test]
#[rustfmt::skip]
fn a_deposit_states_its_tax_as_the_policy_asks() {
    let as_stated: Change = |store| store.deposit_tax = Some("as_stated".into());
    let iva = |collected: &str| vec![contained("IVA16", collected)];
    let on_the_ticket = |deposit: Transaction| Transaction { taxes: iva("16.00"), ..deposit };
    let laid_away = |taxes| promised("layaway", vec![line(1, "1", "1", "120.00"),
        with_taxes(taxes, of_kind("layaway_payment", 2, "20.00"))], vec![card("20.00")]);
    let voided = void(deposit(vec![], "116.00"));
    let mut beside_goods = completed(vec![]);
    beside_goods.lines[0].taxes = Vec::new();
    beside_goods.taxes = vec![tax("TX", "32.00")];
    beside_goods.tenders = vec![card("148.00")];
    let as_tender = ticket(vec![line(1, "2", "1", "116.00")], vec![applied("layaway", "116.00")]);
    let training = Transaction { training: true, ..deposit(vec![], "116.00") };
    let nothing_paid = deposit(vec![], "0.00");
    let voided_line = ticket(vec![line(1, "1", "1", "5.00"), Line { voided: true,
        ..of_kind("order_deposit", 2, "116.00") }], vec![card("5.00")]);
    // Of each ticket what is wrong where tax is due when collected, and where it is when completed.
    let cases: Vec<(&str, Transaction, &[&str], &[&str])> = vec![
        ("without a tax", deposit(vec![], "116.00"), &["deposit_tax_missing lines[0].taxes"], &[]),
        ("with its tax", deposit(iva("16.00"), "116.00"), &[], &["misplaced lines[0].taxes"]),
        ("exempt", deposit(vec![free("exempt")], "116.00"), &[], &["misplaced lines[0].taxes"]),
        ("on a layaway", laid_away(vec![]), &["deposit_tax_missing lines[1].taxes"], &[]),
        ("on a layaway, with its tax", laid_away(iva("2.76")), &[], &["misplaced lines[1].taxes"]),
        ("of the whole ticket", on_the_ticket(deposit(vec![], "116.00")), &[], &["misplaced taxes"]),
        ("applied without it", completed(vec![]), &["deposit_tax_missing lines[1].taxes"], &[]),
        ("applied with it", completed(iva("-16.00")), &[], &["misplaced lines[1].taxes"]),
        ("beside goods a tax of the ticket is not its", beside_goods, &["deposit_tax_missing lines[1].taxes"], &[]),
        ("applied as a tender", as_tender, &["misplaced tenders[0].stored_value"], &[]),
        ("voided", voided, &["deposit_tax_missing lines[0].taxes"], &[]),
        ("in training", training, &[], &[]),
        ("of nothing", nothing_paid, &[], &[]),
        ("taken back before it was paid", voided_line, &[], &[]),
    ];
    for (name, transaction, collected, completed) in cases {
        assert_eq!(refused_at(WHEN_COLLECTED, transaction.clone()), collected, "{name}, due when collected");
        assert_eq!(refused_at(WHEN_COMPLETED, transaction.clone()), completed, "{name}, due when completed");
        assert_eq!(refused_at(as_stated, transaction.clone()), [""; 0], "{name}, as stated");
        assert_eq!(refused_at(|_| {}, transaction), [""; 0], "{name}, without a policy");
    }
}

#[test]
#[rustfmt::skip]
fn the_store_that_sold_it_bears_what_another_of_its_subsidiary_takes_back() {
    // Sold by store 102 at 116.00 with 16.00 of IVA inside, less 11.60; refunded here in cash.
    let refunded = |seller: &str| ticket_of("return",
        vec![Line { discounts: vec![crate::ticket::fixture::discount("promotion", "-11.60")],
                    ..with_taxes(vec![contained("IVA16", "-14.40")],
                                 back(seller, "damaged", line(1, "1", "-1", "-116.00"))) }],
        vec![tender("cash", "-104.40", "0")]);
    let plain = |seller: &str| back(seller, "resaleable", line(1, "1", "-1", "-100.00"));
    let mut on_the_ticket = ticket_of("return", vec![Line { original: None, ..plain("102") }],
                                      vec![tender("cash", "-100.00", "0")]);
    on_the_ticket.links = vec![sold_by("102")];
    check_at(SELLER, vec![
        ("a return of what another store of the subsidiary sold",
         refunded("102"),
         &["Cr tender_clearing        cash               104.40",
           "Dr due_from               MX                 104.40",
           "in the books of MX at L102",
           "Cr discount               promotion           10.00",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 104.40",
           "Dr tax_payable            IVA16               14.40"],
         &["1 1.00 damaged"]),
        ("and one that is voided",
         void(refunded("102")),
         &["Dr tender_clearing        cash               104.40",
           "Cr due_from               MX                 104.40",
           "in the books of MX at L102",
           "Dr discount               promotion           10.00",
           "Cr returns                grocery            100.00",
           "Dr due_to                 MX                 104.40",
           "Cr tax_payable            IVA16               14.40"],
         &["1 -1.00 damaged"]),
        ("said by the ticket",
         on_the_ticket,
         &["Cr tender_clearing        cash               100.00",
           "Dr due_from               MX                 100.00",
           "in the books of MX at L102",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 100.00"],
         &["1 1.00"]),
        ("an exchange of it for goods of this store",
         ticket_of("exchange", vec![plain("102"), line(2, "2", "1", "120.00")], vec![tender("cash", "20.00", "0")]),
         &["Dr tender_clearing        cash                20.00",
           "Dr due_from               MX                 100.00",
           "Cr sales                  toys               120.00",
           "in the books of MX at L102",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 100.00"],
         &["1 1.00", "2 -1.00"]),
        ("its tax is stated once for all of it",
         Transaction { taxes: vec![contained("IVA16", "-16.00")], ..ticket_of("return",
             vec![Line { amount: amount("-116.00"), ..plain("102") }], vec![tender("cash", "-116.00", "0")]) },
         &["Cr tender_clearing        cash               116.00",
           "Dr due_from               MX                 116.00",
           "in the books of MX at L102",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 116.00",
           "Dr tax_payable            IVA16               16.00"],
         &["1 1.00"]),
        ("this store sold it itself",
         refunded("101"),
         &["Cr tender_clearing        cash               104.40",
           "Cr discount               promotion           10.00",
           "Dr returns                grocery            100.00",
           "Dr tax_payable            IVA16               14.40"],
         &["1 1.00 damaged"]),
        ("nobody knows who sold it",
         ticket_of("return", vec![Line { original: None, ..plain("102") }], vec![tender("cash", "-100.00", "0")]),
         &["Cr tender_clearing        cash               100.00",
           "Dr returns                grocery            100.00"],
         &["1 1.00"]),
        ("another subsidiary sold it",
         ticket_of("return", vec![plain("201")], vec![tender("cash", "-100.00", "0")]),
         &["Cr tender_clearing        cash               100.00",
           "Dr due_from               US                 100.00",
           "in the books of US at L201",
           "Dr returns                grocery            100.00",
           "Cr due_to                 MX                 100.00"],
         &["1 1.00"]),
        ("a fee of another store",
         ticket_of("return", vec![Line { kind: "fee".into(), item: None, original: Some(sold_by("102").into()),
                                         ..line(1, "", "-1", "-4.00") }], vec![tender("cash", "-4.00", "0")]),
         &["Cr tender_clearing        cash                 4.00",
           "Dr due_from               MX                   4.00",
           "in the books of MX at L102",
           "Dr returns                fee                  4.00",
           "Cr due_to                 MX                   4.00"],
         &[]),
    ]);
    let taker: Change = |store| store.reversal = Some("taker".into());
    check_at(taker, vec![("borne by the store that takes it back", refunded("102"),
         &["Cr tender_clearing        cash               104.40",
           "Cr discount               promotion           10.00",
           "Dr returns                grocery            100.00",
           "Dr tax_payable            IVA16               14.40"],
         &["1 1.00 damaged"])]);
}

/// The goods do not leave the subsidiary: what they cost is a return, and one sum for all stores that sold them.
#[test]
fn goods_that_come_back_within_a_subsidiary_are_a_plain_return() {
    let two = vec![
        back("102", "resaleable", line(1, "1", "-1", "-5.00")),
        back("101", "resaleable", line(2, "1", "-1", "-5.00")),
    ];
    let sale = sale_at(SELLER, ticket_of("return", two, vec![tender("cash", "-10.00", "0")]));
    assert_eq!(sale.lines.iter().map(|line| line.booked_in.is_some()).collect::<Vec<_>>(), [true, false]);
    let (store, stores) = changed(SELLER);
    let legs = moves::moves(&sale, &store, &stores).remove(0).legs;
    let legs = legs.iter().map(|leg| format!("{} {} {}", leg.state, leg.quantity, leg.reason));
    assert_eq!(legs.collect::<Vec<_>>(), ["customer -2.00 return", "on_hand 2.00 return"]);
}

/// A line that waits for its item waits in the books of the store that bears it, and moves no goods of another
/// subsidiary.
#[test]
fn a_line_in_suspense_stays_with_the_store_that_bears_it() {
    let (store, stores) = changed(SELLER);
    let unknown = back("102", "resaleable", line(1, "77", "-1", "-30.00"));
    let refund = ticket_of("return", vec![unknown], vec![tender("cash", "-30.00", "0")]);
    let content = content_hash(&refund);
    let ticket = Explained::check_among(refund, content, &store, &items(), &stores).unwrap();
    let bucket = Bucket { business_date: date("2026-03-14"), window: 0, version: 1 };
    let (sale, waiting) = ticket.enrich(&store, &stores, bucket.clone());
    let mut known = items();
    known.apply("77", Some(crate::ticket::fixture::item_record("77", "inventory", "toys")), 50);
    let (moved, movement) = suspense::resolve(&waiting[0], &known, &stores, &bucket);
    assert_eq!(moved[0].resolved.booked_in.as_ref().unwrap().location, "L102");
    assert_eq!(movement.unwrap().legs[0].reason, "return");
    let mut books = Totals::default();
    for (_, entries) in of_sale_elsewhere(&sale).unwrap() {
        books.add(&entries).unwrap();
    }
    books.add(&of_reclassification(&moved[0]).unwrap()).unwrap();
    let rows = books.iter().map(|total| format!("{} {}", total.role.word(), total.debit));
    assert_eq!(rows.collect::<Vec<_>>(), ["returns 0.00", "due_to 0.00", "suspense -30.00"]);
}

/// What cannot be told apart is refused as it is across subsidiaries; no other_subsidiaries are asked for.
#[test]
fn what_another_store_bears_must_be_told_apart() {
    let alone: Change = |store| {
        store.other_subsidiaries = Vec::new();
        store.reversal = Some("seller".into());
    };
    let refund = |lines: Vec<Line>, paid: &str| ticket_of("return", lines, vec![tender("cash", paid, "0")]);
    let untold = |number, gross: &str| Line { kind: "return".into(), ..line(number, "1", "-1", gross) };
    let mut of_two = refund(vec![untold(1, "-4.00"), untold(2, "-6.00")], "-10.00");
    of_two.links = vec![sold_by("101"), sold_by("102")];
    let of_two_stores = vec![
        back("102", "resaleable", line(1, "1", "-1", "-4.00")),
        back("101", "resaleable", line(2, "1", "-1", "-5.00")),
    ];
    let taxed = Transaction { taxes: vec![tax("TX", "-1.00")], ..refund(of_two_stores, "-10.00") };
    let told = refund(vec![back("102", "resaleable", line(1, "1", "-1", "-10.00"))], "-10.00");
    for (name, transaction, expected) in [
        ("told by the line", told, &[][..]),
        ("two stores, and no line says which", of_two, &["misplaced links"]),
        ("a tax of the whole ticket of two stores", taxed, &["misplaced taxes"]),
    ] {
        assert_eq!(refused_at(alone, transaction.clone()), expected, "{name}");
        assert_eq!(refused_at(|_| {}, transaction), [""; 0], "{name}, borne here");
    }
}

/// Store 101 has registers R1 and R2, and trades on Sundays only before Christmas, but not on the first of May.
#[test]
fn what_is_sold_elsewhere_or_on_a_closed_day_is_booked_and_flagged() {
    let shop: Change = |store| {
        store.registers = vec!["R1".into(), "R2".into()];
        store.closed_weekdays = vec!["sunday".into()];
        store.closed_dates = vec![date("2026-05-01")];
        store.open_dates = vec![date("2026-12-20")];
    };
    let flags = |change: Change, kind: &str, register: &str, day: &str| {
        let sold = ticket(vec![line(1, "1", "1", "5.00")], vec![tender("cash", "5.00", "0")]);
        let sold = match kind {
            "sale" => sold,
            "post_void" => void(sold),
            kind => Transaction { kind: kind.into(), lines: Vec::new(), ..sold },
        };
        let sale =
            sale_at(change, Transaction { register: register.into(), business_date: date(day), ..sold });
        assert!(sale.books, "{kind} is booked");
        sale.flags.join(" ")
    };
    for (kind, register, day, expected) in [
        ("sale", "R2", "2026-03-14", ""),
        ("sale", "R9", "2026-03-14", "unlisted_register"),
        ("sale", "R1", "2026-03-15", "closed_day"),
        ("sale", "R9", "2026-03-15", "unlisted_register closed_day"),
        ("sale", "R1", "2026-05-01", "closed_day"),
        ("sale", "R1", "2026-12-20", ""),
        ("sale", "R1", "2026-12-27", "closed_day"),
        ("post_void", "R9", "2026-03-15", "unlisted_register closed_day"),
        ("paid_in", "R9", "2026-03-15", ""),
    ] {
        assert_eq!(flags(shop, kind, register, day), expected, "{kind} {register} {day}");
        assert_eq!(flags(|_| {}, kind, register, day), "", "{kind} {register} {day}, and nothing is listed");
    }
}

/// As a till of a shop that says nothing of registers and days: a plain sale costs nothing more.
#[test]
fn a_plain_sale_has_no_room_for_flags() {
    let sold = ticket(vec![line(1, "1", "1", "5.00")], Vec::<Tender>::from([card("5.00")]));
    assert_eq!(sale_at(|_| {}, sold).flags.capacity(), 0);
}
