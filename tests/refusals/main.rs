//! The room of refusals: what an operator sees when the environment is wrong, and what becomes of bad input,
//! with the real services on a real Kafka and a real registry.
//!
//! A service that cannot work ends within a stated time, and its last words name the thing, what was found,
//! what was wanted and what to do. Where waiting is right it says so once and is not ready. Bad records end in
//! quarantine with every reason, and the good ones around them are booked.
//!
//! One start of broker and registry serves everything, in the order in which an operator comes by it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod adoption;
mod bad_input;
mod case;
mod house;
#[path = "../shared/http.rs"]
mod http;
mod rights;
mod secure;
mod stub;
mod table;
#[path = "../shared/wait.rs"]
mod wait;

use tillstream::stack::free_port;

use crate::case::{check, start_all};
use crate::house::House;

#[test]
fn what_is_wrong_is_named_with_what_to_do_and_bad_records_are_quarantined() {
    let house = House::start();
    check(start_all(&house, table::unregistered()));

    house.register_schemas();
    house.make_wrong_topics();
    let nobody = format!("127.0.0.1:{}", free_port().unwrap());
    let (_listener, silent) = stub::silent();
    // These take their time, and the others need not wait for them.
    let patient = start_all(&house, table::unanswered(&nobody, &silent));
    check(start_all(&house, table::configuration(&house, &nobody)));
    check(start_all(&house, table::topics(&house)));
    rights::a_topic_is_open_once_the_right_that_the_refusal_names_is_given(&house);

    house.make_deployment();
    let mut enrich = bad_input::enrich_waits_for_masters(&house);
    bad_input::every_bad_record_is_quarantined_and_every_good_one_booked(&house, &mut enrich);
    secure::a_service_works_over_tls_with_a_name_and_says_why_it_cannot(&house);
    adoption::another_account_map_is_taken_where_it_is_adopted(&house);
    check(patient);
}
