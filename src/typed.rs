//! Structs and enums for every resource, for each release line of NetBox that is wanted: `v4_3` … `v4_7`, each behind the feature of its name.
//!
//! It stands on the [facade](crate::Api): the same client, the same lists and pages; only what is read is a type in place of a [`Record`](crate::Record), and what is written is checked
//! before it is sent.
//!
#![cfg_attr(
    feature = "v4_5",
    doc = r#"
```no_run
use netbox_sdk::typed::v4_5;

let nb = v4_5::api("https://netbox.example.com", "your-token")?;
let device = nb.dcim().devices().get(42)?;
if let Some(device) = device {
    println!("{:?} {}", device.name, device.status);
}
# Ok::<(), netbox_sdk::Error>(())
```

Where the version is known when the program runs, [`typed_api`] gives an enum over the lines that are enabled. A patch release is of its line; what is not supported is an error before
anything is sent:

```
use netbox_sdk::typed::{TypedApi, typed_api};

let TypedApi::V4_5(nb) = typed_api("https://netbox.example.com", "your-token", "4.5.10")? else { unreachable!() };
assert_eq!(nb.dcim().devices().untyped().path(), "dcim/devices");
let unsupported = typed_api("https://netbox.example.com", "your-token", "4.2").unwrap_err();
assert_eq!(unsupported.kind(), netbox_sdk::ErrorKind::Config);
# Ok::<(), netbox_sdk::Error>(())
```
"#
)]
//!
//! # What is read
//!
//! A field has a plain type where the line's servers always send a value, and else is an `Option`. Where a server sends none for a plain field, reading fails
//! ([`ErrorKind::Decode`](crate::ErrorKind::Decode)) and says which object and field it was; nothing is made up. Lists and maps that a server leaves out are empty. Choices are open enums: a
//! value that NetBox's documents do not have is `Other`, with the label that the server gives. Members that the documents do not have are left out; a line in the log tells their names at the
//! level debug, for each object. For replies with fewer members there is [`List::select`](crate::List::select), which takes the short types (`BriefDevice`) and structs of your own.
//!
//! # What is written
//!
//! A new object is a request, a change a patch whose fields are left as they are ([`Patch::Absent`]), emptied or set; JSON and structs of your own go by `create_json` and its like. What the
//! line does not take is found before anything is sent, all of it at once: [`ErrorKind::RequestValidation`](crate::ErrorKind::RequestValidation), [`Error::violations`](crate::Error::violations).
//! [`validation`] says what is checked. `new` takes what NetBox asks for, one of a kind: where it asks for two references, texts or numbers, they have setters, so that none is taken for
//! another. A word that Rust keeps for itself has a mark: `.r#type(…)`, `device.r#type`.
//!
//! A copy of an object that is edited and saved sends what differs. A relation in it is changed by its id (`edited.site.id = 2`), and set where there was none by what was read in the short
//! form (`tenants.filter(…).select::<BriefTenant>()`); a patch takes ids, objects and attributes. Other members of related objects are not sent.
//!
#![cfg_attr(
    feature = "v4_7",
    doc = r#"
```no_run
use netbox_sdk::typed::{Patch, v4_7 as nbt};

let nb = nbt::api("https://netbox.example.com", "nbt_key.secret")?;
for prefix in nb.ipam().prefixes().filter([("status", "active")]) {
    println!("{}", prefix?.prefix);
}
let devices = nb.dcim().devices();
let device = devices.create(&nbt::DeviceRequest::new().site(1).role(2).device_type(3).name("sw-lon-01"))?;
devices.patch(device.id, &nbt::DevicePatch::new().serial("X").tenant(Patch::Null))?;
let mut edited = device.clone();
edited.comments = "moved".to_owned();
devices.save(&device, &edited)?; // what was changed, and nothing else
devices.patch_all(devices.filter([("site", "lon")]), &nbt::DevicePatch::new().status(nbt::DeviceStatus::Offline))?;
let ip = nb.ipam().prefixes().available_ips(7).create(&nbt::AvailableIPRequest::new().dns_name("web-7.example.com"))?;
println!("{}", ip.address);
# Ok::<(), netbox_sdk::Error>(())
```
"#
)]
//!
//! # Facade or types?
//!
//! The facade ([`Api`](crate::Api)) works with any NetBox, its plugins and custom objects among them, and asks for nothing to be compiled in: it is for tools that take names from their users,
//! and for servers of several lines. The types are for programs that know what they work with: names and kinds of fields are checked when the program is compiled, bodies before they are
//! sent. `nb.untyped()` is the facade of the same client, so both can be used together: for plugins, `core/background-tasks`, `dcim/connected-device` and drawings, say, which have no types.
//!
//! # Which line?
//!
//! That of the server that the program is for: `NETBOX_URL`'s `/api/status/` says `netbox-version`, [`Client::version`](crate::Client::version) the line. The features add up, so a tool for several servers enables several
//! lines and takes [`TypedApi::new`] with [`ReleaseLine::of_server`](crate::ReleaseLine::of_server) of that version. No feature means "the newest": with an update of this crate the types would be others than the program was written for.
//!
//! # When the server is upgraded
//!
//! To a patch release: nothing changes; choices that it adds are `Other`. To another line: the log warns once, and reads go on. Members that the types do not know are left out. A field that
//! is gone is an error where its type is plain, and `None` else; bodies are checked by the rules of the line that the types are of. Then enable the next feature, change `v4_6` to `v4_7` in
//! the program, and let the compiler say what else is to be done. Types and fields of a line do not change their names with patch releases of NetBox or of this crate.

mod body;
mod bulk;
mod choice;
mod detail;
mod endpoint;
mod filter;
mod line;
mod lines;
mod models;
mod parameters;
mod path;
mod read;
mod reply;
mod setters;
mod table;
pub mod validation;
mod values;
mod view;

pub use body::{Argument, Body, Change, Draft, Fields, New, Patch, ReadOnly, Reference};
pub use choice::{Choice, OpenEnum};
pub use detail::{Available, CustomFieldChoice};
pub use endpoint::Endpoint;
pub use filter::{Criterion, Filter};
pub use lines::*;
pub use path::{CablePath, PathCable, PathNode, PathParent, PathSegment};
pub use table::Model;
pub use values::{Address, CustomFields, Date, DateTime, Map, Value};
