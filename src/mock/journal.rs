//! What arrived, and how reads were answered.

use std::collections::{HashMap, VecDeque};

use http::{HeaderValue, Method, Request, Response, header};

#[derive(Debug)]
pub(super) struct Journal {
    /// How many requests are kept.
    most: usize,
    /// The number of the first that is.
    first: u64,
    requests: VecDeque<Request<Vec<u8>>>,
    /// The latest reply to each read, with the number of its request.
    replies: HashMap<Read, (u64, Response<Vec<u8>>)>,
}

/// Path and query of a GET, and who sends it.
type Read = (String, Option<HeaderValue>);

impl Journal {
    pub(super) fn of(most: usize) -> Journal {
        Journal { most, first: 0, requests: VecDeque::new(), replies: HashMap::new() }
    }

    /// Keeps a request, and gives its number.
    pub(super) fn add(&mut self, request: Request<Vec<u8>>) -> u64 {
        let number = self.first + self.requests.len() as u64;
        self.requests.push_back(request);
        if self.requests.len() > self.most {
            self.forget();
        }
        number
    }

    /// Forgets the oldest request, and the reply to it where that is the latest.
    fn forget(&mut self) {
        if let Some(read) = self.requests.pop_front().as_ref().and_then(read) {
            if self.replies.get(&read).is_some_and(|(number, _)| *number == self.first) {
                self.replies.remove(&read);
            }
        }
        self.first += 1;
    }

    pub(super) fn requests(&self) -> Vec<Request<Vec<u8>>> {
        self.requests.iter().cloned().collect()
    }

    /// The latest reply that went out to the same read.
    pub(super) fn reply(&self, request: &Request<Vec<u8>>) -> Option<&Response<Vec<u8>>> {
        self.replies.get(&read(request)?).map(|(_, response)| response)
    }

    /// Keeps the reply to a request, while the request is kept.
    pub(super) fn answered(&mut self, number: u64, request: &Request<Vec<u8>>, response: &Response<Vec<u8>>) {
        if let Some(read) = read(request).filter(|_| number >= self.first) {
            self.replies.insert(read, (number, response.clone()));
        }
    }

    pub(super) fn clear(&mut self) {
        self.first += self.requests.len() as u64;
        self.requests.clear();
        self.replies.clear();
    }
}

fn read(request: &Request<Vec<u8>>) -> Option<Read> {
    let target = request.uri().path_and_query().filter(|_| *request.method() == Method::GET)?;
    Some((target.to_string(), request.headers().get(header::AUTHORIZATION).cloned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_with_the_replies_to_them() {
        let mut journal = Journal::of(2);
        let get = |path: &str| Request::get(path).body(Vec::new()).unwrap();
        for (path, reply) in [("/a", "1"), ("/b", "2"), ("/a", "3"), ("/c", "4")] {
            let number = journal.add(get(path));
            journal.answered(number, &get(path), &Response::new(reply.into()));
        }
        let reply = |journal: &Journal, path: &str| journal.reply(&get(path)).map(|reply| reply.body().clone());
        assert_eq!(journal.requests().iter().map(|request| request.uri().path()).collect::<Vec<_>>(), ["/a", "/c"]);
        assert_eq!(["/a", "/b", "/c"].map(|path| reply(&journal, path)), [Some(b"3".to_vec()), None, Some(b"4".to_vec())]);
        let late = journal.add(get("/d"));
        journal.clear();
        journal.answered(late, &get("/d"), &Response::new(Vec::new()));
        assert_eq!((journal.requests().len(), reply(&journal, "/d")), (0, None));
        let mut none = Journal::of(0);
        let number = none.add(get("/a"));
        none.answered(number, &get("/a"), &Response::new(Vec::new()));
        assert_eq!((none.requests().len(), reply(&none, "/a")), (0, None));
    }
}
