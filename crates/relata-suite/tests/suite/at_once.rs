//! Several changes of one row in one flush leave what they would with a flush between them.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, Need, engine, has, sequences};

#[model(table)]
struct Label {
    #[field(primary_key)]
    name: String,
    weight: i32,
}

#[case]
async fn a_key_is_changed_there_and_back() -> relata::Result<()> {
    for (keys, is_new) in [
        (&["b", "a", "b"][..], false),
        (&["b", "a", "c"], false),
        (&["b", "a"], false),
        (&["b", "c", "a", "c"], false),
        (&["b", "a", "b"], true),
    ] {
        let db = engine(Metadata::of(Label)).await;
        let mut session = Session::new(&db.engine);
        let mut label = session.add(Label::new("a", 1));
        if !is_new {
            session.commit().await?;
        }
        for key in keys {
            label.name = (*key).to_owned();
            label.weight = 7;
            session.add(&mut label);
        }
        session.commit().await?;
        let last = keys.last().expect("a key");
        assert_eq!(db.rows("SELECT name, weight FROM label"), [format!("{last}|7")], "{keys:?}");
        label.weight = 8;
        session.add(&mut label);
        session.commit().await?;
        assert_eq!(db.rows("SELECT name, weight FROM label"), [format!("{last}|8")], "{keys:?}");
    }
    Ok(())
}

#[model(table)]
struct Order {
    #[field(primary_key)]
    id: Id<Order>,
    #[relationship(back_populates = order, cascade_delete, order_by = id)]
    lines: Many<Line>,
}

#[model(table)]
struct Line {
    #[field(primary_key)]
    id: Id<Line>,
    name: String,
    #[field(foreign_key = Order.id)]
    order_id: Id<Order>,
    #[relationship(back_populates = lines)]
    order: One<Order>,
}

async fn orders() -> relata::Result<(Db, Session)> {
    let db = engine(Metadata::of((Order, Line))).await;
    let mut session = Session::new(&db.engine);
    for name in ["first", "second"] {
        let order = session.add(Order::new());
        session.add(Line::new(name, &order));
    }
    session.commit().await?;
    Ok((db, session))
}

#[case]
async fn a_row_that_moved_stays_where_another_leaves_the_list_it_moved_to() -> relata::Result<()> {
    for is_loaded in [false, true] {
        let (db, mut session) = orders().await?;
        let mut orders = match is_loaded {
            true => session.exec(select(Order).with(Order.lines).order_by(Order.id)).all().await?,
            false => session.exec(select(Order).order_by(Order.id)).all().await?,
        };
        let mut first = session.get(Line, 1).await?.expect("a stored line");
        let second = session.get(Line, 2).await?.expect("a stored line");
        first.order.set(&orders[1]);
        session.add(&mut first);
        orders[0].lines.clear();
        session.add(&mut orders[0]);
        orders[1].lines.remove(&second);
        session.add(&mut orders[1]);
        session.commit().await?;
        assert_eq!(db.rows("SELECT id, order_id FROM line"), ["1|2"], "loaded {is_loaded}");
    }
    Ok(())
}

#[case]
async fn a_change_of_a_deleted_row_that_comes_along_in_a_list_is_an_error() -> relata::Result<()> {
    let (db, mut session) = orders().await?;
    let mut order =
        session.exec(select(Order).with(Order.lines).filter(Order.id.eq(1))).one().await?;
    let line = session.get(Line, 1).await?.expect("a stored line");
    session.delete(&line);
    for line in order.lines.iter_mut()? {
        line.name = "changed".to_owned();
    }
    session.add(&mut order);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deleted);
    session.rollback().await?;
    assert_eq!(db.rows("SELECT name FROM line ORDER BY id"), ["first", "second"]);
    Ok(())
}

#[model(table)]
struct Post {
    #[field(primary_key)]
    id: Id<Post>,
    #[relationship(link_model = Tagged)]
    tags: Many<Tag>,
}

#[model(table)]
struct Tag {
    #[field(primary_key)]
    id: Id<Tag>,
}

