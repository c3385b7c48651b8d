//! The short run: 20,000 tickets of the whole vocabulary leave neither a cent nor a piece between books and tills.
//!
//! `cargo bench --bench drift` is the long one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../shared/drift/mod.rs"]
mod drift;

#[test]
fn tickets_of_every_kind_leave_no_cent_of_drift() {
    let report = drift::run(20_000, |_| {});
    assert_eq!(report.differences, Vec::<String>::new(), "{}", report.table);
    assert!(report.tickets >= 20_000, "{}", report.tickets);
    let kinds = [
        "sale",
        "repeat",
        "reclassified",
        "claim",
        "claim exceeded",
        "flag unlisted_register",
        "flag closed_day",
        "close",
        "journals",
        "ledgers",
        "adjustments",
    ];
    for kind in kinds {
        assert!(report.counts.get(kind).is_some_and(|count| *count > 0), "{kind}: {:?}", report.counts);
    }
}
