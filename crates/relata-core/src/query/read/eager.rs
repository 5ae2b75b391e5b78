//! [`Eager`]: a relation that is loaded along with the rows, as data.

use super::{
    Body, Distinct, JoinAst, JoinKind, JoinTarget, Order, Output, Predicate, SelectAst, Source,
    narrow,
};
use crate::{
    entity::{DecodeNode, Slot},
    error::{Error, ErrorKind, Result},
    schema::{Join, ModelDef, RelationDef, RelationKind, Resolved},
};
use foldhash::{HashSet, HashSetExt as _};
use std::sync::Arc;

/// How deep relations that are loaded along can nest; each level is a statement more.
const DEEPEST: u16 = 100;

/// A relation that is loaded along with the rows.
#[derive(Clone)]
pub struct Eager {
    /// The model that has it.
    pub owner: &'static ModelDef,
    /// Its position in the model.
    pub relation: usize,
    /// Reads a row of the related model.
    pub decode: DecodeNode,
    /// Which of the related rows; all where there is none.
    pub filter: Option<Predicate>,
    /// What they are ordered by; as the relation says where there is nothing.
    pub order_by: Vec<Order>,
    /// How many rows of each owner at most.
    pub limit: Option<u64>,
    /// How many rows of each owner are passed over first.
    pub offset: Option<u64>,
    /// Whether they are read by the statement itself, which joins them.
    pub joined: bool,
    /// The relations that are loaded into the related rows.
    pub nested: Vec<Eager>,
    /// How many levels of relations it has.
    depth: u16,
    /// Why it cannot be loaded.
    fault: Option<Arc<str>>,
}

impl Eager {
    /// All related rows.
    pub fn new(owner: &'static ModelDef, relation: usize, decode: DecodeNode) -> Self {
        Eager {
            owner,
            relation,
            decode,
            filter: None,
            order_by: Vec::new(),
            limit: None,
            offset: None,
            joined: false,
            nested: Vec::new(),
            depth: 1,
            fault: None,
        }
    }

    /// A relation that these fields of its owners hold, with what rows in them have loaded in turn; `None`
    /// where they hold nothing that could be loaded again.
    pub fn of_loaded(owner: &'static ModelDef, relation: usize, held: &[&Slot]) -> Option<Self> {
        Eager::of_levels(owner, relation, held, DEEPEST)
    }

    fn of_levels(
        owner: &'static ModelDef,
        relation: usize,
        held: &[&Slot],
        levels: u16,
    ) -> Option<Self> {
        let decode = held.iter().find_map(|slot| slot.decode()).filter(|_| levels > 0)?;
        let mut eager = Eager::new(owner, relation, decode);
        let target = eager.resolved().target;
        // Owners share rows, and a row may be reached on many ways.
        let mut seen = HashSet::new();
        let rows = held.iter().flat_map(|slot| slot.rows());
        let rows: Vec<_> = rows.filter(|row| seen.insert(Arc::as_ptr(row).cast::<()>())).collect();
        for relation in 0..target.relations.len() {
            let slots = rows.iter().filter_map(|row| row.slot(relation));
            let loaded: Vec<&Slot> = slots.filter(|slot| slot.is_whole()).collect();
            if let Some(nested) = Eager::of_levels(target, relation, &loaded, levels - 1) {
                eager.nest(nested);
            }
        }
        Some(eager)
    }

