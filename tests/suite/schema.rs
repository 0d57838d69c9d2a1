//! The index of what a NetBox offers: against the documents that it is made of, against what servers were asked and said, and against documents that make no sense.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;
use std::str::FromStr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use netbox_sdk::schema::{Field, Kind, Method, ResourceSchema};
use netbox_sdk::{ErrorKind, ReleaseLine, SchemaIndex, build_schema_index, describe_supported_versions, json};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::recordings::each_line_of;
use crate::support::{child, kilobytes, live, needed, peak_memory};

/// Parameters of every list that say what is told and in which pages: no filters.
const PAGING: [&str; 10] = ["brief", "cursor", "exclude", "fields", "format", "limit", "offset", "omit", "ordering", "start"];

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

static DOCUMENTS: LazyLock<BTreeMap<ReleaseLine, Value>> = LazyLock::new(|| {
    let read = |line| {
        let file = Path::new(ROOT).join(format!("examples/codegen/openapi/netbox-{line}.json.gz"));
        serde_json::from_reader(GzDecoder::new(File::open(file).unwrap())).unwrap()
    };
    ReleaseLine::ALL.into_iter().map(|line| (line, read(line))).collect()
});

static INDICES: LazyLock<BTreeMap<ReleaseLine, SchemaIndex>> =
    LazyLock::new(|| ReleaseLine::ALL.into_iter().map(|line| (line, build_schema_index(line).unwrap())).collect());

fn resource(line: ReleaseLine, path: &str) -> &'static ResourceSchema {
    &INDICES[&line].resources[path]
}

fn methods(operations: &Value) -> BTreeSet<Method> {
    Method::ALL.into_iter().filter(|method| !operations[method.as_str().to_lowercase()].is_null()).collect()
}

#[test]
fn every_documented_path_resolves_and_back() {
    let mut count = 0;
    for (line, document) in &*DOCUMENTS {
        let index = &INDICES[line];
        for (template, operations) in document["paths"].as_object().unwrap() {
            let path = template.split('/').map(|part| if part.starts_with('{') { "70" } else { part }).collect::<Vec<_>>().join("/");
            let below = path.strip_prefix("/api/").unwrap();
            let target = index.target(&path).unwrap_or_else(|| panic!("{line}: {path}"));
            let parts: Vec<&str> = below.trim_end_matches('/').split('/').collect();
            let expected = match parts[..] {
                [name] => (name.to_owned(), None, None),
                [app, name] => (format!("{app}/{name}"), None, None),
                [app, name, "70"] => (format!("{app}/{name}"), Some("70"), None),
                [app, name, sub_path] => (format!("{app}/{name}"), None, Some(sub_path)),
                [app, name, "70", sub_path] => (format!("{app}/{name}"), Some("70"), Some(sub_path)),
                [app, name, sub_path, "70"] => (format!("{app}/{name}"), Some("70"), Some(sub_path)),
                _ => panic!("{line}: {path}"),
            };
            assert_eq!((target.resource.to_owned(), target.object_id, target.sub_path), expected, "{line}: {path}");
            assert_eq!(target.methods, &methods(operations), "{line}: {path}");
            assert_eq!(target.path(), below, "{line}");
            for other in [below.to_owned(), path.trim_matches('/').to_owned(), format!("{path}?limit=1&q=a/b")] {
                assert_eq!(index.target(&other), Some(target), "{line}: {other}");
            }
            count += 1;
        }
    }
    println!("{count} paths resolve");
    assert!(count > 1_400, "only {count} paths");
}

#[test]
fn what_is_no_path_leads_nowhere() {
    let index = &INDICES[&ReleaseLine::V4_7];
    let wrong = "|/|api|/api/|api/api/dcim/sites|dcim|dcim/|dcim/nowhere/|nowhere/|Dcim/sites/|dcim/site|dcim/sites/7/trace/|dcim/interfaces/7/trace/8/|\
        dcim/interfaces/trace/x/|dcim/interfaces/7/render-config/|status/7/|dcim/connected-device/7/|users/tokens/provision/7/|extras/scripts/upload/7/8/|\
        extras/dashboard/x/y/|plugins/|plugins/branching/|plugins/branching/branches/|../api/dcim/sites/|dcim//sites/|http://netbox/api/dcim/sites/";
    for path in wrong.split('|') {
        assert_eq!(index.target(path.trim()), None, "{path}");
    }
}

/// One line of a recording, as far as it matters here.
#[derive(Deserialize)]
struct Exchange<'a> {
    method: &'a str,
    path: String,
    status: u16,
    #[serde(borrow)]
    response: &'a RawValue,
}

fn line_of(file: &str) -> ReleaseLine {
    file.trim_start_matches("netbox-").trim_end_matches(".jsonl.gz").parse().unwrap()
}

/// Paths that servers of some lines have and no document names: the roots, and the plugin of NetBox's own tests.
fn is_undocumented(path: &str) -> bool {
    let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
    matches!(parts[..], [] | ["plugins", ..])
        || matches!(parts[..], [app] if INDICES[&ReleaseLine::V4_7].groups().any(|group| group == app))
}

