//! Takes secrets out of texts that leave the crate: logs, errors, events.

use secrecy::{ExposeSecret, SecretString};

/// What stands in place of a secret.
pub(crate) const REDACTED: &str = "***";

/// Whether the value of a member, form field or query parameter of this name is a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "key"
        || name == "plaintext"
        || name == "authorization"
        || name == "cookie"
        || name == "set-cookie"
        || ["_key", "-key", "_psk"].iter().any(|end| name.ends_with(end))
        || ["token", "password", "passwd", "secret"].iter().any(|part| name.contains(part))
}

/// Secrets that are known by value: they are taken out wherever they turn up.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<SecretString>);

impl Secrets {
    pub(crate) fn push(&mut self, secret: &str) {
        // A shorter text would hit words that are no secrets.
        if secret.len() >= 4 {
            self.0.push(secret.into());
            let quoted = serde_json::Value::from(secret).to_string();
            if quoted.len() > secret.len() + 2 {
                self.0.push(quoted[1..quoted.len() - 1].into());
            }
        }
    }

    /// The text without the known secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), REDACTED))
    }

    /// The text of a body without the known secrets and without the values of members that are named like secrets.
    pub(crate) fn hide_in_body(&self, text: &str) -> String {
        self.hide(&hide_members(text))
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

/// Replaces the value of each `"name": value` whose name is that of a secret. Works on JSON that is cut or broken, too.
fn hide_members(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('"') {
        let Some(close) = string_end(&rest[open + 1..]) else { break };
        let end = open + 1 + close + 1;
        let name = &rest[open + 1..end - 1];
        out.push_str(&rest[..end]);
        rest = &rest[end..];
        let colon = rest.len() - rest.trim_start().len();
        if rest[colon..].starts_with(':') && is_secret_name(name) {
            let value = rest[colon + 1..].trim_start();
            if !value.starts_with("null") {
                out.push_str(":\"***\"");
                rest = &value[value_end(value)..];
            }
        }
    }
    out.push_str(rest);
    out
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
        assert_eq!(secrets.hide("<b>hunter2!</b>"), "<b>***</b>");
    }
}
