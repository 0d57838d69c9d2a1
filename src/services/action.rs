//! The actions that resources have in common, and which of them one offers.

use super::body::Body;
use crate::schema::{Method, ResourceSchema};

#[derive(Debug)]
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) method: Method,
    is_of_object: bool,
    pub(super) body: Body,
}

const ACTIONS: [Action; 11] = [
    Action { name: "list", method: Method::Get, is_of_object: false, body: Body::None },
    Action { name: "get", method: Method::Get, is_of_object: true, body: Body::None },
    Action { name: "create", method: Method::Post, is_of_object: false, body: Body::One },
    Action { name: "update", method: Method::Put, is_of_object: true, body: Body::One },
    Action { name: "patch", method: Method::Patch, is_of_object: true, body: Body::One },
    Action { name: "delete", method: Method::Delete, is_of_object: true, body: Body::None },
    Action { name: "bulk-create", method: Method::Post, is_of_object: false, body: Body::Many },
    Action { name: "bulk-update", method: Method::Put, is_of_object: false, body: Body::ManyWithIds },
    Action { name: "bulk-patch", method: Method::Patch, is_of_object: false, body: Body::ManyWithIds },
    Action { name: "bulk-delete", method: Method::Delete, is_of_object: false, body: Body::Ids },
    Action { name: "run", method: Method::Post, is_of_object: true, body: Body::One },
];

impl Action {
    /// Those that a resource offers.
    pub(super) fn offered_by(schema: &ResourceSchema) -> impl Iterator<Item = &'static Action> {
        ACTIONS.iter().filter(|action| {
            let of_list = schema.list.contains(&action.method);
            match action.body {
                Body::None | Body::One if action.is_of_object => schema.object.contains(&action.method) || is_single(schema) && of_list,
                Body::None | Body::One => of_list,
                // What can only be made one by one has no other bulk writes either.
                Body::Many => of_list && schema.list.len() > 2,
                Body::ManyWithIds | Body::Ids => of_list && !is_single(schema),
            }
        })
    }

    pub(super) fn is_known(name: &str) -> bool {
        ACTIONS.iter().any(|action| action.name == name)
    }

    pub(super) fn needs_id(&self, schema: &ResourceSchema) -> bool {
        self.is_of_object && !is_single(schema)
    }

    /// The action of the same method with the other kind of target: `delete` and `bulk-delete`, `get` and `list`.
    pub(super) fn counterpart(&self, schema: &ResourceSchema) -> Option<&'static Action> {
        Action::offered_by(schema).find(|action| action.method == self.method && action.name != self.name)
    }
}

/// Whether it is one thing and no list, as `users/config` and `extras/dashboard`.
fn is_single(schema: &ResourceSchema) -> bool {
    schema.object.is_empty() && !schema.list.contains(&Method::Post)
}
