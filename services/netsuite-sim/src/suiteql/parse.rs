//! From the text of a query to a plan with resolved columns and bound parameters.
//!
//! The `FROM` clause is read first, wherever it stands, so that every column is resolved where it is met.

use rust_decimal::Decimal;

use super::Value;
use super::plan::{
    Aggregate, Comparison, Condition, Direction, Expression, Format, Function, Join, Output, Query, Unmatched,
};
use super::table::{DATE_COLUMNS, Table};
use super::token::{Token, tokens};
use crate::date::Date;
use crate::json::{Json, decimal};

/// Tables one query can join.
const TABLES_MAX: usize = 4;

/// Reads a query.
///
/// # Errors
/// What is not supported or not SuiteQL, for people.
pub(super) fn parse(text: &str, parameters: &[Json]) -> Result<Query, String> {
    let tokens = tokens(text)?;
    let markers = tokens.iter().filter(|token| matches!(token, Token::Parameter(_))).count();
    if markers != parameters.len() {
        return Err(format!("the query has {markers} question marks but {} parameters", parameters.len()));
    }
    let mut parser = Parser { tokens, at: 0, parameters, tables: Vec::new(), aggregates: Vec::new() };
    parser.query()
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    parameters: &'a [Json],
    tables: Vec<(String, Table)>,
    aggregates: Vec<Aggregate>,
}

