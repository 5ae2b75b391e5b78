//! What nearly every program names.

pub use crate::{
    ColumnEnum, ColumnNewtype, Engine, Expression, Id, Json, Many, Metadata, Model, One, Paged,
    Reads, Session, Tracked, model,
    query::{avg, count, max, min, sum},
    query::{delete, delete_all, excluded, insert, raw, update, update_all},
    select,
};