    /// The relation.
    pub fn described(&self) -> &'static RelationDef {
        &self.owner.relations[self.relation]
    }

    /// The relation with its tables.
    pub fn resolved(&self) -> &'static Resolved {
        (self.described().resolved)()
    }

    /// Whether it may leave related rows out.
    pub fn is_partial(&self) -> bool {
        self.filter.is_some() || self.limit.is_some() || self.offset.is_some()
    }

    /// Adds it to a list; asked for twice, it is loaded once, as if all had been said of one.
    pub(in crate::query) fn add_to(self, list: &mut Vec<Eager>) {
        let same =
            |other: &&mut Eager| other.owner == self.owner && other.relation == self.relation;
        match list.iter_mut().find(same) {
            Some(other) => other.merge(self),
            None => list.push(self),
        }
    }

    fn merge(&mut self, other: Eager) {
        if let Some(condition) = other.filter {
            self.restrict(condition);
        }
        self.order_by.extend(other.order_by);
        self.limit = other.limit.or(self.limit);
        self.offset = other.offset.or(self.offset);
        self.joined |= other.joined;
        self.depth = self.depth.max(other.depth);
        self.fault = self.fault.take().or(other.fault);
        for nested in other.nested {
            nested.add_to(&mut self.nested);
        }
    }

    pub(in crate::query) fn restrict(&mut self, condition: Predicate) {
        narrow(&mut self.filter, condition);
    }

    pub(in crate::query) fn nest(&mut self, nested: Eager) {
        if nested.depth >= DEEPEST {
            let why = format!(
                "relations that are loaded along nest more than {DEEPEST} levels deep; load the deeper ones by `session.load`"
            );
            self.fault.get_or_insert(why.into());
            return;
        }
        self.depth = self.depth.max(nested.depth + 1);
        self.fault = self.fault.take().or_else(|| nested.fault.clone());
        nested.add_to(&mut self.nested);
    }

    /// How the relation is written in a program.
    pub(in crate::query) fn name(&self) -> String {
        format!("{}.{}", self.owner.name, self.described().name)
    }

    /// Keeps why it cannot be loaded; the first reason counts.
    pub(in crate::query) fn refuse(&mut self, why: String) {
        self.fault.get_or_insert(why.into());
    }

    /// Whether it can be loaded; `joins` where there is a statement that it can be joined to.
    ///
    /// # Errors
    /// `InvalidStatement`, with what to write instead.
    pub fn check(&self, joins: bool) -> Result<()> {
        if let Some(why) = &self.fault {
            return Err(Error::new(ErrorKind::InvalidStatement, why.to_string()));
        }
        if self.joined {
            self.check_joined(joins)?;
        }
        self.nested.iter().try_for_each(|nested| nested.check(false))
    }

    fn check_joined(&self, joins: bool) -> Result<()> {
        let name = self.name();
        let why = if matches!(self.described().kind, RelationKind::Many) {
            "it is a list, and each of its rows would repeat its owner's"
        } else if !self.leads_to_one() {
            "its key is in the other table and not unique, so that more than one row may be found"
        } else if !joins {
            "there is no statement here that it could be joined to"
        } else if self.is_partial() || !self.order_by.is_empty() {
            "what is joined is the related row as it is, with no filter, order or limit"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidStatement, no_join(&name, why)))
    }

    /// Whether the database holds no more than one related row.
    fn leads_to_one(&self) -> bool {
        let Resolved { target, join, .. } = self.resolved();
        match join {
            Join::Parent { .. } => true,
            Join::Link { .. } => false,
            Join::Children { key } => {
                let columns = || key.iter().map(|(from, _)| from);
                let primary = target.primary_key.iter().all(|at| columns().any(|c| c == *at));
                primary || columns().any(|at| target.columns[at].unique)
            }
        }
    }
}

/// Lets a statement that selects rows of `models` read the rows of joined relations.
pub(in crate::query) fn join_along(
    ast: &mut SelectAst,
    eager: &mut [Eager],
    models: &[&'static ModelDef],
) {
    for eager in eager.iter_mut().filter(|eager| eager.joined && eager.check(true).is_ok()) {
        match owner_in(ast, models, eager.owner) {
            Ok(from) => {
                let (owner, at) = (eager.owner, eager.relation);
                let target = JoinTarget::Along { owner, at, from };
                ast.joins.push(JoinAst { kind: JoinKind::Left, target });
            }
            Err(why) => eager.refuse(no_join(&eager.name(), why)),
        }
    }
}

/// Where a statement reads the rows of a model that it selects.
fn owner_in(
    ast: &SelectAst,
    models: &[&'static ModelDef],
    owner: &'static ModelDef,
) -> Result<Source, &'static str> {
    if !ast.group_by.is_empty() || matches!(ast.distinct, Distinct::On(_)) {
        return Err("the statement gives one row of many");
    }
    if ast.lock.is_some() {
        return Err(
            "the statement locks the rows that it reads, and a row that is missing cannot be locked",
        );
    }
    if models.iter().filter(|model| **model == owner).count() > 1 {
        return Err("the statement selects its model more than once");
    }
    let mut sources = ast.outputs.iter().filter_map(|output| match output {
        Output::All { source, .. } => Some(source),
        Output::Expr { .. } => None,
    });
    let is_owner = |source: &&Source| matches!(source.body, Body::Table(def) if def == owner);
    let table = sources.clone().find(is_owner);
    let only = sources.next().filter(|_| ast.outputs.len() == 1 && models.len() == 1);
    table.or(only).cloned().ok_or("the statement selects its model as a part of a subquery")
}

fn no_join(name: &str, why: &str) -> String {
    format!(
        "`{name}` cannot be `joined`: {why}; leave `.joined()` out, which is one statement more"
    )
}
