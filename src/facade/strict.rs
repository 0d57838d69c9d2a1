//! Filters that are checked before they are sent: NetBox ignores those that it does not know, and answers with everything.

use super::Api;
use super::list::List;
use crate::error::Result;
use crate::schema::{ignored, nearest};

impl Api {
    /// The same resources, whose lists check their filters before anything is sent: names, lookups, choices and orderings, by what NetBox's documents say of the server's release line
    /// ([`Client::schema`](crate::Client::schema)), and custom fields by the server's own. Resources of plugins are checked after [`Client::live_schema`](crate::Client::live_schema) only, custom
    /// objects never: nothing else tells their filters.
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?.strict();
    /// let error = nb.dcim().devices().filter([("nmae", "sw-1")]).count().unwrap_err();
    /// assert!(error.to_string().contains("Did you mean name?"));
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    #[must_use]
    pub fn strict(&self) -> Api {
        Api { is_strict: true, ..self.clone() }
    }
}

impl List {
    /// Checks the filters before anything is sent: see [`Api::strict`].
    pub fn strict(mut self) -> List {
        self.is_strict = Some(true);
        self
    }

    /// Sends the filters as they are. Default for reading: what [`Api::strict`] says.
    pub fn lenient(mut self) -> List {
        self.is_strict = Some(false);
        self
    }

    /// Finds what NetBox would ignore.
    pub(super) fn check(&self, is_strict_by_default: bool) -> Result<()> {
        if !self.is_strict.unwrap_or(is_strict_by_default) {
            return Ok(());
        }
        let query = self.parameters()?;
        if query.is_empty() {
            return Ok(());
        }
        let api = &self.endpoint.api;
        let index = api.client().schema()?;
        if !index.resources.contains_key(&self.endpoint.path) {
            return Ok(());
        }
        index.check_filters(&self.endpoint.path, &query)?;
        let custom_fields = query.iter().filter_map(|(name, _)| name.strip_prefix("cf_"));
        let custom_fields: Vec<&str> = custom_fields.map(|field| field.split("__").next().unwrap_or(field)).collect();
        if custom_fields.is_empty() {
            return Ok(());
        }
        let known = api.extras().custom_fields().all().lenient().fields(["name"]).into_iter();
        let known = known.map(|field| Ok(field?.str("name").unwrap_or_default().to_owned())).collect::<Result<Vec<String>>>()?;
        match custom_fields.into_iter().find(|field| !known.iter().any(|name| name == field)) {
            Some(field) => {
                Err(ignored(format!("the server has no custom field {field:?}"), &nearest(field, known.iter().map(String::as_str))))
            }
            None => Ok(()),
        }
    }
}
