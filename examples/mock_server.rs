//! Serves a NetBox in memory, for any client in any language: `cargo run --features mock --example mock_server`.
#![allow(clippy::print_stdout)]

use netbox_sdk::mock::{Demo, NetBox};

fn main() -> netbox_sdk::Result<()> {
    let netbox = NetBox::builder().seed(Demo::campus(5_000)).start()?;
    println!("export NETBOX_URL={} NETBOX_TOKEN={}", netbox.url(), netbox.token());
    loop {
        std::thread::park();
    }
}
