//! Filters that are checked before they are sent: against a real NetBox, whose answer to unknown ones is everything.

use netbox_sdk::mock::NetBox;
use netbox_sdk::{Api, Client, ErrorKind, List, ReleaseLine, json};
use serde_json::Value;

use crate::facade::made;
use crate::live::unique;
use crate::support::{impatient, in_memory, live};

fn api() -> Option<Api> {
    live().map(|client| Api::new(client).strict())
}

fn problem(list: &List) -> String {
    let error = list.count().unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::InvalidRequest, false), "{error}");
    error.to_string()
}

#[test]
fn rule_06_what_netbox_would_ignore_is_told_before_anything_is_sent() {
    let Some(nb) = api() else { return };
    let devices = nb.dcim().devices();
    for (list, expected) in [
        (devices.filter([("nmae", "x")]), "dcim/devices has no filter \"nmae\". Did you mean name?"),
        (devices.filter([("name__icc", "x")]), "dcim/devices has no filter \"name__icc\". Did you mean name__ic"),
        (devices.filter([("site", "lon")]).with("rack", 1), "dcim/devices has no filter \"rack\""),
        (devices.filter([("status", "activ")]), "\"activ\" is no choice of the filter status of dcim/devices. Did you mean active?"),
        (devices.all().ordering("-nmae"), "dcim/devices has no field \"nmae\" to order by. Did you mean name?"),
        (
            devices.filter([("has_primary_ip", "yes")]),
            "\"yes\" is no value of the filter has_primary_ip of dcim/devices, which is true or false",
        ),
        (devices.filter([("name__empty", "maybe")]), "\"maybe\" is no value of the filter name__empty of dcim/devices"),
        (devices.filter([("serial", "")]), "the filter serial of dcim/devices has no value"),
        (devices.all().ordering("site__name"), "dcim/devices has no field \"site__name\" to order by"),
        (devices.filter([("id__in", "1,2")]), "dcim/devices has no filter \"id__in\". Did you mean id?"),
        (devices.filter([("name__icontains", "x")]), "dcim/devices has no filter \"name__icontains\". Did you mean name__ic?"),
        (nb.extras().notifications().filter([("nmae", "x")]), "extras/notifications has no filter \"nmae\""),
        (
            nb.endpoint(&format!("{}/api/dcim/devices/", nb.client().config().base_url())).filter([("nmae", "x")]),
            "dcim/devices has no filter",
        ),
        (devices.filter([("cf_no_such_field", "x")]), "the server has no custom field \"no_such_field\""),
    ] {
        let problem = problem(&list);
        assert!(problem.starts_with(expected), "{problem}");
        assert!(list.first().is_err() && list.export("x").is_err());
        assert!(list.lenient().first().is_ok() || expected.contains("activ"), "{expected}");
    }
    assert!(devices.get_by([("nmae", "x")]).is_err());
    for list in [
        devices.filter([("name__ic", "sw"), ("limit", "5"), ("brief", "true")]).ordering("site,-id"),
        nb.dcim().console_port_templates().filter([("type", "rj-45")]),
        nb.dcim().console_port_templates().filter([("type__n", "null")]),
        devices
            .filter([("status__n", "active"), ("site", "lon"), ("has_primary_ip", "true"), ("q", "x"), ("name__empty", "False")])
            .without_config_context(),
        devices.filter([("tag", "core"), ("created__gt", "2020-01-01")]).fields(["name"]),
        nb.ipam().asn_ranges().filter([("start__gte", "1")]),
        nb.plugins().app("branching").endpoint("branches").filter([("anything", "x")]),
    ] {
        list.first().unwrap();
    }
}

#[test]
fn a_misspelt_filter_deletes_and_changes_nothing() {
    let Some(nb) = live().map(Api::new) else { return };
    let name = unique("strict");
    let (_, _guard) = made(&nb, "extras/tags", json!({"name": name, "slug": name}));
    let before = nb.extras().tags().all().count().unwrap();
    let misspelt = nb.extras().tags().filter([("slgu", name.as_str())]);
    assert_eq!(misspelt.delete().unwrap_err().error().kind(), ErrorKind::InvalidRequest);
    assert_eq!(misspelt.update(json!({"color": "000000"})).unwrap_err().error().kind(), ErrorKind::InvalidRequest);
    assert_eq!(misspelt.bulk().background().delete().unwrap_err().error().kind(), ErrorKind::InvalidRequest);
    assert_eq!(nb.extras().tags().all().count().unwrap(), before);
    assert_eq!(nb.extras().tags().filter([("slug", name.as_str())]).delete().unwrap(), 1);
}

