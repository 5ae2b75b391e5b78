//! Statements that write: INSERT, UPDATE and DELETE, in a session and without one.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use relata::{
    ErrorKind,
    prelude::*,
    query::{IntoQuery, NoRows, case, coalesce},
    uuid::Uuid,
};
use relata_suite::{Log, Need, has, pick};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(unique)]
    name: String,
    motto: Option<String>,
    #[relationship(back_populates = team)]
    heroes: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(unique, max_length = 20)]
    name: String,
    age: Option<i32>,
    #[field(default = true)]
    active: bool,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
}

#[model(table)]
struct Device {
    #[field(primary_key, key = Uuid)]
    id: Id<Device>,
    label: String,
}

#[model(table)]
struct Player {
    #[field(primary_key)]
    id: Id<Player>,
    #[field(default = 3, server_default = "7")]
    lives: Option<i32>,
}

const HEROES: &str = "SELECT id, name, age, active, team_id FROM hero ORDER BY id";

async fn db() -> (relata_suite::Db, Session) {
    let db = relata_suite::engine(Metadata::of((Team, Hero, Device, Player))).await;
    let session = Session::new(&db.engine);
    (db, session)
}

fn heroes() -> [Hero; 3] {
    [
        Hero::new("Deadpond"),
        Hero::new("Rusty-Man").with_age(48).with_active(false),
        Hero::new("Spider-Boy").with_age(16),
    ]
}

#[case]
async fn values_are_inserted_in_one_statement() {
    let (db, mut session) = db().await;
    let log = Log::start();
    assert_eq!(session.exec(insert(Hero).values(heroes())).run().await.unwrap(), 3);
    assert_eq!(
        log.sql(),
        [
            "INSERT INTO hero (name, age, active, team_id) VALUES (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?)"
        ]
    );
    assert_eq!(db.count("hero"), 0, "not before the commit");
    session.commit().await.unwrap();
    assert_eq!(
        db.rows(HEROES),
        ["1|Deadpond|NULL|1|NULL", "2|Rusty-Man|48|0|NULL", "3|Spider-Boy|16|1|NULL"]
    );
    assert_eq!(session.exec(insert(Hero).values([])).run().await.unwrap(), 0);
    let none = session.exec(insert(Hero).values([]).returning(Hero)).all().await;
    match has(Need::InsertReturning) {
        true => assert!(none.unwrap().is_empty()),
        false => assert_eq!(none.unwrap_err().kind(), ErrorKind::InvalidStatement),
    }
}

#[case]
async fn keys_that_were_given_are_written_beside_those_that_are_made() {
    let (db, mut session) = db().await;
    let given = Hero { id: Id::from(7), ..Hero::new("given") };
    let mixed = insert(Hero).value(Hero::new("first")).value(given).value(Hero::new("last"));
    if has(Need::InsertReturning) {
        let made = session.exec(mixed.returning((Hero.id, Hero.name))).all().await.unwrap();
        assert_eq!(made.len(), 3);
    } else {
        assert_eq!(session.exec(mixed).run().await.unwrap(), 3);
    }
    session.commit().await.unwrap();
    // PostgreSQL makes keys whatever others were given
    let last = pick("8|last", "2|last", "8|last");
    let mut rows = ["1|first", "7|given", last];
    rows.sort_unstable();
    assert_eq!(db.rows("SELECT id, name FROM hero ORDER BY id"), rows);

    let device = Device::new("phone");
    let key = device.id.get().unwrap();
    session.exec(insert(Device).value(device)).run().await.unwrap();
    session.exec(insert(Device).set(Device.label, "made")).run().await.unwrap();
    assert_eq!(session.get(Device, key).await.unwrap().unwrap().label, "phone");
    let made = session.exec(select(Device).filter(Device.label.eq("made"))).one().await.unwrap();
    assert_eq!(made.id.get().unwrap().get_version_num(), 7);
}

