//! The room of commands: the program `tillstream` as a person runs it, from its first help to the last Ctrl-C.
//!
//! `tillstream up` starts everything on free ports; the other commands work on it, each judged by its exit code, by
//! the words it prints and by what it did: what the simulated NetSuite holds, what enrich has counted. What the
//! orders decide is held in depth in the tests of `tillstream` and of the services; here is what a person meets.
//!
//! One stack serves all commands. It is stopped as a terminal does, comes up again on what it kept, and is stopped as
//! a supervisor does; no process may be left either time.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod accounts;
mod books;
#[path = "../shared/control.rs"]
mod control;
mod decide;
mod desk;
mod help;
#[path = "../shared/http.rs"]
mod http;
mod kin;
mod misuse;
mod offer;
mod program;
mod shop;
mod store_day;
mod topics;
mod up;
#[path = "../shared/wait.rs"]
mod wait;

use tillstream::stack::free_port;

use crate::books::NetSuite;
use crate::desk::Desk;
use crate::shop::Shop;
use crate::up::Up;

#[test]
fn every_command_explains_itself_with_an_example() {
    help::is_there_for_every_command(&Desk::new());
}

#[test]
fn what_is_typed_wrong_is_named() {
    misuse::needs_no_stack(&Desk::new());
}

#[test]
fn a_day_is_worked_from_the_terminal_and_nothing_is_left_behind() {
    let desk = Desk::new();
    // These wait for what never answers, and the others need not wait for them.
    let patient = misuse::nobody_answers(&desk);
    let up = Up::start(&desk);
    up.every_address_answers();
    up.what_is_taken_is_not_taken_twice(&desk);
    topics::are_checked_and_a_changed_one_is_named(&desk, &up);

    let shop = Shop::make(&desk);
    let netsuite = NetSuite::at(&up.part("netsuite-sim").address);
    offer::masters_and_tickets_are_sent_and_booked(&desk, &up, &shop, &netsuite);
    decide::a_store_is_released(&desk, &shop, &netsuite);
    decide::bad_records_are_mended_or_written_off(&desk, &up, &shop);
    decide::an_unknown_item_is_resolved(&desk, &shop);
    decide::everything_is_released_and_what_netsuite_refuses_is_tried_again(&desk, &shop, &netsuite);
    offer::a_chain_is_made_up_onto_kafka(&desk, &netsuite);
    offer::a_replay_is_stopped_in_the_middle(&desk, &up, &shop);
    store_day::comes_to_the_journal_that_was_worked_out_by_hand(&desk, &netsuite);
    accounts::another_map_is_compared_by_what_was_booked(&desk);
    accounts::a_map_is_adopted_and_a_bad_one_is_refused(&desk);
    misuse::nothing_there(&desk, &up, &shop);
    for (parts, command) in patient {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        command.wait().fails(1, &parts);
    }
    up.leaves_on_ctrl_c();

    let up = Up::start_on(&desk, [free_port().unwrap(), free_port().unwrap()]);
    offer::what_was_booked_is_booked_no_more(&desk, &up, &shop);
    up.leaves_when_terminated();
}
