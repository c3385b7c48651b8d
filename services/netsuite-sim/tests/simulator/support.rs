//! A client that sends exactly what a test says, and an account with something to violate in every table.

use std::time::Duration;

use netsuite_sim::{
    Account, Config, Currency, Date, Item, LedgerAccount, Location, Period, PeriodState, Segment, Simulator,
    State, Subsidiary, Table, Tracking, Unlisted,
};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// An answer with its body read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) warning: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect(&self.body)
    }

    /// Code, detail and path of the one error, as a test compares them.
    pub(crate) fn error(&self) -> (u16, String, String, String) {
        let body = self.json();
        let detail = &body["o:errorDetails"][0];
        let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
        (self.status, text("o:errorCode"), text("detail"), text("o:errorPath"))
    }

    /// The internal id of a created record.
    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, 204, "{}", self.body);
        assert!(self.body.is_empty());
        self.location.as_deref().unwrap().rsplit('/').next().unwrap().to_owned()
    }
}

/// A running simulator and a client for it.
pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    pub(crate) http: Client,
}

impl Bench {
    pub(crate) fn start(config: Config) -> Self {
        let simulator = Simulator::start(config).unwrap();
        // A pool would reuse connections, and a test that cuts one must know which.
        let http =
            Client::builder().pool_max_idle_per_host(0).timeout(Duration::from_secs(20)).build().unwrap();
        Self { simulator, http }
    }

    pub(crate) fn open() -> Self {
        Self::start(Config { account: account(), ..Config::default() })
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.simulator.url()))
    }

    pub(crate) fn post_record(&self, kind: &str, body: &str) -> RequestBuilder {
        self.request(Method::POST, &format!("/services/rest/record/v1/{kind}")).body(body.to_owned())
    }

    pub(crate) async fn create(&self, kind: &str, body: &str) -> Answer {
        send(self.post_record(kind, body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn query(&self, paging: &str, query: &str, parameters: &Value) -> Answer {
        let body = serde_json::json!({ "q": query, "params": parameters }).to_string();
        let path = format!("/services/rest/query/v1/suiteql{paging}");
        send(self.request(Method::POST, &path).header("prefer", "transient").body(body)).await
    }

    /// The result rows of a query without their `links`, as one line per row.
    pub(crate) async fn rows(&self, query: &str) -> Vec<String> {
        let answer = self.query("", query, &serde_json::json!([])).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let body = answer.json();
        let row = |row: &Value| {
            let fields = row.as_object().unwrap().iter().filter(|(name, _)| *name != "links");
            fields
                .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        body["items"].as_array().unwrap().iter().map(row).collect()
    }

    /// Waits until the simulator shows something, and fails if it does not within ten seconds.
    pub(crate) async fn until(&self, what: &str, mut holds: impl FnMut(&Simulator) -> bool) {
        let mut looks = tokio::time::interval(Duration::from_millis(2));
        let wait = async {
            while !holds(&self.simulator) {
                looks.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect(what);
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    read(request.send().await.unwrap()).await
}

pub(crate) async fn read(response: reqwest::Response) -> Answer {
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let (location, warning) = (header("location"), header("x-netsuite-propertyvalidation"));
    let status = response.status();
    if status == StatusCode::NO_CONTENT {
        assert!(response.headers().get("content-type").is_none());
    }
    Answer { status: status.as_u16(), location, warning, body: response.text().await.unwrap() }
}

/// A journal entry with one debit and one credit.
pub(crate) fn entry(external_id: &str, amount: &str) -> String {
    format!(
        r#"{{"externalId":"{external_id}","subsidiary":{{"id":"1"}},"tranDate":"2026-01-15","line":{{"items":[
            {{"account":{{"id":"10"}},"debit":{amount},"location":{{"id":"100"}}}},
            {{"account":{{"id":"40"}},"credit":{amount},"memo":"sales"}}]}}}}"#
    )
}

/// An inventory adjustment of one line.
pub(crate) fn adjustment(external_id: &str, item: &str, quantity: &str) -> String {
    format!(
        r#"{{"externalId":"{external_id}","subsidiary":{{"id":"1"}},"account":{{"id":"50"}},
            "tranDate":"2026-01-15","inventory":{{"items":[
            {{"item":{{"id":"{item}"}},"location":{{"id":"100"}},"adjustQtyBy":{quantity}}}]}}}}"#
    )
}

/// Two subsidiaries (USD, JPY), a small chart of accounts, three items, three periods.
pub(crate) fn account() -> Account {
    let place = |id, subsidiary| Location {
        id,
        name: format!("Store {id}"),
        subsidiary,
        external_id: None,
        state: State::Active,
    };
    let company =
        |id, name: &str, currency| Subsidiary { id, name: name.to_owned(), currency, external_id: None };
    let money = |id, symbol: &str, decimals| Currency {
        id,
        symbol: symbol.to_owned(),
        decimals,
        rate: None,
        external_id: None,
    };
    let grocery = Segment { id: 3, name: "Grocery".to_owned(), external_id: None, state: State::Active };
    Account {
        subsidiaries: Table::of(vec![company(1, "East", 1), company(2, "Japan", 2)]),
        currencies: Table::of(vec![money(1, "USD", 2), money(2, "JPY", 0)]),
        accounts: chart(),
        locations: Table::of(vec![place(100, 1), place(200, 2)]),
        departments: Table { unlisted: Some(Unlisted::Refused), rows: vec![grocery] },
        items: items(),
        periods: periods(),
        ..Account::default()
    }
}

fn chart() -> Table<LedgerAccount> {
    let ledger = |id, name: &str, kind: &str| LedgerAccount {
        id,
        number: format!("{id}00"),
        name: name.to_owned(),
        kind: kind.to_owned(),
        subsidiaries: Vec::new(),
        external_id: None,
        state: State::Active,
    };
    Table::of(vec![
        ledger(10, "Cash", "Bank"),
        ledger(12, "Inventory", "OthCurrAsset"),
        ledger(13, "Receivables", "AcctRec"),
        LedgerAccount { subsidiaries: vec![2], ..ledger(14, "Yen Cash", "Bank") },
        LedgerAccount { state: State::Inactive, ..ledger(15, "Old Cash", "Bank") },
        LedgerAccount { external_id: Some("sales".to_owned()), ..ledger(40, "Sales", "Income") },
        ledger(50, "Shrink", "COGS"),
    ])
}

fn items() -> Table<Item> {
    let item = |id, name: &str, tracking| Item {
        id,
        name: name.to_owned(),
        display_name: String::new(),
        kind: "InvtPart".to_owned(),
        upc: None,
        asset_account: Some(12),
        cost: Some("1.255".parse().unwrap()),
        tracking,
        external_id: None,
        state: State::Active,
    };
    Table::of(vec![
        item(1000, "Tea", Tracking::None),
        item(1001, "Watch", Tracking::Serial),
        Item { asset_account: Some(50), ..item(1002, "Odd", Tracking::None) },
    ])
}

fn periods() -> Table<Period> {
    let period = |id, name: &str, start: &str, end: &str, state| Period {
        id,
        name: name.to_owned(),
        start: Date::read(start).unwrap(),
        end: Date::read(end).unwrap(),
        state,
        external_id: None,
    };
    Table::of(vec![
        period(1, "Dec 2025", "2025-12-01", "2025-12-31", PeriodState::Closed),
        period(2, "Jan 2026", "2026-01-01", "2026-01-31", PeriodState::Open),
        period(3, "Feb 2026", "2026-02-01", "2026-02-28", PeriodState::Locked),
    ])
}
