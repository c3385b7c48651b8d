//! On what it was measured, how busy that was, and from which sources.

use std::process::Command;

use serde::Serialize;

use crate::size::Size;

/// Where the figures come from. A figure without it says nothing.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) command: String,
    pub(crate) commit: String,
    pub(crate) processor: String,
    pub(crate) processors: usize,
    pub(crate) memory_gib: f64,
    pub(crate) kernel: String,
    /// Load averages over 1, 5 and 15 minutes before and after.
    pub(crate) load_before: String,
    pub(crate) load_after: String,
}

impl Machine {
    /// Looks at this one.
    pub(crate) fn look(size: Size) -> Self {
        let memory = line_of("/proc/meminfo", "MemTotal").replace("kB", "");
        Self {
            command: format!("make bench SIZE={}", size.name()),
            commit: commit(),
            processor: line_of("/proc/cpuinfo", "model name"),
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: memory.trim().parse::<f64>().unwrap_or(0.0) / 1024.0 / 1024.0,
            kernel: text_of("/proc/sys/kernel/osrelease"),
            load_before: load(),
            load_after: String::new(),
        }
    }

    /// The same, with how busy it is at the end.
    pub(crate) fn with_load_after(self) -> Self {
        Self { load_after: load(), ..self }
    }
}

fn text_of(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

fn line_of(path: &str, name: &str) -> String {
    let text = text_of(path);
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

fn load() -> String {
    text_of("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// The commit, and whether the checkout differs from it.
fn commit() -> String {
    let git = |words: &[&str]| {
        let output = Command::new("git").args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if changes.is_empty() => commit,
        Some(_) | None => format!("{commit}, changed"),
    }
}
