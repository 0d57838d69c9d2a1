//! The integration tests: one binary, a module for each concern.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, clippy::print_stderr)]

mod allocate_ip;
mod branching;
mod bulk;
#[cfg(feature = "cache")]
mod cache;
mod config;
#[cfg(feature = "cache")]
mod consistency;
mod coverage;
#[cfg(feature = "cache")]
mod damage;
mod details;
#[cfg(feature = "schema")]
mod discovery;
mod environment;
mod facade;
mod faults;
mod live;
#[cfg(all(feature = "cache", feature = "schema"))]
mod live_schema;
mod losses;
mod mock;
mod mock_comparison;
#[cfg(all(feature = "cache", feature = "schema"))]
mod nbx;
mod paging;
mod profiles;
mod properties;
mod pynetbox;
mod python;
mod recordings;
mod saves;
#[cfg(feature = "schema")]
mod schema;
mod secrets;
#[cfg(feature = "schema")]
mod services;
#[cfg(feature = "schema")]
mod strict;
mod support;
mod tls;
mod tour;
#[cfg(feature = "typed")]
mod typed;
#[cfg(feature = "typed")]
mod validation;
mod wire;
