//! What takes the rows of statements that the unit of work makes itself.

use crate::{
    connection::{Params, Row, Rows, Statement},
    entity::{DecodeNode, Node},
    error::{Error, ErrorKind, Result},
    key::RowKey,
    model::Cells,
    query::Eager,
    schema::{Join, ModelDef},
    sql::{self, Dialect, Rendered},
    value::{Cell, SqlType, Value},
};
use foldhash::{HashMap, HashMapExt as _};
use std::{collections::hash_map::Entry, sync::Arc};

/// Takes the rows of a relation: each row once, and which owners it belongs to.
pub struct TargetRows {
    target: &'static ModelDef,
    /// The cells with the key of the owner, and how they are read.
    owner: Vec<(usize, SqlType)>,
    decode: DecodeNode,
    /// Where each related row is; `None` where every row that comes is another one.
    index: Option<HashMap<RowKey, usize>>,
    pub(super) targets: Vec<Arc<dyn Node>>,
    owners: HashMap<RowKey, usize>,
    /// The rows of each owner.
    lists: Vec<Vec<usize>>,
    /// The owner of the row before, which often has the next one too.
    last: Option<(RowKey, usize)>,
}

impl TargetRows {
    /// For rows of the owner's key, and the related row behind it.
    pub(super) fn behind(eager: &Eager) -> Self {
        let resolved = eager.resolved();
        let target = resolved.target;
        let types: Vec<SqlType> = match (&resolved.join, resolved.link) {
            (Join::Link { own, .. }, Some(link)) => {
                own.iter().map(|(from, _)| link.columns[from].ty).collect()
            }
            (Join::Parent { key }, _) => key.iter().map(|(_, to)| target.columns[to].ty).collect(),
            (Join::Children { key } | Join::Link { own: key, .. }, _) => {
                key.iter().map(|(from, _)| target.columns[from].ty).collect()
            }
        };
        let mut rows = TargetRows::new(eager, types.into_iter().enumerate().collect());
        if matches!(resolved.join, Join::Children { .. }) {
            rows.index = None;
        }
        rows
    }

    /// For rows that end with the related row of a relation that leads to one.
    pub fn joined(eager: &Eager) -> Self {
        let resolved = eager.resolved();
        let typed = |at: usize| (at, resolved.target.columns[at].ty);
        let owner = match &resolved.join {
            Join::Parent { key } => key.iter().map(|(_, to)| typed(to)).collect(),
            Join::Children { key } | Join::Link { own: key, .. } => {
                key.iter().map(|(from, _)| typed(from)).collect()
            }
        };
        TargetRows::new(eager, owner)
    }

    fn new(eager: &Eager, owner: Vec<(usize, SqlType)>) -> Self {
        TargetRows {
            target: eager.resolved().target,
            owner,
            decode: eager.decode,
            index: Some(HashMap::new()),
            targets: Vec::new(),
            owners: HashMap::new(),
            lists: Vec::new(),
            last: None,
        }
    }

    /// The list of an owner.
    fn list(&mut self, owner: RowKey) -> &mut Vec<usize> {
        let at = match &self.last {
            Some((last, at)) if *last == owner => *at,
            _ => {
                let next = self.lists.len();
                let at = *self.owners.entry(owner.clone()).or_insert(next);
                if at == next {
                    self.lists.push(Vec::new());
                }
                self.last = Some((owner, at));
                at
            }
        };
        &mut self.lists[at]
    }

    /// The rows of an owner, in their order.
    pub(super) fn of(&self, owner: &RowKey) -> Vec<Arc<dyn Node>> {
        let found = self.owners.get(owner).map(|at| &*self.lists[*at]).unwrap_or_default();
        found.iter().map(|at| self.targets[*at].clone()).collect()
    }

    /// Reads the related row that starts at `at`, if there is one, and moves `at` behind it.
    ///
    /// # Errors
    /// `Decode` where a cell does not fit its column.
    pub fn read_joined(&mut self, row: &dyn Row, at: &mut usize) -> Result<()> {
        let start = *at;
        *at += self.target.columns.len();
        for key in self.target.primary_key {
            if matches!(row.cell(start + key)?, Cell::Null) {
                return Ok(());
            }
        }
        let owner = self.owner_key(row, start)?;
        let target = self.target(row, start)?;
        let list = self.list(owner);
        if list.is_empty() {
            list.push(target);
        }
        Ok(())
    }

