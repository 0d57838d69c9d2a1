//! Words into requests: what a command-line tool or another generic tool asks for, checked against an index before anything is sent.
//!
//! ```no_run
//! use netbox_sdk::services::{DEFAULT_MAX_RECORDS, DynamicCommand, list_all_pages, run_dynamic_command};
//! use netbox_sdk::{Client, ReleaseLine, build_schema_index};
//!
//! let client = Client::from_env()?;
//! let index = build_schema_index(ReleaseLine::V4_7)?;
//! let trace = DynamicCommand { group: "dcim", resource: "interfaces", action: "trace", object_id: Some("5"), ..DynamicCommand::default() };
//! println!("{}", run_dynamic_command(&client, &index, &trace)?.error_for_status()?.text());
//!
//! let list = DynamicCommand { group: "dcim", resource: "devices", action: "list", query_pairs: &["site=lon"], ..DynamicCommand::default() };
//! println!("{} devices", list_all_pages(&client, &list.resolve(&index)?, DEFAULT_MAX_RECORDS)?.len());
//! # Ok::<(), netbox_sdk::Error>(())
//! ```

mod action;
mod body;
mod command;
mod pages;
mod resolve;

pub use command::{DynamicCommand, run_dynamic_command};
pub use pages::{DEFAULT_MAX_RECORDS, list_all_pages};
pub use resolve::{ResolvedRequest, resolve_dynamic_request};
