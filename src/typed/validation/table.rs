//! The table of what may be sent, as it is compiled in.

use std::sync::LazyLock;

use serde_json::Value;

use super::rule::Rule;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{ReleaseLine, unpacked};

/// One table for all lines: most of what a line has, the others have, too.
static TABLE: LazyLock<Result<Table, String>> = LazyLock::new(|| {
    let packed: Value = unpacked("rules of what may be sent", include_bytes!("table.json.gz")).map_err(|error| error.to_string())?;
    let rules = packed["rules"].as_array().and_then(|rules| rules.iter().map(Rule::of).collect::<Option<_>>());
    Ok(Table { rules: rules.ok_or("the bundled rules of what may be sent are not what they should be")?, packed })
});

struct Table {
    rules: Vec<Rule>,
    /// With the forms by their paths, each a list of rows: the name of a field, the number of its rule, the lines where that is so, and those where it is required, as bits.
    packed: Value,
}

/// What a resource takes on one line.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) fields: Vec<Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) rule: &'static Rule,
    pub(super) is_required: bool,
}

impl Form {
    /// The form of a path below `/api/`, as `dcim/devices` and `ipam/prefixes/{id}/available-ips`. `None` where the line has no such form.
    pub(super) fn of(line: ReleaseLine, path: &str) -> Result<Option<Form>> {
        let table = TABLE.as_ref().map_err(|reason| Error::new(ErrorKind::Decode, reason))?;
        let Some(rows) = table.packed["forms"][path].as_array() else { return Ok(None) };
        let mut fields = Vec::new();
        for row in rows {
            let number = |at: usize| row[at].as_u64().unwrap_or_default();
            let is_of_line = |at| number(at) >> (line.minor() - ReleaseLine::ALL[0].minor()) & 1 == 1;
            let rule = usize::try_from(number(1)).ok().and_then(|number| table.rules.get(number));
            if let (Some(name), Some(rule), true) = (row[0].as_str(), rule, is_of_line(2)) {
                fields.push(Field { name, rule, is_required: is_of_line(3) });
            }
        }
        Ok((!fields.is_empty()).then_some(Form { fields }))
    }

    /// The rule of a field.
    pub(super) fn rule(&self, name: &str) -> Option<&'static Rule> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.rule)
    }
}
