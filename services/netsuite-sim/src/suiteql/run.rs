//! From a plan to its rows: joins by look-up, filters, groups, order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::Value;
use super::plan::{Comparison, Condition, Direction, Expression, Format, Function, Join, Query, Unmatched};
use super::table::{Row, Table};
use crate::account::{Id, Masters};
use crate::store::Store;

/// Runs a query and returns its rows, each with one value per output.
pub(super) fn run<'a>(query: &'a Query, store: &'a Store, masters: &'a Masters) -> Vec<Vec<Value<'a>>> {
    let source = Source::new(query, store, masters);
    let mut sorted: Vec<(Vec<Value<'a>>, Vec<Value<'a>>)> = Vec::new();
    let mut keep = |context: Context<'_, 'a>| {
        let order = query.order.iter().map(|(expression, _)| context.value(expression)).collect();
        let outputs = query.outputs.iter().map(|output| context.value(&output.expression)).collect();
        sorted.push((order, outputs));
    };
    if query.is_grouped() {
        for group in groups(query, &source).into_values() {
            let context = Context { rows: &group.rows, sums: &group.sums };
            if query.having.as_ref().is_none_or(|having| context.holds(having) == Some(true)) {
                keep(context);
            }
        }
    } else {
        source.visit(&mut |rows| keep(Context { rows, sums: &[] }));
    }
    if !query.order.is_empty() {
        sorted.sort_by(|(left, _), (right, _)| {
            let pairs = left.iter().zip(right).zip(&query.order);
            pairs.fold(Ordering::Equal, |so_far, ((left, right), (_, direction))| {
                so_far.then_with(|| match direction {
                    Direction::Ascending => ordered(left, right),
                    Direction::Descending => ordered(right, left),
                })
            })
        });
    }
    sorted.truncate(query.first.unwrap_or(usize::MAX));
    sorted.into_iter().map(|(_, outputs)| outputs).collect()
}

/// Nulls come last in ascending order, as in Oracle.
fn ordered(left: &Value<'_>, right: &Value<'_>) -> Ordering {
    match (left == &Value::Null, right == &Value::Null) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => left.compare(right).unwrap_or(Ordering::Equal),
    }
}

struct Group<'a> {
    /// The rows of its first member, which has the values it is grouped by.
    rows: Vec<Row<'a>>,
    sums: Vec<Sum<'a>>,
}

/// What an aggregate has gathered so far.
#[derive(Debug, Clone)]
struct Sum<'a> {
    function: Function,
    count: u64,
    value: Value<'a>,
}

impl<'a> Sum<'a> {
    fn add(&mut self, value: Option<Value<'a>>) {
        if value == Some(Value::Null) {
            return;
        }
        self.count += 1;
        let Some(value) = value else { return };
        self.value = match (self.function, &self.value, value) {
            (Function::Count, _, _) => Value::Null,
            (Function::Sum, Value::Number(sum), Value::Number(number)) => {
                sum.checked_add(number).map_or(Value::Null, Value::Number)
            }
            (Function::Sum, _, Value::Number(number)) => Value::Number(number),
            (Function::Sum, _, _) => Value::Null,
            (Function::Min | Function::Max, Value::Null, value) => value,
            (Function::Min, best, value) if value.compare(best) == Some(Ordering::Less) => value,
            (Function::Max, best, value) if value.compare(best) == Some(Ordering::Greater) => value,
            (Function::Min | Function::Max, best, _) => best.clone(),
        };
    }

    fn result(&self) -> Value<'a> {
        match self.function {
            Function::Count => Value::Number(Decimal::from(self.count)),
            Function::Sum | Function::Min | Function::Max => self.value.clone(),
        }
    }
}

fn groups<'a>(query: &'a Query, source: &Source<'a>) -> BTreeMap<Vec<Option<String>>, Group<'a>> {
    let mut groups: BTreeMap<Vec<Option<String>>, Group<'a>> = BTreeMap::new();
    let empty = || -> Vec<Sum<'a>> {
        let functions = query.aggregates.iter().map(|aggregate| aggregate.function);
        functions.map(|function| Sum { function, count: 0, value: Value::Null }).collect()
    };
    source.visit(&mut |rows| {
        let context = Context { rows, sums: &[] };
        let key = query.group.iter().map(|one| context.value(one).shown().map(String::from)).collect();
        let group = groups.entry(key).or_insert_with(|| Group { rows: rows.to_vec(), sums: empty() });
        for (aggregate, sum) in query.aggregates.iter().zip(&mut group.sums) {
            sum.add(aggregate.argument.as_ref().map(|argument| context.value(argument)));
        }
    });
    if groups.is_empty() && query.group.is_empty() {
        // An aggregate over no rows is one row.
        let rows = vec![Row::Missing; 1 + query.joins.len()];
        groups.insert(Vec::new(), Group { rows, sums: empty() });
    }
    groups
}

