//! Tickets of a small chain, the same for the same name: every kind that books or moves something, every kind of line
//! and tender, discounts, taxes added and inside the price, rounding, tips, change and cashback, and their voids.

use domain::calendar::{Date, Timestamp};
use domain::number::{Amount, Quantity};
use domain::record::pos::{
    Discount, ForeignCurrency, Line, Link, StoredValue, Tax, Tender, TenderTotal, TillTotals, Transaction,
};
use domain::record::reference::{Item, Store};
use testkit::{date, master};

/// Stores of the chain, named 1 and up, as are their locations.
pub(crate) const STORES: u32 = 20;
/// Tickets of a store on one date; the end of day takes the number after them.
pub(crate) const A_DAY: i64 = 95;
/// Tickets of a store and date that come after its end of day.
pub(crate) const LATE: i64 = 5;
/// Registers of a store.
const REGISTERS: i64 = 4;
/// Goods by the piece, named 1 and up.
const GOODS: u64 = 40;
/// Every so many stores post by windows instead of the whole store-day.
const WINDOWED_EVERY: u32 = 5;

/// The name of a ticket: business date counted from the first, store from 0, number of the store on that date.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    pub(crate) day: i32,
    pub(crate) store: u32,
    pub(crate) number: i64,
}

/// A business date, counted from the first.
pub(crate) fn business_date(day: i32) -> Date {
    date("2010-01-01").plus_days(day)
}

/// The item that is sold on a date and published after it.
pub(crate) fn new_item(day: i32) -> String {
    format!("new-{day}")
}

/// The store master.
pub(crate) fn stores() -> impl Iterator<Item = Store> {
    (1..=STORES).map(|number| Store {
        window_minutes: if number.is_multiple_of(WINDOWED_EVERY) { 120 } else { 0 },
        barcode_layouts: vec!["2IIIIIVPPPPC".to_owned()],
        other_subsidiaries: Vec::new(),
        ..master::store(&number.to_string())
    })
}

/// The item master, but for the new items.
pub(crate) fn items() -> impl Iterator<Item = Item> {
    let goods = (1..=GOODS).map(|number| master::item(&number.to_string(), &(number % 7).to_string()));
    let mut fuel = master::item("fuel", "FUEL");
    fuel.versions[0].stock_unit = "GLL".to_owned();
    fuel.versions[0].units_per_sale = millionths(1_000);
    let mut ham = master::item("ham", "deli");
    ham.versions[0].stock_unit = "LBR".to_owned();
    ham.barcodes = vec!["00205601000002".to_owned()];
    let mut work = master::item("work", "repair");
    work.versions[0].kind = "service".to_owned();
    let kit = master::kit("kit", &[("1", "2", "1.00"), ("2", "1", "3.00"), ("work", "1", "2.35")]);
    goods.chain([fuel, ham, work, kit])
}

/// A ticket of the chain. Some void the one before them on their register.
pub(crate) fn ticket(name: Name) -> Transaction {
    let before = Name { number: name.number - REGISTERS, ..name };
    if is_void(name) && !is_void(before) {
        let voided = made(before);
        let sells = ["sale", "return", "exchange", "layaway"].contains(&voided.kind.as_str());
        if sells && !voided.training && voided.lines.iter().any(|line| !line.voided) {
            return undone(voided, frame(name));
        }
    }
    made(name)
}

/// The record that ends the date of a store.
pub(crate) fn end_of_day(day: i32, store: u32) -> Transaction {
    Transaction { kind: "business_eod".into(), ..frame(Name { day, store, number: A_DAY }) }
}

fn is_void(name: Name) -> bool {
    name.number >= REGISTERS && name.number < A_DAY && Draw::new(name, 1).below(12) == 0
}

fn frame(name: Name) -> Transaction {
    let date = business_date(name.day);
    Transaction {
        store: (name.store + 1).to_string().into(),
        register: (1 + name.number % REGISTERS).to_string().into(),
        business_date: date,
        sequence: name.number / REGISTERS,
        // 14:00 by UTC is morning in New York.
        ended_at: Timestamp(i64::from(date.days()) * 86_400_000 + 14 * 3_600_000 + name.number * 300_000),
        currency: "USD".into(),
        ..Transaction::default()
    }
}

