//! Sends commands and waits for what became of them, as `sales.enriched` tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use domain::record::command::Command;
use domain::record::sales::SalesEvent;
use runtime::follow::From;

use super::Order;
use crate::cluster::{Cluster, Error};

/// How long one look for an answer may take.
const LOOK: Duration = Duration::from_millis(100);

/// What one partition made of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Id of the command.
    pub command: String,
    /// The partition.
    pub partition: i32,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// It was carried out before.
    Repeat,
    /// It was refused, and why.
    Refused(Vec<String>),
    /// No word of it came in time; it stays on its topic and is carried out once enrich reads it.
    Waiting,
}

/// Sends commands and waits for their answers, `patience` at most.
///
/// # Errors
/// [`Error`] when Kafka or the registry fails; a refused command is an answer.
pub fn send(cluster: &Cluster, orders: &[Order], patience: Duration) -> Result<Vec<Answer>, Error> {
    let mut open: BTreeSet<(&str, i32)> = BTreeSet::new();
    for order in orders {
        open.extend(order.partitions.iter().map(|partition| (order.command.id.as_str(), *partition)));
    }
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let partitions: BTreeSet<i32> = open.iter().map(|(_, partition)| *partition).collect();
    let partitions: Vec<i32> = partitions.into_iter().collect();
    // The end is noted before anything is sent, so that no answer stands before it.
    let mut events = cluster.scan::<SalesEvent>(&partitions, From::End)?;
    let mut writer = cluster.writer::<Command>()?;
    for order in orders {
        for partition in &order.partitions {
            writer.send_to(*partition, &order.command.store, &order.command)?;
        }
    }
    writer.flush()?;
    let mut answers: BTreeMap<(&str, i32), Outcome> = BTreeMap::new();
    let deadline = Instant::now() + patience;
    while !open.is_empty() && Instant::now() < deadline {
        let Some(received) = events.next(LOOK)? else { continue };
        let Some((command, outcome)) = received.record.as_ref().and_then(answer_of) else { continue };
        let found = open.iter().find(|(id, partition)| *id == command && *partition == received.partition);
        if let Some(key) = found.copied() {
            open.remove(&key);
            answers.insert(key, outcome);
        }
    }
    let waiting = open.into_iter().map(|key| (key, Outcome::Waiting));
    let answers = answers.into_iter().chain(waiting);
    Ok(answers
        .map(|((command, partition), outcome)| Answer { command: command.to_owned(), partition, outcome })
        .collect())
}

/// The command an event answers, and how.
#[must_use]
pub fn answer_of(event: &SalesEvent) -> Option<(&str, Outcome)> {
    let notice = event.notice.as_ref()?;
    let command = notice.command.as_deref()?;
    match event.kind.as_str() {
        "command" => Some((command, Outcome::Done)),
        "command_repeat" => Some((command, Outcome::Repeat)),
        "command_refused" => Some((command, Outcome::Refused(notice.reasons.clone()))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::record::sales::Notice;

    use super::*;

    #[test]
    fn only_words_about_the_command_itself_are_answers() {
        let refused = Outcome::Refused(vec!["why".to_owned()]);
        for (kind, expected) in [
            ("command", Some(Outcome::Done)),
            ("command_repeat", Some(Outcome::Repeat)),
            ("command_refused", Some(refused)),
            ("written_off", None),
            ("tick", None),
        ] {
            let notice =
                Notice { command: Some("id".into()), reasons: vec!["why".to_owned()], ..Notice::default() };
            let event = SalesEvent { kind: kind.into(), notice: Some(notice), ..SalesEvent::default() };
            assert_eq!(answer_of(&event).map(|(_, outcome)| outcome), expected, "{kind}");
        }
        assert_eq!(answer_of(&SalesEvent { kind: "command".into(), ..SalesEvent::default() }), None);
    }
}
