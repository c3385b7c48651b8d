//! What the kernel says a process has used.

use anyhow::Context;

/// Ticks of a second in `/proc/PID/stat`: 100 on every architecture of Linux that it is built for.
const TICKS: f64 = 100.0;

/// What a process has used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Processor seconds of all its threads, in user and kernel mode.
    pub(crate) cpu_seconds: f64,
    /// Resident memory, in MiB.
    pub(crate) resident_mib: f64,
    /// Most resident memory it ever had, in MiB.
    pub(crate) peak_mib: f64,
}

impl Usage {
    /// Asks about a process by its id, or by `self`.
    ///
    /// # Errors
    /// When there is no such process.
    pub(crate) fn of(process: impl std::fmt::Display) -> anyhow::Result<Self> {
        let read = |name: &str| {
            let path = format!("/proc/{process}/{name}");
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
        };
        // The name of the program stands in brackets and may hold anything, so fields count from behind it.
        let stat = read("stat")?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        let status = read("status")?;
        let mib = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
            kib.unwrap_or(0.0) / 1024.0
        };
        Ok(Self {
            cpu_seconds: (ticks(11) + ticks(12)) / TICKS,
            resident_mib: mib("VmRSS:"),
            peak_mib: mib("VmHWM:"),
        })
    }
}
