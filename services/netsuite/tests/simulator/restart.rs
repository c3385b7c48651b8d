//! A lane that goes to another process: what its gauges show meanwhile.

use netsuite_sim::{Config, Fault, Rule};

use crate::room::Room;
use crate::support::{journal, simulator};

const HELD: &str = "tillstream_netsuite_held_documents";

#[test]
fn a_parked_document_is_shown_by_whoever_holds_its_shard_and_at_once() {
    let simulator = simulator(Config::default());
    simulator.inject(Rule::new(Fault::ClosedPeriod));
    let mut room = Room::open(&simulator);
    room.document(&journal("JE_12_1"));
    assert_eq!(room.next_word().status, "parked");
    assert_eq!(room.shows(HELD), 1, "it is parked");
    assert_eq!(room.restart(HELD), 0, "a shard that is taken away takes its share along");
    assert_eq!(room.shows(HELD), 1, "what was restored is shown before anything is committed");
}
