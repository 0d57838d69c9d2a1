//! Where replies are not as the documents and the rules of [`components`](super::components) say.

use netbox_sdk::ReleaseLine;

use super::components::{Field, Kind};

/// One deviation: on which lines, of which field, and why.
#[derive(Debug)]
struct Fixup {
    lines: (ReleaseLine, ReleaseLine),
    component: &'static str,
    field: &'static str,
    what: What,
    why: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum What {
    /// It may be null or absent.
    Optional,
    /// It is there in every reply.
    Plain,
    /// A list has one level less than declared.
    Flatter,
    /// A whole number, not a text.
    Integer,
    /// The text is an address, maybe with the length of a prefix.
    Address,
    /// No document has it: a list of addresses.
    Added,
}

const SINCE_4_3: (ReleaseLine, ReleaseLine) = (ReleaseLine::V4_3, ReleaseLine::NEWEST);
const SINCE_4_4: (ReleaseLine, ReleaseLine) = (ReleaseLine::V4_4, ReleaseLine::NEWEST);
const ONLY_4_3: (ReleaseLine, ReleaseLine) = (ReleaseLine::V4_3, ReleaseLine::V4_3);
const ONLY_4_6: (ReleaseLine, ReleaseLine) = (ReleaseLine::V4_6, ReleaseLine::V4_6);
const SINCE_4_7: (ReleaseLine, ReleaseLine) = (ReleaseLine::V4_7, ReleaseLine::NEWEST);

const NO_SOURCE: &str = "null where the object was not read from a data source (recorded: extras/config-contexts, GET)";
const NESTED_MODULE: &str = "a module bay holds its module and the installed one with fewer members than other objects do";
const PORT_TYPE: &str = "null on interfaces and ports that were not made through the API (recordings, family 1: port types)";
const CHOICES_COUNT: &str = "a number (recorded: extras/custom-field-choice-sets, GET)";
const UNIT: &str = "the server makes each unit with it (recorded: dcim/racks/{id}/elevation, GET)";
const COMPUTED: &str = "the server computes it, and the reply is nothing else (recorded: available-…, GET)";
const ADDRESS: &str = "the documents declare a plain text";

/// All of them. One that has nothing to change on one of its lines fails the generation.
#[rustfmt::skip]
const FIXUPS: &[Fixup] = &[
    row(SINCE_4_3, "ConfigContext", "data_source", What::Optional, NO_SOURCE),
    row(SINCE_4_4, "ConfigContextProfile", "data_source", What::Optional, NO_SOURCE),
    row(SINCE_4_3, "ConfigTemplate", "data_source", What::Optional, NO_SOURCE),
    row(SINCE_4_3, "ExportTemplate", "data_source", What::Optional, NO_SOURCE),
    row(SINCE_4_3, "BriefModule", "device", What::Optional, NESTED_MODULE),
    row(SINCE_4_3, "BriefModule", "module_bay", What::Optional, NESTED_MODULE),
    row(SINCE_4_3, "VirtualDeviceContext", "status", What::Optional, "null on contexts that were not made through the API (recorded: dcim/virtual-device-contexts, GET)"),
    row(SINCE_4_3, "Interface", "type", What::Optional, PORT_TYPE),
    row(SINCE_4_3, "InterfaceTemplate", "type", What::Optional, PORT_TYPE),

    row(SINCE_4_3, "FrontPort", "type", What::Optional, PORT_TYPE),
    row(SINCE_4_3, "RearPort", "type", What::Optional, PORT_TYPE),
    row(SINCE_4_3, "FrontPortTemplate", "type", What::Optional, PORT_TYPE),
    row(SINCE_4_3, "RearPortTemplate", "type", What::Optional, PORT_TYPE),
    row(SINCE_4_3, "BriefJob", "url", What::Optional, "absent in a script that never ran (live: extras/scripts/{id}, GET and POST)"),
    row(SINCE_4_7, "BriefIPAddress", "dns_name", What::Optional, "absent in the addresses of FHRP groups (recorded: ipam/fhrp-groups, GET)"),
    row(ONLY_4_3, "VLANGroup", "vid_ranges", What::Flatter, "[[1, 10]], not [[[1, 10]]] (recorded: ipam/vlan-groups, GET)"),
    row(ONLY_4_6, "Token", "token", What::Optional, "null but in the reply to the request that made it (live: users/tokens, GET)"),
    row(ONLY_4_3, "CustomFieldChoiceSet", "choices_count", What::Integer, CHOICES_COUNT),
    row(ONLY_4_3, "BriefCustomFieldChoiceSet", "choices_count", What::Integer, CHOICES_COUNT),
    row(SINCE_4_3, "AvailableASN", "asn", What::Plain, COMPUTED),
    row(SINCE_4_3, "AvailableIP", "address", What::Plain, COMPUTED),
    row(SINCE_4_3, "AvailableIP", "family", What::Plain, COMPUTED),
    row(SINCE_4_3, "AvailablePrefix", "prefix", What::Plain, COMPUTED),
    row(SINCE_4_3, "AvailablePrefix", "family", What::Plain, COMPUTED),
    row(SINCE_4_3, "AvailableVLAN", "vid", What::Plain, COMPUTED),
    row(SINCE_4_3, "RackUnit", "name", What::Plain, UNIT),
    row(SINCE_4_3, "RackUnit", "occupied", What::Plain, UNIT),
    row(SINCE_4_3, "AvailableIP", "address", What::Address, ADDRESS),
    row(SINCE_4_3, "AvailablePrefix", "prefix", What::Address, ADDRESS),
    row(SINCE_4_3, "Aggregate", "prefix", What::Address, ADDRESS),
    row(SINCE_4_3, "Prefix", "prefix", What::Address, ADDRESS),
    row(SINCE_4_3, "IPAddress", "address", What::Address, ADDRESS),
    row(SINCE_4_3, "BriefIPAddress", "address", What::Address, ADDRESS),
    row(SINCE_4_3, "NestedIPAddress", "address", What::Address, ADDRESS),
    row(SINCE_4_3, "IPRange", "start_address", What::Address, ADDRESS),
    row(SINCE_4_3, "IPRange", "end_address", What::Address, ADDRESS),
    row(SINCE_4_3, "Token", "allowed_ips", What::Added, "servers send and take it (live: users/tokens, GET and POST)"),
];

const fn row(lines: (ReleaseLine, ReleaseLine), component: &'static str, field: &'static str, what: What, why: &'static str) -> Fixup {
    Fixup { lines, component, field, what, why }
}

/// Which of them were of use, and on which line.
#[derive(Debug, Default)]
pub(crate) struct Fixups {
    applied: Vec<(usize, ReleaseLine)>,
}

impl Fixups {
    /// Mends the fields of a line's component.
    pub(crate) fn apply(&mut self, line: ReleaseLine, component: &str, fields: &mut Vec<Field>) {
        for (index, fixup) in FIXUPS.iter().enumerate() {
            if !(fixup.lines.0..=fixup.lines.1).contains(&line) || fixup.component != component {
                continue;
            }
            let is_needed = match (fields.iter_mut().find(|field| field.name == fixup.field), fixup.what) {
                (Some(field), what) => what.change(field),
                (None, What::Added) => {
                    let kind = Kind::List(Box::new(Kind::Address));
                    fields.push(Field { name: fixup.field.to_owned(), kind, is_plain: false });
                    true
                }
                (None, _) => false,
            };
            if is_needed {
                self.applied.push((index, line));
            }
        }
    }

