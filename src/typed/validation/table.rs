//! The table of what may be sent, as it is compiled in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::rule::Rule;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{ReleaseLine, unpacked};

/// One table for all lines: most of what a line has, the others have, too.
static TABLE: LazyLock<Result<Table, String>> = LazyLock::new(|| {
    let packed = unpacked("rules of what may be sent", include_bytes!("table.json.gz")).map_err(|error| error.to_string())?;
    Table::of(&packed).ok_or_else(|| "the bundled rules of what may be sent are not what they should be".to_owned())
});

#[derive(Debug)]
pub(super) struct Table {
    rules: Vec<Rule>,
    forms: BTreeMap<String, Vec<Row>>,
}

/// A field of a form: its name, the number of its rule, the lines where that is so, and those where it is required, as bits. In the order of names.
#[derive(Debug)]
struct Row(String, usize, u8, u8);

impl Table {
    fn of(packed: &Value) -> Option<Table> {
        let forms = packed["forms"].as_object()?.iter().map(|(path, rows)| {
            let rows = rows.as_array()?.iter().map(Row::of).collect::<Option<_>>()?;
            Some((path.clone(), rows))
        });
        Some(Table {
            rules: packed["rules"].as_array()?.iter().map(Rule::of).collect::<Option<_>>()?,
            forms: forms.collect::<Option<_>>()?,
        })
    }
}

impl Row {
    fn of(packed: &Value) -> Option<Row> {
        let number = |at: usize| packed[at].as_u64();
        let bits = |at| u8::try_from(number(at)?).ok();
        Some(Row(packed[0].as_str()?.to_owned(), usize::try_from(number(1)?).ok()?, bits(2)?, bits(3)?))
    }
}

/// What a resource takes on one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    table: &'static Table,
    rows: &'static [Row],
    line: u8,
}

impl Form {
    /// The form of a path below `/api/`, as `dcim/devices` and `ipam/prefixes/{id}/available-ips`. `None` where the line has no such form.
    pub(super) fn of(line: ReleaseLine, path: &str) -> Result<Option<Form>> {
        let table = TABLE.as_ref().map_err(|reason| Error::new(ErrorKind::Decode, reason))?;
        let line = 1 << (line.minor() - ReleaseLine::ALL[0].minor());
        let form = table.forms.get(path).map(|rows| Form { table, rows, line });
        Ok(form.filter(|form| form.rows.iter().any(|row| row.2 & line != 0)))
    }

    /// The rule of a field.
    pub(super) fn rule(self, name: &str) -> Option<&'static Rule> {
        let first = self.rows.partition_point(|row| row.0.as_str() < name);
        let row = self.rows[first..].iter().take_while(|row| row.0 == name).find(|row| row.2 & self.line != 0)?;
        self.table.rules.get(row.1)
    }

    /// The names of all fields, with their rules.
    pub(super) fn fields(self) -> impl Iterator<Item = (&'static str, &'static Rule)> {
        let rows = self.rows.iter().filter(move |row| row.2 & self.line != 0);
        rows.filter_map(move |row| Some((row.0.as_str(), self.table.rules.get(row.1)?)))
    }

    /// The names of the fields without which nothing is made.
    pub(super) fn required(self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().filter(move |row| row.3 & self.line != 0).map(|row| row.0.as_str())
    }
}
