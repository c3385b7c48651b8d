//! Reads the real data set and finds every total that is published about it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::time::Instant;

use tillstream::cache::Cache;
use tillstream::completejourney::{Dataset, Line, Product, fetch};
use tillstream::statement::expected::{ControlTotals, Counted, Expected, Role};

#[test]
fn the_data_set_has_its_published_totals() {
    let directory = fetch::fetch(&Cache::from_environment(), &tell).unwrap();
    let before = Instant::now();
    let dataset = Dataset::read(&directory).unwrap();
    tell(&format!("read after {:?}", before.elapsed()));

    let lines = dataset.lines();
    assert_eq!(lines.len(), 1_469_307);
    assert_eq!(dataset.baskets().count(), 155_848);
    assert_eq!(dataset.products().len(), 92_331);
    assert_eq!(distinct(lines, |line| line.store_id), 457);
    assert_eq!(distinct(lines, |line| line.household_id), 2_469);
    assert_eq!(distinct(lines, |line| line.product_id), 68_509);
    assert_eq!(lines.iter().map(|line| line.quantity).sum::<i64>(), 152_923_108);
    assert_eq!(lines.iter().filter(|line| line.quantity == 0).count(), 8_869);
    let gasoline = |product: &&Product| product.product_type.as_deref() == Some("GASOLINE-REG UNLEADED");
    let gasoline = dataset.products().iter().filter(gasoline).map(|product| product.product_id);
    let gasoline: BTreeSet<u32> = gasoline.collect();
    let (fuel, goods): (Vec<_>, Vec<_>) = lines.iter().partition(|line| gasoline.contains(&line.product_id));
    assert_eq!((fuel.len(), goods.len()), (14_697, 1_454_610));
    assert_eq!(goods.iter().map(|line| line.quantity).sum::<i64>(), 1_902_528);
    assert_eq!(dataset.baskets().map(<[Line]>::len).max(), Some(161));
    // 2017-01-01 06:53:26 and 2017-12-31 23:01:20 in New York.
    assert_eq!(lines.first().map(|line| line.timestamp_utc_seconds), Some(1_483_271_606));
    assert_eq!(lines.last().map(|line| line.timestamp_utc_seconds), Some(1_514_779_280));
    let gaps = |gap: fn(&Product) -> bool| dataset.products().iter().filter(|product| gap(product)).count();
    assert_eq!(gaps(|product| product.category.is_none()), 540);
    assert_eq!(gaps(|product| product.product_type.is_none()), 528);
    assert_eq!(gaps(|product| product.package_size.is_none()), 30_586);

    let before = Instant::now();
    let expected = Expected::compute(dataset.baskets(), dataset.products()).unwrap();
    tell(&format!("statement computed after {:?}", before.elapsed()));
    check_statement(&expected);
}

fn check_statement(expected: &Expected) {
    assert_eq!((expected.lines, expected.baskets), (1_469_307, 155_848));
    assert_eq!(expected.store_days.len(), 38_410);
    assert_eq!(expected.by_store().len(), 457);
    assert_eq!(expected.by_business_date().len(), 364, "every day of 2017 but Christmas");
    let control = ControlTotals {
        sales_cents: 459_603_958,
        retail_discount_cents: 79_165_064,
        coupon_cents: 2_635_990,
        coupon_match_cents: 454_265,
        gross_cents: 539_223_287,
    };
    assert_eq!(expected.control, control);
    assert_eq!(expected.gift_cards, Counted { count: 402, cents: 1_262_415 });
    assert_eq!(expected.unknown_products, Counted { count: 4_836, cents: 17_257 });
    assert_eq!(expected.unknown_product_ids.len(), 17);
    assert_eq!(expected.cash_paid_out, Counted { count: 19, cents: 2_658 });
    assert_eq!(expected.fuel_lines_without_volume, 1_188);

    let total = expected.total();
    let roles = [
        (Role::Tender, 459_603_958 - 2_635_990),
        (Role::CouponReceivable, 2_635_990),
        (Role::Discount, 79_165_064 + 454_265),
        (Role::Sales, 539_223_287 - 1_262_415),
        (Role::GiftCardLiability, 1_262_415),
    ];
    for (role, cents) in roles {
        assert_eq!(total.of(role), cents, "{role:?}");
        let stores: i64 = expected.by_store().values().map(|books| books.of(role)).sum();
        let dates: i64 = expected.by_business_date().values().map(|books| books.of(role)).sum();
        assert_eq!((stores, dates), (cents, cents), "{role:?}");
    }
    // Counted by another program: pieces less the 529 of rung-up coupons, and fuel with a volume.
    assert_eq!(total.pieces, 1_902_077 - 529);
    assert_eq!(total.fuel_gallon_thousandths, 151_019_008);
    assert!(
        expected.store_days.values().all(|books| books.difference_cents() == 0),
        "every store-day balances"
    );
}

fn distinct<V: Ord>(lines: &[Line], value: impl Fn(&Line) -> V) -> usize {
    lines.iter().map(value).collect::<BTreeSet<V>>().len()
}

#[allow(clippy::print_stdout, reason = "the times are of interest when the test is run by hand")]
fn tell(line: &str) {
    println!("{line}");
}
