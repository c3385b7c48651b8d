//! What the stores of one subsidiary owe each other has accounts, where its entries say that they do.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::tests::{good, read};

/// A subsidiary whose stores owe each other names itself, on both sides; that asks for nothing of other subsidiaries.
#[test]
fn what_is_owed_within_a_subsidiary_has_accounts_on_both_sides() {
    let due = |from: Value, to: Value, names: &[&str]| {
        let mut file = good();
        let mut us = file["subsidiaries"]["US"].clone();
        (us["due_from"], us["due_to"]) = (from, to);
        let plain = file["subsidiaries"]["US"].clone();
        file["subsidiaries"] = json!({ "US": us });
        for name in names {
            file["subsidiaries"][*name] = plain.clone();
        }
        read(&file).map(|_| ()).map_err(|problems| problems.to_string())
    };
    let (own, other, all) = (json!({ "US": "500" }), json!({ "CA": "500" }), json!({ "default": "500" }));
    for (from, to, names, problem) in [
        (own.clone(), own.clone(), &[][..], None),
        (own.clone(), own.clone(), &["CA"], None),
        (all.clone(), all.clone(), &[], None),
        (own.clone(), all.clone(), &[], None),
        (own.clone(), json!({ "CA": "500" }), &[], Some("role `due_to` has no account for `US`")),
        (own.clone(), other, &["CA"], Some("role `due_from` has no account for `CA`")),
        (all, own, &["CA"], Some("role `due_to` has no account for `CA`")),
    ] {
        let found = due(from.clone(), to.clone(), names);
        match problem {
            None => assert_eq!(found, Ok(()), "{from} {to}"),
            Some(problem) => assert!(found.clone().unwrap_err().contains(problem), "{from} {to}: {found:?}"),
        }
    }
}
