//! What a kit is made of, as the item master says.

use std::collections::BTreeSet;

use crate::number::{Amount, Quantity};
use crate::record::reference::{self, ItemVersion};
use crate::text::Text;

use super::items::KEY_MAX;

/// The kind of a kit.
pub(super) const KIT: &str = "kit";

/// Components of one kit.
const COMPONENTS_MAX: usize = 100;

/// One of the items that a kit is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    item: Text,
    quantity: Quantity,
    value: Amount,
}

impl Component {
    pub(super) fn of(record: &reference::Component) -> Self {
        let reference::Component { item, quantity, value } = record;
        Self { item: Text::new(item), quantity: *quantity, value: *value }
    }

    /// Its item number.
    #[must_use]
    pub fn item(&self) -> &str {
        self.item.as_str()
    }

    /// How much of it one kit takes, in its own stock unit; above zero.
    #[must_use]
    pub fn quantity(&self) -> Quantity {
        self.quantity
    }

    /// What this much of it sells for by itself: not negative, and not 0 for all.
    #[must_use]
    pub fn value(&self) -> Amount {
        self.value
    }
}

/// Everything for which a kit cannot be taken apart.
pub(super) fn faults(key: &str, version: &ItemVersion, wrong: &mut Vec<String>) {
    let ItemVersion { effective_from: from, kind, components, .. } = version;
    let is_kit = kind == KIT;
    if is_kit && !(1..=COMPONENTS_MAX).contains(&components.len()) {
        let count = components.len();
        wrong.push(format!(
            "the version of {from} is a kit of {count} components; name 1 to {COMPONENTS_MAX} items it is made of"
        ));
        return;
    }
    if !is_kit && !components.is_empty() {
        wrong.push(format!("the version of {from} has components, but its kind `{kind}` is no kit"));
        return;
    }
    let mut seen = BTreeSet::new();
    for reference::Component { item, quantity, value } in components {
        let mut refuse = |why: &str| {
            wrong.push(format!("the component `{item}` of the version of {from} {why}"));
        };
        if item.is_empty() || item.len() > KEY_MAX {
            refuse(&format!("is no item number: it has 1 to {KEY_MAX} bytes"));
        }
        if item == key {
            refuse("is the kit itself");
        }
        if !seen.insert(item) {
            refuse("is named twice; name it once with all of its quantity");
        }
        if *quantity <= Quantity::ZERO {
            refuse(&format!("has a quantity of {quantity}, which is not above zero"));
        }
        if value.is_negative() {
            refuse(&format!("has a value of {value}, below zero"));
        }
    }
    if is_kit && components.iter().all(|component| component.value.is_zero()) {
        wrong.push(format!(
            "no component of the version of {from} has a value, so the price of the kit cannot be shared out; say \
             what each sells for by itself"
        ));
    }
}
