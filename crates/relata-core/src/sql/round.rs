//! Rounding as text. What is half way goes away from zero: SQLite does so, the servers only with exact
//! decimals, and with floats to the nearest even number.

use super::{Dialect, call, scope::Scope, text::Text};
use crate::{error::Result, query::Call, value::SqlType};

/// From here on a float has no fraction, and MySQL has no decimal of every one.
const WHOLE: &str = "9007199254740992";

pub(super) fn write(text: &mut Text, digits: u8, call: &Call, scope: &Scope<'_>) -> Result<()> {
    let float = call.gives == Some(SqlType::Double);
    let (open, close) = match text.dialect {
        // cast to a decimal alone, a float keeps 15 digits
        Dialect::Postgres if float => ("round(CAST(CAST(", " AS TEXT) AS NUMERIC), "),
        Dialect::MySql if float => ("round(CAST(", " AS DECIMAL(65, 28)), "),
        _ => ("round(", ", "),
    };
    let split = float && text.dialect == Dialect::MySql;
    if split {
        text.push("CASE WHEN abs(");
        call::list(text, &call.args, scope)?;
        text.push(") < ").push(WHOLE).push(" THEN ");
    }
    text.push(open);
    call::list(text, &call.args, scope)?;
    text.push(close).display(digits).push(")");
    if split {
        text.push(" ELSE ");
        call::list(text, &call.args, scope)?;
        text.push(" END");
    }
    Ok(())
}
