//! What names an object in a URL: mostly a number, but not always.

use std::fmt;

use serde_json::Value;

/// The id of an object. Background tasks, queues, workers and scripts have texts, elevation units have fractions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Id(String);

impl Id {
    /// The id as it stands in a URL, where it has to be escaped.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id that a JSON value is; an empty one where it is null.
    pub(super) fn of_json(value: &Value) -> Id {
        match value {
            Value::Null => Id(String::new()),
            Value::String(text) => Id(text.clone()),
            other => Id(other.to_string()),
        }
    }

    /// The last segment of an object's URL.
    pub(super) fn of_url(url: &str) -> Id {
        let segment = url.split('?').next().unwrap_or_default().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        Id(percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned())
    }

    /// The same id as NetBox writes it: it reads ` 07` and `7.0` as 7.
    pub(super) fn normal(self) -> Id {
        let text = self.0.trim();
        let digits = text.strip_suffix(".0").unwrap_or(text);
        match digits.parse::<u64>() {
            Ok(number) => Id(number.to_string()),
            Err(_) => self,
        }
    }

    /// The id as bodies have it: a number where it reads as one.
    pub(crate) fn to_json(&self) -> Value {
        match self.0.parse::<u64>() {
            Ok(number) if number.to_string() == self.0 => number.into(),
            _ => self.0.as_str().into(),
        }
    }

    /// The id as a segment of a path.
    pub(crate) fn segment(&self) -> String {
        let escaped = percent_encoding::utf8_percent_encode(&self.0, percent_encoding::NON_ALPHANUMERIC).to_string();
        // Plain characters stay readable.
        escaped.replace("%2D", "-").replace("%5F", "_").replace("%3A", ":").replace("%2E", ".")
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! from_number {
    ($($number:ty),*) => {$(
        impl From<$number> for Id {
            fn from(number: $number) -> Id {
                Id(number.to_string())
            }
        }
    )*};
}

from_number!(u8, u16, u32, u64, usize, i32, i64);

impl From<&str> for Id {
    fn from(text: &str) -> Id {
        Id(text.to_owned())
    }
}

impl From<String> for Id {
    fn from(text: String) -> Id {
        Id(text)
    }
}

impl From<&Id> for Id {
    fn from(id: &Id) -> Id {
        id.clone()
    }
}
