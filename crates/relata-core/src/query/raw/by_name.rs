//! How rows of SQL written by hand are read: as a model or a struct by the names of columns, or by
//! position.

use super::{FromRow, Sql, deserialize};
use crate::{
    connection::Row,
    entity::{Node, Tracked},
    error::{Error, ErrorKind, Result},
    model::{Cells, Model},
    value::{Cell, ColumnType},
};
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// What is looked up once for all rows of a statement.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Where each column that is wanted stands.
    pub positions: Vec<usize>,
    /// The names of all columns.
    pub names: Vec<Box<str>>,
}

/// A model, read by the names of its columns.
pub struct ByName<M>(PhantomData<fn() -> M>);

impl<M: Model> FromRow for ByName<M> {
    type Row = Tracked<M>;
    type Plain = M;

    fn layout(row: &dyn Row) -> Result<Layout> {
        let position = |column: &crate::schema::ColumnDef| {
            let mut found = (0..row.width()).filter(|at| {
                row.name(*at).is_some_and(|name| name.eq_ignore_ascii_case(column.name))
            });
            match (found.next(), found.next()) {
                (Some(at), None) => Ok(at),
                (None, _) => Err(no_column(M::DEF.name, column.name)),
                (Some(_), Some(_)) => Err(two_columns(M::DEF.name, column.name)),
            }
        };
        let positions = M::DEF.columns.iter().map(position).collect::<Result<_>>();
        let named = |error: Error| error.with_table(M::DEF.table);
        Ok(Layout { positions: positions.map_err(named)?, names: Vec::new() })
    }

    fn decode_with(row: &dyn Row, layout: &Layout, at: &mut usize) -> Result<M> {
        *at += row.width();
        let row = Picked { row, positions: &layout.positions };
        M::decode(&mut Cells::new(&row, 0, M::DEF))
    }

    fn decode_at(row: &dyn Row, at: &mut usize) -> Result<M> {
        let _ = at;
        Self::decode_with(row, &Self::layout(row)?, at)
    }

    fn track(plain: M) -> Tracked<M> {
        Tracked::loaded(plain)
    }

    fn nodes<'r>(row: &'r mut Tracked<M>, out: &mut Vec<&'r mut dyn Node>) {
        out.push(row);
    }

    fn untrack(row: Tracked<M>) -> M {
        Tracked::into_inner(row)
    }
}

/// Some cells of a row, in an order of their own.
struct Picked<'r> {
    row: &'r dyn Row,
    positions: &'r [usize],
}

impl Row for Picked<'_> {
    fn cell(&self, at: usize) -> Result<Cell<'_>> {
        match self.positions.get(at) {
            Some(at) => self.row.cell(*at),
            None => Err(Error::new(ErrorKind::Decode, "the row has fewer columns than the model")),
        }
    }

    fn width(&self) -> usize {
        self.positions.len()
    }

    fn name(&self, at: usize) -> Option<&str> {
        self.row.name(*self.positions.get(at)?)
    }
}

fn no_column(model: &str, column: &'static str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("the rows have no column `{column}`, which `{model}` needs; select it, or name another column so: `… AS {column}`"),
    )
    .with_columns([column])
}

fn two_columns(model: &str, column: &'static str) -> Error {
    Error::new(
        ErrorKind::Decode,
        format!("the rows have two columns `{column}`, so which of them is the `{model}`'s cannot be told; select one, or give the other another name: `… AS other`"),
    )
    .with_columns([column])
}

/// A type with `serde::Deserialize`, read by the names of its fields.
pub struct Fields<T>(PhantomData<fn() -> T>);

impl<T: DeserializeOwned + Send + 'static> FromRow for Fields<T> {
    type Row = T;
    type Plain = T;

    fn layout(row: &dyn Row) -> Result<Layout> {
        let name = |at| row.name(at).unwrap_or_default().into();
        Ok(Layout { positions: Vec::new(), names: (0..row.width()).map(name).collect() })
    }

    fn decode_with(row: &dyn Row, layout: &Layout, at: &mut usize) -> Result<T> {
        *at += row.width();
        deserialize::row(row, &layout.names)
    }

    fn decode_at(row: &dyn Row, at: &mut usize) -> Result<T> {
        let _ = at;
        Self::decode_with(row, &Self::layout(row)?, at)
    }

    fn track(plain: T) -> T {
        plain
    }

    fn untrack(row: T) -> T {
        row
    }
}

/// What rows can be read as by position: a column type, or a tuple of up to twelve.
#[diagnostic::on_unimplemented(
    message = "rows cannot be read as `{Self}`",
    label = "expected a column type, or a tuple of up to twelve",
    note = "for a struct with `serde::Deserialize` use `into_struct`, for a model `into_model`"
)]
pub trait ByPosition {
    /// How its rows are read.
    type Rows: FromRow;
}

#[diagnostic::do_not_recommend]
impl<V: ColumnType> ByPosition for V {
    type Rows = Sql<V>;
}
