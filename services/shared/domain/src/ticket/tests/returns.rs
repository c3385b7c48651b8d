//! What is taken back, and what is promised: which tickets are taken, and why others are not.

use super::*;

fn inside(collected: &str) -> Tax {
    Tax { included: true, ..tax("IVA16", collected) }
}

/// A return of the first line of the sale, with its discount, paid back in cash.
fn taken_back() -> Transaction {
    let mut back = line(1, "1", "-2", "-39.98");
    back.kind = "return".into();
    back.original = Some(Link { line: Some(1), ..link() }.into());
    Transaction {
        kind: "return".into(),
        lines: vec![back],
        tenders: vec![tender("cash", "-39.98", "0")],
        total: None,
        ..sale()
    }
}

/// It is exchanged for goods of 50.00.
fn exchanged() -> Transaction {
    let mut exchanged = Transaction { kind: "exchange".into(), ..taken_back() };
    exchanged.lines.push(line(2, "2", "1", "50.00"));
    exchanged.tenders = vec![tender("cash", "10.02", "0")];
    exchanged
}

#[test]
fn what_takes_back_is_negative() {
    type Change = fn(&mut Transaction);
    let cases: [(&str, Change, &[&str]); 24] = [
        ("with the ticket it refers to", |t| t.links = vec![link()], &[]),
        ("without one", |t| t.lines[0].original = None, &[]),
        ("on a sale", |t| t.kind = "sale".into(), &[]),
        (
            "as an exchange",
            |t| (t.kind, t.links) = ("exchange".into(), vec![Link { kind: "exchange_of".into(), ..link() }]),
            &[],
        ),
        ("damaged", |t| t.lines[0].disposition = Some("damaged".into()), &[]),
        ("money only", |t| t.lines[0].quantity = quantity("0"), &[]),
        (
            "in a state nobody knows",
            |t| t.lines[0].disposition = Some("eaten".into()),
            &["unknown_word lines[0].disposition"],
        ),
        ("with a plus", |t| t.lines[0].quantity = quantity("2"), &["return_above_zero lines[0].quantity"]),
        (
            "with money to pay",
            |t| (t.lines[0].amount, t.tenders[0].amount) = (amount("39.98"), amount("39.98")),
            &["return_above_zero lines[0].amount"],
        ),
        ("of no item", |t| t.lines[0].item = None, &["item_missing lines[0].item"]),
        (
            "of another store",
            |t| (t.links, t.lines[0].original) = (vec![Link { store: "102".into(), ..link() }], None),
            &[],
        ),
        (
            "of another store's line",
            |t| t.lines[0].original = Some(Link { store: "102".into(), ..link() }.into()),
            &[],
        ),
        ("a copy", |t| t.links = vec![Link { kind: "copy_of".into(), ..link() }], &["misplaced links[0]"]),
        (
            "in the header only",
            |t| (t.lines[0].kind, t.lines[0].original) = ("sale".into(), None),
            &["nothing_returned lines[0].kind", "misplaced lines[0].quantity"],
        ),
        ("nothing", |t| (t.lines, t.tenders) = (vec![], vec![]), &["nothing_returned lines"]),
        (
            "goods sold beside",
            |t| {
                t.lines.push(line(2, "2", "1", "10.00"));
                t.tenders[0].amount = amount("-29.98");
            },
            &["nothing_returned lines[1].kind"],
        ),
        ("tax inside, of the whole ticket", |t| t.taxes = vec![inside("-5.51")], &[]),
        (
            "of goods sold beside, too: nobody can tell what of it is whose",
            |t| (*t, t.taxes) = (exchanged(), vec![inside("1.38")]),
            &["misplaced taxes"],
        ),
        (
            "where its rate makes it of both prices",
            |t| {
                *t = exchanged();
                t.taxes = vec![Tax {
                    rate: Some("0.16".parse().unwrap()),
                    base: Some(amount("8.64")),
                    ..inside("1.38")
                }];
            },
            &[],
        ),
        (
            "where the rate does, and not of its base",
            |t| {
                *t = exchanged();
                t.taxes = vec![Tax {
                    rate: Some("0.16".parse().unwrap()),
                    base: Some(amount("8.65")),
                    ..inside("1.38")
                }];
            },
            &["misplaced taxes"],
        ),
        (
            "where it does not",
            |t| {
                *t = exchanged();
                t.taxes = vec![Tax { rate: Some("0.15".parse().unwrap()), ..inside("1.38") }];
            },
            &["misplaced taxes"],
        ),
        (
            "where two of them come to nothing",
            |t| t.taxes = vec![inside("5.51"), inside("-5.51")],
            &["misplaced taxes"],
        ),
        ("of the wrong sign", |t| t.taxes = vec![inside("5.51")], &["misplaced taxes"]),
        ("of more than the prices", |t| t.taxes = vec![inside("-39.99")], &["misplaced taxes"]),
    ];
    for (name, change, expected) in cases {
        let mut transaction = taken_back();
        change(&mut transaction);
        assert_eq!(reasons(transaction, &store()), expected, "{name}");
    }
}