#[model(table)]
struct Tagged {
    #[field(primary_key, foreign_key = Post.id)]
    post_id: Id<Post>,
    #[field(primary_key, foreign_key = Tag.id)]
    tag_id: Id<Tag>,
    #[field(default = 0)]
    weight: i32,
}

const LINKS: &str = "SELECT tag_id, weight FROM tagged ORDER BY tag_id";

/// Post 1 with tag 1, of weight 5; tag 2.
async fn posts() -> relata::Result<(Db, Session)> {
    let db = engine(Metadata::of((Post, Tag, Tagged))).await;
    let mut session = Session::new(&db.engine);
    let (post, tag) = (session.add(Post::new()), session.add(Tag::new()));
    session.add(Tag::new());
    session.add(Tagged::new(&post, &tag).with_weight(5));
    session.commit().await?;
    Ok((db, session))
}

#[case]
async fn a_link_that_moves_keeps_its_data_where_its_list_names_the_new_place() -> relata::Result<()>
{
    for (is_loaded, both) in [(false, false), (true, false), (false, true)] {
        let (db, mut session) = posts().await?;
        let posts = select(Post);
        let mut post = match is_loaded {
            true => session.exec(posts.with(Post.tags)).one().await?,
            false => session.exec(posts).one().await?,
        };
        let mut link = session.get(Tagged, (1, 1)).await?.expect("a stored link");
        let tags = session.exec(select(Tag).order_by(Tag.id)).all().await?;
        link.tag_id = tags[1].id.clone();
        session.add(&mut link);
        match both {
            true => {
                post.tags.push(&tags[0]);
                post.tags.push(&tags[1]);
            }
            false => post.tags.set([&tags[1]]),
        }
        session.add(&mut post);
        session.commit().await?;
        let left: &[&str] = if both { &["1|0", "2|5"] } else { &["2|5"] };
        assert_eq!(db.rows(LINKS), left, "loaded {is_loaded}, both {both}");
    }
    Ok(())
}

#[case]
async fn a_link_that_is_deleted_and_wanted_again_is_an_error() -> relata::Result<()> {
    let (db, mut session) = posts().await?;
    let mut post = session.exec(select(Post).with(Post.tags)).one().await?;
    let tag = session.get(Tag, 1).await?.expect("a stored tag");
    let link = session.get(Tagged, (1, 1)).await?.expect("a stored link");
    session.delete(&link);
    post.tags.push(&tag);
    session.add(&mut post);
    assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Conflict);
    session.rollback().await?;
    assert_eq!(db.rows(LINKS), ["1|5"]);
    // The other way round the delete counts.
    let mut post = session.exec(select(Post).with(Post.tags)).one().await?;
    post.tags.push(&tag);
    session.add(&mut post);
    session.delete(&link);
    session.commit().await?;
    assert!(db.rows(LINKS).is_empty());
    Ok(())
}

#[model(table)]
struct Folder {
    #[field(primary_key)]
    id: Id<Folder>,
    #[field(foreign_key = Folder.id)]
    parent_id: Option<Id<Folder>>,
    #[relationship(back_populates = children, foreign_key = parent_id)]
    parent: One<Option<Folder>>,
    #[relationship(back_populates = parent, foreign_key = parent_id, cascade_delete)]
    children: Many<Folder>,
}

/// 1 > 2 > 3, and 1 > 4.
async fn folders() -> relata::Result<(Db, Session, Vec<Tracked<Folder>>)> {
    let db = engine(Metadata::of(Folder)).await;
    let mut session = Session::new(&db.engine);
    let mut all: Vec<Tracked<Folder>> = Vec::new();
    for parent in [None, Some(0), Some(1), Some(0)] {
        let mut folder = Folder::new();
        folder.parent_id = parent.map(|at: usize| all[at].id.clone());
        all.push(session.add(folder));
        session.flush().await?;
    }
    session.commit().await?;
    Ok((db, session, all))
}

#[case]
async fn a_row_that_let_go_of_its_parent_is_deleted_with_it() -> relata::Result<()> {
    for parent in [None, Some(3)] {
        let (db, mut session, mut all) = folders().await?;
        all[2].parent_id = parent.map(|at: usize| all[at].id.clone());
        session.add(&mut all[2]);
        session.delete(&all[1]);
        session.delete(&all[2]);
        session.commit().await?;
        assert_eq!(db.rows("SELECT id FROM folder ORDER BY id"), ["1", "4"]);
    }
    Ok(())
}

