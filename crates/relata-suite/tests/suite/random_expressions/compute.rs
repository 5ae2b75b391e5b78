//! Random expressions as plain Rust computes them: `None` is NULL, and of conditions also what is not
//! known.

use super::{
    Row,
    build::whole,
    make::{Cond, Match, Num, Op, Text},
};
use relata_suite::{Need, has, pick};
use std::cmp::Ordering;

pub(crate) fn num(expr: &Num, row: &Row) -> Option<i64> {
    let both = |a: &Num, b: &Num, op: fn(i64, i64) -> Option<i64>| op(num(a, row)?, num(b, row)?);
    match expr {
        Num::Number => Some(row.number),
        Num::Maybe => row.maybe,
        Num::Other => row.other,
        Num::Literal(number) => Some(*number),
        Num::Add(a, b) => both(a, b, i64::checked_add),
        Num::Sub(a, b) => both(a, b, i64::checked_sub),
        Num::Mul(a, b) => both(a, b, |a, b| Some(a * b % 1_000)),
        Num::Div(a, b) => both(a, b, i64::checked_div),
        Num::Rem(a, b) => both(a, b, i64::checked_rem),
        Num::AddLiteral(a, b) => Some(num(a, row)? + b),
        Num::Negative(a) => Some(-num(a, row)?),
        Num::Abs(a) => Some(num(a, row)?.abs()),
        Num::Length(a) => i64::try_from(text(a, row)?.chars().count()).ok(),
        Num::Coalesce(a, b) => num(a, row).or_else(|| num(b, row)),
        Num::NullIf(a, b) => num(a, row).filter(|a| a != b),
        Num::Greatest(a, b) => both(a, b, |a, b| Some(a.max(b))),
        Num::Least(a, b) => both(a, b, |a, b| Some(a.min(b))),
        Num::Case(arms, otherwise) => {
            match arms.iter().find(|(condition, _)| cond(condition, row) == Some(true)) {
                Some((_, value)) => num(value, row),
                None => otherwise.as_ref().and_then(|value| num(value, row)),
            }
        }
        Num::Cast(a) if has(Need::Postgres) => i64::try_from(text(a, row)?.chars().count()).ok(),
        Num::Cast(a) => Some(leading_integer(&text(a, row)?.chars().take(4).collect::<String>())),
    }
}

/// The integer that text starts with, as CAST takes it on SQLite and MySQL; 0 where there is none.
fn leading_integer(text: &str) -> i64 {
    let text = text.trim_start_matches(' ');
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    sign * digits[..end].parse().unwrap_or(0)
}

pub(crate) fn text(expr: &Text, row: &Row) -> Option<String> {
    Some(match expr {
        Text::Title => row.title.clone(),
        Text::Note => row.note.clone()?,
        Text::Literal(text) => text.clone(),
        Text::Concat(a, b) => text(a, row)? + &text(b, row)?,
        Text::Plus(a, b) => text(a, row)? + b,
        Text::Lower(a) => lower(&text(a, row)?),
        Text::Upper(a) => upper(&text(a, row)?),
        Text::Trim(a) => text(a, row)?.trim_matches(' ').to_owned(),
        Text::LTrim(a) => text(a, row)?.trim_start_matches(' ').to_owned(),
        Text::RTrim(a) => text(a, row)?.trim_end_matches(' ').to_owned(),
        // where nothing is looked for, nothing is found
        Text::Replace(a, from, _) if from.is_empty() => text(a, row)?,
        Text::Replace(a, from, to) => text(a, row)?.replace(from, to),
        Text::Substr(a, start, length) => {
            let (start, length) = (*start as usize, *length as usize);
            text(a, row)?.chars().skip(start - 1).take(length).collect()
        }
        Text::Coalesce(a, b) => text(a, row).or_else(|| text(b, row))?,
        Text::Case(a, b, c) => text(if cond(a, row) == Some(true) { b } else { c }, row)?,
        Text::Cast(a) => num(a, row)?.to_string(),
    })
}

fn compare<T: Ord>(op: Op, a: Option<T>, b: Option<T>) -> Option<bool> {
    match op {
        Op::Same => return Some(a == b),
        Op::Differs => return Some(a != b),
        _ => {}
    }
    Some(holds(op, a?.cmp(&b?)))
}

