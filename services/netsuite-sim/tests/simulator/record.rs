//! Which bodies become records, and the words of the refusals.

use netsuite_sim::{Config, DateOutsidePeriod};
use reqwest::Method;

use crate::support::{Bench, account, adjustment, entry, send};

/// One change to a good journal entry and the refusal it earns.
async fn check_entry(replace: &str, by: &str, expected: (&str, &str, &str)) {
    let good = entry("JE_1", "12.34");
    let body = good.replacen(replace, by, 1);
    assert_ne!(body, good, "{replace} is not in the entry");
    let bench = Bench::open();
    let (status, code, detail, path) = bench.create("journalEntry", &body).await.error();
    assert_eq!((status, code.as_str(), path.as_str()), (400, expected.0, expected.2), "{body}: {detail}");
    assert!(detail.contains(expected.1), "{detail} does not say {}", expected.1);
    assert_eq!(bench.simulator.counters().transactions, 0);
}

#[tokio::test]
async fn a_journal_entry_with_a_bad_header_is_refused() {
    let cases = [
        (
            r#""subsidiary":{"id":"1"},"#,
            "",
            ("USER_ERROR", "Please enter value(s) for: Subsidiary.", "subsidiary"),
        ),
        (r#"{"id":"1"}"#, r#"{"id":"9"}"#, ("INVALID_CONTENT", "Invalid Field Value 9", "subsidiary")),
        (r#"{"id":"1"}"#, r#"{"id":"one"}"#, ("INVALID_CONTENT", "Invalid Field Value one", "subsidiary")),
        ("JE_1", "JE|1", ("INVALID_CONTENT", "Invalid Field Value JE|1", "externalId")),
        ("JE_1", "", ("INVALID_CONTENT", "Invalid Field Value", "externalId")),
        // Periods.
        (
            "2026-01-15",
            "2025-12-31",
            ("USER_ERROR", "not within the date range of your accounting period", "tranDate"),
        ),
        ("2026-01-15", "2026-02-01", ("USER_ERROR", "not within the date range", "tranDate")),
        ("2026-01-15", "2027-01-01", ("USER_ERROR", "not within the date range", "tranDate")),
        (
            r#""tranDate""#,
            r#""postingPeriod":{"id":"1"},"tranDate""#,
            ("USER_ERROR", "in a closed period", "postingPeriod"),
        ),
        (
            r#""2026-01-15""#,
            r#""2025-12-15","postingPeriod":{"id":"2"}"#,
            ("USER_ERROR", "not within the date range", "tranDate"),
        ),
    ];
    for (replace, by, expected) in cases {
        check_entry(replace, by, expected).await;
    }
}

#[tokio::test]
async fn a_journal_entry_with_a_bad_line_is_refused() {
    let cases = [
        (r#""debit":12.34"#, r#""debit":12.33"#, ("USER_ERROR", "not in balance. Total = -0.01", "line")),
        (r#""debit":12.34"#, r#""debit":12.345"#, ("USER_ERROR", "more decimal places", "line.items[0]")),
        (
            r#""debit":12.34"#,
            r#""debit":12.34,"credit":12.34"#,
            ("USER_ERROR", "both a debit and a credit", "line.items[0]"),
        ),
        (r#""debit":12.34"#, r#""debit":-12.34"#, ("USER_ERROR", "greater than zero", "line.items[0]")),
        (r#""debit":12.34"#, r#""debit":0"#, ("USER_ERROR", "greater than zero", "line.items[0]")),
        (r#""debit":12.34,"#, "", ("USER_ERROR", "Debit or Credit", "line.items[0]")),
        (r#""account":{"id":"10"},"#, "", ("USER_ERROR", "value(s) for: Account.", "line.items[0].account")),
        (
            r#"{"id":"10"}"#,
            r#"{"id":"9999"}"#,
            (
                "INVALID_CONTENT",
                "You have entered an Invalid Field Value 9999 for the following field: account",
                "line.items[0].account",
            ),
        ),
        (
            r#"{"id":"10"}"#,
            r#"{"id":"15"}"#,
            ("INVALID_CONTENT", "Invalid Field Value 15", "line.items[0].account"),
        ),
        (
            r#"{"id":"10"}"#,
            r#"{"externalId":"cash"}"#,
            ("INVALID_CONTENT", "Invalid Field Value cash", "line.items[0].account"),
        ),
        (
            r#"{"id":"10"}"#,
            r#"{"id":"14"}"#,
            (
                "USER_ERROR",
                "The Yen Cash account cannot be used with the East subsidiary.",
                "line.items[0].account",
            ),
        ),
        (r#"{"id":"10"}"#, r#"{"id":"13"}"#, ("USER_ERROR", "value(s) for: Name.", "line.items[0].entity")),
        (
            r#"{"id":"100"}"#,
            r#"{"id":"200"}"#,
            ("USER_ERROR", "Invalid location reference key 200 for subsidiary 1.", "line.items[0].location"),
        ),
        (r#"{"id":"100"}"#, r#"{"id":"300"}"#, ("INVALID_CONTENT", "Value 300", "line.items[0].location")),
        (
            r#""memo":"sales""#,
            r#""department":{"id":"4"}"#,
            ("INVALID_CONTENT", "Value 4 for the following field: department", "line.items[1].department"),
        ),
        // The form of the body.
        (r#""tranDate":"2026"#, r#""tranDate":"26"#, ("INVALID_CONTENT", "'tranDate'", "tranDate")),
        (r#""debit":12.34"#, r#""debit":"12.34""#, ("INVALID_CONTENT", "'debit'", "line.items[0].debit")),
    ];
    for (replace, by, expected) in cases {
        check_entry(replace, by, expected).await;
    }
}

#[tokio::test]
async fn an_adjustment_that_breaks_a_rule_is_refused() {
    let cases: &[(&str, &str, (&str, &str, &str))] = &[
        (r#""account":{"id":"50"},"#, "", ("USER_ERROR", "Adjustment Account", "account")),
        (
            r#"{"id":"1000"}"#,
            r#"{"id":"9999"}"#,
            (
                "INVALID_CONTENT",
                "Invalid Field Value 9999 for the following field: item",
                "inventory.items[0].item",
            ),
        ),
        (
            r#""adjustQtyBy":-3"#,
            r#""adjustQtyBy":0"#,
            ("USER_ERROR", "Adjust Qty. By", "inventory.items[0].adjustQtyBy"),
        ),
        (
            r#""location":{"id":"100"},"#,
            "",
            ("USER_ERROR", "value(s) for: Location", "inventory.items[0].location"),
        ),
        (
            r#"{"id":"100"}"#,
            r#"{"id":"200"}"#,
            ("USER_ERROR", "Invalid location reference", "inventory.items[0].location"),
        ),
        (
            r#"{"id":"1000"}"#,
            r#"{"id":"1002"}"#,
            ("USER_ERROR", "must differ from the asset account", "account"),
        ),
        (
            r#"{"id":"1000"}"#,
            r#"{"id":"1001"}"#,
            ("USER_ERROR", "configure the inventory detail", "inventory.items[0].inventoryDetail"),
        ),
        (
            r#"{"id":"1000"},"location":{"id":"100"},"adjustQtyBy":-3"#,
            r#"{"id":"1001"},"location":{"id":"100"},"adjustQtyBy":-0.5"#,
            ("USER_ERROR", "Quantity must be an integer", "inventory.items[0].adjustQtyBy"),
        ),
    ];
    for (replace, by, expected) in cases {
        let good = adjustment("IA_1", "1000", "-3");
        let body = good.replacen(replace, by, 1);
        assert_ne!(body, good, "{replace} is not in the adjustment");
        let bench = Bench::open();
        let (status, code, detail, path) = bench.create("inventoryadjustment", &body).await.error();
        assert_eq!((status, code.as_str(), path.as_str()), (400, expected.0, expected.2), "{body}: {detail}");
        assert!(detail.contains(expected.1), "{detail} does not say {}", expected.1);
    }
}

#[tokio::test]
async fn a_record_is_created_and_read_back_to_the_last_digit() {
    let bench = Bench::open();
    let created = bench.create("JOURNALENTRY", &entry("JE_1", "90071992547409.93")).await;
    let location = created.location.clone().unwrap();
    let id = created.id();
    assert_eq!(location, format!("{}/services/rest/record/v1/JOURNALENTRY/{id}", bench.simulator.url()));
    for key in [id.as_str(), "eid:JE_1", "eid%3AJE_1"] {
        let path = format!("/services/rest/record/v1/journalentry/{key}?expandSubResources=true");
        let answer = bench.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body.contains(r#""debit":90071992547409.93"#), "{}", answer.body);
        let body = answer.json();
        assert_eq!(body["externalId"], "JE_1");
        assert_eq!(body["subsidiary"]["id"], "1");
        assert_eq!(body["postingPeriod"]["id"], "2");
        assert_eq!(body["line"]["items"][1]["account"]["id"], "40");
        assert_eq!(body["line"]["items"][1]["memo"], "sales");
    }
    let linked = bench.get(&format!("/services/rest/record/v1/journalEntry/{id}")).await.json();
    assert!(linked["line"]["items"].is_null());
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let bench = Bench::open();
    let id = bench.create("journalEntry", &entry("JE_1", "1")).await.id();
    let cases = [
        ("/services/rest/record/v1/journalEntry/77", 404, "NONEXISTENT_ID"),
        ("/services/rest/record/v1/journalEntry/eid:JE_2", 404, "NONEXISTENT_ID"),
        (&format!("/services/rest/record/v1/inventoryAdjustment/{id}"), 400, "USER_ERROR"),
        ("/services/rest/record/v1/salesOrder/1", 404, "INVALID_URL"),
        ("/services/rest/nothing", 404, "INVALID_URL"),
    ];
    for (path, status, code) in cases {
        let error = bench.get(path).await.error();
        assert_eq!((error.0, error.1.as_str()), (status, code), "{path}");
    }
    let put = send(bench.request(Method::PUT, "/services/rest/record/v1/journalEntry/eid:JE_1")).await;
    assert_eq!((put.error().0, put.error().1.as_str()), (400, "INVALID_REQUEST"));
}

#[tokio::test]
async fn one_external_id_serves_one_transaction_of_any_type() {
    let bench = Bench::open();
    bench.create("journalEntry", &entry("D_1", "1.00")).await.id();
    for (kind, body) in
        [("journalEntry", entry("D_1", "2.00")), ("inventoryAdjustment", adjustment("D_1", "1000", "1"))]
    {
        let (status, code, detail, _) = bench.create(kind, &body).await.error();
        assert_eq!((status, code.as_str()), (400, "USER_ERROR"));
        assert_eq!(detail, "Error while accessing a resource. This record already exists.");
    }
    assert_eq!(bench.simulator.counters().refused_as_duplicate, 2);
    assert_eq!(bench.simulator.counters().transactions, 1);
}

#[tokio::test]
async fn unknown_fields_are_dropped_unless_the_client_asks_otherwise() {
    let body = |id: &str| entry(id, "1.00").replacen("\"tranDate\"", "\"trandate\":\"x\",\"tranDate\"", 1);
    let header = "X-NetSuite-PropertyNameValidation";
    let bench = Bench::open();
    let answer = send(bench.post_record("journalEntry", &body("A"))).await;
    assert_eq!((answer.status, answer.warning.is_some()), (204, true));
    let answer = send(bench.post_record("journalEntry", &body("B")).header(header, "Ignore")).await;
    assert_eq!((answer.status, answer.warning.is_some()), (204, false));
    let answer = send(bench.post_record("journalEntry", &body("C")).header(header, "error")).await;
    assert_eq!(answer.error().1, "NONEXISTENT_FIELD");
    assert_eq!(answer.error().3, "trandate");
    let answer = send(bench.post_record("journalEntry", &body("D")).header(header, "maybe")).await;
    assert_eq!(answer.error().1, "INVALID_PARAMETER");
}

#[tokio::test]
async fn a_body_that_is_no_record_is_refused() {
    let bench = Bench::open();
    for body in ["", "{", "[]", "12", "{\"subsidiary\":}"] {
        assert_eq!(bench.create("journalEntry", body).await.error().1, "INVALID_CONTENT", "{body}");
    }
}

#[tokio::test]
async fn more_lines_than_the_limit_are_refused() {
    let lines = |count: usize| {
        let pair = r#"{"account":{"id":"10"},"debit":1},{"account":{"id":"40"},"credit":1}"#;
        let items = vec![pair; count / 2].join(",");
        format!(r#"{{"subsidiary":{{"id":"1"}},"tranDate":"2026-01-01","line":{{"items":[{items}]}}}}"#)
    };
    let bench = Bench::open();
    bench.create("journalEntry", &lines(1_000)).await.id();
    let detail = bench.create("journalEntry", &lines(1_002)).await.error().2;
    assert!(detail.ends_with("Journal Entries can have a maximum of 1000 lines."), "{detail}");
    let none = bench.create("journalEntry", &lines(0)).await.error().2;
    assert!(none.contains("at least one line"), "{none}");
}

#[tokio::test]
async fn decimals_follow_the_currency() {
    let bench = Bench::open();
    let yen = |amount: &str| {
        let body = entry("Y", amount)
            .replace("\"id\":\"1\"", "\"id\":\"2\"")
            .replace("\"id\":\"100\"", "\"id\":\"200\"");
        body.replace("\"externalId\":\"Y\",", "")
    };
    bench.create("journalEntry", &yen("500")).await.id();
    bench.create("journalEntry", &yen("500.00")).await.id();
    let detail = bench.create("journalEntry", &yen("500.5")).await.error().2;
    assert!(detail.contains("Please round off all amounts to 0 decimal places."), "{detail}");
}

#[tokio::test]
async fn a_date_outside_its_period_is_the_accounts_preference() {
    let body =
        entry("JE_1", "1").replacen("\"2026-01-15\"", "\"2025-12-15\",\"postingPeriod\":{\"id\":\"2\"}", 1);
    let allowing =
        Config { account: account(), date_outside_period: DateOutsidePeriod::Allowed, ..Config::default() };
    let bench = Bench::start(allowing);
    bench.create("journalEntry", &body).await.id();
    let held = bench.simulator.transactions();
    assert_eq!(
        (held[0].document.period, held[0].document.date.to_string().as_str()),
        (Some(2), "2025-12-15")
    );
}

#[tokio::test]
async fn an_adjustment_is_valued_at_cost_against_its_account() {
    let bench = Bench::open();
    bench.create("inventoryAdjustment", &adjustment("IA_1", "1000", "-3")).await.id();
    let rows = bench
        .rows(
            "SELECT account, SUM(debit) AS debit, SUM(credit) AS credit FROM transactionaccountingline \
         GROUP BY account ORDER BY account",
        )
        .await;
    assert_eq!(rows, ["account=12 credit=3.77", "account=50 debit=3.77"]);
}

#[tokio::test]
async fn a_stated_unit_cost_is_what_goods_are_worth() {
    let bench = Bench::open();
    let body =
        adjustment("IA_1", "1000", "3").replace(r#""adjustQtyBy":3"#, r#""adjustQtyBy":3,"unitCost":4.105"#);
    let id = bench.create("inventoryAdjustment", &body).await.id();
    let read = format!("/services/rest/record/v1/inventoryAdjustment/{id}?expandSubResources=true");
    let shown = send(bench.request(Method::GET, &read)).await;
    assert!(shown.body.contains(r#""adjustQtyBy":3,"unitCost":4.105"#), "{}", shown.body);
    let query = "SELECT account, SUM(debit) AS debit, SUM(credit) AS credit FROM transactionaccountingline \
                 GROUP BY account ORDER BY account";
    assert_eq!(bench.rows(query).await, ["account=12 debit=12.32", "account=50 credit=12.32"]);
}

#[tokio::test]
async fn master_data_added_later_is_known() {
    let bench = Bench::open();
    let body = adjustment("IA_1", "2000", "5");
    assert_eq!(bench.create("inventoryAdjustment", &body).await.status, 400);
    let added =
        bench.request(Method::POST, "/sim/account").body(r#"{"items":{"rows":[{"id":2000,"name":"New"}]}}"#);
    assert_eq!(send(added).await.status, 204);
    bench.create("inventoryAdjustment", &body).await.id();
    let misspelt = bench.request(Method::POST, "/sim/account").body(r#"{"itmes":{}}"#);
    assert!(send(misspelt).await.body.contains("itmes"));
}
