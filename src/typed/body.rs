//! What is written: new objects, and changes of objects.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::choice::{Choice, OpenEnum};
use super::reply::number;
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
    #[doc(hidden)]
    fn of(members: Map) -> Self;
    /// The fields that were set, as NetBox calls them.
    fn members(&self) -> &Map;
}

/// Of resources that nobody writes.
#[derive(Debug, Clone, Copy)]
pub enum ReadOnly {}

/// What can be written of a resource.
pub trait Fields {
    #[doc(hidden)]
    const NAME: &'static str;
}

/// The fields of an object that were set, to make one ([`New`]) or to change one ([`Change`]): `DeviceRequest`, `DevicePatch` and so on are this type, each with a setter for each field that
/// its resource has.
#[must_use = "nothing is sent until it is given to an endpoint"]
pub struct Draft<F, K> {
    members: Map,
    kind: PhantomData<fn() -> (F, K)>,
}

impl<F> Draft<F, Change> {
    /// Without any change.
    #[inline]
    pub fn new() -> Self {
        Draft { members: Map::new(), kind: PhantomData }
    }
}

impl<F> Default for Draft<F, Change> {
    #[inline]
    fn default() -> Self {
        Draft::<F, Change>::new()
    }
}

impl<F, K> Body for Draft<F, K> {
    #[inline]
    fn of(members: Map) -> Self {
        Draft { members, kind: PhantomData }
    }

    #[inline]
    fn members(&self) -> &Map {
        &self.members
    }
}

impl<F, K> Serialize for Draft<F, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members.serialize(serializer)
    }
}

impl<F: Fields, K> fmt::Debug for Draft<F, K> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(F::NAME, &self.members, f)
    }
}

impl<F, K> Clone for Draft<F, K> {
    fn clone(&self) -> Self {
        Draft { members: self.members.clone(), kind: PhantomData }
    }
}

/// Null stands for itself, nothing for what is left as it is.
fn put(members: &mut Map, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(members.insert(name.to_owned(), value)),
        None => drop(members.remove(name)),
    }
}

fn show(name: &str, members: &Map, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    for (name, value) in members {
        match is_secret_name(name) {
            true => shown.field(name, &format_args!("{REDACTED}")),
            false => shown.field(name, &format_args!("{}", shown_json(value))),
        };
    }
    shown.finish()
}

/// A field as NetBox calls it: a word that Rust keeps for itself has a mark.
fn plain(name: &'static str) -> &'static str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// What leads from an object to its edited copy, as far as it can be written.
pub(super) fn changes(endpoint: &Endpoint, before: &dyn Object, after: &dyn Object) -> Result<Map> {
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
    if let Some(line) = endpoint.line() {
        let names = validation::writable(line, endpoint.path())?;
        changes.retain(|name, _| names.contains(&name.as_str()));
    }
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

#[diagnostic::on_unimplemented(
    message = "a field of `{T}` does not take `{Self}`",
    note = "references take ids (u64), `&object` or `Reference::by(\"slug\", \"lon\")`; choices their types (`DeviceStatus::from(\"active\")`); lists arrays and vectors of these; null is `Patch::Null`"
)]
/// What the setter of a field of type `T` takes. Where that is an `Option`, the field may be null: it takes an `Option` and a [`Patch`], too, and `Patch::Null` empties it.
pub trait Argument<T>: Sized {
    /// `None` where it is not to be sent.
    #[doc(hidden)]
    fn json(self) -> Option<Value>;
    /// A method of what is given, not of the draft: a compiler would look for that among all setters, and through all that it calls, for each of them.
    #[doc(hidden)]
    fn set_in<F, K>(self, mut draft: Draft<F, K>, name: &'static str) -> Draft<F, K> {
        put(&mut draft.members, plain(name), self.json());
        draft
    }
}

impl<T, A: Argument<T>> Argument<Option<T>> for Option<A> {
    #[inline]
    fn json(self) -> Option<Value> {
        self.map_or(Some(Value::Null), A::json)
    }
}

/// Of the field's own type, so that `Patch::Null` says enough.
impl<T: Argument<T>> Argument<Option<T>> for Patch<T> {
    #[inline]
    fn json(self) -> Option<Value> {
        match self {
            Patch::Absent => None,
            Patch::Null => Some(Value::Null),
            Patch::Value(value) => Argument::<T>::json(value),
        }
    }
}

macro_rules! arguments {
    ($($kind:ty: [$($generics:tt)*] $argument:ty, |$value:ident| $json:expr;)*) => {$(
        impl<$($generics)*> Argument<$kind> for $argument {
            #[inline]
            fn json(self) -> Option<Value> {
                let $value = self;
                Some($json)
            }
        }

        impl<$($generics)*> Argument<Option<$kind>> for $argument {
            #[inline]
            fn json(self) -> Option<Value> {
                Argument::<$kind>::json(self)
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
    // Null where it has no id, which NetBox refuses.
    Reference: [T: Model] &T, |value| number(value).into();
    T: [T: OpenEnum] T, |value| value.as_str().into();
    T: [T: OpenEnum] Choice<T>, |value| value.value.as_str().into();
    Vec<T>: [T, A: Argument<T>] Vec<A>, |value| value.into_iter().filter_map(A::json).collect();
    Vec<T>: [T, A: Argument<T>, const N: usize] [A; N], |value| value.into_iter().filter_map(A::json).collect();
}

/// The fields of all forms: a trait for those that the same forms have, and their setters.
macro_rules! setters {
    ($($group:ident $(($value:ident))? { $($field:ident: $kind:ty,)* })*) => {$(
        pub trait $group {
            $(type $value;)?
        }

        #[allow(missing_docs, reason = "a setter of the field of its name")]
        impl<F: $group, K> $crate::typed::body::Draft<F, K> {
            $(
                pub fn $field(self, value: impl $crate::typed::body::Argument<$kind>) -> Self {
                    value.set_in(self, stringify!($field))
                }
            )*
        }
    )*};
}

/// What can be written of a resource.
macro_rules! fields {
    (
        $(#[$attribute:meta])*
        $name:ident $request:ident $patch:ident ($($required:ident: $kind:ty),*) { $($group:ident $(= $value:ty)?,)* }
    ) => {
        $(#[$attribute])*
        #[allow(missing_debug_implementations, reason = "there is no value of it")]
        pub enum $name {}

        impl $crate::typed::body::Fields for $name {
            const NAME: &'static str = stringify!($name);
        }

        $(
            impl $crate::typed::setters::$group for $name {
                $(type Value = $value;)?
            }
        )*

        #[doc = concat!("A new object: [`", stringify!($name), "`].")]
        pub type $request = $crate::typed::body::Draft<$name, $crate::typed::body::New>;

        #[doc = concat!("Changes of an object: [`", stringify!($name), "`].")]
        pub type $patch = $crate::typed::body::Draft<$name, $crate::typed::body::Change>;

        impl $crate::typed::body::Draft<$name, $crate::typed::body::New> {
            /// With the fields that NetBox asks for, but for several of one kind, as two references, texts or numbers: they have setters, so that none is taken for another, and are
            /// asked for when the object is made. Name and slug come in this order.
            #[inline]
            pub fn new($($required: impl $crate::typed::body::Argument<$kind>),*) -> Self {
                let body = <Self as $crate::typed::body::Body>::of($crate::typed::values::Map::new());
                $(let body = $required.set_in(body, stringify!($required));)*
                body
            }
        }
    };
}

pub(super) use {fields, setters};
