//! A ticket is voided once, and only where it is booked.

use domain::dedupe::{Life, place};
use domain::number::Amount;
use domain::record::command::{Command, Coordinates, QuarantineDecision};
use domain::record::pos::{ForeignCurrency, Line, Link, Tender, Transaction};
use domain::record::sales::SalesEvent;
use testkit::{amount, date, master, quantity, ticket};

use crate::shop::{Changelog, Shop, command, kinds, reasons, restored, write_changes};

/// Sequence `number` voids a sale of one line.
fn void(number: i64, of: i64, price: &str) -> Transaction {
    let mut void = ticket::sale("101", number, &format!("-{price}"));
    void.kind = "post_void".into();
    void.lines[0].quantity = quantity("-1");
    void.links = vec![Link {
        kind: "void_of".into(),
        store: "101".into(),
        register: "1".into(),
        business_date: date("2026-03-14"),
        sequence: of,
        ..Link::default()
    }];
    void
}

fn decide(id: &str, kind: &str, offset: i64) -> Command {
    let record = Coordinates { topic: "pos.transactions".into(), partition: 0, offset };
    Command {
        quarantine: Some(QuarantineDecision { record, ..QuarantineDecision::default() }),
        ..command(id, kind, "101")
    }
}

fn why(events: &[SalesEvent]) -> &str {
    &events[0].notice.as_ref().unwrap().reasons[0]
}

#[test]
fn a_ticket_is_voided_once() {
    let mut shop = Shop::open();
    shop.offer(ticket::sale("101", 1, "3.50"));
    let voided = shop.offer(void(2, 1, "3.50"));
    assert_eq!(kinds(&voided), ["sale"]);
    let sale = voided[0].sale.as_ref().unwrap();
    assert_eq!((sale.books, sale.lines[0].reversal, sale.lines[0].amount), (true, true, amount("-3.50")));
    assert_eq!(sale.voids.as_ref().unwrap().sequence, 1);

    assert_eq!(kinds(&shop.offer(void(2, 1, "3.50"))), ["repeat"]);
    assert_eq!(kinds(&shop.offer(ticket::sale("101", 1, "3.50"))), ["repeat"], "also of what is voided");
    let twice = shop.offer(void(3, 1, "3.50"));
    assert_eq!((kinds(&twice), reasons(&twice)), (vec!["quarantined"], vec!["void_of_unbooked".to_owned()]));
    assert!(why(&twice).contains("voided already"), "{}", why(&twice));

    let mut changelog = Changelog::new();
    write_changes(&shop.sequencer.state, &mut changelog);
    shop.sequencer.state = restored(&changelog);
    let after_restart = shop.offer(void(4, 1, "3.50"));
    assert!(why(&after_restart).contains("voided already"), "{}", why(&after_restart));
}

#[test]
fn what_is_not_booked_is_not_voided() {
    let mut shop = Shop::open();
    let early = shop.offer(void(2, 1, "3.50"));
    let first = shop.offset;
    assert!(why(&early).contains("was not seen"), "{}", why(&early));
    let released = |shop: &mut Shop, id: &str, offset, body: Transaction| {
        shop.command(&decide(id, "quarantine_release", offset), Some(body))
    };
    let too_early = released(&mut shop, "a", first, void(2, 1, "3.50"));
    assert_eq!(kinds(&too_early), ["command_refused"]);
    assert!(why(&too_early).contains("void_of_unbooked"), "{}", why(&too_early));

    let mut unbalanced = ticket::sale("101", 1, "3.50");
    unbalanced.tenders[0].amount = amount("3.00");
    shop.offer(unbalanced.clone());
    let held = shop.offset;
    let in_quarantine = shop.offer(void(3, 1, "3.50"));
    assert!(why(&in_quarantine).contains("lies in quarantine"), "{}", why(&in_quarantine));
    let mended = released(&mut shop, "b", held, ticket::sale("101", 1, "3.50"));
    assert_eq!(kinds(&mended), ["command", "quarantine_released"]);
    let in_time = released(&mut shop, "c", first, void(2, 1, "3.50"));
    assert_eq!(kinds(&in_time), ["command", "quarantine_released"], "once what it voids is booked");
    let life = |shop: &Shop| {
        let (block, index) = place(1);
        let key = format!("101/1/{}/{block}", date("2026-03-14").days());
        shop.sequencer.state.blocks.get(key.as_str()).unwrap().life(index)
    };
    assert_eq!(life(&shop), Some(Life::Voided));

    let mut other = unbalanced;
    other.sequence = 5;
    shop.offer(other);
    let offset = shop.offset;
    shop.command(&decide("d", "quarantine_write_off", offset), None);
    let of_written_off = shop.offer(void(6, 5, "3.50"));
    assert!(why(&of_written_off).contains("was written off"), "{}", why(&of_written_off));
}

