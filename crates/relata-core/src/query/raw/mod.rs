//! SQL as it is written by hand, and how its rows are read.

mod by_name;
mod deserialize;
mod fragment;
#[cfg(test)]
mod tests;
mod text;

pub use by_name::{ByName, ByPosition, Fields, Layout};
pub use fragment::{RawExpr, raw_expr};
pub use text::{Bind, Condition, Raw, RawAst, condition, raw};

// What the rooms beside this one offer.
use crate::query::*;
