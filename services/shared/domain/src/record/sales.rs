//! What the sequencer writes to `sales.enriched`: sales, closes and notices in their decided order.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::identity::ContentHash;
use crate::number::{Amount, Quantity, Rate, UnitPrice};
use crate::text::Text;

/// One event of a store in the order the sequencer decided. Everything offered leaves exactly one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalesEvent {
    /// sale, repeat, quarantined, unreadable, close, reclassified, command, command_refused,
    /// command_repeat, quarantine_released, written_off, account_map_adopted, claim, tick. Open vocabulary.
    pub kind: Text,
    /// Store; * for a tick and what concerns all stores, ? where no store could be read.
    pub store: Text,
    /// Latest tick of the shard when the event was sequenced.
    pub tick: Timestamp,
    /// Record that caused it; absent on a tick and a deadline.
    #[serde(default)]
    pub source: Option<Source>,
    /// Set for kind sale and quarantine_released.
    #[serde(default)]
    pub sale: Option<Sale>,
    /// Set for kind close.
    #[serde(default)]
    pub close: Option<Close>,
    /// Set for kind reclassified.
    #[serde(default)]
    pub reclassification: Option<Reclassification>,
    /// Set for the other kinds.
    #[serde(default)]
    pub notice: Option<Notice>,
    /// Set for kind account_map_adopted: hash of the account map by which every bucket of the partition is booked that
    /// closes after this event.
    #[serde(default)]
    pub account_map: Option<Text>,
    /// Set for kind claim.
    #[serde(default)]
    pub claim: Option<Claim>,
}

/// Something that happened to an offered record or a command and books nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Ticket concerned, where it could be read.
    #[serde(default)]
    pub ticket: Option<TicketId>,
    /// Content hash of the ticket, where it could be read.
    #[serde(default)]
    pub content: Option<ContentHash>,
    /// Id of the command concerned.
    #[serde(default)]
    pub command: Option<Text>,
    /// Bucket concerned.
    #[serde(default)]
    pub bucket: Option<Bucket>,
    /// Tickets in the bucket at this moment.
    #[serde(default)]
    pub count: Option<i64>,
    /// Sum of content hashes of the bucket at this moment.
    #[serde(default)]
    pub bucket_content: Option<ContentHash>,
    /// Every reason, as code: detail.
    #[serde(default)]
    pub reasons: Vec<String>,
}

/// What was taken back, counted against the line that sold it, at the store that did. It books nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// counted; exceeded: more came back than was sold, in quantity or amount; unknown: the store has not booked the
    /// ticket that sold it, and counts the claim once it does; forgotten: it no longer remembers its lines.
    pub outcome: Text,
    /// The line that takes back, or undoes one that did; absent where the ticket that sold it, or its void, came after
    /// its claims and is counted against all of them.
    #[serde(default)]
    pub returned: Option<TicketLine>,
    /// The line that sold it.
    pub original: TicketLine,
    /// Item number of the component of a kit that is counted; absent where a line is counted whole, and of what was
    /// claimed of a kit before its ticket came and is none of its components.
    #[serde(default)]
    pub component: Option<Text>,
    /// Quantity taken back with this line; 0 where `returned` is absent. As all quantities here in stock units where
    /// the item is in stock and was known both times, else in the unit of the line.
    pub quantity: Quantity,
    /// Price given back with this line, less discounts, as the line states it; 0 where `returned` is absent.
    pub amount: Amount,
    /// ISO 4217 code of the amounts. Where it is not that of the store that sold it, no amount is counted.
    pub currency: Text,
    /// Quantity sold, 0 once it is voided; absent where it is not known.
    #[serde(default)]
    pub sold_quantity: Option<Quantity>,
    /// Price paid for it, less discounts, as the line states it; absent where it is not known.
    #[serde(default)]
    pub sold_amount: Option<Amount>,
    /// Quantity taken back so far, with this.
    pub claimed_quantity: Quantity,
    /// Amount given back so far, with this.
    pub claimed_amount: Amount,
    /// What was taken back so far beyond what was sold.
    #[serde(default)]
    pub excess_quantity: Quantity,
    /// What was given back so far beyond the part of the price that the quantity taken back has, all of it at most.
    #[serde(default)]
    pub excess_amount: Amount,
}

