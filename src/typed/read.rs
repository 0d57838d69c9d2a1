//! Objects from what servers send: one visitor for all types.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

use serde::de::{self, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::Value;

use super::table::{AnyField, Field, Grow, Object, Shape, Slot};
use super::values::Map;

/// Reads into a field that is blank.
pub(super) fn fill<'de, D: Deserializer<'de>>(field: &mut AnyField, deserializer: D) -> Result<(), D::Error> {
    field.slot().deserialize(deserializer)
}

pub(super) fn field<'de, T: Field, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let mut field = T::blank();
    field.slot().deserialize(deserializer)?;
    Ok(field)
}

impl<'de> DeserializeSeed<'de> for Slot<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self {
            Slot::Json(place) => {
                *place = de::Deserialize::deserialize(deserializer)?;
                Ok(())
            }
            // Numbers are asked for as such: serde_json may be built to give those that are not as text.
            slot @ Slot::Natural(_) => deserializer.deserialize_u64(slot),
            slot @ Slot::Integer(_) => deserializer.deserialize_i64(slot),
            slot @ Slot::Number(_) => deserializer.deserialize_f64(slot),
            slot @ Slot::Option(_) => deserializer.deserialize_option(slot),
            // So that who only wants to know the fields learns them.
            Slot::Object(object) => {
                let shape = object.shape();
                deserializer.deserialize_struct(shape.name, shape.fields, Slot::Object(object))
            }
            slot => deserializer.deserialize_any(slot),
        }
    }
}

