//! The form of a transaction, whatever its kind: dates, currency, scale, limits, texts and card numbers.
//!
//! Every text is searched for a card number, except ids by type, which are long numbers by nature and
//! often pass Luhn: names of stores and registers, item, barcode, serial, lot, promotion code, references
//! of payments, ids of people and companies, keys of fiscal documents. Tokens and accounts of stored value
//! are searched: a card number is what gets sent there by mistake.

use std::fmt::Arguments;

use crate::currency::{self, Currency};
use crate::masters::Store;
use crate::record::pos::{
    Discount, FiscalDocument, ForeignCurrency, Line, Link, StoredValue, Tax, Tender, TenderTotal, TillTotals,
    Transaction,
};

use super::field::{Form, TextKind};
use super::{Code, DISCOUNTS_MAX, LINES_MAX, LINKS_MAX, Quoted, Reasons, TAXES_MAX, TENDERS_MAX};

/// Business dates that are dates of this system at all: 1970-01-01 to 2999-12-31.
const DATES: std::ops::RangeInclusive<i32> = 0..=376_199;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Days after its business date began in which a ticket can end, where the end decides the window.
const END_DAYS_MAX: i64 = 3;

/// Checks the form and adds every reason.
pub(super) fn form(transaction: &Transaction, store: &Store, reasons: &mut Reasons) {
    dates(transaction, store, reasons);
    let minor_units = currency(&transaction.currency, store, reasons);
    let mut form = Form { reasons, minor_units, currency: &transaction.currency };
    form.transaction(transaction);
    line_numbers(&transaction.lines, reasons);
}

fn dates(transaction: &Transaction, store: &Store, reasons: &mut Reasons) {
    let date = transaction.business_date;
    if !DATES.contains(&date.days()) {
        return reasons.add(
            Code::BusinessDateOutOfRange,
            format_args!("business_date"),
            format_args!("{date} is no business date; send the date of the store's day"),
        );
    }
    if let Some(go_live) = store.go_live.filter(|go_live| date < *go_live) {
        reasons.add(
            Code::BeforeGoLive,
            format_args!("business_date"),
            format_args!("{date} is before {go_live}, the first business date the store master accepts"),
        );
    }
    // The end decides the posting window, and so a document id; a whole store-day does not ask for it.
    if store.window_minutes > 0 && !ends_within(transaction, store) {
        reasons.add(
            Code::TimeOutOfRange,
            format_args!("ended_at"),
            format_args!(
                "the ticket ended more than a day before or {END_DAYS_MAX} days after its business date {date} \
                 began; set the till's clock and send the right time"
            ),
        );
    }
}

fn ends_within(transaction: &Transaction, store: &Store) -> bool {
    let start = transaction.business_date.starts_at(&store.zone);
    let after = start.and_then(|start| transaction.ended_at.0.checked_sub(start.0));
    after.is_some_and(|after| (-DAY..=END_DAYS_MAX.saturating_mul(DAY)).contains(&after))
}

/// The decimals of the ticket's currency, where it is one.
fn currency(code: &str, store: &Store, reasons: &mut Reasons) -> Option<u32> {
    if code == store.currency.as_str() {
        return Some(store.currency.minor_units());
    }
    match Currency::parse(code) {
        Ok(other) => {
            let own = store.currency;
            reasons.add(
                Code::CurrencyNotOfStore,
                format_args!("currency"),
                format_args!("{other} is not {own}, the currency of the store; send every amount in {own}"),
            );
            Some(other.minor_units())
        }
        Err(currency::Error::Unknown(_) | currency::Error::NoMinorUnit(_)) => {
            reasons.add(
                Code::UnknownCurrency,
                format_args!("currency"),
                format_args!("{} is no currency of ISO 4217 that a till can take", Quoted(code)),
            );
            None
        }
    }
}

fn line_numbers(lines: &[Line], reasons: &mut Reasons) {
    let ascending = lines.windows(2).all(|pair| pair[0].line < pair[1].line);
    if ascending && lines.first().is_none_or(|line| line.line >= 0) {
        return;
    }
    let mut seen = std::collections::BTreeSet::new();
    for (index, line) in lines.iter().take(LINES_MAX).enumerate() {
        let number = line.line;
        if number < 0 {
            reasons.add(
                Code::BadLineNumber,
                format_args!("lines[{index}].line"),
                format_args!("{number} is below zero; number the lines of a ticket from 1"),
            );
        } else if !seen.insert(number) {
            reasons.add(
                Code::DuplicateLine,
                format_args!("lines[{index}].line"),
                format_args!("{number} is the number of an earlier line too; each line has its own"),
            );
        }
    }
}

