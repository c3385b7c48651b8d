//! Wrong use: the message names the thing and says what to do, and nothing is half done.

use tillstream::stack::free_port;

use crate::desk::Desk;
use crate::program::Running;
use crate::shop::{DATE, Shop};
use crate::up::Up;

/// What becomes of an order to enrich.
const COMMANDS: [&str; 3] = ["commands", "commands_refused", "commands_repeated"];
/// Exit code of words that make no command.
const USAGE: i32 = 2;

/// The account map that the services show as an example.
const ACCOUNTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/services/journal/accounts.example.toml");

/// What the words alone tell, or a file that is not there.
pub(crate) fn needs_no_stack(desk: &Desk) {
    let absent = desk.file("absent.jsonl");
    let torn = desk.write("torn.jsonl", "{\"store\": \"S1\"}\n");
    let stranger = desk.write("stranger.jsonl", "{\"till\": \"1\"}\n");
    let map = std::fs::read_to_string(ACCOUNTS).unwrap();
    let receivable = desk.write(
        "receivable.toml",
        &map.replace("121 = { type = \"OthCurrAsset\"", "121 = { type = \"AcctRec\""),
    );
    let meant = "[[example]]\nsubsidiary = \"US\"\nrole = \"sales\"\nkey = \"FUEL\"\naccount = \"400\"\n";
    let meant = desk.write("meant.toml", meant);
    let registry = "http://127.0.0.1:9";
    let more = "For more information, try '--help'.";
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&[], USAGE, &["Usage: tillstream", "Examples:"]),
        (&["relese"], USAGE, &["unrecognized subcommand 'relese'", "'release'", more]),
        (&["postings"], USAGE, &["Usage: tillstream postings", "parked", "retry"]),
        (
            &["topics", "check", "--bootstrp", "x"],
            USAGE,
            &["unexpected argument '--bootstrp'", "'--bootstrap'", more],
        ),
        (&["release", "S1"], USAGE, &["<DATE>", "Usage: tillstream release", more]),
        (&["release", "S1", "14.03.2026"], USAGE, &["invalid value '14.03.2026' for '[DATE]'", more]),
        (&["release", "--all", "S1", DATE], USAGE, &["'--all' cannot be used with", more]),
        (
            &["generate", "--date", DATE, "--items", "0"],
            USAGE,
            &["invalid value '0' for '--items <COUNT>'", more],
        ),
        (&["items", "resolve"], USAGE, &["<ITEM>...", "Usage: tillstream items resolve", more]),
        (
            &["quarantine", "show", "1234"],
            USAGE,
            &[
                "`1234` names no record",
                "write it as `tillstream quarantine list` does: pos.transactions/3/1234",
            ],
        ),
        (&["topics", "check"], 1, &["no schema registry is named", "give --registry URL, or --config FILE"]),
        (
            &["topics", "check", "--config", &absent],
            1,
            &["cannot read the configuration file", &absent, "name the right one with --config"],
        ),
        (
            &["topics", "check", "--registry", "registry:8081"],
            1,
            &["registry:8081", "must begin with http://"],
        ),
        (
            &["replay", &absent, "--registry", registry],
            1,
            &["cannot open ", &absent, "see that it is there", "No such file"],
        ),
        (
            &["ref", "load", &absent, "--registry", registry],
            1,
            &["cannot open ", &absent, "see that it is there"],
        ),
        (
            &["ref", "load", &torn, "--registry", registry],
            1,
            &["line 1 of ", &torn, "is no store", "missing field"],
        ),
        (
            &["ref", "load", &stranger, "--registry", registry],
            1,
            &["line 1 of ", &stranger, "has neither `item` nor `store`"],
        ),
        (
            &["generate", "--date", DATE, "--to", &torn],
            1,
            &["cannot make the directory ", &torn, "name another one with --to"],
        ),
        (&["up", "--account-map", &absent], 1, &["cannot read the account map ", &absent, "--account-map"]),
        (&["accounts", "check", &absent], 1, &["cannot read ", &absent, "see that it is there"]),
        (&["accounts", "check", &torn], 1, &[&torn, "is no account map", "line 1"]),
        (
            &["accounts", "check", &receivable],
            1,
            &[
                "problem(s)",
                "[accounts] 121: type AcctRec cannot be booked to, an A/R account needs a customer",
            ],
        ),
        (
            &["accounts", "check", ACCOUNTS, "--examples", &meant],
            1,
            &[
                "of 1 examples in ",
                &meant,
                "example 1: sales `FUEL` of subsidiary US is account 410",
                "correct the map",
            ],
        ),
    ];
    for (words, code, parts) in cases {
        desk.run(words).fails(*code, parts);
    }
    let shown = desk.run(&["accounts", "check", ACCOUNTS]).does(&["account map ", "examples in ", " hold"]);
    let fuel = ["US", "sales", "FUEL", "410 Fuel sales", "7", "3", "store"];
    assert!(shown.rows().iter().any(|row| row == &fuel), "the fuel is explained: {}", shown.out);
}

