//! The order of a list: what `ordering` says, or else what the model says.

use std::cmp::{Ordering, Reverse};
use std::net::IpAddr;

use serde_json::Value;

use super::display::display;
use super::network::Network;
use super::read::{Reader, Shape};
use super::refusal::{Outcome, Refusal};
use super::store::Row;

/// What a row is ordered by. Nothing comes last.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Flag(bool),
    Number(i128),
    Network(IpAddr, u8),
    Text(Vec<Piece>),
    Path(Vec<Key>),
    Nothing,
}

/// Numbers within a text count as numbers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Number(u128),
    Letters(String),
}

/// What no database holds or counts.
const UNORDERED: [&str; 3] = ["display", "display_url", "url"];

/// Orders ids.
pub(super) fn ordered(reader: &Reader<'_>, resource: &str, ordering: Option<&str>, mut ids: Vec<u64>) -> Vec<u64> {
    let mut names: Vec<&str> = wanted(reader, resource, ordering).collect();
    if names.is_empty() {
        names = reader.rules.model(resource).ordering.iter().map(String::as_str).collect();
    }
    ids.sort_by_cached_key(|id| {
        let row = reader.store.get(resource, *id);
        let key = |name: &str| row.map_or(Key::Nothing, |row| key(reader, resource, *id, row, name));
        let keys: Vec<Directed> = names
            .iter()
            .map(|name| match name.strip_prefix('-') {
                Some(name) => Directed::Down(Reverse(key(name))),
                None => Directed::Up(key(name)),
            })
            .collect();
        (keys, *id)
    });
    ids
}

/// Refuses an order by numbers that NetBox counts only where they are shown.
pub(super) fn check(reader: &Reader<'_>, resource: &str, ordering: Option<&str>, shape: &Shape) -> Outcome<()> {
    let model = reader.rules.model(resource);
    let is_counted = |name: &str| !model.counted.iter().any(|counted| counted == name) || shape.shows(&model.brief, name);
    let is_there = |name: &str| is_counted(name) && reader.rules.is_sent(resource, name);
    match wanted(reader, resource, ordering).map(|name| name.trim_start_matches('-')).find(|name| !is_there(name)) {
        Some(name) => {
            let error = format!("Cannot resolve keyword '{name}' into field.");
            Err(Refusal::of_exception(reader.rules.version(), "FieldError", &error))
        }
        None => Ok(()),
    }
}

/// The fields that `ordering` names, with a minus where they are wanted downwards. What NetBox does not know counts for nothing.
fn wanted<'a>(reader: &'a Reader<'_>, resource: &'a str, ordering: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    let is_known = |name: &str| name == "pk" || !UNORDERED.contains(&name) && reader.rules.field(resource, name).is_some();
    let names = ordering.into_iter().flat_map(|list| list.split(',')).map(str::trim);
    names.filter(move |name| is_known(name.strip_prefix('-').unwrap_or(name)))
}

#[derive(Debug, PartialEq, Eq)]
enum Directed {
    Up(Key),
    Down(Reverse<Key>),
}

impl Ord for Directed {
    fn cmp(&self, other: &Directed) -> Ordering {
        match (self, other) {
            (Directed::Up(own), Directed::Up(other)) => own.cmp(other),
            (Directed::Down(own), Directed::Down(other)) => own.cmp(other),
            _ => Ordering::Equal,
        }
    }
}

impl PartialOrd for Directed {
    fn partial_cmp(&self, other: &Directed) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn key(reader: &Reader<'_>, resource: &str, id: u64, row: &Row, name: &str) -> Key {
    match name {
        "id" | "pk" => return Key::Number(id.into()),
        // The names from the root of the tree down.
        "sort_path" => {
            let parent = row.get("parent").and_then(Value::as_u64).and_then(|id| Some((id, reader.store.get(resource, id)?)));
            let mut path = match parent.map(|(id, row)| key(reader, resource, id, row, name)) {
                Some(Key::Path(path)) => path,
                _ => Vec::new(),
            };
            path.push(key(reader, resource, id, row, "name"));
            return Key::Path(path);
        }
        _ => {}
    }
    let target = reader.rules.field(resource, name).and_then(|field| field.reference.as_deref());
    let derived;
    let value = match row.get(name) {
        Some(value) => value,
        None => {
            derived = reader.plain(resource, id, row, name);
            &derived
        }
    };
    match (value, target) {
        (Value::Number(id), Some(target)) => {
            let found = id.as_u64().and_then(|id| Some((id, reader.store.get(target, id)?)));
            found.map_or(Key::Nothing, |(id, row)| Key::Text(pieces(&display(reader.rules, reader.store, target, id, row))))
        }
        (Value::Number(number), None) => Key::Number((number.as_f64().unwrap_or_default() * 1e6) as i128),
        (Value::Bool(flag), _) => Key::Flag(*flag),
        (Value::String(text), _) => match Network::of(text) {
            Some(network) => Key::Network(network.address, network.length),
            None if is_natural(reader, resource, name) => Key::Text(pieces(text)),
            None => Key::Text(vec![Piece::Letters(text.to_lowercase())]),
        },
        _ => Key::Nothing,
    }
}

/// Whether numbers in a text count as numbers.
fn is_natural(reader: &Reader<'_>, resource: &str, name: &str) -> bool {
    let model = reader.rules.model(resource);
    model.natural.iter().any(|natural| natural == name) || model.ordering.iter().any(|ordering| ordering == "sort_path")
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for letter in text.to_lowercase().chars() {
        match (letter.to_digit(10), pieces.last_mut()) {
            (Some(digit), Some(Piece::Number(number))) => *number = number.saturating_mul(10).saturating_add(digit.into()),
            (Some(digit), _) => pieces.push(Piece::Number(digit.into())),
            (None, Some(Piece::Letters(letters))) => letters.push(letter),
            (None, _) => pieces.push(Piece::Letters(letter.to_string())),
        }
    }
    pieces
}
