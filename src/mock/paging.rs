//! Pages of a list: by offset, or by the id that a page starts with.

use serde_json::{Value, json};

use super::parameters::Parameters;
use super::refusal::{Outcome, Refusal};

/// How many rows a page has where nothing is said.
const DEFAULT_LIMIT: usize = 50;

/// Which rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Offset {
        limit: usize,
        offset: usize,
    },
    /// From this id on, by rising ids.
    Start {
        limit: usize,
        start: u64,
    },
}

/// How many are wanted at most.
pub(super) fn limit(parameters: &Parameters, page_max: usize) -> usize {
    let most = if page_max == 0 { usize::MAX } else { page_max };
    match number(parameters, "limit") {
        Some(0) => most,
        Some(limit) => limit.min(most),
        None => DEFAULT_LIMIT.min(most),
    }
}

fn number(parameters: &Parameters, name: &str) -> Option<usize> {
    counting(parameters.last(name)?.trim())
}

/// A number that is not negative. Any above what can be counted is the highest one.
fn counting(text: &str) -> Option<usize> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(usize::MAX))
}

impl Page {
    /// Bad limits and offsets do not count, and a limit above the most is cut without a word. A cursor must be right.
    pub(super) fn wanted(parameters: &Parameters, page_max: usize, has_cursor: bool) -> Outcome<Page> {
        let limit = limit(parameters, page_max);
        let refused = |message: &str| Refusal::bad_request(json!([message]));
        match parameters.last("start").filter(|_| has_cursor) {
            None => Ok(Page::Offset { limit, offset: number(parameters, "offset").unwrap_or(0) }),
            Some(_) if parameters.last("offset").is_some() => Err(refused("'start' and 'offset' are mutually exclusive.")),
            Some(_) if parameters.has("ordering") => {
                Err(refused("Ordering cannot be specified in conjunction with cursor-based pagination."))
            }
            Some(start) => match counting(start) {
                Some(start) => Ok(Page::Start { limit, start: start as u64 }),
                None => Err(refused("Invalid 'start' parameter: must be a non-negative integer.")),
            },
        }
    }

    /// The ids of the page, of all that fit in their order.
    pub(super) fn cut(self, mut ids: Vec<u64>) -> Vec<u64> {
        match self {
            Page::Offset { limit, offset } => ids.into_iter().skip(offset).take(limit).collect(),
            Page::Start { limit, start } => {
                ids.retain(|id| *id >= start);
                ids.sort_unstable();
                ids.truncate(limit);
                ids
            }
        }
    }

    /// The body of the page. `url` is that of the list, without a query.
    pub(super) fn body(self, url: &str, parameters: &Parameters, count: usize, ids: &[u64], results: Vec<Value>) -> Value {
        let link = |limit: usize, name: &str, value: Option<String>| {
            format!("{url}?{}", parameters.with(&[("limit", Some(limit.to_string())), (name, value)]))
        };
        match self {
            Page::Offset { limit, offset } => {
                let next = (limit < count.saturating_sub(offset)).then(|| link(limit, "offset", Some((offset + limit).to_string())));
                let previous = (offset > 0).then(|| link(limit, "offset", (offset > limit).then(|| (offset - limit).to_string())));
                json!({"count": count, "next": next, "previous": previous, "results": results})
            }
            Page::Start { limit, .. } => {
                // A full page has a next one, be it empty.
                let next = ids.last().filter(|_| ids.len() == limit).map(|last| link(limit, "start", Some((last + 1).to_string())));
                json!({"count": null, "next": next, "previous": null, "results": results})
            }
        }
    }
}
