//! The crate in one walk: `cargo run --example tour`, on a NetBox in memory, or on a real one where `NETBOX_URL` and `NETBOX_TOKEN` name it.
//! First its resources, which are what most programs want, then the requests beneath. What it makes it deletes again, also when a step fails.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod facade;
mod request;

use std::process::ExitCode;
use std::time::SystemTime;

use netbox_sdk::http::StatusCode;
use netbox_sdk::mock::{Demo, NetBox};
use netbox_sdk::{Api, Client, Record, Result, api};

fn main() -> ExitCode {
    match walk() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

fn walk() -> Result<()> {
    if std::env::var_os("NETBOX_URL").is_some_and(|url| !url.is_empty()) {
        let login = std::env::var("NETBOX_USERNAME").ok().zip(std::env::var("NETBOX_PASSWORD").ok());
        return tour(&Api::from_env()?, login);
    }
    let netbox = NetBox::builder().seed(Demo::small()).start()?;
    println!("On a NetBox in memory. For a real one set NETBOX_URL and NETBOX_TOKEN.\n");
    tour(&api(&netbox.url(), netbox.token())?, Some(("admin".to_owned(), "admin".to_owned())))
}

fn tour(nb: &Api, login: Option<(String, String)>) -> Result<()> {
    let name = format!("tour-{:x}", SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos());
    println!("Resources");
    facade::walk(nb, &name, &mut Made { client: nb.client(), paths: Vec::new() })?;
    println!("\nRequests");
    request::walk(nb.client(), &name, login, &mut Made { client: nb.client(), paths: Vec::new() })
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
