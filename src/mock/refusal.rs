//! Refusals, in the shapes that NetBox gives them.

use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::store::Row;

/// A reply to something that was not done.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
    /// Whether it is a page of the web interface, not JSON.
    is_html: bool,
    etag: Option<String>,
}

pub(super) type Outcome<T> = std::result::Result<T, Refusal>;

impl Refusal {
    pub(super) fn new(status: StatusCode, body: Value) -> Refusal {
        Refusal { status, body, is_html: false, etag: None }
    }

    pub(super) fn detail(status: StatusCode, detail: impl Into<String>) -> Refusal {
        Refusal::new(status, json!({"detail": detail.into()}))
    }

    pub(super) fn forbidden(detail: &str) -> Refusal {
        Refusal::detail(StatusCode::FORBIDDEN, detail)
    }

    pub(super) fn bad_request(body: Value) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, body)
    }

    /// What a path that no view has gets, whatever it accepts.
    pub(super) fn page_not_found() -> Refusal {
        Refusal {
            is_html: true,
            ..Refusal::new(
                StatusCode::NOT_FOUND,
                json!("<!DOCTYPE html>\n<html><head><title>Page Not Found</title></head><body><h1>Page Not Found</h1></body></html>\n"),
            )
        }
    }

    pub(super) fn method_not_allowed(method: &http::Method) -> Refusal {
        Refusal::detail(StatusCode::METHOD_NOT_ALLOWED, format!("Method \"{method}\" not allowed."))
    }

    /// What a real NetBox does and the mock does not.
    pub(super) fn not_implemented(what: impl std::fmt::Display) -> Refusal {
        Refusal::detail(StatusCode::NOT_IMPLEMENTED, format!("The mock of NetBox has no {what}."))
    }

    /// What Django makes of an exception that nobody catches.
    pub(super) fn of_exception(version: &str, exception: &str, error: &str) -> Refusal {
        let body = json!({"error": error, "exception": exception, "netbox_version": version, "python_version": "3.12.1"});
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, body)
    }

    pub(super) fn with_etag(self, etag: &str) -> Refusal {
        Refusal { etag: Some(etag.to_owned()), ..self }
    }

    pub(super) fn into_parts(self) -> (StatusCode, Value) {
        (self.status, self.body)
    }

    pub(super) fn into_response(self) -> Response<Vec<u8>> {
        let (kind, body) = match self.body {
            Value::String(page) if self.is_html => ("text/html; charset=utf-8", page.into_bytes()),
            body => ("application/json", body.to_string().into_bytes()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
        if let Some(etag) = self.etag.and_then(|etag| etag.parse().ok()) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

/// The errors of one object by field, or under `__all__`.
pub(super) type Errors = Row;

/// Errors that belong to no field.
pub(super) fn of_all(messages: &[String]) -> Errors {
    Errors::from_iter([("__all__".to_owned(), json!(messages))])
}
