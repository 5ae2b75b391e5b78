//! Statements that read: SELECT, what it reads from, and what is loaded along with its rows.

mod compound;
pub(super) mod eager;
mod join;
mod keyset;
mod related;
mod select;
mod selection;
mod source;
mod with;

pub use compound::{Compound, CompoundAst, ReadAst, Reads, SetOp};
pub use eager::Eager;
pub use join::{JoinAst, JoinKind, JoinTarget, Joinable, On, Via};
pub use keyset::Keyset;
pub use related::{Question, Related};
pub use select::{Distinct, Lock, LockWait, Select, SelectAst, select};
pub use selection::{IntoExprs, Optional, Output, Selection};
pub use source::{Alias, Body, Cte, Repeated, Source};
pub use with::{EagerLoad, Holds, IntoEager};

// What the rooms beside this one offer.
use crate::query::*;
