//! Tables of answers and what they mean; bodies as public sources show them.

#![allow(clippy::unwrap_used)]

use super::*;

fn error(status: u16, code: &str, detail: &str) -> Answer {
    let body = serde_json::json!({
        "type": "https://www.rfc-editor.org/rfc/rfc9110.html#section-15.5.1",
        "title": "Bad Request",
        "status": status,
        "o:errorDetails": [{ "detail": detail, "o:errorCode": code }],
    });
    Answer { status, location: None, body: body.to_string() }
}

fn meaning(answer: &Answer) -> String {
    match Patterns::default().verdict(answer) {
        Verdict::Posted { netsuite_id } => format!("posted {netsuite_id}"),
        Verdict::Refused { class, .. } => class.name().to_owned(),
        Verdict::Retry { obstacle, .. } => format!("retry {obstacle:?}"),
        Verdict::Unknown { .. } => "unknown".to_owned(),
    }
}

#[test]
fn a_document_is_posted_on_positive_evidence_only() {
    let cases = [
        (
            204,
            "https://1.suitetalk.api.netsuite.com/services/rest/record/v1/journalentry/647",
            "",
            "posted 647",
        ),
        (201, "/services/rest/record/v1/journalEntry/647/", "", "posted 647"),
        (200, "https://host/services/rest/record/v1/journalEntry/647?x=1", "{}", "posted 647"),
        (204, "https://host/services/rest/record/v1/journalEntry", "", "unknown"),
        (204, "", "", "unknown"),
        (200, "", "{\"title\":\"Bad", "unknown"),
        (202, "https://host/services/rest/async/v1/job/5", "", "unknown"),
        (301, "https://elsewhere/services/rest/record/v1/journalEntry/7", "", "unknown"),
    ];
    for (status, location, body, expected) in cases {
        let location = (!location.is_empty()).then(|| location.to_owned());
        let answer = Answer { status, location, body: body.to_owned() };
        assert_eq!(meaning(&answer), expected, "{answer:?}");
    }
}

#[test]
fn business_errors_are_told_apart_by_their_text() {
    let embedded = "Error while accessing a resource.";
    let cases = [
        ("USER_ERROR", "This record already exists.", "duplicate"),
        ("USER_ERROR", "This entity already exists.", "duplicate"),
        (
            "USER_ERROR",
            "The transaction date you specified is not within the date range of your accounting period.",
            "closed_period",
        ),
        (
            "USER_ERROR",
            "You cannot change the G/L impact of a transaction in a closed period.",
            "closed_period",
        ),
        (
            "USER_ERROR",
            "This transaction is in a period that has been closed. You may not edit it.",
            "closed_period",
        ),
        ("USER_ERROR", "Transaction was not in balance. Total = 0.01", "our_bug"),
        ("USER_ERROR", "Transaction out of balance for location 3 total = 2.10", "our_bug"),
        (
            "USER_ERROR",
            "The debits and credits are not balanced on this transaction because amounts entered include more \
             decimal places than are supported for this currency.",
            "our_bug",
        ),
        ("USER_ERROR", "Journal Entries can have a maximum of 1000 lines.", "our_bug"),
        (
            "INVALID_CONTENT",
            "You have entered an Invalid Field Value 9999 for the following field: item",
            "master_data",
        ),
        (
            "USER_ERROR",
            "You have entered an Invalid Field Value 12 for the following field: account.",
            "master_data",
        ),
        (
            "INVALID_CONTENT",
            "You have entered an Invalid Field Value a|b for the following field: externalId",
            "our_bug",
        ),
        ("USER_ERROR", "Invalid location reference key 12 for subsidiary 3.", "master_data"),
        ("USER_ERROR", "Quantity must be an integer for numbered items", "master_data"),
        ("USER_ERROR", "Please configure the inventory detail in line 1 of the item list.", "master_data"),
        ("USER_ERROR", "Please enter value(s) for: Subsidiary.", "configuration"),
        ("USER_ERROR", "The Cash account cannot be used with the East subsidiary.", "configuration"),
        ("USER_ERROR", "This record has been locked by a user defined workflow.", "configuration"),
        ("USER_ERROR", "Your current role does not have permission to perform this action.", "configuration"),
        ("USER_ERROR", "Words that nobody has listed.", "configuration"),
        ("NONEXISTENT_FIELD", "Unknown reference or field 'memmo'.", "our_bug"),
        ("INVALID_CONTENT", "Invalid value for the resource or sub-resource field 'tranDate'.", "our_bug"),
    ];
    for (code, detail, expected) in cases {
        assert_eq!(meaning(&error(400, code, &format!("{embedded} {detail}"))), expected, "{detail}");
    }
}

