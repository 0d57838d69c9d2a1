//! Writes the generated files from the OpenAPI documents beside it: `cargo run --example codegen`.
#![allow(clippy::print_stdout)]

mod apps;
mod files;
mod model;

fn main() {
    for (path, text) in files::all() {
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("{}", path.display());
    }
}
