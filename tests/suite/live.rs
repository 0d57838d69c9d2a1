//! Against a real NetBox: what was learnt from one must hold on one.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use netbox_sdk::http::Method;
use netbox_sdk::{ApiResponse, Client, Config, ErrorItem, ErrorKind, Form, Part, Payload, Token, TokenRequest};
use serde_json::{Value, json};

use crate::support::{live, live_config, needed};

/// A picture of one pixel.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdacd\xf8\xcfP\x0f\0\x03\x86\x01\x80Z4}k\0\0\0\0IEND\xaeB`\x82";

/// A name that no other run uses.
pub fn unique(prefix: &str) -> String {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    format!("{prefix}-{nanos:x}")
}

/// Deletes an object when a test ends, however it ends.
pub struct Guard {
    pub client: Client,
    pub path: String,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.client.delete(&self.path).send();
    }
}

fn create(client: &Client, path: &str, body: &Value) -> (Value, Guard) {
    let object: Value = client.post(path).json(body).send().unwrap().error_for_status().unwrap().json().unwrap();
    let guard = Guard { client: client.clone(), path: format!("{path}/{}", object["id"]) };
    (object, guard)
}

fn site(client: &Client) -> (Value, Guard) {
    let name = unique("test-site");
    create(client, "dcim/sites", &json!({"name": name, "slug": name}))
}

fn json(response: ApiResponse) -> Value {
    response.error_for_status().unwrap().json().unwrap()
}

#[test]
fn both_token_versions_read_and_write() {
    let (Some(client), Some(v1)) = (live(), needed("NETBOX_TOKEN_V1")) else { return };
    for client in [client.clone(), client.with_token(&Token::new(&v1).unwrap())] {
        let (created, _guard) = site(&client);
        let path = format!("dcim/sites/{}", created["id"]);
        let put = json!({"name": created["name"], "slug": created["slug"], "facility": "F1"});
        assert_eq!(json(client.put(&path).json(&put).send().unwrap())["facility"], "F1");
        assert_eq!(json(client.patch(&path).json(&json!({"facility": "F2"})).send().unwrap())["facility"], "F2");
        assert_eq!(json(client.get(&path).send().unwrap())["facility"], "F2");
        assert_eq!(client.delete(&path).send().unwrap().status(), 204);
        assert_eq!(client.get(&path).send().unwrap().status(), 404);
    }
}

#[test]
fn rule_02_repeated_filters_are_any_of_these() {
    let Some(client) = live() else { return };
    let count = |filters: &[(&str, &str)]| {
        let query = client.get("dcim/devices").queries(filters.iter().copied()).query("limit", 1).query("fields", "id");
        json(query.send().unwrap())["count"].as_u64().unwrap()
    };
    let (lon, par) = (count(&[("site", "lon")]), count(&[("site", "par")]));
    assert!(lon > 0 && par > 0);
    assert_eq!(count(&[("site", "lon"), ("site", "par")]), lon + par);
}

#[test]
fn rule_02_and_13_a_next_link_is_followed_with_every_parameter() {
    let Some(client) = live() else { return };
    let query = client.get("dcim/devices?site=lon").query("site", "par").query("fields", "id,site").query("limit", 2);
    let page = json(query.send().unwrap());
    let next = json(client.get(page["next"].as_str().unwrap()).send().unwrap());
    assert_eq!(next["count"], page["count"]);
    assert_ne!(next["results"], page["results"]);
}

#[test]
fn rule_07_a_bulk_delete_has_a_body_of_objects() {
    let Some(client) = live() else { return };
    let tags: Vec<Value> = (0..3).map(|_| unique("bulk")).map(|name| json!({"name": name, "slug": name})).collect();
    let made = json(client.post("extras/tags").json(&tags).send().unwrap());
    let ids: Vec<Value> = made.as_array().unwrap().iter().map(|tag| json!({"id": tag["id"]})).collect();
    assert_eq!(client.delete("extras/tags").json(&ids).send().unwrap().status(), 204);
    let error = client.delete("extras/tags").json(&ids).send().unwrap().error_for_status().unwrap_err();
    let items: Vec<_> = error.reply().unwrap().items().map(|(item, _)| item.clone()).collect();
    assert_eq!(items, ids.iter().map(|entry| ErrorItem::Id(entry["id"].to_string())).collect::<Vec<_>>());
}

