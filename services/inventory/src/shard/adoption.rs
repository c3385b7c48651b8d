//! An account map that is adopted between the closes of a partition.
#![allow(clippy::unwrap_used)]

use domain::account_map::Node;

use super::tests::{Changelog, MAP, Sent, changelog, counters, feed, movement, record};
use super::*;

fn map(text: &str) -> AccountMap {
    let node: Node = toml::from_str(text).unwrap();
    AccountMap::read(&node).unwrap()
}

/// Books the cost of sales of the second day to another account.
fn next() -> AccountMap {
    map(&MAP.replace("sale = \"500\"", "sale = [\"500\", { account = \"510\", from = 2017-03-02 }]"))
}

fn shard(map: &AccountMap, next: Option<&AccountMap>) -> InventoryShard {
    let accounts = Accounts::new(map.clone(), next.cloned(), None).unwrap();
    InventoryShard::new(0, Arc::new(accounts), Coders::open(&Codecs::embedded()).unwrap(), counters())
}

fn restored(mut shard: InventoryShard, written: &Changelog) -> Result<InventoryShard, Stop> {
    for (key, value) in written {
        shard.restore(key, value.as_deref())?;
    }
    shard.restored()?;
    Ok(shard)
}

fn adopted(map: &AccountMap) -> Movement {
    Movement { account_map: Some(map.hash().into()), ..record(ledger::ADOPTED, "*", 0) }
}

/// What a business date moved at a location, and its close there.
fn sold(location: &str, date: &str) -> [Movement; 2] {
    let mut moved = movement(location, &[("1", "on_hand", "-2", "sale"), ("1", "customer", "2", "sale")]);
    let mut close = record(ledger::CLOSE, location, 1);
    moved.bucket.business_date = date.parse().unwrap();
    close.bucket = moved.bucket.clone();
    [moved, close]
}

/// Two buckets are open when the next map is adopted, and one is closed.
fn days() -> Vec<Movement> {
    let [first, close_first] = sold("L1", "2017-03-01");
    let [second, close_second] = sold("L1", "2017-03-02");
    let [far, close_far] = sold("L2", "2017-03-01");
    let adopted = adopted(&next());
    vec![first, close_first, second, far, adopted.clone(), close_second, adopted, close_far]
}

/// Where the adoption stands among them.
const ADOPTED_AT: usize = 4;

fn documents(sent: &Sent) -> Vec<Adjustment> {
    let decoder = Codecs::embedded().decoder::<Adjustment>().unwrap();
    let of_buckets = sent.iter().filter(|(topic, ..)| *topic == ADJUSTMENTS);
    of_buckets.map(|(_, _, _, value)| decoder.decode(value).unwrap()).collect()
}

#[test]
fn what_closes_before_an_adoption_is_booked_by_the_map_before_and_what_closes_after_by_the_new_one() {
    let (old, new) = (map(MAP), next());
    let sent = feed(&mut shard(&old, Some(&new)), &days()).unwrap();
    let documents = documents(&sent);
    let rows = documents.iter().map(|document| {
        let Adjustment { account_map, location, business_date, account_netsuite_id, .. } = document;
        (account_map.as_str(), location.as_str(), business_date.to_string(), account_netsuite_id.as_str())
    });
    let expected = [
        (old.hash(), "L1", "2017-03-01".to_owned(), "500"),
        (new.hash(), "L1", "2017-03-02".to_owned(), "510"),
        (new.hash(), "L2", "2017-03-01".to_owned(), "500"),
    ];
    assert_eq!(rows.collect::<Vec<_>>(), expected);
    assert_eq!(feed(&mut shard(&old, Some(&new)), &days()).unwrap(), sent, "a replay makes the same bytes");
}

/// Wherever the process stops, it goes on under the map of its state; once that is the new one it needs no other.
#[test]
fn a_restart_goes_on_under_the_map_of_the_state() {
    let (old, new) = (map(MAP), next());
    let whole = feed(&mut shard(&old, Some(&new)), &days()).unwrap();
    for cut in 1..=days().len() {
        let mut first = shard(&old, Some(&new));
        let days = days();
        let (head, tail) = days.split_at(cut);
        let begun = feed(&mut first, head).unwrap();
        let written = changelog(&mut first);
        for (map, next, may) in [
            (&old, Some(&new), true),
            (&new, Some(&old), true),
            (&new, None, cut > ADOPTED_AT),
            (&old, None, cut <= ADOPTED_AT),
        ] {
            let again = restored(shard(map, next), &written);
            assert_eq!(again.is_ok(), may, "cut at {cut}");
            let (Ok(mut again), true) = (again, next.is_some() || map == &new) else { continue };
            let mut sent = begun.clone();
            sent.extend(feed(&mut again, tail).unwrap());
            assert_eq!(sent, whole, "cut at {cut}");
        }
    }
}

#[test]
fn an_adoption_of_a_map_that_is_not_there_stops_before_it_changes_anything() {
    let (old, new) = (map(MAP), next());
    let mut shard = shard(&old, None);
    let days = days();
    feed(&mut shard, &days[..ADOPTED_AT]).unwrap();
    let written = changelog(&mut shard);
    shard.commit();
    let before = shard.state().clone();
    let refusal = feed(&mut shard, &days[ADOPTED_AT..]).unwrap_err();
    assert!(matches!(refusal, Refusal::Stop(_)));
    let text = refusal.to_string();
    assert!(text.contains(old.hash()) && text.contains(new.hash()), "{text}");
    assert!(text.contains("start with its file as next_account_map"), "{text}");
    assert_eq!(shard.state(), &before);
    let mut again = restored(self::shard(&old, Some(&new)), &written).unwrap();
    assert_eq!(documents(&feed(&mut again, &days[ADOPTED_AT..]).unwrap()).len(), 2);
}

#[test]
fn an_adoption_without_a_hash_stops_the_service() {
    let marker = Movement { account_map: None, ..adopted(&next()) };
    let refusal = feed(&mut shard(&map(MAP), Some(&next())), &[marker]).unwrap_err();
    assert!(matches!(refusal, Refusal::Stop(_)), "{refusal}");
}