/// Commands for which nobody answers, and what each must say in the end. Brokers are waited for 15 s.
pub(crate) fn nobody_answers(desk: &Desk) -> Vec<(Vec<String>, Running)> {
    let nobody = format!("127.0.0.1:{}", free_port().unwrap());
    let connection = ["--bootstrap", &nobody, "--registry", "http://127.0.0.1:9"];
    let names = format!("cannot ask the brokers at kafka.bootstrap_servers = {nobody}");
    let parts = vec![names, "start them, or correct kafka.bootstrap_servers".to_owned()];
    let commands: [&[&str]; 6] = [
        &["topics", "check"],
        &["generate", "--date", DATE, "--stores", "1"],
        &["release", "S1", DATE],
        &["items", "waiting"],
        &["quarantine", "list"],
        &["postings", "parked"],
    ];
    commands.map(|words| (parts.clone(), desk.start(&[words, &connection[..]].concat()))).into()
}

/// A registry, a store, a record, a document that is not there; NetSuite and the books do not notice.
pub(crate) fn nothing_there(desk: &Desk, up: &Up, shop: &Shop) {
    let nobody = format!("http://127.0.0.1:{}", free_port().unwrap());
    let cases: &[(&[&str], &[&str])] = &[
        (
            &["topics", "check", "--registry", &nobody],
            &["the schema registry at ", &nobody, "Connection refused", "start it or correct `registry.url`"],
        ),
        (
            &["topics", "check", "--namespace", "elsewhere."],
            &[
                "19 finding(s)",
                "elsewhere.pos.transactions: existence must be there, is missing",
                "`tillstream topics apply`",
            ],
        ),
        (
            &["replay", &shop.transactions, "--namespace", "elsewhere."],
            &["the topic elsewhere.pos.transactions is missing", "run `tillstream topics apply`"],
        ),
        (&["release", "S99", DATE], &["store S99 is not on ref.stores", "`tillstream ref load`"]),
        (&["replay", &shop.transactions, "--stores", "S99"], &["is of store S99", "correct --stores"]),
        (
            &["quarantine", "write-off", "pos.transactions/0/999999"],
            &["pos.transactions/0/999999 is not in quarantine: it never was, or somebody has decided"],
        ),
        (&["items", "resolve", "no-such-item"], &["not on ref.items: no-such-item", "`tillstream ref load`"]),
        (
            &["postings", "retry", "JE_S99_1"],
            &["nothing was ordered: JE_S99_1 is not parked: netsuite.postings does not know it"],
        ),
    ];
    let before = up.counted(&COMMANDS);
    // Side by side, since each waits more than it works.
    let running: Vec<_> = cases.iter().map(|(words, parts)| (desk.start_on_stack(words), parts)).collect();
    for (command, parts) in running {
        command.wait().fails(1, parts);
    }
    assert_eq!(up.counted(&COMMANDS), before, "nothing was ordered");
}
