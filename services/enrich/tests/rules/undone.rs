//! A ticket is voided once, and only where it is booked.

use domain::dedupe::{Life, place};
use domain::record::command::{Command, Coordinates, QuarantineDecision};
use domain::record::pos::{Link, Transaction};
use domain::record::sales::SalesEvent;
use testkit::{amount, date, quantity, ticket};

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
        assert!(why(&of_control).contains("sold nothing"), "{kind}: {}", why(&of_control));
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
