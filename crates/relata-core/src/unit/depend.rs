//! What the changes of lists mean for rows: links become rows of their link table, and both views of a link
//! are merged by pair; children are the business of `children`.

use super::{
    children,
    delete::{Deletes, known_values},
    entries::{Entry as Queued, Tables},
    list_op::{Change, ListOp},
    op::Op,
    queue::Unit,
};
use crate::{
    error::{Error, ErrorKind, Result},
    key::RowKey,
    schema::{Join, KeyPairs, ModelDef, Resolved},
    value::Value,
};
use foldhash::{HashMap, HashMapExt as _, HashSet};
use std::{borrow::Cow, collections::hash_map::Entry, sync::Arc};

/// Rows found by the values of some of their columns.
#[derive(Clone)]
pub(super) struct Match {
    pub(super) def: &'static ModelDef,
    pub(super) columns: Cow<'static, [usize]>,
    pub(super) key: RowKey,
}

/// What lists ask for beside the rows of the queue.
#[derive(Default)]
pub(super) struct Related {
    /// Link rows to be deleted, whether they are there or not.
    pub(super) unlinked: Vec<Match>,
    /// Children to be set free: the columns to be NULL, and which rows.
    pub(super) freed: Vec<(Vec<usize>, Match)>,
    /// Links without data.
    pub(super) linked: Vec<Linked>,
}

/// A link to be made.
pub(super) struct Linked {
    pub(super) def: &'static ModelDef,
    /// Of the whole row.
    pub(super) values: Arc<[Value]>,
    /// The call that asked for it.
    pub(super) call: usize,
}

/// The last thing asked of one pair, with where it was asked.
struct Pair {
    link: &'static ModelDef,
    columns: Cow<'static, [usize]>,
    values: Arc<[Value]>,
    add: bool,
    /// Whether the first thing asked was to remove it, and then whether it was known to be there.
    removed_first: Option<bool>,
    side: usize,
    /// The call that asked last.
    call: usize,
}

/// Works the list changes into the queue.
pub(super) fn relate(unit: &mut Unit, deletes: &mut Deletes) -> Result<Related> {
    unit.let_replaced_go();
    unit.take_back_left(usize::MAX);
    unit.check_named()?;
    let lists = std::mem::take(&mut unit.lists);
    let mut related = Related::default();
    let mut pairs = Pairs::of(lists.len());
    let mut children = Vec::new();
    let dooms = |entry: &Queued| matches!(entry.op, Op::Delete { .. } | Op::Gone);
    let dooms = unit.entries.iter().any(dooms);
    for op in &lists {
        let described = &op.owner.relations[op.relation];
        let resolved = (described.resolved)();
        if dooms && names_doomed(unit, op, resolved) {
            continue;
        }
        match (&resolved.join, resolved.link) {
            (Join::Link { own, theirs }, Some(link)) => {
                pairs.take(op, link, own, theirs, resolved.target)?
            }
            (Join::Children { key }, _) => children.push((op, resolved.target, key)),
            _ => {}
        }
    }
    children::relate(unit, deletes, &mut related, &children)?;
    pairs.settle(unit, deletes, &mut related)?;
    Ok(related)
}

/// Whether a change is of the list of a row that is to be deleted, or adds or removes such a row: what
/// the deletion says of links and children counts.
fn names_doomed(unit: &mut Unit, op: &ListOp, resolved: &Resolved) -> bool {
    let mut doomed = |def: &'static ModelDef, key: &RowKey, taken_back: bool| match unit
        .entry(def, key)
        .map(|entry| &entry.op)
    {
        Some(Op::Delete { .. }) => true,
        Some(Op::Gone) => taken_back,
        _ => false,
    };
    let owner = match &resolved.join {
        Join::Children { key } | Join::Link { own: key, .. } => key,
        Join::Parent { .. } => return false,
    };
    (owner.is_key_of(op.owner) && doomed(op.owner, &op.own, true) && !op.spares())
        || match &op.change {
            Change::Add(row) => doomed(resolved.target, row, true),
            // Of a new row with its key, which was taken back, it says nothing.
            Change::Remove { row, new, .. } => doomed(resolved.target, row, *new),
            Change::Confirm(_) | Change::Instead { .. } | Change::Replace(_) => false,
        }
}

#[derive(Default)]
struct Pairs {
    tables: Tables,
    sides: Vec<Side>,
    index: HashMap<(usize, RowKey), usize>,
    pairs: Vec<Pair>,
}

/// One of the two relations that a link table is seen through.
struct Side {
    owner: &'static ModelDef,
    relation: usize,
    table: usize,
    /// The columns of the link table that make a pair, in their order.
    columns: Cow<'static, [usize]>,
    /// Where the value of each is: the owner's come first, then the other row's.
    order: Vec<usize>,
}

