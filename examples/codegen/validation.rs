//! What may be sent: the write forms of all lines as one table of rules.
//!
//! Where forms of one field differ, the rule is the one that lets more through: a check before sending must not refuse what a server accepts.

use std::collections::{BTreeMap, BTreeSet};

use netbox_sdk::ReleaseLine;
use serde::Serialize;
use serde_json::Value;

/// Where servers do otherwise than the documents say. One that changes nothing fails the generation.
const FIXUPS: &[Fixup] = &[
    Fixup(EVERYWHERE, "status", Change::Extensible, CONFIGURED),
    Fixup(EVERYWHERE, "airflow", Change::Extensible, CONFIGURED),
    Fixup(EVERYWHERE, "priority", Change::Extensible, CONFIGURED),
    Fixup(EVERYWHERE, "kind", Change::Extensible, CONFIGURED),
    Fixup(EVERYWHERE, "start_on_boot", Change::Extensible, CONFIGURED),
    Fixup("extras/event-rules", "action_type", Change::Extensible, "plugins add to it: 4.7 was recorded with `test.api_no_object_action`"),
    Fixup(EVERYWHERE, "data_file", Change::Writable, "recorded as written to config contexts and templates"),
    Fixup("users/tokens", "allowed_ips", Change::Added, "no document has it (live: users/tokens, POST)"),
    Fixup("extras/custom-fields", "type", Change::Required, "servers refuse to make one without"),
    Fixup("vpn/ike-policies", "version", Change::Required, "servers refuse to make one without"),
    Fixup("vpn/tunnels", "status", Change::Required, "servers refuse to make one without"),
    Fixup("vpn/tunnel-terminations", "role", Change::Required, "servers refuse to make one without"),
    Fixup("users/tokens", "user", Change::Optional, "a token keeps its user: what a PUT says of it is left aside"),
    Fixup("vpn/ike-policies", "mode", Change::Filled, "null and an empty text are recorded as refused"),
    Fixup("vpn/ike-proposals", "authentication_algorithm", Change::Filled, "null and an empty text are recorded as refused"),
    Fixup("vpn/ipsec-proposals", "authentication_algorithm", Change::Filled, "null and an empty text are refused (live)"),
    Fixup("vpn/ipsec-proposals", "encryption_algorithm", Change::Filled, "null and an empty text are refused (live)"),
    Fixup("vpn/ipsec-policies", "pfs_group", Change::Filled, "null is recorded as refused"),
];

const EVERYWHERE: &str = "";

const CONFIGURED: &str = "FIELD_CHOICES of a server's configuration adds to it";

/// The resource, its field, what is changed, and why.
struct Fixup(&'static str, &'static str, Change, &'static str);

enum Change {
    /// Other choices than those of the document may be right.
    Extensible,
    /// It may be written, though the document says that it is read-only.
    Writable,
    /// A list of texts, though the document does not have it.
    Added,
    /// No object can be made without it, though the document does not say so.
    Required,
    /// It may be left out, though the document does not say so.
    Optional,
    /// It may be neither null nor an empty text, though the document says that it may.
    Filled,
}

/// The whole table, as `src/typed/validation/table.rs` reads it.
#[derive(Serialize)]
struct Table {
    rules: Vec<Rule>,
    /// By path below `/api/`: `dcim/devices`, and `ipam/prefixes/{id}/available-ips`.
    forms: BTreeMap<String, Vec<Row>>,
}

/// A field of a form: its name, the number of its rule, the lines where that is so, and those where it is required, as bits.
#[derive(Serialize)]
struct Row(String, usize, u8, u8);

/// What a field of one line takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) rule: Rule,
    pub(crate) is_required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Any,
    Text,
    Integer,
    Number,
    Boolean,
    Date,
    DateTime,
    File,
    Object,
    Relation,
    List,
    TextChoice,
    NumberChoice,
    ReadOnly,
    Ignored,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Rule {
    pub(crate) kind: Kind,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) nullable: bool,
    /// Whether it may be an empty text.
    #[serde(skip_serializing_if = "is_false")]
    blank: bool,
    /// Characters of a text, items of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Limit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    choices: BTreeSet<String>,
    /// Whether servers may have choices of their own.
    #[serde(skip_serializing_if = "is_false")]
    extensible: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Rule>>,
}

