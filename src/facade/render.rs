//! Configurations that NetBox renders from its templates.

use std::fmt;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::detail::Detail;
use super::record::Record;
use crate::error::Result;

/// A rendered configuration: `Display` is its text.
#[derive(Clone)]
pub struct RenderedConfig {
    content: String,
    template: Option<Record>,
}

#[derive(Deserialize)]
struct Wire {
    content: String,
    configtemplate: Option<Map<String, Value>>,
}

impl Record {
    /// The configuration of a device or a virtual machine from its config template: `POST …/<id>/render-config/`.
    /// Other variables, or another template (`config_template_id`, in the documents since NetBox 4.6), go with `record.detail("render-config").post(…)`.
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// let device = nb.dcim().devices().get(42)?.expect("it exists");
    /// let config = device.render_config()?;
    /// print!("{config}");
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 400 where there is no template, 500 where it fails.
    pub fn render_config(&self) -> Result<RenderedConfig> {
        self.detail("render-config").rendered(json!({}))
    }

    /// As [`render_config`](Record::render_config), but just the text as the server renders it (`Accept: text/plain`).
    ///
    /// # Errors
    /// As [`render_config`](Record::render_config).
    pub fn render_config_text(&self) -> Result<String> {
        let detail = self.detail("render-config");
        let request = detail.request(Method::POST)?.header("Accept", "text/plain").json(&json!({}));
        Ok(detail.accepted(request)?.text().into_owned())
    }

    /// What a config template makes of these variables, an object as `json!({"name": "sw-1"})`: `POST …/<id>/render/`.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 500 where the template fails, with the reason.
    pub fn render(&self, context: impl Serialize) -> Result<RenderedConfig> {
        self.detail("render").rendered(context)
    }
}

impl Detail {
    fn rendered(&self, context: impl Serialize) -> Result<RenderedConfig> {
        let wire: Wire = self.accepted(self.request(Method::POST)?.json(&context))?.json()?;
        let template = wire.configtemplate.map(|members| self.endpoint.object(members));
        Ok(RenderedConfig { content: wire.content, template })
    }
}

impl RenderedConfig {
    /// The text.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// The text.
    pub fn into_content(self) -> String {
        self.content
    }

    /// The config template that it was rendered from, in its short form.
    pub fn template(&self) -> Option<&Record> {
        self.template.as_ref()
    }
}

/// Configurations hold secrets, so the text is not shown.
impl fmt::Debug for RenderedConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderedConfig").field("bytes", &self.content.len()).field("template", &self.template).finish()
    }
}

impl fmt::Display for RenderedConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.content)
    }
}
