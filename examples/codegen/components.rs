//! What each release line's document says of the objects that are read, in one model.

use std::collections::{BTreeMap, BTreeSet};

use netbox_sdk::ReleaseLine;
use serde_json::Value;

use super::filters;
use super::fixups::Fixups;
use super::groups::Groups;
use super::validation::{self, Form};

/// The objects of one release line.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) line: ReleaseLine,
    /// By their name in Rust.
    pub(crate) components: BTreeMap<String, Component>,
    /// The component that a resource is read as, by the path below `/api/`.
    pub(crate) resources: BTreeMap<String, String>,
    /// What can be written of a component whose objects can be made.
    pub(crate) written: BTreeMap<String, Vec<Setter>>,
    /// The groups of the setters of what can be written of a component.
    pub(crate) setters: BTreeMap<String, Groups<Written>>,
    /// The filters that the list of a component's objects has.
    pub(crate) filters: BTreeMap<String, Groups<filters::Value>>,
    /// What is below the objects of a resource, by the path of that.
    pub(crate) details: BTreeMap<String, Vec<Detail>>,
}

/// What is below an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Detail {
    /// What is free there, and the component that is made of it: by the last part of the path.
    Available { name: String, free: String, made: String },
    /// The units of a rack.
    Elevation { unit: String },
    /// Anything else, whose reply is the same on all lines: by the last part of the path.
    Other(String),
}

/// What the server sets in what it allocates, whatever a request says.
const PICKED: [&str; 7] = ["address", "asn", "group", "prefix", "rir", "vid", "vrf"];

/// A field that can be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Setter {
    pub(crate) name: String,
    pub(crate) written: Written,
    pub(crate) is_required: bool,
}

/// What a field takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Written {
    /// Objects are written as references.
    pub(crate) kind: Kind,
    pub(crate) is_nullable: bool,
}

/// One kind of object, in one of its forms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Component {
    /// Those that say which object it is first, then by name.
    pub(crate) fields: Vec<Field>,
}

impl Component {
    /// The form in which a field is written that is read, too.
    fn written(&self, name: &str) -> Option<Kind> {
        let field = self.fields.iter().find(|field| field.name == name)?;
        Some(match field.kind.clone() {
            Kind::Object(_) => Kind::Object(String::new()),
            Kind::Choice(value) => *value,
            Kind::List(item) => match *item {
                Kind::Choice(value) => Kind::List(value),
                // These have no id: they are parts, not references.
                Kind::Object(object) if object == "GenericObject" || object.ends_with("Mapping") => Kind::List(Box::new(Kind::Json)),
                Kind::Object(_) => Kind::List(Box::new(Kind::Object(String::new()))),
                other => Kind::List(Box::new(other)),
            },
            kind => kind,
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether it is there in every reply.
    pub(crate) is_plain: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Not below zero: ids.
    Natural,
    Integer,
    Number,
    Text,
    Date,
    DateTime,
    Address,
    Boolean,
    Json,
    Map,
    CustomFields,
    /// A text out of some, by the document's values.
    Word(Vec<String>),
    /// A text out of some, by the name of its type.
    Named(String),
    /// A value with a label.
    Choice(Box<Kind>),
    Object(String),
    List(Box<Kind>),
}

impl Kind {
    /// What it is made of in the end.
    pub(crate) fn innermost(&self) -> &Kind {
        match self {
            Kind::Choice(inner) | Kind::List(inner) => inner.innermost(),
            other => other,
        }
    }

    pub(crate) fn innermost_mut(&mut self) -> &mut Kind {
        match self {
            Kind::Choice(inner) | Kind::List(inner) => inner.innermost_mut(),
            other => other,
        }
    }

    /// Whether it has a value of its own that stands for nothing.
    pub(crate) fn may_be_empty(&self) -> bool {
        matches!(self, Kind::List(_) | Kind::Map | Kind::CustomFields | Kind::Json)
    }
}

/// The models of all lines, the oldest first.
pub(crate) fn lines(documents: &[(ReleaseLine, Value)]) -> Vec<Line> {
    let mut fixups = Fixups::default();
    let forms = validation::forms(documents);
    let readers: Vec<Reader<'_>> = documents.iter().map(|(line, document)| Reader::new(*line, document)).collect();
    let newest = readers.last().expect("there is a line");
    let mut lines = Vec::new();
    for (index, reader) in readers.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &readers[before]);
        lines.push(reader.read(before, newest, &forms, &mut fixups));
    }
    fixups.check();
    lines
}

/// Reads one document.
struct Reader<'a> {
    line: ReleaseLine,
    schemas: &'a Value,
    /// The component that a resource is read as, and the one that makes it.
    resources: BTreeMap<String, (&'a str, Option<&'a str>)>,
    details: BTreeMap<String, Vec<Detail>>,
    /// The forms of allocations, by the component of what is free.
    allocations: BTreeMap<String, Vec<&'a str>>,
}

