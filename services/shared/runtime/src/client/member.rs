//! One worker's place in the group and its transactional producer, over librdkafka.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::call::{Call, Caller, TransactionalProducer, WATCHDOG};
use super::connect::TRANSACTION_TIMEOUT;
use super::context::{Said, Watch};
use super::reader::{is_not_begun, poll_into};
use super::{
    Aftermath, Batch, Change, Connection, Hold, Member, Notes, Position, Progress, Refused, Role, Started,
    client_config, pause,
};
use crate::error::Error;

/// How long seeks may take inside the client.
const SEEK_WAIT: Duration = Duration::from_secs(10);

pub(crate) struct KafkaMember {
    connection: Connection,
    worker: usize,
    topic: String,
    consumer: BaseConsumer<Notes>,
    producer: Arc<TransactionalProducer>,
    caller: Caller,
    group: Option<Arc<ConsumerGroupMetadata>>,
    running: Option<Running>,
}

/// A transactional call under way.
struct Running {
    since: Instant,
    /// Errors of the producer's connection before it began.
    errors: u64,
    phase: Phase,
}

enum Phase {
    /// Waits for the outstanding records, by short polls: left to the commit itself it costs 100 ms more.
    Draining(TopicPartitionList),
    Calling,
    /// Like calling, and this producer takes over when it is done.
    Renewing(Arc<TransactionalProducer>),
    Failed(Progress),
}

impl KafkaMember {
    pub(crate) fn new(connection: &Connection, worker: usize, lead: &str) -> Result<Self, Error> {
        let topic = connection.topic(lead);
        let doing = |what: &str| format!("cannot {what} for worker {worker} of {}", connection.group());
        let producer = make_producer(connection, worker)?;
        let caller = Caller::start(&format!("{}-{worker}", connection.service))?;
        let consumer: BaseConsumer<Notes> = client_config(connection, Role::Member(worker))?
            .create_with_context(Notes::default())
            .map_err(|error| Error::kafka(doing("make a consumer"), error))?;
        let mut member = Self {
            connection: connection.clone(),
            worker,
            topic,
            consumer,
            producer,
            caller,
            group: None,
            running: None,
        };
        let started = Instant::now();
        let first = member.calling(Call::Init(Arc::clone(&member.producer)), Phase::Calling);
        member.running = Some(member.run(first));
        loop {
            let progress = member.progress(Duration::from_millis(100));
            if matches!(progress, Progress::Done(_)) {
                break;
            }
            if progress != Progress::Pending || started.elapsed() > WATCHDOG {
                return Err(Error::kafka(doing("start transactions"), format!("{progress:?}")));
            }
        }
        member
            .consumer
            .subscribe(&[&member.topic])
            .map_err(|error| Error::kafka(doing("join the group"), error))?;
        Ok(member)
    }

    fn run(&self, phase: Phase) -> Running {
        Running { since: Instant::now(), errors: self.producer.context().errors(), phase }
    }

    /// Starts a call on the caller's thread.
    fn calling(&self, call: Call, phase: Phase) -> Phase {
        match self.caller.call(call) {
            Ok(()) => phase,
            Err(failed) => Phase::Failed(failed),
        }
    }

