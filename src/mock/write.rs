//! How objects are written: checked field by field, and kept as ids and values.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cables;
use super::changes::group_name;
use super::checks;
use super::clock;
use super::network::Network;
use super::refusal::{Errors, of_all};
use super::rules::{Form, Rules, Slug};
use super::store::{Row, Store};
use super::uploads;
use crate::schema::{Field, Kind};

/// Fields that name a type of objects, without `_type`.
const OF_TYPES: [&str; 10] = [
    "action_object",
    "assigned_object",
    "interface",
    "member",
    "object",
    "component",
    "parent_object",
    "related_object",
    "scope",
    "termination",
];

type Checked = std::result::Result<Value, Value>;

/// What a body makes of an object, or of none: the row to keep. A whole one (POST, PUT) needs what is required.
pub(super) fn written(
    rules: &Rules,
    store: &Store,
    resource: &str,
    body: &Value,
    old: Option<(u64, &Row)>,
    is_whole: bool,
) -> Result<Row, Errors> {
    let row = checked_fields(rules, store, resource, body, old.map(|(_, row)| row), is_whole)?;
    let mut errors = duplicates(rules, store, resource, &row, old.map(|(id, _)| id));
    for (name, _) in row.iter().filter(|(name, value)| value.is_null() && rules.needs_value(resource, name)) {
        errors.insert(name.clone(), json!(["This field cannot be null."]));
    }
    if old.is_some_and(|(id, _)| is_below(store, resource, &row, id)) {
        errors.insert("parent".to_owned(), json!(["Cannot assign self or a descendant as parent."]));
    }
    errors.extend(missing_objects(rules, store, resource, &row));
    if errors.is_empty() {
        errors = checks::errors(rules, store, resource, &row, old.map(|(id, _)| id));
    }
    if errors.is_empty() { Ok(row) } else { Err(errors) }
}

/// Objects of any type that are named and not there.
fn missing_objects(rules: &Rules, store: &Store, resource: &str, row: &Row) -> Errors {
    let mut errors = Errors::new();
    for (name, [of_type, of_id]) in &rules.model(resource).generic {
        let Some(target) = row.get(of_type).and_then(Value::as_str).and_then(|name| rules.resource_of_type(name)) else { continue };
        let Some(id) = row.get(of_id).and_then(Value::as_u64).filter(|id| store.get(target, *id).is_none()) else { continue };
        let model = rules.model(target);
        let app = model.r#type.split('.').next().unwrap_or_default();
        let place = || format!("{} > {} ID {id}", group_name(app), capital(&model.verbose));
        match resource {
            "extras/journal-entries" => errors.extend(of_all(&[format!("Invalid {name}: {}", place())])),
            "extras/image-attachments" => errors.extend(of_all(&[format!("Invalid parent object: {}", place())])),
            _ => drop(errors.insert(of_id.clone(), json!([format!("Related object not found using the provided value: {id}.")]))),
        }
    }
    errors
}

/// The same, whatever other objects hold.
pub(super) fn checked_fields(
    rules: &Rules,
    store: &Store,
    resource: &str,
    body: &Value,
    old: Option<&Row>,
    is_whole: bool,
) -> Result<Row, Errors> {
    let Some(body) = body.as_object() else {
        return Err(of_all(&[format!("Invalid data. Expected a dictionary, but got {}.", python_type(body))]));
    };
    let Some(schema) = rules.schema(resource) else { return Ok(Row::new()) };
    let mut row = old.cloned().unwrap_or_default();
    let mut errors = Errors::new();
    for (name, field) in schema.fields.iter().filter(|(_, field)| !field.read_only) {
        let form = rules.form(resource, name);
        match body.get(name) {
            // They are kept where cables are.
            ends if matches!(name.as_str(), "a_terminations" | "b_terminations") => {
                if let Some(Err(message)) = ends.map(|ends| cables::nodes(rules, store, ends)) {
                    errors.insert(name.clone(), message);
                }
            }
            Some(value) if name == "custom_fields" => match custom_fields(rules, store, resource, value, row.get(name)) {
                Ok(value) => drop(row.insert(name.clone(), value)),
                Err(message) => drop(errors.insert(name.clone(), message)),
            },
            Some(value) => match checked(rules, store, name, field, form, value) {
                Ok(value) => drop(row.insert(name.clone(), value)),
                Err(message) => drop(errors.insert(name.clone(), message)),
            },
            None if is_whole && rules.is_required(resource, name, field) => {
                let message = if field.kind == Kind::File { "No file was submitted." } else { "This field is required." };
                drop(errors.insert(name.clone(), json!([message])))
            }
            None if old.is_none() && name == "custom_fields" => drop(row.insert(name.clone(), custom_defaults(rules, store, resource))),
            None if old.is_none() && !form.write_only => drop(row.insert(name.clone(), rules.default(resource, name, field))),
            None => {}
        }
    }
    errors.extend(with_changed_tags(rules, store, resource, body, &mut row));
    if errors.is_empty() { Ok(row) } else { Err(errors) }
}

