//! Barcodes that tills scan: those of goods, and the labels that scales print.
//!
//! A Mexican label holds the weight in grams, that of the chain of several subsidiaries the price in cents and a check
//! digit of it (GS1 General Specifications, 7.9.3).

use super::master::Goods;
use super::{Draw, Retailer, Shops};

impl Shops {
    /// How the labels of the scales are laid out, in the words of the store master.
    pub(super) const fn layout(&self) -> &'static str {
        match self.retailer {
            Retailer::Mexican => "20IIIIIQQQQQC",
            Retailer::Several => "2IIIIIVPPPPC",
        }
    }

    /// The label of an item with its weight or price; with 0 the barcode of the item.
    pub(super) fn label(&self, index: u64, measure: i64) -> String {
        let reference = index + 1;
        let number = match self.retailer {
            Retailer::Mexican => format!("20{reference:05}{measure:05}"),
            Retailer::Several => format!("2{reference:05}{}{measure:04}", price_check_digit(measure)),
        };
        with_check_digit(&number)
    }

    /// What a till scans of goods, now and then padded with zeros.
    pub(super) fn scanned(
        &self,
        goods: &Goods,
        thousandths: i64,
        cents: i64,
        draw: &mut Draw,
    ) -> Option<String> {
        let padded = draw.below(3) == 0;
        let measure = match self.retailer {
            Retailer::Mexican => thousandths,
            Retailer::Several => cents,
        };
        match &goods.barcode {
            Some(_) if goods.weighed => Some(self.label(goods.index, measure)),
            Some(barcode) if padded => Some(format!("{barcode:0>13}")),
            barcode => barcode.clone(),
        }
    }

    /// The barcode of an item, from what was scanned.
    pub(super) fn without_measure(&self, scanned: &str) -> String {
        let reference = match (self.retailer, scanned.len()) {
            (Retailer::Mexican, 13) => scanned.strip_prefix("20").and_then(|rest| rest.get(..5)),
            (Retailer::Several, 12) => scanned.strip_prefix('2').and_then(|rest| rest.get(..5)),
            (Retailer::Mexican | Retailer::Several, _) => None,
        };
        match reference
            .and_then(|reference| reference.parse::<u64>().ok())
            .and_then(|number| number.checked_sub(1))
        {
            Some(index) => self.label(index, 0),
            None => scanned.trim_start_matches('0').to_owned(),
        }
    }
}

/// The number with its check digit behind it: what the digits, every other one times 3, lack to a multiple of 10.
fn with_check_digit(number: &str) -> String {
    let weights = [3, 1].into_iter().cycle();
    let sum: u32 = number
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum();
    format!("{number}{}", (10 - sum % 10) % 10)
}

/// The check digit of a price of four digits. Each is weighed: twice its size less the tens of that, the same, three
/// times its size, five times its size less the tens of that; the check digit is three times the sum.
fn price_check_digit(cents: i64) -> i64 {
    let digit = |power: i64| cents / power % 10;
    let less_tens = |product: i64| product - product / 10;
    let sum =
        less_tens(2 * digit(1_000)) + less_tens(2 * digit(100)) + 3 * digit(10) + less_tens(5 * digit(1));
    3 * sum % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_in_a_table() {
        // The worked example of the specification, and two labels.
        assert_eq!(price_check_digit(2_875), 9);
        assert_eq!(with_check_digit("20560171995"), "205601719959");
        assert_eq!(with_check_digit("629104150021"), "6291041500213");
    }
}
