use relata::blocking::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
}

#[model(table)]
struct Seat {
    #[field(primary_key)]
    row: String,
    #[field(primary_key)]
    number: i32,
}

fn wrong(session: &mut Session, number: i32, seat: Id<Seat>) {
    let _ = session.get(Hero, "1");
    let _ = session.get(Hero, String::from("1"));
    let _ = session.get(Hero, number);
    let _ = session.get(Hero, (1, 2));
    let _ = session.get(Hero, 1.5);
    let _ = session.get(Hero, seat);
    let _ = session.get(Hero, &seat);
    let _ = session.get(Seat, ("B", 12));
    let _ = session.get(Seat, 12);
    let _ = session.get(Hero, 1);
    let _ = session.get(Seat, (String::from("B"), 12));
}

fn main() {}
