//! Resources, lists and records: against a real NetBox, and on mocked replies where one cannot show it.

use std::collections::BTreeSet;
use std::time::Duration;

use httpmock::MockServer;
use netbox_sdk::mock::{Demo, Fault, NetBox};
use netbox_sdk::{Api, Client, ErrorKind, Filters, List, Paging, Record, ReleaseLine, Result, Retries, json};
use serde_json::Value;

use crate::live::{Guard, behind_nginx, unique};
use crate::support::{Own, RawServer, impatient, in_memory, live, live_config_at};

fn api() -> Option<Api> {
    live().map(Api::new)
}

fn mocked(server: &MockServer) -> Api {
    Api::new(Client::new(impatient(&server.base_url()).build().unwrap()).unwrap())
}

/// A record that is deleted when the test ends, however it ends.
pub fn made(nb: &Api, path: &str, body: Value) -> (Record, Guard) {
    let record = nb.endpoint(path).create(body).unwrap();
    let guard = Guard { client: nb.client().clone(), path: format!("{path}/{}", record.key()) };
    (record, guard)
}

fn site(nb: &Api) -> (Record, Guard) {
    let name = unique("facade");
    made(nb, "dcim/sites", json!({"name": name, "slug": name}))
}

fn ids(list: impl IntoIterator<Item = Result<Record>>) -> Vec<u64> {
    list.into_iter().map(|record| record.unwrap().id()).collect()
}

#[test]
fn an_object_is_found_by_id_and_by_filter_or_is_none() {
    let Some(nb) = api() else { return };
    let (site, _guard) = site(&nb);
    let sites = nb.dcim().sites();
    assert_eq!(sites.get(site.id()).unwrap().unwrap(), site);
    assert_eq!(sites.get(site.id().to_string()).unwrap().unwrap(), site);
    assert!(sites.get(999_999_999).unwrap().is_none());
    assert_eq!(sites.get_by([("slug", site.str("slug").unwrap())]).unwrap().unwrap(), site);
    assert!(sites.get_by([("slug", "no-such-site")]).unwrap().is_none());
    let error = sites.get_by([("slug", "lon"), ("slug", "par")]).unwrap_err();
    assert!(error.kind() == ErrorKind::MultipleObjects && error.to_string().contains("several dcim/sites fit: "), "{error}");
    let error = nb.endpoint("dcim/nosuch").get(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "a missing endpoint is not a missing object: {error}");
}

#[test]
fn rule_13_behind_a_sub_path_everything_is_the_same() {
    let (Some(nb), Some(direct)) = (behind_nginx().map(Api::new), api()) else { return };
    let racks = |nb: &Api| nb.dcim().racks().filter([("site", "lon"), ("site", "par")]);
    for paging in [Paging::Auto, Paging::Keyset, Paging::Cursor, Paging::Offset] {
        // Several pages: their `next` has the sub-path.
        assert_eq!(ids(racks(&nb).paging(paging).page_size(3)), ids(racks(&direct).paging(paging).page_size(3)), "{paging:?}");
    }
    assert_eq!(racks(&nb).count().unwrap(), racks(&direct).count().unwrap());
    let (mut site, _guard) = site(&nb);
    assert!(site.url().unwrap().contains("/netbox/api/dcim/sites/"), "{site:?}");
    site.set("facility", "F1");
    site.set("region", &nb.dcim().regions().all().first().unwrap().unwrap());
    assert!(site.save().unwrap());
    site.set("facility", "F2");
    assert!(site.save_if_unmodified().unwrap());
    let seen = direct.dcim().sites().get(site.id()).unwrap().unwrap();
    assert_eq!((seen.str("facility"), seen["region.id"].clone()), (Some("F2"), site["region.id"].clone()));
    let region = site.record("region").unwrap().full_details().unwrap();
    assert_eq!(region.endpoint().path(), "dcim/regions");
    site.delete().unwrap();
    assert!(nb.dcim().sites().get(site.id()).unwrap().is_none());
    assert!(direct.dcim().sites().get(site.id()).unwrap().is_none());
}

#[test]
fn rule_20_ids_that_are_no_numbers_work() {
    let Some(nb) = api() else { return };
    let queues: Vec<Record> = nb.core().background_queues().all().into_iter().map(Result::unwrap).collect();
    let queue = queues.iter().find(|queue| queue.str("name") == Some("default")).unwrap();
    assert_eq!(nb.core().background_queues().get("default").unwrap().unwrap().str("name"), queue.str("name"));
}

