//! A simulated NetSuite: the REST services a connector needs, hostile where the real ones are.
//!
//! It proves who calls (OAuth 2.0 client credentials), takes journal entries and inventory adjustments under
//! the rules of the real account, answers SuiteQL over what it holds, limits how much it does at once, takes
//! its time, and fails on demand: see [`Fault`]. Nothing is stored outside memory.
//!
//! Reading order: [`Config`] and [`Account`] say what is simulated; `server` reads requests, `work` takes them
//! through login, faults and the account; `contract` and `record` decide what is taken, `store` holds it,
//! `suiteql` reads it back; `visit` and `control` let a test see all of it.
//!
//! What it deliberately does not do: updates, deletes, transforms, asynchronous jobs, batches, token-based
//! authentication, subsidiaries' consolidation, costing beyond a fixed cost per item.
//!
//! ```
//! use netsuite_sim::{Config, Fault, Rule, Simulator};
//!
//! let simulator = Simulator::start(Config::default())?;
//! simulator.inject(Rule::new(Fault::SilenceAfter).times(1).prefix("JE_12_"));
//! println!("listening at {}", simulator.url());
//! assert_eq!(simulator.counters().created, 0);
//! # Ok::<(), netsuite_sim::StartError>(())
//! ```

mod account;
mod auth;
mod config;
mod connection;
mod contract;
mod control;
mod date;
mod error;
mod exact;
mod fault;
mod gate;
mod json;
mod record;
mod server;
mod show;
mod simulator;
mod store;
mod suiteql;
mod visit;
mod work;

pub use account::{
    Account, Currency, Id, Item, LedgerAccount, Location, Period, PeriodState, Segment, State, Subsidiary,
    Table, Tracking, Unlisted,
};
pub use auth::BadCertificate;
pub use config::{
    Authentication, CONCURRENCY_DEFAULT, Certificate, Config, DateOutsidePeriod, DuplicateGuard,
    LINE_LIMIT_DEFAULT, Latency, REQUEST_TIMEOUT_DEFAULT, Spread, TOKEN_LIFETIME_DEFAULT,
};
pub use control::Counters;
pub use date::{Date, Moment};
pub use fault::{Endpoint, Fault, Rule};
pub use simulator::{Simulator, StartError};
pub use store::{Document, Line, RecordKind, Transaction};
pub use visit::Arrival;
