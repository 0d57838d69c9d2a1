//! A NetBox in memory, for tests and for the first minute. It answers as the real one does where clients can tell.
//!
//! ```
//! use netbox_sdk::{api, json, mock};
//!
//! let netbox = mock::NetBox::builder().seed(mock::Demo::small()).start()?;
//! let nb = api(&netbox.url(), netbox.token())?;
//! let site = nb.dcim().sites().create(json!({"name": "Berlin", "slug": "berlin"}))?;
//! assert_eq!(site.str("status.label"), Some("Active"));
//! assert_eq!(netbox.requests().last().map(|request| request.method().as_str()), Some("POST"));
//! # Ok::<(), netbox_sdk::Error>(())
//! ```
//!
//! # Test your own tool
//!
//! A test gives the tool a NetBox of its own, lets something go wrong, and looks at what arrived:
//!
//! ```
//! use netbox_sdk::{Api, Result, api, http::Method, json, mock::{Demo, Fault, NetBox}};
//!
//! /// The tool: takes what is planned for a site off the plan.
//! fn cancel(nb: &Api, site: &str) -> Result<usize> {
//!     let devices = nb.dcim().devices().filter([("site", site), ("status", "planned")]);
//!     Ok(devices.update(json!({"status": "offline"}))?.len())
//! }
//!
//! let netbox = NetBox::builder().seed(Demo::campus(200)).start()?;
//! let nb = api(&netbox.url(), netbox.token())?;
//! netbox.fail(Fault::drop_before_reply().on_path("dcim/devices/").on_method(Method::PATCH));
//! let error = cancel(&nb, "lon").unwrap_err();
//! assert!(error.may_have_been_sent()); // nobody knows what became of it
//! assert!(netbox.pending_faults().is_empty()); // the fault did happen
//! let patches = netbox.requests().into_iter().filter(|request| request.method() == "PATCH");
//! assert_eq!(patches.count(), 1); // all at once, and not once more
//! assert_eq!(cancel(&nb, "lon")?, 0); // it had been done
//! # Ok::<(), netbox_sdk::Error>(())
//! ```
//!
//! [`Fault`] has the other things that go wrong, another user's writes between two requests and stale replies among them. After what fails a read the
//! client waits and tries again: a test that is not about that sets [`Retries::none`](crate::Retries::none), or a short
//! [`max_wait`](crate::Retries::max_wait). A list asks for smaller pages in any case where one fails, so a fault that is to end it strikes many
//! [times](Fault::times). [`NetBoxBuilder`] sets the release line, the largest page and the objects to begin with.
//!
//! A client needs a NetBox that was [started](NetBoxBuilder::start), with a URL; [`NetBox::handle`] answers requests without a socket. A tool in another
//! language gets one from the example `mock_server` of this crate: a process that serves it on a port.
//!
//! # What it does
//!
//! All resources of all release lines, as their documents and their models describe them: reads, writes, bulk writes that are all or nothing, `brief`,
//! `fields` and `omit`, pages by offset and by cursor, filters on own fields and on those of related objects, `q`, tags, custom fields, ordering,
//! unique values, deletions that are forbidden or take others along, ETags, tokens of both versions and their provisioning, OPTIONS, errors in NetBox's shapes.
//!
//! By hand, as NetBox has it: what is free and is taken (`available-ips`, `available-prefixes`, `available-vlans`, `available-asns`), elevations of racks, cables with
//! the paths along them (`trace`, `paths`), lists of what leads to an object and counters, filters by networks and by what is at the end of a cable, the change
//! log, tagged objects, bulk writes in the background with their jobs, uploads of images and their download, and GraphQL: lists and single objects with nested
//! fields, fragments, variables, filters and pages. [`Plugin`] adds resources that no NetBox has.
//!
//! # What it does not do
//!
//! A request for one of these is answered with 501 and its name:
//!
//! - exports (`?export=`), drawings (`?render=svg`), the OpenAPI document, dashboards and `users/config`, branches
//! - what is below an object and not named above: `render-config`, `render`, `sync`, `choices`, `napalm`, …
//! - `core/background-…`, `core/data-files`, `dcim/connected-device`, `extras/scripts`
//! - filters that are functions of NetBox and not named above (as `available_on_device`, `present_in_vrf`), and those with `regex`
//! - of GraphQL: introspection, lookups with `regex`, trees and objects as filters by id, names of enums that are not made of their values
//!
//! Silently different are:
//!
//! - checks: most of what a model checks across its fields (of racks, ranges, VLANs, duplicate addresses and prefixes it is done); digits of decimals, types that generic relations may
//!   have, patterns of texts but for slugs, colors and DNS names; JSON that has to be an object; unique names that differ in capitals alone; the object types of tags
//! - custom fields: their names, types, values, `required` and `unique` are not checked; one that is renamed or deleted leaves its values in the objects; a default, which objects of before
//!   take as it is now; lookups that NetBox ignores for what is filtered loosely, and does not here; the labels of NetBox's own sets of choices
//! - filters: an empty value of a choice, a tag or a number filters nothing; lookups of texts on choices; `null` where NetBox takes none, and of choices that it keeps as empty texts; parts
//!   of addresses in `q`, and `address__ic` and its like, which NetBox ignores
//! - permissions (any user may do anything); `allowed_ips` and `last_used` of tokens, and the values that their provisioning is given; config contexts; time zones
//! - what comes with an object: the components of a module; sums (`utilization` of anything but groups of VLANs, `allocated_memory`, the disks of a machine)
//! - cables: profiles and channels, which do not count on a path, wireless links, which are no part of one, and the ids of `paths`
//! - texts: `display` of some assignments and groups, what duplicates and JSON that cannot be read are told by, help texts and nested fields in OPTIONS, details of `core/object-types`;
//!   numbers in the change log, which are no texts
//! - GraphQL: types of arguments are not all checked, decimals are numbers; descriptions of what else may be meant, and its limits
//! - HTTP: `fields` and `omit` of writes, which do not leave out what is written; `Accept`, of which no notice is taken; a connection that sends what is no HTTP may be closed without a reply
//! - sizes of ranges above 2,147,483,647; and on lines before 4.7 the facts of models, which are those of 4.7