#[case]
async fn a_row_that_moves_inside_of_a_deleted_tree_goes_with_it() -> relata::Result<()> {
    let (db, mut session, mut all) = folders().await?;
    all[3].parent_id = Some(all[2].id.clone());
    session.add(&mut all[3]);
    session.delete(&all[0]);
    session.commit().await?;
    assert!(db.rows("SELECT id FROM folder").is_empty());
    Ok(())
}

#[model(table)]
struct Person {
    #[field(primary_key)]
    id: Id<Person>,
    #[field(unique)]
    name: String,
    #[relationship(back_populates = person, cascade_delete)]
    card: One<Option<Card>>,
}

#[model(table)]
struct Card {
    #[field(primary_key)]
    id: Id<Card>,
    #[field(foreign_key = Person.id, unique)]
    person_id: Option<Id<Person>>,
    #[relationship(back_populates = card)]
    person: One<Option<Person>>,
}

#[case]
async fn a_stored_row_may_have_the_unique_value_of_a_deleted_one() -> relata::Result<()> {
    let db = engine(Metadata::of((Person, Card))).await;
    let mut session = Session::new(&db.engine);
    let mut first = session.add(Person::new("a").with_card(Card::new()));
    let mut second = session.add(Person::new("b"));
    let card = session.add(Card::new());
    session.commit().await?;
    session.load(&mut first, Person.card).await?;
    first.card.set(&card);
    session.add(&mut first);
    session.commit().await?;
    assert_eq!(db.rows("SELECT id, person_id FROM card"), ["2|1"]);

    session.delete(&first);
    second.name = "a".to_owned();
    session.add(&mut second);
    session.commit().await?;
    assert_eq!(db.rows("SELECT id, name FROM person"), ["2|a"]);
    Ok(())
}

#[model(table)]
struct Shelf {
    #[field(primary_key)]
    id: Id<Shelf>,
    #[relationship(back_populates = shelf)]
    books: Many<Book>,
    #[relationship(back_populates = shelf, cascade_delete)]
    bins: Many<Bin>,
}

/// It stays without its shelf.
#[model(table)]
struct Book {
    #[field(primary_key)]
    id: Id<Book>,
    #[field(foreign_key = Shelf.id)]
    shelf_id: Option<Id<Shelf>>,
    #[relationship(back_populates = books)]
    shelf: One<Option<Shelf>>,
}

/// It goes where it is on no shelf.
#[model(table)]
struct Bin {
    #[field(primary_key)]
    id: Id<Bin>,
    #[field(foreign_key = Shelf.id)]
    shelf_id: Option<Id<Shelf>>,
    #[relationship(back_populates = bins)]
    shelf: One<Option<Shelf>>,
}

/// What is done with the row of the first shelf, and added.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Put into the list of one of the shelves.
    Push(usize),
    Remove(usize),
    /// The list is cleared, by another value of the shelf that was read without it.
    Clear(usize),
    /// Its key names another shelf.
    Key(usize),
}
use Step::{Clear, Key, Push, Remove};

const STEPS: [Step; 7] = [Push(0), Push(1), Remove(0), Remove(1), Clear(0), Clear(1), Key(1)];

/// How a row of the first shelf is used, and whether the shelves were read with their lists.
#[derive(Clone, Copy, Debug)]
struct Way {
    owned: bool,
    loaded: bool,
    /// Whether there is a flush after each step.
    flushes: bool,
}

