use relata::blocking::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
}

#[model(table)]
struct Link {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
}

#[model(table)]
struct Seat {
    #[field(primary_key)]
    row: String,
    #[field(primary_key)]
    number: i32,
}

fn wrong(session: &mut Session, number: i32, seat: Id<Seat>, hero: Id<Hero>, team: Id<Team>) {
    let _ = session.get(Hero, "1");
    let _ = session.get(Hero, String::from("1"));
    let _ = session.get(Hero, number);
    let _ = session.get(Hero, (1, 2));
    let _ = session.get(Hero, 1.5);
    let _ = session.get(Hero, seat);
    let _ = session.get(Hero, &seat);
    let _ = session.get(Seat, ("B", 12));
    let _ = session.get(Seat, 12);
    let _ = session.get(Link, (&hero, &team));
    let _ = session.get(Link, (&team, &hero, 1));
    let _ = session.get(Link, &team);
    let _ = session.get(Hero, 1);
    let _ = session.get(Link, (&team, &hero));
    let _ = session.get(Link, (team, 7));
    let _ = session.get(Seat, (String::from("B"), 12));
}

fn main() {}
