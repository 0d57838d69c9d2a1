//! What arrived, and how reads were answered.

use std::collections::HashMap;

use http::{HeaderValue, Method, Request, Response, header};

#[derive(Debug, Default)]
pub(super) struct Journal {
    requests: Vec<Request<Vec<u8>>>,
    /// The latest reply to each read.
    replies: HashMap<Read, Response<Vec<u8>>>,
}

/// Path and query of a GET, and who sends it.
type Read = (String, Option<HeaderValue>);

impl Journal {
    pub(super) fn add(&mut self, request: Request<Vec<u8>>) {
        self.requests.push(request);
    }

    pub(super) fn requests(&self) -> Vec<Request<Vec<u8>>> {
        self.requests.clone()
    }

    /// The latest reply that went out to the same read.
    pub(super) fn reply(&self, request: &Request<Vec<u8>>) -> Option<&Response<Vec<u8>>> {
        self.replies.get(&read(request)?)
    }

    pub(super) fn answered(&mut self, request: &Request<Vec<u8>>, response: &Response<Vec<u8>>) {
        if let Some(read) = read(request) {
            self.replies.insert(read, response.clone());
        }
    }

    pub(super) fn clear(&mut self) {
        self.requests.clear();
        self.replies.clear();
    }
}

fn read(request: &Request<Vec<u8>>) -> Option<Read> {
    let target = request.uri().path_and_query().filter(|_| *request.method() == Method::GET)?;
    Some((target.to_string(), request.headers().get(header::AUTHORIZATION).cloned()))
}
