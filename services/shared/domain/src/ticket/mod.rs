//! What a ticket is: a transaction that was checked whole and can be booked or counted.
//!
//! A [`Ticket`] exists only when nothing is wrong with it; what is wrong is collected with every reason.
//! Who a ticket is ([`identity`]) can be told before that, since also a ticket that is not booked holds its
//! number. Whether its business date is acceptable depends on the shard's tick, and is [`in_horizon`].
//!
//! Not checked here, since neither identity nor money depends on it: that a ticket began before it ended
//! (till clocks are set back), that quantity times price is the amount, that the store is still open, and
//! which items are known.

mod booking;
mod canonical;
mod checks;
mod deposit;
mod discounts;
mod field;
#[cfg(test)]
pub(crate) mod fixture;
mod lines;
mod promise;
mod reason;
mod report;
mod stock;
mod taxes;
#[cfg(test)]
mod tests;
mod void;

use crate::calendar::{Date, Timestamp, Zone};
use crate::dedupe::Net;
use crate::identity::{ContentHash, is_name};
use crate::masters::{Epochs, Store};
use crate::record::pos::{Line, Link, Transaction};
use crate::record::sales::TicketId;
use crate::vocabulary;

pub(crate) use booking::misplaced;
pub use canonical::content_hash;
pub(crate) use lines::{is_of_return, is_promise, sold_by, sold_by_any};
pub use reason::{Code, REASONS_MAX, Reason};
pub(crate) use reason::{Quoted, Reasons};
pub(crate) use report::{Difference, differences};
#[cfg(test)]
pub(crate) use void::mirrored;

/// Lines of a ticket.
pub const LINES_MAX: usize = 1_000;

/// Means of payment of a ticket, and of a till report.
pub const TENDERS_MAX: usize = 100;

/// Discounts of one line, and of the whole ticket.
pub const DISCOUNTS_MAX: usize = 50;

/// Discounts of lines that the discounts of a whole ticket are shared out to: each counts once for each of its lines.
pub const SHARES_MAX: usize = 5_000;

/// Bytes of what these are booked as: each has the kind and the code of its discount once more.
pub const SHARES_BYTES_MAX: usize = 256 * 1024;

/// Bytes of the taxes of lines that the taxes of a whole ticket are shared out to.
pub const TAX_SHARES_BYTES_MAX: usize = 128 * 1024;

/// Taxes of one line, and of the whole ticket.
pub const TAXES_MAX: usize = 50;

/// Earlier tickets that one refers to.
pub const LINKS_MAX: usize = 50;

/// Characters of a kind, a department, a tax code and other words that books are kept by.
pub const CODE_MAX: usize = 64;

/// Characters of any other text but the note.
pub const TEXT_MAX: usize = 255;

/// Characters of the note.
pub const NOTE_MAX: usize = 2_000;

/// Largest quantity of a line, in units.
pub const QUANTITY_MAX: i64 = 1_000_000;

/// Largest amount of a ticket, in units of its currency; a thousand such tickets still fit an amount.
pub const AMOUNT_MAX: i64 = 100_000_000_000;

/// Days before the tick's date that a business date may lie.
pub const HORIZON_DAYS: i32 = 120;

/// Days after the tick's date that a business date may lie.
pub const AHEAD_DAYS: i32 = 1;

/// A transaction with which nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    transaction: Transaction,
    booked: Option<Box<Transaction>>,
    voids: Option<TicketId>,
    id: TicketId,
    content: ContentHash,
    kind: Kind,
}

/// What becomes of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its lines and tenders are booked, its goods move: out of the store, or back.
    Sale,
    /// Its tenders are booked: money goes into the drawer or out of it, and nothing is sold.
    CashMovement,
    /// Its goods move, and no money: to or from another location, or by a count.
    Stock,
    /// It is only counted, for no money changed hands: cancelled, suspended, or of training mode.
    Unfinished,
    /// A till report: what was counted in the drawer is compared with what should lie in it, the difference booked.
    Report,
    /// It is only counted: a control record.
    Control,
}

impl Kind {
    /// True where it has lines of goods, which may wait for their items.
    pub(crate) fn has_goods(self) -> bool {
        matches!(self, Self::Sale | Self::Stock)
    }

    /// True where a later ticket may undo it.
    const fn can_be_undone(self) -> bool {
        matches!(self, Self::Sale | Self::CashMovement | Self::Stock)
    }