/// A row of the joined tables, or the first row of a group with its aggregates.
#[derive(Clone, Copy)]
struct Context<'r, 'a> {
    rows: &'r [Row<'a>],
    sums: &'r [Sum<'a>],
}

impl<'a> Context<'_, 'a> {
    fn value(self, expression: &'a Expression) -> Value<'a> {
        match expression {
            Expression::Column { table, name } => {
                self.rows.get(*table).map_or(Value::Null, |row| row.value(name))
            }
            Expression::Literal(value) => value.clone(),
            Expression::Aggregate(index) => self.sums.get(*index).map_or(Value::Null, Sum::result),
            Expression::Formatted(inner, format) => formatted(&self.value(inner), *format),
        }
    }

    /// Whether a condition holds; `None` is SQL's unknown.
    fn holds(self, condition: &'a Condition) -> Option<bool> {
        match condition {
            Condition::And(parts) => every(parts.iter().map(|part| self.holds(part))),
            // One part holds unless every part does not.
            Condition::Or(parts) => {
                every(parts.iter().map(|part| self.holds(part).map(|holds| !holds))).map(|none| !none)
            }
            Condition::Not(inner) => self.holds(inner).map(|holds| !holds),
            Condition::Null(expression) => Some(self.value(expression) == Value::Null),
            Condition::Compare(left, comparison, right) => {
                let order = self.value(left).compare(&self.value(right))?;
                Some(match comparison {
                    Comparison::Equal => order == Ordering::Equal,
                    Comparison::NotEqual => order != Ordering::Equal,
                    Comparison::Less => order == Ordering::Less,
                    Comparison::LessOrEqual => order != Ordering::Greater,
                    Comparison::Greater => order == Ordering::Greater,
                    Comparison::GreaterOrEqual => order != Ordering::Less,
                })
            }
            Condition::In(left, list) => {
                let left = self.value(left);
                if left == Value::Null {
                    return None;
                }
                Some(list.iter().any(|one| left.compare(&self.value(one)) == Some(Ordering::Equal)))
            }
            Condition::Like(left, pattern) => {
                let left = self.value(left);
                left.shown().map(|text| like(&text, pattern))
            }
        }
    }
}

/// False if one part is false; else unknown if one part is unknown; else true.
fn every(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut unknown = false;
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(true) }
}

fn formatted<'a>(value: &Value<'_>, format: Format) -> Value<'a> {
    let text = match (value, format) {
        (Value::Date(date), Format::Day) => date.to_string(),
        (Value::Date(date), Format::MomentWithT) => format!("{date}T00:00:00"),
        (Value::Date(date), Format::MomentWithSpace) => format!("{date} 00:00:00"),
        (Value::Moment(moment), Format::Day) => moment.date().to_string(),
        (Value::Moment(moment), Format::MomentWithT) => moment.to_string().trim_end_matches('Z').to_owned(),
        (Value::Moment(moment), Format::MomentWithSpace) => {
            moment.to_string().trim_end_matches('Z').replace('T', " ")
        }
        (Value::Null | Value::Number(_) | Value::Text(_), _) => return Value::Null,
    };
    Value::Text(text.into())
}

/// `LIKE`: `%` is any text, `_` any one character.
fn like(text: &str, pattern: &str) -> bool {
    let Some(wanted) = pattern.chars().next() else { return text.is_empty() };
    let rest_of_pattern = &pattern[wanted.len_utf8()..];
    if wanted == '%' {
        let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        return starts.any(|at| like(&text[at..], rest_of_pattern));
    }
    let Some(found) = text.chars().next() else { return false };
    (wanted == '_' || wanted == found) && like(&text[found.len_utf8()..], rest_of_pattern)
}

/// Rows of a small table by the text of one column.
type Lookup<'a> = HashMap<String, Vec<Row<'a>>>;

/// The joined rows that pass the filter.
struct Source<'a> {
    query: &'a Query,
    store: &'a Store,
    masters: &'a Masters,
    lookups: Vec<Option<Lookup<'a>>>,
}

impl<'a> Source<'a> {
    fn new(query: &'a Query, store: &'a Store, masters: &'a Masters) -> Self {
        let lookup = |join: &Join| {
            if join.table.transaction_column() == Some(join.column) {
                return None;
            }
            let mut lookup = Lookup::new();
            for row in join.table.rows(store, masters) {
                if let Some(key) = row.value(join.column).shown() {
                    lookup.entry(key.into_owned()).or_default().push(row);
                }
            }
            Some(lookup)
        };
        Self { query, store, masters, lookups: query.joins.iter().map(lookup).collect() }
    }