#[test]
fn rule_08_graphql_errors_come_with_200_and_refused_tokens_as_text() {
    let Some(client) = live() else { return };
    let query = "query($n: String!) { site_list(filters: {slug: {exact: $n}}) { name slug } }";
    let data: Value = client.graphql_data(query, json!({"n": "lon"})).unwrap();
    assert_eq!(data, json!({"site_list": [{"name": "LON", "slug": "lon"}]}));
    let response = client.graphql("{ nope }", ()).unwrap();
    assert_eq!(response.status(), 200);
    let error = client.graphql_data::<Value>("{ nope }", ()).unwrap_err();
    assert!(error.kind() == ErrorKind::GraphQl && error.to_string().contains("Cannot query field 'nope'"), "{error}");
    let stranger = client.with_token(&Token::v2("nosuchkey123", "nosuchsecret").unwrap());
    let error = stranger.graphql_data::<Value>("{ site_list { id } }", ()).unwrap_err();
    assert!(error.kind() == ErrorKind::Forbidden && error.to_string().contains("Invalid v2 token"), "{error}");
}

#[test]
fn rule_18_graphql_only_reads() {
    let Some(client) = live() else { return };
    let error = client.graphql_data::<Value>("mutation { x }", ()).unwrap_err();
    assert!(error.to_string().contains("mutation"), "{error}");
}

#[test]
fn rule_09_a_provisioned_token_of_either_version_works_at_once() {
    let (Some(client), Some(username), Some(password)) = (live(), needed("NETBOX_USERNAME"), needed("NETBOX_PASSWORD")) else { return };
    let request = || TokenRequest::new(&username, &password).description("of a test");
    for (request, version) in [(request(), 2), (request().version(1), 1), (request().version(2).write_enabled(false), 2)] {
        let made = client.without_auth().create_token_with(&request).unwrap();
        assert_eq!(made.token().version(), version);
        let status = client.with_token(made.token()).get("authentication-check").send().unwrap().status();
        client.delete(&format!("users/tokens/{}", made.id().unwrap())).send().unwrap().error_for_status().unwrap();
        assert_eq!(status, 200);
    }
    let error = client.create_token(&username, "not the password").unwrap_err();
    assert!(error.kind() == ErrorKind::Forbidden && error.to_string().contains("Invalid username/password"), "{error}");
}

#[test]
fn rule_10_an_etag_guards_against_lost_changes() {
    let Some(client) = live() else { return };
    let (created, guard) = site(&client);
    let response = client.get(&guard.path).send().unwrap();
    let etag = response.header("etag").unwrap().to_owned();
    assert!(etag.starts_with("W/"), "{etag}");
    let change =
        |facility: &str| client.patch(&guard.path).header("If-Match", &etag).json(&json!({ "facility": facility })).send().unwrap();
    assert_eq!(json(change("first"))["facility"], "first");
    let error = change("second").error_for_status().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    assert_eq!(json(client.get(&guard.path).send().unwrap())["facility"], "first");
    let same = client.get(&guard.path).header("If-None-Match", &etag).send().unwrap();
    assert_eq!((same.status().as_u16(), &json(same)["name"]), (200, &created["name"]), "NetBox never answers 304");
}

#[test]
fn rule_11_a_path_without_its_slash_still_reaches_the_api() {
    let Some(client) = live() else { return };
    let (_, guard) = site(&client);
    for path in ["dcim/sites", "/api/dcim/sites", &guard.path] {
        assert_eq!(client.get(path).send().unwrap().status(), 200, "{path}");
    }
    let error = client.get("dcim/sites").query("q", "x".repeat(5000)).send().unwrap().error_for_status().unwrap_err();
    assert!(error.to_string().contains("several requests"), "{error}");
}

