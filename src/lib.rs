//! A blocking client for [NetBox](https://netboxlabs.com/docs/netbox/) 4.3 to 4.7, for programs that want no async runtime.
//!
//! ```no_run
//! use netbox_sdk::Api;
//!
//! let nb = Api::from_env()?; // NETBOX_URL and NETBOX_TOKEN, or the profile on disk
//! for device in nb.dcim().devices().filter([("site", "lon"), ("site", "par")]) {
//!     println!("{}", device?);
//! }
//! # Ok::<(), netbox_sdk::Error>(())
//! ```
//!
//! # Overview
//!
//! - [`Api`] names the resources, [`Endpoint`] is one of them, [`List`] its objects that fit, [`Record`] one object. [`Bulk`] writes many at once, [`Job`] is what runs on the server.
//! - [`Record::available_ips`] and its like allocate, [`Record::elevation`], [`Record::trace`], [`Record::render_config`] show; [`Record::detail`] is anything else below an object.
//! - [`Api::branching`] makes, finds and merges branches of the plugin netbox-branching: a [`Branch`] is one, a [`BranchAction`] what becomes of it.
#![cfg_attr(
    feature = "schema",
    doc = "- [`Api::strict`] checks filters before they are sent, [`SchemaIndex`] is what a server offers, [`Plugins::discover`] finds what plugins add to it, [`schema`] what it is made of."
)]
//! - [`Client`] makes requests: [`Client::request`] has the rules of paths, [`RequestBuilder`] what a request can carry, [`ApiResponse`] what comes back.
//! - [`Config`] has the settings, [`Profiles`] the configuration file, [`Retries`] and [`Timeouts`] how patient a client is.
//! - [`Error`] says what happened: [`ErrorKind`] to match on, [`Error::may_have_been_sent`] before a write is repeated, [`ErrorReply`] for what the server said.
#![cfg_attr(
    feature = "cache",
    doc = "- [`Cache`] keeps what was read, [`CachePolicy`] says for how long, [`CacheMode`] what one request wants of it, [`CacheStatus`] what became of it."
)]
#![cfg_attr(
    feature = "schema",
    doc = "- [`SchemaIndex`] says what a NetBox offers, [`services`] make requests of words, checked against it: for command-line tools and other generic ones."
)]
#![cfg_attr(feature = "typed", doc = "- [`typed`] has structs and enums for every resource, line by line.")]
//! - [`Form`] and [`Payload`] upload files, [`RequestBuilder::send_to`] streams a download.
#![cfg_attr(feature = "mock", doc = "- [`mock::NetBox`] is a NetBox in memory, for tests.")]
//! - [`Client::graphql_data`], [`Client::create_token`], [`Client::probe_connection`], [`Client::on_branch`].
//!
//! # Cookbook
//!
//! What the server refused, field by field:
//!
//! ```no_run
//! # use netbox_sdk::{Api, ErrorKind, json};
//! # let nb = Api::from_env()?;
//! match nb.dcim().sites().create(json!({"name": ""})) {
//!     Err(error) if error.kind() == ErrorKind::Validation => {
//!         for (field, messages) in error.reply().into_iter().flat_map(|reply| reply.fields()) {
//!             println!("{field}: {messages}");
//!         }
//!     }
//!     other => println!("{}", other?),
//! }
//! # Ok::<(), netbox_sdk::Error>(())
//! ```
//!
//! Many objects at once, in requests of 100. NetBox does all of a request or nothing; the error says which entries were done, which failed and why.
//!
//! ```no_run
//! # use netbox_sdk::{Api, json};
//! # let nb = Api::from_env()?;
//! let tags = nb.extras().tags();
//! let mut made = tags.create_many([json!({"name": "a", "slug": "a"}), json!({"name": "b", "slug": "b"})])?;
//! made[0].set("color", "ff0000");
//! tags.update_many(&mut made)?; // what was changed
//! tags.delete_many(&made)?;
//! tags.filter([("name__isw", "old-")]).bulk().changelog_message("clean-up").delete()?;
//! # Ok::<(), netbox_sdk::Error>(())
//! ```
//!
//! A change only where nobody else made one: [`Record::save_if_unmodified`], or by hand:
//!
//! ```no_run
//! # use netbox_sdk::{Client, ErrorKind, json};
//! # let client = Client::from_env()?;
//! let read = client.get("dcim/sites/1").send()?.error_for_status()?;
//! let etag = read.header("etag").unwrap_or("*");
//! let written = client.patch("dcim/sites/1").header("If-Match", etag).json(&json!({"facility": "F2"})).send()?.error_for_status();
//! if written.is_err_and(|error| error.kind() == ErrorKind::PreconditionFailed) {
//!     println!("somebody was faster");
//! }
//! # Ok::<(), netbox_sdk::Error>(())
//! ```
//!
//! On a branch of the branching plugin: make it, wait until it is ready, work in it, merge it. ([`Branching::with_branch`] does all of that, and deletes it where the work fails.)
//!
//! ```no_run
//! # use netbox_sdk::{Api, json};
//! # let nb = Api::from_env()?;
//! let timeout = std::time::Duration::from_secs(60);
//! let mut branch = nb.branching().create("rack-move")?;
//! branch.wait_until_ready(timeout)?;
//! nb.on_branch(&branch)?.dcim().sites().create(json!({"name": "Berlin", "slug": "ber"}))?;
//! branch.merge().wait(timeout)?;
//! # Ok::<(), netbox_sdk::Error>(())
//! ```
//!
//! Answers of up to an hour ago where the server cannot be reached, and the server itself for one request:
//!
//! ```no_run
//! # #[cfg(feature = "cache")] {
//! use netbox_sdk::{Api, CachePolicy, CacheStatus, Client, Config, Lifetime};
//!
//! let policy = CachePolicy { lists: Lifetime::seconds(60, 3600), objects: Lifetime::seconds(15, 3600), ..CachePolicy::default() };
//! let nb = Api::new(Client::new(Config::builder_from_env()?.cache_policy(policy).build()?)?);
//! for site in nb.dcim().sites().all() {
//!     println!("{}", site?);
//! }
//! let reply = nb.client().get("dcim/sites/1").reload().send()?.error_for_status()?;
//! assert_eq!(reply.cache_status(), Some(CacheStatus::Miss));
//! # }
//! # Ok::<(), netbox_sdk::Error>(())
//! ```
//!
//! A write ends the use of all that was read of its NetBox before, in all processes that share the file. What others change without this crate is seen when an answer is out of date.
//!
//! # Features
//!
//! - `cache` (on by default): the cache. SQLite is compiled in.
//! - `schema` (on by default): what each release line offers, in 105 kB, and requests that are checked against it.
//! - `v4_3`, `v4_4`, `v4_5`, `v4_6`, `v4_7` (off by default, they add up): types for the objects of a release line, `typed::v4_7` and its like, and `typed::validation`, which checks bodies
//!   before they are sent by the rules of all lines, in 12 kB.
//! - `mock` (off by default): a NetBox in memory, for the tests of your own tools.
//!
//! # Not supported
//!
//! An async API (the crate `netbox` has one), server-sent events, logging in through the web interface, media that is served from another host than NetBox.

