//! The cache: what is answered from it, and what never is.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use netbox_sdk::http::Method;
use netbox_sdk::mock::{Demo, Fault, NetBox};
use netbox_sdk::{
    Api, ApiResponse, Cache, CacheMode, CachePolicy, CacheStatus, Client, Config, ErrorKind, Form, Invalidation, Lifetime, Part, Retries,
    Token, json,
};

use crate::facade::made;
use crate::live::unique;
use crate::support::{RawServer, TOKEN, child, header, impatient, needed};

/// A server that answers each request with its number and path, in a script of statuses and headers.
struct Counting {
    server: RawServer,
    answers: Arc<Mutex<Vec<Answer>>>,
}

/// What is answered next; without one, 200.
#[derive(Clone, Copy)]
enum Answer {
    Status(&'static str),
    WithHeaders(&'static str),
    Body(&'static str),
    /// The connection is closed without a reply.
    Nothing,
}

impl Counting {
    fn start() -> Counting {
        let answers = Arc::new(Mutex::new(Vec::<Answer>::new()));
        let (script, number) = (Arc::clone(&answers), AtomicUsize::new(0));
        let server = RawServer::start(move |_, connection| {
            while let Some(request) = connection.read_request() {
                let number = number.fetch_add(1, Ordering::SeqCst) + 1;
                let path = request.split(' ').nth(1).unwrap();
                let body = format!("{{\"number\":{number},\"path\":\"{path}\"}}");
                let next = { script.lock().unwrap().pop() };
                let json = "Content-Type: application/json\r\n";
                match next {
                    None => connection.reply("200 OK", json, &body),
                    Some(Answer::Status("304 Not Modified")) => {
                        connection.write("HTTP/1.1 304 Not Modified\r\nAPI-Version: 4.7\r\nX-New: yes\r\n\r\n")
                    }
                    Some(Answer::Status(status)) => connection.reply(status, json, "{\"detail\":\"no\"}"),
                    Some(Answer::WithHeaders(headers)) => connection.reply("200 OK", &format!("{json}{headers}"), &body),
                    Some(Answer::Body(body)) => connection.reply("200 OK", json, body),
                    Some(Answer::Nothing) => return,
                }
            }
        });
        Counting { server, answers }
    }

    fn answer(&self, answers: &[Answer]) {
        *self.answers.lock().unwrap() = answers.iter().rev().copied().collect();
    }

    fn client(&self, cache: &Cache) -> Client {
        Client::new(impatient(&self.server.url()).retries(Retries::none()).cache(cache.clone()).build().unwrap()).unwrap()
    }

    fn client_with(&self, cache: &Cache, policy: CachePolicy) -> Client {
        let config = impatient(&self.server.url()).retries(Retries::none()).cache(cache.clone()).cache_policy(policy);
        Client::new(config.build().unwrap()).unwrap()
    }
}

pub fn number(response: &ApiResponse) -> u64 {
    response.json::<serde_json::Value>().unwrap()["number"].as_u64().unwrap()
}

/// What became of a GET, and the number of the answer.
fn get(client: &Client, path: &str) -> (Option<CacheStatus>, u64) {
    let response = client.get(path).send().unwrap();
    (response.cache_status(), number(&response))
}

const MISS: Option<CacheStatus> = Some(CacheStatus::Miss);
const HIT: Option<CacheStatus> = Some(CacheStatus::Hit);

/// Answers are out of date at once, and stale for long.
fn at_once() -> CachePolicy {
    let lifetime = Lifetime::seconds(0, 3600);
    CachePolicy { lists: lifetime, objects: lifetime, objects_with_query: lifetime, others: lifetime, ..CachePolicy::default() }
}

#[test]
fn a_second_read_is_answered_from_the_cache_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for cache in [Cache::in_memory(), Cache::at(folder.path())] {
        let server = Counting::start();
        let client = server.client(&cache);
        let first = client.get("dcim/sites/1").send().unwrap();
        assert_eq!((first.cache_status(), first.header("x-nbx-cache"), first.attempts()), (MISS, Some("MISS"), 1));
        let second = client.get("dcim/sites/1").send().unwrap();
        assert_eq!((second.cache_status(), second.header("x-nbx-cache"), second.attempts()), (HIT, Some("HIT"), 0));
        assert_eq!((second.bytes(), second.version(), second.status()), (first.bytes(), Some("4.7"), first.status()));
        assert_eq!(server.server.arrived(), 1);
        let stats = cache.stats();
        assert_eq!((stats.entries, stats.hits, stats.misses), (1, 1, 1));
        cache.clear().unwrap();
        assert_eq!((get(&client, "dcim/sites/1").0, cache.stats().entries), (MISS, 1));
        cache.clear_origin("http://other").unwrap();
        assert_eq!(cache.stats().entries, 1);
        assert_eq!(cache.clear_origin("no URL").unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
        // As the client takes it.
        assert_eq!(cache.clear_origin(&format!("{}/api/", server.server.url().to_uppercase().replace("HTTP", "http"))).unwrap(), 1);
        assert_eq!(cache.stats().entries, 0);
    }
}

#[test]
fn what_decides_an_answer_decides_its_entry() {
    let server = Counting::start();
    let cache = Cache::in_memory();
    let client = server.client(&cache);
    assert_eq!(get(&client, "dcim/devices?site=lon&limit=5&site=par"), (MISS, 1));
    for same in ["dcim/devices?limit=5&site=lon&site=par", "/api/dcim/devices/?site=lon&site=p%61r&limit=5"] {
        assert_eq!(get(&client, same), (HIT, 1), "{same}");
    }
    for other in ["dcim/devices?site=par&site=lon&limit=5", "dcim/devices?site=lon&limit=5", "dcim/devices", "dcim/device"] {
        assert_eq!(get(&client, other).0, MISS, "{other}");
    }
    let other_token = client.with_token(&Token::v2("OtherKey1234", "secret").unwrap());
    for other in [
        &other_token,
        &client.without_auth(),
        &client.on_branch("abcd1234").unwrap(),
        &client.with_header("Accept-Language", "de").unwrap(),
    ] {
        let number = server.server.arrived() as u64 + 1;
        assert_eq!(get(other, "dcim/sites"), (MISS, number));
        assert_eq!(get(other, "dcim/sites"), (HIT, number));
    }
    assert_eq!(client.get("dcim/sites").header("Accept", "text/html").send().unwrap().cache_status(), MISS);
}

#[test]
fn a_write_of_any_kind_ends_the_use_of_all_of_the_origin() {
    let folder = tempfile::tempdir().unwrap();
    let server = Counting::start();
    let cache = Cache::at(folder.path());
    let client = server.client(&cache);
    let off = server.client(&Cache::off());
    let writes: [&dyn Fn(); 7] = [
        &|| drop(client.post("dcim/sites").json(&json!({})).send().unwrap()),
        &|| drop(client.put("dcim/sites/1").json(&json!({})).send().unwrap()),
        &|| drop(client.patch("dcim/sites/1").json(&json!({})).send().unwrap()),
        &|| drop(client.delete("dcim/sites/1").no_cache().send().unwrap()),
        &|| drop(client.on_branch("abcd1234").unwrap().delete("dcim/sites/1").send().unwrap()),
        &|| drop(client.create_token("a", "b")),
        &|| {
            server.answer(&[Answer::Status("400 Bad Request")]);
            drop(client.post("dcim/sites").json(&json!({})).send().unwrap());
        },
    ];
    for (at, write) in writes.iter().enumerate() {
        let branch = client.on_branch("efgh5678").unwrap();
        for client in [&client, &branch] {
            get(client, "tenancy/tenants");
            assert_eq!(get(client, "tenancy/tenants").0, HIT);
        }
        write();
        assert_eq!((get(&client, "tenancy/tenants").0, get(&branch, "tenancy/tenants").0), (MISS, MISS), "write {at}");
    }
    // GraphQL only reads.
    client.graphql("{ site_list { id } }", ()).unwrap();
    assert_eq!(get(&client, "tenancy/tenants").0, HIT);
    assert_eq!(off.get("tenancy/tenants").send().unwrap().cache_status(), None);
}

#[test]
fn a_write_that_ends_unclearly_keeps_all_from_the_cache_for_a_while() {
    for (unclear, answers) in
        [(true, Answer::Nothing), (true, Answer::Status("504 Gateway Timeout")), (false, Answer::Status("409 Conflict"))]
    {
        let server = Counting::start();
        let cache = Cache::in_memory();
        let client = server.client_with(&cache, CachePolicy { unclear_for: Duration::from_millis(1500), ..CachePolicy::default() });
        get(&client, "dcim/sites");
        server.answer(&[answers]);
        let _ = client.patch("dcim/sites/1").json(&json!({})).send();
        assert_eq!(get(&client, "dcim/sites").0, MISS);
        assert_eq!(get(&client, "dcim/sites").0, if unclear { MISS } else { HIT });
        std::thread::sleep(Duration::from_millis(1600));
        assert_eq!(get(&client, "dcim/sites").0, if unclear { MISS } else { HIT });
        assert_eq!(get(&client, "dcim/sites").0, HIT);
    }
}

#[test]
fn a_read_under_way_during_a_write_is_not_stored() {
    let server = Counting::start();
    let cache = Cache::in_memory();
    let client = server.client(&cache);
    let slow = RawServer::start(|_, connection| {
        while connection.read_request().is_some() {
            std::thread::sleep(Duration::from_millis(300));
            connection.reply("200 OK", "Content-Type: application/json\r\n", "{\"number\":1}");
        }
    });
    let slow_client = Client::new(impatient(&slow.url()).cache(cache.clone()).build().unwrap()).unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| get(&slow_client, "dcim/sites"));
        std::thread::sleep(Duration::from_millis(100));
        slow_client.patch("dcim/sites/1").json(&json!({})).send().unwrap();
        assert_eq!(reader.join().unwrap().0, MISS);
    });
    assert_eq!(get(&slow_client, "dcim/sites").0, MISS, "it began before the write");
    assert_eq!(get(&slow_client, "dcim/sites").0, HIT);
    assert_eq!(get(&client, "dcim/sites").0, MISS, "another origin");
}