/// On which shelf a row is in the end, as its number; nothing where it is not there any more.
async fn left(db: &Db, way: Way, steps: &[Step]) -> relata::Result<Vec<String>> {
    let mut session = Session::new(&db.engine);
    let first = Shelf::new().with_books([Book::new()]).with_bins([Bin::new()]);
    let mut shelves = [first, Shelf::new()].map(|shelf| session.add(shelf));
    session.commit().await?;
    let mut book = session.get(Book, &shelves[0].books.get()?[0].id).await?.expect("a book");
    let mut bin = session.get(Bin, &shelves[0].bins.get()?[0].id).await?.expect("a bin");
    for shelf in &mut shelves {
        *shelf = session.get(Shelf, &shelf.id).await?.expect("a shelf");
    }
    let mut others = shelves.clone();
    if way.loaded {
        session.load(&mut shelves, Shelf.books).await?;
        session.load(&mut shelves, Shelf.bins).await?;
    }
    for step in steps {
        match *step {
            Push(at) if way.owned => shelves[at].bins.push(&bin),
            Push(at) => shelves[at].books.push(&book),
            Remove(at) if way.owned => shelves[at].bins.remove(&bin),
            Remove(at) => shelves[at].books.remove(&book),
            Clear(at) if way.owned => others[at].bins.clear(),
            Clear(at) => others[at].books.clear(),
            Key(at) if way.owned => bin.shelf_id = Some(shelves[at].id.clone()),
            Key(at) => book.shelf_id = Some(shelves[at].id.clone()),
        }
        match *step {
            Push(at) | Remove(at) => session.add(&mut shelves[at]),
            Clear(at) => session.add(&mut others[at]),
            Key(_) if way.owned => session.add(&mut bin),
            Key(_) => session.add(&mut book),
        }
        if way.flushes {
            session.flush().await?;
        }
    }
    session.commit().await?;
    let (table, id) = if way.owned { ("bin", bin.id.get()) } else { ("book", book.id.get()) };
    let first = shelves[0].id.get().expect("a stored shelf");
    let id = id.expect("a stored row");
    Ok(db.rows(&format!("SELECT shelf_id - {first} FROM {table} WHERE id = {id}")))
}

/// Whether the steps give the row to more than one shelf, which is a `Conflict` in one flush.
fn contradict(steps: &[Step]) -> bool {
    let given = |step: &Step| match step {
        Push(at) | Key(at) => Some(*at),
        Remove(_) | Clear(_) => None,
    };
    let mut given = steps.iter().filter_map(given);
    given.next().is_some_and(|first| given.any(|other| other != first))
}

#[case]
async fn a_row_that_lists_are_given_and_lose_is_where_it_is_with_a_flush_between()
-> relata::Result<()> {
    let db = engine(Metadata::of((Shelf, Book, Bin))).await;
    let longest = if has(Need::Server) { 2 } else { 3 };
    for steps in (1..=longest).flat_map(|length| sequences(&STEPS, length)) {
        for (owned, loaded) in [(false, false), (false, true), (true, false), (true, true)] {
            let way = Way { owned, loaded, flushes: true };
            let expected = match left(&db, way, &steps).await {
                // What was deleted in between cannot be given to another.
                Err(error) if owned => {
                    assert_eq!(error.kind(), ErrorKind::Stale);
                    continue;
                }
                expected => expected?,
            };
            match left(&db, Way { flushes: false, ..way }, &steps).await {
                Err(error) if contradict(&steps) => assert_eq!(error.kind(), ErrorKind::Conflict),
                found => assert_eq!(found?, expected, "{way:?}: {steps:?}"),
            }
        }
    }
    Ok(())
}

#[case]
async fn a_change_of_a_row_that_went_with_another_is_an_error() -> relata::Result<()> {
    for way in 0..3 {
        let (db, mut session) = orders().await?;
        let mut order = session.get(Order, 1).await?.expect("a stored order");
        let mut line = session.get(Line, 1).await?.expect("a stored line");
        match way {
            0 => order.lines.remove(&line),
            1 => order.lines.clear(),
            _ => session.delete(&order),
        }
        if way < 2 {
            session.add(&mut order);
        }
        line.name.push('!');
        session.add(&mut line);
        assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Deleted, "way {way}");
        session.rollback().await?;
        assert_eq!(db.count("line"), 2);

        // Before that it goes, changed or not.
        let mut order = session.get(Order, 1).await?.expect("a stored order");
        let mut line = session.get(Line, 1).await?.expect("a stored line");
        line.name.push('!');
        session.add(&mut line);
        order.lines.remove(&line);
        session.add(&mut order);
        session.commit().await?;
        assert!(session.get(Line, 1).await?.is_none());
    }
    Ok(())
}
