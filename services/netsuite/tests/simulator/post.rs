//! Documents that go through, and those that are refused before or by NetSuite.

use domain::record::inventory::{Adjustment, AdjustmentLine};
use domain::record::journal::JournalEntry;
use netsuite::client::Client;
use netsuite::lookup::{self, Double, Held};
use netsuite::outcome::{Class, Patterns, Verdict};
use netsuite::request::{self, Create, Problem};
use netsuite_sim::{Account, Config, Fault, Item, Rule, State, Table, Tracking};

use crate::support::{adjustment, answered, ask, client, in_time, journal, simulator};

async fn post(client: &Client, create: &Create) -> Verdict {
    Patterns::default().verdict(&answered(client.create(create, in_time()).await))
}

#[tokio::test]
async fn a_journal_arrives_with_every_amount() {
    let (simulator, document) = (simulator(Config::default()), journal("JE_12_1"));
    let client = client(&simulator);
    let verdict = post(&client, &request::journal(&document).unwrap()).await;
    let held = &simulator.transactions()[0];
    assert_eq!(verdict, Verdict::Posted { netsuite_id: held.id.to_string() });
    assert_eq!(held.document.external_id.as_deref(), Some("JE_12_1"));
    assert_eq!(held.document.date.to_string(), "2026-01-15");
    assert_eq!(held.document.memo.as_deref(), Some("store 12, \"first\" close"));
    let id = held.id.to_string();
    let page = lookup::read_journal_totals(&ask(&client, &lookup::journal_totals(&[&id])).await).unwrap();
    assert_eq!(lookup::totals_of(&id, &page.rows), lookup::expected_of_journal(&document));
}

/// A subsidiary that keeps its books in pesos, in two books, sells for dollars at 17.2345.
#[tokio::test]
async fn a_journal_in_another_currency_is_recognised() {
    let account: Account = serde_json::from_value(serde_json::json!({
        "subsidiaries": { "rows": [{ "id": 1, "name": "Tiendas", "currency": 2 }] },
        "currencies": { "rows": [
            { "id": 1, "symbol": "USD", "decimals": 2, "rate": "17.2345" },
            { "id": 2, "symbol": "MXN", "decimals": 2 },
        ] },
        "secondary_book": true,
    }))
    .unwrap();
    let (simulator, document) = (simulator(Config { account, ..Config::default() }), journal("JE_12_1"));
    let client = client(&simulator);
    assert!(matches!(post(&client, &request::journal(&document).unwrap()).await, Verdict::Posted { .. }));
    let held = &simulator.transactions()[0];
    assert_eq!(held.document.base.of(held.document.lines[0].amount()).to_string(), "1725.17");
    let id = held.id.to_string();
    let page = lookup::read_journal_totals(&ask(&client, &lookup::journal_totals(&[&id])).await).unwrap();
    assert_eq!(lookup::totals_of(&id, &page.rows), lookup::expected_of_journal(&document));
}

#[tokio::test]
async fn an_adjustment_arrives_with_every_quantity() {
    let (simulator, document) = (simulator(Config::default()), adjustment("IA_12_1"));
    let client = client(&simulator);
    assert!(matches!(post(&client, &request::adjustment(&document).unwrap()).await, Verdict::Posted { .. }));
    let held = &simulator.transactions()[0];
    assert!(held.document.lines.iter().all(|line| line.class == Some(4)));
    let id = held.id.to_string();
    let answer = ask(&client, &lookup::adjustment_totals(&[&id])).await;
    let page = lookup::read_adjustment_totals(&answer).unwrap();
    assert_eq!(lookup::totals_of(&id, &page.rows), lookup::expected_of_adjustment(&document));
}

