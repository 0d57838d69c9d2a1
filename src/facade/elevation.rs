//! What is mounted in a rack, unit by unit.

use super::detail::Detail;
use super::filters::FilterValue;
use super::record::Record;
use super::records::Records;
use crate::error::Result;

/// The units of a rack, as `rack.elevation()`: iterate over them, or have them drawn.
///
/// A unit is a [`Record`] with `name`, `face`, `device`, `occupied`. Half units have ids like 42.5: see [`Record::key`].
///
/// ```no_run
/// # let nb = netbox_sdk::Api::from_env()?;
/// let rack = nb.dcim().racks().get(1)?.expect("it exists");
/// for unit in rack.elevation().face("rear") {
///     let unit = unit?;
///     println!("{unit}: {}", unit.str("device.name").unwrap_or("free"));
/// }
/// let svg: String = rack.elevation().unit_width(300).svg()?;
/// # Ok::<(), netbox_sdk::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "an elevation is fetched when it is iterated or drawn"]
pub struct Elevation(Detail);

impl Record {
    /// The units of a rack: `GET …/<id>/elevation/`.
    pub fn elevation(&self) -> Elevation {
        Elevation(self.detail("elevation"))
    }
}

impl Elevation {
    /// Which side: `front` or `rear`. Default: `front`.
    pub fn face(self, face: &str) -> Elevation {
        self.with("face", face)
    }

    /// How wide a unit is drawn, in pixels. Default: the server's setting, 220.
    pub fn unit_width(self, pixels: u32) -> Elevation {
        self.with("unit_width", pixels)
    }

    /// How high a unit is drawn, in pixels. Default: the server's setting, 22.
    pub fn unit_height(self, pixels: u32) -> Elevation {
        self.with("unit_height", pixels)
    }

    /// Any other parameter: `legend_width`, `margin_width`, `include_images`, `exclude` (a device by its id), `expand_devices`, `q`.
    pub fn with(self, name: &str, value: impl Into<FilterValue>) -> Elevation {
        Elevation(self.0.with(name, value))
    }

    /// The rack as a drawing: `?render=svg`.
    ///
    /// # Errors
    /// No reply, or a status of 400 and above.
    pub fn svg(&self) -> Result<String> {
        self.0.clone().with("render", "svg").text()
    }

    /// The units, from the top or as the rack counts, page by page.
    pub fn iter(&self) -> Records {
        match self.0.list() {
            Ok(list) => list.into_iter(),
            Err(error) => Records::new(self.0.endpoint.clone(), Err(error), Record::read),
        }
    }
}

impl IntoIterator for Elevation {
    type Item = Result<Record>;
    type IntoIter = Records;

    fn into_iter(self) -> Records {
        self.iter()
    }
}

impl IntoIterator for &Elevation {
    type Item = Result<Record>;
    type IntoIter = Records;

    fn into_iter(self) -> Records {
        self.iter()
    }
}
