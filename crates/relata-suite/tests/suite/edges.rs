//! Where two rules meet: keys and nothing else, long lists, keys edited and not added, and
//! transactions that end before the session does.

use chrono::{NaiveDate, NaiveDateTime};
use relata::{ErrorKind, prelude::*, query::tuple};
use relata_suite::{Db, Need, engine, engine_impatient, engine_single, has, numbers, pick};

#[model(table)]
struct Tag {
    #[field(primary_key)]
    name: String,
}

#[model(table)]
struct Badge {
    #[field(primary_key)]
    code: String,
    label: String,
}

#[model(table)]
struct Club {
    #[field(primary_key)]
    id: Id<Club>,
    name: String,
    #[relationship(back_populates = club)]
    members: Many<Person>,
}

#[model(table)]
struct Person {
    #[field(primary_key)]
    id: Id<Person>,
    name: String,
    #[field(foreign_key = Club.id)]
    club_id: Option<Id<Club>>,
    #[relationship(back_populates = members)]
    club: One<Option<Club>>,
}

#[model(table)]
struct Department {
    #[field(primary_key)]
    id: Id<Department>,
    #[field(foreign_key = Employee.id)]
    manager_id: Option<Id<Employee>>,
}

#[model(table)]
struct Employee {
    #[field(primary_key)]
    id: Id<Employee>,
    #[field(foreign_key = Department.id)]
    department_id: Option<Id<Department>>,
}

#[model(table)]
struct Pass {
    #[field(primary_key)]
    id: Id<Pass>,
    #[field(foreign_key = Employee.id)]
    employee_id: Id<Employee>,
}

#[model(table)]
struct Owned {
    #[field(primary_key)]
    id: Id<Owned>,
    #[field(foreign_key = Owned.id)]
    owner_id: Option<Id<Owned>>,
    #[relationship(back_populates = owns)]
    owner: One<Option<Owned>>,
    #[relationship(back_populates = owner, cascade_delete)]
    owns: Many<Owned>,
}

#[model(table)]
struct Reading {
    #[field(primary_key)]
    id: Id<Reading>,
    place: i32,
    day: NaiveDate,
    at: NaiveDateTime,
    value: f64,
}

#[model(table)]
struct Shelf {
    #[field(primary_key)]
    code: String,
    #[relationship(back_populates = shelf, cascade_delete)]
    books: Many<Book>,
}

#[model(table)]
struct Book {
    #[field(primary_key)]
    id: Id<Book>,
    #[field(foreign_key = Shelf.code)]
    shelf_code: String,
    #[relationship(back_populates = books)]
    shelf: One<Shelf>,
}

async fn database() -> Db {
    engine(Metadata::of((Tag, Badge, Club, Person))).await
}

#[case]
async fn a_row_of_nothing_but_its_key_is_replaced_by_itself() -> relata::Result<()> {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let tag = session.add(Tag::new("a"));
    session.commit().await?;
    session.delete(&tag);
    session.add(Tag::new("a"));
    session.commit().await?;
    assert_eq!(db.rows("SELECT name FROM tag"), ["a"]);
    Ok(())
}

#[case]
async fn a_key_that_was_edited_and_not_added_is_not_what_refresh_looks_for() -> relata::Result<()> {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut badge = session.add(Badge::new("a", "first"));
    session.add(Badge::new("b", "second"));
    session.commit().await?;
    badge.code = String::from("b");
    session.refresh(&mut badge).await?;
    assert_eq!((&*badge.code, &*badge.label), ("a", "first"));
    Ok(())
}

#[case]
async fn a_long_list_holds_a_row_once_however_it_was_read() -> relata::Result<()> {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let people = (0..40).map(|n| Person::new(format!("person {n}")));
    let mut club = session.add(Club::new("chess"));
    people.for_each(|person| club.members.push(person));
    session.add(&mut club);
    session.commit().await?;
    let first = session.get(Person, 1).await?.unwrap();
    club.members.push(&first);
    assert_eq!(club.members.get()?.len(), 40);
    Ok(())
}

#[case]
async fn loading_a_row_that_was_rolled_back_is_an_error_and_loses_nothing() -> relata::Result<()> {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    let mut club = session.add(Club::new("chess").with_id(7).with_members([Person::new("a")]));
    session.flush().await?;
    session.rollback().await?;
    let error = session.load(&mut club, Club.members).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnboundId);
    session.add(&mut club);
    session.commit().await?;
    assert_eq!(db.rows("SELECT club_id FROM person"), ["7"]);
    Ok(())
}