    fn list(&self, partitions: &[i32]) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for &partition in partitions {
            list.add_partition(&self.topic, partition);
        }
        list
    }

    fn told(&self, doing: &str, outcome: Result<(), KafkaError>) -> Result<(), Error> {
        outcome.map_err(|error| Error::kafka(format!("cannot {doing} {}", self.topic), error))
    }

    /// Takes new partitions at once, since the group waits for it, but lets none flow. Where they will
    /// start is not known yet; the beginning stands in, because it always exists.
    fn take(&self, partitions: &[i32]) -> Result<(), Error> {
        let mut list = self.list(partitions);
        let placed = list.set_all_offsets(Offset::Beginning);
        self.told("take partitions of", placed)?;
        self.told("take partitions of", self.consumer.incremental_assign(&list))?;
        if partitions.is_empty() {
            return Ok(());
        }
        self.told("pause", self.consumer.pause(&self.list(partitions)))
    }

    fn positions(&self, positions: &[Position]) -> Result<TopicPartitionList, KafkaError> {
        let mut list = TopicPartitionList::new();
        for position in positions {
            let name = self.connection.topic(&position.topic);
            list.add_partition_offset(&name, position.partition, Offset::Offset(position.offset))?;
        }
        Ok(list)
    }

    /// Drains a little, and makes the commit call when nothing is outstanding.
    fn drained(&mut self, wait: Duration, positions: TopicPartitionList) -> Phase {
        let until = Instant::now() + wait;
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::ZERO);
            if Instant::now() >= until {
                return Phase::Draining(positions);
            }
            // The client's own waiting has a grain of a millisecond; an answer often comes earlier.
            pause(Duration::from_micros(100));
        }
        if let Some(failed) = self.undelivered() {
            return Phase::Failed(failed);
        }
        let Some(group) = self.group.clone() else {
            return Phase::Failed(Progress::Fatal("the membership was not noted before a commit".to_owned()));
        };
        let producer = Arc::clone(&self.producer);
        self.calling(Call::Commit { producer, positions, group }, Phase::Calling)
    }

    /// What a record that was not delivered means for the transaction.
    fn undelivered(&self) -> Option<Progress> {
        let undelivered = self.producer.context().take_undelivered()?;
        let what = format!("a record was not taken: {}", undelivered.what);
        let hopeless = [
            RDKafkaErrorCode::MessageSizeTooLarge,
            RDKafkaErrorCode::InvalidMessageSize,
            RDKafkaErrorCode::InvalidRecord,
            RDKafkaErrorCode::TopicAuthorizationFailed,
            RDKafkaErrorCode::UnknownTopicOrPartition,
            RDKafkaErrorCode::UnknownTopic,
            RDKafkaErrorCode::UnknownPartition,
        ];
        let never = undelivered.code.is_some_and(|code| hopeless.contains(&code));
        Some(if never { Progress::Fatal(what) } else { Progress::Abort(what) })
    }
}

fn make_producer(connection: &Connection, worker: usize) -> Result<Arc<TransactionalProducer>, Error> {
    let transactional = connection.transactional(worker);
    client_config(connection, Role::Producer(worker))?
        .create_with_context(Watch::default())
        .map(Arc::new)
        .map_err(|error| Error::kafka(format!("cannot make the producer {transactional}"), error))
}

/// Drops a client on a thread of its own, since that can block; the process does not wait for it.
fn drop_aside<T: Send + 'static>(client: T) {
    let dropper = std::thread::Builder::new().name("client-drop".to_owned()).spawn(move || drop(client));
    if let Err(error) = dropper {
        tracing::warn!(%error, "a client was dropped on the worker's own thread");
    }
}

impl Member for KafkaMember {
    fn poll(&mut self, wait: Duration, batch: &mut Batch) -> Result<(), Error> {
        poll_into(&self.consumer, &self.topic, wait, batch)
    }

    fn change(&mut self) -> Result<Option<Change>, Error> {
        Ok(match self.consumer.context().next() {
            None => None,
            Some(Said::Assign(partitions)) => {
                self.take(&partitions)?;
                Some(Change::Assigned(partitions))
            }
            Some(Said::Revoke(partitions)) => {
                let hold = if self.consumer.assignment_lost() { Hold::Lost } else { Hold::Kept };
                Some(Change::Revoked { partitions, hold })
            }
        })
    }

    fn start(&mut self, partition: i32, offset: i64) -> Result<Started, Error> {
        match self.consumer.seek(&self.topic, partition, Offset::Offset(offset), SEEK_WAIT) {
            Ok(()) => {}
            Err(error) if is_not_begun(&error) => return Ok(Started::NotYet),
            Err(error) => return self.told("start a partition of", Err(error)).map(|()| Started::NotYet),
        }
        self.told("resume", self.consumer.resume(&self.list(&[partition])))?;
        Ok(Started::Flowing)
    }

    fn seek(&mut self, positions: &[(i32, i64)]) -> Result<(), Error> {
        for &(partition, offset) in positions {
            let sought = self.consumer.seek(&self.topic, partition, Offset::Offset(offset), SEEK_WAIT);
            self.told("rewind", sought)?;
        }
        Ok(())
    }

    fn pause(&mut self, partition: i32) -> Result<(), Error> {
        self.told("pause", self.consumer.pause(&self.list(&[partition])))
    }

    fn resume(&mut self, partition: i32) -> Result<(), Error> {
        self.told("resume", self.consumer.resume(&self.list(&[partition])))
    }

    fn rejoin(&mut self) -> Result<(), Error> {
        // The client joins again as soon as the partitions it takes back here were released, under its member id.
        // It tells the group that it leaves only where there was nothing to take back.
        self.consumer.unsubscribe();
        self.told("join the group again for", self.consumer.subscribe(&[&self.topic]))
    }

    fn release(&mut self, partitions: &[i32]) -> Result<(), Error> {
        self.told("release partitions of", self.consumer.incremental_unassign(&self.list(partitions)))
    }

