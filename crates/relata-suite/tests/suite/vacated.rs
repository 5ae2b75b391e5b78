//! Rows whose keys contain their owners' leave these in a flush, and other rows take them: what is stored is what steps
//! with a flush after each leave.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, engine};

#[model(table)]
struct Book {
    #[field(primary_key)]
    id: Id<Book>,
    #[relationship(back_populates = book, order_by = number, cascade_delete)]
    copies: Many<Copy>,
    #[relationship(back_populates = book, cascade_delete)]
    cover: One<Option<Cover>>,
    #[relationship(back_populates = books, link_model = BookTag, order_by = name)]
    tags: Many<Tag>,
    #[relationship(back_populates = book)]
    tag_links: Many<BookTag>,
}

#[model(table)]
struct Copy {
    #[field(primary_key, foreign_key = Book.id)]
    book_id: Id<Book>,
    #[field(primary_key)]
    number: i32,
    name: String,
    #[relationship(back_populates = copies)]
    book: One<Book>,
}

#[model(table)]
struct Cover {
    #[field(primary_key, foreign_key = Book.id)]
    book_id: Id<Book>,
    name: String,
    #[relationship(back_populates = cover)]
    book: One<Book>,
}

#[model(table)]
struct Tag {
    #[field(primary_key)]
    name: String,
    #[relationship(back_populates = tags, link_model = BookTag, order_by = id)]
    books: Many<Book>,
    #[relationship(back_populates = tag)]
    book_links: Many<BookTag>,
}

#[model(table)]
struct BookTag {
    #[field(primary_key, foreign_key = Book.id)]
    book_id: Id<Book>,
    #[field(primary_key, foreign_key = Tag.name)]
    tag_name: String,
    #[field(default = 0)]
    note: i32,
    #[relationship(back_populates = tag_links)]
    book: One<Book>,
    #[relationship(back_populates = book_links)]
    tag: One<Tag>,
}

/// Books `a` with copies 1 and 2, a cover and a link to tag `t0`, `b` and `o` with nothing; tags `t0` to `t3`.
struct Library {
    session: Session,
    a: Tracked<Book>,
    /// Another value of `a`.
    again: Tracked<Book>,
    b: Tracked<Book>,
    o: Tracked<Book>,
    copy: Tracked<Copy>,
    cover: Tracked<Cover>,
    link: Tracked<BookTag>,
    tags: Vec<Tracked<Tag>>,
    /// A new copy, once a step has added it.
    new: Option<Tracked<Copy>>,
}

const ROWS: &str = "SELECT 'copy', book_id, number, name FROM copy \
     UNION ALL SELECT 'cover', book_id, 0, name FROM cover \
     UNION ALL SELECT tag_name, book_id, note, '' FROM booktag ORDER BY 1, 2, 3";

async fn library(db: &Db, loaded: bool) -> relata::Result<Library> {
    for table in ["booktag", "cover", "copy", "tag", "book"] {
        db.execute(&format!("DELETE FROM {table}"));
    }
    let mut session = Session::new(&db.engine);
    for id in 1..=3 {
        session.add(Book::new().with_id(id));
    }
    for name in ["t0", "t1", "t2", "t3"] {
        session.add(Tag::new(name));
    }
    session.add(Copy::new(Id::from(1), 1, "c1"));
    session.add(Copy::new(Id::from(1), 2, "c2"));
    session.add(Cover::new(Id::from(1), "ca"));
    session.add(BookTag::new(Id::from(1), "t0").with_note(7));
    session.commit().await?;
    let mut books = session.exec(select(Book).order_by(Book.id)).all().await?.into_iter();
    let mut next = || books.next().expect("a stored book");
    let (mut a, mut b, mut o) = (next(), next(), next());
    for book in [&mut a, &mut b, &mut o].into_iter().filter(|_| loaded) {
        session.load(book, Book.copies).await?;
        session.load(book, Book.cover).await?;
        session.load(book, Book.tags).await?;
        session.load(book, Book.tag_links).await?;
    }
    let again = session.get(Book, 1).await?.expect("a stored book");
    let copy = session.get(Copy, (1, 1)).await?.expect("a stored copy");
    let cover = session.get(Cover, 1).await?.expect("a stored cover");
    let link = session.get(BookTag, (1, "t0")).await?.expect("a stored link");
    let tags = session.exec(select(Tag).order_by(Tag.name)).all().await?;
    session.commit().await?;
    Ok(Library { session, a, again, b, o, copy, cover, link, tags, new: None })
}

