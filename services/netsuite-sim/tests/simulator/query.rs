//! SuiteQL: what can be read back, how it is paged, what is refused.

use serde_json::json;

use crate::support::{Bench, adjustment, entry, send};

/// Three journals of 1.50, 2.50 and 2.50, the last without an external id, and one adjustment.
async fn filled() -> Bench {
    let bench = Bench::open();
    bench.create("journalEntry", &entry("JE_1", "1.50")).await.id();
    bench.create("inventoryAdjustment", &adjustment("IA_1", "1000", "-3")).await.id();
    bench.create("journalEntry", &entry("JE_2", "2.50").replace("2026-01-15", "2026-01-31")).await.id();
    bench.create("journalEntry", &entry("JE_3", "2.50").replace("\"externalId\":\"JE_3\",", "")).await.id();
    bench
}

#[tokio::test]
async fn transactions_are_found_by_ids_dates_and_texts() {
    let cases: &[(&str, &[&str])] = &[
        (
            "SELECT id, externalid, type, recordtype, trandate, postingperiod FROM transaction WHERE externalid = 'JE_1'",
            &[
                "id=10001 externalid=JE_1 type=Journal recordtype=journalentry trandate=1/15/2026 postingperiod=2",
            ],
        ),
        (
            "SELECT ID AS Number, TO_CHAR(TranDate, 'YYYY-MM-DD') day FROM Transaction WHERE externalid IN ('JE_2', 'IA_1', 'X')",
            &["number=10002 day=2026-01-15", "number=10003 day=2026-01-31"],
        ),
        ("SELECT id FROM transaction WHERE id > 10002 ORDER BY id", &["id=10003", "id=10004"]),
        ("SELECT id FROM transaction ORDER BY id DESC FETCH FIRST 2 ROWS ONLY", &["id=10004", "id=10003"]),
        ("SELECT id FROM transaction WHERE externalid IS NULL", &["id=10004"]),
        ("SELECT id FROM transaction WHERE externalid <> 'JE_1' ORDER BY id", &["id=10002", "id=10003"]),
        (
            "SELECT id FROM transaction WHERE externalid LIKE 'JE\u{5f}%' AND NOT externalid = 'JE_1'",
            &["id=10003"],
        ),
        ("SELECT id FROM transaction WHERE trandate > TO_DATE('2026-01-15', 'YYYY-MM-DD')", &["id=10003"]),
        (
            "SELECT id FROM transaction WHERE id BETWEEN '10002' AND 10003 AND type <> 'Journal'",
            &["id=10002"],
        ),
        ("SELECT COUNT(*) AS n, COUNT(externalid) AS named FROM transaction", &["n=4 named=3"]),
        ("SELECT COUNT(*) AS n, SUM(id) AS total FROM transaction WHERE id > 99999", &["n=0"]),
    ];
    check(cases).await;
}

#[tokio::test]
async fn lines_and_masters_are_joined_and_summed() {
    let cases: &[(&str, &[&str])] = &[
        (
            "SELECT type, COUNT(*) FROM transaction GROUP BY type HAVING COUNT(*) > 1",
            &["type=Journal expr2=3"],
        ),
        (
            "SELECT tal.account, a.fullname, SUM(tal.amount) AS total FROM transactionaccountingline tal \
             JOIN account a ON a.id = tal.account JOIN transaction t ON tal.transaction = t.id \
             WHERE t.type = 'Journal' GROUP BY tal.account, a.fullname ORDER BY total",
            &["account=40 fullname=Sales total=-6.5", "account=10 fullname=Cash total=6.5"],
        ),
        (
            "SELECT tl.id, tl.mainline, i.itemid, tl.quantity, tl.location FROM transaction t \
             JOIN transactionline tl ON tl.transaction = t.id LEFT JOIN item i ON i.id = tl.item WHERE t.externalid = 'IA_1'",
            &["id=0 mainline=T", "id=1 mainline=F itemid=Tea quantity=-3 location=100"],
        ),
        (
            "SELECT a.account, l.foreignamount FROM transactionline l JOIN transactionaccountingline a \
             ON a.transaction = l.transaction AND l.id = a.transactionline WHERE l.transaction = 10001 ORDER BY l.id",
            &["account=10 foreignamount=1.5", "account=40 foreignamount=-1.5"],
        ),
        (
            "SELECT MIN(debit) AS low, MAX(debit) AS high FROM transactionaccountingline WHERE debit IS NOT NULL",
            &["low=1.5 high=3.77"],
        ),
        (
            "SELECT id, itemid, upccode, isserialitem FROM item WHERE isinactive = 'F' AND id <= 1001 ORDER BY id",
            &["id=1000 itemid=Tea isserialitem=F", "id=1001 itemid=Watch isserialitem=T"],
        ),
        (
            "SELECT id, periodname, startdate, closed, alllocked FROM accountingperiod WHERE closed = 'F' ORDER BY startdate",
            &[
                "id=2 periodname=Jan 2026 startdate=1/1/2026 closed=F alllocked=F",
                "id=3 periodname=Feb 2026 startdate=2/1/2026 closed=F alllocked=T",
            ],
        ),
        (
            "SELECT * FROM location",
            &[
                "id=100 name=Store 100 fullname=Store 100 subsidiary=1 isinactive=F",
                "id=200 name=Store 200 fullname=Store 200 subsidiary=2 isinactive=F",
            ],
        ),
    ];
    check(cases).await;
}