impl<'a> Reader<'a> {
    fn new(line: ReleaseLine, document: &'a Value) -> Reader<'a> {
        let schemas = &document["components"]["schemas"];
        let mut resources = BTreeMap::new();
        let mut details = BTreeMap::<String, Vec<Detail>>::new();
        let mut allocations = BTreeMap::<String, Vec<&str>>::new();
        for (path, operations) in document["paths"].as_object().into_iter().flatten() {
            let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
            if let ["api", app, name, "{id}", below] = parts.as_slice() {
                let (get, post) = (&operations["get"], &operations["post"]);
                let detail = match *below {
                    "elevation" => {
                        let page = component(content(&get["responses"]["200"])).expect("an elevation comes in pages");
                        let unit = component(&schemas[page]["properties"]["results"]["items"]).expect("a page has units");
                        Detail::Elevation { unit: type_name(unit) }
                    }
                    allocation if allocation.starts_with("available-") => {
                        let item = |message| component(&content(message)["items"]).expect("an allocation is a list");
                        let free = type_name(item(&get["responses"]["200"]));
                        allocations.entry(free.clone()).or_default().push(item(&post["requestBody"]));
                        Detail::Available { name: allocation.to_owned(), free, made: type_name(item(&post["responses"]["201"])) }
                    }
                    other => Detail::Other(other.to_owned()),
                };
                details.entry(format!("{app}/{name}")).or_default().push(detail);
            }
            let ["api", app, name, "{id}"] = parts.as_slice() else { continue };
            if operations["post"].is_object() && name == &"scripts" {
                details.entry(format!("{app}/{name}")).or_default().push(Detail::Other("run".to_owned()));
            }
            let Some(read) = component(content(&operations["get"]["responses"]["200"])) else { continue };
            let list = &document["paths"][format!("/api/{app}/{name}/")];
            let written =
                [&list["post"], &operations["put"]].into_iter().find_map(|operation| component(content(&operation["requestBody"])));
            resources.insert(format!("{app}/{name}"), (read, written));
        }
        Reader { line, schemas, resources, details, allocations }
    }

    fn read(&self, before: Option<&Reader<'_>>, newest: &Reader<'_>, forms: &BTreeMap<String, Form>, fixups: &mut Fixups) -> Line {
        let mut components = BTreeMap::new();
        let mut wanted: Vec<String> = self.resources.values().map(|(read, _)| type_name(read)).collect();
        // The short form of a resource is read with `brief`, whether another object holds it or not.
        wanted.extend(self.resources.values().map(|(read, _)| format!("Brief{}", type_name(read))).filter(|name| self.own(name).is_some()));
        wanted.extend(self.details.values().flatten().filter_map(|detail| match detail {
            Detail::Available { free: read, .. } | Detail::Elevation { unit: read } => Some(read.clone()),
            Detail::Other(_) => None,
        }));
        while let Some(name) = wanted.pop() {
            if components.contains_key(&name) {
                continue;
            }
            let (own, short) = match self.own(&name) {
                Some(own) => (own, None),
                None => self.short(&name, newest).unwrap_or_else(|| panic!("NetBox {} has no {name}", self.line)),
            };
            let mut fields = Vec::new();
            for (property_name, property) in self.schemas[own]["properties"].as_object().into_iter().flatten() {
                if property["writeOnly"] == true || short.is_some_and(|short| short.get(property_name).is_none()) {
                    continue;
                }
                let mut field = Field {
                    name: property_name.clone(),
                    kind: self.kind(property_name, property),
                    is_plain: self.is_plain(own, property_name, property, before),
                };
                self.shorten_items(&name, &mut field, newest);
                if let Kind::Object(object) = field.kind.innermost() {
                    wanted.push(object.clone());
                }
                fields.push(field);
            }
            fixups.apply(self.line, &name, &mut fields);
            assert!(fields.len() < 255, "{name} has {} fields", fields.len());
            fields.sort_by_key(|field| (rank(&field.name), field.name.clone()));
            components.insert(name, Component { fields });
        }
        let resources = self.resources.iter().map(|(path, (read, _))| (path.clone(), type_name(read))).collect();
        let written = self.resources.iter().filter_map(|(path, (read, written))| Some((path, type_name(read), (*written)?)));
        let mut written: BTreeMap<String, Vec<Setter>> = written
            .map(|(path, name, written)| {
                let setters = self.setters(written, &components[&name]);
                (name.clone(), self.taken(setters, &forms[path], &components[&name]))
            })
            .collect();
        for detail in self.details.values().flatten() {
            if let Detail::Available { free, made, .. } = detail {
                let setters = self.allocation(free, &written[made], &components[made]);
                written.insert(free.clone(), setters);
            }
        }
        let details = self.details.iter().filter(|(path, _)| self.resources.contains_key(*path));
        let details = details.map(|(path, details)| (path.clone(), details.clone())).collect();
        Line { line: self.line, components, resources, written, details, setters: BTreeMap::new(), filters: BTreeMap::new() }
    }

    /// What an allocation takes: what its own form says, and what else can be set of the object that is made. Servers take that, too.
    fn allocation(&self, free: &str, made: &[Setter], read: &Component) -> Vec<Setter> {
        let optional = made.iter().map(|setter| Setter { is_required: false, ..setter.clone() });
        let mut setters: BTreeMap<String, Setter> = optional.map(|setter| (setter.name.clone(), setter)).collect();
        for form in &self.allocations[free] {
            for setter in self.setters(form, read) {
                // Which form asks for a name differs by line, what a server asks for does not.
                let is_required = matches!(setter.name.as_str(), "name" | "prefix_length") && setter.is_required;
                setters.insert(setter.name.clone(), Setter { is_required, ..setter });
            }
        }
        PICKED.iter().for_each(|name| drop(setters.remove(*name)));
        setters.into_values().collect()
    }

    /// What the form of a new object takes. A field that is read, too, has the type that it is read as.
    fn setters(&self, written: &str, read: &Component) -> Vec<Setter> {
        let required: Vec<&str> = self.schemas[written]["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = self.schemas[written]["properties"].as_object().into_iter().flatten();
        let setters = properties.filter(|(_, property)| property["readOnly"] != true).map(|(name, property)| {
            let is_reference = property["oneOf"][0]["type"] == "integer" || matches!(self.kind(name, property), Kind::Object(_));
            let kind = match read.written(name) {
                _ if is_reference => Kind::Object(String::new()),
                Some(kind) => kind,
                None => match self.kind(name, property) {
                    // Values that no reply has have no type either.
                    Kind::Word(_) => Kind::Text,
                    Kind::List(item) if matches!(*item, Kind::Word(_)) => Kind::List(Box::new(Kind::Text)),
                    Kind::List(item) if matches!(*item, Kind::Object(_)) => Kind::List(Box::new(Kind::Object(String::new()))),
                    kind => kind,
                },
            };
            let is_required = required.contains(&name.as_str());
            Setter { name: name.clone(), written: Written { kind, is_nullable: self.is_nullable(property) }, is_required }
        });
        setters.collect()
    }

    /// A form as servers take it, which is not always what the document says: the checks before sending know.
    fn taken(&self, mut setters: Vec<Setter>, form: &Form, read: &Component) -> Vec<Setter> {
        for (name, field) in &form[&self.line] {
            let is_nullable = field.rule.nullable;
            match setters.iter_mut().find(|setter| setter.name == *name) {
                Some(setter) => {
                    setter.is_required |= field.is_required;
                    setter.written.is_nullable &= is_nullable;
                }
                None if field.rule.is_writable() => {
                    let kind = read.written(name).unwrap_or_else(|| panic!("NetBox {}: what kind is {name}?", self.line));
                    setters.push(Setter { name: name.clone(), written: Written { kind, is_nullable }, is_required: false });
                }
                None => {}
            }
        }
        setters.sort_by(|one, other| one.name.cmp(&other.name));
        setters
    }

    /// The component that has this name in Rust.
    fn own(&self, name: &str) -> Option<&'a str> {
        let is_read = |own: &str| self.resources.values().any(|(read, _)| *read == own);
        let components = self.schemas.as_object().into_iter().flatten().map(|(own, _)| own.as_str());
        let fitting: Vec<&str> = components.filter(|own| !own.ends_with("Request") && type_name(own) == name).collect();
        fitting.iter().copied().find(|own| is_read(own)).or(fitting.first().copied())
    }

    fn kind(&self, name: &str, property: &Value) -> Kind {
        if let Some(component) = reference(property) {
            return match self.schemas[component]["type"].as_str() {
                Some("object") => Kind::Object(type_name(component)),
                _ => self.kind(name, &self.schemas[component]),
            };
        }
        let kind = property["type"].as_str();
        if let Some(values) = property["enum"].as_array().filter(|_| kind != Some("integer")) {
            return Kind::Word(values.iter().filter_map(Value::as_str).filter(|value| !value.is_empty()).map(str::to_owned).collect());
        }
        match (kind, property["format"].as_str()) {
            (Some("object"), _) if is_choice(property) => Kind::Choice(Box::new(self.kind(name, &property["properties"]["value"]))),
            (Some("object"), _) if name == "custom_fields" => Kind::CustomFields,
            (Some("object"), _) => Kind::Map,
            (Some("array"), _) => Kind::List(Box::new(self.kind(name, &property["items"]))),
            (Some("boolean"), _) => Kind::Boolean,
            // Counters are not among them: servers have been seen to count below zero.
            (Some("integer"), _) if name == "id" || name.ends_with("_id") => Kind::Natural,
            (Some("integer"), _) => Kind::Integer,
            (Some("number"), _) => Kind::Number,
            (Some("string"), Some("date")) => Kind::Date,
            (Some("string"), Some("date-time")) => Kind::DateTime,
            (Some("string"), _) => Kind::Text,
            // A pattern, or an empty text.
            _ if property["oneOf"].is_array() => Kind::Text,
            _ => Kind::Json,
        }
    }

    /// To 4.6 the documents declare the objects of lists whole that come in their short form. The newest one is right.
    fn shorten_items(&self, component: &str, field: &mut Field, newest: &Reader<'_>) {
        let Kind::List(item) = &mut field.kind else { return };
        let Kind::Object(object) = &mut **item else { return };
        let present = newest.own(component).map(|own| newest.kind(&field.name, &newest.schemas[own]["properties"][&field.name]));
        let short = match present {
            Some(Kind::List(present)) => match *present {
                Kind::Object(present) => present,
                _ => return,
            },
            _ => format!("Brief{object}"),
        };
        if self.own(&short).is_some() || self.short(&short, newest).is_some() {
            *object = short;
        }
    }

    /// A short form that this document does not declare: the component that it is of, and the members that the newest document gives it.
    fn short<'b>(&self, name: &str, newest: &Reader<'b>) -> Option<(&'a str, Option<&'b Value>)> {
        let own = self.own(name.strip_prefix("Brief")?)?;
        Some((own, Some(&newest.schemas[newest.own(name)?]["properties"])))
    }

