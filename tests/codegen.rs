//! What is committed is what the generator writes.
#![allow(missing_docs, unreachable_pub)]

#[path = "../examples/codegen/apps.rs"]
mod apps;
#[path = "../examples/codegen/choices.rs"]
mod choices;
#[path = "../examples/codegen/components.rs"]
mod components;
#[path = "../examples/codegen/files.rs"]
mod files;
#[path = "../examples/codegen/fixups.rs"]
mod fixups;
#[path = "../examples/codegen/forms.rs"]
mod forms;
#[path = "../examples/codegen/model.rs"]
mod model;
#[path = "../examples/codegen/typed.rs"]
mod typed;
#[path = "../examples/codegen/validation.rs"]
mod validation;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

#[test]
fn generated_files_are_up_to_date() {
    for (path, text) in files::all() {
        assert!(committed(&path) == text, "{} differs from what `cargo run --example codegen` writes", path.display());
    }
}

/// Of one line alone no choice is fixed, so that none is left to open.
#[test]
#[should_panic(expected = "no longer applies")]
fn a_fixup_that_changes_nothing_fails_the_generation() {
    let documents = model::documents(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/codegen/openapi"));
    validation::table(&documents[..1]);
}

/// The text, of compressed files too: how well they are compressed does not count.
fn committed(path: &Path) -> String {
    let mut text = String::new();
    let Ok(mut file) = File::open(path) else { return text };
    let outcome = match path.extension().is_some_and(|end| end == "gz") {
        true => GzDecoder::new(file).read_to_string(&mut text),
        false => file.read_to_string(&mut text),
    };
    outcome.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text
}