mod auth;
mod base_url;
mod branching;
#[cfg(feature = "cache")]
mod cache;
mod client;
mod config;
mod error;
mod facade;
#[cfg(feature = "mock")]
pub mod mock;
mod observer;
mod query;
mod redact;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(feature = "schema")]
pub mod services;
mod transport;
#[cfg(feature = "typed")]
pub mod typed;

pub use auth::Token;
pub use branching::{Branch, BranchAction, BranchKey, Branching};
#[cfg(feature = "cache")]
pub use cache::{Cache, CacheMode, CachePolicy, CacheStats, CacheStatus, Invalidation, Lifetime};
pub use client::{ApiResponse, Client, ConnectionProbe, Form, Part, Payload, ProvisionedToken, Request, RequestBuilder, TokenRequest};
pub use config::{Config, ConfigBuilder, Profile, Profiles, Retries, Timeouts};
pub use error::{Error, ErrorItem, ErrorKind, ErrorReply, RequestInfo, Result, Violation};
pub use facade::{
    Api, App, Available, BackgroundBulk, Bulk, BulkError, BulkFailure, BulkItem, BulkJobs, Circuits, Core, Dcim, Detail, Elevation,
    Endpoint, Extras, FilterValue, Filters, Id, InstalledPlugin, Ipam, Job, List, Paging, Plugins, Progress, Record, Records,
    RenderedConfig, Row, Segment, Selection, Tenancy, Trace, Users, Virtualization, Vpn, Wireless, api,
};
pub use observer::Event;
pub use query::Query;

pub use http;
#[cfg(feature = "schema")]
pub use schema::{ReleaseLine, SchemaIndex, build_schema_index, describe_supported_versions};
pub use serde_json::{self, json};

/// The examples of the README compile. One of them needs the types, one the mock.
#[cfg(all(doctest, feature = "v4_7", feature = "mock"))]
#[doc = include_str!("../README.md")]
struct Readme;
