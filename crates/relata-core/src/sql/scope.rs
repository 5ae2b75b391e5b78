//! [`Scope`]: what a statement reads, and under which names, so that columns can be resolved while
//! its text is written.

use super::{offered, outputs};
use crate::{
    error::{Error, ErrorKind, Result},
    query::{
        Body, ColumnRef, Expr, JoinAst, JoinKind, JoinTarget, Output, SelectAst, Source, Tree,
    },
    schema::{Join, ModelDef},
};
use std::fmt::Display;

/// The sources of one statement, and those of the statement around it.
#[derive(Default)]
pub(super) struct Scope<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    outer: Option<&'a Scope<'a>>,
}

/// One source.
pub(super) struct Entry<'a> {
    pub(super) source: Source,
    /// The name it is written by, where the statement gives it another one.
    pub(super) shown: Option<String>,
    /// Whether that is because another table goes by its name, in another schema: then its columns
    /// are named as if it had none.
    pub(super) apart: bool,
    /// Whether its rows may be missing, in an outer join.
    pub(super) missing: bool,
    /// Whether no column that a program names is read here.
    pub(super) hidden: bool,
    /// How it is joined; those without one stand side by side after FROM.
    pub(super) join: Option<(JoinKind, JoinOn<'a>)>,
    /// The entry that is joined to this one first, in parentheses: a link that an outer join finds
    /// has to lead to a row.
    pub(super) holds: Option<usize>,
}

/// What a source is joined on.
pub(super) struct JoinOn<'a> {
    /// Columns that are equal: of an entry before, and of this one.
    pub(super) keys: Vec<((usize, usize), usize)>,
    /// What else has to be true.
    pub(super) tree: Option<&'a Tree>,
}

impl<'a> Scope<'a> {
    /// What a SELECT reads.
    pub(super) fn of(ast: &'a SelectAst, outer: Option<&'a Scope<'a>>) -> Result<Self> {
        let mut scope = Scope { entries: Vec::with_capacity(1 + ast.joins.len()), outer };
        for source in &ast.from {
            scope.add(source.clone(), None)?;
        }
        for output in &ast.outputs {
            match output {
                Output::All { source, .. } => scope.infer(source, &ast.joins)?,
                Output::Expr { tree, .. } => {
                    let mut tables = Vec::new();
                    outputs::tables_of(tree.expr(), &mut tables);
                    tables.iter().try_for_each(|source| scope.infer(source, &ast.joins))?;
                }
            }
        }
        ast.joins.iter().try_for_each(|join| scope.join(join))?;
        scope.tell_apart();
        scope.check_names()?;
        Ok(scope)
    }

    /// Refuses a name that the statement around this one was given for a table: it would hide that.
    fn check_names(&self) -> Result<()> {
        let Some(outer) = self.outer else { return Ok(()) };
        let mut named = self.entries.iter().filter(|entry| entry.shown.is_none());
        named.find(|entry| outer.is_given(entry.name())).map_or(Ok(()), |entry| {
            let name = entry.name();
            Err(invalid(format_args!(
                "`{name}` is also the name that a table around it was given in this statement; give yours another one"
            )))
        })
    }

