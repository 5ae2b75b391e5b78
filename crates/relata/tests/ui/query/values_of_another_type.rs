//! A column that may be NULL is compared with values of its own type, and not with an `Option`.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    age: Option<i32>,
}

fn wrong() {
    select(Hero).filter(Hero.age.gt("ten"));
    select(Hero).filter(Hero.age.gt(3_i64));
    select(Hero).filter(Hero.age.eq(Some(3)));
}

fn main() {}
