//! What the policy says, case by case: each row is named by what it shows.

use http::{HeaderName, HeaderValue};

use super::*;

/// Headers as they are written: a line each.
fn headers(text: &str) -> HeaderMap {
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines.map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())).collect()
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

fn method(name: &str) -> Method {
    name.parse().unwrap()
}

const LIST: Option<Kind> = Some(Kind::List);
const OBJECT: Option<Kind> = Some(Kind::Object);
const OBJECT_WITH_QUERY: Option<Kind> = Some(Kind::ObjectWithQuery);
const OTHER: Option<Kind> = Some(Kind::Other);

#[test]
fn a_path_decides_the_kind() {
    let rows = [
        ("a list without a query is a list", "/api/dcim/devices/", false, LIST),
        ("a list with filters is a list", "/api/dcim/devices/", true, LIST),
        ("a list without a final slash is a list", "/api/dcim/devices", false, LIST),
        ("a list behind doubled slashes is a list", "/api//dcim//devices//", false, LIST),
        ("one object is an object", "/api/dcim/devices/1/", false, OBJECT),
        ("one object with a query is another kind", "/api/dcim/devices/1/", true, OBJECT_WITH_QUERY),
        ("an id of text is an id", "/api/core/data-files/sites.csv/", false, OBJECT),
        ("a uuid is an id", "/api/core/object-changes/0b9a6d2e-5d4c-4d5e-8b57-0c1f1d1f0a11/", false, OBJECT),
        ("an escaped id is an id", "/api/extras/tags/caf%C3%A9/", false, OBJECT),
        ("what is below an object is other", "/api/dcim/racks/1/elevation/", false, OTHER),
        ("what is below an object stays other with a query", "/api/dcim/racks/1/elevation/", true, OTHER),
        ("a trace is other", "/api/dcim/interfaces/1/trace/", false, OTHER),
        ("the root is other", "/api/", false, OTHER),
        ("an app is other", "/api/dcim/", false, OTHER),
        ("the schema is other", "/api/schema/", true, OTHER),
        ("the dashboard is one object without an id", "/api/extras/dashboard/", false, OTHER),
        ("the user's settings are one object without an id", "/api/users/config/", false, OTHER),
        ("the connected device is one object without an id", "/api/dcim/connected-device/", true, OTHER),
        ("the list of plugins' apps is other", "/api/plugins/", false, OTHER),
        ("the installed plugins are other", "/api/plugins/installed-plugins/", false, OTHER),
        ("a plugin's root is other", "/api/plugins/gpon/", false, OTHER),
        ("a plugin's list is a list", "/api/plugins/gpon/olts/", true, LIST),
        ("a plugin's object is an object", "/api/plugins/gpon/olts/1/", false, OBJECT),
        ("a plugin's object with a query is of that kind", "/api/plugins/gpon/olts/1/", true, OBJECT_WITH_QUERY),
        ("what is below a plugin's object is other", "/api/plugins/gpon/olts/1/ports/", false, OTHER),
        ("custom objects are a list", "/api/plugins/custom-objects/cars/", false, LIST),
        ("a custom object is an object", "/api/plugins/custom-objects/cars/1/", false, OBJECT),
        ("a name that begins like a plugin that is never cached is a plugin", "/api/plugins/branching-extras/things/", false, LIST),
        ("a name that begins like tokens is a list", "/api/users/tokens-used/", false, LIST),
        ("users beside tokens are a list", "/api/users/users/", false, LIST),
        ("data sources beside jobs are a list", "/api/core/data-sources/", false, LIST),
        ("config contexts beside scripts are a list", "/api/extras/config-contexts/", false, LIST),
        ("the status is never cached", "/api/status/", false, None),
        ("the status with a query is never cached", "/api/status/", true, None),
        ("the check of a credential is never cached", "/api/authentication-check/", false, None),
        ("free addresses are never cached", "/api/ipam/prefixes/1/available-ips/", false, None),
        ("free prefixes are never cached", "/api/ipam/prefixes/1/available-prefixes/", false, None),
        ("free VLANs are never cached", "/api/ipam/vlan-groups/1/available-vlans/", true, None),
        ("free AS numbers are never cached", "/api/ipam/asn-ranges/1/available-asns/", false, None),
        ("what is free in a plugin is never cached", "/api/plugins/gpon/olts/1/available-ports/", false, None),
        ("jobs are never cached", "/api/core/jobs/", true, None),
        ("one job is never cached", "/api/core/jobs/1/", false, None),
        ("background queues are never cached", "/api/core/background-queues/default/", false, None),
        ("background tasks are never cached", "/api/core/background-tasks/0b9a6d2e/", false, None),
        ("background workers are never cached", "/api/core/background-workers/", false, None),
        ("scripts, which tell their last run, are never cached", "/api/extras/scripts/1/", false, None),
        ("branches are never cached", "/api/plugins/branching/branches/", true, None),
        ("the changes of branches are never cached", "/api/plugins/branching/changes/1/", false, None),
        ("tokens are never cached", "/api/users/tokens/", false, None),
        ("one token is never cached", "/api/users/tokens/1/", true, None),
        ("the making of tokens is never cached", "/api/users/tokens/provision/", false, None),
        ("an escaped spelling of what is never cached is not either", "/api/users/%74okens/", false, None),
        ("an escaped slash is a slash", "/api/users%2Ftokens/", false, None),
        ("doubled slashes hide nothing", "/api//core//jobs/", false, None),
        ("GraphQL is never cached", "/graphql/", false, None),
        ("pages for browsers are never cached", "/dcim/devices/", false, None),
        ("the login is never cached", "/login/", false, None),
        ("files are never cached", "/media/image-attachments/rack.png", false, None),
        ("a path above the API that is named like it is never cached", "/apidocs/dcim/devices/", false, None),
        ("a sub-path that was not taken off is never cached", "/netbox/api/dcim/devices/", false, None),
    ];
    for (name, below, has_query, kind) in rows {
        assert_eq!(Kind::of(below, has_query), kind, "{name}: {below}");
    }
}

