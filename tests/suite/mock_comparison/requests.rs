//! What is asked of each resource.

use netbox_sdk::http::Method;
use netbox_sdk::schema::{self, Kind, ResourceSchema};
use serde_json::{Map, Value, json};

/// An id that no object has.
pub const NOBODY: u64 = 999_999_999;

/// A request, with `{id}` for the object that was made of the resource.
pub struct Question {
    pub name: String,
    pub resource: String,
    pub method: Method,
    pub path: String,
    pub body: Option<Value>,
}

/// What is of no resource.
pub fn general() -> Vec<Question> {
    let groups = ["circuits", "core", "dcim", "extras", "ipam", "tenancy", "users", "virtualization", "vpn", "wireless"];
    let paths = groups.into_iter().chain(["authentication-check", "nosuch", "dcim/nosuch"]);
    let get = |path: &str| question("get", path, Method::GET, path.to_owned(), None);
    let of_site = |query: &str| get(&format!("dcim/sites?id={NOBODY}&{query}"));
    let queries = [
        "fields=id,nosuch",
        "q=nosuch",
        "limit=x&offset=-1",
        "start=x",
        "start=0&offset=0",
        "start=0&ordering=id",
        "tag=nosuch",
        "cf_nosuch=1",
    ];
    let objects =
        ["dcim/sites", "ipam/prefixes"].into_iter().flat_map(|path| [get(&format!("{path}/x")), get(&format!("{path}/{NOBODY}"))]);
    paths.map(get).chain(objects).chain(queries.map(of_site)).collect()
}

fn question(name: &str, resource: &str, method: Method, path: String, body: Option<Value>) -> Question {
    Question { name: format!("{name} {resource}"), resource: resource.to_owned(), method, path, body }
}

pub fn of_resource(resource: &str, schema: &ResourceSchema) -> Vec<Question> {
    // These have no objects of their own, or the whole document.
    if schema.object.is_empty() {
        return Vec::new();
    }
    let mut questions = Vec::new();
    let mut ask = |name: &str, method: Method, path: String, body: Option<Value>| {
        questions.push(question(name, resource, method, path, body));
    };
    // What lists cannot be cut to one's own object has the lab's in them.
    if schema.filters.contains_key("id") {
        let mut list = |name: &str, query: String| ask(name, Method::GET, format!("{resource}?{query}"), None);
        list("list brief", "id={id}&brief=1&limit=1&ordering=-id,nosuch&nosuch=1&id__nosuch=1".to_owned());
        list("list cursor", "id={id}&start=0&omit=url,nosuch".to_owned());
        let counts = schema.fields.keys().filter(|name| name.ends_with("_count")).cloned().collect::<Vec<_>>().join(",");
        if !counts.is_empty() {
            list("list counted", format!("id={{id}}&ordering={counts}"));
            list("list counted brief", format!("id={{id}}&brief=1&ordering={counts}"));
        }
        for (name, filter) in schema.filters.iter().filter(|(_, filter)| !filter.choices.is_empty()) {
            let choice = filter.choices.first().map_or("null", String::as_str);
            list(&format!("list null {name}"), format!("id={{id}}&{name}=null"));
            list(&format!("list last {name}"), format!("id={{id}}&{name}={choice}&{name}=null"));
        }
        list("list malformed", format!("id=x&created__gt=x&{}", malformed(schema)));
    }
    let mut detail = |name: &str, method: Method, id: &str, body: Option<Value>| ask(name, method, format!("{resource}/{id}"), body);
    detail("detail", Method::GET, "{id}", None);
    if schema.object.contains(&schema::Method::Patch) {
        detail("patch wrong", Method::PATCH, "{id}", Some(wrong(schema)));
    }
    ask("options", Method::OPTIONS, resource.to_owned(), None);
    if schema.list.contains(&schema::Method::Post) {
        ask("create nothing", Method::POST, resource.to_owned(), Some(json!({})));
        ask("create wrong", Method::POST, resource.to_owned(), Some(wrong(schema)));
        ask("create many", Method::POST, resource.to_owned(), Some(json!([{}, 3])));
        ask("delete many", Method::DELETE, resource.to_owned(), Some(json!([{"id": NOBODY}, {"id": "x"}])));
    }
    questions
}

/// Filters with values that they do not take: choices, numbers, related objects.
fn malformed(schema: &ResourceSchema) -> String {
    let choice = schema.filters.iter().find(|(_, filter)| !filter.choices.is_empty()).map(|(name, _)| format!("{name}=nosuch"));
    let number = schema.filters.iter().find(|(name, filter)| {
        filter.kind == Kind::Integer && *name != "id" && !name.ends_with("_id") && schema.fields.contains_key(*name)
    });
    let number = number.map(|(name, _)| format!("{name}=x"));
    let related = schema.fields.iter().find(|(name, field)| {
        field.reference.is_some()
            && !field.is_list
            && schema.filters.contains_key(*name)
            && schema.filters.contains_key(&format!("{name}_id"))
    });
    let related = related.map(|(name, _)| format!("{name}=nosuch&{name}_id={NOBODY}"));
    [choice, number, related].into_iter().flatten().collect::<Vec<_>>().join("&")
}

/// A body whose values are all of another kind.
fn wrong(schema: &ResourceSchema) -> Value {
    let values = schema.fields.iter().filter(|(_, field)| !field.read_only && field.kind != Kind::File).map(|(name, field)| {
        let value = match field.kind {
            _ if field.is_list => json!("nosuch"),
            _ if field.reference.is_some() || !field.choices.is_empty() => json!("nosuch"),
            Kind::Text | Kind::Json => json!(true),
            Kind::Boolean => json!("perhaps"),
            _ => json!("x"),
        };
        (name.clone(), value)
    });
    Value::Object(values.collect::<Map<_, _>>())
}
