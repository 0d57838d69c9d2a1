//! What plugins add to the API: found by walking it, for a server tells of them nowhere else but in its document of 15 MB.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Map, Value};

use super::Plugins;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{self, Field, Kind, ResourceSchema, SchemaIndex};

/// How long a plugin may take for an answer at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long all answers of a plugin may take.
const PATIENCE_FOR_ALL: Duration = Duration::from_secs(60);

/// How many endpoints a plugin may have.
const MAX_ENDPOINTS: usize = 1000;

/// How many maps of names may lie within each other.
const MAX_DEPTH: usize = 3;

/// The resource whose objects are resources.
const CUSTOM_OBJECT_TYPES: &str = "plugins/custom-objects/custom-object-types";

impl Plugins {
    /// The resources of all plugins, custom objects among them, as the server shows them now: the maps of names below `/api/plugins/` are followed, and each endpoint is asked for its methods
    /// and fields (`OPTIONS`). That is three short requests for each endpoint, and no 15 MB as with [`Client::live_schema`](crate::Client::live_schema).
    ///
    /// The fields are as complete as the token's rights: NetBox tells types, choices and what is required to those who may write, of others the first object shows the names. It never tells
    /// filters, what is below an object (as `merge` below a branch), nor whether a field may be null or where a relation leads: all that but custom objects is in
    /// [`Client::live_schema`](crate::Client::live_schema).
    ///
    /// What answers nonsense, an error, or nothing within 10 s (or the client's `read_timeout`, where that is less) is left out, and so is the rest of a plugin after 60 s or 1,000 endpoints; the
    /// log has a warning.
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// let found = nb.plugins().discover()?;
    /// for (path, resource) in &found.resources {
    ///     println!("{path}: {:?}", resource.fields.keys());
    /// }
    /// let index = nb.client().schema()?.as_ref().clone().with_discovered(found);
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// `/api/plugins/` itself cannot be read.
    pub fn discover(&self) -> Result<SchemaIndex> {
        let mut found = SchemaIndex::default();
        let root = self.read(Method::GET, "plugins")?.1;
        for path in self.below("plugins", &root).ok_or_else(|| nonsense("plugins"))? {
            // It is NetBox's own.
            if path == "plugins/installed-plugins" {
                continue;
            }
            if let Err(error) = self.discover_plugin(&path, &mut found) {
                log::warn!("{path} is left out: {error}");
            }
        }
        Ok(found)
    }

    fn discover_plugin(&self, path: &str, found: &mut SchemaIndex) -> Result<()> {
        let root = self.read(Method::GET, path)?.1;
        let mut open: Vec<(String, usize)> =
            self.below(path, &root).ok_or_else(|| nonsense(path))?.into_iter().map(|path| (path, 1)).collect();
        if open.iter().any(|(path, _)| path == CUSTOM_OBJECT_TYPES) {
            // Releases before 0.7 do not name the types in the map.
            let named: BTreeSet<String> = open.iter().map(|(path, _)| path.clone()).collect();
            open.extend(self.custom_objects().into_iter().filter(|path| !named.contains(path)).map(|path| (path, 1)));
        }
        let began = Instant::now();
        let mut asked = 0;
        while let Some((path, depth)) = open.pop() {
            asked += 1;
            if asked > MAX_ENDPOINTS || began.elapsed() > PATIENCE_FOR_ALL {
                let (count, seconds) = (asked - 1, began.elapsed().as_secs());
                return Err(Error::new(
                    ErrorKind::TooLarge,
                    format!("it has more endpoints than the {count} that were asked in {seconds} s"),
                )
                .sent(true));
            }
            if found.resources.contains_key(&path) {
                continue;
            }
            match self.discover_endpoint(&path) {
                Ok(Found::Resource(resource)) => drop(found.resources.insert(path, resource)),
                Ok(Found::Names(paths)) if depth < MAX_DEPTH => open.extend(paths.into_iter().map(|path| (path, depth + 1))),
                Ok(Found::Names(_)) => log::warn!("{path} is left out: it lies too deep"),
                // The rest of a plugin that hangs would hang as well.
                Err(error) if error.kind() == ErrorKind::Timeout => return Err(error),
                Err(error) => log::warn!("{path} is left out: {error}"),
            }
        }
        Ok(())
    }