/// Adds the tags of `add_tags` to a row, and takes those of `remove_tags` away.
fn with_changed_tags(rules: &Rules, store: &Store, resource: &str, body: &Row, row: &mut Row) -> Errors {
    let mut errors = Errors::new();
    let Some(field) = rules.field(resource, "tags").filter(|field| field.reference.is_some()) else { return errors };
    let mut read = |name: &str| {
        let ids = body.get(name).map(|value| checked(rules, store, "tags", field, rules.form(resource, "tags"), value));
        match ids.transpose() {
            Ok(ids) => ids.and_then(|ids| ids.as_array().cloned()),
            Err(message) => {
                errors.insert(name.to_owned(), message);
                None
            }
        }
    };
    let (added, removed) = (read("add_tags"), read("remove_tags"));
    if added.is_none() && removed.is_none() {
        return errors;
    }
    if body.contains_key("tags") {
        let message = r#"Cannot specify "tags" together with "add_tags" or "remove_tags"."#;
        return Errors::from_iter([("tags".to_owned(), json!([message]))]);
    }
    let (added, removed) = (added.unwrap_or_default(), removed.unwrap_or_default());
    let in_both: Vec<&str> = added
        .iter()
        .filter(|id| removed.contains(id))
        .filter_map(|id| store.get("extras/tags", id.as_u64()?)?.get("name")?.as_str())
        .collect();
    if !in_both.is_empty() {
        let message = format!(r#"Tags may not be present in both "add_tags" and "remove_tags": {}"#, in_both.join(", "));
        errors.insert("remove_tags".to_owned(), json!([message]));
    }
    let mut tags = row.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    tags.retain(|id| !removed.contains(id) && !added.contains(id));
    tags.extend(added);
    row.insert("tags".to_owned(), Value::Array(tags));
    errors
}

fn checked(rules: &Rules, store: &Store, name: &str, field: &Field, form: &Form, value: &Value) -> Checked {
    if value.is_null() {
        return match () {
            () if field.nullable => Ok(Value::Null),
            () if form.blank => Ok(Value::Null),
            () if form.labels.is_some() && !field.is_list => Err(json!(["This field may not be blank."])),
            () => Err(json!(["This field may not be null."])),
        };
    }
    if !field.is_list {
        return one(rules, store, name, field, form, value);
    }
    let Some(items) = value.as_array() else {
        let message = json!([format!("Expected a list of items but got type \"{}\".", python_type(value))]);
        return Err(if is_nested(name, field) { json!({"__all__": message}) } else { message });
    };
    // References alone have errors of the list as a whole; those that NetBox's own lists of keys make are other ones than those of tags.
    let is_keys = name != "tags";
    if name == "vid_ranges" {
        let wrong: Row =
            items.iter().enumerate().filter_map(|(place, item)| Some((place.to_string(), json!([range_error(item)?])))).collect();
        if !wrong.is_empty() {
            return Err(Value::Object(wrong));
        }
    }
    let mut values = Vec::new();
    for item in items {
        match (&field.reference, item.as_u64()) {
            (Some(target), Some(id)) if is_keys && store.get(target, id).is_none() => {
                return Err(json!([format!("Invalid pk \"{id}\" - object does not exist.")]));
            }
            (Some(_), None) if is_keys && whole_number(item).is_none() => {
                return refused(format!("Incorrect type. Expected pk value, received {}.", python_type(item)));
            }
            _ => values.push(one(rules, store, name, field, form, item)?),
        }
    }
    if field.reference.is_some() {
        let mut seen = BTreeSet::new();
        values.retain(|id| id.as_u64().is_none_or(|id| seen.insert(id)));
    }
    Ok(Value::Array(values))
}

/// What is wrong with the form of a range of numbers.
fn range_error(item: &Value) -> Option<&'static str> {
    match item.as_array().map(Vec::as_slice) {
        Some([first, last]) if first.is_i64() && last.is_i64() => None,
        Some([_, _]) => Some("Range boundaries must be defined as integers."),
        _ => Some("Ranges must be specified in the form (lower, upper)."),
    }
}

