//! What a release line takes, checked before anything is sent.
//!
//! The rules are those of NetBox's OpenAPI documents, in one table for all lines, less what real servers were seen to take all the same. So these pass: relations as a number, as the text of
//! one, or as an object of what tells the related one; numbers and truth values as text; `changelog_message`, `add_tags` and `remove_tags`; allocations without the address that the server
//! picks. A choice that a server may have added by its configuration, a plugin or a patch release is a warning in the log, as are a name that is like none that the line has (a plugin may know it),
//! and a list that can only be read. Resources that the line's documents do not have, as those of plugins, are not checked, nor what is in `custom_fields` and other free JSON.
//!
//! NetBox itself leaves aside names that it does not know, and fields that can only be read. Here a name that is almost one of the form's, and a value that would be left aside, are refused:
//! what was meant would not be done. In a `PUT`, which may be an object as it was read, fields that can only be read pass.

mod finding;
mod pattern;
mod rule;
mod table;

use http::Method;
use serde_json::{Map, Value};

use self::finding::{Findings, Place};
use self::rule::Kind;
use self::table::Form;
use crate::error::{Error, ErrorKind, RequestInfo, Result};
use crate::schema::{ReleaseLine, nearest};

/// Names that every form takes, whatever the documents say.
const COMMON: [&str; 4] = ["id", "changelog_message", "add_tags", "remove_tags"];

/// How many violations the message of an error tells. [`Error::violations`] has them all.
const MOST_TOLD: usize = 100;

/// Checks what is about to be sent: `method` and the path below `/api/` (`dcim/devices/`, `dcim/devices/5/`, `ipam/prefixes/7/available-ips/`) with its body, an object or, where the
/// server takes one, a list of objects. A query and `/api/` before the path do not matter. Only `POST`, `PUT` and `PATCH` are checked, and what is required is not asked of a `PATCH`. `null` stands for no body.
///
/// ```
/// use netbox_sdk::http::Method;
/// use netbox_sdk::{ErrorKind, ReleaseLine, json, typed::validation};
///
/// let body = json!([{"prefix_length": "invalid"}, {"prefix_length": 28, "statsu": "active"}]);
/// let error = validation::check(ReleaseLine::V4_7, &Method::POST, "ipam/prefixes/7/available-ips/", &body).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::RequestValidation);
/// let paths: Vec<&str> = error.violations().iter().map(|violation| violation.path.as_str()).collect();
/// assert_eq!(paths, ["[0].prefix_length", "[1].statsu"]);
/// assert_eq!(error.violations()[1].suggestions, ["status"]);
/// ```
///
/// # Errors
/// [`ErrorKind::RequestValidation`]: the body is wrong. [`Error::violations`] has everything that is, and the message tells it. It holds no value of a field that is named like a secret.
pub fn check(line: ReleaseLine, method: &Method, path: &str, body: &Value) -> Result<()> {
    let path = path.split('?').next().unwrap_or_default().trim_matches('/');
    let path = path.strip_prefix("api/").unwrap_or(path);
    let Findings { violations, warnings } = findings(line, method, path, body)?;
    for warning in warnings {
        log::warn!("{method} /api/{path}/: {warning}");
    }
    if violations.is_empty() {
        return Ok(());
    }
    let mut told: Vec<String> = violations.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    if violations.len() > MOST_TOLD {
        told.push(format!("and {} more", violations.len() - MOST_TOLD));
    }
    let error = Error::new(ErrorKind::RequestValidation, format!("this is not what NetBox {line} takes: {}", told.join("; ")));
    Err(error.with_request(RequestInfo::unsent(method, &format!("{path}/"))).with_violations(violations))
}

/// The fields of a resource that can be written, on a line.
pub(super) fn writable(line: ReleaseLine, path: &str) -> Result<Vec<&'static str>> {
    let fields = Form::of(line, path)?.map(|form| form.fields).unwrap_or_default();
    Ok(fields.iter().filter(|field| field.rule.is_writable()).map(|field| field.name).collect())
}

