//! Taxes of a whole ticket: which line bears what of them.

use super::*;
use crate::number::Rate;
use crate::ticket::taxes::shared;

fn rated(rate: &str, tax: Tax) -> Tax {
    Tax { rate: Some(rate.parse::<Rate>().unwrap()), ..tax }
}

fn inside(code: &str, collected: &str) -> Tax {
    Tax { included: true, ..tax(code, collected) }
}

fn exchange(lines: Vec<Line>, taxes: Vec<Tax>) -> Transaction {
    Transaction { kind: "exchange".into(), total: None, tenders: Vec::new(), lines, taxes, ..sale() }
}

/// Sold by another store where that is named.
fn back(number: i32, seller: &str, gross: &str) -> Line {
    let original = Link { store: seller.into(), ..link() };
    let original = (!seller.is_empty()).then(|| original.into());
    Line { kind: "return".into(), original, ..line(number, "1", "-1", gross) }
}

/// The taxes of each line by its number, with their bases, and those that stay with the ticket.
fn shared_out(transaction: &Transaction) -> String {
    let row = |at: &str, taxes: &[Tax]| {
        let tax = |tax: &Tax| {
            format!(
                "{at} {} {}{}",
                tax.code,
                tax.amount,
                tax.base.map_or(String::new(), |base| format!(" of {base}"))
            )
        };
        taxes.iter().map(tax).collect::<Vec<_>>()
    };
    let taxed = shared(transaction, &store());
    let read = taxed.as_ref().unwrap_or(transaction);
    let of_lines = read.lines.iter().flat_map(|line| row(&line.line.to_string(), &line.taxes));
    of_lines.chain(row("whole", &read.taxes)).collect::<Vec<_>>().join(", ")
}