#[test]
fn names_reach_what_the_methods_reach() {
    let Some(nb) = api() else { return };
    for endpoint in [
        nb.ipam().ip_addresses(),
        nb.app("ipam").endpoint("ip_addresses"),
        nb.app("ipam").endpoint("ip-addresses"),
        nb.endpoint("ipam/ip-addresses"),
        nb.endpoint("/api/ipam/ip-addresses/"),
    ] {
        assert_eq!(endpoint.path(), "ipam/ip-addresses");
        assert!(endpoint.all().exists().unwrap());
    }
    assert_eq!(nb.plugins().app("custom_objects").endpoint("my_type").path(), "plugins/custom_objects/my_type");
    assert!(nb.plugins().app("branching").endpoint("branches").all().count().is_ok());
    assert_eq!(nb.users().config().get().unwrap(), nb.detail("users/config").get().unwrap());
    let missing = nb.dcim().sites().filter([("slug", "lon")]).first().unwrap().unwrap().trace().unwrap_err();
    assert!(missing.kind() == ErrorKind::NotFound && missing.to_string().contains("/trace"), "{missing}");
    let plugins = nb.plugins().installed_plugins().unwrap();
    assert!(plugins.iter().any(|plugin| plugin.package == "netbox_branching" && plugin.version.as_deref() == Some("1.2.2")), "{plugins:?}");
}

#[test]
fn an_endpoint_that_the_servers_line_lacks_says_since_when_it_exists() {
    let (_netbox, nb) = in_memory(NetBox::builder().line(ReleaseLine::V4_4));
    for error in [nb.dcim().cable_bundles().get(1).unwrap_err(), nb.dcim().cable_bundles().all().count().unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("since NetBox 4.6; this server is 4.4"), "{error}");
    }
}

#[test]
fn rule_01_a_page_size_above_the_servers_is_cut_and_nothing_is_lost() {
    let Some(nb) = api() else { return };
    let all = nb.ipam().ip_addresses().all().fields(["id"]);
    let count = all.count().unwrap();
    assert!(count > 1000);
    for paging in [Paging::Auto, Paging::Cursor, Paging::Offset] {
        let found: BTreeSet<u64> = ids(all.clone().paging(paging).page_size(5000)).into_iter().collect();
        assert_eq!(found.len() as u64, count, "{paging:?}");
    }
}

#[test]
fn rule_01_whatever_the_servers_largest_page_the_same_objects_come_in_the_same_order() {
    #[derive(serde::Deserialize)]
    struct Row {
        id: u64,
        name: String,
    }
    let at = |variable| Some(Api::new(Client::new(live_config_at(variable)?.build().unwrap()).unwrap()));
    let (Some(usual), Some(small), Some(unlimited)) = (api(), at("NETBOX_SMALL_PAGES_URL"), at("NETBOX_UNLIMITED_PAGES_URL")) else {
        return;
    };
    let groups = Own::groups(&usual);
    let made = groups.make((0..257).map(|number| format!("{}-{number:03}", groups.mark)));
    let read = |nb: &Api, paging: Paging| {
        let all = groups.list(nb).paging(paging);
        let few = all.clone().with("id__lt", made[25]);
        let lists = [
            all.clone(),
            all.clone().page_size(7),
            all.clone().page_size(1000),
            few.clone().page_size(1),
            all.clone().limit_total(23),
            all.clone().limit_total(23).page_size(1000),
            nb.circuits().circuit_terminations().all().fields(["id"]).paging(paging),
        ];
        let first = all.first().unwrap().unwrap().to_value();
        let counts = [all.count().unwrap(), few.count().unwrap()];
        let rows: Vec<(u64, String)> = all.select::<Row>().into_iter().map(Result::unwrap).map(|row| (row.id, row.name)).collect();
        (lists.map(|list| list.iter().map(|record| record.unwrap().to_value()).collect::<Vec<_>>()), first, counts, rows)
    };
    for paging in [Paging::Auto, Paging::Keyset, Paging::Cursor, Paging::Offset] {
        let expected = read(&usual, paging);
        assert_eq!(expected.0.each_ref().map(Vec::len), [257, 257, 257, 25, 23, 23, 20], "{paging:?}");
        assert_eq!((expected.2, expected.3.len()), ([257, 25], 257));
        assert_eq!(read(&small, paging), expected, "{paging:?}");
        assert_eq!(read(&unlimited, paging), expected, "{paging:?}");
    }
    for nb in [&small, &unlimited] {
        assert_eq!(ids(nb.users().groups().by_ids(made.iter().copied())), made);
    }
    let page: Value = small.client().get("dcim/devices?limit=50&fields=id").send().unwrap().json().unwrap();
    assert_eq!(page["results"].as_array().unwrap().len(), 10, "the server cuts a page");
    let page: Value = unlimited.client().get("dcim/devices?limit=2000&fields=id").send().unwrap().json().unwrap();
    assert_eq!(page["results"].as_array().unwrap().len(), 2000, "the server cuts no page");
}