/// Of a path without slashes around it.
fn findings(line: ReleaseLine, method: &Method, path: &str, body: &Value) -> Result<Findings> {
    let mut found = Findings::default();
    if ![Method::POST, Method::PUT, Method::PATCH].contains(method) || body.is_null() {
        return Ok(found);
    }
    let is_post = method == Method::POST;
    let (name, shape) = match path.split('/').collect::<Vec<_>>().as_slice() {
        [app, name] if is_post => (format!("{app}/{name}"), Shape::Any),
        [app, name] => (format!("{app}/{name}"), Shape::List),
        [app, name, _] if !is_post => (format!("{app}/{name}"), Shape::Object),
        [app, name, _, action] if is_post => (format!("{app}/{name}/{{id}}/{action}"), Shape::Any),
        _ => return Ok(found),
    };
    let Some(form) = Form::of(line, &name)? else { return Ok(found) };
    let check = Check {
        form: &form,
        name: &name,
        is_whole: method != Method::PATCH,
        is_put: method == Method::PUT,
        is_by_id: matches!(shape, Shape::List),
    };
    match (body, shape) {
        (Value::Object(members), Shape::Any | Shape::Object) => check.members(&Place::Body, members, &mut found),
        (Value::Array(entries), Shape::Any | Shape::List) => {
            for (index, entry) in entries.iter().enumerate() {
                let place = Place::Item(&Place::Body, index);
                match entry {
                    Value::Object(members) => check.members(&place, members, &mut found),
                    _ => {
                        found.violation(&place, "must be an object");
                    }
                }
            }
        }
        _ => {
            let wanted = match shape {
                Shape::Object => "an object",
                Shape::List => "a list of objects with their ids",
                Shape::Any => "an object or a list of objects",
            };
            found.violation(&Place::Body, format!("must be {wanted}"));
        }
    }
    Ok(found)
}

/// What a body may be.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Object,
    List,
    Any,
}

#[derive(Debug, Clone, Copy)]
struct Check<'a> {
    form: &'a Form,
    /// What the form is called in messages.
    name: &'a str,
    /// Whether what is required must be there.
    is_whole: bool,
    /// Whether it may be what was read, with all that cannot be written.
    is_put: bool,
    /// Whether each entry says by its id which object it changes.
    is_by_id: bool,
}

impl Check<'_> {
    fn members(self, place: &Place<'_>, members: &Map<String, Value>, found: &mut Findings) {
        for (name, value) in members {
            let place = Place::Field(place, name);
            match self.form.rule(name) {
                Some(rule) if self.is_put && !rule.is_writable() => {}
                Some(rule) => rule.check(&place, value, found),
                None if COMMON.contains(&name.as_str()) => {}
                None => self.unknown(&place, name, found),
            }
        }
        let required = self.form.fields.iter().filter(|field| field.is_required && self.is_whole).map(|field| field.name);
        for name in required.chain(self.is_by_id.then_some("id")).filter(|name| !members.contains_key(*name)) {
            found.violation(&Place::Field(place, name), "is required");
        }
    }

    fn unknown(self, place: &Place<'_>, name: &str, found: &mut Findings) {
        let message = format!("is no field of {}", self.name);
        let writable = || self.form.fields.iter().filter(|field| field.rule.is_writable());
        let mut suggestions = nearest(name, writable().map(|field| field.name));
        // As filters call it.
        let related = name.strip_suffix("_id").unwrap_or_default();
        suggestions.extend(writable().filter(|field| field.name == related && field.rule.kind == Kind::Relation).map(|field| field.name));
        suggestions.dedup();
        if suggestions.is_empty() {
            found.warning(place, message);
        } else {
            found.violation(place, message).suggestions = suggestions.into_iter().map(str::to_owned).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_may_be_right_on_some_server_is_a_warning() {
        for (method, path, body, expected) in [
            (Method::PATCH, "dcim/devices/1", json!({"status": "stagde"}), "status: \"stagde\" is no choice (did you mean staged?)"),
            (Method::PATCH, "core/data-sources", json!([{"id": 1, "warranty": 3}]), "[0].warranty: is no field of core/data-sources"),
            (Method::PATCH, "dcim/virtual-chassis/1", json!({"members": [1]}), "members: is read-only"),
            (
                Method::POST,
                "ipam/prefixes/1/available-ips",
                json!({"family": 4}),
                "family: is no field of ipam/prefixes/{id}/available-ips",
            ),
        ] {
            let found = findings(ReleaseLine::V4_7, &method, path, &body).unwrap();
            assert_eq!(found.violations, [], "{body}");
            assert_eq!(found.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
        }
        let found = findings(ReleaseLine::V4_7, &Method::PATCH, "dcim/devices/1", &json!({"status": "staged", "tags": [], "add_tags": []}));
        assert_eq!(found.unwrap().warnings, []);
    }
}
