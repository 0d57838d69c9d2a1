//! Plugins that a mock is given.

use netbox_sdk::mock::{NetBox, Plugin, Resource};
use netbox_sdk::schema::Kind;
use netbox_sdk::{Api, api};
use serde_json::{Value, json};

use super::{refused, sent};

fn gpon() -> (NetBox, Api) {
    let olts = Resource::new("olts")
        .required("name", Kind::Text)
        .field("ports", Kind::Integer)
        .field("is_active", Kind::Boolean)
        .choice("mode", ["active", "standby"])
        .reference("site", "dcim/sites");
    let plugin =
        Plugin::new("gpon").version("2.1").resource(olts).resource(Resource::new("line-cards").reference("olt", "plugins/gpon/olts"));
    let netbox = NetBox::builder().plugin(plugin).start().unwrap();
    let nb = api(&netbox.url(), netbox.token()).unwrap();
    (netbox, nb)
}

#[test]
fn a_plugin_is_listed_where_netbox_lists_plugins() {
    let (_netbox, nb) = gpon();
    let (_, root) = sent(nb.client().get("plugins"));
    assert!(root["gpon"].as_str().unwrap().ends_with("/api/plugins/gpon/"), "{root}");
    let (_, own) = sent(nb.client().get("plugins/gpon"));
    assert!(own["line-cards"].as_str().unwrap().ends_with("/api/plugins/gpon/line-cards/"), "{own}");
    let (_, installed) = sent(nb.client().get("plugins/installed-plugins"));
    assert_eq!((&installed[0]["name"], &installed[0]["version"]), (&json!("gpon"), &json!("2.1")));
    assert_eq!(sent(nb.client().get("status")).1["plugins"], json!({"gpon": "2.1"}));
    assert!(sent(nb.client().get("/api/")).1.as_object().unwrap().keys().all(|name| !name.contains('/')));
}

#[test]
fn a_plugins_resource_is_served_as_any_other() {
    let (_netbox, nb) = gpon();
    let site = nb.dcim().sites().create(json!({"name": "Berlin", "slug": "berlin"})).unwrap();
    let olts = nb.endpoint("plugins/gpon/olts");
    let mut olt = olts.create(json!({"name": "olt-1", "ports": 16, "site": site.id(), "mode": "active"})).unwrap();
    assert_eq!(
        (olt.str("display"), olt.str("site.slug"), olt.i64("ports"), olt.get("is_active")),
        (Some("olt-1"), Some("berlin"), Some(16), Some(&Value::Null))
    );
    olt.set("ports", 32);
    assert!(olt.save().unwrap());
    let count = |name: &str, value: &str| olts.filter([(name, value)]).count().unwrap();
    assert_eq!((count("name__ic", "OLT"), count("ports__gt", "16"), count("site_id", "1"), count("mode", "standby")), (1, 1, 1, 0));
    let cards = nb.endpoint("plugins/gpon/line-cards").create_many(vec![json!({"olt": olt.id()}); 3]).unwrap();
    assert_eq!(cards[2].str("olt.name"), Some("olt-1"));
    refused(
        nb.client().post("plugins/gpon/olts").json(&json!({"ports": "x"})),
        400,
        json!({"name": ["This field is required."], "ports": ["A valid integer is required."]}),
    );
    refused(nb.client().get("plugins/gpon/olts/9"), 404, json!({"detail": "No Olt matches the given query."}));
    assert_eq!(nb.client().get("plugins/gpon/nosuch").send().unwrap().status(), 404);
}

