//! From a request to what answers it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::allocation::Kind;
use super::graphql;
use super::jobs;
use super::objects::{Call, Done};
use super::options;
use super::parameters::Parameters;
use super::plugin::Plugin;
use super::read::{Reader, Shape};
use super::refusal::{Outcome, Refusal};
use super::rules::Rules;
use super::store::Store;
use super::tokens;
use super::uploads;

/// What Django takes of a body.
const MAX_BODY: usize = 2_621_440;

/// What the mock does not know although the documents name it: a list of nothing would be a lie.
const MISSING: [&str; 9] = [
    "core/background-queues",
    "core/background-tasks",
    "core/background-workers",
    "core/data-files",
    "dcim/connected-device",
    "extras/dashboard",
    "extras/object-types",
    "extras/scripts",
    "users/config",
];

/// Where the web interface leads to.
const LOGIN: &str = "<!DOCTYPE html>\n<html><head><title>Login | NetBox</title></head><body><h1>NetBox</h1></body></html>\n";

/// Who asks for what is to be answered.
#[derive(Clone, Copy)]
struct Asker<'a> {
    user: u64,
    request_id: &'a str,
    origin: &'a str,
}

pub(super) struct Router {
    pub(super) rules: Arc<Rules>,
    pub(super) page_max: usize,
    pub(super) plugins: Vec<Plugin>,
}

impl Router {
    /// Answers a request as a NetBox that holds what is in the store.
    pub(super) fn answer(&self, store: &mut Store, request: &Request<Vec<u8>>, origin: &str) -> Response<Vec<u8>> {
        for job in jobs::due(store) {
            let asker = Asker { user: job.user, request_id: &job.request_id, origin: &job.origin };
            let target = self.rules.index.target(job.request.uri().path());
            let outcome = match target {
                Some(target) => self.guarded(store, |store| self.objects(store, &job.request, asker, (target.resource, None))),
                None => Err(Refusal::page_not_found()),
            };
            jobs::finish(store, &job, outcome);
        }
        self.guarded(store, |store| Ok(self.routed(store, request, origin))).unwrap_or_else(Refusal::into_response)
    }

    /// Where the mock itself fails, nothing is done, as if an exception had ended a transaction of NetBox.
    fn guarded<T>(&self, store: &mut Store, work: impl FnOnce(&mut Store) -> Outcome<T>) -> Outcome<T> {
        catch_unwind(AssertUnwindSafe(|| work(store))).unwrap_or_else(|panic| {
            store.roll_back();
            let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
            let error = format!("The mock of NetBox failed, which is a bug in it: {}", said.unwrap_or("it panicked"));
            Err(Refusal::of_exception(self.rules.version(), "panic", &error))
        })
    }

