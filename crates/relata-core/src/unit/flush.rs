//! [`Flush`]: says what to send next and is told what came back. First it asks what it has to
//! know (the links of a list that was set unseen or may have changed since, the children that go with a
//! deleted row), then it writes.

use super::{
    check::deleted,
    delete::{Cascade, Deletes},
    depend::{Related, relate},
    entries::Entry,
    list_op::{Change, ListOp},
    op::Op,
    queue::Unit,
    replace,
    rows::{ValueRows, select_by},
    taken_back::Going,
    write::{Missed, Writes},
};
use crate::{
    connection::{Capabilities, Done, Statement},
    entity::without,
    error::Result,
    key::RowKey,
    schema::{Join, ModelDef},
    scope::Scope,
    value::Value,
};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

/// A flush under way.
pub struct Flush {
    capabilities: Capabilities,
    scope: Scope,
    unit: Unit,
    related: Related,
    deletes: Deletes,
    stage: Stage,
}

enum Stage {
    /// Which rows are in the lists that were set unseen?
    Look,
    Looking(Vec<Look>),
    /// What do the lists and deletes mean?
    Relate,
    /// Which children go with the deleted rows?
    Cascading(Vec<Cascade>),
    Write(Box<Writes>),
}

/// A question about the rows of a list: which relation, and how many columns of the answer are the
/// owner's.
struct Look {
    owner: &'static ModelDef,
    relation: usize,
    width: usize,
    /// Whether it is asked of single rows if they are in a list.
    confirms: bool,
}

impl Flush {
    /// The flush of a queue, in a scope.
    pub fn new(mut unit: Unit, capabilities: &Capabilities, scope: &Scope) -> Self {
        replace::settle_lists(&mut unit);
        Flush {
            capabilities: capabilities.clone(),
            scope: scope.clone(),
            unit,
            related: Related::default(),
            deletes: Deletes::default(),
            stage: Stage::Look,
        }
    }

    /// What to send next: statements that need no answer of each other, in their order; `None` when
    /// all is written.
    ///
    /// # Errors
    /// `Conflict`, `Cycle` and `UnboundId`: what was queued cannot be written.
    #[expect(clippy::should_implement_trait, reason = "an iterator could not fail")]
    pub fn next(&mut self) -> Result<Option<Vec<Statement>>> {
        if let Stage::Look = self.stage {
            let (looks, statements) = self.looks()?;
            if !looks.is_empty() {
                self.stage = Stage::Looking(looks);
                return Ok(Some(statements));
            }
            self.stage = Stage::Relate;
        }
        if let Stage::Relate = self.stage {
            self.related = relate(&mut self.unit, &mut self.deletes)?;
            self.deletes.collect(&self.unit);
            self.stage = Stage::Cascading(Vec::new());
        }
        if let Stage::Cascading(_) = self.stage {
            self.unit.take_back_under_found(&mut self.related, &mut self.deletes)?;
            while self.deletes.take_spared(&mut self.unit) {
                self.unit.take_back_under_found(&mut self.related, &mut self.deletes)?;
            }
            let cascades = self.deletes.expand();
            if !cascades.is_empty() {
                let statements =
                    cascades.iter().map(|c| self.find_children(c)).collect::<Result<_>>()?;
                self.stage = Stage::Cascading(cascades);
                return Ok(Some(statements));
            }
            let unit = std::mem::take(&mut self.unit);
            let related = std::mem::take(&mut self.related);
            let deletes = std::mem::take(&mut self.deletes);
            let writes = Writes::plan(unit, related, deletes, &self.capabilities)?;
            self.stage = Stage::Write(Box::new(writes));
        }
        match &mut self.stage {
            Stage::Write(writes) => writes.next(),
            _ => Ok(None),
        }
    }

    /// Whether COMMIT may follow the statements that `next` gave last in one batch: nothing is left
    /// to be sent, and nothing in their answer could still make the flush fail.
    pub fn may_commit(&self) -> bool {
        matches!(&self.stage, Stage::Write(writes) if writes.is_empty() && writes.is_certain())
    }

