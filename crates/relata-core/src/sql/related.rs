//! What is asked of a relation, as text: EXISTS or a count over the tables that it leads through,
//! correlated with its owner; or the owner's own foreign key, where that tells.

use super::{
    expr::{self, Binding},
    groups::Part,
    scope::Scope,
    text::Text,
};
use crate::{
    error::Result,
    key::RowKey,
    query::{BinaryOp, Expr, Question, Related},
    schema::{Join, KeyPairs, ModelDef, Resolved},
    value::Value,
};
use std::collections::VecDeque;

/// Writes a question; `negated` for its opposite.
pub(super) fn write(
    text: &mut Text,
    related: &Related,
    negated: bool,
    scope: &Scope<'_>,
) -> Result<()> {
    let resolved = (related.owner.relations[related.relation].resolved)();
    match (&related.question, &resolved.join) {
        (Question::Exists, Join::Parent { key }) => {
            let parts = is_set(related, key, negated);
            all(text, parts, negated, scope)
        }
        (Question::Contains(row), Join::Parent { key }) if key.is_key_of(resolved.target) => {
            let parts = is_row(related, key, row, negated);
            all(text, parts, negated, scope)
        }
        (Question::Count | Question::CountWhere(_), _) => {
            text.push("(SELECT count(*)");
            rows(text, related, resolved, scope)?;
            text.push(")");
            Ok(())
        }
        _ => {
            text.push(if negated { "NOT EXISTS (SELECT 1" } else { "EXISTS (SELECT 1" });
            rows(text, related, resolved, scope)?;
            text.push(")");
            Ok(())
        }
    }
}

/// That the owner's foreign key refers to something; its opposite where it is `negated`.
fn is_set(related: &Related, key: &KeyPairs, negated: bool) -> Vec<Expr> {
    let nullable = key.iter().zip(&related.own);
    let nullable = nullable.filter(|((from, _), _)| related.owner.columns[*from].nullable);
    let is_null = |own: &Expr| Expr::IsNull { expr: Box::new(own.clone()), negated: !negated };
    nullable.map(|(_, own)| is_null(own)).collect()
}

/// That the owner's foreign key refers to a row; its opposite where it is `negated`, which is true
/// of NULL.
fn is_row(related: &Related, key: &KeyPairs, row: &RowKey, negated: bool) -> Vec<Expr> {
    let parts = key.iter().zip(&related.own).zip(row.values());
    let part = |(((from, _), own), value): (((usize, usize), &Expr), &Value)| {
        let (left, right) = (Box::new(own.clone()), Box::new(Expr::Value(value.clone())));
        match negated {
            true if related.owner.columns[from].nullable => {
                Expr::Differs { left, right, negated: false }
            }
            true => Expr::Binary { op: BinaryOp::Ne, left, right },
            false => Expr::Binary { op: BinaryOp::Eq, left, right },
        }
    };
    parts.map(part).collect()
}

/// Writes that all of the parts are true; of the opposites that any is.
fn all(text: &mut Text, parts: Vec<Expr>, opposite: bool, scope: &Scope<'_>) -> Result<()> {
    let whole = match (<[Expr; 1]>::try_from(parts), opposite) {
        (Ok([part]), _) => part,
        (Err(parts), false) if parts.is_empty() => Expr::True,
        (Err(parts), true) if parts.is_empty() => Expr::False,
        (Err(parts), false) => Expr::And(VecDeque::from(parts)),
        (Err(parts), true) => Expr::Or(VecDeque::from(parts)),
    };
    expr::side(text, &whole, Binding::Comparison, None, scope)
}

/// What a subquery for a relation reads, and how it is joined with its owner.
struct Path {
    /// The table that is matched with the owner, then the target where it has to be read too.
    tables: Vec<&'static ModelDef>,
    /// The columns of the first table that are matched with the owner's.
    by: Vec<usize>,
    /// The columns of the link model and of the target that are equal.
    theirs: Option<KeyPairs>,
}