    /// Whether a name is one that a program did not choose.
    fn is_given(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.shown.as_deref() == Some(name))
            || self.outer.is_some_and(|outer| outer.is_given(name))
    }

    /// The related rows that are read along, in their order.
    pub(super) fn read_along(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter().filter(|entry| entry.hidden)
    }

    /// Joins the related row of one that is read, under a name that nothing else goes by.
    fn along(&mut self, owner: &'static ModelDef, at: usize, from: &Source) -> Result<()> {
        let relation = &owner.relations[at];
        let resolved = (relation.resolved)();
        let Some(left) = self.entries.iter().position(|entry| entry.source.is(from)) else {
            return Err(owner_not_read(owner, relation.name, from.name()));
        };
        let keys = match &resolved.join {
            Join::Parent { key } => key.iter().map(|(own, to)| ((left, own), to)).collect(),
            Join::Children { key } | Join::Link { own: key, .. } => {
                key.iter().map(|(from, own)| ((left, own), from)).collect()
            }
        };
        let shown = self.numbered(resolved.target);
        let condition = JoinOn { keys, tree: None };
        let at = self.push(Source::table(resolved.target), Some((JoinKind::Left, condition)));
        let entry = &mut self.entries[at];
        (entry.shown, entry.missing, entry.hidden) = (shown, true, true);
        Ok(())
    }

    /// Tables that are read or written under their own names.
    pub(super) fn tables(defs: impl IntoIterator<Item = &'static ModelDef>) -> Self {
        let mut scope = Scope::default();
        for def in defs {
            scope.push(Source::table(def), None);
        }
        scope.tell_apart();
        scope
    }

    /// Tables that a condition on related rows reads, each by a name that nothing around it goes by.
    pub(super) fn inside(outer: &'a Scope<'a>, tables: &[&'static ModelDef]) -> Self {
        let mut scope = Scope { entries: Vec::with_capacity(tables.len()), outer: Some(outer) };
        for def in tables {
            let shown = scope.another_name(def);
            let at = scope.push(Source::table(def), None);
            scope.entries[at].shown = shown;
        }
        scope.tell_apart();
        scope
    }

    /// Gives a table of a schema another name where one without goes by the same, here or around:
    /// `hero.id` could be a column of either.
    fn tell_apart(&mut self) {
        for at in 0..self.entries.len() {
            let Some(def) = self.entries[at].qualified() else { continue };
            if self.is_taken(def.bare_table()) {
                self.entries[at].shown = self.numbered(def);
                self.entries[at].apart = true;
            }
        }
    }

    /// Another name for a table whose own is taken, here or around.
    fn another_name(&self, def: &ModelDef) -> Option<String> {
        if self.is_taken(def.table) { self.numbered(def) } else { None }
    }

    /// The table's name with the first number that makes it free.
    fn numbered(&self, def: &ModelDef) -> Option<String> {
        let table = def.bare_table();
        let free = |name: &String| !self.is_taken(name) && !self.is_bare(name);
        (1..).map(|number| format!("{table}_{number}")).find(free)
    }

    fn is_taken(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name().eq_ignore_ascii_case(name))
            || self.outer.is_some_and(|outer| outer.is_taken(name))
    }

    /// Whether it is the name of a table that is read with its schema in front.
    fn is_bare(&self, name: &str) -> bool {
        let is = |def: &ModelDef| def.bare_table().eq_ignore_ascii_case(name);
        self.entries.iter().filter_map(Entry::qualified).any(is)
            || self.outer.is_some_and(|outer| outer.is_bare(name))
    }

    /// The scope around this one.
    pub(super) fn around(&self) -> Option<&'a Scope<'a>> {
        self.outer
    }

    fn push(&mut self, source: Source, join: Option<(JoinKind, JoinOn<'a>)>) -> usize {
        self.entries.push(Entry {
            source,
            shown: None,
            apart: false,
            missing: false,
            hidden: false,
            join,
            holds: None,
        });
        self.entries.len() - 1
    }

    fn add(&mut self, source: Source, join: Option<(JoinKind, JoinOn<'a>)>) -> Result<usize> {
        // databases differ in whether capitals make it another name
        let same = |entry: &Entry<'_>| entry.name().eq_ignore_ascii_case(source.name());
        if self.entries.iter().any(same) {
            return Err(read_twice(&source));
        }
        Ok(self.push(source, join))
    }

    /// Adds what an output reads, unless a join brings it or it is there.
    fn infer(&mut self, source: &Source, joins: &[JoinAst]) -> Result<()> {
        let read = self.entries.iter().any(|entry| entry.source.is(source));
        if !read && !joins.iter().any(|join| brings(join, source)) {
            self.add(source.clone(), None)?;
        }
        Ok(())
    }

    fn join(&mut self, join: &'a JoinAst) -> Result<()> {
        let first = self.entries.len();
        match &join.target {
            // its condition would have no place
            JoinTarget::Source { source, .. } if first == 0 => return Err(joined_first(source)),
            JoinTarget::Source { source, on } => {
                let keys = match on {
                    None if join.kind != JoinKind::Cross => self.only_key(source)?,
                    _ => Vec::new(),
                };
                let tree = on.as_ref();
                self.add(source.clone(), Some((join.kind, JoinOn { keys, tree })))?;
            }
            JoinTarget::Along { owner, at, from } => self.along(owner, *at, from)?,
            JoinTarget::Relation { owner, at, from, to, and } => {
                self.relation(join.kind, (owner, *at, from), to.as_ref(), and.as_ref())?;
            }
        }
        if matches!(join.kind, JoinKind::Left | JoinKind::Full) {
            self.entries[first..].iter_mut().for_each(|entry| entry.missing = true);
        }
        if join.kind == JoinKind::Full {
            self.entries[..first].iter_mut().for_each(|entry| entry.missing = true);
        }
        Ok(())
    }

    fn relation(
        &mut self,
        kind: JoinKind,
        (owner, at, from): (&'static ModelDef, usize, &'static str),
        to: Option<&Source>,
        tree: Option<&'a Tree>,
    ) -> Result<()> {
        let relation = &owner.relations[at];
        let resolved = (relation.resolved)();
        let column = ColumnRef { table: owner, at: 0, alias: from };
        let Some(left) = self.entries.iter().position(|entry| entry.has(&column)) else {
            return Err(owner_not_read(owner, relation.name, from));
        };
        let first = offered::first_of(&self.entries[left].source, owner)?;
        let target = to.cloned().unwrap_or_else(|| Source::table(resolved.target));
        match (&resolved.join, resolved.link) {
            (Join::Link { own, theirs }, Some(link)) => {
                let keys = own.iter().map(|(from, own)| ((left, first + own), from)).collect();
                let outer = matches!(kind, JoinKind::Left | JoinKind::Full);
                let (own_tree, tree) = if outer { (tree, None) } else { (None, tree) };
                let link = self.link(link, kind, JoinOn { keys, tree: own_tree });
                let keys = theirs.iter().map(|(from, to)| ((link, from), to)).collect();
                let target = self.add(target, Some((kind, JoinOn { keys, tree })))?;
                self.entries[link].holds = outer.then_some(target);
            }
            (Join::Parent { key }, _) => {
                let keys = key.iter().map(|(own, to)| ((left, first + own), to)).collect();
                self.add(target, Some((kind, JoinOn { keys, tree })))?;
            }
            (Join::Children { key } | Join::Link { own: key, .. }, _) => {
                let keys = key.iter().map(|(from, own)| ((left, first + own), from)).collect();
                self.add(target, Some((kind, JoinOn { keys, tree })))?;
            }
        }
        Ok(())
    }

    /// Adds a link table; where it is there already, under a name that is still free.
    fn link(&mut self, link: &'static ModelDef, kind: JoinKind, on: JoinOn<'a>) -> usize {
        let source = Source::table(link);
        let again = self.entries.iter().filter(|entry| entry.source.is(&source)).count();
        let at = self.push(source, Some((kind, on)));
        if again > 0 {
            let name = format!("{}_{}", link.bare_table(), again + 1);
            self.entries[at].shown = Some(self.free(&name));
        }
        at
    }

    /// A name like this one that nothing else goes by.
    fn free(&self, name: &str) -> String {
        let mut name = name.to_owned();
        while self.entries.iter().any(|entry| entry.name() == name) {
            name.push('_');
        }
        name
    }

    /// The only foreign key between a table and those before it.
    fn only_key(&self, source: &Source) -> Result<Vec<((usize, usize), usize)>> {
        let Body::Table(def) = &source.body else { return Err(no_condition(source.name())) };
        let mut found = Vec::new();
        for (left, entry) in self.entries.iter().enumerate() {
            let Body::Table(other) = &entry.source.body else { continue };
            let keys = references(other, def).map(|(from, to)| ((left, from), to));
            found.push(keys.collect::<Vec<_>>());
            let keys = references(def, other).map(|(from, to)| ((left, to), from));
            found.push(keys.collect());
        }
        found.retain(|keys| !keys.is_empty());
        // one key refers to each column once
        match found.as_slice() {
            [keys] if all_differ(keys) => Ok(found.remove(0)),
            [] => Err(no_condition(source.name())),
            _ => Err(several_keys(source.name())),
        }
    }

    /// Where a column is read: here, or in the statement around this one.
    pub(super) fn find(&self, column: &ColumnRef) -> Result<Option<&Entry<'a>>> {
        self.look(&|entry| entry.has(column))
    }

    /// Whether a column is read here, and not around.
    pub(super) fn is_here(&self, expr: &Expr) -> bool {
        self.entries.iter().any(|entry| match expr {
            Expr::Column(column) => entry.has(column),
            Expr::Derived { source, .. } => entry.source.alias == *source,
            _ => false,
        })
    }

    /// The subquery or CTE that goes by a name.
    pub(super) fn named(&self, alias: &str) -> Result<Option<&Entry<'a>>> {
        self.look(&|entry| entry.source.alias == alias && entry.table().is_none())
    }

    /// What is wanted, from the inside out, unless another thing inside has its name.
    fn look(&self, wanted: &dyn Fn(&Entry<'_>) -> bool) -> Result<Option<&Entry<'a>>> {
        if let Some(here) = self.entries.iter().find(|entry| wanted(entry)) {
            return Ok(Some(here));
        }
        let found = self.outer.map_or(Ok(None), |outer| outer.look(wanted))?;
        let hides =
            |name: &str| self.entries.iter().any(|entry| entry.name().eq_ignore_ascii_case(name));
        match found.map(Entry::name).filter(|name| hides(name)) {
            Some(name) => Err(hidden(name)),
            None => Ok(found),
        }
    }

    /// All that is read here, for messages: "only `hero`", or "no table".
    pub(super) fn shown(&self) -> String {
        if self.entries.is_empty() {
            return String::from("no table");
        }
        let names: Vec<_> =
            self.entries.iter().map(|entry| format!("`{}`", entry.label())).collect();
        format!("only {}", names.join(", "))
    }
}

impl Entry<'_> {
    /// The name that it is written by.
    pub(super) fn name(&self) -> &str {
        self.shown.as_deref().unwrap_or_else(|| self.source.name())
    }

    /// The name that a program knows it by.
    pub(super) fn label(&self) -> &str {
        if self.apart { self.source.name() } else { self.name() }
    }

    /// The table, where it is one of a schema, and written as that.
    fn qualified(&self) -> Option<&'static ModelDef> {
        let own = self.source.alias.is_empty() && self.shown.is_none();
        self.table().filter(|def| own && def.schema.is_some())
    }

    /// The table, where it is one.
    pub(super) fn table(&self) -> Option<&'static ModelDef> {
        match &self.source.body {
            Body::Table(def) => Some(def),
            _ => None,
        }
    }

    /// Whether it is where a column is read.
    fn has(&self, column: &ColumnRef) -> bool {
        !self.hidden
            && self.source.alias == column.alias
            && offered::has(&self.source, column.table)
    }
}

