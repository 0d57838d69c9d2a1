//! Which files are generated.

use std::path::{Path, PathBuf};

use super::{apps, model};

/// Path and text of every generated file.
pub(crate) fn all() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let resources = model::resources(&root.join("examples/codegen/openapi"));
    vec![(root.join("src/facade/apps.rs"), apps::source(&resources))]
}
