//! What is written: new objects, and changes of objects.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::choice::{Choice, OpenEnum};
use super::table::{Model, Object, View};
use super::validation;
use super::values::{Address, CustomFields, Date, DateTime, Map};
use crate::error::{Error, Result};
use crate::facade::Endpoint;
use crate::redact::{REDACTED, is_secret_name, shown_json};

/// A field of a change: left as it is, emptied, or set.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Patch<T> {
    /// It is not sent.
    #[default]
    Absent,
    /// It is sent as null: the object has none.
    Null,
    /// It is sent.
    Value(T),
}

/// Another object, as writes name it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reference {
    /// By its id.
    Id(u64),
    /// By attributes that it alone has, as `{"slug": "lon"}`.
    Attributes(Map),
}

impl Reference {
    /// The object that has this attribute: `Reference::by("slug", "lon")`.
    pub fn by(name: &str, value: impl Into<Value>) -> Reference {
        Reference::Attributes(Map::from_iter([(name.to_owned(), value.into())]))
    }
}

impl From<u64> for Reference {
    fn from(id: u64) -> Reference {
        Reference::Id(id)
    }
}

/// Marks what makes a new object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum New {}

/// Marks what changes an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {}

/// The fields of an object that are to be written, for a purpose: [`New`] or [`Change`].
pub trait Body: Sized {
    /// All that can be set.
    #[doc(hidden)]
    const FIELDS: &'static [&'static str];
    #[doc(hidden)]
    fn of(members: Map) -> Self;
    /// The fields that were set, as NetBox calls them.
    fn members(&self) -> &Map;
}

/// Of resources that nobody writes.
#[derive(Debug, Clone, Copy)]
pub enum ReadOnly {}

/// The members that were set. One type behind those of all resources.
pub(super) struct Draft<K> {
    members: Map,
    purpose: PhantomData<fn() -> K>,
}

impl<K> Draft<K> {
    pub(super) fn of(members: Map) -> Draft<K> {
        Draft { members, purpose: PhantomData }
    }

    pub(super) fn members(&self) -> &Map {
        &self.members
    }

    /// Sets a member; null stands for itself, nothing for what is left as it is.
    pub(super) fn with(mut self, name: &'static str, value: Patch<Value>) -> Draft<K> {
        let name = plain(name);
        match value {
            Patch::Absent => drop(self.members.remove(name)),
            Patch::Null => drop(self.members.insert(name.to_owned(), Value::Null)),
            Patch::Value(value) => drop(self.members.insert(name.to_owned(), value)),
        }
        self
    }

    pub(super) fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members.serialize(serializer)
    }

    pub(super) fn show(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(name);
        for (name, value) in &self.members {
            match is_secret_name(name) {
                true => shown.field(name, &format_args!("{REDACTED}")),
                false => shown.field(name, &format_args!("{}", shown_json(value))),
            };
        }
        shown.finish()
    }
}

impl<K> Clone for Draft<K> {
    fn clone(&self) -> Draft<K> {
        Draft::of(self.members.clone())
    }
}

/// A field as NetBox calls it: a word that Rust keeps for itself has a mark.
fn plain(name: &'static str) -> &'static str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// What leads from an object to its edited copy, as far as it can be written.
pub(super) fn changes(endpoint: &Endpoint, before: &dyn Object, after: &dyn Object, fields: &'static [&'static str]) -> Result<Map> {
    let members = |object: &dyn Object| match serde_json::to_value(View::Object(object)) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Error::invalid_request(format!("an object of {} cannot be written as JSON", endpoint.path()))),
    };
    let (before, after) = (members(before)?, members(after)?);
    let id = |object: &Map| object.get("id").cloned().unwrap_or_default();
    if id(&before) != id(&after) {
        return Err(Error::invalid_request(format!("{} {} and {} are two objects", endpoint.path(), id(&before), id(&after)))
            .with_hint("What was changed in a copy of an object is saved"));
    }
    let mut changes = endpoint.changes(&before, &after);
    changes.retain(|name, _| fields.iter().any(|field| plain(field) == name));
    Ok(changes)
}

/// What was set, as JSON.
pub(super) fn json(body: &impl Body) -> Value {
    Value::Object(body.members().clone())
}

/// Refuses what the line does not take, before it is sent.
pub(super) fn check(endpoint: &Endpoint, method: &Method, path: &str, body: &Value) -> Result<()> {
    endpoint.line().map_or(Ok(()), |line| validation::check(line, method, path, body))
}

/// What a setter of a field of type `T` takes.
pub trait Argument<T>: Sized {
    #[doc(hidden)]
    fn json(self) -> Value;
    #[doc(hidden)]
    fn patch(self) -> Patch<Value> {
        Patch::Value(self.json())
    }
}

/// What a setter of a field of type `T` takes that may be null: also an `Option` and a [`Patch`].
pub trait Nullable<T> {
    #[doc(hidden)]
    fn patch(self) -> Patch<Value>;
}

impl<T, A: Argument<T>> Nullable<T> for Option<A> {
    #[inline]
    fn patch(self) -> Patch<Value> {
        self.map_or(Patch::Null, |value| Patch::Value(value.json()))
    }
}

/// Of the field's own type, so that `Patch::Null` says enough.
impl<T: Argument<T>> Nullable<T> for Patch<T> {
    #[inline]
    fn patch(self) -> Patch<Value> {
        match self {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(value) => Patch::Value(Argument::<T>::json(value)),
        }
    }
}

