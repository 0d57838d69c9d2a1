//! Serves a NetBox in memory, for any client in any language, until it is stopped.
#![allow(clippy::print_stdout)]

use clap::Parser;
use netbox_sdk::ReleaseLine;
use netbox_sdk::mock::{Demo, NetBox};

/// Serves a NetBox in memory on 127.0.0.1 until it is stopped, and prints how clients find it. Its user is admin with the password admin.
#[derive(Parser)]
struct Options {
    /// The port to listen on; 0 for any that is free.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// The release line: 4.3, 4.4, 4.5, 4.6 or 4.7.
    #[arg(long, default_value_t = ReleaseLine::NEWEST)]
    line: ReleaseLine,
    /// The token that it takes: nbt_<key>.<secret>, or one of version 1. A fixed one if none is given.
    #[arg(long)]
    token: Option<String>,
    /// How many made-up devices it begins with, with sites, racks, interfaces and addresses; 0 for a NetBox without objects.
    #[arg(long, default_value_t = 12)]
    devices: u64,
}

fn main() -> netbox_sdk::Result<()> {
    let options = Options::parse();
    // Nobody looks into the journal here.
    let mut builder = NetBox::builder().line(options.line).port(options.port).journal(0);
    if let Some(token) = options.token {
        builder = builder.token(token);
    }
    if options.devices > 0 {
        builder = builder.seed(Demo::campus(options.devices));
    }
    let netbox = builder.start()?;
    println!("export NETBOX_URL={} NETBOX_TOKEN={}", netbox.url(), netbox.token());
    loop {
        std::thread::park();
    }
}
