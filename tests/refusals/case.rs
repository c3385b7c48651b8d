//! One case: a service, what is wrong around it, and what its last words must say.

use std::time::{Duration, Instant};

use tillstream::stack::process::Process;

use crate::house::{House, Service, log};
use crate::wait::tell;

/// How long a refusal may take for which nobody is waited for. A busy machine takes most of it.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(20);
/// How long a broker that does not answer is waited for: 15 s, and the start of the process.
pub(crate) const WITHOUT_BROKER: Duration = Duration::from_secs(35);
/// How long a registry that takes the question and never answers is waited for: 30 s, likewise.
pub(crate) const WITHOUT_REGISTRY: Duration = Duration::from_secs(50);

/// How a value of a program looks when nobody has written a message for it.
const NOT_FOR_PEOPLE: [&str; 7] = ["panicked", "Some(", "Err(", "Error {", "kind:", "Caused by", "\\\""];

/// Something wrong, and what must be said about it.
pub(crate) struct Case {
    /// What is wrong, for files and for the reader of a failed test.
    name: &'static str,
    service: Service,
    /// Section, key and value that differ from a right configuration.
    settings: Vec<(&'static str, &'static str, String)>,
    arguments: Vec<String>,
    within: Duration,
    /// The thing, what was found, what was wanted.
    names: Vec<String>,
    /// What to type or to change.
    remedy: Vec<String>,
}

impl Case {
    /// A case of a right configuration, to which something wrong is added.
    pub(crate) fn new(name: &'static str, service: Service) -> Self {
        Self {
            name,
            service,
            settings: Vec::new(),
            arguments: Vec::new(),
            within: AT_ONCE,
            names: Vec::new(),
            remedy: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, section: &'static str, key: &'static str, value: &str) -> Self {
        self.settings.push((section, key, value.to_owned()));
        self
    }

    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    pub(crate) fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    pub(crate) fn names(mut self, parts: &[&str]) -> Self {
        self.names.extend(parts.iter().map(|part| (*part).to_owned()));
        self
    }

    pub(crate) fn remedy(mut self, parts: &[&str]) -> Self {
        self.remedy.extend(parts.iter().map(|part| (*part).to_owned()));
        self
    }
}

/// A case whose process runs.
pub(crate) struct Started {
    case: Case,
    process: Process,
    began: Instant,
}

/// Starts the processes of all cases: they wait side by side for what does not answer.
pub(crate) fn start_all(house: &House, cases: Vec<Case>) -> Vec<Started> {
    let start = |case: Case| {
        let mut config = house.config(case.service);
        for (section, key, value) in &case.settings {
            config.set(section, key, value);
        }
        let name = format!("{} {}", case.service.name(), case.name);
        let process = house.spawn(&name, case.service, &config, &case.arguments);
        Started { case, process, began: Instant::now() }
    };
    cases.into_iter().map(start).collect()
}

/// Waits for the end of each process and judges its last words; returns those of the last.
pub(crate) fn check(started: Vec<Started>) -> String {
    let mut last = String::new();
    for Started { case, mut process, began } in started {
        let name = case.name;
        let rest = case.within.saturating_sub(began.elapsed());
        let status = process.wait(rest).unwrap();
        let all = log(process.log());
        let status = status.unwrap_or_else(|| panic!("{name}: still runs after {:?}:\n{all}", case.within));
        assert_eq!(status.code(), Some(1), "{name}: {status}\n{all}");
        let words = last_words(&all);
        tell(&format!("-- {name} ({:?})\n{words}", began.elapsed()));
        for part in case.names.iter().chain(&case.remedy) {
            assert!(words.contains(part), "{name}: `{part}` is not in the last words of\n{all}");
        }
        for form in NOT_FOR_PEOPLE {
            assert!(!all.contains(form), "{name}: `{form}` is not for people to read, in\n{all}");
        }
        assert!(words.matches("(os error ").count() <= 1, "{name}: the same is said twice in\n{all}");
        assert!(!case.names.is_empty() && !case.remedy.is_empty(), "{name}: the case asks for too little");
        last = words;
    }
    last
}

/// The last record of a log, which may have several lines; all of it where there is no log yet.
fn last_words(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let at = lines.iter().rposition(|line| line.contains(" ERROR ")).unwrap_or(0);
    lines[at..].join("\n")
}
