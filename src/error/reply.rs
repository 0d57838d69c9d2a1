//! What NetBox says when it refuses, in all the shapes that it uses, as one tree and one sentence.

use std::fmt;

use serde_json::Value;

/// Members that speak of the whole object, not of a field of it.
const OBJECT_KEYS: [&str; 5] = ["detail", "__all__", "non_field_errors", "error", "exception"];

/// How much of a page that is not JSON goes into the message.
const EXCERPT: usize = 200;

/// The server's refusal as a tree: messages, below them fields, and positions or ids of a bulk request.
///
/// `Display` is the whole tree as one sentence; only what the server says may break the line. Read from `{"detail"}`, `{"field": ["…"]}`, `{"__all__": […]}`, nested objects, lists,
/// lists by position, `{"detail", "errors": [{"index" | "id", "errors"}]}`, `{"error", "exception"}`, HTML and plain text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorReply {
    messages: Vec<String>,
    fields: Vec<(String, ErrorReply)>,
    items: Vec<(ErrorItem, ErrorReply)>,
}

/// Which object of a bulk request an error is about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorItem {
    /// Its position in the list that was sent, from 0.
    Index(u64),
    /// Its id, as the server wrote it.
    Id(String),
}

impl ErrorReply {
    /// What is said of the object as a whole.
    pub fn messages(&self) -> &[String] {
        &self.messages
    }

    /// What is said of its fields, in the order in which [`serde_json::Value`] holds them: by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &ErrorReply)> {
        self.fields.iter().map(|(name, reply)| (name.as_str(), reply))
    }

    /// What is said of one field.
    pub fn field(&self, name: &str) -> Option<&ErrorReply> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, reply)| reply)
    }

    /// What is said of the objects of a bulk request.
    pub fn items(&self) -> impl Iterator<Item = (&ErrorItem, &ErrorReply)> {
        self.items.iter().map(|(item, reply)| (item, reply))
    }

    /// Whether the server said nothing.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.fields.is_empty() && self.items.is_empty()
    }

    pub(crate) fn parse(content_type: &str, body: &str) -> ErrorReply {
        match serde_json::from_str::<Value>(body) {
            Ok(value) => ErrorReply::of_value(&value),
            Err(_) => ErrorReply { messages: vec![describe_page(content_type, body)], ..ErrorReply::default() },
        }
    }

    pub(crate) fn of_messages(messages: Vec<String>) -> ErrorReply {
        ErrorReply { messages, ..ErrorReply::default() }
    }

    /// Puts places for positions of the objects.
    pub(crate) fn set_places(&mut self, places: &[u64]) {
        for (item, _) in &mut self.items {
            if let ErrorItem::Index(position) = item {
                let place = usize::try_from(*position).ok().and_then(|position| places.get(position));
                *position = place.copied().unwrap_or(*position);
            }
        }
    }

    pub(crate) fn of_value(value: &Value) -> ErrorReply {
        let mut reply = ErrorReply::default();
        match value {
            Value::Null => {}
            // A server error may come with an empty "error" beside the name of its exception.
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => reply.messages.push(text.clone()),
            Value::Array(list) => {
                for (index, entry) in list.iter().enumerate() {
                    match entry {
                        Value::Object(_) | Value::Array(_) => {
                            let below = ErrorReply::of_value(entry);
                            // The objects that were fine stand in the list as {}.
                            if !below.is_empty() {
                                reply.items.push((ErrorItem::Index(index as u64), below));
                            }
                        }
                        _ => reply.messages.extend(ErrorReply::of_value(entry).messages),
                    }
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    match bulk_entries(name, member) {
                        Some(items) => reply.items.extend(items),
                        None if OBJECT_KEYS.contains(&name.as_str()) && !member.is_object() => {
                            let below = ErrorReply::of_value(member);
                            reply.messages.extend(below.messages);
                            reply.items.extend(below.items);
                        }
                        None => reply.fields.push((name.clone(), ErrorReply::of_value(member))),
                    }
                }
            }
            other => reply.messages.push(other.to_string()),
        }
        reply
    }

    fn write_behind_name(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() { Ok(()) } else { write!(f, ": {self}") }
    }
}

/// The entries of `"errors": [{"index" | "id": …, "errors": {…}}]`, where that is what the member is.
fn bulk_entries(name: &str, member: &Value) -> Option<Vec<(ErrorItem, ErrorReply)>> {
    let list = member.as_array().filter(|list| name == "errors" && !list.is_empty())?;
    list.iter()
        .map(|entry| {
            let item = match (entry.get("index").and_then(Value::as_u64), entry.get("id")) {
                (Some(index), _) => ErrorItem::Index(index),
                (None, Some(Value::String(id))) => ErrorItem::Id(id.clone()),
                (None, id) => ErrorItem::Id(id?.to_string()),
            };
            Some((item, ErrorReply::of_value(entry.get("errors")?)))
        })
        .collect()
}