fn made(name: Name) -> Transaction {
    let mut draw = Draw::new(name, 0);
    let frame = frame(name);
    match draw.below(100) {
        0..8 => given_back(frame, &mut draw),
        8..12 => exchange(frame, name, &mut draw),
        12..16 => promised(frame, &mut draw),
        16..20 => collected(frame, &mut draw),
        20..26 => cash_movement(frame, &mut draw),
        26..28 => report(frame, &mut draw),
        28..32 => stock(frame, &mut draw),
        32..34 => Transaction { kind: "no_sale".into(), ..frame },
        34..36 => Transaction { training: true, ..sale(frame, name, &mut draw) },
        36 => Transaction { kind: "cancelled".into(), tenders: Vec::new(), ..sale(frame, name, &mut draw) },
        _ => sale(frame, name, &mut draw),
    }
}

fn sale(frame: Transaction, name: Name, draw: &mut Draw) -> Transaction {
    let inside = draw.below(4) == 0;
    let lines = (1..=1 + draw.small(9)).map(|at| match draw.below(20) {
        0..11 => goods(at, inside, draw),
        11 => Line { item: Some("kit".into()), ..goods(at, inside, draw) },
        12 => Line {
            item: Some(new_item(name.day).into()),
            department: Some("3".into()),
            ..goods(at, inside, draw)
        },
        13 => {
            let elsewhere = 1 + (name.store + 1) % STORES;
            Line { fulfilment_location: Some(elsewhere.to_string().into()), ..goods(at, inside, draw) }
        }
        14 => Line {
            item: Some("fuel".into()),
            quantity: millionths(1_000_000 * (4_000 + draw.small(9_000))),
            ..goods(at, inside, draw)
        },
        15 => Line {
            item: None,
            barcode: Some("0205601719959".into()),
            quantity: millionths(1_000 * (100 + draw.small(3_000))),
            unit: Some("LBR".into()),
            ..goods(at, inside, draw)
        },
        16 => Line { voided: true, ..goods(at, inside, draw) },
        17 => Line { kind: "fee".into(), item: None, ..goods(at, inside, draw) },
        18 => Line { item: Some("work".into()), ..goods(at, inside, draw) },
        _ => owed_to_others(at, draw),
    });
    let mut sale = Transaction { kind: "sale".into(), lines: lines.collect(), ..frame };
    if !inside && draw.below(6) == 0 {
        sale.taxes = vec![tax("CITY", draw.small(200), false)];
    }
    paid(sale, draw)
}

/// Goods by the piece at some price, less discounts, with taxes beside or inside it.
fn goods(at: i64, inside: bool, draw: &mut Draw) -> Line {
    let pieces = 1 + draw.small(3);
    let cents = pieces * (19 + draw.small(5_000));
    let mut line = Line {
        line: i32::try_from(at).unwrap(),
        kind: "sale".into(),
        item: Some((1 + draw.below(GOODS)).to_string().into()),
        quantity: millionths(pieces * 1_000_000),
        amount: money(cents),
        ..Line::default()
    };
    let mut left = cents;
    for kind in ["promotion", "employee"] {
        if draw.below(4) == 0 {
            let off = draw.small(left);
            left -= off;
            line.discounts.push(Discount { kind: kind.into(), amount: money(off), ..Discount::default() });
        }
    }
    line.taxes = match inside {
        true => vec![tax("VAT", left * 16 / 116, true)],
        false if draw.below(5) == 0 => Vec::new(),
        false => vec![tax("STATE", left * 4 / 100, false), tax("COUNTY", left * 37 / 1_000, false)],
    };
    line
}

fn owed_to_others(at: i64, draw: &mut Draw) -> Line {
    let kinds = ["gift_card_sale", "donation", "bottle_deposit", "commission_sale", "tip"];
    Line {
        line: i32::try_from(at).unwrap(),
        kind: kinds[draw.index(kinds.len())].into(),
        quantity: millionths(1_000_000),
        amount: money(1 + draw.small(2_500)),
        ..Line::default()
    }
}

/// A line brought back, with its price, discounts and taxes.
fn brought_back(at: i64, draw: &mut Draw) -> Line {
    let inside = draw.below(4) == 0;
    let states = [None, Some("resaleable"), Some("damaged"), Some("vendor"), Some("scrap")];
    let mut line = goods(at, inside, draw);
    turn_line(&mut line);
    Line { kind: "return".into(), disposition: states[draw.index(states.len())].map(Into::into), ..line }
}

fn given_back(frame: Transaction, draw: &mut Draw) -> Transaction {
    let lines = (1..=1 + draw.small(3)).map(|at| brought_back(at, draw)).collect();
    paid(Transaction { kind: "return".into(), lines, ..frame }, draw)
}