#[test]
fn only_what_took_or_gave_money_for_something_is_voided_and_the_other_way() {
    let gift_card = |number, price: &str| {
        let mut sale = ticket::sale("101", number, price);
        (sale.lines[0].kind, sale.lines[0].item) = ("gift_card_sale".into(), None);
        sale
    };
    let refund = |number| Transaction { kind: "return".into(), ..gift_card(number, "-50.00") };
    let undone = |number, of, price: &str| {
        let mut undone = void(number, of, "1.00");
        (undone.lines, undone.tenders) = (gift_card(number, price).lines, vec![ticket::cash(price)]);
        undone.lines[0].quantity = undone.lines[0].quantity.negated();
        undone
    };
    let copied = |number, of, price: &str| {
        let mut copied = undone(number, of, price);
        copied.lines[0].quantity = copied.lines[0].quantity.negated();
        copied
    };
    let mut shop = Shop::open();
    for (first, right, wrong) in [(gift_card(1, "50.00"), "-50.00", "50.00"), (refund(11), "50.00", "-50.00")]
    {
        let number = first.sequence;
        assert_eq!(kinds(&shop.offer(first)), ["sale"]);
        let same_sign = shop.offer(copied(number + 1, number, wrong));
        assert_eq!(kinds(&same_sign), ["quarantined"]);
        assert!(why(&same_sign).contains("has the opposite sign"), "{}", why(&same_sign));
        assert_eq!(kinds(&shop.offer(undone(number + 2, number, right))), ["sale"]);
        let of_void = shop.offer(copied(number + 3, number + 2, wrong));
        assert!(why(&of_void).contains("voids another itself"), "{}", why(&of_void));
    }
    for (number, kind) in [(21, "no_sale"), (23, "cancelled"), (25, "till_open")] {
        shop.offer(ticket::control("101", number, kind));
        let of_control = shop.offer(undone(number + 1, number, "-50.00"));
        assert!(why(&of_control).contains("booked nothing"), "{kind}: {}", why(&of_control));
        let remedy = "an older version booked it: send a movement of the other way, then write this off";
        assert!(why(&of_control).contains(remedy), "{kind}: {}", why(&of_control));
    }
}

#[test]
fn what_moved_no_money_is_voided_the_other_way_only() {
    let mut order = ticket::control("101", 1, "customer_order");
    order.lines = vec![ticket::line(1, "milk", "116.00")];
    let voids = |number: i64, pieces: &str, price: &str| {
        let mut undone = void(number, 1, "1.00");
        undone.tenders.clear();
        undone.lines = vec![ticket::line(1, "milk", price)];
        (undone.lines[0].kind, undone.lines[0].quantity) = ("reserve".into(), quantity(pieces));
        undone
    };
    let mut shop = Shop::open();
    assert_eq!(kinds(&shop.offer(order)), ["sale"]);
    let copied = shop.offer(voids(2, "1", "116.00"));
    assert!(why(&copied).contains("has the opposite sign"), "{}", why(&copied));
    assert_eq!(kinds(&shop.offer(voids(3, "-1", "-116.00"))), ["sale"]);
}

/// A movement of cash, and goods that move without a sale.
fn moved(number: i64, kind: &str, by: &str) -> Transaction {
    let mut moved = ticket::control("101", number, kind);
    if ["transfer", "count"].contains(&kind) {
        moved.lines = vec![ticket::line(1, "milk", "0")];
        (moved.lines[0].kind, moved.lines[0].quantity) = (kind.into(), quantity(by));
    } else {
        (moved.tenders, moved.reason) = (vec![ticket::cash(by)], Some("windows".into()));
    }
    moved
}

/// Voids sequence `of` as if it were such a ticket.
fn void_of_moved(number: i64, of: i64, kind: &str, by: &str) -> Transaction {
    let Transaction { lines, tenders, reason, .. } = moved(number, kind, by);
    let mut void = Transaction { lines, tenders, reason, ..void(number, of, "1.00") };
    if void.lines.is_empty() {
        void.links[0].kind = format!("void_of_{kind}").into();
    }
    void
}

