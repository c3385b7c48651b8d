//! Which lines wait in suspense for their item, and the commands that book them out.

use std::collections::{BTreeMap, BTreeSet};

use domain::number::Amount;
use domain::record::command::Resolve;
use domain::record::reference::Item;
use domain::record::sales::{SalesEvent, TicketId};
use runtime::follow::From;

use super::{EVERY_STORE, Issuer, Order, every_partition};
use crate::cluster::{Cluster, Error, Received};

/// The account role of lines that wait.
pub const SUSPENSE: &str = "suspense";

/// The lines that wait for one item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub lines: u64,
    /// How much they hold, at shelf prices; of all currencies together.
    pub amount: Amount,
}

/// Which lines wait, as their events come in.
#[derive(Debug, Default)]
pub struct Lines(BTreeMap<String, (Option<String>, Amount)>);

/// Reads which items lines wait for from `sales.enriched`; under `None` those that name a barcode only.
///
/// # Errors
/// [`Error`] when the topic cannot be read.
pub fn waiting(cluster: &Cluster) -> Result<BTreeMap<Option<String>, Waiting>, Error> {
    let mut lines = Lines::default();
    cluster.scan::<SalesEvent>(&[], From::Start)?.to_end(|received| {
        if let Some(event) = &received.record {
            lines.apply(event);
        }
    })?;
    Ok(lines.by_item())
}

/// Reads which of some items the item master knows, and up to which offset it must be read for all that it says of
/// them: a kit is explained by later records, too.
///
/// # Errors
/// [`Error`] when the topic cannot be read.
pub fn known(cluster: &Cluster, items: &BTreeSet<String>) -> Result<BTreeMap<String, i64>, Error> {
    let (mut known, mut last) = (BTreeMap::new(), 0);
    cluster.scan::<Item>(&[], From::Start)?.or_none().to_end(|received| {
        last = received.offset.max(last);
        learn(&mut known, items, received);
    })?;
    known.values_mut().for_each(|offset| *offset = last);
    Ok(known)
}

/// Takes in one record of the item master: where it knows one of some items.
pub fn learn(known: &mut BTreeMap<String, i64>, items: &BTreeSet<String>, received: Received<Item>) {
    if !items.contains(&received.key) {
        return;
    }
    match received.record {
        Some(_) => known.insert(received.key, received.offset),
        None => known.remove(&received.key),
    };
}

/// The commands that book the lines of items out of suspense, in every store.
///
/// # Errors
/// [`Error`] when the cluster does not answer.
pub fn resolve(
    cluster: &Cluster,
    issuer: &mut Issuer,
    known: &BTreeMap<String, i64>,
) -> Result<Vec<Order>, Error> {
    let partitions = every_partition(cluster)?;
    let order = |(item, offset): (&String, &i64)| {
        let mut command = issuer.command("resolve", EVERY_STORE);
        command.resolve = Some(Resolve { item: item.clone(), items_offset: *offset });
        Order { command, partitions: partitions.clone() }
    };
    Ok(known.iter().map(order).collect())
}

impl Lines {
    /// Takes in one event.
    pub fn apply(&mut self, event: &SalesEvent) {
        if let Some(sale) = &event.sale {
            for line in sale.lines.iter().filter(|line| line.role == SUSPENSE) {
                let key = key(&event.store, &sale.ticket, line.line);
                self.0.insert(key, (line.item.as_deref().map(str::to_owned), line.amount));
            }
        }
        if let Some(moved) = &event.reclassification {
            self.0.remove(&key(&event.store, &moved.ticket, moved.line));
        }
    }

    /// What waits, by item; under `None` what names a barcode only.
    #[must_use]
    pub fn by_item(self) -> BTreeMap<Option<String>, Waiting> {
        let mut items: BTreeMap<Option<String>, Waiting> = BTreeMap::new();
        for (item, amount) in self.0.into_values() {
            let waiting = items.entry(item).or_default();
            waiting.lines += 1;
            // A sum for the eye: it stays at what an amount holds.
            waiting.amount = waiting.amount.checked_add(amount).unwrap_or(waiting.amount);
        }
        items
    }
}

fn key(store: &str, ticket: &TicketId, line: i32) -> String {
    format!("{store}/{}/{}/{}/{line}", ticket.register, ticket.epoch, ticket.sequence)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use domain::record::sales::{Reclassification, Sale, SaleLine};

    use super::*;

    #[test]
    fn a_line_waits_until_it_is_reclassified() {
        let line = |line, role: &str, item: Option<&str>, amount: &str| SaleLine {
            line,
            role: role.into(),
            item: item.map(Into::into),
            amount: amount.parse().unwrap(),
            ..SaleLine::default()
        };
        let sale = Sale {
            lines: vec![
                line(1, "sales", Some("milk"), "1.00"),
                line(2, "suspense", Some("new"), "2.00"),
                line(3, "suspense", Some("new"), "3.50"),
                line(4, "suspense", Some("newer"), "0.00"),
                line(5, "suspense", None, "9.00"),
            ],
            ..Sale::default()
        };
        let moved = Reclassification { line: 3, ..Reclassification::default() };
        let event = || SalesEvent { store: "367".into(), ..SalesEvent::default() };
        let mut lines = Lines::default();
        lines.apply(&SalesEvent { sale: Some(sale), ..event() });
        lines.apply(&SalesEvent { reclassification: Some(moved), ..event() });
        let shown: Vec<_> = lines
            .by_item()
            .into_iter()
            .map(|(item, waiting)| (item, waiting.lines, waiting.amount.to_string()))
            .collect();
        let expected = [(None, "9.00"), (Some("new"), "2.00"), (Some("newer"), "0.00")];
        let expected = expected.map(|(item, amount)| (item.map(str::to_owned), 1, amount.to_owned()));
        assert_eq!(shown, expected);
    }
}
