//! Stored rows whose keys contain their owners', put into lists of others: they get other keys, and the lists go on
//! with these.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, Need, engine, has, sequences};
use std::collections::{BTreeMap, BTreeSet};

#[model(table)]
struct Book {
    #[field(primary_key)]
    id: Id<Book>,
    #[relationship(back_populates = book, order_by = number)]
    copies: Many<Copy>,
    #[relationship(back_populates = book)]
    cover: One<Option<Cover>>,
}

#[model(table)]
struct Copy {
    #[field(primary_key, foreign_key = Book.id)]
    book_id: Id<Book>,
    #[field(primary_key)]
    number: i32,
    shelf: i32,
    #[relationship(back_populates = copies)]
    book: One<Book>,
}

/// Its key is that of its book.
#[model(table)]
struct Cover {
    #[field(primary_key, foreign_key = Book.id)]
    book_id: Id<Book>,
    color: String,
    #[relationship(back_populates = cover)]
    book: One<Book>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// Copy 1 as it was read when it was the other book's.
    Push,
    Set,
    Remove,
    /// Copy 1 of this book.
    RemoveByKey,
    Clear,
    /// Every copy in the list gets another shelf.
    Edit,
    Add,
    Flush,
    Load,
    Rollback,
}
use Step::{Add, Clear, Edit, Flush, Load, Push, Remove, RemoveByKey, Rollback, Set};

const STEPS: [Step; 10] = [Push, Set, Remove, RemoveByKey, Clear, Edit, Add, Flush, Load, Rollback];

/// A book has copy 7, another one copy 1.
#[derive(Clone, Debug, PartialEq)]
struct Stored {
    /// The copies of the book, with their shelves.
    own: BTreeMap<i32, i32>,
    /// Those of the other one.
    others: BTreeMap<i32, i32>,
}

/// What a list is to be; `None` of what is not known.
#[derive(Clone)]
struct Said {
    rows: BTreeMap<i32, i32>,
    /// Those that were taken out, while it is not known which there are.
    gone: BTreeSet<i32>,
    whole: bool,
}

impl Said {
    /// Does with what is stored what is said, and was not before; `None` where a row is not there.
    fn write(&self, before: &Said, stored: &mut Stored) -> Option<()> {
        let unseen = self.whole && !before.whole;
        let taken_out = |number: &i32| match self.whole {
            true => !self.rows.contains_key(number) && (unseen || before.rows.contains_key(number)),
            false => self.gone.contains(number) && !before.gone.contains(number),
        };
        stored.own.retain(|number, _| !taken_out(number));
        for (number, shelf) in &self.rows {
            if !before.rows.contains_key(number) && !stored.own.contains_key(number) {
                let shelf = stored.others.remove(number)?;
                stored.own.insert(*number, shelf);
            }
            if before.rows.get(number).is_none_or(|before| before != shelf) && *shelf != 0 {
                *stored.own.get_mut(number)? = *shelf;
            }
        }
        Some(())
    }

    /// What is to be and what is said once the list is loaded, where this was said before.
    fn load(&self, before: &Said, stored: &Stored) -> (Said, Said) {
        let own = |rows| Said { rows, gone: BTreeSet::new(), whole: true };
        if self.whole && !before.whole {
            return (self.clone(), own(stored.own.clone()));
        }
        let had = |row: &i32| before.rows.contains_key(row);
        let mut rows = stored.own.clone();
        let taken = |row: &i32| had(row) && !self.rows.contains_key(row) || self.gone.contains(row);
        rows.retain(|row, _| !taken(row));
        rows.extend(self.rows.iter().filter(|(row, _)| !had(row)));
        (own(rows), own(stored.own.clone()))
    }
}

