//! Imports tags from a CSV file with the columns `name`, `slug` and more of your own (`color`, `description`):
//! `cargo run --example bulk_import -- tags.csv`, with `--dry-run` to see what would be made.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;

use indicatif::ProgressBar;
use netbox_sdk::{Api, serde_json};
use serde_json::{Map, Value};

/// As many as NetBox makes in a few seconds, so that the bar moves.
const AT_ONCE: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_dry_run = arguments.iter().any(|argument| argument == "--dry-run");
    let Some(path) = arguments.iter().find(|argument| !argument.starts_with("--")) else {
        eprintln!("usage: bulk_import FILE.csv [--dry-run]");
        std::process::exit(1);
    };
    let mut rows = Vec::new();
    for row in csv::Reader::from_path(path)?.deserialize() {
        let row: Map<String, Value> = row?;
        rows.push(Value::Object(row));
    }
    let nb = Api::from_env()?;
    let tags = nb.extras().tags();
    // Those that are there already are left alone, so that a second run goes on where the first one stopped.
    let slugs: Vec<&str> = rows.iter().filter_map(|row| row["slug"].as_str()).collect();
    let mut known = Vec::new();
    for some in slugs.chunks(100) {
        for tag in tags.filter([("slug", some)]).fields(["slug"]) {
            known.extend(tag?.str("slug").map(str::to_owned));
        }
    }
    rows.retain(|row| !known.iter().any(|slug| row["slug"] == slug.as_str()));
    println!("{} tags to make, {} are there already", rows.len(), known.len());
    if is_dry_run {
        rows.iter().for_each(|row| println!("would make {row}"));
        return Ok(());
    }
    let bar = ProgressBar::new(rows.len() as u64);
    for some in rows.chunks(AT_ONCE) {
        if let Err(error) = tags.create_many(some.iter().cloned()) {
            bar.abandon();
            for failure in error.failed() {
                eprintln!("{}: {}", some[failure.index], failure.reply);
            }
            return Err(error.into());
        }
        bar.inc(some.len() as u64);
    }
    bar.finish();
    Ok(())
}
