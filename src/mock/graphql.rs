//! GraphQL: lists and single objects, with fields, what they lead to, and filters. It only reads.

mod filters;
mod parser;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::options::words;
use super::ordering::ordered;
use super::parameters::Parameters;
use super::read::Reader;
use super::refusal::Refusal;
use super::rules::Rules;
use super::store::{Row, Store};
use super::tokens;
use filters::{Condition, conditions};
use parser::{Arguments, Document, Fragment, Literal, Operation, Place, Selected, Selection};

/// What REST has and GraphQL has not.
const HIDDEN: [&str; 5] = ["core/jobs", "core/object-changes", "extras/bookmarks", "users/permissions", "users/tokens"];
const HIDDEN_FIELDS: [&str; 2] = ["url", "display_url"];

/// How deep fields and fragments may lie within each other, and how many fields a query may look at in all.
const MAX_DEPTH: usize = 50;
const MAX_FIELDS: usize = 2_000_000;

/// Why there is no data.
#[derive(Debug)]
pub(super) enum Failure {
    Query(Vec<Value>),
    /// What the mock does not do.
    Missing(String),
}

impl Failure {
    fn query(message: String) -> Failure {
        Failure::Query(vec![json!({"message": message})])
    }

    fn at(message: String, place: Place) -> Failure {
        Failure::at_all(message, &[place])
    }

    fn at_all(message: String, places: &[Place]) -> Failure {
        let locations: Vec<Value> = places.iter().map(|place| json!({"line": place.line, "column": place.column})).collect();
        Failure::Query(vec![json!({"message": message, "locations": locations})])
    }

    fn too_deep() -> Failure {
        Failure::Missing(format!("GraphQL query whose fields or fragments lie more than {MAX_DEPTH} deep in each other"))
    }
}

pub(super) fn answer(rules: &Rules, store: &Store, request: &Request<Vec<u8>>, origin: &str) -> Response<Vec<u8>> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let authorization = header(header::AUTHORIZATION).filter(|value| value.starts_with("Token") || value.starts_with("Bearer"));
    if authorization.is_none() {
        return match header(header::ACCEPT) {
            Some(accept) if !accept.contains("text/html") && !accept.contains("*/*") => {
                plain(StatusCode::FORBIDDEN, "text/html; charset=utf-8", "No credentials provided.")
            }
            _ => {
                let mut response = plain(StatusCode::FOUND, "text/html; charset=utf-8", "");
                response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/login/?next=/graphql/"));
                response
            }
        };
    }
    if let Err(refusal) = tokens::user(rules, store, authorization, &Method::GET) {
        let (status, body) = refusal.into_parts();
        return plain(status, "text/html; charset=utf-8", body["detail"].as_str().unwrap_or_default());
    }
    let bad = |message: &str| plain(StatusCode::BAD_REQUEST, "text/plain", message);
    let body: Value = match *request.method() {
        Method::GET => {
            let parameters = Parameters::of(request.uri().query().unwrap_or_default());
            let variables = parameters.last("variables").and_then(|text| serde_json::from_str::<Value>(text).ok());
            json!({"query": parameters.last("query"), "variables": variables, "operationName": parameters.last("operationName")})
        }
        Method::POST if !header(header::CONTENT_TYPE).unwrap_or_default().starts_with("application/json") => {
            return bad("Unsupported content type");
        }
        Method::POST => match serde_json::from_slice(request.body()) {
            Ok(Value::Array(_)) => return bad("Batching is not enabled"),
            Ok(body) => body,
            Err(_) => return bad("Unable to parse request body as JSON"),
        },
        _ => return plain(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "GraphQL only supports GET and POST requests."),
    };
    let Some(query) = body["query"].as_str().filter(|query| !query.is_empty()) else { return bad("No GraphQL query found in the request") };
    let document = match parser::parse(query) {
        Ok(document) => document,
        Err(error) => return reply(Err(Failure::at(error.message, error.place))),
    };
    let operation = match body["operationName"].as_str() {
        Some(name) => document.operations.iter().find(|operation| operation.name.as_deref() == Some(name)),
        None => document.operations.first(),
    };
    let Some(operation) = operation else {
        return bad(&format!("Unknown operation named {}.", body["operationName"]));
    };
    reply(check_names(&document).and_then(|()| execute(rules, store, origin, &document, operation, &body["variables"])))
}

