//! Which processes a process has started, they and theirs, and which of them are left.

use std::collections::BTreeSet;
use std::fs;

/// A process; its start time tells it from a later one with the same id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kin {
    pid: u32,
    started: u64,
    name: String,
}

/// A line of `/proc/PID/stat`, as far as it matters.
struct Stat {
    kin: Kin,
    parent: u32,
    state: char,
}

/// Everything that `pid` has started and that runs, down to the last grandchild.
pub(crate) fn of(pid: u32) -> Vec<Kin> {
    let all = all();
    let mut known = BTreeSet::from([pid]);
    let mut kin = Vec::new();
    loop {
        let more: Vec<&Stat> = all
            .iter()
            .filter(|stat| known.contains(&stat.parent) && !known.contains(&stat.kin.pid))
            .collect();
        if more.is_empty() {
            return kin;
        }
        known.extend(more.iter().map(|stat| stat.kin.pid));
        kin.extend(more.into_iter().map(|stat| stat.kin.clone()));
    }
}

/// Those that still run.
pub(crate) fn left_of(kin: &[Kin]) -> Vec<Kin> {
    all()
        .into_iter()
        .filter(|stat| stat.state != 'Z')
        .map(|stat| stat.kin)
        .filter(|one| kin.contains(one))
        .collect()
}

fn all() -> Vec<Stat> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    // What ends while it is read is gone.
    entries.filter_map(|entry| stat(&fs::read_to_string(entry.path().join("stat")).ok()?)).collect()
}

/// The name stands in brackets and may hold anything; parent, state and start time are counted from behind it.
fn stat(text: &str) -> Option<Stat> {
    let (before, behind) = text.rsplit_once(')')?;
    let (pid, name) = before.split_once(" (")?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let kin = Kin { pid: pid.parse().ok()?, started: fields.get(19)?.parse().ok()?, name: name.to_owned() };
    Some(Stat { kin, state: fields.first()?.chars().next()?, parent: fields.get(1)?.parse().ok()? })
}
