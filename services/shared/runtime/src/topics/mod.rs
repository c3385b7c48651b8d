//! The topics a deployment needs: described in files, checked at every start, made by a command.

mod added;
mod apply;
mod check;
mod cluster;
mod first_start;
mod spec;
mod standing;
mod writable;

use std::fmt::{Display, Formatter};

pub use apply::{Applied, apply};
pub use check::check;
pub use first_start::{Group, Started, first_start};
pub use spec::{Cleanup, Spec};
pub use standing::{GroupStanding, Standing, standing};
pub(crate) use writable::writable;

/// One thing about a topic that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The topic, with namespace.
    pub topic: String,
    /// What was looked at, for instance `partitions`.
    pub what: &'static str,
    /// What it must be.
    pub expected: String,
    /// What it is.
    pub actual: String,
    /// What to do.
    pub remedy: String,
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { topic, what, expected, actual, remedy } = self;
        write!(f, "{topic}: {what} must be {expected}, is {actual}: {remedy}")
    }
}