    /// What becomes of a transaction; `None` for a kind that nobody knows.
    pub(crate) fn of(transaction: &Transaction) -> Option<Self> {
        if transaction.training {
            return Some(Self::Unfinished);
        }
        match transaction.kind.as_str() {
            "sale" | "return" | "exchange" | "layaway" | "customer_order" | vocabulary::POST_VOID => {
                Some(Self::Sale)
            }
            vocabulary::TRANSFER | vocabulary::COUNT => Some(Self::Stock),
            "cancelled" | "suspended" => Some(Self::Unfinished),
            "no_sale" | "sign_on" | "sign_off" | "till_open" | "till_close" | "business_sod"
            | "business_eod" | "other_control" => Some(Self::Control),
            "till_totals" => Some(Self::Report),
            kind => vocabulary::cash_movement(kind).map(|_| Self::CashMovement),
        }
    }
}

impl Ticket {
    /// Checks a transaction of a store.
    ///
    /// # Errors
    /// Every reason for which it cannot be booked or counted, the first [`REASONS_MAX`] of them in words.
    pub fn check(transaction: Transaction, store: &Store) -> Result<Self, Vec<Reason>> {
        let content = content_hash(&transaction);
        Self::check_further(transaction, content, store, |_, _| {})
    }

    /// Checks a transaction whose [`content_hash`] is known already, in what `further` looks at, too.
    ///
    /// # Errors
    /// As [`Ticket::check`].
    pub(crate) fn check_further(
        transaction: Transaction,
        content: ContentHash,
        store: &Store,
        further: impl FnOnce(&Transaction, &mut Reasons),
    ) -> Result<Self, Vec<Reason>> {
        let mut reasons = Reasons::default();
        let id = identify(&transaction, store, &mut reasons);
        let original = void::undoes(&transaction).then(|| void::original(&transaction, store, &mut reasons));
        let is_void = transaction.kind == vocabulary::POST_VOID;
        // As the form of what is promised is checked, too, its price is there until then.
        let voided = is_void.then(|| void::voided(&transaction));
        let read = voided.as_ref().unwrap_or(&transaction);
        let mut of_booked = Reasons::default();
        checks::form(read, store, &mut of_booked);
        promise::form(read, &mut of_booked);
        let shared = discounts::shared(read, store, &mut of_booked);
        let read = shared.as_ref().unwrap_or(read);
        let taxed = taxes::shared(read, store);
        let read = taxed.as_ref().unwrap_or(read);
        let unpriced = promise::promises(read).then(|| promise::unpriced(read.clone()));
        let booked = unpriced.as_ref().unwrap_or(read);
        let kind = booking::check(booked, store, &mut of_booked);
        further(booked, &mut of_booked);
        if is_void && !of_booked.is_empty() && void::is_upright(&transaction, store) {
            void::upright(&transaction, &mut reasons);
        } else {
            reasons.append(of_booked);
        }
        match (id, kind) {
            (Some(id), Some(kind)) if reasons.is_empty() => {
                // In training nothing is undone or kept.
                let booked =
                    unpriced.or(taxed).or(shared).or(voided).filter(|_| !transaction.training).map(Box::new);
                Ok(Self { transaction, booked, voids: original.flatten(), id, content, kind })
            }
            _ => Err(reasons.into_list()),
        }
    }

    /// The transaction as it was offered.
    #[must_use]
    pub const fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// Who it undoes, where it does.
    #[must_use]
    pub(crate) const fn voids(&self) -> Option<&TicketId> {
        self.voids.as_ref()
    }

    /// Which way it went, where a later ticket may undo it; `None` of what is only counted, of a report, and of what
    /// undoes one itself.
    #[must_use]
    pub fn voidable(&self) -> Option<Net> {
        (self.kind.can_be_undone() && self.voids.is_none()).then(|| net(&self.transaction))
    }

    /// The transaction as its lines and tenders are booked: discounts of the whole ticket on its lines, and its taxes
    /// where they are not alike; what is undone with the opposite sign and, where it sold nothing, as its own kind;
    /// what is promised without its price.
    #[must_use]
    pub(crate) fn booked(&self) -> &Transaction {
        self.booked.as_deref().unwrap_or(&self.transaction)
    }

    /// Its identity within the store.
    #[must_use]
    pub const fn id(&self) -> &TicketId {
        &self.id
    }

    /// Its content hash.
    #[must_use]
    pub const fn content(&self) -> ContentHash {
        self.content
    }

    /// What becomes of it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }
}

/// Who a transaction is, whether or not it can be booked.
///
/// # Errors
/// Every reason for which its number cannot be told.
pub fn identity(transaction: &Transaction, store: &Store) -> Result<TicketId, Vec<Reason>> {
    let mut reasons = Reasons::default();
    identify(transaction, store, &mut reasons).ok_or_else(|| reasons.into_list())
}

