//! What the demo sees on `sales.enriched`: how many events of each kind, what was booked, and what went through
//! suspense.

use std::collections::BTreeMap;

use domain::record::sales::{SaleLine, SalesEvent};
use domain::text::Text;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::cluster::Received;
use crate::order::suspense;

/// How many lines, and their amount at shelf prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// Number of lines.
    pub count: u64,
    /// Sum of their amounts.
    pub amount: Decimal,
}

impl Lines {
    /// Adds a line.
    pub fn add(&mut self, line: &SaleLine) {
        self.count += 1;
        self.amount = (self.amount + line.amount.decimal()).normalize();
    }
}

/// What was seen on `sales.enriched`.
#[derive(Debug, Default)]
pub struct Events {
    /// Events by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Sales that book something, by store: ends of day and other control records do not.
    booked: BTreeMap<Text, u64>,
    /// Sales that stand at a register or on a day that the store master does not list, by store and flag.
    flagged: BTreeMap<(Text, Text), u64>,
    /// Lines that were booked into suspense.
    pub suspended: Lines,
    /// Lines that were booked out of it.
    pub resolved: Lines,
    /// Offset behind the last event of each partition.
    pub next: BTreeMap<i32, i64>,
}

impl Events {
    /// Takes in one event.
    pub fn take(&mut self, received: Option<Received<SalesEvent>>) {
        let Some(received) = received else { return };
        self.next.insert(received.partition, received.offset + 1);
        if let Some(event) = received.record {
            if let Some(sale) = &event.sale {
                *self.booked.entry(event.store.clone()).or_default() += u64::from(sale.books);
                for flag in &sale.flags {
                    *self.flagged.entry((event.store.clone(), flag.as_str().into())).or_default() += 1;
                }
                let suspended = sale.lines.iter().filter(|line| line.role == suspense::SUSPENSE);
                suspended.for_each(|line| self.suspended.add(line));
            }
            if let Some(moved) = &event.reclassification {
                self.resolved.add(&moved.resolved);
            }
            *self.kinds.entry(event.kind.into()).or_default() += 1;
        }
    }

    /// Transactions whose outcome is known.
    #[must_use]
    pub fn outcomes(&self) -> u64 {
        let kinds = ["sale", "repeat", "quarantined", "unreadable"];
        kinds.iter().filter_map(|kind| self.kinds.get(*kind)).sum()
    }

    /// Sales of a store that book something.
    #[must_use]
    pub fn booked(&self, store: &str) -> u64 {
        self.booked.get(store).copied().unwrap_or(0)
    }

    /// Sales of these stores by what they are flagged for.
    #[must_use]
    pub fn flagged(&self, stores: &[Text]) -> BTreeMap<Text, u64> {
        let mut flagged = BTreeMap::new();
        for ((_, flag), sales) in self.flagged.iter().filter(|((store, _), _)| stores.contains(store)) {
            *flagged.entry(flag.clone()).or_default() += sales;
        }
        flagged
    }
}
