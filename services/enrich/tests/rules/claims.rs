//! What comes back is counted against the line that sold it, where it was sold, and never refused.

use domain::record::command::{Claim, ClaimedItem, Command, Coordinates, QuarantineDecision};
use domain::record::pos::{Line, Link, Transaction};
use domain::record::reference::Item;
use domain::record::sales::{SalesEvent, TicketId, TicketLine};
use testkit::{amount, date, master, quantity, ticket as build};

use crate::shop::{Changelog, Shop, command, kinds, restored, write_changes};

const DAY: i64 = 24;

fn link(kind: &str, store: &str, number: i64, line: Option<i32>) -> Link {
    Link {
        kind: kind.into(),
        store: store.into(),
        register: "1".into(),
        business_date: date("2026-03-14"),
        sequence: number,
        line,
        ..Link::default()
    }
}

/// Store, number: what comes back of lines of a ticket, each with its quantity and amount.
fn back(store: &str, number: i64, of: (&str, i64), lines: &[(i32, &str, &str)]) -> Transaction {
    let mut back = build::control(store, number, "return");
    for (number, (original, pieces, price)) in (1..).zip(lines) {
        let price = format!("-{price}");
        back.lines.push(Line {
            kind: "return".into(),
            quantity: quantity(pieces).negated(),
            original: Some(link("return_of", of.0, of.1, Some(*original)).into()),
            ..build::line(number, "milk", &price)
        });
        back.tenders.push(build::cash(&price));
    }
    back
}

/// One piece of line 1 comes back, whatever it cost.
pub(crate) fn returned(store: &str, number: i64, seller: &str, of: i64) -> Transaction {
    back(store, number, (seller, of), &[(1, "1", "3.50")])
}

/// A sale of lines, each with its quantity and price, and a discount.
fn sold(number: i64, lines: &[(&str, &str, &str)]) -> Transaction {
    let mut sold = build::control("101", number, "sale");
    for (number, (pieces, price, off)) in (1..).zip(lines) {
        let mut line = build::line(number, "milk", price);
        line.quantity = quantity(pieces);
        line.discounts = vec![build::promotion(off)];
        let paid = amount(price).checked_sub(amount(off)).unwrap();
        sold.lines.push(line);
        sold.tenders.push(build::cash(&paid.to_string()));
    }
    sold
}

/// The post-void of a ticket of the same store.
fn void(number: i64, of: &Transaction) -> Transaction {
    let mut void = Transaction { sequence: number, kind: "post_void".into(), ..of.clone() };
    void.links = vec![link("void_of", &of.store, of.sequence, None)];
    for line in &mut void.lines {
        (line.quantity, line.amount) = (line.quantity.negated(), line.amount.negated());
        line.discounts.iter_mut().for_each(|discount| discount.amount = discount.amount.negated());
    }
    void.tenders.iter_mut().for_each(|tender| tender.amount = tender.amount.negated());
    void
}

/// A ticket of lines, each with a number of its own, that is paid in cash.
fn paid(store: &str, number: i64, kind: &str, lines: &[Line]) -> Transaction {
    let mut paid = build::control(store, number, kind);
    for (number, line) in (1..).zip(lines) {
        paid.lines.push(Line { line: number, ..line.clone() });
        paid.tenders.push(build::cash(&line.amount.to_string()));
    }
    paid
}

/// So many of an item, sold.
fn goods(item: &str, pieces: &str, price: &str) -> Line {
    Line { quantity: quantity(pieces), ..build::line(1, item, price) }
}

/// So many of an item that come back of a line of ticket 1 of store 101.
fn of(line: i32, item: &str, pieces: &str, price: &str) -> Line {
    let sold = goods(item, &format!("-{pieces}"), &format!("-{price}"));
    Line { kind: "return".into(), original: Some(link("return_of", "101", 1, Some(line)).into()), ..sold }
}

/// A line of another kind than goods, of no item.
fn other(kind: &str, line: Line) -> Line {
    Line { kind: kind.into(), item: None, ..line }
}

/// In the unit that stock is counted in.
fn each(line: Line) -> Line {
    Line { unit: Some("EA".into()), ..line }
}