#[test]
fn a_promise_keeps_goods_and_takes_deposits() {
    let promised = |lines: Vec<Line>| Transaction {
        kind: "layaway".into(),
        links: vec![Link { kind: "layaway".into(), ..link() }],
        lines,
        tenders: vec![tender("cash", "10.00", "0")],
        total: None,
        ..sale()
    };
    let of = |program: &str, issuer: Option<&str>| {
        let issuer = issuer.map(Into::into);
        Some(StoredValue { program: program.into(), issuer, ..StoredValue::default() })
    };
    let deposit = Line {
        kind: "layaway_payment".into(),
        item: None,
        stored_value: of("layaway", None).map(Into::into),
        original: Some(Link { kind: "layaway".into(), ..link() }.into()),
        ..line(1, "", "1", "10.00")
    };
    for (account, expected) in [
        (None, &[][..]),
        (of("deposit", None), &["unknown_word lines[0].stored_value.program"]),
        (of("layaway", Some("another")), &["misplaced lines[0].stored_value.issuer"]),
    ] {
        let other = Line { stored_value: account.map(Into::into), ..deposit.clone() };
        assert_eq!(reasons(promised(vec![other]), &store()), expected);
    }
    assert_eq!(reasons(promised(vec![deposit.clone()]), &store()), [""; 0]);
    let paid = Transaction { links: vec![], ..promised(vec![line(1, "1", "1", "10.00")]) };
    assert_eq!(reasons(paid, &store()), ["out_of_balance tenders"], "their price is not owed yet");
    let goods = Line { fulfilment: Some("pickup".into()), ..line(2, "1", "1", "80.00") };
    let again = promised(vec![deposit.clone(), goods.clone()]);
    assert_eq!(reasons(again, &store()), ["misplaced lines[1].quantity"], "they were kept with the first");
    let first = Line { original: None, ..deposit.clone() };
    let kept = Transaction { links: vec![], ..promised(vec![first, goods]) };
    assert_eq!(reasons(kept.clone(), &store()), [""; 0]);
    let on_a_sale = Transaction { kind: "sale".into(), links: vec![], ..kept.clone() };
    assert_eq!(reasons(on_a_sale, &store()), ["out_of_balance tenders"]);
    for kind in ["return", "commission_sale"] {
        let mut other = kept.clone();
        other.lines[1] = Line { kind: kind.into(), fulfilment: None, ..line(2, "1", "0", "0") };
        assert_eq!(reasons(other, &store()), ["misplaced lines[1].kind"], "{kind}");
    }
    type Change = fn(&mut Transaction);
    let cases: [(Change, &str); 5] = [
        (|t| t.lines[1].amount = amount("-80.00"), "wrong_sign lines[1].amount"),
        (|t| t.lines[1].quantity = quantity("-1"), "wrong_sign lines[1].amount"),
        (|t| t.lines[1].disposition = Some("damaged".into()), "misplaced lines[1].disposition"),
        (
            |t| t.lines[1].original = Some(Link { kind: "layaway".into(), ..link() }.into()),
            "misplaced lines[1].quantity",
        ),
        (|t| t.taxes = vec![Tax { included: true, ..tax("IVA16", "1.00") }], "misplaced taxes"),
    ];
    for (change, expected) in cases {
        let mut changed = kept.clone();
        change(&mut changed);
        assert_eq!(reasons(changed, &store()), [expected]);
    }
    let reserve = Line { kind: "reserve".into(), ..line(1, "1", "1", "0") };
    let nothing = Transaction { lines: vec![reserve], tenders: vec![], total: None, ..sale() };
    assert_eq!(reasons(nothing, &store()), ["misplaced lines[0].kind"]);
    let beyond = Transaction { lines: vec![kept.lines[0].clone(), line(2, "1", "2000000", "1.005")], ..kept };
    let form = ["wrong_scale lines[1].amount", "quantity_out_of_range lines[1].quantity"];
    let mut found = reasons(beyond, &store());
    found.sort();
    assert_eq!(found, [form[1], form[0]], "what is not owed yet has its form all the same");
    let mut elsewhere = promised(vec![deposit]);
    elsewhere.links[0].store = "102".into();
    assert_eq!(reasons(elsewhere, &store()), ["misplaced links[0].store"]);
    let fee = promised(vec![
        Line { kind: "layaway_payment".into(), item: None, ..line(1, "", "1", "5.00") },
        Line { kind: "fee".into(), item: None, ..line(2, "", "1", "5.00") },
    ]);
    assert_eq!(reasons(fee, &store()), [""; 0]);
    let on_account = Transaction { tenders: vec![tender("account", "44.40", "0")], ..sale() };
    assert_eq!(reasons(on_account, &store()), [""; 0]);
}

