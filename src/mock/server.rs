//! HTTP/1.1 on a loopback port: a thread for each connection.

use std::collections::HashMap;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version, header};

/// What a usual server in front of NetBox takes as the first line of a request.
const MAX_REQUEST_LINE: usize = 4094;
/// How many headers it takes, and how long each may be with the end of its line.
const MAX_HEADERS: usize = 100;
const MAX_HEADER: usize = 8190;
/// A bit more than all of this together.
const MAX_HEAD: usize = 1 << 20;

/// What is to be sent.
pub(super) enum Answer {
    Whole(Response<Vec<u8>>),
    /// Half of it, and then the end.
    Half(Response<Vec<u8>>),
    /// The end of the connection.
    Nothing,
}

/// A server that stops when it is dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    stopped: Arc<AtomicBool>,
    open: Arc<Mutex<HashMap<u64, TcpStream>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(port: u16, answer: impl Fn(Request<Vec<u8>>) -> Answer + Send + Sync + 'static) -> Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let (stopped, open) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(HashMap::new())));
        let (is_stopped, connections, answer) = (Arc::clone(&stopped), Arc::clone(&open), Arc::new(answer));
        let accept = move || {
            for (number, stream) in (0..).zip(listener.incoming()) {
                if is_stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                // Without this, small replies wait for the other side's acknowledgement.
                let _ = stream.set_nodelay(true);
                if let Ok(copy) = stream.try_clone() {
                    connections.lock().unwrap_or_else(PoisonError::into_inner).insert(number, copy);
                }
                let (open, answer) = (Open { number, connections: Arc::clone(&connections) }, Arc::clone(&answer));
                let serve = move || {
                    // Whatever ends a connection, the other side sees it.
                    let _ = Connection { stream, read: Vec::new() }.serve(&*answer);
                    drop(open);
                };
                let _ = thread::Builder::new().name("mock netbox connection".to_owned()).spawn(serve);
            }
        };
        let thread = thread::Builder::new().name("mock netbox".to_owned()).spawn(accept)?;
        Ok(Server { address, stopped, open, thread: Some(thread) })
    }
}

/// A connection that is served, until it is dropped: where its thread panics, too.
struct Open {
    number: u64,
    connections: Arc<Mutex<HashMap<u64, TcpStream>>>,
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(stream) = self.connections.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

struct Connection {
    stream: TcpStream,
    /// What was read and not used yet.
    read: Vec<u8>,
}

impl Connection {
    fn serve(&mut self, answer: &impl Fn(Request<Vec<u8>>) -> Answer) -> Result<()> {
        while let Some(head) = self.head()? {
            let request = match request(&head) {
                Ok(request) => request,
                Err(refused) => return self.write(&with_length(*refused, false), false),
            };
            let is_head = request.method() == Method::HEAD;
            let says = |name: HeaderName, word: &str| {
                request.headers().get_all(name).iter().any(|value| value.as_bytes().eq_ignore_ascii_case(word.as_bytes()))
            };
            let is_kept =
                !says(header::CONNECTION, "close") && (request.version() == Version::HTTP_11 || says(header::CONNECTION, "keep-alive"));
            let body = self.body(request.headers())?;
            match answer(request.map(|()| body)) {
                Answer::Whole(response) => self.write(&with_length(response, is_head), is_kept)?,
                Answer::Half(response) => {
                    let response = with_length(response, is_head);
                    let bytes = bytes(&response, false);
                    self.stream.write_all(&bytes[..bytes.len() - response.body().len().div_ceil(2)])?;
                    return self.stream.shutdown(Shutdown::Both);
                }
                Answer::Nothing => return self.stream.shutdown(Shutdown::Both),
            }
            if !is_kept {
                return Ok(());
            }
        }
        Ok(())
    }

    fn write(&mut self, response: &Response<Vec<u8>>, is_kept: bool) -> Result<()> {
        self.stream.write_all(&bytes(response, is_kept))
    }

