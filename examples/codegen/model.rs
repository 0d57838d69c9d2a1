//! The OpenAPI documents of all release lines as one list of resources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;
use netbox_sdk::ReleaseLine;
use serde_json::Value;

/// The first line whose lists take `start` as a cursor.
const FIRST_CURSOR_LINE: ReleaseLine = ReleaseLine::V4_6;

/// One resource over all lines that have it.
#[derive(Debug, Default)]
pub(crate) struct Resource {
    pub(crate) lines: BTreeSet<ReleaseLine>,
    /// Lines on which its list can be ordered by id and filtered with `id__gt`.
    pub(crate) keyset_lines: BTreeSet<ReleaseLine>,
    /// Whether it is objects, not one thing that is told as a whole.
    pub(crate) has_objects: bool,
    /// Whether `start` is a filter of its own.
    pub(crate) has_start_filter: bool,
    /// Members that are free JSON in the form that writes take.
    pub(crate) json_fields: BTreeSet<String>,
}

/// The documents of all lines, one for each.
pub(crate) fn documents(folder: &Path) -> Vec<(ReleaseLine, Value)> {
    ReleaseLine::ALL.into_iter().map(|line| (line, read(&folder.join(format!("netbox-{line}.json.gz"))))).collect()
}

/// All resources by their path below `/api/`, as `dcim/devices`.
pub(crate) fn resources(documents: &[(ReleaseLine, Value)]) -> BTreeMap<String, Resource> {
    let mut resources = BTreeMap::<String, Resource>::new();
    for (line, document) in documents {
        let line = *line;
        for (path, operations) in object(&document["paths"]) {
            let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
            if let [app, name, _, ..] = parts.as_slice() {
                resources.entry(format!("{app}/{name}")).or_default().has_objects = true;
            }
            // Groups and resources; `status`, `schema` and the like are methods of the client, deeper paths belong to an object.
            let (&[app, name] | &[app, name, "{id}"]) = parts.as_slice() else { continue };
            let resource = resources.entry(format!("{app}/{name}")).or_default();
            resource.lines.insert(line);
            if parts.len() == 2 {
                let parameters: BTreeSet<&str> =
                    operations["get"]["parameters"].as_array().into_iter().flatten().filter_map(|entry| entry["name"].as_str()).collect();
                resource.has_objects |= parameters.contains("limit");
                if parameters.contains("ordering") && parameters.contains("id__gt") {
                    resource.keyset_lines.insert(line);
                }
                resource.has_start_filter |= line < FIRST_CURSOR_LINE && parameters.contains("start");
            }
            for method in ["post", "put", "patch"] {
                let body = &operations[method]["requestBody"]["content"]["application/json"]["schema"];
                add_json_fields(document, body, &mut resource.json_fields);
            }
        }
    }
    // Deeper paths of plugins and the like belong to no resource of the documents.
    resources.retain(|_, resource| !resource.lines.is_empty());
    // Custom fields have rules of their own.
    for resource in resources.values_mut() {
        resource.json_fields.remove("custom_fields");
    }
    resources
}

fn read(path: &Path) -> Value {
    let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_reader(GzDecoder::new(file)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The properties without a type, or of type object without properties.
fn add_json_fields(document: &Value, schema: &Value, fields: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        add_json_fields(document, &document["components"]["schemas"][name], fields);
    }
    for part in ["oneOf", "anyOf", "allOf"] {
        schema[part].as_array().into_iter().flatten().for_each(|schema| add_json_fields(document, schema, fields));
    }
    for (name, property) in object(&schema["properties"]) {
        let says_no_type = ["type", "$ref", "oneOf", "anyOf", "allOf", "enum"].iter().all(|key| property[*key].is_null());
        let is_free_object = property["type"] == "object" && property["properties"].is_null();
        if (says_no_type || is_free_object) && property["readOnly"] != true {
            fields.insert(name.clone());
        }
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
