//! NULL is a value to `same_as`, but not a value of another type.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
}

fn main() {
    let nick: Option<&str> = None;
    select(Hero).filter(Hero.name.same_as(nick));
    select(Hero).filter(Hero.age.differs_from("old"));
}
