//! An OpenAPI document as an index. Takes what it understands, and leaves the rest out: documents of plugins hold anything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::index::{Field, Filter, Kind, Method, SchemaIndex};
use crate::error::{Error, ErrorKind, Result};

/// How many references are followed: they may go round.
const MAX_DEPTH: usize = 16;

/// Parameters that every list has: they say what is told and in which pages.
const COMMON: [&str; 11] = ["brief", "cursor", "exclude", "fields", "format", "limit", "offset", "omit", "ordering", "q", "start"];

impl SchemaIndex {
    /// The index of an OpenAPI document, as [`Client::openapi`](crate::Client::openapi) gives it: plugins included.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`]: the document has no paths of NetBox.
    pub fn from_openapi(document: &Value) -> Result<SchemaIndex> {
        let Some(paths) = document["paths"].as_object() else {
            return Err(Error::new(ErrorKind::Decode, "this is no OpenAPI document: it has no paths"));
        };
        let document = Document { root: document, choices: choices_by_enum(document) };
        let mut index = SchemaIndex {
            line: document.root["info"]["version"].as_str().and_then(|version| version.parse().ok()),
            ..SchemaIndex::default()
        };
        for (path, operations) in paths {
            if let (Some(below), Some(operations)) = (path.strip_prefix("/api/"), operations.as_object()) {
                document.add_path(&mut index, below, operations);
            }
        }
        if index.resources.is_empty() {
            return Err(Error::new(ErrorKind::Decode, "this is no OpenAPI document of NetBox: it has no paths below /api/"));
        }
        document.add_fields(&mut index, paths);
        Ok(index)
    }
}

struct Document<'a> {
    root: &'a Value,
    /// Filters name the set of their choices, which stands with a field.
    choices: BTreeMap<&'a str, BTreeSet<String>>,
}

impl<'a> Document<'a> {
    fn add_path(&self, index: &mut SchemaIndex, below: &str, operations: &'a Map<String, Value>) {
        let segments: Vec<&str> = below.split('/').filter(|segment| !segment.is_empty()).collect();
        let depth = if segments.first() == Some(&"plugins") { 3 } else { 2 };
        let (name, rest) = segments.split_at(depth.min(segments.len()));
        if name.is_empty() || name.iter().any(|segment| is_parameter(segment)) {
            return;
        }
        let methods: BTreeSet<Method> =
            Method::ALL.into_iter().filter(|method| operations.contains_key(&method.as_str().to_ascii_lowercase())).collect();
        let resource = index.resources.entry(name.join("/")).or_default();
        match rest {
            [] => {
                resource.list = methods;
                resource.filters = self.filters(&operations.get("get").unwrap_or(&Value::Null)["parameters"]);
            }
            [object] if is_parameter(object) => resource.object = methods,
            [sub_path] => drop(resource.list_paths.insert((*sub_path).to_owned(), methods)),
            [object, below @ ..] if is_parameter(object) => drop(resource.object_paths.insert(below.join("/"), methods)),
            [sub_path, object] if is_parameter(object) => drop(resource.list_paths.insert(format!("{sub_path}/{{id}}"), methods)),
            _ => drop(resource.list_paths.insert(rest.join("/"), methods)),
        }
    }