#[test]
fn a_stale_answer_is_asked_about_and_renewed() {
    let server = Counting::start();
    let client = server.client_with(&Cache::in_memory(), at_once());
    server.answer(&[
        Answer::WithHeaders("ETag: W/\"a\"\r\nLast-Modified: Mon, 23 Nov 2026 10:00:00 GMT\r\n"),
        Answer::Status("304 Not Modified"),
    ]);
    assert_eq!(get(&client, "dcim/sites/1"), (MISS, 1));
    let renewed = client.get("dcim/sites/1").send().unwrap();
    assert_eq!((renewed.cache_status(), number(&renewed), renewed.status().as_u16()), (Some(CacheStatus::Revalidated), 1, 200));
    assert_eq!((renewed.header("etag"), renewed.header("x-new")), (Some("W/\"a\""), Some("yes")));
    let asked = server.server.requests().pop().unwrap();
    assert_eq!(header(&asked, "if-none-match"), Some("W/\"a\""));
    assert_eq!(header(&asked, "if-modified-since"), Some("Mon, 23 Nov 2026 10:00:00 GMT"));
    assert_eq!(get(&client, "dcim/sites/1"), (MISS, 3), "another answer replaces it");
    // A caller's own conditions are their own affair.
    server.answer(&[Answer::Status("304 Not Modified")]);
    let own = client.get("dcim/sites/1").header("If-None-Match", "W/\"b\"").send().unwrap();
    assert_eq!((own.status().as_u16(), own.cache_status()), (304, None));
}

