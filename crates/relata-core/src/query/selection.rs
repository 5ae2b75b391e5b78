//! [`Selection`]: what a statement gives for each row.

use super::Expr;
use crate::{
    connection::Row,
    entity::{Node, Tracked},
    error::Result,
    model::{Cells, Entity, Model},
    schema::ModelDef,
};

/// What a statement selects: a model, whose rows are values of it.
///
/// What is read is written first with no session around it ([`Plain`](Selection::Plain)); a session
/// makes a [`Row`](Selection::Row) of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    label = "expected the name of a table model",
    note = "write the model's name as a value: `select(Hero)`"
)]
pub trait Selection {
    /// What a session gives for each row: `Tracked<M>` for a model.
    type Row: Send + 'static;
    /// What is given without a session: `M` for a model.
    type Plain: Send + 'static;

    /// Adds the columns that are read.
    fn columns(&self, out: &mut Vec<Expr>);

    /// The tables that are read, each once.
    fn tables(&self) -> Vec<&'static ModelDef>;

    /// Reads a part of a row that starts at `at`, and moves `at` behind it, so that a tuple reads
    /// its parts one after the other.
    ///
    /// # Errors
    /// `Decode`, where a cell does not fit the type.
    fn decode_at(row: &dyn Row, at: &mut usize) -> Result<Self::Plain>;

    /// What a session makes of it.
    fn track(plain: Self::Plain) -> Self::Row;

    /// The row as the loading of relations sees it; `None` where there is nothing to load into.
    fn node(row: &mut Self::Row) -> Option<&mut dyn Node> {
        let _ = row;
        None
    }

    /// The row with no session around it.
    fn untrack(row: Self::Row) -> Self::Plain;

    /// Reads a whole row.
    ///
    /// # Errors
    /// `Decode`, where a cell does not fit the type.
    fn decode(row: &dyn Row) -> Result<Self::Plain> {
        Self::decode_at(row, &mut 0)
    }
}

impl<M: Model> Selection for Entity<M> {
    type Row = Tracked<M>;
    type Plain = M;

    fn columns(&self, out: &mut Vec<Expr>) {
        out.extend((0..M::DEF.columns.len()).map(|column| Expr::Column { table: M::DEF, column }));
    }

    fn tables(&self) -> Vec<&'static ModelDef> {
        vec![M::DEF]
    }

    fn decode_at(row: &dyn Row, at: &mut usize) -> Result<M> {
        let start = *at;
        *at += M::DEF.columns.len();
        M::decode(&mut Cells::new(row, start, M::DEF))
    }

    fn track(plain: M) -> Tracked<M> {
        Tracked::loaded(plain)
    }

    fn node(row: &mut Tracked<M>) -> Option<&mut dyn Node> {
        Some(row)
    }

    fn untrack(row: Tracked<M>) -> M {
        Tracked::into_inner(row)
    }
}
