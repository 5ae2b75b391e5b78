//! What goes wrong has a kind of its own, names statement, table and columns where they are known,
//! and leaves nothing half-written. What merely looks dangerous goes through unharmed.

use relata::{Engine, Error, ErrorKind, prelude::*};
use relata_suite::{Db, Need, has, pick};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
}

#[model(table, check("age < 1000", name = "mortal"))]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(unique, max_length = 10)]
    name: String,
    #[field(check = "age >= 0")]
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
}

async fn database() -> Db {
    relata_suite::engine_single(Metadata::of((Team, Hero))).await
}

/// The error of an engine that does not open.
async fn unopened(url: &str) -> Error {
    Engine::connect(url).await.map(drop).unwrap_err()
}

/// Adds a team and then this row, whose commit fails; nothing is written and the session goes on.
async fn fails<A: relata::Add>(db: &Db, row: A) -> Error {
    let mut session = Session::new(&db.engine);
    let team = session.add(Team::new("witness"));
    session.add(row);
    let error = session.commit().await.unwrap_err();
    assert_eq!((team.id.get(), db.count("team")), (None, 0));
    session.rollback().await.unwrap();
    assert!(session.exec(select(Team)).all().await.unwrap().is_empty());
    session.commit().await.unwrap();
    error
}

fn columns(error: &Error) -> Vec<&str> {
    error.columns().collect()
}

#[case]
async fn urls_that_are_not_understood() {
    for (url, message) in [
        (
            "oracle://host/db",
            "unknown scheme `oracle` in the database URL; known are `sqlite`, `postgres`, `mysql` and `mariadb`, as in `sqlite://database.db`",
        ),
        ("heroes.db", "the database URL has no scheme; write `sqlite://database.db`"),
        ("", "the database URL has no scheme; write `sqlite://database.db`"),
        (
            "sqlite://?pool=3",
            "unknown option `pool`; known are `mode`, `busy_timeout`, `foreign_keys`, `case_sensitive_like`, `stable_plans`, `journal_mode`, `synchronous`",
        ),
    ] {
        let error = unopened(url).await;
        assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::InvalidUrl, message), "{url}");
    }
}

#[case(Sqlite)]
async fn files_that_cannot_be_opened() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    std::fs::write(dir.join("letter.txt"), "Dear diary, ".repeat(100)).unwrap();
    for place in ["none/heroes.db", "none.db?mode=rw", "none.db?mode=ro", "", "letter.txt"] {
        let error = unopened(&format!("sqlite://{}/{place}", dir.display())).await;
        assert_eq!(error.kind(), ErrorKind::CannotOpen, "{place}: {error}");
    }
    assert!(!dir.join("none.db").exists());
}

#[case(Sqlite)]
async fn a_database_opened_read_only_is_not_written() {
    let db = database().await;
    db.execute("INSERT INTO team VALUES (1, 'Preventers')");
    let engine = Engine::connect(format!("{}?mode=ro", db.url())).await;
    let mut session = Session::new(&engine.unwrap());
    let mut team = session.get(Team, 1).await.unwrap().unwrap();
    team.name = "Z-Force".into();
    session.add(&mut team);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReadOnly);
    session.rollback().await.unwrap();
    assert_eq!(session.exec(select(Team)).one().await.unwrap().name, "Preventers");
}

#[case]
async fn a_lock_held_by_another_is_busy_and_the_work_can_be_done_again() {
    let db = database().await;
    let lock = db.lock("team");
    let mut session = Session::new(&db.engine);
    let mut team = session.add(Team::new("Preventers"));
    let error = session.commit().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(
        (error.kind(), &*error.to_string()),
        (
            ErrorKind::Busy,
            pick(
                "the database is locked by another connection; try again, or wait longer for it with `busy_timeout` in the URL",
                "the lock is held by another connection; try again, or wait longer for it with `lock_timeout` in the URL",
                "another transaction holds a lock on the row, and did not let go of it in time; try again, or wait longer with `lock_wait_timeout` in the URL",
            )
        )
    );
    assert_eq!(team.id.get(), None);
    drop(lock);
    session.rollback().await.unwrap();
    session.add(&mut team);
    session.commit().await.unwrap();
    // MySQL counts a key that found a lock, too.
    let key = pick(1, 1, 2);
    assert_eq!(db.rows("SELECT id, name FROM team"), [format!("{key}|Preventers")]);
}

