//! Identity columns: as PostgreSQL has them, and what is there of them elsewhere.

use crate::support::{Kind, everywhere};
use relata::blocking::{Session, prelude::*};

#[model(table)]
struct Hero {
    #[field(primary_key, identity)]
    id: Id<Hero>,
    name: String,
    #[field(foreign_key = Hero.id)]
    boss_id: Option<Id<Hero>>,
}

#[model(table)]
struct Order {
    #[field(primary_key, key = i32, identity(always, start = 1000, increment = 10))]
    id: Id<Order>,
    name: String,
}

/// Knows which key its order is to have.
#[model(table)]
struct Draft {
    #[field(primary_key)]
    id: Id<Draft>,
    order_id: Id<Order>,
    name: String,
}

/// Counts down.
#[model(table)]
struct Level {
    #[field(primary_key, identity(start = 5, increment = -3))]
    id: Id<Level>,
    name: String,
}

/// Counts up from below 1.
#[model(table)]
struct Floor {
    #[field(primary_key, identity(start = -1))]
    id: Id<Floor>,
    name: String,
}

fn tables() -> Metadata {
    Metadata::of((Hero, Order, Draft, Level, Floor))
}

#[test]
fn keys_are_those_of_their_rows() {
    everywhere("keys_are_those_of_their_rows", &[], |db| {
        let engine = db.engine();
        tables().create_all(&engine).unwrap();
        let mut session = Session::new(&engine);
        // more than one INSERT takes
        let names: Vec<String> = (0..1_200).map(|at| format!("row {at}")).collect();
        let orders: Vec<_> = names.iter().map(|name| session.add(Order::new(&**name))).collect();
        let levels: Vec<_> = names.iter().map(|name| session.add(Level::new(&**name))).collect();
        let floors: Vec<_> = names.iter().map(|name| session.add(Floor::new(&**name))).collect();
        session.commit().unwrap();
        let orders: Vec<i64> = orders.iter().map(|row| row.id.get().unwrap().into()).collect();
        let levels: Vec<i64> = levels.iter().map(|row| row.id.get().unwrap()).collect();
        let floors: Vec<i64> = floors.iter().map(|row| row.id.get().unwrap()).collect();
        let stored = |mut rows: Vec<(String, i64)>| {
            let number = |name: &str| name["row ".len()..].parse::<usize>().unwrap();
            rows.sort_by_key(|(name, _)| number(name));
            rows.into_iter().map(|(_, key)| key).collect::<Vec<_>>()
        };
        let found = select((Order.name, Order.id.cast::<i64>()));
        assert_eq!(stored(session.exec(found).all().unwrap()), orders);
        let found = select((Level.name, Level.id.cast::<i64>()));
        assert_eq!(stored(session.exec(found).all().unwrap()), levels);
        let found = select((Floor.name, Floor.id.cast::<i64>()));
        assert_eq!(stored(session.exec(found).all().unwrap()), floors);
        let expected = match db.kind {
            Kind::Sqlite => [[1, 2], [1, 2], [1, 2]],
            Kind::Postgres => [[1000, 1010], [5, 2], [-1, 0]],
            Kind::MySql => [[1000, 1001], [5, 6], [1, 2]],
        };
        assert_eq!([orders, levels, floors].map(|keys| [keys[0], keys[1]]), expected);
    });
}

#[test]
fn a_key_may_be_given() {
    everywhere("a_key_may_be_given", &[], |db| {
        let engine = db.engine();
        tables().create_all(&engine).unwrap();
        let mut session = Session::new(&engine);
        session.add(Order::new("a").with_id(700));
        let made = session.add(Order::new("b"));
        session.add(Hero::new("a").with_id(70));
        session.commit().unwrap();
        let first = match db.kind {
            Kind::Sqlite => 701,
            Kind::Postgres | Kind::MySql => 1000,
        };
        assert_eq!(made.id, first);
        assert_eq!(session.get(Order, 700).unwrap().unwrap().name, "a");
        assert_eq!(session.get(Hero, 70).unwrap().unwrap().name, "a");

        // by statements, beside rows whose keys are made
        let rows = [Order::new("c"), Order::new("d").with_id(8), Order::new("e")];
        assert_eq!(session.exec(insert(Order).values(rows)).run().unwrap(), 3);
        let given = insert(Order).set(Order.id, 9).set(Order.name, "f");
        assert_eq!(session.exec(given).run().unwrap(), 1);
        let drafts = [Draft::new(Id::from(18), "g"), Draft::new(Id::from(19), "h")];
        session.exec(insert(Draft).values(drafts)).run().unwrap();
        let drafts = select((Draft.order_id, Draft.name));
        let copied = insert(Order).columns((Order.id, Order.name)).from_select(drafts);
        assert_eq!(session.exec(copied).run().unwrap(), 2);
        let given = select((Order.id.cast::<i64>(), Order.name)).filter(Order.id.le(700));
        let found = session.exec(given.order_by(Order.id)).all().unwrap();
        let expected = [(8, "d"), (9, "f"), (18, "g"), (19, "h"), (700, "a")];
        assert_eq!(found, expected.map(|(id, name)| (id, name.to_owned())));
        assert_eq!(session.exec(select(Order)).count().unwrap(), 8);
        session.commit().unwrap();
    });
}

#[test]
fn rows_may_refer_to_each_other() {
    everywhere("rows_may_refer_to_each_other", &[], |db| {
        let engine = db.engine();
        tables().create_all(&engine).unwrap();
        let mut session = Session::new(&engine);
        let boss = session.add(Hero::new("boss"));
        for name in ["a", "b", "c"] {
            session.add(Hero::new(name).with_boss_id(&boss.id));
        }
        session.commit().unwrap();
        let reports = select(Hero).filter(Hero.boss_id.eq(&boss.id));
        assert_eq!(session.exec(reports).count().unwrap(), 3);
    });
}

/// The table has another step than its model says, as one that was made by other means.
#[test]
fn keys_are_not_guessed_where_a_table_counts_another_way() {
    everywhere("keys_are_not_guessed", &[], |db| {
        if db.kind != Kind::Postgres {
            return;
        }
        let engine = db.engine();
        Metadata::of(Hero).create_all(&engine).unwrap();
        engine
            .exec(raw("ALTER TABLE hero ALTER id SET INCREMENT -1 SET MINVALUE -100"))
            .run()
            .unwrap();
        let mut session = Session::new(&engine);
        session.add(Hero::new("a"));
        session.add(Hero::new("b"));
        let error = session.commit().unwrap_err().to_string();
        assert!(error.contains("the keys of 2 inserted rows go the other way"), "{error}");
        session.rollback().unwrap();
        assert_eq!(session.exec(select(Hero)).count().unwrap(), 0);
    });
}