impl Side {
    fn of(
        op: &ListOp,
        table: usize,
        link: &'static ModelDef,
        own: &KeyPairs,
        theirs: &KeyPairs,
    ) -> Side {
        let columns: Vec<usize> = own.iter().chain(theirs.iter()).map(|(from, _)| from).collect();
        let mut order: Vec<usize> = (0..columns.len()).collect();
        order.sort_by_key(|at| columns[*at]);
        let sorted: Vec<usize> = order.iter().map(|at| columns[*at]).collect();
        let columns =
            if sorted == link.primary_key { link.primary_key.into() } else { sorted.into() };
        Side { owner: op.owner, relation: op.relation, table, columns, order }
    }

    fn is_of(&self, op: &ListOp) -> bool {
        self.relation == op.relation && self.owner == op.owner
    }

    fn values(&self, own: &RowKey, theirs: &RowKey) -> Arc<[Value]> {
        let (own, theirs) = (own.values(), theirs.values());
        let value = |at: &usize| own.get(*at).unwrap_or_else(|| &theirs[*at - own.len()]).clone();
        self.order.iter().map(value).collect()
    }
}

impl Pairs {
    fn of(count: usize) -> Self {
        Pairs {
            index: HashMap::with_capacity(count),
            pairs: Vec::with_capacity(count),
            ..Pairs::default()
        }
    }

    fn take(
        &mut self,
        op: &ListOp,
        link: &'static ModelDef,
        own: &KeyPairs,
        theirs: &KeyPairs,
        target: &ModelDef,
    ) -> Result<()> {
        let (key, add, removed_first) = match &op.change {
            Change::Add(key) => (key, true, None),
            Change::Remove { row, known, .. } => (row, false, Some(*known)),
            Change::Confirm(_) | Change::Instead { .. } | Change::Replace(_) => return Ok(()),
        };
        if !theirs.is_key_of(target) {
            let message = format!(
                "link model `{}` does not refer to the primary key of `{}`; add its rows themselves",
                link.name, target.name
            );
            return Err(Error::new(ErrorKind::Conflict, message).with_table(link.table));
        }
        let at = self.sides.iter().position(|side| side.is_of(op)).unwrap_or_else(|| {
            let table = self.tables.number(link);
            self.sides.push(Side::of(op, table, link, own, theirs));
            self.sides.len() - 1
        });
        let side = &self.sides[at];
        let values = side.values(&op.own, key);
        match self.index.entry((side.table, RowKey::Many(values.clone()).settled())) {
            Entry::Vacant(free) => {
                free.insert(self.pairs.len());
                let columns = side.columns.clone();
                let call = op.call;
                self.pairs.push(Pair { link, columns, values, add, removed_first, side: at, call });
            }
            Entry::Occupied(known) => {
                let pair = &mut self.pairs[*known.get()];
                if pair.add != add && pair.side != at {
                    return Err(contradiction(link, "the two sides of its relation"));
                }
                (pair.add, pair.call) = (add, op.call);
            }
        }
        Ok(())
    }

    /// Merges the pairs with rows of the link model that were added or deleted themselves.
    fn settle(self, unit: &mut Unit, deletes: &Deletes, related: &mut Related) -> Result<()> {
        let (mut own_rows, taken_back) = (OwnRows::default(), taken_back(unit));
        let orphans = deletes.orphans();
        for pair in self.pairs {
            let key = RowKey::Many(pair.values.clone());
            match own_rows.find(unit, &pair, &key) {
                Some(Place::Row(at)) => merge(&pair, &mut unit.entries[at], related)?,
                // It is no such link any more.
                Some(Place::Left) if !pair.add => {}
                None if pair.add && orphans.contains(&(pair.link.identity, key.settled())) => {
                    return Err(contradiction(pair.link, "the two views of it"));
                }
                // It is there, and is to be there again.
                None if pair.add && pair.removed_first == Some(true) => {}
                found if pair.add => {
                    if pair.removed_first.is_some() && found.is_none() {
                        related.unlinked.push(pair.matching());
                    }
                    if !names_one_of(&taken_back, &pair) {
                        let values = link_values(&pair);
                        related.linked.push(Linked { def: pair.link, values, call: pair.call });
                    }
                }
                // A row that is not saved has no links to be removed.
                _ if pair.values.iter().any(|value| !value.is_resolved()) => {}
                _ => related.unlinked.push(pair.matching()),
            }
        }
        Ok(())
    }
}

impl Pair {
    fn matching(&self) -> Match {
        let key = RowKey::Many(self.values.clone());
        Match { def: self.link, columns: self.columns.clone(), key }
    }
}

