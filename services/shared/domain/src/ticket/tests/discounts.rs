//! Discounts of a whole ticket that cannot be shared out, and what is asked of those that can.

use super::*;
use crate::record::pos::Discount;

/// A promotion on the lines of these numbers; on all goods without any.
fn off(amount: &str, lines: &[i32]) -> Discount {
    Discount { lines: lines.to_vec(), ..discount("promotion", amount) }
}

/// Two goods of 10.00, a voided one, and a fee of 5.00 that no discount is meant for by itself.
fn basket(discounts: Vec<Discount>, paid: &str) -> Transaction {
    Transaction {
        total: Some(amount(paid)),
        lines: vec![
            line(1, "1", "1", "10.00"),
            line(2, "2", "1", "10.00"),
            Line { voided: true, ..line(3, "2", "1", "10.00") },
            Line { kind: "fee".into(), item: None, ..line(4, "1", "1", "5.00") },
        ],
        discounts,
        tenders: vec![tender("cash", paid, "0")],
        ..sale()
    }
}

#[test]
fn a_discount_that_cannot_be_shared_out_is_refused() {
    let free = |mut basket: Transaction| {
        basket.lines.iter_mut().for_each(|line| line.amount = Amount::ZERO);
        basket
    };
    for (name, transaction, expected) in [
        ("all goods", basket(vec![off("3.00", &[])], "22.00"), &[][..]),
        ("what is no goods, by its number", basket(vec![off("3.00", &[2, 4])], "22.00"), &[]),
        ("nothing off", basket(vec![off("0.00", &[])], "25.00"), &[]),
        (
            "nothing off what is not there",
            basket(vec![off("0.00", &[9])], "25.00"),
            &["misplaced discounts[0].lines"],
        ),
        (
            "a line that is not there",
            basket(vec![off("3.00", &[1, 9])], "22.00"),
            &["misplaced discounts[0].lines"],
        ),
        ("a voided line", basket(vec![off("3.00", &[3])], "22.00"), &["misplaced discounts[0].lines"]),
        ("a line twice", basket(vec![off("3.00", &[1, 1])], "22.00"), &["misplaced discounts[0].lines"]),
        ("the wrong sign", basket(vec![off("-3.00", &[])], "28.00"), &["misplaced discounts[0]"]),
        ("no price", free(basket(vec![off("3.00", &[])], "-3.00")), &["misplaced discounts[0]"]),
        (
            "no price left",
            basket(vec![off("20.00", &[]), off("3.00", &[1]), off("1.00", &[4])], "1.00"),
            &["misplaced discounts[1]"],
        ),
        (
            "not what was paid",
            basket(vec![off("3.00", &[])], "25.00"),
            &["out_of_balance tenders", "total_differs total"],
        ),
        (
            "parts of a cent",
            basket(vec![off("3.001", &[])], "21.999"),
            &["wrong_scale total", "wrong_scale tenders[0].amount", "wrong_scale discounts[0].amount"],
        ),
        (
            "no kind",
            basket(vec![Discount { kind: "".into(), ..off("3.00", &[]) }], "22.00"),
            &["text_empty discounts[0].kind"],
        ),
        ("too many", basket(vec![off("0.10", &[]); 51], "19.90"), &["too_many discounts"]),
        (
            "lines of a discount of a line",
            {
                let mut basket = basket(Vec::new(), "22.00");
                basket.lines[0].discounts = vec![off("3.00", &[1])];
                basket
            },
            &["misplaced lines[0].discounts[0].lines"],
        ),
        (
            "beside movements of cash",
            Transaction {
                discounts: vec![off("3.00", &[])],
                lines: Vec::new(),
                total: None,
                tenders: vec![tender("cash", "5.00", "0")],
                kind: "paid_in".into(),
                ..sale()
            },
            &["cash_movement discounts"],
        ),
        (
            "on a control record",
            Transaction { discounts: vec![off("3.00", &[])], ..control("no_sale") },
            &["money_on_control discounts"],
        ),
        (
            "on a ticket that was given up",
            Transaction {
                kind: "cancelled".into(),
                tenders: Vec::new(),
                ..basket(vec![off("3.00", &[9])], "22.00")
            },
            &[],
        ),
    ] {
        assert_eq!(reasons(transaction, &store()), expected, "{name}");
    }
}

/// A ticket within all other limits could else come to more than a record of the next topic may hold.
#[test]
fn the_shares_of_a_ticket_are_limited() {
    let of = |lines: i32, discounts: usize| Transaction {
        total: None,
        lines: (1..=lines).map(|number| line(number, "1", "1", "1.00")).collect(),
        discounts: vec![off("0.01", &[]); discounts],
        ..sale()
    };
    let mut most = of(500, 10);
    most.tenders = vec![tender("cash", "499.90", "0")];
    assert_eq!(reasons(most, &store()), [""; 0]);
    let mut more = of(500, 11);
    more.tenders = vec![tender("cash", "499.89", "0")];
    assert_eq!(reasons(more, &store()), ["too_many discounts[10]"]);
    // The longest code, in a script of three bytes, is repeated for each line.
    for (lines, expected) in [(300, &[][..]), (400, &["too_many discounts[0]"][..])] {
        let mut coded = of(lines, 1);
        coded.discounts[0].code = Some("割".repeat(255).into());
        coded.tenders = vec![tender("cash", &format!("{}.99", lines - 1), "0")];
        assert_eq!(reasons(coded, &store()), expected, "{lines} lines");
    }
}

/// What a void repeats is turned around whole, the discounts of the ticket, too.
#[test]
fn a_void_has_the_opposite_sign() {
    let sold = basket(vec![off("3.00", &[1, 2])], "22.00");
    let turned = mirrored(&sold);
    assert_eq!(turned.discounts[0].amount, amount("-3.00"));
    let link = Link {
        kind: "void_of".into(),
        store: "101".into(),
        register: sold.register.clone(),
        business_date: sold.business_date,
        sequence: 1,
        ..Link::default()
    };
    let void = |basket: &Transaction| Transaction {
        kind: "post_void".into(),
        links: vec![link.clone()],
        ..basket.clone()
    };
    assert_eq!(reasons(void(&turned), &store()), [""; 0]);
    assert_eq!(reasons(void(&sold), &store()), ["wrong_sign lines"]);
    let half = Transaction { discounts: sold.discounts.clone(), ..turned };
    assert!(reasons(void(&half), &store()).contains(&"misplaced discounts[0]".to_owned()));
}
