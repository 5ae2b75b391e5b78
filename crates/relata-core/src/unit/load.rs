//! [`Loads`]: the relations that are loaded into rows, level by level: a statement for each relation,
//! each related row read and kept once.

use super::{
    fill::{fill, owner_key},
    rows::TargetRows,
};
use crate::{
    connection::{Capabilities, Done, Params, Statement},
    entity::Node,
    error::Result,
    key::RowKey,
    query::Eager,
    sql,
};
use foldhash::{HashSet, HashSetExt as _};
use std::sync::Arc;

/// The loading of relations into rows, and of relations into these in turn.
pub struct Loads {
    /// Each before the ones that are loaded into its rows.
    loads: Vec<Load>,
}

/// The loading of one relation.
struct Load {
    eager: Eager,
    /// The one whose rows it is loaded into; `None` for the rows that are there already.
    parent: Option<usize>,
    state: State,
}

/// How far a relation is loaded.
enum State {
    /// Its owners may not be known yet.
    Waiting,
    /// By so many statements.
    Sent(usize),
    Found(TargetRows),
}

impl Loads {
    /// The loading of these relations, of which the joined ones have been read: their rows, in order.
    ///
    /// # Errors
    /// `InvalidStatement` where one of them cannot be loaded.
    pub fn new(relations: &[Eager], joined: Vec<TargetRows>) -> Result<Self> {
        let mut joined = joined.into_iter();
        let mut loads: Vec<Load> = Vec::new();
        for eager in relations {
            // without the rows of a statement there is nothing that it was joined to
            let rows = if eager.joined { joined.next() } else { None };
            eager.check(rows.is_some())?;
            let state = rows.map_or(State::Waiting, State::Found);
            loads.push(Load { eager: eager.clone(), parent: None, state });
        }
        let mut at = 0;
        while at < loads.len() {
            for eager in std::mem::take(&mut loads[at].eager.nested) {
                loads.push(Load { eager, parent: Some(at), state: State::Waiting });
            }
            at += 1;
        }
        Ok(Loads { loads })
    }

    /// What to send next: a statement for each relation whose owners are known by now, or several
    /// where these have more keys than one takes; none when all is read. Rows of other models are passed over.
    ///
    /// # Errors
    /// `UnboundId` where an owner is not saved, and those of the statement.
    pub fn next(
        &mut self,
        rows: &[&mut dyn Node],
        capabilities: &Capabilities,
    ) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        for at in 0..self.loads.len() {
            let (before, rest) = self.loads.split_at_mut(at);
            let Some(load) = rest.first_mut().filter(|l| matches!(l.state, State::Waiting)) else {
                continue;
            };
            let keys = match load.parent.map(|parent| &before[parent].state) {
                None => load.keys(rows.iter().map(|row| &**row))?,
                Some(State::Found(owners)) => load.keys(owners.targets.iter().map(|row| &**row))?,
                Some(_) => continue,
            };
            load.state = if keys.is_empty() {
                State::Found(TargetRows::behind(&load.eager))
            } else {
                let before = statements.len();
                load.statements(&keys, capabilities, &mut statements)?;
                State::Sent(statements.len() - before)
            };
        }
        Ok(statements)
    }

    /// Whether nothing can follow what the last `next` gave.
    pub fn is_last(&self) -> bool {
        self.loads.iter().all(|load| !matches!(load.state, State::Waiting))
    }

    /// Takes what the statements of the last `next` brought.
    ///
    /// # Errors
    /// Where the driver did not give the rows back.
    pub fn take(&mut self, done: &mut [Done]) -> Result<()> {
        let mut done = done.iter_mut();
        for load in &mut self.loads {
            let State::Sent(statements) = load.state else { continue };
            let mut found: Option<TargetRows> = None;
            for done in done.by_ref().take(statements) {
                let piece = *done.take::<TargetRows>()?;
                match &mut found {
                    Some(found) => found.absorb(piece),
                    None => found = Some(piece),
                }
            }
            let found = found.unwrap_or_else(|| TargetRows::behind(&load.eager));
            load.state = State::Found(found);
        }
        Ok(())
    }

    /// Gives the rows what was read, the deepest first, so that a row is complete before it is
    /// shared.
    ///
    /// # Errors
    /// `Conflict` where a part of a list is loaded that was set in this very transaction.
    pub fn apply(mut self, rows: &mut [&mut dyn Node]) -> Result<()> {
        while let Some(Load { eager, parent, state }) = self.loads.pop() {
            let State::Found(found) = state else { continue };
            match parent.map(|parent| &mut self.loads[parent].state) {
                None => {
                    let mut rows = rows.iter_mut();
                    rows.try_for_each(|row| fill(&eager, &mut **row, &found))?;
                }
                Some(State::Found(owners)) => {
                    // nobody shares them yet
                    let mut rows = owners.targets.iter_mut().filter_map(Arc::get_mut);
                    rows.try_for_each(|row| fill(&eager, row, &found))?;
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

impl Load {
    /// The keys of owners, each once.
    fn keys<'n>(&self, owners: impl Iterator<Item = &'n dyn Node>) -> Result<Vec<RowKey>> {
        let mut keys = Vec::new();
        let mut seen = HashSet::new();
        for owner in owners.filter(|owner| owner.def() == self.eager.owner) {
            let Some(key) = owner_key(&self.eager, owner)? else { continue };
            if seen.insert(key.clone()) {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    /// The statements that give the related rows, one where the database takes all keys at once.
    fn statements(
        &self,
        keys: &[RowKey],
        capabilities: &Capabilities,
        out: &mut Vec<Statement>,
    ) -> Result<()> {
        let limit = capabilities.bind_limit;
        let order = self.eager.described().order_by;
        let rendered = sql::select_targets(capabilities.dialect, &self.eager, order, keys)?;
        let (params, width) =
            (rendered.params.len(), keys.first().map_or(1, |key| key.values().len()));
        // what the filter binds is bound again in each
        let others = params.saturating_sub(keys.len() * width);
        let piece = (limit.saturating_sub(others) / width.max(1)).max(1);
        if params > limit && piece < keys.len() {
            return keys
                .chunks(piece)
                .try_for_each(|keys| self.statements(keys, capabilities, out));
        }
        out.push(Statement {
            sql: rendered.sql.into(),
            params: Params::once(rendered.params),
            rows: Some(Box::new(TargetRows::behind(&self.eager))),
            table: None,
            key: None,
        });
        Ok(())
    }
}
