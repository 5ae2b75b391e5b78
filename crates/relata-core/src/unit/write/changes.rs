//! Changes and deletes as statements, which run once for each row or take many rows as a list.

use super::{Expected, Writes, bound, missed::Sought};
use crate::{
    connection::{Params, Statement},
    error::Result,
    key::RowKey,
    schema::{ModelDef, Reference},
    sql::{self, Listed, light},
    unit::{
        delete::{Deletes, Doomed},
        depend::Match,
        entries::Tables,
        order::{Pending, depths},
        picture,
    },
    value::Value,
};
use foldhash::{HashSet, HashSetExt as _};
use std::borrow::Cow;

/// Rows to be changed or deleted by some of their columns.
pub(super) struct Change {
    pub(super) kind: Kind,
    pub(super) rows: Match,
    /// For an update, the columns in their order with their new values.
    pub(super) new: Vec<(usize, Value)>,
}

#[derive(Clone, PartialEq)]
pub(super) enum Kind {
    Update,
    /// These columns become NULL.
    Free {
        set: Vec<usize>,
    },
    /// These columns become what the database says by itself.
    Reset {
        set: Vec<usize>,
    },
    /// Link rows, whether they are there or not.
    Unlink,
    /// `expected`: it is an error where the row is not there.
    Delete {
        expected: bool,
    },
}

impl Change {
    /// One that gives no values.
    pub(super) fn of(kind: Kind, rows: Match) -> Self {
        Change { kind, rows, new: Vec::new() }
    }

    /// Whether it gives a row another value in a column of its key.
    fn moves(&self, column: usize, value: &Value) -> bool {
        let part = self.rows.columns.iter().position(|at| *at == column);
        part.is_some_and(|part| self.rows.key.values()[part] != *value)
    }

    /// Whether one statement can do both.
    fn is_like(&self, other: &Change) -> bool {
        self.kind == other.kind
            && self.rows.def == other.rows.def
            && self.rows.columns == other.rows.columns
            && self.new.iter().map(|(at, _)| at).eq(other.new.iter().map(|(at, _)| at))
    }
}

impl Kind {
    /// Whether it is an error where a row is not there.
    fn expects(&self) -> bool {
        matches!(self, Kind::Update | Kind::Reset { .. } | Kind::Delete { expected: true })
    }

    fn deletes(&self) -> bool {
        matches!(self, Kind::Unlink | Kind::Delete { .. })
    }
}

impl Writes {
    pub(super) fn write_later(&mut self, row: usize, column: usize, value: Value) {
        let Pending { def, values } = &self.rows[row];
        let rows = by_key(def, &picture::key_in(def, values));
        self.last.push(Change { kind: Kind::Update, rows, new: vec![(column, value)] });
    }

    /// Deletes rows behind the inserts, since stored rows that refer to them may be given new ones. Where none waits
    /// for that, and rows of a table with unique columns are deleted while others of it are new or get other unique
    /// values, deletes go before those.
    pub(super) fn delete(&mut self, deletes: &Deletes) {
        let mut tables = Tables::default();
        let mut defs: Vec<&'static ModelDef> = Vec::new();
        for row in &deletes.rows {
            if tables.number(row.def) == defs.len() {
                defs.push(row.def);
            }
        }
        let depths = depths(&defs);
        let place = |def: &ModelDef| defs.iter().position(|other| *other == def).unwrap_or(0);
        // Tables of one depth one after the other, not row by row.
        let rows = deletes.ordered(|def| depths[place(def)] * defs.len() + place(def));
        let mut changes = self.cut_circles(&rows);
        for table in rows.chunk_by(|a, b| a.def == b.def) {
            changes.extend(unlink(table[0].def, deletes));
            changes.extend(table.iter().map(|row| {
                let kind = Kind::Delete { expected: row.expected };
                Change::of(kind, by_key(row.def, &row.key))
            }));
        }
        if self.last.iter().any(|change| leads_away(change, &rows)) {
            self.last.extend(changes);
            return;
        }
        let updates = self.updates_that_need_room(&rows);
        let make_room = self.may_need_room(&rows) || !updates.is_empty();
        if make_room { &mut self.room } else { &mut self.last }.extend(changes);
        self.room.extend(updates);
    }

