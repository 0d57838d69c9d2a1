//! What one field takes. Where NetBox converts, as a number from a text, so does the check.

use serde_json::Value;

use super::finding::{Findings, Place};
use super::pattern::Pattern;
use crate::schema::nearest;

/// The texts that NetBox takes for a truth value, in small letters.
const BOOLEANS: [&str; 12] = ["t", "y", "yes", "true", "on", "1", "f", "n", "no", "false", "off", "0"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Text,
    Integer,
    Number,
    Boolean,
    Date,
    DateTime,
    File,
    Object,
    /// An id, or an object of what tells the related one.
    Relation,
    List,
    TextChoice,
    NumberChoice,
    ReadOnly,
    /// Read-only, and not worth a refusal.
    Ignored,
}

impl Kind {
    fn of(name: &str) -> Option<Kind> {
        Some(match name {
            "any" => Kind::Any,
            "text" => Kind::Text,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "boolean" => Kind::Boolean,
            "date" => Kind::Date,
            "date_time" => Kind::DateTime,
            "file" => Kind::File,
            "object" => Kind::Object,
            "relation" => Kind::Relation,
            "list" => Kind::List,
            "text_choice" => Kind::TextChoice,
            "number_choice" => Kind::NumberChoice,
            "read_only" => Kind::ReadOnly,
            "ignored" => Kind::Ignored,
            _ => return None,
        })
    }
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) kind: Kind,
    nullable: bool,
    /// Whether it may be an empty text.
    blank: bool,
    /// Characters of a text, items of a list.
    min_length: Option<usize>,
    max_length: Option<usize>,
    min: Option<Limit>,
    max: Option<Limit>,
    pattern: Option<Pattern>,
    choices: Vec<String>,
    /// Whether servers may have choices of their own.
    extensible: bool,
    items: Option<Box<Rule>>,
}

/// A value, and whether it is itself excluded.
#[derive(Debug, Clone, Copy)]
struct Limit(f64, bool);

impl Rule {
    /// A rule as the table has it: what it does not name is none, or not so. By hand, for derived code costs each user of this crate more time to compile than all of the checks.
    pub(super) fn of(packed: &Value) -> Option<Rule> {
        let is = |name| packed[name] == true;
        let length = |name| packed[name].as_u64().and_then(|length| usize::try_from(length).ok());
        let limit = |name| Some(Limit(packed[name][0].as_f64()?, packed[name][1].as_bool()?));
        let choices = packed["choices"].as_array().into_iter().flatten();
        Some(Rule {
            kind: Kind::of(packed["kind"].as_str()?)?,
            nullable: is("nullable"),
            blank: is("blank"),
            min_length: length("min_length"),
            max_length: length("max_length"),
            min: limit("min"),
            max: limit("max"),
            pattern: packed["pattern"].as_str().map_or(Some(None), |name| Pattern::of(name).map(Some))?,
            choices: choices.map(|choice| choice.as_str().map(str::to_owned)).collect::<Option<_>>()?,
            extensible: is("extensible"),
            items: packed["items"].as_object().map_or(Some(None), |_| Rule::of(&packed["items"]).map(Box::new).map(Some))?,
        })
    }

    pub(super) fn is_writable(&self) -> bool {
        !matches!(self.kind, Kind::ReadOnly | Kind::Ignored)
    }

    pub(super) fn check(&self, place: &Place<'_>, value: &Value, found: &mut Findings) {
        match (self.kind, value) {
            (Kind::Any, _) => {}
            (Kind::ReadOnly, _) => {
                found.violation(place, "is read-only");
            }
            (Kind::Ignored, _) => {
                found.warning(place, "is read-only");
            }
            (_, Value::Null) if self.nullable => {}
            (_, Value::Null) => {
                found.violation(place, "may not be null");
            }
            (Kind::File, _) => {
                found.violation(place, "is a file, which JSON cannot carry: send it as a part of a form");
            }
            (Kind::List, Value::Array(items)) => self.check_items(place, items, found),
            (Kind::Object, Value::Object(_)) | (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Relation, Value::Object(_) | Value::Number(_)) => {}
            (Kind::List | Kind::Object, _) => self.refuse_type(place, value, found),
            (_, Value::String(text)) if text.is_empty() => {
                let stands_for_null = self.nullable && matches!(self.kind, Kind::Relation | Kind::Boolean);
                if !(self.blank || stands_for_null) {
                    found.violation(place, "may not be blank");
                }
            }
            (Kind::TextChoice, Value::String(text)) => self.check_choice(place, value, text, found),
            (Kind::NumberChoice, _) => match integer(value) {
                Some(number) => self.check_choice(place, value, &number.to_string(), found),
                None => self.refuse_type(place, value, found),
            },
            (Kind::Text, Value::String(text)) => self.check_text(place, text, found),
            (Kind::Text, Value::Number(_)) => {}
            (Kind::Date | Kind::DateTime, Value::String(text)) => {
                if text.trim().as_bytes().first_chunk().is_none_or(|year: &[u8; 4]| !year.iter().all(u8::is_ascii_digit)) {
                    let (what, form) = match self.kind {
                        Kind::Date => ("a date", "YYYY-MM-DD"),
                        _ => ("a date and time", "YYYY-MM-DDThh:mm:ss with a zone"),
                    };
                    found.violation(place, format!("{} is not {what}", place.shown(value))).allowed = Some(form.to_owned());
                }
            }
            (Kind::Integer, _) => match integer(value) {
                Some(number) => self.check_range(place, value, number, found),
                None => self.refuse_type(place, value, found),
            },
            (Kind::Number, _) => match number(value) {
                Some(number) => self.check_range(place, value, number, found),
                None => self.refuse_type(place, value, found),
            },
            (Kind::Relation, Value::String(_)) if integer(value).is_some() => {}
            (Kind::Boolean, Value::String(text)) if BOOLEANS.contains(&text.to_ascii_lowercase().as_str()) => {}
            (Kind::Boolean, Value::Number(number)) if matches!(number.as_f64(), Some(0.0 | 1.0)) => {}
            (Kind::TextChoice, Value::Number(_) | Value::Bool(_)) if self.extensible => {}
            _ => self.refuse_type(place, value, found),
        }
    }

