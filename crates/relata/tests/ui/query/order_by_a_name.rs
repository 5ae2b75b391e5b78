//! What a statement is ordered by is an expression, not its name.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    age: Option<i32>,
}

fn main() {
    let number = count(Hero.id).label("n");
    select((Hero.age, number)).group_by(Hero.age).order_by("n");
}