#[test]
fn a_path_names_its_app() {
    let rows = [
        ("a list is of its app", "/api/dcim/devices/", "dcim"),
        ("one object is of its app", "/api/ipam/prefixes/1/available-ips/", "ipam"),
        ("a plugin is an app of its own", "/api/plugins/gpon/olts/1/", "plugins/gpon"),
        ("a plugin's root is of the plugin", "/api/plugins/gpon", "plugins/gpon"),
        ("an app without a slash is that app", "/api/dcim", "dcim"),
        ("an escaped spelling is the same app", "/api/d%63im/devices/", "dcim"),
        ("doubled slashes lead to the same app", "/api//plugins//gpon/olts/", "plugins/gpon"),
        ("the root is of all apps", "/api/", ""),
        ("what is not below the API is of all apps", "/dcim/devices/add/", ""),
    ];
    for (name, below, expected) in rows {
        assert_eq!(app(below), expected, "{name}: {below}");
    }
}

#[test]
fn kind_request_and_reply_decide_the_lifetime() {
    let for_100 = CacheMode::FreshFor(Duration::from_secs(100));
    let for_none = CacheMode::FreshFor(Duration::ZERO);
    let default = CacheMode::Default;
    let rows = [
        ("a list has 60 / 300 s", Kind::List, default, "", (60, 300)),
        ("an object with a query has 30 / 120 s", Kind::ObjectWithQuery, default, "", (30, 120)),
        ("an object has 15 / 60 s", Kind::Object, default, "", (15, 60)),
        ("anything else has 15 / 60 s", Kind::Other, default, "", (15, 60)),
        ("a request that reloads is stored as any other", Kind::List, CacheMode::Reload, "", (60, 300)),
        ("a request of the cache alone has no other limits", Kind::List, CacheMode::OnlyIfCached, "", (60, 300)),
        ("a request may want less", Kind::List, CacheMode::FreshFor(Duration::from_secs(5)), "", (5, 300)),
        ("a request may want nothing that is fresh", Kind::List, for_none, "", (0, 300)),
        ("a request may take more, as stale too", Kind::Object, for_100, "", (100, 100)),
        ("a request goes before the server's limit", Kind::Object, for_100, "cache-control: max-age=5", (100, 100)),
        ("max-age lowers", Kind::List, default, "cache-control: max-age=5", (5, 300)),
        ("max-age does not raise", Kind::List, default, "cache-control: max-age=3600", (60, 300)),
        ("max-age of none is out of date at once", Kind::List, default, "cache-control: max-age=0", (0, 300)),
        ("max-age in capitals counts", Kind::List, default, "Cache-Control: MAX-AGE=5", (5, 300)),
        ("a quoted max-age counts", Kind::List, default, "cache-control: max-age=\"5\"", (5, 300)),
        ("max-age among others counts", Kind::List, default, "cache-control: private , max-age = 5,immutable", (5, 300)),
        ("max-age in a second header counts", Kind::List, default, "cache-control: private\ncache-control: max-age=5", (5, 300)),
        ("a negative max-age allows nothing", Kind::List, default, "cache-control: max-age=-1", (0, 300)),
        ("a garbled max-age allows nothing", Kind::List, default, "cache-control: max-age=soon", (0, 300)),
        ("a max-age without a value allows nothing", Kind::List, default, "cache-control: max-age", (0, 300)),
        ("s-maxage is for caches that users share", Kind::List, default, "cache-control: s-maxage=5", (60, 300)),
        ("a directive that is not known changes nothing", Kind::List, default, "cache-control: max-ages=5, x", (60, 300)),
        ("an empty header changes nothing", Kind::List, default, "cache-control: ", (60, 300)),
        ("no-cache must be asked about, always", Kind::List, default, "cache-control: no-cache", (0, 0)),
        ("no-cache goes before max-age", Kind::List, default, "cache-control: max-age=5, No-Cache", (0, 0)),
        ("must-revalidate is never stale", Kind::List, default, "cache-control: must-revalidate", (60, 0)),
        ("must-revalidate in capitals is never stale", Kind::List, default, "Cache-Control: MUST-REVALIDATE", (60, 0)),
        ("must-revalidate with max-age is fresh so long", Kind::List, default, "cache-control: max-age=5,must-revalidate", (5, 0)),
        ("must-revalidate is never stale for a request that takes more", Kind::List, for_100, "cache-control: must-revalidate", (100, 0)),
        ("proxy-revalidate is never stale", Kind::List, default, "cache-control: proxy-revalidate", (60, 0)),
    ];
    for (name, kind, mode, reply, (fresh, stale)) in rows {
        let lifetime = CachePolicy::default().lifetime(kind, mode, &headers(reply));
        assert_eq!(lifetime, Lifetime::seconds(fresh, stale), "{name}: {reply}");
    }
    let (lists, others) = (Lifetime::seconds(1, 2), Lifetime::seconds(7, 8));
    let (objects_with_query, objects) = (Lifetime::seconds(3, 4), Lifetime::seconds(5, 6));
    let own = CachePolicy { lists, objects_with_query, objects, others, ..CachePolicy::default() };
    for (name, kind, lifetime) in [
        ("lists can be set", Kind::List, lists),
        ("objects with a query can be set", Kind::ObjectWithQuery, objects_with_query),
        ("objects can be set", Kind::Object, objects),
        ("others can be set", Kind::Other, others),
    ] {
        assert_eq!(own.lifetime(kind, default, &HeaderMap::new()), lifetime, "{name}");
    }
}

