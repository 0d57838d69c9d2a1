//! The types: what was recorded of real servers is read into them, and nothing that they know is lost.

#[cfg(feature = "v4_7")]
mod bulk;
#[cfg(feature = "v4_7")]
mod configured;
#[cfg(feature = "v4_7")]
mod details;
#[cfg(feature = "v4_7")]
mod endpoints;
#[cfg(feature = "v4_7")]
mod everything;
#[cfg(feature = "v4_7")]
mod live;
#[cfg(feature = "v4_7")]
mod objects;
#[cfg(feature = "v4_7")]
mod permissions;
#[rustfmt::skip]
mod replies;
#[cfg(feature = "v4_7")]
mod writes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::recordings::each_line_of;
use crate::support::needed;

/// Line and name of a reply, and what reads one of its objects into its type and writes it again. A name is the path of a resource, maybe with `?brief`, or one below its objects, maybe with the method.
type Reply = (&'static str, &'static str, fn(&str) -> Result<Value, String>);

fn read_and_write<T: DeserializeOwned + Serialize + Clone + PartialEq>(text: &str) -> Result<Value, String> {
    let object: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if object.clone() != object {
        return Err("it differs from its copy".to_owned());
    }
    serde_json::to_value(&object).map_err(|error| error.to_string())
}

/// One line of a recording, as far as it matters here.
#[derive(Deserialize)]
struct Exchange<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    status: u16,
    #[serde(borrow)]
    response: &'a RawValue,
}

impl Exchange<'_> {
    /// The name of the reply in the table. None of what asks for other members than an object has, or its short form.
    fn reply(&self) -> Option<String> {
        if !matches!(self.status, 200 | 201) || !matches!(self.method, "GET" | "POST" | "PUT" | "PATCH") {
            return None;
        }
        let parameters: Vec<&str> = self.query.split('&').filter_map(|pair| pair.split('=').next()).collect();
        if ["fields", "omit", "exclude"].iter().any(|projection| parameters.contains(projection)) {
            return None;
        }
        let parts: Vec<&str> = self.path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            // No object of the list, but a file of scripts.
            ["api", "extras", "scripts", "upload", ..] => Some("extras/scripts/upload".to_owned()),
            ["api", app, name] | ["api", app, name, _] if parameters.contains(&"brief") => Some(format!("{app}/{name}?brief")),
            ["api", app, name] | ["api", app, name, _] => Some(format!("{app}/{name}")),
            ["api", app, name, _, below] if self.method == "GET" => Some(format!("{app}/{name}/{{id}}/{below}")),
            ["api", app, name, _, below] => Some(format!("{app}/{name}/{{id}}/{below} {}", self.method)),
            _ => None,
        }
    }
}

/// Why some replies have no type, by the end or the begin of their names.
const UNTYPED: [(&str, &str); 9] = [
    ("extras/scripts/upload", "what came of a file that was sent as a form"),
    ("?brief", "the documents do not have the short form: select() reads it into a struct of one's own"),
    ("core/background-", "the documents say that it is any object: the facade has it"),
    ("dcim/connected-device", "one object or none, by a query: the facade has it"),
    ("extras/dashboard", "no list of objects, and widgets are any JSON: the facade has it"),
    ("users/config", "any JSON: the facade has it"),
    ("plugins/", "no document of a release line has it: the facade has it"),
    ("/render POST", "RenderedConfig, which the facade reads, too"),
    ("/render-config POST", "RenderedConfig, which the facade reads, too"),
];

#[test]
fn every_recorded_reply_is_read_and_nothing_that_is_known_is_lost() {
    let Some(folder) = needed("NETBOX_RECORDINGS") else { return };
    let types: HashMap<(&str, &str), _> = replies::REPLIES.iter().map(|(line, path, read)| ((*line, *path), read)).collect();
    let lines: BTreeSet<&str> = replies::REPLIES.iter().map(|(line, ..)| *line).collect();
    let mut problems = BTreeMap::<String, (usize, String)>::new();
    let mut unknown = BTreeMap::<String, usize>::new();
    let mut objects = 0;
    let mut read_replies = BTreeMap::<String, usize>::new();
    each_line_of(Path::new(&folder), |file, text| {
        let line = file.trim_start_matches("netbox-").trim_end_matches(".jsonl.gz");
        // Parts of a line stand for all of it: to parse all would take the most of the time.
        if !text.contains(r#""status":200"#) && !text.contains(r#""status":201"#) {
            return;
        }
        let exchange: Exchange<'_> = serde_json::from_str(text).unwrap();
        let Some(name) = exchange.reply() else { return };
        let Some(read) = types.get(&(line, name.as_str())) else {
            // The types of a line may not be compiled in.
            if lines.contains(line) && !UNTYPED.iter().any(|(part, _)| name.ends_with(part) || name.starts_with(part)) {
                problems.entry(format!("{line} {name}: no type reads it")).or_insert((0, exchange.path.to_owned())).0 += 1;
            }
            return;
        };
        let Ok(reply) = serde_json::from_str::<Value>(exchange.response.get()) else { return };
        let rows = match reply {
            Value::Array(rows) => rows,
            Value::Object(mut page) if page.contains_key("results") && page.contains_key("next") => {
                serde_json::from_value(page.remove("results").unwrap()).unwrap()
            }
            Value::Object(object) => vec![Value::Object(object)],
            // A text: an export, a drawing, or a page for people.
            _ => return,
        };
        *read_replies.entry(name.clone()).or_default() += rows.len();
        for row in rows {
            objects += 1;
            let text = row.to_string();
            let mut lost = Vec::new();
            match read(&text) {
                Ok(written) => {
                    compare(&row, &written, "", &mut lost, &mut |place| *unknown.entry(format!("{name}{place}")).or_default() += 1)
                }
                Err(error) => lost.push(error.split(" at line").next().unwrap_or_default().to_owned()),
            }
            for problem in lost {
                let known = problems.entry(format!("{line} {name}: {problem}")).or_insert_with(|| (0, text.chars().take(300).collect()));
                known.0 += 1;
            }
        }
    });
    println!("{objects} objects of {} replies were read; members that no type has: {unknown:?}", read_replies.len());
    let told: Vec<String> = problems.iter().map(|(problem, (count, text))| format!("{problem} ({count} times), as in {text}")).collect();
    assert!(told.is_empty(), "{} kinds of problems:\n{}", told.len(), told.join("\n"));
    for kind in ["dcim/interfaces/{id}/trace", "dcim/racks/{id}/elevation", "ipam/ip-ranges/{id}/available-ips POST", "dcim/devices?brief"]
    {
        assert!(read_replies.get(kind).is_some_and(|count| *count > 0), "no {kind} was read: {read_replies:?}");
    }
    // Of each line some thousand.
    assert!(objects >= 4000 * lines.len(), "only {objects} objects were found");
}

