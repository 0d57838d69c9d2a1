//! Small types of values, without a crate for dates or networks.

use std::fmt;
use std::net::IpAddr;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};
pub use serde_json::Value;

use super::table::{Field, Slot, View};
use crate::redact::shown_json;

/// A JSON object.
pub type Map = serde_json::Map<String, Value>;

macro_rules! texts {
    ($($(#[$attribute:meta])* $name:ident;)*) => {$(
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text as NetBox sent it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// The text is taken as it is: the server says whether it is one.
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                $name(text)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Field for $name {
            fn blank() -> Self {
                $name(String::new())
            }

            fn slot(&mut self) -> Slot<'_> {
                Slot::Text(&mut self.0)
            }

            fn view(&self) -> View<'_> {
                View::Text(&self.0)
            }
        }
    )*};
}

texts! {
    /// A day, as `2026-11-24`. Days are ordered as their texts are.
    Date;
    /// A time with its offset, in ISO 8601: `2026-11-24T09:30:00.123456Z`. The text is what a crate for dates reads (`as_str().parse()`).
    DateTime;
    /// An address or a network, as `192.0.2.1/24`, `2001:db8::/32` or, where NetBox has no length, `192.0.2.1`.
    Address;
}

impl Date {
    /// Year, month and day, each counted from one. `None` where the text is no day.
    pub fn ymd(&self) -> Option<(i32, u32, u32)> {
        if !self.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return None;
        }
        let mut parts = self.0.splitn(3, '-');
        let (year, month, day): (i32, u32, u32) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap_year => 29,
            2 => 28,
            _ => return None,
        };
        (1..=days).contains(&day).then_some((year, month, day))
    }
}

impl DateTime {
    /// The day, in the offset of the text.
    pub fn date(&self) -> Date {
        Date(self.0.split(['T', ' ']).next().unwrap_or_default().to_owned())
    }
}

impl Address {
    /// The address without the length. `None` where the text is no address.
    pub fn ip(&self) -> Option<IpAddr> {
        self.0.split('/').next()?.parse().ok()
    }

    /// How many bits of the address name the network. `None` where the text does not say.
    pub fn prefix_length(&self) -> Option<u8> {
        self.0.split_once('/')?.1.parse().ok()
    }
}

/// The custom fields of an object by name. A field that the server does not have is absent, one without a value is null; the accessors say `None` for both, and for a value of another type.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomFields(Map);

impl CustomFields {
    /// The text of a text, long text, URL or date field, and of a selection, whose value newer servers send with a label.
    pub fn str(&self, name: &str) -> Option<&str> {
        match self.0.get(name)? {
            Value::Object(choice) => choice.get("value")?.as_str(),
            value => value.as_str(),
        }
    }

    /// A whole number.
    pub fn i64(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    /// A number: of a decimal field, too.
    pub fn f64(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_f64()
    }

    /// True or false.
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    /// A day.
    pub fn date(&self, name: &str) -> Option<Date> {
        self.str(name).map(Date::from)
    }

    /// A time.
    pub fn date_time(&self, name: &str) -> Option<DateTime> {
        self.str(name).map(DateTime::from)
    }

    /// The id of an object.
    pub fn id(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.get("id")?.as_u64()
    }

    /// The texts of several selections.
    pub fn strs(&self, name: &str) -> Option<Vec<&str>> {
        let choices = self.0.get(name)?.as_array()?.iter();
        choices.map(|choice| choice.get("value").unwrap_or(choice).as_str()).collect()
    }

    /// The ids of several objects.
    pub fn ids(&self, name: &str) -> Option<Vec<u64>> {
        self.0.get(name)?.as_array()?.iter().map(|object| object.get("id")?.as_u64()).collect()
    }
}

/// All of them as JSON.
impl Deref for CustomFields {
    type Target = Map;

    fn deref(&self) -> &Map {
        &self.0
    }
}

/// To set one in a copy of an object that is saved then: `copy.custom_fields.insert("owner".into(), "x".into())`.
impl DerefMut for CustomFields {
    fn deref_mut(&mut self) -> &mut Map {
        &mut self.0
    }
}

impl From<Map> for CustomFields {
    fn from(fields: Map) -> CustomFields {
        CustomFields(fields)
    }
}

/// Without what is named like a secret.
impl fmt::Debug for CustomFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown_json(&self.0))
    }
}

impl Field for CustomFields {
    fn blank() -> Self {
        CustomFields::default()
    }

    fn slot(&mut self) -> Slot<'_> {
        Slot::Map(&mut self.0)
    }

    fn view(&self) -> View<'_> {
        View::Map(&self.0)
    }
}
