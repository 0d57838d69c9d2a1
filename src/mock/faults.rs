//! What goes wrong, when it is to go wrong.

use std::time::Duration;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};

/// Something that goes wrong with a request: once, and with the first one, where nothing else is said.
///
/// ```
/// use netbox_sdk::{http::Method, mock::Fault};
///
/// let second_page_of_devices = Fault::bad_gateway().on_path("dcim/devices/").on_request(2);
/// let lost_reply_to_a_write = Fault::drop_before_reply().on_method(Method::PATCH);
/// ```
///
/// A request gets one reply: of several faults that change it the first strikes, and the others wait for the next request. A delay and another user's write go with any of them.
/// [`NetBox::pending_faults`](super::NetBox::pending_faults) are those that are still to happen, so that a test can say that its own did.
#[derive(Debug, Clone)]
pub struct Fault {
    pub(super) kind: Kind,
    path: Option<String>,
    method: Option<Method>,
    first: usize,
    times: usize,
    seen: usize,
    refusal: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Delay(Duration),
    DropRequest,
    DropBeforeReply,
    DropWithinReply,
    Reply(StatusCode, Option<Duration>),
    Html,
    Truncated,
    Stale,
    OtherUser(Box<Request<Vec<u8>>>),
}

impl Fault {
    fn new(kind: Kind) -> Fault {
        Fault { kind, path: None, method: None, first: 1, times: 1, seen: 0, refusal: None }
    }

    /// The reply comes this much later.
    pub fn delay(time: Duration) -> Fault {
        Fault::new(Kind::Delay(time))
    }

    /// The connection is closed when the request is there, and nothing is done.
    pub fn drop_request() -> Fault {
        Fault::new(Kind::DropRequest)
    }

    /// What was asked is done, and the connection is closed without a reply.
    pub fn drop_before_reply() -> Fault {
        Fault::new(Kind::DropBeforeReply)
    }

    /// What was asked is done, and the connection is closed in the middle of the reply: before it, where the reply has no body.
    pub fn drop_within_reply() -> Fault {
        Fault::new(Kind::DropWithinReply)
    }

    /// A proxy answers 502 with a page of HTML, and nothing is done.
    pub fn bad_gateway() -> Fault {
        Fault::new(Kind::Reply(StatusCode::BAD_GATEWAY, None))
    }

    /// A proxy answers 503 with `Retry-After` in whole seconds, rounded up, and nothing is done.
    pub fn unavailable(retry_after: Duration) -> Fault {
        Fault::new(Kind::Reply(StatusCode::SERVICE_UNAVAILABLE, Some(retry_after)))
    }

    /// The reply is a page of HTML with status 200, as from a login page, and nothing is done.
    pub fn html() -> Fault {
        Fault::new(Kind::Html)
    }

    /// What was asked is done, and the body of the reply ends in its middle, though HTTP says that it is whole. Where it has no body the connection is closed.
    pub fn truncated() -> Fault {
        Fault::new(Kind::Truncated)
    }

    /// A GET gets the reply that the same one got before, with the same query and the same token, as from a cache on the way, and nothing is asked.
    /// One that got none yet is answered as usual, and the fault is left for the next.
    pub fn stale() -> Fault {
        Fault::new(Kind::Stale)
    }

    /// Before the request another user sends this one, with the whole path and its last slash, and without a token: it is given one. It is not in the journal. Where it is refused nothing has changed, and the
    /// fault stays one of the [`NetBox::pending_faults`](super::NetBox::pending_faults), with its [`refusal`](Fault::refusal).
    ///
    /// ```
    /// use netbox_sdk::{http::Request, mock::Fault};
    ///
    /// let rename = Request::patch("/api/dcim/sites/1/").body(br#"{"name": "Paris"}"#.to_vec())?;
    /// let between_two_pages = Fault::other_user(rename).on_path("dcim/devices/").on_request(2);
    /// # Ok::<(), netbox_sdk::http::Error>(())
    /// ```
    pub fn other_user(request: Request<Vec<u8>>) -> Fault {
        Fault::new(Kind::OtherUser(Box::new(request)))
    }

    /// Only requests whose path begins so, as `/api/dcim/devices/`. Without a leading slash it is below `/api/`, as it is for a client: `dcim/devices/`. A query is not
    /// part of it, and `dcim/devices/1` is the begin of `dcim/devices/10/`, too.
    #[must_use]
    pub fn on_path(mut self, path: impl Into<String>) -> Fault {
        let path = path.into();
        self.path = Some(if path.starts_with('/') { path } else { format!("/api/{}", path.strip_prefix("api/").unwrap_or(&path)) });
        self
    }

    /// Only requests with this method.
    #[must_use]
    pub fn on_method(mut self, method: Method) -> Fault {
        self.method = Some(method);
        self
    }

    /// Only from the n-th request on, of those that fit. 1 is the first one, counted from when the fault is set.
    #[must_use]
    pub fn on_request(mut self, number: usize) -> Fault {
        self.first = number.max(1);
        self
    }

    /// As often as this.
    #[must_use]
    pub fn times(mut self, times: usize) -> Fault {
        self.times = times;
        self
    }

    /// What the other user's request was refused with, the last time that it was.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    /// Whether another fault of the kind cannot strike the same request: a request gets one reply, or none.
    pub(super) fn ends(&self) -> bool {
        !matches!(self.kind, Kind::Delay(_) | Kind::OtherUser(_))
    }

    /// Counts a request, and says whether the fault is for it. Whether the same one was answered before counts for stale replies alone; one that has its end already is left out.
    pub(super) fn strikes(&mut self, request: &Request<Vec<u8>>, was_answered: bool, has_end: bool) -> bool {
        let is_other_path = self.path.as_deref().is_some_and(|wanted| !request.uri().path().starts_with(wanted));
        let is_other_method = self.method.as_ref().is_some_and(|wanted| wanted != request.method());
        if is_other_path || is_other_method || matches!(self.kind, Kind::Stale) && !was_answered {
            return false;
        }
        if has_end && self.ends() && self.seen + 1 >= self.first {
            return false;
        }
        self.seen += 1;
        self.seen >= self.first && self.seen < self.first.saturating_add(self.times)
    }

    /// Keeps how another user's request was answered, where it was refused.
    pub(super) fn answered(&mut self, request: &Request<Vec<u8>>, response: &Response<Vec<u8>>) {
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            let body = String::from_utf8_lossy(response.body());
            self.refusal = Some(format!("{} {} was refused with {}: {body}", request.method(), request.uri(), status.as_u16()));
        }
    }

    /// Whether it is still to happen, for the first time or once more.
    pub(super) fn is_pending(&self) -> bool {
        self.seen.saturating_add(1) < self.first.saturating_add(self.times) || self.refusal.is_some()
    }
}

/// What stands between NetBox and its clients answers.
pub(super) fn of_proxy(status: StatusCode, retry_after: Option<Duration>) -> Response<Vec<u8>> {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let mut response =
        Response::new(format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n").into_bytes());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    if let Some(time) = retry_after {
        let seconds = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
