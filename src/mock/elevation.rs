//! The units of a rack, with what is in them.

use serde_json::{Value, json};

use super::display::display;
use super::objects::{Call, Done};
use super::paging::Page;
use super::refusal::{Outcome, Refusal};
use super::store::Row;
use crate::schema::boolean;

impl Call<'_> {
    /// Half units from the top down, page by page. A device is in each that it occupies.
    pub(super) fn elevation(&self, id: &str) -> Outcome<Done> {
        let (rack_id, rack) = self.found(id)?;
        let parameter = |name: &str| self.parameters.last(name).filter(|value| !value.is_empty());
        let refused = |name: &str, value: &str| Refusal::bad_request(json!({name: [format!("\"{value}\" is not a valid choice.")]}));
        let face = match parameter("face") {
            None | Some("front") => ("front", "Front"),
            Some("rear") => ("rear", "Rear"),
            Some(other) => return Err(refused("face", other)),
        };
        match parameter("render") {
            None | Some("json") => {}
            Some("svg") => return Err(Refusal::not_implemented("drawing of elevations")),
            Some(other) => return Err(refused("render", other)),
        }
        let is_expanded = parameter("expand_devices").and_then(boolean).unwrap_or(true);
        let excluded = parameter("exclude").and_then(|id| id.parse::<u64>().ok());
        let devices: Vec<(u64, &Row, u64, u64)> = self
            .store
            .rows("dcim/devices")
            .filter(|(id, row)| Some(*id) != excluded && row.get("rack").and_then(Value::as_u64) == Some(rack_id))
            .filter_map(|(id, row)| {
                let model = self.store.get("dcim/device-types", row.get("device_type")?.as_u64()?)?;
                let is_seen = row.get("face").is_some_and(|own| own == face.0) || model.get("is_full_depth") != Some(&json!(false));
                let (position, height) = (halves(row.get("position")?)?, halves(model.get("u_height").unwrap_or(&json!(1)))?);
                (is_seen && position > 0 && height > 0).then_some((id, &**row, position, height))
            })
            .collect();
        let reader = self.reader();
        let unit = |unit: u64| {
            let name = if unit % 2 == 0 { format!("U{}", unit / 2) } else { format!("U{}.5", unit / 2) };
            let is_in =
                |position: u64, height: u64| if is_expanded { (position..position + height).contains(&unit) } else { position == unit };
            let found = devices.iter().find(|(_, _, position, height)| is_in(*position, *height));
            json!({
                "id": unit as f64 / 2.0,
                "name": name,
                "face": {"value": face.0, "label": face.1},
                "device": found.map(|(id, ..)| reader.brief("dcim/devices", *id)),
                "occupied": found.is_some(),
                "display": name,
                "description": found.map(|(id, row, ..)| display(self.rules, self.store, "dcim/devices", *id, row)),
            })
        };
        let height = rack.get("u_height").and_then(Value::as_u64).unwrap_or(42);
        let start = rack.get("starting_unit").and_then(Value::as_u64).unwrap_or(1);
        let mut numbers: Vec<u64> = (start * 2..(start + height) * 2).collect();
        if rack.get("desc_units") != Some(&json!(true)) {
            numbers.reverse();
        }
        let wanted = parameter("q").map(str::to_lowercase);
        let fits = |unit: &Value| {
            wanted.as_ref().is_none_or(|wanted| {
                unit["id"].to_string().contains(wanted.as_str())
                    || unit["name"].as_str().is_some_and(|name| name.to_lowercase().contains(wanted.as_str()))
            })
        };
        let units: Vec<Value> = numbers.into_iter().map(unit).filter(fits).collect();
        let page = Page::wanted(self.parameters, self.page_max, false)?;
        let count = units.len();
        let shown = page
            .cut((0..count as u64).collect())
            .into_iter()
            .filter_map(|place| units.get(usize::try_from(place).ok()?).cloned())
            .collect();
        let url = format!("{}/api/{}/{rack_id}/elevation/", self.origin, self.resource);
        Ok(Done::of(page.body(&url, self.parameters, count, &[], shown)))
    }
}

/// A number of units, counted in halves.
fn halves(value: &Value) -> Option<u64> {
    let units = value.as_f64().filter(|units| (0.0..=1000.0).contains(units))?;
    Some((units * 2.0).round() as u64)
}