/// The queue's rows of link models, by pair; looked through once a link model.
#[derive(Default)]
struct OwnRows {
    tables: Tables,
    known: Vec<HashMap<RowKey, Place>>,
}

/// Where a pair is in the queue.
#[derive(Clone, Copy)]
enum Place {
    /// A row is this pair, or is to be.
    Row(usize),
    /// A row was this pair, and is to be another.
    Left,
}

impl OwnRows {
    fn find(&mut self, unit: &Unit, pair: &Pair, key: &RowKey) -> Option<Place> {
        let number = self.tables.number(pair.link);
        while self.known.len() <= number {
            let mut known = HashMap::new();
            let rows = unit.entries.iter().enumerate().filter(|(_, entry)| entry.def == pair.link);
            for (at, entry) in rows {
                let Some((now, was)) = pairs_of(entry, &pair.columns) else { continue };
                if was.as_ref().is_some_and(|was| *was != now) {
                    was.map(|was| known.entry(was).or_insert(Place::Left));
                }
                known.insert(now, Place::Row(at));
            }
            self.known.push(known);
        }
        let known = &self.known[number];
        if known.is_empty() { None } else { known.get(&key.settled()).copied() }
    }
}

/// The pair that a row of a link model is to be, and that of a stored one as it was.
fn pairs_of(entry: &Queued, columns: &[usize]) -> Option<(RowKey, Option<RowKey>)> {
    match &entry.op {
        // Of one that a list let go only the key may be known.
        Op::Insert { values, .. } | Op::Delete { values } => {
            let values = known_values(entry.def, columns.iter().copied(), &entry.key, values)?;
            Some((RowKey::of(values.into_iter()).settled(), None))
        }
        Op::Update { .. } if entry.key.values().len() == columns.len() => {
            Some((entry.key_once_written(columns).settled(), Some(entry.key.settled())))
        }
        Op::Update { .. } | Op::Gone => None,
    }
}

fn merge(pair: &Pair, row: &mut Queued, related: &mut Related) -> Result<()> {
    let call = row.last_call();
    let stored = Match { key: row.key.clone(), ..pair.matching() };
    let op = &mut row.op;
    match (&op, pair.add) {
        (Op::Insert { .. } | Op::Update { .. }, true) | (Op::Delete { .. }, false) => Ok(()),
        // The new link was made after the old one was removed.
        (Op::Update { in_place_of_deleted: true, .. }, false) if call > pair.call => Ok(()),
        (Op::Update { .. }, false) if call < pair.call => {
            *op = Op::Gone;
            related.unlinked.push(stored);
            Ok(())
        }
        (Op::Gone, _) => Ok(()),
        _ => Err(contradiction(pair.link, "its list and its own row")),
    }
}

fn contradiction(link: &ModelDef, between: &str) -> Error {
    let message = format!(
        "a row of `{}` is added and removed in one flush, by {between}; do one of the two, or flush between them",
        link.name
    );
    Error::new(ErrorKind::Conflict, message).with_table(link.table)
}

/// The new rows that were taken back.
fn taken_back(unit: &mut Unit) -> HashSet<(&'static str, RowKey)> {
    let gone = unit.entries.iter().filter(|entry| matches!(entry.op, Op::Gone));
    let gone: Vec<_> = gone.map(|entry| (entry.def, entry.key.settled())).collect();
    // Another new row may have come with the key.
    let gone = gone.into_iter().filter(|(def, key)| unit.is_taken_back(def, key));
    gone.map(|(def, key)| (def.identity, key)).collect()
}

/// Whether a pair names such a row, so that there is nothing to link.
fn names_one_of(rows: &HashSet<(&'static str, RowKey)>, pair: &Pair) -> bool {
    !rows.is_empty()
        && pair.columns.iter().zip(pair.values.iter()).any(|(column, value)| {
            let to = pair.link.columns[*column].references;
            to.is_some_and(|to| rows.contains(&(to.model, RowKey::One(value.clone()).settled())))
        })
}

/// A whole row of the link model: the pair, and defaults.
fn link_values(pair: &Pair) -> Arc<[Value]> {
    if pair.columns.iter().copied().eq(0..pair.link.columns.len()) {
        return pair.values.clone();
    }
    let columns = pair.link.columns.iter().enumerate();
    let value = |(at, column): (usize, &crate::schema::ColumnDef)| match pair
        .columns
        .iter()
        .position(|other| *other == at)
    {
        Some(part) => pair.values[part].clone(),
        None => column.default.map_or(Value::Null, |default| default()),
    };
    columns.map(value).collect()
}
