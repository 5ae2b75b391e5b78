//! What a table serializes, its columns do too.

use relata::prelude::*;

#[derive(Clone, Debug, ColumnEnum)]
enum Kind {
    Good,
    Evil,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    kind: Kind,
}

fn main() {}