#[test]
fn a_write_while_the_server_is_asked_makes_its_304_worthless() {
    let cache = Cache::in_memory();
    let writes = Arc::new(Mutex::new(None::<Client>));
    let writer = Arc::clone(&writes);
    let server = RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            if request.starts_with("PATCH") {
                connection.reply("200 OK", "Content-Type: application/json\r\n", "{}");
            } else if header(&request, "if-none-match").is_some() {
                if let Some(client) = writer.lock().unwrap().take() {
                    client.patch("dcim/sites/1").json(&json!({})).send().unwrap();
                }
                connection.write("HTTP/1.1 304 Not Modified\r\nAPI-Version: 4.7\r\n\r\n");
            } else {
                connection.reply("200 OK", "Content-Type: application/json\r\nETag: \"x\"\r\n", "{\"number\":1}");
            }
        }
    });
    let client = Client::new(impatient(&server.url()).cache(cache).cache_policy(at_once()).build().unwrap()).unwrap();
    get(&client, "dcim/sites/1");
    *writes.lock().unwrap() = Some(client.clone());
    assert_eq!(get(&client, "dcim/sites/1").0, MISS, "fetched again without conditions");
    assert_eq!(server.requests().iter().filter(|request| request.starts_with("GET")).count(), 3);
}

#[test]
fn where_the_server_cannot_answer_an_older_answer_is_used() {
    for answer in [
        Answer::Nothing,
        Answer::Status("502 Bad Gateway"),
        Answer::Status("503 Service Unavailable"),
        Answer::Status("504 Gateway Timeout"),
    ] {
        let server = Counting::start();
        let client = server.client_with(&Cache::in_memory(), at_once());
        assert_eq!(get(&client, "dcim/sites"), (MISS, 1));
        server.answer(&[answer]);
        let stale = client.get("dcim/sites").send().unwrap();
        assert_eq!((stale.cache_status(), stale.header("x-nbx-cache"), number(&stale)), (Some(CacheStatus::Stale), Some("STALE"), 1));
        server.answer(&[answer]);
        let reloaded = client.get("dcim/sites").reload().send();
        assert!(reloaded.is_err() || reloaded.is_ok_and(|reply| reply.status().as_u16() >= 500), "not asked for");
        // Nothing from before a write, not even then.
        client.patch("dcim/sites/1").json(&json!({})).send().unwrap();
        server.answer(&[answer]);
        let after = client.get("dcim/sites").send();
        assert!(after.is_err() || after.is_ok_and(|reply| reply.status().as_u16() >= 500));
    }
    for (status, kind) in [("401 Unauthorized", 401), ("403 Forbidden", 403), ("404 Not Found", 404), ("410 Gone", 410)] {
        let server = Counting::start();
        let client = server.client_with(&Cache::in_memory(), at_once());
        get(&client, "dcim/sites");
        server.answer(&[Answer::Status(status), Answer::Nothing]);
        assert_eq!(client.get("dcim/sites").send().unwrap().status().as_u16(), kind);
        assert!(client.get("dcim/sites").send().is_err(), "{status} ended the use of what was read before");
    }
}

