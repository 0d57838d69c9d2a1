//! Takes the next free address of a prefix: `cargo run --example allocate_ip -- 10.0.1.0/24 web-7.example.com`.
//!
//! It exits with 1 where none was taken, and with 2 where nobody knows: then look for the name before another try.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::process::ExitCode;

use netbox_sdk::http::Method;
use netbox_sdk::{Api, ErrorKind, json};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(prefix), Some(name)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: allocate_ip PREFIX DNS-NAME");
        return ExitCode::FAILURE;
    };
    match allocate(&prefix, &name) {
        Ok(address) => println!("{address}"),
        Err(error) => {
            eprintln!("{error}");
            let is_unknown = error.downcast_ref::<netbox_sdk::Error>().is_some_and(may_have_taken_one);
            return if is_unknown { ExitCode::from(2) } else { ExitCode::FAILURE };
        }
    }
    ExitCode::SUCCESS
}

fn allocate(prefix: &str, name: &str) -> Result<String, Box<dyn Error>> {
    let nb = Api::from_env()?;
    let prefix = nb.ipam().prefixes().get_by([("prefix", prefix)])?.ok_or_else(|| format!("there is no prefix {prefix}"))?;
    match prefix.available_ips().create(json!({"dns_name": name, "status": "active"})) {
        Ok(address) => Ok(address.str("address").unwrap_or_default().to_owned()),
        Err(error) if error.kind() == ErrorKind::Exhausted => Err(format!("{prefix} is full").into()),
        Err(error) => Err(error.into()),
    }
}

/// Whether the write may have been carried out: it may have arrived, and was not refused.
fn may_have_taken_one(error: &netbox_sdk::Error) -> bool {
    let is_write = error.request().is_some_and(|request| *request.method() == Method::POST);
    is_write && error.may_have_been_sent() && !error.status().is_some_and(|status| status.is_client_error())
}