/// What is stored in the end; `None` where a step asks for what is not there.
fn expect(loaded: bool, steps: &[Step]) -> Option<Stored> {
    let first = Stored { own: BTreeMap::from([(7, 0)]), others: BTreeMap::from([(1, 0)]) };
    let rows = if loaded { first.own.clone() } else { BTreeMap::new() };
    let start = Said { rows, gone: BTreeSet::new(), whole: loaded };
    let (mut stored, mut said, mut now) = (first.clone(), start.clone(), start.clone());
    let (mut edited, mut written) = (false, false);
    for (step, shelf) in steps.iter().zip(1..) {
        match step {
            // What was read before is stale once the row has its new key.
            Push | Set if written && stored.own.contains_key(&1) => return None,
            Push => {
                now.rows.entry(1).or_insert(0);
                now.gone.remove(&1);
            }
            Set | Load if edited => return None,
            Set => {
                let one = now.rows.get(&1).copied().unwrap_or(0);
                now = Said { rows: BTreeMap::from([(1, one)]), gone: BTreeSet::new(), whole: true };
            }
            // Its key of this book names it once it was added with that.
            RemoveByKey if now.rows.contains_key(&1) && !said.rows.contains_key(&1) => return None,
            Remove | RemoveByKey => {
                let known = now.rows.remove(&1).is_some();
                if !now.whole && (known || *step == RemoveByKey) {
                    now.gone.insert(1);
                }
            }
            Clear => now = Said { rows: BTreeMap::new(), gone: BTreeSet::new(), whole: true },
            Edit if !now.whole => return None,
            Edit => {
                edited = true;
                now.rows.values_mut().for_each(|row| *row = shelf);
            }
            Add => {
                edited = false;
                now.write(&said, &mut stored)?;
                said = now.clone();
            }
            Load => (now, said) = now.load(&said, &stored),
            Flush => {}
            Rollback => (stored, said) = (first.clone(), start.clone()),
        }
        match step {
            Flush | Load => written = true,
            Rollback => written = false,
            _ => {}
        }
    }
    now.write(&said, &mut stored)?;
    Some(stored)
}

async fn books(session: &mut Session) -> relata::Result<(Tracked<Book>, Tracked<Book>)> {
    let book = session.add(Book::new());
    let other = session.add(Book::new());
    session.add(Copy::new(&book, 7, 0));
    session.add(Copy::new(&other, 1, 0));
    session.commit().await?;
    Ok((book, other))
}

fn copies_of(db: &Db, book: &Tracked<Book>) -> BTreeMap<i32, i32> {
    let id = book.id.get().expect("a stored book");
    let rows = db.rows(&format!("SELECT number, shelf FROM copy WHERE book_id = {id}"));
    let copy = |row: &String| {
        let (number, shelf) = row.split_once('|').expect("two columns");
        (number.parse().expect("a number"), shelf.parse().expect("a shelf"))
    };
    rows.iter().map(copy).collect()
}

async fn stored(db: &Db, loaded: bool, steps: &[Step]) -> relata::Result<Stored> {
    let mut session = Session::new(&db.engine);
    let (book, other) = books(&mut session).await?;
    let id = book.id.get().expect("a stored book");
    let mut book = session.get(Book, &book.id).await?.expect("a stored book");
    if loaded {
        session.load(&mut book, Book.copies).await?;
    }
    let copy = session.get(Copy, (other.id.get().unwrap(), 1)).await?.expect("a stored copy");
    session.commit().await?;
    for (step, shelf) in steps.iter().zip(1..) {
        match step {
            Push => book.copies.push(&copy),
            Set => book.copies.set([&copy]),
            Remove => book.copies.remove(&copy),
            RemoveByKey => book.copies.remove((id, 1)),
            Clear => book.copies.clear(),
            Edit => book.copies.iter_mut()?.for_each(|copy| copy.shelf = shelf),
            Add => session.add(&mut book),
            Flush => session.flush().await?,
            Load => session.load(&mut book, Book.copies).await?,
            Rollback => session.rollback().await?,
        }
    }
    session.add(&mut book);
    session.commit().await?;
    Ok(Stored { own: copies_of(db, &book), others: copies_of(db, &other) })
}

#[case]
async fn what_is_stored_is_what_plain_lists_would_hold() -> relata::Result<()> {
    let db = engine(Metadata::of((Book, Copy, Cover))).await;
    let longest = if has(Need::Server) { 2 } else { 3 };
    for steps in (1..=longest).flat_map(|length| sequences(&STEPS, length)) {
        for loaded in [false, true] {
            let Some(expected) = expect(loaded, &steps) else { continue };
            assert_eq!(stored(&db, loaded, &steps).await?, expected, "{loaded}: {steps:?}");
        }
    }
    Ok(())
}