/// Eggs by the piece, in packs of six or as a twelfth of a flat, each with a number of its own, and a basket of two of
/// milk and one egg, which are two thirds and one of what it costs.
fn items() -> [Item; 4] {
    let mut pack = master::item("pack", "10");
    pack.versions[0].units_per_sale = quantity("6");
    let mut flat = master::item("flat", "10");
    flat.versions[0].sale_units = Some(12);
    [
        master::item("egg", "10"),
        pack,
        flat,
        master::kit("basket", &[("milk", "2", "2.00"), ("egg", "1", "1.00")]),
    ]
}

/// What happens to a chain whose stores stand in one partition.
#[derive(Clone)]
enum Step {
    Ticket(Transaction),
    /// A ticket that closes its bucket.
    Closes(Transaction),
    /// An item becomes known.
    Item(Item),
    Days(i64),
    /// Books what was quarantined first.
    Release(Transaction),
}

/// What claims came to, in words: outcome, what is claimed so far, of how much, and what of it is too much.
fn told(events: &[SalesEvent]) -> Vec<String> {
    let claims = events.iter().filter_map(|event| event.claim.as_ref());
    claims
        .map(|claim| {
            let Claimed { sold, so_far, excess } = Claimed::of(claim);
            let earlier = if claim.returned.is_none() { " earlier" } else { "" };
            let item = claim.component.as_ref().map(|item| format!(" {item}")).unwrap_or_default();
            format!(
                "line {}{item}{earlier} {}: {so_far} of {sold}{excess}",
                claim.original.line, claim.outcome
            )
        })
        .collect()
}

struct Claimed {
    sold: String,
    so_far: String,
    excess: String,
}

impl Claimed {
    fn of(claim: &domain::record::sales::Claim) -> Self {
        let sold = match (claim.sold_quantity, claim.sold_amount) {
            (Some(quantity), Some(amount)) => format!("{quantity}/{amount}"),
            _ => "?".to_owned(),
        };
        let excess = match (claim.excess_quantity, claim.excess_amount) {
            (quantity, amount) if quantity.is_zero() && amount.is_zero() => String::new(),
            (quantity, amount) => format!(", {quantity}/{amount} too much"),
        };
        Self { sold, so_far: format!("{}/{}", claim.claimed_quantity, claim.claimed_amount), excess }
    }
}

/// Takes the steps, each claim delivered right behind its ticket; with restarts before each.
fn happens(steps: &[Step], restarts: bool) -> Vec<String> {
    let mut shop = Shop::open();
    let mut changelog = Changelog::new();
    let mut all = Vec::new();
    for step in steps {
        let restart = |shop: &mut Shop, changelog: &mut Changelog| {
            let state = &mut shop.sequencer.state;
            if restarts {
                write_changes(state, changelog);
                *state = restored(changelog);
            } else {
                state.commit();
            }
            let bytes: usize = state.blocks.iter().map(|(_, block)| block.sold.size()).sum();
            assert_eq!(state.sold_bytes(), bytes, "the gauge is what the blocks hold");
        };
        restart(&mut shop, &mut changelog);
        let (events, claims) = match step {
            Step::Ticket(ticket) => shop.offer_with_claims(ticket.clone()),
            Step::Closes(ticket) => {
                let events = shop.offer(ticket.clone());
                assert_eq!(kinds(&events), ["sale", "close"]);
                (events, Vec::new())
            }
            Step::Item(item) => {
                shop.learn_of(item.clone());
                (Vec::new(), Vec::new())
            }
            Step::Days(days) => (shop.tick(days * DAY), Vec::new()),
            Step::Release(ticket) => {
                let record = Coordinates { topic: "pos.transactions".into(), partition: 0, offset: 1 };
                let decision = QuarantineDecision { record, ..QuarantineDecision::default() };
                let release =
                    Command { quarantine: Some(decision), ..command("a", "quarantine_release", "101") };
                (shop.command(&release, Some(ticket.clone())), Vec::new())
            }
        };
        all.extend(told(&events));
        for claim in claims {
            restart(&mut shop, &mut changelog);
            let events = shop.command(&claim, None);
            let of_kit = claim.claim.as_ref().unwrap().stock.len();
            assert!(kinds(&events).iter().all(|kind| *kind == "claim") && events.len() <= of_kit.max(1));
            all.extend(told(&events));
        }
    }
    all
}

