//! A command as a user types it.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use http::HeaderName;
use serde_json::Value;

use super::resolve::{ResolvedRequest, resolve_dynamic_request};
use crate::client::{ApiResponse, Client};
use crate::error::{Error, Result};
use crate::query::Query;
use crate::schema::SchemaIndex;

/// What a user typed, as it stands on a command line. Group, resource, action and id are those of [`resolve_dynamic_request`].
#[derive(Clone, Copy, Default)]
pub struct DynamicCommand<'a> {
    /// As `dcim` or `plugins/gpon`.
    pub group: &'a str,
    /// As `devices`.
    pub resource: &'a str,
    /// As `list`, `bulk-patch` or `available-ips`.
    pub action: &'a str,
    /// The object.
    pub object_id: Option<&'a str>,
    /// Parameters, as `site=lon`. A name may stand more than once.
    pub query_pairs: &'a [&'a str],
    /// The body as JSON.
    pub body_json: Option<&'a str>,
    /// The body as a file that holds JSON. There is one body at most.
    pub body_file: Option<&'a Path>,
    /// Headers, as `If-Match: "x"` or `X-NetBox-Branch=a1b2c3d4`. Of those with the same name the last counts.
    pub header_pairs: &'a [&'a str],
    /// Whether parameters of a list are refused that NetBox would ignore, and answer with everything: [`SchemaIndex::check_filters`]. Default no.
    pub strict: bool,
}

impl DynamicCommand<'_> {
    /// The command as a request, checked against an index. Nothing is sent. The headers are not part of it: those of a list are given to
    /// [`Client::with_header`].
    ///
    /// # Errors
    /// Those of [`resolve_dynamic_request`], and where it is `strict` of [`SchemaIndex::check_filters`]; a parameter that is no `key=value`; two bodies; a file that cannot be read; a body that is no JSON, with line and column. All are
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest), and none holds a part of the body.
    pub fn resolve(&self, index: &SchemaIndex) -> Result<ResolvedRequest> {
        let mut query = Query::default();
        for (at, pair) in self.query_pairs.iter().enumerate() {
            match pair.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => query.push(name.trim(), value),
                Some(_) => return Err(Error::invalid_request(format!("parameter [{at}] has no name before its ="))),
                None => {
                    return Err(Error::invalid_request(format!("parameter [{at}] is no pair: {pair:?}"))
                        .with_hint("Parameters are written key=value"));
                }
            }
        }
        let resolved = resolve_dynamic_request(index, self.group, self.resource, self.action, self.object_id, query, self.body()?)?;
        if self.strict {
            index.check_filters(&resolved.path, &resolved.query)?;
        }
        Ok(resolved)
    }

    fn body(&self) -> Result<Option<Value>> {
        let (bytes, place) = match (self.body_json, self.body_file) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => return Err(Error::invalid_request("there are two bodies, one as text and one as a file")),
            (Some(text), None) => (Cow::from(text.as_bytes()), "the body".to_owned()),
            (None, Some(path)) => {
                let place = format!("the file {:?}", path.display().to_string());
                let bytes = std::fs::read(path)
                    .map_err(|error| Error::invalid_request(format!("{place} cannot be read: {error}")).with_source(error))?;
                (Cow::from(bytes), place)
            }
        };
        // The parser says what it expected and where, and quotes nothing.
        serde_json::from_slice(&bytes).map(Some).map_err(|error| Error::invalid_request(format!("{place} is no JSON: {error}")))
    }

    /// The headers by name and value. What is wrong is told by its position: it may hold a secret.
    fn headers(&self) -> impl Iterator<Item = Result<(&str, &str)>> {
        self.header_pairs.iter().enumerate().map(|(at, pair)| {
            let pair = pair.split_once([':', '=']).map(|(name, value)| (name.trim(), value.trim()));
            pair.filter(|(name, _)| HeaderName::from_bytes(name.as_bytes()).is_ok()).ok_or_else(|| {
                Error::invalid_request(format!("header [{at}] does not begin with the name of a header"))
                    .with_hint("Headers are written \"Name: value\" or Name=value")
            })
        })
    }
}

/// Without what may be secret.
impl fmt::Debug for DynamicCommand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicCommand")
            .field("group", &self.group)
            .field("resource", &self.resource)
            .field("action", &self.action)
            .field("object_id", &self.object_id)
            .finish_non_exhaustive()
    }
}

/// Sends a command. A status of 400 and above is a reply: see [`ApiResponse::error_for_status`].
///
/// ```no_run
/// use netbox_sdk::services::{DynamicCommand, run_dynamic_command};
/// use netbox_sdk::{Client, ReleaseLine, build_schema_index};
///
/// let client = Client::from_env()?;
/// let index = build_schema_index(ReleaseLine::V4_7)?;
/// let command = DynamicCommand {
///     group: "dcim",
///     resource: "sites",
///     action: "patch",
///     object_id: Some("1"),
///     body_json: Some(r#"{"facility": "Hall 2"}"#),
///     ..DynamicCommand::default()
/// };
/// let site: serde_json::Value = run_dynamic_command(&client, &index, &command)?.error_for_status()?.json()?;
/// println!("{}", site["facility"]);
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
///
/// # Errors
/// Before anything is sent those of [`DynamicCommand::resolve`], and what cannot be a header. No reply, for any reason: see [`ErrorKind`](crate::ErrorKind).
pub fn run_dynamic_command(client: &Client, index: &SchemaIndex, command: &DynamicCommand<'_>) -> Result<ApiResponse> {
    let resolved = command.resolve(index)?;
    let mut request = client.request(resolved.method, &resolved.path).queries(resolved.query);
    for header in command.headers() {
        let (name, value) = header?;
        request = request.header(name, value);
    }
    if let Some(payload) = &resolved.payload {
        request = request.json(payload);
    }
    request.send()
}