    /// Takes out the updates that may give rows unique values, or keys, of deleted ones.
    fn updates_that_need_room(&mut self, rows: &[&Doomed]) -> Vec<Change> {
        let needs = |change: &Change| {
            let def = change.rows.def;
            change.kind == Kind::Update
                && change
                    .new
                    .iter()
                    .any(|(at, value)| is_unique(def, *at) || change.moves(*at, value))
                && rows.iter().any(|row| row.def == def)
                && !leads_away(change, rows)
        };
        if rows.is_empty() || !self.first.iter().any(needs) {
            return Vec::new();
        }
        let first = std::mem::take(&mut self.first).into_iter();
        let (updates, first) = first.partition(needs);
        self.first = first;
        updates
    }

    /// Whether new rows may have unique values of deleted ones.
    fn may_need_room(&self, rows: &[&Doomed]) -> bool {
        let unique = |def: &ModelDef| (0..def.columns.len()).any(|at| is_unique(def, at));
        let has_new = |def: &ModelDef| self.rows.iter().any(|row| row.def == def);
        rows.chunk_by(|a, b| a.def == b.def).any(|t| unique(t[0].def) && has_new(t[0].def))
    }

    /// A row that refers to one deleted before it lets go of that one first, where its key may be
    /// NULL: rows of a table that refers to itself, or to another in a circle.
    fn cut_circles(&self, rows: &[&Doomed]) -> Vec<Change> {
        let mut cuts = Vec::new();
        let mut gone: HashSet<(&str, RowKey)> = HashSet::new();
        for row in rows {
            if self.capabilities.checks_each_row {
                // It would stand in its own way.
                gone.insert((row.def.identity, row.key.settled()));
            }
            for (at, column) in row.def.columns.iter().enumerate() {
                let Some(to) = column.references.filter(|_| column.nullable) else { continue };
                let dangling = match row.values.get(at) {
                    Some(value) => gone.contains(&(to.model, RowKey::One(value.clone()).settled())),
                    None => gone.iter().any(|(model, _)| *model == to.model),
                };
                if dangling {
                    let kind = Kind::Free { set: vec![at] };
                    cuts.push(Change::of(kind, by_key(row.def, &row.key)));
                }
            }
            gone.insert((row.def.identity, row.key.settled()));
        }
        cuts
    }

    /// Adds changes and deletes: those of one form follow each other as one statement.
    pub(super) fn changes(
        &mut self,
        changes: Vec<Change>,
        statements: &mut Vec<Statement>,
    ) -> Result<()> {
        let mut groups: Vec<Vec<Change>> = Vec::new();
        for change in changes {
            // The order of deletes between tables counts, so only neighbours are one statement.
            let within = match change.kind {
                Kind::Delete { .. } => groups.len().saturating_sub(1),
                _ => 0,
            };
            let like = |group: &&mut Vec<Change>| group[0].is_like(&change);
            match groups[within..].iter_mut().rev().find(like) {
                Some(group) => group.push(change),
                None => groups.push(vec![change]),
            }
        }
        for group in groups {
            self.change(group, statements)?;
        }
        Ok(())
    }

    /// Adds the statement of changes of one form, or the few that take many rows each.
    fn change(&mut self, group: Vec<Change>, statements: &mut Vec<Statement>) -> Result<()> {
        let Change { kind, rows: Match { def, columns, .. }, new } = &group[0];
        let set: Vec<usize> = new.iter().map(|(column, _)| *column).collect();
        let (kind, def, columns) = (kind.clone(), *def, columns.clone());
        let mut values = Vec::with_capacity((set.len() + columns.len()) * group.len());
        let mut keys = Vec::with_capacity(group.len());
        for change in group {
            for (column, value) in &change.new {
                values.push(bound(def, *column, value)?);
            }
            for (column, value) in columns.iter().zip(change.rows.key.values()) {
                values.push(bound(def, *column, value)?);
            }
            keys.push(change.rows.key);
        }
        let rows = Group { kind, def, set, columns, keys, values };
        match self.listed(&rows) {
            Some(all) => statements.extend(all),
            None => statements.push(self.one_by_one(rows)),
        }
        Ok(())
    }

