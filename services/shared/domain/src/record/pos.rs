//! A till's transaction as it is offered on `pos.transactions`: raw, with the full retail vocabulary.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::number::{Amount, Quantity, Rate, UnitPrice};
use crate::text::Text;

/// One transaction of a till: a ticket, a control record or a till report. Its identity is store,
/// register, sequence epoch and sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Store number: 1 to 20 of A-Z a-z 0-9 and hyphen. Also the record key.
    pub store: Text,
    /// Register (workstation) number: 1 to 20 of A-Z a-z 0-9 and hyphen.
    pub register: Text,
    /// Business date the till stated; data, not a function of a timestamp.
    pub business_date: Date,
    /// Sequence number of the register, over all its transactions, control records included; not
    /// negative.
    pub sequence: i64,
    /// Epoch of the sequence, for stores that state it: raised whenever the register starts again from
    /// a lower number.
    #[serde(default)]
    pub sequence_epoch: Option<i64>,
    /// sale, return, exchange, post_void, cancelled, suspended, layaway, customer_order, transfer, count,
    /// paid_in, paid_out, loan, pickup, safe_drop, no_sale, sign_on, sign_off, till_open, till_close,
    /// business_sod, business_eod, till_totals, other_control. Open vocabulary. A post_void repeats the
    /// lines, taxes and tenders of the ticket it voids, with what its lines refer to, each quantity and
    /// amount with the opposite sign, and names it by one link of kind void_of.
    pub kind: Text,
    /// When the first line was entered.
    #[serde(default)]
    pub begun_at: Option<Timestamp>,
    /// When the ticket was finished, by the till's clock.
    pub ended_at: Timestamp,
    /// ISO 4217 code of every amount of the ticket that names no other.
    pub currency: Text,
    /// What the customer owed with this ticket after discounts and tax, before cash rounding, as the till
    /// stated it.
    #[serde(default)]
    pub total: Option<Amount>,
    /// Cash rounding as stated: added to what was owed to give what was paid; negative when rounded
    /// down.
    #[serde(default)]
    pub rounding: Amount,
    /// Opaque operator id; never a name.
    #[serde(default)]
    pub operator: Option<Text>,
    /// Opaque customer id; never a name.
    #[serde(default)]
    pub customer: Option<Text>,
    /// store, web, app, phone. Absent means store.
    #[serde(default)]
    pub channel: Option<Text>,
    /// True in training mode: counted, books nothing, moves nothing.
    #[serde(default)]
    pub training: bool,
    /// True when the store was offline when the ticket was made.
    #[serde(default)]
    pub offline: bool,
    /// Lines in the order of the receipt.
    #[serde(default)]
    pub lines: Vec<Line>,
    /// Means of payment in the order of the receipt.
    #[serde(default)]
    pub tenders: Vec<Tender>,
    /// Taxes that the till states for the whole ticket, not repeated on its lines.
    #[serde(default)]
    pub taxes: Vec<Tax>,
    /// Reductions of several lines at once, a promotion or a coupon, not repeated on the lines: shared out to them by
    /// largest remainder over their amounts less discounts.
    #[serde(default)]
    pub discounts: Vec<Discount>,
    /// Earlier tickets that the whole ticket refers to.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Totals of a till report.
    #[serde(default)]
    pub till_totals: Option<TillTotals>,
    /// Fiscal document issued for the ticket.
    #[serde(default)]
    pub fiscal: Option<FiscalDocument>,
    /// Reason code of a paid-out, a void, a no-sale.
    #[serde(default)]
    pub reason: Option<Text>,
    /// Free text keyed at the till; refused when it holds a card number.
    #[serde(default)]
    pub note: Option<Text>,
    /// When the store sent the record; not part of the content.
    #[serde(default)]
    pub sent_at: Option<Timestamp>,
}

/// The fiscal document that a law made the store issue for the ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiscalDocument {
    /// cfdi, nfce, boleta, tiquete, receipt. Open vocabulary.
    pub kind: Text,
    /// Key or folio the authority knows it by.
    pub key: Text,
    /// authorised, contingency, pending, cancelled. Open vocabulary.
    pub status: Text,
    /// Tax id of the recipient, where the customer asked for an invoice of their own.
    #[serde(default)]
    pub recipient: Option<Text>,
}