    fn filters(&self, parameters: &'a Value) -> BTreeMap<String, Filter> {
        let of_query = parameters.as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "query");
        let schemas: BTreeMap<&str, &Value> = of_query
            .filter_map(|parameter| Some((parameter["name"].as_str()?, self.resolved(&parameter["schema"]))))
            .filter(|(name, _)| !COMMON.contains(name) || *name == "q" || *name == "start")
            .collect();
        let mut filters = BTreeMap::<String, Filter>::new();
        for (name, schema) in &schemas {
            match name.rsplit_once("__").filter(|(base, _)| schemas.contains_key(base)) {
                Some((base, lookup)) => drop(filters.entry(base.to_owned()).or_default().lookups.insert(lookup.to_owned())),
                None => {
                    let filter = filters.entry((*name).to_owned()).or_default();
                    let items = self.resolved(&schema["items"]);
                    let value = if items.is_object() { items } else { schema };
                    filter.kind = kind(value);
                    filter.repeats = items.is_object();
                    filter.choices = self.choices(value);
                }
            }
        }
        // The cursor of the lines that have one. What has lookups is a filter, though it may page, too.
        let cursor = Filter { kind: Kind::Integer, ..Filter::default() };
        filters.retain(|name, filter| name != "start" || *filter != cursor);
        filters
    }

    /// The fields, once it is known which component belongs to which resource.
    fn add_fields(&self, index: &mut SchemaIndex, paths: &'a Map<String, Value>) {
        let mut owners = BTreeMap::<&str, String>::new();
        let mut reads = BTreeMap::<String, &Value>::new();
        let objects: BTreeMap<&str, &Value> = paths
            .iter()
            .filter_map(|(path, operations)| {
                let (resource, object) = path.strip_prefix("/api/")?.trim_end_matches('/').rsplit_once('/')?;
                is_parameter(object).then_some((resource, operations))
            })
            .collect();
        for path in index.resources.keys() {
            let list = &paths.get(&format!("/api/{path}/")).unwrap_or(&Value::Null)["get"];
            let object = objects.get(path.as_str()).map_or(&Value::Null, |operations| &operations["get"]);
            let whole = self.reply(object);
            let page = self.resolved(self.reply(list));
            let row = &page["properties"]["results"]["items"];
            let read = [whole, row].into_iter().find(|schema| schema.is_object());
            if let Some(read) = read {
                if let Some(component) = component(read) {
                    // The one form that 4.3 to 4.5 have of devices and virtual machines.
                    let component = component.strip_suffix("WithConfigContext").unwrap_or(component);
                    owners.entry(component).or_insert_with(|| path.clone());
                }
                reads.insert(path.clone(), read);
            }
        }
        for (path, resource) in &mut index.resources {
            let create = &paths.get(&format!("/api/{path}/")).unwrap_or(&Value::Null)["post"]["requestBody"]["content"]["application/json"]
                ["schema"];
            let write = self.resolved(create);
            let read = *reads.get(path).unwrap_or(&&Value::Null);
            resource.fields = self.fields(component(read).unwrap_or_default(), self.resolved(read), write, &owners);
            for (name, filter) in &mut resource.filters {
                let own = resource.fields.get(name).map(|field| &field.choices).filter(|own| !own.is_empty());
                // Some filters name the groups that people choose from, in place of the choices or beside them.
                if let (Some(own), false) = (own, filter.choices.is_empty()) {
                    let none = filter.choices.take("null");
                    filter.choices = own.iter().cloned().chain(none).collect();
                }
            }
        }
    }

    /// The fields of a component, by how it is read and written.
    fn fields(&self, of: &str, read: &'a Value, write: &'a Value, owners: &BTreeMap<&str, String>) -> BTreeMap<String, Field> {
        let required: BTreeSet<&str> = write["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = |schema: &'a Value| schema["properties"].as_object().into_iter().flatten();
        let mut fields = BTreeMap::<String, Field>::new();
        for (name, property) in properties(read) {
            let mut field = self.field(of, property, owners);
            field.read_only = property["readOnly"] == true || write["properties"].is_object() && write["properties"].get(name).is_none();
            fields.insert(name.clone(), field);
        }
        for (name, property) in properties(write) {
            let written = self.field(of, property, owners);
            let field = fields.entry(name.clone()).or_insert_with(|| written.clone());
            field.read_only = false;
            field.required = required.contains(name.as_str());
            field.nullable = written.nullable;
            // Read as the URL of the file.
            if written.kind == Kind::File {
                field.kind = Kind::File;
            }
            if field.choices.is_empty() {
                field.choices = written.choices;
            }
            if field.reference.is_none() {
                field.reference = written.reference;
            }
        }
        fields
    }

    fn field(&self, of: &str, property: &'a Value, owners: &BTreeMap<&str, String>) -> Field {
        let items = &property["items"];
        let is_list = items.is_object();
        let outer = if is_list { items } else { property };
        let value = self.resolved(outer);
        let reference = component(outer).or_else(|| branches(outer).find_map(component)).and_then(|name| {
            // `FrontPortRearPort`: what front ports show of rear ports.
            let is_object = value["properties"]["id"].is_object() && value["properties"]["url"].is_object();
            owner(name, owners).or_else(|| owner(name.strip_prefix(of).filter(|_| is_object)?, owners))
        });
        let choice = &value["properties"]["value"];
        let choices = self.choices(if choice.is_object() { choice } else { value });
        let kind = match reference {
            Some(_) => Kind::Object,
            None if choice.is_object() => kind(choice),
            None => kind(value),
        };
        Field { kind, is_list, nullable: property["nullable"] == true, choices, reference, ..Field::default() }
    }

    /// The schema of a reply that went well.
    fn reply(&self, operation: &'a Value) -> &'a Value {
        &operation["responses"]["200"]["content"]["application/json"]["schema"]
    }

    /// What a schema says, behind references and where there is a choice of schemas in its first object.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..MAX_DEPTH {
            schema = match component(schema) {
                Some(name) => &self.root["components"]["schemas"][name],
                None => match branches(schema).find(|branch| branch["type"] != "integer" && branch["type"] != "array") {
                    Some(branch) => branch,
                    None => return schema,
                },
            };
        }
        &Value::Null
    }

    fn choices(&self, schema: &Value) -> BTreeSet<String> {
        let own = texts(&schema["enum"]);
        match schema["x-spec-enum-id"].as_str().and_then(|id| self.choices.get(id)) {
            Some(choices) if own.is_empty() => choices.clone(),
            _ => own,
        }
    }
}

