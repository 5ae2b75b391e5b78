//! Random expressions as the library builds them.

use super::{
    Thing,
    make::{Cond, Match, Num, Op, Text},
};
use relata::{
    Operand, Predicate,
    prelude::*,
    query::{
        OperandOrNull, Sql, TupleExpr, abs, case, coalesce, greatest, least, length, lower, ltrim,
        nullif, replace, rtrim, substr, trim, tuple, upper, value,
    },
};
use relata_suite::{Need, has};

pub(crate) fn num(expr: &Num) -> Sql<Option<i64>> {
    match expr {
        Num::Number => Thing.number.optional(),
        Num::Maybe => Thing.maybe.optional(),
        Num::Other => Thing.other.optional(),
        Num::Literal(number) => value(*number).optional(),
        Num::Add(a, b) => num(a) + num(b),
        Num::Sub(a, b) => num(a) - num(b),
        Num::Mul(a, b) => num(a) * num(b) % 1_000,
        Num::Div(a, b) => num(a) / num(b),
        Num::Rem(a, b) => num(a) % num(b),
        Num::AddLiteral(a, b) => num(a) + *b,
        Num::Negative(a) => -num(a),
        Num::Abs(a) => abs(num(a)),
        Num::Length(a) => length(text(a)),
        Num::Coalesce(a, b) => coalesce((num(a), num(b))),
        Num::NullIf(a, b) => nullif(num(a), *b),
        Num::Greatest(a, b) => greatest((num(a), num(b))),
        Num::Least(a, b) => least((num(a), num(b))),
        Num::Case(arms, otherwise) => {
            let (first, rest) = arms.split_first().unwrap();
            let first = case().when(cond(&first.0), num(&first.1));
            let all = rest.iter().fold(first, |all, arm| all.when(cond(&arm.0), num(&arm.1)));
            match otherwise {
                Some(value) => all.otherwise(num(value)),
                None => all.end(),
            }
        }
        // PostgreSQL casts only what is a number
        Num::Cast(a) if has(Need::Postgres) => length(text(a)).cast::<String>().cast(),
        Num::Cast(a) => substr(text(a), 1, 4).cast(),
    }
}

pub(crate) fn text(expr: &Text) -> Sql<Option<String>> {
    match expr {
        Text::Title => Thing.title.optional(),
        Text::Note => Thing.note.optional(),
        Text::Literal(text) => value(text.clone()).optional(),
        Text::Concat(a, b) => text(a).concat(text(b)),
        Text::Plus(a, b) => text(a) + b,
        Text::Lower(a) => lower(text(a)),
        Text::Upper(a) => upper(text(a)),
        Text::Trim(a) => trim(text(a)),
        Text::LTrim(a) => ltrim(text(a)),
        Text::RTrim(a) => rtrim(text(a)),
        Text::Replace(a, from, to) => replace(text(a), from, to),
        Text::Substr(a, start, length) => substr(text(a), *start, *length),
        Text::Coalesce(a, b) => coalesce((text(a), text(b))),
        Text::Case(a, b, c) => case().when(cond(a), text(b)).otherwise(text(c)),
        Text::Cast(a) => num(a).cast(),
    }
}

fn pair((a, b): &(Num, Text)) -> TupleExpr<(Option<i64>, Option<String>)> {
    tuple((num(a), text(b)))
}

fn compare<V, E: Expression<Value = V> + Operand<V> + OperandOrNull<V>>(
    op: Op,
    a: E,
    b: E,
) -> Predicate {
    match op {
        Op::Eq => a.eq(b),
        Op::Ne => a.ne(b),
        Op::Lt => a.lt(b),
        Op::Le => a.le(b),
        Op::Gt => a.gt(b),
        Op::Ge => a.ge(b),
        Op::Same => a.same_as(b),
        Op::Differs => a.differs_from(b),
    }
}

fn compare_pairs(op: Op, a: &(Num, Text), b: &(Num, Text)) -> Predicate {
    let b = (num(&b.0), text(&b.1));
    match op {
        Op::Eq | Op::Same => pair(a).eq(b),
        Op::Ne | Op::Differs => pair(a).ne(b),
        Op::Lt => pair(a).lt(b),
        Op::Le => pair(a).le(b),
        Op::Gt => pair(a).gt(b),
        Op::Ge => pair(a).ge(b),
    }
}

pub(crate) fn cond(expr: &Cond) -> Predicate {
    match expr {
        Cond::Good => Thing.good.into(),
        Cond::Known => Thing.known.into(),
        Cond::Never => Thing.number.is_in([0_i64; 0]),
        Cond::Num(op, a, b) => compare(*op, num(a), num(b)),
        Cond::Text(op, a, b) => compare(*op, text(a), text(b)),
        Cond::Pair(op, a, b) => compare_pairs(*op, a, b),
        Cond::And(a, b) => cond(a) & cond(b),
        Cond::Or(a, b) => cond(a) | cond(b),
        Cond::Not(a) => !cond(a),
        Cond::NumIsNull(a) => num(a).is_null(),
        Cond::TextIsNotNull(a) => text(a).is_not_null(),
        Cond::Unknown(a) => cond(a).value().is_null(),
        Cond::Equal(a, b) => cond(a).value().eq(cond(b).value()),
        Cond::Between(a, low, high) => num(a).between(num(low), num(high)),
        Cond::In(a, list) => num(a).is_in(list),
        Cond::NotIn(a, list) => num(a).not_in(list),
        Cond::TextIn(a, list) => text(a).is_in(list.iter().map(text)),
        Cond::PairIn(a, list) => pair(a).is_in(list.iter().cloned()),
        Cond::Matches(how, a, pattern) => match how {
            Match::Contains => text(a).contains(pattern),
            Match::StartsWith => text(a).starts_with(pattern),
            Match::EndsWith => text(a).ends_with(pattern),
            Match::Like => text(a).like(whole(pattern)),
            Match::NotLike => text(a).not_like(whole(pattern)),
            Match::ILike => text(a).ilike(whole(pattern)),
        },
    }
}

/// PostgreSQL refuses a pattern that ends with an escape of nothing, and MySQL takes it for itself.
pub(crate) fn whole(pattern: &str) -> &str {
    let escapes = pattern.len() - pattern.trim_end_matches('\\').len();
    match pattern.strip_suffix('\\') {
        Some(whole) if escapes % 2 == 1 && has(Need::Server) => whole,
        _ => pattern,
    }
}
