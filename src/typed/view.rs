//! Objects as they are: shown, compared, copied and written.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::table::{Model, Object, Slot, View};
use crate::redact::{REDACTED, is_secret_name, shown_json, shown_url};

/// As a struct, without the fields that are empty.
pub(super) fn show(object: &dyn Object, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut shown = f.debug_struct(object.shape().name);
    object.look(&mut |fields| {
        for (name, field) in object.shape().fields.iter().zip(fields) {
            let view = field.view();
            match view {
                _ if view.is_empty() => {}
                _ if is_secret_name(name) => drop(shown.field(name, &format_args!("{REDACTED}"))),
                // Logins stand in some URLs.
                View::Text(text) if name.ends_with("url") => drop(shown.field(name, &shown_url(text))),
                view => drop(shown.field(name, &view)),
            }
        }
    });
    shown.finish()
}

/// Two objects of one type.
pub(super) fn same(left: &dyn Object, right: &dyn Object) -> bool {
    let mut is_same = true;
    left.look(&mut |left| right.look(&mut |right| is_same = left.iter().zip(right).all(|(left, right)| left.view() == right.view())));
    is_same
}

/// A copy of an object.
pub(super) fn copied<T: Model>(object: &T) -> T {
    let mut blank = T::blank();
    copy(object, &mut blank);
    blank
}

/// The fields of an object into another one of its type, which is blank.
fn copy(object: &dyn Object, copy: &mut dyn Object) {
    object.look(&mut |fields| copy.change(&mut |slots| fields.iter().zip(slots).for_each(|(field, slot)| put(field.view(), slot.slot()))));
}

pub(super) fn write<S: Serializer>(object: &dyn Object, serializer: S) -> Result<S::Ok, S::Error> {
    View::Object(object).serialize(serializer)
}

/// A value into the place of one of its type.
fn put(view: View<'_>, slot: Slot<'_>) {
    match (slot, view) {
        (Slot::Natural(place), View::Natural(value)) => *place = value,
        (Slot::Integer(place), View::Integer(value)) => *place = value,
        (Slot::Number(place), View::Number(value)) => *place = value,
        (Slot::Boolean(place), View::Boolean(value)) => *place = value,
        (Slot::Text(place), View::Text(value)) => value.clone_into(place),
        (Slot::Word(place), View::Text(value)) => place.set(value),
        (Slot::Json(place), View::Json(value)) => place.clone_from(value),
        (Slot::Map(place), View::Map(value)) => place.clone_from(value),
        (Slot::Object(place), View::Object(value)) => copy(value, place),
        (Slot::Choice(place, text), View::Choice(value, label)) => {
            put(value.view(), place.slot());
            label.clone_into(text);
        }
        (Slot::List(place), View::List(list)) => (0..list.count()).for_each(|index| put(list.at(index), place.grow())),
        // A place that is blank holds nothing as it is.
        (_, View::Null) => {}
        (Slot::Option(place), value) => put(value, place.grow()),
        (_, _) => {}
    }
}

impl View<'_> {
    fn is_empty(&self) -> bool {
        match self {
            View::Null => true,
            View::Text(text) => text.is_empty(),
            View::Json(value) => value.is_null(),
            View::Map(map) => map.is_empty(),
            View::List(list) => list.count() == 0,
            _ => false,
        }
    }
}

impl PartialEq for View<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (View::Null, View::Null) => true,
            (View::Natural(left), View::Natural(right)) => left == right,
            (View::Integer(left), View::Integer(right)) => left == right,
            (View::Number(left), View::Number(right)) => left == right,
            (View::Boolean(left), View::Boolean(right)) => left == right,
            (View::Text(left), View::Text(right)) => left == right,
            (View::Json(left), View::Json(right)) => left == right,
            (View::Map(left), View::Map(right)) => left == right,
            (View::Object(left), View::Object(right)) => same(*left, *right),
            (View::List(left), View::List(right)) => {
                left.count() == right.count() && (0..left.count()).all(|index| left.at(index) == right.at(index))
            }
            (View::Choice(left, left_label), View::Choice(right, right_label)) => left.view() == right.view() && left_label == right_label,
            _ => false,
        }
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            View::Null => f.write_str("None"),
            View::Natural(value) => value.fmt(f),
            View::Integer(value) => value.fmt(f),
            View::Number(value) => value.fmt(f),
            View::Boolean(value) => value.fmt(f),
            View::Text(text) => text.fmt(f),
            View::Json(value) => f.write_str(&shown_json(value)),
            View::Map(map) => f.write_str(&shown_json(map)),
            View::Object(object) => show(*object, f),
            View::List(list) => f.debug_list().entries((0..list.count()).map(|index| list.at(index))).finish(),
            View::Choice(value, _) => value.view().fmt(f),
        }
    }
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            View::Null => serializer.serialize_unit(),
            View::Natural(value) => serializer.serialize_u64(*value),
            View::Integer(value) => serializer.serialize_i64(*value),
            View::Number(value) => serializer.serialize_f64(*value),
            View::Boolean(value) => serializer.serialize_bool(*value),
            View::Text(text) => serializer.serialize_str(text),
            View::Json(value) => value.serialize(serializer),
            View::Map(map) => map.serialize(serializer),
            View::Object(object) => {
                let names = object.shape().fields;
                let mut members = serializer.serialize_map(Some(names.len()))?;
                let mut outcome = Ok(());
                object.look(&mut |fields| {
                    outcome = names.iter().zip(fields).try_for_each(|(name, field)| members.serialize_entry(name, &field.view()));
                });
                outcome?;
                members.end()
            }
            View::List(list) => {
                let mut items = serializer.serialize_seq(Some(list.count()))?;
                (0..list.count()).try_for_each(|index| items.serialize_element(&list.at(index)))?;
                items.end()
            }
            View::Choice(value, label) => {
                let mut members = serializer.serialize_map(Some(2))?;
                members.serialize_entry("value", &value.view())?;
                members.serialize_entry("label", label)?;
                members.end()
            }
        }
    }
}