#[test]
fn what_comes_back_is_counted_against_the_line_sold() {
    use Step::{Days, Release, Ticket};
    let bundle = sold(1, &[("3", "15.00", "5.00"), ("1", "5.49", "0.00")]);
    let one = |number, price| Ticket(back("101", number, ("101", 1), &[(1, "1", price)]));
    let returned_elsewhere = back("102", 7, ("101", 1), &[(2, "1", "5.49")]);
    let mut of_long_ago = returned_elsewhere.clone();
    of_long_ago.lines[0].original.as_mut().unwrap().business_date = date("2025-10-01");
    let mut unbalanced = bundle.clone();
    unbalanced.tenders.pop();
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<Step>, &[&str])> = vec![
        ("a part of a bundle at its part of the price, and the last one the rest",
         vec![Ticket(bundle.clone()), one(2, "3.33"), one(3, "3.34"), one(4, "3.33")],
         &["line 1 counted: 1.00/3.33 of 3.00/10.00", "line 1 counted: 2.00/6.67 of 3.00/10.00",
           "line 1 counted: 3.00/10.00 of 3.00/10.00"]),
        ("a cent more than its part, which the next piece makes good",
         vec![Ticket(bundle.clone()), one(2, "3.34"), one(3, "3.33")],
         &["line 1 exceeded: 1.00/3.34 of 3.00/10.00, 0.00/0.01 too much", "line 1 counted: 2.00/6.67 of 3.00/10.00"]),
        ("at the price without the discount",
         vec![Ticket(bundle.clone()), one(2, "5.00")],
         &["line 1 exceeded: 1.00/5.00 of 3.00/10.00, 0.00/1.67 too much"]),
        ("more than was sold, at two stores",
         vec![Ticket(bundle.clone()), Ticket(returned_elsewhere.clone()),
              Ticket(back("101", 2, ("101", 1), &[(2, "1", "5.49"), (1, "3", "10.00")]))],
         &["line 2 counted: 1.00/5.49 of 1.00/5.49",
           "line 2 exceeded: 2.00/10.98 of 1.00/5.49, 1.00/5.49 too much",
           "line 1 counted: 3.00/10.00 of 3.00/10.00"]),
        ("more than was sold, two of one: its journal and moves stand among the returns of domain",
         vec![Ticket(bundle.clone()), Ticket(back("101", 2, ("101", 1), &[(2, "2", "10.98")]))],
         &["line 2 exceeded: 2.00/10.98 of 1.00/5.49, 1.00/5.49 too much"]),
        ("of a line that is not on the ticket, and of a ticket that sold nothing",
         vec![Ticket(bundle.clone()), Ticket(build::control("101", 9, "no_sale")),
              Ticket(back("101", 2, ("101", 1), &[(3, "1", "1.00")])),
              Ticket(back("101", 3, ("101", 9), &[(1, "1", "1.00")]))],
         &["line 3 exceeded: 1.00/1.00 of 0.00/0.00, 1.00/1.00 too much",
           "line 1 exceeded: 1.00/1.00 of 0.00/0.00, 1.00/1.00 too much"]),
        ("a return that is voided, and the goods again",
         vec![Ticket(bundle.clone()), Ticket(returned_elsewhere.clone()), Ticket(void(8, &returned_elsewhere)),
              Ticket(back("101", 2, ("101", 1), &[(2, "1", "5.49")]))],
         &["line 2 counted: 1.00/5.49 of 1.00/5.49", "line 2 counted: 0.00/0.00 of 1.00/5.49",
           "line 2 counted: 1.00/5.49 of 1.00/5.49"]),
        ("of a sale that was voided before",
         vec![Ticket(bundle.clone()), Ticket(void(5, &bundle)), Ticket(returned_elsewhere.clone())],
         &["line 2 exceeded: 1.00/5.49 of 0.00/0.00, 1.00/5.49 too much"]),
        ("of a sale that is voided afterwards",
         vec![Ticket(bundle.clone()), Ticket(returned_elsewhere.clone()), Ticket(void(5, &bundle))],
         &["line 2 counted: 1.00/5.49 of 1.00/5.49",
           "line 2 earlier exceeded: 1.00/5.49 of 0.00/0.00, 1.00/5.49 too much"]),
        ("of a sale that comes later, as a store was offline",
         vec![Ticket(returned_elsewhere.clone()), one(2, "4.00"), Ticket(bundle.clone()), one(3, "3.00")],
         &["line 2 unknown: 1.00/5.49 of ?", "line 1 unknown: 1.00/4.00 of ?",
           "line 1 earlier exceeded: 1.00/4.00 of 3.00/10.00, 0.00/0.67 too much",
           "line 2 earlier counted: 1.00/5.49 of 1.00/5.49",
           "line 1 exceeded: 2.00/7.00 of 3.00/10.00, 0.00/0.33 too much"]),
        ("of a sale that lies in quarantine and is released",
         vec![Ticket(unbalanced), Ticket(returned_elsewhere.clone()), Release(bundle.clone())],
         &["line 2 unknown: 1.00/5.49 of ?", "line 2 earlier counted: 1.00/5.49 of 1.00/5.49"]),
        ("up to the last day and not beyond",
         vec![Ticket(bundle.clone()), Days(14), Ticket(back("102", 2, ("101", 1), &[(1, "1", "3.33")])), Days(15),
              Ticket(returned_elsewhere.clone())],
         &["line 1 counted: 1.00/3.33 of 3.00/10.00", "line 2 forgotten: 1.00/5.49 of ?"]),
        ("after the original was aggregated: an end of day closed its bucket",
         vec![Ticket(bundle.clone()), Step::Closes(build::end_of_day("101", 9)), one(2, "3.33")],
         &["line 1 counted: 1.00/3.33 of 3.00/10.00"]),
        ("the price alone is adjusted, and the goods come back for the rest",
         vec![Ticket(bundle.clone()), Ticket(back("101", 2, ("101", 1), &[(2, "0", "2.00")])),
              Ticket(back("101", 3, ("101", 1), &[(2, "1", "3.49")]))],
         &["line 2 counted: 0.00/2.00 of 1.00/5.49", "line 2 counted: 1.00/5.49 of 1.00/5.49"]),
        ("of a date that nobody remembers",
         vec![Ticket(of_long_ago)],
         &["line 2 forgotten: 1.00/5.49 of ?"]),
        ("of a sale that comes when its claim is forgotten",
         vec![Ticket(returned_elsewhere.clone()), Days(15), Ticket(bundle.clone()), one(2, "3.33")],
         &["line 2 unknown: 1.00/5.49 of ?", "line 1 counted: 1.00/3.33 of 3.00/10.00"]),
    ];
    for (name, steps, expected) in cases {
        assert_eq!(happens(&steps, false), expected, "{name}");
        assert_eq!(happens(&steps, true), expected, "{name}, with restarts");
    }
}