impl<'de> Visitor<'de> for Slot<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Slot::Natural(_) => "a number of zero or more",
            Slot::Integer(_) => "a whole number",
            Slot::Number(_) => "a number",
            Slot::Boolean(_) => "true or false",
            Slot::Text(_) | Slot::Word(_) => "a text",
            Slot::List(_) => "a list",
            Slot::Choice(..) => "a choice",
            Slot::Map(_) | Slot::Object(_) => "an object",
            Slot::Option(_) | Slot::Json(_) => "a value",
        })
    }

    /// Null: of a list or a map as if there were none.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if self.may_be_left() { Ok(()) } else { Err(E::invalid_type(Unexpected::Other("null"), &self)) }
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self {
            Slot::Option(option) => option.grow().deserialize(deserializer),
            slot => slot.deserialize(deserializer),
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        match self {
            Slot::Boolean(place) => *place = value,
            Slot::Option(option) => option.grow().visit_bool(value)?,
            Slot::Json(place) => *place = value.into(),
            slot => return Err(E::invalid_type(Unexpected::Bool(value), &slot)),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match self {
            Slot::Natural(place) => *place = value,
            Slot::Integer(place) => {
                *place = i64::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &"a smaller number"))?
            }
            Slot::Number(place) => *place = value as f64,
            Slot::Option(option) => option.grow().visit_u64(value)?,
            Slot::Json(place) => *place = value.into(),
            slot => return Err(E::invalid_type(Unexpected::Unsigned(value), &slot)),
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        match self {
            Slot::Integer(place) => *place = value,
            Slot::Number(place) => *place = value as f64,
            Slot::Option(option) => option.grow().visit_i64(value)?,
            Slot::Json(place) => *place = value.into(),
            slot => match u64::try_from(value) {
                // Other formats than JSON tell no sign.
                Ok(value) => slot.visit_u64(value)?,
                Err(_) => return Err(E::invalid_type(Unexpected::Signed(value), &slot)),
            },
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match self {
            Slot::Number(place) => *place = value,
            Slot::Option(option) => option.grow().visit_f64(value)?,
            Slot::Json(place) => *place = value.into(),
            slot => return Err(E::invalid_type(Unexpected::Float(value), &slot)),
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        match self {
            Slot::Text(place) => value.clone_into(place),
            Slot::Word(place) => place.set(value),
            // Forms that writes take, and replies of some plugins, have no label.
            Slot::Choice(place, _) => place.slot().visit_str(value)?,
            Slot::Option(option) => option.grow().visit_str(value)?,
            Slot::Json(place) => *place = value.into(),
            slot => return Err(E::invalid_type(Unexpected::Str(value), &slot)),
        }
        Ok(())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<(), E> {
        match self {
            Slot::Text(place) => *place = value,
            Slot::Option(option) => option.grow().visit_string(value)?,
            slot => slot.visit_str(&value)?,
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        match self {
            Slot::List(list) => while items.next_element_seed(Item(list))?.is_some() {},
            Slot::Option(option) => option.grow().visit_seq(items)?,
            Slot::Json(place) => {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                *place = Value::Array(list);
            }
            slot => return Err(Error::invalid_type(Unexpected::Seq, &slot)),
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        match self {
            Slot::Object(object) => read_object(object, members)?,
            Slot::Option(option) => option.grow().visit_map(members)?,
            Slot::Choice(value, label) => {
                let mut has_value = false;
                while let Some(field) = members.next_key_seed(Name(&CHOICE, 0))? {
                    match field {
                        Some(0) => {
                            members.next_value_seed(value.slot())?;
                            has_value = true;
                        }
                        Some(_) => *label = members.next_value::<Option<String>>()?.unwrap_or_default(),
                        None => drop(members.next_value::<IgnoredAny>()?),
                    }
                }
                if !has_value {
                    return Err(Error::missing_field("value"));
                }
            }
            Slot::Map(place) => *place = read_map(members)?,
            Slot::Json(place) => *place = Value::Object(read_map(members)?),
            slot => return Err(Error::invalid_type(Unexpected::Map, &slot)),
        }
        Ok(())
    }
}

static CHOICE: Shape = Shape { name: "choice", fields: &["value", "label"] };

/// Every field that has to have a value gets one, or it is an error.
fn read_object<'de, A: MapAccess<'de>>(object: &mut dyn Object, mut members: A) -> Result<(), A::Error> {
    let shape = object.shape();
    let mut outcome = Ok(());
    object.change(&mut |fields| outcome = read_fields(shape, fields, &mut members));
    outcome
}

fn read_fields<'de, A: MapAccess<'de>>(shape: &'static Shape, fields: &mut [&mut AnyField], members: &mut A) -> Result<(), A::Error> {
    // No object has more fields than bits: the generator sees to it.
    let mut seen = [0_u64; 4];
    let mut place = 0;
    while let Some(found) = members.next_key_seed(Name(shape, place))? {
        match found.and_then(|number| Some((number, fields.get_mut(number)?))) {
            Some((number, field)) => {
                place = number + 1;
                seen[number / 64 % 4] |= 1 << (number % 64);
                members.next_value_seed(field.slot())?;
            }
            None => drop(members.next_value::<IgnoredAny>()?),
        }
    }
    for (number, (name, field)) in shape.fields.iter().zip(fields).enumerate() {
        if seen[number / 64 % 4] & 1 << (number % 64) == 0 && !field.slot().may_be_left() {
            return Err(Error::missing_field(name));
        }
    }
    Ok(())
}

fn read_map<'de, A: MapAccess<'de>>(mut members: A) -> Result<Map, A::Error> {
    let mut map = Map::new();
    while let Some((name, value)) = members.next_entry()? {
        map.insert(name, value);
    }
    Ok(map)
}

/// The field that followed another the last time, by where its name stands in memory: objects of a type come in one order, which is not that of the documents. A guess, whatever is
/// in it: no thread depends on what another wrote, and two names may have one place here.
static FOLLOWING: [AtomicU8; 4096] = [const { AtomicU8::new(0) }; 4096];

/// The number of the field that a key names. The second is one more than that of the field before it.
struct Name(&'static Shape, usize);

impl Name {
    fn find(&self, name: &str) -> Option<usize> {
        let Name(shape, place) = *self;
        let before = shape.fields.get(place).or_else(|| shape.fields.first())?;
        let following = &FOLLOWING[std::ptr::from_ref(before).addr() / size_of::<&str>() % FOLLOWING.len()];
        let guess = usize::from(following.load(Ordering::Relaxed));
        if shape.fields.get(guess) == Some(&name) {
            return Some(guess);
        }
        let found = shape.fields.iter().position(|field| *field == name)?;
        following.store(u8::try_from(found).unwrap_or_default(), Ordering::Relaxed);
        Some(found)
    }
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        let found = self.find(name);
        if found.is_none() {
            log::debug!("{} has a member that is not known here: {name}", self.0.name);
        }
        Ok(found)
    }
}

/// The next item of a list.
struct Item<'a>(&'a mut dyn Grow);

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.grow().deserialize(deserializer)
    }
}
