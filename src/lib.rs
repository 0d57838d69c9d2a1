//! A blocking client for [NetBox](https://netboxlabs.com/docs/netbox/) 4.3 to 4.7, for programs that want no async runtime.
//!
//! ```no_run
//! use netbox_sdk::Client;
//! use serde_json::Value;
//!
//! let nb = Client::from_env()?; // NETBOX_URL and NETBOX_TOKEN, or the profile on disk
//! let page: Value = nb.get("dcim/devices").query("site", "lon").query("site", "par").send()?.error_for_status()?.json()?;
//! println!("{} devices in two sites", page["count"]);
//! # Ok::<(), netbox_sdk::Error>(())
//! ```
//!
//! # Overview
//!
//! - **Requests.** [`Client::get`], [`post`](Client::post), [`put`](Client::put), [`patch`](Client::patch), [`delete`](Client::delete) and [`Client::request`] take a path below `/api/` (`"dcim/devices"`), below the base (`"/media/x.png"`), or a `url` or
//!   `next` of a reply. The token never goes to another origin. A status of 400 and above is a reply; [`ApiResponse::error_for_status`] makes it an error.
//! - **Retries that repeat no effect.** Any request is tried again when not one byte of it was sent, and after 429; reads and GraphQL after broken connections and 502, 503, 504 as
//!   well. A write that may have arrived is never sent twice, and never rides a connection that the server may be about to close. See [`Retries`].
//! - **Errors.** One [`Error`] with a [`kind`](Error::kind), [`may_have_been_sent`](Error::may_have_been_sent), [`is_retryable`](Error::is_retryable), and the server's
//!   refusal as one sentence and as a tree ([`Error::reply`]): field by field, and by position or id for bulk requests.
//! - **Uploads and downloads.** [`Form`] and [`Payload`] stream files with a length that is known first; [`RequestBuilder::send_to`] streams a reply to any writer.
//! - **GraphQL, tokens, probes.** [`Client::graphql_data`], [`Client::create_token`], [`Client::probe_connection`], [`Client::version`], [`Client::status`], [`Client::openapi`].
//! - **Scopes.** [`Client::on_branch`], [`Client::with_header`], [`Client::with_token`] and [`Client::without_auth`] are cheap handles over the same connections. Clients are
//!   `Send`, `Sync` and `Clone`.
//! - **Seeing what happens.** One debug line a request through the crate `log`, bodies at trace, and an [observer](ConfigBuilder::observer) for metrics. No secrets in any of them.
//!
//! # Where to begin
//!
//! [`Client::from_env`] or [`Config::builder`] for a client, [`Client::request`] for the rules of paths, [`ErrorKind`] for what can go wrong, [`Retries`] and [`Timeouts`] for how
//! patient a client is, [`Profiles`] for the configuration file.
//!
//! # Not supported
//!
//! An async API (the crate `netbox` has one), server-sent events, logging in through the web interface.

mod auth;
mod client;
mod config;
mod error;
mod facade;
mod query;
mod redact;
mod transport;

pub use auth::Token;
pub use client::{
    ApiResponse, Client, ConnectionProbe, Event, Form, Part, Payload, ProvisionedToken, Request, RequestBuilder, TokenRequest,
};
pub use config::{Config, ConfigBuilder, Profile, Profiles, Retries, Timeouts};
pub use error::{Error, ErrorItem, ErrorKind, ErrorReply, RequestInfo, Result};
pub use facade::{
    Api, App, Circuits, Core, Dcim, Endpoint, Extras, FilterValue, Filters, Id, Ipam, List, Paging, Progress, Record, Records, Tenancy,
    Users, Virtualization, Vpn, Wireless, api,
};
pub use query::Query;

pub use http;
pub use serde_json::{self, json};

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