fn plain(status: StatusCode, kind: &'static str, body: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn reply(outcome: Result<Value, Failure>) -> Response<Vec<u8>> {
    let body = match outcome {
        Ok(data) => json!({"data": data}),
        Err(Failure::Query(errors)) => json!({"data": null, "errors": errors}),
        Err(Failure::Missing(what)) => return Refusal::not_implemented(what).into_response(),
    };
    plain(StatusCode::OK, "application/json", &body.to_string())
}

/// Whether the operations of a document can be told apart.
fn check_names(document: &Document) -> Result<(), Failure> {
    let mut named = BTreeMap::new();
    for operation in &document.operations {
        match &operation.name {
            None if document.operations.len() > 1 => {
                return Err(Failure::at("This anonymous operation must be the only defined operation.".to_owned(), operation.place));
            }
            None => {}
            Some(name) => {
                if let Some(first) = named.insert(name, operation.name_place) {
                    return Err(Failure::at_all(
                        format!("There can be only one operation named '{name}'."),
                        &[first, operation.name_place],
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Finds a fragment that is within itself.
struct Cycles<'a> {
    fragments: &'a BTreeMap<&'a str, &'a Fragment>,
    seen: BTreeSet<&'a str>,
    /// The spreads that led here, after the fragment that the first one stands in.
    path: Vec<(&'a str, Place)>,
}

impl<'a> Cycles<'a> {
    fn check(&mut self, fragment: &'a Fragment, within: &mut BTreeMap<&'a str, usize>) -> Result<(), Failure> {
        if !self.seen.insert(&fragment.name) {
            return Ok(());
        }
        if self.path.len() > MAX_DEPTH {
            return Err(Failure::too_deep());
        }
        within.insert(&fragment.name, self.path.len());
        let mut spreads = Vec::new();
        spreads_of(&fragment.selection, &mut spreads);
        for (name, place) in spreads {
            self.path.push((name, place));
            match (within.get(name), self.fragments.get(name)) {
                (Some(start), _) => {
                    let cycle = self.path.get(*start..).unwrap_or_default();
                    let places: Vec<Place> = cycle.iter().map(|(_, place)| *place).collect();
                    let via: Vec<String> = cycle.iter().rev().skip(1).rev().map(|(name, _)| format!("'{name}'")).collect();
                    let via = if via.is_empty() { String::new() } else { format!(" via {}", via.join(", ")) };
                    return Err(Failure::at_all(format!("Cannot spread fragment '{name}' within itself{via}."), &places));
                }
                (None, Some(fragment)) => self.check(fragment, within)?,
                (None, None) => {}
            }
            self.path.pop();
        }
        within.remove(fragment.name.as_str());
        Ok(())
    }
}

/// The spreads of fragments in a selection, however deep.
fn spreads_of<'a>(selection: &'a [Selection], all: &mut Vec<(&'a str, Place)>) {
    for Selection { what, place, .. } in selection {
        match what {
            Selected::Spread(name) => all.push((name, *place)),
            Selected::Field { selection, .. } | Selected::Inline { selection, .. } => spreads_of(selection, all),
        }
    }
}

fn execute(
    rules: &Rules,
    store: &Store,
    origin: &str,
    document: &Document,
    operation: &Operation,
    given: &Value,
) -> Result<Value, Failure> {
    if operation.kind != "query" {
        return Err(Failure::at(format!("The {} operation is not supported by the schema.", operation.kind), operation.place));
    }
    let mut variables = BTreeMap::new();
    let none = BTreeMap::new();
    for variable in &operation.variables {
        let value = match (given.get(&variable.name), &variable.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => literal(default, &none)?,
            (None, None) => Value::Null,
        };
        if value.is_null() && variable.r#type.ends_with('!') {
            let (name, r#type) = (&variable.name, &variable.r#type);
            let message = format!("Variable '${name}' has invalid value: Expected a value of non-null type '{type}' to be provided.");
            return Err(Failure::at(message, variable.place));
        }
        variables.insert(variable.name.clone(), value);
    }
    let fragments = document.fragments.iter().map(|fragment| (fragment.name.as_str(), fragment)).collect();
    let mut cycles = Cycles { fragments: &fragments, seen: BTreeSet::new(), path: Vec::new() };
    document.fragments.iter().try_for_each(|fragment| cycles.check(fragment, &mut BTreeMap::new()))?;
    let reader = Reader::new(rules, store, origin);
    Execution { reader, fragments, variables, depth: Cell::new(0), looked_at: Cell::new(0) }.root(&operation.selection)
}

struct Execution<'a> {
    reader: Reader<'a>,
    fragments: BTreeMap<&'a str, &'a Fragment>,
    variables: BTreeMap<String, Value>,
    depth: Cell<usize>,
    /// How many fields were looked at.
    looked_at: Cell<usize>,
}

/// A field that is wanted, under the name that it is to have.
struct Wanted<'a> {
    key: &'a str,
    name: &'a str,
    arguments: &'a Arguments,
    /// What is wanted of it, each time that it is named.
    selections: Vec<&'a [Selection]>,
    place: Place,
}

impl<'a> Wanted<'a> {
    /// Takes in the same field, named again.
    fn merge(&mut self, other: Wanted<'a>) -> Result<(), Failure> {
        let reason = if self.name != other.name {
            Some(format!("'{}' and '{}' are different fields", self.name, other.name))
        } else if self.arguments.len() != other.arguments.len()
            || !self.arguments.iter().all(|(name, value, _)| other.arguments.iter().any(|(own, other, _)| own == name && other == value))
        {
            Some("they have differing arguments".to_owned())
        } else {
            None
        };
        if let Some(reason) = reason {
            let advice = "Use different aliases on the fields to fetch both if this was intentional.";
            return Err(Failure::at_all(format!("Fields '{}' conflict because {reason}. {advice}", self.key), &[self.place, other.place]));
        }
        self.selections.extend(other.selections);
        Ok(())
    }
}

impl Execution<'_> {
    fn root(&self, selection: &[Selection]) -> Result<Value, Failure> {
        let mut data = Map::new();
        for wanted in self.fields("Query", &[selection])? {
            data.insert(wanted.key.to_owned(), self.root_field(&wanted)?);
        }
        Ok(Value::Object(data))
    }

    fn root_field(&self, wanted: &Wanted<'_>) -> Result<Value, Failure> {
        match wanted.name {
            "__typename" => return Ok(json!("Query")),
            "__schema" | "__type" => return Err(Failure::Missing("GraphQL introspection".to_owned())),
            _ => {}
        }
        let list = wanted.name.strip_suffix("_list").and_then(|name| self.resource(name));
        let Some(resource) = list.or_else(|| self.resource(wanted.name)) else {
            return Err(Failure::at(format!("Cannot query field '{}' on type 'Query'.", wanted.name), wanted.place));
        };
        check_arguments(wanted, "Query", if list.is_some() { &OF_LISTS } else { &["id"] })?;
        self.check_selection(wanted, &format!("{}!", type_name(self.reader.rules, resource)), true)?;
        self.check(resource, &wanted.selections)?;
        if list.is_some() {
            return self.list(resource, self.reader.store.rows(resource).map(|(id, _)| id).collect(), wanted);
        }
        let Some(id) = self.argument(wanted, "id")? else {
            let message = format!("Argument 'Query.{}(id:)' of type 'ID!' is required, but it was not provided.", wanted.name);
            return Err(Failure::at(message, wanted.place));
        };
        let id = id.as_u64().or_else(|| id.as_str()?.parse().ok()).unwrap_or(0);
        if self.reader.store.get(resource, id).is_none() {
            let place = json!([{"line": wanted.place.line, "column": wanted.place.column}]);
            let message = format!("{} matching query does not exist.", self.reader.rules.model(resource).model);
            return Err(Failure::Query(vec![json!({"message": message, "locations": place, "path": [wanted.key]})]));
        }
        self.object(resource, id, &wanted.selections)
    }

    fn argument(&self, wanted: &Wanted<'_>, name: &str) -> Result<Option<Value>, Failure> {
        wanted.arguments.iter().find(|(own, ..)| own == name).map(|(_, value, _)| literal(value, &self.variables)).transpose()
    }

    /// Goes one level deeper.
    fn deeper<T>(&self, go: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return Err(Failure::too_deep());
        }
        self.depth.set(depth + 1);
        let gone = go();
        self.depth.set(depth);
        gone
    }

    /// Whether a type has the fields that are selected of it, be there an object or not.
    fn check(&self, resource: &str, selections: &[&[Selection]]) -> Result<(), Failure> {
        let r#type = type_name(self.reader.rules, resource);
        self.deeper(|| self.fields(&r#type, selections)?.iter().try_for_each(|wanted| self.check_field(resource, &r#type, wanted)))
    }

    fn check_field(&self, resource: &str, r#type: &str, wanted: &Wanted<'_>) -> Result<(), Failure> {
        let rules = self.reader.rules;
        let is_plain = matches!(wanted.name, "__typename" | "class_type" | "id" | "custom_field_data");
        if is_plain || wanted.name == "family" || rules.model(resource).generic.contains_key(wanted.name) {
            return check_arguments(wanted, r#type, &[]);
        }
        let field = rules.field(resource, wanted.name).filter(|_| !HIDDEN_FIELDS.contains(&wanted.name));
        match (field.map(|field| (field, &field.reference)), self.leading_here(resource, wanted.name)) {
            (Some((field, Some(target))), _) => {
                check_arguments(wanted, r#type, if field.is_list { &OF_LISTS } else { &[] })?;
                self.check_selection(wanted, &type_name(rules, target), true)?;
                self.check(target, &wanted.selections)
            }
            (Some((_, None)), _) => {
                check_arguments(wanted, r#type, &[])?;
                self.check_selection(wanted, "String!", false)
            }
            (None, Some((from, _))) => {
                check_arguments(wanted, r#type, &OF_LISTS)?;
                self.check(&from, &wanted.selections)
            }
            (None, None) => Err(Failure::at(format!("Cannot query field '{}' on type '{type}'.", wanted.name), wanted.place)),
        }
    }

    /// Those of some objects that a list wants, filtered and in pages.
    fn list(&self, resource: &str, ids: Vec<u64>, wanted: &Wanted<'_>) -> Result<Value, Failure> {
        let filters = self.argument(wanted, "filters")?.filter(|filters| !filters.is_null());
        let condition = filters.map(|filters| conditions(&self.reader, resource, &filters)).transpose()?;
        let fits = |id: &u64| {
            let is_met =
                |condition| self.reader.store.get(resource, *id).is_some_and(|row| Condition::is_met(condition, &self.reader, *id, row));
            condition.as_ref().is_none_or(is_met)
        };
        let ids = ids.into_iter().filter(fits).collect();
        let pagination = self.argument(wanted, "pagination")?.unwrap_or_default();
        let other = pagination.as_object().and_then(|members| members.keys().find(|name| !matches!(name.as_str(), "limit" | "offset")));
        if let Some(other) = other {
            return Err(Failure::Missing(format!("GraphQL pagination by {other}")));
        }
        let number = |name: &str| pagination.get(name)?.as_u64().and_then(|number| usize::try_from(number).ok());
        let page = ordered(&self.reader, resource, None, ids)
            .into_iter()
            .skip(number("offset").unwrap_or(0))
            .take(number("limit").unwrap_or(usize::MAX));
        page.map(|id| self.object(resource, id, &wanted.selections)).collect()
    }

    fn object(&self, resource: &str, id: u64, selections: &[&[Selection]]) -> Result<Value, Failure> {
        let Some(row) = self.reader.store.get(resource, id) else { return Ok(Value::Null) };
        self.deeper(|| {
            let mut object = Map::new();
            for wanted in self.fields(&type_name(self.reader.rules, resource), selections)? {
                object.insert(wanted.key.to_owned(), self.field(resource, id, row, &wanted)?);
            }
            Ok(Value::Object(object))
        })
    }

    fn field(&self, resource: &str, id: u64, row: &Row, wanted: &Wanted<'_>) -> Result<Value, Failure> {
        let rules = self.reader.rules;
        match wanted.name {
            "__typename" => return Ok(json!(type_name(rules, resource))),
            "class_type" => return Ok(json!(rules.model(resource).model)),
            "id" => return Ok(json!(id.to_string())),
            "custom_field_data" => return Ok(row.get("custom_fields").cloned().unwrap_or_else(|| json!({}))),
            _ => {}
        }
        if let Some([of_type, of_id]) = rules.model(resource).generic.get(wanted.name) {
            let target = row.get(of_type).and_then(Value::as_str).and_then(|name| rules.resource_of_type(name));
            return match target.zip(row.get(of_id).and_then(Value::as_u64)) {
                Some((target, id)) => self.object(target, id, &wanted.selections),
                None => Ok(Value::Null),
            };
        }
        let Some(field) = rules.field(resource, wanted.name).filter(|_| !HIDDEN_FIELDS.contains(&wanted.name)) else {
            return match self.leading_here(resource, wanted.name) {
                Some((from, via)) => self.list(&from, self.reader.leading(resource, &from, &via, id), wanted),
                None => Ok(Value::Null),
            };
        };
        if let Some(target) = &field.reference {
            let shown = self.reader.plain(resource, id, row, wanted.name);
            let id = |value: &Value| value["id"].as_u64();
            return match &shown {
                Value::Array(all) => self.list(target, all.iter().filter_map(id).collect(), wanted),
                one => id(one).map_or(Ok(Value::Null), |id| self.object(target, id, &wanted.selections)),
            };
        }
        let value = self.reader.plain(resource, id, row, wanted.name);
        if wanted.name == "family" {
            let members = self.fields("IPAddressFamilyType", &wanted.selections)?;
            return Ok(members.iter().map(|member| (member.key.to_owned(), value[member.name].clone())).collect::<Map<_, _>>().into());
        }
        Ok(match value {
            // Choices are their values alone.
            Value::Object(mut choice) if rules.form(resource, wanted.name).labels.is_some() => choice.remove("value").unwrap_or_default(),
            Value::String(moment) if matches!(wanted.name, "created" | "last_updated") => json!(moment.replace('Z', "+00:00")),
            other => other,
        })
    }

    /// The resource and its field that leads to objects of a resource, by what GraphQL calls them: `devices` of a site, `consoleports` of a device.
    fn leading_here(&self, resource: &str, name: &str) -> Option<(String, String)> {
        let rules = self.reader.rules;
        let is_component = matches!(resource, "dcim/devices" | "dcim/modules");
        let called = |path: &str| path.rsplit('/').next().unwrap_or_default().replace('-', if is_component { "" } else { "_" });
        let (from, schema) = rules.index.resources.iter().find(|(path, _)| called(path) == name && !HIDDEN.contains(&path.as_str()))?;
        let via =
            schema.fields.iter().find(|(_, field)| !field.read_only && field.reference.as_deref() == Some(resource)).map(|(name, _)| name);
        let generic = || rules.model(from).generic.keys().next();
        Some((from.clone(), via.or_else(generic)?.clone()))
    }

    /// The resource of a field of the query, as `dcim/sites` of `site`.
    fn resource(&self, name: &str) -> Option<&str> {
        let rules = self.reader.rules;
        let paths = rules.index.resources.keys().filter(|path| !HIDDEN.contains(&path.as_str()) && !path.starts_with("plugins/"));
        paths.map(String::as_str).find(|path| !rules.model(path).model.is_empty() && field_name(&rules.model(path).model) == name)
    }

    fn check_selection(&self, wanted: &Wanted<'_>, r#type: &str, has_fields: bool) -> Result<(), Failure> {
        let name = wanted.name;
        match (has_fields, wanted.selections.iter().all(|selection| selection.is_empty())) {
            (true, true) => Err(Failure::at(
                format!("Field '{name}' of type '{type}' must have a selection of subfields. Did you mean '{name} {{ ... }}'?"),
                wanted.place,
            )),
            (false, false) => {
                Err(Failure::at(format!("Field '{name}' must not have a selection since type '{type}' has no subfields."), wanted.place))
            }
            _ => Ok(()),
        }
    }

    /// The fields that selections want of a type, with those of fragments: each once, whatever is wanted of it.
    fn fields<'a>(&'a self, r#type: &str, selections: &[&'a [Selection]]) -> Result<Vec<Wanted<'a>>, Failure> {
        let mut collected = Collected::default();
        selections.iter().try_for_each(|selection| self.collect(r#type, selection, &mut collected))?;
        Ok(collected.fields)
    }

    fn collect<'a>(&'a self, r#type: &str, selection: &'a [Selection], collected: &mut Collected<'a>) -> Result<(), Failure> {
        for Selection { what, directives, place } in selection {
            self.looked_at.set(self.looked_at.get() + 1);
            if self.looked_at.get() > MAX_FIELDS {
                return Err(Failure::Missing(format!("GraphQL query that looks at more than {MAX_FIELDS} fields")));
            }
            if self.is_left_out(directives)? {
                continue;
            }
            match what {
                Selected::Field { alias, name, arguments, selection } => {
                    collected.add(Wanted {
                        key: alias.as_deref().unwrap_or(name),
                        name,
                        arguments,
                        selections: vec![selection],
                        place: *place,
                    })?;
                }
                Selected::Inline { on, selection } => {
                    if on.as_deref().is_none_or(|on| on == r#type) {
                        self.collect(r#type, selection, collected)?;
                    }
                }
                Selected::Spread(name) => {
                    let Some(fragment) = self.fragments.get(name.as_str()) else {
                        return Err(Failure::at(format!("Unknown fragment '{name}'."), *place));
                    };
                    if fragment.on == r#type && collected.spread.insert(name) {
                        self.collect(r#type, &fragment.selection, collected)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_left_out(&self, directives: &[(String, Arguments)]) -> Result<bool, Failure> {
        for (name, arguments) in directives {
            let Some((_, value, _)) = arguments.iter().find(|(name, ..)| name == "if") else { continue };
            let is_true = literal(value, &self.variables)? == json!(true);
            if name == "include" && !is_true || name == "skip" && is_true {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What selections want of a type.
#[derive(Default)]
struct Collected<'a> {
    fields: Vec<Wanted<'a>>,
    /// Where they are, by their keys.
    places: BTreeMap<&'a str, usize>,
    /// The fragments that were spread: one says the same each time.
    spread: BTreeSet<&'a str>,
}

impl<'a> Collected<'a> {
    fn add(&mut self, wanted: Wanted<'a>) -> Result<(), Failure> {
        match self.places.get(wanted.key).and_then(|place| self.fields.get_mut(*place)) {
            Some(same) => same.merge(wanted),
            None => {
                self.places.insert(wanted.key, self.fields.len());
                self.fields.push(wanted);
                Ok(())
            }
        }
    }
}

/// What lists may be given.
const OF_LISTS: [&str; 2] = ["filters", "pagination"];

fn check_arguments(wanted: &Wanted<'_>, r#type: &str, known: &[&str]) -> Result<(), Failure> {
    match wanted.arguments.iter().find(|(name, ..)| !known.contains(&name.as_str())) {
        Some((name, _, place)) => Err(Failure::at(format!("Unknown argument '{name}' on field '{type}.{}'.", wanted.name), *place)),
        None => Ok(()),
    }
}

/// A value with its variables set. The names of enums are texts.
fn literal(literal: &Literal, variables: &BTreeMap<String, Value>) -> Result<Value, Failure> {
    Ok(match literal {
        Literal::Variable(name) => {
            variables.get(name).cloned().ok_or_else(|| Failure::query(format!("Variable '${name}' is not defined.")))?
        }
        Literal::Plain(value) => value.clone(),
        Literal::Enum(name) => json!(name),
        Literal::List(items) => items.iter().map(|item| self::literal(item, variables)).collect::<Result<_, _>>()?,
        Literal::Object(members) => {
            let members = members.iter().map(|(name, value)| Ok((name.clone(), self::literal(value, variables)?)));
            Value::Object(members.collect::<Result<_, Failure>>()?)
        }
    })
}

/// As `SiteType`.
fn type_name(rules: &Rules, resource: &str) -> String {
    format!("{}Type", rules.model(resource).model)
}

/// As `ip_address` of `IPAddress`.
fn field_name(model: &str) -> String {
    words(model).to_lowercase().replace(' ', "_").replace("ip_sec", "ipsec")
}
