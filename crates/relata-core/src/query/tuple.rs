//! Tuples of up to twelve parts: what is selected, and what is ordered by.

use super::{FromRow, IntoExprs, IntoOrder, Order, Output, Selection, Subselect, Tree};
use crate::{connection::Row, entity::Node, error::Result};

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: FromRow),*> FromRow for ($($name,)*) {
            type Row = ($($name::Row,)*);
            type Plain = ($($name::Plain,)*);

            fn decode_at(row: &dyn Row, at: &mut usize) -> Result<Self::Plain> {
                Ok(($($name::decode_at(row, at)?,)*))
            }

            fn track(($($name,)*): Self::Plain) -> Self::Row {
                ($($name::track($name),)*)
            }

            fn nodes<'r>(($($name,)*): &'r mut Self::Row, out: &mut Vec<&'r mut dyn Node>) {
                $($name::nodes($name, out);)*
            }

            fn untrack(($($name,)*): Self::Row) -> Self::Plain {
                ($($name::untrack($name),)*)
            }
        }

        impl<$($name: Selection),*> Selection for ($($name,)*) {
            type Rows = ($($name::Rows,)*);

            fn outputs(self, out: &mut Vec<Output>) {
                let ($($name,)*) = self;
                $($name.outputs(out);)*
            }
        }

        impl<$($name: Subselect),*> Subselect for ($($name,)*) {
            type Columns = ($($name::Columns,)*);

            fn columns(alias: &'static str, at: &mut usize) -> Self::Columns {
                ($($name::columns(alias, at),)*)
            }
        }

        impl<$($name: IntoOrder),*> IntoOrder for ($($name,)*) {
            fn add_to(self, list: &mut Vec<Order>) {
                let ($($name,)*) = self;
                $($name.add_to(list);)*
            }
        }

        impl<$($name: IntoExprs),*> IntoExprs for ($($name,)*) {
            fn into_exprs(self, list: &mut Vec<Tree>) {
                let ($($name,)*) = self;
                $($name.into_exprs(list);)*
            }
        }
    };
}

/// The parts of a tuple are named as their types.
#[allow(non_snake_case)]
mod each {
    use super::*;
    tuples!(A);
    tuples!(A B);
    tuples!(A B C);
    tuples!(A B C D);
    tuples!(A B C D E);
    tuples!(A B C D E F);
    tuples!(A B C D E F G);
    tuples!(A B C D E F G H);
    tuples!(A B C D E F G H I);
    tuples!(A B C D E F G H I J);
    tuples!(A B C D E F G H I J K);
    tuples!(A B C D E F G H I J K L);
}