#[test]
fn a_plugins_objects_are_found_by_tags_and_their_changes_are_logged() {
    let (_netbox, nb) = gpon();
    for name in ["a", "b"] {
        nb.extras().tags().create(json!({"name": name, "slug": name})).unwrap();
    }
    let olts = nb.endpoint("plugins/gpon/olts");
    let both = olts.create(json!({"name": "both", "tags": [{"slug": "a"}, {"slug": "b"}]})).unwrap();
    let mut one = olts.create(json!({"name": "one", "tags": [{"slug": "a"}]})).unwrap();
    let names =
        |query: &[(&str, &str)]| -> Vec<String> { olts.filter(query.to_vec()).iter().map(|olt| olt.unwrap().to_string()).collect() };
    assert_eq!(names(&[("tag", "a")]), ["both", "one"]);
    assert_eq!(names(&[("tag", "a"), ("tag", "b")]), ["both"]);
    assert_eq!(names(&[("tag_id", "2")]), ["both"]);
    assert_eq!(names(&[("tag__n", "b")]), ["one"]);
    let nosuch = json!({"tag": ["Select a valid choice. nosuch is not one of the available choices."]});
    refused(nb.client().get("plugins/gpon/olts?tag=nosuch"), 400, nosuch);
    one.set("ports", 8);
    one.save().unwrap();
    let id = one.id();
    one.delete().unwrap();
    let (_, log) = sent(nb.client().get(&format!("core/object-changes?changed_object_id={id}&ordering=id")));
    let of_olt = |entry: &&Value| entry["changed_object_type"] == "gpon.olt";
    let entries: Vec<&Value> = log["results"].as_array().unwrap().iter().filter(of_olt).collect();
    let actions: Vec<&Value> = entries.iter().map(|entry| &entry["action"]["value"]).collect();
    assert_eq!(actions, ["create", "update", "delete"], "{log}");
    let (before, after) = (&entries[1]["prechange_data"], &entries[1]["postchange_data"]);
    assert_eq!((&before["ports"], &after["ports"], &after["tags"]), (&Value::Null, &json!(8), &json!(["a"])));
    let request = entries[0]["request_id"].as_str().unwrap();
    assert_eq!(names(&[("created_by_request", request)]), Vec::<String>::new(), "it is gone");
    let (_, log) = sent(nb.client().get(&format!("core/object-changes?changed_object_id={}", both.id())));
    let made = log["results"].as_array().unwrap().iter().find(of_olt).unwrap();
    assert_eq!(names(&[("created_by_request", made["request_id"].as_str().unwrap())]), ["both"]);
    assert_eq!(nb.extras().tags().get(1).unwrap().unwrap().i64("tagged_items"), Some(1));
}

#[cfg(feature = "schema")]
#[test]
fn a_plugin_is_discovered() {
    let (_netbox, nb) = gpon();
    let found = nb.plugins().discover().unwrap();
    assert_eq!(found.resources.keys().collect::<Vec<_>>(), ["plugins/gpon/line-cards", "plugins/gpon/olts"]);
    let olts = &found.resources["plugins/gpon/olts"];
    assert_eq!((olts.list.len(), olts.object.len(), olts.fields["name"].required, olts.fields["url"].read_only), (5, 4, true, true));
    assert_eq!((olts.fields["ports"].kind, olts.fields["is_active"].kind), (Kind::Integer, Kind::Boolean));
    assert!(olts.fields["mode"].choices.contains("standby"), "{:?}", olts.fields["mode"]);
}

#[test]
fn a_reference_of_a_plugin_is_filtered_by_what_it_leads_to() {
    let (_netbox, nb) = gpon();
    let olts = nb.endpoint("plugins/gpon/olts");
    for (number, slug) in ["lon", "par"].into_iter().enumerate() {
        let site = nb.dcim().sites().create(json!({"name": slug.to_uppercase(), "slug": slug})).unwrap();
        olts.create(json!({"name": format!("olt-{number}"), "site": site.id()})).unwrap();
    }
    let olt = olts.get_by([("site", "par")]).unwrap().unwrap();
    assert_eq!(olt.str("name"), Some("olt-1"));
    nb.endpoint("plugins/gpon/line-cards").create(json!({"olt": olt.id()})).unwrap();
    let count = |name: &str| nb.endpoint("plugins/gpon/line-cards").filter([("olt", name)]).count().unwrap();
    assert_eq!((count("olt-1"), count("olt-0")), (1, 0));
    assert_eq!((olts.filter([("site__n", "par")]).count().unwrap(), olts.filter([("site_id", 1)]).count().unwrap()), (1, 1));
}

#[test]
fn a_plugin_that_makes_no_sense_is_refused() {
    let refused = |plugin: Plugin| NetBox::builder().plugin(plugin).build().unwrap_err().to_string();
    let leads_nowhere = Plugin::new("p").resource(Resource::new("things").reference("site", "dcim/nosuch"));
    assert!(refused(leads_nowhere).contains("site of plugins/p/things leads to \"dcim/nosuch\", which is no resource"));
    for resource in ["a b", "", "a/b"] {
        let error = refused(Plugin::new("p").resource(Resource::new(resource)));
        assert!(error.contains("cannot be a resource of a plugin"), "{error}");
    }
    let twice = Plugin::new("p").resource(Resource::new("things")).resource(Resource::new("things"));
    assert!(refused(twice).contains("each is there once"));
}
