//! Which parked documents are tried again, the orders for it, and the next word on each document.
//!
//! Only what `netsuite.postings` calls parked can be ordered: the documents behind a parked one of their
//! family follow by themselves once it is posted.
//!
//! Others write to `netsuite.postings` while a person reads and orders: a refusal counts as an answer only where
//! it stands behind the end that the topic had when the orders were taken. That NetSuite holds a document is true
//! whoever had it tried.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use domain::record::posting::{Posting, PostingCommand};

use super::Issuer;
use crate::cluster::{Cluster, Error};
use crate::posting::{PARKED, POSTED, Postings, Word};

/// The command that has a parked document tried again.
const RETRY: &str = "retry";

/// How long one look for a word may take.
const LOOK: Duration = Duration::from_millis(100);

/// What became of a document that was tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// NetSuite holds it, under this internal id.
    Posted(String),
    /// It was refused again: class and NetSuite's words.
    Parked(String, String),
    /// No word of it came in time; the order stays on its topic.
    Waiting,
}

/// Documents that cannot be tried again, each with what is known of it.
#[derive(Debug, thiserror::Error)]
#[error("nothing was ordered: {}", .0.join("; "))]
pub struct NotParked(Vec<String>);

/// Every document whose last word is that it is parked.
#[must_use]
pub fn every_parked(last: &BTreeMap<String, Posting>) -> Vec<Posting> {
    last.values().filter(|posting| posting.status == PARKED).cloned().collect()
}

/// The documents of these ids, each once.
///
/// # Errors
/// [`NotParked`] naming every one that is not parked.
pub fn named(last: &BTreeMap<String, Posting>, documents: &[String]) -> Result<Vec<Posting>, NotParked> {
    let (mut parked, mut problems) = (Vec::new(), Vec::new());
    for document in documents.iter().collect::<BTreeSet<_>>() {
        match last.get(document) {
            Some(posting) if posting.status == PARKED => parked.push(posting.clone()),
            Some(posting) => problems.push(format!("{document} is not parked but {}", posting.status)),
            None => problems.push(format!(
                "{document} is not parked: netsuite.postings does not know it, it may wait behind another one of \
                 its family"
            )),
        }
    }
    if problems.is_empty() { Ok(parked) } else { Err(NotParked(problems)) }
}

/// Orders that parked documents be tried again, and waits for the next word on each, `patience` at most.
/// The words are read on from where `postings` stands, so none is missed; of those written before the orders
/// only that a document is posted counts.
///
/// # Errors
/// [`Error`] when Kafka or the registry fails; a document refused again is an answer.
pub fn send(
    cluster: &Cluster,
    postings: &mut Postings,
    issuer: &mut Issuer,
    parked: &[Posting],
    patience: Duration,
) -> Result<BTreeMap<String, Outcome>, Error> {
    // Before the first order leaves: what is said of its try stands behind these ends.
    let ends = cluster.ends::<Posting>()?;
    let mut writer = cluster.writer::<PostingCommand>()?;
    for posting in parked {
        writer.send(&posting.family, &command(issuer, posting))?;
    }
    writer.flush()?;
    let waiting = parked.iter().map(|posting| (posting.document.clone(), Outcome::Waiting));
    let mut outcomes: BTreeMap<String, Outcome> = waiting.collect();
    let mut open = outcomes.len();
    let deadline = Instant::now() + patience;
    while open > 0 && Instant::now() < deadline {
        let Some(word) = postings.next(LOOK)? else { continue };
        let Some(outcome) = outcomes.get_mut(&word.posting.document) else { continue };
        if let (Outcome::Waiting, Some(said)) = (&*outcome, said(word, &ends)) {
            *outcome = said;
            open -= 1;
        }
    }
    Ok(outcomes)
}

fn command(issuer: &mut Issuer, posting: &Posting) -> PostingCommand {
    PostingCommand {
        id: issuer.next_id(RETRY, &posting.document),
        kind: RETRY.to_owned(),
        document: posting.document.clone(),
        document_kind: posting.kind.clone(),
        family: posting.family.clone(),
        issued_at: issuer.at,
        issued_by: issuer.by.clone(),
        reason: issuer.reason.clone(),
    }
}

