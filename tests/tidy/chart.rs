//! The chart knows every setting: what an operator may decide in code can be given as a value.

use crate::finding::Finding;
use crate::tree::Tree;

/// Where the values of the chart are held to their names and types.
const SCHEMA: &str = "helm/tillstream/values.schema.json";

/// The settings of the services: the file and the struct that read them.
const SETTINGS: [(&str, &str); 7] = [
    ("services/shared/runtime/src/config/kafka.rs", "Kafka"),
    ("services/shared/runtime/src/config/mod.rs", "Process"),
    ("services/shared/wire/src/registry/settings.rs", "Settings"),
    ("services/enrich/src/settings.rs", "Settings"),
    ("services/inventory/src/config.rs", "Settings"),
    ("services/journal/src/config.rs", "Settings"),
    ("services/netsuite/src/config.rs", "Settings"),
];

/// Settings that the chart gives by itself, so that no value can contradict the pod.
const GIVEN: [&str; 5] = ["instance", "admin_address", "drain_seconds", "account_map", "next_account_map"];

/// Holds the schema of the values to the settings.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let schema = tree.text(SCHEMA).unwrap_or_default();
    let mut findings = Vec::new();
    for (path, name) in SETTINGS {
        let fields = fields(tree.text(path).unwrap_or_default(), name);
        if fields.is_empty() {
            findings.push(Finding::of(
                path,
                format!("holds no settings `{name}`: say in tests/tidy/chart.rs where"),
            ));
        }
        for (line, field) in fields {
            if !GIVEN.contains(&field) && !schema.contains(&format!("\"{field}\": {{")) {
                findings.push(Finding::at(path, line, format!("`{field}` is missing in {SCHEMA}")));
            }
        }
    }
    findings
}

/// The public fields of a struct by line.
fn fields<'a>(text: &'a str, name: &str) -> Vec<(usize, &'a str)> {
    let opening = format!("pub struct {name} {{");
    let lines = text.lines().enumerate().skip_while(|(_, line)| *line != opening);
    let body = lines.take_while(|(_, line)| *line != "}");
    let field =
        |line: &'a str| line.trim_start().strip_prefix("pub ")?.split_once(": ").map(|(field, _)| field);
    body.filter_map(|(at, line)| field(line).map(|field| (at + 1, field))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::assert_says;

    fn tree(field: &str) -> Tree {
        let texts =
            SETTINGS.map(|(path, name)| (path, format!("pub struct {name} {{\n    pub url: String,\n}}\n")));
        let mut files: Vec<_> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let last = format!("pub struct Settings {{\n    /// Says.\n    pub {field}: u64,\n}}\n");
        files[SETTINGS.len() - 1].1 = &last;
        files.push((SCHEMA, "\"url\": { \"type\": \"string\" }"));
        Tree::of(&files)
    }

    #[test]
    fn a_setting_that_no_value_can_give_is_found() {
        assert_eq!(check(&tree("url")), []);
        assert_says(&check(&tree("timeout_ms")), "config.rs:3: `timeout_ms` is missing");
    }

    #[test]
    fn settings_that_moved_are_found() {
        assert_eq!(check(&Tree::of(&[])).len(), SETTINGS.len());
    }
}
