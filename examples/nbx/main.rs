//! A small command-line tool for any NetBox: `cargo run --example nbx -- dcim devices list site=lon --fields name,site`.

mod arguments;
mod commands;
mod output;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use netbox_sdk::{Error, ErrorKind};

use arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match commands::run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::NetBox(error)) => stopped(&error.to_string(), exit_code(&error)),
        Err(Failure::Usage(message)) => stopped(&message, 2),
        Err(Failure::NotFound(message)) => stopped(&message, 3),
        // Whoever reads the output has had enough.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(error)) => stopped(&error.to_string(), 1),
    }
}

fn stopped(message: &str, exit_code: u8) -> ExitCode {
    let lines: Vec<String> = message.lines().map(output::safe).collect();
    // Nobody may be there to read it.
    let _ = writeln!(std::io::stderr(), "nbx: {}", lines.join("\n"));
    ExitCode::from(exit_code)
}

/// Why a command stopped.
pub(crate) enum Failure {
    NetBox(Error),
    Usage(String),
    NotFound(String),
    Output(std::io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::NetBox(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::Output(error)
    }
}

/// As `--help` lists them.
fn exit_code(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::Config | ErrorKind::InvalidRequest | ErrorKind::Io => 2,
        ErrorKind::NotFound => 3,
        ErrorKind::Forbidden => 4,
        ErrorKind::Validation | ErrorKind::Conflict => 5,
        ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Tls | ErrorKind::Certificate | ErrorKind::Timeout | ErrorKind::ConnectionLost => 6,
        _ => 1,
    }
}
