//! Whether a body may become a transaction, and what it then says.
//!
//! The order of the checks is the order a caller meets them on the real service, as far as that is known:
//! form, header, period, lines, balance. One refusal at a time.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::account::{
    Found, Id, Index, Item, LedgerAccount, Location, Master, Masters, PeriodState, Tracking,
};
use crate::config::DateOutsidePeriod;
use crate::date::Date;
use crate::error::Refusal;
use crate::json::Json;
use crate::store::{Base, Document, Line, RecordKind};

/// The account's preferences that decide whether a transaction is taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preferences {
    pub(crate) line_limit: usize,
    pub(crate) date_outside_period: DateOutsidePeriod,
}

/// Makes a document of a body whose form was checked.
///
/// # Errors
/// The first rule it breaks, in NetSuite's words.
pub(crate) fn document(
    kind: RecordKind,
    body: &Json,
    masters: &Masters,
    preferences: Preferences,
) -> Result<Document, Refusal> {
    let header = Fields { body, path: String::new(), masters };
    let external_id = header.external_id()?;
    let Some(subsidiary) = header.reference("subsidiary", &masters.subsidiaries)? else {
        return Err(missing("Subsidiary").at("subsidiary"));
    };
    let own = subsidiary.row.map_or(1, |row| row.currency);
    let named = header.reference("currency", &masters.currencies)?;
    let currency = named.as_ref().map_or(own, |found| found.id);
    let decimals = masters.decimals(currency);
    let stated = header.number("exchangeRate").filter(|_| currency != own);
    let rate = stated.or_else(|| masters.rate(currency).checked_div(masters.rate(own)));
    let base = Base {
        rate: rate.filter(|rate| rate.is_sign_positive()).unwrap_or(Decimal::ONE),
        decimals: masters.decimals(own),
    };
    let date = header.text("tranDate").and_then(Date::read).unwrap_or_else(Date::today);
    let period = period(&header, date, preferences.date_outside_period)?;
    let items = header.items(kind, preferences.line_limit)?;
    let terms = Terms { subsidiary: subsidiary.id, decimals };
    let (account, lines) = match kind {
        RecordKind::JournalEntry => (None, journal_lines(&items, terms)?),
        RecordKind::InventoryAdjustment => {
            let (account, lines) = adjustment_lines(&header, &items, terms)?;
            (Some(account), lines)
        }
    };
    let memo = header.text("memo").map(str::to_owned);
    Ok(Document {
        kind,
        external_id,
        date,
        period,
        subsidiary: subsidiary.id,
        currency,
        base,
        memo,
        account,
        lines,
    })
}

/// What the header decides for every line.
#[derive(Debug, Clone, Copy)]
struct Terms {
    subsidiary: Id,
    decimals: u32,
}

/// An object of the body, with its place for error paths.
struct Fields<'a> {
    body: &'a Json,
    path: String,
    masters: &'a Masters,
}

