//! Patterns as text. SQLite plans before it knows what is bound, so an index finds what begins with a text
//! only by the range in which that is.

use super::{
    Dialect,
    expr::{Binding, not, of, side},
    scope::Scope,
    text::Text,
};
use crate::{error::Result, query::Expr, value::Value};

/// Writes whether text matches a pattern.
pub(super) fn write(text: &mut Text, question: &Expr, scope: &Scope<'_>) -> Result<()> {
    let Expr::Like { expr, prefix, ignore_case, negated, .. } = question else { return Ok(()) };
    match (prefix, &**expr) {
        (Some(prefix), Expr::Column(_))
            if text.dialect == Dialect::Sqlite && !ignore_case && !negated =>
        {
            text.push("(");
            matches(text, question, scope)?;
            let range = [(" >= ", Some((**prefix).to_owned())), (" < ", behind(prefix))];
            for (operator, bound) in range {
                let Some(bound) = bound else { continue };
                text.push(" AND ");
                side(text, expr, Binding::Sum, None, scope)?;
                text.push(operator);
                let bound = Expr::Value(Value::Text(bound.into()));
                side(text, &bound, Binding::Sum, of(expr), scope)?;
            }
            text.push(")");
            Ok(())
        }
        _ => matches(text, question, scope),
    }
}

fn matches(text: &mut Text, question: &Expr, scope: &Scope<'_>) -> Result<()> {
    let Expr::Like { expr, pattern, escape, ignore_case, negated, .. } = question else {
        return Ok(());
    };
    let lower = *ignore_case && text.dialect != Dialect::Postgres;
    let (open, close) = if lower { ("lower(", ")") } else { ("", "") };
    text.push(open);
    side(text, expr, Binding::Sum, None, scope)?;
    text.push(close).push(not(*negated));
    text.push(if *ignore_case && !lower { " ILIKE " } else { " LIKE " }).push(open);
    side(text, pattern, Binding::Sum, of(expr), scope)?;
    text.push(close);
    escaped_by(text, *escape);
    Ok(())
}

/// The least text behind all that begin so, letter by letter; none where there is none.
fn behind(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        // from one letter to the next, past those that are halves of one
        if let Some(next) = (last..=char::MAX).nth(1) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

fn escaped_by(text: &mut Text, escape: Option<char>) {
    let Some(escape) = escape else { return };
    text.push(" ESCAPE '");
    // MySQL's strings have an escape of their own, the same one
    if escape == '\\' && text.dialect == Dialect::MySql {
        text.push("\\");
    }
    text.display(escape).push("'");
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn a_range_ends_behind_all_that_begin_so() {
        assert_eq!(behind("Dead").as_deref(), Some("Deae"));
        assert_eq!(behind("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(behind("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(behind("\u{10ffff}"), None);
    }
}