#[test]
fn every_recorded_path_resolves_and_back() {
    let Some(folder) = needed("NETBOX_RECORDINGS") else { return };
    let (mut seen, mut problems) = (BTreeSet::new(), Vec::new());
    each_line_of(Path::new(&folder), |file, line| {
        let exchange: Exchange<'_> = serde_json::from_str(line).unwrap();
        let (line, path) = (line_of(file), exchange.path.as_str());
        let Some(method) = Method::ALL.into_iter().find(|method| method.as_str() == exchange.method) else { return };
        if !path.starts_with("/api/") || !seen.insert((line, method, exchange.path.clone())) {
            return;
        }
        match INDICES[&line].target(path) {
            Some(target) => {
                assert_eq!(format!("/api/{}", target.path()), path);
                // The preferences of a user are written, and no document says so.
                let is_known = target.methods.contains(&method) || target.resource == "users/config" && method == Method::Patch;
                if !is_known && !matches!(exchange.status, 403 | 405) {
                    problems.push(format!("{line}: {} {path}: {}", exchange.method, exchange.status));
                }
            }
            None if exchange.status == 404 || is_undocumented(path) => {}
            None => problems.push(format!("{line}: {path}: {}", exchange.status)),
        }
    });
    println!("{} recorded methods and paths were resolved", seen.len());
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(seen.len() > 5_000, "only {} were found", seen.len());
}

/// Where a server's OPTIONS say another thing than its document: of these the document is the one that is followed.
const OPTIONS_DIFFER: [(&str, &str); 11] = [
    ("dcim/rack-types", "form_factor"),
    ("extras/event-rules", "action_type"),
    ("ipam/service-templates", "protocol"),
    ("ipam/services", "protocol"),
    ("vpn/ike-policies", "version"),
    ("vpn/l2vpns", "type"),
    ("vpn/tunnel-terminations", "role"),
    ("vpn/tunnels", "status"),
    // Written by those that send it, though no document says so.
    ("extras/config-templates", "data_file"),
    ("extras/config-contexts", "data_file"),
    ("extras/export-templates", "data_file"),
];

#[test]
fn fields_are_what_servers_say_of_themselves() {
    let Some(folder) = needed("NETBOX_RECORDINGS") else { return };
    let (mut count, mut problems) = (0, Vec::new());
    each_line_of(Path::new(&folder), |file, line| {
        if !line.contains(r#""method":"OPTIONS""#) {
            return;
        }
        let exchange: Exchange<'_> = serde_json::from_str(line).unwrap();
        let (line, reply): (_, Value) = (line_of(file), serde_json::from_str(exchange.response.get()).unwrap());
        let (Some(said), path) = (reply["actions"]["POST"].as_object(), exchange.path.trim_start_matches("/api/").trim_matches('/')) else {
            return;
        };
        for (name, said) in said {
            let Some(field) = resource(line, path).fields.get(name) else {
                problems.push(format!("{line} {path}: {name} is missing"));
                continue;
            };
            let is_same = said["required"] == field.required && said["read_only"] == field.read_only;
            if !is_same && !OPTIONS_DIFFER.contains(&(path, name)) {
                problems.push(format!("{line} {path}: {name} is {field:?}, not {said}"));
            }
            let is_of_kind = match said["type"].as_str().unwrap() {
                "integer" => field.kind == Kind::Integer,
                "boolean" => field.kind == Kind::Boolean,
                "date" => field.kind == Kind::Date,
                "datetime" => field.kind == Kind::DateTime,
                "list" => field.is_list,
                _ => true,
            };
            if !is_of_kind {
                problems.push(format!("{line} {path}: {name} is {field:?}, not {said}"));
            }
            count += 1;
        }
    });
    println!("{count} fields are as servers say");
    assert!(problems.is_empty(), "{}: {problems:#?}", problems.len());
    assert!(count > 7_000, "only {count} fields were found");
}

#[test]
fn groups_and_their_resources_are_listed() {
    let groups = ["circuits", "core", "dcim", "extras", "ipam", "tenancy", "users", "virtualization", "vpn", "wireless"];
    for (line, index) in &*INDICES {
        assert_eq!(index.line, Some(*line));
        assert_eq!(index.groups().collect::<Vec<_>>(), groups, "{line}");
        let mut all: BTreeSet<String> =
            groups.into_iter().flat_map(|group| index.resources_of(group).map(move |name| format!("{group}/{name}"))).collect();
        all.extend(index.resources_of("").map(str::to_owned));
        assert_eq!(all, index.resources.keys().cloned().collect(), "{line}");
        for path in &all {
            let (group, name) = path.rsplit_once('/').unwrap_or(("", path));
            assert_eq!(index.resource(group, name), Some(&index.resources[path]), "{line}: {path}");
        }
        assert!(index.resource("dcim", "site").is_none() && index.resource("", "dcim/sites").is_some());
        assert_eq!(index.resources_of("nowhere").count(), 0);
    }
    assert_eq!(
        INDICES[&ReleaseLine::V4_3].resources_of("wireless").collect::<Vec<_>>(),
        ["wireless-lan-groups", "wireless-lans", "wireless-links"]
    );
    assert_eq!(INDICES[&ReleaseLine::V4_7].resources_of("").collect::<Vec<_>>(), ["authentication-check", "schema", "status"]);
}

