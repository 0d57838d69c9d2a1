//! What a server is, and whether it can be used.

use std::io::Write;
use std::time::Duration;

use serde_json::Value;

use super::{ApiResponse, Client};
use crate::error::{Error, ErrorKind, Result, describe_page};

/// The document of the API takes a busy server this long.
const OPENAPI_TIMEOUT: Duration = Duration::from_secs(300);

/// What came of [`Client::probe_connection`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionProbe {
    /// Whether a NetBox answered: with a status below 400, or with 403, its answer to every refused or missing token.
    pub ok: bool,
    /// The status, where something answered.
    pub status: Option<u16>,
    /// NetBox's release line, as `4.7`.
    pub version: Option<String>,
    /// What is wrong, in words. With 403 it says why the token is refused, though `ok` is true.
    pub error: Option<String>,
}

impl Client {
    /// Asks `/api/` whether a NetBox is there. Never an error: what is wrong stands in the result, and tells a name that is not found, a refused connection,
    /// TLS, a time limit and a server that is not a NetBox apart.
    pub fn probe_connection(&self) -> ConnectionProbe {
        let response = match self.get("").without_retries().of_server().send() {
            Ok(response) => response,
            Err(error) => {
                let status = error.status().map(|status| status.as_u16());
                return ConnectionProbe { ok: false, status, version: None, error: Some(error.to_string()) };
            }
        };
        let status = Some(response.status().as_u16());
        let version = response.version().map(str::to_owned);
        if version.is_none() {
            let error = Some(not_netbox(&response).to_string());
            return ConnectionProbe { ok: false, status, version, error };
        }
        let ok = response.status().as_u16() < 400 || response.status() == http::StatusCode::FORBIDDEN;
        let error = response.error_for_status().err().map(|error| error.to_string());
        ConnectionProbe { ok, status, version, error }
    }

    /// NetBox's release line, as `4.7`. It is read from `/api/`, and needs no token.
    ///
    /// # Errors
    /// No reply; [`ErrorKind::NotNetBox`] where the reply has no `API-Version`.
    pub fn version(&self) -> Result<String> {
        let response = self.get("").of_server().send()?;
        response.version().map(str::to_owned).ok_or_else(|| not_netbox(&response))
    }

    /// `/api/status/`: versions of NetBox, of Python and Django and of the plugins, and how many workers run.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn status(&self) -> Result<Value> {
        self.get("status").send()?.error_for_status()?.json()
    }

    /// The server's own OpenAPI document: 15 MB, which cost the server 10 to 20 s. The time limit is 5 minutes.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn openapi(&self) -> Result<Value> {
        self.get("schema").query("format", "json").timeout(OPENAPI_TIMEOUT).send()?.error_for_status()?.json()
    }

    /// As [`openapi`](Client::openapi), as it comes, to a writer. Returns how many bytes it has.
    ///
    /// # Errors
    /// As [`openapi`](Client::openapi), and where the writer fails.
    pub fn openapi_to(&self, writer: &mut (impl Write + ?Sized)) -> Result<u64> {
        let response = self.get("schema").query("format", "json").timeout(OPENAPI_TIMEOUT).send_to(writer)?;
        response.error_for_status().map(|response| response.written())
    }
}

fn not_netbox(response: &ApiResponse) -> Error {
    if matches!(response.status().as_u16(), 502..=504) {
        return response.error(ErrorKind::Server, "a proxy answers, and NetBox behind it does not").retryable(true);
    }
    let what = describe_page(response.header("content-type").unwrap_or_default(), &response.hide(&response.text()));
    response
        .error(ErrorKind::NotNetBox, format!("this is not a NetBox: the reply has no API-Version and is {what}"))
        .with_hint("Check the base URL, and whether NetBox lives under a sub-path there")
}
