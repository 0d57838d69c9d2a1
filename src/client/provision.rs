//! Tokens from a user name and a password.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{ApiResponse, Client};
use crate::auth::Token;
use crate::error::{ErrorKind, Result};

/// What to ask the provisioning endpoint for. Settings that are not given are the server's defaults.
///
/// ```
/// use netbox_sdk::TokenRequest;
///
/// let request = TokenRequest::new("admin", "secret").version(1).write_enabled(false).description("nightly export");
/// ```
#[derive(Clone)]
#[must_use]
pub struct TokenRequest {
    username: String,
    password: SecretString,
    settings: Map<String, Value>,
}

impl TokenRequest {
    /// A token for a user.
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> TokenRequest {
        TokenRequest { username: username.into(), password: password.into().into(), settings: Map::new() }
    }

    /// 1 or 2. Servers before 4.5 make version 1 and do not know this setting; the default of later ones is 2.
    pub fn version(self, version: u8) -> TokenRequest {
        self.setting("version", version)
    }

    /// What the token is for.
    pub fn description(self, description: impl Into<String>) -> TokenRequest {
        self.setting("description", description.into())
    }

    /// Whether the token may change anything. The server's default is true.
    pub fn write_enabled(self, write_enabled: bool) -> TokenRequest {
        self.setting("write_enabled", write_enabled)
    }

    /// When the token ends, as `2030-01-31T00:00:00Z`.
    pub fn expires(self, when: impl Into<String>) -> TokenRequest {
        self.setting("expires", when.into())
    }

    fn setting(mut self, name: &str, value: impl Into<Value>) -> TokenRequest {
        self.settings.insert(name.to_owned(), value.into());
        self
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest").field("username", &self.username).field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A token that was just made, with the reply that brought it. The server does not show it again.
#[derive(Debug)]
pub struct ProvisionedToken {
    token: Token,
    response: ApiResponse,
}

impl ProvisionedToken {
    /// The whole token, ready for [`Client::with_token`].
    pub fn token(&self) -> &Token {
        &self.token
    }

    /// The reply. Its body holds the token in clear.
    pub fn response(&self) -> &ApiResponse {
        &self.response
    }

    /// The id of the token's object, to delete it with: `users/tokens/<id>`.
    pub fn id(&self) -> Option<u64> {
        self.response.json::<Value>().ok()?.get("id")?.as_u64()
    }
}

impl Client {
    /// Makes a token for a user: `POST /api/users/tokens/provision/`, without the client's own token.
    ///
    /// ```no_run
    /// # let client = netbox_sdk::Client::from_env()?;
    /// let made = client.create_token("admin", "secret")?;
    /// let client = client.with_token(made.token());
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// No reply, a status of 400 and above (403 for a wrong password), a reply without a token.
    pub fn create_token(&self, username: &str, password: &str) -> Result<ProvisionedToken> {
        self.create_token_with(&TokenRequest::new(username, password))
    }

    /// As [`create_token`](Client::create_token), with settings.
    ///
    /// # Errors
    /// As [`create_token`](Client::create_token).
    pub fn create_token_with(&self, request: &TokenRequest) -> Result<ProvisionedToken> {
        let mut body = request.settings.clone();
        body.insert("username".to_owned(), request.username.as_str().into());
        body.insert("password".to_owned(), request.password.expose_secret().into());
        let response = self
            .post("users/tokens/provision")
            .secret(request.password.expose_secret())
            .without_auth()
            .json(&body)
            .send()?
            .error_for_status()?;
        let token = token_of(&response.json()?).ok_or_else(|| response.error(ErrorKind::Decode, "the reply holds no token"))?;
        Ok(ProvisionedToken { token, response })
    }
}

/// Version 2: the bare `key`, and the bare secret as `token`. Version 1: `token` alone, or `key` alone before 4.5.
fn token_of(reply: &Value) -> Option<Token> {
    let text = |name: &str| reply.get(name)?.as_str().filter(|text| !text.is_empty());
    match (text("key"), text("token")) {
        (Some(key), Some(secret)) if !secret.starts_with("nbt_") => Token::v2(key, secret).ok(),
        (_, Some(whole)) | (Some(whole), None) => Token::new(whole).ok(),
        (None, None) => None,
    }
}