#[test]
fn a_request_says_what_it_wants_of_the_cache() {
    let server = Counting::start();
    let client = server.client(&Cache::in_memory());
    let error = client.get("dcim/sites").only_if_cached().send().unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_sent(), server.server.arrived()), (ErrorKind::NotCached, false, 0));
    assert_eq!(client.get("dcim/sites").no_cache().send().unwrap().cache_status(), None);
    assert_eq!(get(&client, "dcim/sites"), (MISS, 2));
    assert_eq!(number(&client.get("dcim/sites").no_cache().send().unwrap()), 3);
    assert_eq!(get(&client, "dcim/sites"), (HIT, 2));
    let reloaded = client.get("dcim/sites").reload().send().unwrap();
    assert_eq!((reloaded.cache_status(), number(&reloaded)), (MISS, 4));
    assert_eq!(number(&client.get("dcim/sites").only_if_cached().send().unwrap()), 4);
    let fresh = client.get("dcim/sites").fresh_for(Duration::ZERO).send().unwrap();
    assert_eq!((fresh.cache_status(), number(&fresh)), (MISS, 5));
    let scoped = client.with_cache_mode(CacheMode::NoCache);
    assert_eq!(get(&scoped, "dcim/sites"), (None, 6));
    let mut body = Vec::new();
    assert_eq!(client.get("dcim/sites").send_to(&mut body).unwrap().cache_status(), None, "a download is not kept");
    assert_eq!(client.request(Method::OPTIONS, "dcim/sites").send().unwrap().cache_status(), None);
}

#[test]
fn nothing_is_sent_where_the_cache_alone_is_asked() {
    let server = Counting::start();
    let folder = tempfile::tempdir().unwrap();
    let unusable = folder.path().join("file");
    std::fs::write(&unusable, "").unwrap();
    for cache in [Cache::in_memory(), Cache::off(), Cache::at(&unusable)] {
        let client = server.client(&cache).with_cache_mode(CacheMode::OnlyIfCached);
        let nb = Api::new(client.clone());
        for outcome in [
            client.get("dcim/sites").send(),
            client.get("status").send(),
            client.get("dcim/sites").header("If-None-Match", "x").send(),
            client.get("dcim/sites").send_to(&mut Vec::new()),
            client.patch("dcim/sites/1").json(&json!({})).send(),
            client.graphql("{ x }", ()),
        ] {
            let error = outcome.unwrap_err();
            assert_eq!((error.kind(), error.may_have_been_sent()), (ErrorKind::NotCached, false), "{error}");
        }
        assert_eq!(nb.dcim().sites().create(json!({"name": "x"})).unwrap_err().kind(), ErrorKind::NotCached);
    }
    assert_eq!(server.server.arrived(), 0);
}

#[test]
fn an_answer_that_is_not_stored_ends_the_use_of_the_one_before() {
    for answer in [
        Answer::Body("{\"count\":0,\"next\":null,\"previous\":null,\"results\":[]}"),
        Answer::WithHeaders("Cache-Control: no-store\r\n"),
        Answer::Body("{\"cut\":"),
    ] {
        let server = Counting::start();
        let client = server.client_with(&Cache::in_memory(), at_once());
        get(&client, "dcim/sites");
        server.answer(&[answer, Answer::Nothing]);
        assert_eq!(client.get("dcim/sites").reload().send().unwrap().cache_status(), MISS);
        assert!(client.get("dcim/sites").send().is_err(), "the older one is not even stale");
    }
}

#[test]
fn a_refusal_ends_the_use_on_any_way() {
    for (refusal, other_holds) in [("404 Not Found", true), ("403 Forbidden", true), ("401 Unauthorized", false)] {
        let server = Counting::start();
        let client = server.client(&Cache::in_memory());
        for path in ["dcim/sites", "dcim/racks"] {
            get(&client, path);
        }
        server.answer(&[Answer::Status(refusal)]);
        client.get("dcim/sites").no_cache().send().unwrap();
        assert_eq!(get(&client, "dcim/sites").0, MISS, "{refusal}");
        assert_eq!(get(&client, "dcim/racks").0, if other_holds { HIT } else { MISS }, "{refusal}");
    }
}