/// NetSuite values what comes in by the unit cost it is told; the rest of it stays NetSuite's to say.
#[tokio::test]
async fn an_adjustment_states_what_its_goods_cost_in_the_money_of_its_subsidiary() {
    let line = |quantity: &str, cost: Option<(&str, &str)>| AdjustmentLine {
        quantity: quantity.parse().unwrap(),
        unit_cost: cost.map(|(unit_cost, _)| unit_cost.parse().unwrap()),
        cost_currency: cost.map(|(_, currency)| currency.to_owned()),
        ..adjustment("").lines[0].clone()
    };
    let cases = [
        ("stated", line("2", Some(("4.105", "USD"))), Some("USD"), Some("4.105")),
        ("nothing", line("2", Some(("0", "USD"))), Some("USD"), Some("0")),
        ("not known", line("2", None), Some("USD"), None),
        ("in another currency", line("2", Some(("4.105", "CAD"))), Some("USD"), None),
        ("of a subsidiary whose currency is not known", line("2", Some(("4.105", "USD"))), None, None),
        ("not known, of such a subsidiary", line("2", None), None, None),
        ("taken out of stock", line("-2", Some(("4.105", "USD"))), Some("USD"), None),
    ];
    for (name, line, currency, expected) in cases {
        let currency = currency.map(str::to_owned);
        let document = Adjustment { currency, lines: vec![line], ..adjustment("IA_12_1") };
        let body: serde_json::Value =
            serde_json::from_str(&request::adjustment(&document).unwrap().body).unwrap();
        let sent = body["inventory"]["items"][0].get("unitCost").map(ToString::to_string);
        assert_eq!(sent.as_deref(), expected, "{name}");
    }
    // Two lines of one item are found as one quantity after an answer that was lost.
    let lines = vec![line("2", Some(("4.105", "USD"))), line("1", None), line("4", Some(("5", "USD")))];
    let document = Adjustment { currency: Some("USD".to_owned()), lines, ..adjustment("IA_12_1") };
    let simulator = simulator(Config::default());
    let client = client(&simulator);
    assert!(matches!(post(&client, &request::adjustment(&document).unwrap()).await, Verdict::Posted { .. }));
    let held = &simulator.transactions()[0];
    let costs: Vec<_> = held.document.lines[1..].iter().map(|line| line.unit_cost).collect();
    assert_eq!(costs, [Some("4.105".parse().unwrap()), None, Some("5".parse().unwrap())]);
    let id = held.id.to_string();
    let answer = ask(&client, &lookup::adjustment_totals(&[&id])).await;
    let page = lookup::read_adjustment_totals(&answer).unwrap();
    assert_eq!(page.rows.len(), 1);
    assert_eq!(lookup::totals_of(&id, &page.rows), lookup::expected_of_adjustment(&document));
}

#[tokio::test]
async fn what_is_held_is_found_by_external_id() {
    let simulator = simulator(Config::default());
    let client = client(&simulator);
    let Verdict::Posted { netsuite_id } = post(&client, &request::journal(&journal("JE_1")).unwrap()).await
    else {
        panic!("not posted");
    };
    let page = lookup::read_holders(&ask(&client, &lookup::holders(&["JE_1", "JE_2"])).await).unwrap();
    let held = Held { netsuite_id, external_id: "JE_1".to_owned(), kind: "Journal".to_owned() };
    assert_eq!((page.rows, page.more), (vec![held], lookup::More::No));
}

#[tokio::test]
async fn doubles_are_found_where_nothing_guards_against_them() {
    let simulator = simulator(Config::default());
    simulator.inject(Rule::new(Fault::DuplicateGuardOff));
    let client = client(&simulator);
    for id in ["JE_1", "JE_2", "JE_1"] {
        post(&client, &request::journal(&journal(id)).unwrap()).await;
    }
    let page = lookup::read_doubles(&ask(&client, &lookup::doubles()).await).unwrap();
    assert_eq!(page.rows, [Double { external_id: "JE_1".to_owned(), held: 2 }]);
}

#[tokio::test]
async fn netsuites_refusals_are_classed() {
    let item = |id, state| Item {
        id,
        name: format!("sku {id}"),
        display_name: String::new(),
        kind: "InvtPart".to_owned(),
        upc: None,
        asset_account: None,
        cost: None,
        tracking: Tracking::None,
        external_id: None,
        state,
    };
    let account = Account {
        items: Table::of(vec![item(1000, State::Active), item(1001, State::Inactive)]),
        ..Account::default()
    };
    let simulator = simulator(Config { account, ..Config::default() });
    simulator.inject(Rule::new(Fault::ClosedPeriod).prefix("JE_closed"));
    let client = client(&simulator);
    post(&client, &request::journal(&journal("JE_held")).unwrap()).await;
    let elsewhere = JournalEntry { subsidiary_netsuite_id: "9".to_owned(), ..journal("JE_9") };
    let cases = [
        (request::journal(&journal("JE_held")), Class::Duplicate),
        (request::journal(&journal("JE_closed")), Class::ClosedPeriod),
        (request::journal(&elsewhere), Class::MasterData),
        (request::adjustment(&adjustment("IA_1")), Class::MasterData),
    ];
    for (create, expected) in cases {
        let verdict = post(&client, &create.unwrap()).await;
        assert!(matches!(&verdict, Verdict::Refused { class, .. } if *class == expected), "{verdict:?}");
    }
}

