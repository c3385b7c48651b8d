//! Reads an account map from the tree of its file and collects every reason to refuse it.
//!
//! The tree is read from any self-describing format, so that this crate knows no file format; services
//! read it from TOML.

mod complete;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::calendar::Date;
use crate::identity::is_name;

use super::{Dated, Entries, LINES_MAX_DEFAULT, LINES_MAX_HARD, LocationSegment, Role, Subsidiary, Target};

use complete::Roles;

/// The word for the location of the document's own store.
pub(super) const STORE: &str = "store";

/// The key of a subsidiary below which locations stand, beside its roles; no role is called so.
const LOCATIONS: &str = "locations";

/// NetSuite account types a document may book to.
const TYPES: [&str; 15] = [
    "Bank",
    "COGS",
    "CredCard",
    "DeferExpense",
    "DeferRevenue",
    "Equity",
    "Expense",
    "FixedAsset",
    "Income",
    "LongTermLiab",
    "OthAsset",
    "OthCurrAsset",
    "OthCurrLiab",
    "OthExpense",
    "OthIncome",
];

/// NetSuite account types no document may book to, and why.
const TYPES_REFUSED: [(&str, &str); 5] = [
    ("AcctRec", "an A/R account needs a customer on every line"),
    ("AcctPay", "an A/P account needs a vendor on every line"),
    ("UnbilledRec", "a system account that NetSuite books itself"),
    ("NonPosting", "a system account that holds no balance"),
    ("Stat", "a statistical account that holds no money"),
];

/// What an account is marked with that is none of NetSuite's own, whatever its name says.
const NOT_SPECIAL: &str = "none";

/// What makes an account NetSuite's own, in the words of its file: no document may book to it by hand.
const SPECIAL: [(&str, &str); 2] = [
    ("undeposited_funds", "NetSuite books payments there until a deposit takes them out"),
    ("inventory", "its balance is what NetSuite values the stock at"),
];

/// A value of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Node {
    // A list stands before the date, which serde would read out of a list of one text, too.
    /// A list.
    List(Vec<Node>),
    /// A date or time.
    Date(TomlDate),
    /// A table.
    Table(BTreeMap<String, Node>),
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Anything else; it has no place in the map.
    Other(IgnoredAny),
}

/// A date or time as a reader of TOML hands it to serde, which has no such thing: a table of one field.
#[derive(Debug, Clone, Deserialize)]
pub struct TomlDate {
    #[serde(rename = "$__toml_private_datetime")]
    text: String,
}

/// Every reason an account map was refused for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<String>);

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the account map has {} problem(s)", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(out, "\n  - {problem}"))
    }
}

pub(super) fn map(file: &Node) -> Result<(BTreeMap<String, Subsidiary>, usize), Problems> {
    let mut reader = Reader::default();
    let Node::Table(top) = file else {
        return Err(Problems(vec![
            "the account map is empty; it needs [accounts] and [subsidiaries]".to_owned(),
        ]));
    };
    reader.keys("the account map", top, &["lines_max", "accounts", "subsidiaries"]);
    let lines_max = reader.lines_max(top.get("lines_max"));
    let accounts = top.get("accounts");
    reader.accounts(accounts);
    let mut subsidiaries = BTreeMap::new();
    let listed: Vec<_> = reader.table("[subsidiaries]", top.get("subsidiaries")).collect();
    reader.subsidiaries = listed.iter().map(|(subsidiary, _)| subsidiary.as_str()).collect();
    for (subsidiary, roles) in listed {
        let entries = reader.subsidiary(subsidiary, roles);
        subsidiaries.insert(subsidiary.clone(), entries);
    }
    if reader.problems.is_empty() { Ok((subsidiaries, lines_max)) } else { Err(Problems(reader.problems)) }
}

