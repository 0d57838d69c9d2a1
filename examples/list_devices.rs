//! Lists the devices of some sites: `cargo run --example list_devices -- lon par`. All devices without an argument.
#![allow(clippy::print_stdout)]

use netbox_sdk::{Api, Result};
use serde::Deserialize;

/// Only these members are asked for.
#[derive(Deserialize)]
struct Device {
    id: u64,
    name: Option<String>,
    site: Named,
    role: Named,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

fn main() -> Result<()> {
    let nb = Api::from_env()?;
    let sites: Vec<String> = std::env::args().skip(1).collect();
    let devices = nb.dcim().devices();
    let devices = if sites.is_empty() { devices.all() } else { devices.filter([("site", sites)]) };
    println!("{} devices", devices.count()?);
    for device in devices.select::<Device>() {
        let device = device?;
        println!("{:>6}  {:<24} {:<16} {}", device.id, device.name.as_deref().unwrap_or("-"), device.site.name, device.role.name);
    }
    Ok(())
}
