//! What a session takes: plain values, which are new rows, and tracked ones.

use super::{Unit, taken_back};
use crate::{
    entity::{Memory, Node, Tracked},
    model::Model,
    scope::Scope,
};

/// What `session.add` takes: a plain model by value, or `&mut` a tracked one.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of(Hero).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// let mut hero = session.add(Hero::new("Deadpond")); // gives it back, tracked
/// hero.age = Some(30);
/// session.add(&mut hero); // what changed
/// session.commit()?;
/// # Ok::<_, relata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added to a session",
    label = "expected a table model by value, or `&mut Tracked<…>`",
    note = "a plain value is given away: `let hero = session.add(hero)` gives it back tracked",
    note = "a tracked value is borrowed: `session.add(&mut hero)`"
)]
pub trait Add {
    /// What is given back: the value, tracked, or nothing where it was borrowed.
    type Added;
    #[doc(hidden)]
    fn add_to(self, unit: &mut Unit, scope: &Scope) -> Self::Added;
}

#[diagnostic::do_not_recommend]
impl<M: Model> Add for M {
    type Added = Tracked<M>;
    fn add_to(self, unit: &mut Unit, scope: &Scope) -> Tracked<M> {
        Tracked::fresh(self).add_to(unit, scope)
    }
}

impl<M: Model> Add for Tracked<M> {
    type Added = Tracked<M>;
    fn add_to(mut self, unit: &mut Unit, scope: &Scope) -> Tracked<M> {
        unit.add(&mut self, scope);
        self
    }
}

impl<M: Model> Add for &mut Tracked<M> {
    type Added = ();
    fn add_to(self, unit: &mut Unit, scope: &Scope) {
        unit.add(self, scope);
    }
}

/// What `session.delete` takes: a tracked row, by reference or value.
///
/// ```
/// # use relata::blocking::prelude::*;
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
/// # let engine = Engine::connect("sqlite::memory:")?;
/// # Metadata::of(Hero).create_all(&engine)?;
/// # let mut session = Session::new(&engine);
/// # session.add(Hero::new("Deadpond"));
/// # session.commit()?;
/// let mut hero = session.get(Hero, 1)?.unwrap();
/// session.delete(&mut hero); // it remembers
/// session.commit()?;
///
/// hero.name.push('!');
/// session.add(&mut hero);
/// assert_eq!(session.commit().unwrap_err().kind(), relata::ErrorKind::Deleted);
/// # Ok::<_, relata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be deleted",
    label = "expected `&Tracked<…>` or `&mut Tracked<…>`",
    note = "read the row first, with `session.get(Model, key)` or a query"
)]
pub trait Delete {
    #[doc(hidden)]
    fn delete_from(self, unit: &mut Unit, scope: &Scope);
}

impl<M: Model> Delete for &Tracked<M> {
    fn delete_from(self, unit: &mut Unit, scope: &Scope) {
        unit.delete(self, scope);
    }
}

/// The value remembers that it was deleted, so that adding it again is an error. One that was not written yet
/// is new again, with the new rows that are its children.
impl<M: Model> Delete for &mut Tracked<M> {
    fn delete_from(self, unit: &mut Unit, scope: &Scope) {
        let memory = unit.delete(self, scope).unwrap_or_else(|| {
            taken_back::unsay_children(self);
            Memory::New
        });
        *Node::memory_mut(self) = memory;
    }
}

impl<M: Model> Delete for Tracked<M> {
    fn delete_from(self, unit: &mut Unit, scope: &Scope) {
        unit.delete(&self, scope);
    }
}