/// Changes one thing in a good journal and expects exactly these reasons.
#[test]
fn a_journal_that_netsuite_would_refuse_is_not_sent() {
    type Change = fn(&mut JournalEntry);
    let cases: &[(Change, &[&str])] = &[
        (|one| one.id = "JE|1".to_owned(), &["document id `JE|1`"]),
        (|one| one.lines.clear(), &["no lines"]),
        (
            |one| one.lines[0].debit = Some("100.11".parse().unwrap()),
            &["debits of 100.3100 and credits of 100.3000"],
        ),
        (|one| one.lines[0].credit = one.lines[0].debit, &["line 1 must have either", "do not balance"]),
        (|one| one.lines[0].debit = None, &["line 1 must have either", "do not balance"]),
        (
            |one| one.lines[0].debit = Some("-100.10".parse().unwrap()),
            &["line 1 must have either", "do not balance"],
        ),
        (
            |one| one.currency = "JPY".to_owned(),
            &["line 1 has 100.10, which has more decimals than JPY", "line 2", "line 3"],
        ),
        (|one| one.currency = "XAU".to_owned(), &["XAU"]),
        (
            |one| {
                one.subsidiary_netsuite_id.clear();
                one.lines[1].account_netsuite_id.clear();
            },
            &["the subsidiary has no NetSuite id", "the account of line 2 has no NetSuite id"],
        ),
        (|one| one.lines = vec![one.lines[2].clone(); 1_001], &["1001 lines", "do not balance"]),
    ];
    for (change, expected) in cases {
        let mut document = journal("JE_1");
        change(&mut document);
        check(&request::journal(&document).unwrap_err(), expected);
    }
}

#[test]
fn an_adjustment_that_netsuite_would_refuse_is_not_sent() {
    type Change = fn(&mut Adjustment);
    let cases: &[(Change, &[&str])] = &[
        (|one| one.account_netsuite_id.clear(), &["the adjustment account has no NetSuite id"]),
        (|one| one.location_netsuite_id.clear(), &["location 12 has no NetSuite id"]),
        (|one| one.lines[1].netsuite_item.clear(), &["item 1001 of line 2 has no NetSuite id"]),
        (|one| one.lines[0].quantity = "0".parse().unwrap(), &["line 1 moves nothing"]),
        (|one| one.segment = Some("region:4".to_owned()), &["segment `region:4`"]),
        (|one| one.segment = Some("class:".to_owned()), &["segment `class:`"]),
    ];
    for (change, expected) in cases {
        let mut document = adjustment("IA_1");
        change(&mut document);
        check(&request::adjustment(&document).unwrap_err(), expected);
    }
}

fn check(problems: &[Problem], expected: &[&str]) {
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), expected.len(), "{shown:?}");
    for (problem, part) in shown.iter().zip(expected) {
        assert!(problem.contains(part), "{problem} does not say {part}");
    }
}

#[test]
fn the_body_is_the_documented_one() {
    let body = request::journal(&journal("JE_1")).unwrap().body;
    let expected = concat!(
        r#"{"externalId":"JE_1","subsidiary":{"id":"1"},"currency":{"id":"1"},"tranDate":"2026-01-15","#,
        r#""memo":"store 12, \"first\" close","line":{"items":["#,
        r#"{"account":{"id":"10"},"debit":100.1,"location":{"id":"100"}},"#,
        r#"{"account":{"id":"10"},"debit":0.2,"location":{"id":"100"}},"#,
        r#"{"account":{"id":"40"},"credit":100.3,"location":{"id":"100"}}]}}"#
    );
    assert_eq!(body, expected);
    let grouped = JournalEntry { group: Some("JE_12_20260115_0_1".to_owned()), ..journal("JE_1") };
    let memo = r#"store 12, \"first\" close"#;
    let with_group = format!("{memo}, group JE_12_20260115_0_1");
    assert_eq!(request::journal(&grouped).unwrap().body, expected.replace(memo, &with_group));
    let body = request::adjustment(&adjustment("IA_1")).unwrap().body;
    let expected = concat!(
        r#"{"externalId":"IA_1","subsidiary":{"id":"1"},"account":{"id":"50"},"adjLocation":{"id":"100"},"#,
        r#""class":{"id":"4"},"tranDate":"2026-01-15","memo":"12 sale version 1","inventory":{"items":["#,
        r#"{"item":{"id":"1000"},"location":{"id":"100"},"adjustQtyBy":-3,"class":{"id":"4"}},"#,
        r#"{"item":{"id":"1001"},"location":{"id":"100"},"adjustQtyBy":-0.125,"class":{"id":"4"}}]}}"#
    );
    assert_eq!(body, expected);
    let grouped = Adjustment { group: Some("JE_12_20260115_0_1".to_owned()), ..adjustment("IA_1") };
    let memo = "12 sale version 1";
    let with_group = format!("{memo}, group JE_12_20260115_0_1");
    assert_eq!(request::adjustment(&grouped).unwrap().body, expected.replace(memo, &with_group));
}
