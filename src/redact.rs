//! Takes secrets out of texts that leave the crate: logs, errors, events.

use std::ops::Range;

use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::query::{ENCODED, Query};

/// What stands in place of a secret.
pub(crate) const REDACTED: &str = "***";

/// Whether the value of a member, form field, header or query parameter of this name is a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "sig", "plaintext", "authorization", "proxy-authorization", "cookie", "set-cookie", "additional_headers"]
        .contains(&name.as_str())
        || ["_key", "-key", "apikey", "_psk"].iter().any(|end| name.ends_with(end))
        || ["token", "password", "passwd", "passphrase", "secret", "credential", "signature", "sessionid"]
            .iter()
            .any(|part| name.contains(part))
}

/// A URL as it may be shown: without user and password, without fragment, and without the values of secret parameters.
pub(crate) fn shown_url(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let host = path.find("//").map_or(0, |slashes| slashes + 2);
    let authority = &path[host..];
    let authority = &authority[..authority.find('/').unwrap_or(authority.len())];
    let path = match authority.rfind('@') {
        Some(at) => format!("{}{}", &path[..host], &path[host + at + 1..]),
        None => path.to_owned(),
    };
    match Query::parse(query) {
        Ok(query) if !query.is_empty() => format!("{path}?{}", query.without_secrets()),
        _ => path,
    }
}

/// JSON as it may be shown: without the values of members that are named like secrets.
#[cfg(feature = "typed")]
pub(crate) fn shown_json(value: &impl serde::Serialize) -> String {
    hide_members(&serde_json::to_string(value).unwrap_or_default())
}

/// Why a value did not fit, as the parser says it but without the value, which may be a secret.
pub(crate) fn without_value(reason: &str) -> String {
    match reason.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None if reason.starts_with("missing field ") => reason.to_owned(),
        None => "its value does not fit".to_owned(),
    }
}

/// Secrets that are known by value: they are taken out wherever they turn up. The longest stand first: one may be a part of another.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<SecretString>);

impl Secrets {
    pub(crate) fn push(&mut self, secret: &str) {
        // A shorter text would hit words that are no secrets.
        if secret.len() < 4 {
            return;
        }
        let json = serde_json::Value::from(secret).to_string();
        let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#x27;");
        let percent = utf8_percent_encode(secret, ENCODED).to_string();
        for form in [secret, &json[1..json.len() - 1], &html, &percent] {
            if self.0.iter().all(|known| known.expose_secret() != form) {
                let at = self.0.partition_point(|known| known.expose_secret().len() >= form.len());
                self.0.insert(at, form.into());
            }
        }
    }

    /// Adds the values of members that are named like secrets, from a JSON document that may be cut or broken.
    pub(crate) fn push_members(&mut self, text: &str) {
        for member in secret_members(text) {
            let value = text[member.value].trim_end();
            match serde_json::from_str(value) {
                Ok(value) => self.push_value(&value),
                Err(_) => self.push(value.trim_matches('"')),
            }
        }
    }

    fn push_value(&mut self, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.push(&number.to_string()),
            Value::String(text) => self.push(text),
            Value::Array(list) => list.iter().for_each(|entry| self.push_value(entry)),
            Value::Object(members) => members.values().for_each(|entry| self.push_value(entry)),
        }
    }

    /// Adds the values of parameters that are named like secrets.
    pub(crate) fn push_parameters(&mut self, query: &Query) {
        query.iter().filter(|(name, _)| is_secret_name(name)).for_each(|(_, value)| self.push(value));
    }

    fn replace(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), REDACTED))
    }

    /// The text of a body without the known secrets and without the values of members that are named like secrets.
    pub(crate) fn hide_in_body(&self, text: &str) -> String {
        self.hide(&hide_members(text))
    }

    /// The text of a refusal without the known secrets. What it says of members stays, whatever their names.
    pub(crate) fn hide_in_refusal(&self, text: &str) -> String {
        let is_cut = text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_err();
        // JSON that is cut is no refusal of NetBox, so it is treated as any body.
        if is_cut { self.hide_in_body(text) } else { self.hide(text) }
    }

    /// The text without the known secrets. In quotes the escapes of JSON are looked behind: they may stand for any letter.
    pub(crate) fn hide(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('"') {
            let Some(end) = string_end(&rest[open + 1..]).map(|close| open + 1 + close + 1) else { break };
            let quoted = &rest[open..end];
            let hidden = serde_json::from_str(quoted).ok().filter(|_| quoted.contains('\\')).map(|plain: String| self.replace(&plain));
            out.push_str(&rest[..open]);
            out.push_str(&hidden.map_or_else(|| quoted.to_owned(), |hidden| Value::from(hidden).to_string()));
            rest = &rest[end..];
        }
        out.push_str(rest);
        self.replace(&out)
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

/// Replaces the values of members that are named like secrets.
fn hide_members(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for Member { colon, value } in secret_members(text) {
        out.push_str(&text[done..colon]);
        out.push_str(":\"***\"");
        done = value.end;
    }
    out.push_str(&text[done..]);
    out
}

/// Where the colon and the value of a member stand in a text.
struct Member {
    colon: usize,
    value: Range<usize>,
}

/// Finds each `"name": value` whose name is that of a secret and whose value is not null. Works on JSON that is cut or broken, too.
fn secret_members(text: &str) -> Vec<Member> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('"').map(|open| at + open + 1) {
        let Some(close) = string_end(&text[open..]).map(|close| open + close) else { break };
        at = close + 1;
        let skip_spaces = |from: usize| text.len() - text[from..].trim_start().len();
        if text[skip_spaces(at)..].starts_with(':') && is_secret_name(&text[open..close]) {
            let start = skip_spaces(skip_spaces(at) + 1);
            if !text[start..].starts_with("null") {
                let end = start + value_end(&text[start..]);
                found.push(Member { colon: at, value: start..end });
                at = end;
            }
        }
    }
    found
}

