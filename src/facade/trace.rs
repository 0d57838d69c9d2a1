//! Where the cable at an interface or another port leads.

use std::fmt;

use http::Method;
use serde_json::Value;

use super::detail::Detail;
use super::record::Record;
use crate::error::{ErrorKind, Result};

/// A cable path from an end to the other, segment by segment: `interface.trace()`. Empty where nothing is connected.
///
/// `Display` draws it, a block a segment:
///
/// ```text
/// sw-1 · eth0
///   │ cable #9, mmf-om4, connected
/// panel-1 · front 4
///
/// panel-1 · rear 1
///   │ cable trunk-a, smf, 30 m, connected
/// panel-2 · rear 1
/// ```
#[derive(Debug, Clone)]
pub struct Trace {
    detail: Detail,
    segments: Vec<Segment>,
}

/// A piece of a [`Trace`]: what is at its ends, and the cable between.
#[derive(Debug, Clone)]
pub struct Segment {
    near_ends: Vec<Record>,
    cable: Option<Record>,
    far_ends: Vec<Record>,
}

impl Record {
    /// Follows the cable at an interface, a console, power or console server port, a power outlet or a power feed: `GET …/<id>/trace/`.
    /// Ports that a path goes through have [`paths`](Record::paths) in its place.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above: 404 for other objects.
    pub fn trace(&self) -> Result<Trace> {
        let detail = self.detail("trace");
        let response = detail.response(Method::GET)?;
        let segments: Vec<(Value, Value, Value)> = response.json()?;
        let end = |value: Value| match value {
            Value::Null => Ok(Vec::new()),
            Value::Array(ends) => ends.into_iter().map(|end| self.at_end(end)).collect(),
            _ => Err("an end is no list"),
        };
        let segment = |(near, cable, far): (Value, Value, Value)| {
            // Where there is no cable, releases say null or [].
            let cable = if cable.is_object() { Some(self.at_end(cable)?) } else { None };
            Ok(Segment { near_ends: end(near)?, cable, far_ends: end(far)? })
        };
        let segments = segments.into_iter().map(segment).collect::<Result<_, &str>>();
        let segments = segments.map_err(|reason| response.error(ErrorKind::Decode, format!("the trace does not fit: {reason}")))?;
        Ok(Trace { detail, segments })
    }

    /// An object of a path, which belongs to its own resource.
    fn at_end(&self, value: Value) -> Result<Record, &'static str> {
        match value {
            Value::Object(members) => Ok(self.endpoint().object(members)),
            _ => Err("an end is no object"),
        }
    }
}

impl Trace {
    /// The segments, from the near end on.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether nothing is connected.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// What the path ends at: the far ends of its last segment. None where it is empty or ends in the open.
    pub fn far_ends(&self) -> &[Record] {
        self.segments.last().map_or(&[], Segment::far_ends)
    }

    /// The path as the server draws it: `?render=svg`, a request of its own.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn svg(&self) -> Result<String> {
        self.detail.clone().with("render", "svg").text()
    }
}

impl Segment {
    /// Where it begins: several, where the cable has several ends.
    pub fn near_ends(&self) -> &[Record] {
        &self.near_ends
    }

    /// The cable, in part: `type`, `status`, `label`, `color`, `length`. None where the ends are joined without one.
    pub fn cable(&self) -> Option<&Record> {
        self.cable.as_ref()
    }

    /// Where it ends. None where it ends in the open.
    pub fn far_ends(&self) -> &[Record] {
        &self.far_ends
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.segments.is_empty() {
            return f.write_str("(no cable)");
        }
        for (index, segment) in self.segments.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            segment.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for end in &self.near_ends {
            writeln!(f, "{}", name_of(end))?;
        }
        match &self.cable {
            Some(cable) => write!(f, "  │ cable {}", describe(cable))?,
            None => f.write_str("  │ no cable")?,
        }
        for end in &self.far_ends {
            write!(f, "\n{}", name_of(end))?;
        }
        if self.far_ends.is_empty() {
            f.write_str("\n(open)")?;
        }
        Ok(())
    }
}

/// An end with what it is a part of. Circuit terminations name their circuit themselves.
fn name_of(end: &Record) -> String {
    match end.record("device").or_else(|| end.record("power_panel")) {
        Some(parent) => format!("{parent} · {end}"),
        None => end.to_string(),
    }
}

fn describe(cable: &Record) -> String {
    let mut parts = match cable.str("label") {
        Some(label) if !label.is_empty() => vec![label.to_owned()],
        _ => vec![format!("#{}", cable.key())],
    };
    // Choices come as their value, or with their label.
    let choice = |name: &str| cable.str(name).or_else(|| cable.str(&format!("{name}.value"))).filter(|text| !text.is_empty());
    parts.extend(choice("type").map(str::to_owned));
    if let Some(length) = cable.f64("length") {
        parts.push(format!("{length} {}", choice("length_unit").unwrap_or_default()).trim_end().to_owned());
    }
    parts.extend(choice("status").map(str::to_owned));
    parts.join(", ")
}
