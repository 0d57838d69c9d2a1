//! What a release line of NetBox lays down: the index, and beside it what the models and the documents say of forms.

mod forms;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use serde_json::Value;

use super::store::Row;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Field, Filter, Kind, Method, ReleaseLine, ResourceSchema, SchemaIndex, build_schema_index, bundled, unpacked};

/// Written by `tests/netbox/models.py` from NetBox 4.7.3, for all lines.
const MODELS: &str = include_str!("models.json");

/// What NetBox requires and its documents do not.
const REQUIRED: [(&str, &str); 4] =
    [("extras/custom-fields", "type"), ("vpn/ike-policies", "version"), ("vpn/tunnel-terminations", "role"), ("vpn/tunnels", "status")];

/// What the models of NetBox require, and what reads the bodies does not.
const NOT_NULL: [(&str, &str); 1] = [("ipam/asns", "rir")];

/// What the documents name and NetBox does not send.
const UNSENT: [(&str, &str); 1] = [("ipam/asn-ranges", "asn_count")];

#[derive(Clone)]
pub(super) struct Rules {
    pub(super) line: ReleaseLine,
    pub(super) index: SchemaIndex,
    models: BTreeMap<String, Model>,
    forms: Forms,
    /// Resources by the type of their objects, as `dcim.site`.
    types: BTreeMap<String, String>,
}

/// What the model of a resource says.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Model {
    /// As `Site`.
    pub(super) model: String,
    /// As `site`.
    pub(super) verbose: String,
    /// As `dcim.site`.
    pub(super) r#type: String,
    pub(super) brief: Vec<String>,
    pub(super) ordering: Vec<String>,
    /// Texts in which numbers are ordered as numbers.
    pub(super) natural: Vec<String>,
    /// Numbers of objects that are kept with the object, and so are shown wherever it is.
    pub(super) counters: Vec<String>,
    /// Numbers of objects that are counted only where they are shown.
    pub(super) counted: Vec<String>,
    /// Sets of fields that no two objects share. The word `null` before them: nulls are alike.
    pub(super) unique: Vec<Vec<String>>,
    pub(super) defaults: Row,
    /// What becomes of an object when what a field leads to is deleted.
    pub(super) on_delete: BTreeMap<String, OnDelete>,
    /// Fields that lead to objects of any type, with those that say of which and which one: `scope`, with `scope_type` and `scope_id`.
    pub(super) generic: BTreeMap<String, [String; 2]>,
    pub(super) filters: BTreeMap<String, Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum OnDelete {
    Protect,
    Restrict,
    Cascade,
    SetNull,
}

/// How a filter finds what it compares.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Rule {
    /// Fields from one object to the next, as `site__region`.
    pub(super) path: Option<String>,
    /// The field of the object at the end that values name.
    pub(super) to: Option<String>,
    /// Whether what is below the named object counts, too.
    pub(super) tree: bool,
    pub(super) lookup: Option<String>,
    pub(super) exclude: bool,
    /// Whether `null` is a choice.
    pub(super) null: bool,
    /// A function of NetBox.
    pub(super) by_hand: bool,
    /// The fields that `q` searches.
    pub(super) search: Vec<String>,
}

#[derive(Debug, Default, Clone, Deserialize)]
struct Forms {
    components: BTreeMap<String, Option<BTreeMap<String, Form>>>,
    resources: BTreeMap<String, BTreeMap<String, Form>>,
}

/// How a field is read, and what it may be.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Form {
    /// The form of the object that it leads to.
    pub(super) component: Option<String>,
    /// What choices are called, in the order of the documents. Such a choice is read as `{"value", "label"}`.
    pub(super) labels: Option<Vec<(String, String)>>,
    pub(super) max_length: Option<usize>,
    pub(super) min: Option<Value>,
    pub(super) max: Option<Value>,
    /// Whether it is an integer of 64 bits.
    pub(super) big: bool,
    pub(super) slug: Option<Slug>,
    /// Whether an empty text stands for no choice.
    pub(super) blank: bool,
    pub(super) write_only: bool,
}

/// The letters that a slug may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Slug {
    Ascii,
    Unicode,
}

pub(super) static NO_FORM: Form =
    Form { component: None, labels: None, max_length: None, min: None, max: None, big: false, slug: None, blank: false, write_only: false };

impl Rules {
    /// Read once for each line.
    pub(super) fn of(line: ReleaseLine) -> Result<Arc<Rules>> {
        static RULES: [OnceLock<Arc<Rules>>; ReleaseLine::ALL.len()] = [const { OnceLock::new() }; ReleaseLine::ALL.len()];
        let Some(place) = ReleaseLine::ALL.iter().position(|other| *other == line).map(|position| &RULES[position]) else {
            return Ok(Arc::new(Rules::read(line)?));
        };
        match place.get() {
            Some(rules) => Ok(Arc::clone(rules)),
            None => {
                let rules = Arc::new(Rules::read(line)?);
                Ok(Arc::clone(place.get_or_init(|| rules)))
            }
        }
    }