mod allocation;
mod cables;
mod changes;
mod checks;
mod clock;
mod components;
mod deletion;
mod demo;
mod display;
mod elevation;
mod faults;
mod filters;
mod graphql;
mod jobs;
mod journal;
mod network;
mod objects;
mod options;
mod ordering;
mod paging;
mod parameters;
mod paths;
mod plugin;
mod read;
mod refusal;
mod relations;
mod router;
mod rules;
mod server;
mod store;
mod tokens;
mod uploads;
mod write;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use http::{Method, Request, Response, StatusCode, header};
use serde_json::json;

pub use demo::Demo;
pub use faults::Fault;
pub use plugin::{Plugin, Resource};

use crate::auth::Token;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::ReleaseLine;
use faults::Kind;
use journal::Journal;
use router::Router;
use rules::Rules;
use server::{Answer, Server};
use store::{Row, Store};

/// A token that every mock knows where none is given.
const TOKEN_V1: &str = "0123456789abcdef0123456789abcdef01234567";
const TOKEN_V2: &str = "nbt_MockKey12345.0123456789abcdef0123456789abcdef01234567";

/// A NetBox in memory. It stops when it is dropped.
pub struct NetBox {
    shared: Arc<Shared>,
    server: Option<Server>,
    token: String,
}

struct Shared {
    router: Router,
    state: Mutex<State>,
}

struct State {
    store: Store,
    faults: Vec<Fault>,
    journal: Journal,
}

/// What became of a request when it arrived.
struct Arrived {
    /// In the journal.
    number: u64,
    /// What strikes it, in the order in which that was set.
    faults: Vec<Kind>,
    /// The reply that it gets, where it is a stale one.
    earlier: Option<Response<Vec<u8>>>,
}

impl NetBox {
    /// One of the newest line, without objects, on a free port of the loopback interface.
    ///
    /// # Errors
    /// [`ErrorKind::Connect`]: no port can be had.
    pub fn start() -> Result<NetBox> {
        NetBox::builder().start()
    }

