//! What becomes of every record in every consumer. Columns stand at least two blanks apart; a row that is
//! indented begins with the topic above it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What becomes of every good example: topic, example, consumer, outcome.
pub(crate) const GOOD: &str = "
enrich.changelog
  business-date-that-ended               enrich  restored
  command-that-was-carried-out           enrich  restored
  counted-line-that-waits                enrich  restored
  first-date-that-is-remembered          enrich  restored
  held-ticket                            enrich  restored
  held-without-an-identity               enrich  restored
  kit-sold-and-a-component-claimed       enrich  restored
  line-known-by-its-barcode-only         enrich  restored
  line-of-another-subsidiary-that-waits  enrich  restored
  line-that-another-location-hands-over  enrich  restored
  line-that-waits-for-its-item           enrich  restored
  lines-sold-and-one-claimed             enrich  restored
  numbers-of-a-register                  enrich  restored
  numbers-whose-content-is-forgotten     enrich  restored
  open-bucket                            enrich  restored
  open-bucket-of-a-window                enrich  restored
  returned-line-that-waits               enrich  restored
  tick                                   enrich  restored
  voided-line-that-waits                 enrich  restored
  window-whose-last-version-is-closed    enrich  restored

inventory.adjustments
  first-of-two-parts                      netsuite    posted IA_367_20260314_0_1_367_5d1e0b7a_1
  first-of-two-parts                      tillstream  takes 1 document
  late-window-without-segment             netsuite    posted IA_367_20260314_3_2_367_5d1e0b7a_1
  late-window-without-segment             tillstream  takes 1 document
  return-of-what-another-subsidiary-sold  netsuite    posted IA_367_20260314_0_1_367_8a11c0de_1
  return-of-what-another-subsidiary-sold  tillstream  takes 1 document

inventory.changelog
  account-map                       inventory  restored
  brought-back-at-a-stated-cost     inventory  restored
  brought-back-into-an-open-bucket  inventory  restored
  sold-out-of-an-open-bucket        inventory  restored
  stock-at-two-places               inventory  restored
  stock-below-zero-of-a-fraction    inventory  restored

inventory.deltas
  account-map-adopted          inventory  nothing
  close-in-a-known-currency    inventory  nothing
  close-of-a-bucket            inventory  IA_367_20260314_0_1_367_37230c2d_1, IA_367_20260314_0_1_367_4b41eec9_1
  return-across-subsidiaries   inventory  1133018 has 1.00 on_hand
  sale-of-two-items            inventory  5569230 has -4.00 on_hand, 6534178 has -24.960001 on_hand
  shipped-by-another-location  inventory  990014 has -1.00 on_hand

journal.changelog
  account-map                     journal  restored
  balances-of-a-store             journal  restored
  bucket-of-two-subsidiaries      journal  restored
  bucket-of-control-records-only  journal  restored
  open-bucket                     journal  restored

journal.entries
  books-of-another-subsidiary             netsuite    posted JE_367_20260314_0_1_CA_USD_901_1
  books-of-another-subsidiary             tillstream  takes 1 document, 0 lines strange
  in-the-books-of-who-sold-it             netsuite    parked JE_367_20260315_0_1_CA_USD_L201_1 for master_data
  in-the-books-of-who-sold-it             tillstream  takes 1 document, 0 lines strange
  reclassification-in-a-later-version     netsuite    posted JE_367_20260314_0_2_US_USD_1
  reclassification-in-a-later-version     tillstream  takes 1 document, 0 lines strange
  return-of-what-another-subsidiary-sold  netsuite    posted JE_367_20260315_0_1_US_USD_1
  return-of-what-another-subsidiary-sold  tillstream  takes 1 document, 0 lines strange
  store-day                               netsuite    posted JE_367_20260314_0_1_US_USD_1
  store-day                               tillstream  takes 1 document, 0 lines strange

netsuite-adjustments.changelog
  attempted                   netsuite  restored, nothing
  parked-for-a-closed-period  netsuite  restored, posted IA_367_20260314_0_1_367_5d1e0b7a_1
  posted                      netsuite  restored, nothing

netsuite-journals.changelog
  attempted                            netsuite  restored, nothing
  attempted-again-after-it-was-parked  netsuite  restored, posted JE_367_20260314_0_1_US_USD_1
  parked-for-an-unknown-account        netsuite  restored, posted JE_367_20260314_0_1_US_USD_1
  posted                               netsuite  restored, nothing
  waiting-behind-another               netsuite  restored, posted JE_367_20260314_0_2_US_USD_1

netsuite.commands
  try-a-journal-again  netsuite, adjustments  nothing
  try-a-journal-again  netsuite, journals     posted JE_367_20260314_0_1_US_USD_1
  without-a-reason     netsuite, adjustments  posted IA_367_20260314_0_1_367_5d1e0b7a_1
  without-a-reason     netsuite, journals     nothing

netsuite.postings
  not-known-yet               tillstream  last word unknown
  parked-for-a-closed-period  tillstream  last word parked
  posted                      tillstream  last word posted

