//! What another account map would have made of what was booked: history once more, under both.
//!
//! A document says of each line its role and key, and whose books it is in, so it can be booked again without the sales
//! it came from.

use std::collections::{BTreeMap, BTreeSet};

use domain::account_map::{AccountMap, Place, Role, Target};
use domain::calendar::Date;
use domain::number::{Amount, Overflow};
use domain::record::inventory::Adjustment;
use domain::record::journal::JournalEntry;

use super::words;

/// What both maps are asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Booked {
    /// Subsidiary that booked.
    pub subsidiary: String,
    /// Location that booked, where one of the maps has entries of its own for it.
    pub location: Option<String>,
    /// Currency of the amounts; none of adjustments, whose cost is NetSuite's.
    pub currency: Option<String>,
    /// Role.
    pub role: Role,
    /// Key within the role, as the document has it.
    pub key: Option<String>,
}

/// What was booked so in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Lines of documents.
    pub lines: u64,
    /// Debits less credits; nothing of adjustments.
    pub net: Amount,
}

/// Something that the two maps book otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What it is.
    pub booked: Booked,
    /// How much of it there was.
    pub sum: Sum,
    /// Account and segments under the old map; `None` where it has none.
    pub old: Option<String>,
    /// Account and segments under the new one; `None` where it has none.
    pub new: Option<String>,
}

/// Adds up what was booked, to be compared under two maps.
#[derive(Debug)]
pub struct History<'a> {
    old: &'a AccountMap,
    new: &'a AccountMap,
    /// Subsidiaries and locations that one of the maps has entries of their own for. What all others booked is one sum.
    located: BTreeSet<(&'a str, &'a str)>,
    /// By business date, too, which may choose another account.
    sums: BTreeMap<(Booked, Date), Sum>,
    /// Documents taken in.
    pub documents: u64,
    /// Lines of roles that this version does not know: they are not compared.
    pub strange: u64,
    /// Journals that do not say their location, of subsidiaries that have entries of single ones: they are booked as
    /// if at another.
    pub placeless: u64,
    /// Documents that were booked under each map, by its hash.
    pub maps: BTreeMap<String, u64>,
    from: Option<Date>,
    to: Option<Date>,
}

/// What differs, and what that does to each account.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// What is booked otherwise, in order.
    pub moved: Vec<Moved>,
    /// Debits less credits that each account gains or loses: by subsidiary, currency and account.
    pub accounts: BTreeMap<(String, String, String), Amount>,
}

impl<'a> History<'a> {
    /// Nothing yet, of business dates from and to which, both included.
    #[must_use]
    pub fn of(old: &'a AccountMap, new: &'a AccountMap, from: Option<Date>, to: Option<Date>) -> Self {
        let places = old.entries().chain(new.entries()).map(|entry| entry.place);
        let located = places.filter_map(|place| Some((place.subsidiary, place.location?))).collect();
        let (sums, maps) = (BTreeMap::new(), BTreeMap::new());
        Self { old, new, located, sums, documents: 0, strange: 0, placeless: 0, maps, from, to }
    }

