//! That tills may send what is made here, that it is what it says, and that it refers to what is there.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod over_time;

use std::collections::{BTreeMap, BTreeSet};

use domain::enrichment::Explained;
use domain::masters::{Items, Stores};
use domain::record::pos::{Line, Link, Tender};
use domain::ticket::content_hash;

use super::ledger::share;
use super::line::{is_goods, price_of, shared_out};
use super::tax::{BAHRAIN, CHILE, Class, Law};
use super::*;

const DAYS: i32 = 3;
const TICKETS: i64 = 80;

fn both() -> [Shops; 2] {
    let first = "2026-03-12".parse().unwrap();
    [Retailer::Mexican, Retailer::Several].map(|retailer| Shops { retailer, seed: 7, first })
}

/// All records of a chain, store by store.
fn records(shops: &Shops) -> Vec<Transaction> {
    let days = (0..DAYS).map(|day| shops.first.plus_days(day));
    let of_day = |date| (0..shops.stores()).flat_map(move |store| shops.day(store, date, TICKETS));
    days.flat_map(of_day).collect()
}

/// Voids of other tickets than sales, returns, transfers, and deposits that are kept, in a store of each currency: of
/// few records too rare to be there.
fn rare_tickets(shops: &Shops) -> Vec<Transaction> {
    let stores: BTreeMap<_, _> =
        (0..shops.stores()).rev().map(|store| (shops.currency(store), store)).collect();
    let date = shops.first.plus_days(1);
    let of_store = |store| (0..12_000).map(move |number| Place { store, date, number });
    let places = stores.into_values().flat_map(of_store);
    let is_rare = |place: &Place| {
        let what = shops.what(*place);
        let of_another = matches!(what, What::Void(voided) if !matches!(shops.what(voided), What::Sale));
        of_another
            || matches!(what, What::Return(_) | What::Rest(_) | What::WithoutReceipt | What::Transfer)
            || matches!(what, What::GivenUp { forfeited: true, .. })
    };
    let rare = places.filter(is_rare);
    rare.map(|Place { store, date, number }| shops.ticket(store, date, number)).collect()
}

/// The masters of a chain, as services hold them.
pub(crate) fn masters(shops: &Shops) -> (Stores, Items) {
    let (mut stores, mut items) = (Stores::default(), Items::default());
    for (store, at) in shops.store_master().zip(0..) {
        assert_eq!(stores.apply(&store.store.clone(), Some(store), at), None);
    }
    for (item, at) in shops.item_master().zip(0..) {
        assert_eq!(items.apply(&item.item.clone(), Some(item), at), None);
    }
    (stores, items)
}

/// Where a ticket stands that is so named: by store, register, date and sequence.
fn place_of(shops: &Shops, store: &str, register: &str, (date, sequence): (Date, i64)) -> Place {
    let store = (0..shops.stores()).find(|at| shops.store_name(*at) == store).unwrap();
    Place { store, date, number: (sequence - 2) * REGISTERS + register.parse::<i64>().unwrap() - 1 }
}

fn linked(shops: &Shops, link: &Link) -> Place {
    place_of(shops, &link.store, &link.register, (link.business_date, link.sequence))
}

fn is_deposit(line: &Line) -> bool {
    ["layaway_payment", "order_deposit", "deposit_payment"].contains(&line.kind.as_str())
}

/// How a deposit is taxed, or goods that are handed over for it.
fn tax_of_promised(ticket: &Transaction, line: &Line) -> Option<String> {
    let is_kept = ticket.kind == "sale" && line.kind == "sale" && line.original.is_some();
    let what = if is_deposit(line) { "deposit" } else { "goods" };
    let taxed = match line.taxes.first() {
        None => "untaxed",
        Some(tax) if tax.included => "taxed inside",
        Some(_) => "taxed",
    };
    (is_deposit(line) || is_kept).then(|| format!("{what} {taxed}"))
}

/// What is given back on a line, and whether by a receipt.
fn given_back(ticket: &Transaction, line: &Line) -> Option<String> {
    let by = if line.original.is_some() { "by its receipt" } else { "without one" };
    (ticket.kind == "return" && line.kind != "bottle_refund").then(|| format!("{} {by}", line.kind))
}

