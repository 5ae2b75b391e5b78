//! [`Load`]: the rows of a relation for many owners in one statement, each related row read and
//! kept once.

use super::changes::changes;
use crate::{
    connection::{Capabilities, Done, Params, Row, Rows, Statement},
    entity::{Asked, DecodeNode, Node, Standing},
    error::{Error, ErrorKind, Result},
    key::RowKey,
    model::Cells,
    schema::{Join, ModelDef, Resolved},
    sql,
    value::Value,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// The loading of one relation of some rows.
pub struct Load {
    owner: &'static ModelDef,
    relation: usize,
    resolved: &'static Resolved,
    decode: DecodeNode,
}

impl Load {
    /// The loading of a relation of `owner`.
    pub fn new(owner: &'static ModelDef, relation: usize, decode: DecodeNode) -> Self {
        Load { owner, relation, resolved: (owner.relations[relation].resolved)(), decode }
    }

    /// The statement that gives the related rows; `None` where there can be none. Rows of other
    /// models are passed over.
    ///
    /// # Errors
    /// `UnboundId` where an owner is not saved.
    pub fn statement(
        &self,
        owners: &[&mut dyn Node],
        capabilities: &Capabilities,
    ) -> Result<Option<Statement>> {
        let mut keys = Vec::new();
        let mut seen = HashSet::new();
        for owner in owners.iter().filter(|owner| owner.def() == self.owner) {
            let Some(key) = self.owner_key(&**owner)? else { continue };
            if seen.insert(key.clone()) {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return Ok(None);
        }
        let order = self.owner.relations[self.relation].order_by;
        let rendered =
            sql::select_targets(capabilities.dialect, self.owner, self.resolved, order, &keys)?;
        Ok(Some(Statement {
            sql: rendered.sql.into(),
            params: Params::once(rendered.params),
            rows: Some(Box::new(TargetRows::new(self.resolved, self.decode))),
            table: None,
        }))
    }

    /// The owner's side of the join; `None` where it is NULL.
    fn owner_key(&self, owner: &dyn Node) -> Result<Option<RowKey>> {
        let key = match &self.resolved.join {
            Join::Parent { key } => owner.key_of(key.iter().map(|(from, _)| from)),
            Join::Children { key } | Join::Link { own: key, .. } => {
                owner.key_of(key.iter().map(|(_, to)| to))
            }
        };
        if key.values().iter().any(Value::is_null) {
            return Ok(None);
        }
        let saved = !matches!(owner.memory().standing(), Standing::New);
        key.resolved().filter(|_| saved).map(Some).ok_or_else(|| {
            let name = owner.def().name;
            let message = format!("this `{name}` is not saved, so its relations cannot be loaded; flush or commit first");
            Error::new(ErrorKind::UnboundId, message).with_table(owner.def().table)
        })
    }

    /// Gives the owners their related rows.
    ///
    /// # Errors
    /// Where the driver did not give the rows back.
    pub fn apply(&self, owners: &mut [&mut dyn Node], done: Option<&mut Done>) -> Result<()> {
        let (targets, mut pairs) = match done {
            Some(done) => {
                let rows = done.take::<TargetRows>()?;
                (rows.targets, rows.pairs)
            }
            None => (Vec::new(), HashMap::new()),
        };
        let last_use = owners.len() <= 1;
        for owner in owners.iter_mut().filter(|owner| owner.def() == self.owner) {
            let found = match self.owner_key(&**owner)? {
                Some(key) if last_use => pairs.remove(&key).unwrap_or_default(),
                Some(key) => pairs.get(&key).cloned().unwrap_or_default(),
                None => Vec::new(),
            };
            let rows: Vec<Arc<dyn Node>> = found.iter().map(|at| targets[*at].clone()).collect();
            let keys = rows.iter().map(|row| row.key()).collect();
            let asked = asked(&**owner, self.relation);
            if let Some(slot) = owner.slot_mut(self.relation) {
                slot.fill(rows, self.decode, asked);
            }
            owner.memory_mut().learn(self.relation, keys);
        }
        Ok(())
    }
}

/// What a relation field says beyond what its owner remembers.
fn asked(owner: &dyn Node, relation: usize) -> Asked {
    let (Standing::Known(before), Some(slot)) = (owner.memory().standing(), owner.slot(relation))
    else {
        return Asked::Nothing;
    };
    let change = changes(slot.said(), &before.lists[relation], false);
    match change.replaced_by {
        Some(_) => Asked::All,
        None => Asked::Changes { added: change.added, removed: change.removed },
    }
}

/// Takes the rows of an eager load: the owner's key, then the related row.
pub struct TargetRows {
    target: &'static ModelDef,
    owner_types: Vec<crate::value::SqlType>,
    decode: DecodeNode,
    index: HashMap<RowKey, usize>,
    targets: Vec<Arc<dyn Node>>,
    pairs: HashMap<RowKey, Vec<usize>>,
}

impl TargetRows {
    fn new(resolved: &Resolved, decode: DecodeNode) -> Self {
        let target = resolved.target;
        let owner_types = match (&resolved.join, resolved.link) {
            (Join::Link { own, .. }, Some(link)) => {
                own.iter().map(|(from, _)| link.columns[from].ty).collect()
            }
            (Join::Parent { key }, _) => key.iter().map(|(_, to)| target.columns[to].ty).collect(),
            (Join::Children { key } | Join::Link { own: key, .. }, _) => {
                key.iter().map(|(from, _)| target.columns[from].ty).collect()
            }
        };
        TargetRows {
            target,
            owner_types,
            decode,
            index: HashMap::new(),
            targets: Vec::new(),
            pairs: HashMap::new(),
        }
    }
}

/// Reads some cells of a row as a key.
fn read_key<'t>(
    row: &dyn Row,
    cells: impl ExactSizeIterator<Item = (usize, &'t crate::value::SqlType)>,
) -> Result<RowKey> {
    let values: Result<Vec<Value>> = cells
        .map(|(at, ty)| {
            ty.read(row.cell(at)?).map_err(|misfit| Error::new(ErrorKind::Decode, misfit.0))
        })
        .collect();
    Ok(RowKey::of(values?.into_iter()))
}

impl Rows for TargetRows {
    fn row(&mut self, row: &dyn Row) -> Result<()> {
        let width = self.owner_types.len();
        let owner = read_key(row, self.owner_types.iter().enumerate())?;
        let target = self.target;
        let key_cells = target.primary_key.iter().map(|at| (width + at, &target.columns[*at].ty));
        let key = read_key(row, key_cells).map_err(|error| error.with_table(target.table))?;
        let at = match self.index.get(&key) {
            Some(at) => *at,
            None => {
                self.targets.push((self.decode)(&mut Cells::new(row, width, target))?);
                self.index.insert(key, self.targets.len() - 1);
                self.targets.len() - 1
            }
        };
        self.pairs.entry(owner).or_default().push(at);
        Ok(())
    }
}

/// Takes rows as plain values, by the types of their columns.
pub(super) struct ValueRows {
    types: Vec<crate::value::SqlType>,
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