#[case]
async fn reading_and_then_writing_is_not_refused_because_another_wrote() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    assert!(session.exec(select(Team)).all().await.unwrap().is_empty());
    db.execute("INSERT INTO team VALUES (1, 'Z-Force')");
    session.add(Team::new("Preventers"));
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM team ORDER BY id"), ["Z-Force", "Preventers"]);
}

#[case]
async fn a_pool_with_no_connection_left_says_so() {
    let db = database().await;
    let engine = Engine::builder(db.url()).pool_size(1).pool_timeout(std::time::Duration::ZERO);
    let engine = engine.await.unwrap();
    let (mut first, mut second) = (Session::new(&engine), Session::new(&engine));
    first.exec(select(Team)).all().await.unwrap();
    let error = second.exec(select(Team)).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolTimeout, "{error}");
    first.commit().await.unwrap();
    second.exec(select(Team)).all().await.unwrap();
}

#[case]
async fn missing_tables_and_columns_are_named() {
    let db = database().await;
    db.execute("ALTER TABLE hero RENAME COLUMN name TO title");
    let mut session = Session::new(&db.engine);
    let error = session.exec(select(Hero)).all().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::MissingColumn, Some("hero")));
    assert_eq!(columns(&error), ["name"]);
    // A query that fails is no failure of the session.
    session.add(Team::new("Preventers"));
    session.flush().await.unwrap();
    assert_eq!(session.exec(select(Team)).one().await.unwrap().name, "Preventers");
    assert_eq!(session.exec(select(Hero)).all().await.unwrap_err().kind(), error.kind());
    let team = session.exec(select(Team)).one().await;
    if has(Need::Postgres) {
        // There an error fails a transaction in which something was done.
        assert_eq!(team.unwrap_err().kind(), ErrorKind::RollbackRequired);
        assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::RollbackRequired);
        assert_eq!(db.count("team"), 0);
    } else {
        assert_eq!(team.unwrap().name, "Preventers");
    }
    session.rollback().await.unwrap();
    assert_eq!(fails(&db, Hero::new("Deadpond")).await.kind(), ErrorKind::MissingColumn);

    db.execute("DROP TABLE hero");
    let error = fails(&db, Hero::new("Deadpond")).await;
    assert_eq!((error.kind(), error.table()), (ErrorKind::MissingTable, Some("hero")));
    assert_eq!(
        error.to_string(),
        "table `hero` does not exist; create it with `metadata().create_all(&engine)`"
    );
    assert!(error.statement().unwrap().starts_with("INSERT INTO hero "));
}

#[case]
async fn violations_tell_what_was_violated() {
    let db = database().await;
    db.execute("INSERT INTO hero (id, name) VALUES (5, 'taken')");
    let cases = [
        (
            Hero::new("taken"),
            ErrorKind::UniqueViolation,
            "unique constraint failed: `hero.name`",
            &["name"][..],
            ["", "hero_name_key", "name"],
        ),
        (
            Hero::new("key").with_id(5),
            ErrorKind::UniqueViolation,
            "unique constraint failed: `hero.id`",
            &["id"],
            ["", "hero_pkey", "PRIMARY"],
        ),
        (
            Hero::new("lost").with_team_id(99),
            ErrorKind::ForeignKeyViolation,
            "foreign key constraint failed on table `hero`: the row that `team_id` refers to does not exist; add that first",
            &["team_id"],
            ["", "hero_team_id_fkey", "hero_ibfk_1"],
        ),
        (
            Hero::new("old").with_age(1000),
            ErrorKind::CheckViolation,
            "check constraint failed on table `hero`: `mortal`",
            &[],
            ["mortal"; 3],
        ),
        (
            Hero::new("unborn").with_age(-1),
            ErrorKind::CheckViolation,
            "check constraint failed on table `hero`: `ck_hero_age`",
            &["age"],
            ["ck_hero_age"; 3],
        ),
    ];
    for (hero, kind, message, named, [sqlite, postgres, mysql]) in cases {
        let error = fails(&db, hero).await;
        assert_eq!((error.kind(), &*error.to_string()), (kind, message));
        assert!(error.is_constraint_violation());
        assert_eq!((error.table(), columns(&error)), (Some("hero"), named.to_vec()));
        assert!(error.statement().unwrap().starts_with("INSERT INTO hero "), "{error:?}");
        assert!(error.code().is_some());
        assert_eq!(error.constraint().unwrap_or_default(), pick(sqlite, postgres, mysql));
    }
    assert_eq!(db.rows("SELECT id, name FROM hero"), ["5|taken"]);
}