/// What a word says of a try that was ordered when the partitions ended at `ends`; nothing when the try is not
/// over, or when the word is of an earlier one.
fn said(word: Word, ends: &[i64]) -> Option<Outcome> {
    let Word { partition, offset, posting } = word;
    match posting.status.as_str() {
        POSTED => Some(Outcome::Posted(posting.netsuite_id.unwrap_or_default())),
        PARKED => {
            let end = usize::try_from(partition).ok().and_then(|partition| ends.get(partition));
            let class = posting.class.unwrap_or_default();
            let refused = Outcome::Parked(class, posting.detail.unwrap_or_default());
            end.is_none_or(|end| offset >= *end).then_some(refused)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use domain::calendar::Timestamp;

    use super::*;

    fn last() -> BTreeMap<String, Posting> {
        let posting = |document: &str, status: &str| Posting {
            document: document.to_owned(),
            family: format!("family of {document}"),
            kind: "journal_entry".to_owned(),
            status: status.to_owned(),
            ..Posting::default()
        };
        let postings = [("JE_1", "parked"), ("JE_2", "posted"), ("JE_3", "parked"), ("JE_4", "double")];
        postings.map(|(document, status)| (document.to_owned(), posting(document, status))).into()
    }

    fn ids(postings: &[Posting]) -> Vec<&str> {
        postings.iter().map(|posting| posting.document.as_str()).collect()
    }

    #[test]
    fn all_means_every_document_that_is_parked_and_no_other() {
        assert_eq!(ids(&every_parked(&last())), ["JE_1", "JE_3"]);
    }

    #[test]
    fn a_document_named_twice_is_ordered_once() {
        let named = named(&last(), &["JE_3", "JE_1", "JE_3"].map(str::to_owned)).unwrap();
        assert_eq!(ids(&named), ["JE_1", "JE_3"]);
    }

    #[test]
    fn every_document_that_is_not_parked_is_named_and_nothing_is_ordered() {
        let error = named(&last(), &["JE_1", "JE_2", "JE_4", "JE_5"].map(str::to_owned)).unwrap_err();
        let message = error.to_string();
        for part in ["JE_2 is not parked but posted", "JE_4 is not parked but double", "JE_5 is not parked: "]
        {
            assert!(message.contains(part), "{message}");
        }
        assert!(!message.contains("JE_1"), "{message}");
    }

    #[test]
    fn a_command_says_all_that_its_lane_needs() {
        let mut issuer = Issuer::new("ana", Timestamp(7), Some("account opened"));
        let commands =
            every_parked(&last()).iter().map(|posting| command(&mut issuer, posting)).collect::<Vec<_>>();
        let expected = PostingCommand {
            id: commands[0].id.clone(),
            kind: "retry".to_owned(),
            document: "JE_1".to_owned(),
            document_kind: "journal_entry".to_owned(),
            family: "family of JE_1".to_owned(),
            issued_at: Timestamp(7),
            issued_by: "ana".to_owned(),
            reason: Some("account opened".to_owned()),
        };
        assert_eq!(commands[0], expected);
        assert_ne!(commands[0].id, commands[1].id);
    }

    #[test]
    fn a_try_ends_with_a_posting_or_with_a_refusal_after_the_order() {
        let posted = Some(Outcome::Posted("7".to_owned()));
        let parked = Some(Outcome::Parked("closed_period".to_owned(), "closed".to_owned()));
        for (status, partition, offset, expected) in [
            ("posted", 1, 9, posted.clone()),
            ("posted", 1, 10, posted),
            ("parked", 1, 9, None),
            ("parked", 1, 10, parked.clone()),
            ("parked", 0, 9, parked),
            ("double", 1, 10, None),
        ] {
            let posting = Posting {
                status: status.to_owned(),
                netsuite_id: Some("7".to_owned()),
                class: Some("closed_period".to_owned()),
                detail: Some("closed".to_owned()),
                ..Posting::default()
            };
            let said = said(Word { partition, offset, posting }, &[4, 10]);
            assert_eq!(said, expected, "{status} at {partition}:{offset}");
        }
    }
}
