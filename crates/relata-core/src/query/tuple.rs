//! Tuples of up to twelve parts: what is selected, ordered by, compared, written to, and given to
//! functions.

use super::{
    Argument, Arguments, ByPosition, Choices, ColumnList, Expression, Fills, FromRow, IntoExprs,
    IntoOrder, IntoRow, Operand, Order, Output, RowOperand, Selection, Sql, Subselect, Tree, Typed,
    expr::row::RowsOf,
};
use crate::{connection::Row, entity::Node, error::Result, schema::ModelDef, value::ColumnType};

macro_rules! tuples {
    ($($name:ident $other:ident)*) => {
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

            fn models(out: &mut Vec<&'static ModelDef>) {
                $($name::models(out);)*
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

        impl<$($name: Argument),*> Arguments for ($($name,)*) {
            fn into_trees(self) -> Vec<Tree> {
                let ($($name,)*) = self;
                vec![$($name.into_tree()),*]
            }
        }

        impl<$($name: Expression),*> IntoRow for ($($name,)*) {
            type Values = ($($name::Value,)*);

            fn into_parts(self) -> Vec<Tree> {
                let ($($name,)*) = self;
                vec![$($name.into_tree()),*]
            }
        }

        impl<$($name, $other: Operand<$name>),*> RowOperand<($($name,)*)> for ($($other,)*) {
            fn into_parts(self) -> Vec<Tree> {
                let ($($name,)*) = self;
                vec![$($name.into_tree()),*]
            }
        }

        impl<$($name: Typed, $other: Typed<Base = $name::Base>),*> RowsOf<($($name,)*)>
            for ($(Sql<$other>,)*)
        {
        }

        impl<M, $($name: ColumnList<M>),*> ColumnList<M> for ($($name,)*) {
            fn positions(self, list: &mut Vec<usize>) {
                let ($($name,)*) = self;
                $($name.positions(list);)*
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($name: Fills<$other>, $other),*> Fills<($($other,)*)> for ($($name,)*) {}

        #[diagnostic::do_not_recommend]
        impl<$($name: ColumnType),*> ByPosition for ($($name,)*) {
            type Rows = ($(Sql<$name>,)*);
        }

        choices!($($name)*);
    };
}

/// Tuples of arguments of one type, which the first one says.
macro_rules! choices {
    ($only:ident) => {};
    ($first:ident $($name:ident)*) => {
        impl<$first: Argument, $($name: Operand<$first::Value, Value: Typed>),*> Choices
            for ($first, $($name,)*)
        {
            type Last = choices!(last $first; $($name)*);
            type Any = choices!(any $first, $first::Value; $($name)*);

            fn into_trees(self) -> Vec<Tree> {
                let ($first, $($name,)*) = self;
                vec![$first.into_tree(), $($name.into_tree()),*]
            }
        }
    };
    (last $first:ident; $name:ident) => {
        <<$name as Operand<$first::Value>>::Value as Typed>::With<<$first::Value as Typed>::Base>
    };
    (last $first:ident; $name:ident $($rest:ident)+) => { choices!(last $first; $($rest)+) };
    (any $first:ident, $found:ty;) => { $found };
    (any $first:ident, $found:ty; $name:ident $($rest:ident)*) => {
        choices!(
            any $first,
            <$found as Typed>::Either<
                <$name as Operand<$first::Value>>::Value,
                <$first::Value as Typed>::Base,
            >;
            $($rest)*
        )
    };
}

/// The parts of a tuple are named as their types.
#[allow(non_snake_case)]
mod each {
    use super::*;
    tuples!(A A1);
    tuples!(A A1 B B1);
    tuples!(A A1 B B1 C C1);
    tuples!(A A1 B B1 C C1 D D1);
    tuples!(A A1 B B1 C C1 D D1 E E1);
    tuples!(A A1 B B1 C C1 D D1 E E1 F F1);
    tuples!(A A1 B B1 C C1 D D1 E E1 F F1 G G1);
    tuples!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1);
    tuples!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1 I I1);
    tuples!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1 I I1 J J1);
    tuples!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1 I I1 J J1 K K1);
    tuples!(A A1 B B1 C C1 D D1 E E1 F F1 G G1 H H1 I I1 J J1 K K1 L L1);
}
