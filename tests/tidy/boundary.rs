//! Who may know whom. A crate exists to keep a dependency out of somewhere: this is the table of it.
//!
//! cargo-deny holds the crates from outside to their one owner (`deny.toml`); here are the crates of the
//! workspace, and those that are held to a list: the pure core, and the independent side of the statement.

use crate::finding::Finding;
use crate::manifest::{dependencies, value};
use crate::rust::{code_of, has_word};

/// The crates of the workspace, and which of the others each may depend on outside its tests.
const MAY_KNOW: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("wire", &["domain"]),
    ("runtime", &[]),
    ("testkit", &["domain", "wire", "runtime"]),
    ("enrich", &["domain", "wire", "runtime"]),
    ("inventory", &["domain", "wire", "runtime"]),
    ("journal", &["domain", "wire", "runtime"]),
    ("netsuite", &["domain", "wire", "runtime"]),
    // It stands for a program of another company: sharing code with the connector would share mistakes.
    ("netsuite-sim", &[]),
    (
        "tillstream",
        &["domain", "wire", "runtime", "enrich", "inventory", "journal", "netsuite", "netsuite-sim"],
    ),
    ("tillstream-checks", &["domain", "wire", "runtime", "testkit", "enrich", "inventory", "journal"]),
];

/// All that the pure core may link: none of it does I/O, reads a clock or draws a number.
const DOMAIN_MAY_LINK: [&str; 7] =
    ["blake3", "compact_str", "jiff", "rust_decimal", "rustc-hash", "serde", "thiserror"];

/// Code that must share nothing with what it checks, and what it may look at in its own crate: the expected
/// side of the statement, and the reader of the data set that both sides begin with.
const INDEPENDENT: [(&str, &[&str]); 2] = [
    ("services/tillstream/src/statement/expected", &["completejourney"]),
    ("services/tillstream/src/completejourney/", &["completejourney", "cache", "tool"]),
];

/// Holds one manifest to the table.
pub(crate) fn check_manifest(path: &str, manifest: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(name) = value(manifest, "package", "name") else { return findings };
    let Some((_, may_know)) = MAY_KNOW.iter().find(|(known, _)| *known == name) else {
        return vec![Finding::of(
            path,
            format!("crate `{name}`: say in tests/tidy/boundary.rs what it may know"),
        )];
    };
    for dependency in dependencies(manifest).iter().filter(|found| !found.table.starts_with("dev-")) {
        let ours = MAY_KNOW.iter().any(|(known, _)| *known == dependency.name);
        if ours && !may_know.contains(&dependency.name) {
            let says = format!("`{name}` must not know `{}`", dependency.name);
            findings.push(Finding::at(path, dependency.line, says));
        }
        if name == "domain" && !ours && !DOMAIN_MAY_LINK.contains(&dependency.name) {
            let says = format!("`domain` is pure: `{}` belongs to the crate that does I/O", dependency.name);
            findings.push(Finding::at(path, dependency.line, says));
        }
    }
    findings
}

/// Holds independent code to itself.
pub(crate) fn check_source(path: &str, text: &str) -> Vec<Finding> {
    let Some((_, may_see)) = INDEPENDENT.iter().find(|(prefix, _)| path.starts_with(prefix)) else {
        return Vec::new();
    };
    let code = code_of(text);
    let shipped = code.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    let shared =
        shipped.enumerate().filter_map(|(at, line)| foreign(line, may_see).map(|name| (at + 1, name)));
    let says = |name| format!("`{name}`: independent code shares nothing with what it checks");
    shared.map(|(line, name)| Finding::at(path, line, says(name))).collect()
}

/// The first thing a line looks at that is neither from outside the workspace nor among what it may see.
fn foreign(line: &str, may_see: &[&str]) -> Option<String> {
    let ours = MAY_KNOW.iter().map(|(name, _)| name.replace('-', "_"));
    let other = ours.chain(["super".to_owned()]).find(|name| has_word(line, name) && has_path(line, name));
    let mut seen = line.match_indices("crate::").map(|(at, path)| &line[at + path.len()..]);
    let own = |rest: &&str| !may_see.iter().any(|name| rest.starts_with(&format!("{name}::")));
    other.or_else(|| seen.find(own).map(|rest| format!("crate::{}", rest.trim_end_matches(';'))))
}

/// True when a path begins with `name`; `pub(super)` says who may look in, not where the file looks.
fn has_path(line: &str, name: &str) -> bool {
    line.contains(&format!("{name}::"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::assert_says;

    #[test]
    fn a_crate_that_knows_too_much_is_found() {
        let cases = [
            ("domain", "tokio = \"1\"", "`domain` is pure: `tokio`"),
            ("domain", "wire.workspace = true", "`domain` must not know `wire`"),
            ("journal", "inventory.workspace = true", "`journal` must not know `inventory`"),
            ("wire", "runtime = { path = \"../runtime\" }", "`wire` must not know `runtime`"),
            ("enrich", "testkit.workspace = true", "`enrich` must not know `testkit`"),
        ];
        for (name, line, words) in cases {
            let manifest = format!("[package]\nname = \"{name}\"\n[dependencies]\n{line}\n");
            assert_says(&check_manifest("Cargo.toml", &manifest), words);
        }
    }

    #[test]
    fn a_crate_of_no_known_place_is_found() {
        assert_says(&check_manifest("Cargo.toml", "[package]\nname = \"util\"\n"), "what it may know");
    }

    #[test]
    fn tests_of_a_crate_may_know_more() {
        let manifest = "[package]\nname = \"enrich\"\n[dependencies]\nwire.workspace = true\n\
            [dev-dependencies]\ntestkit.workspace = true\n";
        assert_eq!(check_manifest("Cargo.toml", manifest), []);
    }

    #[test]
    fn the_expected_side_stands_alone() {
        let path = "services/tillstream/src/statement/expected.rs";
        assert_says(&check_source(path, "use domain::number::Amount;"), "`domain`");
        assert_says(&check_source(path, "fn f() { crate::replay::rows(); }"), "`crate::replay");
        assert_says(
            &check_source(path, "use crate::completejourney_of_another;"),
            "`crate::completejourney_of",
        );
        assert_says(&check_source(path, "use super::Statement;"), "`super`");
        assert_says(&check_source(path, "use netsuite_sim::Account;"), "`netsuite_sim`");
        let reader = "services/tillstream/src/completejourney/read.rs";
        assert_says(&check_source(reader, "use wire::codec;"), "`wire`");
        assert_eq!(check_source(reader, "use crate::cache::{self, Cache};"), []);
        let alone = "//! Not by `domain::journal`.\nuse rust_decimal::Decimal;\n\
            use crate::completejourney::Line;\npub(crate) fn total() {}\n\
            #[cfg(test)]\nmod tests {\n    use super::*;\n}\n";
        assert_eq!(check_source(path, alone), []);
        assert_eq!(check_source("services/tillstream/src/statement/mod.rs", "use domain::number;"), []);
    }
}