#[test]
fn taxes_of_a_whole_ticket_in_a_table() {
    let tx = |collected: &str, base: &str| Tax {
        base: Some(amount(base)),
        ..rated("0.0825", tax("TX", collected))
    };
    let exempt =
        |line: Line| Line { taxes: vec![Tax { treatment: "exempt".into(), ..tax("PST", "0") }], ..line };
    let paid = |number, gross: &str| Line {
        kind: "layaway_payment".into(),
        item: None,
        ..line(number, "", if gross.starts_with('-') { "-1" } else { "1" }, gross)
    };
    #[rustfmt::skip]
    let cases = [
        ("a sale keeps them", exchange(vec![line(1, "1", "1", "10.00")], vec![tx("0.83", "10.00")]),
         "whole TX 0.83 of 10.00"),
        ("inside, by price, and no line bears more than its part",
         exchange(vec![back(1, "", "-10.00"), back(2, "", "-0.01")], vec![inside("IEPS8", "-0.74"), inside("IVA16", "-1.28")]),
         "1 IEPS8 -0.74, 1 IVA16 -1.28, 2 IEPS8 0.00, 2 IVA16 0.00"),
        ("a tie goes to the lower number, wherever it stands",
         exchange(vec![back(2, "", "-1.40"), back(1, "", "-1.40")], vec![inside("IVA16", "-0.39")]),
         "2 IVA16 -0.19, 1 IVA16 -0.20"),
        ("on top, by price, also of no rate", exchange(vec![back(1, "102", "-60.00"), back(2, "102", "-40.00")], vec![tax("TX", "-8.25")]),
         "1 TX -4.95, 2 TX -3.30"),
        ("of two sellers by rate", exchange(vec![back(1, "102", "-60.00"), back(2, "", "-40.00")], vec![tx("-8.25", "-100.00")]),
         "1 TX -4.95 of -60.00, 2 TX -3.30 of -40.00"),
        ("of no rate they cannot be told", exchange(vec![back(1, "102", "-60.00"), back(2, "", "-40.00")], vec![tax("TX", "-8.25")]),
         "whole TX -8.25"),
        ("nor of another base", exchange(vec![back(1, "102", "-60.00"), back(2, "", "-40.00")], vec![tx("-8.25", "-99.00")]),
         "whole TX -8.25 of -99.00"),
        ("what is exempt of one bears the other",
         exchange(vec![back(1, "102", "-14.50"), exempt(back(2, "", "-99.00"))],
                  vec![rated("0.05", tax("GST", "-5.68")), rated("0.07", tax("PST", "-1.02"))]),
         "1 GST -0.73, 1 PST -1.02, 2 PST 0.00, 2 GST -4.95"),
        ("goods of others bear what is on top",
         exchange(vec![back(1, "201", "-100.00"), Line { kind: "commission_sale".into(), ..line(2, "1", "1", "50.00") }],
                  vec![rated("0.0825", tax("TX", "-4.12"))]),
         "1 TX -8.25, 2 TX 4.13"),
        ("an even exchange", exchange(vec![back(1, "", "-116.00"), line(2, "2", "1", "116.00")], vec![rated("0.16", inside("IVA16", "0"))]),
         "1 IVA16 -16.00, 2 IVA16 16.00"),
        ("of two taxes inside an exchange nobody can tell",
         exchange(vec![back(1, "", "-12.53"), line(2, "2", "1", "25.06")], vec![rated("0.08", inside("IEPS8", "0.80")),
                                                                              rated("0.16", inside("IVA16", "1.73"))]),
         "whole IEPS8 0.80, whole IVA16 1.73"),
        ("a deposit is applied with its tax", exchange(vec![line(1, "2", "1", "232.00"), paid(2, "-116.00")],
                                                     vec![rated("0.16", inside("IVA16", "16.00"))]),
         "1 IVA16 32.00, 2 IVA16 -16.00"),
        ("or without any", exchange(vec![line(1, "2", "1", "232.00"), paid(2, "-116.00")],
                                    vec![rated("0.16", inside("IVA16", "32.00"))]),
         "1 IVA16 32.00"),
        ("a fee is kept with its tax", exchange(vec![Line { kind: "fee".into(), item: None, ..line(1, "", "1", "10.00") }, paid(2, "-50.00")],
                                                vec![tx("0.83", "10.00")]),
         "1 TX 0.83 of 10.00"),
        ("what costs nothing bears nothing", exchange(vec![back(1, "", "0.00"), back(2, "102", "-40.00")], vec![tx("-3.30", "-40.00")]),
         "2 TX -3.30 of -40.00"),
        ("on top of what is this store's own they stay", exchange(vec![back(1, "101", "-60.00"), line(2, "2", "1", "80.00")],
                                                                  vec![tx("1.65", "20.00")]),
         "whole TX 1.65 of 20.00"),
        ("what states its own tax has no part in another",
         exchange(vec![Line { taxes: vec![inside("IVA16", "-16.00")], ..back(1, "201", "-116.00") }, line(2, "2", "1", "50.00")],
                  vec![tx("4.13", "50.00")]),
         "1 IVA16 -16.00, 2 TX 4.13 of 50.00"),
        ("of the wrong sign it stays", exchange(vec![back(1, "102", "-40.00")], vec![tax("TX", "3.30")]), "whole TX 3.30"),
        ("and so do two that go both ways", exchange(vec![back(1, "", "-116.00")], vec![inside("IVA16", "16.00"), inside("IEPS8", "-16.00")]),
         "whole IVA16 16.00, whole IEPS8 -16.00"),
    ];
    for (name, transaction, expected) in cases {
        assert_eq!(shared_out(&transaction), expected, "{name}");
    }
}

