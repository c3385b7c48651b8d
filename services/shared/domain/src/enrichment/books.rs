//! What each thing a till does is in the books and in the stock, in tables to be read by an accountant.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::case::{card, check, contained, ticket, with_taxes};
use super::*;
use crate::record::pos::{ForeignCurrency, StoredValue, Tender, TenderTotal, TillTotals, Transaction};
use crate::ticket::fixture::{amount, discount, items, line, quantity, store, tax, tender};
use crate::totals::{Totals, of_sale};

fn of_kind(kind: &str, number: i32, gross: &str) -> Line {
    Line { kind: kind.into(), item: None, ..line(number, "", "1", gross) }
}

fn of_others(program: &str) -> Option<StoredValue> {
    let issuer = Some("another".into());
    Some(StoredValue { program: program.into(), issuer, ..StoredValue::default() })
}

#[test]
#[rustfmt::skip]
fn taxes_on_top_of_the_price_and_inside() {
    let mut whole = ticket(vec![line(1, "1", "1", "116.00"), line(2, "2", "1", "58.00")],
           vec![tender("cash", "174.00", "0")]);
    whole.taxes = vec![contained("IVA16", "24.00")];
    let mut uneven = ticket((1..=3).map(|number| line(number, "1", "1", "0.10")).collect(),
           vec![tender("cash", "0.30", "0")]);
    uneven.taxes = vec![contained("IVA16", "0.05")];
    let zero_rated = Tax { treatment: "zero_rated".into(), ..contained("IVA0", "0") };
    let mut rated = ticket(vec![with_taxes(vec![zero_rated], line(1, "1", "1", "100.00")), line(2, "2", "1", "116.00")],
           vec![tender("cash", "216.00", "0")]);
    rated.taxes = vec![contained("IVA16", "16.00")];
    check(vec![
        ("100.00 with IVA on top",
         ticket(vec![with_taxes(vec![tax("IVA16", "16.00")], line(1, "1", "1", "100.00"))],
                vec![tender("cash", "116.00", "0")]),
         &["Dr tender_clearing        cash               116.00",
           "Cr sales                  grocery            100.00",
           "Cr tax_payable            IVA16               16.00"],
         &["1 -1.00"]),
        ("116.00 with IVA inside",
         ticket(vec![with_taxes(vec![contained("IVA16", "16.00")], line(1, "1", "1", "116.00"))],
                vec![tender("cash", "200.00", "84.00")]),
         &["Dr tender_clearing        cash               116.00",
           "Cr sales                  grocery            100.00",
           "Cr tax_payable            IVA16               16.00"],
         &["1 -1.00"]),
        ("a discount is given on the price with its tax",
         ticket(vec![Line { discounts: vec![discount("promotion", "11.60")], ..with_taxes(vec![contained("IVA16",
                "14.40")], line(1, "1", "1", "116.00")) }],
                vec![tender("cash", "104.40", "0")]),
         &["Dr tender_clearing        cash               104.40",
           "Dr discount               promotion           10.00",
           "Cr sales                  grocery            100.00",
           "Cr tax_payable            IVA16               14.40"],
         &["1 -1.00"]),
        ("IEPS is in the base of IVA: 10.00 + 0.80 + 1.73",
         ticket(vec![with_taxes(vec![contained("IEPS8", "0.80"),
                contained("IVA16", "1.73")], line(1, "1", "1", "12.53"))],
                vec![tender("cash", "12.53", "0")]),
         &["Dr tender_clearing        cash                12.53",
           "Cr sales                  grocery             10.00",
           "Cr tax_payable            IEPS8                0.80",
           "Cr tax_payable            IVA16                1.73"],
         &["1 -1.00"]),
        ("a tax of the whole ticket is in the prices of its lines",
         whole,
         &["Dr tender_clearing        cash               174.00",
           "Cr sales                  grocery            100.00",
           "Cr sales                  toys                50.00",
           "Cr tax_payable            IVA16               24.00"],
         &["1 -1.00", "2 -1.00"]),
        ("but not in one that is zero-rated",
         rated,
         &["Dr tender_clearing        cash               216.00",
           "Cr sales                  grocery            100.00",
           "Cr sales                  toys               100.00",
           "Cr tax_payable            IVA16               16.00"],
         &["1 -1.00", "2 -1.00"]),
        ("and is shared out to the cent",
         uneven,
         &["Dr tender_clearing        cash                 0.30",
           "Cr sales                  grocery              0.25",
           "Cr tax_payable            IVA16                0.05"],
         &["1 -3.00"]),
        ("one tax inside and one on top",
         ticket(vec![with_taxes(vec![contained("IEPS8", "8.00"), tax("BAG", "1.00")], line(1, "1", "1", "108.00"))],
                vec![tender("cash", "109.00", "0")]),
         &["Dr tender_clearing        cash               109.00",
           "Cr sales                  grocery            100.00",
           "Cr tax_payable            BAG                  1.00",
           "Cr tax_payable            IEPS8                8.00"],
         &["1 -1.00"]),
        ("zero-rated and exempt: stated, of nothing",
         ticket(vec![with_taxes(vec![Tax { treatment: "zero_rated".into(),
                ..contained("IVA0", "0") }], line(1, "1", "1", "20.00")),
                     with_taxes(vec![Tax { treatment: "exempt".into(),
                            ..tax("EXEMPT", "0") }], line(2, "2", "1", "5.00"))],
                            vec![tender("cash", "25.00", "0")]),
         &["Dr tender_clearing        cash                25.00",
           "Cr sales                  grocery             20.00",
           "Cr sales                  toys                 5.00"],
         &["1 -1.00", "2 -1.00"]),
        ("given away: a price discounted to nothing contains nothing",
         ticket(vec![Line { discounts: vec![discount("promotion", "11.60")], ..with_taxes(vec![contained("IVA16",
                "0")], line(1, "1", "1", "11.60")) }],
                vec![]),
         &["Dr discount               promotion           11.60",
           "Cr sales                  grocery             11.60"],
         &["1 -1.00"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn what_is_paid_with() {
    let rounded = |rounding: &str, cash: &str| Transaction {
        rounding: amount(rounding),
        ..ticket(vec![with_taxes(vec![tax("IVA16", "0.68")], line(1, "1", "1", "4.24"))],
               vec![tender("cash", cash, "0")])
    };
    let foreign = Tender {
        foreign: Some(ForeignCurrency { currency: "USD".into(), amount: amount("10.00"),
               exchange_rate: "17.5".parse().unwrap() }),
        ..tender("foreign_cash", "175.00", "58.00")
    };
    check(vec![
        ("cash rounded down to 4.90: the tax stays",
         rounded("-0.02", "4.90"),
         &["Dr tender_clearing        cash                 4.90",
           "Cr sales                  grocery              4.24",
           "Cr tax_payable            IVA16                0.68",
           "Dr rounding                                    0.02"],
         &["1 -1.00"]),
        ("cash rounded up to 4.95",
         rounded("0.03", "4.95"),
         &["Dr tender_clearing        cash                 4.95",
           "Cr sales                  grocery              4.24",
           "Cr tax_payable            IVA16                0.68",
           "Cr rounding                                    0.03"],
         &["1 -1.00"]),
        ("69.34 by card with 20.00 handed out in cash",
         ticket(vec![line(1, "1", "1", "69.34")], vec![Tender { cashback: amount("20.00"), ..card("89.34") }]),
         &["Dr tender_clearing        card/visa           89.34",
           "Cr tender_clearing        cash                20.00",
           "Cr sales                  grocery             69.34"],
         &["1 -1.00"]),
        ("a tip on the card",
         ticket(vec![line(1, "1", "1", "100.00")], vec![Tender { tip: amount("15.00"), ..card("115.00") }]),
         &["Dr tender_clearing        card/visa          115.00",
           "Cr sales                  grocery            100.00",
           "Cr tips_payable                               15.00"],
         &["1 -1.00"]),
        ("dollars at 17.50, change in pesos",
         ticket(vec![line(1, "1", "1", "117.00")], vec![foreign]),
         &["Cr tender_clearing        cash                58.00",
           "Dr tender_clearing        foreign_cash/USD   175.00",
           "Cr sales                  grocery            117.00"],
         &["1 -1.00"]),
        ("a check of 50.00 for 45.00: the change is cash",
         ticket(vec![line(1, "1", "1", "45.00")], vec![tender("check", "50.00", "5.00")]),
         &["Cr tender_clearing        cash                 5.00",
           "Dr tender_clearing        check               50.00",
           "Cr sales                  grocery             45.00"],
         &["1 -1.00"]),
        ("a gift card, store credit, points, and the rest in cash",
         ticket(vec![line(1, "1", "1", "100.00")],
                vec![tender("gift_card", "40.00", "0"), tender("store_credit", "30.00", "0"),
                       tender("loyalty", "20.00", "0"), tender("cash", "10.00", "0")]),
         &["Dr tender_clearing        cash                10.00",
           "Cr sales                  grocery            100.00",
           "Dr gift_card_liability                        40.00",
           "Dr store_credit_liability                     30.00",
           "Dr loyalty_liability                          20.00"],
         &["1 -1.00"]),
        ("a gift card that another owes is money on its way",
         ticket(vec![line(1, "1", "1", "40.00")],
                vec![Tender { stored_value: of_others("gift_card"), ..tender("gift_card", "40.00", "0") }]),
         &["Dr tender_clearing        gift_card           40.00",
           "Cr sales                  grocery             40.00"],
         &["1 -1.00"]),
        ("on the account of a customer, who is billed elsewhere",
         ticket(vec![line(1, "1", "1", "40.00")], vec![tender("account", "40.00", "0")]),
         &["Dr tender_clearing        account             40.00",
           "Cr sales                  grocery             40.00"],
         &["1 -1.00"]),
        ("food stamps, a voucher and a wallet",
         ticket(vec![line(1, "1", "1", "60.00")],
                vec![tender("ebt", "30.00", "0"), tender("voucher", "20.00", "0"), tender("mobile", "10.00", "0")]),
         &["Dr tender_clearing        ebt                 30.00",
           "Dr tender_clearing        mobile              10.00",
           "Dr tender_clearing        voucher             20.00",
           "Cr sales                  grocery             60.00"],
         &["1 -1.00"]),
        ("a manufacturer's coupon is owed by him, a coupon of the store is a discount",
         ticket(vec![Line { discounts: vec![discount("store_coupon", "2.00")], ..line(1, "1", "1", "10.00") }],
                vec![tender("manufacturer_coupon", "1.00", "0"), tender("cash", "7.00", "0")]),
         &["Dr tender_clearing        cash                 7.00",
           "Dr coupon_receivable                           1.00",
           "Dr discount               store_coupon         2.00",
           "Cr sales                  grocery             10.00"],
         &["1 -1.00"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn what_is_sold_beside_goods() {
    check(vec![
        ("a gift card sold and one topped up",
         ticket(vec![of_kind("gift_card_sale", 1, "50.00"), of_kind("gift_card_reload", 2, "25.00")],
                vec![tender("cash", "75.00", "0")]),
         &["Dr tender_clearing        cash                75.00",
           "Cr gift_card_liability                        75.00"],
         &[]),
        ("a donation by rounding up from 14.70",
         ticket(vec![line(1, "1", "1", "14.70"), of_kind("donation", 2, "0.30")], vec![tender("cash", "15.00", "0")]),
         &["Dr tender_clearing        cash                15.00",
           "Cr sales                  grocery             14.70",
           "Cr charity_payable                             0.30"],
         &["1 -1.00"]),
        ("a donation and nothing else",
         ticket(vec![of_kind("donation", 1, "5.00")], vec![card("5.00")]),
         &["Dr tender_clearing        card/visa            5.00",
           "Cr charity_payable                             5.00"],
         &[]),
        ("bottles out with a deposit, and older ones back",
         ticket(vec![line(1, "1", "6", "60.00"), of_kind("bottle_deposit", 2, "1.50"),
                Line { quantity: quantity("-4"), ..of_kind("bottle_refund", 3, "-1.00") }],
                vec![tender("cash", "60.50", "0")]),
         &["Dr tender_clearing        cash                60.50",
           "Cr sales                  grocery             60.00",
           "Cr bottle_deposit                              0.50"],
         &["1 -6.00"]),
        ("work by its item, a fee and freight by their kind",
         ticket(vec![line(1, "5", "1", "30.00"),
                Line { department: None, ..of_kind("fee", 2, "2.00") }, Line { department: None,
                       ..of_kind("shipping", 3, "8.00") }],
                vec![card("40.00")]),
         &["Dr tender_clearing        card/visa           40.00",
           "Cr sales                  fee                  2.00",
           "Cr sales                  repair              30.00",
           "Cr sales                  shipping             8.00"],
         &[]),
        ("goods on commission are another's",
         ticket(vec![Line { owner: Some("K9".into()), ..of_kind("commission_sale", 1, "80.00") }],
                vec![tender("cash", "80.00", "0")]),
         &["Dr tender_clearing        cash                80.00",
           "Cr third_party_payable                        80.00"],
         &[]),
        ("a tip as a line",
         ticket(vec![line(1, "1", "1", "20.00"), of_kind("tip", 2, "3.00")], vec![tender("cash", "23.00", "0")]),
         &["Dr tender_clearing        cash                23.00",
           "Cr sales                  grocery             20.00",
           "Cr tips_payable                                3.00"],
         &["1 -1.00"]),
        ("a line taken back before payment is not there",
         ticket(vec![line(1, "1", "1", "20.00"), Line { voided: true, ..line(2, "2", "1", "5.00") }],
                vec![tender("cash", "20.00", "0")]),
         &["Dr tender_clearing        cash                20.00",
           "Cr sales                  grocery             20.00"],
         &["1 -1.00"]),
        ("10.00 off a basket of 100.00, shared out by largest remainder",
         ticket(vec![Line { discounts: vec![discount("promotion", "3.33")], ..line(1, "1", "1", "33.33") },
                     Line { discounts: vec![discount("promotion", "3.33")], ..line(2, "1", "1", "33.33") },
                     Line { discounts: vec![discount("promotion", "3.34")], ..line(3, "2", "1", "33.34") }],
                vec![tender("cash", "90.00", "0")]),
         &["Dr tender_clearing        cash                90.00",
           "Dr discount               promotion           10.00",
           "Cr sales                  grocery             66.66",
           "Cr sales                  toys                33.34"],
         &["1 -2.00", "2 -1.00"]),
        ("the same, stated for the whole ticket",
         Transaction { discounts: vec![discount("promotion", "10.00")],
                       ..ticket(vec![line(1, "1", "1", "33.33"), line(2, "1", "1", "33.33"),
                                     line(3, "2", "1", "33.34")],
                                vec![tender("cash", "90.00", "0")]) },
         &["Dr tender_clearing        cash                90.00",
           "Dr discount               promotion           10.00",
           "Cr sales                  grocery             66.66",
           "Cr sales                  toys                33.34"],
         &["1 -2.00", "2 -1.00"]),
        ("three for two, and two of different kinds for the price of one",
         ticket(vec![Line { discounts: vec![discount("quantity", "5.00")], ..line(1, "1", "3", "15.00") },
                     Line { discounts: vec![discount("promotion", "1.43")], ..line(2, "1", "1", "5.00") },
                     Line { discounts: vec![discount("promotion", "3.57")], ..line(3, "2", "1", "12.50") }],
                vec![tender("cash", "22.50", "0")]),
         &["Dr tender_clearing        cash                22.50",
           "Dr discount               promotion            5.00",
           "Dr discount               quantity             5.00",
           "Cr sales                  grocery             20.00",
           "Cr sales                  toys                12.50"],
         &["1 -4.00", "2 -1.00"]),
        ("a rebate, an employee's price and an override, as the till shared them out",
         ticket(vec![Line { discounts: vec![discount("quantity", "3.34"), discount("employee", "1.00"),
                discount("price_override", "0.66")], ..line(1, "1", "3", "30.00") }],
                vec![tender("cash", "25.00", "0")]),
         &["Dr tender_clearing        cash                25.00",
           "Dr discount               employee             1.00",
           "Dr discount               price_override       0.66",
           "Dr discount               quantity             3.34",
           "Cr sales                  grocery             30.00"],
         &["1 -3.00"]),
    ]);
}

/// A line of a layaway or an order: money for goods to come.
fn deposit(kind: &str, number: i32, gross: &str, inside: &str) -> Line {
    Line { taxes: vec![contained("IVA16", inside)], ..of_kind(kind, number, gross) }
}

#[test]
#[rustfmt::skip]
fn money_for_goods_to_come() {
    let promised = |kind: &str, lines: Vec<Line>, tenders: Vec<Tender>| Transaction {
        kind: kind.into(), ..ticket(lines, tenders)
    };
    let applied = |program: &str| Some(StoredValue { program: program.into(), ..StoredValue::default() });
    check(vec![
        ("a deposit on a layaway",
         promised("layaway", vec![of_kind("layaway_payment", 1, "20.00")], vec![tender("cash", "20.00", "0")]),
         &["Dr tender_clearing        cash                20.00",
           "Cr layaway_deposit                            20.00"],
         &[]),
        ("a layaway completed: the deposit is applied, the rest is paid, the goods go",
         ticket(vec![with_taxes(vec![tax("IVA16", "6.60")], line(1, "1", "1", "80.00"))],
                vec![Tender { stored_value: applied("layaway"), ..tender("account", "30.00", "0") }, card("56.60")]),
         &["Dr tender_clearing        card/visa           56.60",
           "Cr sales                  grocery             80.00",
           "Dr layaway_deposit                            30.00",
           "Cr tax_payable            IVA16                6.60"],
         &["1 -1.00"]),
        ("a layaway given up: a fee is kept, the rest given back",
         promised("sale", vec![of_kind("layaway_payment", 1, "-30.00"), of_kind("fee", 2, "5.00")],
                  vec![tender("cash", "-25.00", "0")]),
         &["Cr tender_clearing        cash                25.00",
           "Cr sales                  fee                  5.00",
           "Dr layaway_deposit                            30.00"],
         &[]),
        ("a deposit on an order, where the tax is due when it is collected: 116.00 received",
         promised("customer_order", vec![deposit("order_deposit", 1, "116.00", "16.00")],
                  vec![tender("cash", "116.00", "0")]),
         &["Dr tender_clearing        cash               116.00",
           "Cr customer_deposit                          100.00",
           "Cr tax_payable            IVA16               16.00"],
         &[]),
        ("the order completed: the tax of the deposit is not due twice",
         ticket(vec![with_taxes(vec![contained("IVA16", "32.00")], line(1, "1", "1", "232.00")),
                     deposit("deposit_payment", 2, "-116.00", "-16.00")],
                vec![card("116.00")]),
         &["Dr tender_clearing        card/visa          116.00",
           "Cr sales                  grocery            200.00",
           "Dr customer_deposit                          100.00",
           "Cr tax_payable            IVA16               16.00"],
         &["1 -1.00"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn money_that_moves_without_a_sale() {
    let moved = |kind: &str, reason: Option<&str>, tenders: Vec<Tender>| Transaction {
        kind: kind.into(), reason: reason.map(Into::into), ..ticket(vec![], tenders)
    };
    let report = |counted: &str, tenders: &[(&str, &str, Option<&str>)]| {
        let total = |(kind, taken, declared): &(&str, &str, Option<&str>)| TenderTotal {
            kind: (*kind).into(), amount: amount(taken), declared: declared.map(amount), ..TenderTotal::default()
        };
        let totals = TillTotals {
            scope: "till".into(), opening_cash: Some(amount("200.00")), declared_cash: Some(amount(counted)),
            paid_out: Some(amount("12.50")), tenders: tenders.iter().map(total).collect(), ..TillTotals::default()
        };
        Transaction { till_totals: Some(totals), ..moved("till_totals", None, vec![]) }
    };
    check(vec![
        ("paid out for postage",
         moved("paid_out", Some("postage"), vec![tender("cash", "-12.50", "0")]),
         &["Cr tender_clearing        cash                12.50",
           "Dr paid_out               postage             12.50"],
         &[]),
        ("paid in, for a reason the till did not ask for",
         moved("paid_in", None, vec![tender("cash", "30.00", "0")]),
         &["Dr tender_clearing        cash                30.00",
           "Cr paid_in                                    30.00"],
         &[]),
        ("a float out of the safe",
         moved("loan", Some("morning"), vec![tender("cash", "200.00", "0")]),
         &["Dr tender_clearing        cash               200.00",
           "Cr safe                   cash               200.00"],
         &[]),
        ("cash and checks into the safe",
         moved("safe_drop", None, vec![tender("cash", "-500.00", "0"), tender("check", "-45.00", "0")]),
         &["Cr tender_clearing        cash               500.00",
           "Cr tender_clearing        check               45.00",
           "Dr safe                   cash               500.00",
           "Dr safe                   check               45.00"],
         &[]),
        ("short by 0.75: 260.00 in the drawer for 200.00 + 73.25 - 12.50",
         report("260.00", &[("cash", "73.25", None), ("card", "44.89", None)]),
         &["Cr tender_clearing        cash                 0.75",
           "Dr over_short             cash                 0.75"],
         &[]),
        ("over by 5.00, and a check of 45.00 is missing",
         report("265.75", &[("cash", "73.25", None), ("check", "90.00", Some("45.00"))]),
         &["Dr tender_clearing        cash                 5.00",
           "Cr tender_clearing        check               45.00",
           "Cr over_short             cash                 5.00",
           "Dr over_short             check               45.00"],
         &[]),
        ("a drawer that is right",
         report("260.75", &[("cash", "73.25", None), ("check", "45.00", Some("45.00"))]),
         &[],
         &[]),
        ("picked up",
         moved("pickup", None, vec![tender("cash", "-80.00", "0")]),
         &["Cr tender_clearing        cash                80.00",
           "Dr safe                   cash                80.00"],
         &[]),
    ]);
}

prop_compose! {
    /// A taxed line: gross in cents, discounts of it in per mille, and a tax inside the rest.
    pub(super) fn taxed_line()(
        gross in 0_i64..1_000_000,
        parts in proptest::collection::vec(0_i64..500, 0..3),
        rate in 0_i64..30,
    ) -> (Amount, Vec<Amount>, Amount) {
        let cents = |cents: i64| Amount::try_from(Decimal::new(cents, 2)).unwrap();
        let discounts: Vec<i64> = parts.iter().map(|part| gross * part / 1_000 / 2).collect();
        let net = gross - discounts.iter().sum::<i64>();
        let inside = net - net * 100 / (100 + rate);
        (cents(gross), discounts.into_iter().map(cents).collect(), cents(inside))
    }
}

proptest! {
    /// Whatever taxes are inside, on the line or on the ticket: revenue less discounts is what was paid less
    /// tax, to the cent, and the journal balances.
    #[test]
    fn tax_is_taken_out_exactly(lines in proptest::collection::vec(taxed_line(), 1..8), on_ticket in any::<bool>()) {
        let mut transaction = ticket(Vec::new(), Vec::new());
        let (mut paid, mut collected) = (Decimal::ZERO, Decimal::ZERO);
        for (number, (gross, discounts, inside)) in (1..).zip(&lines) {
            let mut each = line(number, "1", "1", &gross.to_string());
            each.discounts = discounts.iter().map(|off| Discount { amount: *off, ..discount("promotion",
                   "0") }).collect();
            paid += gross.decimal() - discounts.iter().map(|off| off.decimal()).sum::<Decimal>();
            collected += inside.decimal();
            if !on_ticket {
                each.taxes = vec![Tax { amount: *inside, ..contained("IVA16", "0") }];
            }
            transaction.lines.push(each);
        }
        if on_ticket {
            transaction.taxes = vec![contained("IVA16", &collected.to_string())];
        }
        transaction.tenders = vec![tender("cash", &paid.to_string(), "0")];
        let explained = Explained::check(transaction, &store(), &items()).unwrap();
        let (sale, _) = explained.enrich(&store(), &Stores::default(), Bucket::default());
        let revenue: Decimal = sale.lines.iter().map(|line| line.amount.decimal()).sum();
        let off: Decimal = sale.lines.iter().flat_map(|line| &line.discounts).map(|each| each.amount.decimal()).sum();
        prop_assert_eq!(revenue - off, paid - collected);
        prop_assert!(Totals::default().add(&of_sale(&sale).unwrap()).is_ok());
        for (line, (gross, discounts, _)) in sale.lines.iter().zip(&lines) {
            prop_assert!(line.amount <= *gross, "revenue is no more than the price");
            for (booked, stated) in line.discounts.iter().zip(discounts) {
                prop_assert!(booked.amount <= *stated && !booked.amount.is_negative());
            }
        }
    }
}
