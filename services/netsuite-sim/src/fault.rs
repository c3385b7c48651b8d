//! Faults on demand: which request meets which misfortune.
//!
//! A rule names a kind of fault and the requests it meets. Rules are tried in the order they were given; the
//! first that fires decides. Nothing is drawn but from the seeded generator, so a run can be repeated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::gate::Generator;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 429, as if the account were busy with others.
    TooManyRequests,
    /// 401 `INVALID_LOGIN` for a good token, as seen under overload.
    Unauthorized,
    /// 500 `UNEXPECTED_ERROR`; nothing was done.
    ErrorBefore,
    /// 500 `UNEXPECTED_ERROR`, although everything was done.
    ErrorAfter,
    /// The connection is reset; nothing was done.
    ResetBefore,
    /// The connection is reset after everything was done.
    ResetAfter,
    /// No answer until the client leaves; nothing was done.
    SilenceBefore,
    /// No answer until the client leaves, although everything was done: the response is lost.
    SilenceAfter,
    /// 502 with an HTML body from something in between; nothing was done.
    GatewayBefore,
    /// 502 with an HTML body from something in between, although everything was done.
    GatewayAfter,
    /// 400 with a body that is cut off; nothing was done.
    GarbledBefore,
    /// 200 with a body that is cut off, although everything was done.
    GarbledAfter,
    /// The answer comes `delay_ms` later than it would.
    Slow,
    /// The client gets no answer; `delay_ms` after it has left, the record appears.
    LateCommit,
    /// The duplicate check is made on arrival, the commit follows `delay_ms` later without a second check.
    Race,
    /// A second create of an external id makes a second record.
    DuplicateGuardOff,
    /// The posting period is closed.
    ClosedPeriod,
}

impl Fault {
    /// Whether the fault has a meaning only where a record is made.
    fn needs_create(self) -> bool {
        match self {
            Self::LateCommit | Self::Race | Self::DuplicateGuardOff | Self::ClosedPeriod => true,
            Self::TooManyRequests
            | Self::Unauthorized
            | Self::ErrorBefore
            | Self::ErrorAfter
            | Self::ResetBefore
            | Self::ResetAfter
            | Self::SilenceBefore
            | Self::SilenceAfter
            | Self::GatewayBefore
            | Self::GatewayAfter
            | Self::GarbledBefore
            | Self::GarbledAfter
            | Self::Slow => false,
        }
    }
}

/// Which requests a rule looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// POST of a record.
    #[default]
    Create,
    /// GET of a record.
    Read,
    /// SuiteQL.
    Query,
    /// The token endpoint.
    Token,
}

/// One rule: a fault and the requests it meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What goes wrong.
    pub kind: Fault,
    /// Which requests it looks at.
    #[serde(default)]
    pub on: Endpoint,
    /// Only requests whose subject starts with this: the external id of a create, the id of a read, the text
    /// and parameters of a query.
    #[serde(default)]
    pub prefix: Option<String>,
    /// Only requests whose subject contains this.
    #[serde(default)]
    pub contains: Option<String>,
    /// Lets this many matching requests pass first.
    #[serde(default)]
    pub skip: u64,
    /// Then meets the first of every so many.
    #[serde(default = "one")]
    pub every: u64,
    /// Of those, meets this share, drawn from the seeded generator.
    #[serde(default = "all")]
    pub chance_percent: u64,
    /// Ends after having met this many; absent means never.
    #[serde(default)]
    pub count: Option<u64>,
    /// How long, for the kinds that need a time.
    #[serde(default)]
    pub delay_ms: u64,
}

fn one() -> u64 {
    1
}

fn all() -> u64 {
    100
}

impl Rule {
    /// A rule that meets every create.
    #[must_use]
    pub fn new(kind: Fault) -> Self {
        Self {
            kind,
            on: Endpoint::Create,
            prefix: None,
            contains: None,
            skip: 0,
            every: one(),
            chance_percent: all(),
            count: None,
            delay_ms: 0,
        }
    }

    /// The same rule for that many requests only.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// The same rule for another endpoint.
    #[must_use]
    pub fn on(mut self, endpoint: Endpoint) -> Self {
        self.on = endpoint;
        self
    }