    /// Takes what the statements of the last `next` brought.
    ///
    /// # Errors
    /// `Stale` where a row to be changed or deleted has gone.
    pub fn apply(&mut self, done: &mut [Done]) -> Result<()> {
        match &mut self.stage {
            Stage::Looking(looks) => {
                let looks = std::mem::take(looks);
                for (look, done) in looks.iter().zip(done) {
                    let rows = done.take::<ValueRows>()?.rows;
                    self.seen(look, rows);
                }
                self.stage = Stage::Relate;
                Ok(())
            }
            Stage::Cascading(cascades) => {
                for (cascade, done) in std::mem::take(cascades).iter().zip(done) {
                    for values in done.take::<ValueRows>()?.rows {
                        let key = super::picture::key_in(cascade.def, &values);
                        let Some(call) = cascade.takes(&key, &values) else { continue };
                        let row = Going { def: cascade.def, key, values: values.into(), call };
                        if moves_away(&mut self.unit, cascade, &row.key) {
                            self.deletes.spare(row, cascade.key);
                            continue;
                        }
                        goes_too(&mut self.unit, &row)?;
                        // A new row with its key is written over it.
                        let replaced = self.unit.take_place(row.def, &row.key);
                        if self.deletes.push(&row, replaced) && !replaced {
                            self.unit.goes(row);
                        }
                    }
                }
                Ok(())
            }
            Stage::Write(writes) => writes.apply(done, &self.scope),
            Stage::Look | Stage::Relate => Ok(()),
        }
    }

    /// After `apply` failed for rows that were to be deleted and were not there: which are to be asked
    /// for once the others are there again.
    pub fn missed(&mut self) -> Option<Missed> {
        match &mut self.stage {
            Stage::Write(writes) => writes.missed(),
            _ => None,
        }
    }

    /// One statement for each relation of which lists were set unseen.
    fn looks(&self) -> Result<(Vec<Look>, Vec<Statement>)> {
        let mut looks: Vec<(Look, Vec<RowKey>)> = Vec::new();
        for op in &self.unit.lists {
            let confirms = match op.change {
                Change::Confirm(_) | Change::Instead { known: false, .. } => true,
                Change::Replace(_) => false,
                _ => continue,
            };
            let Some(own) = op.own.resolved() else { continue };
            let same = |(look, _): &&mut (Look, Vec<RowKey>)| {
                look.owner == op.owner && look.relation == op.relation
            };
            match looks.iter_mut().find(same) {
                Some((look, keys)) => {
                    look.confirms |= confirms;
                    if keys.last() != Some(&own) {
                        keys.push(own);
                    }
                }
                None => {
                    let (owner, relation, width) = (op.owner, op.relation, own.values().len());
                    looks.push((Look { owner, relation, width, confirms }, vec![own]));
                }
            }
        }
        let statements =
            looks.iter().map(|(look, keys)| self.look(look, keys)).collect::<Result<_>>()?;
        Ok((looks.into_iter().map(|(look, _)| look).collect(), statements))
    }

    fn look(&self, look: &Look, keys: &[RowKey]) -> Result<Statement> {
        let resolved = (look.owner.relations[look.relation].resolved)();
        let (table, by, theirs): (_, Vec<_>, Vec<_>) = match (&resolved.join, resolved.link) {
            (Join::Link { own, theirs }, Some(link)) => (
                link,
                own.iter().map(|(from, _)| from).collect(),
                theirs.iter().map(|(from, _)| from).collect(),
            ),
            (Join::Children { key } | Join::Parent { key } | Join::Link { own: key, .. }, _) => {
                let target = resolved.target;
                (target, key.iter().map(|(from, _)| from).collect(), target.primary_key.to_vec())
            }
        };
        let what: Vec<usize> = by.iter().chain(&theirs).copied().collect();
        self.select(table, &what, &by, keys)
    }

