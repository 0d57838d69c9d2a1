//! The same operations through pynetbox and through this crate: tests/pynetbox/compare.py has them, runs pynetbox's half, and compares.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use netbox_sdk::{Api, Available, Client, Error, ErrorKind, Filters, Record, Result, json};
use serde_json::Value;

use crate::support::{live_config, needed};

#[test]
fn what_pynetbox_does_is_done_here_or_pynetbox_is_wrong() {
    let (Some(config), Some(python)) = (live_config(), needed("PYNETBOX_PYTHON")) else { return };
    let nb = Api::new(Client::new(config.build().unwrap()).unwrap());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pynetbox/compare.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut results = child.stdin.take().unwrap();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let operation: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let result = perform(&nb, &operation).unwrap_or_else(|error| json!({"error": in_words(&error)}));
        writeln!(results, "{result}").unwrap();
    }
    assert!(child.wait().unwrap().success(), "see above what differs");
}

/// An error as the script names it on both sides.
fn in_words(error: &Error) -> String {
    match (error.kind(), error.status()) {
        (ErrorKind::MultipleObjects, _) => "several".to_owned(),
        (ErrorKind::Exhausted, _) => "exhausted".to_owned(),
        (_, Some(status)) if status.as_u16() >= 400 => format!("status {}", status.as_u16()),
        (kind, _) => format!("{kind:?}"),
    }
}

fn perform(nb: &Api, operation: &Value) -> Result<Value> {
    let text = |name: &str| operation[name].as_str().unwrap_or_default();
    let endpoint = nb.endpoint(text("path"));
    let filters = || Filters::from(operation["filters"].clone());
    let id = operation["id"].as_str().map_or_else(|| operation["id"].to_string(), str::to_owned);
    let record = || endpoint.get(&*id).map(|record| record.unwrap());
    let list = |name: &str| operation[name].as_array().unwrap();
    let records = || list("ids").iter().map(|id| endpoint.get(id.to_string()).map(Option::unwrap)).collect::<Result<Vec<_>>>();
    Ok(match text("do") {
        "get" => endpoint.get(&*id)?.map(|record| json!({"object": record.to_value(), "text": record.to_string()})).into(),
        "get_by" => endpoint.get_by(filters())?.map(|record| record.id()).into(),
        "filter" => ids(endpoint.filter(filters()))?,
        "by_ids" => {
            let wanted = operation["ids"].as_array().unwrap().iter().filter_map(Value::as_u64);
            ids(endpoint.by_ids(wanted))?
        }
        "count" => endpoint.filter(filters()).count()?.into(),
        "choices" => endpoint.choices(text("field"))?.iter().map(|choice| json!([choice["value"], choice["label"]])).collect(),
        "create" => json!({"id": endpoint.create(&operation["body"])?.id()}),
        "create_many" => names(endpoint.create_many(list("body"))?),
        "update_many" => names(endpoint.update_many(list("body").iter().cloned())?),
        "update_records" => {
            let mut records = records()?;
            for (record, values) in records.iter_mut().zip(list("set")) {
                put(nb, record, values)?;
            }
            let updated = names(endpoint.update_many(&mut records)?);
            json!({"result": updated, "again": records.iter().map(Record::updates).collect::<Value>()})
        }
        "update_filter" => names(endpoint.filter(filters()).update(&operation["body"])?),
        "delete_many" => endpoint.delete_many(list("ids").iter().cloned())?.into(),
        "delete_records" => endpoint.delete_many(&records()?)?.into(),
        "delete_found" => endpoint.delete_many(endpoint.filter(filters()).into_iter().collect::<Result<Vec<_>>>()?)?.into(),
        "delete_filter" => endpoint.filter(filters()).delete()?.into(),
        "related" => record()?.record(text("member")).unwrap().full_details()?.to_value(),
        "save" => {
            let mut record = match operation["fields"].as_str() {
                Some(fields) => endpoint.filter([("id", &*id)]).with("fields", fields).first()?.unwrap(),
                None => record()?,
            };
            put(nb, &mut record, &operation["set"])?;
            json!({"sent": record.updates(), "saved": record.save()?, "again": record.save()?})
        }
        "delete" => {
            record()?.delete()?;
            endpoint.get(&*id)?.map(|record| record.id()).into()
        }
        "available" => {
            let list = available(&record()?, text("what")).list()?;
            list.iter().map(|free| free.get("address").or(free.get("prefix")).unwrap_or(&free["vid"])).map(as_text).collect()
        }
        "allocate" => {
            let available = available(&record()?, text("what"));
            let made = match &operation["body"] {
                Value::Array(bodies) => available.create_many(bodies)?,
                body => vec![available.create(body)?],
            };
            made.iter().map(|record| json!({"id": record.id(), "text": record.to_string()})).collect()
        }
        "elevation" => {
            let units = record()?.elevation().into_iter().map(|unit| unit.map(|unit| json!([unit["name"], unit["device.id"]])));
            units.collect::<Result<Vec<_>>>()?.into()
        }
        "trace" => {
            let ends = |ends: &[Record]| ends.iter().map(Value::from).collect::<Value>();
            let trace = record()?.trace()?;
            let segments = trace.segments().iter();
            segments.map(|segment| json!([ends(segment.near_ends()), segment.cable().map(Record::id), ends(segment.far_ends())])).collect()
        }
        "render_config" => record()?.render_config()?.into_content().into(),
        other => panic!("no operation {other:?}"),
    })
}

/// Sets members; a value may name a record.
fn put(nb: &Api, record: &mut Record, values: &Value) -> Result<()> {
    for (path, value) in values.as_object().unwrap() {
        match &value["$record"] {
            Value::Null => record.set(path, value.clone()),
            other => record.set(path, &nb.endpoint(other[0].as_str().unwrap()).get(other[1].to_string())?.unwrap()),
        }
    }
    Ok(())
}

fn names(records: Vec<Record>) -> Value {
    records.iter().map(|record| record["name"].clone()).collect()
}

fn ids(list: impl IntoIterator<Item = Result<Record>>) -> Result<Value> {
    list.into_iter().map(|record| record.map(|record| record.id())).collect::<Result<Vec<_>>>().map(Value::from)
}

fn available(record: &Record, what: &str) -> Available {
    match what {
        "available_ips" => record.available_ips(),
        "available_prefixes" => record.available_prefixes(),
        "available_vlans" => record.available_vlans(),
        "available_asns" => record.available_asns(),
        other => panic!("nothing is {other:?}"),
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