    /// One statement, which runs for each row.
    fn one_by_one(&mut self, rows: Group) -> Statement {
        let Group { kind, def, set, columns, keys, values } = rows;
        let dialect = self.capabilities.dialect;
        let sql = match &kind {
            Kind::Update => sql::update(dialect, def, &set, &columns),
            Kind::Free { set } => sql::set_null(dialect, def, set, &columns),
            Kind::Reset { set } => sql::set_default(dialect, def, set, &columns),
            Kind::Unlink | Kind::Delete { .. } => sql::delete(dialect, def, &columns),
        };
        let params = Params { width: set.len() + columns.len(), sets: keys.len(), values };
        self.expected.push(match kind.expects() {
            true => Expected::Rows { def, keys, deleted: kind.deletes() },
            false => Expected::Nothing,
        });
        Statement { sql: sql.into(), params, rows: None, table: Some(def.table), key: None }
    }

    /// Statements that take many rows each, where the database has them and the order of the rows does
    /// not matter.
    fn listed(&mut self, rows: &Group) -> Option<Vec<Statement>> {
        let Group { kind, def, set, columns, keys, values } = rows;
        if !self.capabilities.row_lists || keys.len() == 1 || self.in_turn(rows) {
            return None;
        }
        let what = match kind {
            Kind::Update => Listed::Update(set),
            Kind::Free { set } => Listed::SetNull(set),
            Kind::Reset { .. } => return None,
            Kind::Unlink | Kind::Delete { .. } => Listed::Delete,
        };
        let width = set.len() + columns.len();
        let pieces = light(values, width)?;
        let statement = |piece: &&[Value]| {
            let rendered = sql::listed(self.capabilities.dialect, def, what, columns, piece)?;
            let (sql, params) = (rendered.sql.into(), Params::once(rendered.params));
            Some(Statement { sql, params, rows: None, table: Some(def.table), key: None })
        };
        let statements = pieces.iter().map(statement).collect::<Option<_>>()?;
        let mut rest = &**keys;
        for piece in pieces {
            let (own, after) = rest.split_at(piece.len() / width);
            rest = after;
            self.expected.push(match kind.expects() {
                true => {
                    let (columns, keys) = (columns.clone(), own.to_vec());
                    Expected::All(Sought { def, columns, keys, deleted: kind.deletes() })
                }
                false => Expected::Nothing,
            });
        }
        Some(statements)
    }

    /// Whether the rows must be written one after the other: a value may be free only once the row
    /// before has let go of it, or a row may refer to one before it.
    fn in_turn(&self, Group { kind, def, set, .. }: &Group) -> bool {
        match kind {
            Kind::Update => {
                set.iter().any(|at| def.columns[*at].primary_key || is_unique(def, *at))
            }
            Kind::Delete { .. } if self.capabilities.checks_each_row => {
                let own = |to: Reference| to.model == def.identity;
                def.columns.iter().any(|column| column.references.is_some_and(own))
            }
            Kind::Free { .. } | Kind::Reset { .. } | Kind::Unlink | Kind::Delete { .. } => false,
        }
    }
}

/// Whether the model says that a column is unique, by itself or with others.
fn is_unique(def: &ModelDef, at: usize) -> bool {
    def.columns[at].unique || def.uniques.iter().any(|unique| unique.columns.contains(&at))
}

/// Whether a change may lead a row from one that is deleted to a new one.
fn leads_away(change: &Change, deleted: &[&Doomed]) -> bool {
    let columns = change.new.iter().filter_map(|(at, _)| change.rows.def.columns[*at].references);
    columns.into_iter().any(|to| deleted.iter().any(|row| row.def.identity == to.model))
}

/// What deletes the links of the rows of a table: behind those that are changed or deleted themselves,
/// which are still there.
fn unlink(owner: &ModelDef, deletes: &Deletes) -> impl Iterator<Item = Change> {
    let links = deletes.links.iter().filter(move |links| links.owner == owner && !links.replaced);
    // Nothing refers to a row whose key is not known.
    let rows = links.map(|links| &links.rows).filter(|rows| rows.key.is_resolved());
    rows.map(|rows| Change::of(Kind::Unlink, rows.clone()))
}

/// Changes of one form.
struct Group {
    kind: Kind,
    def: &'static ModelDef,
    /// The columns that get values.
    set: Vec<usize>,
    columns: Cow<'static, [usize]>,
    keys: Vec<RowKey>,
    /// For each, the new values and those to find it by.
    values: Vec<Value>,
}

pub(super) fn by_key(def: &'static ModelDef, key: &RowKey) -> Match {
    Match { def, columns: def.primary_key.into(), key: key.clone() }
}
