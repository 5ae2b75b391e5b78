//! [`FromRow`]: how a row is read; [`Subselect`]: what a subquery of such rows offers.

use super::{Derived, Layout, Sql};
use crate::{
    connection::Row,
    entity::{Node, Tracked},
    error::{Error, ErrorKind, Result},
    model::{Cells, Column, Entity, Model},
    schema::ModelDef,
    value::{Cell, ColumnType, Misfit},
};

/// How a row, or a part of one, is read.
///
/// What is read is first a value with no session around it ([`Plain`](FromRow::Plain)); a session
/// makes a [`Row`](FromRow::Row) of it.
pub trait FromRow: 'static {
    /// What a session gives for each row: `Tracked<M>` for a model.
    type Row: Send + 'static;
    /// What is given without a session: `M` for a model.
    type Plain: Send + 'static;

    /// Reads a part of a row that starts at `at`, and moves `at` behind it, so that a tuple reads
    /// its parts one after the other.
    ///
    /// # Errors
    /// `Decode`, where a cell does not fit the type.
    #[doc(hidden)]
    fn decode_at(row: &dyn Row, at: &mut usize) -> Result<Self::Plain>;

    /// What has to be known of the first row before any is read; nothing where rows are read by
    /// position.
    ///
    /// # Errors
    /// `Decode`, where the rows have not the columns that are wanted.
    #[doc(hidden)]
    fn layout(row: &dyn Row) -> Result<Layout> {
        let _ = row;
        Ok(Layout::default())
    }

    /// Reads a whole row.
    ///
    /// # Errors
    /// As for `decode_at`.
    #[doc(hidden)]
    fn decode_with(row: &dyn Row, layout: &Layout, at: &mut usize) -> Result<Self::Plain> {
        let _ = layout;
        Self::decode_at(row, at)
    }

    /// What a session makes of it.
    #[doc(hidden)]
    fn track(plain: Self::Plain) -> Self::Row;

    /// Adds the rows of models in it, as the loading of relations sees them.
    #[doc(hidden)]
    fn nodes<'r>(row: &'r mut Self::Row, out: &mut Vec<&'r mut dyn Node>) {
        let _ = (row, out);
    }

    /// Adds the models whose rows are in it, in the order in which they are selected.
    #[doc(hidden)]
    fn models(out: &mut Vec<&'static ModelDef>) {
        let _ = out;
    }

    /// The row with no session around it.
    #[doc(hidden)]
    fn untrack(row: Self::Row) -> Self::Plain;
}

/// Rows that a subquery can offer to the statement around it.
pub trait Subselect: FromRow {
    /// The columns: the model's own for a model, a typed column for an expression, a tuple of these
    /// for a tuple.
    type Columns: Send + Sync + 'static;

    /// The columns under a name, from a position on.
    #[doc(hidden)]
    fn columns(alias: &'static str, at: &mut usize) -> Self::Columns;
}

impl<M: Model> FromRow for Entity<M> {
    type Row = Tracked<M>;
    type Plain = M;

    #[inline]
    fn decode_at(row: &dyn Row, at: &mut usize) -> Result<M> {
        let start = *at;
        *at += M::DEF.columns.len();
        M::decode(&mut Cells::new(row, start, M::DEF))
    }

    fn track(plain: M) -> Tracked<M> {
        Tracked::loaded(plain)
    }

    fn nodes<'r>(row: &'r mut Tracked<M>, out: &mut Vec<&'r mut dyn Node>) {
        out.push(row);
    }

    fn models(out: &mut Vec<&'static ModelDef>) {
        out.push(M::DEF);
    }

    fn untrack(row: Tracked<M>) -> M {
        Tracked::into_inner(row)
    }
}

impl<M: Model> Subselect for Entity<M> {
    type Columns = M::Columns;

    fn columns(alias: &'static str, at: &mut usize) -> M::Columns {
        *at += M::DEF.columns.len();
        M::columns(alias)
    }
}

/// A row that a left join may not have found.
impl<M: Model> FromRow for Option<Entity<M>> {
    type Row = Option<Tracked<M>>;
    type Plain = Option<M>;

    fn decode_at(row: &dyn Row, at: &mut usize) -> Result<Option<M>> {
        let start = *at;
        for key in M::DEF.primary_key {
            if matches!(row.cell(start + key)?, Cell::Null) {
                *at += M::DEF.columns.len();
                return Ok(None);
            }
        }
        <Entity<M>>::decode_at(row, at).map(Some)
    }

    fn track(plain: Option<M>) -> Option<Tracked<M>> {
        plain.map(Tracked::loaded)
    }

    fn nodes<'r>(row: &'r mut Option<Tracked<M>>, out: &mut Vec<&'r mut dyn Node>) {
        out.extend(row.as_mut().map(|row| row as &mut dyn Node));
    }

    fn models(out: &mut Vec<&'static ModelDef>) {
        out.push(M::DEF);
    }

    fn untrack(row: Option<Tracked<M>>) -> Option<M> {
        row.map(Tracked::into_inner)
    }
}

impl<M: Model> Subselect for Option<Entity<M>> {
    type Columns = M::Columns;

    fn columns(alias: &'static str, at: &mut usize) -> M::Columns {
        <Entity<M>>::columns(alias, at)
    }
}

impl<V: ColumnType> FromRow for Sql<V> {
    type Row = V;
    type Plain = V;

    fn decode_at(row: &dyn Row, at: &mut usize) -> Result<V> {
        let cell = row.cell(*at)?;
        *at += 1;
        V::read(cell).map_err(|misfit| not_read(*at, &cell, &misfit))
    }

    fn track(plain: V) -> V {
        plain
    }

    fn untrack(row: V) -> V {
        row
    }
}

#[cold]
fn not_read(at: usize, cell: &Cell<'_>, Misfit(why): &Misfit) -> Error {
    let cure = match cell {
        Cell::Null => {
            "read it as an `Option`, by `.optional()` on the column of an outer join, or give another value for NULL by `coalesce`"
        }
        _ => "`cast` the expression to the type that is wanted",
    };
    // the cures of a field are none for an expression
    let why = why.split("; make the field").next().unwrap_or(why);
    Error::new(ErrorKind::Decode, format!("value {at} of the row: {why}; {cure}"))
}

impl<V: ColumnType> Subselect for Sql<V> {
    type Columns = Column<Derived, V>;

    fn columns(alias: &'static str, at: &mut usize) -> Self::Columns {
        *at += 1;
        Column::new(*at - 1, "", alias)
    }
}