/// Moves one line from suspense to the account of its item, in the bucket named; of a kit one for each component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reclassification {
    /// Ticket of the line.
    pub ticket: TicketId,
    /// Line number on the ticket.
    pub line: i32,
    /// Bucket the reclassification books in.
    pub bucket: Bucket,
    /// Currency of the amounts.
    pub currency: Text,
    /// Subsidiary that books it.
    pub subsidiary: Text,
    /// Location of the store that booked it.
    pub location: Text,
    /// Department suspense was kept under.
    #[serde(default)]
    pub from_department: Option<Text>,
    /// The line, or a component of its kit, as the item master explains it.
    pub resolved: SaleLine,
}

/// Closes one bucket: whoever holds its totals makes its documents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {
    /// The bucket that closes.
    pub bucket: Bucket,
    /// end_of_day, deadline, release; master_changed: what came next books otherwise.
    pub reason: Text,
    /// Tickets in the bucket.
    pub count: i64,
    /// Sum of their content hashes modulo 2^64, as a signed long.
    pub content: ContentHash,
    /// Currency of the bucket.
    pub currency: Text,
    /// Subsidiary of the bucket.
    pub subsidiary: Text,
    /// Internal id of the subsidiary in NetSuite.
    pub subsidiary_netsuite_id: Text,
    /// Location of the store.
    pub location: Text,
    /// Internal id of the location in NetSuite.
    pub location_netsuite_id: Text,
    /// Internal id of the currency in NetSuite.
    #[serde(default)]
    pub currency_netsuite_id: Option<Text>,
}

/// An accepted ticket, enriched and stamped with its posting bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// Identity of the ticket.
    pub ticket: TicketId,
    /// Posting bucket, decided once, here.
    pub bucket: Bucket,
    /// Kind of transaction.
    pub kind: Text,
    /// First 8 bytes of BLAKE3 over the canonical ticket, as a signed long.
    pub content: ContentHash,
    /// When the ticket was finished, by the till's clock.
    pub ended_at: Timestamp,
    /// ISO 4217 code of all amounts.
    pub currency: Text,
    /// Subsidiary that books it.
    pub subsidiary: Text,
    /// Location of the store, whose stock it moves where a line names no other.
    pub location: Text,
    /// False for what is only counted: control records, training, cancelled tickets.
    pub books: bool,
    /// True when the bucket is a later version, since an earlier one was closed.
    #[serde(default)]
    pub late: bool,
    /// Booked lines.
    #[serde(default)]
    pub lines: Vec<SaleLine>,
    /// Booked tenders.
    #[serde(default)]
    pub tenders: Vec<SaleTender>,
    /// Taxes stated for the whole ticket.
    #[serde(default)]
    pub taxes: Vec<SaleTax>,
    /// Cash rounding as stated.
    #[serde(default)]
    pub rounding: Amount,
    /// True when the transaction carries a till's own totals.
    #[serde(default)]
    pub till_totals: bool,
    /// The ticket of the same store that this one undoes.
    #[serde(default)]
    pub voids: Option<TicketId>,
    /// What is unusual about it by the store master: unlisted_register, closed_day. Open vocabulary.
    #[serde(default)]
    pub flags: Vec<Text>,
}

/// One booked tender of an accepted ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleTender {
    /// Account role it is debited to: tender_clearing, coupon_receivable, gift_card_liability and other balances
    /// that are redeemed, tips_payable.
    pub role: Text,
    /// Kind of tender, key of the account map.
    pub kind: Text,
    /// Card brand, or currency of foreign cash; key of the account map.
    #[serde(default)]
    pub brand: Option<Text>,
    /// Amount: cash less what was handed out, of any other means of payment all of it; negative when paid out.
    pub amount: Amount,
    /// The store that issued the balance it pays with, where another subsidiary owes that.
    #[serde(default)]
    pub booked_in: Option<Box<OtherStore>>,
}

