//! What a NetBox offers: groups, resources, paths, filters and fields, for each release line. Plain data.

mod bundled;
mod index;
mod line;
mod openapi;
mod suggest;

pub use bundled::build_schema_index;
pub use index::{Field, Filter, Kind, Method, ResourceSchema, SchemaIndex, Target};
pub use line::{ReleaseLine, describe_supported_versions};
pub(crate) use suggest::{did_you_mean, listed, nearest};