#[test]
fn age_decides_the_use() {
    let rows = [
        ("what was just stored is fresh", 60_000, 300_000, Some(0), Use::Fresh),
        ("a moment before the limit is fresh", 60_000, 300_000, Some(59_999), Use::Fresh),
        ("at the limit is not fresh any more", 60_000, 300_000, Some(60_000), Use::Stale),
        ("a moment before the second limit is stale", 60_000, 300_000, Some(299_999), Use::Stale),
        ("at the second limit is only to ask about", 60_000, 300_000, Some(300_000), Use::Validate),
        ("what is old is only to ask about", 60_000, 300_000, Some(86_400_000), Use::Validate),
        ("what is from the future is only to ask about", 60_000, 300_000, None, Use::Validate),
        ("nothing is fresh for no time", 0, 300_000, Some(0), Use::Stale),
        ("nothing is stale for no time", 60_000, 0, Some(60_000), Use::Validate),
        ("fresh for longer than stale is fresh", 60_000, 10_000, Some(59_999), Use::Fresh),
        ("no time at all is only to ask about", 0, 0, Some(0), Use::Validate),
    ];
    for (name, fresh, stale, age, expected) in rows {
        let lifetime = Lifetime { fresh: Duration::from_millis(fresh), stale_if_error: Duration::from_millis(stale) };
        assert_eq!(lifetime.usable(age.map(Duration::from_millis)), expected, "{name}");
    }
}