impl Path {
    fn of(resolved: &Resolved, question: &Question) -> Self {
        let target = resolved.target;
        match (&resolved.join, resolved.link) {
            (Join::Link { own, theirs }, Some(link)) => {
                let by = own.iter().map(|(from, _)| from).collect();
                let link_tells = match question {
                    Question::Exists | Question::Count => true,
                    Question::Contains(_) => theirs.is_key_of(target),
                    Question::Any(_) | Question::CountWhere(_) => false,
                };
                let tables = if link_tells { vec![link] } else { vec![link, target] };
                Path { tables, by, theirs: Some(*theirs) }
            }
            (Join::Parent { key }, _) => {
                let by = key.iter().map(|(_, to)| to).collect();
                Path { tables: vec![target], by, theirs: None }
            }
            (Join::Children { key } | Join::Link { own: key, .. }, _) => {
                let by = key.iter().map(|(from, _)| from).collect();
                Path { tables: vec![target], by, theirs: None }
            }
        }
    }
}

/// FROM and WHERE of the subquery.
fn rows(text: &mut Text, related: &Related, resolved: &Resolved, scope: &Scope<'_>) -> Result<()> {
    let path = Path::of(resolved, &related.question);
    let inside = &Scope::inside(scope, &path.tables);
    // its rows are others than those that are grouped around it, though their columns are the same
    let (repeated, part) = (std::mem::take(&mut text.repeated), text.part);
    text.part = Part::Filter;
    subquery(text, related, &path, (inside, scope))?;
    (text.repeated, text.part) = (repeated, part);
    Ok(())
}

fn subquery(
    text: &mut Text,
    related: &Related,
    path: &Path,
    (inside, scope): (&Scope<'_>, &Scope<'_>),
) -> Result<()> {
    let target = (related.owner.relations[related.relation].resolved)().target;
    from(text, path, inside)?;
    text.push("\nWHERE ");
    text.try_list(" AND ", path.by.iter().zip(&related.own), |text, (by, own)| {
        expr::column_of(text, &inside.entries[0], *by)?;
        text.push(" = ");
        expr::write(text, own, scope)
    })?;
    match (&related.question, &path.theirs) {
        (Question::Any(condition) | Question::CountWhere(condition), _) => {
            text.push(" AND ");
            expr::side(text, condition, Binding::And, None, inside)
        }
        (Question::Contains(row), Some(theirs)) if path.tables.len() == 1 => {
            // matched in the link, by its columns in the order of the target's key
            let columns: Vec<usize> = theirs.iter().map(|(from, _)| from).collect();
            is_in(text, inside, &columns, row)
        }
        (Question::Contains(row), _) => is_in(text, inside, target.primary_key, row),
        (Question::Exists | Question::Count, Some(theirs)) => {
            leads_somewhere(text, inside, path.tables[0], theirs)
        }
        (Question::Exists | Question::Count, None) => Ok(()),
    }
}

fn from(text: &mut Text, path: &Path, inside: &Scope<'_>) -> Result<()> {
    for (at, entry) in inside.entries.iter().enumerate() {
        let shown = entry.shown.as_deref();
        text.push(if at == 0 { "\nFROM " } else { " JOIN " }).table_as((path.tables[at], shown));
    }
    if let ([link, target], Some(theirs)) = (inside.entries.as_slice(), &path.theirs) {
        text.push(" ON ");
        text.try_list(" AND ", theirs.iter(), |text, (from, to)| {
            expr::column_of(text, target, to)?;
            text.push(" = ");
            expr::column_of(text, link, from)
        })?;
    }
    Ok(())
}

/// That columns of the last table hold the row's key.
fn is_in(text: &mut Text, inside: &Scope<'_>, columns: &[usize], row: &RowKey) -> Result<()> {
    let Some(entry) = inside.entries.last() else { return Ok(()) };
    columns.iter().zip(row.values()).try_for_each(|(at, value)| {
        text.push(" AND ");
        expr::column_of(text, entry, *at)?;
        text.push(" = ");
        text.operand(value, entry.table().map(|def| (def, *at)))
    })
}

/// That a link has a row at its other end, where its foreign key may be NULL.
fn leads_somewhere(
    text: &mut Text,
    inside: &Scope<'_>,
    link: &'static ModelDef,
    theirs: &KeyPairs,
) -> Result<()> {
    let mut nullable = theirs.iter().filter(|(from, _)| link.columns[*from].nullable);
    nullable.try_for_each(|(from, _)| {
        text.push(" AND ");
        expr::column_of(text, &inside.entries[0], from)?;
        text.push(" IS NOT NULL");
        Ok(())
    })
}
