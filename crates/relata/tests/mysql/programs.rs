//! Programs as users write them, whichever way keys are learned.

use super::*;
use relata::{ErrorKind, blocking};

#[model(table)]
struct Node {
    #[field(primary_key)]
    id: Id<Node>,
    #[field(index)]
    its_name_which_with_that_of_the_table_is_too_long_for_an_index: String,
    #[field(foreign_key = Node.id)]
    parent_id: Option<Id<Node>>,
}

#[model(table)]
struct Pair {
    #[field(primary_key, key = i64)]
    id: Id<Pair>,
    one: i64,
    other: i64,
}

// Two threads, because dropping the database blocks one while connections end in the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_get_their_own_keys() {
    for db in databases("rows_get_their_own_keys") {
        let engine = Engine::connect(&*db.url).await.unwrap();
        let metadata = Metadata::of((Team, Hero));
        metadata.create_all(&engine).await.unwrap();
        metadata.create_all(&engine).await.unwrap();
        let mut session = Session::new(&engine);
        let mut team = session.add(Team::new("Z-Force 🦸"));
        let names: Vec<String> = (0..1200).map(|at| format!("hero {}", (at * 7) % 1200)).collect();
        let heroes: Vec<_> = names
            .iter()
            .map(|name| session.add(Hero::new(name.as_str()).with_team(&team)))
            .collect();
        team.leader.set(&heroes[3]);
        session.add(&mut team);
        session.commit().await.unwrap();
        for hero in &heroes {
            let stored = session.get(Hero, hero.id.get().unwrap()).await.unwrap().unwrap();
            assert_eq!(stored.name, hero.name, "{}", db.url);
        }
        let read = session.exec(select(Team).with(Team.leader)).one().await.unwrap();
        assert_eq!(read.name, "Z-Force 🦸");
        assert_eq!(read.leader.get().unwrap().unwrap().name, names[3]);
        drop(session);
        metadata.drop_all(&engine).await.unwrap();
        metadata.drop_all(&engine).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_a_session_still_uses_are_not_waited_for_without_end() {
    #[model(table)]
    struct Note {
        #[field(primary_key)]
        id: Id<Note>,
    }
    for db in databases("tables_that_a_session_still_uses") {
        let url = format!("{}&lock_wait_timeout=1", db.url);
        let engine = Engine::builder(url).pool_size(2).build().await.unwrap();
        let metadata = Metadata::of(Note);
        metadata.create_all(&engine).await.unwrap();
        let mut session = Session::new(&engine);
        session.begin_write().await.unwrap();
        session.exec(select(Note)).all().await.unwrap();
        let error = metadata.drop_all(&engine).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Busy, Some("1205")), "{error}");
        assert_eq!(
            error.to_string(),
            "another transaction uses the tables, maybe of a session of this program that is still open; end it, then create or drop them again"
        );
        session.rollback().await.unwrap();
        metadata.drop_all(&engine).await.unwrap();
        // The limit was that of the call, and not of its connection.
        let ask = raw("SELECT CAST(@@SESSION.lock_wait_timeout AS SIGNED)").into_tuple::<i64>();
        assert!(engine.exec(ask).one().await.unwrap() > 10);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_violation_names_the_table_columns_and_constraint() {
    for db in databases("a_violation_names") {
        let engine = Engine::connect(&*db.url).await.unwrap();
        Metadata::of((Team, Hero)).create_all(&engine).await.unwrap();
        let mut session = Session::new(&engine);
        session.add(Hero::new("Deadpond"));
        session.commit().await.unwrap();
        session.add(Hero::new("Deadpond"));
        let error = session.commit().await.unwrap_err();
        assert!(error.is_unique_violation());
        assert_eq!(error.to_string(), "unique constraint failed: `hero.name`");
        assert_eq!((error.table(), error.constraint()), (Some("hero"), Some("ix_hero_name")));
        assert_eq!(error.columns().collect::<Vec<_>>(), ["name"]);
        session.rollback().await.unwrap();
        let mut stale = session.exec(select(Hero)).one().await.unwrap();
        db.execute("DELETE FROM hero");
        session.rollback().await.unwrap();
        stale.name = "Wade".into();
        session.add(&mut stale);
        assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Stale);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_refers_to_itself_is_deleted() {
    for db in databases("a_row_that_refers_to_itself") {
        let engine = Engine::connect(&*db.url).await.unwrap();
        Metadata::of((Node,)).create_all(&engine).await.unwrap();
        let mut session = Session::new(&engine);
        let mut node = Node::new("a");
        node.parent_id = Some(node.id.clone());
        let mut node = session.add(node);
        session.commit().await.unwrap();
        let stored = session.exec(select(Node)).one().await.unwrap();
        assert_eq!(stored.parent_id, Some(node.id.clone()));
        session.delete(&mut node);
        session.commit().await.unwrap();
        assert!(session.exec(select(Node)).all().await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_beyond_what_one_statement_can_bind() {
    for db in databases("rows_beyond_what_one_statement") {
        let engine = Engine::connect(&*db.url).await.unwrap();
        Metadata::of((Pair,)).create_all(&engine).await.unwrap();
        let mut session = Session::new(&engine);
        // 66,000 values, in keys that the program gives.
        for key in 1..=22_000 {
            let mut pair = Pair::new(key * 2, key * 3);
            pair.id = key.into();
            session.add(pair);
        }
        session.commit().await.unwrap();
        let stored = select((count_rows(), sum(Pair.other)));
        let (rows, others) = session.exec(stored).one().await.unwrap();
        assert_eq!((rows, others), (22_000, Some((3 * 22_000 * 22_001 / 2).into())));

        let many = (0..70_000).collect::<Vec<i64>>();
        let error = session.exec(select(Pair).filter(Pair.one.is_in(many))).all().await;
        let message = error.unwrap_err().to_string();
        assert!(message.contains("70000") && message.contains("65535"), "{message}");
    }
}

#[test]
fn blocking_programs_need_no_runtime() {
    for db in databases("blocking_programs") {
        let engine = blocking::Engine::connect(&*db.url).unwrap();
        Metadata::of((Team, Hero)).create_all(&engine).unwrap();
        let mut session = blocking::Session::new(&engine);
        let hero = session.add(Hero::new("Deadpond").with_team(Team::new("Z-Force")));
        session.commit().unwrap();
        let mut names = Vec::new();
        for found in session.exec(select(Hero)).stream() {
            names.push(found.unwrap().name.clone());
        }
        assert_eq!(names, ["Deadpond"]);
        assert_eq!(hero.id.get(), Some(1));
    }
}

#[test]
fn many_threads_share_an_engine() {
    for db in databases("many_threads") {
        let engine = blocking::Engine::builder(&*db.url).pool_size(3).build().unwrap();
        Metadata::of((Team, Hero)).create_all(&engine).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..6 {
                let engine = &engine;
                scope.spawn(move || {
                    for at in 0..20 {
                        let mut session = blocking::Session::new(engine);
                        session.add(Hero::new(format!("{thread} {at}")));
                        session.commit().unwrap();
                    }
                });
            }
        });
        let mut session = blocking::Session::new(&engine);
        assert_eq!(session.exec(select(Hero)).all().unwrap().len(), 120);
    }
}
