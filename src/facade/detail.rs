//! What NetBox has below an object, or beside its resources, by its name.

use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::Api;
use super::endpoint::Endpoint;
use super::filters::{FilterValue, Filters};
use super::list::{List, Paging};
use super::record::Record;
use crate::client::{ApiResponse, RequestBuilder};
use crate::error::{Error, ErrorKind, Result};

/// An endpoint below an object: [`Record::detail`], or one that is no list of objects: [`Api::detail`]. Nothing is sent until one of its methods asks for something.
///
/// ```no_run
/// # let nb = netbox_sdk::Api::from_env()?;
/// # use serde_json::json;
/// let queued = nb.core().background_tasks().get("0f3e7a2b")?.expect("it is queued");
/// queued.detail("stop").post(json!({}))?;
/// let peer = nb.detail("dcim/connected-device").with("peer_device", "sw-1").with("peer_interface", "eth0").get()?;
/// println!("{}", peer["name"]);
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Detail {
    pub(super) endpoint: Endpoint,
    /// Below `/api/`, or why there is none.
    path: Result<String, String>,
    query: Filters,
}

impl Api {
    /// What is below `/api/` and is no list of objects: `users/config`, `extras/dashboard`, `dcim/connected-device`, `authentication-check` (since NetBox 4.5).
    pub fn detail(&self, path: &str) -> Detail {
        let endpoint = Endpoint::named(self, path);
        Detail { path: Ok(endpoint.path.clone()), endpoint, query: Filters::default() }
    }
}

impl Record {
    /// An endpoint below this object by its name, as `record.detail("render-config")`. The name is taken as it stands; an empty one is the object itself.
    pub fn detail(&self, name: &str) -> Detail {
        let path = self.path().map(|path| path + name.trim_matches('/')).map_err(|error| error.to_string());
        Detail { endpoint: self.endpoint().clone(), path, query: Filters::default() }
    }

    /// The cable paths that go through a front port, a rear port, a circuit termination or a virtual circuit termination: `GET …/<id>/paths/`.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 404 for other objects, which have a [`trace`](Record::trace).
    pub fn paths(&self) -> Result<Vec<Value>> {
        self.detail("paths").response(Method::GET)?.json()
    }

    /// The choices of a custom field choice set: `GET …/<id>/choices/`, page by page. They have an `id`, which is the value, and a `display`.
    ///
    /// # Errors
    /// A record without an id. What the server refuses is told by the iteration.
    pub fn choices(&self) -> Result<List> {
        self.detail("choices").list()
    }
}

impl Detail {
    /// Adds a query parameter. A list is the parameter repeated.
    pub fn with(mut self, name: &str, value: impl Into<FilterValue>) -> Detail {
        self.query.push(name, value.into());
        self
    }

    /// Reads it: `GET`.
    ///
    /// # Errors
    /// No reply, a status of 400 and above, a reply that is not JSON; a record without an id, before anything is sent.
    pub fn get(&self) -> Result<Value> {
        self.response(Method::GET)?.json()
    }

    /// Reads it as text, whatever it is: `GET`. A drawing with `.with("render", "svg")`, say.
    ///
    /// # Errors
    /// As [`get`](Detail::get), but any text will do.
    pub fn text(&self) -> Result<String> {
        Ok(self.response(Method::GET)?.text().into_owned())
    }

    /// Does it: `POST`. A reply without a body is null.
    ///
    /// # Errors
    /// As [`get`](Detail::get). See [`Error::may_have_been_sent`] before trying again.
    pub fn post(&self, body: impl Serialize) -> Result<Value> {
        let response = self.accepted(self.request(Method::POST)?.json(&body))?;
        if response.bytes().is_empty() { Ok(Value::Null) } else { response.json() }
    }

    /// Its objects, where it is a list that comes in pages (one that comes whole is read by [`get`](Detail::get)). The pages are read by position.
    ///
    /// # Errors
    /// A record without an id. What the server refuses is told by the iteration.
    pub fn list(&self) -> Result<List> {
        let endpoint = Endpoint { path: self.path()?.trim_end_matches('/').to_owned(), resource: None, ..self.endpoint.clone() };
        Ok(List::new(endpoint, self.query.clone()).paging(Paging::Offset))
    }

    /// A request to it with any method, for what the other methods do not do: a PUT, a PATCH, a file, other headers. Its reply may be a refusal, see
    /// [`ApiResponse::error_for_status`].
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// # use netbox_sdk::{Part, Payload, http::Method};
    /// let script = Payload::new().file("file", Part::file("audit.py"));
    /// nb.detail("extras/scripts/upload").request(Method::POST)?.payload(script).send()?.error_for_status()?;
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// A record without an id.
    pub fn request(&self, method: Method) -> Result<RequestBuilder> {
        Ok(self.endpoint.api.client().request(method, self.path()?).queries(self.query.query()?.iter()))
    }

    pub(crate) fn response(&self, method: Method) -> Result<ApiResponse> {
        self.accepted(self.request(method)?)
    }

    pub(crate) fn accepted(&self, request: RequestBuilder) -> Result<ApiResponse> {
        self.endpoint.accepted(request.send()?).map_err(|error| match &self.path {
            // Of an object or an endpoint that is not there NetBox speaks in JSON, of one that no resource of this kind has by a page.
            Ok(path)
                if error.kind() == ErrorKind::NotFound && error.reply().is_some_and(|reply| reply.to_string().contains("HTML page")) =>
            {
                error.with_hint(format!("This server has no {path}: not every resource has such an endpoint"))
            }
            _ => error,
        })
    }

    fn path(&self) -> Result<&str> {
        self.path.as_deref().map_err(Error::invalid_request)
    }
}