#[test]
fn a_write_of_which_nothing_was_sent_leaves_what_was_read() {
    let server = Counting::start();
    let folder = tempfile::tempdir().unwrap();
    for cache in [Cache::in_memory(), Cache::at(folder.path())] {
        let client = server.client(&cache);
        get(&client, "dcim/sites");
        client.post("dcim/sites").multipart(Form::new().part("f", Part::reader("f", std::io::empty()).length(0))).send().unwrap();
        assert_eq!(get(&client, "dcim/sites").0, MISS);
        // A connection that is refused, under the same origin: nobody listens for a moment.
        let unreachable = impatient("http://127.0.0.1:9").retries(Retries::max(2).backoff(Duration::from_millis(1))).cache(cache.clone());
        let unreachable = Client::new(unreachable.build().unwrap()).unwrap();
        assert!(!unreachable.patch("dcim/sites/1").json(&json!({})).send().unwrap_err().may_have_been_sent());
        assert_eq!(cache.stats().writes, 0);
        assert_eq!(get(&client, "dcim/sites").0, HIT);
    }
}

#[test]
fn what_was_redirected_is_not_stored() {
    let server = RawServer::start(|_, connection| {
        while let Some(request) = connection.read_request() {
            match request.contains("/users/") {
                true => connection.reply("200 OK", "Content-Type: application/json\r\n", "{\"number\":1}"),
                false => connection.reply("302 Found", "Location: /api/users/tokens/\r\n", ""),
            }
        }
    });
    let client = Client::new(impatient(&server.url()).cache(Cache::in_memory()).build().unwrap()).unwrap();
    assert_eq!((get(&client, "dcim/sites/1").0, get(&client, "dcim/sites/1").0), (MISS, MISS));
}

#[test]
fn the_age_counts_from_when_it_was_asked_for() {
    let server = RawServer::start(|number, connection| {
        while connection.read_request().is_some() {
            std::thread::sleep(Duration::from_millis(600));
            let age = if number > 0 { "Age: 100\r\n" } else { "" };
            connection.reply("200 OK", &format!("Content-Type: application/json\r\nConnection: close\r\n{age}"), "{\"number\":1}");
        }
    });
    let client = Client::new(impatient(&server.url()).cache(Cache::in_memory()).build().unwrap()).unwrap();
    get(&client, "dcim/sites");
    assert_eq!(client.get("dcim/sites").fresh_for(Duration::from_millis(500)).send().unwrap().cache_status(), MISS);
    assert_eq!(get(&client, "dcim/sites").0, MISS, "a cache on the way had it for 100 s");
}

