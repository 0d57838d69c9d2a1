//! What the body of an action has to be.

use serde_json::{Value, json};

use crate::error::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    None,
    /// One object.
    One,
    /// A list of objects.
    Many,
    /// A list of objects, each with its id.
    ManyWithIds,
    /// A list of ids, or of objects with their ids.
    Ids,
}

impl Body {
    /// Whether it is of this form, whatever is in it.
    pub(super) fn is_like(self, payload: &Value) -> bool {
        match self {
            Body::None => false,
            Body::One => payload.is_object(),
            Body::Many | Body::ManyWithIds | Body::Ids => payload.is_array(),
        }
    }

    /// The body as NetBox takes it. `what` names the action in a message.
    pub(super) fn checked(self, what: &str, payload: Option<Value>) -> Result<Option<Value>> {
        let payload = match (self, payload) {
            (Body::None, None) => return Ok(None),
            (Body::None, Some(_)) => return Err(Error::invalid_request(format!("{what} takes no body"))),
            (_, None) => return Err(Error::invalid_request(format!("{what} needs a body"))),
            (_, Some(payload)) => payload,
        };
        match payload {
            Value::Object(_) if self == Body::One => Ok(Some(payload)),
            Value::Array(entries) if self != Body::One => {
                let entries = entries.into_iter().enumerate().map(|(at, entry)| self.entry(entry).map_err(|wrong| (at, wrong)));
                let entries = entries.collect::<Result<_, _>>();
                entries
                    .map(|entries| Some(Value::Array(entries)))
                    .map_err(|(at, wrong)| Error::invalid_request(format!("{what}: entry [{at}] of the body {wrong}")))
            }
            other => {
                let wanted = if self == Body::One { "an object" } else { "a list" };
                Err(Error::invalid_request(format!("{what} takes {wanted}, and the body is {}", kind(&other))))
            }
        }
    }

    fn entry(self, entry: Value) -> Result<Value, String> {
        match &entry {
            Value::Number(_) | Value::String(_) if self == Body::Ids => Ok(json!({ "id": entry })),
            Value::Object(_) if self == Body::Many => Ok(entry),
            Value::Object(members) => match members.get("id") {
                Some(Value::Number(_) | Value::String(_)) => Ok(entry),
                None | Some(Value::Null) => Err("has no id".to_owned()),
                Some(id) => Err(format!("has {} as its id", kind(id))),
            },
            other if self == Body::Ids => Err(format!("is {}, neither an id nor an object", kind(other))),
            other => Err(format!("is {}, not an object", kind(other))),
        }
    }
}

/// What a value is, without the value: it may be a secret.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
