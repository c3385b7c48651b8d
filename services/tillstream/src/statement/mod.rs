//! The statement at the end of the demo: what the tills said beside what the books hold.

pub mod compare;
pub mod expected;
pub mod held;
pub mod tills;
