//! Why there is no reply, in our words.

use std::io;

use rustls::CertificateError;
use ureq::Timeout;

use super::Limits;
use super::dial::{DialError, Phase};
use crate::error::ErrorKind;

/// Why a call has no reply.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) hint: Option<&'static str>,
    /// Whether a byte of the request was handed to a connection.
    pub(crate) sent: bool,
    /// Whether the same might work a moment later.
    pub(crate) is_passing: bool,
    pub(crate) source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A reader that was to be uploaded failed: told apart from the connection by its type.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct UploadFailure(String);

pub(super) fn upload_failure(message: String) -> io::Error {
    io::Error::other(UploadFailure(message))
}

fn is_upload_failure(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<UploadFailure>())
}

impl Failure {
    pub(super) fn of(error: ureq::Error, sent: bool, limits: Limits) -> Failure {
        match error {
            ureq::Error::Other(inner) => match inner.downcast::<DialError>() {
                Ok(dial) => of_dial(*dial),
                Err(other) => Failure::new(ErrorKind::Protocol, other.to_string()).sent(sent).because(other),
            },
            ureq::Error::Timeout(reason) => {
                let message = match (reason, limits.attempt) {
                    (Timeout::PerCall | Timeout::Global, Some(limit)) => format!("timed out: no complete reply within {limit:?}"),
                    (Timeout::Resolve | Timeout::Connect, _) => "timed out: no connection within the time limit".to_owned(),
                    _ => format!("timed out: the server was silent for {:?}", limits.read),
                };
                Failure::new(ErrorKind::Timeout, message)
                    .sent(sent)
                    .hint("Ask for less (fields, a smaller page) or give the request more time")
            }
            ureq::Error::Io(error) if is_upload_failure(&error) => {
                Failure::new(ErrorKind::Io, format!("the upload stopped: {error}")).sent(sent)
            }
            ureq::Error::Io(error) => {
                let message = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "the server closed the connection before the reply was complete".to_owned(),
                    _ => format!("the connection broke: {error}"),
                };
                Failure::new(ErrorKind::ConnectionLost, message).sent(sent).passing().because(error)
            }
            ureq::Error::BodyExceedsLimit(limit) => {
                Failure::new(ErrorKind::TooLarge, format!("the reply is larger than the limit of {limit} bytes"))
                    .sent(sent)
                    .hint("Ask for less, raise max_response_size, or write it to a file with send_to")
            }
            ureq::Error::BodyStalled => Failure::new(ErrorKind::ConnectionLost, "the reply stalled").sent(sent).passing(),
            ureq::Error::Decompress(_, error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Failure::new(ErrorKind::ConnectionLost, "the server closed the connection before the reply was complete")
                    .sent(sent)
                    .passing()
                    .because(error)
            }
            ureq::Error::Protocol(error) => Failure::new(ErrorKind::Protocol, format!("not a valid HTTP exchange: {error}"))
                .sent(sent)
                .hint("Is it a web server that answers on this port?")
                .because(error),
            other => Failure::new(ErrorKind::Protocol, format!("not a valid HTTP exchange: {other}")).sent(sent).because(other),
        }
    }

    pub(super) fn of_writer(error: io::Error) -> Failure {
        Failure::new(ErrorKind::Io, format!("the reply could not be written: {error}")).sent(true).because(error)
    }

    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Failure {
        Failure { kind, message: message.into(), hint: None, sent: false, is_passing: false, source: None }
    }

    fn sent(mut self, sent: bool) -> Failure {
        self.sent = sent;
        self
    }

    fn passing(mut self) -> Failure {
        self.is_passing = true;
        self
    }

    fn hint(mut self, hint: &'static str) -> Failure {
        self.hint = Some(hint);
        self
    }

    fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
        self.source = Some(source.into());
        self
    }
}

