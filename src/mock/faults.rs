//! What goes wrong, when it is to go wrong.

use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode, header};

/// Something that goes wrong with a request: once, and with the first one, where nothing else is said.
///
/// ```
/// use netbox_sdk::mock::Fault;
///
/// let second_page_of_devices = Fault::bad_gateway().on_path("/api/dcim/devices/").on_request(2);
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    pub(super) kind: Kind,
    path: Option<String>,
    first: usize,
    times: usize,
    seen: usize,
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
        Fault { kind, path: None, first: 1, times: 1, seen: 0 }
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

    /// A proxy answers 503 with `Retry-After` in whole seconds, and nothing is done.
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

    /// Before the request another user sends this one, whatever its token is. What it is answered is seen by nobody, and it is not in the journal.
    pub fn other_user(request: Request<Vec<u8>>) -> Fault {
        Fault::new(Kind::OtherUser(Box::new(request)))
    }

    /// Only requests whose path begins so, as `/api/dcim/devices/`.
    #[must_use]
    pub fn on_path(mut self, path: impl Into<String>) -> Fault {
        self.path = Some(path.into());
        self
    }

    /// Only from the n-th request on, of those that fit. 1 is the first one, counted from when the fault is set.
    #[must_use]
    pub fn on_request(mut self, number: usize) -> Fault {
        self.first = number;
        self
    }

    /// As often as this.
    #[must_use]
    pub fn times(mut self, times: usize) -> Fault {
        self.times = times;
        self
    }

    /// Counts a request, and says whether the fault is for it. Whether the same one was answered before counts for stale replies alone.
    pub(super) fn strikes(&mut self, path: &str, was_answered: bool) -> bool {
        let is_other_path = self.path.as_deref().is_some_and(|wanted| !path.starts_with(wanted));
        if is_other_path || matches!(self.kind, Kind::Stale) && !was_answered {
            return false;
        }
        self.seen += 1;
        self.seen >= self.first && self.seen < self.first.saturating_add(self.times)
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
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(time.as_secs()));
    }
    response
}