/// What a ticket shows of how it is paid or given back, and of how deposits are paid, applied and voided.
fn of_payment(ticket: &Transaction) -> Vec<String> {
    let mut made: Vec<String> = Vec::new();
    made.extend((ticket.tenders.len() == 6).then(|| "six tenders".to_owned()));
    let is_back = |tender: &&Tender| ticket.kind == "return" && tender.kind == "gift_card";
    made.extend(ticket.tenders.iter().find(is_back).map(|_| "refund onto a gift card".to_owned()));
    let is_void = ticket.kind == "post_void";
    made.extend(
        (is_void && ticket.lines.iter().all(is_deposit) && !ticket.lines.is_empty())
            .then(|| "void of a further deposit".to_owned()),
    );
    for line in ticket.lines.iter().filter(|line| !is_void && is_deposit(line)) {
        let taxed = if line.taxes.is_empty() { "untaxed" } else { "taxed" };
        let applied = if ticket.kind == "sale" { "applied by a line" } else { "paid" };
        made.push(format!("{} {taxed} {applied}", line.kind));
    }
    let program = |tender: &Tender| tender.stored_value.as_ref().map(|value| value.program.clone());
    let applied =
        ticket.tenders.iter().filter(|tender| !is_void && tender.kind == "account").filter_map(program);
    made.extend(applied.map(|program| format!("{program} applied by a tender")));
    made
}

/// True for the fee by which the shop keeps a whole deposit.
fn keeps_a_deposit(ticket: &Transaction, line: &Line) -> bool {
    let is_kept = ticket.tenders.is_empty() && ticket.kind != "post_void" && !ticket.links.is_empty();
    is_kept && line.kind == "fee"
}

fn is_received_over(line: &Line) -> bool {
    line.kind == "transfer_difference" && line.quantity.is_negative()
}

/// The void of a ticket, which comes right after it.
pub(crate) fn void_of(shops: &Shops, store: u32, date: Date, number: i64) -> Transaction {
    let voided = Place { store, date, number };
    currency::in_its_coins(shops.void(voided.later(1), voided))
}

/// A ticket whose taxes inside prices stand on its lines, by the law of each, though it states them as a whole.
pub(crate) fn with_taxes_on_lines(shops: &Shops, store: u32, date: Date, number: i64) -> Transaction {
    let place = Place { store, date, number };
    let mut ticket = shops.in_cents(place);
    let law = shops.law(store);
    ticket.taxes.retain(|tax| !tax.included);
    for line in ticket.lines.iter_mut().filter(|line| line.taxes.is_empty()) {
        line.taxes = match line.kind.as_str() {
            "shipping" => law.taxes(Class::Taxed, price_of(line)),
            _ => shops.taxes_of(law, line),
        };
    }
    currency::in_its_coins(ticket)
}

#[test]
fn every_record_is_one_that_enrich_books_and_every_item_is_known() {
    for shops in both() {
        let (stores, items) = masters(&shops);
        for record in records(&shops).into_iter().chain(rare_tickets(&shops)) {
            let store = stores.find(&record.store).unwrap();
            let content = content_hash(&record);
            let checked = Explained::check_among(record.clone(), content, store, &items, &stores);
            let checked = checked.unwrap_or_else(|reasons| panic!("{reasons:?}\n{record:#?}"));
            assert_eq!(checked.lines_in_suspense(), 0, "{record:?}");
        }
    }
}

#[test]
fn the_same_number_is_the_same_ticket_and_another_seed_another() {
    for shops in both() {
        let other = Shops { seed: 8, ..shops };
        let date = shops.first.plus_days(1);
        let tickets =
            |shops: Shops| (0..50).map(move |number| shops.ticket(1, date, number)).collect::<Vec<_>>();
        assert_eq!(tickets(shops), tickets(shops));
        assert_ne!(tickets(shops), tickets(other));
    }
}

/// Words of a kind, each with how often it stands there.
type Words = BTreeMap<String, usize>;