#[test]
fn a_304_says_nothing_of_the_body_and_of_one_reply_alone() {
    let server = RawServer::start(|_, connection| {
        while let Some(request) = connection.read_request() {
            match header(&request, "if-none-match") {
                Some(_) => connection.write(
                    "HTTP/1.1 304 Not Modified\r\nContent-Type: text/html\r\nSet-Cookie: sessionid=SECRET\r\nLink: a\r\nLink: b\r\n\r\n",
                ),
                None => connection.reply("200 OK", "Content-Type: application/json\r\nETag: \"x\"\r\n", "{\"number\":1}"),
            }
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path());
    let client = Client::new(impatient(&server.url()).cache(cache.clone()).cache_policy(at_once()).build().unwrap()).unwrap();
    get(&client, "dcim/sites/1");
    client.get("dcim/sites/1").send().unwrap();
    let hit = client.get("dcim/sites/1").fresh_for(Duration::from_secs(60)).send().unwrap();
    assert_eq!((hit.cache_status(), hit.header("content-type"), hit.header("set-cookie")), (HIT, Some("application/json"), None));
    assert_eq!(hit.headers().get_all("link").iter().count(), 2);
}

#[test]
fn an_answer_that_is_too_large_for_a_client_is_none_for_it() {
    let server = Counting::start();
    let cache = Cache::in_memory();
    get(&server.client(&cache), "dcim/sites");
    let config = impatient(&server.server.url()).cache(cache.clone()).max_response_size(10);
    let error = Client::new(config.build().unwrap()).unwrap().get("dcim/sites").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    // Another certificate, or none that is looked at, is another asker.
    let careless = impatient(&server.server.url()).cache(cache).danger_accept_invalid_certificates(true);
    assert_eq!(get(&Client::new(careless.build().unwrap()).unwrap(), "dcim/sites").0, MISS);
}

#[test]
fn pages_by_position_are_of_one_time() {
    let netbox = NetBox::builder().seed(Demo::campus(8)).start().unwrap();
    let config = impatient(&netbox.url()).token(netbox.token()).cache(Cache::in_memory());
    let nb = Api::new(Client::new(config.build().unwrap()).unwrap());
    let list = || nb.dcim().sites().all().ordering("name").page_size(4).into_iter().count();
    assert_eq!((list(), netbox.requests().len()), (8, 2));
    assert_eq!((list(), netbox.requests().len()), (8, 4), "both pages anew");
}

#[test]
fn readers_who_did_not_accept_less_do_not_get_less() {
    let server = Counting::start();
    let cache = Cache::in_memory();
    let strict = server.client(&cache);
    let related = server.client_with(&cache, CachePolicy { invalidation: Invalidation::Related, ..CachePolicy::default() });
    for client in [&strict, &related] {
        get(client, "ipam/prefixes");
        assert_eq!(get(client, "ipam/prefixes").0, HIT);
    }
    related.delete("dcim/devices/1").send().unwrap();
    assert_eq!((get(&strict, "ipam/prefixes").0, get(&related, "ipam/prefixes").0), (MISS, HIT));
    // A job may write anywhere.
    related.post("plugins/branching/branches/1/merge").json(&json!({})).send().unwrap();
    assert_eq!((get(&strict, "ipam/prefixes").0, get(&related, "ipam/prefixes").0), (MISS, MISS));
}

#[test]
fn related_invalidation_keeps_what_is_of_other_apps() {
    let server = Counting::start();
    let client = server.client_with(&Cache::in_memory(), CachePolicy { invalidation: Invalidation::Related, ..CachePolicy::default() });
    for path in ["dcim/sites", "ipam/prefixes", "plugins/gpon/olts", "plugins/bgp/peers"] {
        get(&client, path);
    }
    client.patch("dcim/devices/1").json(&json!({})).send().unwrap();
    client.post("plugins/gpon/olts").json(&json!({})).send().unwrap();
    let statuses = ["dcim/sites", "ipam/prefixes", "plugins/gpon/olts", "plugins/bgp/peers"].map(|path| get(&client, path).0);
    assert_eq!(statuses, [MISS, HIT, MISS, HIT]);
}

#[test]
fn replies_that_must_not_be_kept_are_not() {
    let server = Counting::start();
    let client = server.client(&Cache::in_memory());
    for answer in [
        Answer::WithHeaders("Cache-Control: private, no-store\r\n"),
        Answer::WithHeaders("Vary: *\r\n"),
        Answer::Body("{\"count\":0,\"next\":null,\"previous\":null,\"results\":[]}"),
        Answer::Body("[]"),
        Answer::Status("500 Internal Server Error"),
    ] {
        server.answer(&[answer]);
        assert_eq!(client.get("dcim/sites").send().unwrap().cache_status(), MISS);
        assert_eq!(get(&client, "dcim/sites").0, MISS);
        assert_eq!(get(&client, "dcim/sites").0, HIT);
        client.cache().clear().unwrap();
    }
    for never in ["status", "core/jobs/1", "ipam/prefixes/1/available-ips", "users/tokens", "plugins/branching/branches", "/media/x.png"] {
        get(&client, never);
        assert_eq!(get(&client, never).0, None, "{never}");
    }
}

#[test]
fn a_record_is_refreshed_by_the_server() {
    let server = Counting::start();
    let nb = Api::new(server.client(&Cache::in_memory()));
    let body = Answer::Body("{\"id\":1,\"url\":\"http://h/api/dcim/sites/1/\",\"name\":\"a\",\"last_updated\":\"x\"}");
    server.answer(&[body; 3]);
    let mut site = nb.dcim().sites().get(1).unwrap().unwrap();
    nb.dcim().sites().get(1).unwrap().unwrap();
    assert_eq!(server.server.arrived(), 1);
    site.refresh().unwrap();
    assert_eq!(server.server.arrived(), 2);
}

/// A client of the live NetBox, whose cache is off where nobody asks for one.
fn live_client(url: &str, cache: &Cache, policy: CachePolicy) -> Option<Client> {
    let config = Config::builder(needed(url)?).token(needed("NETBOX_TOKEN")?).cache(cache.clone()).cache_policy(policy);
    Some(Client::new(config.build().unwrap()).unwrap())
}

#[test]
fn a_list_that_is_read_again_is_all_hits() {
    let cache = Cache::in_memory();
    let Some(client) = live_client("NETBOX_URL", &cache, CachePolicy::default()) else { return };
    let nb = Api::new(client);
    let list = || nb.dcim().devices().all().fields(["name", "site"]).into_iter().map(|device| device.unwrap().id()).collect::<Vec<_>>();
    let first = list();
    let stats = cache.stats();
    assert!(first.len() >= 5000 && stats.hits == 0 && stats.misses >= 5, "{stats:?}");
    assert_eq!(list(), first);
    assert_eq!((cache.stats().hits, cache.stats().misses), (stats.misses, stats.misses));
    // Somebody else's object in a list of none is seen at once.
    let name = unique("cached-tag");
    assert_eq!(nb.extras().tags().filter([("slug", name.as_str())]).first().unwrap(), None);
    let other = live_client("NETBOX_URL", &Cache::off(), CachePolicy::default()).unwrap();
    let (_, _guard) = made(&Api::new(other), "extras/tags", json!({"name": name, "slug": name}));
    assert!(nb.extras().tags().filter([("slug", name.as_str())]).first().unwrap().is_some());
}

#[test]
fn a_write_of_another_process_is_seen() {
    if let Ok(order) = std::env::var("TEST_OF_ANOTHER_PROCESS") {
        // This is the other process.
        let (folder, path) = order.split_once(' ').unwrap();
        let client = live_client("NETBOX_URL", &Cache::at(folder), CachePolicy::default()).unwrap();
        client.patch(path).json(&json!({"facility": "written"})).send().unwrap().error_for_status().unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(client) = live_client("NETBOX_URL", &Cache::at(folder.path()), CachePolicy::default()) else { return };
    let name = unique("cached-site");
    let (site, guard) = made(&Api::new(client.clone()), "dcim/sites", json!({"name": name, "slug": name}));
    let read = |path: &str| {
        let response = client.get(path).send().unwrap().error_for_status().unwrap();
        (response.cache_status(), response.json::<serde_json::Value>().unwrap())
    };
    let list = format!("dcim/sites/?name={name}");
    for path in [&guard.path, &list] {
        assert_eq!(read(path).0, MISS);
        assert_eq!(read(path).0, HIT);
    }
    let order = format!("{} {}", folder.path().display(), guard.path);
    child("cache::a_write_of_another_process_is_seen", "TEST_OF_ANOTHER_PROCESS", &order);
    let (status, after) = read(&guard.path);
    assert_eq!((status, &after["facility"]), (MISS, &json!("written")));
    assert_eq!(read(&list).1["results"][0]["facility"], "written");
    // What is written without this crate is seen when the answer is out of date: the documented limit.
    let other = live_client("NETBOX_URL", &Cache::off(), CachePolicy::default()).unwrap();
    other.patch(&guard.path).json(&json!({"facility": "elsewhere"})).send().unwrap().error_for_status().unwrap();
    assert_eq!((read(&guard.path).0, &read(&guard.path).1["facility"]), (HIT, &json!("written")));
    let reloaded = client.get(&guard.path).reload().send().unwrap().json::<serde_json::Value>().unwrap();
    assert_eq!(reloaded["facility"], "elsewhere");
    assert_eq!(site.id(), after["id"].as_u64().unwrap());
}

#[test]
fn a_branch_has_entries_of_its_own() {
    let Some(client) = live_client("NETBOX_URL", &Cache::in_memory(), CachePolicy::default()) else { return };
    let nb = Api::new(client);
    let name = unique("cached-branch");
    let (site, _site_guard) = made(&nb, "dcim/sites", json!({"name": name, "slug": name, "facility": "main"}));
    let (mut branch, _guard) = made(&nb, "plugins/branching/branches", json!({ "name": name }));
    let begun = Instant::now();
    while branch.str("status.value") != Some("ready") {
        assert!(begun.elapsed() < Duration::from_secs(240), "{:?}", branch.get("status"));
        std::thread::sleep(Duration::from_millis(500));
        branch.refresh().unwrap();
    }
    let on_branch = nb.on_branch(branch.str("schema_id").unwrap()).unwrap();
    let facility = |nb: &Api| nb.dcim().sites().get(site.id()).unwrap().unwrap().str("facility").unwrap().to_owned();
    assert_eq!((facility(&nb), facility(&on_branch)), ("main".to_owned(), "main".to_owned()));
    let mut on_it = on_branch.dcim().sites().get(site.id()).unwrap().unwrap();
    on_it.set("facility", "branch");
    on_it.save().unwrap();
    for _ in 0..2 {
        assert_eq!((facility(&nb), facility(&on_branch)), ("main".to_owned(), "branch".to_owned()));
    }
    assert!(nb.client().cache().stats().hits >= 2);
}

#[test]
fn a_server_that_stopped_leaves_stale_answers() {
    let netbox = NetBox::builder().seed(Demo::small()).start().unwrap();
    let config = Config::builder(netbox.url()).token(netbox.token()).cache(Cache::in_memory()).cache_policy(at_once());
    let client = Client::new(config.retries(Retries::none()).build().unwrap()).unwrap();
    let read = || client.get("dcim/sites/1").send();
    let before = read().unwrap();
    netbox.fail(Fault::drop_request().times(usize::MAX));
    let after = read().unwrap();
    assert_eq!((after.cache_status(), after.bytes()), (Some(CacheStatus::Stale), before.bytes()));
    // A write that may have arrived ends that, too.
    client.patch("dcim/sites/1").json(&json!({})).send().unwrap_err();
    assert!(read().is_err());
}

#[test]
fn a_proxy_that_compares_etags_renews_an_answer() {
    let Some(client) = live_client("NETBOX_ETAG_URL", &Cache::in_memory(), at_once()) else { return };
    let nb = Api::new(client.clone());
    let name = unique("cached-etag");
    let (mut site, guard) = made(&nb, "dcim/sites", json!({"name": name, "slug": name}));
    let read = || client.get(&guard.path).send().unwrap();
    let first = read();
    assert_eq!(first.cache_status(), MISS);
    let renewed = read();
    assert_eq!((renewed.cache_status(), renewed.bytes()), (Some(CacheStatus::Revalidated), first.bytes()));
    site.set("facility", "new");
    assert!(site.save_if_unmodified().unwrap());
    let after = read();
    assert_eq!((after.cache_status(), after.json::<serde_json::Value>().unwrap()["facility"].as_str()), (MISS, Some("new")));
}

#[test]
fn the_cache_is_on_by_default_but_for_this_machine() {
    if std::env::var_os("NETBOX_CACHE").is_none() {
        for (value, is_off) in [("off", true), ("0", true), ("No", true), ("false", true), ("on", false)] {
            let output = child("cache::the_cache_is_on_by_default_but_for_this_machine", "NETBOX_CACHE", value);
            assert!(output.contains(&format!("off: {is_off}")), "{value}: {output}");
        }
        let config = |url: &str| Config::builder(url).build().unwrap();
        assert!(config("http://localhost").cache().is_off() && !config("https://netbox.example.com").cache().is_off());
        return;
    }
    let config = |url: &str| Config::builder(url).build().unwrap();
    println!("off: {}", config("https://netbox.example.com").cache().is_off());
    for local in ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000"] {
        assert_eq!(config(local).cache().is_off(), std::env::var("NETBOX_CACHE").as_deref() != Ok("on"));
    }
    let asked = Config::builder("http://localhost").cache(Cache::in_memory()).build().unwrap();
    assert!(!asked.cache().is_off() && asked.cache().path().is_none());
}

#[test]
fn the_file_is_for_its_user_alone_and_holds_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path());
    let server = Counting::start();
    let client = server.client(&cache);
    get(&client, "dcim/sites");
    let file = cache.path().unwrap();
    assert!(file.starts_with(folder.path()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file.parent().unwrap()), mode(&file)), (0o700, 0o600));
        for beside in std::fs::read_dir(file.parent().unwrap()).unwrap() {
            assert_eq!(mode(&beside.unwrap().path()), 0o600);
        }
    }
    let (key, secret) = TOKEN.trim_start_matches("nbt_").split_once('.').unwrap();
    for beside in std::fs::read_dir(file.parent().unwrap()).unwrap() {
        let bytes = std::fs::read(beside.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(key) && !text.contains(secret));
    }
}