/// A value, and whether it is itself excluded.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Limit(f64, bool);

/// Fields by name, for each line that has the form.
pub(crate) type Form = BTreeMap<ReleaseLine, BTreeMap<String, Field>>;

pub(crate) fn table(documents: &[(ReleaseLine, Value)]) -> String {
    serde_json::to_string(&packed(forms(documents))).expect("a table is JSON")
}

/// What servers take, by the path of a resource below `/api/` and by line.
pub(crate) fn forms(documents: &[(ReleaseLine, Value)]) -> BTreeMap<String, Form> {
    let mut forms = declared(documents);
    for (path, form) in &mut forms {
        widen_limits(form);
        open_choices(form);
        if path.contains("{id}") {
            lend_later_fields(form);
        }
    }
    FIXUPS.iter().for_each(|fixup| fixup.apply(&mut forms));
    forms
}

fn declared(documents: &[(ReleaseLine, Value)]) -> BTreeMap<String, Form> {
    let mut forms = BTreeMap::<String, Form>::new();
    for (line, root) in documents {
        let document = Document(root);
        let paths = root["paths"].as_object().expect("a document has paths");
        for (path, operations) in paths {
            let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
            match parts.as_slice() {
                [app, name] if operations["post"].is_object() => {
                    let object = &paths.get(&format!("{path}{{id}}/")).unwrap_or(&Value::Null);
                    let fields = document.resource(operations, object);
                    forms.entry(format!("{app}/{name}")).or_default().insert(*line, fields);
                }
                _ => {}
            }
        }
        // What is made by its list is known now.
        for (path, operations) in paths {
            let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
            let &[app, name, "{id}", action] = parts.as_slice() else { continue };
            // Only allocations take lists. Other actions leave aside what the documents say of their bodies.
            let Some(item) = document.body(&operations["post"]).filter(|body| body["type"] == "array").map(|body| &body["items"]) else {
                continue;
            };
            let fields = document.allocation(operations, item, &forms, paths, *line);
            forms.entry(format!("{app}/{name}/{{id}}/{action}")).or_default().insert(*line, fields);
        }
    }
    forms
}

struct Document<'a>(&'a Value);

impl<'a> Document<'a> {
    /// The fields of a resource: those of the forms for making and for changing it, and those that are only read.
    fn resource(&self, list: &'a Value, object: &'a Value) -> BTreeMap<String, Field> {
        let create = self.body(&list["post"]).unwrap_or(&Value::Null);
        let mut fields = self.fields(create);
        for changes in ["put", "patch"].into_iter().filter_map(|method| self.body(&object[method])) {
            for (name, field) in self.fields(changes) {
                match fields.get_mut(&name) {
                    Some(own) => own.rule = std::mem::replace(&mut own.rule, Rule::of(Kind::Any)).or(field.rule),
                    None => drop(fields.insert(name, Field { is_required: false, ..field })),
                }
            }
        }
        let page = self.resolved(self.reply(&list["get"], "200"));
        let row = &page["properties"]["results"]["items"];
        let read = [self.reply(&object["get"], "200"), row].into_iter().find(|schema| schema.is_object()).unwrap_or(&Value::Null);
        for (name, property) in members(&self.resolved(read)["properties"]).filter(|(name, _)| *name != "id") {
            // Lists of what belongs to an object are recorded as accepted, and left aside.
            let kind = if self.resolved(property)["type"] == "array" { Kind::Ignored } else { Kind::ReadOnly };
            let field = fields.entry(name.clone()).or_insert_with(|| Field { rule: Rule::of(kind), is_required: false });
            // Some forms call a related object a number.
            if field.rule.kind == Kind::Integer && component(property).is_some() {
                field.rule = Rule { nullable: field.rule.nullable, ..Rule::of(Kind::Relation) };
            }
        }
        fields
    }

