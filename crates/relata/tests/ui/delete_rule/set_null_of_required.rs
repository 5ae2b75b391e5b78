//! A key that is never NULL cannot be set to NULL.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(foreign_key = Team.id, ondelete = set_null)]
    team_id: Id<Team>,
}

fn main() {}
