//! What tax summaries say, under what the taxes of tickets are added up under.

use std::collections::BTreeMap;

use domain::number::Amount;
use domain::record::reference::Store;
use domain::record::tax::TaxSummary;
use domain::text::Text;

use super::tills::{TaxKey, Taxes};

/// What the summaries of these stores come to.
pub fn sums(summaries: &[TaxSummary], stores: impl Iterator<Item = Store>) -> Taxes {
    let own: BTreeMap<_, _> = stores.map(|store| (store.store, store.location)).collect();
    let known = summaries.iter().filter_map(|summary| Some((summary, own.get(&summary.store)?)));
    let mut taxes = Taxes::new();
    for (key, base, tax) in known.flat_map(|(summary, own)| lines(summary, own)) {
        let sums = taxes.entry(key).or_default();
        *sums = (sums.0 + base, sums.1 + tax);
    }
    taxes
}

/// Each line of a summary: its key, base and tax, in ten-thousandths; `own` is the location of its store, in whose
/// books it is where it names no other.
pub fn lines<'a>(summary: &'a TaxSummary, own: &str) -> impl Iterator<Item = (TaxKey, i128, i128)> + use<'a> {
    let location = Text::from(summary.location.as_deref().unwrap_or(own));
    summary.lines.iter().map(move |line| {
        let day = (summary.store.as_str().into(), summary.business_date);
        let jurisdiction = line.jurisdiction.as_deref().map(Text::from);
        let (code, treatment) = (line.code.as_str().into(), line.treatment.as_str().into());
        let rate = line.rate.map(|rate| rate.units());
        let units = |amount: Amount| i128::from(amount.units());
        let key = (day, location.clone(), code, jurisdiction, treatment, rate);
        (key, units(line.base), units(line.tax))
    })
}
