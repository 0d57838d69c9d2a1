//! What the commands do.

use std::io::{IsTerminal, Read};

use clap::Parser;
use indicatif::ProgressBar;
use netbox_sdk::schema::ResourceSchema;
use netbox_sdk::{Api, CacheMode, Client, Config, Endpoint, List, Profiles, ReleaseLine, SchemaIndex, build_schema_index};
use serde_json::{Map, Value, json};

use super::Failure;
use super::arguments::{Action, Arguments, Body, CacheAction, Command, Common, Format, OfResource};
use super::output::{self, Rows};

type Result<T> = std::result::Result<T, Failure>;

/// Columns of a list where nobody names any: those of these that the resource has.
const COLUMNS: [&str; 9] = ["id", "display", "status", "site", "role", "device", "tenant", "type", "description"];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let common = &arguments.common;
    match &arguments.command {
        Command::Groups { group: None } => bundled()?.groups().try_for_each(output::line),
        Command::Groups { group: Some(group) } => {
            let index = bundled()?;
            if index.resources_of(group).next().is_none() {
                return Err(unknown("group", group, &index.suggest_group(group)));
            }
            index.resources_of(group).try_for_each(output::line)
        }
        Command::Describe { group, resource } => describe(&common.format, group, resource),
        Command::Trace { kind, id } => {
            let endpoint = api(common)?.app("dcim").endpoint(&format!("{}s", kind.trim_end_matches('s')));
            let record = endpoint.get(*id)?.ok_or_else(|| missing(&endpoint, &id.to_string()))?;
            output::line(&record.trace()?.to_string())
        }
        Command::Profiles => Profiles::load()?.names().try_for_each(output::line),
        Command::Cache { action } => {
            let cache = api(common)?.client().cache().clone();
            match action {
                CacheAction::Clear => output::line(&format!("{} entries removed", cache.clear()?)),
                CacheAction::Stats => {
                    let stats = cache.stats();
                    let path = cache.path().map_or_else(|| "off".to_owned(), |path| path.display().to_string());
                    output::object(&common.format, &json!({"file": path, "entries": stats.entries, "bytes": stats.bytes}))
                }
            }
        }
        Command::Status => output::object(&common.format, &api(common)?.client().status()?),
        Command::Resource(words) => of_resource(common, &OfResource::parse_from(words)),
    }
}

fn of_resource(before: &Common, words: &OfResource) -> Result<()> {
    // Options may stand before the group or behind it.
    let common = Common {
        profile: words.common.profile.clone().or_else(|| before.profile.clone()),
        branch: words.common.branch.clone().or_else(|| before.branch.clone()),
        strict: words.common.strict || before.strict,
        reload: words.common.reload || before.reload,
        format: if words.common.format.json || words.common.format.csv { words.common.format.clone() } else { before.format.clone() },
    };
    let nb = api(&common)?;
    let path = format!("{}/{}", words.group, words.resource);
    let endpoint = nb.endpoint(&path);
    let schema = bundled()?;
    if !words.group.starts_with("plugins/") {
        check_names(&schema, &words.group, endpoint.path())?;
    }
    let get = |id: &str| endpoint.get(id)?.ok_or_else(|| missing(&endpoint, id));
    match &words.action {
        Action::List { filters, fields, ordering, limit } => {
            let mut list = endpoint.all();
            for filter in filters {
                let (name, value) = pair(filter)?;
                list = list.with(name, value);
            }
            list = ordering.iter().fold(list, |list, ordering| list.ordering(ordering));
            list = limit.iter().fold(list, |list, limit| list.limit_total(*limit));
            let columns = columns(schema.resources.get(endpoint.path()), fields);
            // A table shows its columns and nothing else; JSON is whole where no columns were named.
            let list = if common.format.json && fields.is_empty() { list } else { list.fields(&columns) };
            print_list(&common.format, list, &columns)
        }
        Action::Get { id } => output::object(&common.format, &get(id)?.to_value()),
        Action::Create { body } => output::object(&common.format, &endpoint.create(read(body)?)?.to_value()),
        Action::Patch { id, body } => {
            let mut record = get(id)?;
            record.update(read(body)?)?;
            output::object(&common.format, &record.to_value())
        }
        Action::Delete { id } => {
            get(id)?.delete()?;
            Ok(())
        }
    }
}

