//! What the mock needs of the documents beside the index: how values are read, which limits they have, what choices are called.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// The forms of one release line.
pub(crate) fn of(document: &Value) -> Value {
    let mut forms = Forms { schemas: &document["components"]["schemas"], components: Map::new() };
    let mut resources = Map::new();
    let empty = Map::new();
    let paths = document["paths"].as_object().unwrap_or(&empty);
    for (path, operations) in paths {
        let Some(resource) = path.strip_prefix("/api/").and_then(|path| path.strip_suffix("/{id}/")).filter(|path| !path.contains('{'))
        else {
            continue;
        };
        let read = forms.resolved(&operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]);
        let list = &paths.get(&format!("/api/{resource}/")).unwrap_or(&Value::Null)["post"];
        let write = forms.resolved(&list["requestBody"]["content"]["application/json"]["schema"]);
        let mut fields = forms.fields(read);
        for (name, property) in write["properties"].as_object().into_iter().flatten() {
            let field = fields.entry(name.clone()).or_insert_with(|| json!({"write_only": true}));
            forms.add_limits(field, property);
        }
        fields.retain(|_, field| field.as_object().is_some_and(|members| !members.is_empty()));
        resources.insert(resource.to_owned(), Value::Object(fields));
    }
    json!({"components": forms.components, "resources": resources})
}

struct Forms<'a> {
    schemas: &'a Value,
    /// The fields of what is read as a part of another object.
    components: Map<String, Value>,
}

impl<'a> Forms<'a> {
    fn fields(&mut self, read: &'a Value) -> Map<String, Value> {
        let properties = read["properties"].as_object().into_iter().flatten();
        properties.map(|(name, property)| (name.clone(), self.field(property))).collect()
    }

    fn field(&mut self, property: &'a Value) -> Value {
        let mut field = Map::new();
        let items = &property["items"];
        let value = if items.is_object() { items } else { property };
        if let Some(name) = component(value).filter(|name| self.schemas[name]["properties"]["id"].is_object()) {
            field.insert("component".to_owned(), json!(name));
            if !self.components.contains_key(name) {
                // Before its fields: they may lead back to it.
                self.components.insert(name.to_owned(), Value::Null);
                let fields = self.fields(&self.schemas[name]);
                self.components.insert(name.to_owned(), Value::Object(fields));
            }
        }
        let value = self.resolved(value);
        let (values, labels) = (&value["properties"]["value"]["enum"], &value["properties"]["label"]["enum"]);
        if value["properties"]["value"].is_object() {
            let named = values.as_array().into_iter().flatten().zip(labels.as_array().into_iter().flatten());
            let labels: Vec<Value> = named.map(|(value, label)| json!([text(value), label])).collect();
            field.insert("labels".to_owned(), Value::Array(labels));
        }
        Value::Object(field)
    }

    fn add_limits(&self, field: &mut Value, property: &'a Value) {
        let own = self.resolved(property);
        for (name, member) in [("maxLength", "max_length"), ("minimum", "min"), ("maximum", "max")] {
            if own[name].is_number() {
                field[member] = own[name].clone();
            }
        }
        if own["format"] == "int64" {
            field["big"] = json!(true);
        }
        match own["pattern"].as_str() {
            Some("^[-a-zA-Z0-9_]+$") => field["slug"] = json!("ascii"),
            Some("^[-\\w]+$") => field["slug"] = json!("unicode"),
            _ => {}
        }
        let choices: BTreeSet<bool> = own["enum"].as_array().into_iter().flatten().map(|value| value == "").collect();
        if choices.contains(&true) {
            field["blank"] = json!(true);
        }
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        if let Some(name) = component(schema) {
            return self.resolved(&self.schemas[name]);
        }
        match schema["oneOf"].as_array().and_then(|branches| branches.iter().find(|branch| branch["type"] != "integer")) {
            Some(branch) => self.resolved(branch),
            None => schema,
        }
    }
}

fn component(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str())?;
    reference.strip_prefix("#/components/schemas/")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
