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
#[path = "../examples/codegen/filters.rs"]
mod filters;
#[path = "../examples/codegen/fixups.rs"]
mod fixups;
#[path = "../examples/codegen/forms.rs"]
mod forms;
#[path = "../examples/codegen/groups.rs"]
mod groups;
#[path = "../examples/codegen/model.rs"]
mod model;
#[path = "../examples/codegen/typed.rs"]
mod typed;
#[path = "../examples/codegen/validation.rs"]
mod validation;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::json;

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

#[test]
fn a_choice_that_a_patch_release_adds_renames_no_type() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = model::documents(&root.join("examples/codegen/openapi"));
    let (_, document) = documents.last_mut().unwrap();
    // Two of several fields that have the same values.
    for (component, field) in [("PowerFeed", "status"), ("ContactAssignment", "priority")] {
        let property = &mut document["components"]["schemas"][component]["properties"][field];
        property["properties"]["value"]["enum"].as_array_mut().unwrap().push(json!("brand-new"));
    }
    let mut added = 0;
    for (path, text) in files::of(root, &documents).into_iter().filter(|(path, _)| path.to_string_lossy().contains("/src/typed/models/")) {
        let before = committed(&path);
        let before: std::collections::HashSet<&str> = before.lines().collect();
        for line in text.lines().filter(|line| !before.contains(line)) {
            assert_eq!(line.trim(), "BrandNew = \"brand-new\",", "in {}", path.display());
            added += 1;
        }
    }
    assert_eq!(added, 2);
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

/// A line 4.8 made of 4.7's document, in a copy of the repository. What was built of others' crates for this test serves the copy, too.
#[test]
fn a_new_line_is_a_document_a_row_and_a_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = tempfile::tempdir().unwrap();
    for name in ["Cargo.toml", "Cargo.lock", "README.md", "src", "examples", "benches", "tests"] {
        copy_all(&root.join(name), &copy.path().join(name));
    }

    let (_, mut document) = model::documents(&root.join("examples/codegen/openapi")).pop().unwrap();
    let schemas = &mut document["components"]["schemas"];
    schemas["Site"]["properties"]["altitude"] = json!({"type": "integer"});
    schemas["Site"]["required"].as_array_mut().unwrap().push(json!("altitude"));
    schemas["WritableSiteRequest"]["properties"]["altitude"] = json!({"type": "integer", "maximum": 9000});
    let paths = document["paths"].as_object_mut().unwrap();
    paths.retain(|path, _| !path.starts_with("/api/dcim/cable-bundles/"));
    for path in ["", "{id}/"] {
        let operations = paths[&format!("/api/dcim/regions/{path}")].clone();
        paths.insert(format!("/api/dcim/provinces/{path}"), operations);
    }
    let file = File::create(copy.path().join("examples/codegen/openapi/netbox-4.8.json.gz")).unwrap();
    let mut encoder = GzEncoder::new(file, Compression::fast());
    serde_json::to_writer(&mut encoder, &document).unwrap();
    encoder.finish().unwrap();

    let table = copy.path().join("src/schema/line.rs");
    let text = std::fs::read_to_string(&table).unwrap();
    let row = text.lines().find(|line| line.trim_start().starts_with("V4_7 7 ")).unwrap();
    std::fs::write(&table, text.replace(row, &format!("{row}\n    V4_8 8 \"4.8.0\","))).unwrap();

    let user = r#"
        //! A program of a user.
        use netbox_sdk::typed::{TypedApi, typed_api, v4_8::{self, SiteRequest}};

        fn main() {
            let Ok(TypedApi::V4_8(nb)) = typed_api("http://127.0.0.1:9", "0123456789", "4.8.1") else { panic!("it is no line") };
            let _ = |site: v4_8::Site| (site.altitude, nb.dcim().provinces().get(1).unwrap().map(|province| province.slug));
            let error = nb.dcim().sites().create(&SiteRequest::new("x", "x").altitude(9001)).unwrap_err();
            assert!(error.violations()[0].path == "altitude", "{error}");
            assert!(netbox_sdk::build_schema_index(v4_8::LINE).unwrap().resource("dcim", "cable-bundles").is_none());
        }
    "#;
    cargo(copy.path(), &["run", "--example", "codegen"]);
    std::fs::write(copy.path().join("examples/user.rs"), user).unwrap();
    cargo(copy.path(), &["run", "--example", "user", "--features", "v4_8"]);
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_file() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        copy_all(&entry.path(), &to.join(entry.file_name()));
    }
}

fn cargo(folder: &Path, arguments: &[&str]) {
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).args(["--offline", "--quiet"]).arg("--target-dir").arg(target).current_dir(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "cargo {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
}