/// Runs each query over the filled account and compares its rows, whose fields JSON does not keep in order.
async fn check(cases: &[(&str, &[&str])]) {
    let bench = filled().await;
    for (query, expected) in cases {
        let rows = bench.rows(query).await;
        let rows: Vec<String> = rows.iter().map(|row| in_order(row)).collect();
        let expected: Vec<String> = expected.iter().map(|row| in_order(row)).collect();
        assert_eq!(rows, expected, "{query}");
    }
}

fn in_order(row: &str) -> String {
    let mut fields = split(row);
    fields.sort_unstable();
    fields.join(" ")
}

/// Splits `a=1 b=two words c=3` at the blanks before a name.
fn split(row: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut start = 0;
    for (at, _) in row.match_indices(' ') {
        let next = row[at + 1..].split(' ').next().unwrap_or_default();
        if next.contains('=') {
            fields.push(&row[start..at]);
            start = at + 1;
        }
    }
    fields.push(&row[start..]);
    fields
}

#[tokio::test]
async fn parameters_are_bound_in_order() {
    let bench = filled().await;
    let query = "SELECT externalid FROM transaction WHERE externalid IN (?, ?) AND id > ? ORDER BY id";
    let answer = bench.query("", query, &json!(["JE_1", "JE_2", 10001])).await.json();
    assert_eq!(answer["items"], json!([{ "links": [], "externalid": "JE_2" }]));
    for parameters in [json!(["JE_1", "JE_2"]), json!(["JE_1", null, 1])] {
        assert_eq!(bench.query("", query, &parameters).await.error().1, "INVALID_PARAMETER");
    }
}

#[tokio::test]
async fn duplicates_are_found_where_the_account_allows_them() {
    let bench = Bench::open();
    bench.simulator.inject(netsuite_sim::Rule::new(netsuite_sim::Fault::DuplicateGuardOff));
    for id in ["JE_1", "JE_2", "JE_1"] {
        bench.create("journalEntry", &entry(id, "1")).await.id();
    }
    let rows = bench
        .rows("SELECT externalid, COUNT(*) AS held FROM transaction GROUP BY externalid HAVING COUNT(*) > 1")
        .await;
    assert_eq!(rows, ["externalid=JE_1 held=2"]);
}

#[tokio::test]
async fn pages_are_linked_by_absolute_addresses() {
    let bench = Bench::open();
    for number in 0..5 {
        bench.create("journalEntry", &entry(&format!("JE_{number}"), "1")).await.id();
    }
    let query = "SELECT externalid FROM transaction ORDER BY id";
    let mut address = format!("{}/services/rest/query/v1/suiteql?limit=2", bench.simulator.url());
    let mut seen = Vec::new();
    loop {
        let request = bench.http.post(&address).header("Prefer", "respond-async, transient");
        let answer = send(request.body(json!({ "q": query }).to_string())).await.json();
        assert_eq!(answer["totalResults"], 5);
        assert_eq!(answer["count"], answer["items"].as_array().unwrap().len());
        seen.extend(answer["items"].as_array().unwrap().iter().map(|row| row["externalid"].clone()));
        let links = answer["links"].as_array().unwrap().clone();
        let next = links.iter().find(|link| link["rel"] == "next");
        assert_eq!(answer["hasMore"], next.is_some());
        match next {
            Some(link) => link["href"].as_str().unwrap().clone_into(&mut address),
            None => break,
        }
    }
    assert_eq!(json!(seen), json!(["JE_0", "JE_1", "JE_2", "JE_3", "JE_4"]));
}

#[tokio::test]
async fn what_is_not_supported_is_refused_with_reasons() {
    let bench = filled().await;
    let cases = [
        ("", "SELECT id FROM transaction LIMIT 5", "LIMIT is not understood"),
        ("", "SELECT id FROM invoice", "there is no table invoice"),
        ("", "SELECT subsidiary FROM transaction", "there is no column subsidiary"),
        ("", "SELECT id FROM transaction WHERE trandate > '2026-01-01'", "TO_DATE"),
        ("", "SELECT id, COUNT(*) FROM transaction", "must be in GROUP BY"),
        ("", "SELECT UPPER(tranid) FROM transaction", "UPPER is not supported"),
        ("", "SELECT id FROM transaction WHERE id = ", "ends too early"),
        ("", "SELECT id FROM transaction t, transactionline tl", "not understood"),
        (
            "",
            "SELECT id FROM transaction t JOIN transactionline tl ON tl.transaction = t.id",
            "in several tables",
        ),
        ("", "DELETE FROM transaction", "SELECT is expected"),
        ("?limit=1001", "SELECT id FROM transaction", "limit must be from 1 to 1000"),
        ("?limit=10&offset=5", "SELECT id FROM transaction", "multiple of limit"),
        ("?limit=x", "SELECT id FROM transaction", "whole number"),
    ];
    for (paging, query, expected) in cases {
        let (status, code, detail, _) = bench.query(paging, query, &json!([])).await.error();
        assert_eq!((status, code.as_str()), (400, "INVALID_PARAMETER"), "{query}");
        assert!(detail.contains(expected), "{query}: {detail}");
    }
}

#[tokio::test]
async fn the_prefer_header_is_required() {
    let bench = Bench::open();
    let request = bench.request(reqwest::Method::POST, "/services/rest/query/v1/suiteql");
    let answer = send(request.body(r#"{"q":"SELECT id FROM transaction"}"#)).await;
    assert!(answer.error().2.contains("Prefer: transient"));
}