#[test]
fn an_index_goes_through_json_unchanged() {
    for (line, index) in &*INDICES {
        let text = serde_json::to_string(index).unwrap();
        assert_eq!(&serde_json::from_str::<SchemaIndex>(&text).unwrap(), index);
        assert!(text.starts_with(&format!(r#"{{"line":"{line}","resources":{{"#)), "{}", &text[..80]);
    }
    let error = serde_json::from_str::<SchemaIndex>(r#"{"line": "4.2", "resources": {}}"#).unwrap_err();
    assert!(error.to_string().contains(r#""4.2" is no version of NetBox that is supported"#), "{error}");
}

#[test]
fn the_bundled_indices_are_small() {
    let files = std::fs::read_dir(Path::new(ROOT).join("src/schema/bundled")).unwrap();
    let size: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    println!("the bundled indices have {size} bytes");
    assert!(size <= 250_000, "{size}");
}

#[test]
fn versions_select_their_line() {
    let right = [
        ("4.3", "4.3"),
        ("4.5", "4.5"),
        ("4.5.5", "4.5"),
        ("v4.5.5-Docker-3.2", "4.5"),
        ("V4.4.10", "4.4"),
        (" 4.7 ", "4.7"),
        ("4.7.3 (4.7)", "4.7"),
        ("4.6-beta1", "4.6"),
        ("4.6+build", "4.6"),
        ("4.7.", "4.7"),
        ("\t4.7\n", "4.7"),
    ];
    for (version, line) in right {
        assert_eq!(version.parse::<ReleaseLine>().unwrap().to_string(), line, "{version}");
    }
    let wrong = "4.2||4|4.x|v4.5x|4.|.5|4.5x|4,5|-4.5|4.-5|+4.5|4.+5|vv4.5|v|latest|3.7|4 .5|4. 5|4.99999999999999999999|\
        99999999999999999999.5|٤.٥|4.5é|0x4.5";
    for version in wrong.split('|') {
        let error = ReleaseLine::from_str(version).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{version}");
        let expected = format!("{version:?} is no version of NetBox that is supported. Supported are 4.3, 4.4, 4.5, 4.6 and 4.7");
        assert_eq!(error.to_string(), expected);
        assert!(ReleaseLine::of_server(version).is_err(), "{version}");
    }
    for version in ["4.8", "v4.10.2", "4.55", "5.0", "40.5"] {
        let error = ReleaseLine::from_str(version).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{version}");
        assert!(error.to_string().starts_with(&format!("NetBox {version} is newer than what is supported")), "{error}");
        assert_eq!(ReleaseLine::of_server(version).unwrap(), ReleaseLine::NEWEST);
    }
    assert_eq!(describe_supported_versions(), "4.3, 4.4, 4.5, 4.6 and 4.7");
}

/// Names of the query parameters of each list of a line.
fn documented_parameters(line: ReleaseLine) -> impl Iterator<Item = (&'static str, &'static ResourceSchema, Vec<&'static str>)> {
    let paths = DOCUMENTS[&line]["paths"].as_object().unwrap();
    INDICES[&line].resources.iter().map(move |(path, resource)| {
        let parameters = paths.get(&format!("/api/{path}/")).map(|operations| &operations["get"]["parameters"]).and_then(Value::as_array);
        let names = parameters.into_iter().flatten().filter(|parameter| parameter["in"] == "query");
        (path.as_str(), resource, names.map(|parameter| parameter["name"].as_str().unwrap()).collect())
    })
}

#[test]
fn every_documented_filter_is_known() {
    for line in ReleaseLine::ALL {
        let (mut count, mut missing) = (0, Vec::new());
        for (path, resource, parameters) in documented_parameters(line) {
            count += parameters.len();
            missing.extend(
                parameters.iter().filter(|name| resource.filter(name).is_none() && !PAGING.contains(name)).map(|name| (path, *name)),
            );
            let known = resource.filters.values().map(|filter| 1 + filter.lookups.len()).sum::<usize>();
            assert!(known <= parameters.len(), "{line}: {path} has filters that no document names");
        }
        println!("{line}: {count} documented parameters");
        assert!(missing.is_empty(), "{line}: {missing:?}");
        assert!(count > 10_000, "{line}: only {count}");
    }
}

#[test]
fn filters_say_what_they_take() {
    let text = "empty ic ie iew isw n nic nie niew nisw";
    let number = "empty gt gte lt lte n";
    #[rustfmt::skip]
    let table = [
        ("dcim/devices", "status", Kind::Text, true, "active decommissioning failed inventory offline planned staged", text),
        ("dcim/devices", "name", Kind::Text, true, "", text),
        ("dcim/devices", "site", Kind::Text, true, "", "n"),
        ("dcim/devices", "site_id", Kind::Integer, true, "", "n"),
        ("dcim/devices", "id", Kind::Integer, true, "", number),
        ("dcim/devices", "position", Kind::Number, true, "", number),
        ("dcim/devices", "created", Kind::DateTime, true, "", number),
        ("dcim/devices", "q", Kind::Text, false, "", ""),
        ("dcim/devices", "has_primary_ip", Kind::Boolean, false, "", ""),
        ("dcim/devices", "tag", Kind::Text, true, "", "n"),
        ("ipam/prefixes", "prefix", Kind::Text, true, "", ""),
        ("ipam/prefixes", "within", Kind::Text, false, "", ""),
        ("ipam/prefixes", "mask_length", Kind::Integer, true, "", "gte lte"),
        ("ipam/prefixes", "is_pool", Kind::Boolean, false, "", ""),
        ("ipam/prefixes", "status", Kind::Text, true, "active container deprecated reserved", text),
        ("ipam/asn-ranges", "start", Kind::Integer, true, "", number),
        ("extras/tags", "color", Kind::Text, true, "", text),
        ("extras/tags", "object_types", Kind::Integer, true, "", "n"),
    ];
    for (path, name, kind, repeats, choices, lookups) in table {
        let filter = &resource(ReleaseLine::V4_3, path).filters[name];
        let words = |words: &str| words.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
        let said = (filter.kind, filter.repeats, filter.choices.clone(), filter.lookups.clone());
        assert_eq!(said, (kind, repeats, words(choices), words(lookups)), "{path} {name}");
    }
    let devices = resource(ReleaseLine::V4_7, "dcim/devices");
    assert!(devices.filters["name"].lookups.contains("regex") && devices.filters["tag"].lookups.contains("any"));
    assert_eq!(devices.filter("name__ic").unwrap().1, Some("ic"));
    for wrong in ["name__xx", "name__", "__ic", "name__ic__ic", "site__ic", "nowhere", "", "limit", "ordering", "start"] {
        assert!(devices.filter(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn start_filters_where_it_is_no_cursor() {
    for line in ReleaseLine::ALL {
        for (path, resource) in &INDICES[&line].resources {
            assert_eq!(resource.filters.contains_key("start"), path == "ipam/asn-ranges", "{line}: {path}");
        }
        assert!(resource(line, "ipam/asn-ranges").filter("start__gte").is_some(), "{line}");
    }
}

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }

    /// With one error: two letters swapped, or one dropped, doubled or replaced.
    fn misspelt(&mut self, name: &str) -> String {
        let mut letters: Vec<char> = name.chars().collect();
        let at = self.below(letters.len());
        match self.below(4) {
            0 if at > 0 => letters.swap(at - 1, at),
            1 => drop(letters.remove(at)),
            2 => letters.insert(at, letters[at]),
            _ => letters[at] = char::from(b'a' + self.below(26) as u8),
        }
        letters.into_iter().collect()
    }
}

/// Of so many misspelt names those for which the right one is not suggested: right, misspelt, suggested.
fn unrecognised<'a>(
    random: &mut Random,
    count: usize,
    mut name: impl FnMut(&mut Random) -> (&'a str, &'a ResourceSchema),
) -> Vec<(String, String, Vec<String>)> {
    let mut wrong = Vec::new();
    let mut left = count;
    while left > 0 {
        let (right, resource) = name(random);
        let misspelt = random.misspelt(right);
        if resource.filter(&misspelt).is_some() || PAGING.contains(&misspelt.as_str()) {
            continue;
        }
        left -= 1;
        let suggested = resource.suggest_filter(&misspelt);
        assert!(suggested.len() <= 3, "{suggested:?}");
        if !suggested.iter().any(|own| own == right) {
            wrong.push((right.to_owned(), misspelt, suggested));
        }
    }
    wrong
}

#[test]
fn misspelt_filters_are_told_with_the_right_one() {
    for line in ReleaseLine::ALL {
        let mut random = Random(u64::from(line.minor()));
        let lists: Vec<(&ResourceSchema, Vec<&str>)> = documented_parameters(line)
            .map(|(_, resource, names)| (resource, names.into_iter().filter(|name| resource.filter(name).is_some()).collect()))
            .filter(|(_, names): &(_, Vec<_>)| !names.is_empty())
            .collect();
        let pick = |random: &mut Random, with_lookup: bool| loop {
            let (resource, names) = &lists[random.below(lists.len())];
            let name = names[random.below(names.len())];
            if name.len() >= 4 && name.contains("__") == with_lookup {
                return (name, *resource);
            }
        };
        let wrong = unrecognised(&mut random, 200, |random| pick(random, false));
        assert!(wrong.is_empty(), "{line}: {wrong:?}");
        let wrong = unrecognised(&mut random, 200, |random| pick(random, true));
        println!("{line}: of 200 misspelt filters with a lookup {} are not made out: {wrong:?}", wrong.len());
        assert!(wrong.len() <= 4, "{line}: {wrong:?}");
    }
}

#[test]
fn misspelt_resources_and_groups_are_told_with_the_right_one() {
    for (line, index) in &*INDICES {
        let mut random = Random(u64::from(line.minor()));
        for group in index.groups() {
            for name in index.resources_of(group).filter(|name| name.len() >= 4) {
                for _ in 0..5 {
                    let misspelt = random.misspelt(name);
                    let suggested = index.suggest_resource(group, &misspelt);
                    assert!(suggested.len() <= 3 && suggested.contains(&name), "{line}: {misspelt} for {name}: {suggested:?}");
                }
            }
            for _ in 0..20 {
                let misspelt = random.misspelt(group);
                let suggested = index.suggest_group(&misspelt);
                assert!(suggested.contains(&group), "{line}: {misspelt} for {group}: {suggested:?}");
            }
        }
    }
}

#[test]
fn what_people_write_is_told_with_what_they_mean() {
    let index = &INDICES[&ReleaseLine::V4_7];
    let devices = resource(ReleaseLine::V4_7, "dcim/devices");
    for (written, meant) in [
        ("nmae", "name"),
        ("Name", "name"),
        ("site-id", "site_id"),
        ("siteid", "site_id"),
        ("sites", "site"),
        ("stauts__n", "status__n"),
        ("name__xc", "name__ic"),
        ("name_ic", "name__ic"),
    ] {
        assert_eq!(
            devices.suggest_filter(written).first().map(String::as_str),
            Some(meant),
            "{written}: {:?}",
            devices.suggest_filter(written)
        );
    }
    assert_eq!(devices.suggest_filter("entirely-else"), [""; 0]);
    assert_eq!(devices.suggest_filter(""), [""; 0]);
    for (written, meant) in [
        ("device", "devices"),
        ("Devices", "devices"),
        ("device_types", "device-types"),
        ("devicetypes", "device-types"),
        ("sitse", "sites"),
    ] {
        assert_eq!(index.suggest_resource("dcim", written).first(), Some(&meant), "{written}");
    }
    assert_eq!(index.suggest_group("DCIM"), ["dcim"]);
    assert_eq!(index.suggest_group("virtualisation"), ["virtualization"]);
    assert_eq!(index.suggest_group("plugins"), [""; 0]);
    assert_eq!(index.suggest_resource("nowhere", "sites"), [""; 0]);
}

/// A field in words.
fn told(field: &Field) -> String {
    let mut words = Vec::new();
    for (holds, word) in
        [(field.required, "required"), (field.read_only, "read-only"), (field.nullable, "nullable"), (field.is_list, "list of")]
    {
        words.extend(holds.then(|| word.to_owned()));
    }
    words.push(serde_json::to_value(field.kind).unwrap().as_str().unwrap().to_owned());
    words.extend(field.reference.clone());
    words.extend((!field.choices.is_empty()).then(|| field.choices.iter().take(3).cloned().collect::<Vec<_>>().join("|")));
    words.join(" ")
}

#[test]
fn fields_say_what_they_hold() {
    #[rustfmt::skip]
    let both = [
        ("dcim/devices", "id", "read-only integer"),
        ("dcim/devices", "name", "nullable text"),
        ("dcim/devices", "site", "required object dcim/sites"),
        ("dcim/devices", "role", "required object dcim/device-roles"),
        ("dcim/devices", "status", "text active|decommissioning|failed"),
        ("dcim/devices", "airflow", "nullable text bottom-to-top|front-to-rear|left-to-right"),
        ("dcim/devices", "tags", "list of object extras/tags"),
        ("dcim/devices", "local_context_data", "nullable json"),
        ("dcim/devices", "config_context", "read-only nullable json"),
        ("dcim/devices", "position", "nullable number"),
        ("dcim/devices", "primary_ip", "read-only nullable object ipam/ip-addresses"),
        ("dcim/devices", "primary_ip4", "nullable object ipam/ip-addresses"),
        ("dcim/devices", "parent_device", "read-only nullable object dcim/devices"),
        ("dcim/devices", "virtual_chassis", "nullable object dcim/virtual-chassis"),
        ("dcim/devices", "interface_count", "read-only integer"),
        ("dcim/devices", "custom_fields", "json"),
        ("dcim/devices", "created", "read-only nullable date-time"),
        ("dcim/interfaces", "device", "required object dcim/devices"),
        ("dcim/interfaces", "tagged_vlans", "list of object ipam/vlans"),
        ("dcim/interfaces", "lag", "nullable object dcim/interfaces"),
        ("dcim/interfaces", "mgmt_only", "boolean"),
        ("dcim/virtual-chassis", "master", "nullable object dcim/devices"),
        ("dcim/cables", "a_terminations", "list of json"),
        ("dcim/cables", "length", "nullable number"),
        ("dcim/cables", "length_unit", "nullable text cm|ft|in"),
        ("dcim/cables", "status", "text connected|decommissioning|planned"),
        ("extras/image-attachments", "image", "required file"),
        ("dcim/racks", "width", "integer 10|19|21"),
        ("dcim/rack-reservations", "units", "required list of integer"),
        ("virtualization/interfaces", "virtual_machine", "required object virtualization/virtual-machines"),
        ("ipam/ip-addresses", "address", "required text"),
        ("ipam/ip-addresses", "family", "read-only integer 4|6"),
        ("ipam/ip-addresses", "assigned_object", "read-only nullable json"),
        ("ipam/ip-addresses", "assigned_object_id", "nullable integer"),
        ("ipam/ip-addresses", "nat_outside", "read-only list of object ipam/ip-addresses"),
        ("ipam/prefixes", "prefix", "required text"),
        ("ipam/prefixes", "scope", "read-only nullable json"),
        ("ipam/prefixes", "scope_type", "nullable text"),
        ("ipam/prefixes", "is_pool", "boolean"),
        ("ipam/vrfs", "import_targets", "list of object ipam/route-targets"),
        ("circuits/circuits", "install_date", "nullable date"),
        ("extras/tags", "color", "text"),
        ("extras/tags", "object_types", "list of text"),
        ("extras/tags", "tagged_items", "read-only integer"),
        ("users/users", "username", "required text"),
        ("users/users", "password", "required text"),
        ("users/users", "groups", "list of object users/groups"),
        ("users/permissions", "actions", "required list of text"),
    ];
    let of_one = [
        (ReleaseLine::V4_3, "users/users", "is_staff", "boolean"),
        (ReleaseLine::V4_3, "dcim/device-types", "front_image", "file"),
        (ReleaseLine::V4_7, "dcim/device-types", "front_image", "nullable file"),
        (ReleaseLine::V4_7, "dcim/devices", "owner", "nullable object users/owners"),
        (ReleaseLine::V4_7, "dcim/cables", "bundle", "nullable object dcim/cable-bundles"),
    ];
    let both =
        both.into_iter().flat_map(|(path, name, words)| [ReleaseLine::V4_3, ReleaseLine::V4_7].map(|line| (line, path, name, words)));
    let mut wrong = Vec::new();
    for (line, path, name, words) in both.chain(of_one) {
        let own = resource(line, path).fields.get(name).map(told);
        if own.as_deref() != Some(words) {
            wrong.push(format!("{line} {path} {name}: {own:?}, not {words:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(!resource(ReleaseLine::V4_7, "users/users").fields.contains_key("is_staff"));
    assert!(!resource(ReleaseLine::V4_3, "dcim/devices").fields.contains_key("owner"));
}

#[test]
fn references_lead_to_resources() {
    for (line, index) in &*INDICES {
        for (path, resource) in &index.resources {
            for (name, field) in &resource.fields {
                assert!(field.reference.as_ref().is_none_or(|path| index.resources.contains_key(path)), "{line}: {path} {name}");
                assert_eq!(field.reference.is_some(), field.kind == Kind::Object, "{line}: {path} {name}");
                assert!(!(field.required && field.read_only), "{line}: {path} {name}");
            }
        }
    }
    for (line, path, name, to) in [
        (ReleaseLine::V4_3, "dcim/front-ports", "rear_port", "dcim/rear-ports"),
        (ReleaseLine::V4_7, "ipam/asns", "sites", "dcim/sites"),
        (ReleaseLine::V4_7, "dcim/devices", "site", "dcim/sites"),
    ] {
        assert_eq!(resource(line, path).fields[name].reference.as_deref(), Some(to), "{line}: {path} {name}");
    }
}

/// A part of the newest document: some paths, and the components that they lead to. The whole would take too long for each case.
static PART: LazyLock<Value> = LazyLock::new(|| {
    let document = &DOCUMENTS[&ReleaseLine::NEWEST];
    let is_of_part = |path: &str| {
        ["dcim/sites", "extras/scripts", "ipam/asn-ranges", "ipam/vlan-groups", "users/tokens"].iter().any(|own| path.contains(own))
    };
    let paths: Map<String, Value> =
        document["paths"].as_object().unwrap().clone().into_iter().filter(|(path, _)| is_of_part(path)).collect();
    let mut part = json!({"info": document["info"], "paths": paths, "components": {"schemas": {}}});
    let mut open = vec![part["paths"].clone()];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => open.extend(members.into_values()),
            Value::Array(list) => open.extend(list),
            Value::String(text) => {
                let Some(name) = text.strip_prefix("#/components/schemas/") else { continue };
                let schema = &document["components"]["schemas"][name];
                if part["components"]["schemas"].get(name).is_none() {
                    part["components"]["schemas"][name] = schema.clone();
                    open.push(schema.clone());
                }
            }
            _ => {}
        }
    }
    part
});

/// A change of a document at some place.
#[derive(Debug, Clone)]
enum Mutation {
    Replace(Value),
    Drop,
    /// Takes the place of its own parent, or of anything else: documents with parts in wrong places.
    Move(Index),
    /// A reference to a component, maybe to the one that it is in.
    Reference(Index),
    Repeat,
}

fn mutation() -> impl Strategy<Value = (Index, Mutation)> {
    let junk = select(vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e308),
        json!(""),
        json!("get"),
        json!("\u{0}ü{id}"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"$ref": 7}),
        json!({"$ref": "#/components/schemas/"}),
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#/components/schemas/Site"}, {"oneOf": []}]}),
        json!({"type": "array", "items": {"type": "array", "items": {"$ref": "#/components/schemas/Site"}}}),
        json!({"type": ["string", "null"], "enum": [null, {}, [], 1, "", "a"], "x-spec-enum-id": "0"}),
        json!({"": {"": {"": null}}, "/": [], "{id}": {}, "plugins": {}}),
    ]);
    let mutation = prop_oneof![
        3 => junk.prop_map(Mutation::Replace),
        2 => Just(Mutation::Drop),
        2 => any::<Index>().prop_map(Mutation::Move),
        2 => any::<Index>().prop_map(Mutation::Reference),
        1 => Just(Mutation::Repeat),
    ];
    (any::<Index>(), mutation)
}

/// JSON pointers of all places.
fn places(document: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let mut next = 0;
    while let Some(place) = places.get(next).cloned() {
        next += 1;
        match document.pointer(&place).unwrap() {
            Value::Object(members) => {
                places.extend(members.keys().map(|name| format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"))))
            }
            Value::Array(list) => places.extend((0..list.len()).map(|index| format!("{place}/{index}"))),
            _ => {}
        }
    }
    places
}

static PLACES: LazyLock<Vec<String>> = LazyLock::new(|| places(&PART));

fn place(index: &Index) -> &'static str {
    let place: &String = index.get(&PLACES[..]);
    place
}

fn mutate(document: &mut Value, at: &str, mutation: &Mutation) {
    match mutation {
        Mutation::Drop => {
            let (parent, name) = at.rsplit_once('/').unwrap_or_default();
            let name = name.replace("~1", "/").replace("~0", "~");
            match document.pointer_mut(parent) {
                Some(Value::Object(members)) => drop(members.remove(&name)),
                Some(Value::Array(list)) => list.clear(),
                _ => {}
            }
        }
        Mutation::Move(from) => {
            let value = document.pointer(place(from)).cloned().unwrap_or_default();
            if let Some(own) = document.pointer_mut(at) {
                *own = value;
            }
        }
        Mutation::Reference(to) => {
            let names: Vec<&String> = document["components"]["schemas"].as_object().into_iter().flat_map(Map::keys).collect();
            let reference = if names.is_empty() { "Site".to_owned() } else { (*to.get(&names)).clone() };
            if let Some(own) = document.pointer_mut(at) {
                *own = json!({"$ref": format!("#/components/schemas/{reference}")});
            }
        }
        Mutation::Repeat => {
            if let Some(own) = document.pointer_mut(at) {
                *own = json!([own.clone(), own.clone(), {"items": own.clone()}]);
            }
        }
        Mutation::Replace(value) => {
            if let Some(own) = document.pointer_mut(at) {
                *own = value.clone();
            }
        }
    }
}

/// An index or an error that tells; and what an index has can be asked for.
fn checked(document: &Value) -> Option<SchemaIndex> {
    let index = match SchemaIndex::from_openapi(document) {
        Ok(index) => index,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert!(error.to_string().starts_with("this is no OpenAPI document"), "{error}");
            return None;
        }
    };
    for (path, resource) in &index.resources {
        assert_eq!(index.target(path).is_some(), !resource.list.is_empty(), "{path}");
        for (name, filter) in &resource.filters {
            assert_eq!(resource.filter(name), Some((filter, None)));
        }
    }
    let text = serde_json::to_string(&index).unwrap();
    assert_eq!(serde_json::from_str::<SchemaIndex>(&text).unwrap(), index);
    Some(index)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn documents_that_were_changed_at_random_make_an_index_or_an_error(mutations in prop::collection::vec(mutation(), 1..40)) {
        let mut document = PART.clone();
        for (at, mutation) in &mutations {
            mutate(&mut document, place(at), mutation);
        }
        let started = Instant::now();
        checked(&document);
        prop_assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }

    #[test]
    fn any_path_leads_somewhere_or_nowhere(parts in prop::collection::vec(select(vec![
        "/", "//", "api", "dcim", "devices", "plugins", "7", "{id}", "trace", "extras", "scripts", "upload", "users", "tokens", "provision", "?", "..", "ü", "\0", " ", "%2f", "status",
    ]), 0..12)) {
        let path = parts.concat();
        let index = &INDICES[&ReleaseLine::NEWEST];
        if let Some(target) = index.target(&path) {
            prop_assert!(!target.methods.is_empty() && index.resources.contains_key(target.resource));
            prop_assert_eq!(index.target(&target.path()).map(|target| target.path()), Some(target.path()));
        }
    }

    #[test]
    fn any_name_gets_few_suggestions(name in "\\PC{0,40}") {
        let index = &INDICES[&ReleaseLine::NEWEST];
        prop_assert!(resource(ReleaseLine::NEWEST, "dcim/devices").suggest_filter(&name).len() <= 3);
        prop_assert!(index.suggest_group(&name).len() <= 3 && index.suggest_resource("dcim", &name).len() <= 3);
        let _ = name.parse::<ReleaseLine>();
    }
}

#[test]
fn references_that_go_round_end() {
    let mut document = PART.clone();
    for (name, reference) in
        [("Site", "Region"), ("Region", "Site"), ("Tenant", "Tenant"), ("BriefTenant", "BriefTenant"), ("SiteRequest", "SiteRequest")]
    {
        document["components"]["schemas"][name] = json!({"$ref": format!("#/components/schemas/{reference}")});
    }
    for (name, of) in [("BriefRegion", "oneOf"), ("ASN", "anyOf"), ("WritableSiteRequest", "allOf")] {
        document["components"]["schemas"][name] =
            json!({of: [{"$ref": format!("#/components/schemas/{name}")}, {of: [{"$ref": format!("#/components/schemas/{name}")}]}]});
    }
    let index = checked(&document).unwrap();
    assert!(index.resources["dcim/sites"].fields.is_empty());
    assert_eq!(index.resources["ipam/asn-ranges"].filters.len(), resource(ReleaseLine::NEWEST, "ipam/asn-ranges").filters.len());
}

/// Nested a hundred thousand times: in places where an index is made of it. Taken apart without recursion, as it was put together.
#[test]
fn documents_may_be_nested_deeply() {
    const DEPTH: usize = 100_000;
    for member in ["items", "oneOf", "allOf", "properties", "schema", "x"] {
        let mut nested = json!({"type": "string", "enum": ["a"], "x-spec-enum-id": "e"});
        for _ in 0..DEPTH {
            nested = match member {
                "oneOf" | "allOf" => Value::Object(Map::from_iter([(member.to_owned(), Value::Array(vec![nested]))])),
                _ => Value::Object(Map::from_iter([(member.to_owned(), nested)])),
            };
        }
        let place = "/paths/~1api~1dcim~1sites~1/get/parameters/0/schema";
        for place in
            [place, "/components/schemas/Site", "/components/schemas/Site/properties/region", "/paths/~1api~1dcim~1sites~1", "/paths/x"]
        {
            let mut document = PART.clone();
            document["paths"]["x"] = Value::Null;
            *document.pointer_mut(place).unwrap() = nested;
            checked(&document).unwrap();
            nested = document.pointer_mut(place).unwrap().take();
        }
        let mut open = vec![nested];
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => open.extend(members.into_values()),
                Value::Array(list) => open.extend(list),
                _ => {}
            }
        }
    }
}

/// Documents of 15 MB that are all paths, all parameters, all choices, all components.
#[test]
fn large_documents_take_no_longer_than_their_size_asks_for() {
    const SIZE: usize = 15 << 20;
    let fill = |entry: &dyn Fn(usize) -> (String, Value)| {
        let (name, value) = entry(0);
        let count = SIZE / (name.len() + value.to_string().len() + 4);
        Value::Object((0..count).map(entry).collect())
    };
    let values = |members: Value| Value::Array(members.as_object().unwrap().values().cloned().collect());
    let get = json!({"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Site"}}}}}});
    let site = json!({"type": "object", "properties": {"id": {"type": "integer", "readOnly": true}}});
    let documents = [
        ("paths", json!({"paths": fill(&|number| (format!("/api/dcim/x{number}/"), json!({"get": {}})))})),
        (
            "objects",
            json!({"paths": fill(&|number| (format!("/api/dcim/x{}/{}", number / 2, ["", "{id}/"][number % 2]), json!({"get": get}))), "components": {"schemas": {"Site": site}}}),
        ),
        ("one resource", json!({"paths": fill(&|number| (format!("/api/dcim/sites/{{id}}/x{number}/"), json!({"post": null})))})),
        (
            "parameters",
            json!({"paths": {"/api/dcim/sites/": {"get": {"parameters": values(fill(&|number| (number.to_string(), json!({"in": "query", "name": format!("x{}__{number}", number / 9)}))))}}}}),
        ),
        (
            "choices",
            json!({"paths": {"/api/dcim/sites/": {}}, "x": values(fill(&|number| (number.to_string(), json!({"x-spec-enum-id": number.to_string(), "enum": [number]}))))}),
        ),
        (
            "components",
            json!({"paths": {"/api/dcim/sites/": {"get": get}}, "components": {"schemas": fill(&|number| (format!("X{number}"), json!({"$ref": format!("#/components/schemas/X{}", number + 1)})))}}),
        ),
    ];
    for (name, document) in documents {
        let started = Instant::now();
        let index = SchemaIndex::from_openapi(&document).unwrap();
        println!("{name}: {} resources in {:?}", index.resources.len(), started.elapsed());
        assert!(started.elapsed() < Duration::from_secs(30), "{name}: {:?}", started.elapsed());
    }
}

