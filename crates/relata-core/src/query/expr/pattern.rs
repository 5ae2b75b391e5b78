//! Patterns of text: `LIKE`, and what is looked for as it is.

use super::{Expr, Expression, Origin, Predicate, Sql, Text, Tree};
use crate::{model::Column, value::Value};
use std::sync::Arc;

/// What stands before a `%` or `_` of text that is looked for as it is.
const ESCAPE: char = '/';

/// A pattern for `like`: text, or an expression that gives text.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Rule { #[field(primary_key)] id: Id<Rule>, path: String, pattern: String }
/// let query = select(Rule.id).filter(Rule.path.like("/heroes/%") & Rule.path.like(Rule.pattern));
/// assert!(format!("{query:?}").ends_with(
///     r"WHERE rule.path LIKE ? AND rule.path LIKE rule.pattern ESCAPE '\'"
/// ));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no pattern",
    label = "expected text, or a column of text"
)]
pub trait Pattern {
    /// The pattern, and whether it may escape with `\`.
    #[doc(hidden)]
    fn into_pattern(self) -> (Tree, bool);
}

/// Text that `contains`, `starts_with` and `ends_with` look for as it is: `&str`, `String`, or what else
/// can be read as text.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
/// let part = String::from("Spider");
/// let query = select(Hero.id).filter(Hero.name.contains(&part) | Hero.name.ends_with("-Man"));
/// assert!(format!("{query:?}").ends_with("WHERE hero.name LIKE ? OR hero.name LIKE ?"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no text to look for",
    label = "expected text",
    note = "an expression is looked for by `.like(…)`, a number by `.to_string()`"
)]
pub trait Substring {
    /// The text.
    #[doc(hidden)]
    fn text(&self) -> &str;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str>> Substring for T {
    fn text(&self) -> &str {
        self.as_ref()
    }
}

impl Pattern for &str {
    fn into_pattern(self) -> (Tree, bool) {
        (literal(self), self.contains('\\'))
    }
}

impl Pattern for String {
    fn into_pattern(self) -> (Tree, bool) {
        self.as_str().into_pattern()
    }
}

impl Pattern for &String {
    fn into_pattern(self) -> (Tree, bool) {
        self.as_str().into_pattern()
    }
}

impl<M: Origin, V: Text> Pattern for Column<M, V> {
    fn into_pattern(self) -> (Tree, bool) {
        (self.into_tree(), true)
    }
}

impl<V: Text> Pattern for Sql<V> {
    fn into_pattern(self) -> (Tree, bool) {
        (self.into_tree(), true)
    }
}

fn literal(text: &str) -> Tree {
    Tree::leaf(Expr::Value(Value::Text(text.into())))
}

pub(in crate::query) fn like(text: Tree, pattern: impl Pattern, ignore_case: bool) -> Predicate {
    let (pattern, escaped) = pattern.into_pattern();
    // SQLite knows no escape unless it is told
    matches(text, pattern, (escaped.then_some('\\'), None), ignore_case)
}

/// Whether it begins with a text.
pub(in crate::query) fn begins(tree: Tree, text: &str) -> Predicate {
    let (pattern, escape) = literally(text, "", "%");
    matches(tree, pattern, (escape, (!text.is_empty()).then(|| text.into())), false)
}

/// Whether it has a text, with something before and after it.
pub(in crate::query) fn has(tree: Tree, text: &str, before: &str, after: &str) -> Predicate {
    let (pattern, escape) = literally(text, before, after);
    matches(tree, pattern, (escape, None), false)
}

/// The pattern of a text that means itself, and what it is escaped by.
fn literally(text: &str, before: &str, after: &str) -> (Tree, Option<char>) {
    // `\` is the servers' own escape, so it needs another one too
    let special = ['%', '_', '\\', ESCAPE];
    if !text.contains(special) {
        return (literal(&format!("{before}{text}{after}")), None);
    }
    let mut pattern = String::from(before);
    for letter in text.chars() {
        if letter != '\\' && special.contains(&letter) {
            pattern.push(ESCAPE);
        }
        pattern.push(letter);
    }
    pattern.push_str(after);
    (literal(&pattern), Some(ESCAPE))
}

fn matches(
    text: Tree,
    pattern: Tree,
    (escape, prefix): (Option<char>, Option<Arc<str>>),
    ignore_case: bool,
) -> Predicate {
    Predicate(text.binary(pattern, |expr, pattern| Expr::Like {
        expr,
        pattern,
        escape,
        prefix,
        ignore_case,
        negated: false,
    }))
}
