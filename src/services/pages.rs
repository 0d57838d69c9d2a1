//! A whole list at once.

use http::Method;
use serde_json::Value;

use super::resolve::ResolvedRequest;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::facade::Api;

/// How many objects [`list_all_pages`] should take where a user says nothing else.
pub const DEFAULT_MAX_RECORDS: u64 = 10_000;

/// All objects of a list, read page by page as [`Api`] does: by id, so that nothing is lost or repeated while others write, where the request says nothing of an `ordering` or `offset`. Its
/// `limit` is the size of a page. With `fields` the `id` comes along, which that needs.
///
/// # Errors
/// [`ErrorKind::TooLarge`] where there are more than `max_records`, by the first page if the server says how many: the answer is whole or none. A request that is no `GET`, before anything
/// is sent. No reply, a status of 400 and above, a reply that is no list.
pub fn list_all_pages(client: &Client, request: &ResolvedRequest, max_records: u64) -> Result<Vec<Value>> {
    if request.method != Method::GET {
        return Err(Error::invalid_request(format!("{} {} reads no list", request.method, request.path)));
    }
    let mut list = Api::new(client.clone()).endpoint(&request.path).filter(request.query.clone());
    if request.query.get_all("fields").any(|names| !names.trim().is_empty()) {
        list = list.fields::<&str>([]);
    }
    let mut records = list.select::<Value>().into_iter();
    let mut all = Vec::new();
    while let Some(record) = records.next() {
        all.push(record?);
        let count = records.progress().total.unwrap_or(0).max(all.len() as u64);
        if count > max_records {
            let at_least = if records.progress().total.is_some() { "" } else { "at least " };
            let message =
                format!("the list of {} has {at_least}{count} objects, more than the {max_records} that are allowed", request.path);
            return Err(Error::new(ErrorKind::TooLarge, message).with_hint("Narrow it by filters, or allow more").sent(true));
        }
    }
    Ok(all)
}