impl Parser<'_> {
    fn query(&mut self) -> Result<Query, String> {
        self.expect("SELECT")?;
        let select = self.at;
        while !self.peek_is("FROM") {
            self.at += 1;
            if self.at >= self.tokens.len() {
                return Err("FROM is missing".to_owned());
            }
        }
        let from_at = self.at;
        self.at += 1;
        let from = self.table()?;
        let mut joins = Vec::new();
        while let Some(join) = self.join()? {
            joins.push(join);
        }
        let rest = self.at;
        self.at = select;
        let outputs = self.outputs()?;
        if self.at != from_at {
            return Err(self.unexpected());
        }
        self.at = rest;
        let filter = if self.accept("WHERE") { Some(self.condition()?) } else { None };
        let group = if self.accept("GROUP") { self.group()? } else { Vec::new() };
        let having = if self.accept("HAVING") { Some(self.condition()?) } else { None };
        let order = if self.accept("ORDER") { self.order(&outputs)? } else { Vec::new() };
        let first = if self.accept("FETCH") { Some(self.fetch()?) } else { None };
        if self.at < self.tokens.len() {
            return Err(self.unexpected());
        }
        let aggregates = std::mem::take(&mut self.aggregates);
        let query = Query { outputs, from, joins, filter, group, aggregates, having, order, first };
        query.objection().map_or(Ok(query), Err)
    }

    fn outputs(&mut self) -> Result<Vec<Output>, String> {
        if self.accept_symbol("*") {
            if self.tables.len() > 1 {
                return Err("* is supported without joins only".to_owned());
            }
            let columns = self.tables.first().map_or(&[][..], |(_, table)| table.columns());
            let output = |name: &&'static str| Output {
                name: (*name).to_owned(),
                expression: Expression::Column { table: 0, name },
            };
            return Ok(columns.iter().map(output).collect());
        }
        let mut outputs: Vec<Output> = Vec::new();
        loop {
            let expression = self.expression()?;
            let name = if self.accept("AS") || self.peek_is_name() {
                self.name()?
            } else if let Expression::Column { name, .. } = &expression {
                (*name).to_owned()
            } else {
                format!("expr{}", outputs.len() + 1)
            };
            outputs.push(Output { name: name.to_ascii_lowercase(), expression });
            if !self.accept_symbol(",") {
                return Ok(outputs);
            }
        }
    }

    fn table(&mut self) -> Result<Table, String> {
        let name = self.name()?;
        let Some(table) = Table::read(&name) else {
            return Err(format!("there is no table {name}; there are {}", Table::names()));
        };
        let alias = if self.accept("AS") || self.peek_is_name() { self.name()? } else { name };
        if self.tables.len() == TABLES_MAX {
            return Err(format!("at most {TABLES_MAX} tables can be joined"));
        }
        self.tables.push((alias, table));
        Ok(table)
    }

    fn join(&mut self) -> Result<Option<Join>, String> {
        let unmatched = if self.accept("LEFT") {
            self.accept("OUTER");
            Unmatched::Keep
        } else {
            self.accept("INNER");
            Unmatched::Drop
        };
        if !self.accept("JOIN") {
            return Ok(None);
        }
        let table = self.table()?;
        let own = self.tables.len() - 1;
        self.expect("ON")?;
        let (column, other) = self.pair(own)?;
        let mut further = Vec::new();
        while self.accept("AND") {
            further.push(self.pair(own)?);
        }
        Ok(Some(Join { table, column, other, further, unmatched }))
    }

    /// A column of the joined table and the column of an earlier one that it equals.
    fn pair(&mut self, own: usize) -> Result<(&'static str, Expression), String> {
        let left = self.operand()?;
        self.expect_symbol("=")?;
        let right = self.operand()?;
        match (left, right) {
            (
                Expression::Column { table: of_own, name },
                other @ Expression::Column { table: of_other, .. },
            )
            | (
                other @ Expression::Column { table: of_other, .. },
                Expression::Column { table: of_own, name },
            ) if of_own == own && of_other != own => Ok((name, other)),
            _ => Err("a join must be ON a column of the joined table = a column of an earlier one".into()),
        }
    }

    fn group(&mut self) -> Result<Vec<Expression>, String> {
        self.expect("BY")?;
        let mut group = vec![self.operand()?];
        while self.accept_symbol(",") {
            group.push(self.operand()?);
        }
        Ok(group)
    }

    fn order(&mut self, outputs: &[Output]) -> Result<Vec<(Expression, Direction)>, String> {
        self.expect("BY")?;
        let mut order = Vec::new();
        loop {
            let alias = match self.tokens.get(self.at) {
                Some(Token::Word(word)) => {
                    outputs.iter().find(|output| output.name.eq_ignore_ascii_case(word))
                }
                Some(_) | None => None,
            };
            let expression = match alias {
                Some(output) => {
                    self.at += 1;
                    output.expression.clone()
                }
                None => self.expression()?,
            };
            let direction = if self.accept("DESC") {
                Direction::Descending
            } else {
                self.accept("ASC");
                Direction::Ascending
            };
            order.push((expression, direction));
            if !self.accept_symbol(",") {
                return Ok(order);
            }
        }
    }

    fn fetch(&mut self) -> Result<usize, String> {
        self.expect("FIRST")?;
        let Some(Token::Number(number)) = self.tokens.get(self.at) else { return Err(self.unexpected()) };
        let first = number.parse().map_err(|_| "FETCH FIRST takes a whole number".to_owned())?;
        self.at += 1;
        self.expect("ROWS")?;
        self.expect("ONLY")?;
        Ok(first)
    }

    fn condition(&mut self) -> Result<Condition, String> {
        let mut any = vec![self.conjunction()?];
        while self.accept("OR") {
            any.push(self.conjunction()?);
        }
        Ok(single_or(any, Condition::Or))
    }

    fn conjunction(&mut self) -> Result<Condition, String> {
        let mut every = vec![self.negation()?];
        while self.accept("AND") {
            every.push(self.negation()?);
        }
        Ok(single_or(every, Condition::And))
    }

    fn negation(&mut self) -> Result<Condition, String> {
        if self.accept("NOT") {
            return Ok(Condition::Not(Box::new(self.negation()?)));
        }
        if self.accept_symbol("(") {
            let inner = self.condition()?;
            self.expect_symbol(")")?;
            return Ok(inner);
        }
        self.predicate()
    }

    fn predicate(&mut self) -> Result<Condition, String> {
        let left = self.expression()?;
        if self.accept("IS") {
            let sense = self.sense();
            self.expect("NULL")?;
            return Ok(sense.of(Condition::Null(left)));
        }
        let sense = self.sense();
        if self.accept("IN") {
            self.expect_symbol("(")?;
            let mut list = vec![self.compared(&left)?];
            while self.accept_symbol(",") {
                list.push(self.compared(&left)?);
            }
            self.expect_symbol(")")?;
            return Ok(sense.of(Condition::In(left, list)));
        }
        if self.accept("BETWEEN") {
            let low = self.compared(&left)?;
            self.expect("AND")?;
            let high = self.compared(&left)?;
            let from = Condition::Compare(left.clone(), Comparison::GreaterOrEqual, low);
            let to = Condition::Compare(left, Comparison::LessOrEqual, high);
            return Ok(sense.of(Condition::And(vec![from, to])));
        }
        if self.accept("LIKE") {
            let Expression::Literal(Value::Text(pattern)) = self.expression()? else {
                return Err("LIKE takes a text".to_owned());
            };
            return Ok(sense.of(Condition::Like(left, pattern.into_owned())));
        }
        let comparison = self.comparison()?;
        let right = self.compared(&left)?;
        Ok(sense.of(Condition::Compare(left, comparison, right)))
    }

    fn sense(&mut self) -> Sense {
        if self.accept("NOT") { Sense::Negated } else { Sense::Plain }
    }

    fn comparison(&mut self) -> Result<Comparison, String> {
        let symbols = [
            ("=", Comparison::Equal),
            ("<>", Comparison::NotEqual),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            ("<", Comparison::Less),
            (">=", Comparison::GreaterOrEqual),
            (">", Comparison::Greater),
        ];
        let found = symbols.into_iter().find(|(symbol, _)| self.accept_symbol(symbol));
        found.map(|(_, comparison)| comparison).ok_or_else(|| self.unexpected())
    }

    /// The other side of a comparison: a date column must not meet plain text.
    fn compared(&mut self, left: &Expression) -> Result<Expression, String> {
        let right = self.expression()?;
        match (left, &right) {
            (Expression::Column { name, .. }, Expression::Literal(Value::Text(_)))
                if DATE_COLUMNS.contains(name) =>
            {
                Err(format!("compare {name} with TO_DATE('2026-01-31', 'YYYY-MM-DD'), not with a text"))
            }
            _ => Ok(right),
        }
    }

    fn expression(&mut self) -> Result<Expression, String> {
        if let Some(Token::Word(word)) = self.tokens.get(self.at)
            && self.tokens.get(self.at + 1) == Some(&Token::Symbol("("))
        {
            let word = word.to_ascii_uppercase();
            self.at += 2;
            let expression = self.call(&word)?;
            self.expect_symbol(")")?;
            return Ok(expression);
        }
        self.operand()
    }

    fn call(&mut self, name: &str) -> Result<Expression, String> {
        let function = match name {
            "COUNT" => Function::Count,
            "SUM" => Function::Sum,
            "MIN" => Function::Min,
            "MAX" => Function::Max,
            "TO_CHAR" => {
                let argument = self.operand()?;
                self.expect_symbol(",")?;
                return Ok(Expression::Formatted(Box::new(argument), self.format()?));
            }
            "TO_DATE" => return self.date_literal(),
            _ => return Err(format!("the function {name} is not supported")),
        };
        let argument =
            if function == Function::Count && self.accept_symbol("*") { None } else { Some(self.operand()?) };
        let aggregate = Aggregate { function, argument };
        let known = self.aggregates.iter().position(|own| *own == aggregate);
        let index = known.unwrap_or(self.aggregates.len());
        if known.is_none() {
            self.aggregates.push(aggregate);
        }
        Ok(Expression::Aggregate(index))
    }

    fn date_literal(&mut self) -> Result<Expression, String> {
        let Expression::Literal(Value::Text(text)) = self.operand()? else {
            return Err("TO_DATE takes a text".to_owned());
        };
        self.expect_symbol(",")?;
        if self.format()? != Format::Day {
            return Err("TO_DATE takes the format 'YYYY-MM-DD'".to_owned());
        }
        let date = Date::read(&text).ok_or_else(|| format!("{text} is not a day written YYYY-MM-DD"))?;
        Ok(Expression::Literal(Value::Date(date)))
    }

    fn format(&mut self) -> Result<Format, String> {
        let Expression::Literal(Value::Text(text)) = self.operand()? else {
            return Err("a format is a text".to_owned());
        };
        match text.as_ref() {
            "YYYY-MM-DD" => Ok(Format::Day),
            "YYYY-MM-DD\"T\"HH24:MI:SS" => Ok(Format::MomentWithT),
            "YYYY-MM-DD HH24:MI:SS" => Ok(Format::MomentWithSpace),
            other => Err(format!("the format {other} is not supported")),
        }
    }

    /// A column, a literal or a parameter.
    fn operand(&mut self) -> Result<Expression, String> {
        let Some(token) = self.tokens.get(self.at).cloned() else { return Err(self.unexpected()) };
        self.at += 1;
        match token {
            Token::Number(number) => {
                let number: Decimal = decimal(&number).ok_or_else(|| format!("{number} is not a number"))?;
                Ok(Expression::Literal(Value::Number(number)))
            }
            Token::Text(text) => Ok(Expression::Literal(Value::Text(text.into()))),
            Token::Parameter(index) => match self.parameters.get(index) {
                Some(Json::Text(text)) => Ok(Expression::Literal(Value::Text(text.clone().into()))),
                Some(Json::Number(number)) => decimal(number)
                    .map(|number| Expression::Literal(Value::Number(number)))
                    .ok_or_else(|| format!("{number} is not a number")),
                Some(Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_)) | None => {
                    Err("invalid or unsupported search: a parameter must be a text or a number".to_owned())
                }
            },
            Token::Word(word) => self.column(&word),
            Token::Symbol(_) => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    fn column(&mut self, word: &str) -> Result<Expression, String> {
        let (qualifier, name) =
            if self.accept_symbol(".") { (Some(word), self.name()?) } else { (None, word.to_owned()) };
        let mut found = None;
        for (index, (alias, table)) in self.tables.iter().enumerate() {
            if qualifier.is_some_and(|qualifier| !alias.eq_ignore_ascii_case(qualifier)) {
                continue;
            }
            let column = table.columns().iter().find(|column| column.eq_ignore_ascii_case(&name));
            match (column, found.is_some()) {
                (Some(_), true) => {
                    return Err(format!("the column {name} is in several tables, say of which"));
                }
                (Some(column), false) => found = Some(Expression::Column { table: index, name: column }),
                (None, _) => {}
            }
        }
        found.ok_or_else(|| {
            let known =
                self.tables.iter().map(|(alias, table)| format!("{alias}({})", table.columns().join(", ")));
            format!("there is no column {name} in {}", known.collect::<Vec<_>>().join(", "))
        })
    }

    fn name(&mut self) -> Result<String, String> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return Err(self.unexpected()) };
        let word = word.clone();
        self.at += 1;
        Ok(word)
    }

    fn peek_is(&self, keyword: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword))
    }

    /// Whether a word follows that is no keyword, which after a table or an output is an alias.
    fn peek_is_name(&self) -> bool {
        const KEYWORDS: [&str; 13] = [
            "FROM", "JOIN", "LEFT", "INNER", "OUTER", "ON", "WHERE", "GROUP", "HAVING", "ORDER", "FETCH",
            "AS", "LIMIT",
        ];
        matches!(self.tokens.get(self.at), Some(Token::Word(word))
            if !KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword)))
    }

    fn accept(&mut self, keyword: &str) -> bool {
        let found = self.peek_is(keyword);
        self.at += usize::from(found);
        found
    }

    fn accept_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Symbol(own)) if *own == symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, keyword: &str) -> Result<(), String> {
        if self.accept(keyword) {
            Ok(())
        } else {
            Err(format!("{keyword} is expected, {}", self.unexpected()))
        }
    }

    fn expect_symbol(&mut self, symbol: &str) -> Result<(), String> {
        if self.accept_symbol(symbol) {
            Ok(())
        } else {
            Err(format!("{symbol} is expected, {}", self.unexpected()))
        }
    }

    fn unexpected(&self) -> String {
        match self.tokens.get(self.at) {
            Some(token) => format!("{token} is not understood there"),
            None => "the query ends too early".to_owned(),
        }
    }
}

fn single_or(mut parts: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

/// Whether a predicate stands as it is or after `NOT`.
#[derive(Clone, Copy)]
enum Sense {
    Plain,
    Negated,
}

impl Sense {
    fn of(self, condition: Condition) -> Condition {
        match self {
            Self::Plain => condition,
            Self::Negated => Condition::Not(Box::new(condition)),
        }
    }
}
