//! Where goods are afterwards.

use domain::record::pos::{Line, Transaction};
use domain::text::Text;

use super::masters::Part;
use super::{Cost, Tills, Under, is_back, is_promised};

/// Places that a location holds.
const HELD: [&str; 3] = ["on_hand", "reserved", "damaged"];

/// A step of goods: from, to, and why.
type Step = (&'static str, &'static str, &'static str);

impl Tills {
    /// Moves the goods of a line.
    pub(super) fn move_goods(&mut self, under: &Under<'_>, line: &Line) {
        let Some(home) = self.masters.home(&under.ticket.store) else { return };
        let hands_over = line.kind == "sale" || line.kind == "reserve";
        let elsewhere = line.fulfilment_location.clone().filter(|_| hands_over);
        let location = elsewhere.unwrap_or_else(|| home.books.location.clone());
        // Another subsidiary by whose cost goods are valued, and as of when: that of who sold them then, or keeps them.
        let other = |subsidiary: &Text| *subsidiary != under.home.subsidiary;
        let seller = self.crosses(under, line).map(|books| books.subsidiary).filter(other);
        let seller = seller.zip(line.original.as_ref().map(|sale| sale.business_date));
        let keeper = self.masters.subsidiary_at(&location).cloned().filter(other);
        let keeper = keeper.map(|keeper| (keeper, under.items_on));
        let mut steps = steps(under, line);
        let mut valued = None;
        for (_, _, reason) in &mut steps {
            let (crossing, other) = match *reason {
                "return" | "return_damaged" | "return_vendor" => ("return_intercompany", &seller),
                "sale" => ("sale_intercompany", &keeper),
                _ => continue,
            };
            if let Some(other) = other {
                (*reason, valued) = (crossing, Some(other));
            }
        }
        let day = (under.ticket.store.clone(), under.ticket.business_date);
        let count = i128::from(line.quantity.units()).abs() * under.sign;
        let cost = |part: &Part<'_>| {
            let (subsidiary, on) = valued?;
            self.masters.cost(part.number, &part.item.stock_unit, subsidiary, *on)
        };
        let parts: Vec<(Text, i128, Option<Cost>)> = self
            .masters
            .stocked(&under.ticket.store, line, under.items_on(line))
            .into_iter()
            .map(|part| (part.number.into(), part.quantity * count / part.of_line, cost(&part)))
            .collect();
        for (item, units, cost) in parts {
            for (from, to, reason) in &steps {
                *self.places.entry((location.clone(), item.clone(), from)).or_default() -= units;
                *self.places.entry((location.clone(), item.clone(), to)).or_default() += units;
                let held = |place: &str| if HELD.contains(&place) { units } else { 0 };
                let change = held(to) - held(from);
                let cost = cost.clone().filter(|_| reason.ends_with("_intercompany"));
                let key = (day.clone(), location.clone(), item.clone(), *reason, cost);
                *self.changed.entry(key).or_default() += change;
            }
        }
    }
}

/// What goods of a line do, as one would tell it at the shelf.
fn steps(under: &Under<'_>, line: &Line) -> Vec<Step> {
    let back = is_back(under, line);
    let kept = |ticket: &Transaction| is_promised(ticket, line);
    let was_kept = line.original.as_ref().is_some_and(|link| link.kind == "layaway" || link.kind == "order");
    match line.kind.as_str() {
        _ if kept(under.ticket) && back => vec![("reserved", "on_hand", "release")],
        _ if kept(under.ticket) => vec![("on_hand", "reserved", "reserve")],
        "sale" if was_kept => vec![("reserved", "customer", "sale")],
        "sale" => vec![("on_hand", "customer", "sale")],
        "return" => match line.disposition.as_deref() {
            Some("damaged") => vec![("customer", "damaged", "return_damaged")],
            Some("vendor") => vec![("customer", "damaged", "return_vendor")],
            Some("scrap") => {
                vec![("customer", "damaged", "return_damaged"), ("damaged", "scrapped", "scrap")]
            }
            _ => vec![("customer", "on_hand", "return")],
        },
        "transfer" if back => vec![("on_hand", "in_transit", "transfer")],
        "transfer" => vec![("in_transit", "on_hand", "transfer")],
        "transfer_difference" if back => {
            vec![
                ("count_difference", "on_hand", "transfer_difference"),
                ("on_hand", "in_transit", "transfer"),
            ]
        }
        "transfer_difference" => {
            vec![
                ("in_transit", "on_hand", "transfer"),
                ("on_hand", "count_difference", "transfer_difference"),
            ]
        }
        "count" if back => vec![("on_hand", "count_difference", "count")],
        "count" => vec![("count_difference", "on_hand", "count")],
        _ => Vec::new(),
    }
}
