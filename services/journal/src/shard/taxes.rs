//! The tax summary that a close writes beside the journal of its bucket.
#![allow(clippy::unwrap_used)]

use super::tests::{amount, bucket, changelog, day, offer, restored, shard, taxed_day};
use super::*;

#[test]
fn a_close_sums_up_the_taxes_of_its_bucket() {
    let summaries = |sent: Vec<(&str, i32, Vec<u8>, Vec<u8>)>| -> Vec<TaxSummary> {
        let decoder = Codecs::embedded().decoder::<TaxSummary>().unwrap();
        let of_taxes = sent.into_iter().filter(|(topic, ..)| *topic == TAXES);
        let decode = |(_, partition, key, value): (&str, i32, Vec<u8>, Vec<u8>)| {
            assert_eq!((partition, key.as_slice()), (partition::of(b"367", 12), &b"367"[..]));
            decoder.decode(&value).unwrap()
        };
        of_taxes.map(decode).collect()
    };
    assert!(summaries(offer(&mut shard(), &day()).unwrap()).is_empty(), "nothing was taxed");
    let events = taxed_day();
    let (morning, evening) = events.split_at(2);
    let mut first = shard();
    offer(&mut first, morning).unwrap();
    let written = changelog(&mut first);
    let mut second = restored(&written);
    let summary = summaries(offer(&mut second, evening).unwrap()).remove(0);
    assert_eq!((summary.id.as_str(), summary.lines.len()), ("TS_367_20170301_0_1_US_USD", 1));
    assert_eq!((summary.lines[0].tax, summary.lines[0].without_base), (amount("0.80"), 2));
    // A bucket that an older version opened: its beginning is not known, so nothing is said of its taxes.
    let mut older = restored(&written);
    let key = crate::state::bucket_key("367", &bucket(1));
    older.state.buckets.get_mut(&key).unwrap().taxes_whole = false;
    let sent = offer(&mut older, evening).unwrap();
    assert!(sent.iter().any(|(topic, ..)| *topic == ENTRIES));
    assert!(summaries(sent).is_empty());
}