fn of_dial(dial: DialError) -> Failure {
    match (dial.phase, dial.error) {
        // Dialling the proxy itself went through the same steps.
        (Phase::Proxy, ureq::Error::Other(inner)) => match inner.downcast::<DialError>() {
            Ok(inner) => {
                let mut failure = of_dial(*inner);
                failure.message = format!("the proxy cannot be used: {}", failure.message);
                failure.hint = Some("Look at the proxy setting, HTTP_PROXY, HTTPS_PROXY and NO_PROXY");
                failure
            }
            Err(other) => Failure::new(ErrorKind::Connect, other.to_string()).because(other),
        },
        (Phase::Resolve, ureq::Error::Timeout(_)) => {
            Failure::new(ErrorKind::Timeout, "timed out: the look-up of the host name (DNS) did not end in time").passing()
        }
        (Phase::Resolve, error) => {
            Failure::new(ErrorKind::Dns, format!("the host name was not found (DNS): {}", error.to_string().trim_start_matches("io: ")))
                .passing()
                .hint("Check the host name in the base URL")
                .because(error)
        }
        (Phase::Tls, ureq::Error::Timeout(_)) => Failure::new(ErrorKind::Timeout, "timed out: the TLS handshake did not end in time")
            .hint("If the server speaks plain HTTP, begin the base URL with http://"),
        (_, ureq::Error::Timeout(_)) => Failure::new(ErrorKind::Timeout, "timed out: no connection in time")
            .passing()
            .hint("Check host and port, and whether a firewall drops the packets"),
        (Phase::Tls, error) => of_tls(error),
        (Phase::Proxy, error) => {
            Failure::new(ErrorKind::Connect, format!("the proxy made no connection: {error}")).passing().because(error)
        }
        (_, ureq::Error::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            Failure::new(ErrorKind::Connect, "the connection was refused")
                .passing()
                .hint("Is NetBox running there? Check host and port")
                .because(error)
        }
        (_, error) => Failure::new(ErrorKind::Connect, format!("no connection: {error}")).passing().because(error),
    }
}

fn of_tls(error: ureq::Error) -> Failure {
    let rustls_error = match &error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()),
        _ => None,
    };
    let failure = match rustls_error {
        Some(rustls::Error::InvalidCertificate(reason)) => {
            let (what, hint) = match reason {
                CertificateError::UnknownIssuer | CertificateError::BadSignature => (
                    "it is not from an authority that is known here".to_owned(),
                    "Give the certificate of the authority that signed it with root_certificates_file, or in SSL_CERT_FILE",
                ),
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    (reason.to_string(), "Use the name that the certificate is for")
                }
                _ => (reason.to_string(), "Check the server's certificate and the clock of this machine"),
            };
            Failure::new(ErrorKind::Certificate, format!("the server's certificate is not trusted: {what}")).hint(hint)
        }
        Some(rustls::Error::General(text)) if text.contains("No CA certificates") => {
            let whose = match std::env::var("SSL_CERT_FILE") {
                Ok(file) => format!("{file} (SSL_CERT_FILE) has"),
                Err(_) => "this system has".to_owned(),
            };
            Failure::new(ErrorKind::Certificate, format!("{whose} no root certificates, so no server can be trusted"))
                .hint("Install the package ca-certificates, set SSL_CERT_FILE, or give root_certificates_file")
        }
        Some(rustls::Error::InvalidMessage(_)) => Failure::new(ErrorKind::Tls, "the server does not speak TLS on this port")
            .hint("If it speaks plain HTTP, begin the base URL with http://"),
        Some(rustls::Error::AlertReceived(alert)) => {
            Failure::new(ErrorKind::Tls, format!("the server refused the TLS handshake ({alert:?})"))
                .hint("It may want a client certificate")
        }
        Some(other) => Failure::new(ErrorKind::Tls, format!("the TLS handshake failed: {other}")),
        None => Failure::new(ErrorKind::Tls, format!("the TLS handshake failed: {error}")).passing(),
    };
    failure.because(error)
}
