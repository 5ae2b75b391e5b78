//! Columns that the database fills where a new row says nothing.

use crate::support::{Kind, everywhere};
use relata::{
    blocking::{Session, prelude::*},
    chrono::{DateTime, NaiveDateTime, Utc},
};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = teams, link_model = Membership)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    #[field(server_default = "CURRENT_TIMESTAMP")]
    created: Option<DateTime<Utc>>,
    #[field(server_default(sqlite = "'file'", postgres = "'elephant'", mysql = "'dolphin'"))]
    home: Option<String>,
    #[field(server_default = "3 + 4")]
    lives: Option<i32>,
    /// Always written: `new` has a value for it.
    #[field(default = 1, server_default = "9")]
    rank: i32,
    #[relationship(back_populates = heroes, link_model = Membership)]
    teams: Many<Team>,
}

#[model(table)]
struct Membership {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
    #[field(server_default = "CURRENT_TIMESTAMP")]
    since: NaiveDateTime,
    #[field(default = 2, server_default = "5")]
    level: i32,
    #[field(server_default = "7")]
    votes: Option<i32>,
}

/// Nothing is said of a new row.
#[model(table)]
struct Visit {
    #[field(primary_key)]
    id: Id<Visit>,
    #[field(server_default = "1")]
    count: Option<i32>,
}

fn tables() -> Metadata {
    Metadata::of((Team, Hero, Membership, Visit))
}

fn home(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "file",
        Kind::Postgres => "elephant",
        Kind::MySql => "dolphin",
    }
}

#[test]
fn what_a_new_row_does_not_say_is_filled() {
    everywhere("what_a_new_row_does_not_say", &[], |db| {
        let engine = db.engine();
        tables().create_all(&engine).unwrap();
        let mut session = Session::new(&engine);
        let mut said = session.add(Hero::new("a").with_home("x").with_lives(0).with_rank(5));
        let mut unsaid: Vec<_> =
            ["b", "c"].into_iter().map(|name| session.add(Hero::new(name))).collect();
        let mut some = session.add(Hero::new("d").with_lives(1));
        let mut visits: Vec<_> = (0..3).map(|_| session.add(Visit::new())).collect();
        session.commit().unwrap();
        // in the order of `add`, whatever forms the rows have
        let ids = [&said, &unsaid[0], &unsaid[1], &some].map(|hero| hero.id.get().unwrap());
        assert_eq!(ids, [1, 2, 3, 4]);
        assert_eq!(visits[2].id, 3);

        // the session changes nothing that the program holds
        assert_eq!((&unsaid[0].home, unsaid[0].lives), (&None, None));
        session.refresh(&mut unsaid).unwrap();
        session.refresh(&mut said).unwrap();
        session.refresh(&mut some).unwrap();
        session.refresh(&mut visits).unwrap();
        let long_ago = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        for hero in &unsaid {
            assert_eq!(hero.home.as_deref(), Some(home(db.kind)));
            assert_eq!((hero.lives, hero.rank), (Some(7), 1));
            assert!(hero.created.unwrap() > long_ago);
        }
        assert_eq!((said.home.as_deref(), said.lives, said.rank), (Some("x"), Some(0), 5));
        assert_eq!((some.home.as_deref(), some.lives), (Some(home(db.kind)), Some(1)));
        assert!(visits.iter().all(|visit| visit.count == Some(1)));
    });
}

#[test]
fn null_is_written_by_an_update() {
    everywhere("null_is_written_by_an_update", &[], |db| {
        let engine = db.engine();
        tables().create_all(&engine).unwrap();
        let mut session = Session::new(&engine);
        let mut hero = session.add(Hero::new("a"));
        session.commit().unwrap();
        let lives = || select(Hero.lives).filter(Hero.name.eq("a"));
        // what the value says has not changed since it was added
        session.add(&mut hero);
        session.commit().unwrap();
        assert_eq!(session.exec(lives()).one().unwrap(), Some(7));
        session.refresh(&mut hero).unwrap();
        hero.lives = None;
        session.add(&mut hero);
        session.commit().unwrap();
        assert_eq!(session.exec(lives()).one().unwrap(), None);
        // and by a statement that says so
        let named = insert(Hero).set(Hero.name, "b").set(Hero.lives, None);
        session.exec(named).run().unwrap();
        let read = select((Hero.lives, Hero.home)).filter(Hero.name.eq("b"));
        let expected = (None, Some(home(db.kind).to_owned()));
        assert_eq!(session.exec(read).one().unwrap(), expected);
    });
}

#[test]
fn statements_leave_out_what_is_not_set() {
    everywhere("statements_leave_out_what_is_not_set", &[], |db| {
        let engine = db.engine();
        tables().create_all(&engine).unwrap();
        let rows = [
            Hero::new("a"),
            Hero::new("b").with_lives(1),
            Hero::new("c").with_home("x").with_lives(2),
            Hero::new("d"),
            Hero::new("e"),
        ];
        assert_eq!(engine.exec(insert(Hero).values(rows)).run().unwrap(), 5);
        let copied = insert(Hero)
            .columns(Hero.name)
            .from_select(select(Hero.name).filter(Hero.name.eq("a")));
        engine.exec(copied).run().unwrap();
        let read = select((Hero.name, Hero.home, Hero.lives, Hero.rank)).order_by(Hero.id);
        let found = engine.exec(read).all().unwrap();
        let row = |name: &str, home: &str, lives, rank| {
            (name.to_owned(), Some(home.to_owned()), Some(lives), rank)
        };
        let home = home(db.kind);
        assert_eq!(
            found,
            [
                row("a", home, 7, 1),
                row("b", home, 1, 1),
                row("c", "x", 2, 1),
                row("d", home, 7, 1),
                row("e", home, 7, 1),
                // the model's default counts before the database's
                row("a", home, 7, 1),
            ]
        );
        if db.kind != Kind::MySql {
            let rows = [Hero::new("f"), Hero::new("g").with_lives(1), Hero::new("h")];
            let told = insert(Hero).values(rows).returning((Hero.name, Hero.lives));
            let told = engine.exec(told).all().unwrap();
            let row = |name: &str, lives| (name.to_owned(), Some(lives));
            assert_eq!(told, [row("f", 7), row("g", 1), row("h", 7)]);
        }
    });
}

#[test]
fn links_leave_it_out() {
    everywhere("links_leave_it_out", &[], |db| {
        let engine = db.engine();
        tables().create_all(&engine).unwrap();
        let mut session = Session::new(&engine);
        session.add(Team::new("Z-Force").with_heroes([Hero::new("a"), Hero::new("b")]));
        session.commit().unwrap();
        let links = session.exec(select(Membership)).all().unwrap();
        assert_eq!(links.len(), 2);
        for link in links {
            assert_eq!((link.level, link.votes), (2, Some(7)));
            assert!(link.since.and_utc().timestamp() > 1_700_000_000);
        }
    });
}
