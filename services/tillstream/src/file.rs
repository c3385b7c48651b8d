//! Masters and transactions as files: one JSON object a line, fields as in the schemas, numbers as text.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use domain::masters::SNAPSHOT_COMPLETE;
use domain::record::pos::Transaction;
use domain::record::reference::{Item, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::publish::Masters;

/// A file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refuses.
    #[error("cannot {action} {path} ({hint})", path = path.display(), hint = hint(action))]
    File {
        /// The verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A directory, or bytes that are no text.
    #[error("{path} is no text: name a file with one JSON object a line, in UTF-8", path = path.display())]
    NoText {
        /// The file.
        path: PathBuf,
    },
    /// A line is not what it should be.
    #[error("line {line} of {path} is no {what}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A line is JSON, but neither an item nor a store.
    #[error("line {line} of {path} has neither `item` nor `store`: it is no record of a master", path = path.display())]
    NoMaster {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
    },
}

/// Reads items and stores, in any order. Markers of complete snapshots are left out: who publishes adds them.
///
/// # Errors
/// [`Error`] naming the line.
pub fn masters(path: &Path) -> Result<Masters, Error> {
    let mut masters = Masters::default();
    for (line, text) in lines(path)? {
        let text = text?;
        let value: Value = read(path, line, "JSON object", &text)?;
        if value.get("item").is_some() {
            let item: Item = read(path, line, "item", &text)?;
            masters.items.extend((item.item != SNAPSHOT_COMPLETE).then_some(item));
        } else if value.get("store").is_some() {
            let store: Store = read(path, line, "store", &text)?;
            masters.stores.extend((store.store != SNAPSHOT_COMPLETE).then_some(store));
        } else {
            return Err(Error::NoMaster { path: path.to_owned(), line });
        }
    }
    Ok(masters)
}

/// Reads transactions as they are asked for.
///
/// # Errors
/// [`Error`] when the file cannot be opened; each transaction then has its own.
pub fn transactions(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Transaction, Error>> + use<'_>, Error> {
    Ok(lines(path)?.map(move |(line, text)| read(path, line, "transaction", &text?)))
}

/// Reads one transaction that is the whole file, over as many lines as it likes.
///
/// # Errors
/// [`Error`] when it cannot be read.
pub fn transaction(path: &Path) -> Result<Transaction, Error> {
    let text = std::fs::read_to_string(path).map_err(wrap("read", path))?;
    read(path, 1, "transaction", &text)
}

/// Writes records, one a line.
///
/// # Errors
/// [`Error::File`] when the file cannot be written.
pub fn write<T: Serialize>(path: &Path, records: impl Iterator<Item = T>) -> Result<u64, Error> {
    let mut out = BufWriter::new(File::create(path).map_err(wrap("create", path))?);
    let mut count = 0;
    for record in records {
        let written = serde_json::to_writer(&mut out, &record).map_err(io::Error::from);
        written.and_then(|()| out.write_all(b"\n")).map_err(wrap("write", path))?;
        count += 1;
    }
    out.flush().map_err(wrap("write", path))?;
    Ok(count)
}

/// The lines that are not blank, with their numbers from 1.
fn lines(path: &Path) -> Result<impl Iterator<Item = (usize, Result<String, Error>)> + use<'_>, Error> {
    let file = File::open(path).map_err(wrap("open", path))?;
    let numbered = (1..).zip(BufReader::new(file).lines());
    let filled = numbered.filter(|(_, text)| text.as_ref().map_or(true, |text| !text.trim().is_empty()));
    Ok(filled.map(|(line, text)| (line, text.map_err(wrap("read", path)))))
}

fn read<T: DeserializeOwned>(path: &Path, line: usize, what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|source| Error::Line { path: path.to_owned(), line, what, source })
}

/// What to look at when a file cannot be used.
fn hint(action: &str) -> &'static str {
    match action {
        "open" | "read" => "see that it is there and may be read",
        _ => "see that its directory is there and may be written",
    }
}

fn wrap(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| {
        let no_text = [io::ErrorKind::IsADirectory, io::ErrorKind::InvalidData].contains(&source.kind());
        if no_text { Error::NoText { path } } else { Error::File { action, path, source } }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::generate::Chain;

    const CHAIN: Chain = Chain { seed: 1, stores: 2, items: 3 };

    #[test]
    fn what_is_no_text_is_named_as_such() {
        let directory = tempfile::tempdir().unwrap();
        let binary = directory.path().join("till.bin");
        std::fs::write(&binary, [0xff, 0xfe, 0x00]).unwrap();
        for path in [directory.path(), &binary] {
            let message = masters(path).unwrap_err().to_string();
            assert!(message.contains("is no text: name a file with one JSON object a line"), "{message}");
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("transactions.jsonl");
        let date = "2026-03-14".parse().unwrap();
        let written: Vec<Transaction> = (0..5).map(|number| CHAIN.ticket(0, date, number)).collect();
        assert_eq!(write(&path, written.iter()).unwrap(), 5);
        let found: Result<Vec<Transaction>, Error> = transactions(&path).unwrap().collect();
        assert_eq!(found.unwrap(), written);
    }

    #[test]
    fn masters_are_told_apart_and_their_markers_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("masters.jsonl");
        let text = "{\"item\":\"milk\"}\n\n{\"item\":\"*\"}\n";
        std::fs::write(&path, text).unwrap();
        let read = masters(&path).unwrap();
        assert_eq!((read.items.len(), read.stores.len()), (1, 0));
        std::fs::write(&path, format!("{text}{{\"name\":\"x\"}}")).unwrap();
        let message = masters(&path).unwrap_err().to_string();
        assert!(message.starts_with("line 4 of ") && message.contains("neither"), "{message}");
        write(&path, CHAIN.store_master()).unwrap();
        assert_eq!(masters(&path).unwrap().stores, CHAIN.store_master().collect::<Vec<_>>());
    }
}
