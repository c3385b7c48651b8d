//! Sees to it that a child process does not outlive us, even when we are killed without a word.
//!
//! Beside each child runs a tiny shell that reads from a pipe we hold. When we end, however we end, the
//! pipe closes and the shell stops the child. The kernel's parent-death signal would need `unsafe`.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// Ends quietly when a line arrives; at end of file asks the child to leave and kills it after 10 s.
const SCRIPT: &str = r#"
read -r released && exit 0
kill -TERM "$1" 2>/dev/null || exit 0
kill -CONT "$1" 2>/dev/null
for second in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 "$1" 2>/dev/null || exit 0
    sleep 1
done
kill -KILL "$1" 2>/dev/null
"#;

/// Watches over one child. Dropping it without [`Guard::release`] stops the child.
#[derive(Debug)]
pub(super) struct Guard {
    shell: Child,
}

impl Guard {
    /// Begins to watch over the process `pid`.
    pub(super) fn over(pid: u32) -> io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "tillstream-guard", &pid.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Its own process group: Ctrl-C in the terminal is for us alone, we stop things in order.
        let shell = command.process_group(0).current_dir("/").spawn()?;
        Ok(Self { shell })
    }

    /// Lets the guard go home: the child has been waited for, its process id may belong to another one.
    pub(super) fn release(&mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // A guard that someone killed cannot be told; it will not act either.
            pipe.write_all(b"released\n").ok();
        }
        self.shell.wait().ok();
    }
}

#[cfg(test)]
impl Guard {
    /// Hands out our end of the pipe, for a test to close as our death would.
    pub(super) fn take_pipe(&mut self) -> Option<std::process::ChildStdin> {
        self.shell.stdin.take()
    }
}
