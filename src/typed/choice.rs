//! Values out of some, which servers may extend.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::read::field;
use super::table::{Field, Slot, View, Word};

/// A value out of some, with the label that the server shows people: `{"value": "active", "label": "Active"}`. It is compared with a bare value, too:
/// `device.status == DeviceStatus::Active`. Null is no choice, but `None` in place of it.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Choice<T> {
    /// The value.
    pub value: T,
    /// What people are shown. Empty where the server says nothing.
    pub label: String,
}

impl<T> Choice<T> {
    /// A choice as servers send it.
    pub fn new(value: T, label: impl Into<String>) -> Choice<T> {
        Choice { value, label: label.into() }
    }
}

impl<T: PartialEq> PartialEq<T> for Choice<T> {
    fn eq(&self, other: &T) -> bool {
        self.value == *other
    }
}

/// Its label, else its value.
impl<T: fmt::Display> fmt::Display for Choice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.label.is_empty() { self.value.fmt(f) } else { f.pad(&self.label) }
    }
}

/// Its value.
impl<T: fmt::Debug> fmt::Debug for Choice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// As servers send it: with value and label.
impl<T: Field> Serialize for Choice<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

/// As servers send it, so that structs of your own have choices, too. The label may be missing.
impl<'de, T: Field> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        field(deserializer)
    }
}

impl<T: Field> Field for Choice<T> {
    #[inline]
    fn blank() -> Self {
        Choice { value: T::blank(), label: String::new() }
    }

    #[inline]
    fn slot(&mut self) -> Slot<'_> {
        Slot::Choice(&mut self.value, &mut self.label)
    }

    #[inline]
    fn view(&self) -> View<'_> {
        View::Choice(&self.value, &self.label)
    }
}

/// A text out of some: the documents' values of all release lines, and any other, for servers may extend them. A `match` has `_` beside `Other`, for later versions of this crate may know
/// more values; `from` text finds the variant, which `Other("active")` is not.
pub trait OpenEnum: Sized + Clone + for<'a> From<&'a str> + 'static {
    /// The values of the documents with their variants.
    #[doc(hidden)]
    const VALUES: &'static [(&'static str, Self)];
    /// The value as NetBox calls it.
    fn as_str(&self) -> &str;
}

impl<T: OpenEnum> Word for T {
    #[inline]
    fn set(&mut self, text: &str) {
        *self = text.into();
    }
}

/// The variant of a value.
pub(super) fn variant<T: Clone>(values: &[(&'static str, T)], text: &str, other: fn(String) -> T) -> T {
    values.iter().find(|(value, _)| *value == text).map_or_else(|| other(text.to_owned()), |(_, variant)| variant.clone())
}

/// The value of a variant that is none of the others.
pub(super) fn value<T>(values: &'static [(&'static str, T)], variant: &T) -> &'static str {
    let kind = std::mem::discriminant(variant);
    values.iter().find(|(_, present)| std::mem::discriminant(present) == kind).map_or("", |(value, _)| value)
}

/// A type for a text out of some.
macro_rules! choices {
    ($(#[$attribute:meta])* $name:ident { $($variant:ident = $value:literal,)* }) => {
        $(#[$attribute])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $value, "`")] $variant,)*
            /// A value that the documents do not have.
            Other(String),
        }

        impl Eq for $name {}

        impl std::hash::Hash for $name {
            #[inline]
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                std::mem::discriminant(self).hash(state);
                if let $name::Other(value) = self {
                    value.hash(state);
                }
            }
        }

        impl $crate::typed::choice::OpenEnum for $name {
            const VALUES: &'static [(&'static str, Self)] = &[$(($value, $name::$variant)),*];

            #[inline]
            fn as_str(&self) -> &str {
                match self {
                    $name::Other(value) => value,
                    variant => $crate::typed::choice::value(Self::VALUES, variant),
                }
            }
        }

        impl From<&str> for $name {
            #[inline]
            fn from(value: &str) -> Self {
                $crate::typed::choice::variant(<Self as $crate::typed::choice::OpenEnum>::VALUES, value, $name::Other)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::typed::choice::OpenEnum::as_str(self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::typed::read::field(deserializer)
            }
        }

        impl std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad($crate::typed::choice::OpenEnum::as_str(self))
            }
        }

        impl std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt($crate::typed::choice::OpenEnum::as_str(self), f)
            }
        }

        impl $crate::typed::table::Field for $name {
            #[inline]
            fn blank() -> Self {
                $name::Other(String::new())
            }

            #[inline]
            fn slot(&mut self) -> $crate::typed::table::Slot<'_> {
                $crate::typed::table::Slot::Word(self)
            }

            #[inline]
            fn view(&self) -> $crate::typed::table::View<'_> {
                $crate::typed::table::View::Text($crate::typed::choice::OpenEnum::as_str(self))
            }
        }
    };
}

pub(super) use choices;
