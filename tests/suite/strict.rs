//! Filters that are checked before they are sent: against a real NetBox, whose answer to unknown ones is everything.

use netbox_sdk::{Api, Client, ErrorKind, List, json};

use crate::facade::made;
use crate::live::unique;
use crate::support::{impatient, live};

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
        (devices.filter([("cf_no_such_field", "x")]), "the server has no custom field \"no_such_field\""),
    ] {
        let problem = problem(&list);
        assert!(problem.starts_with(expected), "{problem}");
        assert!(list.first().is_err() && list.export("x").is_err());
        assert!(list.lenient().first().is_ok() || expected.contains("activ"), "{expected}");
    }
    assert!(devices.get_by([("nmae", "x")]).is_err());
    for list in [
        devices.filter([("name__ic", "sw"), ("limit", "5"), ("brief", "true")]).ordering("site__name,-id"),
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