    /// # Panics
    /// A fixup that had nothing to change.
    pub(crate) fn check(&self) {
        for (index, fixup) in FIXUPS.iter().enumerate() {
            for line in ReleaseLine::ALL.into_iter().filter(|line| (fixup.lines.0..=fixup.lines.1).contains(line)) {
                assert!(
                    self.applied.contains(&(index, line)),
                    "NetBox {line} needs no fixup of {}.{} any more: {}",
                    fixup.component,
                    fixup.field,
                    fixup.why
                );
            }
        }
    }
}

impl What {
    /// Whether there was something to change.
    fn change(self, field: &mut Field) -> bool {
        match (self, &mut field.kind) {
            (What::Optional, _) => std::mem::take(&mut field.is_plain),
            (What::Plain, _) => !std::mem::replace(&mut field.is_plain, true),
            (What::Flatter, Kind::List(inner)) if matches!(**inner, Kind::List(_)) => {
                field.kind = std::mem::replace(inner, Kind::Json);
                true
            }
            (What::Integer, kind @ Kind::Text) => {
                *kind = Kind::Integer;
                true
            }
            (What::Address, kind @ Kind::Text) => {
                *kind = Kind::Address;
                true
            }
            (What::Flatter | What::Integer | What::Address | What::Added, _) => false,
        }
    }
}