/// Whether a field says of which type an object is, as `dcim.site`.
fn is_of_types(name: &str) -> bool {
    name.strip_suffix("_type").is_some_and(|name| OF_TYPES.contains(&name))
}

/// Whether a list is one of objects that are read by a form of their own, not of keys or values.
fn is_nested(name: &str, field: &Field) -> bool {
    match name {
        "tags" => field.reference.is_some(),
        _ => matches!(name, "a_terminations" | "b_terminations" | "front_ports" | "rear_ports" | "vid_ranges"),
    }
}

fn refused(message: impl Into<String>) -> Checked {
    Err(json!([message.into()]))
}

fn one(rules: &Rules, store: &Store, name: &str, field: &Field, form: &Form, value: &Value) -> Checked {
    if let Some(target) = &field.reference {
        return related(rules, store, target, value).map(Value::from).map_err(|message| json!([message]));
    }
    if !field.choices.is_empty() {
        return chosen(field, form, value).map_err(|message| json!([message]));
    }
    match field.kind {
        Kind::Integer => match whole_number(value) {
            Some(number) => within(form, number as f64, json!(number)),
            None if form.big => refused("A valid biginteger is required."),
            None => refused("A valid integer is required."),
        },
        Kind::Number => match value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite()) {
            Some(number) => within(form, number, json!(number)),
            None => refused("A valid number is required."),
        },
        Kind::Boolean => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) if matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on") => Ok(json!(true)),
            Value::String(text) if matches!(text.to_ascii_lowercase().as_str(), "false" | "0" | "no" | "off") => Ok(json!(false)),
            Value::Number(number) if matches!(number.as_u64(), Some(0 | 1)) => Ok(json!(number.as_u64() == Some(1))),
            _ => refused("Must be a valid boolean."),
        },
        Kind::Text => match value {
            Value::String(text) => text_value(rules, name, field, form, text.trim()),
            Value::Number(number) => text_value(rules, name, field, form, &number.to_string()),
            _ => refused("Not a valid string."),
        },
        Kind::File => match uploads::path(value) {
            Some(path) if store.file(path).is_some_and(|bytes| uploads::is_picture(bytes)) => Ok(json!(path)),
            Some(_) => refused("Upload a valid image. The file you uploaded was either not an image or a corrupted image."),
            None => refused("The submitted data was not a file. Check the encoding type on the form."),
        },
        Kind::Date if value.as_str().is_none_or(|text| !clock::is_date(text)) => {
            refused("Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")
        }
        Kind::DateTime if value.as_str().is_none_or(|text| !clock::is_date(text.get(..10).unwrap_or_default())) => refused(
            "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].".to_owned(),
        ),
        _ => Ok(value.clone()),
    }
}

/// The id of an object that is named by its id or by attributes.
fn related(rules: &Rules, store: &Store, target: &str, value: &Value) -> Result<u64, String> {
    if let Value::Object(attributes) = value {
        let attributes = flat(attributes);
        let fits = |id: u64| attributes.iter().all(|(path, wanted)| has_attribute(rules, store, target, id, path, wanted));
        let mut found = store.rows(target).map(|(id, _)| id).filter(|id| fits(*id));
        let (found, another) = (found.next(), found.next());
        let shown = python(&Value::Object(attributes.clone()));
        return match (found, another) {
            (Some(id), None) => Ok(id),
            (None, _) => Err(format!("Related object not found using the provided attributes: {shown}")),
            (Some(_), Some(_)) => Err(format!("Multiple objects match the provided attributes: {shown}")),
        };
    }
    let shown = value.as_str().map_or_else(|| python(value), str::to_owned);
    match whole_number(value).map(u64::try_from) {
        Some(Ok(id)) if store.get(target, id).is_some() => Ok(id),
        Some(_) => Err(format!("Related object not found using the provided numeric ID: {shown}")),
        None => Err(format!(
            "Related objects must be referenced by numeric ID or by dictionary of attributes. Received an unrecognized value: {shown}"
        )),
    }
}