pos.commands
  adopt-an-account-map                     enrich      command, account_map_adopted, account_map_adopted *
  adopt-an-account-map                     tillstream  nothing
  claim-of-a-kit                           enrich      claim unknown
  claim-of-a-kit                           tillstream  nothing
  claim-of-a-returned-line                 enrich      claim exceeded
  claim-of-a-returned-line                 tillstream  nothing
  release-every-open-bucket-of-all-stores  enrich      command, close, close, closes 367, closes 292
  release-every-open-bucket-of-all-stores  tillstream  nothing
  release-from-quarantine                  enrich      command, quarantine_released, moves 367
  release-from-quarantine                  tillstream  decides pos.transactions/7/120044
  release-one-bucket                       enrich      command, close, closes 367, closes 292
  release-one-bucket                       tillstream  nothing
  resolve-an-item                          enrich      command, reclassified, moves 367
  resolve-an-item                          tillstream  nothing
  write-off                                enrich      command, written_off
  write-off                                tillstream  decides pos.transactions/7/120045

pos.quarantine
  bytes-that-nobody-can-read            tillstream  open pos.transactions/0/5
  cut-since-it-was-oversized            tillstream  open pos.transactions/7/120045
  unbalanced-ticket-with-a-card-number  tillstream  open pos.transactions/7/120044

pos.transactions
  cash-paid-out                            enrich  sale
  cash-rounding-and-voided-line            enrich  sale, moves 367
  end-of-business-day                      enrich  sale, close
  exchange-for-store-credit                enrich  quarantined: unknown_store
  foreign-cash-tip-and-cashback            enrich  sale
  fuel-in-thousandths                      enrich  sale, moves 367
  gift-card-of-a-third-party               enrich  sale
  gift-card-sold                           enrich  sale
  goods-on-commission                      enrich  sale
  included-tax-and-fiscal-document         enrich  sale
  layaway-with-deposit                     enrich  sale
  offline-ticket-sent-later                enrich  sale, moves 367
  only-what-is-required                    enrich  sale
  order-to-be-shipped-from-another-store   enrich  quarantined: unknown_store
  paid-out-for-window-cleaning             enrich  sale
  plain-sale                               enrich  sale, moves 367
  post-void-of-a-pickup                    enrich  quarantined: void_of_unbooked
  post-void-of-a-ticket                    enrich  quarantined: void_of_unbooked
  promotions-over-several-lines            enrich  sale, moves 367
  return-of-an-earlier-line                enrich  sale, claims from 367
  several-tenders-discounts-and-added-tax  enrich  sale, moves 367
  stock-count                              enrich  sale, moves 367
  till-totals                              enrich  sale
  training-ticket                          enrich  sale
  transfer-received-short                  enrich  sale, moves 367
  zero-quantity-line                       enrich  sale

ref.items
  eggs-counted-by-the-dozen  enrich      item of DAIRY, revision 5
  eggs-counted-by-the-dozen  tillstream  nothing
  end-of-snapshot            enrich      ends the snapshot
  end-of-snapshot            tillstream  nothing
  fuel-keyed-in-thousandths  enrich      item of FUEL, revision 1
  fuel-keyed-in-thousandths  tillstream  nothing
  gift-card-no-longer-sold   enrich      item of GIFT CARDS, revision 3
  gift-card-no-longer-sold   tillstream  nothing
  item-of-known-costs        enrich      item of GROCERY, revision 2
  item-of-known-costs        tillstream  nothing
  item-of-one-version        enrich      item of GROCERY, revision 4
  item-of-one-version        tillstream  knows 5569230 at 100000
  item-with-two-versions     enrich      item of DAIRY, revision 2
  item-with-two-versions     tillstream  nothing
  kit                        enrich      item of TOYS, revision 2
  kit                        tillstream  nothing

ref.stores
  end-of-snapshot         enrich      ends the snapshot
  end-of-snapshot         tillstream  nothing
  store-with-defaults     enrich      store of US
  store-with-defaults     tillstream  knows 367
  store-with-every-field  enrich      store of MX
  store-with-every-field  tillstream  nothing
  store-that-serves-other-subsidiaries  enrich      store of US
  store-that-serves-other-subsidiaries  tillstream  nothing
  store-with-labels       enrich      store of DE
  store-with-labels       tillstream  nothing
  store-with-policies-and-calendar  enrich      store of MX
  store-with-policies-and-calendar  tillstream  nothing

