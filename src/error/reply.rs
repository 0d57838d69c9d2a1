//! What NetBox says when it refuses, in all the shapes that it uses, as one tree and one sentence.

use std::fmt;

use serde_json::Value;

/// Members that speak of the whole object, not of a field of it.
const OBJECT_KEYS: [&str; 5] = ["detail", "__all__", "non_field_errors", "error", "exception"];

/// How much of a page that is not JSON goes into the message.
const EXCERPT: usize = 200;

/// The server's refusal as a tree: messages, below them fields, and positions or ids of a bulk request.
///
/// `Display` is the whole tree in one line. Read from `{"detail"}`, `{"field": ["…"]}`, `{"__all__": […]}`, nested objects, lists,
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

    /// What is said of its fields, in the server's order.
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

    fn of_value(value: &Value) -> ErrorReply {
        let mut reply = ErrorReply::default();
        match value {
            Value::Null => {}
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
            separator = " ";
        }
        for (name, below) in &self.fields {
            write!(f, "{separator}{name}: {below}")?;
            separator = "; ";
        }
        for (item, below) in &self.items {
            write!(f, "{separator}{item}: {below}")?;
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
        Some(title) if words.is_empty() || words.chars().count() > EXCERPT => title,
        _ => words,
    };
    format!("an HTML page, not a reply of the API: {}", excerpt(&says))
}

/// Whether a page asks for a user name and a password.
pub(crate) fn is_login_page(text: &str) -> bool {
    looks_like_html("", text) && text.contains("id_username") && text.contains("id_password")
}

fn looks_like_html(content_type: &str, text: &str) -> bool {
    let start: String = text.chars().take(400).collect::<String>().to_ascii_lowercase();
    // Django sends some plain sentences as text/html.
    start.contains("<html") || start.contains("<!doctype html") || (content_type.starts_with("text/html") && start.contains('<'))
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