/// One call, and the `add` of what it changed.
type Step = fn(&mut Library);

/// The steps in one flush, or with a flush after each; what is stored in the end.
async fn run(db: &Db, loaded: bool, flushes: bool, steps: &[Step]) -> relata::Result<Vec<String>> {
    let mut library = library(db, loaded).await?;
    for step in steps {
        step(&mut library);
        if flushes {
            library.session.flush().await?;
        }
    }
    library.session.commit().await?;
    Ok(db.rows(ROWS))
}

fn push_copy(l: &mut Library) {
    l.b.copies.push(&l.copy);
    l.session.add(&mut l.b);
}
fn point_copy(l: &mut Library) {
    l.copy.book.set(&l.b);
    l.session.add(&mut l.copy);
}
fn push_link(l: &mut Library) {
    l.b.tag_links.push(&l.link);
    l.session.add(&mut l.b);
}
fn point_link(l: &mut Library) {
    l.link.book.set(&l.b);
    l.session.add(&mut l.link);
}
fn set_cover(l: &mut Library) {
    l.b.cover.set(&l.cover);
    l.session.add(&mut l.b);
}
fn point_cover(l: &mut Library) {
    l.cover.book.set(&l.b);
    l.session.add(&mut l.cover);
}
fn add_a(l: &mut Library, change: impl FnOnce(&mut Tracked<Book>)) {
    change(&mut l.a);
    l.session.add(&mut l.a);
}
fn add_b(l: &mut Library, change: impl FnOnce(&mut Tracked<Book>)) {
    change(&mut l.b);
    l.session.add(&mut l.b);
}
fn add_new(l: &mut Library) {
    l.new = Some(l.session.add(new_copy(1, 1)));
}
fn new_copy(book: i64, number: i32) -> Copy {
    Copy::new(Id::from(book), number, "new")
}
fn new_link(book: i64, tag: &str) -> BookTag {
    BookTag::new(Id::from(book), tag).with_note(9)
}

