//! The content hash of a ticket: what makes two offers of one number the same or a conflict.
//!
//! The canonical ticket is a sequence of fields, each its number and its value; a field that is absent or
//! has its default is left out, so a field added to the schema later changes no hash of a ticket that lacks
//! it. Whole numbers, and decimals as counts of their smallest units, are zigzag varints; a text is its
//! length and its UTF-8; a list is its length and its entries; entries and nested records end with a 0.
//! So no two tickets share a form. Field numbers are never given again: they are in the state of every
//! shard. Left out is `sent_at`, which is of the transport.

use crate::identity::ContentHash;
use crate::record::pos::{
    Discount, FiscalDocument, ForeignCurrency, Line, Link, StoredValue, Tax, Tender, TenderTotal, TillTotals,
    Transaction,
};
use crate::varint;

/// What an absent channel means.
const CHANNEL_DEFAULT: &str = "store";

/// What an absent fulfilment means.
const FULFILMENT_DEFAULT: &str = "carry_out";

/// The first 8 bytes of BLAKE3 over the canonical ticket.
#[must_use]
pub fn content_hash(transaction: &Transaction) -> ContentHash {
    let mut form = Canonical::default();
    form.transaction(transaction);
    ContentHash::from_bits(form.finish())
}

/// Bytes gathered before they are hashed: one chunk of BLAKE3.
const BUFFER: usize = 1024;

struct Canonical {
    hasher: blake3::Hasher,
    buffer: [u8; BUFFER],
    used: usize,
}

impl Default for Canonical {
    fn default() -> Self {
        Self { hasher: blake3::Hasher::new(), buffer: [0; BUFFER], used: 0 }
    }
}

impl Canonical {
    fn finish(mut self) -> u64 {
        self.flush();
        let hash = self.hasher.finalize();
        hash.as_bytes().first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
    }

    fn flush(&mut self) {
        self.hasher.update(self.buffer.get(..self.used).unwrap_or_default());
        self.used = 0;
    }

