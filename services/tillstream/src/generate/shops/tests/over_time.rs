//! That lines come back in parts, that items change between the sale and that, and that deposits are applied once.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::Date;
use domain::record::pos::{Line, Transaction};
use domain::record::reference::ItemVersion;

use super::super::{Place, Retailer, Shops, What, currency};
use super::{both, is_deposit, linked, rare_tickets, records};

/// Where the ticket stands that sold what a line brings back, and on which line.
fn sold_at(shops: &Shops, line: &Line) -> Option<(Place, i32)> {
    let link = line.original.as_deref().filter(|link| link.kind == "return_of")?;
    Some((linked(shops, link), link.line.unwrap()))
}

#[test]
fn a_line_comes_back_in_parts_and_rarely_more_of_it_than_was_sold() {
    let goods = |line: &Line| {
        let off: i64 = line.discounts.iter().map(|discount| discount.amount.units()).sum();
        (line.quantity.units(), line.amount.units() - off)
    };
    for shops in both() {
        let mut back: BTreeMap<_, (i64, (i64, i64))> = BTreeMap::new();
        for record in rare_tickets(&shops).iter().filter(|record| record.kind == "return") {
            for (line, sold) in record.lines.iter().filter_map(|line| Some((line, sold_at(&shops, line)?))) {
                let (claims, sum) = back.entry(sold).or_default();
                let (quantity, price) = goods(line);
                (*claims, *sum) = (*claims + 1, (sum.0 - quantity, sum.1 - price));
            }
        }
        let mut found = BTreeMap::new();
        for ((place, line), (claims, (quantity, price))) in &back {
            let sold = currency::in_its_coins(shops.sale(*place));
            let sold = goods(sold.lines.iter().find(|sold| sold.line == *line).unwrap());
            *found.entry((*claims, quantity.cmp(&sold.0), price.cmp(&sold.1))).or_insert(0) += 1;
        }
        let kinds: Vec<_> = found.keys().copied().collect();
        let too_much = [(1, Less, Equal), (1, Greater, Greater), (2, Greater, Greater)];
        let expected =
            [(1, Less, Less), too_much[0], (1, Equal, Equal), too_much[1], (2, Equal, Equal), too_much[2]];
        assert_eq!(kinds, expected, "{found:?}");
        assert!(too_much.iter().map(|kind| found[kind]).sum::<usize>() * 20 < back.len(), "{found:?}");
    }
}

#[test]
fn items_and_the_kit_change_while_they_are_sold_and_come_back() {
    for shops in both() {
        let changed: Vec<_> = shops.item_master().filter(|item| item.versions.len() > 1).collect();
        assert_eq!(changed.len(), if shops.retailer == Retailer::Several { 3 } else { 2 });
        let (records, rare) = (records(&shops), rare_tickets(&shops));
        let sold_on = |item: &str| -> BTreeSet<Date> {
            let of = |record: &&Transaction| {
                record.kind == "sale" && record.lines.iter().any(|line| line.item.as_deref() == Some(item))
            };
            records.iter().filter(of).map(|record| record.business_date).collect()
        };
        for item in changed {
            let [first, second] = &item.versions[..] else { panic!("{item:?}") };
            assert_eq!((second.effective_from, second.revision), (shops.first.plus_days(1), 2));
            let parts = |version: &ItemVersion| {
                (version.department.clone(), version.units_per_sale, version.components.clone())
            };
            assert_ne!(parts(first), parts(second));
            assert_eq!(sold_on(&item.item).len(), 3, "{}", item.item);
            let across = |line: &Line| {
                let date = line.original.as_deref().map(|link| link.business_date);
                line.item.as_deref() == Some(&item.item) && line.kind == "return" && date == Some(shops.first)
            };
            assert!(rare.iter().flat_map(|record| &record.lines).any(across), "{}", item.item);
        }
    }
}

/// The deposits a ticket takes less those it applies or gives back, in smallest units.
fn deposits(ticket: &Transaction) -> i64 {
    let taken = ticket.lines.iter().filter(|line| is_deposit(line)).map(|line| line.amount.units());
    let applied = ticket.tenders.iter().filter(|tender| {
        let program = tender.stored_value.as_ref().map(|value| value.program.as_str());
        tender.kind == "account" && matches!(program, Some("layaway" | "deposit"))
    });
    taken.sum::<i64>() - applied.map(|tender| tender.amount.units()).sum::<i64>()
}

#[test]
fn deposits_are_applied_as_far_as_they_were_paid_and_not_voided() {
    let (mut kept, mut voided) = (0, 0);
    for shops in both() {
        let places = (0..shops.stores()).flat_map(|store| (0..3_000).map(move |number| (store, number)));
        for (store, number) in places {
            let [first, second, third] =
                [0, 1, 2].map(|later| Place { store, date: shops.first.plus_days(later), number });
            if shops.what(second) != What::Paid(first) {
                continue;
            }
            assert!(matches!(shops.what(third), What::Kept { promise, .. } if promise == first));
            let is_voided = shops.what(second.later(1)) == What::Void(second);
            let void = is_voided.then(|| second.later(1));
            let sum =
                [first, second, third].into_iter().chain(void).map(|place| deposits(&shops.in_cents(place)));
            assert_eq!(sum.sum::<i64>(), 0, "{first:?}");
            (kept, voided) = (kept + 1, voided + u32::from(is_voided));
        }
    }
    assert!(kept > 100 && voided > 0, "{voided} of {kept}");
}