#[test]
fn work_fees_and_balances_are_given_back_on_a_return_only() {
    for kind in ["service", "fee", "gift_card_sale", "commission_sale", "donation"] {
        let mut given_back = taken_back();
        (given_back.lines[0].kind, given_back.lines[0].original) = (kind.into(), None);
        assert_eq!(reasons(given_back.clone(), &store()), [""; 0], "{kind}");
        let plus = Line { amount: given_back.lines[0].amount.negated(), ..given_back.lines[0].clone() };
        let tenders = vec![tender("cash", "39.98", "0")];
        let plus = Transaction { lines: vec![plus], tenders, ..given_back.clone() };
        assert_eq!(reasons(plus, &store()), ["return_above_zero lines[0].amount"], "{kind}");
        given_back.kind = "sale".into();
        assert_eq!(reasons(given_back, &store()), ["misplaced lines[0].quantity"], "{kind}");
    }
}

/// What a whole ticket states of tax inside is not shared out between goods and a deposit on others.
#[test]
fn a_deposit_beside_goods_has_its_tax_on_the_line() {
    let inside = Tax { included: true, ..tax("IVA16", "16.00") };
    let paid = Line { kind: "layaway_payment".into(), item: None, ..line(2, "", "1", "20.00") };
    let beside = Transaction {
        lines: vec![line(1, "1", "1", "116.00"), paid.clone()],
        tenders: vec![tender("cash", "136.00", "0")],
        taxes: vec![inside.clone()],
        total: None,
        ..sale()
    };
    assert_eq!(reasons(beside.clone(), &store()), ["misplaced taxes"]);
    let mut stated = Transaction { taxes: vec![], ..beside };
    stated.lines[0].taxes = vec![inside];
    assert_eq!(reasons(stated, &store()), [""; 0]);
}
