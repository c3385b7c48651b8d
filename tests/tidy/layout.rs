//! The fixed shape of the checkout: what stands at the root, which crates there are, how files are named.

use crate::finding::Finding;
use crate::manifest::list;
use crate::tree::Tree;

/// What a newcomer finds at the root, and nothing beside it.
const TOP_LEVEL: [&str; 17] = [
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "benches",
    "clippy.toml",
    "deny.toml",
    "helm",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "schemas",
    "services",
    "tests",
];

/// Of these the checkout may do without, until there is something to put there.
const OPTIONAL: [&str; 1] = ["benches"];

/// Holds the root to its list, both ways.
pub(crate) fn check_top_level(names: &[&str]) -> Vec<Finding> {
    let strangers = names.iter().filter(|name| !TOP_LEVEL.contains(*name));
    let missing = TOP_LEVEL.iter().filter(|name| !names.contains(*name) && !OPTIONAL.contains(*name));
    let stranger = |name: &&str| Finding::of(name, "does not belong at the root: put it where its kind is");
    let absent = |name: &&str| Finding::of(name, "is missing at the root");
    strangers.map(stranger).chain(missing.map(absent)).collect()
}

/// Holds one path to names that every shell, disk and link takes as they are.
pub(crate) fn check_name(path: &str) -> Option<Finding> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    let odd = path.chars().find(|character| !plain(*character))?;
    Some(Finding::of(path, format!("{odd:?} in a name: keep to letters, digits, dot, hyphen and underscore")))
}

/// Holds the workspace to its members: each exists, none is forgotten, each takes the common lints.
pub(crate) fn check_members(root: &str, tree: &Tree) -> Vec<Finding> {
    let members = list(root, "members");
    let mut findings = Vec::new();
    for member in &members {
        match tree.text(&format!("{member}/Cargo.toml")) {
            None => findings.push(Finding::of("Cargo.toml", format!("member {member} has no Cargo.toml"))),
            Some(manifest) if !manifest.contains("[lints]\nworkspace = true") => {
                findings
                    .push(Finding::of(member, "take the common lints: `[lints]` with `workspace = true`"));
            }
            Some(_) => {}
        }
    }
    for (path, _) in tree.ending("/Cargo.toml") {
        let folder = path.trim_end_matches("/Cargo.toml");
        if !members.contains(&folder) {
            findings.push(Finding::of(path, "is no member of the workspace: name it in the root manifest"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::assert_says;

    #[test]
    fn the_root_holds_its_list_and_nothing_else() {
        let mut names = TOP_LEVEL.to_vec();
        assert_eq!(check_top_level(&names), []);
        names.push("misc");
        assert_says(&check_top_level(&names), "misc:1: does not belong");
        names.retain(|name| *name != "misc" && *name != "LICENSE");
        assert_says(&check_top_level(&names), "LICENSE:1: is missing");
    }

    #[test]
    fn odd_names_are_found() {
        assert!(check_name("services/${project.basedir}/target").is_some());
        assert!(check_name("schemas/pos.transactions/v1.avsc").is_none());
    }

    #[test]
    fn the_members_are_the_crates() {
        let root = "members = [\n    \"a\",\n]\n";
        let lints = "[lints]\nworkspace = true\n";
        assert_eq!(check_members(root, &Tree::of(&[("a/Cargo.toml", lints)])), []);
        assert_says(&check_members(root, &Tree::of(&[])), "has no Cargo.toml");
        assert_says(&check_members(root, &Tree::of(&[("a/Cargo.toml", "")])), "common lints");
        let forgotten = Tree::of(&[("a/Cargo.toml", lints), ("b/Cargo.toml", lints)]);
        assert_says(&check_members(root, &forgotten), "no member");
    }
}
