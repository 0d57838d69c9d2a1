//! Who asks: tokens of both versions, and how they are made.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::clock;
use super::refusal::{Outcome, Refusal};
use super::rules::Rules;
use super::store::{Row, Store};

pub(super) const RESOURCE: &str = "users/tokens";
/// The member of a row that keeps what no reply shows.
const SECRET: &str = "!secret";
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The user that an `Authorization` stands for, if it may do what it asks. Every refusal is a 403.
pub(super) fn user(rules: &Rules, store: &Store, authorization: Option<&str>, method: &Method) -> Outcome<u64> {
    let not_provided = || Refusal::forbidden("Authentication credentials were not provided.");
    let header = authorization.ok_or_else(not_provided)?;
    let words: Vec<&str> = header.split_whitespace().collect();
    let mut words = words;
    // The scheme may be in any case.
    if let Some(scheme) = words.first_mut() {
        *scheme = ["Bearer", "Token"].into_iter().find(|known| known.eq_ignore_ascii_case(scheme)).unwrap_or(scheme);
    }
    let token = match words.as_slice() {
        ["Bearer", ..] if !rules.has_v2_tokens() => return Err(not_provided()),
        ["Token" | "Bearer", token] => *token,
        ["Token" | "Bearer", ..] if rules.has_v2_tokens() => {
            return Err(Refusal::forbidden(
                "Invalid authorization header: Must be in the form \"Bearer <key>.<token>\" or \"Token <token>\"",
            ));
        }
        ["Token"] => return Err(Refusal::forbidden("Invalid token header. No credentials provided.")),
        ["Token", ..] => return Err(Refusal::forbidden("Invalid token header. Token string should not contain spaces.")),
        _ => return Err(not_provided()),
    };
    let v2 = token.strip_prefix("nbt_").filter(|_| rules.has_v2_tokens());
    let is_it = |row: &Row| {
        let member = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        match v2 {
            Some(v2) => v2.split_once('.').is_some_and(|(key, secret)| !key.is_empty() && member("key") == key && member(SECRET) == secret),
            None => member(SECRET) == token && row.get("version").is_none_or(|version| version == 1),
        }
    };
    let Some((_, row)) = store.rows(RESOURCE).find(|(_, row)| is_it(row)) else {
        return Err(Refusal::forbidden(match v2 {
            Some(_) => "Invalid v2 token",
            None if rules.has_v2_tokens() => "Invalid v1 token",
            None => "Invalid token",
        }));
    };
    if row.get("enabled") == Some(&json!(false)) {
        return Err(Refusal::forbidden("Token disabled"));
    }
    if row.get("expires").and_then(Value::as_str).is_some_and(|expires| expires < clock::now().as_str()) {
        return Err(Refusal::forbidden("Token expired"));
    }
    let is_read = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if !is_read && row.get("write_enabled") == Some(&json!(false)) {
        return Err(Refusal::forbidden("You do not have permission to perform this action."));
    }
    let user = row.get("user").and_then(Value::as_u64).ok_or_else(not_provided)?;
    if store.get("users/users", user).is_some_and(|user| user.get("is_active") == Some(&json!(false))) {
        return Err(Refusal::forbidden("User inactive"));
    }
    Ok(user)
}

/// Gives the row of a new token its key and its secret, and says the secret: it is shown once.
pub(super) fn equip(rules: &Rules, row: &mut Row) -> String {
    let is_v1 = !rules.has_v2_tokens() || row.get("version").is_some_and(|version| version == 1);
    let secret = match row.remove("token").or_else(|| row.get("key").cloned().filter(|_| !rules.has_v2_tokens())) {
        Some(Value::String(given)) if !given.is_empty() => given,
        _ => random(40),
    };
    row.insert(SECRET.to_owned(), json!(secret));
    let key = match (rules.has_v2_tokens(), is_v1) {
        (true, true) => Value::Null,
        (true, false) => json!(random(12)),
        (false, _) => json!(secret),
    };
    row.insert("key".to_owned(), key);
    row.insert("token".to_owned(), Value::Null);
    row.insert("pepper_id".to_owned(), if is_v1 { Value::Null } else { json!(1) });
    secret
}

/// The row of a token that is given as clients have it: `nbt_<key>.<secret>`, or a v1 one.
pub(super) fn given(rules: &Rules, user: u64, token: &str) -> Row {
    let v2 = token.strip_prefix("nbt_").and_then(|token| token.split_once('.'));
    let (version, key, secret) = match v2 {
        Some((key, secret)) => (2, json!(key), secret),
        None if rules.has_v2_tokens() => (1, Value::Null, token),
        None => (1, json!(token), token),
    };
    let now = clock::now();
    let row = json!({"version": version, "user": user, "key": key, SECRET: secret, "enabled": true, "write_enabled": true, "description": "",
        "expires": null, "last_used": null, "created": now, "last_updated": now});
    row.as_object().cloned().unwrap_or_default()
}

/// The row of the token that a name and a password get.
pub(super) fn provisioned(store: &Store, body: &Value) -> Outcome<Row> {
    let given = |name: &str| body.get(name).filter(|value| !value.is_null());
    let missing = ["username", "password"].into_iter().filter(|name| given(name).is_none());
    let errors: Row = missing.map(|name| (name.to_owned(), json!(["This field is required."]))).collect();
    if !errors.is_empty() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, Value::Object(errors)));
    }
    let is_them = |row: &Row| {
        row.get("username") == given("username") && row.get("password").is_some_and(|password| Some(password) == given("password"))
    };
    let user = store.rows("users/users").find(|(_, row)| is_them(row) && row.get("is_active") != Some(&json!(false)));
    let (user, _) = user.ok_or_else(|| Refusal::forbidden("Invalid username/password"))?;
    let mut row = json!({"user": user, "version": 2, "enabled": true, "write_enabled": true, "description": "", "expires": null})
        .as_object()
        .cloned()
        .unwrap_or_default();
    for name in ["version", "write_enabled", "description", "expires", "enabled"] {
        if let Some(value) = given(name) {
            row.insert(name.to_owned(), value.clone());
        }
    }
    let now = clock::now();
    row.insert("created".to_owned(), json!(now));
    row.insert("last_updated".to_owned(), json!(now));
    Ok(row)
}

/// A random UUID of version 4.
pub(super) fn uuid() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xfff);
    format!("{a:08x}-{b:04x}-4{c:03x}-{:04x}-{:012x}", low >> 48 & 0x3fff | 0x8000, low & 0xffff_ffff_ffff)
}

/// Letters and digits that nobody can guess well enough for a mock.
pub(super) fn random(length: usize) -> String {
    let letter = |_| ALPHABET[(RandomState::new().build_hasher().finish() % ALPHABET.len() as u64) as usize];
    (0..length).map(|place| char::from(letter(place))).collect()
}
