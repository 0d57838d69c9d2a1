//! GraphQL.

use netbox_sdk::http::Method;
use netbox_sdk::{Api, ErrorKind, Token};
use serde_json::{Value, json};

use super::{body, both, device, make, site, tags};
use crate::live::unique;

/// The data of a query.
fn data(nb: &Api, query: &str, variables: Value) -> Value {
    nb.client().graphql_data(query, variables).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// What is wrong with a query: the messages, without what else may be meant, and where the first one is.
fn errors(nb: &Api, query: &str) -> (Vec<String>, Value) {
    let reply = nb.client().graphql(query, json!({})).unwrap();
    let body = body(&reply);
    assert_eq!((reply.status().as_u16(), &body["data"]), (200, &Value::Null), "{query}: {body}");
    let message = |error: &Value| error["message"].as_str().unwrap().split(" Did you mean").next().unwrap().to_owned();
    (body["errors"].as_array().unwrap().iter().map(message).collect(), body["errors"][0]["locations"][0].clone())
}

#[test]
fn an_object_is_asked_for_by_its_id() {
    both(|nb| {
        let name = unique("mock");
        let (region, _region) = make(nb, "dcim/regions", &json!({"name": name, "slug": name}));
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": name, "slug": name, "region": region["id"]}));
        let query = format!(
            "{{ site(id: {}) {{ id name status region {{ slug }} tenant {{ name }} tags {{ name }} facility __typename }} }}",
            site["id"]
        );
        let wanted = json!({"id": site["id"].to_string(), "name": name, "status": "active", "region": {"slug": name}, "tenant": null, "tags": [],
            "facility": "", "__typename": "SiteType"});
        assert_eq!(data(nb, &query, json!({})), json!({"site": wanted}));
        let query = "query One($id: ID!) { a: site(id: $id) { n: name } b: region(id: 999999) { name } }";
        let reply = nb.client().graphql(query, json!({"id": site["id"]})).unwrap();
        let error = &body(&reply)["errors"][0];
        assert_eq!((&error["message"], &error["path"]), (&json!("Region matching query does not exist."), &json!(["b"])));
        let query = "query One($id: ID!) { a: site(id: $id) { n: name } }";
        assert_eq!(data(nb, query, json!({"id": site["id"].to_string()})), json!({"a": {"n": name}}));
    });
}

#[test]
fn lists_are_filtered() {
    both(|nb| {
        let mark = unique("mock");
        let (region, _region) = make(nb, "dcim/regions", &json!({"name": mark, "slug": mark}));
        let _sites: Vec<_> = [("a", "active", Some(&region["id"])), ("B", "planned", None), ("c", "active", None)]
            .map(|(name, status, region)| {
                make(
                    nb,
                    "dcim/sites",
                    &json!({"name": format!("{mark}-{name}"), "slug": format!("{mark}-{name}"), "status": status, "region": region}),
                )
                .1
            })
            .into();
        let own = format!("name: {{starts_with: \"{mark}\"}}");
        for (filters, found) in [
            (own.clone(), "aBc"),
            (format!("name: {{exact: \"{mark}-a\"}}"), "a"),
            (format!("name: {{i_exact: \"{mark}-b\"}}"), "B"),
            (format!("name: {{i_contains: \"{}\", ends_with: \"c\"}}", mark.to_uppercase()), "c"),
            (format!("name: {{in_list: [\"{mark}-a\", \"{mark}-c\"]}}"), "ac"),
            (format!("{own}, status: {{exact: STATUS_PLANNED}}"), "B"),
            (format!("{own}, status: {{in_list: [STATUS_PLANNED, STATUS_ACTIVE]}}"), "aBc"),
            (format!("{own}, region: {{slug: {{exact: \"{mark}\"}}}}"), "a"),
            (format!("{own}, NOT: {{name: {{exact: \"{mark}-a\"}}}}"), "Bc"),
            (format!("name: {{exact: \"{mark}-a\"}}, OR: {{name: {{exact: \"{mark}-B\"}}}}"), "aB"),
        ] {
            let found_names = data(nb, &format!("{{ site_list(filters: {{{filters}}}) {{ name }} }}"), json!({}));
            let names: String = found_names["site_list"]
                .as_array()
                .unwrap()
                .iter()
                .map(|site| site["name"].as_str().unwrap().rsplit('-').next().unwrap())
                .collect();
            assert_eq!(names, found, "{filters}");
        }
    });
}

#[test]
fn lists_are_cut_and_take_variables() {
    both(|nb| {
        let (mark, ids, _tags) = tags(nb, 4);
        let query = "query Some($mark: String!, $limit: Int = 2) {
            tag_list(filters: {description: {exact: $mark}}, pagination: {limit: $limit, offset: 1}) { id slug }
        }";
        let found = |variables: Value| {
            let found = data(nb, query, variables)["tag_list"].clone();
            found.as_array().unwrap().iter().map(|tag| tag["id"].as_str().unwrap().parse::<u64>().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(found(json!({"mark": mark})), ids[1..3]);
        assert_eq!(found(json!({"mark": mark, "limit": 9})), ids[1..]);
        assert_eq!(found(json!({"mark": "nosuch"})), Vec::<u64>::new());
    });
}

#[test]
fn what_leads_to_an_object_and_what_it_leads_to_are_nested() {
    both(|nb| {
        let (device, _guards) = device(nb);
        let (interface, _interface) = make(nb, "dcim/interfaces", &json!({"device": device["id"], "name": "eth0", "type": "1000base-t"}));
        let (vrf, _vrf) = make(nb, "ipam/vrfs", &json!({"name": device["name"]}));
        let body = json!({"address": "192.0.2.1/24", "vrf": vrf["id"], "assigned_object_type": "dcim.interface", "assigned_object_id": interface["id"]});
        let (address, _address) = make(nb, "ipam/ip-addresses", &body);
        let query = format!(
            "{{ device(id: {}) {{ name site {{ name devices {{ name }} }} device_type {{ model manufacturer {{ slug }} }} interfaces {{ name type }} primary_ip4 {{ address }} }} }}",
            device["id"]
        );
        let name = &device["name"];
        let site = json!({"name": device["site"]["name"], "devices": [{"name": name}]});
        let wanted = json!({"name": name, "site": site, "device_type": {"model": name, "manufacturer": {"slug": name}},
            "interfaces": [{"name": "eth0", "type": "1000base-t"}], "primary_ip4": null});
        assert_eq!(data(nb, &query, json!({})), json!({"device": wanted}));
        let query = format!(
            "{{ ip_address(id: {}) {{ address family {{ value label }} assigned_object {{ __typename ... on InterfaceType {{ name device {{ name }} }} ... on VMInterfaceType {{ id }} }} }} }}",
            address["id"]
        );
        let assigned = json!({"__typename": "InterfaceType", "name": "eth0", "device": {"name": name}});
        let wanted = json!({"address": "192.0.2.1/24", "family": {"value": 4, "label": "IPv4"}, "assigned_object": assigned});
        assert_eq!(data(nb, &query, json!({})), json!({"ip_address": wanted}));
    });
}

#[test]
fn fragments_and_directives_count() {
    both(|nb| {
        let (site, _site) = site(nb);
        let query = format!(
            "query Q($no: Boolean!) {{ site(id: {}) {{ ...Names facility @include(if: $no) slug @skip(if: true) }} }} fragment Names on SiteType {{ name }}",
            site["id"]
        );
        assert_eq!(data(nb, &query, json!({"no": false})), json!({"site": {"name": site["name"]}}));
    });
}

#[test]
fn errors_of_a_query_come_with_their_place_and_status_200() {
    both(|nb| {
        let says = |query: &str, message: &str, line: u64, column: u64| {
            let (messages, place) = errors(nb, query);
            assert_eq!((messages[0].as_str(), place), (message, json!({"line": line, "column": column})), "{query}");
        };
        says("{ nope }", "Cannot query field 'nope' on type 'Query'.", 1, 3);
        says("{ site }", "Field 'site' of type 'SiteType!' must have a selection of subfields.", 1, 3);
        says("{ site_list {\n  nope } }", "Cannot query field 'nope' on type 'SiteType'.", 2, 3);
        says("{ site_list { name ", "Syntax Error: Expected Name, found <EOF>.", 1, 20);
        says("mutation { x }", "The mutation operation is not supported by the schema.", 1, 1);
        says("{ site_list(ordering: 1) { id } }", "Unknown argument 'ordering' on field 'Query.site_list'.", 1, 13);
        says(
            "query Q($id: ID!) { site(id: $id) { id } }",
            "Variable '$id' has invalid value: Expected a value of non-null type 'ID!' to be provided.",
            1,
            9,
        );
        let error = nb.client().graphql_data::<Value>("{ nope }", json!({})).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::GraphQl);
    });
}

#[test]
fn fields_are_checked_where_there_is_nothing_to_show() {
    both(|nb| {
        let none = "filters: {name: {exact: \"no such site\"}}";
        let (messages, _) = errors(nb, &format!("{{ site_list({none}) {{ nope }} }}"));
        assert_eq!(messages, ["Cannot query field 'nope' on type 'SiteType'."]);
        let (messages, _) = errors(nb, &format!("{{ site_list({none}) {{ region }} }}"));
        assert!(messages[0].starts_with("Field 'region' of type 'RegionType"), "{messages:?}");
        let (messages, _) = errors(nb, "{ site_list(filters: {nope: {exact: \"x\"}}) { name } }");
        assert!(messages[0].starts_with("Expected value of type 'SiteFilter' not to include unknown field 'nope'"), "{messages:?}");
        let (messages, _) = errors(nb, "{ site_list(filters: {slug: {nope: \"x\"}}) { name } }");
        assert!(messages[0].starts_with("Expected value of type 'StrFilterLookup' not to include unknown field 'nope'"), "{messages:?}");
    });
}

#[test]
fn a_refused_token_is_told_as_text() {
    both(|nb| {
        let stranger = nb.client().with_token(&Token::v2("nosuchkey123", "nosuchsecret").unwrap());
        let reply = stranger.graphql("{ site_list { id } }", json!({})).unwrap();
        assert_eq!((reply.status().as_u16(), reply.text().as_ref()), (403, "Invalid v2 token"));
        let error = stranger.graphql_data::<Value>("{ site_list { id } }", json!({})).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
    });
}

#[test]
fn bodies_that_are_no_query_are_refused_as_text() {
    both(|nb| {
        let post = |kind: &str, bytes: &str| {
            let reply = nb.client().post("/graphql/").body(kind, bytes.as_bytes().to_vec()).send().unwrap();
            (reply.status().as_u16(), reply.text().into_owned())
        };
        for (kind, bytes, says) in [
            ("application/json", "{", "Unable to parse request body as JSON"),
            ("application/json", "{}", "No GraphQL query found in the request"),
            ("application/json", "[]", "Batching is not enabled"),
            ("text/plain", "{}", "Unsupported content type"),
            ("application/json", "{\"query\": \"{ __typename }\", \"operationName\": \"X\"}", "Unknown operation named \"X\"."),
        ] {
            assert_eq!(post(kind, bytes), (400, says.to_owned()), "{bytes}");
        }
        let get = nb.client().get("/graphql/?query={__typename}").send().unwrap();
        assert_eq!((get.status().as_u16(), body(&get)), (200, json!({"data": {"__typename": "Query"}})));
        let put = nb.client().request(Method::PUT, "/graphql/").json(&json!({})).send().unwrap();
        assert_eq!((put.status().as_u16(), put.text().as_ref()), (405, "GraphQL only supports GET and POST requests."));
    });
}

#[test]
fn fragments_within_themselves_are_refused() {
    both(|nb| {
        let (messages, _) = errors(nb, "{ region_list { ...A } } fragment A on RegionType { id parent { ...A } }");
        assert_eq!(messages, ["Cannot spread fragment 'A' within itself."]);
        let (messages, _) = errors(nb, "{ region_list { ...A } } fragment A on RegionType { id ...B } fragment B on RegionType { ...A }");
        assert_eq!(messages, ["Cannot spread fragment 'A' within itself via 'B'."]);
    });
}

#[test]
fn a_field_named_twice_has_what_both_want() {
    both(|nb| {
        let name = unique("mock");
        let (region, _region) = make(nb, "dcim/regions", &json!({"name": name, "slug": name}));
        let (site, _site) = make(nb, "dcim/sites", &json!({"name": name, "slug": name, "region": region["id"]}));
        let query = format!("{{ site(id: {}) {{ region {{ id }} region {{ name }} }} }}", site["id"]);
        assert_eq!(data(nb, &query, json!({}))["site"]["region"], json!({"id": region["id"].to_string(), "name": name}));
        let query = format!("{{ region(id: {}) {{ sites(pagination: {{limit: 1, offset: 1}}) {{ id }} }} }}", region["id"]);
        assert_eq!(data(nb, &query, json!({}))["region"]["sites"], json!([]));
        let (messages, _) = errors(nb, "{ site_list { x: id x: name } }");
        assert!(messages[0].starts_with("Fields 'x' conflict because 'id' and 'name' are different fields."), "{messages:?}");
        assert_eq!(errors(nb, "{ site_list { name(a: 1) } }").0, ["Unknown argument 'a' on field 'SiteType.name'."]);
    });
}
