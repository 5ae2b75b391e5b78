//! Statements that read: SELECT, what it reads from, and what is loaded along with its rows.

mod ast;
mod compound;
pub(super) mod eager;
mod join;
mod keyset;
mod related;
mod select;
mod selection;
mod source;
mod with;

pub use ast::{CompoundAst, Distinct, Lock, LockWait, ReadAst, SelectAst, SetOp};
pub use compound::{Compound, Reads};
pub use eager::Eager;
pub use join::{JoinAst, JoinKind, JoinTarget, Joinable, On, Via};
pub use keyset::Keyset;
pub use related::{Question, Related};
pub use select::{Select, select};
pub use selection::{IntoExprs, Optional, Output, Selection};
pub use source::{Alias, Body, Cte, Repeated, Source};
pub use with::{EagerLoad, Holds, IntoEager};

// What the rooms beside this one offer.
use crate::query::*;