    fn byte(&mut self, byte: u8) {
        if self.used == BUFFER {
            self.flush();
        }
        if let Some(place) = self.buffer.get_mut(self.used) {
            *place = byte;
            self.used = self.used.saturating_add(1);
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let end = self.used.saturating_add(bytes.len());
        if let Some(places) = self.buffer.get_mut(self.used..end) {
            places.copy_from_slice(bytes);
            self.used = end;
        } else {
            self.flush();
            self.hasher.update(bytes);
        }
    }

    fn varint(&mut self, value: u64) {
        varint::write(value, |byte| self.byte(byte));
    }

    fn length(&mut self, length: usize) {
        self.varint(u64::try_from(length).unwrap_or(u64::MAX));
    }

    fn number(&mut self, field: u8, value: i64) {
        if value != 0 {
            self.some_number(field, Some(value));
        }
    }

    fn some_number(&mut self, field: u8, value: Option<i64>) {
        if let Some(value) = value {
            self.byte(field);
            self.varint(varint::zigzag(value));
        }
    }

    fn text(&mut self, field: u8, text: &str) {
        if !text.is_empty() {
            self.some_text(field, Some(text));
        }
    }

    fn some_text(&mut self, field: u8, text: Option<&str>) {
        if let Some(text) = text {
            self.byte(field);
            self.length(text.len());
            self.bytes(text.as_bytes());
        }
    }

    fn flag(&mut self, field: u8, set: bool) {
        if set {
            self.byte(field);
        }
    }

    fn list<T>(&mut self, field: u8, entries: &[T], entry: impl Fn(&mut Self, &T)) {
        if !entries.is_empty() {
            self.byte(field);
            self.length(entries.len());
            for each in entries {
                entry(self, each);
                self.byte(0);
            }
        }
    }

    fn some<T>(&mut self, field: u8, value: Option<&T>, nested: impl Fn(&mut Self, &T)) {
        if let Some(value) = value {
            self.byte(field);
            nested(self, value);
            self.byte(0);
        }
    }

    fn transaction(&mut self, transaction: &Transaction) {
        let Transaction {
            store,
            register,
            business_date,
            sequence,
            sequence_epoch,
            kind,
            begun_at,
            ended_at,
            currency,
            total,
            rounding,
            operator,
            customer,
            channel,
            training,
            offline,
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
        self.text(1, store);
        self.text(2, register);
        self.number(3, business_date.days().into());
        self.number(4, *sequence);
        self.some_number(5, *sequence_epoch);
        self.text(6, kind);
        self.some_number(7, begun_at.map(|at| at.0));
        self.number(8, ended_at.0);
        self.text(9, currency);
        self.some_number(10, total.map(|amount| amount.units()));
        self.number(11, rounding.units());
        self.some_text(12, operator.as_deref());
        self.some_text(13, customer.as_deref());
        self.some_text(14, channel.as_deref().filter(|channel| *channel != CHANNEL_DEFAULT));
        self.flag(15, *training);
        self.flag(16, *offline);
        self.list(17, lines, Self::line);
        self.list(18, tenders, Self::tender);
        self.list(19, taxes, Self::tax);
        self.list(20, links, Self::link);
        self.some(21, till_totals.as_ref(), Self::till_totals);
        self.some(22, fiscal.as_ref(), Self::fiscal);
        self.some_text(23, reason.as_deref());
        self.some_text(24, note.as_deref());
        self.list(25, discounts, Self::discount);
    }

    fn line(&mut self, entry: &Line) {
        let Line {
            line,
            kind,
            item,
            barcode,
            department,
            description,
            quantity,
            unit,
            unit_price,
            amount,
            discounts,
            taxes,
            stored_value,
            original,
            voided,
            entry,
            serial,
            lot,
            disposition,
            fulfilment,
            fulfilment_location,
            owner,
            reason,
        } = entry;
        self.number(1, (*line).into());
        self.text(2, kind);
        self.some_text(3, item.as_deref());
        self.some_text(4, barcode.as_deref());
        self.some_text(5, department.as_deref());
        self.some_text(6, description.as_deref());
        self.number(7, quantity.units());
        self.some_text(8, unit.as_deref());
        self.some_number(9, unit_price.map(|price| price.units()));
        self.number(10, amount.units());
        self.list(11, discounts, Self::discount);
        self.list(12, taxes, Self::tax);
        self.some(13, stored_value.as_deref(), Self::stored_value);
        self.some(14, original.as_deref(), Self::link);
        self.flag(15, *voided);
        self.some_text(16, entry.as_deref());
        self.some_text(17, serial.as_deref());
        self.some_text(18, lot.as_deref());
        self.some_text(19, disposition.as_deref());
        self.some_text(20, fulfilment.as_deref().filter(|fulfilment| *fulfilment != FULFILMENT_DEFAULT));
        self.some_text(21, fulfilment_location.as_deref());
        self.some_text(22, owner.as_deref());
        self.some_text(23, reason.as_deref());
    }

    fn tender(&mut self, entry: &Tender) {
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
            line,
        } = entry;
        self.text(1, kind);
        self.number(2, amount.units());
        self.number(3, change.units());
        self.number(4, cashback.units());
        self.number(5, tip.units());
        self.some_text(6, brand.as_deref());
        self.some_text(7, last4.as_deref());
        self.some_text(8, token.as_deref());
        self.some_text(9, authorisation.as_deref());
        self.some_text(10, reference.as_deref());
        self.some_text(11, terminal.as_deref());
        self.some(12, stored_value.as_ref(), Self::stored_value);
        self.some(13, foreign.as_ref(), Self::foreign);
        self.some_number(14, line.map(i64::from));
    }

    fn foreign(&mut self, entry: &ForeignCurrency) {
        let ForeignCurrency { currency, amount, exchange_rate } = entry;
        self.text(1, currency);
        self.number(2, amount.units());
        self.number(3, exchange_rate.units());
    }

    fn stored_value(&mut self, entry: &StoredValue) {
        let StoredValue { program, account, last4, issuer } = entry;
        self.text(1, program);
        self.some_text(2, account.as_deref());
        self.some_text(3, last4.as_deref());
        self.some_text(4, issuer.as_deref());
    }

    fn tax(&mut self, entry: &Tax) {
        let Tax { code, kind, jurisdiction, treatment, rate, base, amount, included, exemption } = entry;
        self.text(1, code);
        self.text(2, kind);
        self.some_text(3, jurisdiction.as_deref());
        self.text(4, treatment);
        self.some_number(5, rate.map(|rate| rate.units()));
        self.some_number(6, base.map(|base| base.units()));
        self.number(7, amount.units());
        self.flag(8, *included);
        self.some_text(9, exemption.as_deref());
    }

    fn discount(&mut self, entry: &Discount) {
        let Discount { kind, amount, code, reason, authorised_by, lines } = entry;
        self.text(1, kind);
        self.number(2, amount.units());
        self.some_text(3, code.as_deref());
        self.some_text(4, reason.as_deref());
        self.some_text(5, authorised_by.as_deref());
        self.list(6, lines, |form, line| form.number(1, (*line).into()));
    }

    fn link(&mut self, entry: &Link) {
        let Link { kind, store, register, business_date, sequence, sequence_epoch, line } = entry;
        self.text(1, kind);
        self.text(2, store);
        self.text(3, register);
        self.number(4, business_date.days().into());
        self.number(5, *sequence);
        self.some_number(6, *sequence_epoch);
        self.some_number(7, line.map(i64::from));
    }

    fn till_totals(&mut self, entry: &TillTotals) {
        let TillTotals {
            scope,
            transactions,
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
            line_voids,
            cancelled,
            post_voids,
            no_sales,
        } = entry;
        self.text(1, scope);
        self.number(2, *transactions);
        self.number(3, net_sales.units());
        self.number(4, returns.units());
        self.number(5, discounts.units());
        self.number(6, tax.units());
        self.some_number(7, opening_cash.map(|amount| amount.units()));
        self.some_number(8, declared_cash.map(|amount| amount.units()));
        self.some_number(9, grand_total.map(|amount| amount.units()));
        self.list(10, tenders, Self::tender_total);
        self.some_number(11, loans.map(|amount| amount.units()));
        self.some_number(12, pickups.map(|amount| amount.units()));
        self.some_number(13, paid_in.map(|amount| amount.units()));
        self.some_number(14, paid_out.map(|amount| amount.units()));
        self.some_number(15, *line_voids);
        self.some_number(16, *cancelled);
        self.some_number(17, *post_voids);
        self.some_number(18, *no_sales);
    }

    fn tender_total(&mut self, entry: &TenderTotal) {
        let TenderTotal { kind, brand, count, amount, declared } = entry;
        self.text(1, kind);
        self.some_text(2, brand.as_deref());
        self.number(3, (*count).into());
        self.number(4, amount.units());
        self.some_number(5, declared.map(|amount| amount.units()));
    }

    fn fiscal(&mut self, entry: &FiscalDocument) {
        let FiscalDocument { kind, key, status, recipient } = entry;
        self.text(1, kind);
        self.text(2, key);
        self.text(3, status);
        self.some_text(4, recipient.as_deref());
    }
}
