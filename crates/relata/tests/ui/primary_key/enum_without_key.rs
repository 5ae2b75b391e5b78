//! An enum is a key only where it says so.

use relata::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, ColumnEnum)]
enum Rank {
    Lead,
}

#[model(table)]
struct Grade {
    #[field(primary_key)]
    rank: Rank,
    pay: i32,
}

fn main() {}