const COPIES: &str = "SELECT book_id, number, shelf FROM copy ORDER BY book_id, number";
const COVERS: &str = "SELECT book_id, color FROM cover ORDER BY book_id";

/// Book 1 with copy 7 and a red cover, which was read with both, and book 2 with copy 1 and a blue cover.
async fn library() -> relata::Result<(Db, Session, Tracked<Book>)> {
    let db = engine(Metadata::of((Book, Copy, Cover))).await;
    let mut session = Session::new(&db.engine);
    let (book, other) = books(&mut session).await?;
    session.add(Cover::new(&book, "red"));
    session.add(Cover::new(&other, "blue"));
    session.commit().await?;
    let book = select(Book).filter(Book.id.eq(1)).with(Book.copies).with(Book.cover);
    let book = session.exec(book).one().await?;
    Ok((db, session, book))
}

#[case]
async fn a_row_that_moved_is_changed_and_removed_through_its_list() -> relata::Result<()> {
    let (db, mut session, mut book) = library().await?;
    let copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    book.copies.push(&copy);
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|0", "1|7|0"]);

    for copy in book.copies.iter_mut()?.filter(|copy| copy.number == 1) {
        copy.shelf = 5;
    }
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|5", "1|7|0"]);
    let of = book.copies.get()?.iter().map(|copy| copy.book_id.get()).collect::<Vec<_>>();
    assert_eq!(of, [Some(1), Some(1)]);

    // What was pushed still names it there.
    book.copies.remove(&copy);
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|7|0"]);
    Ok(())
}

#[case]
async fn a_copy_of_its_row_that_was_read_before_is_stale() -> relata::Result<()> {
    let (db, mut session, mut book) = library().await?;
    let mut copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    book.copies.push(&copy);
    session.add(&mut book);
    session.commit().await?;
    copy.shelf = 5;
    session.add(&mut copy);
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Stale);
    assert_eq!(db.rows(COPIES), ["1|1|0", "1|7|0"]);
    Ok(())
}

#[case]
async fn it_takes_the_place_of_a_row_that_leaves_the_list() -> relata::Result<()> {
    let (db, mut session, mut book) = library().await?;
    session.add(Copy::new(&book, 1, 3));
    session.commit().await?;
    session.load(&mut book, Book.copies).await?;
    let copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    book.copies.set([&copy]);
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|0"]);
    book.copies.clear();
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), [""; 0]);
    Ok(())
}

#[case]
async fn beside_a_row_with_its_new_key_it_is_refused() -> relata::Result<()> {
    let (_db, mut session, mut book) = library().await?;
    session.add(Copy::new(&book, 1, 3));
    session.commit().await?;
    let unloaded = session.get(Book, 1).await?.expect("a stored book");
    session.load(&mut book, Book.copies).await?;
    let copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    session.commit().await?;
    for mut book in [unloaded, book] {
        book.copies.push(&copy);
        session.add(&mut book);
        assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::UniqueViolation);
        session.rollback().await?;
        book.copies.remove(&copy);
        book.copies.remove((1, 1));
        session.add(&mut book);
        session.flush().await?;
        assert_eq!(session.exec(select(Copy).filter(Copy.number.eq(1))).count().await?, 1);
        session.rollback().await?;
    }
    Ok(())
}

#[case]
async fn another_row_with_the_key_that_it_had_is_another() -> relata::Result<()> {
    let (db, mut session, mut book) = library().await?;
    let copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    book.copies.push(&copy);
    session.add(&mut book);
    session.add(Copy::new(Id::from(2), 1, 3));
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|0", "1|7|0", "2|1|3"]);
    let other = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    book.copies.set([&other]);
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|3"]);
    Ok(())
}

