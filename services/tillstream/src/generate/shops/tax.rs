//! Which taxes a store states: inside the price in Mexico, Chile and Bahrain, on top of it elsewhere.

use domain::number::{Amount, Rate};
use domain::record::pos::Tax;

use super::ledger::{amount, cents, half_up};

/// What a law makes of goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Taxed at the full rate.
    Taxed,
    /// Food of much energy: IEPS of 8 % in Mexico, elsewhere as any other.
    Snack,
    /// Food.
    ZeroRated,
    /// Books.
    Exempt,
}

/// The law of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Law {
    /// IVA of so many percent inside the price, and IEPS inside its base.
    Iva(i64),
    /// One tax inside the price of everything.
    OnAll(Vat),
    /// One tax inside the price of everything but food, which is zero-rated.
    NotOnFood(Vat),
    /// Taxes on top of the price, each of it alone.
    Added(&'static [Levy]),
}

/// A tax inside the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vat {
    code: &'static str,
    percent: i64,
}

/// A tax on top of the price.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Levy {
    code: &'static str,
    kind: &'static str,
    jurisdiction: Option<&'static str>,
    /// Of 100,000.
    rate: i64,
    /// Whether books bear it.
    on_books: bool,
}

/// A sales tax of New York.
const NEW_YORK_STATE: Levy =
    Levy { code: "NY", kind: "sales", jurisdiction: Some("state"), rate: 4_000, on_books: true };

/// State and county in New York.
pub(super) const NEW_YORK: Law =
    Law::Added(&[NEW_YORK_STATE, Levy { jurisdiction: Some("county"), rate: 4_875, ..NEW_YORK_STATE }]);

/// GST and PST in British Columbia.
pub(super) const BRITISH_COLUMBIA: Law = Law::Added(&[
    Levy { code: "GST", kind: "gst", jurisdiction: None, rate: 5_000, on_books: true },
    Levy { code: "PST", kind: "pst", jurisdiction: Some("BC"), rate: 7_000, on_books: false },
]);

/// One rate in Texas.
pub(super) const TEXAS: Law =
    Law::Added(&[Levy { code: "TX", kind: "sales", jurisdiction: None, rate: 8_250, on_books: false }]);

/// IVA in Chile, on food and books, too.
pub(super) const CHILE: Law = Law::OnAll(Vat { code: "IVA19", percent: 19 });

/// VAT in Bahrain.
pub(super) const BAHRAIN: Law = Law::NotOnFood(Vat { code: "VAT10", percent: 10 });

/// IEPS in percent.
const IEPS: i64 = 8;

impl Law {
    /// True where prices contain their taxes.
    pub(super) const fn is_inside(self) -> bool {
        match self {
            Self::Iva(_) | Self::OnAll(_) | Self::NotOnFood(_) => true,
            Self::Added(_) => false,
        }
    }

    /// The taxes of a price in cents, not below zero.
    pub(super) fn taxes(self, class: Class, price: i64) -> Vec<Tax> {
        match self {
            Self::Iva(rate) => inside(rate, class, price),
            Self::NotOnFood(vat) if class == Class::ZeroRated => vec![zero_rated(vat.code, price)],
            Self::OnAll(vat) | Self::NotOnFood(vat) => vec![contained(vat.code, vat.percent, price)],
            Self::Added(levies) => added(levies, class, price),
        }
    }

    /// What is stated of a balance at its price in cents, which is no sale yet.
    pub(super) fn out_of_scope(self, price: i64) -> Vec<Tax> {
        let codes = match self {
            Self::Iva(_) => vec![("IVANO", "vat")],
            Self::OnAll(vat) | Self::NotOnFood(vat) => vec![(vat.code, "vat")],
            Self::Added(levies) => levies.iter().take(1).map(|levy| (levy.code, levy.kind)).collect(),
        };
        let nothing = |(code, kind)| tax(code, kind, 0, price, 0);
        let stated = codes.into_iter().map(nothing);
        stated.map(|tax| Tax { treatment: "out_of_scope".into(), rate: None, ..tax }).collect()
    }
}

/// A tax of so many percent inside a price.
fn contained(code: &str, percent: i64, price: i64) -> Tax {
    let base = half_up(price * 100, 100 + percent);
    Tax { included: true, ..tax(code, "vat", percent * 1_000, base, price - base) }
}

fn zero_rated(code: &str, price: i64) -> Tax {
    Tax { treatment: "zero_rated".into(), included: true, ..tax(code, "vat", 0, price, 0) }
}

fn inside(rate: i64, class: Class, price: i64) -> Vec<Tax> {
    match class {
        Class::Taxed => vec![contained(&format!("IVA{rate}"), rate, price)],
        Class::Snack => {
            let base = half_up(price * 10_000, (100 + IEPS) * (100 + rate));
            let excise = half_up(base * IEPS, 100);
            let ieps = Tax { included: true, ..tax("IEPS8", "excise", IEPS * 1_000, base, excise) };
            let iva = tax(&format!("IVA{rate}"), "vat", rate * 1_000, base + excise, price - base - excise);
            vec![ieps, Tax { included: true, ..iva }]
        }
        Class::ZeroRated => vec![zero_rated("IVA0", price)],
        Class::Exempt => vec![Tax { rate: None, ..exempt(tax("IVAEX", "vat", 0, price, 0)) }],
    }
}

fn added(levies: &[Levy], class: Class, price: i64) -> Vec<Tax> {
    let collected = |levy: &Levy| Tax {
        jurisdiction: levy.jurisdiction.map(Into::into),
        ..tax(levy.code, levy.kind, levy.rate, price, half_up(price * levy.rate, 100_000))
    };
    let nothing = |levy: &Levy| tax(levy.code, levy.kind, 0, price, 0);
    match class {
        Class::Taxed | Class::Snack => levies.iter().map(collected).collect(),
        Class::ZeroRated => levies
            .first()
            .map(|levy| Tax { treatment: "zero_rated".into(), ..nothing(levy) })
            .into_iter()
            .collect(),
        Class::Exempt => {
            let state = |levy: &Levy| if levy.on_books { collected(levy) } else { exempt(nothing(levy)) };
            levies.iter().map(state).collect()
        }
    }
}

fn exempt(tax: Tax) -> Tax {
    Tax { treatment: "exempt".into(), exemption: Some("books".into()), ..tax }
}

fn tax(code: &str, kind: &str, rate: i64, base: i64, collected: i64) -> Tax {
    Tax {
        code: code.into(),
        kind: kind.into(),
        treatment: "taxable".into(),
        rate: Rate::from_units(rate * 10).ok(),
        base: Some(amount(base)),
        amount: amount(collected),
        ..Tax::default()
    }
}

/// What taxes add to a price, in smallest units of an amount.
pub(super) fn added_by(taxes: &[Tax]) -> i64 {
    taxes.iter().filter(|tax| !tax.included).map(|tax| tax.amount.units()).sum()
}

/// What taxes are in a price, in smallest units of an amount.
pub(super) fn inside_of(taxes: &[Tax]) -> i64 {
    taxes.iter().filter(|tax| tax.included).map(|tax| tax.amount.units()).sum()
}

/// The same tax given back.
pub(super) fn given_back(tax: &Tax) -> Tax {
    many(tax, -1)
}

/// The same tax of so many times the price.
pub(super) fn many(tax: &Tax, times: i64) -> Tax {
    let many = |sum: Amount| amount(cents(sum) * times);
    Tax { base: tax.base.map(many), amount: many(tax.amount), ..tax.clone() }
}
