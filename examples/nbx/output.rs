//! Tables, CSV and JSON on standard output.

use std::io::{IsTerminal, Write, stdout};

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table, TableComponent};
use serde_json::Value;

use super::Failure;
use super::arguments::Format;

/// A text without what a terminal would take as a command, or show in another order than it is.
pub(crate) fn safe(text: &str) -> String {
    text.chars().map(|c| if is_safe(c) { c.to_string() } else { c.escape_default().to_string() }).collect()
}

fn is_safe(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A program gets the text as it is.
fn shown(text: &str) -> String {
    if stdout().is_terminal() { safe(text) } else { text.to_owned() }
}

/// Prints rows of these columns as they come, or at the end where a table has to know all of them.
pub(crate) struct Rows<'a> {
    format: &'a Format,
    columns: &'a [String],
    table: Table,
    csv: Option<csv::Writer<std::io::Stdout>>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(format: &'a Format, columns: &'a [String]) -> Result<Rows<'a>, Failure> {
        let mut table = Table::new();
        table
            .load_preset(UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(columns.iter().map(|column| safe(column)));
        for component in [TableComponent::HorizontalLines, TableComponent::MiddleIntersections, TableComponent::LeftBorderIntersections] {
            table.remove_style(component);
        }
        table.remove_style(TableComponent::RightBorderIntersections);
        if !stdout().is_terminal() {
            // Scripts read lines, however long.
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
        let mut csv = format.csv.then(|| csv::Writer::from_writer(stdout()));
        if let Some(csv) = &mut csv {
            csv.write_record(columns.iter().map(|column| shown(column))).map_err(of_csv)?;
        }
        Ok(Rows { format, columns, table, csv })
    }

    pub(crate) fn add(&mut self, object: &Value) -> Result<(), Failure> {
        if self.format.json {
            return json(object);
        }
        let cells = self.columns.iter().map(|column| cell(column.split('.').fold(object, |value, name| &value[name])));
        match &mut self.csv {
            Some(csv) => csv.write_record(cells.map(|cell| shown(&cell))).map_err(of_csv),
            None => {
                self.table.add_row(cells.map(|cell| safe(&cell)));
                Ok(())
            }
        }
    }

    pub(crate) fn end(mut self) -> Result<(), Failure> {
        match &mut self.csv {
            Some(csv) => Ok(csv.flush()?),
            None if self.format.json => Ok(()),
            None => Ok(writeln!(stdout(), "{}", self.table)?),
        }
    }
}

/// One object: its members below each other.
pub(crate) fn object(format: &Format, object: &Value) -> Result<(), Failure> {
    if format.json {
        return json(object);
    }
    let columns = ["member".to_owned(), "value".to_owned()];
    let mut rows = Rows::new(format, &columns)?;
    for (name, value) in object.as_object().into_iter().flatten() {
        rows.add(&serde_json::json!({"member": name, "value": value}))?;
    }
    rows.end()
}

/// Such characters can only be in texts, where JSON has an escape for each.
fn json(value: &Value) -> Result<(), Failure> {
    let text: String =
        value.to_string().chars().map(|c| if is_safe(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) }).collect();
    Ok(writeln!(stdout(), "{text}")?)
}

pub(crate) fn line(text: &str) -> Result<(), Failure> {
    text.lines().try_for_each(|line| Ok(writeln!(stdout(), "{}", safe(line))?))
}

/// What people call a value: objects by their name, choices by their label, lists one by one.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join(", "),
        Value::Object(members) => match ["name", "label", "display", "address"].iter().find_map(|name| members.get(*name)?.as_str()) {
            Some(name) => name.to_owned(),
            None if members.is_empty() => String::new(),
            None => value.to_string(),
        },
        other => other.to_string(),
    }
}

fn of_csv(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::Output(error),
        other => Failure::Output(std::io::Error::other(format!("{other:?}"))),
    }
}
