//! GraphQL.

use http::{Request, Response};

use super::refusal::Refusal;
use super::rules::Rules;
use super::store::Store;

pub(super) fn answer(_rules: &Rules, _store: &Store, _request: &Request<Vec<u8>>, _origin: &str) -> Response<Vec<u8>> {
    Refusal::not_implemented("GraphQL").into_response()
}
