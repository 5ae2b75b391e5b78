//! [`Rows`]: what a loaded list shows of its rows.

use super::{Named, Node, Tracked, slot::exclusive};
use crate::model::Model;
use serde::{Serialize, Serializer};
use std::{any::Any, fmt, marker::PhantomData, ops::Index, sync::Arc};

/// The rows of a loaded relation.
///
/// It is read like a slice.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Team {
/// #     #[field(primary_key)] id: Id<Team>,
/// #     name: String,
/// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
/// # }
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     age: Option<i32>,
/// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
/// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
/// # }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of((Team, Hero)).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// # let heroes = ["Deadpond", "Rusty-Man"].map(Hero::new);
/// # let hero = session.add(Team::new("Z-Force").with_heroes(heroes)).heroes.get()?[0].clone();
/// # session.commit()?;
/// let team = session.exec(select(Team).with(Team.heroes)).one()?;
/// let heroes = team.heroes.get()?;
/// assert_eq!(heroes.len(), 2);
/// assert_eq!(heroes[0].name, "Deadpond");
/// assert!(heroes.get(2).is_none());
/// assert!(heroes.contains(&hero));
/// let names: Vec<&str> = heroes.iter().map(|hero| &*hero.name).collect();
/// assert_eq!(names, ["Deadpond", "Rusty-Man"]);
/// # Ok::<_, relata::Error>(())
/// ```
pub struct Rows<'a, T> {
    pub(super) rows: &'a [Arc<dyn Node>],
    pub(super) of: PhantomData<fn() -> T>,
}

impl<T> Clone for Rows<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Rows<'_, T> {}

/// The typed row behind a node of a list of `T`.
pub(super) fn typed<T: Model>(row: &Arc<dyn Node>) -> Option<&Tracked<T>> {
    (&**row as &dyn Any).downcast_ref()
}

impl<'a, T: Model> Rows<'a, T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Each row.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'a Tracked<T>> + use<'a, T> {
        self.rows.iter().filter_map(typed)
    }

    /// The row at a position.
    pub fn get(&self, at: usize) -> Option<&'a Tracked<T>> {
        self.rows.get(at).and_then(typed)
    }

    /// The first row.
    pub fn first(&self) -> Option<&'a Tracked<T>> {
        self.get(0)
    }

    /// The last row.
    pub fn last(&self) -> Option<&'a Tracked<T>> {
        self.rows.last().and_then(typed)
    }

    /// Whether this row is among them.
    pub fn contains(&self, row: impl Named<T>) -> bool {
        let key = row.row_key();
        self.rows.iter().any(|other| other.key() == key)
    }
}

impl<T: Model> Index<usize> for Rows<'_, T> {
    type Output = Tracked<T>;

    /// The row at a position.
    ///
    /// # Panics
    /// Where there is none, as for a slice; [`Rows::get`] does not.
    #[expect(clippy::panic, reason = "the contract of `Index`")]
    fn index(&self, at: usize) -> &Tracked<T> {
        match self.get(at) {
            Some(row) => row,
            None => panic!("the relation has {} rows, there is none at {at}", self.len()),
        }
    }
}

impl<'a, T: Model> IntoIterator for Rows<'a, T> {
    type Item = &'a Tracked<T>;
    type IntoIter = std::iter::FilterMap<
        std::slice::Iter<'a, Arc<dyn Node>>,
        fn(&'a Arc<dyn Node>) -> Option<&'a Tracked<T>>,
    >;
    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter().filter_map(typed)
    }
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.rows).finish()
    }
}

/// As a sequence of rows, each with its columns; a list that an API shows beside its owner.
impl<T: Model + Serialize> Serialize for Rows<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(*self)
    }
}

/// The rows of a loaded relation, to be changed.
pub struct RowsMut<'a, T> {
    pub(super) rows: std::slice::IterMut<'a, Arc<dyn Node>>,
    pub(super) of: PhantomData<fn() -> T>,
}

impl<'a, T: Model> Iterator for RowsMut<'a, T> {
    type Item = &'a mut Tracked<T>;
    fn next(&mut self) -> Option<Self::Item> {
        let row = exclusive(self.rows.next()?);
        (row as &mut dyn Any).downcast_mut()
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<T: Model> DoubleEndedIterator for RowsMut<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let row = exclusive(self.rows.next_back()?);
        (row as &mut dyn Any).downcast_mut()
    }
}