fn exchange(frame: Transaction, name: Name, draw: &mut Draw) -> Transaction {
    let mut lines = vec![brought_back(1, draw), goods(2, false, draw)];
    lines[1].item = Some(if draw.below(3) == 0 { new_item(name.day).into() } else { "kit".into() });
    paid(Transaction { kind: "exchange".into(), lines, ..frame }, draw)
}

/// Goods laid away with a deposit; now and then goods given up, and their deposit given back.
fn promised(frame: Transaction, draw: &mut Draw) -> Transaction {
    let mut lines = vec![goods(1, false, draw), goods(2, true, draw), deposit(3, 1 + draw.small(3_000))];
    if draw.below(4) == 0 {
        lines.iter_mut().for_each(turn_line);
    }
    paid(Transaction { kind: "layaway".into(), lines, ..frame }, draw)
}

fn deposit(at: i32, cents: i64) -> Line {
    Line { line: at, kind: "layaway_payment".into(), amount: money(cents), ..Line::default() }
}

/// Goods that were kept are handed over, and their deposit is applied.
fn collected(frame: Transaction, draw: &mut Draw) -> Transaction {
    let layaway = Link {
        kind: "layaway".into(),
        store: frame.store.clone(),
        register: "1".into(),
        business_date: frame.business_date.plus_days(-3),
        sequence: 1,
        ..Link::default()
    };
    let kept = Line { original: Some(layaway), ..goods(1, false, draw) };
    let lines = vec![kept, goods(2, false, draw), deposit(3, -1 - draw.small(15))];
    paid(Transaction { kind: "sale".into(), lines, ..frame }, draw)
}

fn cash_movement(frame: Transaction, draw: &mut Draw) -> Transaction {
    let (kind, sign) =
        [("paid_in", 1), ("paid_out", -1), ("loan", 1), ("pickup", -1), ("safe_drop", -1)][draw.index(5)];
    let tenders = vec![tender("cash", sign * draw.small(20_000)), tender("check", sign * draw.small(9_000))];
    Transaction { kind: kind.into(), reason: Some("flowers".into()), tenders, ..frame }
}

/// A drawer that is some cents over or short, and a count of checks that is, too.
fn report(frame: Transaction, draw: &mut Draw) -> Transaction {
    let taken = draw.small(100_000);
    let total = |kind: &str, cents, declared| TenderTotal {
        kind: kind.into(),
        count: 3,
        amount: money(cents),
        declared,
        ..TenderTotal::default()
    };
    let totals = TillTotals {
        scope: "register".into(),
        opening_cash: Some(money(10_000)),
        declared_cash: Some(money(10_000 + taken + draw.small(50))),
        tenders: vec![
            total("cash", taken, None),
            total("check", taken + 25, Some(money(taken + draw.small(50)))),
        ],
        ..TillTotals::default()
    };
    Transaction { kind: "till_totals".into(), till_totals: Some(totals), ..frame }
}

fn stock(frame: Transaction, draw: &mut Draw) -> Transaction {
    let kinds = ["transfer", "transfer_difference", "count"];
    let kind = kinds[draw.index(kinds.len())];
    let line = |at: i32, draw: &mut Draw| Line {
        line: at,
        kind: kind.into(),
        item: Some((1 + draw.below(GOODS)).to_string().into()),
        quantity: millionths((draw.small(9) - 4) * 1_000_000),
        ..Line::default()
    };
    let lines = vec![line(1, draw), line(2, draw)];
    let of_ticket = if kind == "count" { "count" } else { "transfer" };
    Transaction { kind: of_ticket.into(), lines, ..frame }
}