/// Steps, by what they do.
const SAME: &[(&str, &[Step])] = &[
    ("set of the old key", &[push_copy, |l| add_a(l, |a| a.copies.set([new_copy(1, 1)]))]),
    ("set of the old key", &[point_copy, |l| add_a(l, |a| a.copies.set([new_copy(1, 1)]))]),
    ("set of two", &[push_copy, |l| add_a(l, |a| a.copies.set([new_copy(1, 1), new_copy(1, 4)]))]),
    ("set of two", &[point_copy, |l| add_a(l, |a| a.copies.set([new_copy(1, 1), new_copy(1, 4)]))]),
    ("set of others", &[point_copy, |l| add_a(l, |a| a.copies.set([new_copy(1, 4)]))]),
    ("push of the old key", &[push_copy, |l| add_a(l, |a| a.copies.push(new_copy(1, 1)))]),
    ("push of the old key", &[point_copy, |l| add_a(l, |a| a.copies.push(new_copy(1, 1)))]),
    (
        "removed and pushed",
        &[push_copy, |l| {
            let copy = l.copy.clone();
            add_a(l, |a| {
                a.copies.remove(&copy);
                a.copies.push(new_copy(1, 1));
            });
        }],
    ),
    (
        "cleared by another value",
        &[
            push_copy,
            |l| add_a(l, |a| a.copies.push(new_copy(1, 1))),
            |l| {
                l.again.copies.clear();
                l.session.add(&mut l.again);
            },
        ],
    ),
    (
        "cleared by another value",
        &[
            point_copy,
            |l| add_a(l, |a| a.copies.push(new_copy(1, 1))),
            |l| {
                l.again.copies.clear();
                l.session.add(&mut l.again);
            },
        ],
    ),
    ("cover set anew", &[set_cover, |l| add_a(l, |a| a.cover.set(Cover::new(Id::from(1), "new")))]),
    (
        "cover set anew",
        &[point_cover, |l| add_a(l, |a| a.cover.set(Cover::new(Id::from(1), "new")))],
    ),
    ("links set anew", &[push_link, |l| add_a(l, |a| a.tag_links.set([new_link(1, "t0")]))]),
    ("links set anew", &[point_link, |l| add_a(l, |a| a.tag_links.set([new_link(1, "t0")]))]),
    (
        "links set anew",
        &[point_link, |l| {
            add_a(l, |a| a.tag_links.set([new_link(1, "t2"), new_link(1, "t0")]));
        }],
    ),
    (
        "removed after it was pointed",
        &[point_copy, |l| {
            let copy = l.copy.clone();
            add_b(l, |b| b.copies.remove(&copy));
        }],
    ),
    ("cleared after it was pointed", &[point_copy, |l| add_b(l, |b| b.copies.clear())]),
    ("deleted after it was pointed", &[point_copy, |l| l.session.delete(&mut l.copy)]),
    (
        "pushed after it was pointed",
        &[point_copy, |l| {
            let copy = l.copy.clone();
            add_b(l, |b| b.copies.push(&copy));
        }],
    ),
    (
        "changed after it was pointed",
        &[point_copy, |l| {
            l.copy.name.push('!');
            l.session.add(&mut l.copy);
        }],
    ),
    ("tags cleared", &[push_link, |l| add_b(l, |b| b.tags.clear())]),
    ("tags cleared", &[point_link, |l| add_b(l, |b| b.tags.clear())]),
    (
        "tags set",
        &[push_link, |l| {
            let tag = l.tags[1].clone();
            add_b(l, |b| b.tags.set([&tag]));
        }],
    ),
    (
        "tag removed",
        &[push_link, |l| {
            let tag = l.tags[0].clone();
            add_b(l, |b| b.tags.remove(&tag));
        }],
    ),
    (
        "books of a tag cleared",
        &[
            |l| {
                let link = l.link.clone();
                l.tags[3].book_links.push(&link);
                l.session.add(&mut l.tags[3]);
            },
            |l| {
                l.tags[3].books.clear();
                l.session.add(&mut l.tags[3]);
            },
        ],
    ),
    (
        "tags of the old book set",
        &[push_link, |l| {
            let tags = [l.tags[0].clone(), l.tags[1].clone()];
            add_a(l, |a| a.tags.set(&tags));
        }],
    ),
    (
        "tags of the old book set",
        &[point_link, |l| {
            let tags = [l.tags[0].clone(), l.tags[1].clone()];
            add_a(l, |a| a.tags.set(&tags));
        }],
    ),
    (
        "tag of the old book pushed",
        &[push_link, |l| {
            let tag = l.tags[0].clone();
            add_a(l, |a| a.tags.push(&tag));
        }],
    ),
    (
        "key passed on",
        &[
            |l| {
                let copy = l.copy.clone();
                l.o.copies.push(&copy);
                l.session.add(&mut l.o);
            },
            |l| {
                l.session.add(Copy::new(Id::from(1), 1, "new"));
            },
        ],
    ),
    (
        "links cleared",
        &[
            |l| {
                let link = l.link.clone();
                add_a(l, |a| a.tag_links.push(&link));
            },
            |l| {
                let tag = l.tags[1].clone();
                add_a(l, |a| {
                    a.tag_links.clear();
                    a.tags.push(&tag);
                });
            },
        ],
    ),
    (
        "links cleared",
        &[push_link, |l| {
            let tag = l.tags[1].clone();
            add_b(l, |b| {
                b.tag_links.clear();
                b.tags.push(&tag);
            });
        }],
    ),
    (
        "links set after it was pointed",
        &[
            point_link,
            |l| add_b(l, |b| b.tag_links.set([new_link(2, "t1")])),
            |l| {
                let tag = l.tags[2].clone();
                add_a(l, |a| a.tags.set([&tag]));
            },
        ],
    ),
    (
        "links cleared that got other tags",
        &[
            |l| {
                let link = l.link.clone();
                l.tags[2].book_links.push(&link);
                l.session.add(&mut l.tags[2]);
            },
            |l| {
                l.again.tag_links.clear();
                l.session.add(&mut l.again);
            },
        ],
    ),
    (
        "pushed where it is",
        &[
            |l| {
                let link = l.link.clone();
                add_a(l, |a| a.tag_links.push(&link));
            },
            |l| l.session.delete(&mut l.tags[0]),
        ],
    ),
    (
        "links set to a new one",
        &[push_link, |l| add_b(l, |b| b.tag_links.set([new_link(2, "t0")]))],
    ),
    (
        "cover set twice",
        &[set_cover, |l| add_b(l, |b| b.cover.set(Cover::new(Id::from(2), "new")))],
    ),
    ("copies set twice", &[push_copy, |l| add_b(l, |b| b.copies.set([new_copy(2, 1)]))]),
    (
        "removed from the new list",
        &[push_copy, add_new, |l| {
            let copy = l.copy.clone();
            add_b(l, |b| b.copies.remove(&copy));
        }],
    ),
    (
        "removed from the new list",
        &[point_copy, add_new, |l| {
            let copy = l.copy.clone();
            add_b(l, |b| b.copies.remove(&copy));
        }],
    ),
    ("new list cleared", &[push_copy, add_new, |l| add_b(l, |b| b.copies.clear())]),
    (
        "both deleted",
        &[
            point_copy,
            add_new,
            |l| l.session.delete(l.new.as_mut().expect("a new copy")),
            |l| l.session.delete(&mut l.copy),
        ],
    ),
    (
        "owner replaced",
        &[
            |l| {
                l.copy.number = 5;
                l.session.add(&mut l.copy);
            },
            |l| l.session.delete(&mut l.a),
            |l| {
                l.session.add(Book::new().with_id(1));
            },
            add_new,
        ],
    ),
    (
        "renumbered, and set anew",
        &[
            |l| {
                l.copy.number = 5;
                l.session.add(&mut l.copy);
            },
            |l| {
                l.again.copies.set([new_copy(1, 1)]);
                l.session.add(&mut l.again);
            },
        ],
    ),
    (
        "renumbered, and set",
        &[
            |l| {
                l.copy.number = 5;
                l.session.add(&mut l.copy);
            },
            |l| {
                let copy = l.copy.clone();
                l.again.copies.set([&copy]);
                l.session.add(&mut l.again);
            },
        ],
    ),
];