#[test]
fn the_two_chains_speak_the_whole_vocabulary() {
    let masters: Vec<_> = both().iter().flat_map(|shops| shops.store_master().collect::<Vec<_>>()).collect();
    let subsidiary =
        |store: &str| masters.iter().find(|known| known.store == store).map(|known| known.subsidiary.clone());
    let at = |place: &str| {
        masters.iter().find(|known| known.location == place).map(|known| known.subsidiary.clone())
    };
    let items: Vec<_> = both().iter().flat_map(|shops| shops.item_master().collect::<Vec<_>>()).collect();
    let cost = |item: &str, subsidiary: &str| {
        let item = items.iter().find(|known| known.item == item).unwrap();
        item.versions[0].costs.iter().any(|cost| cost.subsidiary == subsidiary)
    };
    let policy = |store: &str| {
        let store = masters.iter().find(|known| known.store == store).unwrap();
        store.deposit_tax.clone().unwrap_or_else(|| "as_stated".to_owned())
    };
    let mut kinds = Words::new();
    let (mut lines, mut tenders, mut others) = (Words::new(), Words::new(), BTreeSet::new());
    for record in both().iter().flat_map(|shops| [records(shops), rare_tickets(shops)].concat()) {
        *kinds.entry(record.kind.to_string()).or_default() += 1;
        others.extend(record.training.then(|| "training".to_owned()));
        others.extend((!record.rounding.is_zero()).then(|| "rounding".to_owned()));
        others.extend(of_payment(&record));
        let links = record.links.iter().map(|link| format!("link {}", link.kind));
        others.extend(links.chain(record.taxes.iter().map(|tax| format!("whole {}", tax.code))));
        let of_ticket = record.discounts.iter();
        others.extend(of_ticket.map(|discount| {
            let code = discount.code.as_deref().unwrap_or_default();
            format!(
                "discount of {} {code}",
                if discount.lines.is_empty() { "all goods" } else { "the ticket" }
            )
        }));
        for line in &record.lines {
            *lines.entry(line.kind.to_string()).or_default() += 1;
            others.extend(line.discounts.iter().map(|discount| format!("discount {}", discount.kind)));
            others.extend(line.taxes.iter().map(|tax| format!("{} {}", tax.code, tax.treatment)));
            let texts = [&line.disposition, &line.fulfilment, &line.owner].into_iter().flatten();
            others.extend(texts.map(ToString::to_string));
            others.extend(line.voided.then(|| "voided".to_owned()));
            let original = line.original.as_ref().map(|original| original.store.as_str());
            let across = original.is_some_and(|store| subsidiary(store) != subsidiary(&record.store));
            others.extend(across.then(|| "return across subsidiaries".to_owned()));
            let taxed = ["return", "exchange"].contains(&record.kind.as_str()) && !record.taxes.is_empty();
            let inside = if record.taxes.iter().any(|tax| tax.included) { "inside" } else { "on top" };
            let place = if across { "across" } else { "here" };
            others.extend(taxed.then(|| format!("taxes of a whole {} {inside}, {place}", record.kind)));
            let place = line.fulfilment_location.as_deref();
            let across = place.is_some_and(|place| at(place) != subsidiary(&record.store));
            others.extend(across.then(|| {
                let is_known = cost(line.item.as_deref().unwrap(), &at(place.unwrap()).unwrap());
                format!("goods of another subsidiary of {} cost", if is_known { "known" } else { "unknown" })
            }));
            let elsewhere = record.kind == "exchange" && original.is_some_and(|store| store != record.store);
            others.extend(elsewhere.then(|| "exchange elsewhere".to_owned()));
            others.extend(
                tax_of_promised(&record, line).map(|taxed| format!("{} {taxed}", policy(&record.store))),
            );
            let issuer = line.stored_value.as_ref().and_then(|value| value.issuer.as_deref());
            let across = issuer.and_then(subsidiary).is_some();
            others.extend(across.then(|| "gift card for another subsidiary".to_owned()));
            let scanned = line.barcode.as_deref().map(|barcode| match barcode.as_bytes() {
                [b'2', ..] => "label",
                [b'0', ..] => "padded barcode",
                _ => "barcode",
            });
            others.extend(scanned.map(str::to_owned));
            let void_of_promise = record.kind == "post_void" && line.kind == "reserve";
            others.extend(void_of_promise.then(|| "void of a promise".to_owned()));
            others.extend(is_received_over(line).then(|| "transfer received over".to_owned()));
            others.extend(given_back(&record, line));
            others
                .extend(keeps_a_deposit(&record, line).then(|| format!("deposit of a {} kept", record.kind)));
            let void_of_moved =
                record.kind == "post_void" && ["return", "transfer", "count"].contains(&line.kind.as_str());
            others.extend(void_of_moved.then(|| format!("void of a {}", line.kind)));
        }
        for tender in record.till_totals.iter().flat_map(|totals| &totals.tenders) {
            let over = tender.declared.map_or(0, |declared| declared.units() - tender.amount.units());
            let word = if over > 0 { "over" } else { "short" };
            others.extend((over != 0).then(|| format!("{word} {}", tender.kind)));
        }
        for tender in &record.tenders {
            *tenders.entry(tender.kind.to_string()).or_default() += 1;
            let issuer = tender.stored_value.as_ref().and_then(|value| value.issuer.as_deref());
            let across = issuer.is_some_and(|issuer| issuer.starts_with('N'));
            others.extend(across.then(|| "gift card of another subsidiary".to_owned()));
            let beside = [("cashback", tender.cashback), ("tip", tender.tip), ("change", tender.change)];
            others.extend(
                beside.iter().filter(|(_, cents)| !cents.is_zero()).map(|(word, _)| (*word).to_owned()),
            );
        }
    }
    let words = |words: Words| words.into_keys().collect::<Vec<_>>().join(" ");
    assert_eq!(
        words(kinds),
        "business_eod business_sod cancelled count customer_order exchange layaway loan no_sale other_control paid_in paid_out pickup \
         post_void return safe_drop sale sign_off sign_on suspended till_close till_open till_totals transfer"
    );
    assert_eq!(
        words(lines),
        "bottle_deposit bottle_refund commission_sale count deposit_payment donation fee gift_card_reload \
         gift_card_sale layaway_payment order_deposit reserve return sale service shipping tip transfer \
         transfer_difference"
    );
    assert_eq!(
        words(tenders),
        "account card cash check ebt foreign_cash gift_card loyalty manufacturer_coupon mobile store_credit voucher"
    );
    assert_eq!(
        others.into_iter().collect::<Vec<_>>().join(", "),
        "GST out_of_scope, GST taxable, GST zero_rated, IEPS8 taxable, IVA0 zero_rated, IVA16 taxable, IVA19 \
         out_of_scope, IVA19 taxable, IVA8 taxable, IVAEX exempt, IVANO out_of_scope, NY out_of_scope, NY taxable, \
         NY zero_rated, PST exempt, PST taxable, TX exempt, TX out_of_scope, TX taxable, TX zero_rated, VAT10 \
         out_of_scope, VAT10 taxable, VAT10 zero_rated, as_stated deposit untaxed, as_stated goods taxed, barcode, \
         cashback, change, commission_sale by its receipt, commission_sale without one, damaged, delivery, deposit \
         applied by a tender, deposit of a customer_order kept, deposit of a layaway kept, deposit_payment taxed \
         paid, deposit_payment untaxed paid, discount employee, discount loyalty, discount markdown, discount of \
         all goods BASKET, discount of the ticket 3X2, discount of the ticket MIX, discount price_override, \
         discount promotion, discount quantity, discount senior, discount store_coupon, exchange elsewhere, fee by \
         its receipt, fee without one, gift card for another subsidiary, gift card of another subsidiary, \
         gift_card_sale without one, goods of another subsidiary of known cost, goods of another subsidiary of \
         unknown cost, label, layaway applied by a tender, layaway_payment taxed applied by a line, layaway_payment \
         taxed paid, layaway_payment untaxed applied by a line, layaway_payment untaxed paid, link exchange_of, \
         link layaway, link order, link resume_of, link return_of, link void_of, link void_of_loan, link \
         void_of_paid_in, link void_of_paid_out, link void_of_pickup, link void_of_safe_drop, order_deposit taxed \
         applied by a line, order_deposit taxed paid, order_deposit untaxed applied by a line, order_deposit \
         untaxed paid, over check, over foreign_cash, over manufacturer_coupon, over voucher, owner-9, padded \
         barcode, pickup, refund onto a gift card, resaleable, return across subsidiaries, return by its receipt, \
         return without one, rounding, scrap, service by its receipt, service without one, ship_from_store, short \
         check, short foreign_cash, short manufacturer_coupon, short voucher, six tenders, taxes of a whole \
         exchange on top, here, taxes of a whole return inside, here, taxes of a whole return on top, across, taxes \
         of a whole return on top, here, tip, training, transfer received over, vendor, void of a count, void of a \
         further deposit, void of a promise, void of a return, void of a transfer, voided, when_collected deposit \
         taxed inside, when_collected goods taxed inside, when_completed deposit untaxed, when_completed goods \
         taxed, whole GST, whole IEPS8, whole IVA16, whole IVA19, whole IVA8, whole NY, whole PST, whole TX, whole \
         VAT10"
    );
    let made: Vec<_> = both().iter().flat_map(records).collect();
    let sales = made.iter().filter(|record| record.kind == "sale").count();
    assert!((70..85).contains(&(sales * 100 / made.len())), "most are sales: {sales} of {}", made.len());
}

