//! Whether state belongs to offsets and nothing is left open, once the services have drained.

use std::time::Duration;

use runtime::client::View;
use runtime::follow::{Follow, From};
use runtime::header::{self, Header};
use tillstream::deployment;

use crate::world::{PARTITIONS, World};

/// How long the markers of the last transactions may take to arrive.
const MARKERS_WITHIN: Duration = Duration::from_secs(15);

impl World {
    /// Every partition that was written has no open transaction: readers of committed records reach the end.
    pub(crate) fn no_transaction_is_open(&mut self) {
        for spec in deployment::topics().unwrap() {
            for partition in 0..spec.partitions {
                let ends = |world: &Self| {
                    let end = |view| world.end(&spec.name, partition, view);
                    (end(View::Committed), end(View::Everything))
                };
                let closed = self.wait_until(MARKERS_WITHIN, |world| {
                    let (stable, high) = ends(world);
                    stable == high
                });
                let (stable, high) = ends(self);
                assert!(closed, "{} [{partition}] is open at {stable}, before {high}", spec.name);
            }
        }
    }

    /// Each changelog header says what its group has committed, for every input partition.
    pub(crate) fn headers_are_committed_offsets(&self) {
        for group in self.services.iter().flat_map(|service| service.groups()) {
            let headers = self.headers(&group.changelog);
            for input in &group.inputs {
                let committed = self.committed(&group, input).expect("a drained group has its offsets");
                for (partition, committed) in (0..PARTITIONS).zip(committed) {
                    let header = &headers[usize::try_from(partition).unwrap()];
                    assert_eq!(
                        header.get(input, partition),
                        Some(committed),
                        "{}: header and committed offset of {input} [{partition}]",
                        group.service
                    );
                }
            }
        }
    }

    /// The last committed header of each changelog partition.
    fn headers(&self, changelog: &str) -> Vec<Header> {
        let mut headers = vec![Header::new(); usize::try_from(PARTITIONS).unwrap()];
        let mut follow = Follow::new(self.cluster.connection(), changelog, &[], From::Start).unwrap();
        let read = follow.to_end(|record| {
            if record.key.as_deref() == Some(header::KEY) {
                let value = record.value.unwrap_or_default();
                headers[usize::try_from(record.partition).unwrap()] = Header::decode(&value)?;
            }
            Ok::<_, runtime::Error>(())
        });
        read.unwrap();
        headers
    }
}
