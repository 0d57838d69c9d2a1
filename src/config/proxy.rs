//! Which proxy to use, if any.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};

use crate::base_url::BaseUrl;
use crate::error::{Error, Result};

/// What the user said about proxies.
pub(super) enum ProxyChoice {
    Environment,
    None,
    Url(String),
}

/// The address of a proxy. It can hold a password.
#[derive(Clone)]
pub(crate) struct ProxyUrl(SecretString);

impl ProxyUrl {
    fn parse(text: &str, origin: &str) -> Result<ProxyUrl> {
        let text = text.trim();
        let bad = || {
            Error::config(format!("the proxy of {origin} is not a valid URL")).with_hint(
                "Expected http://host:port or http://user:password@host:port, with special characters of the password in percent-encoding",
            )
        };
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let uri: Uri = whole.parse().map_err(|_| bad())?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let host = uri.host().unwrap_or_default();
        let has_bad_port = address.len() > host.len() && uri.port_u16().is_none_or(|port| port == 0);
        // A password with a raw /, ? or # in it would end the host early: a part of it would be looked up as a name.
        let has_more = uri.path_and_query().is_some_and(|rest| rest.as_str() != "/") || whole.contains('#');
        let is_login = percent_decode_str(login).decode_utf8().is_ok();
        if !is_http || host.is_empty() || has_bad_port || has_more || !is_login || text.chars().any(char::is_control) {
            return Err(bad());
        }
        Ok(ProxyUrl(whole.into()))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl ProxyChoice {
    /// The proxy for a server.
    pub(super) fn resolve(&self, server: &BaseUrl) -> Result<Option<ProxyUrl>> {
        match self {
            ProxyChoice::None => Ok(None),
            ProxyChoice::Url(url) => ProxyUrl::parse(url, "the configuration").map(Some),
            ProxyChoice::Environment if server.is_loopback() => Ok(None),
            ProxyChoice::Environment => {
                let names: &[&str] = if server.is_https() {
                    &["https_proxy", "HTTPS_PROXY"]
                } else if std::env::var_os("REQUEST_METHOD").is_some() {
                    // In a CGI program HTTP_PROXY is the header Proxy of whoever called it.
                    &["http_proxy"]
                } else {
                    &["http_proxy", "HTTP_PROXY"]
                };
                let first_set = |names: &[&'static str]| {
                    names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| (*name, value)))
                };
                match first_set(names) {
                    None => Ok(None),
                    Some(_) if first_set(&["no_proxy", "NO_PROXY"]).is_some_and(|(_, list)| is_excepted(server.host(), &list)) => Ok(None),
                    Some((name, url)) => ProxyUrl::parse(&url, name).map(Some),
                }
            }
        }
    }
}

/// Whether the list of `NO_PROXY` names a host: `*`, a name with its sub-domains, an address, or a network (`10.0.0.0/8`).
fn is_excepted(host: &str, list: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    let address: Option<IpAddr> = host.parse().ok();
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let entry = entry.to_ascii_lowercase();
        let entry = match entry.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => entry.as_str(),
        };
        if entry == "*" {
            return true;
        }
        if let (Some(address), Some((network, bits))) = (address, entry.split_once('/')) {
            return is_in_network(address, network, bits);
        }
        let name = entry.trim_matches(['[', ']']).trim_start_matches('*').trim_start_matches('.').trim_end_matches('.');
        match (address, name.parse::<IpAddr>()) {
            (Some(address), Ok(named)) => address == named,
            (Some(_), Err(_)) => false,
            (None, _) => host == name || host.strip_suffix(name).is_some_and(|before| before.ends_with('.')),
        }
    })
}

fn is_in_network(address: IpAddr, network: &str, bits: &str) -> bool {
    let Ok(bits) = bits.parse::<u32>() else { return false };
    match (address, network.parse::<IpAddr>()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            (u32::from(address) ^ u32::from(network)) & mask == 0
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            (u128::from(address) ^ u128::from(network)) & mask == 0
        }
        _ => false,
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyUrl(***)")
    }
}

impl fmt::Debug for ProxyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProxyChoice::Environment => "Environment",
            ProxyChoice::None => "None",
            ProxyChoice::Url(_) => "Url(***)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::is_excepted;

    #[test]
    fn no_proxy_names_hosts_domains_addresses_and_networks() {
        for (host, list, expected) in [
            ("netbox.example.com", "example.com", true),
            ("netbox.example.com", ".example.com", true),
            ("netbox.example.com", "*.example.com", true),
            ("netbox.example.com", "other.org, netbox.example.com", true),
            ("netbox.example.com", "netbox.example.com:443", true),
            ("badexample.com", "example.com", false),
            ("netbox.example.com", "", false),
            ("anything", "*", true),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "0.0.0.0/0", true),
            ("[fd00::1]", "fd00::/8", true),
            ("10.1.2.3", "3", false),
        ] {
            assert_eq!(is_excepted(host, list), expected, "{host} in {list}");
        }
    }
}
