//! An account map as a person reads it: what each role books to, and whether that is what was meant.
//!
//! Examples say what a map is for, in the words of whoever keeps the books; they stand in a file beside the map, which
//! is held to them.

pub mod diff;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::account_map::{AccountMap, Dimension, LocationSegment, Node, Place, Problems, Role, Target};
use domain::calendar::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

/// A map or its examples cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refuses.
    #[error("cannot read {path}: see that it is there and may be read", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is no TOML, or has other fields.
    #[error("{path} is no {what}: correct it at the place named", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// The map cannot be booked by.
    #[error("{path}", path = path.display())]
    Problems {
        /// The file.
        path: PathBuf,
        /// Every reason.
        source: Problems,
    },
}

/// A map that can be booked by, and what its accounts are called.
#[derive(Debug)]
pub struct Map {
    /// The map.
    pub map: AccountMap,
    /// Each account listed, by internal id.
    pub accounts: BTreeMap<String, Account>,
}

/// What a map says of an account.
#[derive(Debug, Deserialize)]
pub struct Account {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    special: Option<String>,
}

impl Account {
    /// Its name, else its type.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_ref().unwrap_or(&self.kind)
    }

    /// Which of [`KEPT`] its name says it is, if any. One that is marked was looked at by a person: what it is then
    /// is known, and here it can only be `none`.
    fn reads_as(&self) -> Option<&'static str> {
        if self.special.is_some() {
            return None;
        }
        let is_apart = |letter: char| !letter.is_alphanumeric() && letter != '/';
        let words = format!(" {} ", self.name.as_deref()?.to_lowercase().replace(is_apart, " "));
        let is_said = |(said, _, kind): &&(&str, &str, Option<&str>)| {
            words.contains(&format!(" {said} ")) && kind.is_none_or(|kind| kind == self.kind)
        };
        KEPT.iter().find(is_said).map(|(_, kept, _)| *kept)
    }
}

/// Accounts that no document may book to, by what their names say in English or Spanish, and of which type they are
/// where the name alone says too little: shrinkage of inventory is an expense. By their type, or where marked, they
/// were refused before.
const KEPT: [(&str, &str, Option<&str>); 11] = [
    ("accounts receivable", "A/R", None),
    ("cuentas por cobrar", "A/R", None),
    ("a/r", "A/R", None),
    ("accounts payable", "A/P", None),
    ("cuentas por pagar", "A/P", None),
    ("a/p", "A/P", None),
    ("undeposited funds", "Undeposited Funds", None),
    ("fondos por depositar", "Undeposited Funds", None),
    ("inventory", "the inventory asset", Some("OthCurrAsset")),
    ("inventario", "the inventory asset", Some("OthCurrAsset")),
    ("inventarios", "the inventory asset", Some("OthCurrAsset")),
];

/// What one amount must be booked to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Subsidiary.
    pub subsidiary: String,
    /// Role.
    pub role: String,
    /// Department, tax code, tender or reason.
    pub key: Option<String>,
    /// Jurisdiction of a tax, brand of a card.
    pub detail: Option<String>,
    /// The location that books, by its code in ref.stores; one without entries of its own where absent.
    pub at: Option<String>,
    /// The business date; on every date where absent.
    #[serde(default, deserialize_with = "toml_date")]
    pub on: Option<Date>,
    /// The account it must come to, by internal id.
    pub account: String,
    /// The department segment it must have; none where absent.
    pub department: Option<String>,
    /// The class segment it must have; none where absent.
    pub class: Option<String>,
    /// The location segment it must have, `store` for that of the document; none where absent.
    pub location: Option<String>,
}

/// A date as TOML has it, without quotation marks.
fn toml_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let written = Datetime::deserialize(deserializer)?;
    written.to_string().parse().map(Some).map_err(D::Error::custom)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Examples {
    example: Vec<Example>,
}

/// Of a map that was read already, only what people call its accounts.
#[derive(Deserialize)]
struct Listed {
    accounts: BTreeMap<String, Account>,
}

/// Reads a map.
///
/// # Errors
/// [`Error`] with every reason for which it cannot be booked by.
pub fn read(path: &Path) -> Result<Map, Error> {
    let text = text(path)?;
    let form = |source| Error::Form { path: path.to_owned(), what: "account map", source: Box::new(source) };
    let node: Node = toml::from_str(&text).map_err(form)?;
    let map = AccountMap::read(&node).map_err(|source| Error::Problems { path: path.to_owned(), source })?;
    let listed: Listed = toml::from_str(&text).map_err(form)?;
    Ok(Map { map, accounts: listed.accounts })
}

