//! One form for what is logged and for what an error says: a lower-case fragment without a full stop.

use crate::finding::Finding;
use crate::rust::{code_of, line_at};

/// What is followed by a message, among its other arguments.
const SPEAKERS: [&str; 9] =
    ["trace!(", "debug!(", "info!(", "warn!(", "error!(", "event!(", "bail!(", "ensure!(", "#[error("];

/// Holds every message of one file to the form.
pub(crate) fn check(path: &str, text: &str) -> Vec<Finding> {
    let code = code_of(text);
    let mut findings = Vec::new();
    for speaker in SPEAKERS {
        for (at, _) in code.match_indices(speaker) {
            // `debug!(` is also found at the end of a longer name, which is not ours to judge.
            if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
                continue;
            }
            let inside = at + speaker.len();
            for (from, to) in literals(&code, inside) {
                if let Some(says) = refusal(&text[from..to]) {
                    findings.push(Finding::at(path, line_at(text, from), says));
                }
            }
        }
    }
    findings
}

/// The insides of the string literals that are arguments of their own, by position.
fn literals(code: &str, inside: usize) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let (mut depth, mut starts) = (0_usize, true);
    let mut open = None;
    for (offset, character) in code[inside..].char_indices() {
        let at = inside + offset;
        if let Some(from) = open {
            if character == '"' {
                spans.push((from, at));
                open = None;
            }
            continue;
        }
        match character {
            '"' if depth == 0 && starts => open = Some(at + 1),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        starts = (starts && character.is_whitespace()) || (depth == 0 && character == ',');
    }
    spans
}

fn refusal(message: &str) -> Option<String> {
    let first = message.split_whitespace().next().unwrap_or_default();
    let ordinary = first.chars().skip(1).all(|character| !character.is_uppercase());
    if first.starts_with(char::is_uppercase) && ordinary {
        return Some(format!("{message:?}: begin in lower case"));
    }
    let stops = message.ends_with('.') && !message.ends_with("..");
    stops.then(|| format!("{message:?}: end without a full stop"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::assert_says;

    #[test]
    fn a_message_out_of_form_is_found() {
        let cases = [
            (r#"info!("Started");"#, "lower case"),
            (r#"tracing::warn!(store, "late.");"#, "full stop"),
            (r#"error!(%error, topic = name(topic), "Lost the group");"#, "lower case"),
            ("info!(\n    \"Started\",\n);", "lower case"),
            (r#"#[error("The key is unknown")]"#, "lower case"),
            (r#"bail!("no such topic: {name}.")"#, "full stop"),
        ];
        for (text, words) in cases {
            assert_says(&check("a.rs", text), words);
        }
    }

    #[test]
    fn a_message_in_form_passes() {
        let cases = [
            r#"info!("started");"#,
            r#"info!(from = "The till", "read");"#,
            r#"warn!(target: "kafka", "{line}");"#,
            r#"#[error("NetSuite answered {status}")]"#,
            r#"#[error(transparent)]"#,
            r#"info!("waiting ...");"#,
            r#"// info!("Started.")"#,
            r#"my_info!("Started.")"#,
        ];
        for text in cases {
            assert_eq!(check("a.rs", text), [], "of {text}");
        }
    }
}
