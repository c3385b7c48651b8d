//! A broker that is reached over TLS only by whom it knows: a service works there as elsewhere, and what it cannot
//! agree with the broker about is named.

use std::path::Path;
use std::time::Duration;

use tillstream::stack::free_port;
use tillstream::tool::JAVA;

use crate::case::{Case, WITHOUT_BROKER, check, start_all};
use crate::house::{House, Service, log};
use crate::http;
use crate::rights;
use crate::wait::wait_until;

/// How long a service may take to come up.
const WITHIN: Duration = Duration::from_secs(60);

/// What the scripts of Java and Kafka start.
const KEYTOOL: &str = "java.base/sun.security.tools.keytool.Main";
const CONFIGS: &str = "kafka.admin.ConfigCommand";

const NAME: &str = "till";
const PASSWORD: &str = "a-secret-of-the-test";

/// A listener of the broker with TLS, and the certificate it shows.
pub(crate) struct Secure {
    address: String,
    store: String,
    certificate: String,
    another: String,
}

impl Secure {
    /// Makes the keys of a broker on loopback, and those of somebody else.
    pub(crate) fn make(directory: &Path) -> Self {
        let (store, certificate) = key_pair(directory, "broker");
        let (_, another) = key_pair(directory, "another");
        Self { address: format!("127.0.0.1:{}", free_port().unwrap()), store, certificate, another }
    }

    /// As the broker takes it.
    pub(crate) fn listener(&self) -> String {
        format!("SASL_SSL://{}", self.address)
    }

    /// Further settings of the broker.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        [
            ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL"),
            ("sasl.enabled.mechanisms", "SCRAM-SHA-512"),
            (
                "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            ),
            ("ssl.keystore.type", "PKCS12"),
            ("ssl.keystore.location", &self.store),
            ("ssl.keystore.password", PASSWORD),
            ("ssl.key.password", PASSWORD),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }
}

/// A key store for Java, and its certificate for everybody else.
fn key_pair(directory: &Path, name: &str) -> (String, String) {
    let path = |ending: &str| directory.join(format!("{name}.{ending}")).display().to_string();
    let (store, certificate) = (path("p12"), path("pem"));
    let of = ["-alias", name, "-keystore", &store, "-storepass", PASSWORD];
    let make = ["-genkeypair", "-keyalg", "RSA", "-storetype", "PKCS12", "-validity", "2"];
    let names = ["-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1"];
    JAVA.run(&[&["-m", KEYTOOL], &make[..], &names, &of].concat()).unwrap();
    JAVA.run(&[&["-m", KEYTOOL, "-exportcert", "-rfc", "-file", &certificate], &of[..]].concat()).unwrap();
    (store, certificate)
}

pub(crate) fn a_service_works_over_tls_with_a_name_and_says_why_it_cannot(house: &House) {
    let add = format!("--alter --add-config SCRAM-SHA-512=[password={PASSWORD}]");
    let bootstrap = &house.bootstrap;
    rights::run(
        CONFIGS,
        &format!(
            "kafka-configs.sh --bootstrap-server {bootstrap} {add} --entity-type users --entity-name {NAME}"
        ),
    );
    let secure = &house.secure;
    let password = house.write("password", PASSWORD);
    let wrong_password = house.write("wrong-password", "another");
    let over_tls = |authority: &str, password: &str| {
        [
            ("bootstrap_servers", secure.address.clone()),
            ("security_protocol", "sasl_ssl".to_owned()),
            ("sasl_mechanism", "SCRAM-SHA-512".to_owned()),
            ("sasl_username", NAME.to_owned()),
            ("sasl_password_file", password.to_owned()),
            ("ssl_ca_file", authority.to_owned()),
        ]
    };
    let case = |name, authority: &str, password: &str| {
        let settings = over_tls(authority, password);
        settings
            .into_iter()
            .fold(Case::new(name, Service::Journal), |case, (key, value)| case.with("kafka", key, &value))
            .within(WITHOUT_BROKER)
            .names(&["cannot ask the brokers at kafka.bootstrap_servers = ", &secure.address])
    };
    let refused = start_all(
        house,
        vec![
            case("a broker that another signed", &secure.another, &password)
                .names(&["certificate verify failed"])
                .remedy(&["kafka.ssl_…"]),
            case("a wrong password of the broker", &secure.certificate, &wrong_password)
                .names(&["Authentication failed"])
                .remedy(&["kafka.sasl_…"]),
        ],
    );

    let address = format!("127.0.0.1:{}", free_port().unwrap());
    let mut config = house.config(Service::Inventory);
    config.set("process", "admin_address", &address);
    for (key, value) in over_tls(&secure.certificate, &password) {
        config.set("kafka", key, &value);
    }
    let mut inventory = house.spawn("inventory over tls", Service::Inventory, &config, &[]);
    let path = inventory.log().to_owned();
    let ready = wait_until(WITHIN, || {
        inventory.check().unwrap_or_else(|error| panic!("{error}\n{}", log(&path)));
        std::net::TcpStream::connect(&address).is_ok()
            && http::get(&format!("http://{address}/readyz")).0 == 200
    });
    assert!(ready, "{}", log(&path));
    check(refused);
}
