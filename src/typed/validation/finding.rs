//! What a check finds, and where.

use std::fmt;

use serde_json::Value;

use crate::error::Violation;
use crate::redact::is_secret_name;

/// How many characters of a text are shown.
const MOST_SHOWN: usize = 40;

/// A place in a body.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Body,
    Item(&'a Place<'a>, usize),
    Field(&'a Place<'a>, &'a str),
}

impl Place<'_> {
    fn is_secret(&self) -> bool {
        match self {
            Place::Body => false,
            Place::Item(outer, _) => outer.is_secret(),
            Place::Field(outer, name) => is_secret_name(name) || outer.is_secret(),
        }
    }

    /// A value as a message may name it. Not that of a secret.
    pub(super) fn shown(&self, value: &Value) -> String {
        match value {
            Value::Null => "null".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            _ if self.is_secret() => "the value given".to_owned(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::String(text) => match text.char_indices().nth(MOST_SHOWN) {
                Some((end, _)) => format!("{:?}…", &text[..end]),
                None => format!("{text:?}"),
            },
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Body => Ok(()),
            Place::Item(outer, index) => write!(f, "{outer}[{index}]"),
            Place::Field(Place::Body, name) => write!(f, "{}", name.escape_debug()),
            Place::Field(outer, name) => write!(f, "{outer}.{}", name.escape_debug()),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) violations: Vec<Violation>,
    /// What is odd, and may be right on some server.
    pub(super) warnings: Vec<Violation>,
}

impl Findings {
    pub(super) fn violation(&mut self, place: &Place<'_>, message: impl Into<String>) -> &mut Violation {
        add(&mut self.violations, place, message.into())
    }

    pub(super) fn warning(&mut self, place: &Place<'_>, message: impl Into<String>) -> &mut Violation {
        add(&mut self.warnings, place, message.into())
    }
}

fn add<'a>(list: &'a mut Vec<Violation>, place: &Place<'_>, message: String) -> &'a mut Violation {
    let number = list.len();
    list.push(Violation { path: place.to_string(), message, allowed: None, suggestions: Vec::new() });
    &mut list[number]
}