#[case]
async fn one_row_by_its_columns_has_the_defaults() {
    let (db, mut session) = db().await;
    let team = session.add(Team::new("Z-Force"));
    let named = insert(Hero).set(Hero.name, "Deadpond").set(Hero.team_id, &team.id);
    let hero: Tracked<Hero> = if has(Need::InsertReturning) {
        session.exec(named.returning(Hero)).one().await.unwrap()
    } else {
        assert_eq!(session.exec(named).run().await.unwrap(), 1);
        session.exec(select(Hero)).one().await.unwrap()
    };
    assert_eq!((hero.active, hero.age, hero.team_id.clone()), (true, None, Some(Id::from(1))));
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Deadpond|NULL|1|1"]);
}

#[case]
async fn rows_are_inserted_from_a_select() {
    let (db, mut session) = db().await;
    session.add_all([Team::new("Z-Force"), Team::new("Preventers").with_motto("x")]);
    let mascots = insert(Hero)
        .columns((Hero.name, Hero.team_id, Hero.age))
        .from_select(select((Team.name, Team.id, Team.id.cast::<i32>() + 10)).order_by(Team.id));
    assert_eq!(session.exec(mascots.clone()).run().await.unwrap(), 2);
    let again = mascots.on_conflict(Hero.name).do_update().set(Hero.age, Hero.age + 1);
    assert_eq!(session.exec(again).run().await.unwrap(), 2);
    session.commit().await.unwrap();
    assert_eq!(db.rows(HEROES), ["1|Z-Force|12|1|1", "2|Preventers|13|1|2"]);
}

#[case]
async fn a_one_that_leads_to_a_saved_row_is_written_as_its_key() {
    let (db, mut session) = db().await;
    let saved = session.add(Team::new("Z-Force"));
    session.add(Team::new("Preventers"));
    session.commit().await.unwrap();
    let team = session.exec(select(Team).filter(Team.id.eq(2))).one().await.unwrap();
    let mut none = Hero::new("none");
    none.team.clear();
    let heroes = [
        Hero::new("by row").with_team(&saved),
        Hero::new("by row that was read").with_team(&team),
        Hero::new("by id").with_team(Id::from(2)),
        Hero::new("by both").with_team(Id::from(1)).with_team_id(Id::from(1)),
        none,
    ];
    assert_eq!(session.exec(insert(Hero).values(heroes)).run().await.unwrap(), 5);
    let pending = session.add(Team::new("pending"));
    let hero = Hero::new("by row of this unit").with_team(&pending);
    session.exec(insert(Hero).value(hero)).run().await.unwrap();
    session.commit().await.unwrap();
    assert_eq!(
        db.rows("SELECT name, team_id FROM hero ORDER BY id"),
        [
            "by row|1",
            "by row that was read|2",
            "by id|2",
            "by both|1",
            "none|NULL",
            "by row of this unit|3"
        ]
    );

    let both = Hero::new("x").with_team(&team).with_team_id(Id::from(1));
    let error = session.exec(insert(Hero).value(both)).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().contains("were both changed, to different rows"), "{error}");
    let unsaved = Team::new("unsaved");
    let hero = Hero::new("x").with_team(&unsaved.id);
    let error = session.exec(insert(Hero).value(hero)).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnboundId);
}

#[case]
async fn what_has_relations_is_for_a_session() {
    let (_db, mut session) = db().await;
    let hero = Hero::new("Deadpond").with_team(Team::new("Z-Force"));
    let error = session.exec(insert(Hero).value(hero)).run().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::InvalidStatement, Some("hero")));
    assert_eq!(
        error.to_string(),
        "`Hero.team` holds a new row, but `insert` writes columns only; use `session.add`, which writes relations, or give it a row that is saved, or its id"
    );
    let team = Team::new("Z-Force").with_heroes([Hero::new("x")]);
    let error = session.exec(insert(Team).value(team)).run().await.unwrap_err();
    assert!(error.to_string().starts_with("`Team.heroes` was filled"), "{error}");

    let added = Tracked::into_inner(session.add(Team::new("added")));
    let error = session.exec(insert(Team).value(added)).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyStored);

    let unsaved = Id::<Team>::new();
    let hero = Hero::new("x").with_team_id(&unsaved);
    let error = session.exec(insert(Hero).value(hero)).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnboundId);
    assert_eq!(error.columns().collect::<Vec<_>>(), ["team_id"]);

    // a row that is queued has its key by the time that the statement is sent
    let team = session.add(Team::new("Preventers"));
    let hero = insert(Hero).value(Hero::new("Rusty-Man").with_team_id(&team.id));
    assert_eq!(session.exec(hero).run().await.unwrap(), 1);
}