#[case]
async fn null_in_a_column_that_refuses_it() {
    let db = database().await;
    db.execute(pick(
        "DROP TABLE hero;
         CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT, age INTEGER NOT NULL, team_id INTEGER)",
        "ALTER TABLE hero ALTER age SET NOT NULL",
        "ALTER TABLE hero MODIFY age INTEGER NOT NULL",
    ));
    let error = fails(&db, Hero::new("Deadpond")).await;
    assert!(error.is_not_null_violation());
    assert_eq!(error.to_string(), "not null constraint failed: `hero.age`");
    assert_eq!((error.table(), columns(&error)), (Some("hero"), vec!["age"]));
}

#[case]
async fn a_row_that_others_refer_to_is_not_deleted() {
    let db = database().await;
    db.execute(
        "INSERT INTO team VALUES (1, 'a'); INSERT INTO hero (id, name, team_id) VALUES (1, 'b', 1)",
    );
    let mut session = Session::new(&db.engine);
    let mut team = session.get(Team, 1).await.unwrap().unwrap();
    session.delete(&mut team);
    let error = session.commit().await.unwrap_err();
    assert!(error.is_foreign_key_violation());
    assert_eq!((error.table(), columns(&error)), (Some("team"), vec!["id"]));
    let who = pick("other rows", "rows of `hero`", "rows of `hero`");
    assert_eq!(
        error.to_string(),
        format!(
            "foreign key constraint failed on table `team`: {who} refer to it; remove those first"
        )
    );
    session.rollback().await.unwrap();
    assert_eq!((db.count("team"), db.count("hero")), (1, 1));
}

#[model(table)]
struct Seat {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key)]
    number: i32,
}

#[model(table)]
struct Booking {
    #[field(primary_key)]
    id: Id<Booking>,
    #[field(foreign_key = Seat.team_id)]
    team_id: Id<Team>,
    #[field(foreign_key = Seat.number)]
    seat: i32,
}

#[case]
async fn a_key_that_others_refer_to_is_not_changed() -> relata::Result<()> {
    let db = relata_suite::engine(Metadata::of((Team, Seat, Booking))).await;
    let mut session = Session::new(&db.engine);
    let team = session.add(Team::new("a"));
    let mut seat = session.add(Seat::new(&team, 1));
    session.add(Booking::new(&team, 1));
    session.commit().await?;
    seat.number = 2;
    session.add(&mut seat);
    let error = session.commit().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::ForeignKeyViolation, Some("seat")));
    let said = error.to_string();
    let refer = pick(
        "or other rows refer to it",
        "rows of `booking` refer to it",
        "rows of `booking` refer to it",
    );
    assert!(said.contains(refer), "{said}");
    Ok(())
}

#[model(table)]
struct Measure {
    #[field(primary_key)]
    id: Id<Measure>,
    count: Option<u64>,
    wide: Option<u128>,
    ratio: Option<f64>,
    small: Option<f32>,
    day: Option<chrono::NaiveDate>,
    exact: Option<rust_decimal::Decimal>,
}