/// Where the examples of a map stand if nobody says otherwise: `accounts.examples.toml` beside `accounts.toml`.
#[must_use]
pub fn examples_of(map: &Path) -> PathBuf {
    map.with_extension("examples.toml")
}

/// Reads examples.
///
/// # Errors
/// [`Error`] naming the place.
pub fn examples(path: &Path) -> Result<Vec<Example>, Error> {
    let form =
        |source| Error::Form { path: path.to_owned(), what: "file of examples", source: Box::new(source) };
    let examples: Examples = toml::from_str(&text(path)?).map_err(form)?;
    Ok(examples.example)
}

fn text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })
}

/// Every example that the map does not hold, in words.
#[must_use]
pub fn broken(map: &AccountMap, examples: &[Example]) -> Vec<String> {
    let says = |(number, example): (usize, &Example)| {
        let Example { subsidiary, role, key, detail, at, .. } = example;
        let place = Place { subsidiary, location: at.as_deref() };
        let text = Dimension { key: key.clone(), detail: detail.clone() }.text();
        let of = text.as_ref().map(|text| format!(" `{text}`")).unwrap_or_default();
        let location = at.as_ref().map(|location| format!(" at location {location}")).unwrap_or_default();
        let what = format!("example {number}: {role}{of} of subsidiary {subsidiary}{location}");
        let Some(role) = Role::from_word(role) else { return Some(format!("{what}: there is no such role")) };
        let asked = role.told_apart_by(key.as_deref(), detail.as_deref());
        if asked != (key.as_deref(), detail.as_deref()) {
            return Some(format!(
                "{what}: nothing of that role is told apart so; leave out what is too much"
            ));
        }
        let days = days(map, place, role);
        let on = example.on.as_ref().map_or(days.as_slice(), std::slice::from_ref);
        let dated = example.on.is_some() || days.len() > 1;
        on.iter().find_map(|date| {
            let found = map.target_of(place, role, text.as_deref(), *date).map(words);
            let when = if dated { format!(" on {date}") } else { String::new() };
            match found {
                Err(_) => Some(format!("{what}{when} has no account, not {}", wanted(example))),
                Ok(found) if found == wanted(example) => None,
                Ok(found) => Some(format!("{what}{when} is {found}, not {}", wanted(example))),
            }
        })
    };
    (1..).zip(examples).filter_map(says).collect()
}

/// One business date for each time in which the accounts of a role at a place do not change; the first for what holds
/// from the beginning.
fn days(map: &AccountMap, place: Place<'_>, role: Role) -> Vec<Date> {
    let answers = |of: Place<'_>| {
        of.subsidiary == place.subsidiary && (of.location.is_none() || of.location == place.location)
    };
    let of_role = map.entries().filter(|entry| answers(entry.place) && entry.role == role);
    let dates: BTreeSet<Date> = of_role.filter_map(|entry| entry.from).collect();
    let before = dates.first().map(|first| first.plus_days(-1)).unwrap_or_default();
    std::iter::once(before).chain(dates).collect()
}

fn wanted(example: &Example) -> String {
    let Example { account, department, class, location, .. } = example;
    place(account, department.as_deref(), class.as_deref(), location.as_deref())
}

fn words(target: &Target) -> String {
    place(&target.account, target.department.as_deref(), target.class.as_deref(), location(target).as_deref())
}

fn place(account: &str, department: Option<&str>, class: Option<&str>, location: Option<&str>) -> String {
    let segments = [("department", department), ("class", class), ("location", location)];
    let segments = segments.into_iter().filter_map(|(name, id)| Some(format!(", {name} {}", id?)));
    format!("account {account}{}", segments.collect::<String>())
}

/// The location segment of an entry as the file has it.
#[must_use]
pub fn location(target: &Target) -> Option<String> {
    target.location.as_ref().map(|location| match location {
        LocationSegment::Store => "store".to_owned(),
        LocationSegment::Fixed(id) => id.clone(),
    })
}

/// Whose books, in short: `US`, and `US at 400` of one location.
#[must_use]
pub fn at(place: Place<'_>) -> String {
    let Place { subsidiary, location } = place;
    location.map_or_else(|| subsidiary.to_owned(), |location| format!("{subsidiary} at {location}"))
}

/// The accounts that are listed and that nothing books to.
#[must_use]
pub fn unused(map: &Map) -> Vec<&str> {
    let used = used(map);
    map.accounts.keys().map(String::as_str).filter(|account| !used.contains(account)).collect()
}

