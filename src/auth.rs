//! API tokens of both versions, kept out of every `Debug`, log and error.

use std::fmt;
use std::str::FromStr;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Result};

/// What every v2 token begins with.
const V2_PREFIX: &str = "nbt_";

/// An API token: v1 (`0123…`, all release lines) or v2 (`nbt_<key>.<secret>`, NetBox 4.5 and later).
///
/// Its `Debug` shows the version and nothing else; the memory is wiped on drop.
///
/// ```
/// use netbox_sdk::Token;
///
/// assert_eq!(Token::new("nbt_LabKey123456.s3cret")?.version(), 2);
/// assert_eq!(Token::v2("LabKey123456", "s3cret")?.version(), 2);
/// assert_eq!(Token::new("0123456789abcdef0123456789abcdef01234567")?.version(), 1);
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Clone)]
pub struct Token(Version);

#[derive(Clone)]
enum Version {
    V1(SecretString),
    V2 { key: SecretString, secret: SecretString },
}

impl Token {
    /// A whole token as NetBox shows it. `nbt_` at its start makes it a v2 token, anything else is v1.
    ///
    /// # Errors
    /// Empty, holding spaces or other characters that cannot be in a token, or a v2 key without its secret.
    pub fn new(text: &str) -> Result<Token> {
        let text = checked("token", text)?;
        let Some(rest) = text.strip_prefix(V2_PREFIX) else {
            return Ok(Token(Version::V1(text.into())));
        };
        match rest.split_once('.') {
            Some((key, secret)) if !key.is_empty() && !secret.is_empty() => {
                Ok(Token(Version::V2 { key: key.into(), secret: secret.into() }))
            }
            _ => Err(Error::config("the token has a v2 prefix but is not whole: a v2 token is nbt_<key>.<secret>")),
        }
    }

    /// A v2 token from its two parts, as the provisioning endpoint and the web interface give them.
    /// The key may come with or without `nbt_`.
    ///
    /// # Errors
    /// As [`Token::new`].
    pub fn v2(key: &str, secret: &str) -> Result<Token> {
        let key = checked("token key", key)?;
        let secret = checked("token secret", secret)?;
        let key = key.strip_prefix(V2_PREFIX).unwrap_or(key);
        if key.contains('.') || secret.starts_with(V2_PREFIX) {
            return Err(Error::config("the key or the secret of the v2 token is a whole token already: give it alone, as the token"));
        }
        Token::new(&format!("{V2_PREFIX}{key}.{secret}"))
    }

    /// 1 or 2.
    pub fn version(&self) -> u8 {
        match self.0 {
            Version::V1(_) => 1,
            Version::V2 { .. } => 2,
        }
    }

    /// The whole token in clear, to store it where secrets are kept.
    pub fn expose(&self) -> String {
        match &self.0 {
            Version::V1(secret) => secret.expose_secret().to_owned(),
            Version::V2 { key, secret } => format!("{V2_PREFIX}{}.{}", key.expose_secret(), secret.expose_secret()),
        }
    }

    /// The two parts of a v2 token.
    pub(crate) fn key_and_secret(&self) -> (Option<&str>, &str) {
        match &self.0 {
            Version::V1(secret) => (None, secret.expose_secret()),
            Version::V2 { key, secret } => (Some(key.expose_secret()), secret.expose_secret()),
        }
    }

    /// The value of the `Authorization` header.
    pub(crate) fn authorization(&self) -> HeaderValue {
        let keyword = if self.version() == 1 { "Token" } else { "Bearer" };
        let mut value = HeaderValue::try_from(format!("{keyword} {}", self.expose()))
            .expect("a token holds visible ASCII only: checked when it was made");
        value.set_sensitive(true);
        value
    }

    /// What is probably wrong with this token, when the server calls it an invalid one.
    pub(crate) fn refusal_hint(&self, reply: &str) -> Option<&'static str> {
        let (_, secret) = self.key_and_secret();
        let looks_like_v1 = secret.len() == 40 && secret.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if reply.contains("Invalid v2 token") && looks_like_v1 {
            Some("Its secret looks like a v1 token: if it is one, give it alone, without a key")
        } else if reply.contains("Invalid v1 token") && !looks_like_v1 {
            Some("It was sent as a v1 token but does not look like one: if it is the secret of a v2 token, give nbt_<key>.<secret>")
        } else if reply.contains("Invalid token") && self.version() == 2 {
            Some("Servers before NetBox 4.5 do not know v2 tokens")
        } else {
            None
        }
    }
}

fn checked<'a>(what: &str, text: &'a str) -> Result<&'a str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::config(format!("the {what} is empty")));
    }
    if ["Token ", "Bearer "].iter().any(|keyword| text.starts_with(keyword)) {
        return Err(Error::config(format!("the {what} begins with the word of the Authorization header: leave that out")));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::config(format!("the {what} holds a space, a control character or a letter outside ASCII")));
    }
    Ok(text)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(v{}, ***)", self.version())
    }
}

impl FromStr for Token {
    type Err = Error;
    fn from_str(text: &str) -> Result<Token> {
        Token::new(text)
    }
}

impl TryFrom<&str> for Token {
    type Error = Error;
    fn try_from(text: &str) -> Result<Token> {
        Token::new(text)
    }
}

impl TryFrom<String> for Token {
    type Error = Error;
    fn try_from(text: String) -> Result<Token> {
        Token::new(&text)
    }
}

impl TryFrom<&String> for Token {
    type Error = Error;
    fn try_from(text: &String) -> Result<Token> {
        Token::new(text)
    }
}

impl TryFrom<&Token> for Token {
    type Error = Error;
    fn try_from(token: &Token) -> Result<Token> {
        Ok(token.clone())
    }
}
