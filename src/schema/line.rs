//! The release lines of NetBox that this crate knows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::suggest::listed;
use crate::error::{Error, Result};

macro_rules! lines {
    ($(#[$attribute:meta])* $($line:ident $minor:literal $release:literal,)*) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        #[non_exhaustive]
        pub enum ReleaseLine {
            $(#[doc = concat!("NetBox 4.", $minor, ".")] $line,)*
        }

        impl ReleaseLine {
            /// All of them, the oldest first.
            pub const ALL: [ReleaseLine; [$($minor),*].len()] = [$(ReleaseLine::$line),*];

            /// The number behind `4.`.
            pub fn minor(self) -> u8 {
                match self {
                    $(ReleaseLine::$line => $minor,)*
                }
            }

            /// A release of it that this crate was tested with, as `4.7.3`.
            pub fn release(self) -> &'static str {
                match self {
                    $(ReleaseLine::$line => $release,)*
                }
            }
        }
    };
}

// The one table of what is supported.
lines! {
    /// A release line of NetBox: `4.7` stands for 4.7.0, 4.7.1 and so on. Within a line the API changes little.
    ///
    /// ```
    /// use netbox_sdk::ReleaseLine;
    ///
    /// let line: ReleaseLine = "v4.5.5-Docker-3.2".parse()?;
    /// assert_eq!(line, ReleaseLine::V4_5);
    /// assert_eq!(line.to_string(), "4.5");
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    V4_3 3 "4.3.7",
    V4_4 4 "4.4.10",
    V4_5 5 "4.5.10",
    V4_6 6 "4.6.8",
    V4_7 7 "4.7.3",
}

impl ReleaseLine {
    /// The newest one.
    pub const NEWEST: ReleaseLine = ReleaseLine::ALL[ReleaseLine::ALL.len() - 1];

    /// The line to take for a server that names this version: one that is newer than all of them counts as the newest.
    ///
    /// ```
    /// use netbox_sdk::ReleaseLine;
    ///
    /// assert_eq!(ReleaseLine::of_server("4.6.2")?, ReleaseLine::V4_6);
    /// assert_eq!(ReleaseLine::of_server("5.0.1")?, ReleaseLine::NEWEST);
    /// assert!(ReleaseLine::of_server("4.2").is_err());
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// An older version than those that are supported, or none at all.
    pub fn of_server(version: &str) -> Result<ReleaseLine> {
        match numbers(version) {
            Some((4, minor)) if minor > u64::from(ReleaseLine::NEWEST.minor()) => Ok(ReleaseLine::NEWEST),
            Some((major, _)) if major > 4 => Ok(ReleaseLine::NEWEST),
            _ => version.parse(),
        }
    }
}

/// The lines that are supported, as a sentence for people: `4.3, 4.4, 4.5, 4.6 and 4.7`.
pub fn describe_supported_versions() -> String {
    listed(&ReleaseLine::ALL.map(|line| line.to_string()))
}

/// Major and minor version: the rest says nothing of the line.
fn numbers(version: &str) -> Option<(u64, u64)> {
    let version = version.trim();
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let (major, rest) = version.split_once('.').filter(|(major, _)| major.bytes().all(|byte| byte.is_ascii_digit()))?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    // Behind the number stands nothing, a patch number or a word: not `4.5x`.
    let is_end = rest[digits.len()..].chars().next().is_none_or(|c| matches!(c, '.' | '-' | '+' | ' '));
    Some((major.parse().ok()?, digits.parse().ok()?)).filter(|_| is_end)
}

impl FromStr for ReleaseLine {
    type Err = Error;

    /// Reads `4.5`, `4.5.5`, `v4.5.5-Docker-3.2`.
    fn from_str(version: &str) -> Result<ReleaseLine> {
        let line = numbers(version).and_then(|numbers| ReleaseLine::ALL.into_iter().find(|line| numbers == (4, u64::from(line.minor()))));
        line.ok_or_else(|| {
            let supported = describe_supported_versions();
            if numbers(version).is_some_and(|numbers| numbers > (4, u64::from(ReleaseLine::NEWEST.minor()))) {
                return Error::config(format!("NetBox {version} is newer than what is supported"))
                    .with_hint(format!("Supported are {supported}: `ReleaseLine::of_server` takes the newest for it, which leaves out what came later, or a newer netbox-sdk"));
            }
            Error::config(format!("{version:?} is no version of NetBox that is supported")).with_hint(format!("Supported are {supported}"))
        })
    }
}

impl fmt::Display for ReleaseLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "4.{}", self.minor())
    }
}

impl From<ReleaseLine> for String {
    fn from(line: ReleaseLine) -> String {
        line.to_string()
    }
}

impl TryFrom<String> for ReleaseLine {
    type Error = Error;

    fn try_from(version: String) -> Result<ReleaseLine> {
        version.parse()
    }
}
