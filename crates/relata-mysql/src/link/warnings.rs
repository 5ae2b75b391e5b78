//! Warnings of the server, as events of `tracing`.

use super::Link;
use crate::fault;
use mysql_async::{Row, prelude::Queryable};
use tracing::Level;

impl Link {
    /// Asks for the warnings of the last statement, where it has some and anybody listens. It is one
    /// round trip more, and changes what `ROW_COUNT()` gives.
    pub(super) async fn tell_warnings(&mut self) {
        let Some(conn) = &mut self.conn else { return };
        if conn.get_warnings() == 0 || !tracing::enabled!(target: "relata::mysql", Level::WARN) {
            return;
        }
        match conn.query::<Row, _>("SHOW WARNINGS").await {
            Ok(warnings) => warnings.iter().for_each(tell),
            Err(error) if fault::is_fatal(&error) => self.give_up(),
            // As where the caller has gone.
            Err(_) => {}
        }
    }
}

fn tell(warning: &Row) {
    let part = |at: usize| warning.get_opt::<String, _>(at)?.ok();
    let (Some(level), Some(code), Some(text)) = (part(0), part(1), part(2)) else { return };
    let message = fault::without_value(&text);
    match &*level {
        "Note" => tracing::info!(target: "relata::mysql", code, "{message}"),
        _ => tracing::warn!(target: "relata::mysql", code, "{message}"),
    }
}