/// A till's own totals, as on its Z report: compared with, never booked as sales. What was counted is booked
/// where it is over or short of what should be there, so each drawer is declared by one report only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TillTotals {
    /// till, register, shift; or store, which sums up reports of its drawers: what it declares is not booked
    /// again. Open vocabulary.
    pub scope: Text,
    /// Number of tickets counted.
    pub transactions: i64,
    /// Sales after discounts, without tax added.
    pub net_sales: Amount,
    /// Returns, positive.
    pub returns: Amount,
    /// Discounts, positive.
    pub discounts: Amount,
    /// Tax collected less refunded.
    pub tax: Amount,
    /// Cash in the drawer at opening, not negative. Needed beside `declared_cash`.
    #[serde(default)]
    pub opening_cash: Option<Amount>,
    /// Cash counted in the drawer at closing, not negative. Over or short of opening_cash + the cash of
    /// `tenders`, which must be there, + loans + paid_in - pickups - paid_out.
    #[serde(default)]
    pub declared_cash: Option<Amount>,
    /// Non-resettable grand total of the till.
    #[serde(default)]
    pub grand_total: Option<Amount>,
    /// Totals by means of payment.
    #[serde(default)]
    pub tenders: Vec<TenderTotal>,
    /// Cash put into the drawer out of the safe, positive.
    #[serde(default)]
    pub loans: Option<Amount>,
    /// Cash taken to the safe: pickups and safe drops, positive.
    #[serde(default)]
    pub pickups: Option<Amount>,
    /// Cash paid in, positive.
    #[serde(default)]
    pub paid_in: Option<Amount>,
    /// Cash paid out, positive.
    #[serde(default)]
    pub paid_out: Option<Amount>,
    /// Number of lines taken back before tender.
    #[serde(default)]
    pub line_voids: Option<i64>,
    /// Number of tickets given up before tender.
    #[serde(default)]
    pub cancelled: Option<i64>,
    /// Number of tickets voided after they were finished.
    #[serde(default)]
    pub post_voids: Option<i64>,
    /// Number of times the drawer was opened without a sale.
    #[serde(default)]
    pub no_sales: Option<i64>,
}

/// One means of payment on a till's own report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderTotal {
    /// Kind of tender, as on tickets.
    pub kind: Text,
    /// Card brand, or currency of foreign cash, where the report splits it.
    #[serde(default)]
    pub brand: Option<Text>,
    /// Number of tenders.
    pub count: i32,
    /// Of cash, what tickets took of it less all change and cashback, whatever was paid with; of others, what
    /// was taken, before change and cashback. Without what `loans`, `pickups`, `paid_in` and `paid_out`
    /// state; in the ticket's currency.
    pub amount: Amount,
    /// Sum counted of it, with what went to the safe before closing; over or short of `amount`, so of cash
    /// without what the drawer was opened with. Beside `declared_cash` only where both come to the same.
    #[serde(default)]
    pub declared: Option<Amount>,
}

/// One means of payment, as the till stated it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tender {
    /// cash, card, gift_card, store_credit, manufacturer_coupon, check, mobile, voucher, account,
    /// loyalty, foreign_cash, ebt. Open vocabulary.
    pub kind: Text,
    /// Amount taken in the ticket's currency, before change and cashback; negative when paid out to the
    /// customer.
    pub amount: Amount,
    /// Change given back in cash against this tender; not negative, but not positive on a post_void.
    #[serde(default)]
    pub change: Amount,
    /// Cash handed out on top of the purchase; signed as `change`. Contained in `amount`.
    #[serde(default)]
    pub cashback: Amount,
    /// Tip contained in `amount`; signed as `change`.
    #[serde(default)]
    pub tip: Amount,
    /// Card brand or wallet: visa, mastercard, amex.
    #[serde(default)]
    pub brand: Option<Text>,
    /// Last four digits of the card; never more.
    #[serde(default)]
    pub last4: Option<Text>,
    /// Opaque payment token.
    #[serde(default)]
    pub token: Option<Text>,
    /// Authorisation code.
    #[serde(default)]
    pub authorisation: Option<Text>,
    /// Reference of the payment service provider.
    #[serde(default)]
    pub reference: Option<Text>,
    /// Payment terminal id.
    #[serde(default)]
    pub terminal: Option<Text>,
    /// Account that is redeemed or refunded. A tender of kind account applies the deposit whose program it names,
    /// layaway or deposit; without one the customer is billed elsewhere.
    #[serde(default)]
    pub stored_value: Option<StoredValue>,
    /// What was handed over, when it was another currency.
    #[serde(default)]
    pub foreign: Option<ForeignCurrency>,
    /// Line the tender belongs to, where it pays one line only, as a coupon does.
    #[serde(default)]
    pub line: Option<i32>,
}