    /// The same rule for subjects with this prefix only.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = Some(prefix.to_owned());
        self
    }

    /// The same rule with a time.
    #[must_use]
    pub fn delay_ms(mut self, delay_ms: u64) -> Self {
        self.delay_ms = delay_ms;
        self
    }

    /// The same rule letting so many matching requests pass first.
    #[must_use]
    pub fn skip(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// The same rule meeting the first of every so many matching requests.
    #[must_use]
    pub fn every(mut self, every: u64) -> Self {
        self.every = every;
        self
    }

    /// What is wrong with the rule itself, for whoever wrote it.
    pub(crate) fn objection(&self) -> Option<&'static str> {
        if self.every == 0 {
            return Some("`every` must be 1 or more");
        }
        if self.chance_percent > 100 {
            return Some("`chance_percent` must be 100 or less");
        }
        if self.kind.needs_create() && self.on != Endpoint::Create {
            return Some("this kind of fault can only be `on` create");
        }
        None
    }

    fn matches(&self, endpoint: Endpoint, subject: &str) -> bool {
        self.on == endpoint
            && self.prefix.as_deref().is_none_or(|prefix| subject.starts_with(prefix))
            && self.contains.as_deref().is_none_or(|part| subject.contains(part))
    }
}

/// A rule with what has become of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Active {
    #[serde(flatten)]
    rule: Rule,
    /// Requests that matched.
    seen: u64,
    /// Requests that met the fault.
    fired: u64,
}

/// A fault that a request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) fault: Fault,
    pub(crate) delay_ms: u64,
}

/// All rules in force.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Vec<Active>,
    fired: BTreeMap<Fault, u64>,
    generator: Generator,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rules: Vec::new(), fired: BTreeMap::new(), generator: Generator::new(seed) }
    }

    pub(crate) fn add(&mut self, rule: Rule) {
        self.rules.push(Active { rule, seen: 0, fired: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    pub(crate) fn rules(&self) -> &[Active] {
        &self.rules
    }

    /// How often each fault was met since the start, rules that are gone included.
    pub(crate) fn fired(&self) -> &BTreeMap<Fault, u64> {
        &self.fired
    }

    /// Decides which fault a request meets, if any.
    pub(crate) fn draw(&mut self, endpoint: Endpoint, subject: &str) -> Option<Met> {
        for active in &mut self.rules {
            let rule = &active.rule;
            if !rule.matches(endpoint, subject) || rule.count.is_some_and(|count| active.fired >= count) {
                continue;
            }
            active.seen += 1;
            let due = active.seen > rule.skip && (active.seen - rule.skip - 1).is_multiple_of(rule.every);
            if due && (rule.chance_percent == 100 || self.generator.below(100) < rule.chance_percent) {
                active.fired += 1;
                *self.fired.entry(rule.kind).or_default() += 1;
                return Some(Met { fault: rule.kind, delay_ms: rule.delay_ms });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_meets_the_requests_it_names() {
        let cases: &[(Rule, &str)] = &[
            (Rule::new(Fault::ErrorBefore), "xxxxxx"),
            (Rule::new(Fault::ErrorBefore).times(2), "xx----"),
            (Rule::new(Fault::ErrorBefore).skip(2), "--xxxx"),
            (Rule::new(Fault::ErrorBefore).every(3), "x--x--"),
            (Rule::new(Fault::ErrorBefore).skip(1).every(2).times(2), "-x-x--"),
            (Rule::new(Fault::ErrorBefore).prefix("JE_2"), "--x---"),
            (Rule { contains: Some("_4".to_owned()), ..Rule::new(Fault::ErrorBefore) }, "----x-"),
            (Rule { chance_percent: 0, ..Rule::new(Fault::ErrorBefore) }, "------"),
            (Rule::new(Fault::ErrorBefore).on(Endpoint::Query), "------"),
        ];
        for (rule, expected) in cases {
            let mut faults = Faults::new(1);
            faults.add(rule.clone());
            let drawn = (0..6).map(|number| faults.draw(Endpoint::Create, &format!("JE_{number}")));
            let drawn: String = drawn.map(|met| if met.is_some() { 'x' } else { '-' }).collect();
            assert_eq!(drawn, *expected, "{rule:?}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_faults() {
        let draw = |seed| {
            let mut faults = Faults::new(seed);
            faults.add(Rule { chance_percent: 30, ..Rule::new(Fault::ErrorAfter) });
            (0..64).map(|_| faults.draw(Endpoint::Create, "").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }
}
