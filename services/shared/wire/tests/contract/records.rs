//! Every record type with its examples, behind functions that do not name the type.

use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

use apache_avro::writer::datum::GenericDatumWriter;
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
use wire::Subject;
use wire::codec::Codecs;

/// One record type: what can be done with its text form and its bytes.
pub(crate) struct Record {
    pub(crate) subject: &'static str,
    /// Text form to struct to framed bytes.
    pub(crate) encode: fn(&Codecs, &str) -> Result<Vec<u8>, String>,
    /// Text form to struct to bytes without frame, by the Avro library's own writer.
    pub(crate) encode_by_library: fn(&GenericDatumWriter<'_>, &str) -> Vec<u8>,
    /// Framed bytes to struct to text form, fields in the order of the struct.
    pub(crate) decode: fn(&Codecs, &[u8]) -> Result<String, String>,
    /// Text form to struct and back.
    pub(crate) rewrite: fn(&str) -> Result<String, String>,
    /// Asserts that text form to struct to bytes to struct changes nothing.
    pub(crate) assert_comes_back: fn(&Codecs, &str),
}

/// One example file.
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Every subject: first what travels between services, then the state that each keeps to itself.
pub(crate) const RECORDS: [Record; 19] = [
    record::<Transaction>(),
    record::<Command>(),
    record::<Item>(),
    record::<Store>(),
    record::<SalesEvent>(),
    record::<Movement>(),
    record::<Position>(),
    record::<Adjustment>(),
    record::<JournalEntry>(),
    record::<TaxSummary>(),
    record::<LiabilityLedger>(),
    record::<Posting>(),
    record::<PostingCommand>(),
    record::<Quarantined>(),
    record::<enrich::state::StateRecord>(),
    record::<inventory::state::StateRecord>(),
    record::<journal::state::StateRecord>(),
    record::<AdjustmentState>(),
    record::<JournalState>(),
];

const fn record<T: Subject + PartialEq + Debug>() -> Record {
    Record {
        subject: T::SUBJECT,
        encode: |codecs, text| {
            let record: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
            codecs.encoder().unwrap().to_vec(&record).map_err(|error| error.to_string())
        },
        encode_by_library: |writer, text| {
            let record: T = serde_json::from_str(text).unwrap();
            writer.write_ser_to_vec(&record).unwrap()
        },
        decode: |codecs, bytes| {
            let record: T = codecs.decoder().unwrap().decode(bytes).map_err(|error| error.to_string())?;
            Ok(serde_json::to_string(&record).unwrap())
        },
        rewrite: |text| {
            let record: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
            Ok(serde_json::to_string(&record).unwrap())
        },
        assert_comes_back: |codecs, text| {
            let record: T = serde_json::from_str(text).unwrap();
            let bytes = codecs.encoder().unwrap().to_vec(&record).unwrap();
            assert_eq!(codecs.decoder::<T>().unwrap().decode(&bytes).unwrap(), record);
            let text = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<T>(&text).unwrap(), record);
        },
    }
}

impl Record {
    /// The examples of one folder, `good` or `bad`, in alphabetical order; never none.
    pub(crate) fn examples(&self, folder: &str) -> Vec<Example> {
        let path = schemas().join(self.subject.trim_end_matches("-value")).join("examples").join(folder);
        let mut paths: Vec<PathBuf> =
            fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(paths.len() >= 2, "{} needs two examples or more", path.display());
        paths
            .into_iter()
            .map(|path| Example {
                name: format!("{} {}", self.subject, path.file_stem().unwrap().to_str().unwrap()),
                text: fs::read_to_string(&path).unwrap(),
            })
            .collect()
    }
}

pub(crate) fn schemas() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../schemas")
}