#[test]
fn rule_02_and_06_filters_are_sent_as_netbox_spells_them() {
    let Some(nb) = api() else { return };
    let devices = nb.dcim().devices();
    let count = |filters: Filters| devices.filter(filters).count().unwrap();
    let lon = count([("site", "lon")].into());
    assert_eq!(count([("site", "lon"), ("site", "par")].into()), 2 * lon);
    assert_eq!(count([("site", vec!["lon", "par"])].into()), 2 * lon);
    assert_eq!(count(json!({"site": ["lon", "par"], "name__ic": "-lon-"}).into()), lon);
    let unracked = count(json!({"site": "lon", "rack_id": null}).into());
    assert!(unracked < lon && unracked == devices.filter([("site", "lon")]).with("rack_id", None::<u64>).count().unwrap());
    assert_eq!(count(json!({"site": "lon", "has_primary_ip": false}).into()), lon);
    assert!(count("leaf-lon-00000".into()) >= 1);
    #[derive(serde::Serialize)]
    struct Wanted<'a> {
        site: [&'a str; 2],
        role: Option<&'a str>,
    }
    let wanted = Filters::of(&Wanted { site: ["lon", "par"], role: None }).unwrap();
    assert_eq!(count(wanted), 2 * lon);
}

#[test]
fn lists_are_limited_ordered_and_shortened_as_asked() {
    let Some(nb) = api() else { return };
    let sites = nb.dcim().sites().filter([("slug", vec!["lon", "par", "ams", "fra"])]);
    let names = |list: List| list.into_iter().map(|site| site.unwrap().to_string()).collect::<Vec<_>>();
    assert_eq!(names(sites.clone().ordering("-name")), ["PAR", "LON", "FRA", "AMS"]);
    assert_eq!(names(sites.clone().ordering("name").offset(1).limit_total(2)), ["FRA", "LON"]);
    assert_eq!(sites.clone().ordering("name").first().unwrap().unwrap().to_string(), "AMS");
    assert_eq!(sites.iter().count(), 4);
    for list in
        [sites.clone(), sites.clone().limit_total(3), sites.clone().offset(3), sites.clone().offset(9), sites.clone().limit_total(0)]
    {
        assert_eq!(list.count().unwrap(), list.iter().count() as u64, "{list:?}");
        assert_eq!(list.exists().unwrap(), list.first().unwrap().is_some());
    }
    let short = sites.clone().brief().first().unwrap().unwrap();
    assert!(short.get("slug").is_some() && short.get("facility").is_none());
    let named = sites.clone().fields(["name"]).first().unwrap().unwrap();
    assert_eq!(named.to_value().as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "name"]);
    let device = nb.dcim().devices().all().without_config_context().first().unwrap().unwrap();
    assert!(device.get("config_context").is_none() && device.get("name").is_some());
    let mut iteration = nb.dcim().devices().filter([("site", "lon")]).fields(["name"]).into_iter();
    iteration.next().unwrap().unwrap();
    assert_eq!((iteration.progress().fetched, iteration.progress().total), (1, Some(250)));
    let choices = nb.dcim().sites().choices("status").unwrap();
    assert!(choices.contains(&json!({"value": "active", "label": "Active"})), "{choices:?}");
}

