//! Reads what the rules need from a Cargo.toml: names in the tables of dependencies, and lists of strings.
//! It knows the way these manifests are written, one dependency a line, and nothing more of TOML.

/// A dependency by its name, with the table and line it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency<'a> {
    pub(crate) name: &'a str,
    pub(crate) table: &'a str,
    pub(crate) line: usize,
}

/// Every dependency a manifest names, in any of its tables of dependencies.
pub(crate) fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let mut table = "";
    let mut found = Vec::new();
    for (at, line) in manifest.lines().enumerate() {
        if let Some(header) = header(line) {
            table = header;
            // The form `[dependencies.name]` names one in its header.
            if let Some((of, name)) = header.rsplit_once('.').filter(|(of, _)| of.ends_with("dependencies")) {
                found.push(Dependency { name, table: of, line: at + 1 });
            }
        } else if table.ends_with("dependencies")
            && !table.starts_with("workspace")
            && let Some(name) = key(line)
        {
            found.push(Dependency { name, table, line: at + 1 });
        }
    }
    found
}

/// The value of `key = "..."` in a table.
pub(crate) fn value<'a>(manifest: &'a str, table: &str, wanted: &str) -> Option<&'a str> {
    let mut lines = manifest.lines().skip_while(|line| header(line) != Some(table)).skip(1);
    let line =
        lines.by_ref().take_while(|line| header(line).is_none()).find(|line| key(line) == Some(wanted))?;
    line.split('"').nth(1)
}

/// The strings of a list that is written one a line.
pub(crate) fn list<'a>(manifest: &'a str, wanted: &str) -> Vec<&'a str> {
    let lines = manifest.lines().skip_while(|line| key(line) != Some(wanted)).skip(1);
    lines.take_while(|line| !line.starts_with(']')).filter_map(|line| line.split('"').nth(1)).collect()
}

fn header(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.strip_suffix(']').map(|name| name.trim_matches(['[', ']']))
}

fn key(line: &str) -> Option<&str> {
    let name = line.split(['=', '.']).next().unwrap_or_default().trim().trim_matches('"');
    let is_name = |character: char| character.is_alphanumeric() || character == '-' || character == '_';
    (line.contains('=') && !name.is_empty() && name.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace]\nmembers = [\n    \"a\",\n    \"b/c\",\n]\n[package]\nname = \"root\"\n\
        [dependencies]\n# why\ntokio = { version = \"1\" }\nserde.workspace = true\n[dev-dependencies.toml]\n\
        version = \"1\"\n[workspace.dependencies]\nclap = \"4\"\n";

    #[test]
    fn names_are_read_from_every_table() {
        let names: Vec<_> = dependencies(MANIFEST).iter().map(|found| (found.table, found.name)).collect();
        assert_eq!(
            names,
            [("dependencies", "tokio"), ("dependencies", "serde"), ("dev-dependencies", "toml")]
        );
    }

    #[test]
    fn values_and_lists_are_read() {
        assert_eq!(value(MANIFEST, "package", "name"), Some("root"));
        assert_eq!(value(MANIFEST, "package", "version"), None);
        assert_eq!(list(MANIFEST, "members"), ["a", "b/c"]);
    }
}
