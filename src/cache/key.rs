//! What an entry is found by: everything that decides an answer, in a keyed hash.

use http::header::{ACCEPT_ENCODING, CONNECTION};
use http::{HeaderMap, Method};
use ring::hmac;

use crate::query::Query;

/// A request as far as it decides its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) method: &'a Method,
    /// With the sub-path.
    pub(crate) origin: &'a str,
    /// Below the sub-path.
    pub(crate) below: &'a str,
    pub(crate) query: &'a Query,
    /// All that are sent: the credential, the branch, the language among them.
    pub(crate) headers: &'a HeaderMap,
    /// Who asks and whom they trust, as far as it is no header.
    pub(crate) identity: &'a [u8],
    /// What a write has to reach to end the use of the answer.
    pub(crate) app: &'a str,
}

/// A name that says nothing of what it names. The credential goes into it and cannot be read from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key(pub(super) [u8; 32]);

impl Key {
    /// The secret is one of the file, so that the same token has another fingerprint elsewhere.
    pub(super) fn of(question: &Question<'_>, secret: &hmac::Key) -> Key {
        let mut hash = hmac::Context::with_key(secret);
        // Each part with its length: no two questions give the same bytes.
        let mut add = |part: &[u8]| {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        add(question.method.as_str().as_bytes());
        add(question.origin.as_bytes());
        add(question.below.as_bytes());
        add(question.identity);
        add(question.app.as_bytes());
        // The order of different names means nothing; that of the values of one name does, where only the last one counts.
        let mut parameters: Vec<(&str, &str)> = question.query.iter().collect();
        parameters.sort_by_key(|(name, _)| *name);
        add(&(parameters.len() as u64).to_le_bytes());
        for (name, value) in parameters {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        let mut headers: Vec<(&str, &[u8])> = question
            .headers
            .iter()
            .filter(|(name, _)| ![ACCEPT_ENCODING, CONNECTION].contains(name))
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        headers.sort_by_key(|(name, _)| *name);
        for (name, value) in headers {
            add(name.as_bytes());
            add(value);
        }
        let tag = hash.sign();
        let mut key = [0; 32];
        key.copy_from_slice(tag.as_ref());
        Key(key)
    }

    /// The number that the entry is stored under.
    pub(super) fn row(&self) -> i64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.0[..8]);
        i64::from_le_bytes(bytes)
    }
}

#[cfg(test)]
mod tests;