    fn discover_endpoint(&self, path: &str) -> Result<Found> {
        let (list, options) = self.read(Method::OPTIONS, path)?;
        let actions = options["actions"].as_object();
        let mut fields = actions.and_then(|actions| Some(fields(actions.values().next()?)));
        if fields.is_none() {
            match self.read(Method::GET, &format!("{path}/?limit=1")) {
                Ok((_, reply)) => match self.below(path, &reply) {
                    Some(paths) if !paths.is_empty() => return Ok(Found::Names(paths)),
                    _ => fields = reply["results"][0].as_object().map(shown_fields),
                },
                Err(error) if error.kind() == ErrorKind::Timeout => return Err(error),
                // It may need parameters.
                Err(error) => log::debug!("{path} shows no object: {error}"),
            }
        }
        // No object has the id 0, but what there is of one is told all the same.
        let object = self.read(Method::OPTIONS, &format!("{path}/0")).map(|(methods, _)| methods).unwrap_or_default();
        Ok(Found::Resource(ResourceSchema { list, object, fields: fields.unwrap_or_default(), ..ResourceSchema::default() }))
    }

    /// The methods that a reply allows, and its body.
    fn read(&self, method: Method, path: &str) -> Result<(BTreeSet<schema::Method>, Value)> {
        let client = self.0.client();
        let patience = PATIENCE.min(client.config().timeouts.read);
        let reply = client.request(method, path).of_server().timeout(patience).send()?.error_for_status()?;
        let allowed = reply.header("allow").unwrap_or_default().split(',').map(str::trim);
        let methods = allowed.filter_map(|name| schema::Method::ALL.into_iter().find(|method| method.as_str() == name)).collect();
        let body: Map<String, Value> = reply.json()?;
        Ok((methods, Value::Object(body)))
    }

    /// The paths that a map of names leads to; those that do not lie below it are left out. `None` where it is no such map.
    fn below(&self, path: &str, map: &Value) -> Option<Vec<String>> {
        let urls: Vec<&str> = map.as_object()?.values().map(Value::as_str).collect::<Option<_>>()?;
        let base_url = &self.0.client().config().base_url;
        let is_below = |found: &String| found.strip_prefix(path).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'));
        Some(urls.into_iter().filter_map(|url| base_url.api_path(url)).filter(is_below).collect())
    }

    fn custom_objects(&self) -> Vec<String> {
        let types = self.0.endpoint(CUSTOM_OBJECT_TYPES).all().fields(["id", "slug"]).into_iter();
        let types = types.map(|kind| Ok(format!("plugins/custom-objects/{}", kind?.str("slug").unwrap_or_default())));
        types.collect::<Result<_>>().unwrap_or_else(|error| {
            log::warn!("custom objects are left out that the server does not name itself: {error}");
            Vec::new()
        })
    }
}

/// What stands at a path.
enum Found {
    Resource(ResourceSchema),
    Names(Vec<String>),
}

fn nonsense(path: &str) -> Error {
    Error::new(ErrorKind::Decode, format!("/api/{path}/ is no map of names to URLs")).sent(true)
}

/// The fields that `OPTIONS` describes.
fn fields(action: &Value) -> BTreeMap<String, Field> {
    let members = action.as_object().into_iter().flatten();
    members.map(|(name, described)| (name.clone(), field(described))).collect()
}

fn field(described: &Value) -> Field {
    let child = &described["child"];
    let kind = described["type"].as_str().unwrap_or_default();
    let choices = [&described["choices"], &child["choices"]].into_iter().filter_map(Value::as_array).flatten();
    let choices: BTreeSet<String> = choices
        .filter_map(|choice| match &choice["value"] {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect();
    Field {
        kind: match if child.is_object() { child["type"].as_str().unwrap_or_default() } else { kind } {
            "string" | "slug" | "email" | "url" | "regex" | "choice" | "multiple choice" => Kind::Text,
            "integer" => Kind::Integer,
            "float" | "decimal" => Kind::Number,
            "boolean" => Kind::Boolean,
            "date" => Kind::Date,
            "datetime" => Kind::DateTime,
            "nested object" => Kind::Object,
            "file upload" | "image upload" => Kind::File,
            _ if choices.is_empty() => Kind::Json,
            _ => Kind::Text,
        },
        is_list: child.is_object() || matches!(kind, "list" | "multiple choice"),
        required: described["required"] == true,
        read_only: described["read_only"] == true,
        choices,
        ..Field::default()
    }
}

/// The fields of an object that cannot be written, as far as it shows them.
fn shown_fields(object: &Map<String, Value>) -> BTreeMap<String, Field> {
    let kind = |value: &Value| match value {
        Value::String(_) => Kind::Text,
        Value::Bool(_) => Kind::Boolean,
        Value::Number(number) if number.is_f64() => Kind::Number,
        Value::Number(_) => Kind::Integer,
        Value::Object(members) if members.contains_key("id") && members.contains_key("url") => Kind::Object,
        _ => Kind::Json,
    };
    let shown = |value: &Value| Field { kind: kind(value), read_only: true, ..Field::default() };
    object.iter().map(|(name, value)| (name.clone(), shown(value))).collect()
}