#[test]
fn a_server_that_is_newer_than_all_lines_counts_as_one_of_the_newest() {
    for (version, is_known) in [("4.7", true), ("4.9", true), ("5.0", true), ("4.2", false), ("3.7", false)] {
        let server = httpmock::MockServer::start();
        server.mock(|when, then| {
            when.path("/api/");
            then.status(200).header("API-Version", version).body("{}");
        });
        let client = Client::new(impatient(&server.base_url()).build().unwrap()).unwrap();
        match client.schema() {
            Ok(index) => assert!(is_known && index.resources.contains_key("dcim/devices"), "{version}"),
            Err(error) => assert!(!is_known && error.to_string().contains("4.3, 4.4, 4.5, 4.6 and 4.7"), "{version}: {error}"),
        }
    }
}

#[test]
fn a_custom_field_that_cannot_be_filtered_by_deletes_nothing() {
    let Some(nb) = live().map(Api::new) else { return };
    let name = unique("strict").replace('-', "_");
    let (_, _tag) = made(&nb, "extras/tags", json!({"name": name, "slug": name}));
    let field = |end: &str, more: Value| {
        let mut body = json!({"name": format!("{name}_{end}"), "type": "text", "object_types": ["dcim.site"], "filter_logic": "exact"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        made(&nb, "extras/custom-fields", body).1
    };
    let _fields = [
        field("text", json!({})),
        field("loose", json!({"filter_logic": "loose"})),
        field("off", json!({"filter_logic": "disabled"})),
        field("json", json!({"type": "json"})),
        field("flag", json!({"type": "boolean"})),
        field("count", json!({"type": "integer"})),
        field("other", json!({"object_types": ["dcim.device", "virtualization.vminterface"]})),
    ];
    let list = |path: &str, end: &str, value: &str| nb.endpoint(path).filter([(format!("cf_{name}_{end}"), value)]);
    for (end, value, message) in [
        ("other", "x", "is none of dcim/sites"),
        ("off", "x", "its filter logic is disabled"),
        ("json", "x", "it is of type json"),
        ("loose__ic", "x", "has no lookup \"ic\", of type text and with filter logic loose"),
        ("text__icc", "x", "has no lookup \"icc\""),
        ("flag", "1", "is true or false, not \"1\""),
        ("text__empty", "yes", "is empty or not, true or false, not \"yes\""),
        ("text", "", "has no value"),
        ("txt", "x", "the server has no custom field"),
    ] {
        let problem = problem(&list("dcim/sites", end, value).strict());
        assert!(problem.contains(message), "{problem}");
        let error = list("dcim/sites", end, value).delete().unwrap_err();
        assert_eq!(error.error().kind(), ErrorKind::InvalidRequest, "{end}");
    }
    // The server knows each of these, and no site has such a value.
    for (end, value) in
        [("text", "x"), ("loose", "x"), ("text__ic", "x"), ("flag", "true"), ("count__gt", "5"), ("text__n", "x"), ("text__empty", "false")]
    {
        let count = list("dcim/sites", end, value).strict().count().unwrap();
        assert!(count == 0 || end == "text__n", "{end}: {count}");
    }
    assert_eq!(list("virtualization/interfaces", "other", "x").strict().count().unwrap(), 0);
}

#[test]
fn what_is_looked_for_on_a_branch_is_not_deleted_in_main() {
    let nb = Api::new(Client::new(impatient("http://127.0.0.1:9").build().unwrap()).unwrap());
    let list = nb.dcim().sites().filter([("_branch", "abcd1234"), ("name", "x")]);
    for error in [list.delete().unwrap_err(), list.update(json!({"name": "y"})).unwrap_err(), list.bulk().allow_all().delete().unwrap_err()]
    {
        assert!(error.error().kind() == ErrorKind::InvalidRequest && error.error().to_string().contains("on_branch"), "{error:?}");
    }
}

#[test]
fn a_lookup_of_a_later_line_is_told_for_custom_fields_too() {
    for (line, is_known) in [(ReleaseLine::V4_3, false), (ReleaseLine::V4_7, true)] {
        let (_netbox, nb) = in_memory(NetBox::builder().line(line));
        let field = json!({"name": "x", "type": "text", "filter_logic": "exact", "object_types": ["dcim.site"]});
        nb.extras().custom_fields().create(field).unwrap();
        let nb = nb.strict();
        // The NetBox in memory has no expressions: it says so where it is asked.
        let error = nb.dcim().sites().filter([("cf_x__regex", "a")]).count().unwrap_err();
        assert_eq!(error.kind() != ErrorKind::InvalidRequest, is_known, "{line}: {error}");
        assert_eq!(error.status().is_some(), is_known, "{line}: {error}");
        assert_eq!(nb.dcim().sites().filter([("cf_x__ic", "a")]).count().unwrap(), 0);
    }
}