/// The name of the component that a schema refers to, itself or as the one part of `allOf`.
fn component(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"].as_str().or_else(|| match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([part]) => part["$ref"].as_str(),
        _ => None,
    })?;
    reference.strip_prefix("#/components/schemas/")
}

fn branches(schema: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|name| schema[name].as_array()).flatten()
}

/// The resource that a component is a form of: `BriefSite`, `NestedSiteRequest` and `Site` are forms of one.
fn owner(component: &str, owners: &BTreeMap<&str, String>) -> Option<String> {
    let name = component.strip_suffix("Request").unwrap_or(component);
    let plain = ["Brief", "Nested", "Writable", "Patched"].iter().find_map(|form| name.strip_prefix(form)).unwrap_or(name);
    owners.get(name).or_else(|| owners.get(plain)).cloned()
}

fn kind(schema: &Value) -> Kind {
    let kind = schema["type"].as_str();
    match (kind, schema["format"].as_str().unwrap_or_default()) {
        (Some("string"), "date") => Kind::Date,
        (Some("string"), "date-time") => Kind::DateTime,
        (Some("string"), "binary") => Kind::File,
        (Some("string"), _) => Kind::Text,
        (Some("integer"), _) => Kind::Integer,
        (Some("number"), _) => Kind::Number,
        (Some("boolean"), _) => Kind::Boolean,
        _ if schema["enum"].is_array() => Kind::Text,
        _ => Kind::Json,
    }
}

/// The texts and numbers among some values. Choices with an empty value stand for none.
fn texts(values: &Value) -> BTreeSet<String> {
    let values = values.as_array().into_iter().flatten();
    values
        .filter_map(|value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .filter(|text| !text.is_empty())
        .collect()
}

/// Each set of choices by the name that the documents give it.
fn choices_by_enum(document: &Value) -> BTreeMap<&str, BTreeSet<String>> {
    let mut choices = BTreeMap::<&str, BTreeSet<String>>::new();
    // Not recursive: a document may be nested as deeply as memory allows.
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(id) = members.get("x-spec-enum-id").and_then(Value::as_str) {
                    choices.entry(id).or_default().extend(texts(&value["enum"]));
                }
                open.extend(members.values().filter(|value| value.is_object() || value.is_array()));
            }
            Value::Array(list) => open.extend(list.iter().filter(|value| value.is_object() || value.is_array())),
            _ => {}
        }
    }
    choices
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}') && !segment.contains('/')
}