/// Of a kit by component, of other goods in stock units, whatever they are sold and given back in.
#[test]
fn what_comes_back_is_counted_by_item_in_its_stock_unit() {
    use Step::{Item, Ticket};
    let sold = |lines: &[Line]| Ticket(paid("101", 1, "sale", lines));
    let back = |number, lines: &[Line]| Ticket(paid("102", number, "return", lines));
    let baskets = sold(&[goods("basket", "2", "18.00")]);
    let sold_baskets = paid("101", 1, "sale", &[goods("basket", "2", "18.00")]);
    let basket_back = paid("102", 2, "return", &[of(1, "basket", "1", "9.00")]);
    let mut late = master::item("late", "10");
    late.versions[0].units_per_sale = quantity("6");
    let late_kit = master::kit("late-kit", &[("late", "1", "1.00"), ("egg", "3", "2.00")]);
    #[rustfmt::skip]
    let cases: Vec<(&str, Vec<Step>, &[&str])> = vec![
        ("a basket of two, whole, and again, and once more",
         vec![baskets.clone(), back(2, &[of(1, "basket", "1", "9.00")]), back(3, &[of(1, "basket", "1", "9.00")]),
              back(4, &[of(1, "basket", "1", "9.00")])],
         &["line 1 egg counted: 1.00/3.00 of 2.00/6.00", "line 1 milk counted: 2.00/6.00 of 4.00/12.00",
           "line 1 egg counted: 2.00/6.00 of 2.00/6.00", "line 1 milk counted: 4.00/12.00 of 4.00/12.00",
           "line 1 egg exceeded: 3.00/9.00 of 2.00/6.00, 1.00/3.00 too much",
           "line 1 milk exceeded: 6.00/18.00 of 4.00/12.00, 2.00/6.00 too much"]),
        ("a basket as what it is made of, and then a piece of it",
         vec![baskets.clone(), back(2, &[of(1, "milk", "2", "6.00"), of(1, "egg", "1", "3.00")]),
              back(3, &[of(1, "egg", "2", "6.00")])],
         &["line 1 milk counted: 2.00/6.00 of 4.00/12.00", "line 1 egg counted: 1.00/3.00 of 2.00/6.00",
           "line 1 egg exceeded: 3.00/9.00 of 2.00/6.00, 1.00/3.00 too much"]),
        ("a piece at the price of a basket, and what is in no basket",
         vec![baskets.clone(), back(2, &[of(1, "egg", "1", "9.00")]), back(3, &[of(1, "pack", "1", "1.00")])],
         &["line 1 egg exceeded: 1.00/9.00 of 2.00/6.00, 0.00/6.00 too much",
           "line 1 pack exceeded: 6.00/1.00 of 0.00/0.00, 6.00/1.00 too much"]),
        ("of a basket that is voided, and of one whose return is",
         vec![baskets.clone(), Ticket(basket_back.clone()), Ticket(void(5, &sold_baskets)),
              Ticket(void(6, &basket_back))],
         &["line 1 egg counted: 1.00/3.00 of 2.00/6.00", "line 1 milk counted: 2.00/6.00 of 4.00/12.00",
           "line 1 egg earlier exceeded: 1.00/3.00 of 0.00/0.00, 1.00/3.00 too much",
           "line 1 milk earlier exceeded: 2.00/6.00 of 0.00/0.00, 2.00/6.00 too much",
           "line 1 egg counted: 0.00/0.00 of 0.00/0.00", "line 1 milk counted: 0.00/0.00 of 0.00/0.00"]),
        ("of a basket that comes later",
         vec![back(2, &[of(1, "basket", "1", "9.00")]), back(3, &[of(1, "milk", "3", "9.00")]), baskets],
         &["line 1 unknown: 1.00/9.00 of ?", "line 1 unknown: 4.00/18.00 of ?",
           "line 1 egg earlier counted: 1.00/3.00 of 2.00/6.00",
           "line 1 milk earlier exceeded: 5.00/15.00 of 4.00/12.00, 1.00/3.00 too much"]),
        ("a pack by the piece, and then the pack",
         vec![sold(&[goods("pack", "1", "12.00")]), back(2, &[each(of(1, "pack", "2", "4.00"))]),
              back(3, &[of(1, "pack", "1", "8.00")])],
         &["line 1 counted: 2.00/4.00 of 6.00/12.00",
           "line 1 exceeded: 8.00/12.00 of 6.00/12.00, 2.00/0.00 too much"]),
        ("pieces as packs, also before they are sold",
         vec![back(2, &[of(1, "pack", "1", "12.00")]), sold(&[each(goods("pack", "12", "24.00"))]),
              back(3, &[of(1, "pack", "1", "12.00")])],
         &["line 1 unknown: 1.00/12.00 of ?", "line 1 earlier counted: 6.00/12.00 of 12.00/24.00",
           "line 1 counted: 12.00/24.00 of 12.00/24.00"]),
        ("pieces of a flat, of which one is no number of flats, and more than a piece costs",
         vec![sold(&[goods("flat", "6", "6.00"), goods("flat", "12", "12.00")]),
              back(2, &[of(1, "flat", "1", "1.00"), of(2, "flat", "1", "12.00")]),
              back(3, &[of(1, "flat", "6", "6.00")])],
         &["line 1 counted: 1.00/1.00 of 6.00/6.00",
           "line 2 exceeded: 1.00/12.00 of 12.00/12.00, 0.00/11.00 too much",
           "line 1 exceeded: 7.00/7.00 of 6.00/6.00, 1.00/1.00 too much"]),
        ("what nobody knew when it was sold, in the unit of its line",
         vec![sold(&[goods("late", "2", "24.00"), goods("late-kit", "1", "9.00")]), Item(late), Item(late_kit),
              back(2, &[of(1, "late", "2", "24.00"), of(2, "late-kit", "1", "9.00")]),
              back(3, &[of(2, "late-kit", "1", "9.00")])],
         &["line 1 counted: 2.00/24.00 of 2.00/24.00", "line 2 counted: 1.00/9.00 of 1.00/9.00",
           "line 2 exceeded: 2.00/18.00 of 1.00/9.00, 1.00/9.00 too much"]),
        ("what nobody knows at all",
         vec![sold(&[goods("never", "2", "24.00")]), back(2, &[of(1, "never", "1", "12.00")])],
         &["line 1 counted: 1.00/12.00 of 2.00/24.00"]),
        ("fees, work and goods of others, on lines of their own kind",
         vec![sold(&[other("fee", goods("", "1", "4.00")), other("service", goods("", "2", "80.00")),
                     other("commission_sale", goods("", "1", "9.00")), goods("milk", "1", "3.50")]),
              back(2, &[other("fee", of(1, "", "1", "4.00")), other("service", of(2, "", "1", "40.00")),
                        other("commission_sale", of(3, "", "1", "9.00"))]),
              back(3, &[other("commission_sale", of(3, "", "1", "9.00")), other("fee", of(4, "", "1", "3.50"))])],
         &["line 1 counted: 1.00/4.00 of 1.00/4.00", "line 2 counted: 1.00/40.00 of 2.00/80.00",
           "line 3 counted: 1.00/9.00 of 1.00/9.00",
           "line 3 exceeded: 2.00/18.00 of 1.00/9.00, 1.00/9.00 too much",
           "line 4 counted: 1.00/3.50 of 1.00/3.50"]),
    ];
    for (name, steps, expected) in cases {
        let steps: Vec<Step> = items().into_iter().map(Item).chain(steps).collect();
        assert_eq!(happens(&steps, false), expected, "{name}");
        assert_eq!(happens(&steps, true), expected, "{name}, with restarts");
    }
}