#[case]
async fn what_was_pushed_is_stale_where_it_is_pushed_again() -> relata::Result<()> {
    let (db, mut session, mut book) = library().await?;
    let copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    book.copies.push(&copy);
    session.add(&mut book);
    book.copies.push(&copy);
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|0", "1|7|0"]);
    book.copies.push(&copy);
    session.add(&mut book);
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Stale);
    Ok(())
}

#[case]
async fn a_part_of_the_list_that_is_loaded_has_it_by_its_new_key() -> relata::Result<()> {
    for some in [1, 9] {
        let (db, mut session, _) = library().await?;
        let mut book = session.get(Book, 1).await?.expect("a stored book");
        let copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
        book.copies.push(&copy);
        session.add(&mut book);
        session.commit().await?;
        session.load(&mut book, Book.copies.filter(Copy.number.eq(some))).await?;
        book.copies.push(Copy::new(Id::from(1), 3, 0));
        session.add(&mut book);
        session.commit().await?;
        assert_eq!(db.rows(COPIES), ["1|1|0", "1|3|0", "1|7|0"], "{some}");
        book.copies.remove((1, 1));
        session.add(&mut book);
        session.commit().await?;
        assert_eq!(db.rows(COPIES), ["1|3|0", "1|7|0"], "{some}");
    }
    Ok(())
}

#[case]
async fn a_new_row_that_took_its_place_keeps_its_key_after_a_rollback() -> relata::Result<()> {
    let (db, mut session, mut book) = library().await?;
    let copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    book.copies.push(&copy);
    session.add(&mut book);
    session.flush().await?;
    book.copies.set([Copy::new(Id::from(1), 1, 9)]);
    session.add(&mut book);
    session.rollback().await?;
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|9", "2|1|0"]);
    Ok(())
}

#[case]
async fn a_rollback_gives_it_its_key_again() -> relata::Result<()> {
    let (db, mut session, mut book) = library().await?;
    let copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    book.copies.push(&copy);
    session.add(&mut book);
    session.flush().await?;
    for copy in book.copies.iter_mut()? {
        copy.shelf = 5;
    }
    session.add(&mut book);
    session.flush().await?;
    session.rollback().await?;
    assert_eq!(db.rows(COPIES), ["1|7|0", "2|1|0"]);
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|5", "1|7|5"]);
    Ok(())
}

#[case]
async fn a_savepoint_that_is_rolled_back_gives_it_its_key_again() -> relata::Result<()> {
    let (db, mut session, mut book) = library().await?;
    let copy = session.get(Copy, (2, 1)).await?.expect("a stored copy");
    let mut inner = session.begin_nested().await?;
    book.copies.push(&copy);
    inner.add(&mut book);
    inner.flush().await?;
    for copy in book.copies.iter_mut()? {
        copy.shelf = 5;
    }
    inner.add(&mut book);
    inner.flush().await?;
    inner.rollback().await?;
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|5", "1|7|5"]);
    book.copies.remove(&copy);
    session.add(&mut book);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|7|5"]);
    Ok(())
}

#[case]
async fn the_list_of_a_new_row_has_it_too() -> relata::Result<()> {
    let (db, mut session, _) = library().await?;
    let copies = session.exec(select(Copy).order_by(Copy.number)).all().await?;
    let mut new = session.add(Book::new().with_id(3).with_copies(&copies));
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["3|1|0", "3|7|0"]);
    new.copies.remove((3, 7));
    session.add(&mut new);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), ["3|1|0"]);
    new.copies.clear();
    session.add(&mut new);
    session.commit().await?;
    assert_eq!(db.rows(COPIES), [""; 0]);
    Ok(())
}

#[case]
async fn one_to_one_by_a_row_or_its_key() -> relata::Result<()> {
    for by_key in [false, true] {
        let (db, mut session, mut book) = library().await?;
        let cover = session.get(Cover, 2).await?.expect("a stored cover");
        match by_key {
            true => book.cover.set(Id::from(2)),
            false => book.cover.set(&cover),
        }
        session.add(&mut book);
        session.commit().await?;
        assert_eq!(db.rows(COVERS), ["1|blue"]);
        book.cover.clear();
        session.add(&mut book);
        session.commit().await?;
        assert_eq!(db.rows(COVERS), [""; 0]);
    }
    Ok(())
}
