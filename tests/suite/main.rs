//! The integration tests: one binary, a module for each concern.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout, clippy::print_stderr)]

mod config;
mod coverage;
mod details;
mod environment;
mod facade;
mod faults;
mod live;
mod profiles;
mod properties;
mod pynetbox;
mod recordings;
mod secrets;
mod support;
mod tls;
mod wire;
