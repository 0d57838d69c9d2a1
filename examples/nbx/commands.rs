//! What the commands do.

use std::io::{IsTerminal, Read};
use std::sync::Arc;

use clap::Parser;
use indicatif::ProgressBar;
use netbox_sdk::schema::Kind;
use netbox_sdk::services::{ResolvedRequest, resolve_dynamic_request};
use netbox_sdk::{Api, CacheMode, Client, Config, List, Profiles, Query, ReleaseLine, SchemaIndex, build_schema_index};
use serde_json::{Value, json};

use super::Failure;
use super::arguments::{Action, Arguments, Body, CacheAction, Command, Common, Format, OfAction, OfResource};
use super::output::{self, Rows};

type Result<T> = std::result::Result<T, Failure>;

/// Columns of a list where nobody names any: those of these that the resource has.
const COLUMNS: [&str; 9] = ["id", "display", "status", "site", "role", "device", "tenant", "type", "description"];

/// What nearly all resources have, those of plugins, too.
const USUAL: [&str; 5] = ["get", "create", "update", "patch", "delete"];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let common = &arguments.common;
    match &arguments.command {
        Command::Groups { group: None } => build_schema_index(ReleaseLine::NEWEST)?.groups().try_for_each(output::line),
        Command::Groups { group: Some(group) } => {
            let index = shown(common, group, "")?;
            if group == "plugins" {
                return index.groups().try_for_each(output::line);
            }
            let resources: Vec<&str> = index.resources_of(group).collect();
            if resources.is_empty() {
                let near = index.suggest_group(group);
                let known = if near.is_empty() { index.groups().collect() } else { near };
                return Err(Failure::Usage(format!("there is no group {group:?}. Did you mean {}?", known.join(", "))));
            }
            resources.into_iter().try_for_each(output::line)
        }
        Command::Describe { group, resource } => describe(common, group, resource),
        Command::Trace { kind, id } => {
            let endpoint = api(common)?.app("dcim").endpoint(&format!("{}s", kind.trim_end_matches('s')));
            let missing = || Failure::NotFound(format!("there is no object {id} in {}", endpoint.path()));
            let record = endpoint.get(*id)?.ok_or_else(missing)?;
            match common.format.json {
                true => output::object(&common.format, &record.detail("trace").get()?),
                false => output::line(&record.trace()?.to_string()),
            }
        }
        Command::Profiles => {
            let profiles = Profiles::load()?;
            if profiles.names().next().is_none() {
                return Err(Failure::NotFound(format!("there are no profiles in {}", profiles.path().display())));
            }
            profiles.names().try_for_each(output::line)
        }
        Command::Cache { action } => {
            let cache = api(common)?.client().cache().clone();
            match action {
                CacheAction::Clear => output::line(&format!("{} entries removed", cache.clear()?)),
                CacheAction::Stats => {
                    let stats = cache.stats();
                    let path = cache.path().map_or_else(
                        || "off (NETBOX_CACHE=on turns it on for a NetBox on this machine)".to_owned(),
                        |path| path.display().to_string(),
                    );
                    output::object(&common.format, &json!({"file": path, "entries": stats.entries, "bytes": stats.bytes}))
                }
            }
        }
        Command::Status => output::object(&common.format, &api(common)?.client().status()?),
        Command::Resource(words) => of_resource(common, &OfResource::parse_from(words)),
    }
}

fn of_resource(before: &Common, words: &OfResource) -> Result<()> {
    let common = words.common.or(before);
    if common.format.count() > 1 || before.format.count() * words.common.format.count() > 0 {
        return Err(Failure::Usage("the output is one of --table, --json and --csv".to_owned()));
    }
    let target = |is_live| Target::new(&common, words, is_live);
    match &words.action {
        Action::List { filters, fields, ordering, limit } => {
            let target = target(common.strict)?;
            let path = target.resolve("list", None, Query::default(), None)?.path;
            let known = target.index.resources.get(path.trim_end_matches('/')).filter(|resource| !resource.fields.is_empty());
            let is_known = |name: &str| known.is_none_or(|resource| resource.fields.contains_key(name));
            if let Some(wrong) = fields.iter().find(|column| common.strict && !is_known(first(column))) {
                return Err(Failure::Usage(format!(
                    "there is no field {wrong:?}: nbx describe {} {} has all",
                    words.group, words.resource
                )));
            }
            let mut list = target.reached()?.endpoint(&path).all();
            for filter in filters {
                let (name, value) = pair(filter)?;
                list = list.with(name, value);
            }
            list = ordering.iter().fold(list, |list, ordering| list.ordering(ordering));
            list = limit.iter().fold(list, |list, limit| list.limit_total(*limit));
            let columns = if fields.is_empty() { columns(is_known) } else { fields.clone() };
            // A table shows its columns and nothing else; JSON is whole where no columns were named.
            let list = if common.format.json && fields.is_empty() { list } else { list.fields(columns.iter().map(|column| first(column))) };
            print_list(&common.format, list, &columns)
        }
        Action::Get { id } => target(false)?.send("get", id.as_deref(), Query::default(), None),
        Action::Create { body } => target(false)?.write("create", None, body),
        Action::Update { id, body } => target(false)?.write("update", Some(id), body),
        Action::Patch { id, body } => target(false)?.write("patch", Some(id), body),
        Action::Delete { id } => target(false)?.send("delete", Some(id), Query::default(), None),
        Action::Other(other) => {
            let OfAction { common: behind, action, words: mut pairs, file } = OfAction::parse_from(other);
            let id = pairs.first().is_some_and(|word| !word.contains('=')).then(|| pairs.remove(0));
            let mut query = Query::default();
            for word in &pairs {
                let (name, value) = pair(word)?;
                query.push(name, value);
            }
            let common = behind.or(&common);
            let target = Target::new(&common, words, !USUAL.contains(&action.as_str()))?;
            let body = target.read(&Body { members: Vec::new(), file })?;
            target.send(&action, id.as_deref(), query, body)
        }
    }
}

