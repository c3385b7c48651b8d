//! The tables of SuiteQL that the simulator has, and the value of each column.

use std::borrow::Cow;

use super::Value;
use crate::account::{
    Currency, Id, Item, LedgerAccount, Location, Masters, Period, PeriodState, Segment, State, Subsidiary,
    Tracking,
};
use crate::store::{Line, Store, Transaction};

/// A table that can be queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Transaction,
    TransactionLine,
    AccountingLine,
    Item,
    Account,
    Location,
    Subsidiary,
    Department,
    Classification,
    AccountingPeriod,
    Currency,
}

const TABLES: [(Table, &str, &[&str]); 11] = [
    (
        Table::Transaction,
        "transaction",
        &[
            "id",
            "externalid",
            "tranid",
            "transactionnumber",
            "type",
            "recordtype",
            "trandate",
            "postingperiod",
            "posting",
            "currency",
            "exchangerate",
            "memo",
            "createddate",
            "lastmodifieddate",
        ],
    ),
    (
        Table::TransactionLine,
        "transactionline",
        &[
            "transaction",
            "id",
            "linesequencenumber",
            "mainline",
            "item",
            "quantity",
            "subsidiary",
            "location",
            "department",
            "class",
            "entity",
            "memo",
            "netamount",
            "foreignamount",
            "debitforeignamount",
            "creditforeignamount",
            "expenseaccount",
        ],
    ),
    (
        Table::AccountingLine,
        "transactionaccountingline",
        &[
            "transaction",
            "transactionline",
            "accountingbook",
            "account",
            "debit",
            "credit",
            "amount",
            "exchangerate",
            "posting",
        ],
    ),
    (
        Table::Item,
        "item",
        &[
            "id",
            "itemid",
            "displayname",
            "fullname",
            "itemtype",
            "upccode",
            "externalid",
            "isinactive",
            "assetaccount",
            "cost",
            "islotitem",
            "isserialitem",
        ],
    ),
    (Table::Account, "account", &["id", "acctnumber", "accttype", "fullname", "externalid", "isinactive"]),
    (Table::Location, "location", &["id", "name", "fullname", "subsidiary", "externalid", "isinactive"]),
    (Table::Subsidiary, "subsidiary", &["id", "name", "fullname", "currency", "externalid"]),
    (Table::Department, "department", &["id", "name", "fullname", "externalid", "isinactive"]),
    (Table::Classification, "classification", &["id", "name", "fullname", "externalid", "isinactive"]),
    (
        Table::AccountingPeriod,
        "accountingperiod",
        &["id", "periodname", "startdate", "enddate", "closed", "alllocked", "isposting"],
    ),
    (Table::Currency, "currency", &["id", "name", "symbol", "currencyprecision", "externalid"]),
];

/// The accounting book every account has.
const PRIMARY_BOOK: Id = 1;

/// Columns that hold dates: comparing them with plain text is refused.
pub(super) const DATE_COLUMNS: [&str; 5] =
    ["trandate", "createddate", "lastmodifieddate", "startdate", "enddate"];

impl Table {
    /// Finds a table by its name, in any case.
    pub(super) fn read(name: &str) -> Option<Self> {
        TABLES.iter().find(|(_, own, _)| own.eq_ignore_ascii_case(name)).map(|(table, _, _)| *table)
    }

    /// The names of all tables, for a refusal.
    pub(super) fn names() -> String {
        TABLES.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// The columns of the table.
    pub(super) fn columns(self) -> &'static [&'static str] {
        TABLES.iter().find(|(table, _, _)| *table == self).map_or(&[], |(_, _, columns)| columns)
    }