#[test]
fn what_is_rare_is_made_in_each_currency() {
    let mut currencies: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in both().iter().flat_map(|shops| [records(shops), rare_tickets(shops)].concat()) {
        let made = currencies.entry(record.currency.to_string()).or_default();
        let of_lines = record.lines.iter().flat_map(|line| &line.discounts);
        let baskets = record.discounts.iter().chain(of_lines).filter_map(|discount| discount.code.as_deref());
        made.extend(baskets.filter(|code| *code == "BASKET").map(str::to_owned));
        for line in &record.lines {
            made.extend(given_back(&record, line));
            made.extend(keeps_a_deposit(&record, line).then(|| "deposit kept".to_owned()));
            made.extend(
                line.taxes.iter().map(|tax| tax.treatment.to_string()).filter(|word| word == "out_of_scope"),
            );
            made.extend(is_received_over(line).then(|| "received over".to_owned()));
        }
    }
    assert_eq!(currencies.keys().cloned().collect::<Vec<_>>().join(" "), "BHD CAD CLP MXN USD");
    for (currency, made) in currencies {
        assert_eq!(
            made.into_iter().collect::<Vec<_>>().join(", "),
            "BASKET, commission_sale by its receipt, commission_sale without one, deposit kept, fee by its receipt, \
             fee without one, gift_card_sale without one, out_of_scope, received over, return by its receipt, return \
             without one, service by its receipt, service without one",
            "{currency}"
        );
    }
}

