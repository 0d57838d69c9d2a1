//! The index that a server's own document makes, kept beside the cache.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use netbox_sdk::{Api, Cache, CacheMode, Client, ErrorKind, json};
use serde_json::Value;

use crate::support::{RawServer, impatient, live_config};

/// A server that tells its versions and its document, and counts how often it tells the latter.
struct Documented {
    server: RawServer,
    plugins: Arc<Mutex<Value>>,
    told: Arc<AtomicUsize>,
}

impl Documented {
    fn start() -> Documented {
        let plugins = Arc::new(Mutex::new(json!({"netbox_branching": "1.1.2"})));
        let told = Arc::new(AtomicUsize::new(0));
        let (of_server, counter) = (Arc::clone(&plugins), Arc::clone(&told));
        let server = RawServer::start(move |_, connection| {
            while let Some(request) = connection.read_request() {
                let body = if request.starts_with("GET /api/schema/") {
                    counter.fetch_add(1, Ordering::SeqCst);
                    let name = if request.to_ascii_lowercase().contains("x-netbox-branch") { "branched" } else { "sites" };
                    json!({"openapi": "3.0.3", "info": {"version": "4.7.3 (4.7)"}, "paths": {format!("/api/dcim/{name}/"): {"get": {}}}})
                } else {
                    json!({"netbox-version": "4.7.3", "plugins": *of_server.lock().unwrap()})
                };
                connection.reply("200 OK", "Content-Type: application/json\r\nAPI-Version: 4.7\r\n", &body.to_string());
            }
        });
        Documented { server, plugins, told }
    }

    /// As another process reads it. Returns whether the server had to tell its document.
    fn is_asked(&self, cache: Cache, mode: CacheMode) -> bool {
        let before = self.told.load(Ordering::SeqCst);
        let client = Client::new(impatient(&self.server.url()).cache(cache).build().unwrap()).unwrap().with_cache_mode(mode);
        let index = client.live_schema().unwrap();
        assert!(index.resources.contains_key("dcim/sites"));
        assert_eq!(client.schema().unwrap(), index);
        self.told.load(Ordering::SeqCst) > before
    }
}

#[test]
fn the_index_of_a_server_is_kept_while_its_versions_stay_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let server = Documented::start();
    let is_asked = || server.is_asked(Cache::at(folder.path()), CacheMode::Default);
    assert_eq!([is_asked(), is_asked()], [true, false]);
    *server.plugins.lock().unwrap() = json!({"netbox_branching": "1.1.3"});
    assert_eq!([is_asked(), is_asked()], [true, false]);
    *server.plugins.lock().unwrap() = json!({"netbox_branching": "1.1.3", "netbox_custom_objects": "0.7.0"});
    assert_eq!([is_asked(), is_asked()], [true, false]);
    assert!(server.is_asked(Cache::at(folder.path()), CacheMode::Reload));
    for mode in [CacheMode::NoCache, CacheMode::Default] {
        assert!(server.is_asked(Cache::in_memory(), mode) && server.is_asked(Cache::off(), mode));
    }
    assert!(server.is_asked(Cache::at(folder.path()), CacheMode::NoCache));
    assert!(!is_asked());
    // Another NetBox.
    let other = Documented::start();
    assert!(other.is_asked(Cache::at(folder.path()), CacheMode::Default));
    let path = Cache::at(folder.path()).path().unwrap();
    let kept: Vec<_> = std::fs::read_dir(path.ancestors().nth(2).unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let kept = kept.into_iter().filter(|path| path.extension().is_some_and(|end| end == "gz")).collect::<Vec<_>>();
    assert_eq!(kept.len(), 2);
    for damage in [&b""[..], b"no gzip", &std::fs::read(&kept[0]).unwrap()[..40]] {
        kept.iter().for_each(|path| std::fs::write(path, damage).unwrap());
        assert_eq!([is_asked(), is_asked()], [true, false]);
    }
    Cache::at(folder.path()).clear().unwrap();
    assert!(kept.iter().all(|path| !path.exists()));
    assert_eq!([is_asked(), is_asked()], [true, false]);
}

#[test]
fn the_index_is_that_of_main_on_a_branch_too() {
    let server = Documented::start();
    let client = Client::new(impatient(&server.server.url()).build().unwrap()).unwrap();
    let index = client.on_branch("abcd1234").unwrap().live_schema().unwrap();
    assert!(index.resources.contains_key("dcim/sites") && index.resources.len() == 1);
    assert_eq!(client.schema().unwrap(), index);
}

#[test]
fn what_plugins_would_ignore_is_told_too_where_the_server_told_its_document() {
    let folder = tempfile::tempdir().unwrap();
    let Some(config) = live_config() else { return };
    let nb = Api::new(Client::new(config.cache(Cache::at(folder.path())).build().unwrap()).unwrap()).strict();
    let branches = nb.plugins().app("branching").endpoint("branches");
    let (right, misspelt) = (branches.filter([("name__ic", "x")]), branches.filter([("nmae", "x")]));
    assert!(misspelt.first().is_ok(), "nobody knows its filters yet");
    nb.client().live_schema().unwrap();
    right.first().unwrap();
    let error = misspelt.first().unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::InvalidRequest, false));
    assert!(error.to_string().starts_with("plugins/branching/branches has no filter \"nmae\". Did you mean name?"), "{error}");
    let other = Client::new(live_config().unwrap().cache(Cache::at(folder.path())).build().unwrap()).unwrap();
    assert_eq!(other.live_schema().unwrap(), nb.client().schema().unwrap());
}
