//! What of stock that fell below zero is said: a few by name once they are committed, the further ones by their number
//! at the tick.
//!
//! A chain that begins without its stock has a shortfall for each of its goods, so no more are named than a person
//! counts. The others are on `inventory.positions`, and all of them are in the counter.

use crate::event;
use crate::ledger::Shortfall;

/// Shortfalls that are named from one tick to the next.
const NAMED_MAX: usize = 5;

/// Stocks that fell below zero and are not said yet, and how many may be named until the tick.
#[derive(Debug, Default)]
pub(super) struct Shortfalls {
    /// Of the open transaction: those that may be named.
    open: Vec<Shortfall>,
    /// Of the open transaction: how many there are beside these.
    open_more: u64,
    /// Named since the tick.
    named: usize,
    /// How many were committed since the tick and not named.
    more: u64,
}

impl Shortfalls {
    /// Adds what the open transaction took below zero.
    pub(super) fn add(&mut self, shortfalls: Vec<Shortfall>) {
        for shortfall in shortfalls {
            if self.named + self.open.len() < NAMED_MAX {
                self.open.push(shortfall);
            } else {
                self.open_more += 1;
            }
        }
    }

    /// Names what was committed, so that it is said though no tick comes before a stop.
    pub(super) fn commit(&mut self, partition: i32) {
        self.open.iter().for_each(|shortfall| event::fell_below_zero(partition, shortfall));
        self.named += self.open.len();
        self.open.clear();
        self.more += std::mem::take(&mut self.open_more);
    }

    /// Forgets what the open transaction took below zero.
    pub(super) fn abort(&mut self) {
        self.open.clear();
        self.open_more = 0;
    }

    /// Says how many more were committed than are named, and lets as many be named again.
    pub(super) fn tick(&mut self, partition: i32) {
        if self.more > 0 {
            event::more_fell_below_zero(partition, self.more);
        }
        (self.named, self.more) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use domain::account_map::{AccountMap, Node};
    use runtime::stage::{Clock, Outputs, Shard};

    use super::*;
    use crate::shard::InventoryShard;
    use crate::shard::tests::{MAP, feed, movement, shard};

    /// Of an item that is short already nothing more is said.
    #[test]
    fn what_falls_below_zero_is_named_once_with_what_is_left() {
        let mut state = crate::state::State::default();
        let map = AccountMap::read(&toml::from_str::<Node>(MAP).unwrap()).unwrap();
        let fell = |state: &mut crate::state::State, quantity: &str| {
            let movement = movement("L1", &[("1", "on_hand", quantity, "sale")]);
            let shortfalls = crate::ledger::apply(state, &movement, &map).unwrap().shortfalls;
            let said = |Shortfall { location, item, on_hand }| format!("{location} {item} {on_hand}");
            shortfalls.into_iter().map(said).collect::<Vec<_>>().join(", ")
        };
        let steps = ["2", "-2", "-1", "-1", "3", "-3.5"];
        let expected = ["", "", "L1 1 -1.00", "", "", "L1 1 -2.50"];
        assert_eq!(steps.map(|quantity| fell(&mut state, quantity)), expected);
    }

    /// What the movement leaves counts, not what stood between two of its legs.
    #[test]
    fn a_movement_of_several_legs_falls_short_by_what_it_leaves() {
        let map = AccountMap::read(&toml::from_str::<Node>(MAP).unwrap()).unwrap();
        let cases: [(&str, &[&str], &str); 6] = [
            ("0", &["-1", "1"], ""),
            ("0", &["1", "-1"], ""),
            ("0", &["-1", "3", "-4"], "-2.00"),
            ("1", &["-1", "-1", "-1"], "-2.00"),
            ("0", &["2", "-3"], "-1.00"),
            ("-1", &["2", "-3"], ""),
        ];
        for (stood, quantities, expected) in cases {
            let mut state = crate::state::State::default();
            let mut apply = |quantities: &[&str]| {
                // Goods of another place and another item stand between the legs, and change nothing of this.
                let around = [("1", "damaged", "-9", "damage"), ("2", "on_hand", "5", "sale")];
                let legs = quantities.iter().map(|quantity| ("1", "on_hand", *quantity, "sale"));
                let rows: Vec<_> = legs.flat_map(|leg| [around[0], leg, around[1]]).collect();
                crate::ledger::apply(&mut state, &movement("L1", &rows), &map).unwrap()
            };
            apply(&[stood]);
            let decisions = apply(quantities);
            let said: Vec<_> = decisions.shortfalls.iter().map(|short| short.on_hand.to_string()).collect();
            assert_eq!(said.join(", "), expected, "{stood}, then {quantities:?}");
            let of_position = &decisions.positions[0].states;
            let held = of_position.iter().find(|held| held.state == "on_hand").unwrap();
            assert!(said.iter().all(|said| *said == held.quantity.to_string()), "{quantities:?}");
        }
    }

    /// Five are named until the tick, the further ones counted at it, and of an aborted transaction nothing is said.
    #[test]
    fn stock_below_zero_is_named_at_its_commit_and_the_rest_counted_at_the_tick() {
        testkit::log::listen();
        let said = || {
            let named = testkit::log::said("stock fell below zero");
            let named = named.into_iter().filter(|fields| fields["location"] == "SHORT");
            let named = named.map(|fields| format!("{} {}", fields["item"], fields["on_hand"]));
            let more = testkit::log::said("more stock fell below zero than is named");
            let more = more
                .into_iter()
                .filter(|fields| fields["partition"] == "7")
                .map(|fields| fields["more"].clone());
            (named.collect::<Vec<_>>().join(", "), more.collect::<Vec<_>>().join(", "))
        };
        let sold = |items: &[&str]| {
            let rows: Vec<_> = items.iter().map(|item| (*item, "on_hand", "-2", "sale")).collect();
            [movement("SHORT", &rows)]
        };
        let mut shard = InventoryShard { partition: 7, ..shard() };
        let tick = |shard: &mut InventoryShard, clock: Option<Clock>| {
            shard.turn(clock, &mut Outputs::new(vec![])).unwrap();
            said()
        };
        let are = |named: &str, more: &str| (named.to_owned(), more.to_owned());
        let clock = Some(Clock { now: 1, read_through: None });
        feed(&mut shard, &sold(&["1", "2", "3", "4", "5", "6", "7"])).unwrap();
        assert_eq!(said(), are("", ""), "it is not committed");
        shard.abort();
        shard.commit();
        assert_eq!(tick(&mut shard, clock), are("", ""), "nor is what was aborted");
        let (two, five) = ("1 -2.00, 2 -2.00", "1 -2.00, 2 -2.00, 3 -2.00, 4 -2.00, 5 -2.00");
        let transactions: [(&[&str], &str); 3] =
            [(&["1", "2"], two), (&["3", "4", "5", "6", "7", "8", "10"], five), (&["11", "12", "1"], five)];
        for (items, named) in transactions {
            feed(&mut shard, &sold(items)).unwrap();
            shard.commit();
            assert_eq!(said(), are(named, ""), "as many as may be, without a tick");
        }
        assert_eq!(tick(&mut shard, None), are(five, ""), "how many more waits for the tick");
        assert_eq!(tick(&mut shard, clock), are(five, "6"));
        assert_eq!(tick(&mut shard, clock), are(five, "6"), "it is said once");
        feed(&mut shard, &sold(&["9"])).unwrap();
        shard.commit();
        let all = format!("{five}, 9 -2.00");
        assert_eq!(tick(&mut shard, clock), are(&all, "6"), "and after the tick it names again");
    }
}
