//! Owned children with keys of the program, replaced by new ones in any order of steps: what is stored is what
//! a plain list would hold in the end.

use relata::prelude::*;
use relata_suite::{Db, Need, engine, has, sequences};
use std::collections::BTreeMap;

#[model(table)]
struct Book {
    #[field(primary_key)]
    id: Id<Book>,
    title: String,
    #[relationship(back_populates = book, order_by = number)]
    copies: Many<Copy>,
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

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// A new copy of this number.
    Push(i32),
    Remove(i32),
    /// One new copy, of this number.
    Set(i32),
    Clear,
    Add,
    Flush,
    Load,
    Rollback,
}
use Step::{Add, Clear, Flush, Load, Push, Remove, Rollback, Set};

const STEPS: [Step; 11] =
    [Push(1), Push(3), Remove(1), Remove(3), Set(1), Set(3), Clear, Add, Flush, Load, Rollback];

/// How the book is when its list is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    /// Added, and not written yet.
    Queued,
    /// Read without its list, which has copies 1 and 2.
    NotLoaded,
    /// Read with its list, which has copies 1 and 2.
    Loaded,
}

/// What the steps begin with.
#[derive(Clone, Copy, Debug)]
struct Way {
    start: Start,
    /// Whether new copies are made with the book itself, and not just its id.
    by_row: bool,
}

/// The copies that the book has in the end, by number; `None` where two would have one number, or something is
/// asked of a book that is not saved.
fn expect(start: Start, steps: &[Step]) -> Option<BTreeMap<i32, i32>> {
    let (is_new, mut queued) = (start == Start::Queued, true);
    let mut copies = BTreeMap::from([(1, 0), (2, 0)]);
    copies.retain(|_, _| !is_new);
    for (step, shelf) in steps.iter().zip(1..) {
        match step {
            Push(number) => {
                if copies.insert(*number, shelf).is_some() {
                    return None;
                }
            }
            Remove(_) if is_new => return None,
            Remove(number) => drop(copies.remove(number)),
            Load if is_new && !queued => return None,
            Set(number) => copies = BTreeMap::from([(*number, shelf)]),
            Clear => copies.clear(),
            Add => queued = true,
            Rollback => queued = false,
            Flush | Load => {}
        }
    }
    Some(copies)
}

async fn stored(db: &Db, way: Way, steps: &[Step]) -> relata::Result<BTreeMap<i32, i32>> {
    let mut session = Session::new(&db.engine);
    let mut book = session.add(Book::new("book"));
    if way.start != Start::Queued {
        for number in [1, 2] {
            session.add(Copy::new(&book, number, 0));
        }
        session.commit().await?;
        book = session.get(Book, &book.id).await?.expect("a stored book");
    }
    if way.start == Start::Loaded {
        session.load(&mut book, Book.copies).await?;
    }
    if way.start != Start::Queued {
        session.commit().await?;
    }
    for (step, shelf) in steps.iter().zip(1..) {
        let id = book.id.clone();
        let copy = |book: &Tracked<Book>, number| match way.by_row {
            true => Copy::new(book, number, shelf),
            false => Copy::new(&id, number, shelf),
        };
        match *step {
            Push(number) => {
                let copy = copy(&book, number);
                book.copies.push(copy);
            }
            Remove(number) => book.copies.remove((id.get().unwrap(), number)),
            Set(number) => {
                let copy = copy(&book, number);
                book.copies.set([copy]);
            }
            Clear => book.copies.clear(),
            Add => session.add(&mut book),
            Flush => session.flush().await?,
            Load => session.load(&mut book, Book.copies).await?,
            Rollback => session.rollback().await?,
        }
    }
    session.add(&mut book);
    session.commit().await?;
    let key = book.id.get().unwrap();
    let rows = db.rows(&format!("SELECT number, shelf FROM copy WHERE book_id = {key}"));
    let numbers = |row: &String| {
        let (number, shelf) = row.split_once('|').unwrap();
        (number.parse().unwrap(), shelf.parse().unwrap())
    };
    Ok(rows.iter().map(numbers).collect())
}

#[case]
async fn what_is_stored_is_what_a_plain_list_would_hold() -> relata::Result<()> {
    let db = engine(Metadata::of((Book, Copy))).await;
    let longest = if has(Need::Server) { 2 } else { 3 };
    for steps in (1..=longest).flat_map(|length| sequences(&STEPS, length)) {
        for start in [Start::Queued, Start::NotLoaded, Start::Loaded] {
            let Some(expected) = expect(start, &steps) else { continue };
            for by_row in [false, true] {
                let way = Way { start, by_row };
                assert_eq!(stored(&db, way, &steps).await?, expected, "{way:?}: {steps:?}");
            }
        }
    }
    Ok(())
}