/// What was handed over in another currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignCurrency {
    /// ISO 4217 code of what was handed over.
    pub currency: Text,
    /// Amount in that currency.
    pub amount: Amount,
    /// Units of the ticket's currency for one unit of that currency, as the till applied it.
    pub exchange_rate: UnitPrice,
}

/// One line of a ticket: goods, service, stored value, deposit, donation or fee.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Line number, unique in its ticket.
    pub line: i32,
    /// sale, return, reserve, gift_card_sale, gift_card_reload, service, fee, donation, tip, bottle_deposit,
    /// bottle_refund, deposit_payment, layaway_payment, order_deposit, commission_sale, shipping, transfer,
    /// transfer_difference, count. On a layaway or a customer_order goods of kind sale or reserve are only
    /// promised: kept for the customer, negative when given up, and their price is not owed yet; on the void of
    /// one their kind is reserve. Open vocabulary.
    pub kind: Text,
    /// Item number of the retailer, as the till resolved it; of a kit the kit's, never its components beside it.
    #[serde(default)]
    pub item: Option<Text>,
    /// Barcode as scanned; it names the goods where there is no item. Leading zeros tell no barcodes apart.
    #[serde(default)]
    pub barcode: Option<Text>,
    /// Department the till booked the line to.
    #[serde(default)]
    pub department: Option<Text>,
    /// Text printed on the receipt.
    #[serde(default)]
    pub description: Option<Text>,
    /// Quantity in `unit`; negative on a return line. Of a transfer what was received here, negative what was
    /// shipped from here; of a transfer_difference what was shipped and did not arrive, negative what arrived and
    /// was not shipped; of a count what was found more than there should be, negative what is missing.
    pub quantity: Quantity,
    /// Unit of measure of `quantity`: EA, KGM, GLL; absent means the unit the item is sold in, another one than its
    /// stock unit is not converted.
    #[serde(default)]
    pub unit: Option<Text>,
    /// Price of one unit before discounts.
    #[serde(default)]
    pub unit_price: Option<UnitPrice>,
    /// Extended amount before discounts, in the ticket's currency; negative on a return line. Contains
    /// tax exactly when a tax of the line says `included`.
    pub amount: Amount,
    /// Reductions of this line.
    #[serde(default)]
    pub discounts: Vec<Discount>,
    /// Taxes of this line.
    #[serde(default)]
    pub taxes: Vec<Tax>,
    /// Account that a stored-value line loads, pays or refunds.
    #[serde(default)]
    pub stored_value: Option<Box<StoredValue>>,
    /// Earlier ticket and line that a return or a collection refers to. Goods whose link is of kind layaway
    /// or order are taken from what was kept.
    #[serde(default)]
    pub original: Option<Box<Link>>,
    /// True when the line was taken back before tender: it neither books nor moves stock.
    #[serde(default)]
    pub voided: bool,
    /// scanned, keyed, weighed, rfid. Open vocabulary.
    #[serde(default)]
    pub entry: Option<Text>,
    /// Serial number of the piece.
    #[serde(default)]
    pub serial: Option<Text>,
    /// Lot number.
    #[serde(default)]
    pub lot: Option<Text>,
    /// State of returned goods: resaleable, damaged, scrap, vendor; absent means resaleable. Open vocabulary.
    #[serde(default)]
    pub disposition: Option<Text>,
    /// carry_out, pickup, delivery, ship_from_store. Absent means carried out. Whichever it is, goods that are sold
    /// leave stock with the ticket, so goods to go later are ordered, and sold when they go.
    #[serde(default)]
    pub fulfilment: Option<Text>,
    /// Location that keeps, hands over or ships the goods, when it is not the store's own: that of a store in the
    /// master, of whatever subsidiary. Only on goods that are sold or promised.
    #[serde(default)]
    pub fulfilment_location: Option<Text>,
    /// Consignor or principal of goods sold on commission.
    #[serde(default)]
    pub owner: Option<Text>,
    /// Reason code of a return, an override, a transfer or a count.
    #[serde(default)]
    pub reason: Option<Text>,
}