#[case]
async fn values_are_checked_before_anything_is_sent() {
    let (_db, mut session) = db().await;
    let log = Log::start();
    let long = insert(Hero).value(Hero::new("x".repeat(21)));
    let error = session.exec(long).run().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::OutOfRange, Some("hero")));
    assert_eq!(
        error.to_string(),
        "column `hero.name`: the text is longer than 20 characters; shorten it or raise `max_length`"
    );
    let long = update_all(Hero).set(Hero.name, "x".repeat(21));
    assert_eq!(session.exec(long).run().await.unwrap_err().kind(), ErrorKind::OutOfRange);
    let nothing = session.exec(update(Hero).filter(Hero.age.gt(3))).run().await.unwrap_err();
    assert_eq!(nothing.kind(), ErrorKind::InvalidStatement);
    assert!(log.sql().is_empty());
}

#[case]
async fn rows_are_updated() {
    let (db, mut session) = db().await;
    session.exec(insert(Hero).values(heroes())).run().await.unwrap();
    let team = session.add(Team::new("Z-Force"));
    let older = update(Hero).set(Hero.age, Hero.age + 1).filter(Hero.age.is_not_null());
    assert_eq!(session.exec(older).run().await.unwrap(), 2);
    let same = update(Hero).set(Hero.active, true).filter(Hero.name.eq("Deadpond"));
    assert_eq!(session.exec(same).run().await.unwrap(), 1, "found, though nothing differs");
    let none = update(Hero).set(Hero.active, true).filter(Hero.id.eq(99));
    assert_eq!(session.exec(none).run().await.unwrap(), 0);
    let named = update(Hero)
        .set(Hero.age, None)
        .set(Hero.active, Hero.age.gt(40))
        .set(Hero.name, select(Team.name).filter(Team.id.eq(1)).scalar())
        .set(Hero.team_id, Some(team.id.clone()))
        .filter(Hero.name.eq("Rusty-Man"));
    assert_eq!(session.exec(named).run().await.unwrap(), 1);
    session.commit().await.unwrap();
    assert_eq!(
        db.rows(HEROES),
        ["1|Deadpond|NULL|1|NULL", "2|Z-Force|NULL|1|1", "3|Spider-Boy|17|1|NULL"]
    );
    assert_eq!(session.exec(update_all(Hero).set(Hero.team_id, 1)).run().await.unwrap(), 3);
}

#[case]
async fn a_write_flushes_what_is_queued_before() {
    let (_db, mut session) = db().await;
    session.add(Hero::new("Deadpond"));
    assert_eq!(session.exec(update_all(Hero).set(Hero.age, 30)).run().await.unwrap(), 1);
    let mut hero = session.exec(select(Hero)).one().await.unwrap();
    assert_eq!(hero.age, Some(30));
    let other = session.exec(update_all(Hero).set(Hero.age, 31)).run().await.unwrap();
    assert_eq!((other, hero.age), (1, Some(30)), "values stay as they were read");
    session.refresh(&mut hero).await.unwrap();
    assert_eq!(hero.age, Some(31));
}