#[test]
fn rule_14_each_shape_of_refusal_is_told_field_by_field() {
    let Some(client) = live() else { return };
    let refused = |response: ApiResponse| response.error_for_status().unwrap_err();
    let fields = |body: &Value| {
        let error = refused(client.post("dcim/sites").json(body).send().unwrap());
        error.reply().unwrap().fields().map(|(name, below)| (name.to_owned(), below.to_string())).collect::<BTreeMap<_, _>>()
    };
    let single = fields(&json!({"name": "", "custom_fields": {"nosuch": 1}}));
    assert_eq!(single["slug"], "This field is required.");
    let error = refused(client.post("dcim/sites").json(&json!([{"name": "x"}, {"slug": "y"}])).send().unwrap());
    let bulk: Vec<_> = error.reply().unwrap().items().collect();
    assert_eq!(bulk[0].0, &ErrorItem::Index(0));
    assert!(bulk[1].1.field("name").is_some(), "{error}");
    let kinds = [
        (client.get("dcim/sites/999999999").send(), ErrorKind::NotFound, "No Site matches"),
        (client.get("dcim/nosuch").send(), ErrorKind::NotFound, "HTML page"),
        (client.get("dcim/sites?status=nosuch").send(), ErrorKind::Validation, "status: Select a valid choice"),
        (client.get("dcim/sites?name__regex=[").send(), ErrorKind::Server, "brackets"),
        (client.delete("dcim/sites").send(), ErrorKind::Validation, "no data was submitted"),
        (client.post("dcim/sites").body("application/json", "{").send(), ErrorKind::Validation, "JSON parse error"),
        (client.post("dcim/sites").body("text/x", "{").send(), ErrorKind::Status, "Unsupported media type"),
        (client.delete("dcim/manufacturers/1").send(), ErrorKind::Conflict, "Unable to delete"),
        (client.post("status").json(&1).send(), ErrorKind::Status, "not allowed"),
    ];
    for (response, kind, says) in kinds {
        let error = refused(response.unwrap());
        assert!(error.kind() == kind && error.to_string().contains(says), "{error:?}");
    }
    let error = refused(client.post("dcim/sites").body("application/json", vec![b' '; 3 << 20]).send().unwrap());
    assert!(error.to_string().contains("2.5 MB"), "{error}");
}

#[test]
fn rule_14_a_refused_token_is_403_and_the_error_says_what_is_probably_wrong() {
    let (Some(client), Some(v1)) = (live(), needed("NETBOX_TOKEN_V1")) else { return };
    let Some((key, secret)) = needed("NETBOX_TOKEN").and_then(|token| {
        let (key, secret) = token.strip_prefix("nbt_")?.split_once('.')?;
        Some((key.to_owned(), secret.to_owned()))
    }) else {
        return;
    };
    for (token, says) in [(Token::v2(&key, &v1).unwrap(), "v1 token"), (Token::new(&secret).unwrap(), "nbt_<key>.<secret>")] {
        let error = client.with_token(&token).get("dcim/sites").send().unwrap().error_for_status().unwrap_err();
        assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Forbidden, Some(403)));
        assert!(error.to_string().contains(says), "{error}");
    }
    let error = client.without_auth().get("dcim/sites").send().unwrap().error_for_status().unwrap_err();
    assert!(error.to_string().contains("no token"), "{error}");
}

#[test]
fn a_refusal_of_a_large_body_is_seen() {
    let Some(client) = live() else { return };
    let stranger = client.with_token(&Token::v2("nosuchkey123", "nosuchsecret").unwrap());
    for size in [900 << 10, 3 << 20, 30 << 20] {
        let send = || stranger.post("dcim/sites").body("application/json", vec![b' '; size]).send();
        assert!(crate::wire::refusals_seen(send) >= 6, "{size}");
    }
}

