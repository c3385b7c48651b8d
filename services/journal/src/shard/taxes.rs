//! The tax summary that a close writes beside the journal of its bucket.
#![allow(clippy::unwrap_used)]

use super::tests::{amount, bucket, changelog, day, offer, restored, shard, taxed_day};
use super::*;
use domain::record::sales::SaleTax;
use domain::taxes::TAX_TOTALS_MAX;

fn summaries(sent: Vec<(&str, i32, Vec<u8>, Vec<u8>)>) -> Vec<TaxSummary> {
    let decoder = Codecs::embedded().decoder::<TaxSummary>().unwrap();
    let of_taxes = sent.into_iter().filter(|(topic, ..)| *topic == TAXES);
    let decode = |(_, partition, key, value): (&str, i32, Vec<u8>, Vec<u8>)| {
        assert_eq!((partition, key.as_slice()), (partition::of(b"367", 12), &b"367"[..]));
        decoder.decode(&value).unwrap()
    };
    of_taxes.map(decode).collect()
}

#[test]
fn a_close_sums_up_the_taxes_of_its_bucket() {
    assert!(summaries(offer(&mut shard(), &day()).unwrap()).is_empty(), "nothing was taxed");
    let events = taxed_day();
    let (morning, evening) = events.split_at(2);
    let mut first = shard();
    offer(&mut first, morning).unwrap();
    let written = changelog(&mut first);
    let mut second = restored(&written);
    let summary = summaries(offer(&mut second, evening).unwrap()).remove(0);
    assert_eq!((summary.id.as_str(), summary.lines.len()), ("TS_367_20170301_0_1_US_USD", 1));
    assert_eq!((summary.lines[0].tax, summary.lines[0].tax_without_base), (amount("0.80"), amount("0.80")));
    // A bucket that an older version opened: its beginning is not known, so nothing is said of its taxes.
    let mut older = restored(&written);
    let key = crate::state::bucket_key("367", &bucket(1));
    older.state.buckets.get_mut(&key).unwrap().taxes_whole = false;
    let sent = offer(&mut older, evening).unwrap();
    assert!(sent.iter().any(|(topic, ..)| *topic == ENTRIES));
    assert!(summaries(sent).is_empty());
}

/// A till that states another code on each line: all of its taxes are in the summary, the further ones on one line.
#[test]
fn more_taxes_than_are_told_apart_are_one_line_of_the_summary() {
    let mut events = taxed_day();
    let sale = events[1].sale.as_mut().unwrap();
    let tax = sale.lines[0].taxes[0].clone();
    sale.lines[0].taxes = (0..=TAX_TOTALS_MAX)
        .map(|number| SaleTax { code: number.to_string().into(), amount: amount("0.10"), ..tax.clone() })
        .chain([SaleTax { amount: amount("-25.30"), ..tax.clone() }])
        .collect();
    let mut shard = shard();
    let sent = offer(&mut shard, &events).unwrap();
    let decoder = Codecs::embedded().decoder::<JournalEntry>().unwrap();
    let entries = sent.iter().filter(|(topic, ..)| *topic == ENTRIES);
    let lines: Vec<usize> = entries.map(|(.., value)| decoder.decode(value).unwrap().lines.len()).collect();
    let mut counted = Tally::default();
    counted.closed(lines.into_iter());
    counted.mixed_summary();
    assert_eq!(shard.tally, counted);
    let summary = summaries(sent).remove(0);
    assert_eq!(summary.lines.len(), TAX_TOTALS_MAX + 1);
    assert_eq!((summary.lines[0].treatment.as_str(), summary.lines[0].tax), ("mixed", amount("-24.80")));
    let all: i64 = summary.lines.iter().map(|line| line.tax.units()).sum();
    assert_eq!(all, amount("0.80").units(), "as the journal books");
}

/// Bases that leave their digits: the bucket gets no summary, and its journal all the same.
#[test]
fn taxes_that_cannot_be_kept_cost_the_summary_and_not_the_journal() {
    let mut events = taxed_day();
    let taxes = &mut events[1].sale.as_mut().unwrap().lines[0].taxes;
    let nothing = SaleTax { amount: amount("0"), base: Some(amount("60000000000000")), ..taxes[0].clone() };
    taxes.extend([nothing.clone(), nothing]);
    let sent = offer(&mut shard(), &events).unwrap();
    assert!(sent.iter().all(|(topic, ..)| *topic == ENTRIES) && !sent.is_empty());
}