    /// Takes what was read for other owners.
    pub(super) fn absorb(&mut self, other: TargetRows) {
        let TargetRows { index, targets, owners, lists, .. } = other;
        let mut keys: Vec<_> = index.into_iter().flatten().collect();
        keys.sort_unstable_by_key(|(_, at)| *at);
        let mut keys = keys.into_iter();
        let moved: Vec<usize> = targets
            .into_iter()
            .map(|target| {
                let next = self.targets.len();
                let at = match (&mut self.index, keys.next()) {
                    (Some(index), Some((key, _))) => *index.entry(key).or_insert(next),
                    _ => next,
                };
                if at == next {
                    self.targets.push(target);
                }
                at
            })
            .collect();
        for (owner, list) in owners {
            let rows = lists[list].iter().filter_map(|at| moved.get(*at).copied());
            self.list(owner).extend(rows);
        }
    }

    fn owner_key(&self, row: &dyn Row, from: usize) -> Result<RowKey> {
        read_key(row, self.owner.iter().map(|(at, ty)| (from + at, ty)))
    }

    /// The position of the related row whose cells start at `start`, read if it is a new one.
    fn target(&mut self, row: &dyn Row, start: usize) -> Result<usize> {
        let target = self.target;
        let next = self.targets.len();
        if let Some(index) = &mut self.index {
            let cells = target.primary_key.iter().map(|at| (start + at, &target.columns[*at].ty));
            let key = read_key(row, cells).map_err(|error| error.with_table(target.table))?;
            match index.entry(key) {
                Entry::Occupied(known) => return Ok(*known.get()),
                Entry::Vacant(free) => drop(free.insert(next)),
            }
        }
        self.targets.push((self.decode)(&mut Cells::new(row, start, target))?);
        Ok(next)
    }
}

impl Rows for TargetRows {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let owner = self.owner_key(row, 0)?;
        let target = self.target(row, self.owner.len())?;
        self.list(owner).push(target);
        Ok(())
    }
}

/// Reads some cells of a row as a key.
fn read_key<'t>(
    row: &dyn Row,
    cells: impl ExactSizeIterator<Item = (usize, &'t SqlType)>,
) -> Result<RowKey> {
    let read = |(at, ty): (usize, &SqlType)| {
        ty.read(row.cell(at)?).map_err(|misfit| Error::new(ErrorKind::Decode, misfit.0))
    };
    let mut cells = cells;
    if cells.len() == 1
        && let Some(only) = cells.next()
    {
        return read(only).map(RowKey::One);
    }
    let values: Result<Vec<Value>> = cells.map(read).collect();
    Ok(RowKey::of(values?.into_iter()))
}

/// Takes rows as plain values, by the types of their columns.
pub(super) struct ValueRows {
    types: Vec<SqlType>,
    pub(super) rows: Vec<Vec<Value>>,
}

impl ValueRows {
    /// For rows of these columns of a table.
    pub(super) fn new(def: &ModelDef, columns: &[usize]) -> Self {
        ValueRows {
            types: columns.iter().map(|at| def.columns[*at].ty).collect(),
            rows: Vec::new(),
        }
    }
}

impl Rows for ValueRows {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let key = read_key(row, self.types.iter().enumerate())?;
        self.rows.push(key.values().to_vec());
        Ok(())
    }
}

/// The statement that reads the columns `what` of the rows whose columns `by` hold one of the keys.
pub(super) fn select_by(
    dialect: Dialect,
    def: &'static ModelDef,
    what: &[usize],
    by: &[usize],
    keys: &[RowKey],
) -> Result<Statement> {
    Ok(reading(def, what, sql::select_by(dialect, def, what, by, keys)?))
}

/// The statement that reads the columns `by` of the rows that hold one of the keys there, as they are now.
pub(super) fn lock_by(
    dialect: Dialect,
    def: &'static ModelDef,
    by: &[usize],
    keys: &[RowKey],
) -> Result<Statement> {
    Ok(reading(def, by, sql::lock_by(dialect, def, by, keys)?))
}

fn reading(def: &'static ModelDef, what: &[usize], rendered: Rendered) -> Statement {
    Statement {
        sql: rendered.sql.into(),
        params: Params::once(rendered.params),
        rows: Some(Box::new(ValueRows::new(def, what))),
        table: Some(def.table),
        key: None,
    }
}
