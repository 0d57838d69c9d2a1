//! The command-line tool of the examples, as somebody at a terminal uses it.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::live::unique;
use crate::support::{example, live, needed};

/// Runs it.
fn nbx(arguments: &[&str], input: &str) -> Option<Output> {
    live()?;
    let mut command = example("nbx")?;
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Some(child.wait_with_output().unwrap())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn objects_are_made_listed_changed_and_deleted() {
    let name = unique("nbx");
    let Some(created) = nbx(
        &["dcim", "sites", "create", "--json", "facility=\u{1b}[31mred", "-f", "-"],
        &format!("{{\"name\":\"{name}\",\"slug\":\"{name}\"}}"),
    ) else {
        return;
    };
    assert!(created.status.success(), "{}", text(&created.stderr));
    let site: Value = serde_json::from_slice(&created.stdout).unwrap();
    let id = site["id"].to_string();
    let run = |arguments: &[&str]| nbx(arguments, "").unwrap();
    let table = run(&["dcim", "sites", "list", &format!("slug={name}"), "--fields", "id,name,facility"]);
    let table = text(&table.stdout);
    assert!(table.contains(&name) && table.contains("\\u{1b}[31mred") && !table.contains('\u{1b}'), "{table}");
    let patched = run(&["dcim", "sites", "patch", &id, "facility=Hall 2", "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&patched.stdout).unwrap()["facility"], "Hall 2");
    let sorted = run(&["dcim", "sites", "list", "--ordering", "-id", "--limit", "1", "--csv", "--fields", "name,status.value"]);
    assert!(text(&sorted.stdout).starts_with("name,status.value\n") && text(&sorted.stdout).ends_with(",active\n"), "{sorted:?}");
    let csv = run(&["--csv", "dcim", "sites", "list", &format!("id={id}"), "--fields", "name,facility"]);
    assert_eq!(text(&csv.stdout), format!("name,facility\n{name},Hall 2\n"));
    let patched = run(&["dcim", "sites", "patch", &id, "facility=1e5", "description=true", "physical_address=0042", "--json"]);
    let patched: Value = serde_json::from_slice(&patched.stdout).unwrap();
    assert_eq!(
        (&patched["facility"], &patched["description"], &patched["physical_address"]),
        (&"1e5".into(), &"true".into(), &"0042".into())
    );
    let list = format!("[{{\"id\": {id}, \"facility\": \"Hall 3\"}}]");
    let bulk = nbx(&["dcim", "sites", "bulk-patch", "-f", "-", "--json"], &list).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&bulk.stdout).unwrap()["facility"], "Hall 3", "{}", text(&bulk.stderr));
    assert!(run(&["dcim", "sites", "delete", &id]).status.success());
    assert_eq!(run(&["dcim", "sites", "get", &id]).status.code(), Some(3));
}

#[test]
fn what_is_wrong_is_told_with_an_exit_code_of_its_own() {
    for (arguments, code, message) in [
        (&["dcm", "devices", "list"][..], 2, "Did you mean dcim?"),
        (&["dcim", "devics", "list"], 2, "Did you mean devices?"),
        (&["dcim", "devices", "list", "nmae=x", "--strict"], 2, "Did you mean name?"),
        (&["dcim", "devices", "list", "=x"], 2, "name=value"),
        (&["dcim", "sites", "create"], 2, "nothing to write"),
        (&["dcim", "sites", "create", "-f", "/no/such/file"], 2, "cannot read"),
        (&["dcim", "sites", "create", "name="], 5, "slug"),
        (&["dcim", "sites", "get", "999999999"], 3, "No Site matches"),
        (&["dcim", "sites", "get"], 2, "needs an id"),
        (&["dcim", "sites", "delete", "7", "x"], 2, "unexpected argument"),
        (&["dcim", "sites", "bulk-create", "name=x"], 2, "needs a body"),
        (&["dcim", "sites", "available-ips", "7"], 2, "has no action \"available-ips\". It has list"),
        (&["dcim", "devices", "list", "--branch", "no such branch"], 3, "there is no branch"),
        (&["dcim", "sites", "list", "--fields", "nmae", "--strict"], 2, "no field \"nmae\""),
        (&["dcim", "devices", "list", "has_primary_ip=yes", "--strict"], 2, "true or false"),
        (&["groups", "dcm"], 2, "Did you mean dcim?"),
        (&["ipam", "prefixes", "available-ips", "1", "limit"], 2, "name=value"),
        (&["dcim", "sites", "list", "--json", "--csv"], 2, "one of --table, --json and --csv"),
        (&["--csv", "dcim", "sites", "list", "--json"], 2, "one of --table, --json and --csv"),
        (&["nonsense"], 2, "Usage"),
        (&[], 2, "Usage"),
    ] {
        let Some(output) = nbx(arguments, "") else { return };
        assert!(text(&output.stderr).contains(message), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn what_there_is_is_told() {
    let Some(_) = needed("NETBOX_URL") else { return };
    for (arguments, expected) in [
        (&["groups"][..], "virtualization"),
        (&["groups", "ipam"], "prefixes"),
        (&["describe", "dcim", "sites"], "Filters"),
        (&["describe", "plugins/branching", "branches"], "schema_id"),
        (&["groups", "plugins/branching"], "branches"),
    ] {
        let Some(output) = nbx(arguments, "") else { return };
        assert!(output.status.success() && text(&output.stdout).contains(expected), "{arguments:?}: {output:?}");
    }
}

#[test]
fn strict_lists_of_plugins_know_their_filters() {
    let Some(refused) = nbx(&["--strict", "plugins/branching", "branches", "list", "nmae=none"], "") else { return };
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("Did you mean name?"), "{}", text(&refused.stderr));
}
