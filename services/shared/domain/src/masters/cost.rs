//! What a stock unit costs in each subsidiary, as the item master says.

use std::collections::BTreeSet;

use crate::currency::Currency;
use crate::identity::is_name;
use crate::record::reference::{ItemCost, ItemVersion};

/// Everything for which the costs of a version of an item cannot be used.
pub(super) fn faults(version: &ItemVersion) -> Vec<String> {
    let mut wrong = Vec::new();
    let from = version.effective_from;
    let mut seen = BTreeSet::new();
    for ItemCost { subsidiary, currency, unit_cost } in &version.costs {
        let mut refuse = |why: &str| {
            wrong.push(format!("the cost of the version of {from} in the subsidiary `{subsidiary}` {why}"));
        };
        if !is_name(subsidiary) {
            refuse("names none: a subsidiary has 1 to 20 of A-Z a-z 0-9 and hyphen");
        }
        if !seen.insert(subsidiary) {
            refuse("is stated twice; state it once");
        }
        if unit_cost.is_negative() {
            refuse(&format!("is {unit_cost}, below zero"));
        }
        if let Err(error) = Currency::parse(currency) {
            refuse(&format!("has no currency: {error}"));
        }
    }
    wrong
}
