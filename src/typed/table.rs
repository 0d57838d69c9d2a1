//! Objects as tables of fields. All that is done with an object (reading, writing, showing, copying, comparing) is done by code that is there once, for no type in
//! particular: this is why these many types cost little to compile.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::values::Map;

/// A type of this layer: an object of NetBox in one of its forms. It is made by reading, with serde or through an [`Endpoint`](super::Endpoint).
pub trait Model: Clone + DeserializeOwned + 'static {
    #[doc(hidden)]
    const SHAPE: &'static Shape;
    /// Before anything was read.
    #[doc(hidden)]
    fn blank() -> Self;
    /// Hands all fields over at once, in the order of the shape.
    #[doc(hidden)]
    fn with_fields(&self, look: &mut dyn Look);
    #[doc(hidden)]
    fn with_fields_mut(&mut self, change: &mut dyn Change);
}

/// What is done with all fields. A call of a method costs less to compile than that of a closure, and there are two for each type.
pub trait Look {
    #[doc(hidden)]
    fn at(&mut self, fields: &[&AnyField]);
}

impl Look for &mut dyn FnMut(&[&AnyField]) {
    #[inline]
    fn at(&mut self, fields: &[&AnyField]) {
        self(fields);
    }
}

/// What is done to all fields.
pub trait Change {
    #[doc(hidden)]
    fn at(&mut self, fields: &mut [&mut AnyField]);
}

impl Change for &mut dyn FnMut(&mut [&mut AnyField]) {
    #[inline]
    fn at(&mut self, fields: &mut [&mut AnyField]) {
        self(fields);
    }
}

/// What does not depend on the values.
#[derive(Debug)]
pub struct Shape {
    pub(super) name: &'static str,
    pub(super) fields: &'static [&'static str],
}

/// The fields as NetBox calls them: a word that Rust keeps for itself has a mark.
pub(super) const fn plain<const N: usize>(mut names: [&'static str; N]) -> [&'static str; N] {
    let mut number = 0;
    while number < N {
        if let [b'r', b'#', plain @ ..] = names[number].as_bytes() {
            if let Ok(plain) = std::str::from_utf8(plain) {
                names[number] = plain;
            }
        }
        number += 1;
    }
    names
}

/// A field of whatever type. It borrows nothing, which makes tables of fields cheap to compile.
pub(super) type AnyField = dyn Field + 'static;

/// A type that a field can have.
pub trait Field {
    /// Before anything was read. Where it is not one that says so, it is never seen.
    #[doc(hidden)]
    fn blank() -> Self
    where
        Self: Sized;
    #[doc(hidden)]
    fn slot(&mut self) -> Slot<'_>;
    #[doc(hidden)]
    fn view(&self) -> View<'_>;
}

/// A [`Model`] whose type is not known.
pub trait Object {
    #[doc(hidden)]
    fn shape(&self) -> &'static Shape;
    #[doc(hidden)]
    fn look(&self, look: &mut dyn FnMut(&[&AnyField]));
    #[doc(hidden)]
    fn change(&mut self, change: &mut dyn FnMut(&mut [&mut AnyField]));
}

impl<T: Model> Object for T {
    #[inline]
    fn shape(&self) -> &'static Shape {
        T::SHAPE
    }

    #[inline]
    fn look(&self, mut look: &mut dyn FnMut(&[&AnyField])) {
        self.with_fields(&mut look);
    }

    #[inline]
    fn change(&mut self, mut change: &mut dyn FnMut(&mut [&mut AnyField])) {
        self.with_fields_mut(&mut change);
    }
}