    fn pin(&mut self) -> Result<(), Error> {
        let group = self.consumer.group_metadata().ok_or_else(|| {
            Error::kafka(format!("cannot read the membership in {}", self.connection.group()), "not a member")
        })?;
        self.group = Some(Arc::new(group));
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Error> {
        self.told("begin a transaction for", self.producer.begin_transaction())
    }

    fn produce(
        &mut self,
        topic: &str,
        partition: i32,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), Refused> {
        let name = self.connection.topic(topic);
        let deadline = Instant::now() + TRANSACTION_TIMEOUT;
        loop {
            let mut record = BaseRecord::<[u8], [u8]>::to(&name).partition(partition).key(key);
            record.payload = value;
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    if Instant::now() >= deadline {
                        return Err(Refused::Abort(format!("the producer's queue stayed full, at {name}")));
                    }
                    self.producer.poll(Duration::from_millis(1));
                }
                Err((KafkaError::MessageProduction(code), _)) => {
                    let size = key.len() + value.map_or(0, <[u8]>::len);
                    let what = format!("{name} [{partition}], {size} bytes: {code}");
                    // The transaction has failed already; the reason shows when it is aborted.
                    let failed = [RDKafkaErrorCode::PurgeQueue, RDKafkaErrorCode::State].contains(&code);
                    return Err(if failed { Refused::Abort(what) } else { Refused::Never(what) });
                }
                Err((error, _)) => return Err(Refused::Never(format!("{name} [{partition}]: {error}"))),
            }
        }
    }

    fn serve(&mut self) {
        self.producer.poll(Duration::ZERO);
    }

    fn start_commit(&mut self, positions: &[Position]) {
        let phase = match self.positions(positions) {
            Ok(list) => Phase::Draining(list),
            Err(error) => Phase::Failed(Progress::Fatal(error.to_string())),
        };
        self.running = Some(self.run(phase));
    }

    fn start_abort(&mut self) {
        // The call drops what was not sent by itself. A purge from here could block for ever: it waits for
        // the thread of every broker, and one of those may be gone.
        let phase = self.calling(Call::Abort(Arc::clone(&self.producer)), Phase::Calling);
        self.running = Some(self.run(phase));
    }

    fn start_renew(&mut self) {
        let phase = match make_producer(&self.connection, self.worker) {
            Err(error) => Phase::Failed(Progress::Fatal(error.to_string())),
            Ok(producer) => self.calling(Call::Init(Arc::clone(&producer)), Phase::Renewing(producer)),
        };
        self.running = Some(self.run(phase));
    }

    fn progress(&mut self, wait: Duration) -> Progress {
        let Some(mut running) = self.running.take() else {
            return Progress::Fatal("no transactional call was started".to_owned());
        };
        running.phase = match running.phase {
            Phase::Draining(positions) => self.drained(wait, positions),
            other @ (Phase::Calling | Phase::Renewing(_) | Phase::Failed(_)) => other,
        };
        let answer = match running.phase {
            Phase::Failed(failed) => return failed,
            Phase::Draining(_) => Progress::Pending,
            Phase::Calling | Phase::Renewing(_) => self.caller.answer(wait),
        };
        self.producer.poll(Duration::ZERO);
        if answer == Progress::Pending {
            if running.since.elapsed() > WATCHDOG {
                return Progress::Fatal(format!(
                    "a transactional call did not return within {} s",
                    WATCHDOG.as_secs()
                ));
            }
            self.running = Some(running);
            return Progress::Pending;
        }
        let troubled = self.producer.context().errors() > running.errors;
        if let (Phase::Renewing(producer), Progress::Done(_)) = (running.phase, &answer) {
            drop_aside(std::mem::replace(&mut self.producer, producer));
            return answer;
        }
        // Old failures must not be read into the next transaction.
        drop(self.producer.context().take_undelivered());
        if troubled && matches!(answer, Progress::Done(_)) {
            Progress::Done(Aftermath::Renew)
        } else {
            answer
        }
    }

    fn close(self: Box<Self>, within: Duration) {
        self.consumer.context().close();
        let deadline = Instant::now() + within;
        let (done, finished) = std::sync::mpsc::channel::<()>();
        let closer = std::thread::Builder::new().name("client-close".to_owned()).spawn(move || {
            drop(self);
            drop(done);
        });
        match closer {
            // The sender is only ever dropped: a disconnect is the end of the close.
            Ok(_) => {
                let wait = deadline.saturating_duration_since(Instant::now());
                if finished.recv_timeout(wait) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    tracing::warn!(
                        "the clients were not closed in time and are left to the end of the process"
                    );
                }
            }
            Err(error) => tracing::warn!(%error, "the clients were closed on the worker's own thread"),
        }
    }
}
