//! Lists devices as types of the line that the server is of, 4.6 or 4.7, and corrects the serial numbers that have spaces around them (shows them, without `--write`):
//! `cargo run --features v4_6,v4_7 --example typed -- lon --write`.
#![allow(clippy::print_stdout)]

use netbox_sdk::typed::{TypedApi, v4_6, v4_7};
use netbox_sdk::{Client, ReleaseLine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    // A tool for one line needs no more than `v4_7::Api::from_env()?`.
    // A server that is newer than the types is read with the newest ones.
    let line = ReleaseLine::of_server(&client.version()?)?;
    match TypedApi::new(client, line)? {
        TypedApi::V4_6(nb) => of_4_6(&nb)?,
        TypedApi::V4_7(nb) => of_4_7(&nb)?,
        // Other lines have a variant where their features are enabled.
        _ => return Err("this example knows NetBox 4.6 and 4.7".into()),
    }
    Ok(())
}

fn of_4_6(nb: &v4_6::Api) -> netbox_sdk::Result<()> {
    let devices = nb.dcim().devices();
    for device in devices.filter(filters()) {
        let device: v4_6::Device = device?;
        println!("{:>6}  {:<24} {:<10} {}", device.id, device.display, device.status, device.site.name);
        if let Some(serial) = corrected(&device.serial) {
            let mut edited = device.clone();
            edited.serial = serial;
            devices.save(&device, &edited)?; // a PATCH of the serial, and of nothing else
        }
    }
    Ok(())
}

fn of_4_7(nb: &v4_7::Api) -> netbox_sdk::Result<()> {
    let devices = nb.dcim().devices();
    for device in devices.filter(filters()) {
        let device: v4_7::Device = device?;
        // NetBox 4.6 knows no cooling: there is no such field in its `Device`.
        let cooling = device.cooling_method.as_ref().map_or("", |method| method.label.as_str());
        println!("{:>6}  {:<24} {:<10} {} {cooling}", device.id, device.display, device.status, device.site.name);
        if let Some(serial) = corrected(&device.serial) {
            devices.patch(device.id, &v4_7::DevicePatch::new().serial(serial))?;
        }
    }
    Ok(())
}

/// The sites among the arguments: all devices where there is none.
fn filters() -> Vec<(&'static str, String)> {
    std::env::args().skip(1).filter(|argument| argument != "--write").map(|site| ("site", site)).collect()
}

/// A serial number without the spaces around it, where it has some and may be written.
fn corrected(serial: &str) -> Option<String> {
    let trimmed = serial.trim();
    if trimmed == serial {
        return None;
    }
    println!("        the serial number {serial:?} has spaces around it");
    std::env::args().any(|argument| argument == "--write").then(|| trimmed.to_owned())
}