#[test]
fn a_job_that_was_begun_keeps_all_from_the_cache_until_it_has_ended() {
    let is_done = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&is_done);
    let server = RawServer::start(move |_, connection| {
        while let Some(request) = connection.read_request() {
            let status = if done.load(Ordering::SeqCst) { "completed" } else { "running" };
            let job = json!({"id": 5, "url": "http://h/api/core/jobs/5/", "status": {"value": status, "label": status}, "data": null});
            match request.split(' ').collect::<Vec<_>>()[..2] {
                ["POST", _] => connection.reply("202 Accepted", "Content-Type: application/json\r\n", &json!({ "job": job }).to_string()),
                ["GET", path] if path.contains("core/jobs") => {
                    connection.reply("200 OK", "Content-Type: application/json\r\n", &job.to_string())
                }
                _ => connection.reply("200 OK", "Content-Type: application/json\r\n", "{\"number\":1}"),
            }
        }
    });
    let client = Client::new(impatient(&server.url()).cache(Cache::in_memory()).build().unwrap()).unwrap();
    let nb = Api::new(client.clone());
    let mut job = nb.extras().tags().bulk().background().create([json!({"name": "a"})]).unwrap().jobs()[0].clone();
    for _ in 0..2 {
        assert_eq!(get(&client, "dcim/sites").0, MISS);
    }
    assert_eq!(job.wait(Duration::ZERO).unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!((get(&client, "dcim/sites").0, get(&client, "dcim/sites").0), (MISS, MISS));
    is_done.store(true, Ordering::SeqCst);
    job.wait(Duration::from_secs(5)).unwrap();
    assert_eq!((get(&client, "dcim/sites").0, get(&client, "dcim/sites").0), (MISS, HIT));
}
