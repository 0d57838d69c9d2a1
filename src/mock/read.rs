//! How objects are read: made of what was written, with what they lead to as brief objects.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::cables::Ends;
use super::changes;
use super::display::display;
use super::network::Network;
use super::parameters::Parameters;
use super::relations::Leading;
use super::rules::{Form, NO_FORM, Rules};
use super::store::{Row, Store};
use super::write::{custom_fields_of, with_custom_defaults};
use crate::schema::{Field, Kind};

/// Which fields are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Whole,
    Brief,
    Only(Vec<String>),
    Without(Vec<String>),
}

impl Shape {
    /// `fields` counts before `omit`, and both before `brief`, which any value turns on. Old lines know `exclude` instead of `omit`.
    pub(super) fn wanted(parameters: &Parameters, omit: &str) -> Shape {
        let names =
            |name| parameters.last(name).filter(|list: &&str| !list.is_empty()).map(|list| list.split(',').map(str::to_owned).collect());
        match (names("fields"), names(omit)) {
            (Some(fields), _) => Shape::Only(fields),
            (None, Some(fields)) => Shape::Without(fields),
            _ if parameters.has("brief") => Shape::Brief,
            _ => Shape::Whole,
        }
    }

    /// Whether it shows a field, where `brief` are those that brief objects have.
    pub(super) fn shows(&self, brief: &[String], name: &str) -> bool {
        let is_in = |names: &[String]| names.iter().any(|own| own == name);
        match self {
            Shape::Whole => true,
            Shape::Brief if brief.is_empty() => matches!(name, "id" | "url" | "display"),
            Shape::Brief => is_in(brief),
            Shape::Only(names) => is_in(names),
            Shape::Without(names) => !is_in(names),
        }
    }
}

/// How many there are, by ids.
type Counts = HashMap<u64, u64>;

/// By ids and, as an address, the form.
type Parts = HashMap<(u64, Option<usize>), Value>;