/// The ticket with what is paid for it, or given back.
fn paid(mut ticket: Transaction, draw: &mut Draw) -> Transaction {
    let owed = owed_cents(&ticket);
    if owed <= 0 {
        ticket.tenders = vec![tender(["cash", "card", "store_credit"][draw.index(3)], owed)];
        return ticket;
    }
    let part = draw.small(owed);
    ticket.tenders = match draw.below(10) {
        0..3 => {
            // In coins of five cents, out of notes of five dollars.
            let rounded = (owed + 2) / 5 * 5;
            ticket.rounding = money(rounded - owed);
            let given = (rounded + 499) / 500 * 500;
            vec![Tender { change: money(given - rounded), ..tender("cash", given) }]
        }
        3 => {
            let tip = draw.small(700);
            vec![Tender { tip: money(tip), ..tender("card", owed + tip) }]
        }
        4 => {
            let cashback = 1_000 * (1 + draw.small(4));
            vec![Tender { cashback: money(cashback), ..tender("card", owed + cashback) }]
        }
        5 => vec![tender("gift_card", part), tender("card", owed - part)],
        6 => vec![tender("manufacturer_coupon", part), tender("mobile", owed - part)],
        7 => vec![tender("loyalty", part), tender("account", owed - part)],
        8 => {
            let layaway = StoredValue { program: "layaway".into(), ..StoredValue::default() };
            let deposit = Tender { stored_value: Some(layaway), ..tender("account", part) };
            vec![deposit, tender("store_credit", owed - part)]
        }
        _ => {
            let dollars = ForeignCurrency {
                currency: "CAD".into(),
                amount: money(owed + 300),
                exchange_rate: "0.75".parse().unwrap(),
            };
            vec![Tender { foreign: Some(dollars), change: money(300), ..tender("foreign_cash", owed + 300) }]
        }
    };
    ticket
}

/// What is due: of goods that a layaway keeps nothing is.
fn owed_cents(ticket: &Transaction) -> i64 {
    let is_promised = |line: &Line| ticket.kind == "layaway" && line.kind == "sale";
    let is_due = |line: &&Line| !(line.voided || is_promised(line));
    let added = |taxes: &[Tax]| -> i64 {
        taxes.iter().filter(|tax| !tax.included).map(|tax| tax.amount.units()).sum()
    };
    let off = |line: &Line| -> i64 { line.discounts.iter().map(|discount| discount.amount.units()).sum() };
    let lines = ticket.lines.iter().filter(is_due);
    let lines: i64 = lines.map(|line| line.amount.units() - off(line) + added(&line.taxes)).sum();
    (lines + added(&ticket.taxes)) / 100
}

/// A ticket voided by the one that `frame` begins.
fn undone(ticket: Transaction, frame: Transaction) -> Transaction {
    let void_of = Link {
        kind: "void_of".into(),
        store: ticket.store,
        register: ticket.register,
        business_date: ticket.business_date,
        sequence: ticket.sequence,
        ..Link::default()
    };
    let mut void = Transaction {
        kind: "post_void".into(),
        lines: ticket.lines,
        tenders: ticket.tenders,
        taxes: ticket.taxes,
        rounding: ticket.rounding.negated(),
        links: vec![void_of],
        ..frame
    };
    for line in &mut void.lines {
        turn_line(line);
        if ticket.kind == "layaway" && line.kind == "sale" {
            line.kind = "reserve".into();
        }
    }
    void.taxes.iter_mut().for_each(|tax| tax.amount = tax.amount.negated());
    for tender in &mut void.tenders {
        for amount in [&mut tender.amount, &mut tender.change, &mut tender.cashback, &mut tender.tip] {
            *amount = amount.negated();
        }
    }
    void
}

/// Gives every quantity and amount of a line the opposite sign.
fn turn_line(line: &mut Line) {
    (line.quantity, line.amount) = (line.quantity.negated(), line.amount.negated());
    line.discounts.iter_mut().for_each(|discount| discount.amount = discount.amount.negated());
    line.taxes.iter_mut().for_each(|tax| tax.amount = tax.amount.negated());
}

fn tender(kind: &str, cents: i64) -> Tender {
    Tender { kind: kind.into(), amount: money(cents), ..Tender::default() }
}

fn tax(code: &str, cents: i64, included: bool) -> Tax {
    Tax {
        code: code.into(),
        kind: "sales".into(),
        treatment: "taxable".into(),
        amount: money(cents),
        included,
        ..Tax::default()
    }
}

fn money(cents: i64) -> Amount {
    Amount::from_units(cents * 100).unwrap()
}

fn millionths(units: i64) -> Quantity {
    Quantity::from_units(units).unwrap()
}

/// Numbers that look random and are the same for the same ticket (SplitMix64, Steele et al. 2014).
struct Draw(u64);

impl Draw {
    fn new(name: Name, purpose: u64) -> Self {
        let mut draw = Self(0x7111_57ea_4d21_f700 ^ purpose);
        for part in [u64::from(name.day.unsigned_abs()), u64::from(name.store), name.number.unsigned_abs()] {
            draw.0 = draw.next() ^ part;
        }
        draw
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// A number from 0 to one below `limit`, or 0.
    fn small(&mut self, limit: i64) -> i64 {
        i64::try_from(self.below(limit.max(1).unsigned_abs())).unwrap()
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }
}