    fn find_children(&self, cascade: &Cascade) -> Result<Statement> {
        let all: Vec<usize> = (0..cascade.def.columns.len()).collect();
        let by: Vec<usize> = cascade.key.iter().map(|(from, _)| from).collect();
        let owners: Vec<RowKey> = cascade.owners.iter().filter_map(RowKey::resolved).collect();
        self.select(cascade.def, &all, &by, &owners)
    }

    fn select(
        &self,
        def: &'static ModelDef,
        what: &[usize],
        by: &[usize],
        keys: &[RowKey],
    ) -> Result<Statement> {
        select_by(self.capabilities.dialect, def, what, by, keys)
    }

    /// Turns what was asked of lists unseen into the smallest difference.
    fn seen(&mut self, look: &Look, rows: Vec<Vec<Value>>) {
        let held = Held::of(look, rows);
        let mut given = Given::default();
        for op in std::mem::take(&mut self.unit.lists) {
            let is_seen = (op.owner, op.relation) == (look.owner, look.relation);
            let own = op.own.resolved().filter(|_| is_seen);
            let Some((own, changes)) =
                own.and_then(|own| held.changes(&own, &op).map(|changes| (own, changes)))
            else {
                given.take(&op);
                self.unit.lists.push(op);
                continue;
            };
            // What is there, and was given to another owner before, is asked back.
            let kept = held.kept(&own, &op).into_iter();
            let back =
                kept.filter(|row| given.elsewhere(&mut self.unit, &op, row)).map(Change::Add);
            let back: Vec<Change> = back.collect();
            for op in changes.into_iter().chain(back).map(|change| op.with(change)) {
                given.take(&op);
                self.unit.lists.push(op);
            }
        }
    }
}

