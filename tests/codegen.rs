//! What is committed is what the generator writes.
#![allow(missing_docs, unreachable_pub)]

#[path = "../examples/codegen/apps.rs"]
mod apps;
#[path = "../examples/codegen/files.rs"]
mod files;
#[path = "../examples/codegen/model.rs"]
mod model;

#[test]
fn generated_files_are_up_to_date() {
    for (path, text) in files::all() {
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == text, "{} differs from what `cargo run --example codegen` writes", path.display());
    }
}
