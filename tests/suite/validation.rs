//! The checks before sending: what they refuse and how they say it, and that they let through what servers accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use netbox_sdk::http::Method;
use netbox_sdk::typed::validation::check;
use netbox_sdk::{ErrorKind, ReleaseLine, json};
use serde_json::Value;

use crate::recordings::each_line_of;
use crate::support::needed;

/// One line of a recording, as far as it matters here.
#[derive(serde::Deserialize)]
struct Exchange {
    method: String,
    path: String,
    status: u16,
    request: Value,
    response: Value,
    template: String,
}

/// The writes of all files, each different one once, with the line of its server.
fn writes(folder: &Path) -> Vec<(ReleaseLine, Exchange)> {
    let mut seen = BTreeSet::new();
    let mut writes = Vec::new();
    each_line_of(folder, |file, text| {
        if text.contains(r#""method":"P"#) {
            let exchange: Exchange = serde_json::from_str(text).unwrap();
            let line: ReleaseLine = file.trim_start_matches("netbox-").trim_end_matches(".jsonl.gz").parse().unwrap();
            if seen.insert((line, exchange.method.clone(), exchange.path.clone(), exchange.status, exchange.request.to_string())) {
                writes.push((line, exchange));
            }
        }
    });
    writes
}

fn checked(line: ReleaseLine, exchange: &Exchange) -> netbox_sdk::Result<()> {
    let method: Method = exchange.method.parse().unwrap();
    check(line, &method, exchange.path.trim_start_matches("/api/"), &exchange.request)
}

#[test]
fn every_recorded_body_that_a_server_accepted_passes() {
    let Some(folder) = needed("NETBOX_RECORDINGS") else { return };
    let (mut accepted, mut refused, mut found) = (0, 0, 0);
    let mut wrong = Vec::new();
    let mut missed = BTreeMap::<String, usize>::new();
    for (line, exchange) in writes(Path::new(&folder)).iter().filter(|(_, exchange)| exchange.path.starts_with("/api/")) {
        let outcome = checked(*line, exchange);
        // A background job that failed was a refusal, though its request was accepted.
        let is_refusal = exchange.status == 400 || exchange.response["job"]["status"] == "failed";
        if is_refusal {
            refused += 1;
            found += usize::from(outcome.is_err());
            if outcome.is_ok() {
                println!(
                    "MISSED\t{line}\t{}\t{}\t{}\t{}",
                    exchange.method,
                    exchange.template,
                    exchange.request.to_string().chars().take(300).collect::<String>(),
                    exchange.response.to_string().chars().take(300).collect::<String>()
                );
                *missed.entry(exchange.template.clone()).or_default() += 1;
            }
        } else if exchange.status < 300 {
            accepted += 1;
            if let Err(error) = outcome {
                wrong.push(format!("{line} {} {error}\n    {}", exchange.template, exchange.request));
            }
        }
    }
    println!("{accepted} different accepted bodies passed; of {refused} that servers refused, {found} are refused before they are sent");
    assert!(wrong.is_empty(), "{} accepted bodies are refused:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(accepted >= 10_000, "only {accepted} accepted bodies were found");
    assert!(found * 2 >= refused, "only {found} of {refused}");
}
