//! The table of what can be wrong around a service.

use crate::case::{Case, WITHOUT_BROKER, WITHOUT_REGISTRY};
use crate::house::{ACCOUNTS, EARLY, House, Service, WRONG};
use crate::stub;

const ALL: [Service; 4] = [Service::Enrich, Service::Inventory, Service::Journal, Service::Netsuite];

/// No schema is registered.
pub(crate) fn unregistered() -> Vec<Case> {
    let case = |service| {
        Case::new("no schema is registered", service)
            .names(&["the schema of ", "-value is not registered in this version"])
            .remedy(&["run `tillstream topics apply`"])
    };
    ALL.map(case).into()
}

/// Nobody answers, and a while is waited.
pub(crate) fn unanswered(nobody: &str, silent: &str) -> Vec<Case> {
    let without_broker = |service| {
        Case::new("no broker listens", service)
            .with("kafka", "bootstrap_servers", nobody)
            .within(WITHOUT_BROKER)
            .names(&["cannot ask the brokers at kafka.bootstrap_servers = ", nobody])
            .remedy(&["start them, or correct kafka.bootstrap_servers"])
    };
    let mut cases: Vec<Case> = ALL.map(without_broker).into();
    cases.push(
        Case::new("a registry that never answers", Service::Enrich)
            .with("registry", "url", silent)
            .within(WITHOUT_REGISTRY)
            .names(&["the schema registry at ", silent, "no answer in time"])
            .remedy(&["start it or correct `registry.url`"]),
    );
    cases
}

/// The configuration, and what it names.
pub(crate) fn configuration(house: &House, nobody: &str) -> Vec<Case> {
    let mut cases = keys(house);
    cases.extend(registries(nobody));
    cases.extend(account_maps(house));
    cases
}

fn keys(house: &House) -> Vec<Case> {
    let absent = house.path("absent");
    let absent = absent.to_str().unwrap();
    let no_key = house.write("no-key.pem", "-----BEGIN CERTIFICATE-----\n");
    let unknown_key = |service: Service| {
        Case::new("an unknown key", service)
            .with("process", "wokers", "2")
            .names(&["process", "unknown field `wokers`", "`workers`"])
            .remedy(&["correct it in ", &format!("{}-an-unknown-key.toml", service.name())])
    };
    let mut cases: Vec<Case> = ALL.map(unknown_key).into();
    cases.extend([
        Case::new("no configuration file", Service::Enrich)
            .argument("--config")
            .argument(absent)
            .names(&["cannot read the configuration file", absent, "No such file"])
            .remedy(&["name the right one with --config"]),
        Case::new("a value of the wrong type", Service::Enrich)
            .with("enrich", "commit_interval_ms", "soon")
            .names(&["enrich.commit_interval_ms", "\"soon\"", "u64"])
            .remedy(&["correct it in ", "a-value-of-the-wrong-type.toml"]),
        Case::new("a protocol that there is not", Service::Enrich)
            .with("kafka", "security_protocol", "tls")
            .names(&["kafka.security_protocol = \"tls\""])
            .remedy(&["set one of plaintext, ssl, sasl_plaintext, sasl_ssl"]),
        Case::new("no password of the broker", Service::Inventory)
            .with("kafka", "security_protocol", "sasl_plaintext")
            .with("kafka", "sasl_mechanism", "PLAIN")
            .with("kafka", "sasl_username", "inventory")
            .with("kafka", "sasl_password_file", absent)
            .names(&["kafka.sasl_password_file", absent, "No such file"])
            .remedy(&["make the file readable to this process"]),
        Case::new("no password of the registry", Service::Journal)
            .with("registry", "username", "journal")
            .with("registry", "password_file", absent)
            .names(&["`registry.password_file`", absent, "No such file"])
            .remedy(&["make the file readable to this process"]),
        Case::new("no private key", Service::Netsuite)
            .with("netsuite", "private_key_file", absent)
            .names(&["netsuite.private_key_file", absent, "No such file"])
            .remedy(&["make the file readable to this process"]),
        Case::new("a private key that is none", Service::Netsuite)
            .with("netsuite", "private_key_file", &no_key)
            .names(&["netsuite: `private_key_file` holds no RSA key in PEM form"])
            .remedy(&["use the one whose certificate is mapped in NetSuite"]),
        Case::new("an admin address that is taken", Service::Inventory)
            .with("kafka", "namespace", EARLY)
            .with("process", "admin_address", &house.bootstrap)
            .names(&["process.admin_address", &house.bootstrap, "in use"])
            .remedy(&["set another one"]),
    ]);
    cases
}

fn registries(nobody: &str) -> Vec<Case> {
    let nobody = format!("http://{nobody}");
    let broken = stub::answering("500 Internal Server Error");
    let closed = stub::answering("401 Unauthorized");
    vec![
        Case::new("no registry listens", Service::Journal)
            .with("registry", "url", &nobody)
            .names(&["the schema registry at ", &nobody, "Connection refused"])
            .remedy(&["start it or correct `registry.url`"]),
        Case::new("a registry that is broken", Service::Netsuite)
            .with("registry", "url", &broken)
            .names(&["the schema registry at ", &broken, "500 Internal Server Error"])
            .remedy(&["start it or correct `registry.url`"]),
        Case::new("a registry that wants a password", Service::Inventory)
            .with("registry", "url", &closed)
            .names(&["the schema registry at ", &closed, "refuses access", "401 Unauthorized"])
            .remedy(&["check `registry.username` and `registry.password_file`"]),
        Case::new("an address that is none", Service::Enrich)
            .with("registry", "url", "registry:8080")
            .names(&["`registry.url` = registry:8080"])
            .remedy(&["must begin with http:// or https://"]),
    ]
}