/// A ticket within all other limits could else come to more than a record of the next topic may hold.
#[test]
fn the_taxes_that_lines_are_given_are_limited() {
    let lines = |count: i32| (1..=count).map(|number| back(number, "102", "-1.00")).collect::<Vec<_>>();
    let taxes = |count: usize| (0..count).map(|code| tax(&format!("T{code}"), "0")).collect::<Vec<_>>();
    for (lines, taxes, is_shared) in [
        (lines(100), taxes(26), true),
        (lines(102), taxes(26), false),
        (lines(1_000), taxes(2), true),
        (lines(1_000), taxes(3), false),
    ] {
        let taxed = shared(&exchange(lines, taxes), &store());
        assert_eq!(taxed.is_some(), is_shared);
    }
    // Beyond the limit no part of a tax is left on some lines, though others may bear it.
    let mut stating = exchange(lines(1_000), vec![rated("0.08", tax("A", "0")); 3]);
    stating.lines.iter_mut().for_each(|line| line.taxes = vec![tax("B", "0")]);
    assert!(shared(&stating, &store()).is_none());
    // What is not booked is not repeated for each line, however long it is: it is refused after.
    let long = Tax { exemption: Some("x".repeat(400_000).into()), ..tax("TX", "-1.00") };
    let taxed = shared(&exchange(lines(1_000), vec![long.clone()]), &store()).unwrap();
    assert!(taxed.lines.iter().all(|line| line.taxes[0].exemption.is_none()));
    assert!(shared(&exchange(lines(1_001), vec![long.clone()]), &store()).is_none());
    assert_eq!(reasons(exchange(lines(2), vec![long]), &store())[0], "text_too_long taxes[0].exemption");
}

proptest::proptest! {
    /// Whatever is shared out comes to what was stated, each tax and each base, on lines that can contain it.
    #[test]
    fn shares_come_to_what_was_stated(
        prices in proptest::collection::vec((-50_000_i64..50_000, 0_usize..3), 1..9),
        rate in 1_i64..250,
        is_inside in proptest::bool::ANY,
    ) {
        let amount = |units: i64| Amount::from_units(units).unwrap();
        let (mut lines, mut collected, mut base) = (Vec::new(), 0, 0);
        for (number, (cents, seller)) in (1..).zip(&prices) {
            let seller = ["", "102", "201"][*seller];
            let gross = amount(cents * 100).to_string();
            let each = if *cents < 0 { back(number, seller, &gross) } else { line(number, "2", "1", &gross) };
            // As a till rounds each line: half away from zero.
            let divisor = if is_inside { 1_000 + rate } else { 1_000 };
            let tax = (2 * cents.abs() * rate + divisor) / (2 * divisor) * cents.signum();
            (collected, base) = (collected + tax, base + cents - if is_inside { tax } else { 0 });
            lines.push(each);
        }
        let stated = Tax {
            rate: Some(Rate::from_units(rate * 1_000).unwrap()),
            base: Some(amount(base * 100)),
            included: is_inside,
            ..tax("IVA16", &amount(collected * 100).to_string())
        };
        let ticket = exchange(lines, vec![stated]);
        let is_back = |line: &Line| line.amount.is_negative() && (is_inside || line.original.is_some());
        let is_back = ticket.lines.iter().any(is_back);
        let taxed = shared(&ticket, &store());
        proptest::prop_assert_eq!(taxed.is_some(), is_back, "{:?}", ticket);
        let lines = taxed.map(|taxed| taxed.lines).unwrap_or_default();
        let taxes = lines.iter().flat_map(|line| &line.taxes);
        let sums = taxes.fold((0, 0), |(sum, base), tax| (sum + tax.amount.units(), base + tax.base.unwrap().units()));
        proptest::prop_assert_eq!(sums, if is_back { (collected * 100, base * 100) } else { (0, 0) });
        for line in &lines {
            for tax in &line.taxes {
                let exact = i128::from(line.amount.units()) * i128::from(rate);
                let divisor = if is_inside { 1_000 + i128::from(rate) } else { 1_000 };
                let off = exact - i128::from(tax.amount.units()) * divisor;
                // By price a line has its part of what all of them are rounded by.
                proptest::prop_assert!(off.abs() <= 100 * divisor * i128::try_from(prices.len()).unwrap(), "{} of {}", tax.amount, line.amount);
            }
        }
    }
}
