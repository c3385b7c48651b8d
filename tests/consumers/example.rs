//! The examples of `schemas/`, as the records that stand on the topics.

use std::fs;
use std::path::Path;

use domain::record::command::Command;
use domain::record::inventory::{Adjustment, Movement, Position};
use domain::record::journal::JournalEntry;
use domain::record::liability::LiabilityLedger;
use domain::record::pos::Transaction;
use domain::record::posting::{Posting, PostingCommand};
use domain::record::quarantine::Quarantined;
use domain::record::reference::{Item, Store};
use domain::record::sales::SalesEvent;
use domain::record::tax::TaxSummary;
use netsuite::document::{AdjustmentState, JournalState};
use serde_json::Value;
use wire::Subject;
use wire::codec::{Codecs, Error};

use crate::schemas::{self, UNKNOWN, codecs, id_of};

/// The key of a record in which none can be read.
const NO_KEY: &str = "?";

/// An example file.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) topic: String,
    pub(crate) name: String,
    text: String,
}

impl Example {
    /// The examples of a topic, `good` or `bad`, in alphabetical order.
    pub(crate) fn all(topic: &str, folder: &str) -> Vec<Self> {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(topic).join("examples").join(folder);
        let mut files: Vec<_> = fs::read_dir(&path).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        assert!(files.len() >= 2, "{} needs two examples or more", path.display());
        let example = |file: &std::path::PathBuf| Self {
            topic: topic.to_owned(),
            name: file.file_stem().unwrap().to_str().unwrap().to_owned(),
            text: fs::read_to_string(file).unwrap(),
        };
        files.iter().map(example).collect()
    }

    /// The good example of that name.
    pub(crate) fn good(topic: &str, name: &str) -> Self {
        let found = Self::all(topic, "good").into_iter().find(|example| example.name == name);
        found.unwrap_or_else(|| panic!("no good example {name} of {topic}"))
    }

    /// Its bytes on the topic.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        let (_, encode) = ENCODERS
            .iter()
            .find(|(subject, _)| subject.strip_suffix("-value") == Some(self.topic.as_str()))
            .unwrap_or_else(|| panic!("say in ENCODERS which record stands on {}", self.topic));
        encode(&codecs(), &self.text).unwrap_or_else(|error| panic!("{} {}: {error}", self.topic, self.name))
    }

    /// What a writer might send in place of a record, each with the reason for which it is none: the text as
    /// it is, framed as if it were one, framed as what nobody knows, framed as a record of another topic.
    pub(crate) fn damaged(&self) -> [(Vec<u8>, Error); 4] {
        let another = if self.topic == "ref.items" { "ref.stores" } else { "ref.items" };
        let framed = |id: u32| [&[0], &id.to_be_bytes()[..], self.text.as_bytes()].concat();
        [
            (self.text.clone().into_bytes(), Error::NotFramed),
            (framed(id_of(&self.topic)), Error::Malformed(String::new())),
            (framed(UNKNOWN), Error::UnknownSchemaId(UNKNOWN)),
            (framed(schemas::id_of(another)), Error::WrongSchema(String::new())),
        ]
    }

    /// The record key, as the description of the topic says.
    pub(crate) fn key(&self) -> String {
        let record: Value = serde_json::from_str(&self.text).unwrap();
        let field = |name: &str| record[name].as_str().unwrap_or(NO_KEY).to_owned();
        match self.topic.as_str() {
            "pos.transactions" | "pos.commands" | "pos.quarantine" | "ref.stores" | "sales.enriched" => {
                field("store")
            }
            "ref.items" => field("item"),
            "inventory.deltas" => field("location"),
            "inventory.positions" => format!("{}_{}", field("location"), field("item")),
            "inventory.adjustments" | "journal.entries" | "netsuite.commands" => field("family"),
            "netsuite.postings" => field("document"),
            changelog => {
                let of_topic = || CHANGELOG_KEYS.iter().filter(|(topic, _, _)| *topic == changelog);
                let own = of_topic().find(|(_, name, _)| *name == self.name);
                // A bad example may stand under any key: none of it can be read.
                own.or_else(|| of_topic().next())
                    .map(|(_, _, key)| (*key).to_owned())
                    .unwrap_or_else(|| panic!("say how a record of {changelog} is keyed"))
            }
        }
    }
}

type Encode = fn(&Codecs, &str) -> Result<Vec<u8>, String>;

/// Which record stands on which topic.
const ENCODERS: [(&str, Encode); 19] = [
    encoder::<Transaction>(),
    encoder::<Command>(),
    encoder::<Item>(),
    encoder::<Store>(),
    encoder::<SalesEvent>(),
    encoder::<Movement>(),
    encoder::<Position>(),
    encoder::<Adjustment>(),
    encoder::<JournalEntry>(),
    encoder::<TaxSummary>(),
    encoder::<LiabilityLedger>(),
    encoder::<Posting>(),
    encoder::<PostingCommand>(),
    encoder::<Quarantined>(),
    encoder::<enrich::state::StateRecord>(),
    encoder::<inventory::state::StateRecord>(),
    encoder::<journal::state::StateRecord>(),
    encoder::<AdjustmentState>(),
    encoder::<JournalState>(),
];

