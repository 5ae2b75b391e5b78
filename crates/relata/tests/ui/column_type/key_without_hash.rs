//! A key is compared and hashed.

use relata::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, ColumnEnum)]
#[column(key)]
enum Rank {
    Lead,
}

fn main() {}
