//! What the demo sends: the whole data set, the synthetic chains, and a store that is opened while everything runs.

use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use domain::record::sales::SalesEvent;
use runtime::follow::From as Start;

use super::{Chain, Demo, Error, LOOK_EVERY, Progress, STEP_WITHIN, pause};
use crate::cluster::{Cluster, Scan};
use crate::publish::{self, Masters, Sent};
use crate::replay::ticket;

impl Demo<'_> {
    /// Sends every basket and what the chains' tills send, and follows what the sequencer makes of it.
    pub(super) fn stream(&mut self, progress: Progress<'_>) -> Result<(), Error> {
        self.began = Instant::now();
        let tickets = ticket::Tickets::new(self.dataset)?;
        let chains = self.chains;
        let of_chains = || chains.iter().flat_map(Chain::records_at_first);
        let (baskets, synthetic) = (tickets.count(), of_chains().count() as u64);
        progress(&format!(
            "streaming {baskets} transactions, ends of day among them, and {synthetic} of the synthetic chains"
        ));
        let mut scan = self.cluster.scan::<SalesEvent>(&[], Start::Start)?;
        self.follow(&mut scan, baskets + synthetic, progress, |cluster| {
            let transactions = tickets.iter().map(|ticket| ticket.map_err(Error::from));
            let transactions = transactions.chain(of_chains().map(Ok));
            publish::transactions::<Error>(cluster, transactions, &mut |_| ControlFlow::Continue(()))
        })?;
        for chain in chains {
            self.open_store(&chain, &mut scan, progress)?;
        }
        Ok(())
    }

    /// Opens a store by one record, and sends what its tills send once the sequencer knows it.
    fn open_store(
        &mut self,
        chain: &Chain,
        scan: &mut Scan<SalesEvent>,
        progress: Progress<'_>,
    ) -> Result<(), Error> {
        let Some(store) = chain.store_opened_later() else { return Ok(()) };
        progress(&format!("store {} is opened while everything runs", store.store));
        let opened = Masters { stores: vec![store], items: Vec::new() };
        publish::masters(&self.cluster, &opened, &mut |_| ControlFlow::Continue(()))?;
        self.store_records += 2;
        self.wait("the new store in enrich", progress, |demo| {
            Ok((demo.store_records - demo.pipeline.table_records("ref.stores")).max(0))
        })?;
        // A transaction that was open when the record was read ends within this time; the next one knows the store.
        (0..2).for_each(|_| pause());
        self.follow(scan, chain.records_opened_later().count() as u64, progress, |cluster| {
            let transactions = chain.records_opened_later().map(Ok);
            publish::transactions::<Error>(cluster, transactions, &mut |_| ControlFlow::Continue(()))
        })
    }

    /// Sends so many transactions and waits until each of them has its outcome.
    fn follow(
        &mut self,
        scan: &mut Scan<SalesEvent>,
        count: u64,
        progress: Progress<'_>,
        send: impl FnOnce(&Cluster) -> Result<Sent, Error> + Send,
    ) -> Result<(), Error> {
        let total = self.events.outcomes() + count;
        let cluster = &self.cluster;
        let sent = thread::scope(|scope| {
            let sender = scope.spawn(|| send(cluster));
            let deadline = Instant::now() + STEP_WITHIN;
            let mut told = Instant::now();
            while self.events.outcomes() < total && Instant::now() < deadline {
                self.events.take(scan.next(LOOK_EVERY)?);
                if sender.is_finished() && self.stack.check().is_err() {
                    break;
                }
                if told.elapsed() > Duration::from_secs(5) {
                    told = Instant::now();
                    progress(&format!("{} of {total} transactions are sequenced", self.events.outcomes()));
                }
            }
            sender.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        self.stack.check()?;
        if self.events.outcomes() < total {
            return Err(self.too_slow("sequencing", format!("{:?}", self.events.kinds)));
        }
        progress(&format!(
            "{} transactions are sequenced after {} s",
            sent.records,
            self.began.elapsed().as_secs()
        ));
        Ok(())
    }
}