    fn visit(&self, visit: &mut dyn FnMut(&[Row<'a>])) {
        let mut stack = Vec::with_capacity(1 + self.query.joins.len());
        for row in self.base() {
            stack.push(row);
            self.join(&mut stack, visit);
            stack.pop();
        }
    }

    fn join(&self, stack: &mut Vec<Row<'a>>, visit: &mut dyn FnMut(&[Row<'a>])) {
        let depth = stack.len() - 1;
        let Some(join) = self.query.joins.get(depth) else {
            let context = Context { rows: stack, sums: &[] };
            if self.query.filter.as_ref().is_none_or(|filter| context.holds(filter) == Some(true)) {
                visit(stack);
            }
            return;
        };
        let earlier = Context { rows: stack, sums: &[] };
        let mut matches = self.matches(depth, join, &earlier.value(&join.other));
        for (column, other) in &join.further {
            let key = earlier.value(other);
            matches.retain(|row| row.value(column).shown().is_some_and(|own| Some(own) == key.shown()));
        }
        if matches.is_empty() && join.unmatched == Unmatched::Keep {
            stack.push(Row::Missing);
            self.join(stack, visit);
            stack.pop();
        }
        for row in matches {
            stack.push(row);
            self.join(stack, visit);
            stack.pop();
        }
    }

    fn matches(&self, depth: usize, join: &Join, key: &Value<'a>) -> Vec<Row<'a>> {
        let Some(shown) = key.shown() else { return Vec::new() };
        match self.lookups.get(depth) {
            Some(Some(lookup)) => lookup.get(shown.as_ref()).cloned().unwrap_or_default(),
            Some(None) | None => {
                let transaction = shown.parse().ok().and_then(|id| self.store.get(id));
                transaction
                    .into_iter()
                    .flat_map(|transaction| join.table.rows_of(transaction, self.masters))
                    .collect()
            }
        }
    }

    /// The rows of the first table, narrowed by what the filter says about ids.
    fn base(&self) -> Box<dyn Iterator<Item = Row<'a>> + 'a> {
        let (table, store, masters) = (self.query.from, self.store, self.masters);
        if table.transaction_column().is_none() {
            return table.rows(store, masters);
        }
        match self.query.filter.as_ref().and_then(|filter| narrowed(table, filter)) {
            Some(Narrow::Above(id)) => {
                Box::new(store.above(id).flat_map(move |one| table.rows_of(one, masters)))
            }
            Some(Narrow::Ids(ids)) => Box::new(
                ids.into_iter()
                    .filter_map(|id| store.get(id))
                    .flat_map(move |one| table.rows_of(one, masters)),
            ),
            Some(Narrow::External(externals)) => {
                let found: Vec<_> =
                    externals.iter().flat_map(|external| store.with_external(external)).collect();
                Box::new(found.into_iter().flat_map(move |one| table.rows_of(one, masters)))
            }
            None => table.rows(store, masters),
        }
    }
}

/// The few transactions that can pass a filter at all.
enum Narrow {
    Above(Id),
    Ids(Vec<Id>),
    External(Vec<String>),
}

/// Reads ids out of a filter; the filter itself is still applied to every row.
fn narrowed(table: Table, filter: &Condition) -> Option<Narrow> {
    let values = |list: &[Expression]| -> Option<Vec<String>> {
        let text = |one: &Expression| match one {
            Expression::Literal(value) => value.shown().map(String::from),
            Expression::Column { .. } | Expression::Aggregate(_) | Expression::Formatted(..) => None,
        };
        let mut texts: Vec<String> = list.iter().map(text).collect::<Option<_>>()?;
        texts.sort_unstable();
        texts.dedup();
        Some(texts)
    };
    let ids = |list: &[Expression]| -> Option<Vec<Id>> {
        let mut ids: Vec<Id> = values(list)?.iter().map(|text| text.parse().ok()).collect::<Option<_>>()?;
        ids.sort_unstable();
        Some(ids)
    };
    let (left, list, comparison) = match filter {
        Condition::And(parts) => return parts.iter().find_map(|part| narrowed(table, part)),
        Condition::Compare(left, comparison, right) => (left, std::slice::from_ref(right), *comparison),
        Condition::In(left, list) => (left, list.as_slice(), Comparison::Equal),
        Condition::Or(_) | Condition::Not(_) | Condition::Like(..) | Condition::Null(_) => return None,
    };
    let Expression::Column { table: 0, name } = left else { return None };
    if Some(*name) == table.transaction_column() {
        return match comparison {
            Comparison::Equal => ids(list).map(Narrow::Ids),
            Comparison::Greater => ids(list)?.first().copied().map(Narrow::Above),
            Comparison::NotEqual
            | Comparison::Less
            | Comparison::LessOrEqual
            | Comparison::GreaterOrEqual => None,
        };
    }
    (table == Table::Transaction && *name == "externalid" && comparison == Comparison::Equal)
        .then(|| values(list).map(Narrow::External))
        .flatten()
}