/// Attributes of attributes, by paths as `manufacturer__name`.
fn flat(attributes: &Row) -> Row {
    let mut all = Row::new();
    for (name, value) in attributes {
        match value {
            Value::Object(nested) => all.extend(flat(nested).into_iter().map(|(path, value)| (format!("{name}__{path}"), value))),
            value => drop(all.insert(name.clone(), value.clone())),
        }
    }
    all
}

/// Whether a path of fields leads from an object to a value.
fn has_attribute(rules: &Rules, store: &Store, resource: &str, id: u64, path: &str, wanted: &Value) -> bool {
    let (name, rest) = path.split_once("__").map_or((path, None), |(name, rest)| (name, Some(rest)));
    if matches!(name, "id" | "pk") && rest.is_none() {
        return whole_number(wanted).and_then(|wanted| u64::try_from(wanted).ok()) == Some(id);
    }
    let field = |name| Some((name, rules.field(resource, name)?));
    // Django names a key by its field, too.
    let Some((name, field)) = field(name).or_else(|| field(name.strip_suffix("_id")?)) else { return false };
    let own = store.get(resource, id).and_then(|row| row.get(name)).unwrap_or(&Value::Null);
    match (&field.reference, rest) {
        (Some(target), rest) => {
            let ends = own.as_array().map_or_else(|| std::slice::from_ref(own), Vec::as_slice);
            let leads = |id: u64| has_attribute(rules, store, target, id, rest.unwrap_or("id"), wanted);
            ends.iter().filter_map(Value::as_u64).any(leads) || rest.is_none() && own.is_null() && wanted.is_null()
        }
        (None, None) => own == wanted,
        (None, Some(_)) => false,
    }
}

fn chosen(field: &Field, form: &Form, value: &Value) -> Result<Value, String> {
    let text = match value {
        Value::Object(_) | Value::Array(_) => {
            return Err("Value must be passed directly (e.g. \"foo\": 123); do not use a dictionary or list.".to_owned());
        }
        Value::String(text) if text.is_empty() && (form.blank || field.nullable) => return Ok(Value::Null),
        Value::String(text) if text.is_empty() => return Err("This field may not be blank.".to_owned()),
        Value::String(text) => text.clone(),
        Value::Bool(value) => (if *value { "True" } else { "False" }).to_owned(),
        other => other.to_string(),
    };
    match field.choices.contains(&text) {
        true if matches!(field.kind, Kind::Integer) => Ok(text.parse::<i64>().map_or_else(|_| value.clone(), Value::from)),
        true => Ok(Value::String(text)),
        // Those that are read as they are written are checked by another field of NetBox.
        false if form.labels.is_none() => Err(format!("\"{text}\" is not a valid choice.")),
        false => Err(format!("{text} is not a valid choice.")),
    }
}