/// The accounts that something books to though their name says that no document may, and what each would be. A name may
/// say too much, so the mark `special = "none"` takes an account out.
#[must_use]
pub fn named_as_kept(map: &Map) -> Vec<(&str, &'static str)> {
    let kept = |account| Some((account, map.accounts.get(account)?.reads_as()?));
    used(map).into_iter().filter_map(kept).collect()
}

fn used(map: &Map) -> BTreeSet<&str> {
    map.map.entries().map(|entry| entry.target.account.as_str()).collect()
}

/// The subsidiaries in which no store can have the policy `reversal` seller, since what its stores owe each other has
/// no account.
#[must_use]
pub fn owing_nothing_within(map: &AccountMap) -> Vec<&str> {
    let subsidiaries: BTreeSet<&str> = map.entries().map(|entry| entry.place.subsidiary).collect();
    let has = |subsidiary: &str, role| {
        let place = Place { subsidiary, location: None };
        let mut days = days(map, place, role).into_iter();
        days.all(|date| map.target_of(place, role, Some(subsidiary), date).is_ok())
    };
    let lacks = |name: &&str| !has(name, Role::DueFrom) || !has(name, Role::DueTo);
    subsidiaries.into_iter().filter(lacks).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const MAP: &str = include_str!("../../journal/accounts.example.toml");

    fn map() -> AccountMap {
        AccountMap::read(&toml::from_str::<Node>(MAP).unwrap()).unwrap()
    }

    fn example(text: &str) -> Example {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn an_example_holds_or_says_what_is_there() {
        let fuel = "subsidiary = \"US\"\nrole = \"sales\"\nkey = \"FUEL\"\n";
        for (more, expected) in [
            ("account = \"410\"\ndepartment = \"7\"\nclass = \"3\"\nlocation = \"store\"", None),
            (
                "account = \"410\"",
                Some("is account 410, department 7, class 3, location store, not account 410"),
            ),
            (
                "account = \"400\"\nclass = \"3\"",
                Some("is account 410, department 7, class 3, location store, not account 400, class 3"),
            ),
        ] {
            let broken = broken(&map(), &[example(&format!("{fuel}{more}"))]);
            let expected =
                expected.map(|expected| format!("example 1: sales `FUEL` of subsidiary US {expected}"));
            assert_eq!(broken, Vec::from_iter(expected));
        }
        let card = example(
            "subsidiary = \"US\"\nrole = \"tender_clearing\"\nkey = \"card\"\ndetail = \"visa\"\naccount = \"121\"",
        );
        let strangers = [
            card.clone(),
            Example { role: "sails".to_owned(), ..card.clone() },
            Example { role: "rounding".to_owned(), ..card.clone() },
            // As `check` prints it.
            Example { key: Some("card/visa".to_owned()), detail: None, ..card.clone() },
            Example { subsidiary: "MX".to_owned(), ..card },
        ];
        assert_eq!(
            broken(&map(), &strangers),
            [
                "example 2: sails `card/visa` of subsidiary US: there is no such role",
                "example 3: rounding `card/visa` of subsidiary US: nothing of that role is told apart so; leave out \
                 what is too much",
                "example 5: tender_clearing `card/visa` of subsidiary MX has no account, not account 121"
            ]
        );
    }

    #[test]
    fn an_example_holds_on_its_date_or_else_on_every_date() {
        let paid = "subsidiary = \"US\"\nrole = \"paid_out\"\nkey = \"stamps\"\n";
        for (more, expected) in [
            ("account = \"600\"\non = 2026-12-31", None),
            ("account = \"601\"\non = 2027-01-01", None),
            ("account = \"600\"\non = 2027-01-01", Some("on 2027-01-01 is account 601, not account 600")),
            ("account = \"600\"", Some("on 2027-01-01 is account 601, not account 600")),
            ("account = \"601\"", Some("on 2026-12-31 is account 600, not account 601")),
        ] {
            let broken = broken(&map(), &[example(&format!("{paid}{more}"))]);
            let expected =
                expected.map(|expected| format!("example 1: paid_out `stamps` of subsidiary US {expected}"));
            assert_eq!(broken, Vec::from_iter(expected), "{more}");
        }
        let text = format!("{paid}account = \"600\"\non = \"2026-12-31\"");
        let refused = toml::from_str::<Example>(&text).unwrap_err().to_string();
        assert!(refused.contains("on = \"2026-12-31\""), "a date has no quotation marks: {refused}");
    }

    #[test]
    fn a_subsidiary_whose_stores_cannot_owe_each_other_is_named() {
        let owing = |due: &str| {
            let text = MAP.replace("[subsidiaries.US]\n", &format!("[subsidiaries.US]\n{due}\n"));
            let map = AccountMap::read(&toml::from_str::<Node>(&text).unwrap()).unwrap();
            owing_nothing_within(&map).len()
        };
        assert_eq!(owing(""), 1);
        assert_eq!(owing("due_from = { US = \"140\" }\ndue_to = { US = \"140\" }"), 0);
        assert_eq!(owing("due_from = { default = \"140\" }\ndue_to = { default = \"140\" }"), 0);
    }

    #[test]
    fn an_example_holds_at_its_location_or_else_where_nothing_is_said_of_one() {
        let safe = "{ default = \"120\", card = { account = \"121\", from = 2027-01-01 } }";
        let text = format!("{MAP}\n[subsidiaries.US.locations.400]\nsafe = {safe}\n");
        let map = AccountMap::read(&toml::from_str::<Node>(&text).unwrap()).unwrap();
        for (more, expected) in [
            ("key = \"cash\"\naccount = \"122\"", None),
            ("key = \"cash\"\nat = \"400\"\naccount = \"120\"", None),
            ("key = \"cash\"\nat = \"401\"\naccount = \"122\"", None),
            ("key = \"card\"\nat = \"400\"\non = 2027-01-01\naccount = \"121\"", None),
            (
                "key = \"card\"\nat = \"400\"\naccount = \"120\"",
                Some(
                    "safe `card` of subsidiary US at location 400 on 2027-01-01 is account 121, not account 120",
                ),
            ),
            (
                "key = \"cash\"\nat = \"400\"\naccount = \"122\"",
                Some(
                    "safe `cash` of subsidiary US at location 400 on 2026-12-31 is account 120, not account 122",
                ),
            ),
        ] {
            let broken = broken(&map, &[example(&format!("subsidiary = \"US\"\nrole = \"safe\"\n{more}"))]);
            let expected = expected.map(|expected| format!("example 1: {expected}"));
            assert_eq!(broken, Vec::from_iter(expected), "{more}");
        }
    }

    #[test]
    fn examples_stand_beside_their_map() {
        assert_eq!(examples_of(Path::new("/etc/accounts.toml")), Path::new("/etc/accounts.examples.toml"));
    }

    fn read_from(text: &str) -> Map {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("accounts.toml");
        fs::write(&path, text).unwrap();
        read(&path).unwrap()
    }

    #[test]
    fn an_account_that_nothing_books_to_is_named() {
        let map = read_from(&MAP.replace("[accounts]\n", "[accounts]\n999 = { type = \"Bank\" }\n"));
        assert_eq!(unused(&map), ["999"]);
        assert_eq!((map.accounts["999"].label(), map.accounts["410"].label()), ("Bank", "Fuel sales"));
    }

    #[test]
    fn an_account_whose_name_says_that_nothing_may_book_to_it_is_named() {
        let receivable = "{ type = \"OthCurrAsset\", name = \"1100 Accounts Receivable (stores)\" }";
        for (id, before, after, expected) in [
            ("120", "Undeposited cash", "Undeposited cash", None),
            ("120", "Undeposited cash", "1299 Undeposited Funds", Some("Undeposited Funds")),
            ("140", "Goods between stores", "Inventory asset", Some("the inventory asset")),
            ("620", "Shrinkage", "Shrinkage of inventory", None),
            ("130", "Manufacturer coupons", "Coupons (A/R)", Some("A/R")),
            ("130", "Manufacturer coupons", "Data/research coupons receivable", None),
            ("221", "Owed to gift card issuers and owners", "ACCOUNTS PAYABLE", Some("A/P")),
            ("221", "Owed to gift card issuers and owners", "A/P, owners", Some("A/P")),
            ("120", "Undeposited cash", "Fondos por depositar", Some("Undeposited Funds")),
            ("140", "Goods between stores", "Almacén e inventarios", Some("the inventory asset")),
        ] {
            let marked = MAP
                .replace(&format!("name = \"{before}\""), &format!("name = \"{after}\", special = \"none\""));
            assert_eq!(named_as_kept(&read_from(&marked)), [], "{after}, and a person has looked");
            let named = MAP.replace(&format!("name = \"{before}\""), &format!("name = \"{after}\""));
            // Nothing books to this one, so nothing is said of it.
            let map = read_from(&named.replace("[accounts]\n", &format!("[accounts]\n999 = {receivable}\n")));
            assert_eq!(named_as_kept(&map), Vec::from_iter(expected.map(|kept| (id, kept))), "{after}");
        }
    }
}
