//! Sends one request and gets one reply. The only code that names ureq.

mod dial;
mod failure;
mod form;
mod veil;

use std::io::{Read, Write};
use std::time::Duration;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response};
use secrecy::ExposeSecret;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy, RequestExt, SendBody};

use crate::config::{Config, TlsSettings};
use crate::error::{Error, Result};
use dial::{Dialer, NameResolver};
pub(crate) use failure::Failure;
use failure::upload_failure;
pub(crate) use form::{Exact, FormPart};

/// A longer time limit would overflow the clock: a hundred years.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Two agents that share how they connect: one keeps its connections, the other never does.
#[derive(Debug)]
pub(crate) struct Transport {
    pooled: Agent,
    fresh: Agent,
}

/// What is different from request to request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) read: Duration,
    /// `None` for streams.
    pub(crate) attempt: Option<Duration>,
    /// Whether the connection may be one that was used before.
    pub(crate) reuse_connection: bool,
}

/// What goes out behind the headers.
pub(crate) enum Outgoing<'a> {
    None,
    Bytes(&'a [u8]),
    Form(Vec<FormPart<'a>>),
}

/// The body of a reply, not yet read.
pub(crate) struct Incoming(Body);

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Transport> {
        let dialer = Dialer::default();
        let agent = |idle: usize| -> Result<Agent> {
            let settings = Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .user_agent(config.user_agent.as_str())
                .proxy(proxy(config)?)
                .tls_config(tls(&config.tls)?)
                .timeout_resolve(Some(config.timeouts.connect.min(FOREVER)))
                .timeout_connect(Some(config.timeouts.connect.min(FOREVER)))
                .max_idle_connections(idle)
                .max_idle_connections_per_host(idle)
                .build();
            Ok(Agent::with_parts(settings, dialer.clone(), NameResolver::default()))
        };
        Ok(Transport { pooled: agent(config.max_idle_connections)?, fresh: agent(0)? })
    }

    /// Sends a request and waits for the head of the reply.
    pub(crate) fn send(&self, mut request: Request<()>, body: Outgoing<'_>, limits: Limits) -> Result<Response<Incoming>, Failure> {
        let agent = if limits.reuse_connection { &self.pooled } else { &self.fresh };
        let takes_body = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
        let lacking = veil::Lacking::take_from(&mut request);
        let call = || match body {
            // Every write carries a Content-Length, 0 too.
            Outgoing::None if takes_body => run(agent, request.map(|()| [].as_slice()), limits),
            Outgoing::None => run(agent, request.map(|()| SendBody::none()), limits),
            Outgoing::Bytes(bytes) => run(agent, request.map(|()| bytes), limits),
            Outgoing::Form(mut parts) => {
                let mut form = form::assemble(&mut parts)?;
                request.headers_mut().insert(CONTENT_TYPE, form.content_type);
                request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(form.length));
                run(agent, request.map(|()| SendBody::from_reader(&mut form.body)), limits)
            }
        };
        let (outcome, sent) = dial::count_sent(|| veil::with(lacking, call));
        match outcome {
            Ok(response) => Ok(response.map(Incoming)),
            Err(error) => Err(Failure::of(error, sent > 0, limits)),
        }
    }
}

fn run(agent: &Agent, request: Request<impl ureq::AsSendBody>, limits: Limits) -> Result<Response<Body>, ureq::Error> {
    request
        .with_agent(agent)
        .configure()
        .timeout_per_read(Some(limits.read.min(FOREVER)))
        .timeout_per_write(Some(limits.read.min(FOREVER)))
        .timeout_per_call(limits.attempt.map(|limit| limit.min(FOREVER)))
        .build()
        .run()
}

impl Incoming {
    /// The whole body, decompressed. One that is larger than `max` bytes is a failure.
    pub(crate) fn read(self, max: u64, limits: Limits) -> Result<Vec<u8>, Failure> {
        // A length is only what the server claims, so it does not decide over much memory.
        let expected = self.0.content_length().unwrap_or(0).min(max).min(8 << 20);
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
        self.0.into_with_config().limit(max).reader().read_to_end(&mut bytes).map_err(|error| Failure::of(error.into(), true, limits))?;
        Ok(bytes)
    }

    /// Copies the body, decompressed, and counts what was written, also when that fails.
    pub(crate) fn copy(self, writer: &mut dyn Write, written: &mut u64, limits: Limits) -> Result<(), Failure> {
        let mut reader = self.0.into_reader();
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => return writer.flush().map_err(Failure::of_writer),
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::of(error.into(), true, limits)),
            };
            writer.write_all(&buffer[..count]).map_err(Failure::of_writer)?;
            *written += count as u64;
        }
    }
}

fn proxy(config: &Config) -> Result<Option<Proxy>> {
    config
        .proxy
        .as_ref()
        .map(|url| Proxy::new(url.expose()).map_err(|_| Error::config("the address of the proxy is not valid")))
        .transpose()
}

fn tls(settings: &TlsSettings) -> Result<TlsConfig> {
    let own = |der: &rustls::pki_types::CertificateDer<'static>| Certificate::from_der(der).to_owned();
    let roots = match &settings.roots {
        Some(roots) => RootCerts::from(roots.iter().map(own)),
        None => RootCerts::PlatformVerifier,
    };
    let client = settings
        .client
        .as_ref()
        .map(|client| {
            let key = PrivateKey::from_pem(client.key_pem.expose_secret())
                .map_err(|_| Error::config("the private key of the client certificate is not valid"))?;
            let chain: Vec<_> = client.chain.iter().map(own).collect();
            Ok::<_, Error>(ClientCert::new_with_certs(&chain, key))
        })
        .transpose()?;
    Ok(TlsConfig::builder().root_certs(roots).client_cert(client).disable_verification(settings.accept_invalid_certificates).build())
}
