//! Objects that come from a data source.

use http::Method;

use super::record::Record;
use crate::error::Result;

impl Record {
    /// Reads it again from where its data comes from: `POST …/<id>/sync/`. The record then holds the server's reply, and what was set in it is forgotten.
    ///
    /// A data source is only queued: `status.value` says how far it is, see [`refresh`](Record::refresh). A config context, a config template, an export template,
    /// and a config context profile (since NetBox 4.4) take the text of their data file, where they have one.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 404 for other objects.
    pub fn sync(&mut self) -> Result<()> {
        let request = self.detail("sync").request(Method::POST)?;
        *self = self.endpoint().record(request.send()?)?;
        Ok(())
    }
}