#[test]
fn rule_15_the_version_is_on_refusals_too() {
    let Some(client) = live() else { return };
    let version = client.version().unwrap();
    assert!(version.starts_with("4."), "{version}");
    let refused = client.without_auth().get("dcim/sites").send().unwrap();
    assert_eq!((refused.status().as_u16(), refused.version()), (403, Some(version.as_str())));
    assert_eq!(client.without_auth().version().unwrap(), version);
    let full = client.status().unwrap()["netbox-version"].as_str().unwrap().to_owned();
    assert!(full.starts_with(&version), "{full} is not of {version}");
    assert_eq!(client.get("/").send().unwrap_err().kind(), ErrorKind::Redirect, "the web root leads to a login page");
}

#[test]
fn rule_17_forms_and_json_arrive_whole() {
    let Some(client) = live() else { return };
    let (created, _guard) = site(&client);
    let form = |image: Part| {
        Form::new().text("object_type", "dcim.site").text("object_id", created["id"].to_string()).text("name", "plan").part("image", image)
    };
    for image in [Part::bytes("plan.png", PNG), Part::reader("plan.png", PNG), Part::reader("pl\"an\r\n.png", PNG).length(PNG.len() as u64)]
    {
        let made = json(client.post("extras/image-attachments").multipart(form(image)).send().unwrap());
        let _guard = Guard { client: client.clone(), path: format!("extras/image-attachments/{}", made["id"]) };
        let picture = client.get(made["image"].as_str().unwrap()).send().unwrap().error_for_status().unwrap();
        assert_eq!(picture.bytes(), PNG);
        let mut file = Vec::new();
        client.get(made["image"].as_str().unwrap()).send_to(&mut file).unwrap();
        assert_eq!(file, PNG);
        let error = client.without_auth().get(made["image"].as_str().unwrap()).send().unwrap_err();
        assert!(error.to_string().contains("login page"), "{error}");
    }
}

#[test]
fn values_beside_a_file_arrive_as_they_do_in_json() {
    let Some(client) = live() else { return };
    let slug = unique("type");
    let payload = Payload::new()
        .value("manufacturer", 1)
        .value("model", slug.as_str())
        .value("slug", slug.as_str())
        .value("is_full_depth", false)
        .value("u_height", 2)
        .value("weight", 1.5)
        .value("weight_unit", "kg")
        .value("default_platform", json!({"slug": "eos"}))
        .value("airflow", Value::Null)
        .value("tags", json!([{"slug": "core"}, {"slug": "edge"}]));
    let made = json(client.post("dcim/device-types").payload(payload.file("front_image", Part::bytes("x.png", PNG))).send().unwrap());
    let path = format!("dcim/device-types/{}", made["id"]);
    let _guard = Guard { client: client.clone(), path: path.clone() };
    assert_eq!((&made["manufacturer"]["id"], &made["is_full_depth"], &made["u_height"]), (&json!(1), &json!(false), &json!(2.0)));
    assert_eq!((&made["weight"], &made["weight_unit"]["value"]), (&json!(1.5), &json!("kg")));
    assert_eq!((&made["default_platform"]["slug"], &made["airflow"]), (&json!("eos"), &Value::Null));
    let slugs = |object: &Value| object["tags"].as_array().unwrap().iter().map(|tag| tag["slug"].clone()).collect::<Vec<_>>();
    assert_eq!(slugs(&made), ["core", "edge"]);
    assert!(made["front_image"].as_str().unwrap().contains("/media/"));
    let tag_id = made["tags"][0]["id"].clone();
    let patch = Payload::new().value("tags", json!([tag_id])).file("rear_image", Part::bytes("y.png", PNG));
    assert_eq!(slugs(&json(client.patch(&path).payload(patch).send().unwrap())), ["core"]);
}

#[test]
fn exports_stream_to_a_writer() {
    let Some(client) = live() else { return };
    let name = unique("export");
    let template =
        json!({"name": name, "object_types": ["dcim.site"], "template_code": "{% for s in queryset %}{{ s.slug }}\n{% endfor %}"});
    let (_, _guard) = create(&client, "extras/export-templates", &template);
    let mut file = Vec::new();
    let response = client.get("dcim/sites").query("export", &name).query("slug", "lon").send_to(&mut file).unwrap();
    assert_eq!((file.as_slice(), response.written()), (&b"lon\n"[..], 4));
}

