//! Plugins that a mock has: their resources are served as NetBox's own.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{Model, Rules};
use crate::error::{Error, Result};
use crate::schema::{Field, Filter, Kind, Method, ResourceSchema};

/// A plugin with resources of its own, below `/api/plugins/<name>/`.
///
/// ```
/// use netbox_sdk::{api, json, mock, schema::Kind};
///
/// let olts = mock::Resource::new("olts").required("name", Kind::Text).field("ports", Kind::Integer).reference("site", "dcim/sites");
/// let netbox = mock::NetBox::builder().plugin(mock::Plugin::new("gpon").resource(olts)).start()?;
/// let nb = api(&netbox.url(), netbox.token())?;
/// let olt = nb.endpoint("plugins/gpon/olts").create(json!({"name": "olt-1", "ports": 16}))?;
/// assert_eq!(olt.i64("ports"), Some(16));
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Plugin {
    pub(super) name: String,
    pub(super) version: String,
    resources: Vec<Resource>,
}

impl Plugin {
    /// A plugin of the version 1.0 without resources. The name is that of its path, as `gpon`.
    pub fn new(name: impl Into<String>) -> Plugin {
        Plugin { name: name.into(), version: "1.0".to_owned(), resources: Vec::new() }
    }

    /// The version that it says it is of.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Plugin {
        self.version = version.into();
        self
    }

    /// Adds a resource.
    #[must_use]
    pub fn resource(mut self, resource: Resource) -> Plugin {
        self.resources.push(resource);
        self
    }

    /// Lets the lists be filtered by what the references lead to, once all resources are there.
    ///
    /// # Errors
    /// A reference to no resource.
    pub(super) fn link(&self, rules: &mut Rules) -> Result<()> {
        for resource in &self.resources {
            let path = self.path(resource);
            for (name, field) in &resource.fields {
                let Some(target) = &field.reference else { continue };
                let Some(schema) = rules.schema(target) else {
                    return Err(Error::config(format!("{name} of {path} leads to {target:?}, which is no resource")));
                };
                let Some(attribute) = ["slug", "name"].into_iter().find(|attribute| schema.fields.contains_key(*attribute)) else {
                    continue;
                };
                rules.add_filter(&path, name, name, attribute);
            }
        }
        Ok(())
    }

    fn path(&self, resource: &Resource) -> String {
        format!("plugins/{}/{}", self.name, resource.name)
    }

    /// As Python calls it.
    pub(super) fn package(&self) -> String {
        self.name.replace('-', "_")
    }

    /// # Errors
    /// A name that cannot be a part of a path, or that another has.
    pub(super) fn add_to(&self, rules: &mut Rules) -> Result<()> {
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        for resource in &self.resources {
            let path = self.path(resource);
            if !is_name(&self.name) || !is_name(&resource.name) || rules.schema(&path).is_some() {
                return Err(Error::config(format!(
                    "{path:?} cannot be a resource of a plugin: letters, digits, - and _ make a name, and each is there once"
                )));
            }
            let singular = resource.name.strip_suffix('s').unwrap_or(&resource.name);
            let words: Vec<&str> = singular.split('-').collect();
            let mut model = Model { model: words.iter().map(|word| capital(word)).collect(), verbose: words.join(" "), ..Model::default() };
            model.r#type = format!("{}.{}", self.package(), model.model.to_lowercase());
            let has_name = resource.fields.contains_key("name");
            model.brief = ["id", "url", "display"].into_iter().chain(has_name.then_some("name")).map(str::to_owned).collect();
            model.ordering = vec![if has_name { "name" } else { "pk" }.to_owned()];
            rules.add(path.clone(), resource.schema(), model);
            rules.add_filter(&path, "tag", "tags", "slug");
            rules.add_filter(&path, "tag_id", "tags", "id");
        }
        Ok(())
    }
}

