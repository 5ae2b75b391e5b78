//! What takes the rows of statements that the unit of work makes itself.

use crate::{
    connection::{Row, Rows},
    entity::{DecodeNode, Node},
    error::{Error, ErrorKind, Result},
    key::RowKey,
    model::Cells,
    query::Eager,
    schema::{Join, ModelDef},
    value::{Cell, SqlType, Value},
};
use std::{collections::HashMap, sync::Arc};

/// Takes the rows of a relation: each row once, and which owners it belongs to.
pub struct TargetRows {
    target: &'static ModelDef,
    /// The cells with the key of the owner, and how they are read.
    owner: Vec<(usize, SqlType)>,
    decode: DecodeNode,
    index: HashMap<RowKey, usize>,
    pub(super) targets: Vec<Arc<dyn Node>>,
    pairs: HashMap<RowKey, Vec<usize>>,
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
        TargetRows::new(eager, types.into_iter().enumerate().collect())
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
            index: HashMap::new(),
            targets: Vec::new(),
            pairs: HashMap::new(),
        }
    }

    /// The rows of an owner, in their order.
    pub(super) fn of(&self, owner: &RowKey) -> Vec<Arc<dyn Node>> {
        let found = self.pairs.get(owner).map(Vec::as_slice).unwrap_or_default();
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
        self.pairs.entry(owner).or_insert_with(|| vec![target]);
        Ok(())
    }

    /// Takes what was read for other owners.
    pub(super) fn absorb(&mut self, other: TargetRows) {
        let TargetRows { index, targets, pairs, .. } = other;
        let mut keys: Vec<_> = index.into_iter().collect();
        keys.sort_unstable_by_key(|(_, at)| *at);
        let moved: Vec<usize> = keys
            .into_iter()
            .zip(targets)
            .map(|((key, _), target)| {
                *self.index.entry(key).or_insert_with(|| {
                    self.targets.push(target);
                    self.targets.len() - 1
                })
            })
            .collect();
        for (owner, rows) in pairs {
            let rows = rows.into_iter().filter_map(|at| moved.get(at).copied());
            self.pairs.entry(owner).or_default().extend(rows);
        }
    }

    fn owner_key(&self, row: &dyn Row, from: usize) -> Result<RowKey> {
        read_key(row, self.owner.iter().map(|(at, ty)| (from + at, ty)))
    }

    /// The position of the related row whose cells start at `start`, read if it is a new one.
    fn target(&mut self, row: &dyn Row, start: usize) -> Result<usize> {
        let target = self.target;
        let key_cells = target.primary_key.iter().map(|at| (start + at, &target.columns[*at].ty));
        let key = read_key(row, key_cells).map_err(|error| error.with_table(target.table))?;
        if let Some(at) = self.index.get(&key) {
            return Ok(*at);
        }
        self.targets.push((self.decode)(&mut Cells::new(row, start, target))?);
        self.index.insert(key, self.targets.len() - 1);
        Ok(self.targets.len() - 1)
    }
}

impl Rows for TargetRows {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let owner = self.owner_key(row, 0)?;
        let target = self.target(row, self.owner.len())?;
        self.pairs.entry(owner).or_default().push(target);
        Ok(())
    }
}

/// Reads some cells of a row as a key.
fn read_key<'t>(
    row: &dyn Row,
    cells: impl ExactSizeIterator<Item = (usize, &'t SqlType)>,
) -> Result<RowKey> {
    let values: Result<Vec<Value>> = cells
        .map(|(at, ty)| {
            ty.read(row.cell(at)?).map_err(|misfit| Error::new(ErrorKind::Decode, misfit.0))
        })
        .collect();
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