/// One booked line of an accepted ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleLine {
    /// Line number on the ticket; the components of a kit share that of the kit.
    pub line: i32,
    /// Account role its amount is credited to: sales, returns, gift_card_liability, third_party_payable,
    /// suspense and what else is owed; what came back is negative. Of `moved` goods inventory_adjustment.
    pub role: Text,
    /// Item number as on the ticket, of a kit that of the component.
    #[serde(default)]
    pub item: Option<Text>,
    /// Internal id of the item in NetSuite, where known.
    #[serde(default)]
    pub netsuite_item: Option<Text>,
    /// Revision of the item master that was used; absent while the item is unknown.
    #[serde(default)]
    pub item_revision: Option<i64>,
    /// Department the revenue belongs to; from the item master, else from the till.
    #[serde(default)]
    pub department: Option<Text>,
    /// Stock units; 0 for what moves no stock.
    pub quantity: Quantity,
    /// Unit of `quantity`.
    #[serde(default)]
    pub stock_unit: Option<Text>,
    /// Extended amount before discounts, without included tax.
    pub amount: Amount,
    /// Discounts of the line.
    #[serde(default)]
    pub discounts: Vec<SaleDiscount>,
    /// Taxes of the line.
    #[serde(default)]
    pub taxes: Vec<SaleTax>,
    /// State of goods that came back, as the till said: damaged, scrap, vendor; absent is resaleable.
    #[serde(default)]
    pub disposition: Option<Text>,
    /// True on a line that undoes one of an earlier ticket: role and state are what the masters give that line,
    /// quantity and amounts have the opposite sign.
    #[serde(default)]
    pub reversal: bool,
    /// reserve: goods laid away or ordered, of no amount and not among the units sold; collect: goods sold that were
    /// reserved before. Absent: neither.
    #[serde(default)]
    pub promise: Option<Text>,
    /// Item number of the kit that was sold, where the line is one of its components, with its share of the
    /// amounts.
    #[serde(default)]
    pub kit: Option<Text>,
    /// Location whose stock the line moves, where it is not that of the sale.
    #[serde(default)]
    pub location: Option<Text>,
    /// transfer, transfer_difference, count: goods that move without a sale, of no amount and not among the units
    /// sold; above zero into stock. Absent: sold, promised or given back.
    #[serde(default)]
    pub moved: Option<Text>,
    /// The store that sold what comes back, or whose balance it is, where that is of another subsidiary, or bears it
    /// within the same one: the line and its discounts and taxes book in there.
    #[serde(default)]
    pub booked_in: Option<Box<OtherStore>>,
    /// What the goods of the line cost, where they cross subsidiaries and the item master has it: of what comes back in
    /// the subsidiary that sold it as of its sale, of what another subsidiary hands over in that one. It is booked by
    /// nobody here.
    #[serde(default)]
    pub cost: Option<Box<UnitCost>>,
}

/// What one stock unit of goods costs a subsidiary.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitCost {
    /// Money for one stock unit.
    pub unit_cost: UnitPrice,
    /// ISO 4217 code of `unit_cost`.
    pub currency: Text,
}

/// Another store in which a ticket books, as the store master named it then.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OtherStore {
    /// Location of the store.
    pub location: Text,
    /// Internal id of the location in NetSuite.
    pub location_netsuite_id: Text,
    /// Its subsidiary.
    pub subsidiary: Text,
    /// Internal id of that subsidiary in NetSuite.
    pub subsidiary_netsuite_id: Text,
}

/// One tax, for the books, as the till stated it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleTax {
    /// Tax code, key of the account map.
    pub code: Text,
    /// Authority that levies it.
    #[serde(default)]
    pub jurisdiction: Option<Text>,
    /// taxable, zero_rated, exempt, out_of_scope.
    pub treatment: Text,
    /// Rate as a fraction.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// Taxable amount as stated.
    #[serde(default)]
    pub base: Option<Amount>,
    /// Tax collected; negative when refunded.
    pub amount: Amount,
    /// True when the line's amount contains it.
    #[serde(default)]
    pub included: bool,
}

/// One discount of a line, for the books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleDiscount {
    /// As on the ticket.
    pub kind: Text,
    /// Positive reduces revenue.
    pub amount: Amount,
    /// Promotion or coupon code.
    #[serde(default)]
    pub code: Option<Text>,
}

/// Identity of a ticket within its store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketId {
    /// Register number.
    pub register: Text,
    /// Sequence epoch: days since 1970-01-01 for daily stores, the stated number, or 0.
    pub epoch: i64,
    /// Sequence number.
    pub sequence: i64,
    /// Business date the till stated.
    pub business_date: Date,
}

/// A line of a ticket of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketLine {
    /// Store of the ticket.
    pub store: Text,
    /// The ticket.
    pub ticket: TicketId,
    /// Line number on the ticket.
    pub line: i32,
}

/// The posting bucket: together with the store it names one journal family.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Business date it posts to.
    pub business_date: Date,
    /// 0 for the whole store-day, else 1 and up.
    pub window: i32,
    /// 1 for the first close, higher for what came later.
    pub version: i32,
}

/// Where the record that caused an event stands in Kafka.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Topic name without namespace.
    pub topic: Text,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}