impl<'a> Fields<'a> {
    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.body.field(name).and_then(Json::text)
    }

    fn number(&self, name: &str) -> Option<Decimal> {
        self.body.field(name).and_then(Json::decimal)
    }

    /// Follows a reference by internal or external id.
    fn reference<'m, Row: Master>(
        &self,
        name: &str,
        index: &'m Index<Row>,
    ) -> Result<Option<Found<'m, Row>>, Refusal> {
        let Some(reference) = self.body.field(name) else { return Ok(None) };
        let (found, value) = match (reference.field("id"), reference.field("externalId")) {
            (Some(Json::Text(id) | Json::Number(id)), _) => {
                (id.parse().ok().and_then(|id| index.find(id)), id.as_str())
            }
            (_, Some(Json::Text(external))) => (index.find_external(external), external.as_str()),
            _ => (None, ""),
        };
        found.map(Some).ok_or_else(|| Refusal::reference(value, name).at(self.at(name)))
    }

    fn external_id(&self) -> Result<Option<String>, Refusal> {
        let Some(external) = self.text("externalId") else { return Ok(None) };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if external.is_empty() || !external.bytes().all(allowed) {
            return Err(Refusal::reference(external, "externalId").at("externalId"));
        }
        Ok(Some(external.to_owned()))
    }

    fn items(&self, kind: RecordKind, line_limit: usize) -> Result<Vec<Self>, Refusal> {
        let sublist = kind.sublist();
        let items = self.body.field(sublist).and_then(|list| list.field("items")).and_then(Json::array);
        let items = items.unwrap_or_default();
        if items.is_empty() {
            return Err(
                Refusal::user("You must enter at least one line item for this transaction.").at(sublist)
            );
        }
        if items.len() > line_limit {
            let records = match kind {
                RecordKind::JournalEntry => "Journal Entries",
                // The limit of adjustments is not published; the words follow those for journals.
                RecordKind::InventoryAdjustment => "Inventory Adjustments",
            };
            return Err(
                Refusal::user(&format!("{records} can have a maximum of {line_limit} lines.")).at(sublist)
            );
        }
        let place =
            |(index, body)| Self { body, path: format!("{sublist}.items[{index}]"), masters: self.masters };
        Ok(items.iter().enumerate().map(place).collect())
    }

    fn account(&self, subsidiary: Id) -> Result<Option<Found<'a, LedgerAccount>>, Refusal> {
        let Some(found) = self.reference("account", &self.masters.accounts)? else { return Ok(None) };
        if let Some(account) = found.row
            && !account.subsidiaries.is_empty()
            && !account.subsidiaries.contains(&subsidiary)
        {
            let name = self.masters.subsidiaries.get(subsidiary).map_or("", |row| row.name.as_str());
            let detail = format!("The {} account cannot be used with the {name} subsidiary.", account.name);
            return Err(Refusal::user(&detail).at(self.at("account")));
        }
        Ok(Some(found))
    }

    fn location(&self, name: &str, subsidiary: Id) -> Result<Option<Id>, Refusal> {
        let found: Option<Found<'_, Location>> = self.reference(name, &self.masters.locations)?;
        let Some(found) = found else { return Ok(None) };
        if found.row.is_some_and(|row| row.subsidiary != subsidiary) {
            let detail = format!("Invalid location reference key {} for subsidiary {subsidiary}.", found.id);
            return Err(Refusal::user(&detail).at(self.at(name)));
        }
        Ok(Some(found.id))
    }

    fn segments(&self, line: &mut Line, subsidiary: Id) -> Result<(), Refusal> {
        line.location = self.location("location", subsidiary)?;
        line.department = self.reference("department", &self.masters.departments)?.map(|found| found.id);
        line.class = self.reference("class", &self.masters.classes)?.map(|found| found.id);
        line.memo = self.text("memo").map(Box::from);
        Ok(())
    }
}

fn missing(label: &str) -> Refusal {
    Refusal::user(&format!("Please enter value(s) for: {label}."))
}

/// Finds the posting period, which must take entries.
fn period(header: &Fields<'_>, date: Date, outside: DateOutsidePeriod) -> Result<Option<Id>, Refusal> {
    let masters = header.masters;
    if !masters.has_periods() {
        return Ok(None);
    }
    let not_within = || {
        Refusal::user(
            "The transaction date you specified is not within the date range of your accounting period.",
        )
    };
    let Some(found) = header.reference("postingPeriod", &masters.periods)? else {
        return match masters.period_of(date) {
            Some(period) if period.state == PeriodState::Open => Ok(Some(period.id)),
            Some(_) | None => Err(not_within().at("tranDate")),
        };
    };
    let Some(period) = found.row else { return Ok(Some(found.id)) };
    if period.state != PeriodState::Open {
        return Err(closed_period().at("postingPeriod"));
    }
    if outside == DateOutsidePeriod::Refused && (date < period.start || date > period.end) {
        return Err(not_within().at("tranDate"));
    }
    Ok(Some(period.id))
}

/// The refusal of an entry into a closed period.
pub(crate) fn closed_period() -> Refusal {
    Refusal::user("You cannot change the G/L impact of a transaction in a closed period.")
}