#[test]
fn what_a_ticket_refers_to_is_there_before_it_and_undone_once() {
    for shops in both() {
        let mut seen: BTreeMap<Place, Transaction> = BTreeMap::new();
        let (mut undone, mut twice) = (BTreeSet::new(), 0);
        for record in records(&shops) {
            let own =
                place_of(&shops, &record.store, &record.register, (record.business_date, record.sequence));
            let of_lines = record.lines.iter().filter_map(|line| line.original.as_deref());
            for link in record.links.iter().chain(of_lines) {
                let original =
                    seen.get(&linked(&shops, link)).unwrap_or_else(|| panic!("{link:?} is not there"));
                let wanted = match link.kind.as_str() {
                    "layaway" => "layaway",
                    "order" => "customer_order",
                    "resume_of" => "suspended",
                    "void_of" => {
                        let undoable =
                            ["sale", "return", "exchange", "layaway", "customer_order", "transfer", "count"];
                        undoable
                            .into_iter()
                            .find(|kind| original.kind == *kind)
                            .unwrap_or("one that moves something")
                    }
                    other => other.strip_prefix("void_of_").unwrap_or("sale"),
                };
                assert_eq!(original.kind, wanted, "{link:?}");
            }
            for link in record
                .links
                .iter()
                .filter(|link| {
                    link.kind.starts_with("void_of")
                        || ["return_of", "exchange_of"].contains(&link.kind.as_str())
                })
                // A void repeats the links of its ticket.
                .filter(|link| (record.kind == "post_void") == link.kind.starts_with("void_of"))
            {
                let is_rest = matches!(shops.what(own), What::Rest(_));
                assert_ne!(undone.insert(linked(&shops, link)), is_rest, "{link:?} is undone twice");
                twice += usize::from(is_rest);
            }
            assert_eq!(seen.insert(own, record), None, "each number comes once");
        }
        assert!(undone.len() > 50 && twice * 20 < undone.len(), "{twice} of {}", undone.len());
    }
}