#[case(Sqlite)]
async fn a_begin_that_was_refused_may_be_tried_again() -> relata::Result<()> {
    let db = engine_single(Metadata::of((Club, Person))).await;
    let mut session = Session::new(&db.engine);
    assert!(session.exec(select(Club)).all().await?.is_empty());
    let lock = db.lock("club");
    let error = session.begin_write().await.unwrap_err();
    assert!(error.is_retryable());
    drop(lock);
    session.begin_write().await?;
    session.add(Club::new("chess").with_members([Person::new("a"), Person::new("b")]));
    session.commit().await?;
    assert_eq!(db.rows("SELECT club_id FROM person"), ["1", "1"]);
    Ok(())
}

#[case(Server)]
async fn a_write_that_was_refused_may_be_tried_again() -> relata::Result<()> {
    let db = engine_impatient(Metadata::of((Club, Person))).await;
    let mut session = Session::new(&db.engine);
    session.add(Club::new("go"));
    session.flush().await?;
    let lock = db.lock("person");
    let person = || insert(Person).value(Person::new("a"));
    let error = session.exec(person()).run().await.unwrap_err();
    assert!(error.is_retryable());
    drop(lock);
    let again = session.exec(person()).run().await;
    if has(Need::Postgres) {
        // There the first failure is one of the transaction.
        assert_eq!(again.unwrap_err().kind(), ErrorKind::RollbackRequired);
        session.rollback().await?;
    } else {
        assert_eq!(again?, 1);
    }
    session.exec(person()).run().await?;
    session.commit().await?;
    assert_eq!((db.count("club"), db.count("person")), pick((0, 0), (0, 1), (1, 2)));
    Ok(())
}

#[case]
async fn what_is_below_a_circle_of_tables_is_deleted_before_it() -> relata::Result<()> {
    let db = engine(Metadata::of((Department, Employee, Pass))).await;
    let mut session = Session::new(&db.engine);
    let mut department = session.add(Department::new());
    let employee = session.add(Employee::new().with_department_id(&department.id));
    department.manager_id = Some(employee.id.clone());
    session.add(&mut department);
    let pass = session.add(Pass::new(&employee.id));
    session.commit().await?;
    session.delete(&pass);
    session.delete(&employee);
    session.delete(&department);
    session.commit().await?;
    assert_eq!((db.count("pass"), db.count("employee"), db.count("department")), (0, 0, 0));
    Ok(())
}

#[case]
async fn rows_that_own_each_other_go_together() -> relata::Result<()> {
    let db = engine(Metadata::of(Owned)).await;
    let mut session = Session::new(&db.engine);
    let mut first = session.add(Owned::new());
    let second = session.add(Owned::new().with_owner(&first));
    session.commit().await?;
    first.owner.set(&second);
    session.add(&mut first);
    session.commit().await?;
    session.delete(&first);
    session.commit().await?;
    assert_eq!(db.count("owned"), 0);

    let mut own = session.add(Owned::new());
    session.commit().await?;
    own.owner_id = Some(own.id.clone());
    session.add(&mut own);
    session.commit().await?;
    session.delete(&own);
    session.commit().await?;
    assert_eq!(db.count("owned"), 0);
    Ok(())
}

#[case]
async fn a_key_is_handed_on_by_a_row_of_the_same_transaction() -> relata::Result<()> {
    let db = database().await;
    for new_first in [true, false] {
        let mut session = Session::new(&db.engine);
        let mut first = session.add(Badge::new("a", "first"));
        session.flush().await?;
        first.code = String::from("b");
        if new_first {
            session.add(Badge::new("a", "second"));
            session.add(&mut first);
        } else {
            session.add(&mut first);
            session.add(Badge::new("a", "second"));
        }
        session.flush().await?;
        let all = session.exec(select(Badge).order_by(Badge.code)).all().await?;
        let labels: Vec<&str> = all.iter().map(|badge| &*badge.label).collect();
        assert_eq!(labels, ["second", "first"], "new first: {new_first}");
        session.rollback().await?;
    }
    Ok(())
}

