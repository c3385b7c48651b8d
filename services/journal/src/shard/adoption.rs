//! An account map that is adopted between the closes of a partition.
#![allow(clippy::unwrap_used)]

use super::tests::{Changelog, MAP, changelog, close_of, counters, documents, event, feed, map, sale};
use super::*;

/// Books revenue of the second day to another account.
fn next() -> AccountMap {
    let dated = "10 = [\"400\", { account = \"401\", from = 2017-03-02 }]";
    map(&MAP.replace("10 = \"400\"", dated).replace("[accounts]", "[accounts]\n401 = { type = \"Income\" }"))
}

fn shard(map: &AccountMap, next: Option<&AccountMap>) -> JournalShard {
    let accounts = Accounts::new(map.clone(), next.cloned(), None).unwrap();
    JournalShard::new(0, Arc::new(accounts), Coders::open(&Codecs::embedded()).unwrap(), counters())
}

fn restored(mut shard: JournalShard, written: &Changelog) -> Result<JournalShard, Stop> {
    for (key, value) in written {
        shard.restore(key, value.as_deref())?;
    }
    shard.restored()?;
    Ok(shard)
}

fn adopted(map: &AccountMap) -> SalesEvent {
    let account_map = Some(map.hash().into());
    SalesEvent { store: "*".into(), account_map, ..event(books::ADOPTED) }
}

/// A sale of a business date and version, and its close.
fn sold(sequence: i64, date: &str, version: i32) -> [SalesEvent; 2] {
    let mut sale = sale(sequence, "sales", "10", "5.00");
    let mut close = close_of(std::slice::from_ref(&sale));
    let bucket = domain::record::sales::Bucket { business_date: date.parse().unwrap(), window: 0, version };
    sale.sale.as_mut().unwrap().bucket = bucket.clone();
    close.close.as_mut().unwrap().bucket = bucket;
    [sale, close]
}

/// Two buckets are open when the next map is adopted, and one is closed.
fn days() -> Vec<SalesEvent> {
    let [first, close_first] = sold(1, "2017-03-01", 1);
    let [second, close_second] = sold(2, "2017-03-02", 1);
    let [late, close_late] = sold(3, "2017-03-01", 2);
    let adopted = adopted(&next());
    vec![first, close_first, second, late, adopted.clone(), close_second, adopted, close_late]
}

/// Where the adoption stands among them.
const ADOPTED_AT: usize = 4;

#[test]
fn what_closes_before_an_adoption_is_booked_by_the_map_before_and_what_closes_after_by_the_new_one() {
    let (old, new) = (map(MAP), next());
    let sent = feed(&mut shard(&old, Some(&new)), &days()).unwrap();
    let documents = documents(&sent);
    let rows = documents.iter().map(|entry| {
        let revenue = entry.lines.iter().find(|line| line.role == "sales").unwrap();
        (entry.account_map.as_str(), entry.business_date.to_string(), revenue.account_netsuite_id.as_str())
    });
    let expected = [
        (old.hash(), "2017-03-01".to_owned(), "400"),
        (new.hash(), "2017-03-02".to_owned(), "401"),
        (new.hash(), "2017-03-01".to_owned(), "400"),
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
fn an_aborted_adoption_has_not_been() {
    let (old, new) = (map(MAP), next());
    let mut shard = shard(&old, Some(&new));
    feed(&mut shard, &days()[..ADOPTED_AT]).unwrap();
    shard.commit();
    feed(&mut shard, &[adopted(&new)]).unwrap();
    assert_eq!(shard.state().account_map(), Some(new.hash()));
    shard.abort();
    assert_eq!(shard.state().account_map(), Some(old.hash()));
    feed(&mut shard, &[adopted(&old)]).unwrap();
    assert!(changelog(&mut shard).is_empty(), "the map in force is adopted without a change");
}

#[test]
fn an_adoption_without_a_hash_stops_the_service() {
    let event = SalesEvent { account_map: None, ..adopted(&next()) };
    let text = feed(&mut shard(&map(MAP), Some(&next())), &[event]).unwrap_err().to_string();
    assert!(text.contains("does not carry what its kind promises"), "{text}");
}
