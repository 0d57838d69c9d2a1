//! Writes the generated files from the OpenAPI documents beside it: `cargo run --example codegen`.
#![allow(clippy::print_stdout)]

mod apps;
mod choices;
mod components;
mod files;
mod filters;
mod fixups;
mod forms;
mod groups;
mod model;
mod typed;
mod validation;

use std::fs::File;
use std::io::{Result, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() {
    for (path, text) in files::all() {
        write(&path, &text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("{}", path.display());
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    if path.extension().is_none_or(|end| end != "gz") {
        return std::fs::write(path, text);
    }
    let mut encoder = GzEncoder::new(File::create(path)?, Compression::best());
    encoder.write_all(text.as_bytes())?;
    encoder.finish().map(drop)
}