/// A resource of a NetBox, and what it offers.
struct Target<'a> {
    common: &'a Common,
    words: &'a OfResource,
    client: Client,
    index: Arc<SchemaIndex>,
}

impl<'a> Target<'a> {
    /// What a plugin's resource offers is the server's to say where it matters.
    fn new(common: &'a Common, words: &'a OfResource, is_live: bool) -> Result<Target<'a>> {
        let client = client(common)?;
        let index = match is_live && words.group.starts_with("plugins/") {
            true => client.live_schema()?,
            false => Arc::new(index(&words.group, &words.resource)?),
        };
        Ok(Target { common, words, client, index })
    }

    fn resolve(&self, action: &str, id: Option<&str>, query: Query, body: Option<Value>) -> Result<ResolvedRequest> {
        Ok(resolve_dynamic_request(&self.index, &self.words.group, &self.words.resource, action, id, query, body)?)
    }

    fn reached(&self) -> Result<Api> {
        reached(self.common, self.client.clone())
    }

    /// The file, with the members set in it.
    fn read(&self, body: &Body) -> Result<Option<Value>> {
        let mut value = match &body.file {
            None => Value::Null,
            Some(path) => {
                let mut text = String::new();
                let outcome = match path.as_os_str() == "-" {
                    true => std::io::stdin().read_to_string(&mut text),
                    false => std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
                };
                let place = if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() };
                outcome.map_err(|error| Failure::Usage(format!("cannot read {place}: {error}")))?;
                serde_json::from_str(text.trim_start_matches('\u{feff}'))
                    .map_err(|error| Failure::Usage(format!("{place} is no JSON: {error}")))?
            }
        };
        let schema = self.index.resource(&self.words.group, &self.words.resource);
        // `null` takes a text away, anything else is one: 0042 and 1e5 are serial numbers.
        let is_text =
            |name: &str| schema.and_then(|schema| schema.fields.get(name)).is_some_and(|field| field.kind == Kind::Text && !field.is_list);
        for member in &body.members {
            let (name, text) = pair(member)?;
            if value.is_null() {
                value = json!({});
            }
            let members = value.as_object_mut().ok_or_else(|| Failure::Usage(format!("{name} cannot be set in a list")))?;
            members.insert(name.to_owned(), if text != "null" && is_text(name) { text.into() } else { value_of(text) });
        }
        Ok((!value.is_null()).then_some(value))
    }

    fn write(&self, action: &str, id: Option<&str>, body: &Body) -> Result<()> {
        match self.read(body)? {
            Some(body) => self.send(action, id, Query::default(), Some(body)),
            None => Err(Failure::Usage("there is nothing to write: name=value, or -f file.json".to_owned())),
        }
    }

    /// Sends one request, and prints what comes back.
    fn send(&self, action: &str, id: Option<&str>, query: Query, body: Option<Value>) -> Result<()> {
        let resolved = self.resolve(action, id, query, body)?;
        let nb = self.reached()?;
        let request = nb.client().request(resolved.method, &resolved.path).queries(resolved.query);
        let response = match &resolved.payload {
            Some(payload) => request.json(payload).send()?,
            None => request.send()?,
        };
        let response = response.error_for_status()?;
        if response.bytes().is_empty() {
            return Ok(());
        }
        match response.json()? {
            Value::Array(rows) => {
                let Some(first) = rows.first().and_then(Value::as_object) else {
                    return rows.iter().try_for_each(|row| output::line(&row.to_string()));
                };
                let columns = match first.contains_key("id") {
                    true => columns(|name| first.contains_key(name)),
                    false => first.keys().cloned().collect(),
                };
                let mut table = Rows::new(&self.common.format, &columns)?;
                rows.iter().try_for_each(|row| table.add(row))?;
                table.end()
            }
            object => output::object(&self.common.format, &object),
        }
    }
}