#[test]
fn rule_03_every_mode_gives_the_same_objects() {
    let Some(nb) = api() else { return };
    let devices = || nb.dcim().devices().filter([("site", vec!["lon", "par"])]).fields(["id"]);
    let expected: BTreeSet<u64> = ids(devices().paging(Paging::Offset)).into_iter().collect();
    assert_eq!(expected.len(), 500);
    for paging in [Paging::Auto, Paging::Keyset, Paging::Cursor] {
        for size in [7, 100, 1000] {
            let found = ids(devices().paging(paging).page_size(size));
            assert_eq!(found.len(), 500, "{paging:?} {size}");
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }
    let bound = *expected.iter().nth(100).unwrap();
    let above = ids(devices().with("id__gt", vec![bound, bound + 1_000_000]).page_size(50));
    assert_eq!(above.len(), 399, "the smaller of two bounds counts");
}

#[test]
fn rule_03_resources_that_know_less_are_listed_all_the_same() {
    let Some(nb) = api() else { return };
    let rir = nb.ipam().rirs().all().first().unwrap().unwrap();
    let ranges: Vec<_> = (0..3)
        .map(|number| {
            let name = unique("range");
            let start = 65_000 + number * 10;
            made(&nb, "ipam/asn-ranges", json!({"name": name, "slug": name, "rir": rir.id(), "start": start, "end": start + 3}))
        })
        .collect();
    let all = || nb.ipam().asn_ranges().all().page_size(2);
    let expected: BTreeSet<u64> = ids(all().paging(Paging::Offset)).into_iter().collect();
    assert!(ranges.iter().all(|(range, _)| expected.contains(&range.id())));
    for paging in [Paging::Auto, Paging::Keyset] {
        assert_eq!(ids(all().paging(paging)).into_iter().collect::<BTreeSet<_>>(), expected, "{paging:?}");
    }
    let error = all().paging(Paging::Cursor).into_iter().next().unwrap().unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidRequest && error.to_string().contains("start"), "{error}");

    let user = nb.users().users().get_by([("username", "admin")]).unwrap().unwrap();
    let groups: Vec<_> =
        (0..3).map(|_| made(&nb, "extras/notification-groups", json!({"name": unique("group"), "users": [user.id()]}))).collect();
    let expected: BTreeSet<u64> = groups.iter().map(|(group, _)| group.id()).collect();
    for paging in [Paging::Auto, Paging::Keyset, Paging::Cursor, Paging::Offset] {
        let found: Vec<u64> = ids(nb.extras().notification_groups().all().paging(paging).page_size(1));
        let ours: Vec<u64> = found.iter().copied().filter(|id| expected.contains(id)).collect();
        assert_eq!((ours.len(), ours.into_iter().collect::<BTreeSet<_>>()), (3, expected.clone()), "{paging:?}");
    }
    assert!(nb.extras().notifications().all().into_iter().all(|notification| notification.is_ok()));
}