#[case]
async fn values_that_no_column_can_hold_are_refused_before_anything_is_sent() {
    const NAN: &str = "NaN cannot be stored in a column; use an `Option` and store NULL";
    let db = relata_suite::engine_single(Metadata::of((Team, Hero, Measure))).await;
    let far = chrono::NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap();
    let cases = [
        (
            Measure::new().with_count(u64::MAX),
            "count",
            "18446744073709551615 is out of range for a 64-bit integer column",
        ),
        (
            Measure::new().with_wide(1 << 63),
            "wide",
            "9223372036854775808 is out of range for a 64-bit integer column",
        ),
        (Measure::new().with_ratio(f64::NAN), "ratio", NAN),
        (Measure::new().with_small(f32::NAN), "small", NAN),
        (Measure::new().with_day(far), "day", "the year 10000 is outside 0 to 9999"),
    ];
    let log = relata_suite::Log::start();
    for (measure, column, why) in cases {
        log.take();
        let error = fails(&db, measure).await;
        assert_eq!(error.kind(), ErrorKind::OutOfRange);
        assert_eq!(error.to_string(), format!("column `measure.{column}`: {why}"));
        assert_eq!((error.table(), columns(&error)), (Some("measure"), vec![column]));
        assert!(log.outline().iter().all(|sent| sent == "SELECT team"));
    }
    let long = fails(&db, Hero::new("eleven char")).await;
    assert_eq!(
        (long.kind(), &*long.to_string()),
        (
            ErrorKind::OutOfRange,
            "column `hero.name`: the text is longer than 10 characters; shorten it or raise `max_length`"
        )
    );
    assert_eq!((long.table(), columns(&long)), (Some("hero"), vec!["name"]));
    assert_eq!(db.count("measure"), 0);
}

#[case]
async fn a_decimal_is_stored_with_all_its_digits_or_not_at_all() {
    let db = relata_suite::engine_single(Metadata::of((Team, Measure))).await;
    let digits = "1.23456789012345678901".parse::<rust_decimal::Decimal>().unwrap();
    if !has(Need::ExactDecimals) {
        let error = fails(&db, Measure::new().with_exact(digits)).await;
        assert_eq!((error.kind(), error.table()), (ErrorKind::OutOfRange, Some("measure")));
        return assert_eq!(db.count("measure"), 0);
    }
    let mut session = Session::new(&db.engine);
    session.add(Measure::new().with_exact(digits));
    session.commit().await.unwrap();
    let stored = session.exec(select(Measure)).one().await.unwrap();
    assert_eq!(stored.exact, Some(digits));
}

#[case]
async fn the_longest_text_is_counted_in_characters() {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    session.add(Hero::new("😀😀😀😀😀😀😀😀😀😀"));
    session.commit().await.unwrap();
    assert_eq!(db.count("hero"), 1);
}

#[derive(Clone, Copy, Debug, serde::Serialize, ColumnEnum)]
enum Mood {
    Calm,
    Angry,
}

#[model(table)]
struct Reading {
    #[field(primary_key)]
    id: Id<Reading>,
    number: i32,
    natural: u8,
    text: String,
    flag: bool,
    small: f32,
    mood: Mood,
    tags: Json<Vec<String>>,
    day: chrono::NaiveDate,
    key: uuid::Uuid,
}