    fn check_items(&self, place: &Place<'_>, items: &[Value], found: &mut Findings) {
        if self.min_length.is_some_and(|least| items.len() < least) || self.max_length.is_some_and(|most| items.len() > most) {
            let has = if items.len() == 1 { "has 1 item".to_owned() } else { format!("has {} items", items.len()) };
            found.violation(place, has).allowed = Some(between(self.min_length, self.max_length));
        }
        for (index, item) in items.iter().enumerate() {
            if let Some(rule) = &self.items {
                rule.check(&Place::Item(place, index), item, found);
            }
        }
    }

    /// NetBox takes the white space off both ends before it counts and looks.
    fn check_text(&self, place: &Place<'_>, text: &str, found: &mut Findings) {
        let trimmed = text.trim();
        let count = text.chars().count();
        if self.min_length.is_some_and(|least| count < least) || self.max_length.is_some_and(|most| trimmed.chars().count() > most) {
            let allowed = format!("{} characters", between(self.min_length.filter(|least| *least > 1), self.max_length));
            found.violation(place, format!("is {count} characters long")).allowed = Some(allowed);
        }
        if let Some(pattern) = self.pattern.filter(|pattern| !trimmed.is_empty() && !pattern.fits(trimmed)) {
            found.violation(place, format!("{} does not fit", place.shown(&text.into()))).allowed = Some(pattern.words().to_owned());
        }
    }

    fn check_range(&self, place: &Place<'_>, value: &Value, number: f64, found: &mut Findings) {
        let is_below = self.min.is_some_and(|Limit(least, excluded)| number < least || (excluded && number <= least));
        let is_above = self.max.is_some_and(|Limit(most, excluded)| number > most || (excluded && number >= most));
        if is_below || is_above {
            let allowed = match (self.min, self.max) {
                (Some(Limit(least, false)), Some(Limit(most, false))) => format!("{least} to {most}"),
                (least, most) => {
                    let least = least.map(|Limit(least, excluded)| format!("{} {least}", if excluded { "more than" } else { "at least" }));
                    let most = most.map(|Limit(most, excluded)| format!("{} {most}", if excluded { "less than" } else { "at most" }));
                    [least, most].into_iter().flatten().collect::<Vec<_>>().join(" and ")
                }
            };
            found.violation(place, format!("{} is out of range", place.shown(value))).allowed = Some(allowed);
        }
    }

    fn check_choice(&self, place: &Place<'_>, value: &Value, choice: &str, found: &mut Findings) {
        if self.choices.iter().any(|own| own == choice) {
            return;
        }
        let message = format!("{} is no choice", place.shown(value));
        let finding = if self.extensible { found.warning(place, message) } else { found.violation(place, message) };
        finding.allowed = Some(self.choices.join(", "));
        let nearest = nearest(choice, self.choices.iter().map(String::as_str));
        finding.suggestions = nearest.into_iter().map(str::to_owned).collect();
    }

    fn refuse_type(&self, place: &Place<'_>, value: &Value, found: &mut Findings) {
        let wanted = match self.kind {
            Kind::Text | Kind::TextChoice => "a text",
            Kind::Integer | Kind::NumberChoice => "a whole number",
            Kind::Number => "a number",
            Kind::Boolean => "true or false",
            Kind::Date => "a text with a date",
            Kind::DateTime => "a text with a date and time",
            Kind::Object => "an object",
            Kind::List => "a list",
            Kind::Relation => "an id, or an object such as {\"name\": \"…\"}",
            Kind::Any | Kind::File | Kind::ReadOnly | Kind::Ignored => "something else",
        };
        found.violation(place, format!("must be {wanted}, not {}", place.shown(value)));
    }
}

/// A whole number, also as the text that NetBox takes for one.
fn integer(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            let digits =
                text.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|byte| byte == b'0')).map_or(text, |(digits, _)| digits);
            let is_number = digits.strip_prefix(['+', '-']).unwrap_or(digits).bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
            digits.replace('_', "").parse().ok().filter(|_| is_number)
        }
        _ => number(value).filter(|number| number.fract() == 0.0),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().replace('_', "").parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// `2`, `at least 2`, `at most 5` or `2 to 5`.
fn between(least: Option<usize>, most: Option<usize>) -> String {
    match (least, most) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => String::new(),
    }
}