    /// All rows of the table.
    pub(super) fn rows<'a>(
        self,
        store: &'a Store,
        masters: &'a Masters,
    ) -> Box<dyn Iterator<Item = Row<'a>> + 'a> {
        match self {
            Self::Transaction | Self::TransactionLine | Self::AccountingLine => {
                Box::new(store.all().flat_map(move |transaction| self.rows_of(transaction, masters)))
            }
            Self::Item => Box::new(masters.items.rows().map(Row::Item)),
            Self::Account => Box::new(masters.accounts.rows().map(Row::Account)),
            Self::Location => Box::new(masters.locations.rows().map(Row::Location)),
            Self::Subsidiary => Box::new(masters.subsidiaries.rows().map(Row::Subsidiary)),
            Self::Department => Box::new(masters.departments.rows().map(Row::Segment)),
            Self::Classification => Box::new(masters.classes.rows().map(Row::Segment)),
            Self::AccountingPeriod => Box::new(masters.periods.rows().map(Row::Period)),
            Self::Currency => Box::new(masters.currencies.rows().map(Row::Currency)),
        }
    }

    /// The rows of this table that belong to one transaction; none for a table of master data.
    pub(super) fn rows_of<'a>(
        self,
        transaction: &'a Transaction,
        masters: &Masters,
    ) -> Box<dyn Iterator<Item = Row<'a>> + 'a> {
        let lines = transaction.document.lines.iter();
        match self {
            Self::Transaction => Box::new(std::iter::once(Row::Transaction(transaction))),
            Self::TransactionLine => Box::new(lines.map(move |line| Row::Line(transaction, line))),
            Self::AccountingLine => {
                let booked = lines.filter(|line| line.account.is_some());
                let books = if masters.secondary_book { 2 } else { PRIMARY_BOOK };
                Box::new(booked.flat_map(move |line| {
                    (PRIMARY_BOOK..=books).map(move |book| Row::Entry(transaction, line, book))
                }))
            }
            Self::Item
            | Self::Account
            | Self::Location
            | Self::Subsidiary
            | Self::Department
            | Self::Classification
            | Self::AccountingPeriod
            | Self::Currency => Box::new(std::iter::empty()),
        }
    }

    /// The column that holds the transaction's internal id, for tables made of transactions.
    pub(super) fn transaction_column(self) -> Option<&'static str> {
        match self {
            Self::Transaction => Some("id"),
            Self::TransactionLine | Self::AccountingLine => Some("transaction"),
            Self::Item
            | Self::Account
            | Self::Location
            | Self::Subsidiary
            | Self::Department
            | Self::Classification
            | Self::AccountingPeriod
            | Self::Currency => None,
        }
    }
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Row<'a> {
    /// The missing side of a left join.
    Missing,
    Transaction(&'a Transaction),
    Line(&'a Transaction, &'a Line),
    /// A line in one accounting book.
    Entry(&'a Transaction, &'a Line, Id),
    Item(&'a Item),
    Account(&'a LedgerAccount),
    Location(&'a Location),
    Subsidiary(&'a Subsidiary),
    Segment(&'a Segment),
    Period(&'a Period),
    Currency(&'a Currency),
}

impl<'a> Row<'a> {
    /// The value of a column; null for a name the table does not have, which the parser rules out.
    pub(super) fn value(self, column: &str) -> Value<'a> {
        match self {
            Self::Missing => Value::Null,
            Self::Transaction(transaction) => of_transaction(transaction, column),
            Self::Line(transaction, line) => of_line(transaction, line, column),
            Self::Entry(transaction, line, book) => of_entry(transaction, line, book, column),
            Self::Item(item) => of_item(item, column),
            Self::Account(account) => match column {
                "id" => Value::number(account.id),
                "acctnumber" => Value::text(&account.number),
                "accttype" => Value::text(&account.kind),
                "fullname" => Value::text(&account.name),
                "externalid" => optional(account.external_id.as_deref()),
                "isinactive" => inactive(account.state),
                _ => Value::Null,
            },
            Self::Location(location) => match column {
                "id" => Value::number(location.id),
                "name" | "fullname" => Value::text(&location.name),
                "subsidiary" => Value::number(location.subsidiary),
                "externalid" => optional(location.external_id.as_deref()),
                "isinactive" => inactive(location.state),
                _ => Value::Null,
            },
            Self::Subsidiary(subsidiary) => match column {
                "id" => Value::number(subsidiary.id),
                "name" | "fullname" => Value::text(&subsidiary.name),
                "currency" => Value::number(subsidiary.currency),
                "externalid" => optional(subsidiary.external_id.as_deref()),
                _ => Value::Null,
            },
            Self::Segment(segment) => match column {
                "id" => Value::number(segment.id),
                "name" | "fullname" => Value::text(&segment.name),
                "externalid" => optional(segment.external_id.as_deref()),
                "isinactive" => inactive(segment.state),
                _ => Value::Null,
            },
            Self::Period(period) => of_period(period, column),
            Self::Currency(currency) => match column {
                "id" => Value::number(currency.id),
                "name" | "symbol" => Value::text(&currency.symbol),
                "currencyprecision" => Value::number(currency.decimals),
                "externalid" => optional(currency.external_id.as_deref()),
                _ => Value::Null,
            },
        }
    }
}

fn of_transaction<'a>(transaction: &'a Transaction, column: &str) -> Value<'a> {
    let document = &transaction.document;
    match column {
        "id" => Value::number(transaction.id),
        "externalid" => optional(document.external_id.as_deref()),
        "tranid" | "transactionnumber" => Value::text(&transaction.number),
        "type" => Value::text(document.kind.query_type()),
        "recordtype" => Value::Text(Cow::Owned(document.kind.name().to_ascii_lowercase())),
        "trandate" => Value::Date(document.date),
        "postingperiod" => reference(document.period),
        "posting" => Value::text("T"),
        "currency" => Value::number(document.currency),
        "exchangerate" => Value::Number(document.base.rate),
        "memo" => optional(document.memo.as_deref()),
        "createddate" => Value::Moment(transaction.created),
        "lastmodifieddate" => Value::Moment(transaction.modified),
        _ => Value::Null,
    }
}

fn of_line<'a>(transaction: &'a Transaction, line: &'a Line, column: &str) -> Value<'a> {
    match column {
        "transaction" => Value::number(transaction.id),
        "id" | "linesequencenumber" => Value::number(line.number),
        "mainline" => Value::from(line.number == 0),
        "item" => reference(line.item),
        "quantity" => line.quantity.map_or(Value::Null, Value::Number),
        "subsidiary" => Value::number(transaction.document.subsidiary),
        "location" => reference(line.location),
        "department" => reference(line.department),
        "class" => reference(line.class),
        "entity" => reference(line.entity),
        "memo" => optional(line.memo.as_deref()),
        "netamount" => Value::Number(transaction.document.base.of(line.amount())),
        "foreignamount" => Value::Number(line.amount()),
        "debitforeignamount" => line.debit.map_or(Value::Null, Value::Number),
        "creditforeignamount" => line.credit.map_or(Value::Null, Value::Number),
        "expenseaccount" => reference(line.account),
        _ => Value::Null,
    }
}

/// What a book holds of a line, in the subsidiary's own currency.
fn of_entry<'a>(transaction: &'a Transaction, line: &'a Line, book: Id, column: &str) -> Value<'a> {
    let base = transaction.document.base;
    match column {
        "transaction" => Value::number(transaction.id),
        "transactionline" => Value::number(line.number),
        "account" => reference(line.account),
        "accountingbook" => Value::number(book),
        "debit" => line.debit.map_or(Value::Null, |debit| Value::Number(base.of(debit))),
        "credit" => line.credit.map_or(Value::Null, |credit| Value::Number(base.of(credit))),
        "amount" => Value::Number(base.of(line.amount())),
        "exchangerate" => Value::Number(base.rate),
        "posting" => Value::text("T"),
        _ => Value::Null,
    }
}

fn of_item<'a>(item: &'a Item, column: &str) -> Value<'a> {
    match column {
        "id" => Value::number(item.id),
        "itemid" | "fullname" => Value::text(&item.name),
        "displayname" => Value::text(&item.display_name),
        "itemtype" => Value::text(&item.kind),
        "upccode" => optional(item.upc.as_deref()),
        "externalid" => optional(item.external_id.as_deref()),
        "isinactive" => inactive(item.state),
        "assetaccount" => reference(item.asset_account),
        "cost" => item.cost.map_or(Value::Null, Value::Number),
        "islotitem" => Value::from(item.tracking == Tracking::Lot),
        "isserialitem" => Value::from(item.tracking == Tracking::Serial),
        _ => Value::Null,
    }
}

fn of_period<'a>(period: &'a Period, column: &str) -> Value<'a> {
    match column {
        "id" => Value::number(period.id),
        "periodname" => Value::text(&period.name),
        "startdate" => Value::Date(period.start),
        "enddate" => Value::Date(period.end),
        "closed" => Value::from(period.state == PeriodState::Closed),
        "alllocked" => Value::from(period.state != PeriodState::Open),
        "isposting" => Value::text("T"),
        _ => Value::Null,
    }
}

fn reference<'a>(id: Option<Id>) -> Value<'a> {
    id.map_or(Value::Null, Value::number)
}

fn optional(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Null, Value::text)
}

fn inactive<'a>(state: State) -> Value<'a> {
    Value::from(state == State::Inactive)
}
