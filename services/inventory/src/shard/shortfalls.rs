//! What of stock that fell below zero is said: a few by name, the further ones by their number.
//!
//! A chain that begins without its stock has a shortfall for each of its goods, so no more are named than a person
//! counts. The others are on `inventory.positions`, and all of them are in the counter.

use crate::event;
use crate::ledger::Shortfall;

/// Shortfalls that are named from one tick to the next.
const NAMED_MAX: usize = 5;

/// Stocks that fell below zero.
#[derive(Debug, Default)]
pub(super) struct Shortfalls {
    named: Vec<Shortfall>,
    /// How many there are beside these.
    more: u64,
}

impl Shortfalls {
    pub(super) fn add(&mut self, shortfalls: Vec<Shortfall>) {
        for shortfall in shortfalls {
            if self.named.len() < NAMED_MAX {
                self.named.push(shortfall);
            } else {
                self.more += 1;
            }
        }
    }

    pub(super) fn append(&mut self, others: Self) {
        self.add(others.named);
        self.more += others.more;
    }

    pub(super) fn say(&self, partition: i32) {
        self.named.iter().for_each(|shortfall| event::fell_below_zero(partition, shortfall));
        if self.more > 0 {
            event::more_fell_below_zero(partition, self.more);
        }
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

    /// Five are named, the further ones counted, and of an aborted transaction nothing is said.
    #[test]
    fn stock_below_zero_is_said_at_the_tick_after_its_commit() {
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
            (named.collect::<Vec<_>>(), more.collect::<Vec<_>>())
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
        let clock = Some(Clock { now: 1, read_through: None });
        feed(&mut shard, &sold(&["1", "2"])).unwrap();
        assert_eq!(tick(&mut shard, clock), (vec![], vec![]), "it is not committed");
        shard.abort();
        shard.commit();
        assert_eq!(tick(&mut shard, clock), (vec![], vec![]), "nor is what was aborted");
        for items in [&["1", "2", "3"][..], &["4", "5", "6", "7", "8", "10", "11"], &["12", "1"]] {
            feed(&mut shard, &sold(items)).unwrap();
            shard.commit();
        }
        assert_eq!(tick(&mut shard, None), (vec![], vec![]), "it waits for the tick");
        let named = ["1 -2.00", "2 -2.00", "3 -2.00", "4 -2.00", "5 -2.00"].map(str::to_owned).to_vec();
        assert_eq!(tick(&mut shard, clock), (named.clone(), vec!["6".to_owned()]));
        assert_eq!(tick(&mut shard, clock), (named.clone(), vec!["6".to_owned()]), "it is said once");
        feed(&mut shard, &sold(&["9"])).unwrap();
        shard.commit();
        let all = [named, vec!["9 -2.00".to_owned()]].concat();
        assert_eq!(tick(&mut shard, clock), (all, vec!["6".to_owned()]), "and the next tick names again");
    }
}
