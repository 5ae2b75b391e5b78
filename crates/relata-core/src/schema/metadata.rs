//! [`Metadata`]: a set of tables that belong together, every registered one or some of them, in the
//! order in which they can be created.

use super::{Join, KeyPairs, ModelDef};
use crate::{
    error::{Error, ErrorKind, Result},
    model::{Entity, Model},
};
use std::{collections::HashMap, sync::OnceLock};

/// A model that is part of the program; `#[model(table)]` submits one for each struct.
#[derive(Debug)]
pub struct Registration(pub &'static ModelDef);

inventory::collect!(Registration);

/// One model's name, or a tuple of up to twelve: `Hero`, `(Hero, Team)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model or a tuple of models",
    label = "expected models, such as `Hero` or `(Hero, Team)`"
)]
pub trait Models {
    /// Their tables.
    fn defs() -> Vec<&'static ModelDef>;
}

impl<M: Model> Models for Entity<M> {
    fn defs() -> Vec<&'static ModelDef> {
        vec![M::DEF]
    }
}

macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        impl<$first: Models, $($rest: Models),*> Models for ($first, $($rest,)*) {
            fn defs() -> Vec<&'static ModelDef> {
                [$first::defs(), $($rest::defs()),*].concat()
            }
        }
        tuples!($($rest)*);
    };
    () => {};
}
tuples!(A B C D E F G H I J K L);

/// A set of tables.
#[derive(Clone, Debug)]
pub struct Metadata {
    tables: Vec<&'static ModelDef>,
}

impl Metadata {
    /// Every table model that is linked into the program.
    pub fn all() -> Self {
        Metadata::from_defs(registered().collect())
    }

    /// The tables of these models.
    pub fn of<L: Models>(models: L) -> Self {
        let _ = models;
        Metadata::from_defs(L::defs())
    }

    fn from_defs(mut tables: Vec<&'static ModelDef>) -> Self {
        tables.sort_by_key(|def| address(def));
        tables.dedup_by_key(|def| address(def));
        Metadata { tables }
    }

    /// The tables in the order of their definition in the program, by file and line.
    pub fn tables(&self) -> &[&'static ModelDef] {
        &self.tables
    }

    /// Whether the tables fit together.
    ///
    /// # Errors
    /// `Metadata` where two models have one table name, or a foreign key refers to a table that is
    /// not in the set.
    pub fn check(&self) -> Result<()> {
        let mut names: HashMap<&str, &ModelDef> = HashMap::new();
        for def in &self.tables {
            if let Some(first) = names.insert(def.table, def) {
                return Err(same_name(first, def));
            }
        }
        self.tables.iter().try_for_each(|def| self.check_references(def))
    }

    fn check_references(&self, def: &ModelDef) -> Result<()> {
        for column in def.columns {
            let Some(to) = &column.references else { continue };
            if !self.tables.iter().any(|table| table.identity == to.model) {
                let message = format!(
                    "`{}.{}` refers to the table `{}`, which is not among these tables; add `{}` to `Metadata::of(..)`",
                    def.name, column.field, to.table, to.name
                );
                return Err(Error::new(ErrorKind::Metadata, message)
                    .with_table(def.table)
                    .with_columns([column.name]));
            }
        }
        Ok(())
    }

    /// The tables, each after those that it refers to; otherwise in the order of definition. Tables
    /// that refer to each other in a circle, and those that depend on them, come last, in the order
    /// of definition.
    ///
    /// # Errors
    /// Those of [`check`](Metadata::check).
    pub fn sorted(&self) -> Result<Vec<&'static ModelDef>> {
        self.check()?;
        let mut waiting = self.tables.clone();
        let mut sorted = Vec::with_capacity(waiting.len());
        while let Some(ready) = waiting.iter().position(|def| !waits(def, &waiting)) {
            sorted.push(waiting.remove(ready));
        }
        sorted.append(&mut waiting);
        Ok(sorted)
    }
}

/// Whether a table refers to one of those that are still waiting, itself aside.
fn waits(def: &ModelDef, waiting: &[&'static ModelDef]) -> bool {
    def.columns.iter().filter_map(|column| column.references).any(|to| {
        to.model != def.identity && waiting.iter().any(|other| other.identity == to.model)
    })
}

/// Which definition this is. The identity alone is not enough: models in the bodies of two
/// functions of one module have the same.
fn address(def: &ModelDef) -> ((&'static str, u32), &'static str) {
    (def.source, def.identity)
}

/// What a message calls a definition: its name, and where it stands.
pub(super) fn place(identity: &str, (file, line): (&str, u32)) -> String {
    format!("`{identity}` ({file}:{line})")
}

fn same_name(first: &ModelDef, second: &ModelDef) -> Error {
    let message = format!(
        "two models have the table `{}`: {} and {}; give one of them another: `#[model(table = \"...\")]`",
        first.table,
        place(first.identity, first.source),
        place(second.identity, second.source)
    );
    Error::new(ErrorKind::Metadata, message).with_table(first.table)
}

pub(super) fn registered() -> impl Iterator<Item = &'static ModelDef> {
    inventory::iter::<Registration>().map(|registration| registration.0)
}

/// A registered model, by its identity.
pub(super) fn find(identity: &str) -> Option<&'static ModelDef> {
    registered().find(|def| def.identity == identity)
}

type Links = HashMap<((&'static str, u32), &'static str), Vec<(&'static ModelDef, KeyPairs)>>;

/// The link models whose rows refer to a model, as the relations of all registered models use
/// them: each with its columns that do so. Those rows go when a row of the model is deleted.
pub fn links_to(def: &ModelDef) -> &'static [(&'static ModelDef, KeyPairs)] {
    static LINKS: OnceLock<Links> = OnceLock::new();
    LINKS.get_or_init(find_links).get(&address(def)).map_or(&[], Vec::as_slice)
}

fn find_links() -> Links {
    let mut links = Links::new();
    for owner in Metadata::all().tables {
        for relation in owner.relations {
            let resolved = (relation.resolved)();
            let (Some(link), Join::Link { own, theirs }) = (resolved.link, resolved.join) else {
                continue;
            };
            for (def, key) in [(owner, own), (resolved.target, theirs)] {
                let known = links.entry(address(def)).or_default();
                if !known.contains(&(link, key)) {
                    known.push((link, key));
                }
            }
        }
    }
    links
}

#[cfg(test)]
mod tests;