#[case(Returning)]
async fn what_is_written_can_be_returned() {
    let (_db, mut session) = db().await;
    let log = Log::start();
    let statement = insert(Hero).values(heroes()).returning(Hero);
    let mut made: Vec<Tracked<Hero>> = session.exec(statement).all().await.unwrap();
    made.sort_by_key(|hero| hero.id.get());
    assert_eq!((made[2].name.as_str(), made[2].id.get()), ("Spider-Boy", Some(3)));
    made[2].age = Some(17);
    session.add(&mut made[2]);
    session.flush().await.unwrap();
    assert_eq!(log.sql()[1], "UPDATE hero SET age=? WHERE hero.id = ?", "a row that is tracked");

    let older = update_all(Hero).set(Hero.age, Hero.age + 1);
    let older = older.filter(Hero.age.gt(17)).returning((Hero.name, Hero.age));
    let older: (String, Option<i32>) = session.exec(older).one().await.unwrap();
    assert_eq!(older, ("Rusty-Man".into(), Some(49)));

    let first = update_all(Hero).set(Hero.active, false).returning(Hero.id);
    assert!(session.exec(first).first().await.unwrap().is_some());
    let active = select(Hero).filter(Hero.active);
    assert_eq!(session.exec(active).count().await.unwrap(), 0, "`first` limits what is given only");

    let gone = session.exec(delete_all(Hero).returning(Hero)).by_key().await.unwrap();
    assert_eq!(gone[&2].name, "Rusty-Man");
    assert_eq!(session.exec(select(Hero)).count().await.unwrap(), 0);
}

/// MariaDB and MySQL: what gives no rows is refused before anything is sent, with the cure.
#[case(MySql)]
async fn what_cannot_be_returned_is_refused() {
    let (db, mut session) = db().await;
    session.exec(insert(Hero).values(heroes())).run().await.unwrap();
    let log = Log::start();
    let every = "MySQL gives no rows of what a statement wrote";
    let why = |mariadb| if has(Need::InsertReturning) { mariadb } else { every };
    let updated = update_all(Hero).set(Hero.age, 1).returning(Hero);
    let error = session.exec(updated).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert_eq!(
        error.to_string(),
        format!(
            "{}; leave `returning` out and read them with a `select`",
            why("MariaDB gives no rows of an UPDATE")
        )
    );
    let kept = insert(Hero).values(heroes()).on_any_conflict().do_nothing().returning(Hero.name);
    let error = session.exec(kept).all().await.unwrap_err();
    let why = why("MariaDB gives the rows that were there, too");
    assert!(error.to_string().starts_with(why), "{error}");
    assert!(log.sql().is_empty());
    if has(Need::InsertReturning) {
        let made = insert(Hero).set(Hero.name, "new").returning((Hero.name, Hero.active));
        assert_eq!(session.exec(made).one().await.unwrap(), ("new".into(), true));
        let changed = insert(Hero).set(Hero.name, "new").set(Hero.age, 5).on_conflict(Hero.name);
        let changed = changed.do_update().set_excluded(Hero.age).returning((Hero.name, Hero.age));
        assert_eq!(session.exec(changed).one().await.unwrap(), ("new".into(), Some(5)));
        let gone = delete(Hero).filter(Hero.age.lt(40)).returning(Hero);
        let mut gone = session.exec(gone).all().await.unwrap();
        gone.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(gone.iter().map(|hero| &*hero.name).collect::<Vec<_>>(), ["Spider-Boy", "new"]);
        session.commit().await.unwrap();
        assert_eq!(db.rows("SELECT name FROM hero ORDER BY id"), ["Deadpond", "Rusty-Man"]);
    }
}

/// The error of a statement, after which the session goes on: on PostgreSQL it would accept nothing
/// but a rollback, of the savepoint here.
async fn refused(session: &mut Session, statement: impl IntoQuery<Rows = NoRows>) -> relata::Error {
    if !has(Need::Postgres) {
        return session.exec(statement).run().await.unwrap_err();
    }
    let mut nested = session.begin_nested().await.unwrap();
    let error = nested.exec(statement).run().await.unwrap_err();
    let next = nested.exec(select(Hero)).count().await.unwrap_err();
    assert_eq!(next.kind(), ErrorKind::RollbackRequired);
    nested.rollback().await.unwrap();
    error
}

