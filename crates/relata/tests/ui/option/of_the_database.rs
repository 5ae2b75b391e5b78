//! What only the database sees: each mistake is shown where it was written.

use relata::prelude::*;
use relata::uuid::Uuid;

#[model(table, schema = "", comment = "")]
struct Team {
    #[field(primary_key, server_default = "1")]
    id: Id<Team>,
    #[field(comment = "\0")]
    name: String,
}

#[model(table, schema = archive)]
struct Hero {
    #[field(primary_key, identity(always, start = "1"))]
    id: Id<Hero>,
    #[field(server_default(oracle = "now()"))]
    born: Option<i32>,
    #[field(identity)]
    number: i64,
}

#[model(table)]
struct Order {
    #[field(primary_key, key = Uuid, identity)]
    id: Id<Order>,
}

#[model(table)]
struct Line {
    #[field(primary_key, identity(increment = 0))]
    id: Id<Line>,
}

fn main() {}
