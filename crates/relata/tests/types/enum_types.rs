//! The types of enums on PostgreSQL: created, extended, shared and dropped. Elsewhere the same programs
//! run, and have nothing to do.

use crate::support::{self, message, pick};
use relata::{Dialect, ErrorKind, Metadata, prelude::*};
use serde::Serialize;

mod first {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, ColumnEnum)]
    pub(super) enum Mood {
        Calm,
        Glad,
    }

    #[model(table)]
    pub(super) struct Hero {
        #[field(primary_key)]
        pub(super) id: Id<Hero>,
        pub(super) mood: Mood,
    }
}

/// The same program, later.
mod second {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, ColumnEnum)]
    pub(super) enum Mood {
        Sad,
        Calm,
        #[column(name = "it's \"fine\"")]
        Fine,
        Glad,
        Wild,
    }

    #[model(table)]
    pub(super) struct Hero {
        #[field(primary_key)]
        pub(super) id: Id<Hero>,
        pub(super) mood: Mood,
    }

    #[model(table)]
    pub(super) struct Team {
        #[field(primary_key)]
        pub(super) id: Id<Team>,
        pub(super) moods: Vec<Mood>,
        #[field(default = Mood::Wild)]
        pub(super) best: Mood,
    }
}

mod other {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, ColumnEnum)]
    pub(super) enum Mood {
        Stormy,
    }

    #[model(table)]
    pub(super) struct Weather {
        #[field(primary_key)]
        pub(super) id: Id<Weather>,
        pub(super) mood: Mood,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, ColumnEnum)]
    #[column(type = "Select from")]
    pub(super) enum Named {
        A,
    }

    #[model(table)]
    pub(super) struct Odd {
        #[field(primary_key)]
        pub(super) id: Id<Odd>,
        pub(super) named: Named,
        pub(super) all: Vec<Named>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, ColumnEnum)]
    #[column(type = "odd")]
    pub(super) enum AsTable {
        A,
    }

    #[model(table)]
    pub(super) struct Even {
        #[field(primary_key)]
        pub(super) id: Id<Even>,
        pub(super) of: AsTable,
    }
}

const TYPES: &str = "SELECT typname::text FROM pg_type WHERE typtype = 'e' AND typnamespace = current_schema()::regnamespace ORDER BY 1";
const MOODS: &str =
    "SELECT enumlabel::text FROM pg_enum WHERE enumtypid = 'mood'::regtype ORDER BY enumsortorder";

/// What a query for types gives on PostgreSQL; elsewhere what is expected.
fn types(db: &support::Db, sql: &str, expected: &[&str]) {
    let owned = || expected.iter().map(|name| String::from(*name)).collect::<Vec<_>>();
    let found = if pick(false, true, false) { db.texts(sql) } else { owned() };
    assert_eq!(found, expected);
}