fn journal_lines(items: &[Fields<'_>], terms: Terms) -> Result<Vec<Line>, Refusal> {
    let mut lines = Vec::with_capacity(items.len());
    let mut total = Decimal::ZERO;
    for (number, item) in (1..).zip(items) {
        let line = journal_line(item, number, terms)?;
        total += line.amount();
        lines.push(line);
    }
    if !total.is_zero() {
        return Err(Refusal::user(&format!("Transaction was not in balance. Total = {}", total.normalize()))
            .at("line"));
    }
    Ok(lines)
}

fn journal_line(item: &Fields<'_>, number: u32, terms: Terms) -> Result<Line, Refusal> {
    let Some(account) = item.account(terms.subsidiary)? else {
        return Err(missing("Account").at(item.at("account")));
    };
    let mut line = Line { number, account: Some(account.id), ..Line::default() };
    line.debit = item.number("debit");
    line.credit = item.number("credit");
    let amount = match (line.debit, line.credit) {
        (Some(_), Some(_)) => {
            return Err(
                Refusal::user("You cannot enter both a debit and a credit on one line.").at(&*item.path)
            );
        }
        (None, None) => return Err(missing("Debit or Credit").at(&*item.path)),
        (Some(amount), None) | (None, Some(amount)) => amount,
    };
    if amount <= Decimal::ZERO {
        // Whether the real service takes such lines is not published; a caller has no reason to send them.
        return Err(Refusal::user("The amount of a line must be greater than zero.").at(&*item.path));
    }
    if amount.normalize().scale() > terms.decimals {
        return Err(too_many_decimals(terms.decimals).at(&*item.path));
    }
    let entity = item.reference("entity", &item.masters.entities)?;
    if entity.is_none() && account.row.is_some_and(|row| matches!(row.kind.as_str(), "AcctRec" | "AcctPay")) {
        return Err(missing("Name").at(item.at("entity")));
    }
    line.entity = entity.map(|found| found.id);
    item.segments(&mut line, terms.subsidiary)?;
    Ok(line)
}

fn too_many_decimals(decimals: u32) -> Refusal {
    Refusal::user(&format!(
        "The debits and credits are not balanced on this transaction because amounts entered include more decimal \
         places than are supported for this currency. Please round off all amounts to {decimals} decimal places."
    ))
}

/// The adjustment account and the lines, led by the header line that carries the other side of their value.
fn adjustment_lines(
    header: &Fields<'_>,
    items: &[Fields<'_>],
    terms: Terms,
) -> Result<(Id, Vec<Line>), Refusal> {
    let Some(account) = header.account(terms.subsidiary)? else {
        return Err(missing("Adjustment Account").at("account"));
    };
    let header_location = header.location("adjLocation", terms.subsidiary)?;
    let mut main = Line { number: 0, account: Some(account.id), ..Line::default() };
    header.segments(&mut main, terms.subsidiary)?;
    let mut lines = Vec::with_capacity(items.len() + 1);
    lines.push(main);
    let mut total = Decimal::ZERO;
    for (number, item) in (1..).zip(items) {
        let mut line = adjustment_line(item, number, account.id, terms)?;
        line.location = line.location.or(header_location);
        if line.location.is_none() {
            return Err(missing("Location").at(item.at("location")));
        }
        total += line.amount();
        lines.push(line);
    }
    if let Some(main) = lines.first_mut() {
        set_amount(main, -total);
    }
    Ok((account.id, lines))
}

fn adjustment_line(fields: &Fields<'_>, number: u32, account: Id, terms: Terms) -> Result<Line, Refusal> {
    let Some(item) = fields.reference("item", &fields.masters.items)? else {
        return Err(missing("Item").at(fields.at("item")));
    };
    let quantity = fields.number("adjustQtyBy").filter(|quantity| !quantity.is_zero());
    let Some(quantity) = quantity else {
        return Err(missing("Adjust Qty. By").at(fields.at("adjustQtyBy")));
    };
    let unit_cost = fields.number("unitCost");
    let mut line =
        Line { number, item: Some(item.id), quantity: Some(quantity), unit_cost, ..Line::default() };
    fields.segments(&mut line, terms.subsidiary)?;
    let Some(item) = item.row else { return Ok(line) };
    if item.asset_account == Some(account) {
        let detail = "The adjustment account must differ from the asset account of the item.";
        return Err(Refusal::user(detail).at("account"));
    }
    numbers(fields, item, quantity)?;
    line.account = item.asset_account;
    let cost = unit_cost.or(item.cost).unwrap_or_default();
    let Some(value) = quantity.checked_mul(cost) else {
        return Err(Refusal::reference(&cost.to_string(), "unitCost").at(fields.at("unitCost")));
    };
    set_amount(
        &mut line,
        value.round_dp_with_strategy(terms.decimals, RoundingStrategy::MidpointAwayFromZero),
    );
    Ok(line)
}

/// Lots and serial numbers: each unit of a numbered item must be named.
fn numbers(fields: &Fields<'_>, item: &Item, quantity: Decimal) -> Result<(), Refusal> {
    match item.tracking {
        Tracking::None => return Ok(()),
        Tracking::Lot => {}
        Tracking::Serial if quantity.is_integer() => {}
        Tracking::Serial => {
            let refusal = Refusal::user("Quantity must be an integer for numbered items.");
            return Err(refusal.at(fields.at("adjustQtyBy")));
        }
    }
    let assigned =
        fields.body.field("inventoryDetail").and_then(|detail| detail.field("inventoryAssignment"));
    let assigned = assigned.and_then(|list| list.field("items")).and_then(Json::array).unwrap_or_default();
    let sum: Decimal =
        assigned.iter().filter_map(|one| one.field("quantity")).filter_map(Json::decimal).sum();
    if sum == quantity {
        return Ok(());
    }
    let detail = format!("Please configure the inventory detail in line {} of the item list.", item.name);
    Err(Refusal::user(&detail).at(fields.at("inventoryDetail")))
}

fn set_amount(line: &mut Line, amount: Decimal) {
    if amount > Decimal::ZERO {
        line.debit = Some(amount);
    } else if amount < Decimal::ZERO {
        line.credit = Some(-amount);
    }
}
