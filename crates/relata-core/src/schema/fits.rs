//! Whether a value fits the column that it is to be written to: asked before anything is sent, by
//! the unit of work and by statements alike.

use super::ModelDef;
use crate::{
    error::{Error, ErrorKind, Result},
    value::{SqlType, Value},
};
use rust_decimal::Decimal;

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
            (Value::Decimal(number), SqlType::Decimal(Some((digits, places)))) => {
                match too_precise(*number, digits, places) {
                    Some(misfit) => misfit,
                    None => return Ok(()),
                }
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

/// What a column of so many digits, some of them behind the point, would cut or round.
fn too_precise(number: Decimal, digits: u8, places: u8) -> Option<String> {
    let number = number.normalize();
    if number.scale() > u32::from(places) {
        return Some(format!(
            "the number has {} decimal places and the column keeps {places}; round it: `round_dp({places})`",
            number.scale()
        ));
    }
    let before = u32::from(digits.saturating_sub(places));
    // more digits than that no `Decimal` has
    let limit = Decimal::try_from_i128_with_scale(10_i128.checked_pow(before)?, 0).ok()?;
    (number.abs() >= limit).then(|| {
        format!("the number has more than {before} digits before the point; raise `max_digits`")
    })
}