/// Where a JSON value ends that begins the text: at its end where it is cut.
fn value_end(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '"' => match string_end(&text[at + 1..]) {
                Some(end) => at += end + 1,
                None => return text.len(),
            },
            '{' | '[' => depth += 1,
            '}' | ']' | ',' if depth == 0 => return at,
            '}' | ']' => depth -= 1,
            _ => {}
        }
        at += c.len_utf8();
    }
    text.len()
}

/// Where the closing quote of a JSON string is.
fn string_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| match c {
        _ if escaped => {
            escaped = false;
            None
        }
        '\\' => {
            escaped = true;
            None
        }
        '"' => Some(at),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_named_like_secrets_lose_their_values() {
        let secrets = Secrets::default();
        for (body, expected) in [
            (r#"{"token":"abc","name":"x"}"#, r#"{"token":"***","name":"x"}"#),
            (r#"[{"auth_psk" : "abc","a":{"Password":"p"}}]"#, r#"[{"auth_psk":"***","a":{"Password":"***"}}]"#),
            (r#"{"secrets":["a",{"b":"]"}],"x":1}"#, r#"{"secrets":"***","x":1}"#),
            (r#"{"key":null}"#, r#"{"key":null}"#),
            (r#"{"name":"token"}"#, r#"{"name":"token"}"#),
            // cut in the middle
            (r#"{"id":1,"token": "ab\"c","x":"y"#, r#"{"id":1,"token":"***","x":"y"#),
            (r#"{"secret":"abc"#, r#"{"secret":"***""#),
            (r#"{"key":12,"x"#, r#"{"key":"***","x"#),
        ] {
            assert_eq!(secrets.hide_in_body(body), expected, "{body}");
        }
    }

    #[test]
    fn known_secrets_vanish_from_any_text() {
        let mut secrets = Secrets::default();
        secrets.push("hunter2!");
        secrets.push("a<b&\"c\"");
        for (text, expected) in [
            ("<b>hunter2!</b>", "<b>***</b>"),
            (r#"{"x": "a<b&\"c\""}"#, r#"{"x": "***"}"#),
            ("<b>a&lt;b&amp;&quot;c&quot;</b>", "<b>***</b>"),
            ("/login?next=a%3Cb%26%22c%22", "/login?next=***"),
        ] {
            assert_eq!(secrets.hide(text), expected);
        }
    }

    #[test]
    fn a_secret_that_is_part_of_another_leaves_nothing_of_it() {
        let mut secrets = Secrets::default();
        secrets.push("KEY1");
        secrets.push("nbt_KEY1.SECRET");
        assert_eq!(secrets.hide("nbt_KEY1.SECRET KEY1"), "*** ***");
    }

    #[test]
    fn secrets_of_a_document_are_known_by_value_afterwards() {
        let mut secrets = Secrets::default();
        secrets.push_members(r#"{"auth_psk":"psk\u00e9!","parameters":{"token":["tok1",{"b":4711}]},"name":"visible","secret":"cut o"#);
        assert_eq!(secrets.hide("psk\u{e9}! tok1 4711 visible cut o"), "*** *** *** visible ***");
    }

    #[test]
    fn a_refusal_loses_values_and_keeps_messages_about_secret_members() {
        let mut secrets = Secrets::default();
        secrets.push("hunter2!");
        let refusal = r#"{"password":["too short: h\u0075nter2!"]}"#;
        assert_eq!(secrets.hide_in_refusal(refusal), r#"{"password":["too short: ***"]}"#);
        assert_eq!(secrets.hide_in_refusal(r#"{"password":"cut"#), r#"{"password":"***""#);
    }

    #[test]
    fn a_shown_url_has_no_login_no_fragment_and_no_secret_parameters() {
        for (url, expected) in [
            ("https://user:pw@host/path?token=abc&x=1#access_token=abc", "https://host/path?token=***&x=1"),
            ("//user:p@w@host/a@b", "//host/a@b"),
            ("user:pw@host:80", "host:80"),
            ("/login/?next=/x", "/login/?next=%2Fx"),
            ("https://host/a@b", "https://host/a@b"),
            ("https://host/?x=%ff", "https://host/"),
        ] {
            assert_eq!(shown_url(url), expected);
        }
    }
}