#[case]
async fn relations_are_loaded_without_a_session_too() -> relata::Result<()> {
    let db = database().await;
    let mut session = Session::new(&db.engine);
    session.add(Club::new("chess").with_members([Person::new("a"), Person::new("b")]));
    session.add(Club::new("empty"));
    session.commit().await?;
    let clubs = db.engine.exec(select(Club).order_by(Club.id).with(Club.members)).all().await?;
    let members: Vec<usize> =
        clubs.iter().map(|club| club.members.get().map(|rows| rows.len()).unwrap()).collect();
    assert_eq!(members, [2, 0]);
    let none = select(Club).filter(Club.name.eq("go")).with(Club.members);
    assert!(db.engine.exec(none).all().await?.is_empty());
    Ok(())
}

/// More values than a statement takes parameters.
fn many() -> usize {
    pick(33_000, 66_000, 66_000)
}

fn too_many(found: relata::Result<Vec<i32>>, given: usize) {
    let error = found.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    let limit = pick(32_766, 65_535, 65_535);
    assert_eq!(
        error.to_string(),
        format!(
            "the statement has {given} parameters, and the database takes {limit}; ask for a part of the values at a time, or write them into a table and join that"
        )
    );
}

#[case]
async fn more_values_than_parameters_are_looked_for() -> relata::Result<()> {
    let db = engine(Metadata::of(Reading)).await;
    let mut session = Session::new(&db.engine);
    let many = many();
    let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
    let days = || first.iter_days().take(many);
    for (place, day) in [(1, 0), (2, 100), (3, 70_000)] {
        let day = first.iter_days().nth(day).unwrap();
        let at = day.and_hms_nano_opt(1, 2, 3, 4_005).unwrap();
        session.add(Reading::new(place, day, at, f64::from(place) / 3.0));
    }
    session.commit().await?;
    let places = |condition: relata::query::Predicate| {
        select(Reading.place).filter(condition).order_by(Reading.place)
    };
    let dates = session.exec(places(Reading.day.is_in(days()))).all().await;
    let times = days().map(|day| day.and_hms_nano_opt(1, 2, 3, 4_005).unwrap());
    let times = session.exec(places(Reading.at.is_in(times))).all().await;
    let pairs = days().map(|day| (2, day));
    let pairs = places(tuple((Reading.place, Reading.day)).is_in(pairs));
    let pairs = session.exec(pairs).all().await;
    let floats = Reading.value.is_in((0..many).map(|value| f64::from(value as u32) / 3.0));
    let floats = session.exec(places(floats)).all().await;
    // MySQL has no lists, and those of SQLite are JSON, which would change a float.
    if has(Need::MySql) {
        too_many(dates, many);
        too_many(times, many);
        too_many(pairs, 2 * many);
    } else {
        assert_eq!((dates?, times?, pairs?), (vec![1, 2], vec![1, 2], vec![2]));
    }
    if has(Need::Postgres) {
        assert_eq!(floats?, [1, 2, 3]);
    } else {
        too_many(floats, many);
    }
    Ok(())
}

#[case]
async fn more_owners_than_parameters_are_loaded() -> relata::Result<()> {
    let db = engine(Metadata::of((Shelf, Book))).await;
    let many = many();
    let numbers = numbers(u32::try_from(many).unwrap());
    db.execute(&format!("INSERT INTO shelf (code) SELECT 'shelf' || x FROM {numbers}"));
    // a NUL, which a JSON string of SQLite cannot have, makes each key a parameter
    let nul = pick("CAST(X'610062' AS TEXT)", "'shelf'", "CAST(X'610062' AS CHAR)");
    db.execute(&format!("INSERT INTO shelf (code) VALUES ({nul})"));
    for _ in 0..2 {
        db.execute("INSERT INTO book (shelf_code) SELECT code FROM shelf");
    }
    let mut session = Session::new(&db.engine);
    let shelves = session.exec(select(Shelf).with(Shelf.books)).all().await?;
    assert_eq!(shelves.len(), many + 1);
    for shelf in &shelves {
        let codes = shelf.books.get()?.iter().map(|book| &*book.shelf_code).collect::<Vec<_>>();
        assert_eq!(codes, [&*shelf.code; 2]);
    }
    let books = session.exec(select(Book).with(Book.shelf)).all().await?;
    assert_eq!(books.len(), 2 * (many + 1));
    assert!(books.iter().all(|book| book.shelf.get().unwrap().code == book.shelf_code));
    Ok(())
}
