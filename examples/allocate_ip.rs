//! Takes the next free address of a prefix: `cargo run --example allocate_ip -- 10.0.1.0/24 web-7.example.com`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use netbox_sdk::{Api, ErrorKind, Result, json};

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
            // Whether to look before another try: an address may have been taken all the same.
            return if error.may_have_been_sent() && !error.is_retryable() { ExitCode::from(2) } else { ExitCode::FAILURE };
        }
    }
    ExitCode::SUCCESS
}

fn allocate(prefix: &str, name: &str) -> Result<String> {
    let nb = Api::from_env()?;
    let Some(prefix) = nb.ipam().prefixes().get_by([("prefix", prefix)])? else {
        return Ok(format!("there is no prefix {prefix}"));
    };
    match prefix.available_ips().create(json!({"dns_name": name, "status": "active"})) {
        Ok(address) => Ok(address.str("address").unwrap_or_default().to_owned()),
        Err(error) if error.kind() == ErrorKind::Exhausted => Ok(format!("{prefix} is full")),
        Err(error) => Err(error),
    }
}
