//! Structs and enums for every resource, for each release line of NetBox that is wanted: `v4_3` … `v4_7`, each behind the feature of its name.
//!
//! It stands on the [facade](crate::Api): the same client, the same lists and pages; only what is read is a type in place of a [`Record`](crate::Record).
//!
//! A field has a plain type where the line's servers always send a value, and else is an `Option`. Where a server sends none for a plain field, reading fails and says which object and
//! field it was; nothing is made up. Lists and maps that a server leaves out are empty. Choices are open enums: a value that NetBox's documents do not have is `Other`. Members that the
//! documents do not have are left out; a line in the log tells their names at the level debug.
//!
#![cfg_attr(
    feature = "v4_7",
    doc = r#"
```no_run
use netbox_sdk::typed::{Patch, v4_7 as nbt};

let nb = nbt::api("https://netbox.example.com", "nbt_key.secret")?;
if let Some(device) = nb.dcim().devices().get(42)? {
    let device: nbt::Device = device;
    println!("{} is in {}", device.display, device.site.name);
}
for prefix in nb.ipam().prefixes().filter([("status", "active")]) {
    println!("{}", prefix?.prefix);
}
let devices = nb.dcim().devices();
let device = devices.create(&nbt::DeviceRequest::new().site(1).role(2).device_type(3).name("sw-lon-01"))?;
devices.patch(device.id, &nbt::DevicePatch::new().serial("X").tenant(Patch::Null))?;
let mut edited = device.clone();
edited.comments = "moved".to_owned();
devices.save(&device, &edited)?; // what was changed, and nothing else
# Ok::<(), netbox_sdk::Error>(())
```
"#
)]

mod body;
mod choice;
mod endpoint;
mod filter;
mod line;
mod lines;
mod models;
mod parameters;
mod read;
mod reply;
mod table;
pub mod validation;
mod values;
mod view;

pub use body::{Argument, Body, Change, New, Nullable, Patch, ReadOnly, Reference};
pub use choice::{Choice, OpenEnum};
pub use endpoint::Endpoint;
pub use filter::{Criterion, Filter};
pub use lines::*;
pub use table::Model;
pub use values::{Address, CustomFields, Date, DateTime, Map, Value};