fn text_value(rules: &Rules, name: &str, field: &Field, form: &Form, text: &str) -> Checked {
    if text.is_empty() {
        return match () {
            () if field.required => refused("This field may not be blank."),
            () if field.nullable => Ok(Value::Null),
            () => Ok(json!("")),
        };
    }
    let network = Network::of(text);
    match (name, network) {
        ("prefix", None) => return refused(format!("Invalid IP prefix format: {text}")),
        ("prefix", Some(network)) if network.base() != network => {
            return refused(format!("{text} is not a valid prefix. Did you mean {}?", network.base()));
        }
        ("address" | "start_address" | "end_address", None) => return refused(format!("Invalid IP address format: {text}")),
        ("prefix" | "address" | "start_address" | "end_address", Some(network)) => return Ok(json!(network.to_string())),
        ("mac_address", _) => return mac_address(text),
        _ if is_of_types(name) && !text.contains('.') => {
            return refused("Invalid value. Specify a content type as '<app_label>.<model_name>'.");
        }
        _ if is_of_types(name) && rules.resource_of_type(text).is_none() => return refused(format!("Invalid content type: {text}")),
        _ => {}
    }
    let mut errors = Vec::new();
    let is_of_slug =
        |letter: char| matches!(letter, '-' | '_') || letter.is_alphanumeric() && (form.slug == Some(Slug::Unicode) || letter.is_ascii());
    match form.slug.filter(|_| !text.chars().all(is_of_slug)) {
        Some(Slug::Ascii) => errors.push("Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.".to_owned()),
        // The field checks it, and the model does in its turn.
        Some(Slug::Unicode) => {
            let says = |open: char, close: char| {
                format!("Enter a valid {open}slug{close} consisting of Unicode letters, numbers, underscores, or hyphens.")
            };
            errors.extend([says('\u{201c}', '\u{201d}'), says('"', '"')]);
        }
        None => {}
    }
    if text.contains('\0') {
        errors.insert(0, "Null characters are not allowed.".to_owned());
    }
    if name == "dns_name" && !is_dns_name(text) {
        errors.push("Only alphanumeric characters, asterisks, hyphens, periods, and underscores are allowed in DNS names".to_owned());
    }
    let is_color = text.len() == 6 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if name == "color" && form.max_length == Some(6) && !is_color {
        errors.push("Enter a valid hexadecimal RGB color code.".to_owned());
    }
    if let Some(most) = form.max_length.filter(|most| text.chars().count() > *most) {
        errors.push(format!("Ensure this field has no more than {most} characters."));
    }
    if errors.is_empty() { Ok(json!(text)) } else { Err(json!(errors)) }
}

/// Labels with points between them and perhaps behind, the first of which may be a star.
fn is_dns_name(text: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let mut labels = text.strip_suffix('.').unwrap_or(text).split('.');
    labels.next().is_some_and(|first| first == "*" || is_label(first)) && labels.all(is_label)
}

/// An address in capitals with colons, however it is given.
fn mac_address(text: &str) -> Checked {
    let digits: String = text.chars().filter(|letter| !matches!(letter, ':' | '-' | '.')).collect();
    if digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return refused(format!("Invalid MAC address format: {text}"));
    }
    let pairs: Vec<&str> = digits.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
    Ok(json!(pairs.join(":").to_uppercase()))
}

fn within(form: &Form, number: f64, value: Value) -> Checked {
    let bound = |bound: &Option<Value>| bound.as_ref().and_then(|bound| Some((bound.as_f64()?, bound.to_string())));
    match (bound(&form.min), bound(&form.max)) {
        (Some((min, text)), _) if number < min => Err(json!([format!("Ensure this value is greater than or equal to {text}.")])),
        (_, Some((max, text))) if number > max => Err(json!([format!("Ensure this value is less than or equal to {text}.")])),
        _ => Ok(value),
    }
}

/// The custom fields of a resource: names with their default values.
pub(super) fn custom_defaults(rules: &Rules, store: &Store, resource: &str) -> Value {
    let fields = custom_fields_of(rules, store, resource);
    let values = fields.filter_map(|row| Some((row.get("name")?.as_str()?.to_owned(), row.get("default").cloned().unwrap_or(Value::Null))));
    Value::Object(values.collect())
}

