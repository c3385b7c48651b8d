//! Taxes that a ticket states once though its lines are not alike: shared out to its lines, where that can be told.
//!
//! What a ticket gives back books in the books of who sold it, and reduces revenue; a deposit is owed. So a tax of such
//! a whole ticket must be told apart. Where everything that bears it comes back to one seller, it is shared out by
//! price, as it was taken out of the prices of the sale. Else by its own rate, where that rate makes of the prices what
//! the till states, but for the coin that each line may be rounded by. All of the ticket's taxes are shared out, or
//! none: what cannot be told stays with the ticket, and so do taxes on top of prices where no other store and no
//! deposit is concerned. From there on they are taxes of the lines, whatever is asked of those.

use crate::allocation;
use crate::enrichment::price::less_discounts;
use crate::masters::{DepositTax, Store};
use crate::number::{Amount, Rate};
use crate::record::pos::{Line, Tax, Transaction};
use crate::text::Text;
use crate::vocabulary::{self, LineKind, TAXABLE};

use super::{Kind, LINES_MAX, LINKS_MAX, TAX_SHARES_BYTES_MAX, TAXES_MAX, sold_by_any};

/// Bytes of a booked tax beside its words.
const SHARE_BYTES: usize = 40;

/// The transaction with its taxes on its lines; `None` where it states none, where it gives nothing back and takes no
/// deposit beside goods, or where it cannot be told what each line bears.
pub(super) fn shared(transaction: &Transaction, store: &Store) -> Option<Transaction> {
    if transaction.taxes.is_empty() || Kind::of(transaction) != Some(Kind::Sale) {
        return None;
    }
    let Transaction { lines, links, taxes, .. } = transaction;
    // More than these are a reason of their own.
    if lines.len() > LINES_MAX || links.len() > LINKS_MAX || taxes.len() > TAXES_MAX {
        return None;
    }
    let mut lines: Vec<Borne<'_>> = lines.iter().enumerate().filter_map(Borne::of).collect();
    let minor_units = store.currency.minor_units();
    let mut share = Share { of: transaction, minor_units, given: Vec::new(), bytes: 0 };
    let is_unlike = lines.iter().any(|line| line.price.is_negative()) || is_beside_deposits(&lines);
    let must_be_told = taxes.iter().any(|tax| tax.included)
        || is_beside_deposits(&lines)
        || lines.iter().any(|line| *share.seller(line.line) != transaction.store);
    if !is_unlike || !must_be_told {
        return None;
    }
    if store.deposit_tax == DepositTax::WhenCompleted {
        lines.retain(|line| !line.is_deposit);
    }
    lines.sort_by_key(|line| line.line.line);
    let (inside, on_top): (Vec<&Tax>, Vec<&Tax>) = taxes.iter().partition(|tax| tax.included);
    let sharing = |line: &&Borne<'_>| vocabulary::shares_taxes_of_ticket(line.line);
    share.inside(&inside, &lines.iter().filter(sharing).copied().collect::<Vec<_>>())?;
    for tax in on_top {
        // A line that states the tax itself, or that it bears none of the code, has no part of what the ticket states.
        let is_same = |own: &Tax| {
            own.code == tax.code && (own.jurisdiction.is_none() || own.jurisdiction == tax.jurisdiction)
        };
        let bears = |line: &&Borne<'_>| !line.line.taxes.iter().any(is_same);
        let bearing: Vec<_> = lines.iter().filter(bears).copied().collect();
        // Else one that states any tax may have stated all of its own.
        let silent = || lines.iter().filter(|line| line.line.taxes.is_empty()).copied().collect::<Vec<_>>();
        share.on_top(tax, &bearing).or_else(|| share.on_top(tax, &silent()))?;
    }
    let mut shared = Transaction { taxes: Vec::new(), ..transaction.clone() };
    for (at, tax) in share.given {
        shared.lines.get_mut(at)?.taxes.push(tax);
    }
    Some(shared)
}

/// A line that may have a part of a tax of the whole ticket.
#[derive(Clone, Copy)]
struct Borne<'a> {
    /// Where it stands on the ticket.
    at: usize,
    line: &'a Line,
    /// What it comes to after its discounts; never nothing.
    price: Amount,
    is_deposit: bool,
}

