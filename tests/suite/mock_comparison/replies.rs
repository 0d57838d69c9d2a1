//! Replies, and what differs between two.

use netbox_sdk::{ApiResponse, RequestBuilder};
use serde_json::{Map, Value};

/// What is compared of a reply.
pub struct Reply {
    pub status: u16,
    /// `None` where it is no JSON.
    pub body: Option<Value>,
    /// What the headers say, and whether those are there whose values are nobody else's.
    headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub fn to(request: RequestBuilder) -> Reply {
        let reply = request.send().unwrap();
        let kind = reply.header("content-type").unwrap_or("-").split(';').next().unwrap_or_default().to_owned();
        let is_there = |name: &str| if reply.header(name).is_some() { "there" } else { "-" }.to_owned();
        Reply {
            status: reply.status().as_u16(),
            body: body(&reply),
            headers: vec![
                ("Content-Type", kind),
                ("Allow", reply.header("allow").unwrap_or("-").to_owned()),
                ("ETag", is_there("etag")),
                ("Location", is_there("location")),
            ],
        }
    }

    pub fn id(&self) -> Option<u64> {
        self.body.as_ref()?["id"].as_u64().filter(|_| self.status == 201)
    }
}

fn body(reply: &ApiResponse) -> Option<Value> {
    match reply.bytes() {
        b"" => Some(Value::Null),
        _ => reply.json().ok(),
    }
}

/// What differs, as `request: place NetBox / mock`.
pub fn differences(request: &str, real: &Reply, mock: &Reply) -> Vec<String> {
    if real.status != mock.status {
        return vec![format!("{request}: status {} / {}", real.status, mock.status)];
    }
    let mut found = Vec::new();
    for ((name, real), (_, mock)) in real.headers.iter().zip(&mock.headers) {
        if real != mock {
            found.push(format!("{request}: {name} {real} / {mock}"));
        }
    }
    match (&real.body, &mock.body) {
        (Some(real), Some(mock)) => compare("body", real, mock, &mut |difference| found.push(format!("{request}: {difference}"))),
        (real, mock) => {
            if real.is_some() != mock.is_some() {
                found.push(format!("{request}: body {} / {}", kind(real.as_ref()), kind(mock.as_ref())));
            }
        }
    }
    found
}

fn compare(place: &str, real: &Value, mock: &Value, tell: &mut dyn FnMut(String)) {
    match (real, mock) {
        // What is in there is the lab's.
        (Value::Object(_), Value::Object(_)) if matches!(place.rsplit('.').next(), Some("custom_fields" | "config_context")) => {}
        (Value::Object(real), Value::Object(mock)) => members(place, real, mock, tell),
        (Value::Array(real), Value::Array(mock)) => match (real.first(), mock.first()) {
            (None, None) => {}
            (Some(real), Some(mock)) => compare(&format!("{place}[]"), real, mock, tell),
            (real, mock) => tell(format!("{place}[] {} / {}", kind(real), kind(mock))),
        },
        _ if kind(Some(real)) == kind(Some(mock)) => {}
        _ => tell(format!("{place} {} / {}", kind(Some(real)), kind(Some(mock)))),
    }
}

fn members(place: &str, real: &Map<String, Value>, mock: &Map<String, Value>, tell: &mut dyn FnMut(String)) {
    for (name, value) in real {
        let place = format!("{place}.{name}");
        match mock.get(name) {
            Some(mock) => compare(&place, value, mock, tell),
            None => tell(format!("{place} {} / absent", kind(Some(value)))),
        }
    }
    for (name, value) in mock.iter().filter(|(name, _)| !real.contains_key(*name)) {
        tell(format!("{place}.{name} absent / {}", kind(Some(value))));
    }
}

fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "nothing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(number)) if number.is_f64() => "number",
        Some(Value::Number(_)) => "integer",
        Some(Value::String(_)) => "text",
        Some(Value::Array(_)) => "list",
        Some(Value::Object(_)) => "object",
    }
}