#[test]
fn codes_are_found_anywhere_whatever_the_status() {
    let top = r#"{"title":"Bad Request","status":429,"o:errorCode":"USER_ERROR","o:errorDetails":[
        {"detail":"Concurrent request limit exceeded. Request blocked.","o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]}"#;
    let nested = r#"{"error":{"o:errorDetails":{"o:errorCode":"SSS_REQUEST_LIMIT_EXCEEDED"}}}"#;
    let cases = [
        (429, top, "retry Busy"),
        (400, top, "retry Busy"),
        (503, top, "retry Busy"),
        (400, nested, "retry Busy"),
        (429, "<html>slow down</html>", "retry Busy"),
        (401, r#"{"o:errorDetails":[{"o:errorCode":"INVALID_LOGIN"}]}"#, "retry Login"),
        (401, "", "retry Login"),
        (400, r#"{"o:errorDetails":[{"o:errorCode":"ACCT_PRDS_BEING_ADDED"}]}"#, "retry Setup"),
        (400, r#"{"o:errorDetails":[{"o:errorCode":"DATE_PRD_MISMATCH"}]}"#, "closed_period"),
        (403, r#"{"o:errorDetails":[{"o:errorCode":"INSUFFICIENT_PERMISSION"}]}"#, "configuration"),
        (404, r#"{"o:errorDetails":[{"o:errorCode":"INVALID_URL"}]}"#, "configuration"),
        (413, r#"{"o:errorDetails":[{"o:errorCode":"SOMETHING"}]}"#, "our_bug"),
    ];
    for (status, body, expected) in cases {
        let answer = Answer { status, location: None, body: body.to_owned() };
        assert_eq!(meaning(&answer), expected, "{status} {body}");
    }
}

#[test]
fn what_is_not_netsuites_own_word_stays_unknown() {
    let unexpected = error(500, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: l1x").body;
    let closed = error(500, "TRAN_PERIOD_CLOSED", "").body;
    let cases = [
        (500, unexpected.as_str()),
        (500, closed.as_str()),
        (502, "<html><h1>Bad Gateway</h1></html>"),
        (504, ""),
        (400, "{\"type\":\"https://www.rfc-editor.org\",\"title\":\"Bad Req"),
        (400, ""),
        (404, "<html>no such page</html>"),
        (408, ""),
        (0, ""),
    ];
    for (status, body) in cases {
        let answer = Answer { status, location: None, body: body.to_owned() };
        assert_eq!(meaning(&answer), "unknown", "{status} {body}");
    }
}

#[test]
fn an_account_can_put_its_own_patterns_first() {
    let own: Vec<Pattern> = serde_json::from_str(
        r#"[{"sign":{"text":"Ask Finance"},"meaning":{"refused":"closed_period"}},
            {"sign":{"code":"OUR_SCRIPT"},"meaning":{"retry":"setup"}}]"#,
    )
    .unwrap();
    let patterns = Patterns::with_first(own);
    let verdict = patterns.verdict(&error(400, "USER_ERROR", "This record already exists? ask finance"));
    assert!(matches!(verdict, Verdict::Refused { class: Class::ClosedPeriod, .. }), "{verdict:?}");
    let verdict = patterns.verdict(&error(400, "OUR_SCRIPT", ""));
    assert!(matches!(verdict, Verdict::Retry { obstacle: Obstacle::Setup, .. }), "{verdict:?}");
    let verdict = patterns.verdict(&error(400, "USER_ERROR", "This record already exists."));
    assert!(matches!(verdict, Verdict::Refused { class: Class::Duplicate, .. }), "{verdict:?}");
}

#[test]
fn the_words_are_kept_short() {
    let long = "x".repeat(5_000);
    let Verdict::Refused { detail, .. } = Patterns::default().verdict(&error(400, "USER_ERROR", &long))
    else {
        panic!("not refused");
    };
    assert_eq!(detail.len(), DETAIL_MAX);
}
