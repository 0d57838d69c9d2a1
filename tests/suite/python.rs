//! Clients in Python cannot tell the mock from NetBox: scripts print the same on both.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{example, needed};

/// The mock as a process of its own, as clients in other languages have it.
struct MockServer {
    process: Child,
    url: String,
    token: String,
}

impl MockServer {
    fn start() -> Option<MockServer> {
        let mut process = example("mock_server")?.args(["--port", "0", "--devices", "0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let variable = |name: &str| {
            let value = line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or_else(|| panic!("no {name} in {line}")).to_owned()
        };
        Some(MockServer { url: variable("NETBOX_URL"), token: variable("NETBOX_TOKEN"), process })
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a script prints, a step a line.
fn steps(python: &str, script: &str, [url, token, username, password]: [&str; 4]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let output = Command::new(python)
        .arg("-B")
        .arg(path)
        .envs([("NETBOX_URL", url), ("NETBOX_TOKEN", token), ("NETBOX_USERNAME", username), ("NETBOX_PASSWORD", password)])
        .envs([("HOME", folder.path()), ("XDG_CACHE_HOME", folder.path()), ("XDG_CONFIG_HOME", folder.path())])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{script} on {url}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(str::to_owned).collect()
}

/// On the mock and, where there is one, on a real NetBox.
fn compare(variable: &str, script: &str) {
    let (Some(python), Some(server)) = (needed(variable), MockServer::start()) else { return };
    let mock = steps(&python, script, [&server.url, &server.token, "admin", "admin"]);
    assert!(mock.len() >= 30, "{} steps", mock.len());
    let real = ["NETBOX_URL", "NETBOX_TOKEN", "NETBOX_USERNAME", "NETBOX_PASSWORD"].map(needed);
    let [Some(url), Some(token), Some(username), Some(password)] = real else { return };
    let real = steps(&python, script, [&url, &token, &username, &password]);
    let different: Vec<_> = real.iter().zip(&mock).filter(|(real, mock)| real != mock).collect();
    assert!(real.len() == mock.len() && different.is_empty(), "NetBox and the mock differ: {different:#?}");
    println!("{script}: {} steps are alike", real.len());
}

#[test]
fn pynetbox_gets_from_the_mock_what_it_gets_from_netbox() {
    compare("PYNETBOX_PYTHON", "with_pynetbox.py");
}

#[test]
fn python_netbox_sdk_gets_from_the_mock_what_it_gets_from_netbox() {
    compare("NETBOX_SDK_PYTHON", "with_netbox_sdk.py");
}
