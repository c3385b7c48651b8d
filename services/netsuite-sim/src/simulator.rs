//! A running simulator: its own thread, its own runtime, and a handle that works without either.

use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::account::{Account, Masters};
use crate::auth::{BadCertificate, Door};
use crate::config::Config;
use crate::connection::{Cut, CuttableListener};
use crate::contract::Contract;
use crate::control::{self, Counters};
use crate::fault::{Faults, Rule};
use crate::gate::{Clockwork, Gate};
use crate::record::Preferences;
use crate::server::{self, TOKEN_PATH};
use crate::store::{Store, Transaction};
use crate::visit::{Arrival, Visitors};
use crate::work::Shared;

/// Why a simulator does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen at {address}, choose another address or port 0")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system gives no thread or no poller.
    #[error("cannot start the server thread")]
    Thread(#[source] std::io::Error),
    /// A certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] BadCertificate),
    /// The embedded field tables cannot be read.
    #[error("the embedded field tables are damaged")]
    Contract(#[source] serde_json::Error),
    /// A fault rule makes no sense.
    #[error("a fault rule makes no sense: {0}")]
    Rule(&'static str),
}

/// A running simulator. It stops when dropped.
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a simulator; it answers when this returns.
    ///
    /// # Errors
    /// When the address, a certificate or a fault rule of the configuration cannot be used.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let listen = |source| StartError::Listen { address: config.address, source };
        let listener = StdListener::bind(config.address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let shared = Arc::new(share(config, address)?);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let router = server::router(Arc::clone(&shared));
        let serve = move || {
            runtime.block_on(async move {
                let listener = match TcpListener::from_std(listener) {
                    Ok(listener) => CuttableListener(listener),
                    Err(error) => return tracing::error!(%error, "stop before the first request"),
                };
                let service = router.into_make_service_with_connect_info::<Cut>();
                // Requests under way are dropped with the runtime: whoever stops a simulator has seen enough.
                tokio::select! {
                    served = axum::serve(listener, service) => {
                        if let Err(error) = served {
                            tracing::error!(%error, "stop serving");
                        }
                    }
                    _ = stopped => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("netsuite-sim".to_owned()).spawn(serve);
        let thread = Some(thread.map_err(StartError::Thread)?);
        Ok(Self { address, shared, stop: Some(stop), thread })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin its links use, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.origin
    }

    /// The address of the token endpoint: where to ask, and the audience of an assertion.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}{TOKEN_PATH}", self.shared.origin)
    }

    /// Puts a fault in force.
    ///
    /// A rule that makes no sense, as `every: 0`, meets no request.
    pub fn inject(&self, rule: Rule) {
        match rule.objection() {
            None => self.shared.faults().add(rule),
            Some(objection) => tracing::warn!(objection, "leave out a fault rule"),
        }
    }

    /// Takes all faults out of force.
    pub fn clear_faults(&self) {
        self.shared.faults().clear();
    }

    /// Adds or replaces master data, as an administrator would.
    pub fn add_to_account(&self, account: Account) {
        self.shared.masters.write().unwrap_or_else(PoisonError::into_inner).add(account);
    }

    /// Makes every access token issued so far worthless.
    pub fn revoke_tokens(&self) {
        self.shared.door.revoke_all();
    }

    /// Everything it counts.
    #[must_use]
    pub fn counters(&self) -> Counters {
        control::count(&self.shared)
    }

    /// A copy of every transaction it holds, by ascending internal id.
    #[must_use]
    pub fn transactions(&self) -> Vec<Transaction> {
        self.shared.store().all().cloned().collect()
    }

    /// Every create it saw come, in the order of arrival.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.shared.visitors.with(|book| book.arrivals.clone())
    }

    /// Stops it and waits until its port is free.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        if let Some(stop) = self.stop.take()
            && stop.send(()).is_err()
        {
            tracing::debug!("find the server thread gone");
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("lose the server thread to a panic");
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn share(config: Config, address: SocketAddr) -> Result<Shared, StartError> {
    let origin = config
        .public_url
        .map_or_else(|| format!("http://{address}"), |url| url.trim_end_matches('/').to_owned());
    let mut faults = Faults::new(config.seed);
    for rule in config.faults {
        if let Some(objection) = rule.objection() {
            return Err(StartError::Rule(objection));
        }
        faults.add(rule);
    }
    let token_address = format!("{origin}{TOKEN_PATH}");
    Ok(Shared {
        door: Door::new(&config.authentication, config.token_lifetime, token_address)?,
        origin,
        preferences: Preferences {
            line_limit: config.line_limit,
            date_outside_period: config.date_outside_period,
        },
        guard: config.duplicate_guard,
        request_timeout: config.request_timeout,
        contract: Contract::embedded().map_err(StartError::Contract)?,
        masters: RwLock::new(Masters::new(config.account)),
        store: Mutex::new(Store::default()),
        faults: Mutex::new(faults),
        gate: Arc::new(Gate::new(config.concurrency)),
        clockwork: Clockwork::new(config.latency, config.seed),
        visitors: Arc::new(Visitors::new()),
        error_ids: AtomicU64::new(1),
    })
}