    /// Whether a reply always has a value there. What is new in a line came with one of its patch releases, perhaps.
    fn is_plain(&self, component: &str, name: &str, property: &Value, before: Option<&Reader<'_>>) -> bool {
        let was_nullable = before.and_then(|before| Some((before, before.own(&type_name(component))?))).is_some_and(|(before, own)| {
            let property = &before.schemas[own]["properties"][name];
            property.is_null() || before.is_nullable(property)
        });
        if was_nullable || self.is_nullable(property) {
            return false;
        }
        if matches!(name, "id" | "url" | "display") {
            return true;
        }
        let Some(written) = self.written(component).map(|written| &self.schemas[written]["properties"][name]) else { return false };
        if written.is_null() || written["readOnly"] == true || self.is_nullable(written) {
            return false;
        }
        let takes_blank = self.target(written)["enum"].as_array().is_some_and(|values| values.iter().any(|value| value == ""));
        !takes_blank
    }

    /// The form in which the resource of a component is made.
    fn written(&self, component: &str) -> Option<&'a str> {
        let name = type_name(component);
        let whole = name.strip_prefix("Brief").or(name.strip_prefix("Nested")).unwrap_or(&name);
        let resource = self
            .resources
            .values()
            .find(|(read, _)| type_name(read) == name)
            .or_else(|| self.resources.values().find(|(read, _)| type_name(read) == whole));
        match resource {
            Some((_, written)) => *written,
            // Parts of objects have no resource of their own.
            None => self.schemas.as_object()?.get_key_value(&format!("{component}Request")).map(|(name, _)| name.as_str()),
        }
    }

    fn is_nullable(&self, property: &Value) -> bool {
        let has_null = |property: &Value| {
            property["nullable"] == true || property["enum"].as_array().is_some_and(|values| values.iter().any(Value::is_null))
        };
        has_null(property) || has_null(&property["properties"]["value"]) || has_null(self.target(property))
    }

    /// What a reference leads to.
    fn target<'b>(&'b self, property: &'b Value) -> &'b Value {
        reference(property).map_or(property, |component| &self.schemas[component])
    }
}

/// The body of a request or a reply.
fn content(message: &Value) -> &Value {
    &message["content"]["application/json"]["schema"]
}

/// The component that a body is: one, or one or several.
fn component(body: &Value) -> Option<&str> {
    reference(body["oneOf"].get(0).unwrap_or(body))
}

/// The component that a property refers to.
fn reference(property: &Value) -> Option<&str> {
    let target = property["$ref"].as_str().or_else(|| match property["allOf"].as_array()?.as_slice() {
        [only] => only["$ref"].as_str(),
        _ => None,
    })?;
    target.rsplit('/').next()
}

fn is_choice(property: &Value) -> bool {
    property["properties"].as_object().is_some_and(|members| members.keys().collect::<BTreeSet<_>>().into_iter().eq(["label", "value"]))
}

/// How a component is called in Rust. Two names of the documents tell how they are made, not what they are.
fn type_name(component: &str) -> String {
    component.trim_end_matches("Serializer_").trim_end_matches("WithConfigContext").to_owned()
}

/// What says which object it is comes first.
fn rank(name: &str) -> usize {
    const FIRST: [&str; 6] = ["id", "url", "display_url", "display", "name", "slug"];
    FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len())
}
