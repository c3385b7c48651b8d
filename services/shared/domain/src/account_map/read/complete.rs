//! Holds an account map that was read to what the services will ask of it: a role in use, and a key that is sure to
//! come, has an account on every date.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::Date;
use crate::vocabulary::{BETWEEN_SUBSIDIARIES, STOCK_REASONS, UNSTOCKED};

use super::super::{DEFAULT, Entries, Role};
use super::Reader;

/// What is owed between two stores.
const BETWEEN: [Role; 2] = [Role::DueFrom, Role::DueTo];

/// The keys of a role as they are written, each with the first dates of its entries; the refused ones too, so that one
/// mistake is one problem.
type Written<'a> = BTreeMap<&'a str, BTreeSet<Option<Date>>>;

/// The roles of a table as they are written.
pub(super) type Roles<'a> = BTreeMap<Role, Written<'a>>;

/// Departments whose sales have an account of their own.
fn sold<'a>(written: &Roles<'a>) -> Vec<&'a str> {
    written.get(&Role::Sales).into_iter().flat_map(BTreeMap::keys).copied().collect()
}

impl Reader<'_> {
    /// A subsidiary answers for every role in use, on every date.
    pub(super) fn complete(
        &mut self,
        subsidiary: &str,
        entries: &Entries,
        written: &Roles<'_>,
        locations: &[(String, Roles<'_>)],
    ) {
        let place = format!("[subsidiaries.{subsidiary}]");
        // Where one of them is named something may be owed between two stores.
        let tables = || std::iter::once(written).chain(locations.iter().map(|(_, written)| written));
        let owed = tables().flat_map(BTreeMap::keys).any(|role| BETWEEN.contains(role));
        let in_use = |role: &Role| owed || !BETWEEN.contains(role);
        let missing = Role::ALL.into_iter().filter(in_use).filter(|role| !entries.contains_key(role));
        for role in missing {
            self.problem(format!(
                "{place}: role `{role}` is in use and has no account; add `{role}.default`"
            ));
        }
        for (role, keys) in written {
            self.gaps(&place, *role, keys, None);
        }
        let others: Vec<&str> =
            self.subsidiaries.iter().copied().filter(|other| *other != subsidiary).collect();
        // Of a subsidiary that names itself alone, only between its own stores.
        let due = || tables().flat_map(|written| BETWEEN.iter().filter_map(|role| written.get(role)));
        let due = || due().flat_map(BTreeMap::keys).copied();
        let within = due().any(|key| key == subsidiary);
        let crosses = owed && !others.is_empty() && !(within && due().all(|key| key == subsidiary));
        let reasons: Vec<&str> = match crosses {
            true => STOCK_REASONS.into_iter().chain(BETWEEN_SUBSIDIARIES).collect(),
            false => STOCK_REASONS.to_vec(),
        };
        let own = within.then_some(subsidiary);
        let owing: Vec<&str> = others.into_iter().filter(|_| crosses).chain(own).collect();
        for (role, keys) in [
            (Role::InventoryAdjustment, &reasons[..]),
            (Role::Sales, &UNSTOCKED[..]),
            (Role::Returns, &sold(written)[..]),
            (Role::DueFrom, &owing[..]),
            (Role::DueTo, &owing[..]),
        ] {
            self.answers(&place, role, &[written.get(&role)], keys);
        }
        for (place, at) in locations {
            self.complete_at(&format!("[{place}]"), at, written);
        }
    }

    /// A location answers for what it names, on every date, by itself or by its subsidiary.
    fn complete_at(&mut self, place: &str, written: &Roles<'_>, of_subsidiary: &Roles<'_>) {
        for (role, keys) in written {
            self.gaps(place, *role, keys, of_subsidiary.get(role));
        }
        let returns = [written.get(&Role::Returns), of_subsidiary.get(&Role::Returns)];
        // What the subsidiary sells, too, it answers for itself.
        let known = sold(of_subsidiary);
        let sold: Vec<&str> = sold(written).into_iter().filter(|key| !known.contains(key)).collect();
        self.answers(place, Role::Returns, &returns, &sold);
    }

    /// What a role is sure to be asked for has an account in one of its tables, or a service would stop at the first
    /// that has none. Departments are known to the item master only.
    fn answers(&mut self, place: &str, role: Role, tables: &[Option<&Written<'_>>], keys: &[&str]) {
        let has = |key: &str| tables.iter().flatten().any(|written| written.contains_key(key));
        // A `default` of a location that begins on a date leaves what is before it to the subsidiary.
        let answers_all =
            |written: &Written<'_>| written.get(DEFAULT).is_some_and(|from| from.contains(&None));
        let behind = tables.last().copied().flatten();
        let has_default = behind.is_some_and(|written| written.contains_key(DEFAULT))
            || tables.iter().flatten().any(|written| answers_all(written));
        // A role without any table is a problem of its own.
        if has_default || tables.iter().all(Option::is_none) {
            return;
        }
        for key in keys.iter().filter(|key| !has(key)) {
            self.problem(format!(
                "{place}: role `{role}` has no account for `{key}`; add it, or `{role}.default`"
            ));
        }
    }

    /// A key that has an account has one on every date, its own, that of `default`, or at a location that of its
    /// subsidiary; or a service would stop at the first bucket from before. What is used only from a date on loses
    /// nothing by an account that waits for it.
    fn gaps(&mut self, place: &str, role: Role, written: &Written<'_>, behind: Option<&Written<'_>>) {
        let begins = |key: &str| written.get(key).and_then(BTreeSet::first).copied().flatten();
        let is_behind = |key: &str| behind.is_some_and(|behind| behind.contains_key(key));
        let has_default = written.contains_key(DEFAULT);
        let default = begins(DEFAULT);
        for key in written.keys().filter(|key| !is_behind(key) && !is_behind(DEFAULT)) {
            let Some(first) = begins(key) else { continue };
            let says_all = match behind {
                // The gap of `default`, where it is no shorter, says all.
                None => *key != DEFAULT && has_default && default <= Some(first),
                // A `default` leaves to the subsidiary what it would leave to it without a date, and has no gap.
                Some(_) => *key == DEFAULT || has_default && default.is_none(),
            };
            if says_all {
                continue;
            }
            let of = if *key == DEFAULT { String::new() } else { format!(" for `{key}`") };
            let first = default.map_or(first, |default| default.min(first));
            self.problem(format!(
                "{place}: role `{role}` has no account{of} before {first}; let the first entry of `{role}.{key}` hold \
                 from the beginning, without `from`"
            ));
        }
    }
}
