//! The plugins of a server, and what they add to its API.

use serde::{Deserialize, Serialize};

use super::{Api, App};
use crate::error::Result;

/// The plugins: made by [`Api::plugins`].
#[derive(Debug, Clone)]
pub struct Plugins(pub(super) Api);

/// A plugin that the server has, as `GET /api/plugins/installed-plugins/` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InstalledPlugin {
    /// The name for people, as `NetBox Branching`.
    pub name: String,
    /// The Python package, as `netbox_branching`.
    pub package: String,
    /// The version, where the plugin names one.
    pub version: Option<String>,
    /// Who made it.
    pub author: Option<String>,
    /// Where they can be reached.
    pub author_email: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl Api {
    /// The plugins, as `nb.plugins().app("gpon").endpoint("olts")`.
    pub fn plugins(&self) -> Plugins {
        Plugins(self.clone())
    }
}

impl Plugins {
    /// The resources of one plugin, by the name that its URLs have: `branching` of `/api/plugins/branching/branches/`.
    pub fn app(&self, name: &str) -> App {
        self.0.app(&format!("plugins/{}", name.trim_matches('/')))
    }

    /// The plugins that the server has: `GET /api/plugins/installed-plugins/`.
    ///
    /// ```no_run
    /// # let nb = netbox_sdk::Api::from_env()?;
    /// for plugin in nb.plugins().installed_plugins()? {
    ///     println!("{} {}", plugin.name, plugin.version.as_deref().unwrap_or("-"));
    /// }
    /// # Ok::<(), netbox_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn installed_plugins(&self) -> Result<Vec<InstalledPlugin>> {
        self.0.client().get("plugins/installed-plugins").send()?.error_for_status()?.json()
    }
}