fn api(common: &Common) -> Result<Api> {
    let config = match &common.profile {
        Some(name) => Config::builder_from_profile(name)?,
        None => Config::builder_from_env()?,
    };
    let mut client = Client::new(config.build()?)?;
    if common.reload {
        client = client.with_cache_mode(CacheMode::Reload);
    }
    let nb = Api::new(client);
    let nb = if common.strict { nb.strict() } else { nb };
    Ok(match &common.branch {
        Some(branch) => nb.on_branch(branch)?,
        None => nb,
    })
}

/// What all lines have is much the same, and the newest one has it.
fn bundled() -> Result<SchemaIndex> {
    Ok(build_schema_index(ReleaseLine::NEWEST)?)
}

fn check_names(index: &SchemaIndex, group: &str, path: &str) -> Result<()> {
    if index.resources_of(group).next().is_none() {
        return Err(unknown("group", group, &index.suggest_group(group)));
    }
    match path.split_once('/') {
        Some((_, name)) if !index.resources.contains_key(path) => {
            // It may be of an older line.
            if ReleaseLine::ALL.iter().any(|line| build_schema_index(*line).is_ok_and(|index| index.resources.contains_key(path))) {
                return Ok(());
            }
            Err(unknown("resource", name, &index.suggest_resource(group, name)))
        }
        _ => Ok(()),
    }
}

fn unknown(what: &str, name: &str, suggestions: &[&str]) -> Failure {
    let hint =
        if suggestions.is_empty() { "nbx groups lists them".to_owned() } else { format!("Did you mean {}?", suggestions.join(", ")) };
    Failure::Usage(format!("there is no {what} {name:?}. {hint}"))
}

fn missing(endpoint: &Endpoint, id: &str) -> Failure {
    Failure::NotFound(format!("there is no object {id} in {}", endpoint.path()))
}

fn columns(schema: Option<&ResourceSchema>, fields: &[String]) -> Vec<String> {
    if !fields.is_empty() {
        return fields.to_vec();
    }
    let has = |name: &str| schema.is_none_or(|schema| schema.fields.contains_key(name));
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

fn describe(format: &Format, group: &str, resource: &str) -> Result<()> {
    let index = bundled()?;
    check_names(&index, group, &format!("{group}/{resource}"))?;
    let Some(schema) = index.resource(group, resource) else { return Ok(()) };
    let columns = ["field", "kind", "needed", "written", "choices or resource"].map(str::to_owned);
    let mut rows = Rows::new(format, &columns)?;
    for (name, field) in &schema.fields {
        let more = field.reference.clone().unwrap_or_else(|| field.choices.iter().cloned().collect::<Vec<_>>().join(", "));
        let kind = serde_json::to_value(field.kind).unwrap_or_default();
        rows.add(&json!({
            "field": name,
            "kind": kind,
            "needed": if field.required { "yes" } else { "" },
            "written": if field.read_only { "" } else { "yes" },
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

fn read(body: &Body) -> Result<Value> {
    let mut members = match &body.file {
        None => Map::new(),
        Some(path) => {
            let mut text = String::new();
            let outcome = match path.as_os_str() == "-" {
                true => std::io::stdin().read_to_string(&mut text),
                false => std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
            };
            outcome.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
            serde_json::from_str(&text).map_err(|error| Failure::Usage(format!("{} is no JSON object: {error}", path.display())))?
        }
    };
    for member in &body.members {
        let (name, value) = pair(member)?;
        members.insert(name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into()));
    }
    if members.is_empty() {
        return Err(Failure::Usage("there is nothing to write: name=value, or -f file.json".to_owned()));
    }
    Ok(members.into())
}