    /// The lines of a request up to the empty one. `None` at the end of the connection.
    fn head(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                return Ok(Some(self.read.drain(..end + 4).collect()));
            }
            if self.read.len() > MAX_HEAD {
                return Err(Error::new(ErrorKind::InvalidData, "the head of a request has no end"));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// The body that the headers announce. One in chunks is read and is empty: so Django gets it.
    fn body(&mut self, headers: &HeaderMap) -> Result<Vec<u8>> {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_chunked = text(header::TRANSFER_ENCODING).eq_ignore_ascii_case("chunked");
        let length: usize = text(header::CONTENT_LENGTH).parse().unwrap_or(0);
        if (is_chunked || length > 0) && text(header::EXPECT).eq_ignore_ascii_case("100-continue") {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        if !is_chunked {
            return self.take(length);
        }
        loop {
            let line = self.line()?;
            let size = std::str::from_utf8(&line).ok().and_then(|line| usize::from_str_radix(line.split(';').next()?.trim(), 16).ok());
            let size = size.ok_or_else(|| Error::new(ErrorKind::InvalidData, "a chunk has no size"))?;
            if size == 0 {
                // Trailers, up to an empty line.
                while !self.line()?.is_empty() {}
                return Ok(Vec::new());
            }
            self.take(size)?;
            self.line()?;
        }
    }

    fn line(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(end) = self.read.windows(2).position(|bytes| bytes == b"\r\n") {
                let line = self.take(end)?;
                self.take(2)?;
                return Ok(line);
            }
            if self.read.len() > MAX_HEAD || !self.fill()? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.read.len() < length {
            if !self.fill()? {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.read.drain(..length).collect())
    }

    /// Whether more came.
    fn fill(&mut self) -> Result<bool> {
        let mut bytes = [0; 1 << 14];
        let count = self.stream.read(&mut bytes)?;
        self.read.extend_from_slice(&bytes[..count]);
        Ok(count > 0)
    }
}

/// The page that a request gets which is too large for the server in front of NetBox: by the length of its first line, and those of its headers.
pub(super) fn oversized(line: usize, headers: impl Iterator<Item = usize>) -> Option<Response<Vec<u8>>> {
    if line > MAX_REQUEST_LINE {
        return Some(page(StatusCode::BAD_REQUEST, &format!("Request Line is too large ({line} &gt; {MAX_REQUEST_LINE})")));
    }
    let wrong = headers.enumerate().find_map(|(place, length)| match length {
        _ if place >= MAX_HEADERS => Some("limit request headers fields"),
        _ if length > MAX_HEADER => Some("limit request headers fields size"),
        _ => None,
    })?;
    Some(page(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, &format!("Error parsing headers: &#x27;{wrong}&#x27;")))
}

/// A page of the server in front of NetBox.
fn page(status: StatusCode, why: &str) -> Response<Vec<u8>> {
    let title = status.canonical_reason().unwrap_or_default();
    let page = format!(
        "<html>\n  <head>\n    <title>{title}</title>\n  </head>\n  <body>\n    <h1><p>{title}</p></h1>\n    {why}\n  </body>\n</html>\n"
    );
    let mut response = Response::new(page.into_bytes());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// The request that some lines make, or the reply to lines that make none.
fn request(head: &[u8]) -> std::result::Result<Request<()>, Box<Response<Vec<u8>>>> {
    let bad = |why: String| Box::new(page(StatusCode::BAD_REQUEST, &why));
    let mut lines = head.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::len);
    let line = lines.next().unwrap_or(0).saturating_sub(2);
    // The empty line at the end is no header.
    if let Some(refused) = oversized(line, lines.filter(|length| *length > 2)) {
        return Err(Box::new(refused));
    }
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let complete = parsed.parse(head).map_err(|error| bad(error.to_string()))?;
    let (Some(method), Some(path), true) = (parsed.method, parsed.path, complete.is_complete()) else {
        return Err(bad("Invalid request".to_owned()));
    };
    let version = if parsed.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
    let mut request = Request::builder().method(method).uri(path).version(version);
    for header in parsed.headers.iter() {
        request = request.header(header.name, header.value);
    }
    let request = request.body(()).map_err(|error| bad(error.to_string()))?;
    let lengths: Vec<&[u8]> = request.headers().get_all(header::CONTENT_LENGTH).iter().map(HeaderValue::as_bytes).collect();
    let is_number = |length: &[u8]| {
        length.iter().all(u8::is_ascii_digit) && std::str::from_utf8(length).is_ok_and(|text| text.parse::<usize>().is_ok())
    };
    if lengths.len() > 1 || !lengths.iter().all(|length| is_number(length)) {
        return Err(bad("Invalid HTTP Header: &#x27;CONTENT-LENGTH&#x27;".to_owned()));
    }
    Ok(request)
}

/// A reply with the length of its body, which is left out where the head alone is asked for.
pub(super) fn with_length(mut response: Response<Vec<u8>>, is_head: bool) -> Response<Vec<u8>> {
    if response.status() != StatusCode::NO_CONTENT {
        let length = HeaderValue::from(response.body().len());
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    if is_head {
        response.body_mut().clear();
    }
    response
}

fn bytes(response: &Response<Vec<u8>>, is_kept: bool) -> Vec<u8> {
    let status = response.status();
    let mut bytes =
        format!("HTTP/1.1 {} {}\r\nServer: mock\r\n", status.as_u16(), status.canonical_reason().unwrap_or_default()).into_bytes();
    let connection = if is_kept { "keep-alive" } else { "close" };
    bytes.extend(format!("Date: {}\r\nConnection: {connection}\r\n", httpdate::fmt_http_date(SystemTime::now())).bytes());
    for (name, value) in response.headers() {
        bytes.extend(name.as_str().bytes());
        bytes.extend(b": ");
        bytes.extend(value.as_bytes());
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"\r\n");
    bytes.extend(response.body());
    bytes
}