/// Columns of SQLite hold any value.
#[case(Sqlite)]
async fn what_others_stored_is_read_exactly_or_not_at_all() {
    let db = relata_suite::engine_single(Metadata::of((Reading,))).await;
    db.execute(
        "DROP TABLE reading;
         CREATE TABLE reading (id INTEGER PRIMARY KEY, number, natural, text, flag, small, mood, tags, day, key);
         INSERT INTO reading VALUES (1, 1, 2, 'a', 1, 0.5, 'Calm', '[]', '2030-01-31',
             '0123456789abcdef0123456789abcdef')",
    );
    let mut session = Session::new(&db.engine);
    assert_eq!(session.get(Reading, 1).await.unwrap().unwrap().natural, 2);
    for (column, stored, why) in [
        ("number", "4294967296", "the integer is out of range for `i32`"),
        ("number", "NULL", "found NULL, expected an integer for `i32`; make the field an `Option`"),
        ("number", "1.0", "found a floating point number, expected an integer for `i32`"),
        ("number", "'1'", "found text, expected an integer for `i32`"),
        ("natural", "256", "the integer is out of range for `u8`"),
        ("natural", "-1", "the integer is out of range for `u8`"),
        ("text", "NULL", "found NULL, expected text; make the field an `Option`"),
        ("text", "7", "found an integer, expected text"),
        ("text", "x'00'", "found bytes, expected text"),
        ("flag", "2", "an integer other than 0 and 1 is no boolean"),
        ("flag", "NULL", "found NULL, expected a boolean; make the field an `Option`"),
        ("small", "0.1", "the number does not fit `f32` exactly; make the field `f64`"),
        (
            "mood",
            "'Bored'",
            "the text names no variant of `Mood`; add the variant, or correct what is stored",
        ),
        (
            "tags",
            "'{}'",
            "the JSON does not fit the type: invalid type: map, expected a sequence at line 1 column 0",
        ),
        ("day", "'31.1.2030'", "the text is no date"),
        ("key", "'0123'", "the text is no UUID"),
    ] {
        // What was read before is not looked at again.
        session.rollback().await.unwrap();
        db.execute(&format!("UPDATE reading SET {column} = {stored}"));
        let error = session.get(Reading, 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{column} = {stored}");
        assert_eq!(error.to_string(), format!("column `reading.{column}`: {why}"));
        assert_eq!((error.table(), columns(&error)), (Some("reading"), vec![column]));
        assert!(error.statement().unwrap().starts_with("SELECT "), "{error:?}");
        let again = session.exec(select(Reading)).all().await.unwrap_err();
        assert_eq!(again.to_string(), error.to_string());
        db.execute(
            "UPDATE reading SET number = 1, natural = 2, text = 'a', flag = 1, small = 0.5,
                 mood = 'Calm', tags = '[]', day = '2030-01-31',
                 key = '0123456789abcdef0123456789abcdef'",
        );
    }
    session.rollback().await.unwrap();
    let read = session.get(Reading, 1).await.unwrap().unwrap();
    assert!(matches!(read.mood, Mood::Calm), "{:?}", Mood::Angry);
}

/// The columns of `reading` on a server, with a value for each.
const READING: [(&str, &str, &str); 9] = [
    ("number", "INTEGER", "1"),
    ("natural", "SMALLINT", "2"),
    ("text", "VARCHAR(9)", "'a'"),
    ("flag", "BOOLEAN", "TRUE"),
    ("small", "REAL", "0.5"),
    ("mood", "VARCHAR(9)", "'Calm'"),
    ("tags", "JSON", "'[]'"),
    ("day", "DATE", "'2030-01-31'"),
    ("key", "CHAR(32)", "'0123456789abcdef0123456789abcdef'"),
];

/// Makes the table of `Reading` anew, as others would: one of its columns is of another type, or has
/// another value.
fn make_reading(db: &Db, odd: (&str, &str, &str)) {
    let columns = READING.map(|column| if column.0 == odd.0 { odd } else { column });
    let types = columns.map(|(name, ty, _)| format!("\"{name}\" {ty}")).join(", ");
    let names = columns.map(|(name, ..)| format!("\"{name}\"")).join(", ");
    let values = columns.map(|(.., value)| value).join(", ");
    db.execute(&format!(
        "DROP TABLE reading; CREATE TABLE reading (id INTEGER PRIMARY KEY, {types}); \
         INSERT INTO reading (id, {names}) VALUES (1, {values})"
    ));
}

/// Columns of servers hold values of one type, which may be another than the program's.
#[case(Server)]
async fn columns_of_other_types_are_read_exactly_or_not_at_all() {
    let db = relata_suite::engine_single(Metadata::of((Reading,))).await;
    make_reading(&db, READING[0]);
    let reading = db.engine.exec(select(Reading)).one().await.unwrap();
    assert_eq!((reading.natural, reading.tags.len(), reading.flag), (2, 0, true));
    for (column, ty, stored, why) in [
        ("number", "BIGINT", "4294967296", "the integer is out of range for `i32`"),
        (
            "number",
            "INTEGER",
            "NULL",
            "found NULL, expected an integer for `i32`; make the field an `Option`",
        ),
        (
            "number",
            "DOUBLE PRECISION",
            "1.0",
            "found a floating point number, expected an integer for `i32`",
        ),
        ("number", "VARCHAR(9)", "'1'", "found text, expected an integer for `i32`"),
        ("natural", "SMALLINT", "256", "the integer is out of range for `u8`"),
        ("natural", "SMALLINT", "-1", "the integer is out of range for `u8`"),
        ("text", "VARCHAR(9)", "NULL", "found NULL, expected text; make the field an `Option`"),
        ("text", "INTEGER", "7", "found an integer, expected text"),
        ("text", pick("", "BYTEA", "BLOB"), "'x'", "found bytes, expected text"),
        ("flag", "INTEGER", "2", "an integer other than 0 and 1 is no boolean"),
        ("flag", "BOOLEAN", "NULL", "found NULL, expected a boolean; make the field an `Option`"),
        (
            "small",
            "DOUBLE PRECISION",
            "0.1",
            "the number does not fit `f32` exactly; make the field `f64`",
        ),
        (
            "mood",
            "VARCHAR(9)",
            "'Bored'",
            "the text names no variant of `Mood`; add the variant, or correct what is stored",
        ),
        (
            "tags",
            "JSON",
            "'{}'",
            "the JSON does not fit the type: invalid type: map, expected a sequence at line 1 column 0",
        ),
        ("day", "VARCHAR(9)", "'31.1.2030'", "the text is no date"),
        ("key", "CHAR(4)", "'0123'", "the text is no UUID"),
    ] {
        make_reading(&db, (column, ty, stored));
        // Another engine, which has not prepared the statement for other types.
        let mut session = Session::new(&Engine::connect(db.url()).await.unwrap());
        let error = session.get(Reading, 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{column} = {stored}: {error}");
        assert_eq!(error.to_string(), format!("column `reading.{column}`: {why}"));
        assert_eq!((error.table(), columns(&error)), (Some("reading"), vec![column]));
        assert!(error.statement().unwrap().starts_with("SELECT "), "{error:?}");
        let again = session.exec(select(Reading)).all().await.unwrap_err();
        assert_eq!(again.to_string(), error.to_string());
        session.rollback().await.unwrap();
    }
}

#[model(table)]
struct Note {
    #[field(primary_key)]
    id: Id<Note>,
    #[field(max_length = 11_000_000)]
    text: String,
    bytes: Option<Vec<u8>>,
}

#[case]
async fn hostile_values_come_back_exactly() {
    let db = relata_suite::engine(Metadata::of((Note,))).await;
    let mut texts: Vec<String> = [
        "'; DROP TABLE note; --",
        "\"double\" 'single' `back` [square]",
        "/* comment */ -- and ; more",
        "? ?1 :name @name $1 %s %% _ \\ \\' \\0",
        "a\0b",
        "\0",
        "😀 ñ 👩‍👩‍👧‍👦 \u{202e}rtl \u{feff}bom",
        "line\nfeed\r\ntab\t\u{1b}[31m",
        "",
        " ",
        "NULL",
        "1e999",
    ]
    .map(String::from)
    .into();
    // MySQL takes 16 MiB at a time, as it is set up: a row has both the text and its bytes.
    texts.push("x".repeat(pick(10 << 20, 10 << 20, 7 << 20)));
    texts.push("😀".repeat(1 << 20));
    texts.retain(|text| has(Need::NulInText) || !text.contains('\0'));
    let mut session = Session::new(&db.engine);
    for text in &texts {
        session.add(Note::new(text).with_bytes(text.as_bytes().to_vec()));
    }
    session.commit().await.unwrap();
    let notes = session.exec(select(Note).order_by(Note.id)).all().await.unwrap();
    assert_eq!(notes.len(), texts.len());
    for (note, text) in notes.iter().zip(&texts) {
        assert!(note.text == *text && note.bytes.as_deref() == Some(text.as_bytes()));
        let found = session.exec(select(Note).filter(Note.text.eq(text))).all().await.unwrap();
        assert_eq!(found.iter().map(|note| note.id.get()).collect::<Vec<_>>(), [note.id.get()]);
    }
    session.commit().await.unwrap();
    if has(Need::NulInText) {
        let bytes = pick("length(CAST(text AS BLOB))", "", "length(text)");
        assert_eq!(db.rows(&format!("SELECT {bytes} FROM note WHERE id = 5")), ["3"]);
    }
    for text in ["%", "_", "\\", "'", "/"] {
        let some = select(Note).filter(Note.text.contains(text));
        let expected = texts.iter().filter(|other| other.contains(text)).count();
        assert_eq!(session.exec(some).all().await.unwrap().len(), expected, "{text}");
    }
}

#[case(Postgres)]
async fn a_nul_in_text_is_refused() {
    let db = relata_suite::engine_single(Metadata::of((Team, Note))).await;
    let error = fails(&db, Note::new("a\0b")).await;
    assert_eq!((error.kind(), columns(&error)), (ErrorKind::OutOfRange, vec!["text"]));
    assert_eq!(
        error.to_string(),
        "column `note.text`: the text has a NUL character, which PostgreSQL cannot store; remove it, or store bytes"
    );
}

#[model(table = "order")]
struct Order {
    #[field(primary_key, column = "primary")]
    id: Id<Order>,
    #[field(column = "select", index)]
    choice: String,
    #[field(column = "it's \"quoted\"; --")]
    quoted: Option<i32>,
    #[field(column = "Größe ∅")]
    size: Option<i32>,
    #[relationship(back_populates = orders, link_model = Where)]
    groups: Many<Group>,
}

#[model(table = "group by; DROP TABLE \"order\"")]
struct Group {
    #[field(primary_key, column = "a.b")]
    id: Id<Group>,
    r#type: String,
    #[relationship(back_populates = groups, link_model = Where)]
    orders: Many<Order>,
}

#[model(table = "where")]
struct Where {
    #[field(primary_key, column = "from", foreign_key = Order.id)]
    order_id: Id<Order>,
    #[field(primary_key, column = "to", foreign_key = Group.id)]
    group_id: Id<Group>,
}

#[case]
async fn hostile_names_of_tables_and_columns_are_quoted_everywhere() {
    let tables = || Metadata::of((Order, Group, Where));
    let db = relata_suite::engine(tables()).await;
    let mut session = Session::new(&db.engine);
    let group = Group::new("x");
    let mut order = session.add(Order::new("a").with_quoted(1).with_groups([group]));
    session.commit().await.unwrap();
    order.quoted = Some(2);
    order.size = Some(3);
    session.add(&mut order);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT * FROM \"order\""), ["1|a|2|3"]);
    assert_eq!(db.rows("SELECT * FROM \"where\""), ["1|1"]);

    let some = select(Order)
        .filter(Order.quoted.eq(2) & Order.size.gt(2) & Order.choice.eq("a"))
        .order_by(Order.quoted)
        .with(Order.groups);
    let mut found = session.exec(some).one().await.unwrap();
    assert_eq!(found.groups.get().unwrap()[0].r#type, "x");
    session.refresh(&mut found).await.unwrap();
    let mut group = session.get(Group, 1).await.unwrap().unwrap();
    session.load(&mut group, Group.orders).await.unwrap();
    assert_eq!(group.orders.get().unwrap().len(), 1);
    group.orders.clear();
    session.add(&mut group);
    session.commit().await.unwrap();
    assert_eq!(db.count("where"), 0);
    session.delete(&mut found);
    session.commit().await.unwrap();
    assert_eq!(db.count("order"), 0);

    // A table with a dot, a quote and a semicolon in its names tells its violations all the same.
    db.execute("CREATE UNIQUE INDEX u ON \"order\" (\"it's \"\"quoted\"\"; --\")");
    session.add_all([Order::new("a").with_quoted(1), Order::new("b").with_quoted(1)]);
    let error = session.commit().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!((error.table(), columns(&error)), (Some("order"), vec!["it's \"quoted\"; --"]));
    session.rollback().await.unwrap();
    drop(session);
    tables().drop_all(&db.engine).await.unwrap();
    let tables = pick(
        "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
        "SELECT table_name FROM information_schema.tables WHERE table_schema = database()",
    );
    assert_eq!(db.rows(tables), [""; 0]);
}

#[model(table = "😀")]
struct Smile {
    #[field(primary_key, column = "🔑")]
    id: Id<Smile>,
    #[field(unique, column = "é 😀")]
    wide: i32,
}

#[case(AnyCharacterInNames)]
async fn names_may_have_any_character() {
    let tables = || Metadata::of(Smile);
    let db = relata_suite::engine(tables()).await;
    let mut session = Session::new(&db.engine);
    let mut smile = session.add(Smile::new(1));
    session.commit().await.unwrap();
    smile.wide = 2;
    session.add(&mut smile);
    session.commit().await.unwrap();
    assert_eq!(session.exec(select(Smile).filter(Smile.wide.eq(2))).one().await.unwrap().id, 1);
    assert_eq!(db.rows("SELECT * FROM \"😀\""), ["1|2"]);
    session.add(Smile::new(2));
    let error = session.commit().await.unwrap_err();
    assert!(error.is_unique_violation());
    assert_eq!((error.table(), columns(&error)), (Some("😀"), vec!["é 😀"]));
    session.rollback().await.unwrap();
    drop(session);
    tables().drop_all(&db.engine).await.unwrap();
}

/// MySQL's names are of characters that UTF-16 writes as one.
#[case(MySql)]
async fn names_with_emoji_are_refused() {
    let db = relata_suite::engine(Metadata::of(Team)).await;
    let error = Metadata::of(Smile).create_all(&db.engine).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`😀` cannot be a name on MySQL and MariaDB: names of tables and columns can have no emoji, and no other character beyond U+FFFF"
    );
    assert_eq!((error.kind(), error.table()), (ErrorKind::Metadata, Some("😀")));
}