#[test]
fn what_moved_without_a_sale_is_voided_once_as_what_it_was() {
    #[rustfmt::skip]
    let cases = [
        // What was booked, and by how much; its void; what is said of other voids, and whether in 14 days only.
        ("pickup",    "-500", "500", "pickup",    "300",  "is of another kind, or moved other", true),
        ("pickup",    "-500", "500", "safe_drop", "500",  "is of another kind, or moved other", true),
        ("pickup",    "-500", "500", "transfer",  "500",  "is of another kind, or moved other", true),
        ("pickup",    "-500", "500", "loan",      "-500", "went the other way", false),
        ("loan",      "50",   "-50", "paid_in",   "-50",  "is of another kind, or moved other", true),
        ("paid_in",   "50",   "-50", "paid_in",   "-51",  "is of another kind, or moved other", true),
        ("paid_out",  "-50",  "50",  "pickup",    "50",   "is of another kind, or moved other", true),
        ("transfer",  "-10",  "10",  "transfer",  "9",    "is of another kind, or moved other", true),
        ("transfer",  "-10",  "10",  "transfer",  "-10",  "went the other way", false),
        ("transfer",  "10",   "-10", "count",     "-10",  "is of another kind, or moved other", true),
        ("count",     "3",    "-3",  "count",     "3",    "went the other way", false),
    ];
    for (kind, by, back, other, otherwise, expected, is_forgotten) in cases {
        let name = format!("{kind} {by} voided by {other} {otherwise}");
        let mut shop = Shop::open();
        assert_eq!(kinds(&shop.offer(moved(1, kind, by))), ["sale"], "{name}");
        let wrong = |number| void_of_moved(number, 1, other, otherwise);
        let refused = shop.offer(wrong(2));
        assert_eq!(kinds(&refused), ["quarantined"], "{name}");
        assert!(why(&refused).contains(expected), "{name}: {}", why(&refused));
        let mut changelog = Changelog::new();
        write_changes(&shop.sequencer.state, &mut changelog);
        shop.sequencer.state = restored(&changelog);
        let sold = shop.offer(void(3, 1, "3.50"));
        assert_eq!(kinds(&sold), ["quarantined"], "{name}: it sold nothing");
        let voided =
            shop.offer(Transaction { operator: Some("another".into()), ..void_of_moved(4, 1, kind, back) });
        assert_eq!(kinds(&voided), ["sale"], "{name}");
        assert_eq!(voided[0].sale.as_ref().unwrap().voids.as_ref().unwrap().sequence, 1);
        let twice = shop.offer(void_of_moved(5, 1, kind, back));
        assert!(why(&twice).contains("voided already"), "{name}: {}", why(&twice));
        let of_void = shop.offer(void_of_moved(6, 4, kind, by));
        assert!(why(&of_void).contains("voids another itself"), "{name}: {}", why(&of_void));

        let mut forgetful = Shop::open();
        forgetful.offer(moved(1, kind, by));
        forgetful.tick(15 * 24);
        let left = if is_forgotten { "sale" } else { "quarantined" };
        assert_eq!(kinds(&forgetful.offer(wrong(2))), [left], "{name}: what is forgotten");
    }
}

/// A count or transfer of a voided line and two others, or a movement of two tenders.
fn moved_of_many(kind: &str) -> Transaction {
    let mut moved = moved(1, kind, "5");
    if let [voided] = moved.lines.as_mut_slice() {
        voided.voided = true;
        let line = |line, pieces: &str| Line {
            line,
            kind: kind.into(),
            unit: Some("EA".into()),
            quantity: quantity(pieces),
            ..Line::default()
        };
        moved.lines.push(Line { item: Some("milk".into()), ..line(2, "-3") });
        moved.lines.push(Line { barcode: Some("4006381333931".into()), ..line(3, "1") });
    } else {
        let sign = if kind == "pickup" { "-" } else { "" };
        let foreign = ForeignCurrency { currency: "CAD".into(), ..ForeignCurrency::default() };
        moved.tenders = vec![
            Tender { brand: Some("visa".into()), ..ticket::tender("voucher", &format!("{sign}50.00")) },
            Tender { foreign: Some(foreign), ..ticket::tender("foreign_cash", &format!("{sign}20.00")) },
        ];
    }
    moved
}