#[test]
fn only_what_names_the_line_it_was_sold_on_is_claimed() {
    let named = |change: fn(&mut Transaction)| {
        let mut back = returned("101", 2, "102", 1);
        change(&mut back);
        let (events, claims) = Shop::open().offer_with_claims(back);
        assert_eq!(kinds(&events), ["sale"], "whatever it names, it is booked");
        claims.len()
    };
    let original = |back: &mut Transaction| back.lines[0].original.clone().unwrap();
    assert_eq!(named(|_| {}), 1);
    assert_eq!(named(|back| back.lines[0].original = None), 0, "no receipt");
    assert_eq!(named(|back| back.lines[0].original.as_mut().unwrap().line = None), 0, "no line");
    assert_eq!(named(|back| back.lines[0].original.as_mut().unwrap().register = "1/2".into()), 0);
    assert_eq!(named(|back| back.lines[0].original.as_mut().unwrap().sequence = -1), 0);
    assert_eq!(named(|back| back.training = true), 0);
    assert_eq!(named(|back| (back.kind, back.tenders) = ("cancelled".into(), Vec::new())), 0);

    let mut shop = Shop::open();
    shop.publish_other("102", |store| store.sequence_epochs = "stated".to_owned());
    let mut back = returned("101", 2, "102", 1);
    assert!(shop.offer_with_claims(back.clone()).1.is_empty(), "the store of the receipt states epochs");
    let stated = Link { sequence_epoch: Some(3), ..*original(&mut back) };
    (back.sequence, back.lines[0].original) = (3, Some(stated.into()));
    let (_, claims) = shop.offer_with_claims(back);
    let claim = claims[0].claim.as_ref().unwrap();
    assert_eq!((claims[0].store.as_str(), claim.original.ticket.epoch), ("102", 3));
}

