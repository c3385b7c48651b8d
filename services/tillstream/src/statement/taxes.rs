//! What tax summaries say, under what the taxes of tickets are added up under, and what they must say besides.

use std::collections::BTreeMap;

use domain::number::Amount;
use domain::record::reference::Store;
use domain::record::tax::{TaxLine, TaxSummary};
use domain::text::Text;

use super::tills::{TAX_SUMS, TaxKey, Taxes, coin};

/// What the summaries of these stores come to.
pub fn sums(summaries: &[TaxSummary], stores: impl Iterator<Item = Store>) -> Taxes {
    let own: BTreeMap<_, _> = stores.map(|store| (store.store, store.location)).collect();
    let known = summaries.iter().filter_map(|summary| Some((summary, own.get(&summary.store)?)));
    let mut taxes = Taxes::new();
    for (key, parts) in known.flat_map(|(summary, own)| lines(summary, own)) {
        taxes.entry(key).or_default().iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
    }
    taxes
}

/// Each line of a summary: its key, and what it says of each of [`TAX_SUMS`], in ten-thousandths; `own` is the location
/// of its store, in whose books it is where it names no other.
pub fn lines<'a>(
    summary: &'a TaxSummary,
    own: &str,
) -> impl Iterator<Item = (TaxKey, [i128; TAX_SUMS.len()])> + use<'a> {
    let location = Text::from(summary.location.as_deref().unwrap_or(own));
    summary.lines.iter().map(move |line| {
        let day = (summary.store.as_str().into(), summary.business_date);
        let jurisdiction = line.jurisdiction.as_deref().map(Text::from);
        let (code, treatment) = (line.code.as_str().into(), line.treatment.as_str().into());
        let rate = line.rate.map(|rate| rate.units());
        let key = (day, location.clone(), code, jurisdiction, treatment, rate);
        let said = [line.base, line.tax, line.returned_base, line.returned_tax, line.tax_without_base];
        (key, said.map(units))
    })
}

/// What a summary says that does not follow from the rest of it, in words: its period is the month of its business
/// date, and each line has what its rate makes of its base, and how far its tax is off that.
pub fn wrong(summary: &TaxSummary) -> Vec<String> {
    let month: String = summary.business_date.to_string().chars().take(7).collect();
    let id = &summary.id;
    let mut wrong = Vec::new();
    if summary.period != month {
        wrong.push(format!("{id}: its period is {}, not {month}", summary.period));
    }
    let coin = coin(&summary.currency);
    for line in &summary.lines {
        let said = (line.computed.map(units), line.difference.map(units));
        let due = computed(line, coin);
        let off = due.map(|due| units(line.tax) - units(line.tax_without_base) - due);
        if said != (due, off) {
            wrong.push(format!(
                "{id}, tax {}: computed and off by {said:?}, not {:?}",
                line.code,
                (due, off)
            ));
        }
    }
    wrong
}

/// What the rate of a taxable line makes of its base, in ten-thousandths: whole coins, half of one away from zero.
fn computed(line: &TaxLine, coin: i128) -> Option<i128> {
    let rate = line.rate.filter(|_| line.treatment == "taxable")?;
    let exact = i128::from(rate.units()) * units(line.base);
    let divisor = 1_000_000 * coin;
    Some((2 * exact.abs() + divisor) / (2 * divisor) * coin * exact.signum())
}

fn units(amount: Amount) -> i128 {
    amount.units().into()
}
