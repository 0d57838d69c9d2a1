//! Cable paths: their objects are of many kinds, and so are told by what these have in common. The same on all lines.

use super::table::object;

object! {
    /// An object of a cable path, in its short form: an interface or another port, a circuit termination, a power feed, a cable. `url` says which.
    PathNode {
        id: u64,
        url: String,
        display: String,
        name: Option<String>,
        label: Option<String>,
        description: Option<String>,
        device: Option<Box<PathParent>>,
        circuit: Option<Box<PathParent>>,
        term_side: Option<String>,
        cable: Option<Box<PathParent>>,
        _occupied: Option<bool>,
    }
}

object! {
    /// What an object of a cable path belongs to: a device, a circuit; or the cable at it.
    PathParent {
        id: u64,
        url: String,
        display: String,
        name: Option<String>,
        label: Option<String>,
        description: Option<String>,
    }
}

object! {
    /// A cable of a trace. `type` and `status` are values without labels.
    PathCable {
        id: u64,
        url: String,
        display_url: Option<String>,
        r#type: Option<String>,
        status: Option<String>,
        label: Option<String>,
        color: Option<String>,
        length: Option<f64>,
        length_unit: Option<String>,
        description: Option<String>,
    }
}

object! {
    /// A cable path that goes through a port or a termination.
    CablePath {
        id: u64,
        path: Vec<Vec<PathNode>>,
        is_active: Option<bool>,
        is_complete: Option<bool>,
        is_split: Option<bool>,
    }
}

/// A piece of a trace: the near ends, the cable between, the far ends.
pub type PathSegment = (Vec<PathNode>, Option<PathCable>, Vec<PathNode>);