    /// The fields of an allocation: its own, and those of what it makes. The server chooses what makes up an address, so nothing is required that a form of the resource asks for.
    fn allocation(
        &self,
        operations: &'a Value,
        item: &'a Value,
        forms: &BTreeMap<String, Form>,
        paths: &'a serde_json::Map<String, Value>,
        line: ReleaseLine,
    ) -> BTreeMap<String, Field> {
        let made = component(&self.reply(&operations["post"], "201")["items"]).expect("an allocation answers with what it made");
        let is_plain = component(item) == Some(format!("{made}Request").as_str());
        let mut fields = self.fields(self.resolved(item));
        if is_plain {
            fields.values_mut().for_each(|field| field.is_required = false);
        }
        let resource = paths.iter().find(|(path, own)| {
            path.split('/').count() == 5
                && component(&self.resolved(self.reply(&own["get"], "200"))["properties"]["results"]["items"]) == Some(made)
        });
        let path = resource.map(|(path, _)| path.trim_start_matches("/api/").trim_end_matches('/')).expect("what is made has a list");
        for (name, field) in forms[path][&line].iter().filter(|(_, field)| field.rule.is_writable()) {
            fields.entry(name.clone()).or_insert_with(|| Field { is_required: false, ..field.clone() });
        }
        fields
    }