#[case]
async fn a_stored_value_that_no_longer_fits_does_not_stop_changes_of_others() {
    let db = database().await;
    db.execute(pick(
        "",
        "ALTER TABLE hero ALTER name TYPE VARCHAR(50)",
        "ALTER TABLE hero MODIFY name VARCHAR(50) NOT NULL",
    ));
    db.execute("INSERT INTO hero (name, age) VALUES ('much longer than ten', 1)");
    let mut session = Session::new(&db.engine);
    let mut hero = session.get(Hero, 1).await.unwrap().unwrap();
    hero.age = Some(2);
    session.add(&mut hero);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT age FROM hero"), ["2"]);

    hero.name.push('!');
    session.add(&mut hero);
    let error = session.commit().await.unwrap_err();
    assert_eq!((error.kind(), columns(&error)), (ErrorKind::OutOfRange, vec!["name"]));
}

#[model(table)]
struct Duel {
    #[field(primary_key)]
    id: Id<Duel>,
    #[field(foreign_key = Team.id)]
    home_id: Id<Team>,
    #[field(foreign_key = Team.id)]
    guest_id: Id<Team>,
}

#[case]
async fn the_key_is_told_where_rows_leave_columns_out() {
    let db = relata_suite::engine(Metadata::of((Team, Duel))).await;
    db.engine.exec(insert(Team).value(Team::new("Z-Force"))).run().await.unwrap();
    let duels = [Duel::new(1, 1).with_id(5), Duel::new(1, 9)];
    let error = db.engine.exec(insert(Duel).values(duels)).run().await.unwrap_err();
    assert!(error.is_foreign_key_violation());
    assert_eq!(error.columns().collect::<Vec<_>>(), ["guest_id"]);
}
