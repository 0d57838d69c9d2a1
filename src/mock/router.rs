//! From a request to what answers it.

use std::sync::Arc;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use super::objects::{Call, Done};
use super::options;
use super::parameters::Parameters;
use super::read::{Reader, Shape};
use super::refusal::{Outcome, Refusal};
use super::rules::Rules;
use super::store::Store;
use super::tokens;

/// What Django takes of a body.
const MAX_BODY: usize = 2_621_440;

/// What the mock does not know although the documents name it: a list of nothing would be a lie.
const MISSING: [&str; 14] = [
    "core/background-queues",
    "core/background-tasks",
    "core/background-workers",
    "core/data-files",
    "core/jobs",
    "core/object-changes",
    "dcim/cable-terminations",
    "dcim/connected-device",
    "extras/dashboard",
    "extras/object-types",
    "extras/scripts",
    "extras/tagged-objects",
    "schema",
    "users/config",
];

/// Where the web interface leads to.
const LOGIN: &str = "<!DOCTYPE html>\n<html><head><title>Login | NetBox</title></head><body><h1>NetBox</h1></body></html>\n";

pub(super) struct Router {
    pub(super) rules: Arc<Rules>,
    pub(super) page_max: usize,
}

impl Router {
    /// Answers a request as a NetBox that holds what is in the store.
    pub(super) fn answer(&self, store: &mut Store, request: &Request<Vec<u8>>, origin: &str) -> Response<Vec<u8>> {
        let path = request.uri().path();
        let mut response = match path {
            "/" => moved(StatusCode::FOUND, "/login/?next=/"),
            "/login/" => html(StatusCode::OK, LOGIN),
            "/graphql/" => Refusal::not_implemented("GraphQL").into_response(),
            _ if path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) => {
                return self.api(store, request, origin);
            }
            _ if path.starts_with("/media/") => Refusal::not_implemented("media").into_response(),
            _ => Refusal::page_not_found().into_response(),
        };
        response.headers_mut().insert("X-Request-ID", request_id());
        response
    }

    fn api(&self, store: &mut Store, request: &Request<Vec<u8>>, origin: &str) -> Response<Vec<u8>> {
        let path = request.uri().path();
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !path.ends_with('/') && is_read && self.is_known(path) {
            let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
            return moved(StatusCode::MOVED_PERMANENTLY, &format!("{path}/{query}"));
        }
        let (allow, outcome) =
            if path.ends_with('/') { self.routed(store, request, path, origin) } else { (String::new(), Err(Refusal::page_not_found())) };
        let mut response = match outcome {
            Ok(done) => response_of(done),
            Err(refusal) => refusal.into_response(),
        };
        let headers = response.headers_mut();
        headers.insert("API-Version", HeaderValue::from_str(&self.rules.line.to_string()).unwrap_or(HeaderValue::from_static("4")));
        headers.insert("X-Request-ID", request_id());
        headers.insert(header::VARY, HeaderValue::from_static("HX-Request, Accept-Language, Cookie, origin"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static("en"));
        if let Some(allow) = HeaderValue::from_str(&allow).ok().filter(|allow| !allow.is_empty()) {
            headers.insert(header::ALLOW, allow);
        }
        response
    }

    fn is_known(&self, path: &str) -> bool {
        let below = path.trim_start_matches("/api").trim_matches('/');
        below.is_empty() || self.is_group(below) || self.rules.index.target(path).is_some()
    }

    fn is_group(&self, below: &str) -> bool {
        matches!(below, "plugins" | "plugins/installed-plugins") || self.rules.index.groups().any(|group| group == below)
    }

    /// The methods that a path allows, and what became of the request.
    fn routed(&self, store: &mut Store, request: &Request<Vec<u8>>, path: &str, origin: &str) -> (String, Outcome<Done>) {
        let below = path.trim_start_matches("/api").trim_matches('/');
        if below.is_empty() || self.is_group(below) {
            let allow = "GET, HEAD, OPTIONS".to_owned();
            return (allow, self.authorised(store, request).and_then(|_| self.root(request.method(), below, origin)));
        }
        let Some(target) = self.rules.index.target(path) else { return (String::new(), Err(Refusal::page_not_found())) };
        let mut methods: Vec<&str> = target.methods.iter().map(|method| method.as_str()).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        // For Django the action of this name is the method of this name, too.
        if target.sub_path.is_none() && self.rules.schema(target.resource).is_some_and(|schema| schema.object_paths.contains_key("trace")) {
            methods.push("TRACE");
        }
        let allow = methods.join(", ");
        if (target.resource, target.sub_path) == (tokens::RESOURCE, Some("provision")) {
            return (allow, self.provision(store, request, origin));
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
            (resource, _, Some(below)) => missing(&format!("{below} of {resource}")),
            (resource, id, None) if request.method() == Method::OPTIONS => Ok(Done::of(options::of(&self.rules, resource, id.is_some()))),
            (resource, id, None) => self.objects(store, request, user, (resource, id), origin),
        };
        (allow, outcome)
    }

    fn objects(
        &self,
        store: &mut Store,
        request: &Request<Vec<u8>>,
        user: u64,
        (resource, id): (&str, Option<&str>),
        origin: &str,
    ) -> Outcome<Done> {
        let parameters = Parameters::of(request.uri().query().unwrap_or_default());
        let is_write = !matches!(*request.method(), Method::GET | Method::HEAD);
        for unknown in [Some("export").filter(|_| !is_write), Some("background").filter(|_| is_write)].into_iter().flatten() {
            if parameters.has(unknown) {
                return Err(Refusal::not_implemented(format_args!("parameter {unknown}")));
            }
        }
        let body = if is_write { self.body(request)? } else { None };
        let if_match = request.headers().get(header::IF_MATCH).and_then(|value| value.to_str().ok());
        let mut call =
            Call { rules: &self.rules, store, resource, user, parameters: &parameters, origin, page_max: self.page_max, if_match, body };
        match (request.method().as_str(), id) {
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
        }
    }

    fn authorised(&self, store: &Store, request: &Request<Vec<u8>>) -> Outcome<u64> {
        let authorization = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        tokens::user(&self.rules, store, authorization, request.method())
    }

    fn provision(&self, store: &mut Store, request: &Request<Vec<u8>>, origin: &str) -> Outcome<Done> {
        if request.method() != Method::POST {
            return Err(Refusal::method_not_allowed(request.method()));
        }
        let mut row = tokens::provisioned(store, &self.body(request)?.unwrap_or_else(|| json!({})))?;
        let secret = tokens::equip(&self.rules, &mut row);
        let id = store.insert(tokens::RESOURCE, row.clone());
        store.commit();
        let mut body = Reader::new(&self.rules, store, origin).object(tokens::RESOURCE, id, &row, &Shape::Whole);
        body["token"] = json!(secret);
        Ok(Done { status: StatusCode::CREATED, ..Done::of(body) })
    }

    /// The JSON of a request. `None` where nothing was submitted.
    fn body(&self, request: &Request<Vec<u8>>) -> Outcome<Option<Value>> {
        if request.body().is_empty() {
            return Ok(None);
        }
        if request.body().len() > MAX_BODY {
            let error = "Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.";
            let body = json!({"error": error, "exception": "RequestDataTooBig", "netbox_version": self.rules.version(), "python_version": "3.12.1"});
            return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, body));
        }
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match kind.split(';').next().unwrap_or_default().trim() {
            "application/json" => serde_json::from_slice(request.body())
                .map(Some)
                .map_err(|error| Refusal::detail(StatusCode::BAD_REQUEST, format!("JSON parse error - {error}"))),
            "multipart/form-data" => Err(Refusal::not_implemented("uploads")),
            _ => Err(Refusal::detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("Unsupported media type \"{kind}\" in request."))),
        }
    }

    /// The names and URLs below `/api/` or below a group.
    fn root(&self, method: &Method, below: &str, origin: &str) -> Outcome<Done> {
        if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Err(Refusal::method_not_allowed(method));
        }
        if below == "plugins/installed-plugins" {
            return Ok(Done::of(json!({"count": 0, "next": null, "previous": null, "results": []})));
        }
        let names: Vec<&str> = match below {
            "" => self.rules.index.groups().chain(["plugins", "status"]).collect(),
            "plugins" => vec!["installed-plugins"],
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
            "plugins": {},
            "python-version": "3.12.1",
            "rq-workers-running": 0,
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

fn request_id() -> HeaderValue {
    HeaderValue::from_str(&tokens::random(32)).unwrap_or(HeaderValue::from_static("mock"))
}