    /// Settings to start with.
    pub fn builder() -> NetBoxBuilder {
        NetBoxBuilder { line: ReleaseLine::NEWEST, token: None, port: 0, page_max: 1000, journal: 10_000, seed: None, plugins: Vec::new() }
    }

    /// Its address, as `http://127.0.0.1:40123`. `http://netbox.mock` where it has no server, which no client reaches: an [`Api`](crate::Api) needs
    /// one that was [started](NetBoxBuilder::start).
    pub fn url(&self) -> String {
        self.server.as_ref().map_or_else(|| "http://netbox.mock".to_owned(), |server| format!("http://{}", server.address))
    }

    /// A token that may do everything. Its user is `admin` with the password `admin`. Where none was given it is of version 2, and before NetBox 4.5 of
    /// version 1.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The release line that it is of.
    pub fn line(&self) -> ReleaseLine {
        self.shared.router.rules.line
    }

    /// Answers a request as over a socket, but needs none. What closes a connection is a 502 here. A token of version 2 goes into the request as
    /// `Bearer …`, one of version 1, which is all that lines before 4.5 have, as `Token …`.
    ///
    /// ```
    /// use netbox_sdk::{http::Request, mock};
    ///
    /// let netbox = mock::NetBox::builder().build()?;
    /// let request = Request::get("/api/dcim/sites/").header("Authorization", format!("Bearer {}", netbox.token())).body(Vec::new()).unwrap();
    /// assert_eq!(netbox.handle(request).status(), 200);
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    pub fn handle(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let is_head = request.method() == Method::HEAD;
        let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
        let line = request.method().as_str().len() + path + "  HTTP/1.1".len();
        let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
        let response = match server::oversized(line, headers) {
            Some(refused) => refused,
            None => match self.shared.answer(request) {
                Answer::Whole(response) => response,
                Answer::Half(_) | Answer::Nothing => faults::of_proxy(StatusCode::BAD_GATEWAY, None),
            },
        };
        server::with_length(response, is_head)
    }

    /// Lets something go wrong from now on.
    pub fn fail(&self, fault: Fault) {
        self.shared.state().faults.push(fault);
    }

    /// The faults that are still to happen, in the order in which they were set: those that struck no request yet, or fewer than [`Fault::times`] says,
    /// and changes by another user that were refused, as [`Fault::refusal`] says.
    ///
    /// ```
    /// use netbox_sdk::{api, mock::{Fault, NetBox}};
    ///
    /// let netbox = NetBox::start()?;
    /// netbox.fail(Fault::bad_gateway().on_path("dcim/sites/"));
    /// api(&netbox.url(), netbox.token())?.dcim().devices().all().count()?;
    /// assert_eq!(netbox.pending_faults().len(), 1); // of the wrong path
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    pub fn pending_faults(&self) -> Vec<Fault> {
        self.shared.state().faults.iter().filter(|fault| fault.is_pending()).cloned().collect()
    }

    /// The requests that arrived whole, in their order, those included that something went wrong with: the latest of them, as many as
    /// [`NetBoxBuilder::journal`] says. Clients of this crate ask `GET /api/` for the version first in some calls.
    pub fn requests(&self) -> Vec<Request<Vec<u8>>> {
        self.shared.state().journal.requests()
    }

    /// Forgets the requests that arrived, with the replies that [`Fault::stale`] could repeat, and all faults. What was written stays: objects, files,
    /// tokens, the change log, and bulk writes that wait in the background.
    pub fn reset(&self) {
        let mut state = self.shared.state();
        state.journal.clear();
        state.faults.clear();
    }
}

