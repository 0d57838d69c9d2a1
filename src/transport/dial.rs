//! Makes connections, and knows how far it came: the phase of a failure, and whether a byte of a request left.

use std::cell::Cell;
use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, RustlsConnector, TcpConnector, Transport,
};

use super::veil;

thread_local! {
    /// Bytes of the present request that were handed to a connection. A call runs on one thread from its start to its end.
    static SENT: Cell<u64> = const { Cell::new(0) };
}

/// Runs a call and counts the bytes of its request that left.
pub(super) fn count_sent<T>(call: impl FnOnce() -> T) -> (T, u64) {
    // A body that is read from another call's reply makes calls of its own.
    let outer = SENT.replace(0);
    let outcome = call();
    (outcome, SENT.replace(outer))
}

/// How far a connection came that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Resolve,
    Proxy,
    Connect,
    Tls,
}

/// A connection that was not made.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(super) struct DialError {
    pub(super) phase: Phase,
    pub(super) error: Error,
}

fn dial_error(phase: Phase) -> impl FnOnce(Error) -> Error {
    move |error| Error::Other(Box::new(DialError { phase, error }))
}

/// Finds addresses, and marks its errors: without the mark they look like those of a connection.
#[derive(Debug, Default)]
pub(super) struct NameResolver(DefaultResolver);

impl Resolver for NameResolver {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        // An address needs no look-up, and no thread that waits for one.
        let address = uri.host().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        let port = uri.port_u16().or(match uri.scheme_str() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => None,
        });
        if let (Some(address), Some(port)) = (address, port) {
            let mut found = self.empty();
            found.push(SocketAddr::new(address, port));
            return Ok(found);
        }
        self.0.resolve(uri, config, timeout).map_err(dial_error(Phase::Resolve))
    }
}

/// Proxy tunnel or TCP, then TLS, then a counter of what is sent. Clones share one TLS configuration.
#[derive(Debug, Clone, Default)]
pub(super) struct Dialer(Arc<RustlsConnector>);

impl Connector for Dialer {
    type Out = Counted;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Counted>, Error> {
        let transport = veil::while_dialling(|| self.dial(details));
        // What went out so far was for a proxy or for TLS, not of the request.
        SENT.set(0);
        Ok(Some(Counted { transport: transport?, is_refused: false }))
    }
}

impl Dialer {
    fn dial(&self, details: &ConnectionDetails<'_>) -> Result<Box<dyn Transport>, Error> {
        let tunnel = ConnectProxyConnector::default().connect(details, None::<()>).map_err(dial_error(Phase::Proxy))?;
        let stream = TcpConnector::default().connect(details, tunnel).map_err(dial_error(Phase::Connect))?;
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: details.resolver.empty(),
            config: details.config,
            // The limits of a request are its own, its TLS settings never: so the built ones serve.
            request_level: false,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        match self.0.connect(&details, stream).map_err(dial_error(Phase::Tls))? {
            Some(transport) => Ok(Box::new(transport)),
            None => Err(dial_error(Phase::Connect)(Error::ConnectionFailed)),
        }
    }
}

/// A connection that counts what is sent on it.
#[derive(Debug)]
pub(super) struct Counted {
    transport: Box<dyn Transport>,
    /// Whether the server takes no more. It may have said why before it closed, so the rest is dropped and its reply is read.
    is_refused: bool,
}

impl Transport for Counted {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.is_refused {
            return Ok(());
        }
        let amount = veil::complete(self.transport.buffers().output(), amount)?;
        // Counted before: of a write that fails a part may have left.
        SENT.set(SENT.get() + amount as u64);
        match self.transport.transmit_output(amount, timeout) {
            Err(Error::Io(error)) if matches!(error.kind(), BrokenPipe | ConnectionReset | ConnectionAborted) => {
                self.is_refused = true;
                Ok(())
            }
            outcome => outcome,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.transport.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        !self.is_refused && self.transport.is_open()
    }

    fn is_tls(&self) -> bool {
        self.transport.is_tls()
    }
}