fn client(common: &Common) -> Result<Client> {
    let config = match &common.profile {
        Some(name) => Config::builder_from_profile(name)?,
        None => Config::builder_from_env()?,
    };
    let client = Client::new(config.build()?)?;
    Ok(if common.reload { client.with_cache_mode(CacheMode::Reload) } else { client })
}

fn api(common: &Common) -> Result<Api> {
    reached(common, client(common)?)
}

/// What a client reaches, on the branch that is asked for.
fn reached(common: &Common, client: Client) -> Result<Api> {
    let nb = Api::new(client);
    let nb = if common.strict { nb.strict() } else { nb };
    match &common.branch {
        None => Ok(nb),
        Some(key) => match nb.branching().get(key.as_str())? {
            Some(branch) => Ok(nb.on_branch(&branch)?),
            None => Err(Failure::NotFound(format!("there is no branch {key:?}"))),
        },
    }
}

/// What the resource offers. The newest line has nearly all that the others have; of plugins nothing is known without a server, and the usual is assumed.
fn index(group: &str, resource: &str) -> Result<SchemaIndex> {
    let path = format!("{group}/{resource}");
    if group.starts_with("plugins/") {
        let methods = json!(["GET", "POST", "PUT", "PATCH", "DELETE"]);
        let assumed = json!({"resources": {path: {"list": methods, "object": methods}}});
        return Ok(serde_json::from_value(assumed).unwrap_or_default());
    }
    let newest = build_schema_index(ReleaseLine::NEWEST)?;
    if newest.target(&path).is_some() {
        return Ok(newest);
    }
    for line in ReleaseLine::ALL {
        let index = build_schema_index(line)?;
        if index.target(&path).is_some() {
            return Ok(index);
        }
    }
    Ok(newest)
}

/// As [`index`], with what the plugins show where it is about one.
fn shown(common: &Common, group: &str, resource: &str) -> Result<SchemaIndex> {
    match group.starts_with("plugins") {
        true => Ok(api(common)?.plugins().discover()?),
        false => index(group, resource),
    }
}

/// Columns may be of related objects: `site.name`.
fn first(column: &str) -> &str {
    column.split('.').next().unwrap_or(column)
}

fn columns(has: impl Fn(&str) -> bool) -> Vec<String> {
    COLUMNS.iter().filter(|name| has(name)).map(|name| (*name).to_owned()).collect()
}

/// With a progress bar where somebody looks at it and the output goes elsewhere.
fn print_list(format: &Format, list: List, columns: &[String]) -> Result<()> {
    let bar = if std::io::stderr().is_terminal() && !std::io::stdout().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    let mut rows = Rows::new(format, columns)?;
    let mut records = list.into_iter();
    while let Some(record) = records.next() {
        rows.add(&record?.to_value())?;
        bar.set_length(records.progress().total.unwrap_or_default());
        bar.set_position(records.progress().fetched);
    }
    bar.finish_and_clear();
    rows.end()
}

fn describe(common: &Common, group: &str, resource: &str) -> Result<()> {
    let format = &common.format;
    let index = shown(common, group, resource)?;
    let path = resolve_dynamic_request(&index, group, resource, "list", None, Query::default(), None)?.path;
    let Some(schema) = index.resources.get(path.trim_end_matches('/')) else { return Ok(()) };
    let columns = ["field", "kind", "required", "writable", "choices or resource"].map(str::to_owned);
    let mut rows = Rows::new(format, &columns)?;
    for (name, field) in &schema.fields {
        let more = field.reference.clone().unwrap_or_else(|| field.choices.iter().cloned().collect::<Vec<_>>().join(", "));
        let kind = serde_json::to_value(field.kind).unwrap_or_default();
        rows.add(&json!({
            "field": name,
            "kind": kind,
            "required": if field.required { "yes" } else { "" },
            "writable": if field.read_only { "" } else { "yes" },
            "choices or resource": more,
        }))?;
    }
    rows.end()?;
    if format.json || format.csv {
        return Ok(());
    }
    output::line("\nFilters, with what may stand behind their name and two underscores:")?;
    for (name, filter) in &schema.filters {
        output::line(&format!("  {name}  {}", filter.lookups.iter().cloned().collect::<Vec<_>>().join(" ")))?;
    }
    Ok(())
}

fn pair(text: &str) -> Result<(&str, &str)> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| Failure::Usage(format!("{text:?} is not of the form name=value")))
}

/// JSON, or a text that is none. So is a number that would not come out as it was typed.
fn value_of(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Number(number)) if number.to_string() != text => text.into(),
        Ok(value) => value,
        Err(_) => text.into(),
    }
}