const fn encoder<T: Subject>() -> (&'static str, Encode) {
    (T::SUBJECT, |codecs, text| {
        let record: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
        codecs.encoder().unwrap().to_vec(&record).map_err(|error| error.to_string())
    })
}

/// The keys of state records: they say what the records do not.
#[rustfmt::skip]
const CHANGELOG_KEYS: [(&str, &str, &str); 39] = [
    ("enrich.changelog", "tick",                                 "tick/"),
    ("enrich.changelog", "numbers-of-a-register",                "block/367/1/20526/31"),
    ("enrich.changelog", "numbers-whose-content-is-forgotten",   "block/367/1/20485/30"),
    ("enrich.changelog", "lines-sold-and-one-claimed",           "block/367/2/20526/0"),
    ("enrich.changelog", "kit-sold-and-a-component-claimed",     "block/367/3/20526/0"),
    ("enrich.changelog", "open-bucket",                          "posting/367/2026-03-14/0"),
    ("enrich.changelog", "open-bucket-of-a-window",              "posting/MX-0001/2026-03-14/16"),
    ("enrich.changelog", "window-whose-last-version-is-closed",  "posting/367/2026-03-13/0"),
    ("enrich.changelog", "business-date-that-ended",             "ended/367/2026-03-13"),
    ("enrich.changelog", "line-that-waits-for-its-item",         "waiting/367/2026-03-14/1/20526/998/2"),
    ("enrich.changelog", "line-known-by-its-barcode-only",       "waiting/367/2026-03-14/1/20526/998/1"),
    ("enrich.changelog", "returned-line-that-waits",             "waiting/367/2026-03-14/1/20526/1011/1"),
    ("enrich.changelog", "voided-line-that-waits",               "waiting/367/2026-03-14/1/20526/1013/1"),
    ("enrich.changelog", "line-that-another-location-hands-over", "waiting/367/2026-03-14/1/20526/1015/1"),
    ("enrich.changelog", "line-of-another-subsidiary-that-waits", "waiting/367/2026-03-14/1/20526/1021/1"),
    ("enrich.changelog", "counted-line-that-waits", "waiting/367/2026-03-14/1/20526/1019/1"),
    ("enrich.changelog", "command-that-was-carried-out",         "command/cmd-0000"),
    ("enrich.changelog", "held-ticket",                          "held/pos.transactions/7/120044"),
    ("enrich.changelog", "held-without-an-identity",             "held/pos.transactions/7/120045"),
    ("enrich.changelog", "first-date-that-is-remembered",        "swept/"),

    ("inventory.changelog", "account-map",                       "account_map/"),
    ("inventory.changelog", "stock-at-two-places",               "stock/367/1029743"),
    ("inventory.changelog", "stock-below-zero-of-a-fraction",    "stock/367/6534178"),
    ("inventory.changelog", "sold-out-of-an-open-bucket",
        "sum/367/2026-03-14/0/1/367/sale/EA/20417/1029743"),
    ("inventory.changelog", "brought-back-into-an-open-bucket",
        "sum/367/2026-03-14/0/1/367/return/GLL/90011/6534178"),
    ("inventory.changelog", "brought-back-at-a-stated-cost",
        "sum/367/2026-03-15/0/1/367/return_intercompany/EA/33777/1133018/4.10/USD"),

    ("journal.changelog", "account-map",                         "account_map/"),
    ("journal.changelog", "balances-of-a-store",                 "balances/367/US/USD"),
    ("journal.changelog", "open-bucket",                         "bucket/367/2026-03-14/0/1"),
    ("journal.changelog", "bucket-of-two-subsidiaries",          "bucket/367/2026-03-15/0/1"),
    ("journal.changelog", "bucket-of-control-records-only",      "bucket/367/2026-03-14/0/2"),

    ("netsuite-journals.changelog", "attempted",                 "JE_367_20260314_0_1_US_USD_1"),
    ("netsuite-journals.changelog", "attempted-again-after-it-was-parked",
        "JE_367_20260314_0_1_US_USD_1"),
    ("netsuite-journals.changelog", "parked-for-an-unknown-account",
        "JE_367_20260314_0_1_US_USD_1"),
    ("netsuite-journals.changelog", "waiting-behind-another",    "JE_367_20260314_0_2_US_USD_1"),
    ("netsuite-journals.changelog", "posted",                    "JE_367_20260314_0_1_US_USD_1"),

    ("netsuite-adjustments.changelog", "attempted",              "IA_367_20260314_0_1_367_5d1e0b7a_1"),
    ("netsuite-adjustments.changelog", "parked-for-a-closed-period",
        "IA_367_20260314_0_1_367_5d1e0b7a_1"),
    ("netsuite-adjustments.changelog", "posted",                 "IA_367_20260314_0_1_367_5d1e0b7a_1"),
];