    fn routed(&self, store: &mut Store, request: &Request<Vec<u8>>, origin: &str) -> Response<Vec<u8>> {
        let path = request.uri().path();
        let request_id = tokens::uuid();
        let mut response = match path {
            "/" => moved(StatusCode::FOUND, "/login/?next=/"),
            "/login/" => html(StatusCode::OK, LOGIN),
            #[cfg(test)]
            "/panic/" => {
                store.insert(tests::PANICS, Map::new());
                store.put_file(tests::PANICS.to_owned(), Vec::new());
                panic!("as a test wants it")
            }
            "/graphql/" => graphql::answer(&self.rules, store, request, origin),
            _ if path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) => {
                self.api(store, request, &request_id, origin)
            }
            _ => match path.strip_prefix("/media/") {
                Some(_) if self.authorised(store, request).is_err() => moved(StatusCode::FOUND, &format!("/login/?next={path}")),
                Some(file) => uploads::download(store, file).unwrap_or_else(|| Refusal::page_not_found().into_response()),
                None => Refusal::page_not_found().into_response(),
            },
        };
        if let Ok(request_id) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert("X-Request-ID", request_id);
        }
        response
    }

    fn api(&self, store: &mut Store, request: &Request<Vec<u8>>, request_id: &str, origin: &str) -> Response<Vec<u8>> {
        let path = request.uri().path();
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !path.ends_with('/') && is_read && self.is_known(path) {
            let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
            return moved(StatusCode::MOVED_PERMANENTLY, &format!("{path}/{query}"));
        }
        let parameters = Parameters::of(request.uri().query().unwrap_or_default());
        let is_in_branch = parameters.has("_branch") || request.headers().get("X-NetBox-Branch").is_some_and(|branch| !branch.is_empty());
        let (allow, outcome) = if is_in_branch {
            (String::new(), Err(Refusal::not_implemented("branches")))
        } else if path.ends_with('/') && !path.contains("//") {
            self.called(store, request, path, request_id, origin)
        } else {
            (String::new(), Err(Refusal::page_not_found()))
        };
        let mut response = match outcome {
            Ok(done) => response_of(done),
            Err(refusal) => refusal.into_response(),
        };
        let is_of_exception = response.status() == StatusCode::INTERNAL_SERVER_ERROR;
        let headers = response.headers_mut();
        headers.insert("API-Version", HeaderValue::from_str(&self.rules.line.to_string()).unwrap_or(HeaderValue::from_static("4")));
        headers.insert(header::VARY, HeaderValue::from_static("HX-Request, Accept-Language, Cookie, origin"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static("en"));
        if let Some(allow) = HeaderValue::from_str(&allow).ok().filter(|allow| !allow.is_empty() && !is_of_exception) {
            headers.insert(header::ALLOW, allow);
        }
        response
    }

    fn is_known(&self, path: &str) -> bool {
        let below = path.strip_prefix("/api").unwrap_or(path).trim_matches('/');
        below.is_empty() || self.is_group(below) || self.rules.index.target(path).is_some()
    }

    fn is_group(&self, below: &str) -> bool {
        matches!(below, "plugins" | "plugins/installed-plugins") || self.rules.index.groups().any(|group| group == below)
    }

    /// The methods that a path allows, and what became of the request.
    fn called(&self, store: &mut Store, request: &Request<Vec<u8>>, path: &str, request_id: &str, origin: &str) -> (String, Outcome<Done>) {
        let below = path.strip_prefix("/api").unwrap_or(path).trim_matches('/');
        if below.is_empty() || self.is_group(below) {
            let allow = "GET, HEAD, OPTIONS".to_owned();
            return (allow, self.authorised(store, request).and_then(|_| self.root(request.method(), below, origin)));
        }
        let Some(target) = self.rules.index.target(path) else {
            let is_branches = below.starts_with("plugins/branching/");
            return (String::new(), Err(if is_branches { Refusal::not_implemented("branches") } else { Refusal::page_not_found() }));
        };
        let mut methods: Vec<&str> = target.methods.iter().map(|method| method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        // For Django the action of this name is the method of this name, too.
        if self.rules.schema(target.resource).is_some_and(|schema| schema.object_paths.contains_key("trace")) {
            methods.push("TRACE");
        }
        let allow = methods.join(", ");
        if (target.resource, target.sub_path) == (tokens::RESOURCE, Some("provision")) {
            return (allow, self.provision(store, request, origin));
        }
        // Nobody needs a token for it.
        if target.resource == "schema" {
            return (allow, Err(Refusal::not_implemented("schema")));
        }
        let user = match self.authorised(store, request) {
            Ok(user) => user,
            Err(refusal) => return (allow, Err(refusal)),
        };
        if !methods.contains(&request.method().as_str()) || request.method() == Method::TRACE {
            return (allow, Err(Refusal::method_not_allowed(request.method())));
        }
        let missing = |what: &str| Err(Refusal::not_implemented(what));
        let outcome = match (target.resource, target.object_id, target.sub_path) {
            ("status", ..) => Ok(Done::of(self.status())),
            ("authentication-check", ..) => {
                let found = store
                    .get("users/users", user)
                    .map(|row| Reader::new(&self.rules, store, origin).object("users/users", user, row, &Shape::Whole));
                Ok(Done::of(found.unwrap_or_default()))
            }
            (resource, ..) if MISSING.contains(&resource) => missing(resource),
            (resource, Some(_), Some(below)) if request.method() == Method::OPTIONS => {
                let described = options::of_below(&self.rules, resource, below).map(Done::of);
                described.ok_or_else(|| Refusal::not_implemented(format_args!("{below} of {resource}")))
            }
            (resource, Some(id), Some(below)) => self.below(store, request, Asker { user, request_id, origin }, (resource, id, below)),
            (resource, None, Some(below)) => missing(&format!("{below} of {resource}")),
            (resource, id, None) if request.method() == Method::OPTIONS => Ok(Done::of(options::of(&self.rules, resource, id.is_some()))),
            (resource, id, None) => self.objects(store, request, Asker { user, request_id, origin }, (resource, id)),
        };
        (allow, outcome)
    }

    /// What is below an object.
    fn below(
        &self,
        store: &mut Store,
        request: &Request<Vec<u8>>,
        asker: Asker<'_>,
        (resource, id, below): (&str, &str, &str),
    ) -> Outcome<Done> {
        self.call(store, request, asker, resource, |call| match (Kind::of(below), request.method().as_str(), below) {
            (Some(kind), "POST", _) => call.allocate(kind, id),
            (Some(kind), "GET" | "HEAD", _) => call.available(kind, id),
            (None, "GET" | "HEAD", "elevation") => call.elevation(id),
            (None, "GET" | "HEAD", "trace") => call.trace(id),
            (None, "GET" | "HEAD", "paths") => call.paths(id),
            _ => Err(Refusal::not_implemented(format_args!("{below} of {resource}"))),
        })
    }

    /// Lets a request be answered, with what it comes with. A refusal leaves nothing of it.
    fn call<T>(
        &self,
        store: &mut Store,
        request: &Request<Vec<u8>>,
        asker: Asker<'_>,
        resource: &str,
        answer: impl FnOnce(&mut Call<'_>) -> Outcome<T>,
    ) -> Outcome<T> {
        let parameters = Parameters::of(request.uri().query().unwrap_or_default());
        let is_write = !matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_write && parameters.has("export") {
            return Err(Refusal::not_implemented("parameter export"));
        }
        match parameters.last("format").filter(|format| !format.is_empty()) {
            None | Some("json") => {}
            Some("api") => return Err(Refusal::not_implemented("pages of the API for browsers")),
            Some(_) => return Err(Refusal::detail(StatusCode::NOT_FOUND, "Not found.")),
        }
        let body = if is_write { self.body(store, request, resource)? } else { None };
        let if_match = request.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        let Asker { user, request_id, origin } = asker;
        let (rules, page_max, parameters) = (&*self.rules, self.page_max, &parameters);
        let messages = BTreeMap::new();
        let mut call = Call { rules, store, resource, user, request_id, parameters, origin, page_max, if_match, body, messages };
        let outcome = answer(&mut call);
        if outcome.is_err() {
            call.store.roll_back();
        }
        outcome
    }

    fn objects(
        &self,
        store: &mut Store,
        request: &Request<Vec<u8>>,
        asker: Asker<'_>,
        (resource, id): (&str, Option<&str>),
    ) -> Outcome<Done> {
        self.call(store, request, asker, resource, |call| match (request.method().as_str(), id) {
            ("POST" | "PUT" | "PATCH" | "DELETE", None) if self.is_put_off(call) => call.put_off(request),
            ("GET" | "HEAD", None) => call.list(),
            ("GET" | "HEAD", Some(id)) => call.get(id),
            ("POST", None) => call.create(),
            ("PUT", None) => call.update_all(true),
            ("PATCH", None) => call.update_all(false),
            ("DELETE", None) => call.delete_all(),
            ("PUT", Some(id)) => call.update(id, true),
            ("PATCH", Some(id)) => call.update(id, false),
            ("DELETE", Some(id)) => call.delete(id),
            _ => Err(Refusal::method_not_allowed(request.method())),
        })
    }

    /// Whether a write is to be carried out in the background: only lists are.
    fn is_put_off(&self, call: &Call<'_>) -> bool {
        let is_wanted = call.parameters.last("background").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        is_wanted && self.rules.has_background() && matches!(call.body, Some(Value::Array(_)))
    }

    fn authorised(&self, store: &Store, request: &Request<Vec<u8>>) -> Outcome<u64> {
        let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        tokens::user(&self.rules, store, authorization, request.method())
    }

    fn provision(&self, store: &mut Store, request: &Request<Vec<u8>>, origin: &str) -> Outcome<Done> {
        if request.method() != Method::POST {
            return Err(Refusal::method_not_allowed(request.method()));
        }
        let body = self.body(store, request, tokens::RESOURCE)?;
        let mut row = tokens::provisioned(store, &body.unwrap_or_else(|| json!({})))?;
        let secret = tokens::equip(&self.rules, &mut row);
        let id = store.insert(tokens::RESOURCE, row.clone());
        store.commit();
        let mut body = Reader::new(&self.rules, store, origin).object(tokens::RESOURCE, id, &row, &Shape::Whole);
        body["token"] = json!(secret);
        Ok(Done { status: StatusCode::CREATED, ..Done::of(body) })
    }

    /// The JSON of a request. `None` where nothing was submitted.
    fn body(&self, store: &mut Store, request: &Request<Vec<u8>>, resource: &str) -> Outcome<Option<Value>> {
        if request.body().is_empty() {
            return Ok(None);
        }
        if request.body().len() > MAX_BODY {
            let error = "Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.";
            return Err(Refusal::of_exception(self.rules.version(), "RequestDataTooBig", error));
        }
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match kind.split(';').next().unwrap_or_default().trim() {
            "application/json" => serde_json::from_slice(request.body())
                .map(Some)
                .map_err(|error| Refusal::detail(StatusCode::BAD_REQUEST, format!("JSON parse error - {error}"))),
            "multipart/form-data" => match uploads::form(&self.rules, store, kind, request.body(), resource) {
                Some(form) => Ok(Some(form)),
                None => Err(Refusal::detail(StatusCode::BAD_REQUEST, "Multipart form parse error - Invalid boundary in multipart: None")),
            },
            _ => Err(Refusal::detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("Unsupported media type \"{kind}\" in request."))),
        }
    }

    /// The names and URLs below `/api/` or below a group.
    fn root(&self, method: &Method, below: &str, origin: &str) -> Outcome<Done> {
        if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Err(Refusal::method_not_allowed(method));
        }
        if below == "plugins/installed-plugins" {
            let described = |plugin: &Plugin| {
                json!({"name": plugin.name, "package": plugin.package(), "author": "", "author_email": "", "description": "", "version": plugin.version,
                    "release_track": ""})
            };
            return Ok(Done::of(self.plugins.iter().map(described).collect()));
        }
        let names: Vec<&str> = match below {
            "" => self.rules.index.groups().filter(|group| !group.contains('/')).chain(["plugins", "status"]).collect(),
            "plugins" => std::iter::once("installed-plugins").chain(self.plugins.iter().map(|plugin| plugin.name.as_str())).collect(),
            group => self.rules.index.resources_of(group).collect(),
        };
        let base = if below.is_empty() { format!("{origin}/api") } else { format!("{origin}/api/{below}") };
        Ok(Done::of(Value::Object(
            names.into_iter().map(|name| (name.to_owned(), json!(format!("{base}/{name}/")))).collect::<Map<_, _>>(),
        )))
    }

    fn status(&self) -> Value {
        json!({
            "django-version": "6.1.2",
            "hostname": "mock",
            "installed_apps": {},
            "netbox-version": self.rules.version(),
            "netbox-full-version": self.rules.version(),
            "plugins": self.plugins.iter().map(|plugin| (plugin.package(), json!(plugin.version))).collect::<Map<_, _>>(),
            "python-version": "3.12.1",
            "rq-workers-running": 1,
        })
    }
}

fn response_of(done: Done) -> Response<Vec<u8>> {
    let mut response = Response::new(done.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default());
    *response.status_mut() = done.status;
    let headers = response.headers_mut();
    if done.body.is_some() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in [(header::ETAG, done.etag), (header::LOCATION, done.location)] {
        if let Some(value) = value.and_then(|value| value.parse().ok()) {
            headers.insert(name, value);
        }
    }
    response
}

fn html(status: StatusCode, page: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(page.as_bytes().to_vec());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

fn moved(status: StatusCode, to: &str) -> Response<Vec<u8>> {
    let mut response = html(status, "");
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::ReleaseLine;

    pub(super) const PANICS: &str = "panics";

    #[test]
    fn a_panic_is_a_500_that_leaves_nothing() {
        let router = Router { rules: Rules::of(ReleaseLine::NEWEST).unwrap(), page_max: 0, plugins: Vec::new() };
        let mut store = Store::default();
        let request = Request::get("/panic/").body(Vec::new()).unwrap();
        let response = router.answer(&mut store, &request, "http://netbox.mock");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body["error"], "The mock of NetBox failed, which is a bug in it: as a test wants it");
        assert_eq!((store.rows(PANICS).count(), store.file(PANICS)), (0, None));
    }
}