pub(super) struct Reader<'a> {
    pub(super) rules: &'a Rules,
    pub(super) store: &'a Store,
    /// As `http://127.0.0.1:8000`.
    pub(super) origin: &'a str,
    /// By resource and what is counted.
    counts: RefCell<HashMap<String, HashMap<String, Counts>>>,
    /// Objects as others show them, by resource.
    parts: RefCell<HashMap<String, Parts>>,
    pub(super) leading: RefCell<Vec<(String, String, String, Leading)>>,
    /// How deep prefixes lie, and how many are in them.
    pub(super) nested: RefCell<Option<HashMap<u64, (usize, usize)>>>,
    ends: OnceCell<Ends>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(rules: &'a Rules, store: &'a Store, origin: &'a str) -> Reader<'a> {
        Reader {
            rules,
            store,
            origin,
            counts: RefCell::default(),
            parts: RefCell::default(),
            leading: RefCell::default(),
            nested: RefCell::default(),
            ends: OnceCell::new(),
        }
    }

    pub(super) fn ends(&self) -> &Ends {
        self.ends.get_or_init(|| Ends::of(self.rules, self.store))
    }

    /// One field of an object.
    pub(super) fn plain(&self, resource: &str, id: u64, row: &Row, name: &str) -> Value {
        let field = self.rules.field(resource, name);
        field.map_or(Value::Null, |field| self.value(resource, id, row, name, field, self.rules.form(resource, name), true))
    }

    /// An object as others show it.
    pub(super) fn brief(&self, resource: &str, id: u64) -> Value {
        self.part(resource, id, None)
    }

    /// The object that a field leads to, as others show it.
    pub(super) fn related(&self, resource: &str, row: &Row, field: &str) -> Value {
        let target = self.rules.field(resource, field).and_then(|field| field.reference.as_deref());
        target.zip(row.get(field).and_then(Value::as_u64)).map_or(Value::Null, |(target, id)| self.brief(target, id))
    }

    /// As the lists of their resources are ordered.
    pub(super) fn order_by_name(&self, resource: &str, ids: &mut [u64]) {
        ids.sort_by_cached_key(|id| {
            self.store.get(resource, *id).map(|row| display(self.rules, self.store, resource, *id, row).to_lowercase())
        });
    }

    pub(super) fn object(&self, resource: &str, id: u64, row: &Row, shape: &Shape) -> Value {
        let fields = self.rules.schema(resource).map(|schema| &schema.fields);
        let brief = &self.rules.model(resource).brief;
        let mut object = Row::new();
        let forms = self.rules.forms(resource);
        for (name, field) in fields.into_iter().flatten().filter(|(name, _)| shape.shows(brief, name)) {
            let form = forms.and_then(|forms| forms.get(name)).unwrap_or(&NO_FORM);
            if !form.write_only && self.rules.is_sent(resource, name) {
                object.insert(name.clone(), self.value(resource, id, row, name, field, form, true));
            }
        }
        Value::Object(object)
    }

    /// What a deleted or unknown object is read as: null. Each is put together once.
    pub(super) fn part(&self, resource: &str, id: u64, form: Option<&BTreeMap<String, Form>>) -> Value {
        let key = (id, form.map(|form| std::ptr::from_ref(form).addr()));
        if let Some(part) = self.parts.borrow().get(resource).and_then(|parts| parts.get(&key)) {
            return part.clone();
        }
        let part = self.made_part(resource, id, form);
        self.parts.borrow_mut().entry(resource.to_owned()).or_default().insert(key, part.clone());
        part
    }

    fn made_part(&self, resource: &str, id: u64, form: Option<&BTreeMap<String, Form>>) -> Value {
        let (Some(row), Some(fields)) = (self.store.get(resource, id), self.rules.schema(resource).map(|schema| &schema.fields)) else {
            return Value::Null;
        };
        let Some(form) = form else {
            let mut brief = self.object(resource, id, row, &Shape::Brief);
            // Parts count nothing.
            brief.as_object_mut().into_iter().for_each(|brief| brief.retain(|name, _| !name.ends_with("_count")));
            return brief;
        };
        let values = form.iter().filter_map(|(name, form)| {
            let field = fields.get(name)?;
            Some((name.clone(), self.value(resource, id, row, name, field, form, false)))
        });
        Value::Object(values.collect())
    }

    #[allow(clippy::too_many_arguments, reason = "a field, of an object, in a form")]
    fn value(&self, resource: &str, id: u64, row: &Row, name: &str, field: &Field, form: &Form, counts: bool) -> Value {
        match name {
            "id" => return json!(id),
            "url" => return json!(self.url(resource, id)),
            "display_url" if resource == changes::RESOURCE => return json!(format!("{}/core/changelog/{id}/", self.origin)),
            "display_url" => return json!(format!("{}/{resource}/{id}/", self.origin)),
            "display" => return json!(display(self.rules, self.store, resource, id, row)),
            "family" => return family(row),
            "custom_fields" => return self.custom_fields(resource, row),
            "protocol" | "ports" if row.contains_key("port_mappings") => return of_mappings(row, name, form),
            "_depth" if row.contains_key("parent") => return json!(self.depth(resource, row)),
            _ => {}
        }
        if let Some(named) = self.rules.model(resource).generic.get(name) {
            return self.generic(row, named);
        }
        if let Some(value) = self.cabled(resource, id, row, name) {
            return value;
        }
        if field.read_only && !row.contains_key(name) || name == "mac_address" {
            let counts = counts || self.rules.model(resource).counters.iter().any(|kept| kept == name);
            if let Some(value) = self.derived(resource, id, row, name, form, counts) {
                return value;
            }
            if let Some(counted) = name.strip_suffix("_count") {
                return json!(if counts { self.count(resource, counted, id) } else { 0 });
            }
        }
        let default;
        let value = match row.get(name) {
            Some(value) => value,
            None => {
                default = self.rules.default(resource, name, field);
                &default
            }
        };
        if let Some(labels) = &form.labels {
            return match value {
                Value::Array(values) => values.iter().map(|value| choice(labels, value)).collect(),
                value => choice(labels, value),
            };
        }
        if let (Kind::File, Value::String(path)) = (field.kind, value) {
            return if path.is_empty() { Value::Null } else { json!(format!("{}/media/{path}", self.origin)) };
        }
        let Some(target) = &field.reference else { return value.clone() };
        let component = form.component.as_deref().and_then(|name| self.rules.component(name));
        match value {
            Value::Array(ids) => {
                let mut ids: Vec<u64> = ids.iter().filter_map(Value::as_u64).collect();
                self.order_by_name(target, &mut ids);
                ids.into_iter().map(|id| self.part(target, id, component)).collect()
            }
            Value::Number(number) => number.as_u64().map_or(Value::Null, |id| self.part(target, id, component)),
            other => other.clone(),
        }
    }

    pub(super) fn url(&self, resource: &str, id: u64) -> String {
        format!("{}/api/{resource}/{id}/", self.origin)
    }

    /// The values of all custom fields, as they are shown.
    fn custom_fields(&self, resource: &str, row: &Row) -> Value {
        let mut values = with_custom_defaults(self.rules, self.store, resource, row.get("custom_fields"));
        for field in custom_fields_of(self.rules, self.store, resource) {
            let Some(value) = field.get("name").and_then(Value::as_str).and_then(|name| values.get_mut(name)) else { continue };
            *value = match &*value {
                Value::Array(many) => many.iter().map(|one| self.custom_value(field, one)).collect(),
                one => self.custom_value(field, one),
            };
        }
        values
    }

    /// The object that a value leads to, or what was selected out of a set of choices, with its label.
    fn custom_value(&self, field: &Row, value: &Value) -> Value {
        if let Some(target) = field.get("related_object_type").and_then(Value::as_str).and_then(|name| self.rules.resource_of_type(name)) {
            return value.as_u64().map_or(Value::Null, |id| self.part(target, id, None));
        }
        match field.get("choice_set").and_then(Value::as_u64).filter(|_| self.rules.has_labelled_selections() && !value.is_null()) {
            Some(set) => {
                let row = self.store.get("extras/custom-field-choice-sets", set);
                let choices = row.and_then(|row| row.get("extra_choices")).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let choice = choices.iter().find(|choice| choice.get(0) == Some(value));
                json!({"value": value, "label": choice.and_then(|choice| choice.get(1)).unwrap_or(value)})
            }
            None => value.clone(),
        }
    }

    /// The object that a type and an id lead to.
    fn generic(&self, row: &Row, [r#type, id]: &[String; 2]) -> Value {
        let (Some(r#type), Some(id)) = (row.get(r#type).and_then(Value::as_str), row.get(id).and_then(Value::as_u64)) else {
            return Value::Null;
        };
        self.rules.resource_of_type(r#type).map_or(Value::Null, |resource| self.part(resource, id, None))
    }

    fn depth(&self, resource: &str, row: &Row) -> usize {
        let parent = |row: &Row| row.get("parent").and_then(Value::as_u64).and_then(|id| self.store.get(resource, id));
        std::iter::successors(parent(row), |row| parent(row)).count()
    }

    /// How many objects of a kind, as `device` of `device_count`, lead to this one.
    fn count(&self, resource: &str, counted: &str, id: u64) -> u64 {
        if let Some(counts) = self.counts.borrow().get(resource).and_then(|counts| counts.get(counted)) {
            return counts.get(&id).copied().unwrap_or(0);
        }
        let counts = self.count_all(resource, counted).unwrap_or_default();
        let count = counts.get(&id).copied().unwrap_or(0);
        self.counts.borrow_mut().entry(resource.to_owned()).or_default().insert(counted.to_owned(), counts);
        count
    }

    fn count_all(&self, resource: &str, counted: &str) -> Option<HashMap<u64, u64>> {
        let name = counted.replace('_', "");
        let group = resource.split('/').next()?;
        let is_it = |path: &&String| self.rules.model(path).r#type.rsplit('.').next() == Some(&name);
        let paths = self.rules.index.resources.keys();
        let from = paths.clone().find(|path| is_it(path) && path.starts_with(group)).or_else(|| paths.clone().find(is_it))?;
        let mut fields =
            self.rules.schema(from)?.fields.iter().filter(|(_, field)| field.reference.as_deref() == Some(resource) && !field.read_only);
        let (field, _) = fields.next()?;
        let mut counts = HashMap::new();
        for (_, row) in self.store.rows(from) {
            let ids = match row.get(field) {
                Some(Value::Array(ids)) => ids.as_slice(),
                Some(id) => std::slice::from_ref(id),
                None => &[],
            };
            ids.iter().filter_map(Value::as_u64).for_each(|id| *counts.entry(id).or_insert(0) += 1);
        }
        Some(counts)
    }
}

fn choice(labels: &[(String, String)], value: &Value) -> Value {
    let text = match value {
        Value::Null => return Value::Null,
        Value::String(text) if text.is_empty() => return Value::Null,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let label = labels.iter().find(|(value, _)| *value == text).map_or(&text, |(_, label)| label);
    json!({"value": value, "label": label})
}

/// The protocol or the ports of a service, which once had one protocol: null where it has several.
fn of_mappings(row: &Row, name: &str, form: &Form) -> Value {
    let mappings = row.get("port_mappings").and_then(Value::as_array).into_iter().flatten();
    let pairs: Vec<(&str, &str)> = mappings.filter_map(|mapping| mapping.as_str()?.split_once('/')).collect();
    match pairs.first() {
        Some((protocol, _)) if pairs.iter().all(|(other, _)| other == protocol) => match name {
            "protocol" => choice(form.labels.as_deref().unwrap_or_default(), &json!(protocol)),
            _ => {
                let mut ports: Vec<u32> = pairs.iter().filter_map(|(_, port)| port.parse().ok()).collect();
                ports.sort_unstable();
                json!(ports)
            }
        },
        _ => Value::Null,
    }
}

/// The version of IP of the address that an object has.
fn family(row: &Row) -> Value {
    let address = ["address", "prefix", "start_address"].iter().find_map(|name| row.get(*name)?.as_str());
    match address.and_then(Network::of) {
        Some(network) if network.is_v4() => json!({"value": 4, "label": "IPv4"}),
        Some(_) => json!({"value": 6, "label": "IPv6"}),
        None => Value::Null,
    }
}