/// A gift card, store credit or other account whose balance the retailer owes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredValue {
    /// gift_card, store_credit, loyalty, layaway, deposit, or the retailer's own name of the program.
    /// Open vocabulary.
    pub program: Text,
    /// Opaque token of the account; never a card number.
    #[serde(default)]
    pub account: Option<Text>,
    /// Last four characters of the account number, for the eye.
    #[serde(default)]
    pub last4: Option<Text>,
    /// Who owes the balance where that is not plain: the number of the store that issued it, in whose subsidiary it is
    /// owed, or a third party's name of the program.
    #[serde(default)]
    pub issuer: Option<Text>,
}

/// One tax on a line or on the whole ticket, as the till stated it. It is posted as stated, never
/// recomputed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Tax code of the retailer, key of the account map.
    pub code: Text,
    /// sales, vat, gst, pst, hst, excise, deposit. Open vocabulary.
    pub kind: Text,
    /// Authority that levies the tax.
    #[serde(default)]
    pub jurisdiction: Option<Text>,
    /// taxable, zero_rated, exempt, out_of_scope. Open vocabulary.
    pub treatment: Text,
    /// Rate as a fraction: 0.16 for 16 %.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// Taxable amount as the till stated it, in the ticket's currency.
    #[serde(default)]
    pub base: Option<Amount>,
    /// Tax collected; negative when refunded.
    pub amount: Amount,
    /// True when the price already contains this tax.
    #[serde(default)]
    pub included: bool,
    /// Exemption certificate or reason.
    #[serde(default)]
    pub exemption: Option<Text>,
}

/// One reduction of a line, as the till stated and allocated it; or of several lines of a ticket, not allocated
/// yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// promotion, markdown, store_coupon, employee, loyalty, price_override, senior, quantity, other.
    /// Open vocabulary. Never a manufacturer coupon: that is a tender.
    pub kind: Text,
    /// Reduction of the line, or of the lines together; positive reduces what the customer owes, in the
    /// ticket's currency.
    pub amount: Amount,
    /// Promotion or coupon code.
    #[serde(default)]
    pub code: Option<Text>,
    /// Reason code keyed at the till.
    #[serde(default)]
    pub reason: Option<Text>,
    /// Opaque id of the operator who authorised it.
    #[serde(default)]
    pub authorised_by: Option<Text>,
    /// Of a reduction of the ticket the numbers of the lines it applies to; none: all goods that are not voided. Empty
    /// on a reduction of a line.
    #[serde(default)]
    pub lines: Vec<i32>,
}

/// Points from a ticket or a line to the earlier ticket it returns, voids, exchanges, pays or collects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What the link means: return_of, void_of, exchange_of, resume_of, layaway, order. Open vocabulary.
    pub kind: Text,
    /// Store of the earlier ticket.
    pub store: Text,
    /// Register of the earlier ticket.
    pub register: Text,
    /// Business date of the earlier ticket.
    pub business_date: Date,
    /// Sequence number of the earlier ticket.
    pub sequence: i64,
    /// Stated sequence epoch of the earlier ticket, where its store states epochs.
    #[serde(default)]
    pub sequence_epoch: Option<i64>,
    /// Line number on the earlier ticket, where one line is meant.
    #[serde(default)]
    pub line: Option<i32>,
}