    fn read(line: ReleaseLine) -> Result<Rules> {
        let forms: Forms = unpacked(&format!("forms of NetBox {line}"), bundled(&forms::BUNDLED, line))?;
        let unreadable = |error| Error::new(ErrorKind::Decode, format!("the bundled models of NetBox cannot be read: {error}"));
        let mut models: BTreeMap<String, Model> = serde_json::from_str(MODELS).map_err(unreadable)?;
        // It is shown under another name.
        if let Some(tagged) = models.get_mut("extras/tagged-objects") {
            tagged.generic = BTreeMap::from([("object".to_owned(), ["object_type", "object_id"].map(str::to_owned))]);
        }
        let index = build_schema_index(line)?;
        let types =
            models.iter().filter(|(path, _)| index.resources.contains_key(*path)).map(|(path, model)| (model.r#type.clone(), path.clone()));
        Ok(Rules { line, types: types.collect(), index, models, forms })
    }

    /// Adds a resource of a plugin.
    pub(super) fn add(&mut self, path: String, schema: ResourceSchema, model: Model) {
        self.types.insert(model.r#type.clone(), path.clone());
        self.models.insert(path.clone(), model);
        self.index.resources.insert(path, schema);
    }

    /// Lets a list be filtered by an attribute of what a reference leads to.
    pub(super) fn add_filter(&mut self, resource: &str, name: &str, reference: &str, attribute: &str) {
        let rule = Rule { path: Some(format!("{reference}__{attribute}")), to: Some(attribute.to_owned()), ..Rule::default() };
        if let (Some(model), Some(schema)) = (self.models.get_mut(resource), self.index.resources.get_mut(resource)) {
            model.filters.insert(name.to_owned(), rule);
            let kind = if attribute == "id" { Kind::Integer } else { Kind::Text };
            let lookups = BTreeSet::from(["n".to_owned()]);
            schema.filters.insert(name.to_owned(), Filter { kind, repeats: true, lookups, ..Filter::default() });
        }
    }

    pub(super) fn model(&self, resource: &str) -> &Model {
        static NONE: OnceLock<Model> = OnceLock::new();
        self.models.get(resource).unwrap_or_else(|| NONE.get_or_init(Model::default))
    }

    pub(super) fn schema(&self, resource: &str) -> Option<&ResourceSchema> {
        self.index.resources.get(resource)
    }

    pub(super) fn is_required(&self, resource: &str, name: &str, field: &Field) -> bool {
        field.required || REQUIRED.contains(&(resource, name))
    }

    /// Whether an object cannot be without a value, though no body needs it.
    pub(super) fn needs_value(&self, resource: &str, name: &str) -> bool {
        NOT_NULL.contains(&(resource, name))
    }

    pub(super) fn is_sent(&self, resource: &str, name: &str) -> bool {
        !UNSENT.contains(&(resource, name))
    }

    pub(super) fn field(&self, resource: &str, name: &str) -> Option<&Field> {
        self.schema(resource)?.fields.get(name)
    }

    pub(super) fn form(&self, resource: &str, name: &str) -> &Form {
        self.forms(resource).and_then(|fields| fields.get(name)).unwrap_or(&NO_FORM)
    }

    /// The forms of all fields of a resource.
    pub(super) fn forms(&self, resource: &str) -> Option<&BTreeMap<String, Form>> {
        self.forms.resources.get(resource)
    }

    /// The fields of a form in which an object is a part of another one.
    pub(super) fn component(&self, name: &str) -> Option<&BTreeMap<String, Form>> {
        self.forms.components.get(name)?.as_ref()
    }

    /// The resource of a type of objects, as `dcim/sites` of `dcim.site`.
    pub(super) fn resource_of_type(&self, r#type: &str) -> Option<&str> {
        self.types.get(&r#type.to_ascii_lowercase()).map(String::as_str)
    }

    /// What a field that was never written holds.
    pub(super) fn default(&self, resource: &str, name: &str, field: &Field) -> Value {
        match self.model(resource).defaults.get(name) {
            Some(value) => value.clone(),
            None if name == "vid_ranges" => serde_json::json!([[1, 4094]]),
            None if name == "config_context" => Value::Object(Row::new()),
            // A list of objects is one in any case.
            None if field.is_list && field.nullable && field.reference.is_none() => Value::Null,
            None if field.is_list => Value::Array(Vec::new()),
            None if field.nullable || self.form(resource, name).blank => Value::Null,
            None => match field.kind {
                Kind::Text => Value::String(String::new()),
                Kind::Boolean => Value::Bool(false),
                Kind::Json if name == "custom_fields" => Value::Object(Row::new()),
                Kind::Integer if name.contains("count") || matches!(name, "_depth" | "children" | "tagged_items") => Value::from(0),
                _ => Value::Null,
            },
        }
    }

    /// Whether details carry an ETag.
    pub(super) fn has_etags(&self) -> bool {
        self.line >= ReleaseLine::V4_6
    }

    /// Whether lists can be paged by `start`.
    pub(super) fn has_cursor(&self) -> bool {
        self.line >= ReleaseLine::V4_6
    }

    /// The parameter that leaves fields out.
    pub(super) fn omit(&self) -> &'static str {
        if self.line >= ReleaseLine::V4_5 { "omit" } else { "exclude" }
    }

    /// The release that the mock says it is.
    pub(super) fn version(&self) -> &'static str {
        self.line.release()
    }

    /// The types of all objects, as `dcim.site`.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    pub(super) fn has_v2_tokens(&self) -> bool {
        self.line >= ReleaseLine::V4_5
    }

    /// Whether bulk writes can be put off.
    pub(super) fn has_background(&self) -> bool {
        self.line >= ReleaseLine::V4_6
    }

    /// Whether a front port may lead to several rear ports.
    pub(super) fn has_port_mappings(&self) -> bool {
        self.line >= ReleaseLine::V4_5
    }

    /// Whether selections of custom fields are read with their labels.
    pub(super) fn has_labelled_selections(&self) -> bool {
        self.line >= ReleaseLine::V4_7
    }

    /// Whether objects of a resource are made by NetBox alone.
    pub(super) fn is_kept_by_netbox(&self, resource: &str) -> bool {
        self.schema(resource).is_some_and(|schema| !schema.list.contains(&Method::Post))
    }

    /// Whether refused bulk writes say what each entry did wrong, and not only a list by position.
    pub(super) fn has_bulk_errors(&self) -> bool {
        self.line >= ReleaseLine::V4_7
    }
}