#[test]
fn a_claim_is_counted_once_and_only_where_it_can_be() {
    let mut shop = Shop::open();
    shop.offer(build::sale("101", 1, "3.50"));
    let (_, claims) = shop.offer_with_claims(returned("102", 1, "101", 1));
    let [claim] = &claims[..] else { panic!("{claims:?}") };
    assert_eq!(told(&shop.command(claim, None)), ["line 1 counted: 1.00/3.50 of 1.00/3.50"]);
    let again = Command { id: "another".to_owned(), ..claim.clone() };
    for repeat in [claim, &again] {
        assert_eq!(kinds(&shop.command(repeat, None)), ["command_repeat"]);
    }
    assert_eq!(shop.sequencer.state.commands.iter().count(), 0, "its line remembers it");

    let of = |change: fn(&mut Claim)| {
        let mut changed = claim.clone();
        change(changed.claim.as_mut().unwrap());
        changed
    };
    let refused = [
        ("lacks its claim", Command { claim: None, ..claim.clone() }),
        ("is for another store", Command { store: "102".to_owned(), ..claim.clone() }),
        ("is for another store", Command { store: "*".to_owned(), ..claim.clone() }),
        ("`original` is no line", of(|claim| claim.original.ticket.register = "1/2".into())),
        ("`original` is no line", of(|claim| claim.original.ticket.sequence = -1)),
        ("`original` is no line", of(|claim| claim.original.line = -1)),
        ("`returned` is no line", of(|claim| claim.returned = TicketLine::default())),
        ("`peso` is not an active currency", of(|claim| claim.currency = "peso".into())),
    ];
    for (why, command) in refused {
        let events = shop.command(&command, None);
        assert_eq!(kinds(&events), ["command_refused"], "{why}");
        let reason = &events[0].notice.as_ref().unwrap().reasons[0];
        assert!(reason.contains(why), "{reason}");
    }
    let source = shop.source("pos.commands");
    let offered = enrich::quarantine::Offered { source, key: None, value: None };
    let partitions = (2..).find(|count| domain::partition::of(b"101", *count) != 0).unwrap();
    shop.sequencer.command(&offered, claim, None, partitions, &mut shop.decisions).unwrap();
    let events = shop.events();
    let reason = &events[0].notice.as_ref().unwrap().reasons[0];
    assert!(reason.starts_with("store 101 belongs to partition"), "{reason}");
}

