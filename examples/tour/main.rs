//! The crate in one walk, on a real NetBox: `NETBOX_URL=… NETBOX_TOKEN=… cargo run --example tour`.
//! First its resources, which are what most programs want, then the requests beneath. What it makes it deletes again, also when a step fails.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod facade;
mod request;

use std::process::ExitCode;
use std::time::SystemTime;

use netbox_sdk::http::StatusCode;
use netbox_sdk::{Api, Client, Record, Result};

fn main() -> ExitCode {
    let nb = match Api::from_env() {
        Ok(nb) => nb,
        Err(error) => {
            eprintln!("{error}. To start a NetBox here: eval \"$(tests/netbox/up.sh)\" (CONTRIBUTING.md says more).");
            return ExitCode::FAILURE;
        }
    };
    match tour(&nb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tour(nb: &Api) -> Result<()> {
    let name = format!("tour-{:x}", SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos());
    println!("Resources");
    facade::walk(nb, &name, &mut Made { client: nb.client(), paths: Vec::new() })?;
    println!("\nRequests");
    request::walk(nb.client(), &name, &mut Made { client: nb.client(), paths: Vec::new() })
}

/// What was made: deleted at the end, the latest first, unless it is gone by then.
struct Made<'a> {
    client: &'a Client,
    paths: Vec<String>,
}

impl Made<'_> {
    fn add(&mut self, record: &Record) {
        self.paths.push(format!("{}/{}", record.endpoint().path(), record.key()));
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        for path in self.paths.iter().rev() {
            match self.client.delete(path).send() {
                Ok(response) if response.status() == StatusCode::NOT_FOUND => {}
                reply => {
                    if let Err(error) = reply.and_then(|response| response.error_for_status()) {
                        eprintln!("{path} may be left behind: {error}");
                    }
                }
            }
        }
    }
}