/// The numbers of the store go on from day to day, so that the date of the ticket is not part of its number.
#[test]
#[rustfmt::skip]
fn a_void_repeats_what_moved_without_a_sale() {
    type Spoil = fn(&mut Transaction);
    let right: [(&str, &str, Spoil); 11] = [
        ("count",    "as it was",               |_| {}),
        ("count",    "on the day after",        |void| void.business_date = date("2026-03-15")),
        ("count",    "in another order",        |void| void.lines.reverse()),
        ("count",    "without the voided line", |void| drop(void.lines.remove(0))),
        ("count",    "by another, with a note", |void| {
            (void.operator, void.note) = (Some("another".into()), Some("by mistake".into()));
        }),
        ("transfer", "as it was",               |_| {}),
        ("paid_in",  "as it was",               |_| {}),
        ("paid_in",  "under another reference", |void| void.tenders[0].reference = Some("77".into())),
        ("paid_in",  "at another rate",         |void| {
            void.tenders[1].foreign.as_mut().unwrap().amount = amount("-27.00");
        }),
        ("pickup",   "as it was",               |_| {}),
        ("pickup",   "for another reason",      |void| void.reason = Some("bank".into())),
    ];
    let wrong: [(&str, &str, Spoil); 20] = [
        ("count",    "of another date",     |void| void.links[0].business_date = date("2026-03-13")),
        ("count",    "another item",        |void| void.lines[1].item = Some("egg".into())),
        ("count",    "another barcode",     |void| void.lines[2].barcode = Some("96385074".into())),
        ("count",    "another unit",        |void| void.lines[1].unit = None),
        ("count",    "another quantity",    |void| void.lines[1].quantity = quantity("4")),
        ("count",    "another line number", |void| void.lines[2].line = 4),
        ("count",    "one line voided",     |void| void.lines[2].voided = true),
        ("count",    "a line less",         |void| drop(void.lines.pop())),
        ("transfer", "of another date",     |void| void.links[0].business_date = date("2026-03-13")),
        ("transfer", "another kind",        |void| void.lines[2].kind = "transfer_difference".into()),
        ("paid_in",  "of another date",     |void| void.links[0].business_date = date("2026-03-13")),
        ("paid_in",  "another reason",      |void| void.reason = Some("postage".into())),
        ("paid_in",  "another tender",      |void| void.tenders[0].kind = "check".into()),
        ("paid_in",  "another brand",       |void| void.tenders[0].brand = None),
        ("paid_in",  "another amount",      |void| void.tenders[0].amount = amount("-50.01")),
        ("paid_in",  "another currency",    |void| {
            void.tenders[1].foreign.as_mut().unwrap().currency = "EUR".into();
        }),
        ("paid_in",  "another order",       |void| void.tenders.reverse()),
        ("paid_in",  "a tender less",       |void| drop(void.tenders.pop())),
        ("pickup",   "of another date",     |void| void.links[0].business_date = date("2026-03-13")),
        ("pickup",   "another brand",       |void| void.tenders[0].brand = None),
    ];
    let void = |number, kind: &str| {
        let Transaction { mut lines, mut tenders, reason, .. } = moved_of_many(kind);
        lines.iter_mut().for_each(|line| line.quantity = line.quantity.negated());
        tenders.iter_mut().for_each(|tender| tender.amount = tender.amount.negated());
        Transaction { lines, tenders, reason, ..void_of_moved(number, 1, kind, "-5") }
    };
    let cases = right.iter().map(|case| (case, "sale")).chain(wrong.iter().map(|case| (case, "quarantined")));
    for ((kind, name, spoil), expected) in cases {
        let mut shop = Shop::open();
        shop.publish(|store| store.sequence_epochs = "single".to_owned());
        assert_eq!(kinds(&shop.offer(moved_of_many(kind))), ["sale"], "{kind}, {name}");
        let mut spoilt = void(2, kind);
        spoil(&mut spoilt);
        let events = shop.offer(spoilt);
        assert_eq!(kinds(&events), [expected], "{kind}, {name}: {:?}", reasons(&events));
        if expected == "quarantined" {
            assert_eq!(reasons(&events), ["void_not_repeated"], "{kind}, {name}");
            assert_eq!(kinds(&shop.offer(void(3, kind))), ["sale"], "{kind}, {name}: it was left as it was");
        }
    }
}