/// To which lists children were given, and which children and links were removed since, change by change.
#[derive(Default)]
struct Given {
    children: HashMap<(&'static str, usize, RowKey), Option<RowKey>>,
    unlinked: HashSet<(&'static str, RowKey)>,
}

impl Given {
    fn take(&mut self, op: &ListOp) {
        let Some(row) = op.child() else { return };
        let is_added = matches!(op.change, Change::Add(_));
        let resolved = (op.owner.relations[op.relation].resolved)();
        if let Join::Children { key } = &resolved.join {
            let place = (resolved.target.identity, key.from(0), row.settled());
            self.children.insert(place, is_added.then(|| op.own.settled()));
        }
        // A child may be a link itself, whose key is the pair.
        let is_child = matches!(resolved.join, Join::Children { .. });
        let link =
            op.link(row).or_else(|| is_child.then(|| (resolved.target.identity, row.settled())));
        match link {
            Some(link) if is_added => _ = self.unlinked.remove(&link),
            Some(link) => _ = self.unlinked.insert(link),
            None => {}
        }
    }

    /// Whether a row of a list is not in it any more by what was asked before the change: it was removed, or a
    /// child was given to another owner, by that one's list or its own foreign key.
    fn elsewhere(&self, unit: &mut Unit, op: &ListOp, child: &RowKey) -> bool {
        let resolved = (op.owner.relations[op.relation].resolved)();
        let Join::Children { key } = &resolved.join else {
            let Some(link) = op.link(child) else { return false };
            let own = resolved.link.and_then(|def| unit.entry(def, &link.1));
            let has_gone = |entry: &Entry| match entry.op {
                Op::Delete { .. } => true,
                Op::Update { .. } => entry.moves(),
                Op::Insert { .. } | Op::Gone => false,
            };
            return self.unlinked.contains(&link)
                || own.is_some_and(|own| has_gone(own) && own.last_call() < op.call);
        };
        if unit.is_new(resolved.target, child) {
            // It is made for this list, and stands for itself.
            return false;
        }
        let place = (resolved.target.identity, key.from(0), child.settled());
        self.children.get(&place).is_some_and(|own| *own != Some(op.own.settled()))
            || self.unlinked.contains(&(resolved.target.identity, child.settled()))
            || unit.entry(resolved.target, child).is_some_and(|entry| {
                let mut pairs = key.iter().zip(op.own.values());
                let other = |said: Option<&Value>, own| said.is_some_and(|said| said != own);
                entry.call_of(key) < op.call
                    && pairs.any(|((from, _), own)| other(entry.op.value(from), own))
            })
    }
}

/// Which rows the lists of some owners have.
struct Held {
    lists: HashMap<RowKey, Vec<RowKey>>,
    each: HashSet<(RowKey, RowKey)>,
}

impl Held {
    fn of(look: &Look, rows: Vec<Vec<Value>>) -> Self {
        let (mut lists, mut each) = (HashMap::new(), HashSet::new());
        for mut values in rows {
            let theirs = RowKey::of(values.split_off(look.width).into_iter());
            let own = RowKey::of(values.into_iter());
            if look.confirms {
                each.insert((own.clone(), theirs.clone()));
            }
            lists.entry(own).or_insert_with(Vec::new).push(theirs);
        }
        Held { lists, each }
    }

    /// What has to change for what was asked of an owner's list; `None` where that was not to be seen.
    fn changes(&self, own: &RowKey, op: &ListOp) -> Option<Vec<Change>> {
        match &op.change {
            Change::Replace(wanted) => {
                let held = self.lists.get(own).map_or(&[][..], Vec::as_slice);
                let gone = without(held, wanted).into_iter();
                let gone = gone.map(|row| Change::Remove { row, known: true, new: false });
                Some(gone.chain(without(wanted, held).into_iter().map(Change::Add)).collect())
            }
            Change::Confirm(row) => {
                let missing = row.resolved().filter(|row| !self.has(own, &op.key_there(row)));
                Some(missing.map(Change::Add).into_iter().collect())
            }
            Change::Instead { row, known: false } => {
                let held = row.resolved().filter(|row| self.has(own, row));
                let known = held.map(|row| Change::Instead { row, known: true });
                Some(known.into_iter().collect())
            }
            Change::Add(_) | Change::Remove { .. } | Change::Instead { known: true, .. } => None,
        }
    }

    /// Which rows of an owner's list were asked to be in it, and are.
    fn kept(&self, own: &RowKey, op: &ListOp) -> Vec<RowKey> {
        match &op.change {
            Change::Replace(wanted) => {
                let held = self.lists.get(own).map_or(&[][..], Vec::as_slice);
                without(held, &without(held, wanted))
            }
            Change::Confirm(row) => {
                let there = op.key_there(row).resolved();
                there.filter(|row| self.has(own, row)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn has(&self, own: &RowKey, row: &RowKey) -> bool {
        self.each.contains(&(own.clone(), row.clone()))
    }
}

/// What is queued for a row that goes with another: that it gets another key is left out.
///
/// # Errors
/// `Deleted`: it was changed after the other went.
fn goes_too(unit: &mut Unit, row: &Going) -> Result<()> {
    let Some(entry) = unit.stored_entry(row.def, &row.key) else { return Ok(()) };
    if !matches!(entry.op, Op::Update { in_place_of_deleted: false, .. }) {
        return Ok(());
    }
    if entry.changed > row.call {
        return Err(deleted(row.def));
    }
    if entry.moves() {
        entry.op = Op::Delete { values: row.values.clone() };
        unit.entries.stay(row.def, &row.key);
    }
    Ok(())
}

/// Whether a child is given to another parent in this flush, so that it does not go with the one it
/// has in the database.
fn moves_away(unit: &mut Unit, cascade: &Cascade, child: &RowKey) -> bool {
    let entry = unit.stored_entry(cascade.def, child);
    let Some(op) = entry.map(|entry| &entry.op) else { return false };
    let Op::Update { changes, .. } = op else { return false };
    if cascade.is_of_lists() {
        let own = op.foreign_key(&cascade.key);
        return own.is_some_and(|own| !cascade.lets_go(&own, child));
    }
    cascade.key.iter().enumerate().any(|(part, (from, _))| {
        let stays = |value: &Value| {
            cascade.owners.iter().any(|owner| owner.values().get(part) == Some(value))
        };
        // Where the parent is replaced, the new one was given the child.
        let moves = |value: &Value| cascade.replaced || !stays(value);
        changes.iter().any(|(column, value)| *column == from && moves(value))
    })
}
