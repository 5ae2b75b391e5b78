//! SQLModel for Rust: one struct is the table, the validated data model and the API schema.

pub mod blocking;
mod engine;
mod metadata;
mod mode;
pub mod prelude;
pub mod query;
mod session;

pub use engine::{Engine, EngineBuilder, EngineOf, PoolStatus, Retry};
pub use metadata::{Metadata, metadata};
pub use mode::{Async, Blocking, Mode};
pub use relata_core::{
    Column, Entity, Error, ErrorKind, Id, Identity, Isolation, Model, Relation, Result,
    TransactionOptions,
    entity::{
        IntoField, IntoOne, KeyOf, Many, Member, Named, One, RelationField, Rows, RowsMut, ToOne,
        Tracked,
    },
    key::{IdState, Key},
    query::{Expression, Operand, Order, Predicate, Reads, Select, Selection, Text, select},
    sql::Dialect,
    value::{Cell, ColumnType, Element, Elements, EnumType, Json, Misfit, NotNull, SqlType, Value},
};
// The types of columns, in the versions that models take.
pub use {chrono, rust_decimal, uuid};

pub use relata_macros::{ColumnEnum, ColumnNewtype, model};
pub use session::{
    Add, Delete, Exec, ExecOnce, Loadable, Paged, Pages, Savepoint, SavepointOf, Session,
    SessionOf, Stream, StreamOf,
};

/// What the expansion of `#[model]` names. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use relata_core::{
        Cells, Column, Columns, Entity, Identity, Model, Relation, Result, Stored, Unstored, Visit,
        VisitMut, entity::*, key::*, schema::*, value::*,
    };
    pub use {inventory, serde};

    /// The value of a column that was not given one.
    pub const fn null() -> Value {
        Value::Null
    }
}

/// The programs of the front page, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct Readme;

#[cfg(doctest)]
pub mod guide;
