//! New rows in loaded lists beside stored ones with their keys.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, engine};

#[model(table)]
struct Shelf {
    #[field(primary_key)]
    id: Id<Shelf>,
    name: String,
    #[relationship(back_populates = shelf, order_by = id, cascade_delete)]
    bins: Many<Bin>,
    #[relationship(back_populates = shelf, order_by = id)]
    books: Many<Book>,
}

/// It goes with its shelf.
#[model(table)]
struct Bin {
    #[field(primary_key)]
    id: Id<Bin>,
    name: String,
    #[field(foreign_key = Shelf.id)]
    shelf_id: Option<Id<Shelf>>,
    #[relationship(back_populates = bins)]
    shelf: One<Option<Shelf>>,
}

/// It stays without its shelf.
#[model(table)]
struct Book {
    #[field(primary_key)]
    id: Id<Book>,
    name: String,
    #[field(foreign_key = Shelf.id)]
    shelf_id: Option<Id<Shelf>>,
    #[relationship(back_populates = books)]
    shelf: One<Option<Shelf>>,
}

const BINS: &str = "SELECT name, shelf_id FROM bin ORDER BY name";
const BOOKS: &str = "SELECT name, shelf_id FROM book ORDER BY name";

async fn shelf() -> relata::Result<(Db, Session)> {
    let db = engine(Metadata::of((Shelf, Bin, Book))).await;
    let mut session = Session::new(&db.engine);
    let bins = [Bin::new("old").with_id(7), Bin::new("other").with_id(8)];
    session.add(Shelf::new("shelf").with_bins(bins).with_books([Book::new("old").with_id(7)]));
    session.commit().await?;
    Ok((db, session))
}

async fn loaded(session: &mut Session) -> relata::Result<Tracked<Shelf>> {
    session.exec(select(Shelf).with(Shelf.bins).with(Shelf.books)).one().await
}

fn named(shelf: &Tracked<Shelf>, name: &str) -> Tracked<Bin> {
    let bins = shelf.bins.get().expect("a loaded list");
    bins.iter().find(|bin| bin.name == name).expect("a bin of the list").clone()
}

/// What is done with a list of `old`, `other` and `new`, where `new` has the key of `old`; what is left.
type Way = (fn(&mut Many<Bin>, &dyn Fn(&str) -> Tracked<Bin>), &'static [&'static str]);

const WAYS: [Way; 6] = [
    (|bins, _| bins.clear(), &[]),
    (|bins, named| bins.set([named("other")]), &["other|1"]),
    (|bins, _| bins.set([Bin::new("third").with_id(7)]), &["third|1"]),
    (|bins, named| bins.remove(named("old")), &["other|1"]),
    (|bins, named| bins.set([named("old")]), &["old|1"]),
    (|bins, named| bins.set([named("new")]), &["new|1"]),
];

#[case]
async fn a_stored_row_and_a_new_one_with_its_key_leave_a_list_together() -> relata::Result<()> {
    for (at, (change, left)) in WAYS.into_iter().enumerate() {
        let (db, mut session) = shelf().await?;
        let mut shelf = loaded(&mut session).await?;
        shelf.bins.push(Bin::new("new").with_id(7));
        session.add(&mut shelf);
        let before = shelf.clone();
        change(&mut shelf.bins, &|name| named(&before, name));
        session.add(&mut shelf);
        session.commit().await?;
        assert_eq!(db.rows(BINS), left, "way {at}");
    }
    Ok(())
}

#[case]
async fn a_row_in_the_place_of_a_deleted_one_stays_when_that_leaves_the_list() -> relata::Result<()>
{
    let (db, mut session) = shelf().await?;
    let mut shelf = loaded(&mut session).await?;
    let book = session.get(Book, 7).await?.expect("a stored book");
    session.delete(named(&shelf, "old"));
    session.delete(&book);
    shelf.bins.push(Bin::new("new").with_id(7));
    shelf.books.push(Book::new("new").with_id(7));
    session.add(&mut shelf);
    let bins = [named(&shelf, "new"), named(&shelf, "other")];
    shelf.bins.set(bins);
    let books: Vec<_> =
        shelf.books.get()?.iter().filter(|book| book.name == "new").cloned().collect();
    shelf.books.set(books);
    session.add(&mut shelf);
    session.commit().await?;
    assert_eq!(db.rows(BINS), ["new|1", "other|1"]);
    assert_eq!(db.rows(BOOKS), ["new|1"]);
    Ok(())
}

#[case]
async fn another_value_of_the_owner_says_nothing_of_it() -> relata::Result<()> {
    let (db, mut session) = shelf().await?;
    let mut first = loaded(&mut session).await?;
    let mut second = loaded(&mut session).await?;
    second.name.push('!');
    session.add(&mut second);
    first.bins.push(Bin::new("new").with_id(7));
    session.add(&mut first);
    second.name.push('!');
    session.add(&mut second);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);
    session.rollback().await?;

    let bins = [named(&first, "new"), named(&first, "other")];
    first.bins.set(bins);
    session.add(&mut first);
    session.commit().await?;
    assert_eq!(db.rows(BINS), ["new|1", "other|1"]);
    Ok(())
}
