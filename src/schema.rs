//! What a NetBox offers: groups, resources, paths, filters and fields, for each release line. Plain data.

mod bundled;
mod ignored;
mod index;
#[cfg(feature = "cache")]
mod kept;
mod line;
mod openapi;
mod suggest;

pub use bundled::build_schema_index;
#[cfg(feature = "mock")]
pub(crate) use bundled::bundled;
#[cfg(any(feature = "typed", feature = "mock"))]
pub(crate) use bundled::unpacked;
pub(crate) use ignored::{boolean, ignored};
pub use index::{Field, Filter, Kind, Method, ResourceSchema, SchemaIndex, Target};
#[cfg(feature = "cache")]
pub(crate) use kept::Installation;
pub use line::{ReleaseLine, describe_supported_versions};
pub(crate) use suggest::{did_you_mean, listed, nearest};