/// Whether a join brings a source.
fn brings(join: &JoinAst, source: &Source) -> bool {
    match &join.target {
        JoinTarget::Source { source: joined, .. } => joined.is(source),
        JoinTarget::Along { .. } => false,
        JoinTarget::Relation { owner, at, from, to, .. } => {
            let resolved = (owner.relations[*at].resolved)();
            let is = |def: &'static ModelDef| Source::table(def).is(source);
            if from.is_empty() && is(owner) {
                return false;
            }
            to.as_ref().map_or_else(|| is(resolved.target), |to| to.is(source))
                || resolved.link.is_some_and(is)
        }
    }
}

/// The columns of a table that refer to another, with what they refer to.
fn references(
    from: &'static ModelDef,
    to: &'static ModelDef,
) -> impl Iterator<Item = (usize, usize)> {
    from.columns.iter().enumerate().filter_map(move |(at, column)| {
        let reference = column.references.filter(|reference| reference.model == to.identity)?;
        Some((at, to.columns.iter().position(|column| column.name == reference.column)?))
    })
}

fn all_differ(keys: &[((usize, usize), usize)]) -> bool {
    let twice = |at: usize| {
        keys[..at].iter().any(|(left, right)| *left == keys[at].0 || *right == keys[at].1)
    };
    (0..keys.len()).all(|at| !twice(at))
}

