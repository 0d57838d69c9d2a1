//! Keeps the secrets of a request's head from ureq, which logs at trace each byte that it writes.
//!
//! ureq gets the head without sensitive headers and with secret parameters replaced. The real request line and these headers are put in
//! when the head is handed to the connection.

use std::cell::RefCell;

use http::{Request, Uri};
use ureq::Error;

use crate::query::Query;
use crate::redact::is_secret_name;

const LINE_END: &[u8] = b"\r\n";

thread_local! {
    /// What the next head lacks that is sent. A call runs on one thread from its start to its end.
    static LACKING: RefCell<Option<Lacking>> = const { RefCell::new(None) };
}

/// What ureq does not know of a head.
pub(super) struct Lacking {
    /// The request line, where it differs.
    line: Option<String>,
    /// Whole lines of headers.
    headers: Vec<u8>,
}

impl Lacking {
    /// Takes the secrets out of a head.
    pub(super) fn take_from(request: &mut Request<()>) -> Lacking {
        let (secret, open): (Vec<_>, Vec<_>) =
            request.headers().iter().map(|(name, value)| (name.clone(), value.clone())).partition(|(_, value)| value.is_sensitive());
        *request.headers_mut() = open.into_iter().collect();
        let lines = secret.iter().map(|(name, value)| [name.as_str().as_bytes(), b": ", value.as_bytes(), LINE_END].concat());
        Lacking { line: hide_parameters(request), headers: lines.collect::<Vec<_>>().concat() }
    }

    /// Makes the head whole that stands at the beginning of the output. Returns its new length.
    fn put_into(self, output: &mut [u8], length: usize) -> Result<usize, Error> {
        let head = &output[..length];
        let end = head.windows(LINE_END.len()).position(|pair| pair == LINE_END).unwrap_or(length);
        let line = self.line.as_deref().map_or(&head[..end], str::as_bytes);
        let whole = [line, LINE_END, &self.headers, &head[(end + LINE_END.len()).min(length)..]].concat();
        let room = output.get_mut(..whole.len()).ok_or_else(|| Error::Other("the head of the request is too large".into()))?;
        room.copy_from_slice(&whole);
        Ok(whole.len())
    }
}

/// Replaces the values of secret parameters, and gives the request line as it has to be.
fn hide_parameters(request: &mut Request<()>) -> Option<String> {
    let uri = request.uri();
    let query = Query::parse(uri.query()?).ok()?;
    if !query.iter().any(|(name, _)| is_secret_name(name)) {
        return None;
    }
    let line = format!("{} {} HTTP/1.1", request.method(), uri.path_and_query()?);
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(format!("{}?{}", uri.path(), query.without_secrets()).parse().ok()?);
    *request.uri_mut() = Uri::from_parts(parts).ok()?;
    Some(line)
}

/// Makes a call whose head lacks something.
pub(super) fn with<T>(lacking: Lacking, call: impl FnOnce() -> T) -> T {
    // A body that is read from another call's reply makes calls of its own.
    let outer = LACKING.replace(Some(lacking));
    let outcome = call();
    LACKING.set(outer);
    outcome
}

/// Makes a connection: nothing of the request goes to a proxy on the way.
pub(super) fn while_dialling<T>(dial: impl FnOnce() -> T) -> T {
    let lacking = LACKING.take();
    let outcome = dial();
    LACKING.set(lacking);
    outcome
}

/// Puts what is lacking into the output, where that is the head of a request. Returns how many bytes it has then.
pub(super) fn complete(output: &mut [u8], length: usize) -> Result<usize, Error> {
    match LACKING.take() {
        Some(lacking) => lacking.put_into(output, length),
        None => Ok(length),
    }
}