#[test]
fn money_of_another_currency_is_not_compared() {
    let mut shop = Shop::open();
    shop.offer(build::sale("101", 1, "3.50"));
    let (_, claims) = shop.offer_with_claims(returned("102", 1, "101", 1));
    let mut claim = claims[0].clone();
    let counted = claim.claim.as_mut().unwrap();
    (counted.currency, counted.amount) = ("MXN".into(), amount("70.00"));
    counted.stock[0].amount = counted.amount;
    let events = shop.command(&claim, None);
    assert_eq!(told(&events), ["line 1 counted: 1.00/0.00 of 1.00/3.50"]);
    let said = events[0].claim.as_ref().unwrap();
    assert_eq!((said.currency.as_str(), said.amount), ("MXN", amount("70.00")), "what was claimed is said");
}

/// A return names its receipt as the store that sold it numbers, and that of the void of a return is its own.
#[test]
fn a_claim_says_who_makes_it_and_of_what() {
    let mut shop = Shop::open();
    let back = back("102", 4, ("101", 1), &[(2, "2", "7.00")]);
    let (_, claims) = shop.offer_with_claims(back.clone());
    let days = i64::from(date("2026-03-14").days());
    let of = |store: &str, sequence, line| TicketLine {
        store: store.into(),
        ticket: TicketId { register: "1".into(), epoch: days, sequence, business_date: date("2026-03-14") },
        line,
    };
    let expected = Claim {
        returned: of("102", 4, 1),
        original: of("101", 1, 2),
        quantity: quantity("2"),
        amount: amount("7.00"),
        currency: "USD".into(),
        stock: vec![ClaimedItem { item: "milk".into(), quantity: quantity("2"), amount: amount("7.00") }],
    };
    assert_eq!((claims[0].id.as_str(), claims[0].claim.as_ref()), ("claim/102/1/20526/4/1", Some(&expected)));
    let (_, claims) = shop.offer_with_claims(void(5, &back));
    let mut undone =
        Claim { returned: of("102", 5, 1), quantity: quantity("-2"), amount: amount("-7.00"), ..expected };
    (undone.stock[0].quantity, undone.stock[0].amount) = (undone.quantity, undone.amount);
    assert_eq!(claims[0].claim.as_ref(), Some(&undone));
    let again = shop.offer_with_claims(back);
    assert_eq!((kinds(&again.0), again.1.len()), (vec!["repeat"], 0), "a repeat claims nothing");
}