pub(super) fn invalid(message: impl Display) -> Error {
    Error::new(ErrorKind::InvalidStatement, message.to_string())
}

fn read_twice(source: &Source) -> Error {
    let name = source.name();
    invalid(format_args!(
        "the statement reads `{name}` twice under one name; give it another one, as in `let other = Model.alias(\"other\")`, and read `&other`"
    ))
}

fn hidden(name: &str) -> Error {
    invalid(format_args!(
        "a column of `{name}` is used inside of a subquery that reads another `{name}`; give one of them another name"
    ))
}

fn joined_first(source: &Source) -> Error {
    let name = source.name();
    invalid(format_args!(
        "`{name}` is joined, but nothing is read before it; add `.select_from(…)` or use `filter`"
    ))
}

fn owner_not_read(owner: &ModelDef, relation: &str, from: &str) -> Error {
    let name = if from.is_empty() { owner.table } else { from };
    invalid(format_args!(
        "`{}.{relation}` is joined, but the statement does not read `{name}` before; add `.select_from(…)` or join it first",
        owner.name
    ))
}

fn no_condition(name: &str) -> Error {
    invalid(format_args!(
        "no foreign key says how `{name}` is joined; join a relation, or say it: `Model.on(condition)`"
    ))
}

fn several_keys(name: &str) -> Error {
    invalid(format_args!(
        "more than one foreign key could say how `{name}` is joined; join a relation, or say which: `Model.on(condition)`"
    ))
}