    fn fields(&self, form: &'a Value) -> BTreeMap<String, Field> {
        let required: BTreeSet<&str> = form["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        members(&form["properties"])
            .filter(|(_, property)| property["readOnly"] != true)
            .map(|(name, property)| (name.clone(), Field { rule: self.rule(property), is_required: required.contains(name.as_str()) }))
            .collect()
    }

    fn rule(&self, property: &'a Value) -> Rule {
        let mut rule = self.plain_rule(property);
        rule.nullable |= property["nullable"] == true;
        rule
    }

    fn plain_rule(&self, property: &'a Value) -> Rule {
        if component(property).is_some() {
            let schema = self.resolved(property);
            return if schema["type"] == "object" { Rule::of(Kind::Relation) } else { self.rule(schema) };
        }
        if let Some([first, others @ ..]) = property["oneOf"].as_array().map(Vec::as_slice) {
            if first["type"] == "integer" {
                return Rule::of(Kind::Relation);
            }
            // A pattern or an empty text.
            let may_be_blank = others.iter().any(|branch| branch["type"] == "string" && branch["minLength"].is_null());
            let rule = self.rule(first);
            return Rule { blank: rule.blank || may_be_blank, ..rule };
        }
        if let Some(values) = property["enum"].as_array() {
            return choice(property, values);
        }
        let limit = |name: &str, exclusive: &str| Some(Limit(property[name].as_f64()?, property[exclusive] == true));
        let is_nullable = property["nullable"] == true;
        let (min, max) = (limit("minimum", "exclusiveMinimum"), limit("maximum", "exclusiveMaximum"));
        match property["type"].as_str() {
            Some("string") => text(property),
            // An empty text stands for null where it is an id, which has no limits, or a number with a fraction.
            Some("integer") => Rule { min, max, blank: is_nullable && min.or(max).is_none(), ..Rule::of(Kind::Integer) },
            Some("number") => Rule { min, max, blank: is_nullable, ..Rule::of(Kind::Number) },
            Some("boolean") => Rule::of(Kind::Boolean),
            Some("object") => Rule::of(Kind::Object),
            Some("array") => {
                let items = &property["items"];
                // Numbers without limits are ids.
                let is_ids = items["type"] == "integer" && items["minimum"].is_null() && property["maxItems"].is_null();
                let items = if is_ids { Rule::of(Kind::Relation) } else { self.rule(items) };
                let (min_length, max_length) = (property["minItems"].as_u64(), property["maxItems"].as_u64());
                Rule { min_length, max_length, items: Some(Box::new(items)), ..Rule::of(Kind::List) }
            }
            _ => Rule::of(Kind::Any),
        }
    }

    /// What a request carries: of one object where it may be one or a list.
    fn body(&self, operation: &'a Value) -> Option<&'a Value> {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let schema = if schema["oneOf"].is_array() { &schema["oneOf"][0] } else { schema };
        schema.is_object().then(|| self.resolved(schema))
    }

    fn reply(&self, operation: &'a Value, status: &str) -> &'a Value {
        &operation["responses"][status]["content"]["application/json"]["schema"]
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        component(schema).map_or(schema, |name| &self.0["components"]["schemas"][name])
    }
}

/// The name of the component that a schema refers to, itself or as the one part of `allOf`.
fn component(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str())?;
    reference.rsplit('/').next()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn choice(property: &Value, values: &[Value]) -> Rule {
    let kind = match property["type"].as_str() {
        Some("string") => Kind::TextChoice,
        Some("integer") => Kind::NumberChoice,
        // Plugins say what there is.
        _ => return Rule::of(Kind::Any),
    };
    let choices = values.iter().filter_map(|value| match value {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let blank = values.iter().any(|value| value == "");
    // A choice that may be empty takes null for it.
    Rule { choices: choices.collect(), blank, nullable: blank || values.contains(&Value::Null), ..Rule::of(kind) }
}

fn text(property: &Value) -> Rule {
    let (min_length, max_length) = (property["minLength"].as_u64().filter(|length| *length > 0), property["maxLength"].as_u64());
    let text = Rule { min_length, max_length, blank: min_length.is_none(), ..Rule::of(Kind::Text) };
    match property["format"].as_str() {
        Some("date") => Rule::of(Kind::Date),
        Some("date-time") => Rule::of(Kind::DateTime),
        // Without a file there is none.
        Some("binary") => Rule { nullable: true, ..Rule::of(Kind::File) },
        Some("email") => Rule { pattern: Some("email"), ..text },
        Some("uri") | None => Rule { pattern: property["pattern"].as_str().map(pattern), ..text },
        Some(other) => panic!("a text of the format {other}: the checks have no word for it"),
    }
}

/// The checks' word for a regular expression.
fn pattern(expression: &str) -> &'static str {
    match expression {
        "^[-a-zA-Z0-9_]+$" => "slug",
        r"^[-\w]+$" => "unicode_slug",
        "^[0-9a-f]{6}$" => "color",
        r"^[\w.@+-]+$" => "username",
        "^[a-z0-9_]+$" => "field_name",
        r"^([0-9A-Za-z_-]+|\*)(\.[0-9A-Za-z_-]+)*\.?$" => "dns_name",
        other => panic!("the pattern {other}: the checks have no word for it"),
    }
}

impl Rule {
    fn of(kind: Kind) -> Rule {
        Rule {
            kind,
            nullable: false,
            blank: false,
            min_length: None,
            max_length: None,
            min: None,
            max: None,
            pattern: None,
            choices: BTreeSet::new(),
            extensible: false,
            items: None,
        }
    }

    pub(crate) fn is_writable(&self) -> bool {
        !matches!(self.kind, Kind::ReadOnly | Kind::Ignored)
    }

    /// The rule that takes what either takes.
    fn or(self, other: Rule) -> Rule {
        let nullable = self.nullable || other.nullable;
        match (self.kind, other.kind) {
            (own, others) if own == others => Rule {
                nullable,
                blank: self.blank || other.blank,
                pattern: self.pattern.filter(|own| Some(*own) == other.pattern),
                choices: &self.choices | &other.choices,
                items: self.items.clone().zip(other.items.clone()).map(|(own, others)| Box::new((*own).or(*others))),
                ..self.widened(&other)
            },
            // Forms for changing call a related object a number.
            (Kind::Relation, Kind::Integer) | (Kind::Integer, Kind::Relation) => Rule { nullable, ..Rule::of(Kind::Relation) },
            _ => Rule { nullable, ..Rule::of(Kind::Any) },
        }
    }

    /// The same with the wider of the limits of both.
    fn widened(self, other: &Rule) -> Rule {
        let wider = |own: Option<Limit>, others: Option<Limit>, sign: f64| {
            own.zip(others).map(|(own, others)| match (own.0 - others.0) * sign {
                difference if difference > 0.0 => own,
                difference if difference < 0.0 => others,
                _ => Limit(own.0, own.1 && others.1),
            })
        };
        Rule {
            min_length: self.min_length.zip(other.min_length).map(|(own, others)| own.min(others)),
            max_length: self.max_length.zip(other.max_length).map(|(own, others)| own.max(others)),
            min: wider(self.min, other.min, -1.0),
            max: wider(self.max, other.max, 1.0),
            items: self.items.clone().map(|items| match &other.items {
                // 4.3 declares ranges one list deeper than they are.
                Some(others) if others.kind != items.kind => Box::new(Rule::of(Kind::Any)),
                Some(others) => Box::new(items.widened(others)),
                None => items,
            }),
            ..self
        }
    }

    /// The choices of a field, or of the items of a list.
    fn choice_rule(&mut self) -> Option<&mut Rule> {
        match self.kind {
            Kind::TextChoice | Kind::NumberChoice => Some(self),
            _ => self.items.as_deref_mut().and_then(Rule::choice_rule),
        }
    }
}

/// Limits that a later line raised may be raised by a patch release of an earlier one, too.
fn widen_limits(form: &mut Form) {
    let mut later = BTreeMap::<String, Rule>::new();
    for fields in form.values_mut().rev() {
        for (name, field) in fields {
            if let Some(later) = later.get(name).filter(|later| later.kind == field.rule.kind) {
                field.rule = field.rule.clone().widened(later);
            }
            later.insert(name.clone(), field.rule.clone());
        }
    }
}

/// Choices that are not the same on several lines grow in patch releases, too. The choices of all lines are then taken for known.
fn open_choices(form: &mut Form) {
    let names: BTreeSet<String> = form.values().flat_map(|fields| fields.keys().cloned()).collect();
    for name in names {
        let mut rules: Vec<&mut Rule> = form.values_mut().filter_map(|fields| fields.get_mut(&name)?.rule.choice_rule()).collect();
        let all: BTreeSet<String> = rules.iter().flat_map(|rule| rule.choices.iter().cloned()).collect();
        let is_fixed = rules.len() > 1 && rules.iter().all(|rule| rule.choices == all);
        for rule in &mut rules {
            rule.extensible = !is_fixed;
            rule.choices.clone_from(&all);
        }
    }
}

/// Allocations take on all lines what only the documents of later ones tell.
fn lend_later_fields(form: &mut Form) {
    let mut later = BTreeMap::<String, Field>::new();
    for fields in form.values_mut().rev() {
        for (name, field) in &later {
            fields.entry(name.clone()).or_insert_with(|| Field { is_required: false, ..field.clone() });
        }
        later.clone_from(fields);
    }
}

impl Fixup {
    fn apply(&self, forms: &mut BTreeMap<String, Form>) {
        let Fixup(resource, name, change, reason) = self;
        let forms = forms.iter_mut().filter(|(path, _)| *resource == EVERYWHERE || resource == path);
        let mut is_needed = false;
        if let Change::Added = change {
            let rule = Rule { items: Some(Box::new(Rule { blank: true, ..Rule::of(Kind::Text) })), ..Rule::of(Kind::List) };
            for fields in forms.flat_map(|(_, form)| form.values_mut()) {
                is_needed |= fields.insert((*name).to_owned(), Field { rule: rule.clone(), is_required: false }).is_none();
            }
            assert!(is_needed, "the fixup of {resource} {name} no longer applies ({reason})");
            return;
        }
        for field in forms.flat_map(|(_, form)| form.values_mut()).filter_map(|fields| fields.get_mut(*name)) {
            let before = field.clone();
            match change {
                Change::Extensible => field.rule.choice_rule().into_iter().for_each(|rule| rule.extensible = true),
                Change::Writable if field.rule.kind == Kind::ReadOnly => field.rule = Rule { nullable: true, ..Rule::of(Kind::Relation) },
                Change::Writable | Change::Added => {}
                Change::Required => field.is_required = true,
                Change::Optional => field.is_required = false,
                Change::Filled => (field.rule.nullable, field.rule.blank) = (false, false),
            }
            is_needed |= *field != before;
        }
        assert!(is_needed, "the fixup of {resource} {name} no longer applies ({reason})");
    }
}

fn packed(forms: BTreeMap<String, Form>) -> Table {
    let mut rules = Vec::<Rule>::new();
    let rows_by_path = forms.into_iter().map(|(path, form)| {
        let mut rows = BTreeMap::<(String, usize), Row>::new();
        for (line, fields) in form {
            for (name, field) in fields {
                let rule = rules.iter().position(|rule| *rule == field.rule).unwrap_or_else(|| {
                    rules.push(field.rule.clone());
                    rules.len() - 1
                });
                let bit = 1 << (line.minor() - ReleaseLine::ALL[0].minor());
                let row = rows.entry((name.clone(), rule)).or_insert_with(|| Row(name, rule, 0, 0));
                row.2 |= bit;
                row.3 |= if field.is_required { bit } else { 0 };
            }
        }
        (path, rows.into_values().collect())
    });
    let forms = rows_by_path.collect();
    Table { rules, forms }
}

fn is_false(value: &bool) -> bool {
    !value
}
