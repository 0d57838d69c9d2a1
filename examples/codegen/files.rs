//! Which files are generated.

use std::path::{Path, PathBuf};

use netbox_sdk::SchemaIndex;

use super::{apps, forms, model, typed, validation};

/// Path and text of every generated file. Those whose name ends in `.gz` are compressed.
pub(crate) fn all() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = model::documents(&root.join("examples/codegen/openapi"));
    let mut files = vec![(root.join("src/facade/apps.rs"), apps::source(&model::resources(&documents)))];
    files.push((root.join("src/typed/validation/table.json.gz"), validation::table(&documents)));
    for (line, document) in &documents {
        let index = SchemaIndex::from_openapi(document).unwrap_or_else(|error| panic!("NetBox {line}: {error}"));
        let text = serde_json::to_string(&index).expect("an index is JSON");
        files.push((root.join(format!("src/schema/bundled/{line}.json.gz")), text));
        files.push((root.join(format!("src/mock/bundled/{line}.json.gz")), forms::of(document).to_string()));
    }
    files.extend(typed::files(root, &documents));
    files
}
