//! Links between documents arrive, and the commands that documents name exist.

use crate::finding::Finding;
use crate::tree::Tree;

/// Holds every relative link of one document to a file, and to a heading where it names one.
pub(crate) fn check(path: &str, text: &str, tree: &Tree) -> Vec<Finding> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for (line, target) in links(text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, heading) = target.split_once('#').unwrap_or((target, ""));
        let arrives = if file.is_empty() { path.to_owned() } else { joined(folder, file) };
        if !tree.holds(&arrives) {
            findings.push(Finding::at(path, line, format!("{target}: there is no such file")));
        } else if !heading.is_empty() && !headings(tree.text(&arrives).unwrap_or_default()).contains(heading)
        {
            findings.push(Finding::at(path, line, format!("{target}: there is no such heading")));
        }
    }
    findings
}

/// Holds every `make NAME` in the code of one document to a target of the Makefile.
pub(crate) fn check_targets(path: &str, text: &str, makefile: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut fenced = false;
    for (at, line) in text.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        let code: Vec<&str> = if fenced { vec![line] } else { line.split('`').skip(1).step_by(2).collect() };
        for command in code.iter().filter_map(|code| code.trim().strip_prefix("make ")) {
            let names = command.split_whitespace().take_while(|name| !name.starts_with('#'));
            for name in names.filter(|name| !name.contains('=') && !name.starts_with('-')) {
                if !makefile.lines().any(|rule| rule.starts_with(&format!("{name}:"))) {
                    findings.push(Finding::at(
                        path,
                        at + 1,
                        format!("make {name}: the Makefile has no such target"),
                    ));
                }
            }
        }
    }
    findings
}

/// The targets of the links of a document by line, those inside code left out.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (at, line) in text.lines().enumerate() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        for (position, _) in line.match_indices("](") {
            let in_code = line[..position].matches('`').count() % 2 == 1;
            let target = line[position + 2..].split([')', ' ']).next().unwrap_or_default();
            if !in_code {
                found.push((at + 1, target));
            }
        }
    }
    found
}

/// The path that `file` means in `folder`.
fn joined(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The names by which links reach the headings of a document, one a line.
fn headings(text: &str) -> String {
    let titles =
        text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |character: &char| character.is_alphanumeric() || "-_ ".contains(*character);
    let anchor =
        |title: &str| title.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-");
    titles.map(anchor).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::assert_says;

    fn tree() -> Tree {
        Tree::of(&[
            ("README.md", "# Two words, both short\n"),
            ("tests/README.md", ""),
            ("tests/tidy/main.rs", ""),
        ])
    }

    #[test]
    fn a_link_to_nothing_is_found() {
        assert_says(&check("README.md", "see [this](docs/guide.md)", &tree()), "no such file");
        assert_says(&check("tests/README.md", "see [this](README.md#three)", &tree()), "no such heading");
    }

    #[test]
    fn a_link_that_arrives_passes() {
        let cases = [
            ("README.md", "[this](tests/README.md), [that](tests/tidy/), [there](https://kafka.apache.org)"),
            ("tests/README.md", "[up](../README.md#two-words-both-short)"),
            ("tests/README.md", "[beside](./tidy/main.rs)"),
            ("README.md", "`[text](nowhere)` and [here](#two-words-both-short)"),
            ("README.md", "```\n[text](nowhere)\n```"),
        ];
        for (path, text) in cases {
            assert_eq!(check(path, text, &tree()), [], "of {text}");
        }
    }

    #[test]
    fn a_command_that_does_not_exist_is_found() {
        let makefile = "test: tools ## run\ncheck: ## hold\n";
        assert_says(&check_targets("README.md", "run `make demo`", makefile), "make demo");
        assert_says(&check_targets("README.md", "```sh\nmake bench # minutes\n```", makefile), "make bench");
        assert_eq!(check_targets("README.md", "we make demo runs; `make check test`", makefile), []);
    }
}
