//! Ctrl-C and SIGTERM: the first one asks a command to stop in order, a second one ends it at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

/// What a shell expects of a program ended by SIGINT.
const STATUS_INTERRUPTED: i32 = 130;

/// Hears that someone wants us to stop.
#[derive(Debug)]
pub(crate) struct Interrupt(Receiver<i32>);

impl Interrupt {
    /// Begins to listen.
    pub(crate) fn listen() -> io::Result<Self> {
        let before = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag down and raises it, the second finds it up.
            flag::register_conditional_shutdown(signal, STATUS_INTERRUPTED, Arc::clone(&before))?;
            flag::register(signal, Arc::clone(&before))?;
        }
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || signals.forever().try_for_each(|signal| sender.send(signal)));
        Ok(Self(receiver))
    }

    /// Waits for a signal, for `within` at most, and says whether one came.
    pub(crate) fn comes_within(&self, within: Duration) -> bool {
        // Without the listening thread nobody could stop us in order, so its end counts as a signal.
        self.0.recv_timeout(within) != Err(RecvTimeoutError::Timeout)
    }
}