#[test]
fn no_sale_is_voided_as_what_moved_without_one() {
    let returned = {
        let mut returned = ticket::sale("101", 1, "-500.00");
        returned.kind = "return".into();
        (returned.lines[0].kind, returned.lines[0].quantity) = ("return".into(), quantity("-1"));
        returned
    };
    for (first, kind, back) in
        [(ticket::sale("101", 1, "50.00"), "loan", "-50.00"), (returned, "pickup", "500.00")]
    {
        let mut shop = Shop::open();
        assert_eq!(kinds(&shop.offer(first)), ["sale"]);
        let void = shop.offer(void_of_moved(2, 1, kind, back));
        assert_eq!(
            (kinds(&void), reasons(&void)),
            (vec!["quarantined"], vec!["void_not_repeated".to_owned()])
        );
    }
}

#[test]
fn a_void_that_is_refused_leaves_what_it_voids_as_it_was() {
    let mut shop = Shop::open();
    shop.offer(ticket::sale("101", 1, "3.50"));
    let mut wrong = void(2, 1, "3.50");
    wrong.tenders[0].amount = amount("-3.00");
    let refused = shop.offer(wrong);
    assert_eq!(reasons(&refused), ["out_of_balance"]);
    assert_eq!(kinds(&shop.offer(void(3, 1, "3.50"))), ["sale"]);
}

/// A sale of a basket, of two packs and of what nobody knows, and of a fee.
fn sold_of_many() -> Transaction {
    let line = |number, item: &str, pieces: &str, price: &str| {
        let mut line = ticket::line(number, item, price);
        line.quantity = quantity(pieces);
        line
    };
    let mut sold = ticket::control("101", 1, "sale");
    sold.lines = vec![
        line(1, "basket", "1", "9.00"),
        line(2, "pack", "2", "24.00"),
        line(3, "mystery", "1", "5.00"),
        Line { kind: "fee".into(), item: None, ..line(4, "", "1", "2.00") },
    ];
    sold.lines[1].discounts = vec![ticket::promotion("4.00")];
    sold.tenders = vec![ticket::cash("36.00")];
    sold
}

fn turned(sold: &Transaction) -> Transaction {
    let mut turned = Transaction { lines: sold.lines.clone(), tenders: Vec::new(), ..void(9, 1, "1.00") };
    for line in &mut turned.lines {
        (line.quantity, line.amount) = (line.quantity.negated(), line.amount.negated());
        line.discounts.iter_mut().for_each(|discount| discount.amount = discount.amount.negated());
    }
    turned
}

/// Makes a void balance whatever was done to its lines.
fn paid(mut void: Transaction) -> Transaction {
    let of = |line: &Line| {
        line.amount.units() - line.discounts.iter().map(|each| each.amount.units()).sum::<i64>()
    };
    let due = void.lines.iter().filter(|line| !line.voided).map(of).sum();
    void.tenders = vec![ticket::cash(&Amount::from_units(due).unwrap().to_string())];
    void
}