impl fmt::Debug for NetBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetBox").field("line", &self.line()).field("url", &self.url()).finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: Request<Vec<u8>>) -> Answer {
        let origin = match request.headers().get(header::HOST).and_then(|host| host.to_str().ok()) {
            Some(host) => format!("http://{host}"),
            None => "http://netbox.mock".to_owned(),
        };
        let Arrived { number, faults, earlier } = self.arrived(&request, &origin);
        for fault in &faults {
            match fault {
                Kind::Delay(time) => thread::sleep(*time),
                Kind::DropRequest => return Answer::Nothing,
                Kind::Reply(status, retry_after) => return Answer::Whole(faults::of_proxy(*status, *retry_after)),
                Kind::Html => return Answer::Whole(faults::of_proxy(StatusCode::OK, None)),
                Kind::DropBeforeReply | Kind::DropWithinReply | Kind::Truncated | Kind::Stale | Kind::OtherUser(_) => {}
            }
        }
        let mut response = earlier.unwrap_or_else(|| self.router.answer(&mut self.state().store, &request, &origin));
        // Of a reply without a body there is no half.
        let has_body = request.method() != Method::HEAD && !response.body().is_empty();
        let is_whole = !faults.iter().any(|fault| matches!(fault, Kind::Truncated));
        for fault in faults {
            match fault {
                Kind::DropWithinReply | Kind::Truncated if !has_body => return Answer::Nothing,
                Kind::DropBeforeReply => return Answer::Nothing,
                Kind::DropWithinReply => return Answer::Half(response),
                Kind::Truncated => {
                    let half = response.body().len() / 2;
                    response.body_mut().truncate(half);
                }
                _ => {}
            }
        }
        if is_whole {
            self.state().journal.answered(number, &request, &response);
        }
        Answer::Whole(response)
    }

    /// Keeps a request, and lets faults strike it.
    fn arrived(&self, request: &Request<Vec<u8>>, origin: &str) -> Arrived {
        let State { store, faults, journal } = &mut *self.state();
        let number = journal.add(request.clone());
        let earlier = journal.reply(request);
        let mut struck = Vec::new();
        let mut has_end = false;
        for fault in faults {
            if !fault.strikes(request, earlier.is_some(), has_end) {
                continue;
            }
            has_end |= fault.ends();
            struck.push(fault.kind.clone());
            if let Kind::OtherUser(other) = &fault.kind {
                let other = self.with_own_token(other);
                fault.answered(&other, &self.router.answer(store, &other, origin));
            }
        }
        let is_stale = struck.iter().any(|kind| matches!(kind, Kind::Stale));
        Arrived { number, faults: struck, earlier: earlier.filter(|_| is_stale).cloned() }
    }

    /// A request of another user, with a token that is always known.
    fn with_own_token(&self, request: &Request<Vec<u8>>) -> Request<Vec<u8>> {
        let mut request = request.clone();
        let token = header::HeaderValue::from_static(if self.router.rules.has_v2_tokens() { OTHER_V2 } else { OTHER_V1 });
        request.headers_mut().insert(header::AUTHORIZATION, token);
        if !request.headers().contains_key(header::CONTENT_TYPE) {
            request.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        }
        request
    }
}

/// Tokens of the user that no client is.
const OTHER_V1: &str = "Token fedcba9876543210fedcba9876543210fedcba98";
const OTHER_V2: &str = "Bearer nbt_OtherKey1234.fedcba9876543210fedcba9876543210fedcba98";

/// Settings of a [`NetBox`].
#[derive(Debug, Clone)]
pub struct NetBoxBuilder {
    line: ReleaseLine,
    token: Option<String>,
    port: u16,
    page_max: usize,
    journal: usize,
    seed: Option<Demo>,
    plugins: Vec<Plugin>,
}

impl NetBoxBuilder {
    /// The release line. The newest one by default.
    #[must_use]
    pub fn line(mut self, line: ReleaseLine) -> NetBoxBuilder {
        self.line = line;
        self
    }