/// Goes through what came and what was written together.
fn compare(came: &Value, written: &Value, place: &str, lost: &mut Vec<String>, unknown: &mut dyn FnMut(&str)) {
    match (came, written) {
        (Value::Object(came), Value::Object(written)) => {
            for (name, member) in came {
                let place = format!("{place}.{name}");
                match written.get(name) {
                    Some(written) => compare(member, written, &place, lost, unknown),
                    None => unknown(&place),
                }
            }
        }
        (Value::Array(came), Value::Array(written)) if came.len() == written.len() => {
            came.iter().zip(written).for_each(|(came, written)| compare(came, written, place, lost, unknown));
        }
        // No list is an empty one.
        (Value::Null, Value::Array(list)) if list.is_empty() => {}
        (Value::Number(came), Value::Number(written)) if came.as_f64() == written.as_f64() => {}
        _ if came == written => {}
        _ => lost.push(format!("{place} came as {came} and is written as {written}")),
    }
}

/// How many changed replies are read.
const MUTATIONS: usize = 10_000;

#[test]
fn a_changed_reply_is_a_value_or_a_precise_error() {
    let Some(folder) = needed("NETBOX_RECORDINGS") else { return };
    let types: HashMap<(&str, &str), _> = replies::REPLIES.iter().map(|(line, path, read)| ((*line, *path), read)).collect();
    let mut objects = Vec::new();
    each_line_of(Path::new(&folder), |file, text| {
        let line = file.trim_start_matches("netbox-").trim_end_matches(".jsonl.gz");
        if !text.contains(r#""status":201"#) {
            return;
        }
        let exchange: Exchange<'_> = serde_json::from_str(text).unwrap();
        let parts: Vec<&str> = exchange.path.trim_matches('/').split('/').collect();
        let ["api", app, name] = parts.as_slice() else { return };
        let read = types.get(&(line, format!("{app}/{name}").as_str())).copied();
        if let (Some(read), Ok(object @ Value::Object(_))) = (read, serde_json::from_str(exchange.response.get())) {
            objects.push((*read, object));
        }
    });
    let mut dice = Dice(0x5eed);
    let (mut values, mut errors) = (0, BTreeMap::<String, usize>::new());
    for number in 0..MUTATIONS {
        let (read, object) = &objects[number % objects.len()];
        let mut object = object.clone();
        mutate(&mut object, &mut dice);
        match read(&object.to_string()) {
            Ok(_) => values += 1,
            Err(error) => {
                let kind = error.split(['`', '"', ',']).next().unwrap_or_default().trim().to_owned();
                *errors.entry(kind).or_default() += 1;
                assert!(error.contains("expected") || error.contains("missing field"), "{error}");
            }
        }
    }
    println!("{values} values, errors: {errors:?}");
    assert!(values > MUTATIONS / 10 && errors.values().sum::<usize>() > MUTATIONS / 10, "{values} {errors:?}");
}

/// Numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Changes one member, here or further below.
fn mutate(object: &mut Value, dice: &mut Dice) {
    let Value::Object(members) = object else { return };
    let Some(name) = members.keys().nth(dice.below(members.len().max(1))).cloned() else { return };
    if members[&name].is_object() && dice.below(2) == 0 {
        return mutate(&mut members[&name], dice);
    }
    let deep = || (0..60).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let value = match dice.below(10) {
        0 => {
            members.remove(&name);
            return;
        }
        1 => Value::Null,
        2 => Value::from(-1),
        3 => Value::from(1e300),
        4 => Value::from("x".repeat(100_000)),
        5 => Value::from(u64::MAX),
        6 => Value::Bool(true),
        7 => Value::Array(vec![Value::Null]),
        8 => deep(),
        _ => {
            members.insert(format!("{name}_x"), deep());
            return;
        }
    };
    members.insert(name, value);
}
