//! What a query asks for, once its columns are resolved and its parameters bound.

use super::Value;
use super::table::Table;

/// A query ready to run.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) outputs: Vec<Output>,
    pub(super) from: Table,
    pub(super) joins: Vec<Join>,
    pub(super) filter: Option<Condition>,
    pub(super) group: Vec<Expression>,
    pub(super) aggregates: Vec<Aggregate>,
    pub(super) having: Option<Condition>,
    pub(super) order: Vec<(Expression, Direction)>,
    pub(super) first: Option<usize>,
}

/// One column of the result.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) expression: Expression,
}

/// A joined table: its `column` equals a column of an earlier table, and so do the `further` ones.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) table: Table,
    pub(super) column: &'static str,
    pub(super) other: Expression,
    pub(super) further: Vec<(&'static str, Expression)>,
    pub(super) unmatched: Unmatched,
}

/// What becomes of a row for which a joined table has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmatched {
    Drop,
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Ascending,
    Descending,
}

/// Something that has a value for a row or a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Column { table: usize, name: &'static str },
    Literal(Value<'static>),
    Aggregate(usize),
    Formatted(Box<Expression>, Format),
}

/// The formats of `TO_CHAR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Day,
    MomentWithT,
    MomentWithSpace,
}

/// A function over the rows of a group; `COUNT(*)` has no argument.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Aggregate {
    pub(super) function: Function,
    pub(super) argument: Option<Expression>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    Sum,
    Min,
    Max,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Something that is true, false or unknown for a row or a group.
#[derive(Debug)]
pub(super) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Expression, Comparison, Expression),
    In(Expression, Vec<Expression>),
    Like(Expression, String),
    Null(Expression),
}

impl Query {
    /// Whether rows are brought together before they are returned.
    pub(super) fn is_grouped(&self) -> bool {
        !self.group.is_empty() || !self.aggregates.is_empty()
    }

    /// What makes the query meaningless although each of its parts is understood.
    pub(super) fn objection(&self) -> Option<String> {
        if self.is_grouped() {
            let loose = self.outputs.iter().find(|output| match &output.expression {
                Expression::Column { .. } => !self.group.contains(&output.expression),
                Expression::Formatted(inner, _) => !self.group.contains(inner),
                Expression::Literal(_) | Expression::Aggregate(_) => false,
            });
            return loose.map(|output| format!("the column {} must be in GROUP BY", output.name));
        }
        self.having.as_ref().map(|_| "HAVING needs GROUP BY".to_owned())
    }
}
