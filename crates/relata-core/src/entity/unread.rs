//! What is answered where a relation is used as if it were its rows: that `get` reads them. Nothing here
//! can be called.

use super::{Many, One, Rows, ToOne, Tracked};
use crate::model::Model;
use std::ops::Index;

/// What reads a relation.
pub enum Get {}

/// No relation is without need of [`Get`], so what asks for this does not compile.
#[diagnostic::on_unimplemented(
    message = "`{R}` leads to rows, which may not be loaded",
    label = "read them by `.get()?`",
    note = "`for hero in team.heroes.get()?` reads the rows of a list, `for hero in team.heroes.iter_mut()?` changes them",
    note = "`hero.team.get()?` is the row that a `One` leads to, or an `Option` of it"
)]
pub trait NotNeededFor<R: ?Sized> {
    #[doc(hidden)]
    fn never(_: &R) -> !;
}

macro_rules! iterators {
    ($($list:ty, $row:ty;)*) => {$(
        #[doc(hidden)]
        impl<'a, T: Model> Iterator for $list
        where
            Get: NotNeededFor<Many<T>>,
        {
            type Item = $row;
            fn next(&mut self) -> Option<$row> {
                Get::never(self)
            }
        }
    )*};
}
iterators! {
    Many<T>, Tracked<T>;
    &'a Many<T>, &'a Tracked<T>;
}

#[doc(hidden)]
impl<T: Model> Index<usize> for Many<T>
where
    Get: NotNeededFor<Many<T>>,
{
    type Output = Tracked<T>;
    fn index(&self, _: usize) -> &Tracked<T> {
        Get::never(self)
    }
}

macro_rules! methods {
    ($($of:ident $relation:ident { $($name:ident: $gives:ty,)* })*) => {$(
        #[doc(hidden)]
        #[allow(clippy::should_implement_trait)]
        impl<T: $of> $relation<T> {$(
            pub fn $name(&self) -> $gives
            where
                Get: NotNeededFor<Self>,
            {
                Get::never(self)
            }
        )*}
    )*};
}
methods! {
    Model Many {
        iter: <Rows<'_, T> as IntoIterator>::IntoIter,
        len: usize,
        is_empty: bool,
        first: Option<&Tracked<T>>,
    }
    ToOne One {
        is_some: bool,
        is_none: bool,
        as_ref: Option<&Tracked<T::Model>>,
        unwrap: &Tracked<T::Model>,
    }
}