#[test]
fn taxes_inside_a_price_in_a_table() {
    // Law, goods, price, and the taxes: code, base, tax.
    #[rustfmt::skip]
    let cases = [
        (Law::Iva(16), Class::Taxed,     11_600, vec![("IVA16", 10_000, 1_600)]),
        (Law::Iva(16), Class::Snack,      1_253, vec![("IEPS8", 1_000, 80), ("IVA16", 1_080, 173)]),
        (Law::Iva(8),  Class::Taxed,     10_800, vec![("IVA8", 10_000, 800)]),
        (Law::Iva(16), Class::ZeroRated,  1_000, vec![("IVA0", 1_000, 0)]),
        (Law::Iva(16), Class::Exempt,     9_900, vec![("IVAEX", 9_900, 0)]),
        (CHILE,        Class::Exempt,     9_900, vec![("IVA19", 8_319, 1_581)]),
        (CHILE,        Class::ZeroRated,  1_290, vec![("IVA19", 1_084, 206)]),
        (BAHRAIN,      Class::Snack,      1_253, vec![("VAT10", 1_139, 114)]),
        (BAHRAIN,      Class::ZeroRated,  1_290, vec![("VAT10", 1_290, 0)]),
    ];
    for (law, class, price, expected) in cases {
        let taxes = law.taxes(class, price);
        let cents = |amount: domain::number::Amount| amount.units() / 100;
        let found: Vec<(&str, i64, i64)> = taxes
            .iter()
            .map(|tax| (tax.code.as_str(), cents(tax.base.unwrap()), cents(tax.amount)))
            .collect();
        assert_eq!(found, expected);
    }
    assert_eq!(share(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(share(1_450, &[1_450, 1_885, 2_465]).iter().sum::<i64>(), 1_450);
}

#[test]
fn cash_comes_in_coins_and_a_drawer_is_never_below_nothing() {
    for shops in both() {
        for record in records(&shops) {
            let coin = match record.currency.as_str() {
                "MXN" => 5_000,
                "CAD" => 500,
                "CLP" => 100_000,
                "BHD" => 50,
                _ => 100,
            };
            let handed = |tender: &Tender| tender.change.units() + tender.cashback.units();
            for tender in record.tenders.iter().filter(|tender| tender.kind == "cash" && !record.training) {
                assert_eq!((tender.amount.units() - handed(tender)) % coin, 0, "{record:?}");
            }
            let declared = record.till_totals.as_ref().map(|totals| totals.declared_cash.unwrap());
            assert!(declared.is_none_or(|declared| !declared.is_negative()));
        }
    }
}

#[test]
fn taxes_are_those_of_what_offers_leave_of_a_price() {
    for shops in both() {
        for (store, number) in
            (0..shops.stores()).flat_map(|store| (0..TICKETS).map(move |number| (store, number)))
        {
            let place = Place { store, date: shops.first, number };
            let sold = sale::of_the_ticket(place, shops.sale(place));
            let lines = shared_out(&sold).lines;
            for line in lines.iter().filter(|line| is_goods(line) && sold.taxes.is_empty()) {
                assert_eq!(line.taxes, shops.taxes_of(shops.law(store), line), "{sold:#?}");
            }
        }
    }
}

#[test]
fn money_is_whole_coins_of_a_currency_and_as_small_as_they_are() {
    // Currency, and the smallest units of an amount in its smallest coin.
    for (currency, coin) in [("CLP", 10_000), ("BHD", 10), ("MXN", 100), ("CAD", 100), ("USD", 100)] {
        let records = both().into_iter().flat_map(|shops| records(&shops));
        let mut stated: Vec<i64> = Vec::new();
        for record in records.filter(|record| record.currency == currency) {
            let lines = record.lines.iter().flat_map(|line| {
                let taxes = line.taxes.iter().flat_map(|tax| [Some(tax.amount), tax.base]).flatten();
                let off = line.discounts.iter().map(|discount| discount.amount);
                taxes.chain(off).chain([line.amount]).collect::<Vec<_>>()
            });
            let tenders = record.tenders.iter().flat_map(|tender| [tender.amount, tender.change, tender.tip]);
            let reported = record.till_totals.iter().flat_map(|totals| [totals.net_sales, totals.tax]);
            stated.extend(lines.chain(tenders).chain(reported).map(|amount| amount.units()));
        }
        assert!(stated.iter().all(|units| units % coin == 0), "{currency}");
        assert!(stated.iter().any(|units| units % (coin * 10) != 0), "{currency}");
    }
}