#[test]
fn what_is_no_document_is_an_error() {
    let no_paths = "this is no OpenAPI document: it has no paths";
    let none_of_netbox = "this is no OpenAPI document of NetBox: it has no paths below /api/";
    let table = [
        (json!(null), no_paths),
        (json!([]), no_paths),
        (json!("paths"), no_paths),
        (json!({}), no_paths),
        (json!({"paths": null}), no_paths),
        (json!({"paths": ["/api/dcim/sites/"]}), no_paths),
        (json!({"paths": {}}), none_of_netbox),
        (json!({"paths": {"/pets/": {"get": {}}}}), none_of_netbox),
        (json!({"paths": {"/api/dcim/sites/": null}}), none_of_netbox),
        (json!({"paths": {"/api/{app}/{model}/": {"get": {}}}}), none_of_netbox),
        (json!({"paths": {"/api/": {"get": {}}}}), none_of_netbox),
    ];
    for (document, message) in table {
        assert_eq!(SchemaIndex::from_openapi(&document).unwrap_err().to_string(), message, "{document}");
    }
}

/// Fetches and reads the document of the live server, in a process of its own. It has plugins.
#[test]
fn the_document_of_a_server_makes_an_index() {
    const CHILD: &str = "NETBOX_SCHEMA_CHILD";
    let Some(client) = live() else { return };
    if std::env::var(CHILD).is_ok() {
        let started = Instant::now();
        let document = client.openapi().unwrap();
        println!("fetched and parsed in {:?}\n{}", started.elapsed(), peak_memory());
        let started = Instant::now();
        let index = SchemaIndex::from_openapi(&document).unwrap();
        println!("indexed in {:?}; {} bytes as JSON", started.elapsed(), serde_json::to_vec(&index).unwrap().len());
        check_live(&index);
        return;
    }
    let output = child("schema::the_document_of_a_server_makes_an_index", CHILD, "1");
    println!("{output}");
    if let Some(kilobytes) = kilobytes(&output) {
        assert!(kilobytes < 400 << 10, "{kilobytes} kB");
    }
}

