//! What nearly every program names.

pub use crate::{
    ColumnEnum, ColumnNewtype, Engine, Id, Json, Many, Metadata, Model, One, Session, Tracked,
    model, select,
};
