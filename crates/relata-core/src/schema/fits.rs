//! Whether a value fits the column that it is to be written to: asked before anything is sent, by
//! the unit of work and by statements alike.

use super::ModelDef;
use crate::{
    error::{Error, ErrorKind, Result},
    value::{SqlType, Value},
};

impl ModelDef {
    /// Refuses a value that the column cannot hold.
    ///
    /// # Errors
    /// `OutOfRange`, naming table and column.
    pub(crate) fn check(&self, column: usize, value: &Value) -> Result<()> {
        let described = &self.columns[column];
        let misfit = match (value, described.ty) {
            (Value::Misfit(why), _) => why.to_string(),
            (Value::Text(text), SqlType::Text(Some(max))) if longer(text, max) => {
                format!(
                    "the text is longer than {max} characters; shorten it or raise `max_length`"
                )
            }
            _ => return Ok(()),
        };
        let message = format!("column `{}.{}`: {misfit}", self.table, described.name);
        Err(Error::new(ErrorKind::OutOfRange, message)
            .with_table(self.table)
            .with_columns([described.name]))
    }
}

fn longer(text: &str, max: u32) -> bool {
    text.len() > max as usize && text.chars().count() > max as usize
}