#[case]
async fn rows_are_deleted() {
    let (db, mut session) = db().await;
    session.add(Team::new("Z-Force").with_heroes(heroes()));
    session.commit().await.unwrap();
    let minors = delete(Hero).filter(Hero.age.lt(18));
    assert_eq!(session.exec(minors).run().await.unwrap(), 1);
    let error = refused(&mut session, delete_all(Team)).await;
    assert_eq!((error.kind(), error.table()), (ErrorKind::ForeignKeyViolation, Some("team")));
    let empty = select(Team.id).filter(Team.name.ne("x"));
    let members = delete(Hero).filter(Hero.team_id.is_in(empty));
    assert_eq!(session.exec(members).run().await.unwrap(), 2);
    assert_eq!(session.exec(delete_all(Team)).run().await.unwrap(), 1);
    session.commit().await.unwrap();
    assert_eq!((db.count("hero"), db.count("team")), (0, 0));
}

#[case]
async fn a_write_that_fails_leaves_the_session_as_it_was() {
    let (db, mut session) = db().await;
    session.exec(insert(Hero).values(heroes())).run().await.unwrap();
    let same = update_all(Hero).set(Hero.name, "x");
    let error = refused(&mut session, same).await;
    assert!(error.is_unique_violation());
    assert_eq!(error.columns().collect::<Vec<_>>(), ["name"]);
    assert!(error.statement().unwrap().starts_with("UPDATE hero"));
    let null = insert(Hero).set(Hero.age, 3);
    let error = refused(&mut session, null).await;
    assert!(error.is_not_null_violation());
    session.commit().await.unwrap();
    assert_eq!(
        db.rows("SELECT name FROM hero ORDER BY id"),
        ["Deadpond", "Rusty-Man", "Spider-Boy"]
    );
}

/// More than one statement takes, of which a row late in the second is there already.
fn too_many() -> Vec<Hero> {
    let number = |at| if at == 900 { 3 } else { at };
    (0..1_000).map(|at| Hero::new(format!("hero {}", number(at)))).collect()
}

#[case]
async fn many_rows_are_inserted_whole_or_not_at_all() {
    let (db, mut session) = db().await;
    session.add(Hero::new("before"));
    session.flush().await.unwrap();
    let log = Log::start();
    let error = session.exec(insert(Hero).values(too_many())).run().await.unwrap_err();
    assert!(error.is_unique_violation());
    // PostgreSQL is given few sizes of statements, which go together
    assert_eq!(log.outline(), vec!["INSERT hero"; pick(2, 4, 2)]);
    assert_eq!(session.exec(select(Hero)).count().await.unwrap(), 1);
    let rest = too_many().into_iter().filter(|hero| hero.name != "hero 3");
    assert_eq!(session.exec(insert(Hero).values(rest)).run().await.unwrap(), 998);
    session.commit().await.unwrap();
    assert_eq!(db.count("hero"), 999);

    let mut nested = session.begin_nested().await.unwrap();
    nested.exec(delete_all(Hero)).run().await.unwrap();
    assert!(nested.exec(insert(Hero).values(too_many())).run().await.is_err());
    assert_eq!(nested.exec(select(Hero)).count().await.unwrap(), 0);
    nested.rollback().await.unwrap();
    assert_eq!(session.exec(select(Hero)).count().await.unwrap(), 999);
}

#[case]
async fn an_engine_writes_in_a_transaction_of_its_own() {
    let (db, _) = db().await;
    let engine = &db.engine;
    let error = engine.exec(insert(Hero).values(too_many())).run().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!(db.count("hero"), 0, "not even the first part");
    if !has(Need::Returning) {
        return written_once_on_mysql(&db).await;
    }
    let given = insert(Hero).values(heroes()).returning((Hero.id, Hero.name));
    let made: Vec<(Id<Hero>, String)> = engine.exec(given).all().await.unwrap();
    assert_eq!(made.len(), 3);
    let hero: Hero = engine
        .exec(update(Hero).set(Hero.age, 17).filter(Hero.name.eq("Spider-Boy")).returning(Hero))
        .one()
        .await
        .unwrap();
    assert_eq!(hero.age, Some(17));

    let all = update_all(Hero).set(Hero.age, 99).returning(Hero);
    let error = engine.exec(all).one().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::MultipleFound, Some("hero")));
    let unwanted = select(Hero).filter(Hero.age.eq(99));
    assert!(!engine.exec(unwanted).exists().await.unwrap(), "what is more than asked is undone");
    let none = delete(Hero).filter(Hero.age.eq(99)).returning(Hero);
    assert!(engine.exec(none).one_or_none().await.unwrap().is_none());

    let wrong = update_all(Hero).set(Hero.age, Hero.age + 1_000).returning(Hero.age.cast::<i8>());
    let error = engine.exec(wrong).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(db.rows("SELECT age FROM hero ORDER BY id"), ["NULL", "48", "17"]);
    assert_eq!(engine.exec(delete_all(Hero)).run().await.unwrap(), 3);
}

