//! What can be put into a relation, and what names a row of it.

use super::{Node, Tracked};
use crate::{
    key::{Id, RowKey},
    model::Model,
};
use std::sync::Arc;

/// A row on its way into a relation.
#[doc(hidden)]
pub enum Target {
    /// The row itself.
    Row(Arc<dyn Node>),
    /// Its key.
    Key(RowKey),
}

impl Target {
    pub(super) fn key(&self) -> RowKey {
        match self {
            Target::Row(row) => row.key(),
            Target::Key(key) => key.clone(),
        }
    }

    /// Whether it is a row that was never added.
    pub(super) fn is_new(&self) -> bool {
        matches!(self, Target::Row(row) if row.memory().is_unsaid())
    }
}

/// What can become a member of a relation to `T`: a plain `T` by value, which is a new row, a
/// `&Tracked<T>`, or an `Id<T>`.
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
/// # let saved = session.add(Hero::new("Deadpond"));
/// # session.add(Hero::new("Hulk"));
/// # session.commit()?;
/// let mut team = session.add(Team::new("Z-Force"));
/// team.heroes.push(Hero::new("Rusty-Man")); // a new row
/// team.heroes.push(&saved); // a tracked row
/// team.heroes.push(Id::from(2)); // the row with a key
/// session.add(&mut team);
/// session.commit()?;
/// assert_eq!(engine.exec(select(Hero).filter(Hero.team_id.eq(&team.id))).all()?.len(), 3);
/// # Ok::<_, relata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into a relation to `{T}`",
    label = "expected `{T}` by value, `&Tracked<{T}>` or `Id<{T}>`",
    note = "a plain `{T}` by value is a new row; add it first with `let row = session.add(row)` to name it twice"
)]
pub trait Member<T: Model>: Single {
    #[doc(hidden)]
    fn into_target(self) -> Target;
}

/// One row, so not an `Option` or a list of rows.
#[doc(hidden)]
pub trait Single {}
impl<T: Model> Single for T {}
impl<T: Model> Single for Tracked<T> {}
impl<T: Model> Single for &Tracked<T> {}
impl<T: Model> Single for &mut Tracked<T> {}
impl<T: Model> Single for &&Tracked<T> {}
impl<T: Model> Single for Id<T> {}
impl<T: Model> Single for &Id<T> {}

impl<T: Model> Member<T> for T {
    fn into_target(self) -> Target {
        Target::Row(Arc::new(Tracked::waiting(self)))
    }
}
impl<T: Model> Member<T> for Tracked<T> {
    fn into_target(self) -> Target {
        Target::Row(Arc::new(self))
    }
}
impl<T: Model> Member<T> for &Tracked<T> {
    fn into_target(self) -> Target {
        Target::Row(Arc::new(self.given()))
    }
}
impl<T: Model> Member<T> for &mut Tracked<T> {
    fn into_target(self) -> Target {
        Target::Row(Arc::new(self.given()))
    }
}
impl<T: Model> Member<T> for &&Tracked<T> {
    fn into_target(self) -> Target {
        Member::<T>::into_target(*self)
    }
}
impl<T: Model> Member<T> for Id<T> {
    fn into_target(self) -> Target {
        Target::Key(self.row_key())
    }
}
impl<T: Model> Member<T> for &Id<T> {
    fn into_target(self) -> Target {
        Target::Key(self.row_key())
    }
}

/// What a list can be set to: an array, a `Vec` or an iterator of [`Member`]s.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of rows of `{T}`",
    label = "expected a list, such as `[row]`",
    note = "a list of one row is `[row]`; `push(row)` adds one to a list that is there"
)]
pub trait Members<T: Model> {
    fn into_targets(self) -> impl Iterator<Item = Target>;
}

impl<T: Model, I: IntoIterator<Item: Member<T>>> Members<T> for I {
    fn into_targets(self) -> impl Iterator<Item = Target> {
        self.into_iter().map(Member::into_target)
    }
}

/// What a `One` can be set to: a [`Member`], and for a `One<Option<T>>` also an `Option` of one.
///
/// ```
/// # use relata::prelude::*;
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
/// let mut hero = Hero::new("Deadpond");
/// hero.team.set(Team::new("Z-Force"));
/// hero.team.set(None::<Team>); // as `hero.team.clear()`
/// assert!(hero.team.get()?.is_none());
/// # Ok::<_, relata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set as a `One<{O}>`",
    label = "expected the related model by value, a `&Tracked` row or an `Id` of it",
    note = "a key alone becomes an id by `Id::from(key)`"
)]
pub trait IntoOne<O> {
    #[doc(hidden)]
    fn into_target(self) -> Option<Target>;
}

impl<T: Model, X: Member<T> + Single> IntoOne<T> for X {
    fn into_target(self) -> Option<Target> {
        Some(Member::into_target(self))
    }
}
impl<T: Model, X: Member<T> + Single> IntoOne<Option<T>> for X {
    fn into_target(self) -> Option<Target> {
        Some(Member::into_target(self))
    }
}
impl<T: Model, X: Member<T>> IntoOne<Option<T>> for Option<X> {
    fn into_target(self) -> Option<Target> {
        self.map(Member::into_target)
    }
}

/// What names a row of `T`: a `Tracked<T>` or an `Id<T>`, by reference or value, or a key.
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
/// # let saved = session.add(Hero::new("Deadpond"));
/// # session.commit()?;
/// let mut team = Team::new("Z-Force").with_heroes([&saved]);
/// assert!(team.heroes.get()?.contains(&saved));
/// team.heroes.remove(&saved.id);
/// assert!(team.heroes.get()?.is_empty());
/// # Ok::<_, relata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a row of `{T}`",
    label = "expected a `&Tracked<{T}>`, an `Id<{T}>` or a key"
)]
pub trait Named<T: Model> {
    /// The row's key; that of a row that is not saved yet is late.
    #[doc(hidden)]
    fn row_key(self) -> RowKey;
}

#[diagnostic::do_not_recommend]
impl<T: Model, K: Into<Id<T>>> Named<T> for K {
    fn row_key(self) -> RowKey {
        Id::row_key(&self.into())
    }
}

macro_rules! tracked {
    ($($row:ty),*) => {$(
        impl<T: Model> Named<T> for $row {
            fn row_key(self) -> RowKey {
                let row: &Tracked<T> = &self;
                (row as &dyn Node).key()
            }
        }
    )*};
}
tracked!(Tracked<T>, &Tracked<T>, &mut Tracked<T>, &&Tracked<T>);
