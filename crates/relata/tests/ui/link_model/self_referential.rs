//! A link from a model to itself has to say which column is which.

use relata::prelude::*;

#[model(table)]
struct Friendship {
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(primary_key, foreign_key = Hero.id)]
    friend_id: Id<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[relationship(link_model = Friendship)]
    friends: Many<Hero>,
}

fn main() {}
