//! What nearly every program names.

pub use crate::{
    ColumnEnum, ColumnNewtype, Engine, Expression, Id, Json, Many, Metadata, Model, One, Paged,
    Reads, Session, Tracked, model,
    query::{
        avg, case, coalesce, count, count_rows, delete, delete_all, excluded, insert, lower, max,
        min, raw, select, sum, update, update_all, upper,
    },
};
