//! Every record and every field of a schema says what it holds: subscribers read the schema, not the code.
//!
//! Schemas are written one key a line, indented by two blanks a level; the rule reads them so.

use crate::finding::Finding;

/// Holds one schema to a `doc` beside every `name`.
pub(crate) fn check(path: &str, text: &str) -> Vec<Finding> {
    let lines: Vec<&str> = text.lines().collect();
    let mut findings = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if line.matches("\":").count() > 1 {
            findings.push(Finding::at(path, at + 1, "write one key a line"));
        }
        let Some(name) = entry(line, "name") else { continue };
        let doc = object_around(&lines, at).iter().find_map(|beside| same_level(line, beside, "doc"));
        match doc {
            None => findings.push(Finding::at(path, at + 1, format!("{name}: has no `doc`"))),
            Some(doc) if doc.split_whitespace().count() < 2 => {
                findings.push(Finding::at(path, at + 1, format!("{name}: its `doc` says nothing")));
            }
            Some(_) => {}
        }
    }
    findings
}

/// The lines of the object that holds line `at`, those of objects inside it included.
fn object_around<'a>(lines: &'a [&'a str], at: usize) -> &'a [&'a str] {
    let depth = indent(lines[at]);
    let outside = |line: &&str| indent(line) < depth;
    let from = lines[..at].iter().rposition(outside).map_or(0, |before| before + 1);
    let to = lines[at..].iter().position(outside).map_or(lines.len(), |length| at + length);
    &lines[from..to]
}

fn same_level<'a>(line: &str, beside: &'a str, key: &str) -> Option<&'a str> {
    entry(beside, key).filter(|_| indent(line) == indent(beside))
}

fn entry<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let value = line.trim_start().strip_prefix(&format!("\"{key}\": \""))?;
    Some(value.trim_end_matches(',').trim_end_matches('"'))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::assert_says;

    fn schema(doc: &str) -> String {
        let lines = [
            "{",
            "  \"name\": \"Sale\",",
            "  \"doc\": \"A sale.\",",
            "  \"fields\": [",
            "    {",
            "      \"name\": \"store\",",
            "      \"type\": \"string\"",
            doc,
            "    }",
            "  ]",
            "}",
        ];
        lines.join("\n")
    }

    #[test]
    fn a_field_that_does_not_explain_itself_is_found() {
        assert_eq!(check("a.avsc", &schema("      ,\"doc\": \"x\"")).len(), 1);
        assert_says(&check("a.avsc", &schema("")), "a.avsc:6: store: has no `doc`");
        assert_says(&check("a.avsc", &schema("      \"doc\": \"Store\"")), "says nothing");
        assert_eq!(check("a.avsc", &schema("      \"doc\": \"Number of the store.\"")), []);
    }

    #[test]
    fn a_record_that_does_not_explain_itself_is_found() {
        let text = schema("      \"doc\": \"Number of the store.\"").replace("  \"doc\": \"A sale.\",\n", "");
        assert_says(&check("a.avsc", &text), "a.avsc:2: Sale: has no `doc`");
    }

    #[test]
    fn a_schema_is_written_one_key_a_line() {
        assert!(!check("a.avsc", "{\"name\": \"Sale\", \"doc\": \"A sale.\"}").is_empty());
    }
}
