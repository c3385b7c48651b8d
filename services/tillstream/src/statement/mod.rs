//! The statements at the end of the demo: what the tills said beside what the books hold.

pub mod chain;
pub mod compare;
pub mod expected;
pub mod held;
pub mod page;
pub mod taxes;
pub mod tills;