#[case]
async fn what_is_stored_is_what_a_flush_after_each_step_leaves() -> relata::Result<()> {
    let db = engine(Metadata::of((Book, Copy, Cover, Tag, BookTag))).await;
    for loaded in [false, true] {
        for (at, (what, steps)) in SAME.iter().enumerate() {
            let expected = run(&db, loaded, true, steps).await?;
            let found = run(&db, loaded, false, steps).await?;
            assert_eq!(found, expected, "step {at}, {what}, loaded: {loaded}");
        }
    }
    Ok(())
}

/// Steps that leave copies of `a` and `b`, and those.
const AGAIN: &[(&[Step], &[&str])] = &[
    (
        &[|l| l.session.delete(&l.copy), |l| add_a(l, |a| a.copies.set([new_copy(1, 1)]))],
        &["1|1|new"],
    ),
    (
        &[|l| l.session.delete(&l.copy), |l| add_a(l, |a| a.copies.push(new_copy(1, 1)))],
        &["1|1|new", "1|2|c2"],
    ),
    (
        &[point_copy, |l| add_a(l, |a| a.copies.push(new_copy(1, 1)))],
        &["1|1|new", "1|2|c2", "2|1|c1"],
    ),
    (&[push_copy, |l| add_a(l, |a| a.copies.set([new_copy(1, 1)]))], &["1|1|new", "2|1|c1"]),
];