#[test]
fn rule_05_a_page_that_the_server_does_not_manage_is_halved() {
    let server = RawServer::start(|_, connection| {
        while let Some(request) = connection.read_request() {
            let line = request.lines().next().unwrap_or_default().to_owned();
            let number = |name: &str| line.split(['?', '&', ' ']).find_map(|part| part.strip_prefix(name)?.parse::<u64>().ok());
            let (limit, after) = (number("limit=").unwrap(), number("id__gt=").unwrap_or(0));
            if limit > 60 {
                return connection.reply("504 Gateway Timeout", "Connection: close\r\n", "");
            }
            let rows: Vec<Value> = (after + 1..=200).take(limit as usize).map(|id| json!({ "id": id })).collect();
            let next = (after + limit < 200).then_some("http://h/api/dcim/devices/?x");
            connection.reply("200 OK", "", &json!({"count": 200 - after, "next": next, "previous": null, "results": rows}).to_string());
        }
    });
    let nb = Api::new(Client::new(impatient(&server.url()).build().unwrap()).unwrap());
    assert_eq!(ids(nb.dcim().devices().all()), (1..=200).collect::<Vec<_>>());
    let limits: Vec<String> =
        server.requests().iter().map(|request| request.split("limit=").nth(1).unwrap().split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(limits, ["250", "125", "62", "31", "31", "31", "31", "31", "31", "31"]);
}

#[test]
fn a_page_that_cannot_be_smaller_is_asked_for_again() {
    let (netbox, nb) = in_memory(NetBox::builder().seed(Demo::small()));
    netbox.fail(Fault::bad_gateway().on_path("/api/dcim/devices/").on_request(2));
    assert_eq!(ids(nb.dcim().devices().all().page_size(1)), (1..=12).collect::<Vec<_>>());
    // What the documents do not say of its paging is found out with a first page that is not halved either.
    netbox.fail(Fault::bad_gateway().on_path("/api/extras/notifications/"));
    assert_eq!(nb.extras().notifications().all().into_iter().count(), 0);
}

#[test]
fn rule_05_a_connection_that_the_server_closed_is_no_page_that_it_did_not_manage() {
    // Each connection serves one page, and the next request on it is lost.
    let server = RawServer::start(|_, connection| {
        let Some(request) = connection.read_request() else { return };
        let number = |name: &str| request.split(['?', '&', ' ']).find_map(|part| part.strip_prefix(name)?.parse::<u64>().ok());
        let (limit, after) = (number("limit=").unwrap(), number("id__gt=").unwrap_or(0));
        let rows: Vec<Value> = (after + 1..=2000).take(limit as usize).map(|id| json!({ "id": id })).collect();
        let next = (after + limit < 2000).then_some("http://h/api/dcim/devices/?x");
        connection.reply("200 OK", "", &json!({"count": 2000 - after, "next": next, "previous": null, "results": rows}).to_string());
        connection.read_request();
    });
    let nb = Api::new(Client::new(impatient(&server.url()).retries(Retries::none()).build().unwrap()).unwrap());
    assert_eq!(ids(nb.dcim().devices().all()), (1..=2000).collect::<Vec<_>>());
    assert!(
        server.requests().iter().all(|request| ["limit=250 ", "limit=500 ", "limit=1000 "].iter().any(|limit| request.contains(limit)))
    );
}

#[test]
fn rule_04_a_type_of_ones_own_decides_which_fields_are_asked_for() {
    let Some(nb) = api() else { return };
    #[derive(serde::Deserialize)]
    struct Named {
        name: String,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        name: Option<String>,
        #[serde(rename = "site")]
        place: Named,
        #[serde(default)]
        no_such_field: u8,
    }
    let rows: Vec<Row> = nb.dcim().devices().filter([("site", "lon")]).select().into_iter().collect::<Result<_>>().unwrap();
    assert_eq!(rows.len(), 250);
    assert!(rows.iter().all(|row| row.place.name == "LON" && row.name.is_some() && row.no_such_field == 0));
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Wrong {
        id: u64,
        rack: Wrapped,
    }
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Wrapped {
        no_such_field: String,
    }
    let device =
        nb.dcim().devices().filter([("site", "lon"), ("has_primary_ip", "false")]).with("rack_id__n", "null").first().unwrap().unwrap();
    let error = nb.dcim().devices().filter([("id", device.id())]).select::<Wrong>().into_iter().next().unwrap().unwrap_err();
    assert!(error.to_string().contains(&format!("dcim/devices {}", device.id())), "{error}");
    assert!(error.to_string().contains("rack"), "{error}");
}

#[test]
fn select_asks_for_the_names_that_serde_reads() {
    let (netbox, nb) = in_memory(NetBox::builder().seed(Demo::small()));
    #[derive(serde::Deserialize)]
    struct Row {
        name: String,
        #[serde(rename = "site")]
        _place: Value,
    }
    let rows: Vec<Row> = nb.dcim().devices().all().fields(["serial"]).select().into_iter().map(Result::unwrap).collect();
    assert_eq!((rows.len(), rows[0].name.as_str()), (12, "leaf-lon-00000"));
    let asked = netbox.requests().pop().unwrap();
    assert!(asked.uri().query().unwrap().contains("fields=id%2Cname%2Csite&"), "{}", asked.uri());
}

#[test]
fn rule_11_any_number_of_ids_is_fetched_in_requests_that_the_server_takes() {
    let Some(nb) = api() else { return };
    let all = ids(nb.ipam().ip_addresses().all().fields(["id"]));
    let wanted: Vec<u64> = all.iter().copied().step_by(2).collect();
    assert!(wanted.len() > 2000);
    let found: Vec<u64> = nb
        .ipam()
        .ip_addresses()
        .by_ids(wanted.iter().copied().chain([wanted[0], 999_999_999]))
        .map(|record| record.unwrap().id())
        .collect();
    assert_eq!(found, wanted);
    assert_eq!(nb.ipam().ip_addresses().by_ids([]).count(), 0);
}

#[test]
fn rule_06_a_filter_without_values_does_not_mean_everything() {
    let (netbox, nb) = in_memory(NetBox::builder().seed(Demo::small()));
    let sites = nb.dcim().sites();
    let none = || sites.filter([("id", Vec::<u64>::new())]).with("status", "active");
    for error in
        [none().count().unwrap_err(), none().first().unwrap_err(), none().export("x").unwrap_err(), none().delete().unwrap_err().into()]
    {
        assert!(error.kind() == ErrorKind::InvalidRequest && error.to_string().contains("the filter id has an empty list"), "{error}");
    }
    let error: netbox_sdk::Error = sites.filter([("status", "active"), ("name", "")]).delete().unwrap_err().into();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert_eq!(sites.get("").unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(sites.by_ids([]).count(), 0);
    assert!(netbox.requests().is_empty());
}

#[test]
fn an_ordering_with_ties_gives_every_object_once() {
    let Some(nb) = api() else { return };
    let devices = nb.dcim().devices().filter([("site", vec!["lon", "par"])]).fields(["id"]);
    for ordering in ["status", "-role", "status,-id"] {
        let found = ids(devices.clone().ordering(ordering).page_size(50));
        assert_eq!((found.len(), found.into_iter().collect::<BTreeSet<_>>().len()), (500, 500), "{ordering}");
    }
}

#[test]
fn a_resource_that_ignores_ids_gives_no_others() {
    let (_netbox, nb) = in_memory(NetBox::builder().seed(Demo::small()));
    let notification = |site: u64| json!({"object_type": "dcim.site", "object_id": site, "user": 1, "event_type": "object_created"});
    nb.extras().notifications().create_many([1, 2].map(notification)).unwrap();
    assert_eq!(nb.extras().notifications().filter([("id", 2)]).count().unwrap(), 2);
    assert_eq!(ids(nb.extras().notifications().by_ids([2, 9])), [2]);
}

#[test]
fn fields_and_omissions_add_up() {
    let Some(nb) = api() else { return };
    let named = nb.dcim().devices().all().fields(["name"]).fields(["serial"]).first().unwrap().unwrap();
    assert!(named.get("name").is_some() && named.get("serial").is_some() && named.get("status").is_none());
    let rest = nb.dcim().devices().all().omit(["name"]).without_config_context().first().unwrap().unwrap();
    assert!(rest.get("name").is_none() && rest.get("config_context").is_none() && rest.get("serial").is_some());
}

#[test]
fn rule_13_related_records_are_found_below_any_sub_path() {
    let server = MockServer::start();
    let url = |path: &str| format!("{}/api/netbox/api/{path}", server.base_url());
    server.mock(|when, then| {
        when.path("/api/netbox/api/ipam/prefixes/7/");
        then.status(200).json_body(json!({"id": 7, "site": {"id": 4, "url": url("dcim/sites/4/"), "display": "LON"}}));
    });
    let asked = server.mock(|when, then| {
        when.path("/api/netbox/api/dcim/sites/4/");
        then.status(200).json_body(json!({"id": 4, "name": "LON"}));
    });
    let config = impatient(&format!("{}/api/netbox", server.base_url())).build().unwrap();
    let prefix = Api::new(Client::new(config).unwrap()).ipam().prefixes().get(7).unwrap().unwrap();
    assert_eq!(prefix.record("site").unwrap().full_details().unwrap().to_string(), "LON");
    asked.assert();
}

#[test]
fn an_error_ends_an_iteration() {
    let server = MockServer::start();
    server.mock(|when, then| {
        when.any_request();
        then.status(500).header("Content-Type", "application/json").body(r#"{"error": "x", "exception": "E"}"#);
    });
    let mut iteration = mocked(&server).dcim().devices().all().into_iter();
    assert_eq!(iteration.next().unwrap().unwrap_err().kind(), ErrorKind::Server);
    assert!(iteration.next().is_none() && iteration.next().is_none());
}

#[test]
fn rule_16_save_sends_what_changed_and_nothing_else() {
    let Some(nb) = api() else { return };
    let (mut site, _guard) = site(&nb);
    assert!(!site.save().unwrap(), "nothing was changed");
    site.set("facility", "F1");
    site.set("status", "planned");
    site.set("tags", json!([{"slug": "core"}]));
    site.set("region", &nb.dcim().regions().all().first().unwrap().unwrap());
    let region = site.get("region").cloned().unwrap();
    let expected = json!({"facility": "F1", "status": "planned", "tags": [{"slug": "core"}], "region": region});
    assert_eq!(site.updates(), expected);
    assert!(site.save().unwrap());
    assert_eq!((site.str("facility"), site.str("status.value"), site.str("tags.0.slug")), (Some("F1"), Some("planned"), Some("core")));
    assert_eq!(site.updates(), json!({}), "the record holds the server's reply");
    let changes: Value = nb
        .client()
        .get("core/object-changes")
        .query("changed_object_id", site.id())
        .query("changed_object_type", "dcim.site")
        .query("action", "update")
        .send()
        .unwrap()
        .json()
        .unwrap();
    let (before, after) = (&changes["results"][0]["prechange_data"], &changes["results"][0]["postchange_data"]);
    let differs: Vec<&String> =
        after.as_object().unwrap().keys().filter(|key| before[*key] != after[*key] && *key != "last_updated").collect();
    assert_eq!(differs, ["facility", "region", "status", "tags"]);
    site.set("region", Value::Null);
    site.save().unwrap();
    let region = site.record("region");
    assert!(region.is_none());
}

#[test]
fn rule_10_a_record_is_saved_only_where_nobody_changed_it() {
    let Some(nb) = api() else { return };
    let (mut mine, _guard) = site(&nb);
    let mut yours = nb.dcim().sites().get(mine.id()).unwrap().unwrap();
    let mut listed = nb.dcim().sites().filter([("id", mine.id())]).first().unwrap().unwrap();
    mine.set("facility", "mine");
    assert!(mine.save_if_unmodified().unwrap());
    for other in [&mut yours, &mut listed] {
        other.set("facility", "other");
        let error = other.save_if_unmodified().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
        assert_eq!(error.present_state().unwrap()["facility"], "mine");
        assert_eq!(other.updates(), json!({"facility": "other"}), "the change is kept");
        other.refresh().unwrap();
        assert_eq!(other.str("facility"), Some("mine"));
    }
    listed.set("facility", "later");
    assert!(listed.save_if_unmodified().unwrap());
}

#[test]
fn records_of_related_objects_lead_to_the_whole_object() {
    let Some(nb) = api() else { return };
    let device = nb.dcim().devices().filter([("site", "lon")]).fields(["name", "site"]).first().unwrap().unwrap();
    let site = device.record("site").unwrap();
    assert_eq!((site.endpoint().path(), site.to_string().as_str()), ("dcim/sites", "LON"));
    assert!(site.get("facility").is_none());
    assert_eq!(
        nb.dcim().devices().filter([("site_id", &site)]).count().unwrap(),
        nb.dcim().devices().filter([("site", "lon")]).count().unwrap()
    );
    let whole = site.full_details().unwrap();
    assert!(whole == site && whole.get("facility").is_some());
    #[derive(serde::Deserialize)]
    struct Site {
        id: u64,
        slug: String,
    }
    let parsed: Site = whole.parse().unwrap();
    assert_eq!((parsed.id, parsed.slug.as_str()), (whole.id(), "lon"));
    let error = whole.parse::<Vec<u8>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    assert_eq!(whole["no.such.member"], Value::Null);
}

#[test]
fn deleting_what_others_depend_on_says_what_depends_on_it() {
    let Some(nb) = api() else { return };
    let error = nb.dcim().sites().get_by([("slug", "lon")]).unwrap().unwrap().delete().unwrap_err();
    assert!(error.kind() == ErrorKind::Conflict && error.to_string().contains("dependent objects"), "{error}");
}

#[test]
fn apis_are_shared_between_threads() {
    fn check<T: Send + Sync + Clone>(_: &T) {}
    let Some(nb) = api() else { return };
    check(&nb);
    check(&nb.dcim().devices());
    check(&nb.dcim().devices().all());
    std::thread::scope(|scope| {
        for site in ["lon", "par", "ams", "fra"] {
            let nb = &nb;
            scope.spawn(move || assert_eq!(nb.dcim().devices().filter([("site", site)]).fields(["id"]).iter().count(), 250));
        }
    });
}

#[test]
fn a_broken_list_is_told_and_never_endless() {
    let reply = |body: &str| {
        let server = MockServer::start();
        let body = body.to_owned();
        server.mock(|when, then| {
            when.any_request();
            then.status(200).header("Content-Type", "application/json").body(body);
        });
        let config = impatient(&server.base_url()).retries(Retries::none()).read_timeout(Duration::from_secs(2));
        let nb = Api::new(Client::new(config.build().unwrap()).unwrap());
        nb.endpoint("plugins/x/y").all().into_iter().take(10_000).collect::<Result<Vec<_>>>().map(|records| records.len())
    };
    for body in [
        r#"{"count": 9, "next": "http://h/api/plugins/x/y/?limit=1&offset=0", "results": [{"id": 1}]}"#,
        r#"{"count": 9, "next": "http://h/api/plugins/x/y/?cursor=abc", "results": [{"id": 1}]}"#,
        r#"{"count": 9, "next": "x", "results": []}"#,
    ] {
        assert_eq!(reply(body).unwrap_err().kind(), ErrorKind::Protocol, "{body}");
    }
    for body in ["[]", "{}", r#"{"results": 3}"#, r#"{"results": [3]}"#, "<html></html>"] {
        assert_eq!(reply(body).unwrap_err().kind(), ErrorKind::Decode, "{body}");
    }
    assert_eq!(reply(r#"{"count": 0, "next": null, "results": []}"#).unwrap(), 0);
    assert_eq!(reply(r#"{"next": null, "results": [{"name": "no id"}, {"name": "none"}]}"#).unwrap(), 2);
}

#[test]
fn twenty_thousand_objects_take_less_than_25_megabytes() {
    const CHILD: &str = "NETBOX_SDK_TEST_LIST_FROM";
    const OBJECTS: u64 = 20_000;
    if let Ok(url) = std::env::var(CHILD) {
        let nb = Api::new(Client::new(impatient(&url).read_timeout(Duration::from_secs(20)).build().unwrap()).unwrap());
        assert_eq!(nb.dcim().interfaces().all().into_iter().filter(Result::is_ok).count() as u64, OBJECTS);
        println!("{}", crate::support::peak_memory());
        return;
    }
    let server = RawServer::start(|_, connection| {
        while let Some(request) = connection.read_request() {
            let line = request.lines().next().unwrap_or_default().to_owned();
            let number = |name: &str| line.split(['?', '&', ' ']).find_map(|part| part.strip_prefix(name)?.parse::<u64>().ok());
            let (limit, after) = (number("limit=").unwrap(), number("id__gt=").unwrap_or(0));
            let last = (after + limit).min(OBJECTS);
            // As large as an interface of NetBox 4.7 is.
            let row = |id| json!({"id": id, "name": format!("eth{id}"), "description": "x".repeat(1400)});
            let next = (last < OBJECTS).then_some("http://h/api/dcim/interfaces/?x");
            let page = json!({"count": OBJECTS - after, "next": next, "results": (after + 1..=last).map(row).collect::<Vec<_>>()});
            connection.reply("200 OK", "", &page.to_string());
        }
    });
    let output = crate::support::child("facade::twenty_thousand_objects_take_less_than_25_megabytes", CHILD, &server.url());
    if let Some(kilobytes) = crate::support::kilobytes(&output) {
        println!("peak: {kilobytes} kB");
        assert!(kilobytes < 25 << 10, "{kilobytes} kB");
    }
}

#[test]
fn exactly_one_bound_of_ids_is_sent() {
    let Some(nb) = api() else { return };
    let sites = |bounds: Value| ids(nb.dcim().sites().filter([("id__gt", bounds)]).page_size(7).fields(["name"]));
    let all = ids(nb.dcim().sites().all().fields(["name"]));
    for (bounds, least) in [(json!(-1), 0), (json!([-1, 10]), 0), (json!(""), 0), (json!([5, 3]), 3), (json!("4"), 4)] {
        assert_eq!(sites(bounds), all.iter().copied().filter(|id| *id > least).collect::<Vec<_>>());
    }
    let error = nb.dcim().sites().filter([("id__gt", "x")]).first().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
}

#[test]
fn what_has_no_id_is_known_by_the_end_of_its_url() {
    let Some(nb) = api() else { return };
    let queue =
        nb.core().background_queues().all().into_iter().map(Result::unwrap).find(|queue| queue.str("name") == Some("default")).unwrap();
    assert_eq!((queue.key().as_str(), queue.full_details().unwrap().str("name")), ("default", Some("default")));
    assert_eq!(queue, nb.core().background_queues().get("default").unwrap().unwrap());
}

#[test]
fn an_update_leaves_what_was_set_to_be_saved() {
    let Some(nb) = api() else { return };
    let (mut site, _guard) = site(&nb);
    site.set("facility", "pending");
    site.set("comments", "overtaken");
    site.update(json!({"comments": "sent"})).unwrap();
    assert_eq!((site.updates(), site.str("comments")), (json!({"facility": "pending"}), Some("sent")));
    site.update(json!({"status": "no such"})).unwrap_err();
    assert!(site.save().unwrap());
    site.refresh().unwrap();
    assert_eq!((site.str("facility"), site.str("comments")), (Some("pending"), Some("sent")));
    // What cannot be set is told once, and the rest is saved then.
    site.set("facility.name", "nowhere");
    site.set("facility", "possible");
    assert_eq!(site.save().unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert!(site.save().unwrap());
    assert_eq!(site.str("facility"), Some("possible"));
}

#[test]
fn a_list_is_no_body_of_one_object() {
    let Some(nb) = api() else { return };
    let error = nb.extras().tags().create(json!([{"name": "x", "slug": "x"}])).unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidRequest && error.to_string().contains("create_many"), "{error}");
    let (site, _guard) = site(&nb);
    assert_eq!(site.available_ips().create(json!([{}])).unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn what_does_not_fit_is_told_without_its_value() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Strict {
        name: u64,
    }
    let Some(nb) = api() else { return };
    let lon = nb.dcim().sites().filter([("slug", "lon")]);
    let parsed = lon.clone().fields(["name"]).first().unwrap().unwrap().parse::<Strict>().unwrap_err().to_string();
    let selected = lon.select::<Strict>().into_iter().next().unwrap().unwrap_err().to_string();
    assert!(selected.contains("name") && selected.contains("expected u64"), "{selected}");
    for error in [parsed, selected] {
        assert!(!error.contains("LON"), "{error}");
    }
}
