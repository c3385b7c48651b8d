//! The admin server: `/livez`, `/readyz` and `/metrics`, on a thread of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::error::Error;
use crate::health::Health;
use crate::metrics;

/// Serves a process's health until the process ends. Returns the address it listens on.
///
/// # Errors
/// [`Error::System`] when the address cannot be bound.
pub(crate) fn serve(address: &str, health: Health) -> Result<SocketAddr, Error> {
    let doing = || format!("cannot serve process.admin_address {address}; set another one");
    let system = |source| Error::System { doing: doing(), source };
    let listener = std::net::TcpListener::bind(address).map_err(system)?;
    listener.set_nonblocking(true).map_err(system)?;
    let bound = listener.local_addr().map_err(system)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(system)?;
    std::thread::Builder::new()
        .name("admin".to_owned())
        .spawn(move || {
            runtime.block_on(async move {
                let served = match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => axum::serve(listener, router(Arc::new(health))).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = served {
                    tracing::error!(%error, "admin server ended; probes will fail");
                }
            });
        })
        .map_err(system)?;
    Ok(bound)
}

fn router(health: Arc<Health>) -> Router {
    Router::new()
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/metrics", get(scrape))
        .with_state(health)
}

async fn live(State(health): State<Arc<Health>>) -> impl IntoResponse {
    answer(health.live())
}

async fn ready(State(health): State<Arc<Health>>) -> impl IntoResponse {
    answer(health.ready())
}

async fn scrape() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], metrics::render())
}

fn answer(state: Result<(), String>) -> (StatusCode, String) {
    match state {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(missing) => (StatusCode::SERVICE_UNAVAILABLE, format!("{missing}\n")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::{Read, Write};

    use super::*;

    fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn probes_and_metrics_are_served() {
        let health = Health {
            workers: Vec::new(),
            tables: vec![("enrich".to_owned(), crate::tables::TablesReady::default())],
        };
        let address = serve("127.0.0.1:0", health).unwrap();
        assert!(ask(address, "/livez").starts_with("HTTP/1.1 200"));
        let ready = ask(address, "/readyz");
        assert!(
            ready.starts_with("HTTP/1.1 503") && ready.contains("enrich waits for its tables"),
            "{ready}"
        );
        assert!(ask(address, "/metrics").starts_with("HTTP/1.1 200"));
        assert!(ask(address, "/nothing").starts_with("HTTP/1.1 404"));
    }

    #[test]
    fn an_address_that_is_taken_is_named() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let refused = serve(&address, Health::default()).unwrap_err();
        assert!(refused.to_string().contains(&address), "{refused}");
    }
}