fn account_maps(house: &House) -> Vec<Case> {
    let with = |line: &str| ACCOUNTS.replace("\n[subsidiaries.US]\n", &format!("\n{line}\n"));
    let without_tax = ACCOUNTS.replace("tax_payable = { default", "# tax_payable = { default");
    let without_tax = house.write("accounts-without-tax.toml", &without_tax);
    let stranger = "[subsidiaries.US]\nsalez = { default = \"400\" }";
    let stranger = house.write("accounts-with-a-stranger.toml", &with(stranger));
    let customers = "125 = { type = \"AcctRec\" }\n\n[subsidiaries.US]";
    let customers = house.write("accounts-of-customers.toml", &with(customers));
    let vendors = "126 = { type = \"AcctPay\" }\n\n[subsidiaries.US]";
    let vendors = house.write("accounts-of-vendors.toml", &with(vendors));
    let unlisted = ACCOUNTS.replace("default = \"490\"", "default = \"491\"");
    let unlisted = house.write("accounts-unlisted.toml", &unlisted);
    let torn = house.write("accounts-torn.toml", "[accounts\n");
    let absent = house.path("absent.toml").display().to_string();
    let map = |name, service: Service, file: &str| {
        Case::new(name, service).with(service.name(), "account_map", file).names(&[".account_map = ", file])
    };
    vec![
        map("a role without an account", Service::Journal, &without_tax)
            .names(&["[subsidiaries.US]", "role `tax_payable` is in use and has no account"])
            .remedy(&["add `tax_payable.default`"]),
        map("a role without an account", Service::Inventory, &without_tax)
            .names(&["[subsidiaries.US]", "role `tax_payable` is in use and has no account"])
            .remedy(&["add `tax_payable.default`"]),
        map("a role that there is not", Service::Journal, &stranger)
            .names(&["[subsidiaries.US]", "unknown role `salez`"])
            .remedy(&["known are ", "sales"]),
        map("an account of customers", Service::Journal, &customers)
            .names(&["[accounts] 125", "type AcctRec cannot be booked to", "a customer on every line"])
            .remedy(&["choose another account"]),
        map("an account of vendors", Service::Inventory, &vendors)
            .names(&["[accounts] 126", "type AcctPay cannot be booked to", "a vendor on every line"])
            .remedy(&["choose another account"]),
        map("an account without a type", Service::Journal, &unlisted)
            .names(&["account `491` is not listed"])
            .remedy(&["add it to [accounts] with its type"]),
        map("an account map that is torn", Service::Inventory, &torn)
            .names(&["line 1"])
            .remedy(&["`journal --help` shows one that is right"]),
        map("no account map", Service::Journal, &absent)
            .names(&["No such file"])
            .remedy(&["name the right file, or make it readable to this process"]),
        Case::new("no next account map", Service::Inventory)
            .with("inventory", "next_account_map", &absent)
            .names(&["inventory.next_account_map = ", &absent, "No such file"])
            .remedy(&["name the right file, or make it readable to this process"]),
        Case::new("another map is adopted than is there", Service::Journal)
            .argument("--adopt-account-map")
            .argument("0123")
            .names(&["journal.account_map = ", "--adopt-account-map names 0123", "the file has the hash "])
            .remedy(&["adopt the map that you mean to use"]),
    ]
}

/// Topics that are missing, wrong, or without a first offset.
pub(crate) fn topics(house: &House) -> Vec<Case> {
    let missing = |service| {
        Case::new("no topic is there", service)
            .with("kafka", "namespace", "nowhere.")
            .names(&[": existence must be there, is missing: "])
            .remedy(&["run `tillstream topics apply`, or correct kafka.namespace"])
    };
    let mut cases: Vec<Case> = ALL.map(missing).into();
    let alter =
        format!("kafka-configs.sh --bootstrap-server {} --alter --topic wrong.inventory.", house.bootstrap);
    let alter = |what: &str| format!("{alter}{what}");
    cases.push(
        Case::new("every topic is wrong", Service::Inventory)
            .with("kafka", "namespace", WRONG)
            .names(&[
                "6 finding(s)",
                "wrong.inventory.changelog: existence must be there, is missing: ",
                "wrong.inventory.positions: partitions must be 12, is 6: ",
                "wrong.inventory.positions: cleanup.policy must be compact, is delete: ",
                "wrong.inventory.adjustments: retention.ms must be 34560000000, is 60000: ",
                "wrong.inventory.adjustments: max.message.bytes must be 1048576, is 1000: ",
                "wrong.inventory.adjustments: min.insync.replicas must be 1, is 2: ",
            ])
            .remedy(&[
                "run `tillstream topics apply`",
                "drain it, delete it, run `tillstream topics apply` and load it again",
                &alter("positions --add-config cleanup.policy=compact"),
                &alter("adjustments --add-config retention.ms=34560000000"),
                &alter("adjustments --add-config max.message.bytes=1048576"),
                &alter("adjustments --add-config min.insync.replicas=1"),
            ]),
    );
    cases.push(
        Case::new("no first start", Service::Inventory)
            .with("kafka", "namespace", EARLY)
            .names(&["inventory.deltas [", "neither a committed offset nor a changelog header"])
            .remedy(&["run `tillstream topics apply --first-start`"]),
    );
    cases
}