#[test]
fn only_whole_replies_that_say_something_are_stored() {
    let json = "content-type: application/json";
    let object = r#"{"id":1,"results":3}"#;
    let rows = [
        ("an object is stored", 200, json, object, true),
        ("a page with an object is stored", 200, json, r#"{"count":1,"next":null,"previous":null,"results":[{"id":1}]}"#, true),
        ("a whole list with an object is stored", 200, json, r#"[{"id":1}]"#, true),
        ("an empty object is stored", 200, json, "{}", true),
        ("an object with empty lists is stored", 200, json, r#"{"id":1,"tags":[]}"#, true),
        ("JSON that was cut is not stored", 200, json, "{\"results\":", false),
        ("an empty page is not stored", 200, json, r#"{"count":0,"next":null,"previous":null,"results":[]}"#, false),
        ("a page behind the last one is not stored", 200, json, r#"{"count":7,"next":null,"previous":"x","results":[]}"#, false),
        ("an empty page by cursor is not stored", 200, json, r#"{"count":null,"next":null,"previous":null,"results":[]}"#, false),
        ("an empty page of results alone is not stored", 200, json, r#"{"results":[]}"#, false),
        ("an empty page over several lines is not stored", 200, json, "{\n  \"count\": 0,\n  \"results\": [\n  ]\n}\n", false),
        ("an empty whole list is not stored", 200, json, "[]", false),
        ("an empty whole list with spaces is not stored", 200, json, " [ ]\n", false),
        ("an empty body is not stored", 200, json, "", false),
        ("an empty text is not stored", 200, "content-type: text/csv", "", false),
        ("201 is not stored", 201, json, object, false),
        ("202 is not stored", 202, json, object, false),
        ("203, which a proxy changed, is not stored", 203, json, object, false),
        ("204 is not stored", 204, json, object, false),
        ("a part is not stored", 206, json, object, false),
        ("a redirect is not stored", 301, json, object, false),
        ("304 is not stored", 304, json, object, false),
        ("a refusal is not stored", 403, json, object, false),
        ("what is not there is not stored", 404, json, object, false),
        ("429 is not stored", 429, json, object, false),
        ("a failure of the server is not stored", 500, json, object, false),
        ("503 is not stored", 503, json, object, false),
        ("JSON with a charset is stored", 200, "content-type: application/json; charset=utf-8", object, true),
        ("a type in capitals is stored", 200, "Content-Type: Application/JSON", object, true),
        ("JSON of another name is stored", 200, "content-type: application/vnd.oai.openapi+json; charset=utf-8", object, true),
        ("CSV is stored", 200, "content-type: text/csv", "id\n1\n", true),
        ("a page is not stored", 200, "content-type: text/html; charset=utf-8", "<p>", false),
        ("a picture is not stored", 200, "content-type: image/svg+xml", "<svg/>", false),
        ("bytes are not stored", 200, "content-type: application/octet-stream", "x", false),
        ("a form is not stored", 200, "content-type: multipart/form-data; boundary=application/json", "x", false),
        ("a name that only begins like JSON is not stored", 200, "content-type: application/jsonp", object, false),
        ("a body without a type is not stored", 200, "", object, false),
        ("no-store is not stored", 200, "content-type: application/json\ncache-control: no-store", object, false),
        ("no-store in capitals is not stored", 200, "content-type: application/json\nCache-Control: No-Store", object, false),
        ("no-store among others is not stored", 200, "content-type: application/json\ncache-control: private,no-store , x", object, false),
        (
            "no-store in a second header is not stored",
            200,
            "content-type: application/json\ncache-control: private\ncache-control: no-store",
            object,
            false,
        ),
        ("no-store beside other letters is not stored", 200, "content-type: application/json\ncache-control: no-store, ü", object, false),
        ("private is stored: the key holds the user", 200, "content-type: application/json\ncache-control: private", object, true),
        ("no-cache is stored: it is asked about", 200, "content-type: application/json\ncache-control: no-cache", object, true),
        ("a directive that ends like no-store is another", 200, "content-type: application/json\ncache-control: x-no-store", object, true),
        (
            "what varies by what the key holds is stored",
            200,
            "content-type: application/json\nvary: HX-Request, Accept-Language, Cookie\nvary: Accept",
            object,
            true,
        ),
        ("what varies by anything is not stored", 200, "content-type: application/json\nvary: *", object, false),
        ("what varies by anything among others is not stored", 200, "content-type: application/json\nvary: Accept, *", object, false),
        ("what varies by anything in a second header is not stored", 200, "content-type: text/csv\nvary: Accept\nvary: *", "x", false),
    ];
    for (name, code, reply, body, expected) in rows {
        assert_eq!(CachePolicy::default().may_store(status(code), &headers(reply), body.as_bytes()), expected, "{name}: {reply} {body}");
    }
}

#[test]
fn large_bodies_are_not_stored() {
    let policy = CachePolicy { max_body: 100, ..CachePolicy::default() };
    let max = CachePolicy::default().max_body as usize;
    assert_eq!(max, 16 << 20, "the default is 16 MiB");
    for (name, policy, size, expected) in [
        ("a moment below the limit is stored", &policy, 99, true),
        ("at the limit is stored", &policy, 100, true),
        ("above the limit is not stored", &policy, 101, false),
        ("at the default limit is stored", &CachePolicy::default(), max, true),
        ("above the default limit is not stored", &CachePolicy::default(), max + 1, false),
    ] {
        assert_eq!(policy.may_store(StatusCode::OK, &headers("content-type: text/plain"), &vec![b'x'; size]), expected, "{name}");
    }
}

#[test]
fn some_writes_begin_work_that_goes_on() {
    let rows = [
        ("a script that is run goes on", "POST", "/api/extras/scripts/1/", 200, true),
        ("a script named by module and class goes on", "POST", "/api/extras/scripts/upload_sites.UploadSites/", 200, true),
        ("a script that is put there does not", "POST", "/api/extras/scripts/upload/", 201, false),
        ("a script that is deleted does not", "DELETE", "/api/extras/scripts/1/", 204, false),
        ("a data source that is synchronised goes on", "POST", "/api/core/data-sources/1/sync/", 200, true),
        ("a new data source may be read at once", "POST", "/api/core/data-sources/", 201, true),
        ("a changed data source may be read at once", "PATCH", "/api/core/data-sources/1/", 200, true),
        ("a deleted data source does not go on", "DELETE", "/api/core/data-sources/1/", 204, false),
        ("a config context that is synchronised is done", "POST", "/api/extras/config-contexts/1/sync/", 200, false),
        ("a branch that is synchronised goes on", "POST", "/api/plugins/branching/branches/1/sync/", 200, true),
        ("a branch that is merged goes on", "POST", "/api/plugins/branching/branches/1/merge/", 200, true),
        ("a branch that is reverted goes on", "POST", "/api/plugins/branching/branches/1/revert/", 201, true),
        ("a branch that is migrated goes on", "POST", "/api/plugins/branching/branches/1/migrate/", 200, true),
        ("a branch that is archived goes on", "POST", "/api/plugins/branching/branches/1/archive/", 200, true),
        ("a background task that is begun again goes on", "POST", "/api/core/background-tasks/0b9a6d2e/requeue/", 200, true),
        ("a background task that is stopped does not", "POST", "/api/core/background-tasks/0b9a6d2e/stop/", 200, false),
        ("a path without a final slash goes on as well", "POST", "/api/plugins/branching/branches/1/merge", 200, true),
        ("202 goes on, whatever it answers", "POST", "/api/dcim/devices/", 202, true),
        ("202 to a change goes on", "PATCH", "/api/dcim/devices/", 202, true),
        ("202 to a removal goes on", "DELETE", "/api/dcim/devices/", 202, true),
        ("a new object does not", "POST", "/api/dcim/devices/", 201, false),
        ("a merge that is refused does not", "POST", "/api/plugins/branching/branches/1/merge/", 403, false),
        ("a script that is refused does not", "POST", "/api/extras/scripts/1/", 400, false),
        ("a sync that fails does not", "POST", "/api/core/data-sources/1/sync/", 500, false),
        ("an object whose name ends like a sync does not", "POST", "/api/extras/tags/resync/", 200, false),
    ];
    for (name, verb, below, code, expected) in rows {
        assert_eq!(begins_job(&method(verb), below, status(code)), expected, "{name}: {verb} {below} {code}");
    }
}

#[test]
fn statuses_decide_what_becomes_of_entries_and_writes() {
    // Whether a write may still be at work, an older answer is better than none, an entry is dropped.
    let rows = [
        ("success ends a write", 200, (false, false, false)),
        ("202 is a job, not unclear", 202, (false, false, false)),
        ("a refusal of the content ends a write and drops nothing", 400, (false, false, false)),
        ("a revoked token must not read on", 401, (false, false, true)),
        ("a lost permission must not read on", 403, (false, false, true)),
        ("what is not there any more is dropped", 404, (false, false, true)),
        ("a conflict ends a write", 409, (false, false, false)),
        ("what is gone is dropped", 410, (false, false, true)),
        ("a changed object ends a write", 412, (false, false, false)),
        ("too many requests are no reason for old answers", 429, (false, false, false)),
        ("a failed write ends, and a failed read is told", 500, (false, false, false)),
        ("what the server does not know ends a write", 501, (false, false, false)),
        ("a bad gateway leaves it open", 502, (true, true, false)),
        ("a server in maintenance leaves it open", 503, (true, true, false)),
        ("a gateway that gave up leaves it open", 504, (true, true, false)),
        ("a status of one vendor for a gateway that gave up leaves it open", 524, (true, false, false)),
    ];
    for (name, code, expected) in rows {
        let code = status(code);
        assert_eq!((is_unclear(code), is_unable(code), drops_entry(code)), expected, "{name}: {code}");
    }
}

#[test]
fn conditions_of_the_caller_keep_the_cache_out() {
    let rows = [
        ("no header is no condition", "", false),
        ("what is in any request is no condition", "accept: application/json\nauthorization: Token x\nx-netbox-branch: a", false),
        ("an ETag to match is one", "if-match: \"a\"", true),
        ("an ETag not to match is one", "if-none-match: *", true),
        ("a time since is one", "if-modified-since: Sat, 29 Oct 1994 19:43:31 GMT", true),
        ("a time not since is one", "if-unmodified-since: Sat, 29 Oct 1994 19:43:31 GMT", true),
        ("a range is one", "range: bytes=0-1", true),
        ("a range on a condition is one", "if-range: \"a\"", true),
        ("own words to caches are one, in capitals too", "Cache-Control: no-cache", true),
    ];
    for (name, request, expected) in rows {
        assert_eq!(has_conditions(&headers(request)), expected, "{name}");
    }
}
