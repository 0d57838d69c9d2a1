//! The environment, completed by the default profile.

use std::env::VarError;
use std::time::Duration;

use super::profile::{Profile, Profiles};
use super::{Config, ConfigBuilder};
use crate::auth::Token;
use crate::base_url::BaseUrl;
use crate::error::{Error, Result};

/// The time limit that Python netbox-sdk writes into every profile, asked or not.
const PYTHON_DEFAULT_TIMEOUT: f64 = 30.0;

const VARIABLES: [&str; 5] = ["NETBOX_URL", "NETBOX_TOKEN", "NETBOX_TOKEN_KEY", "NETBOX_TOKEN_SECRET", "NETBOX_SSL_VERIFY"];

pub(super) fn builder() -> Result<ConfigBuilder> {
    // To take them as not set would let a request go somewhere else, or with another token.
    if let Some(name) = VARIABLES.iter().find(|name| matches!(std::env::var(name), Err(VarError::NotUnicode(_)))) {
        return Err(Error::config(format!("{name} is not UTF-8")));
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let is_complete = variable("NETBOX_URL").is_some()
        && (variable("NETBOX_TOKEN").is_some() || variable("NETBOX_TOKEN_KEY").is_some() && variable("NETBOX_TOKEN_SECRET").is_some());
    let profiles = match Profiles::load() {
        Err(error) if is_complete => {
            log::warn!("the configuration file is left aside: {error}");
            None
        }
        loaded => loaded?.get("default"),
    };
    merge(variable, profiles.unwrap_or_default())
}

pub(super) fn builder_from_profile(name: &str) -> Result<ConfigBuilder> {
    let profiles = Profiles::load()?;
    let Some(profile) = profiles.get(name) else {
        let known = profiles.names().collect::<Vec<_>>().join(", ");
        return Err(Error::config(format!("there is no profile {name:?} in {}", profiles.path().display()))
            .with_hint(if known.is_empty() { "It holds none".to_owned() } else { format!("It holds {known}") }));
    };
    builder_of_profile(profile)
}

pub(super) fn builder_of_profile(profile: Profile) -> Result<ConfigBuilder> {
    merge(|_| None, profile)
}

fn merge(variable: impl Fn(&str) -> Option<String>, profile: Profile) -> Result<ConfigBuilder> {
    let variable = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let Some(url) = variable("NETBOX_URL").or_else(|| profile.base_url().map(str::to_owned)) else {
        return Err(Error::config("no NetBox is configured")
            .with_hint("Set NETBOX_URL and NETBOX_TOKEN, or save a profile with the two, or use Config::builder(url)"));
    };
    // The profile's token goes to the profile's server only.
    let is_own_server = match profile.base_url() {
        Some(own) => BaseUrl::parse(own).ok() == Some(BaseUrl::parse(&url)?),
        None => true,
    };
    let profile = if is_own_server { profile } else { Profile::default() };

    let mut builder = Config::builder(url);
    let key = variable("NETBOX_TOKEN_KEY");
    let secret = variable("NETBOX_TOKEN_SECRET");
    if let Some(token) = variable("NETBOX_TOKEN") {
        builder = builder.token(named("NETBOX_TOKEN", Token::new(&token))?);
    } else if key.is_some() || secret.is_some() {
        let (stored_key, stored_secret) = profile.key_and_secret();
        let key = key.or_else(|| stored_key.map(str::to_owned));
        let secret = secret.or_else(|| stored_secret.map(str::to_owned));
        let token = match (key, secret) {
            (Some(key), Some(secret)) => Token::v2(&key, &secret),
            (None, Some(secret)) => Token::new(&secret),
            (_, None) => Err(Error::config("NETBOX_TOKEN_KEY is set without NETBOX_TOKEN_SECRET")),
        };
        builder = builder.token(named("NETBOX_TOKEN_KEY and NETBOX_TOKEN_SECRET", token)?);
    } else if let Some(token) = profile.token()? {
        builder = builder.token(token);
    }
    let verify = match variable("NETBOX_SSL_VERIFY").map(|value| value.to_ascii_lowercase()).as_deref() {
        None => profile.ssl_verify(),
        Some("1" | "true" | "yes" | "on") => Some(true),
        Some("0" | "false" | "no" | "off") => Some(false),
        Some(_) => return Err(Error::config("NETBOX_SSL_VERIFY is neither true nor false (1, true, yes, on, 0, false, no, off)")),
    };
    if let Some(verify) = verify {
        builder = builder.danger_accept_invalid_certificates(!verify);
    }
    if let Some(seconds) = profile.timeout().filter(|seconds| *seconds != PYTHON_DEFAULT_TIMEOUT) {
        let limit = Duration::try_from_secs_f64(seconds)
            .map_err(|_| Error::config(format!("the timeout of the profile is not a number of seconds: {seconds}")))?;
        builder = builder.attempt_timeout(limit);
    }
    Ok(builder)
}

fn named(source: &str, token: Result<Token>) -> Result<Token> {
    token.map_err(|error| Error::config(format!("{source}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)], profile: Profile) -> Result<Config> {
        merge(|name| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()), profile)?.build()
    }

    fn profile() -> Profile {
        Profile::new("https://a.example.com").unwrap().with_token(&Token::v2("KEY", "SECRET").unwrap())
    }

    #[test]
    fn environment_wins_over_the_profile_variable_by_variable() {
        let token = |variables: &[(&str, &str)], profile| config(variables, profile).unwrap().token().map(Token::expose);
        let url = ("NETBOX_URL", "a.example.com");
        for (variables, expected) in [
            (vec![], Some("nbt_KEY.SECRET")),
            (vec![url], Some("nbt_KEY.SECRET")),
            (vec![("NETBOX_TOKEN", "abc")], Some("abc")),
            (vec![("NETBOX_TOKEN", " ")], Some("nbt_KEY.SECRET")),
            (vec![("NETBOX_TOKEN", "abc"), ("NETBOX_TOKEN_KEY", "K"), ("NETBOX_TOKEN_SECRET", "S")], Some("abc")),
            (vec![("NETBOX_TOKEN_KEY", "K"), ("NETBOX_TOKEN_SECRET", "S")], Some("nbt_K.S")),
            (vec![("NETBOX_TOKEN_SECRET", "S")], Some("nbt_KEY.S")),
            (vec![("NETBOX_TOKEN_KEY", "K")], Some("nbt_K.SECRET")),
        ] {
            assert_eq!(token(&variables, profile()).as_deref(), expected, "{variables:?}");
        }
        assert_eq!(token(&[url, ("NETBOX_TOKEN_SECRET", "S")], Profile::default()).as_deref(), Some("S"));
        assert!(config(&[url, ("NETBOX_TOKEN_KEY", "K")], Profile::default()).is_err());
    }

    #[test]
    fn the_profiles_token_does_not_go_to_another_server() {
        let config = config(&[("NETBOX_URL", "https://b.example.com")], profile().with_ssl_verify(Some(false))).unwrap();
        assert!(config.token().is_none());
        assert!(config.verifies_certificates());
    }

    #[test]
    fn certificate_checks_follow_variable_then_profile() {
        let off = || profile().with_ssl_verify(Some(false));
        assert!(!config(&[], off()).unwrap().verifies_certificates());
        assert!(config(&[("NETBOX_SSL_VERIFY", "Yes")], off()).unwrap().verifies_certificates());
        assert!(!config(&[("NETBOX_SSL_VERIFY", "0")], profile()).unwrap().verifies_certificates());
        assert!(config(&[("NETBOX_SSL_VERIFY", "perhaps")], profile()).is_err());
    }

    #[test]
    fn without_a_url_the_error_says_what_to_set() {
        let error = config(&[], Profile::default()).unwrap_err().to_string();
        assert!(error.contains("NETBOX_URL") && error.contains("NETBOX_TOKEN"), "{error}");
    }
}
