//! A blocking NetBox client for programs that want no async runtime.
#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod config;
mod error;
mod query;
mod redact;
mod transport;

pub use auth::Token;
pub use client::{
    ApiResponse, Client, ConnectionProbe, Event, Form, Part, Payload, ProvisionedToken, Request, RequestBuilder, TokenRequest,
};
pub use config::{Config, ConfigBuilder, Profile, Profiles, Retries, Timeouts};
pub use error::{Error, ErrorItem, ErrorKind, ErrorReply, RequestInfo, Result};
pub use query::Query;

pub use http;