#[derive(Default)]
struct Reader<'a> {
    /// Accounts listed, the refused ones too, so that one mistake is one problem.
    listed: BTreeSet<&'a str>,
    /// Accounts that are NetSuite's own, and why nobody books to them.
    special: BTreeMap<&'a str, &'static str>,
    /// Every subsidiary.
    subsidiaries: Vec<&'a str>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    fn keys(&mut self, place: &str, table: &BTreeMap<String, Node>, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.as_str())) {
            self.problem(format!("{place}: unknown key `{key}`; known are {}", known.join(", ")));
        }
    }

    /// The entries of a table that must be there and not be empty.
    fn table(
        &mut self,
        place: &str,
        node: Option<&'a Node>,
    ) -> impl Iterator<Item = (&'a String, &'a Node)> + use<'a> {
        let table = match node {
            Some(Node::Table(table)) => Some(table).filter(|table| !table.is_empty()),
            Some(Node::List(_) | Node::Date(_) | Node::Text(_) | Node::Whole(_) | Node::Other(_)) | None => {
                None
            }
        };
        if table.is_none() {
            self.problem(format!("{place} must be a table with at least one entry"));
        }
        table.into_iter().flatten()
    }

    fn lines_max(&mut self, node: Option<&Node>) -> usize {
        let Some(node) = node else { return LINES_MAX_DEFAULT };
        let lines = match node {
            Node::Whole(lines) => usize::try_from(*lines).ok(),
            Node::List(_) | Node::Date(_) | Node::Table(_) | Node::Text(_) | Node::Other(_) => None,
        };
        // A part of a journal needs a debit and a credit.
        lines.filter(|lines| (2..=LINES_MAX_HARD).contains(lines)).unwrap_or_else(|| {
            self.problem(format!("lines_max must be a whole number from 2 to {LINES_MAX_HARD}"));
            LINES_MAX_DEFAULT
        })
    }

    fn accounts(&mut self, node: Option<&'a Node>) {
        for (account, facts) in self.table("[accounts]", node) {
            self.listed.insert(account);
            let place = format!("[accounts] {account}");
            self.id(&place, account);
            let Node::Table(facts) = facts else {
                self.problem(format!("{place}: write it as {{ type = \"Bank\", name = \"...\" }}"));
                continue;
            };
            self.keys(&place, facts, &["type", "name", "special"]);
            if let Some(special) = facts.get("special") {
                self.special(account, &place, special);
            }
            if let Some(name) = facts.get("name") {
                self.text(&format!("{place}: name"), name);
            }
            match facts.get("type") {
                Some(kind) => self.account_type(&place, kind),
                None => self.problem(format!("{place}: `type` is missing; give NetSuite's account type")),
            }
        }
    }

    fn special(&mut self, account: &'a str, place: &str, node: &'a Node) {
        let Some(word) = self.text(&format!("{place}: special"), node) else { return };
        match SPECIAL.iter().find(|(special, _)| *special == word) {
            Some((_, why)) => drop(self.special.insert(account, why)),
            None if word == NOT_SPECIAL => {}
            None => {
                let known = SPECIAL.map(|(special, _)| special).join(", ");
                self.problem(format!(
                    "{place}: unknown special account `{word}`; known are {known}, {NOT_SPECIAL}"
                ));
            }
        }
    }

    fn account_type(&mut self, place: &str, node: &'a Node) {
        let Some(kind) = self.text(&format!("{place}: type"), node) else { return };
        let refused = TYPES_REFUSED.iter().find(|(refused, _)| refused.eq_ignore_ascii_case(kind));
        if let Some((refused, why)) = refused {
            self.problem(format!(
                "{place}: type {refused} cannot be booked to, {why}; choose another account"
            ));
        } else if !TYPES.contains(&kind) {
            self.problem(format!("{place}: unknown type `{kind}`; known are {}", TYPES.join(", ")));
        }
    }

    fn subsidiary(&mut self, subsidiary: &str, node: &'a Node) -> Subsidiary {
        let place = format!("subsidiaries.{subsidiary}");
        let mut tables: Vec<_> = self.table(&format!("[{place}]"), Some(node)).collect();
        let is_locations = |(key, _): &(&'a String, &'a Node)| *key == LOCATIONS;
        let located = tables.iter().position(is_locations).map(|at| tables.remove(at).1);
        let (own, written) = self.roles(&place, tables);
        let (mut locations, mut written_at) = (BTreeMap::new(), Vec::new());
        let listed: Vec<_> = located
            .into_iter()
            .flat_map(|node| self.table(&format!("[{place}.{LOCATIONS}]"), Some(node)))
            .collect();
        for (location, node) in listed {
            let place = format!("{place}.{LOCATIONS}.{location}");
            if !is_name(location) {
                self.problem(format!(
                    "[{place}]: `{location}` is no location; name it as `location` in ref.stores, by 1 to 20 of A-Z, \
                     a-z, 0-9 and hyphen"
                ));
            }
            let tables = self.table(&format!("[{place}]"), Some(node)).collect();
            let (entries, written) = self.roles(&place, tables);
            locations.insert(location.clone(), entries);
            written_at.push((place, written));
        }
        self.complete(subsidiary, &own, &written, &written_at);
        Subsidiary { own, locations }
    }

    /// The roles of a table, and how they are written.
    fn roles(&mut self, place: &str, tables: Vec<(&'a String, &'a Node)>) -> (Entries, Roles<'a>) {
        let (mut entries, mut written) = (Entries::new(), Roles::new());
        for (word, node) in tables {
            let Some(role) = Role::from_word(word) else {
                let known = Role::ALL.map(Role::word).join(", ");
                self.problem(format!("[{place}]: unknown role `{word}`; known are {known}"));
                continue;
            };
            let role_place = format!("[{place}.{word}]");
            let keys = entries.entry(role).or_default();
            for (key, node) in self.table(&role_place, Some(node)) {
                let (dated, dates) = self.dated(role, &format!("{role_place} {key}"), node);
                keys.insert(key.clone(), dated);
                written.entry(role).or_default().insert(key, dates);
            }
        }
        (entries, written)
    }

    /// The entries of one key, one or a list of them, and the first date of each.
    fn dated(&mut self, role: Role, place: &str, node: &'a Node) -> (Dated, BTreeSet<Option<Date>>) {
        let (mut dated, mut dates, mut unread) = (Dated::default(), BTreeSet::new(), false);
        let entries = match node {
            Node::List(entries) => entries.as_slice(),
            Node::Date(_) | Node::Table(_) | Node::Text(_) | Node::Whole(_) | Node::Other(_) => {
                std::slice::from_ref(node)
            }
        };
        if entries.is_empty() {
            self.problem(format!("{place}: an empty list books to nothing; give it an account"));
        }
        for (number, entry) in (1..).zip(entries) {
            let place = if entries.len() > 1 { format!("{place}, entry {number}") } else { place.to_owned() };
            let Ok(from) = self.from(&place, entry) else {
                unread = true;
                continue;
            };
            if !dates.insert(from) {
                let date = from.map_or_else(|| "the beginning".to_owned(), |date| date.to_string());
                self.problem(format!(
                    "{place}: another entry holds from {date} already; give each a `from` of its own"
                ));
            }
            if let Some(target) = self.target(role, &place, entry) {
                dated.insert(from, target);
            }
        }
        if unread {
            // It may be the one that holds from the beginning.
            dates.insert(None);
        }
        (dated, dates)
    }

    /// The first business date of an entry; `None`: from the beginning.
    fn from(&mut self, place: &str, entry: &Node) -> Result<Option<Date>, ()> {
        let from = match entry {
            Node::Table(table) => table.get("from"),
            Node::List(_) | Node::Date(_) | Node::Text(_) | Node::Whole(_) | Node::Other(_) => None,
        };
        let Some(from) = from else { return Ok(None) };
        let date = match from {
            Node::Date(date) => date.text.parse().ok(),
            Node::List(_) | Node::Table(_) | Node::Text(_) | Node::Whole(_) | Node::Other(_) => None,
        };
        if date.is_none() {
            self.problem(format!("{place}: from must be a date without quotation marks, as 2027-01-01"));
        }
        date.map(Some).ok_or(())
    }

    fn target(&mut self, role: Role, place: &str, node: &'a Node) -> Option<Target> {
        let plain = |account| Target { account, department: None, class: None, location: None };
        let table = match node {
            Node::Text(account) => return self.listed(place, account).map(plain),
            Node::Table(table) => table,
            Node::List(_) | Node::Date(_) | Node::Whole(_) | Node::Other(_) => {
                self.problem(format!("{place}: write the account as text, or as {{ account = \"...\" }}"));
                return None;
            }
        };
        self.keys(place, table, &["account", "department", "class", "location", "from"]);
        let Some(account) = table.get("account") else {
            self.problem(format!("{place}: `account` is missing"));
            return None;
        };
        let account = self.text(&format!("{place}: account"), account)?;
        let account = self.listed(place, account);
        let department = self.segment(place, "department", table);
        let class = self.segment(place, "class", table);
        let location = table.get("location").and_then(|node| self.location(place, node));
        if role == Role::InventoryAdjustment {
            self.adjustment_segments(place, table);
        }
        account.map(|account| Target { department, class, location, ..plain(account) })
    }

    /// An adjustment document has its location from the goods, and one segment of its own.
    fn adjustment_segments(&mut self, place: &str, table: &BTreeMap<String, Node>) {
        if table.contains_key("location") {
            self.problem(format!("{place}: an adjustment has the location of its goods; remove `location`"));
        }
        if table.contains_key("department") && table.contains_key("class") {
            self.problem(format!("{place}: an adjustment has one segment; keep `department` or `class`"));
        }
    }

    fn listed(&mut self, place: &str, account: &str) -> Option<String> {
        if !self.listed.contains(account) {
            self.problem(format!(
                "{place}: account `{account}` is not listed; add it to [accounts] with its type"
            ));
            return None;
        }
        if let Some(why) = self.special.get(account) {
            self.problem(format!("{place}: account `{account}` is special: {why}; choose another account"));
            return None;
        }
        Some(account.to_owned())
    }

    fn segment(&mut self, place: &str, key: &str, table: &'a BTreeMap<String, Node>) -> Option<String> {
        let place = format!("{place}: {key}");
        let id = self.text(&place, table.get(key)?)?;
        self.id(&place, id).then(|| id.to_owned())
    }

    fn location(&mut self, place: &str, node: &'a Node) -> Option<LocationSegment> {
        let place = format!("{place}: location");
        let id = self.text(&place, node)?;
        if id == STORE {
            return Some(LocationSegment::Store);
        }
        self.id(&place, id).then(|| LocationSegment::Fixed(id.to_owned()))
    }

    fn id(&mut self, place: &str, id: &str) -> bool {
        let good = (1..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
        if !good {
            self.problem(format!("{place}: `{id}` is not a NetSuite internal id; internal ids are digits"));
        }
        good
    }

    fn text(&mut self, place: &str, node: &'a Node) -> Option<&'a str> {
        match node {
            Node::Text(text) => Some(text),
            Node::List(_) | Node::Date(_) | Node::Table(_) | Node::Whole(_) | Node::Other(_) => {
                self.problem(format!("{place} must be a text in quotation marks"));
                None
            }
        }
    }
}
