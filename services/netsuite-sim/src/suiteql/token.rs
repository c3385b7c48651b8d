//! From the text of a query to its words, texts, numbers and symbols.

use std::fmt;

/// The smallest parts of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Number(String),
    /// A question mark, by its position among the question marks.
    Parameter(usize),
    Symbol(&'static str),
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(text) | Self::Number(text) => formatter.write_str(text),
            Self::Text(text) => write!(formatter, "'{text}'"),
            Self::Parameter(_) => formatter.write_str("?"),
            Self::Symbol(symbol) => formatter.write_str(symbol),
        }
    }
}

/// The longer ones first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 12] = ["<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ",", ".", "*"];

/// Splits a query.
///
/// # Errors
/// A character that has no place in a query, or a text without its end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut parameters = 0;
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first == '\'' {
            quoted(rest)?
        } else if first == '?' {
            parameters += 1;
            (Token::Parameter(parameters - 1), 1)
        } else if first.is_ascii_digit()
            || (first == '-' && rest[1..].starts_with(|next: char| next.is_ascii_digit()))
        {
            let length = rest[1..]
                .find(|next: char| !next.is_ascii_digit() && next != '.')
                .map_or(rest.len(), |at| at + 1);
            (Token::Number(rest[..length].to_owned()), length)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length =
                rest.find(|next: char| !next.is_ascii_alphanumeric() && next != '_').unwrap_or(rest.len());
            (Token::Word(rest[..length].to_owned()), length)
        } else if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            (Token::Symbol(symbol), symbol.len())
        } else {
            return Err(format!("{first} has no place in a query"));
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A text in single quotes, in which two quotes stand for one.
fn quoted(rest: &str) -> Result<(Token, usize), String> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\'' {
            text.push(character);
        } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
            text.push('\'');
        } else {
            return Ok((Token::Text(text), at + 1));
        }
    }
    Err("a text has no closing quote".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_query_falls_into_its_parts() {
        let shown = |text| {
            let parts = tokens(text).unwrap();
            parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown("a.b>=-1.5,'it''s' ?<> x_1"), "a . b >= -1.5 , 'it's' ? <> x_1");
        assert!(tokens("a = 'x").is_err());
        assert!(tokens("a; b").is_err());
    }
}