macro_rules! arguments {
    ($($kind:ty: [$($generics:tt)*] $argument:ty, |$value:ident| $json:expr;)*) => {$(
        impl<$($generics)*> Argument<$kind> for $argument {
            #[inline]
            fn json(self) -> Value {
                let $value = self;
                $json
            }
        }

        impl<$($generics)*> Nullable<$kind> for $argument {
            #[inline]
            fn patch(self) -> Patch<Value> {
                Patch::Value(Argument::<$kind>::json(self))
            }
        }
    )*};
}

arguments! {
    bool: [] bool, |value| value.into();
    i64: [] i64, |value| value.into();
    i64: [] i32, |value| value.into();
    i64: [] u8, |value| value.into();
    i64: [] u16, |value| value.into();
    i64: [] u32, |value| value.into();
    i64: [] u64, |value| value.into();
    f64: [] f64, |value| value.into();
    f64: [] i32, |value| value.into();
    String: [] &str, |value| value.into();
    String: [] &String, |value| value.as_str().into();
    String: [] String, |value| value.into();
    Date: [] &str, |value| value.into();
    Date: [] Date, |value| value.as_str().into();
    DateTime: [] &str, |value| value.into();
    DateTime: [] DateTime, |value| value.as_str().into();
    Address: [] &str, |value| value.into();
    Address: [] Address, |value| value.as_str().into();
    Value: [] Value, |value| value;
    Map: [] Map, |value| Value::Object(value);
    CustomFields: [] Value, |value| value;
    CustomFields: [] CustomFields, |value| Value::Object((*value).clone());
    Reference: [] i32, |value| value.into();
    Reference: [] u64, |value| value.into();
    Reference: [] Reference, |value| match value {
        Reference::Id(id) => id.into(),
        Reference::Attributes(attributes) => Value::Object(attributes),
    };
    Reference: [T: Model] &T, |value| id_of(value);
    T: [T: OpenEnum] T, |value| value.as_str().into();
    T: [T: OpenEnum] Choice<T>, |value| value.value.as_str().into();
    Vec<T>: [T, A: Argument<T>] Vec<A>, |value| value.into_iter().map(A::json).collect();
    Vec<T>: [T, A: Argument<T>, const N: usize] [A; N], |value| value.into_iter().map(A::json).collect();
}

/// The id of an object; null where it has none, which NetBox refuses.
fn id_of(object: &impl Model) -> Value {
    let at = Object::shape(object).fields.iter().position(|field| *field == "id");
    let mut id = Value::Null;
    object.with_fields(&mut |fields| {
        if let Some(View::Natural(number)) = at.and_then(|at| fields.get(at)).map(|field| field.view()) {
            id = number.into();
        }
    });
    id
}

/// The fields of a resource that can be written.
macro_rules! fields {
    (
        $(#[$attribute:meta])*
        $name:ident $request:ident $patch:ident ($($required:ident: $required_bound:ident<$required_kind:ty>),*) { $($field:ident: $bound:ident<$kind:ty>,)* }
    ) => {
        $(#[$attribute])*
        #[must_use = "nothing is sent until it is given to an endpoint"]
        pub struct $name<K>($crate::typed::body::Draft<K>);

        #[doc = concat!("A new object: [`", stringify!($name), "`].")]
        pub type $request = $name<$crate::typed::body::New>;

        #[doc = concat!("Changes of an object: [`", stringify!($name), "`].")]
        pub type $patch = $name<$crate::typed::body::Change>;

        impl $name<$crate::typed::body::New> {
            /// With the fields that NetBox asks for, but for references where there are several: they have setters, so that none is taken for another, and are asked for when the
            /// object is made.
            #[inline]
            pub fn new($($required: impl $crate::typed::body::$required_bound<$required_kind>),*) -> Self {
                let body = <Self as $crate::typed::body::Body>::of($crate::typed::values::Map::new());
                $(let body = body.$required($required);)*
                body
            }
        }

        impl $name<$crate::typed::body::Change> {
            /// Without any change.
            #[inline]
            pub fn new() -> Self {
                <Self as $crate::typed::body::Body>::of($crate::typed::values::Map::new())
            }
        }

        impl Default for $name<$crate::typed::body::Change> {
            #[inline]
            fn default() -> Self {
                Self::new()
            }
        }

        #[allow(missing_docs, reason = "a setter of the field of its name")]
        impl<K> $name<K> {
            $(
                pub fn $field(self, value: impl $crate::typed::body::$bound<$kind>) -> Self {
                    $name(self.0.with(stringify!($field), $crate::typed::body::$bound::<$kind>::patch(value)))
                }
            )*
        }

        impl<K> $crate::typed::body::Body for $name<K> {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            #[inline]
            fn of(members: $crate::typed::values::Map) -> Self {
                $name($crate::typed::body::Draft::of(members))
            }

            #[inline]
            fn members(&self) -> &$crate::typed::values::Map {
                self.0.members()
            }
        }

        impl<K> serde::Serialize for $name<K> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.write(serializer)
            }
        }

        impl<K> std::fmt::Debug for $name<K> {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.show(stringify!($name), f)
            }
        }

        impl<K> Clone for $name<K> {
            #[inline]
            fn clone(&self) -> Self {
                $name(self.0.clone())
            }
        }
    };
}

pub(super) use fields;