impl fmt::Display for ErrorReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for message in &self.messages {
            write!(f, "{separator}{message}")?;
            separator = if message.ends_with(['.', '!', '?']) { " " } else { "; " };
        }
        for (name, below) in &self.fields {
            write!(f, "{separator}{name}")?;
            below.write_behind_name(f)?;
            separator = "; ";
        }
        for (item, below) in &self.items {
            write!(f, "{separator}{item}")?;
            below.write_behind_name(f)?;
            separator = "; ";
        }
        Ok(())
    }
}

impl fmt::Display for ErrorItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ErrorItem::Index(index) => write!(f, "[{index}]"),
            ErrorItem::Id(id) => write!(f, "id {id}"),
        }
    }
}

/// Names a body that is not JSON for what it is.
pub(crate) fn describe_page(content_type: &str, body: &str) -> String {
    let text = body.trim();
    if text.is_empty() {
        return "an empty body".to_owned();
    }
    if is_login_page(text) {
        return "NetBox's login page instead of a reply of the API".to_owned();
    }
    if !looks_like_html(content_type, text) {
        return excerpt(text);
    }
    let words = visible_text(text);
    // A long page is navigation for the most part; its title says what it is.
    let says = match html_title(text) {
        Some(title) if words.is_empty() || words.chars().count() > EXCERPT / 2 => title,
        Some(title) if !words.contains(&title) => format!("{title}: {words}"),
        _ => words,
    };
    let page = "an HTML page, not a reply of the API";
    if says.is_empty() { page.to_owned() } else { format!("{page}: {}", excerpt(&says)) }
}

/// Whether a page asks for a user name and a password.
pub(crate) fn is_login_page(text: &str) -> bool {
    looks_like_html("", text) && text.contains("id_username") && text.contains("id_password")
}

fn looks_like_html(content_type: &str, text: &str) -> bool {
    let start: String = text.chars().take(400).collect::<String>().to_ascii_lowercase();
    let is_named_html = content_type.trim_start().to_ascii_lowercase().starts_with("text/html");
    // Django sends some plain sentences as text/html.
    start.contains("<html") || start.contains("<!doctype html") || (is_named_html && start.contains('<'))
}

