//! What is wrong with a body that was not sent.

use std::fmt;

/// One thing that is wrong with a body, found before it was sent: see [`ErrorKind::RequestValidation`](super::ErrorKind::RequestValidation).
///
/// `Display` is the whole of it: `[2].face: "up" is no choice (allowed: front, rear)`. Values of fields that are named like secrets are not told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Where in the body: `site`, `[2].tags[0]`, and the empty text for the body itself.
    pub path: String,
    /// What is wrong: `is required`.
    pub message: String,
    /// What is allowed: `1 to 4094`. `None` where the message says it.
    pub allowed: Option<String>,
    /// What was probably meant, the nearest first. At most three.
    pub suggestions: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the body" } else { &self.path };
        write!(f, "{path}: {}", self.message)?;
        match &self.allowed {
            _ if !self.suggestions.is_empty() => write!(f, " (did you mean {}?)", self.suggestions.join(", ")),
            Some(allowed) => write!(f, " (allowed: {allowed})"),
            None => Ok(()),
        }
    }
}