sales.enriched
  account-map-adopted             journal     nothing
  account-map-adopted             tillstream  nothing
  claim-of-a-component-of-a-kit   journal     nothing
  claim-of-a-component-of-a-kit   tillstream  nothing
  claim-of-an-unknown-ticket      journal     nothing
  claim-of-an-unknown-ticket      tillstream  nothing
  claim-of-more-than-its-part     journal     nothing
  claim-of-more-than-its-part     tillstream  nothing
  close-at-end-of-day             journal     JE_367_20260314_0_1_US_USD_1, TS_367_20260314_0_1_US_USD, LL_367_20260314_0_1_US_USD
  close-at-end-of-day             tillstream  nothing
  close-by-deadline               journal     LL_367_20260314_0_3_US_USD
  close-by-deadline               tillstream  nothing
  command-refused                 journal     nothing
  command-refused                 tillstream  cmd-0001 is refused
  counted-only                    journal     keeps bucket/367/2026-03-14/0/1
  counted-only                    tillstream  opens 0/1 with 1
  layaway                         journal     keeps bucket/367/2026-03-14/0/1
  layaway                         tillstream  opens 0/1 with 1
  exchange-across-subsidiaries    journal     keeps bucket/367/2026-03-14/0/1
  exchange-across-subsidiaries    tillstream  opens 0/1 with 1
  kit-shipped-from-another-store  journal     keeps bucket/367/2026-03-14/0/1
  kit-shipped-from-another-store  tillstream  opens 0/1 with 1
  late-sale-in-a-window           journal     keeps bucket/367/2026-03-14/3/2
  late-sale-in-a-window           tillstream  opens 3/2 with 1, 12.99 of 999999 waits
  post-void                       journal     keeps bucket/367/2026-03-14/0/1
  post-void                       tillstream  opens 0/1 with 1
  reclassified-out-of-suspense    journal     keeps bucket/367/2026-03-14/0/2
  reclassified-out-of-suspense    tillstream  opens 0/2 with 0
  repeat                          journal     nothing
  repeat                          tillstream  nothing
  return                          journal     keeps bucket/367/2026-03-14/0/1
  return                          tillstream  opens 0/1 with 1
  return-borne-by-another-store   journal     keeps bucket/367/2026-03-14/0/1
  return-borne-by-another-store   tillstream  opens 0/1 with 1
  sale                            journal     keeps bucket/367/2026-03-14/0/1
  sale                            tillstream  opens 0/1 with 1, 12.99 of 999999 waits
  stock-count                     journal     keeps bucket/367/2026-03-14/0/1
  stock-count                     tillstream  opens 0/1 with 1
  tick                            journal     nothing
  tick                            tillstream  nothing
  unreadable                      journal     nothing
  unreadable                      tillstream  nothing
";

/// What becomes of what is no record: topic, consumer, outcome.
///
/// Tills and people may send anything: it is quarantined, refused or skipped, and its reader goes on. What only
/// our own services write stops whoever cannot read it, since that is a mistake of ours, and what the books lack
/// must not go unnoticed.
pub(crate) const BAD: &str = "
enrich.changelog                enrich                 stops
inventory.adjustments           netsuite               stops
inventory.adjustments           tillstream             stops
inventory.changelog             inventory              stops
inventory.deltas                inventory              stops
journal.changelog               journal                stops
journal.entries                 netsuite               stops
journal.entries                 tillstream             stops
netsuite-adjustments.changelog  netsuite               stops
netsuite-journals.changelog     netsuite               stops
netsuite.commands               netsuite, adjustments  nothing
netsuite.commands               netsuite, journals     nothing
netsuite.postings               tillstream             stops
pos.commands                    enrich                 quarantined
pos.commands                    tillstream             nothing
pos.quarantine                  tillstream             stops
pos.transactions                enrich                 quarantined
ref.items                       enrich                 refused
ref.items  tillstream  nothing
ref.stores                      enrich                 refused
ref.stores      tillstream  nothing
sales.enriched  journal     stops
sales.enriched  tillstream  stops
";

/// Asserts that a table holds exactly these rows.
pub(crate) fn assert_rows<const COLUMNS: usize>(rows: &BTreeSet<[String; COLUMNS]>, table: &str) {
    let expected = read(table);
    let more: Vec<_> = rows.difference(&expected).collect();
    let less: Vec<_> = expected.difference(rows).collect();
    assert!(
        more.is_empty() && less.is_empty(),
        "these rows are not in the table:\n{}these rows of the table did not happen:\n{}",
        lay_out(&more),
        lay_out(&less)
    );
}

fn read<const COLUMNS: usize>(table: &str) -> BTreeSet<[String; COLUMNS]> {
    let mut heading = "";
    let mut rows = BTreeSet::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        let mut cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        if line.starts_with(' ') {
            cells.insert(0, heading);
        } else if let [topic] = cells[..] {
            heading = topic;
            continue;
        }
        let cells: Vec<String> = cells.into_iter().map(str::to_owned).collect();
        let row = cells.try_into().unwrap_or_else(|cells| panic!("not {COLUMNS} columns: {cells:?}"));
        rows.insert(row);
    }
    rows
}

fn lay_out<const COLUMNS: usize>(rows: &[&[String; COLUMNS]]) -> String {
    let mut widths = [0; COLUMNS];
    for row in rows {
        widths.iter_mut().zip(row.iter()).for_each(|(width, cell)| *width = (*width).max(cell.len()));
    }
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end()).unwrap();
    }
    text
}
