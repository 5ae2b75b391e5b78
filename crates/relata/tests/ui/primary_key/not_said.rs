//! An own id is no key until it is said. What uses the model has no errors on that account.

use relata::blocking::prelude::*;

#[model(table)]
struct Hero {
    id: Id<Hero>,
    name: String,
}

#[model(table)]
struct Fan {
    #[field(primary_key)]
    id: Id<Fan>,
    #[field(foreign_key = Hero.id)]
    hero_id: Id<Hero>,
}

fn rename(session: &mut Session) -> relata::Result<()> {
    let mut hero = session.add(Hero::new("Deadpond"));
    hero.name.push('!');
    session.add(&mut hero);
    session.exec(select(Hero).filter(Hero.name.eq("Hulk"))).all().map(drop)
}

fn main() {}