fn html_title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let title = text[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// The words between the tags, without head, scripts and styles.
fn visible_text(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut words = String::new();
    let mut at = 0;
    while let Some(open) = lower[at..].find('<') {
        words.push_str(&text[at..at + open]);
        words.push(' ');
        at += open;
        let hidden = ["head", "script", "style", "title"].into_iter().find(|name| lower[at + 1..].starts_with(name));
        let close = match hidden {
            Some(name) => lower[at..].find(&format!("</{name}")).unwrap_or(lower.len() - at),
            None => 0,
        };
        at += close;
        at += lower[at..].find('>').map_or(lower.len() - at, |end| end + 1);
    }
    words.push_str(&text[at..]);
    let words = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(words, |words, (escaped, plain)| words.replace(escaped, plain));
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first characters of a text.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(EXCERPT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/json";
    const HTML: &str = "text/html; charset=utf-8";
    const LOGIN_PAGE: &str = r#"
<!DOCTYPE html>
<html lang="en"><head><title>NetBox</title></head><body><form action="/login/" method="post">
<input type="text" name="username" id="id_username"><input type="password" name="password" id="id_password">
</form></body></html>"#;

    fn parse(body: &str) -> ErrorReply {
        ErrorReply::parse(JSON, body)
    }

    /// The messages at a path of field names, positions (`[1]`) and ids (`id 7`).
    fn at<'a>(mut reply: &'a ErrorReply, path: &[&str]) -> &'a [String] {
        for name in path {
            let item = reply.items().find(|(item, _)| item.to_string() == *name).map(|(_, below)| below);
            reply = item.or_else(|| reply.field(name)).unwrap_or_else(|| panic!("no {name} in {reply:?}"));
        }
        reply.messages()
    }

    #[test]
    fn every_shape_becomes_one_sentence() {
        for (content_type, body, sentence) in [
            (JSON, r#"{"detail": "Not found."}"#, "Not found."),
            (JSON, r#"{"slug": ["Too long.", "No spaces."], "name": ["Required."]}"#, "name: Required.; slug: Too long. No spaces."),
            (JSON, r#"{"__all__": ["Must be unique."]}"#, "Must be unique."),
            (JSON, r#"{"non_field_errors": ["Must be unique."], "vid": ["Taken."]}"#, "Must be unique. vid: Taken."),
            (JSON, r#"{"custom_fields": {"size": ["Too big."]}}"#, "custom_fields: size: Too big."),
            (JSON, r#"{"status": "Not a choice."}"#, "status: Not a choice."),
            (JSON, r#"[{}, {"name": ["Required."]}, {}]"#, "[1]: name: Required."),
            (JSON, r#"["First.", "Second."]"#, "First. Second."),
            (JSON, r#""Alone.""#, "Alone."),
            (
                JSON,
                r#"{"detail": "1 of 2 failed.", "errors": [{"index": 1, "errors": {"name": ["Required."]}}]}"#,
                "1 of 2 failed. [1]: name: Required.",
            ),
            (JSON, r#"{"detail": "1 of 2 failed.", "errors": [{"id": 7, "errors": ["In use."]}]}"#, "1 of 2 failed. id 7: In use."),
            (JSON, r#"{"error": "'x'", "exception": "KeyError", "netbox_version": "4.7.3"}"#, "'x'; KeyError; netbox_version: 4.7.3"),
            (JSON, r#"{"error": "", "exception": "DeserializationError"}"#, "DeserializationError"),
            (JSON, r#"{"name": [], "tags": null}"#, "name; tags"),
            (JSON, "null", ""),
            (JSON, "{}", ""),
            (JSON, "", "an empty body"),
            (JSON, r#"{"detail": "Not fo"#, r#"{"detail": "Not fo"#),
            (HTML, "No credentials provided.", "No credentials provided."),
            (HTML, "<h1>Bad Request</h1>", "an HTML page, not a reply of the API: Bad Request"),
            ("Text/HTML", "<h1>Bad Request</h1>", "an HTML page, not a reply of the API: Bad Request"),
            (
                "",
                "<html><head><title>502 Bad\n Gateway</title></head><body>nginx</body></html>",
                "an HTML page, not a reply of the API: 502 Bad Gateway: nginx",
            ),
            (
                HTML,
                "<!DOCTYPE html><html><head><style>p {}</style></head><p>No <b>title</b></html>",
                "an HTML page, not a reply of the API: No title",
            ),
            (HTML, "<!DOCTYPE html>\n<html><head><meta charset=", "an HTML page, not a reply of the API"),
            (HTML, LOGIN_PAGE, "NetBox's login page instead of a reply of the API"),
            ("text/plain", " upstream timed out\n", "upstream timed out"),
        ] {
            assert_eq!(ErrorReply::parse(content_type, body).to_string(), sentence, "{body}");
        }
    }

    #[test]
    fn what_is_said_stands_where_the_server_put_it() {
        for (body, path, messages) in [
            (r#"{"detail": "Not found."}"#, vec![], ["Not found."]),
            (r#"{"__all__": ["Must be unique."], "name": ["Required."]}"#, vec![], ["Must be unique."]),
            (r#"{"name": ["Required."]}"#, vec!["name"], ["Required."]),
            (r#"{"name": "Required."}"#, vec!["name"], ["Required."]),
            (r#"{"custom_fields": {"size": ["Too big."]}}"#, vec!["custom_fields", "size"], ["Too big."]),
            (r#"[{}, {"name": ["Required."]}]"#, vec!["[1]", "name"], ["Required."]),
            (r#"{"ports": [{}, {"position": ["Taken."]}]}"#, vec!["ports", "[1]", "position"], ["Taken."]),
            (r#"{"errors": [{"index": 3, "errors": {"name": ["Required."]}}]}"#, vec!["[3]", "name"], ["Required."]),
            (r#"{"errors": [{"id": 7, "errors": {"name": ["Required."]}}]}"#, vec!["id 7", "name"], ["Required."]),
            (r#"{"errors": [{"id": "a-b", "errors": "Gone."}]}"#, vec!["id a-b"], ["Gone."]),
            // Without index and id it is a list by position under a field.
            (r#"{"errors": [{"message": "No."}]}"#, vec!["errors", "[0]", "message"], ["No."]),
        ] {
            assert_eq!(at(&parse(body), &path), messages, "{body}");
        }
    }

    #[test]
    fn entries_that_were_fine_are_left_out() {
        let reply = parse(r#"[{}, {"name": ["Required."]}, {}]"#);
        assert_eq!(reply.items().map(|(item, _)| item).collect::<Vec<_>>(), [&ErrorItem::Index(1)]);
        assert!(parse("[{}, {}]").is_empty());
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let reply = ErrorReply::parse("text/plain", &"ü".repeat(300));
        assert_eq!(reply.to_string(), "ü".repeat(200) + "…");
    }
}