/// The rows of the custom fields that objects of a resource have.
pub(super) fn custom_fields_of<'a>(rules: &'a Rules, store: &'a Store, resource: &str) -> impl Iterator<Item = &'a Row> + use<'a> {
    let r#type = &rules.model(resource).r#type;
    let is_of = |row: &Row| {
        row.get("object_types").and_then(Value::as_array).is_some_and(|types| types.iter().any(|other| other.as_str() == Some(r#type)))
    };
    store.rows("extras/custom-fields").map(|(_, row)| &**row).filter(move |row| is_of(row))
}

/// The values that an object holds, and those of fields that came later.
pub(super) fn with_custom_defaults(rules: &Rules, store: &Store, resource: &str, held: Option<&Value>) -> Value {
    let mut values = custom_defaults(rules, store, resource);
    if let Some(values) = values.as_object_mut() {
        values.extend(held.and_then(Value::as_object).cloned().unwrap_or_default());
    }
    values
}

fn custom_fields(rules: &Rules, store: &Store, resource: &str, value: &Value, old: Option<&Value>) -> Checked {
    if value.is_null() {
        return Err(json!(["This field may not be null."]));
    }
    let Some(given) = value.as_object() else { return Err(json!(["Invalid data. Expected a dictionary."])) };
    let mut values = custom_defaults(rules, store, resource);
    let unknown: Row = given
        .keys()
        .filter(|name| values.get(name.as_str()).is_none())
        .map(|name| (name.clone(), json!(format!("Custom field '{name}' does not exist for this object type."))))
        .collect();
    if !unknown.is_empty() {
        return Err(Value::Object(unknown));
    }
    for (name, value) in old.and_then(Value::as_object).into_iter().flatten().chain(given) {
        values[name.as_str()] = value.clone();
    }
    Ok(values)
}

/// Whether a row's parents lead to an object.
fn is_below(store: &Store, resource: &str, row: &Row, id: u64) -> bool {
    let parent = |row: &Row| row.get("parent").and_then(Value::as_u64);
    std::iter::successors(parent(row), |above| if *above == id { None } else { parent(store.get(resource, *above)?) })
        .any(|above| above == id)
}

/// What another object has already and only one may have.
fn duplicates(rules: &Rules, store: &Store, resource: &str, row: &Row, own: Option<u64>) -> Errors {
    let model = rules.model(resource);
    let mut errors = Errors::new();
    let mut of_all = Vec::new();
    for names in &model.unique {
        let (nulls_are_alike, names) = match names.split_first() {
            Some((first, rest)) if first == "null" => (true, rest),
            _ => (false, names.as_slice()),
        };
        let value = |row: &Row, name: &String| row.get(name).cloned().unwrap_or(Value::Null);
        let wanted: Vec<Value> = names.iter().map(|name| value(row, name)).collect();
        let is_known = names.iter().all(|name| rules.field(resource, name).is_some());
        let has_null = wanted.iter().any(Value::is_null);
        // Every free text may be empty, but for the name of a thing.
        if !is_known || has_null && !nulls_are_alike || wanted.iter().all(Value::is_null) || wanted.iter().all(|value| value == "") {
            continue;
        }
        let is_same = |other: &Row| names.iter().zip(&wanted).all(|(name, wanted)| other.get(name).unwrap_or(&Value::Null) == wanted);
        if !store.rows(resource).any(|(id, other)| Some(id) != own && is_same(other)) {
            continue;
        }
        match names {
            [name] => drop(
                errors.insert(name.clone(), json!([format!("{} with this {} already exists.", model.verbose, name.replace('_', " "))])),
            ),
            // These constraints have words of their own.
            [_, .., name] if nulls_are_alike && has_null => {
                of_all.push(format!("A {} with this {} already exists.", model.verbose, name.replace('_', " ")))
            }
            names => {
                let called = |name: &String| if name == "vid" { "VLAN ID".to_owned() } else { capital(&name.replace('_', " ")) };
                let names: Vec<String> = names.iter().map(called).collect();
                let listed = match names.split_last() {
                    Some((last, others)) => format!("{} and {last}", others.join(", ")),
                    None => String::new(),
                };
                of_all.push(format!("{} with this {listed} already exists.", capital(&model.verbose)));
            }
        }
    }
    let name = |row: &Row| row.get("name").and_then(Value::as_str).map(str::to_lowercase);
    let is_namesake = |other: &Row| name(other) == name(row) && ["site", "tenant"].iter().all(|field| other.get(*field) == row.get(*field));
    if resource == "dcim/devices" && name(row).is_some() && store.rows(resource).any(|(id, other)| Some(id) != own && is_namesake(other)) {
        of_all.push("Device name must be unique per site and tenant.".to_owned());
    }
    if !of_all.is_empty() {
        errors.insert("__all__".to_owned(), json!(of_all));
    }
    errors
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => {
            number.as_i64().or_else(|| number.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// What Python calls the type of a value.
pub(super) fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// A value as Python writes it.
fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(value) => (if *value { "True" } else { "False" }).to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{text}'"),
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            format!("{{{}}}", members.iter().map(|(name, value)| format!("'{name}': {}", python(value))).collect::<Vec<_>>().join(", "))
        }
    }
}