fn identify(transaction: &Transaction, store: &Store, reasons: &mut Reasons) -> Option<TicketId> {
    let named = is_name(&transaction.register);
    if !named {
        let register = Quoted(&transaction.register);
        reasons.add(
            Code::BadName,
            format_args!("register"),
            format_args!("{register} is no register: it has 1 to 20 of A-Z a-z 0-9 and hyphen"),
        );
    }
    let numbered = transaction.sequence >= 0;
    if !numbered {
        reasons.add(
            Code::NegativeSequence,
            format_args!("sequence"),
            format_args!("{} is below zero; a register counts from 0 or 1 upwards", transaction.sequence),
        );
    }
    let epoch = match store.epochs {
        Epochs::Daily => Some(transaction.business_date.days().into()),
        Epochs::Single => Some(0),
        Epochs::Stated => stated_epoch(transaction, reasons),
    };
    let id = TicketId {
        register: transaction.register.clone(),
        epoch: epoch?,
        sequence: transaction.sequence,
        business_date: transaction.business_date,
    };
    (named && numbered).then_some(id)
}

/// The ticket of the same store that a transaction undoes; `None` where it undoes none, or does not say which.
#[must_use]
pub fn undone(transaction: &Transaction, store: &Store) -> Option<TicketId> {
    void::undoes(transaction).then(|| void::original(transaction, store, &mut Reasons::default()))?
}

/// Which way a transaction went; of one that undoes another, the way of that one. Where no money moved the line of
/// the lowest number tells, of those that have a sign: goods are kept, given up, transferred and counted, and deposits
/// are forfeited, without any.
#[must_use]
pub fn net(transaction: &Transaction) -> Net {
    let first = || {
        let lines = transaction.lines.iter().filter(|line| !line.voided);
        let sign = |line: &Line| match line.quantity.units().signum() {
            0 => line.amount.units().signum(),
            sign => sign,
        };
        let signed = lines.map(|line| (line.line, sign(line))).filter(|(_, sign)| *sign != 0);
        signed.min_by_key(|(number, _)| *number).map_or(0, |(_, sign)| sign)
    };
    let way = match booking::paid(transaction).signum() {
        0 => i128::from(first()),
        sign => sign,
    };
    let way = if void::undoes(transaction) { way.saturating_neg() } else { way };
    if way < 0 { Net::PaidOut } else { Net::Taken }
}

/// Who an earlier ticket of a store is; `None` where the store numbers by stated epochs and the link states none.
pub(crate) fn linked(link: &Link, store: &Store) -> Option<TicketId> {
    let epoch = match store.epochs {
        Epochs::Daily => link.business_date.days().into(),
        Epochs::Single => 0,
        Epochs::Stated => link.sequence_epoch.filter(|epoch| *epoch >= 0)?,
    };
    Some(TicketId {
        register: link.register.clone(),
        epoch,
        sequence: link.sequence,
        business_date: link.business_date,
    })
}

fn stated_epoch(transaction: &Transaction, reasons: &mut Reasons) -> Option<i64> {
    let epoch = transaction.sequence_epoch.filter(|epoch| *epoch >= 0);
    if epoch.is_none() {
        reasons.add(
            Code::EpochMissing,
            format_args!("sequence_epoch"),
            format_args!(
                "the store numbers by stated epochs and the ticket states none of 0 or more; send it, or have \
                 the store master say daily or single"
            ),
        );
    }
    epoch
}

/// Checks that a business date is neither too old nor ahead at the shard's tick. `earliest` is the first
/// acceptable date where one is configured, in place of [`HORIZON_DAYS`] before the tick.
///
/// # Errors
/// The reason `business_date_out_of_range`.
pub fn in_horizon(date: Date, tick: Timestamp, zone: &Zone, earliest: Option<Date>) -> Result<(), Reason> {
    let refused =
        |detail: String| Err(Reason::of_field(Code::BusinessDateOutOfRange, "business_date", detail));
    let Some(today) = zone.date_of(tick) else {
        return refused(format!("the tick {} names no date to compare with", tick.0));
    };
    let first = earliest.unwrap_or_else(|| today.plus_days(HORIZON_DAYS.saturating_neg()));
    let last = today.plus_days(AHEAD_DAYS);
    if date < first || date > last {
        return refused(format!(
            "{date} lies outside {first} to {last}, the business dates that are taken on {today}; book it by \
             hand, or mend the date and release it"
        ));
    }
    Ok(())
}