#[test]
fn a_void_repeats_what_was_sold_line_by_line() {
    type Spoil = fn(&mut Transaction);
    #[rustfmt::skip]
    let cases: [(&str, Spoil, &[&str]); 13] = [
        ("as it was", |_| {}, &[]),
        ("in another order", |void| void.lines.reverse(), &[]),
        ("a pack by the piece", |void| {
            (void.lines[1].quantity, void.lines[1].unit) = (quantity("-12"), Some("EA".into()));
        }, &[]),
        ("less of a pack", |void| void.lines[1].quantity = quantity("-1"),
         &["lines[1]: line 2 of the ticket it voids sold 12.00 for 20.00, and this takes back 6.00 for 20.00"]),
        ("at another price", |void| void.lines[1].amount = amount("-23.99"),
         &["lines[1]: line 2 of the ticket it voids sold 12.00 for 20.00, and this takes back 12.00 for 19.99"]),
        ("without the discount", |void| void.lines[1].discounts.clear(),
         &["lines[1]: line 2 of the ticket it voids sold 12.00 for 20.00, and this takes back 12.00 for 24.00"]),
        ("half a basket", |void| void.lines[0].quantity = quantity("-0.5"),
         &["lines[0]: line 1 of the ticket it voids sold 3.00 for 9.00, and this takes back 1.50 for 9.00"]),
        ("milk for a basket", |void| {
            (void.lines[0].item, void.lines[0].quantity) = (Some("milk".into()), quantity("-3"));
        }, &["lines[0]: line 1 of the ticket it voids sold 3.00 for 9.00, and this takes back as much of other items"]),
        ("more of what nobody knows", |void| void.lines[2].quantity = quantity("-2"),
         &["lines[2]: line 3 of the ticket it voids sold 1.00 for 5.00, and this takes back 2.00 for 5.00"]),
        ("without the fee and with a voided line", |void| {
            void.lines.remove(3);
            void.lines[2].voided = true;
        }, &["lines[2]: line 3 of the ticket it voids sold 1.00 for 5.00, and this does not take it back",
             "lines: line 4 of the ticket it voids sold 1.00 for 2.00, and this does not take it back"]),
        ("another fee", |void| void.lines[3].amount = amount("-3.00"),
         &["lines[3]: line 4 of the ticket it voids sold 1.00 for 2.00, and this takes back 1.00 for 3.00"]),
        ("a line more", |void| {
            let more = Line { line: 5, ..void.lines[2].clone() };
            void.lines.push(more);
        }, &["lines[4]: line 5 of the ticket it voids sold nothing, and this takes back 1.00 for 5.00"]),
        ("under other numbers", |void| {
            void.lines.truncate(3);
            void.lines[2].line = 4;
        }, &["lines: line 3 of the ticket it voids sold 1.00 for 5.00, and this does not take it back",
             "lines[2]: line 4 of the ticket it voids sold what cost 2.00, and this gives back 5.00"]),
    ];
    let open = || {
        let mut shop = Shop::open();
        let mut pack = master::item("pack", "10");
        pack.versions[0].units_per_sale = quantity("6");
        shop.learn_of(pack);
        shop.learn_of(master::item("egg", "10"));
        shop.learn_of(master::kit("basket", &[("milk", "2", "2.00"), ("egg", "1", "1.00")]));
        assert_eq!(kinds(&shop.offer(sold_of_many())), ["sale"]);
        shop
    };
    for (name, spoil, expected) in cases {
        let mut void = turned(&sold_of_many());
        spoil(&mut void);
        let mut shop = open();
        let events = shop.offer(paid(void.clone()));
        let told: Vec<&str> =
            events[0].notice.iter().flat_map(|notice| &notice.reasons).map(String::as_str).collect();
        assert_eq!(told.len(), expected.len(), "{name}: {told:?}");
        for (told, expected) in told.iter().zip(expected) {
            let (difference, remedy) = told.split_once("; a post_void repeats every line").unwrap();
            assert_eq!(difference, format!("void_not_repeated: {expected}"), "{name}");
            assert!(remedy.contains("look the ticket up"), "{remedy}");
        }
        let right = Transaction { sequence: 10, ..paid(turned(&sold_of_many())) };
        let left = if told.is_empty() { "quarantined" } else { "sale" };
        assert_eq!(kinds(&shop.offer(right)), [left], "{name}: what was refused left it as it was");
        let mut forgetful = open();
        forgetful.tick(15 * 24);
        let events = forgetful.offer(paid(void));
        assert_eq!(kinds(&events), ["sale"], "{name}: what is forgotten is not compared");
    }
}

/// The unknown item is known when its ticket is voided, and what was known is not any more.
#[test]
fn a_void_is_compared_as_far_as_its_items_are_known() {
    let mut shop = Shop::open();
    let mut pack = master::item("mystery", "10");
    pack.versions[0].units_per_sale = quantity("6");
    assert_eq!(kinds(&shop.offer(sold_of_many())), ["sale"]);
    shop.learn_of(pack);
    let mut wrong = turned(&sold_of_many());
    wrong.lines[2].quantity = quantity("-6");
    assert_eq!(reasons(&shop.offer(paid(wrong))), ["void_not_repeated"]);
    let right = Transaction { sequence: 10, ..paid(turned(&sold_of_many())) };
    assert_eq!(kinds(&shop.offer(right)), ["sale"]);

    let mut shop = Shop::open();
    shop.offer(ticket::sale("101", 1, "3.50"));
    shop.forget("milk");
    assert_eq!(reasons(&shop.offer(void(2, 1, "3.00"))), ["void_not_repeated"]);
    assert_eq!(kinds(&shop.offer(void(3, 1, "3.50"))), ["sale"]);
}
