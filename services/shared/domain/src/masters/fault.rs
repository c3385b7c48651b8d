//! For what a record of the item master cannot be used.

use crate::number::Quantity;
use crate::record::reference;

use super::items::{ItemKind, KEY_MAX};
use super::kit;

/// Everything for which a record cannot be used.
pub(super) fn faults(key: &str, record: &reference::Item) -> Vec<String> {
    let mut wrong = Vec::new();
    if record.item != key {
        wrong.push(format!("the record is of item `{}`, not of its key", record.item));
    }
    let keys = record.barcodes.iter().chain([&record.item]);
    for text in keys.filter(|text| text.is_empty() || text.len() > KEY_MAX) {
        wrong.push(format!("`{text}` is no item number or barcode: it has 1 to {KEY_MAX} bytes"));
    }
    if record.versions.is_empty() {
        wrong.push("the item has no version, so it is known on no business date".to_owned());
    }
    for version in &record.versions {
        let from = version.effective_from;
        if ItemKind::of(&version.kind).is_none() {
            wrong.push(format!("the version of {from} is of kind `{}`, which is not known", version.kind));
        }
        for (field, text) in [("department", &version.department), ("stock_unit", &version.stock_unit)] {
            if text.is_empty() {
                wrong.push(format!("the version of {from} has no {field}"));
            }
            if text.len() > KEY_MAX {
                wrong.push(format!("the {field} of the version of {from} has more than {KEY_MAX} bytes"));
            }
        }
        if version.netsuite_id.as_ref().is_some_and(|id| id.len() > KEY_MAX) {
            wrong.push(format!("the netsuite_id of the version of {from} has more than {KEY_MAX} bytes"));
        }
        if version.units_per_sale <= Quantity::ZERO {
            wrong.push(format!(
                "units_per_sale {} of the version of {from} is not above zero",
                version.units_per_sale
            ));
        }
        if let Some(units) = version.sale_units.filter(|units| *units <= 0) {
            wrong.push(format!("sale_units {units} of the version of {from} is not above zero"));
        }
        kit::faults(key, version, &mut wrong);
    }
    wrong
}
