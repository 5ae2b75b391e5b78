//! Many rows written by one statement, which is given their keys and values as one list: arrays on
//! PostgreSQL, a JSON document on MySQL. The text is the same for any number of rows.

use super::{Dialect, Rendered, change, text::Text};
use crate::{
    schema::ModelDef,
    value::{DATE_TIME, SqlType, Value, array_text, push_element},
};
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};
use std::fmt::Write as _;

/// What is done with the rows of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed<'c> {
    /// Each is inserted with values of its own in these columns.
    Insert {
        /// The columns.
        columns: &'c [usize],
        /// What is returned of each.
        returning: &'c [usize],
        /// Whether rows that are there already are left alone.
        ignore_conflict: bool,
    },
    /// Each gets values of its own in these columns.
    Update(&'c [usize]),
    /// Each gets NULL in these columns.
    SetNull(&'c [usize]),
    /// Each is deleted.
    Delete,
}

/// The statement for the rows whose columns `by` hold the keys of a list. `values` has one row of the
/// list after the other: the values to write, where there are any, then those to find it by.
///
/// `None` where the database takes no such list (SQLite), or not one with these columns or values
/// exactly as they would be bound one by one.
pub fn listed(
    dialect: Dialect,
    def: &'static ModelDef,
    what: Listed<'_>,
    by: &[usize],
    values: &[Value],
) -> Option<Rendered> {
    let written = match what {
        Listed::Insert { columns, .. } | Listed::Update(columns) => columns,
        Listed::SetNull(_) | Listed::Delete => &[],
    };
    let list = List { def, columns: written.iter().chain(by).copied().collect(), values };
    let mut text = Text::new(dialect);
    match dialect {
        Dialect::Sqlite => return None,
        Dialect::Postgres => list.postgres(&mut text, what, by)?,
        Dialect::MySql => list.mysql(&mut text, what, by)?,
    }
    Some(text.rendered())
}

/// Rows of values for some columns of a table.
struct List<'v> {
    def: &'static ModelDef,
    columns: Vec<usize>,
    values: &'v [Value],
}

impl List<'_> {
    fn postgres(&self, text: &mut Text, what: Listed<'_>, by: &[usize]) -> Option<()> {
        let def = self.def;
        // an array of arrays is taken apart into what those hold
        let arrays = |at: &usize| matches!(def.columns[*at].ty, SqlType::Array(_));
        if self.columns.iter().any(arrays) {
            return None;
        }
        if let Listed::Insert { columns, returning, ignore_conflict } = what {
            change::into(text, def, columns);
            text.push(" SELECT * FROM ");
            self.arrays(text)?;
            text.push(if ignore_conflict { " ON CONFLICT DO NOTHING" } else { "" });
            if !returning.is_empty() {
                text.push(" RETURNING ").fields(def, returning);
            }
            return Some(());
        }
        if what == Listed::Delete {
            text.push("DELETE FROM ").table(def).push(" USING ");
        } else {
            text.push("UPDATE ").table(def).push(" SET ");
            self.assignments(text, what);
            text.push(" FROM ");
        }
        self.arrays(text)?;
        text.push(" WHERE ");
        self.found_by(text, by);
        Some(())
    }

    fn mysql(&self, text: &mut Text, what: Listed<'_>, by: &[usize]) -> Option<()> {
        let def = self.def;
        if !by.iter().all(|at| is_found_by_index(def.columns[*at].ty)) {
            return None;
        }
        match what {
            Listed::Insert { .. } => return None,
            Listed::Update(_) | Listed::SetNull(_) => text.push("UPDATE "),
            Listed::Delete => text.push("DELETE ").table(def).push(" FROM "),
        };
        self.document(text)?;
        // the list is short, the table may be long
        text.push(" STRAIGHT_JOIN ").table(def).push(" ON ");
        self.found_by(text, by);
        if what != Listed::Delete {
            text.push(" SET ");
            self.assignments(text, what);
        }
        Some(())
    }

    /// The name that the list goes by, beside the table.
    fn name(&self) -> &'static str {
        if self.def.bare_table().eq_ignore_ascii_case("given") { "given_rows" } else { "given" }
    }

    fn assignments(&self, text: &mut Text, what: Listed<'_>) {
        let (Listed::Update(set) | Listed::SetNull(set)) = what else { return };
        text.list(", ", set.iter().enumerate(), |text, (part, &at)| {
            match text.dialect {
                // the list is a table there, with columns of its own
                Dialect::MySql => text.column(self.def, at),
                Dialect::Sqlite | Dialect::Postgres => text.field(self.def, at),
            };
            text.push("=");
            match what {
                Listed::Update(_) => self.part(text, part),
                _ => text.push("NULL"),
            };
        });
    }

    fn found_by(&self, text: &mut Text, by: &[usize]) {
        let first = self.columns.len() - by.len();
        text.list(" AND ", by.iter().enumerate(), |text, (part, &at)| {
            text.column(self.def, at).push(" = ");
            self.part(text, first + part);
        });
    }

    /// A column of the list.
    fn part<'t>(&self, text: &'t mut Text, part: usize) -> &'t mut Text {
        text.push(self.name()).push(".").push(&letter(part))
    }

    /// The values of one column.
    fn each(&self, part: usize) -> impl Iterator<Item = &Value> {
        self.values.iter().skip(part).step_by(self.columns.len())
    }

    /// One array for each column, of the type that it has in the database: the types of a model may be
    /// others, and a cast to them would cut or refuse what the column takes.
    fn arrays(&self, text: &mut Text) -> Option<()> {
        text.push("unnest(");
        for (part, at) in self.columns.iter().enumerate() {
            let array = Value::List(self.each(part).cloned().collect());
            text.push(if part > 0 { ", " } else { "" }).push("array_cat(ARRAY(SELECT ");
            text.column(self.def, *at).push(" FROM ONLY ").table(self.def).push(" LIMIT 0), ");
            text.bind(&array, None).ok()?;
            text.push(")");
        }
        text.push(") AS ").push(self.name()).push(" (");
        text.list(", ", 0..self.columns.len(), |text, part| {
            text.push(&letter(part));
        });
        text.push(")");
        Some(())
    }

    /// One JSON document for all. What a row has no value for is left out of it, and NULL.
    fn document(&self, text: &mut Text) -> Option<()> {
        let mut json = String::from("[");
        for row in self.values.chunks(self.columns.len()) {
            json.push_str(if json.len() > 1 { ",{" } else { "{" });
            for (part, value) in row.iter().enumerate().filter(|(_, value)| !value.is_null()) {
                let comma = if json.ends_with('{') { "" } else { "," };
                write!(json, "{comma}\"{}\":", letter(part)).ok()?;
                push_json(&mut json, value)?;
            }
            json.push('}');
        }
        json.push(']');
        text.push("JSON_TABLE(").bind(&Value::Json(json.into()), None).ok()?;
        text.push(", '$[*]' COLUMNS (");
        text.list(", ", self.columns.iter().enumerate(), |text, (part, at)| {
            let letter = letter(part);
            text.push(&letter).push(" ").push(json_type(self.def.columns[*at].ty));
            text.push(" PATH '$.").push(&letter).push("' ERROR ON ERROR");
        });
        text.push(")) AS ").push(self.name());
        Some(())
    }
}