cases! {
    async fn a_type_is_created_once_and_dropped_with_its_last_table() {
        let db = support::empty().await;
        let (both, hero) = (Metadata::of((second::Hero, second::Team)), Metadata::of(second::Hero));
        for _ in 0..2 {
            both.create_all(&db.engine).await.unwrap();
            both.create_all(&db.engine).await.unwrap();
            types(&db, TYPES, &["mood"]);
            let mut session = Session::new(&db.engine);
            session.add(second::Hero::new(second::Mood::Fine));
            session.add(second::Team::new([second::Mood::Sad]));
            session.commit().await.unwrap();
            drop(session);
            hero.drop_all(&db.engine).await.unwrap();
            types(&db, TYPES, &["mood"]);
            both.drop_all(&db.engine).await.unwrap();
            types(&db, TYPES, &[]);
            both.drop_all(&db.engine).await.unwrap();
        }
    }

    async fn a_type_that_something_else_uses_stays() {
        let db = support::engine(Metadata::of(first::Hero)).await;
        db.execute(pick(
            "CREATE TABLE elsewhere (mood VARCHAR(9))",
            "CREATE TABLE elsewhere (moods mood[])",
            "CREATE TABLE elsewhere (mood VARCHAR(9))",
        ));
        Metadata::of(first::Hero).drop_all(&db.engine).await.unwrap();
        types(&db, TYPES, &["mood"]);
        db.execute("DROP TABLE elsewhere");
        Metadata::of(first::Hero).drop_all(&db.engine).await.unwrap();
        types(&db, TYPES, &[]);
    }

    /// On MySQL and MariaDB the names are part of the table, which stays as it is.
    async fn variants_that_the_program_has_more_are_added_at_their_places() {
        use second::Mood::{Calm, Fine, Glad, Sad, Wild};
        let db = support::engine(Metadata::of(first::Hero)).await;
        let mut session = Session::new(&db.engine);
        session.add(first::Hero::new(first::Mood::Glad));
        session.commit().await.unwrap();
        let later = Metadata::of((second::Hero, second::Team));
        later.create_all(&db.engine).await.unwrap();
        later.create_all(&db.engine).await.unwrap();
        types(&db, MOODS, &["Sad", "Calm", "it's \"fine\"", "Glad", "Wild"]);
        if pick(false, false, true) {
            db.execute("ALTER TABLE hero MODIFY mood ENUM('Sad', 'Calm', 'it''s \"fine\"', 'Glad', 'Wild') NOT NULL");
        }
        session.add_all([Wild, Fine, Sad, Calm].map(second::Hero::new));
        session.add(second::Team::new([Wild, Sad]));
        session.commit().await.unwrap();
        let sorted = select(second::Hero.mood).order_by(second::Hero.mood);
        let moods = session.exec(sorted).all().await.unwrap();
        let servers = [Sad, Calm, Fine, Glad, Wild];
        assert_eq!(moods, pick([Calm, Glad, Sad, Wild, Fine], servers, servers));
        assert_eq!(session.exec(select(second::Team)).one().await.unwrap().best, Wild);
    }

    async fn two_enums_of_one_name_are_refused_before_anything_is_sent() {
        let db = support::empty().await;
        let both = Metadata::of((first::Hero, other::Weather));
        let outcomes = [both.create_all(&db.engine).await, both.drop_all(&db.engine).await];
        if pick(true, false, true) {
            assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            return;
        }
        for outcome in outcomes {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Metadata);
            let text = error.to_string();
            for part in ["two enums have the type `mood`: `types::enum_types::first::Mood` (", "`types::enum_types::other::Mood` ("] {
                assert!(text.contains(part), "{text}");
            }
        }
        types(&db, TYPES, &[]);
    }

    async fn a_type_has_the_name_that_the_enum_says() {
        let db = support::engine(Metadata::of(other::Odd)).await;
        types(&db, TYPES, &["Select from"]);
        let mut session = Session::new(&db.engine);
        session.add(other::Odd::new(other::Named::A, [other::Named::A]));
        session.commit().await.unwrap();
        let odd = select(other::Odd)
            .filter(other::Odd.named.is_in([other::Named::A]) & other::Odd.all.has(other::Named::A));
        assert_eq!(session.exec(odd).all().await.unwrap().len(), 1);
        let clash = Metadata::of((other::Odd, other::Even)).create_all(&db.engine).await;
        match pick(false, true, false) {
            true => assert!(message(clash).contains("are both called `odd`, and in PostgreSQL a table is a type too")),
            false => clash.unwrap(),
        }
    }

    async fn another_engine_sees_a_type_that_was_made_again() {
        let db = support::engine(Metadata::of(first::Hero)).await;
        let engine = db.another().await;
        for _ in 0..2 {
            let unit = async |s: &mut Session| -> relata::Result<first::Mood> {
                s.add(first::Hero::new(first::Mood::Glad));
                Ok(s.exec(select(first::Hero)).one().await?.mood)
            };
            // what was prepared for the type that is gone is prepared again
            assert_eq!(engine.transact(unit).await.unwrap(), first::Mood::Glad);
            Metadata::of(first::Hero).drop_all(&db.engine).await.unwrap();
            Metadata::of(first::Hero).create_all(&db.engine).await.unwrap();
        }
    }
}

#[test]
fn the_statements_show_the_types_first() {
    let tables = Metadata::of((second::Hero, second::Team));
    let shown = tables.create_sql(Dialect::Postgres).unwrap();
    assert_eq!(
        shown[0],
        "CREATE TYPE mood AS ENUM ('Sad', 'Calm', 'it''s \"fine\"', 'Glad', 'Wild')"
    );
    assert!(
        shown[1].starts_with("CREATE TABLE hero (") && shown[1].contains("\tmood mood NOT NULL")
    );
    assert!(shown[2].contains("\tmoods mood[] NOT NULL"), "{}", shown[2]);
    assert_eq!(shown.len(), 3);
    let mysql = tables.create_sql(Dialect::MySql).unwrap();
    let names = "ENUM('Sad','Calm','it''s \"fine\"','Glad','Wild')";
    assert!(mysql[0].contains(&format!("\tmood {names} NOT NULL")), "{}", mysql[0]);
    let clash = Metadata::of((first::Hero, other::Weather));
    assert!(
        message(clash.create_sql(Dialect::Postgres)).starts_with("two enums have the type `mood`")
    );
    assert!(clash.create_sql(Dialect::Sqlite).is_ok());
}
