//! [`KeyPairs`]: which columns of one table refer to which of another, found in const evaluation.

use super::{ModelDef, def::same, message::fail, resolve::Side};
use crate::{
    key::RowKey,
    value::{SqlType, Value},
};

/// The most columns that a key can have.
const WIDEST: usize = 4;

/// The columns of a foreign key, each with the column that it refers to: one pair, or up to four
/// where the key referred to is composite. The pairs are in the order of the columns referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyPairs {
    from: [u16; WIDEST],
    to: [u16; WIDEST],
    len: u8,
}

#[expect(clippy::len_without_is_empty, reason = "a key has at least one column")]
impl KeyPairs {
    const NONE: KeyPairs = KeyPairs { from: [0; WIDEST], to: [0; WIDEST], len: 0 };

    /// How many columns the key has; at least 1.
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// The position of a column of the foreign key, in the table that holds it.
    pub const fn from(&self, at: usize) -> usize {
        self.from[at] as usize
    }

    /// The position of the column that it refers to, in the other table.
    pub const fn to(&self, at: usize) -> usize {
        self.to[at] as usize
    }

    /// The pairs: the column with the foreign key, and the column it refers to.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (usize, usize)> + use<> {
        let pairs = *self;
        (0..pairs.len()).map(move |at| (pairs.from(at), pairs.to(at)))
    }

    /// The columns of the foreign key, with what they say where they refer to these values.
    pub(crate) fn referring<'a>(
        &self,
        to: &'a RowKey,
    ) -> impl Iterator<Item = (usize, Value)> + use<'a> {
        self.iter().map(|(from, _)| from).zip(to.values().iter().cloned())
    }

    #[expect(clippy::cast_possible_truncation, reason = "no table has 65,536 columns")]
    const fn push(&mut self, from: usize, to: usize) {
        self.from[self.len()] = from as u16;
        self.to[self.len()] = to as u16;
        self.len += 1;
    }

    const fn referring_to(&self, to: usize) -> Option<usize> {
        let mut at = 0;
        while at < self.len() {
            if self.to(at) == to {
                return Some(self.from(at));
            }
            at += 1;
        }
        None
    }

    /// Whether what it refers to is the primary key of the model.
    pub(crate) fn is_key_of(&self, target: &ModelDef) -> bool {
        self.iter().map(|(_, to)| to).eq(target.primary_key.iter().copied())
    }

    /// Whether the key has this column.
    pub(super) const fn has(&self, from: usize) -> bool {
        let mut at = 0;
        while at < self.len() {
            if self.from(at) == from {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Whether both are the same columns, in const evaluation.
    pub(super) const fn same(&self, other: &KeyPairs) -> bool {
        let mut at = 0;
        while at < self.len() && at < other.len() {
            if self.from(at) != other.from(at) || self.to(at) != other.to(at) {
                return false;
            }
            at += 1;
        }
        self.len == other.len
    }

    /// Whether the foreign key may be NULL: one column is enough for it to refer to nothing.
    pub(super) const fn nullable(&self, holder: &ModelDef) -> bool {
        let mut at = 0;
        while at < self.len() {
            if holder.columns[self.from(at)].nullable {
                return true;
            }
            at += 1;
        }
        false
    }

    /// The field of the first column, for messages.
    pub(super) const fn field(&self, holder: &ModelDef) -> &'static str {
        holder.columns[self.from(0)].field
    }
}

/// What a search for a foreign key finds; the numbers are positions.
pub(super) enum Found {
    Key(KeyPairs),
    None,
    /// Two columns, each of which would do.
    Several(usize, usize),
    /// No column refers to this one of a composite key.
    Part(usize),
    /// A column refers to one that is not unique.
    NotUnique(usize, usize),
    TooWide,
}

/// Searches the holder's columns, or those named, for a foreign key to a model.
pub(super) const fn search(holder: &ModelDef, target: &ModelDef, named: &[&str]) -> Found {
    let mut pairs = KeyPairs::NONE;
    let mut to = 0;
    while to < target.columns.len() {
        let mut from = 0;
        while from < holder.columns.len() {
            if refers(holder, from, target, to) && chosen(named, holder.columns[from].field) {
                if let Some(first) = pairs.referring_to(to) {
                    return Found::Several(first, from);
                }
                if pairs.len() == WIDEST {
                    return Found::TooWide;
                }
                pairs.push(from, to);
            }
            from += 1;
        }
        to += 1;
    }
    judge(pairs, target)
}

/// What the columns found come to: they have to refer to a whole key.
const fn judge(pairs: KeyPairs, target: &ModelDef) -> Found {
    if pairs.len() == 0 {
        return Found::None;
    }
    if pairs.len() == 1 && is_unique(target, pairs.to(0)) {
        return Found::Key(pairs);
    }
    let mut at = 0;
    while at < pairs.len() {
        if !target.columns[pairs.to(at)].primary_key {
            return match pairs.len() {
                1 => Found::NotUnique(pairs.from(0), pairs.to(0)),
                _ => Found::Several(pairs.from(0), pairs.from(1)),
            };
        }
        at += 1;
    }
    let mut at = 0;
    while at < target.primary_key.len() {
        if pairs.referring_to(target.primary_key[at]).is_none() {
            return Found::Part(target.primary_key[at]);
        }
        at += 1;
    }
    Found::Key(pairs)
}

const fn refers(holder: &ModelDef, from: usize, target: &ModelDef, to: usize) -> bool {
    match &holder.columns[from].references {
        Some(reference) => {
            same(reference.model, target.identity)
                && same(reference.column, target.columns[to].name)
        }
        None => false,
    }
}

/// The first column of the holder that refers to a model at all.
pub(super) const fn first_reference(holder: &ModelDef, target: &ModelDef) -> Option<usize> {
    let mut at = 0;
    while at < holder.columns.len() {
        if let Some(reference) = &holder.columns[at].references
            && same(reference.model, target.identity)
        {
            return Some(at);
        }
        at += 1;
    }
    None
}

const fn chosen(named: &[&str], field: &str) -> bool {
    let mut at = 0;
    while at < named.len() {
        if same(named[at], field) {
            return true;
        }
        at += 1;
    }
    named.is_empty()
}

/// Whether no two rows have the same value in this column alone.
const fn is_unique(target: &ModelDef, column: usize) -> bool {
    if target.columns[column].unique {
        return true;
    }
    if target.columns[column].primary_key {
        return target.primary_key.len() == 1;
    }
    let mut at = 0;
    while at < target.uniques.len() {
        let columns = target.uniques[at].columns;
        if columns.len() == 1 && columns[0] == column {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether the named fields are columns of the holder that refer to the target; fails if not.
#[track_caller]
pub(super) const fn check_named(
    side: Side,
    option: &str,
    holder: &ModelDef,
    target: &ModelDef,
    named: &[&str],
) {
    let mut at = 0;
    while at < named.len() {
        let names = [side.model(), side.field(), option, named[at], holder.name, target.name];
        let Some(column) = holder.column(named[at]) else {
            fail(
                "`{}.{}`: `{}` names `{}`, but `{}` has no such column; name one that points at `{}`",
                &names,
            )
        };
        let points = match &holder.columns[column].references {
            Some(reference) => same(reference.model, target.identity),
            None => false,
        };
        if !points {
            let key = target.columns[target.primary_key[0]].field;
            fail(
                "`{}.{}`: `{}` names `{}`, but that column of `{}` does not point at `{}`; add `#[field(foreign_key = {}.{})]` to it or name another",
                &[names[0], names[1], names[2], names[3], names[4], names[5], target.name, key],
            )
        }
        at += 1;
    }
}

/// The key that a search found, or a failure that says why there is none; the two cases whose cure
/// depends on who asks, no key and several, are the caller's.
#[track_caller]
pub(super) const fn whole_key(
    side: Side,
    holder: &ModelDef,
    target: &ModelDef,
    found: &Found,
) -> KeyPairs {
    let (model, field) = (side.model(), side.field());
    match found {
        Found::Key(pairs) => *pairs,
        Found::Part(missing) => fail(
            "`{}.{}`: the key of `{}` has several columns, and no column of `{}` points at `{}.{}`; add a field with `#[field(foreign_key = {}.{})]` to `{}`",
            &[
                model,
                field,
                target.name,
                holder.name,
                target.name,
                target.columns[*missing].field,
                target.name,
                target.columns[*missing].field,
                holder.name,
            ],
        ),
        Found::NotUnique(from, to) => fail(
            "`{}.{}`: `{}.{}` points at `{}.{}`, which is not unique; add `#[field(unique)]` to that, or point at the primary key",
            &[
                model,
                field,
                holder.name,
                holder.columns[*from].field,
                target.name,
                target.columns[*to].field,
            ],
        ),
        Found::TooWide | Found::None | Found::Several(..) => fail(
            "`{}.{}`: the key from `{}` to `{}` has more than four columns; give `{}` a key of its own: `#[field(primary_key)] id: Id<{}>`",
            &[model, field, holder.name, target.name, target.name, target.name],
        ),
    }
}

/// The type of a field that refers to a model with a key of one column, in the three parts that a
/// message puts together.
pub(super) const fn key_type(target: &ModelDef) -> [&'static str; 3] {
    let key = &target.columns[target.primary_key[0]];
    if key.generated || same(key.field, "id") {
        return ["Id<", target.name, ">"];
    }
    let name = match key.ty {
        SqlType::Integer(16) => "i16",
        SqlType::Integer(32) => "i32",
        SqlType::Integer(_) => "i64",
        SqlType::Float => "f32",
        SqlType::Double => "f64",
        SqlType::Boolean => "bool",
        SqlType::Text(_) => "String",
        SqlType::Bytes => "Vec<u8>",
        SqlType::Uuid => "Uuid",
        SqlType::Decimal(_) => "Decimal",
        SqlType::Date => "NaiveDate",
        SqlType::Time => "NaiveTime",
        SqlType::DateTime => "NaiveDateTime",
        SqlType::Timestamp => "DateTime<Utc>",
        SqlType::Interval => "TimeDelta",
        SqlType::Enum(of) => of.enum_name,
        SqlType::Json | SqlType::Array(_) => "_",
    };
    ["", name, ""]
}