impl<'a> Borne<'a> {
    fn of((at, line): (usize, &'a Line)) -> Option<Self> {
        let price = less_discounts(line);
        let is_deposit = matches!(LineKind::of(&line.kind), Some(LineKind::Deposit(_)));
        (vocabulary::may_be_taxed(line) && !price.is_zero()).then_some(Self { at, line, price, is_deposit })
    }

    fn size(&self) -> Amount {
        size(self.price)
    }
}

/// True where some lines are deposits, and others are not.
fn is_beside_deposits(lines: &[Borne<'_>]) -> bool {
    lines.iter().any(|line| line.is_deposit) && lines.iter().any(|line| !line.is_deposit)
}

/// Shares the taxes of one ticket out.
struct Share<'a> {
    of: &'a Transaction,
    minor_units: u32,
    /// A tax of the line that stands there.
    given: Vec<(usize, Tax)>,
    /// What these are booked as.
    bytes: usize,
}

impl Share<'_> {
    /// Taxes inside the prices. By price no line bears more of all of them together than its part, as on a sale.
    fn inside(&mut self, taxes: &[&Tax], lines: &[Borne<'_>]) -> Option<()> {
        if !self.are_alike(taxes, lines) {
            return match taxes {
                [] => Some(()),
                [tax] => self.by_rate(tax, lines),
                _ => None,
            };
        }
        let whole = sum(taxes.iter().map(|tax| size(tax.amount)))?;
        if whole > sum(lines.iter().map(Borne::size))? {
            return None;
        }
        let mut left = self.by_price(whole, &sizes(lines))?;
        for tax in taxes {
            let amounts = self.by_price(tax.amount, &left)?;
            for (left, amount) in left.iter_mut().zip(&amounts) {
                *left = left.checked_sub(size(*amount)).ok()?;
            }
            self.give(tax, lines, &amounts)?;
        }
        Some(())
    }

    fn on_top(&mut self, tax: &Tax, lines: &[Borne<'_>]) -> Option<()> {
        if !self.are_alike(&[tax], lines) {
            return self.by_rate(tax, lines);
        }
        let amounts = self.by_price(tax.amount, &sizes(lines))?;
        self.give(tax, lines, &amounts)
    }

    /// True where all of it is of one seller, of one sign, as are the taxes, and deposits, or none of it is.
    fn are_alike(&self, taxes: &[&Tax], lines: &[Borne<'_>]) -> bool {
        let Some(first) = lines.first() else { return false };
        let is_negative = first.price.is_negative();
        !is_beside_deposits(lines)
            && lines.iter().all(|line| line.price.is_negative() == is_negative)
            && lines.iter().all(|line| self.seller(line.line) == self.seller(first.line))
            && taxes.iter().all(|tax| tax.amount.is_zero() || tax.amount.is_negative() == is_negative)
    }

    /// The store that sold what a line gives back; the ticket's own where nobody says so.
    fn seller<'a>(&'a self, line: &'a Line) -> &'a Text {
        sold_by_any(self.of, line).map_or(&self.of.store, |link| &link.store)
    }

    /// By largest remainder; of nothing each has nothing.
    fn by_price(&self, amount: Amount, prices: &[Amount]) -> Option<Vec<Amount>> {
        if amount.is_zero() {
            return Some(vec![Amount::ZERO; prices.len()]);
        }
        allocation::by_largest_remainder(amount, prices, self.minor_units)
    }

    /// Gives each line its part of a tax, and of its base by price.
    fn give(&mut self, tax: &Tax, lines: &[Borne<'_>], amounts: &[Amount]) -> Option<()> {
        let bases = match tax.base {
            Some(base) => self.by_price(base, &sizes(lines))?.into_iter().map(Some).collect(),
            None => vec![None; lines.len()],
        };
        for ((line, amount), base) in lines.iter().zip(amounts).zip(bases) {
            self.push(line, tax, *amount, base)?;
        }
        Some(())
    }

    /// What the rate makes of each price, of all lines that may bear the tax, else of those that are no deposits: they
    /// must come to the tax and to its base.
    fn by_rate(&mut self, tax: &Tax, lines: &[Borne<'_>]) -> Option<()> {
        let rate = tax.rate.filter(|_| tax.treatment == TAXABLE)?.units();
        let net = 10_i64.pow(Rate::SCALE);
        let ratio = (rate, if tax.included { net.checked_add(rate)? } else { net });
        let others: Vec<Borne<'_>> = lines.iter().filter(|line| !line.is_deposit).copied().collect();
        for lines in [lines, &others].into_iter().filter(|lines| !lines.is_empty()) {
            let prices: Vec<Amount> = lines.iter().map(|line| line.price).collect();
            let Some(amounts) = allocation::by_rate(tax.amount, &prices, ratio, self.minor_units) else {
                continue;
            };
            let net = |(price, amount): (&Amount, &Amount)| match tax.included {
                true => price.checked_sub(*amount).ok(),
                false => Some(*price),
            };
            let bases: Vec<Amount> = prices.iter().zip(&amounts).map(net).collect::<Option<_>>()?;
            if tax.base.is_some_and(|base| Some(base) != sum(bases.iter().copied())) {
                continue;
            }
            for ((line, amount), base) in lines.iter().zip(amounts).zip(bases) {
                self.push(line, tax, amount, tax.base.map(|_| base))?;
            }
            return Some(());
        }
        None
    }

    fn push(&mut self, line: &Borne<'_>, tax: &Tax, amount: Amount, base: Option<Amount>) -> Option<()> {
        let words = [Some(&tax.code), Some(&tax.treatment), tax.jurisdiction.as_ref()];
        let bytes =
            words.into_iter().flatten().map(|word| word.len()).fold(SHARE_BYTES, usize::saturating_add);
        // Beyond the limit it stays, so that nothing is shared out in part.
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > TAX_SHARES_BYTES_MAX {
            return None;
        }
        // Its kind and exemption are not booked.
        let Tax { code, jurisdiction, treatment, rate, included, .. } = tax;
        let share = Tax {
            code: code.clone(),
            jurisdiction: jurisdiction.clone(),
            treatment: treatment.clone(),
            rate: *rate,
            included: *included,
            amount,
            base,
            ..Tax::default()
        };
        self.given.push((line.at, share));
        Some(())
    }
}

fn sizes(lines: &[Borne<'_>]) -> Vec<Amount> {
    lines.iter().map(Borne::size).collect()
}

fn size(amount: Amount) -> Amount {
    if amount.is_negative() { amount.negated() } else { amount }
}

fn sum(amounts: impl IntoIterator<Item = Amount>) -> Option<Amount> {
    crate::totals::sum(amounts).ok()
}