/// The name of a column of the list.
fn letter(part: usize) -> String {
    format!("c{part}")
}

/// Whether MySQL finds a row by the index of such a column. A text would have to be compared by the collation of
/// its column; one that is ASCII in the list takes on whatever the column has.
fn is_found_by_index(ty: SqlType) -> bool {
    matches!(ty, SqlType::Integer(_) | SqlType::Boolean | SqlType::Uuid)
}

/// As what MySQL reads a value from JSON. It becomes the column's own type, or is refused, as a
/// parameter of that type would.
fn json_type(ty: SqlType) -> &'static str {
    match ty {
        SqlType::Integer(_) | SqlType::Boolean | SqlType::Interval => "BIGINT",
        SqlType::Float | SqlType::Double => "DOUBLE",
        SqlType::Uuid => "CHAR(32) CHARACTER SET ascii",
        _ => "LONGTEXT CHARACTER SET utf8mb4",
    }
}

/// `None` for values that JSON does not carry, and for those that are refused where they are sent.
fn push_json(json: &mut String, value: &Value) -> Option<()> {
    let text = match value {
        Value::Bool(value) => return push_json(json, &Value::Int(i64::from(*value))),
        Value::Json(text) => text.clone(),
        Value::Array(_, values) => array_text(values).ok()?.into(),
        Value::Date(day) => moment(day.and_time(NaiveTime::MIN))?.get(..10)?.into(),
        Value::DateTime(moment_of) => moment(*moment_of)?.into(),
        Value::Timestamp(moment_of) => moment(moment_of.naive_utc())?.into(),
        Value::Time(time) => moment(NaiveDate::default().and_time(*time))?.get(11..)?.into(),
        Value::Decimal(number) => number.to_string().into(),
        Value::Bytes(_) | Value::List(_) | Value::Late(_) | Value::Misfit(_) => return None,
        other => return push_element(other, json).ok(),
    };
    push_element(&Value::Text(text), json).ok()
}

/// What is finer than a microsecond is cut off.
fn moment(moment: NaiveDateTime) -> Option<String> {
    let stored = (1..=9999).contains(&moment.year()) && moment.nanosecond() < 1_000_000_000;
    stored.then(|| moment.format(DATE_TIME).to_string())
}
