//! Tells the code of a Rust file from its comments and strings, so that a word in prose is not taken for
//! code. It knows literals and comments only; that is all the rules here need.

/// The same text with the insides of comments, strings and characters turned into blanks. Line breaks and
/// byte positions stay where they were, and so do the quotes around a string.
pub(crate) fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (inside, end) = literal_at(bytes, at);
        for byte in &mut code[inside.0..inside.1] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// The line of a byte position, counted from 1.
pub(crate) fn line_at(text: &str, position: usize) -> usize {
    text.as_bytes()[..position].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// True when `word` stands in `line` with no letter, digit or underscore beside it.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(part)
            && !line[at + word.len()..].chars().next().is_some_and(part)
    })
}

type Span = (usize, usize);

/// What starts at a position: the span to blank, and where to go on.
fn literal_at(bytes: &[u8], at: usize) -> (Span, usize) {
    let rest = &bytes[at..];
    let after_name = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if rest.starts_with(b"//") {
        let end = at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        return ((at, end), end);
    }
    if rest.starts_with(b"/*") {
        let end = at + comment_length(rest);
        return ((at, end), end);
    }
    if rest[0] == b'"' {
        let end = at + string_length(rest);
        return ((at + 1, end.saturating_sub(1).max(at + 1)), end);
    }
    if !after_name
        && (rest[0] == b'r' || rest.starts_with(b"br"))
        && let Some((inside, end)) = raw_string(bytes, at)
    {
        return (inside, end);
    }
    if rest[0] == b'\'' {
        let length = character_length(rest);
        return ((at, at + length), at + length.max(1));
    }
    ((at, at), at + 1)
}

fn comment_length(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn string_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string(bytes: &[u8], at: usize) -> Option<(Span, usize)> {
    let mut open = at + if bytes[at] == b'b' { 2 } else { 1 };
    let hashes = bytes[open..].iter().take_while(|byte| **byte == b'#').count();
    open += hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    let mut close = vec![b'"'];
    close.extend(std::iter::repeat_n(b'#', hashes));
    let inside = open + 1;
    let length = bytes[inside..].windows(close.len()).position(|window| window == close);
    let end = inside + length.unwrap_or(bytes.len() - inside);
    Some(((inside, end), (end + close.len()).min(bytes.len())))
}

/// The length of a character literal; 0 when the quote starts a lifetime.
fn character_length(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        let close = rest.iter().skip(3).position(|byte| *byte == b'\'');
        return close.map_or(0, |length| length + 4);
    }
    // One character is at most four bytes; a lifetime has no quote that near after one character.
    let text = String::from_utf8_lossy(&rest[1..rest.len().min(6)]).into_owned();
    let width = text.chars().next().map_or(0, char::len_utf8);
    if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_remains() {
        let cases = [
            ("let a = 1; // f64", "let a = 1;       "),
            ("/* f64 /* nested */ */x", "                      x"),
            (r#"say("f64 \" f64");"#, r#"say("          ");"#),
            (r##"say(r#"a "b" c"#);"##, r##"say(r#"       "#);"##),
            ("let q = '\"'; f64", "let q =    ; f64"),
            ("let q = '\\''; f64", "let q =     ; f64"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("for r in rows {}", "for r in rows {}"),
            ("\"one\ntwo\" x", "\"   \n   \" x"),
        ];
        for (text, code) in cases {
            assert_eq!(code_of(text), code, "of {text:?}");
        }
    }

    #[test]
    fn a_word_stands_alone() {
        assert!(has_word("x: f64,", "f64"));
        assert!(!has_word("as_f64()", "f64"));
        assert!(!has_word("f64x2", "f64"));
    }
}