async fn written_once_on_mysql(db: &relata_suite::Db) {
    let engine = &db.engine;
    assert_eq!(engine.exec(insert(Hero).values(heroes())).run().await.unwrap(), 3);
    if has(Need::InsertReturning) {
        let wrong = insert(Hero).set(Hero.name, "x").set(Hero.age, 1_000);
        let wrong = wrong.returning(Hero.age.cast::<i8>());
        assert_eq!(engine.exec(wrong).all().await.unwrap_err().kind(), ErrorKind::Decode);
        let two = [Hero::new("x"), Hero::new("y")];
        let error = engine.exec(insert(Hero).values(two).returning(Hero)).one().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MultipleFound);
    }
    let grown = update_all(Hero).set(Hero.age, Hero.age + 1);
    assert_eq!(engine.exec(grown).run().await.unwrap(), 3, "found, though one stays NULL");
    assert_eq!(db.rows("SELECT age FROM hero ORDER BY id"), ["NULL", "49", "17"]);
    assert_eq!(engine.exec(delete_all(Hero)).run().await.unwrap(), 3);
}

#[case]
async fn rows_are_counted_and_found_by_key() {
    let (db, mut session) = db().await;
    session.add(Team::new("Z-Force").with_heroes(heroes()));
    session.commit().await.unwrap();
    let log = Log::start();
    let adults = select(Hero).filter(Hero.age.ge(16)).order_by(Hero.name).with(Hero.team);
    assert_eq!(session.exec(adults).count().await.unwrap(), 2);
    assert_eq!(log.sql(), ["SELECT count(*) FROM hero WHERE hero.age >= ?"]);
    assert_eq!(db.engine.exec(select(Hero).limit(2)).count().await.unwrap(), 2);
    assert_eq!(session.exec(select(Hero.active).distinct()).count().await.unwrap(), 2);
    let joined = select((Hero, Team)).join(Hero.team).filter(Team.name.eq("Z-Force"));
    assert_eq!(session.exec(joined.clone()).count().await.unwrap(), 3);
    assert!(session.exec(joined).exists().await.unwrap());
    assert!(!db.engine.exec(select(Hero).filter(Hero.name.eq("x"))).exists().await.unwrap());
    let both = select(Hero.name).union(select(Team.name));
    assert_eq!(session.exec(both).count().await.unwrap(), 4);
    assert_eq!(session.exec(select(max(Hero.age))).count().await.unwrap(), 1);

    let by_key = session.exec(select(Hero).with(Hero.team)).by_key().await.unwrap();
    assert_eq!(by_key.len(), 3);
    assert_eq!(by_key[&2].team.get().unwrap().unwrap().name, "Z-Force");
    let ages = db.engine.exec(select((Hero.name, Hero.age))).map_by(|row| row.0.clone());
    assert_eq!(ages.await.unwrap()["Spider-Boy"].1, Some(16));
    let plain = db.engine.exec(select(Hero)).by_key().await.unwrap();
    assert_eq!(plain[&1].name, "Deadpond");
    let error = session.exec(delete_all(Hero).returning(Hero)).count().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
}