const COPIES: &str = "SELECT book_id, number, name FROM copy ORDER BY book_id, number";

#[case]
async fn after_a_rollback_the_same_calls_do_the_same() -> relata::Result<()> {
    let db = engine(Metadata::of((Book, Copy, Cover, Tag, BookTag))).await;
    for loaded in [false, true] {
        for (at, (steps, expected)) in AGAIN.iter().enumerate() {
            let mut l = library(&db, loaded).await?;
            steps.iter().for_each(|step| step(&mut l));
            l.session.flush().await?;
            assert_eq!(l.session.exec(select(Copy)).all().await?.len(), expected.len());
            l.session.rollback().await?;
            // The values say all that they said, so that they are only added once more.
            match at {
                0 | 1 => l.session.delete(&l.copy),
                2 => l.session.add(&mut l.copy),
                _ => l.session.add(&mut l.b),
            }
            l.session.add(&mut l.a);
            l.session.commit().await?;
            assert_eq!(db.rows(COPIES), *expected, "steps {at}, loaded: {loaded}");
        }
    }
    Ok(())
}

#[case]
async fn a_new_row_with_the_key_that_another_got_replaces_it() -> relata::Result<()> {
    let db = engine(Metadata::of((Book, Copy, Cover, Tag, BookTag))).await;
    for loaded in [false, true] {
        for added_again in [false, true] {
            let mut l = library(&db, loaded).await?;
            push_copy(&mut l);
            set_cover(&mut l);
            l.session.commit().await?;
            if added_again {
                // The list calls them by their new keys from here on.
                add_b(&mut l, |b| b.copies.push(new_copy(2, 3)));
                l.session.commit().await?;
            }
            add_b(&mut l, |b| {
                b.copies.set([new_copy(2, 1)]);
                b.cover.set(Cover::new(Id::from(2), "new"));
            });
            l.session.commit().await?;
            assert_eq!(db.rows(COPIES), ["1|2|c2", "2|1|new"]);
            assert_eq!(db.rows("SELECT book_id, name FROM cover"), ["2|new"]);
        }
    }
    Ok(())
}

#[case]
async fn a_row_that_is_given_to_its_new_list_again_stays_there() -> relata::Result<()> {
    let db = engine(Metadata::of((Book, Copy, Cover, Tag, BookTag))).await;
    let mut l = library(&db, false).await?;
    push_copy(&mut l);
    add_new(&mut l);
    let copy = l.copy.clone();
    add_b(&mut l, |b| b.copies.set([&copy]));
    l.session.commit().await?;
    assert_eq!(db.rows(COPIES), ["1|1|new", "1|2|c2", "2|1|c1"]);
    Ok(())
}

#[case]
async fn a_deleted_row_that_moves_after_a_new_one_took_its_place_is_an_error() -> relata::Result<()>
{
    let db = engine(Metadata::of((Book, Copy, Cover, Tag, BookTag))).await;
    let mut l = library(&db, false).await?;
    let mut other = l.session.get(Copy, (1, 1)).await?.expect("a stored copy");
    l.session.delete(&l.copy);
    add_new(&mut l);
    other.book.set(&l.b);
    l.session.add(&mut other);
    assert_eq!(l.session.commit().await.unwrap_err().kind(), ErrorKind::Deleted);
    Ok(())
}