/// A resource of a [`Plugin`]. Beside its own fields it has those that all have: `id`, `url`, `display`, `tags`, `custom_fields`, `created` and `last_updated`.
/// Its list is filtered by its fields, `q` and `tag`, and what is written to it is in the change log. A reference `site` is filtered as NetBox's own are: `site_id` by the id, `site` by
/// the slug, or else the name.
#[derive(Debug, Clone)]
pub struct Resource {
    name: String,
    fields: BTreeMap<String, Field>,
}

impl Resource {
    /// A resource by the name of its path, as `olts`.
    pub fn new(name: impl Into<String>) -> Resource {
        Resource { name: name.into(), fields: BTreeMap::new() }
    }

    /// Adds a field that may be left out and may be null.
    #[must_use]
    pub fn field(self, name: impl Into<String>, kind: Kind) -> Resource {
        self.with(name, Field { kind, nullable: true, ..Field::default() })
    }

    /// Adds a field that a new object needs.
    #[must_use]
    pub fn required(self, name: impl Into<String>, kind: Kind) -> Resource {
        self.with(name, Field { kind, required: true, ..Field::default() })
    }

    /// Adds a field that takes one of these values, and is read as the bare value.
    #[must_use]
    pub fn choice(self, name: impl Into<String>, choices: impl IntoIterator<Item = impl Into<String>>) -> Resource {
        let choices = choices.into_iter().map(Into::into).collect();
        self.with(name, Field { nullable: true, choices, ..Field::default() })
    }

    /// Adds a field that may lead to an object of a resource, as `dcim/sites` or `plugins/gpon/olts`.
    #[must_use]
    pub fn reference(self, name: impl Into<String>, resource: impl Into<String>) -> Resource {
        self.with(name, Field { kind: Kind::Object, nullable: true, reference: Some(resource.into()), ..Field::default() })
    }

    fn with(mut self, name: impl Into<String>, field: Field) -> Resource {
        self.fields.insert(name.into(), field);
        self
    }

    fn schema(&self) -> ResourceSchema {
        let all = BTreeSet::from(Method::ALL);
        let mut fields = self.fields.clone();
        let shown = |kind| Field { kind, read_only: true, ..Field::default() };
        for (name, kind) in [
            ("id", Kind::Integer),
            ("url", Kind::Text),
            ("display", Kind::Text),
            ("created", Kind::DateTime),
            ("last_updated", Kind::DateTime),
        ] {
            fields.insert(name.to_owned(), shown(kind));
        }
        fields.insert(
            "tags".to_owned(),
            Field { kind: Kind::Object, is_list: true, reference: Some("extras/tags".to_owned()), ..Field::default() },
        );
        fields.insert("custom_fields".to_owned(), Field { kind: Kind::Json, ..Field::default() });
        let lookups = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut filters = BTreeMap::new();
        for (name, field) in &fields {
            let (name, lookups) = match field.kind {
                Kind::Text => (name.clone(), lookups(&["n", "ic", "nic", "ie", "nie", "isw", "nisw", "iew", "niew", "empty"])),
                Kind::Integer | Kind::Number | Kind::DateTime | Kind::Date => {
                    (name.clone(), lookups(&["n", "gt", "gte", "lt", "lte", "empty"]))
                }
                Kind::Object if !field.is_list => (format!("{name}_id"), lookups(&["n"])),
                Kind::Boolean => (name.clone(), BTreeSet::new()),
                _ => continue,
            };
            let kind = if field.kind == Kind::Object { Kind::Integer } else { field.kind };
            filters.insert(name, Filter { kind, repeats: true, choices: field.choices.clone(), lookups });
        }
        filters.insert("q".to_owned(), Filter::default());
        for name in ["created_by_request", "updated_by_request", "modified_by_request"] {
            filters.insert(name.to_owned(), Filter::default());
        }
        let object = all.iter().copied().filter(|method| *method != Method::Post).collect();
        ResourceSchema { list: all, object, fields, filters, ..ResourceSchema::default() }
    }
}

/// With its first letter in upper case.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