    /// The token that it takes: `nbt_<key>.<secret>`, which NetBox has since 4.5, or one of version 1. A fixed one by default, of the newest version that
    /// the line has.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> NetBoxBuilder {
        self.token = Some(token.into());
        self
    }

    /// The port of the loopback interface that [`start`](Self::start) listens on: 0 for any that is free, which is the default.
    #[must_use]
    pub fn port(mut self, port: u16) -> NetBoxBuilder {
        self.port = port;
        self
    }

    /// How many objects a page has at most, as `MAX_PAGE_SIZE` of NetBox: 0 for any number. 1,000 by default.
    #[must_use]
    pub fn page_max(mut self, most: usize) -> NetBoxBuilder {
        self.page_max = most;
        self
    }

    /// How many requests the journal keeps, the latest ones: 0 for none. 10,000 by default. Without their requests there are no replies that
    /// [`Fault::stale`] could repeat.
    #[must_use]
    pub fn journal(mut self, most: usize) -> NetBoxBuilder {
        self.journal = most;
        self
    }

    /// Made-up objects to begin with. None by default.
    #[must_use]
    pub fn seed(mut self, demo: Demo) -> NetBoxBuilder {
        self.seed = Some(demo);
        self
    }

    /// A plugin, served below `/api/plugins/`. May be repeated. None by default.
    #[must_use]
    pub fn plugin(mut self, plugin: Plugin) -> NetBoxBuilder {
        self.plugins.push(plugin);
        self
    }

    /// A NetBox that listens on a port of the loopback interface.
    ///
    /// # Errors
    /// [`ErrorKind::Connect`]: the port cannot be had. [`ErrorKind::Config`]: the token is none, or of version 2 for a line that has no such tokens.
    pub fn start(self) -> Result<NetBox> {
        let port = self.port;
        let mut netbox = self.build()?;
        let shared = Arc::clone(&netbox.shared);
        let server = Server::start(port, move |request| shared.answer(request));
        let refused =
            |error| Error::new(ErrorKind::Connect, format!("the mock of NetBox cannot listen on port {port} of 127.0.0.1: {error}"));
        netbox.server = Some(server.map_err(refused)?);
        Ok(netbox)
    }

    /// A NetBox without a socket, for [`NetBox::handle`]. It has no URL that a client could reach.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: the token is none, or of version 2 for a line that has no such tokens.
    pub fn build(self) -> Result<NetBox> {
        let mut rules = Rules::of(self.line)?;
        for plugin in &self.plugins {
            plugin.add_to(Arc::make_mut(&mut rules))?;
        }
        for plugin in &self.plugins {
            plugin.link(Arc::make_mut(&mut rules))?;
        }
        let token = self.token.unwrap_or_else(|| (if rules.has_v2_tokens() { TOKEN_V2 } else { TOKEN_V1 }).to_owned());
        if Token::new(&token)?.version() == 2 && !rules.has_v2_tokens() {
            return Err(Error::config(format!("NetBox {} has no tokens that begin with nbt_: they came with 4.5", self.line))
                .with_hint("Give the mock a token of version 1, or none"));
        }
        let mut store = Store::default();
        for (name, email) in [("admin", "admin@example.com"), ("other", "")] {
            store.insert("users/users", user(name, email));
        }
        let (_, other) = (if rules.has_v2_tokens() { OTHER_V2 } else { OTHER_V1 }).split_once(' ').unwrap_or_default();
        for (user, token) in [(1, token.as_str()), (2, other)] {
            store.insert(tokens::RESOURCE, tokens::given(&rules, user, token));
        }
        for name in rules.types() {
            if let Some((app, model)) = name.split_once('.') {
                let row = json!({"app_label": app, "model": model, "model_name": model, "app_name": app});
                store.insert("core/object-types", row.as_object().cloned().unwrap_or_default());
            }
        }
        if let Some(demo) = self.seed {
            demo.plant(&rules, &mut store);
        }
        store.commit();
        let router = Router { rules, page_max: self.page_max, plugins: self.plugins };
        let state = State { store, faults: Vec::new(), journal: Journal::of(self.journal) };
        Ok(NetBox { shared: Arc::new(Shared { router, state: Mutex::new(state) }), server: None, token })
    }
}

fn user(name: &str, email: &str) -> Row {
    let row = json!({"username": name, "password": name, "first_name": "", "last_name": "", "email": email, "is_active": true,
        "date_joined": clock::now(), "last_login": null, "groups": [], "permissions": []});
    row.as_object().cloned().unwrap_or_default()
}
