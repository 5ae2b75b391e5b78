//! A newtype is an element only where what is in it is one.

use relata::prelude::*;

#[derive(Clone, Debug, serde::Serialize, ColumnNewtype)]
struct Costume(Json<String>);

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    costumes: Vec<Costume>,
}

fn main() {}