    fn takes(&mut self, date: Date, map: &str) -> bool {
        let takes = self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to);
        if takes {
            self.documents += 1;
            *self.maps.entry(map.to_owned()).or_default() += 1;
        }
        takes
    }

    /// A location that one of the maps has entries of its own for.
    fn located(&self, subsidiary: &str, location: &str) -> Option<String> {
        self.located.contains(&(subsidiary, location)).then(|| location.to_owned())
    }

    /// Takes in a journal entry.
    ///
    /// # Errors
    /// [`Overflow`] beyond 18 digits.
    pub fn journal(&mut self, entry: &JournalEntry) -> Result<(), Overflow> {
        if !self.takes(entry.business_date, &entry.account_map) {
            return Ok(());
        }
        let location = match &entry.location {
            Some(location) => self.located(&entry.subsidiary, location),
            None => {
                let located = self.located.iter().any(|(subsidiary, _)| *subsidiary == entry.subsidiary);
                self.placeless += u64::from(located);
                None
            }
        };
        for line in &entry.lines {
            let Some(role) = Role::from_word(&line.role) else {
                self.strange += 1;
                continue;
            };
            let booked = Booked {
                subsidiary: entry.subsidiary.clone(),
                location: location.clone(),
                currency: Some(entry.currency.clone()),
                role,
                key: line.dimension.clone(),
            };
            let (debit, credit) = (line.debit.unwrap_or_default(), line.credit.unwrap_or_default());
            let sum = self.sums.entry((booked, entry.business_date)).or_default();
            sum.net = sum.net.checked_add(debit)?.checked_sub(credit)?;
            sum.lines += 1;
        }
        Ok(())
    }

    /// Takes in an inventory adjustment.
    pub fn adjustment(&mut self, adjustment: &Adjustment) {
        if !self.takes(adjustment.business_date, &adjustment.account_map) {
            return;
        }
        let booked = Booked {
            subsidiary: adjustment.subsidiary.clone(),
            location: self.located(&adjustment.subsidiary, &adjustment.location),
            currency: None,
            role: Role::InventoryAdjustment,
            key: Some(adjustment.reason.clone()),
        };
        let sum = self.sums.entry((booked, adjustment.business_date)).or_default();
        sum.lines += adjustment.lines.len() as u64;
    }

    /// Books all of it under both maps, each document on the accounts of its own business date.
    ///
    /// # Errors
    /// [`Overflow`] beyond 18 digits.
    pub fn diff(&self) -> Result<Diff, Overflow> {
        let mut diff = Diff::default();
        let mut moved: BTreeMap<(&Booked, Option<String>, Option<String>), Sum> = BTreeMap::new();
        for ((booked, date), sum) in &self.sums {
            let Booked { subsidiary, location, role, key, .. } = booked;
            let place = Place { subsidiary, location: location.as_deref() };
            let target = |map: &AccountMap| map.target_of(place, *role, key.as_deref(), *date).cloned().ok();
            let (old, new) = (target(self.old), target(self.new));
            // What neither can book would stop the services all the same.
            if old == new && new.is_some() {
                continue;
            }
            if let Some(currency) = &booked.currency {
                for (target, amount) in [(&old, sum.net.negated()), (&new, sum.net)] {
                    let Some(Target { account, .. }) = target else { continue };
                    let key = (booked.subsidiary.clone(), currency.clone(), account.clone());
                    let net = diff.accounts.entry(key).or_default();
                    *net = net.checked_add(amount)?;
                }
            }
            let said = |target: &Option<Target>| target.as_ref().map(words);
            let all = moved.entry((booked, said(&old), said(&new))).or_default();
            all.lines += sum.lines;
            all.net = all.net.checked_add(sum.net)?;
        }
        let moved = moved.into_iter();
        diff.moved =
            moved.map(|((booked, old, new), sum)| Moved { booked: booked.clone(), sum, old, new }).collect();
        diff.accounts.retain(|_, net| !net.is_zero());
        Ok(diff)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use domain::account_map::Node;
    use domain::record::inventory::AdjustmentLine;
    use domain::record::journal::JournalLine;

    use super::*;

    const MAP: &str = include_str!("../../../journal/accounts.example.toml");

    fn map(change: impl Fn(String) -> String) -> AccountMap {
        AccountMap::read(&toml::from_str::<Node>(&change(MAP.to_owned())).unwrap()).unwrap()
    }

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    fn entry(date: &str, lines: &[(&str, &str, &str)]) -> JournalEntry {
        let line = |(role, key, net): &(&str, &str, &str)| {
            let net = amount(net);
            JournalLine {
                role: (*role).to_owned(),
                dimension: Some((*key).to_owned()),
                debit: (!net.is_negative()).then_some(net),
                credit: net.is_negative().then(|| net.negated()),
                ..JournalLine::default()
            }
        };
        JournalEntry {
            business_date: date.parse().unwrap(),
            subsidiary: "US".to_owned(),
            currency: "USD".to_owned(),
            account_map: "old".to_owned(),
            lines: lines.iter().map(line).collect(),
            ..JournalEntry::default()
        }
    }

    #[test]
    fn history_is_booked_once_more_under_both_maps() {
        let old = map(|text| text);
        let new = map(|text| {
            text.replace("cash = \"120\"", "cash = \"122\"")
                .replace("class = \"3\"", "class = \"9\"")
                .replace("transfer = \"140\"", "transfer = \"620\"")
                .replace("paid_in = { default = \"496\" }", "paid_in = { default = \"495\" }")
        });
        let mut history = History::of(&old, &new, None, Some("2026-03-15".parse().unwrap()));
        for date in ["2026-03-13", "2026-03-14", "2026-03-15"] {
            let lines = [
                ("tender_clearing", "cash", "80.00"),
                ("tender_clearing", "card/visa", "20.00"),
                ("sales", "FUEL", "-60.00"),
                ("sales", "DELI/SNACKS", "-40.00"),
            ];
            history.journal(&entry(date, &lines)).unwrap();
        }
        history.journal(&entry("2026-03-16", &[("paid_in", "", "1.00")])).unwrap();
        let adjustment = Adjustment {
            business_date: "2026-03-14".parse().unwrap(),
            subsidiary: "US".to_owned(),
            reason: "transfer".to_owned(),
            lines: vec![AdjustmentLine::default(); 2],
            ..Adjustment::default()
        };
        history.adjustment(&adjustment);
        assert_eq!((history.documents, history.maps["old"]), (4, 3));
        let diff = history.diff().unwrap();
        let row = |moved: &Moved| {
            let Moved { booked, sum, old, new } = moved;
            let key = booked.key.as_deref().unwrap_or_default();
            format!(
                "{} {key} {} {}: {} -> {}",
                booked.role,
                sum.lines,
                sum.net,
                old.as_deref().unwrap(),
                new.as_deref().unwrap()
            )
        };
        assert_eq!(
            diff.moved.iter().map(row).collect::<Vec<_>>(),
            [
                "inventory_adjustment transfer 2 0.00: account 140 -> account 620",
                "tender_clearing cash 3 240.00: account 120 -> account 122",
                "sales FUEL 3 -180.00: account 410, department 7, class 3, location store -> account 410, \
                 department 7, class 9, location store",
            ]
        );
        let change = |account: &str| ("US".to_owned(), "USD".to_owned(), account.to_owned());
        let expected = [(change("120"), amount("-240.00")), (change("122"), amount("240.00"))];
        assert_eq!(diff.accounts, BTreeMap::from(expected));
    }

    /// A location books otherwise: of what was booked there all moves, of what was booked elsewhere nothing.
    #[test]
    fn each_document_is_compared_at_its_location() {
        let old = map(|text| text);
        let tables = "[subsidiaries.US.locations.400]\ntender_clearing = { cash = \"122\" }\n\
                      inventory_adjustment = { sale = \"620\" }\n";
        let new = map(|text| format!("{text}\n{tables}"));
        for (old, new, moved) in [(&old, &new, true), (&new, &old, true), (&new, &new, false)] {
            let mut history = History::of(old, new, None, None);
            for location in [Some("400"), Some("401"), None] {
                let entry = entry("2026-03-14", &[("tender_clearing", "cash", "80.00")]);
                let entry = JournalEntry { location: location.map(str::to_owned), ..entry };
                history.journal(&entry).unwrap();
                let adjustment = Adjustment {
                    subsidiary: "US".to_owned(),
                    location: location.unwrap_or("402").to_owned(),
                    reason: "sale".to_owned(),
                    lines: vec![AdjustmentLine::default()],
                    ..Adjustment::default()
                };
                history.adjustment(&adjustment);
            }
            assert_eq!((history.documents, history.placeless), (6, 1));
            let diff = history.diff().unwrap();
            let row = |moved: &Moved| (moved.booked.location.clone(), moved.booked.role, moved.sum.lines);
            let at = |role| (Some("400".to_owned()), role, 1);
            let expected = [at(Role::InventoryAdjustment), at(Role::TenderClearing)];
            let expected = if moved { expected.to_vec() } else { Vec::new() };
            assert_eq!(diff.moved.iter().map(row).collect::<Vec<_>>(), expected);
        }
    }

    /// The new map books otherwise from a date on: of the documents before it nothing moves.
    #[test]
    fn each_document_is_compared_on_its_business_date() {
        let old = map(|text| text);
        let new = map(|text| {
            text.replace("cash = \"120\"", "cash = [\"120\", { account = \"122\", from = 2026-03-14 }]")
        });
        let mut history = History::of(&old, &new, None, None);
        for date in ["2026-03-13", "2026-03-14", "2026-03-15"] {
            history.journal(&entry(date, &[("tender_clearing", "cash", "80.00")])).unwrap();
        }
        let diff = history.diff().unwrap();
        let rows: Vec<_> = diff
            .moved
            .iter()
            .map(|moved| (moved.sum.lines, moved.old.as_deref(), moved.new.as_deref()))
            .collect();
        assert_eq!(rows, [(2, Some("account 120"), Some("account 122"))]);
        let net: Vec<String> = diff.accounts.values().map(ToString::to_string).collect();
        assert_eq!(net, ["-160.00", "160.00"]);
    }

    #[test]
    fn what_the_new_map_cannot_book_is_named() {
        let old = map(|text| text);
        let new =
            map(|text| text.replace("default = \"121\", cash", "cash").replace("\"card/amex\"", "card"));
        let mut history = History::of(&old, &new, None, None);
        history.journal(&entry("2026-03-14", &[("tender_clearing", "voucher", "5.00")])).unwrap();
        let diff = history.diff().unwrap();
        assert_eq!((diff.moved[0].old.as_deref(), diff.moved[0].new.as_deref()), (Some("account 121"), None));
    }

    #[test]
    fn what_neither_map_can_book_is_named_too() {
        let poor =
            map(|text| text.replace("default = \"121\", cash", "cash").replace("\"card/amex\"", "card"));
        let mut history = History::of(&poor, &poor, None, None);
        let lines = [("tender_clearing", "voucher", "5.00"), ("royalties", "x", "-5.00")];
        history.journal(&entry("2026-03-14", &lines)).unwrap();
        let diff = history.diff().unwrap();
        assert_eq!((diff.moved.len(), diff.moved[0].new.as_deref(), history.strange), (1, None, 1));
    }
}
