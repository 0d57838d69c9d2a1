//! Lists over the wire, page by page, while others write and proxies fail: on the mock, with sizes, objects and writes that are made up.

use std::collections::BTreeSet;

use netbox_sdk::http::{Method, Request};
use netbox_sdk::mock::{Fault, NetBox};
use netbox_sdk::{Api, Client, ErrorKind, Paging, ReleaseLine};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::impatient;

const PATH: &str = "/api/extras/tags/";

/// What another user does to the objects of a list.
#[derive(Debug, Clone)]
enum Write {
    Create(u32),
    /// The n-th of those that were there at first.
    Delete(usize),
    Rename(usize, u32),
}

#[derive(Debug, Clone)]
struct Case {
    line: ReleaseLine,
    objects: usize,
    page_max: usize,
    page_size: Option<u64>,
    paging: Paging,
    /// What happens before the n-th request for a page.
    writes: Vec<(usize, Write)>,
    /// Which request a proxy fails, if any.
    failure: Option<usize>,
}

fn case() -> impl Strategy<Value = Case> {
    let write = prop_oneof![
        any::<u32>().prop_map(Write::Create),
        (0..80_usize).prop_map(Write::Delete),
        ((0..80_usize), any::<u32>()).prop_map(|(place, name)| Write::Rename(place, name)),
    ];
    let paging = prop_oneof![Just(Paging::Auto), Just(Paging::Keyset), Just(Paging::Cursor), Just(Paging::Offset)];
    let sizes = prop_oneof![Just(1_usize), Just(3), Just(10), Just(1000), Just(0)];
    (
        prop::sample::select(ReleaseLine::ALL.to_vec()),
        0..80_usize,
        sizes,
        prop::option::of(prop_oneof![Just(1_u64), Just(4), Just(10), Just(25), Just(1000)]),
        paging,
        prop::collection::vec((2..20_usize, write), 0..12),
        prop::option::of(1..10_usize),
    )
        .prop_map(|(line, objects, page_max, page_size, paging, writes, failure)| Case {
            line,
            objects,
            page_max,
            page_size,
            paging,
            writes,
            failure,
        })
}

fn name(number: u32) -> String {
    format!("{number:010}")
}

fn request(method: Method, path: String, body: &Value) -> Request<Vec<u8>> {
    Request::builder().method(method).uri(path).body(body.to_string().into_bytes()).unwrap()
}

fn with_token(netbox: &NetBox, mut request: Request<Vec<u8>>) -> Request<Vec<u8>> {
    let keyword = if netbox.token().starts_with("nbt_") { "Bearer" } else { "Token" };
    request.headers_mut().insert("Authorization", format!("{keyword} {}", netbox.token()).parse().unwrap());
    request.headers_mut().insert("Content-Type", "application/json".parse().unwrap());
    request
}

fn tag(number: u32) -> Value {
    json!({"name": name(number), "slug": name(number)})
}

/// The ids of all tags, without the client that is tested.
fn ids(netbox: &NetBox) -> BTreeSet<u64> {
    let mut ids = BTreeSet::new();
    loop {
        let path = format!("{PATH}?fields=id&ordering=id&limit=1000&offset={}", ids.len());
        let reply = netbox.handle(with_token(netbox, request(Method::GET, path, &Value::Null)));
        let page: Value = serde_json::from_slice(reply.body()).unwrap();
        ids.extend(page["results"].as_array().unwrap().iter().filter_map(|row| row["id"].as_u64()));
        if page["next"].is_null() {
            return ids;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_or_repeated_page_by_page(case in case()) {
        let netbox = NetBox::builder().line(case.line).page_max(case.page_max).start().unwrap();
        // One by one, so that they are rising as they are named; all in one request.
        let bodies: Value = (0..case.objects as u32).map(|number| tag(number * 50_000_000)).collect();
        let made = netbox.handle(with_token(&netbox, request(Method::POST, PATH.to_owned(), &bodies)));
        prop_assert_eq!(made.status(), 201);
        let made: Value = serde_json::from_slice(made.body()).unwrap();
        let first: Vec<u64> = made.as_array().unwrap().iter().filter_map(|row| row["id"].as_u64()).collect();

        for (number, write) in &case.writes {
            let id = |place: usize| first.get(place).map(|id| format!("{PATH}{id}/"));
            let request = match write {
                Write::Create(number) => Some(request(Method::POST, PATH.to_owned(), &tag(*number))),
                Write::Delete(place) => id(*place).map(|path| request(Method::DELETE, path, &Value::Null)),
                Write::Rename(place, number) => id(*place).map(|path| request(Method::PATCH, path, &tag(*number))),
            };
            if let Some(request) = request {
                netbox.fail(Fault::other_user(request).on_path(PATH).on_request(*number));
            }
        }
        if let Some(number) = case.failure {
            netbox.fail(Fault::bad_gateway().on_path(PATH).on_request(number));
        }

        let nb = Api::new(Client::new(impatient(&netbox.url()).token(netbox.token()).build().unwrap()).unwrap());
        let mut list = nb.extras().tags().all().paging(case.paging);
        if let Some(size) = case.page_size {
            list = list.page_size(size);
        }
        let found: Result<Vec<u64>, _> = list.into_iter().map(|tag| tag.map(|tag| tag.id())).collect();
        if case.paging == Paging::Cursor && case.line < ReleaseLine::V4_6 {
            prop_assert_eq!(found.map_err(|error| error.kind()), Err(ErrorKind::Unsupported));
            return Ok(());
        }
        let found = found.unwrap();
        let distinct: BTreeSet<u64> = found.iter().copied().collect();
        let asked = netbox.requests().iter().filter(|request| request.uri().path() == PATH).count();
        // What was to happen later happens no more.
        netbox.reset();
        let last = ids(&netbox);
        let kept: BTreeSet<u64> = first.iter().copied().filter(|id| last.contains(id)).collect();
        if case.paging == Paging::Offset && !case.writes.is_empty() {
            // By position some may be lost and some come twice; it ends, and gives nothing that never was.
            prop_assert!(distinct.iter().all(|id| first.contains(id) || last.contains(id)));
            return Ok(());
        }
        prop_assert!(kept.is_subset(&distinct), "lost: {:?}", kept.difference(&distinct));
        prop_assert_eq!(found.len(), distinct.len(), "repeated: {:?}", found);
        prop_assert!(case.paging == Paging::Offset || found.is_sorted(), "by id: {:?}", found);
        let most = if case.page_max == 0 { usize::MAX } else { case.page_max };
        prop_assert!(asked >= kept.len().div_ceil(most), "{asked} requests for {} objects", kept.len());
    }
}