fn holds(op: Op, order: Ordering) -> bool {
    match op {
        Op::Eq | Op::Same => order.is_eq(),
        Op::Ne | Op::Differs => order.is_ne(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
    }
}

type Pair = (Option<i64>, Option<String>);

fn compare_pairs(op: Op, a: Pair, b: Pair) -> Option<bool> {
    let first = a.0.zip(b.0).map(|(a, b)| a.cmp(&b));
    let second = a.1.zip(b.1).map(|(a, b)| a.cmp(&b));
    match (op, first, second) {
        // a part that differs is enough
        (Op::Eq | Op::Ne, Some(order), _) | (Op::Eq | Op::Ne, _, Some(order)) if order.is_ne() => {
            Some(holds(op, order))
        }
        (_, Some(Ordering::Equal), second) => Some(holds(op, second?)),
        (Op::Eq | Op::Ne, ..) => None,
        (_, first, _) => Some(holds(op, first?)),
    }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn not(a: Option<bool>) -> Option<bool> {
    a.map(|a| !a)
}

fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    not(and(not(a), not(b)))
}

fn any(all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all.fold(Some(false), or)
}

pub(crate) fn cond(expr: &Cond, row: &Row) -> Option<bool> {
    let pair = |pair: &(Num, Text)| (num(&pair.0, row), text(&pair.1, row));
    match expr {
        Cond::Good => Some(row.good),
        Cond::Known => row.known,
        Cond::Never => Some(false),
        Cond::Num(op, a, b) => compare(*op, num(a, row), num(b, row)),
        Cond::Text(op, a, b) => compare(*op, text(a, row), text(b, row)),
        Cond::Pair(op, a, b) => compare_pairs(*op, pair(a), pair(b)),
        Cond::And(a, b) => and(cond(a, row), cond(b, row)),
        Cond::Or(a, b) => or(cond(a, row), cond(b, row)),
        Cond::Not(a) => not(cond(a, row)),
        Cond::NumIsNull(a) => Some(num(a, row).is_none()),
        Cond::TextIsNotNull(a) => Some(text(a, row).is_some()),
        Cond::Unknown(a) => Some(cond(a, row).is_none()),
        Cond::Equal(a, b) => compare(Op::Eq, cond(a, row), cond(b, row)),
        Cond::Between(a, low, high) => {
            let at_least = compare(Op::Ge, num(a, row), num(low, row));
            and(at_least, compare(Op::Le, num(a, row), num(high, row)))
        }
        Cond::In(a, list) => any(list.iter().map(|b| compare(Op::Eq, num(a, row), Some(*b)))),
        Cond::NotIn(a, list) => {
            not(any(list.iter().map(|b| compare(Op::Eq, num(a, row), Some(*b)))))
        }
        Cond::TextIn(a, list) => {
            any(list.iter().map(|b| compare(Op::Eq, text(a, row), text(b, row))))
        }
        Cond::PairIn(a, list) => {
            let b = |(number, text): &(i64, String)| (Some(*number), Some(text.clone()));
            any(list.iter().map(|item| compare_pairs(Op::Eq, pair(a), b(item))))
        }
        Cond::Matches(how, a, pattern) => matches(*how, &text(a, row)?, pattern),
    }
}

fn matches(how: Match, text: &str, pattern: &str) -> Option<bool> {
    Some(match how {
        Match::Contains => text.contains(pattern),
        Match::StartsWith => text.starts_with(pattern),
        Match::EndsWith => text.ends_with(pattern),
        Match::Like => like(text, whole(pattern)),
        Match::NotLike => !like(text, whole(pattern)),
        Match::ILike => like(&lower(text), &lower(whole(pattern))),
    })
}

/// The text in lower case: SQLite knows the letters of ASCII.
fn lower(text: &str) -> String {
    pick(text.to_ascii_lowercase(), text.to_lowercase(), text.to_lowercase())
}

/// As for [`lower`]; the servers leave a letter alone of which there would be two.
fn upper(text: &str) -> String {
    let single = |letter: char| {
        let mut upper = letter.to_uppercase();
        upper.next().filter(|_| upper.len() == 0).unwrap_or(letter)
    };
    let servers: String = text.chars().map(single).collect();
    pick(text.to_ascii_uppercase(), servers.clone(), servers)
}

fn like(text: &str, pattern: &str) -> bool {
    let mut pattern = pattern.chars();
    let mut letters = text.chars();
    match pattern.next() {
        None => text.is_empty(),
        Some('%') => {
            let rest = pattern.as_str();
            let mut from = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            from.any(|at| like(&text[at..], rest))
        }
        Some('_') => letters.next().is_some() && like(letters.as_str(), pattern.as_str()),
        Some('\\') => match pattern.next() {
            // nothing is escaped
            None => false,
            Some(plain) => {
                letters.next() == Some(plain) && like(letters.as_str(), pattern.as_str())
            }
        },
        Some(plain) => letters.next() == Some(plain) && like(letters.as_str(), pattern.as_str()),
    }
}
