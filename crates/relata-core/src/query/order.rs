//! [`Order`]: what the rows of a statement are ordered by.

use super::Expr;
use crate::model::{Column, Model};

/// One thing to order by: `Hero.name.desc()`.
#[derive(Clone)]
pub struct Order {
    /// What is compared.
    pub expr: Expr,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What `order_by` takes: an [`Order`], a column (from the least to the greatest), or several of
/// them as a tuple, an array or a `Vec`, of which the first counts most.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing to order by",
    label = "expected a column",
    note = "order by a column, `column.desc()`, or a tuple of these"
)]
pub trait IntoOrder {
    /// Adds what it is to the list.
    fn add_to(self, list: &mut Vec<Order>);
}

impl IntoOrder for Order {
    fn add_to(self, list: &mut Vec<Order>) {
        list.push(self);
    }
}

impl<M: Model, V> IntoOrder for Column<M, V> {
    fn add_to(self, list: &mut Vec<Order>) {
        list.push(self.asc());
    }
}

impl<T: IntoOrder, const N: usize> IntoOrder for [T; N] {
    fn add_to(self, list: &mut Vec<Order>) {
        self.into_iter().for_each(|item| item.add_to(list));
    }
}

impl<T: IntoOrder> IntoOrder for Vec<T> {
    fn add_to(self, list: &mut Vec<Order>) {
        self.into_iter().for_each(|item| item.add_to(list));
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: IntoOrder),*> IntoOrder for ($($name,)*) {
            #[expect(non_snake_case, reason = "the parts are named as their types")]
            fn add_to(self, list: &mut Vec<Order>) {
                let ($($name,)*) = self;
                $($name.add_to(list);)*
            }
        }
    };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