impl Form<'_> {
    fn transaction(&mut self, transaction: &Transaction) {
        let Transaction {
            store: _,
            register: _,
            business_date: _,
            sequence: _,
            sequence_epoch: _,
            kind,
            begun_at: _,
            ended_at: _,
            currency: _,
            total,
            rounding,
            operator,
            customer,
            channel,
            training: _,
            offline: _,
            lines,
            tenders,
            taxes,
            discounts,
            links,
            till_totals,
            fiscal,
            reason,
            note,
            sent_at: _,
        } = transaction;
        let at = format_args!("");
        self.word(at, "kind", kind);
        self.some_amount(at, "total", *total);
        self.amount(at, "rounding", *rounding);
        self.text(at, "operator", operator.as_deref(), TextKind::Id);
        self.text(at, "customer", customer.as_deref(), TextKind::Id);
        self.text(at, "channel", channel.as_deref(), TextKind::Word);
        self.text(at, "reason", reason.as_deref(), TextKind::Free);
        self.text(at, "note", note.as_deref(), TextKind::Note);
        for (index, line) in self.limited(at, "lines", lines, LINES_MAX) {
            self.line(format_args!("lines[{index}]."), line);
        }
        for (index, tender) in self.limited(at, "tenders", tenders, TENDERS_MAX) {
            self.tender(format_args!("tenders[{index}]."), tender);
        }
        self.taxes(at, taxes);
        for (index, discount) in self.limited(at, "discounts", discounts, DISCOUNTS_MAX) {
            self.discount(format_args!("discounts[{index}]."), discount);
        }
        for (index, link) in self.limited(at, "links", links, LINKS_MAX) {
            self.link(format_args!("links[{index}]."), link);
        }
        if let Some(totals) = till_totals {
            self.till_totals(format_args!("till_totals."), totals);
        }
        if let Some(FiscalDocument { kind, key, status, recipient }) = fiscal {
            let at = format_args!("fiscal.");
            self.word(at, "kind", kind);
            self.text(at, "key", Some(key), TextKind::Id);
            self.word(at, "status", status);
            self.text(at, "recipient", recipient.as_deref(), TextKind::Id);
        }
    }

    fn line(&mut self, at: Arguments<'_>, entry: &Line) {
        let Line {
            line: _,
            kind,
            item,
            barcode,
            department,
            description,
            quantity,
            unit,
            unit_price: _,
            amount,
            discounts,
            taxes,
            stored_value,
            original,
            voided: _,
            entry,
            serial,
            lot,
            disposition,
            fulfilment,
            fulfilment_location,
            owner,
            reason,
        } = entry;
        self.word(at, "kind", kind);
        self.key(at, "item", item.as_deref());
        self.key(at, "barcode", barcode.as_deref());
        self.text(at, "department", department.as_deref(), TextKind::Word);
        self.text(at, "description", description.as_deref(), TextKind::Free);
        self.quantity(at, "quantity", *quantity);
        self.text(at, "unit", unit.as_deref(), TextKind::Word);
        self.amount(at, "amount", *amount);
        for (index, discount) in self.limited(at, "discounts", discounts, DISCOUNTS_MAX) {
            self.discount(format_args!("{at}discounts[{index}]."), discount);
        }
        self.taxes(at, taxes);
        if let Some(stored_value) = stored_value {
            self.stored_value(format_args!("{at}stored_value."), stored_value);
        }
        if let Some(original) = original {
            self.link(format_args!("{at}original."), original);
        }
        self.text(at, "entry", entry.as_deref(), TextKind::Word);
        self.text(at, "serial", serial.as_deref(), TextKind::Id);
        self.text(at, "lot", lot.as_deref(), TextKind::Id);
        self.text(at, "disposition", disposition.as_deref(), TextKind::Word);
        self.text(at, "fulfilment", fulfilment.as_deref(), TextKind::Word);
        self.text(at, "fulfilment_location", fulfilment_location.as_deref(), TextKind::Id);
        self.text(at, "owner", owner.as_deref(), TextKind::Id);
        self.text(at, "reason", reason.as_deref(), TextKind::Free);
    }

    fn discount(&mut self, at: Arguments<'_>, entry: &Discount) {
        let Discount { kind, amount, code, reason, authorised_by, lines: _ } = entry;
        self.word(at, "kind", kind);
        self.amount(at, "amount", *amount);
        self.text(at, "code", code.as_deref(), TextKind::Id);
        self.text(at, "reason", reason.as_deref(), TextKind::Free);
        self.text(at, "authorised_by", authorised_by.as_deref(), TextKind::Id);
    }

    fn taxes(&mut self, at: Arguments<'_>, taxes: &[Tax]) {
        for (index, tax) in self.limited(at, "taxes", taxes, TAXES_MAX) {
            let at = format_args!("{at}taxes[{index}].");
            let Tax { code, kind, jurisdiction, treatment, rate: _, base, amount, included: _, exemption } =
                tax;
            self.word(at, "code", code);
            self.text(at, "kind", Some(kind), TextKind::Word);
            self.text(at, "jurisdiction", jurisdiction.as_deref(), TextKind::Word);
            self.text(at, "treatment", Some(treatment), TextKind::Word);
            self.some_amount(at, "base", *base);
            self.amount(at, "amount", *amount);
            self.text(at, "exemption", exemption.as_deref(), TextKind::Free);
        }
    }

    fn tender(&mut self, at: Arguments<'_>, entry: &Tender) {
        let Tender {
            kind,
            amount,
            change,
            cashback,
            tip,
            brand,
            last4,
            token,
            authorisation,
            reference,
            terminal,
            stored_value,
            foreign,
            line: _,
        } = entry;
        self.word(at, "kind", kind);
        self.amount(at, "amount", *amount);
        for (name, amount) in [("change", change), ("cashback", cashback), ("tip", tip)] {
            self.amount(at, name, *amount);
            if amount.is_negative() {
                self.reasons.add(
                    Code::WrongSign,
                    format_args!("{at}{name}"),
                    format_args!("{amount} is below zero; money paid out is a tender of a negative amount"),
                );
            }
        }
        self.text(at, "brand", brand.as_deref(), TextKind::Word);
        self.last4(at, last4.as_deref());
        self.text(at, "token", token.as_deref(), TextKind::Free);
        self.text(at, "authorisation", authorisation.as_deref(), TextKind::Id);
        self.text(at, "reference", reference.as_deref(), TextKind::Id);
        self.text(at, "terminal", terminal.as_deref(), TextKind::Id);
        if let Some(stored_value) = stored_value {
            self.stored_value(format_args!("{at}stored_value."), stored_value);
        }
        if let Some(foreign) = foreign {
            self.foreign(format_args!("{at}foreign."), foreign);
        }
    }

    fn foreign(&mut self, at: Arguments<'_>, entry: &ForeignCurrency) {
        let ForeignCurrency { currency, amount, exchange_rate: _ } = entry;
        match Currency::parse(currency) {
            Ok(currency) => {
                let minor_units = Some(currency.minor_units());
                let mut other =
                    Form { reasons: &mut *self.reasons, minor_units, currency: currency.as_str() };
                other.amount(at, "amount", *amount);
            }
            Err(currency::Error::Unknown(_) | currency::Error::NoMinorUnit(_)) => self.reasons.add(
                Code::UnknownCurrency,
                format_args!("{at}currency"),
                format_args!("{} is no currency of ISO 4217 that a till can take", Quoted(currency)),
            ),
        }
    }

    fn stored_value(&mut self, at: Arguments<'_>, entry: &StoredValue) {
        let StoredValue { program, account, last4, issuer } = entry;
        self.word(at, "program", program);
        self.text(at, "account", account.as_deref(), TextKind::Free);
        self.last4(at, last4.as_deref());
        self.text(at, "issuer", issuer.as_deref(), TextKind::Word);
    }

    fn link(&mut self, at: Arguments<'_>, entry: &Link) {
        let Link { kind, store, register, business_date: _, sequence: _, sequence_epoch: _, line: _ } = entry;
        self.word(at, "kind", kind);
        self.text(at, "store", Some(store), TextKind::Id);
        self.text(at, "register", Some(register), TextKind::Id);
    }

    fn till_totals(&mut self, at: Arguments<'_>, entry: &TillTotals) {
        let TillTotals {
            scope,
            transactions: _,
            net_sales,
            returns,
            discounts,
            tax,
            opening_cash,
            declared_cash,
            grand_total,
            tenders,
            loans,
            pickups,
            paid_in,
            paid_out,
            line_voids: _,
            cancelled: _,
            post_voids: _,
            no_sales: _,
        } = entry;
        self.word(at, "scope", scope);
        self.amount(at, "net_sales", *net_sales);
        self.amount(at, "returns", *returns);
        self.amount(at, "discounts", *discounts);
        self.amount(at, "tax", *tax);
        self.some_amount(at, "opening_cash", *opening_cash);
        self.some_amount(at, "declared_cash", *declared_cash);
        self.some_amount(at, "loans", *loans);
        self.some_amount(at, "pickups", *pickups);
        self.some_amount(at, "paid_in", *paid_in);
        self.some_amount(at, "paid_out", *paid_out);
        // A grand total grows through the till's life, so only its scale is asked for.
        self.scale(at, "grand_total", grand_total.unwrap_or_default());
        for (index, tender) in self.limited(at, "tenders", tenders, TENDERS_MAX) {
            let at = format_args!("{at}tenders[{index}].");
            let TenderTotal { kind, brand, count: _, amount, declared } = tender;
            self.word(at, "kind", kind);
            self.text(at, "brand", brand.as_deref(), TextKind::Word);
            self.amount(at, "amount", *amount);
            self.some_amount(at, "declared", *declared);
        }
    }
}
