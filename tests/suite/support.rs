//! What several test modules share: the live NetBox, and servers that say exactly what they are told to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use netbox_sdk::mock::{NetBox, NetBoxBuilder};
use netbox_sdk::{Api, Client, Config, ConfigBuilder, List, Retries, json};
use serde_json::Value;

use crate::live::unique;

/// A token of the right form that no server knows.
pub const TOKEN: &str = "nbt_TestKey12345.TestSecret6789TestSecret6789TestSecret67";

/// The value of an environment variable that a test needs, or the reason why it is skipped.
/// Where CI requires it (`NETBOX_LIVE=required`), a missing one fails the test.
pub fn needed(variable: &str) -> Option<String> {
    match std::env::var(variable) {
        Ok(value) if !value.is_empty() => Some(value),
        _ if std::env::var("NETBOX_LIVE").as_deref() == Ok("required") => panic!("{variable} is not set, and NETBOX_LIVE=required"),
        _ => {
            println!("skipped: set {variable}");
            None
        }
    }
}

/// An example as a program of its own. `cargo test` builds the examples beside the tests; where only some tests were built it may be missing.
pub fn example(name: &str) -> Option<Command> {
    let path = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples").join(name);
    if !path.exists() {
        assert_ne!(std::env::var("NETBOX_LIVE").as_deref(), Ok("required"), "{} is not there", path.display());
        println!("skipped: the example {name} is not built");
        return None;
    }
    Some(Command::new(path))
}

/// A client for the live NetBox with its v2 token.
pub fn live() -> Option<Client> {
    live_config().map(|config| Client::new(config.build().unwrap()).unwrap())
}

pub fn live_config() -> Option<ConfigBuilder> {
    live_config_at("NETBOX_URL")
}

/// For the live NetBox at the address that an environment variable names.
pub fn live_config_at(variable: &str) -> Option<ConfigBuilder> {
    Some(Config::builder(needed(variable)?).token(needed("NETBOX_TOKEN")?))
}

/// A NetBox in memory and a client of it that does not wait long.
pub fn in_memory(builder: NetBoxBuilder) -> (NetBox, Api) {
    let netbox = builder.start().unwrap();
    let nb = Api::new(Client::new(impatient(&netbox.url()).token(netbox.token()).build().unwrap()).unwrap());
    (netbox, nb)
}

/// Objects of a test's own, told from others by their description. What is left of them is deleted at the end, however it ends.
pub struct Own {
    nb: Api,
    path: &'static str,
    pub mark: String,
    body: Value,
}

impl Own {
    /// With what each body needs beside a name and a description.
    pub fn new(nb: &Api, path: &'static str, mut body: Value) -> Own {
        let mark = unique("own");
        body["description"] = json!(mark);
        Own { nb: nb.clone(), path, mark, body }
    }

    /// Groups of users: NetBox reads and writes nothing faster.
    pub fn groups(nb: &Api) -> Own {
        Own::new(nb, "users/groups", json!({}))
    }

    /// All of them, as another client may see them.
    pub fn list(&self, nb: &Api) -> List {
        nb.endpoint(self.path).filter([("description", self.mark.as_str())]).fields(["id", "name"])
    }

    pub fn make(&self, names: impl IntoIterator<Item = String>) -> Vec<u64> {
        let body = |name| {
            let mut body = self.body.clone();
            body["name"] = Value::String(name);
            body
        };
        let made = self.nb.endpoint(self.path).create_many(names.into_iter().map(body)).unwrap();
        made.iter().map(|record| record.id()).collect()
    }

    pub fn rename(&self, id: u64, name: &str) {
        self.nb.endpoint(self.path).update_many([json!({"id": id, "name": name})]).unwrap();
    }

    pub fn delete(&self, ids: impl IntoIterator<Item = u64>) {
        self.nb.endpoint(self.path).delete_many(ids).unwrap();
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.list(&self.nb).delete();
    }
}

/// Short limits and waits, so that a test of a fault takes no longer than it must.
pub fn impatient(base_url: &str) -> ConfigBuilder {
    Config::builder(base_url)
        .token(TOKEN)
        .no_proxy()
        .connect_timeout(Duration::from_millis(700))
        .read_timeout(Duration::from_millis(700))
        .attempt_timeout(Duration::from_secs(3))
        .retries(Retries::max(2).backoff(Duration::from_millis(5)).max_wait(Duration::from_millis(50)))
}

/// A server on a raw socket: a closure answers each connection, and requests are counted where their head arrived whole.
pub struct RawServer {
    pub address: SocketAddr,
    arrived: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

/// One connection of a [`RawServer`].
pub struct Connection {
    pub stream: TcpStream,
    arrived: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl RawServer {
    pub fn start(answer: impl Fn(usize, &mut Connection) + Send + Sync + 'static) -> RawServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let arrived = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let (counter, heads) = (Arc::clone(&arrived), Arc::clone(&requests));
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let Ok(stream) = stream else { return };
                let (answer, arrived, requests) = (Arc::clone(&answer), Arc::clone(&counter), Arc::clone(&heads));
                thread::spawn(move || answer(number, &mut Connection { stream, arrived, requests }));
            }
        });
        RawServer { address, arrived, requests }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many requests arrived.
    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    /// The requests that arrived, with their bodies where they were read.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Connection {
    /// Reads the head of a request, and its body as far as a `Content-Length` says. `None` at the end of the connection.
    pub fn read_request(&mut self) -> Option<String> {
        let head = self.read_head()?;
        let body = self.take_body(&head)?;
        let text = head + &String::from_utf8_lossy(&body);
        if let Some(last) = self.requests.lock().unwrap().last_mut() {
            last.clone_from(&text);
        }
        Some(text)
    }

    /// Reads the head of a request and leaves its body.
    pub fn read_head(&mut self) -> Option<String> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            if self.stream.read(&mut byte).ok()? == 0 {
                return None;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        self.arrived.fetch_add(1, Ordering::SeqCst);
        self.requests.lock().unwrap().push(head.clone());
        Some(head)
    }

    /// Reads the body that a head announces.
    pub fn take_body(&mut self, head: &str) -> Option<Vec<u8>> {
        if header(head, "expect").is_some() {
            self.write("HTTP/1.1 100 Continue\r\n\r\n");
        }
        let length = header(head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        Some(body)
    }

    pub fn write(&mut self, text: &str) {
        self.try_write(text);
    }

    /// Whether the other side still takes it.
    pub fn try_write(&mut self, text: &str) -> bool {
        self.stream.write_all(text.as_bytes()).is_ok()
    }

    /// A whole reply, after which the connection is kept.
    pub fn reply(&mut self, status: &str, headers: &str, body: &str) {
        self.write(&format!("HTTP/1.1 {status}\r\nAPI-Version: 4.7\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len()));
    }
}

/// The value of a header in the text of a request.
pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let head = request.split("\r\n\r\n").next()?;
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// Runs a test of this binary in a process of its own, with one variable set, and gives what it prints.
pub fn child(test: &str, variable: &str, value: &str) -> String {
    let child =
        Command::new(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]).env(variable, value).output().unwrap();
    let output = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(child.status.success(), "{output}");
    output
}

/// The most memory that this process has had, as Linux tells it.
pub fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned()
}

/// What a child printed of its [`peak_memory`]. Only Linux tells.
pub fn kilobytes(output: &str) -> Option<u64> {
    let peak = output.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    assert!(peak.is_some() || !cfg!(target_os = "linux"), "{output}");
    peak?.trim().trim_end_matches(" kB").parse().ok()
}
