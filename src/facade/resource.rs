//! What the documents say of a resource, as far as it decides how it is read and written.

use super::apps::RESOURCES;

/// One resource over the supported release lines.
#[derive(Debug)]
pub(super) struct Resource {
    /// Below `/api/`.
    pub(super) path: &'static str,
    /// The first and last line that has it, by minor version.
    pub(super) since: u8,
    pub(super) until: u8,
    /// Whether it can be paged by id on each of its lines.
    pub(super) is_keyset: bool,
    /// Whether `start` is a filter of its own, and so never a cursor.
    pub(super) has_start_filter: bool,
    /// Members that are free JSON when written.
    pub(super) json_fields: &'static [&'static str],
}

impl Resource {
    pub(super) fn find(path: &str) -> Option<&'static Resource> {
        RESOURCES.binary_search_by(|resource| resource.path.cmp(path)).ok().map(|index| &RESOURCES[index])
    }

    /// Says on which lines the resource is, where that may be why a server does not have it.
    pub(super) fn absence(&self, server_line: &str) -> Option<String> {
        let minor: u8 = server_line.strip_prefix("4.")?.parse().ok()?;
        match minor {
            _ if minor < self.since => Some(format!("{} exists since NetBox 4.{}; this server is {server_line}", self.path, self.since)),
            _ if minor > self.until => Some(format!("{} exists until NetBox 4.{}; this server is {server_line}", self.path, self.until)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_is_found_by_its_path() {
        assert!(RESOURCES.iter().all(|resource| Resource::find(resource.path).is_some_and(|found| found.path == resource.path)));
    }
}