#[case]
async fn writing_begins_for_writing() {
    let (db, mut session) = db().await;
    session.exec(select(Hero)).all().await.unwrap();
    let log = Log::start();
    session.exec(insert(Hero).set(Hero.name, "a")).run().await.unwrap();
    let sent: Vec<_> = log.take().into_iter().map(|sent| sent.sql).collect();
    // a transaction of a server may write after it has read
    let before: &[&str] = if has(Need::Sqlite) { &["COMMIT", "BEGIN (implicit)"] } else { &[] };
    assert_eq!(sent.len(), before.len() + 1, "{sent:?}");
    assert_eq!(sent[..before.len()], *before, "the transaction that only read is over");
    session.rollback().await.unwrap();
    assert_eq!(db.count("hero"), 0);
}

#[case]
async fn a_stream_does_not_write() {
    let (db, mut session) = db().await;
    let message =
        "a stream only reads; use `all` for a statement that writes, or locks what it reads";
    let made = || insert(Hero).values(heroes()).returning(Hero);
    let error = session.exec(made()).stream().next().await.unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidStatement, message));
    let error = db.engine.exec(made()).stream().next().await.unwrap_err();
    assert_eq!(error.to_string(), message);
    session.exec(insert(Hero).values(heroes())).run().await.unwrap();
    let by_hand = raw("SELECT name FROM hero ORDER BY id").into_tuple::<String>();
    let mut names = session.exec(by_hand).stream();
    assert_eq!(names.next().await.unwrap().as_deref(), Some("Deadpond"));
}

async fn writes(engine: Engine, returning: bool) -> relata::Result<u64> {
    let mut session = Session::new(&engine);
    session.exec(insert(Team).value(Team::new("a"))).run().await?;
    session.exec(select(Team)).count().await?;
    session.exec(select(Team)).by_key().await?;
    session.exec(select(Team)).map_by(|team| team.name.clone()).await?;
    let named = update_all(Team).set(Team.motto, "x");
    if returning {
        session.exec(named.returning(Team)).one().await?;
    } else {
        session.exec(named).run().await?;
    }
    session.commit().await?;
    engine.exec(select(Team)).exists().await?;
    engine.exec(delete_all(Team)).run().await
}

#[case(threads)]
async fn writing_works_in_a_spawned_task() {
    let (db, _) = db().await;
    let writes = writes(db.engine.clone(), has(Need::Returning));
    assert_eq!(tokio::spawn(writes).await.unwrap().unwrap(), 1);
}

#[case]
async fn what_is_set_by_a_statement_reads_the_row_as_it_was() {
    let (db, mut session) = db().await;
    let first = session.add(Team::new("First"));
    let second = session.add(Team::new("Second"));
    session.add(Hero::new("Deadpond").with_team(&first));
    session.commit().await.unwrap();
    let team = select(Team.name).filter(Team.id.eq(Hero.team_id)).scalar();
    let moved = update_all(Hero).set(Hero.team_id, &second.id);
    let moved = moved.set(Hero.name, coalesce((team, "none")));
    assert_eq!(db.engine.exec(moved).run().await.unwrap(), 1);
    assert_eq!(db.rows("SELECT name, team_id FROM hero"), ["First|2"]);
    let asked = case().when(Hero.team.has(Team.name.eq("Second")), "yes").otherwise("no");
    let asked = update_all(Hero).set(Hero.team_id, None).set(Hero.name, asked);
    assert_eq!(db.engine.exec(asked).run().await.unwrap(), 1);
    assert_eq!(db.rows("SELECT name, team_id FROM hero"), ["yes|NULL"]);
}

#[case]
async fn a_value_without_what_the_database_writes_leaves_it_to_it() {
    let (db, mut session) = db().await;
    let without = || Player::new().with_lives(None);
    db.engine.exec(insert(Player).value(without())).run().await.unwrap();
    db.engine.exec(insert(Player).values([Player::new(), without()])).run().await.unwrap();
    session.add(without());
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT lives FROM player ORDER BY id"), ["7", "3", "7", "7"]);
    let set = insert(Player).set(Player.id, 9).value(without());
    db.engine.exec(set).run().await.unwrap();
    assert_eq!(db.rows("SELECT lives FROM player WHERE id >= 5 ORDER BY lives"), ["3", "7"]);
}