/// Where a value goes that is read.
#[allow(missing_debug_implementations, reason = "it lives as long as a value is read")]
pub enum Slot<'a> {
    Natural(&'a mut u64),
    Integer(&'a mut i64),
    Number(&'a mut f64),
    Boolean(&'a mut bool),
    Text(&'a mut String),
    Word(&'a mut dyn Word),
    Json(&'a mut Value),
    Map(&'a mut Map),
    Object(&'a mut dyn Object),
    Option(&'a mut dyn Grow),
    List(&'a mut dyn Grow),
    /// Value and label.
    Choice(&'a mut dyn Field, &'a mut String),
}

impl Slot<'_> {
    /// Whether it holds something sensible where nothing is read.
    pub(super) fn may_be_left(&self) -> bool {
        matches!(self, Slot::Option(_) | Slot::List(_) | Slot::Json(_) | Slot::Map(_))
    }
}

/// A value of a field.
#[allow(missing_debug_implementations, reason = "it lives as long as a value is looked at")]
pub enum View<'a> {
    Null,
    Natural(u64),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Text(&'a str),
    Json(&'a Value),
    Map(&'a Map),
    Object(&'a dyn Object),
    List(&'a dyn Items),
    /// Value and label.
    Choice(&'a dyn Field, &'a str),
}

/// A text out of some.
pub trait Word {
    #[doc(hidden)]
    fn set(&mut self, text: &str);
}

/// What holds nothing until something is read.
pub trait Grow {
    /// The place of one more value.
    #[doc(hidden)]
    fn grow(&mut self) -> Slot<'_>;
}

/// The values of a list.
pub trait Items {
    #[doc(hidden)]
    fn count(&self) -> usize;
    /// One of them. There are as many as [`count`](Items::count) says.
    #[doc(hidden)]
    fn at(&self, index: usize) -> View<'_>;
}

impl<T: Field> Grow for Option<T> {
    #[inline]
    fn grow(&mut self) -> Slot<'_> {
        self.insert(T::blank()).slot()
    }
}

impl<T: Field> Grow for Vec<T> {
    #[inline]
    fn grow(&mut self) -> Slot<'_> {
        self.push(T::blank());
        let last = self.len() - 1;
        self[last].slot()
    }
}

impl<T: Field> Items for Vec<T> {
    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn at(&self, index: usize) -> View<'_> {
        self.get(index).map_or(View::Null, T::view)
    }
}

impl<T: Field> Field for Option<T> {
    #[inline]
    fn blank() -> Self {
        None
    }

    #[inline]
    fn slot(&mut self) -> Slot<'_> {
        Slot::Option(self)
    }

    #[inline]
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Null, T::view)
    }
}

impl<T: Field> Field for Vec<T> {
    #[inline]
    fn blank() -> Self {
        Vec::new()
    }

    #[inline]
    fn slot(&mut self) -> Slot<'_> {
        Slot::List(self)
    }

    #[inline]
    fn view(&self) -> View<'_> {
        View::List(self)
    }
}

impl<T: Model> Field for T {
    #[inline]
    fn blank() -> Self {
        T::blank()
    }

    #[inline]
    fn slot(&mut self) -> Slot<'_> {
        Slot::Object(self)
    }

    #[inline]
    fn view(&self) -> View<'_> {
        View::Object(self)
    }
}

/// So that it is a field as the object in it is.
impl<T: Model> Model for Box<T> {
    const SHAPE: &'static Shape = T::SHAPE;

    #[inline]
    fn blank() -> Self {
        Box::new(T::blank())
    }

    #[inline]
    fn with_fields(&self, look: &mut dyn Look) {
        (**self).with_fields(look);
    }

    #[inline]
    fn with_fields_mut(&mut self, change: &mut dyn Change) {
        (**self).with_fields_mut(change);
    }
}

macro_rules! fields {
    ($($kind:ty => $variant:ident, $view:expr;)*) => {$(
        impl Field for $kind {
            fn blank() -> Self {
                <$kind>::default()
            }

            fn slot(&mut self) -> Slot<'_> {
                Slot::$variant(self)
            }

            fn view(&self) -> View<'_> {
                let view: fn(&$kind) -> View<'_> = $view;
                view(self)
            }
        }
    )*};
}

fields! {
    u64 => Natural, |value| View::Natural(*value);
    i64 => Integer, |value| View::Integer(*value);
    f64 => Number, |value| View::Number(*value);
    bool => Boolean, |value| View::Boolean(*value);
    String => Text, |value| View::Text(value);
    Value => Json, |value| View::Json(value);
    Map => Map, |value| View::Map(value);
}

/// An object of NetBox: the type, and all that is done with it. Each function is one call, or one expression for all fields: there are many, and each costs time to compile.
macro_rules! object {
    ($(#[$attribute:meta])* $name:ident { $($field:ident: $kind:ty,)* }) => {
        $(#[$attribute])*
        #[non_exhaustive]
        #[allow(missing_docs, reason = "NetBox's documents do not describe its fields")]
        pub struct $name {
            $(pub $field: $kind,)*
        }

        impl $crate::typed::table::Model for $name {
            const SHAPE: &'static $crate::typed::table::Shape = &$crate::typed::table::Shape {
                name: stringify!($name),
                fields: &$crate::typed::table::plain([$(stringify!($field)),*]),
            };

            #[inline]
            fn blank() -> Self {
                $name { $($field: $crate::typed::table::Field::blank()),* }
            }

            #[inline]
            fn with_fields(&self, look: &mut dyn $crate::typed::table::Look) {
                look.at(&[$(&self.$field),*]);
            }

            #[inline]
            fn with_fields_mut(&mut self, change: &mut dyn $crate::typed::table::Change) {
                change.at(&mut [$(&mut self.$field),*]);
            }
        }

        impl std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::typed::view::show(self, f)
            }
        }

        impl Clone for $name {
            #[inline]
            fn clone(&self) -> Self {
                $crate::typed::view::copied(self)
            }
        }

        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::typed::view::same(self, other)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::typed::view::write(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::typed::read::field(deserializer)
            }
        }
    };
}

pub(super) use object;