fn check_live(index: &SchemaIndex) {
    assert_eq!(index.line, Some(ReleaseLine::V4_7));
    let groups: Vec<&str> = index.groups().collect();
    assert!(groups.contains(&"plugins/branching") && groups.contains(&"plugins/custom-objects"), "{groups:?}");
    let bundled = &INDICES[&ReleaseLine::V4_7];
    for (path, resource) in &bundled.resources {
        assert_eq!(index.resources.get(path), Some(resource), "{path}");
    }
    let branches = index.resource("plugins/branching", "branches").unwrap();
    assert_eq!(branches.object_paths.keys().collect::<Vec<_>>(), ["archive", "merge", "recover", "revert", "sync"]);
    assert!(branches.filter("name__ic").is_some() && told(&branches.fields["owner"]).contains("users/users"));
    let merge = index.target("/api/plugins/branching/branches/7/merge/").unwrap();
    assert_eq!((merge.resource, merge.object_id, merge.sub_path), ("plugins/branching/branches", Some("7"), Some("merge")));
    let apply = index.target("plugins/custom-objects/schema/apply").unwrap();
    assert_eq!((apply.resource, apply.object_id, apply.sub_path), ("plugins/custom-objects/schema", None, Some("apply")));
    assert_eq!(index.suggest_resource("plugins/branching", "branch"), ["branches"]);
    assert_eq!(index.suggest_group("plugins/brnching"), ["plugins/branching"]);
    let joined = bundled.clone().with_discovered(index.clone());
    assert_eq!(&joined, index);
}

#[test]
fn what_was_found_joins_what_was_known() {
    let known = build_schema_index(ReleaseLine::V4_7).unwrap();
    let found: SchemaIndex = serde_json::from_value(json!({"resources": {
        "dcim/sites": {"list": ["GET"], "fields": {"name": {"kind": "json"}, "new": {}}},
        "plugins/gpon/olts": {"list": ["GET"]},
    }}))
    .unwrap();
    let joined = known.clone().with_discovered(found.clone());
    let (sites, before) = (&joined.resources["dcim/sites"], &known.resources["dcim/sites"]);
    assert_eq!((sites.list.len(), sites.fields.len()), (1, before.fields.len() + 1));
    assert_eq!((&sites.filters, &sites.fields["name"]), (&before.filters, &before.fields["name"]));
    assert_eq!(joined.resources["plugins/gpon/olts"], found.resources["plugins/gpon/olts"]);
    assert_eq!(joined.resources.len(), known.resources.len() + 1);
}
