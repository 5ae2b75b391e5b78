//! [`Text`]: a statement while it is written, with the parameters met so far.

use super::groups::Part;
use super::{
    Dialect, Rendered, literal,
    quoted::{Quoted, quoted},
    same::Repeated,
    with::Ctes,
};
use crate::{
    error::{Error, ErrorKind, Result},
    schema::ModelDef,
    value::Value,
};
use std::rc::Rc;

/// A column, for messages about the value that it is compared with.
pub(super) type Of = Option<(&'static ModelDef, usize)>;

/// A table, and the name that it goes by where that is not its own.
pub(super) type Named<'n> = (&'static ModelDef, Option<&'n str>);

pub(super) struct Text {
    pub(super) dialect: Dialect,
    sql: String,
    params: Vec<Value>,
    placeholders: usize,
    /// The part of a SELECT that is being written.
    pub(super) part: Part,
    /// The table whose names were written last: the next is often the same.
    last: Option<(&'static ModelDef, Rc<Quoted>)>,
    /// What is written alike wherever it stands.
    pub(super) repeated: Repeated,
    /// Whether values are written into the text, of MySQL.
    pub(super) inline: bool,
    /// The CTEs met so far.
    pub(super) ctes: Ctes,
}

/// A place to go back to.
pub(super) struct Mark {
    sql: usize,
    params: usize,
    placeholders: usize,
}

impl Text {
    pub(super) fn new(dialect: Dialect) -> Self {
        let sql = String::with_capacity(256);
        let ctes = Ctes::default();
        let part = Part::default();
        let repeated = Repeated::default();
        let (params, placeholders, last, inline) = (Vec::new(), 0, None, false);
        Text { dialect, sql, params, placeholders, part, last, repeated, inline, ctes }
    }

    /// Where the text ends now.
    pub(super) fn mark(&self) -> Mark {
        let (sql, params) = (self.sql.len(), self.params.len());
        Mark { sql, params, placeholders: self.placeholders }
    }

    /// Takes away what was written since.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.sql.truncate(mark.sql);
        self.params.truncate(mark.params);
        self.placeholders = mark.placeholders;
    }

    /// How long the text is.
    pub(super) fn len(&self) -> usize {
        self.sql.len()
    }

    /// The text from there on.
    pub(super) fn since(&self, start: usize) -> &str {
        self.sql.get(start..).unwrap_or_default()
    }

    /// The finished text, of a statement whose parameters the caller has.
    pub(super) fn finish(self) -> String {
        self.sql
    }

    /// The finished text with its parameters.
    pub(super) fn rendered(self) -> Rendered {
        Rendered { sql: self.sql, params: self.params }
    }

    pub(super) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.push_str(sql);
        self
    }

    pub(super) fn display(&mut self, shown: impl std::fmt::Display) -> &mut Self {
        self.push(&shown.to_string())
    }

    pub(super) fn name(&mut self, name: &str) -> &mut Self {
        self.dialect.quote(name, &mut self.sql);
        self
    }

    pub(super) fn table(&mut self, def: &'static ModelDef) -> &mut Self {
        self.ctes.see(def);
        self.quoted(def, |names| &names.table)
    }

    /// A table where it is read, with the name that it goes by.
    pub(super) fn table_as(&mut self, (def, shown): Named<'_>) -> &mut Self {
        self.table(def);
        match shown {
            None => self,
            Some(name) => self.push(" AS ").name(name),
        }
    }

    /// A column without its table.
    pub(super) fn field(&mut self, def: &'static ModelDef, at: usize) -> &mut Self {
        self.quoted(def, |names| &names.fields[at])
    }

    /// Columns without their table, separated by commas.
    pub(super) fn fields(&mut self, def: &'static ModelDef, columns: &[usize]) -> &mut Self {
        self.list(", ", columns, |text, &at| {
            text.field(def, at);
        })
    }

    /// A column with its table.
    pub(super) fn column(&mut self, def: &'static ModelDef, at: usize) -> &mut Self {
        self.quoted(def, |names| &names.columns[at])
    }

    /// A column of a table that may go by another name in the statement.
    pub(super) fn column_of(&mut self, (def, shown): Named<'_>, at: usize) -> &mut Self {
        match shown {
            None => self.column(def, at),
            Some(name) => self.name(name).push(".").field(def, at),
        }
    }

    /// All columns with their table, separated by commas.
    pub(super) fn all_columns(&mut self, def: &'static ModelDef) -> &mut Self {
        self.quoted(def, |names| &names.all)
    }

    fn quoted(&mut self, def: &'static ModelDef, name: impl Fn(&Quoted) -> &str) -> &mut Self {
        let dialect = self.dialect;
        match &self.last {
            Some((last, names)) if std::ptr::eq(*last, def) => self.sql.push_str(name(names)),
            _ => {
                let names = quoted(def, dialect);
                self.sql.push_str(name(&names));
                self.last = Some((def, names));
            }
        }
        self
    }

    /// Columns with their tables, separated by commas.
    pub(super) fn columns(
        &mut self,
        of: Named<'_>,
        columns: impl IntoIterator<Item = usize>,
    ) -> &mut Self {
        self.list(", ", columns, |text, at| {
            text.column_of(of, at);
        })
    }

    pub(super) fn placeholder(&mut self) -> &mut Self {
        self.placeholders += 1;
        match self.dialect {
            Dialect::Sqlite | Dialect::MySql => self.push("?"),
            Dialect::Postgres => {
                let number = self.placeholders;
                self.push("$").display(number)
            }
        }
    }

    /// A placeholder and its value.
    pub(super) fn bind(&mut self, value: &Value, of: Of) -> Result<()> {
        let value = known(value, of)?;
        let literal = if self.inline { literal::of(&value) } else { None };
        match literal {
            Some(literal) => self.push(&literal),
            None => {
                self.placeholder().params.push(value);
                self
            }
        };
        Ok(())
    }

    /// A value that is compared or computed with. MySQL would take a decimal number for text, and compute with that
    /// as with a floating point number; here it is one with all its digits.
    pub(super) fn operand(&mut self, value: &Value, of: Of) -> Result<()> {
        match (self.dialect, value) {
            (Dialect::MySql, Value::Decimal(number)) => {
                self.push("CAST(").bind(value, of)?;
                self.push(" AS DECIMAL(57, ").display(number.scale()).push("))");
                Ok(())
            }
            _ => self.bind(value, of),
        }
    }

    /// Text that is no name: in quotes where every database reads it as it is there, so that it stays
    /// the same expression wherever it is written again, otherwise as a parameter.
    pub(super) fn text(&mut self, text: &str) -> Result<&mut Self> {
        if is_plain(text) {
            self.push("'").push(text).push("'");
        } else {
            self.bind(&Value::Text(text.into()), None)?;
        }
        Ok(self)
    }

    /// Items with something between them.
    pub(super) fn list<T>(
        &mut self,
        between: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.push(between);
            }
            write(self, item);
        }
        self
    }

    /// Items with something between them, where writing one can fail.
    pub(super) fn try_list<T>(
        &mut self,
        between: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<()>,
    ) -> Result<()> {
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.push(between);
            }
            write(self, item)?;
        }
        Ok(())
    }
}

/// Whether no database has an escape, a placeholder or an end of the text in it.
pub(super) fn is_plain(text: &str) -> bool {
    let plain = |letter: char| letter.is_alphanumeric() || " \"$.,;-_[]{}|/".contains(letter);
    text.chars().all(plain)
}

/// A value that can be sent: no late key, which would be NULL, and no misfit.
pub(super) fn known(value: &Value, of: Of) -> Result<Value> {
    match value.resolved() {
        Some(Value::Misfit(why)) => Err(named(ErrorKind::OutOfRange, of, |column| {
            format!("{column} cannot be compared with this value: {why}")
        })),
        Some(value) => Ok(value),
        None => Err(named(ErrorKind::UnboundId, of, |column| {
            format!(
                "{column} is compared with the id of a row that is not saved yet, which has no key; flush or commit first"
            )
        })),
    }
}

fn named(kind: ErrorKind, of: Of, message: impl Fn(&str) -> String) -> Error {
    match of {
        Some((def, at)) => {
            let column = def.columns[at].name;
            Error::new(kind, message(&format!("`{}.{column}`", def.table)))
                .with_table(def.table)
                .with_columns([column])
        }
        None => Error::new(kind, message("an expression")),
    }
}