#[test]
fn options_head_and_unknown_branches_answer() {
    let Some(client) = live() else { return };
    let options = json(client.request(Method::OPTIONS, "dcim/sites").send().unwrap());
    assert_eq!(options["name"], "Site List");
    let head = client.request(Method::HEAD, "dcim/sites").send().unwrap();
    assert_eq!((head.status().as_u16(), head.bytes().len()), (200, 0));
    let error = client.on_branch("nosuch12").unwrap().get("dcim/sites").send().unwrap().error_for_status().unwrap_err();
    assert!(error.to_string().contains("Invalid branch identifier"), "{error}");
}

#[test]
fn a_probe_of_a_netbox_is_ok_with_and_without_its_token() {
    let Some(client) = live() else { return };
    let probe = client.probe_connection();
    assert!(probe.ok && probe.status == Some(200) && probe.version.is_some() && probe.error.is_none(), "{probe:?}");
    let stranger = client.with_token(&Token::v2("nosuchkey123", "nosuchsecret").unwrap()).probe_connection();
    assert!(stranger.ok && stranger.status == Some(403) && stranger.version == probe.version, "{stranger:?}");
    assert!(stranger.error.unwrap().contains("Invalid v2 token"));
}

#[test]
fn the_servers_own_document_comes_as_a_value_and_to_a_writer() {
    let Some(client) = live() else { return };
    let mut file = Vec::new();
    let size = client.openapi_to(&mut file).unwrap();
    assert_eq!(size, file.len() as u64);
    assert!(size > 1 << 20, "{size}");
    assert_eq!(client.openapi().unwrap()["openapi"], serde_json::from_slice::<Value>(&file).unwrap()["openapi"]);
}

/// The same NetBox behind nginx: TLS from a private authority, a sub-path, gzip.
pub fn behind_nginx() -> Option<Client> {
    let (url, ca, token) = (needed("NETBOX_NGINX_URL")?, needed("NETBOX_NGINX_CA")?, needed("NETBOX_TOKEN")?);
    let config = Config::builder(url).root_certificates_file(ca).token(token).build().unwrap();
    Some(Client::new(config).unwrap())
}

#[test]
fn rule_13_a_sub_path_with_gzip_and_a_private_authority_works_the_same() {
    let (Some(client), Some(direct)) = (behind_nginx(), live()) else { return };
    let list = |client: &Client| json(client.get("dcim/sites?slug=lon&fields=id,name").send().unwrap())["results"].clone();
    assert_eq!(list(&client), list(&direct));
    let page = json(client.get("dcim/devices?limit=3&fields=id,name").send().unwrap());
    let next = page["next"].as_str().unwrap();
    assert!(next.contains("/netbox/api/dcim/devices/"), "{next}");
    assert_eq!(json(client.get(next).send().unwrap())["results"].as_array().unwrap().len(), 3);
    let (created, guard) = site(&client);
    assert_eq!(json(client.get(created["url"].as_str().unwrap()).send().unwrap())["id"], created["id"]);
    drop(guard);
    assert_eq!(
        client.graphql_data::<Value>("{ site_list(filters: {slug: {exact: \"lon\"}}) { slug } }", ()).unwrap()["site_list"][0]["slug"],
        "lon"
    );
    assert!(client.probe_connection().ok);
}

#[test]
fn an_unknown_authority_is_told_before_anything_is_sent() {
    let (Some(_), Some(url)) = (behind_nginx(), needed("NETBOX_NGINX_URL")) else { return };
    // The system's roots, which do not know the lab's.
    let config = live_config().map(|_| Config::builder(url).token("abc").build().unwrap()).unwrap();
    let error = Client::new(config).unwrap().post("dcim/sites").send().unwrap_err();
    assert!(error.kind() == ErrorKind::Certificate && !error.may_have_been_sent(), "{error}");
}
