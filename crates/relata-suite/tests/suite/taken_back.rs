//! New rows that are deleted or leave their list before they are written: what was queued under them goes, or is
//! let go, as it would if they had been written in between.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, Log, engine};

#[model(table)]
struct Shelf {
    #[field(primary_key)]
    id: Id<Shelf>,
    name: String,
    #[relationship(back_populates = shelf, order_by = id, cascade_delete)]
    bins: Many<Bin>,
}

#[model(table)]
struct Bin {
    #[field(primary_key)]
    id: Id<Bin>,
    name: String,
    #[field(foreign_key = Shelf.id)]
    shelf_id: Option<Id<Shelf>>,
    #[relationship(back_populates = bins)]
    shelf: One<Option<Shelf>>,
    #[relationship(back_populates = bin, order_by = id, cascade_delete)]
    parts: Many<Part>,
    #[relationship(order_by = id, foreign_key = bin_id)]
    notes: Many<Note>,
    #[relationship(foreign_key = bin_id)]
    labels: Many<Label>,
    #[relationship(foreign_key = bin_id, passive_deletes)]
    seals: Many<Seal>,
    #[relationship(foreign_key = bin_id, passive_deletes)]
    marks: Many<Mark>,
    #[relationship(link_model = BinTag)]
    tags: Many<Tag>,
}

/// It goes with its bin.
#[model(table)]
struct Part {
    #[field(primary_key)]
    id: Id<Part>,
    name: String,
    #[field(foreign_key = Bin.id)]
    bin_id: Option<Id<Bin>>,
    #[relationship(back_populates = parts)]
    bin: One<Option<Bin>>,
}

/// It stays without its bin.
#[model(table)]
struct Note {
    #[field(primary_key)]
    id: Id<Note>,
    text: String,
    #[field(foreign_key = Bin.id)]
    bin_id: Option<Id<Bin>>,
}

/// Its key names the bin.
#[model(table)]
struct Label {
    #[field(primary_key, foreign_key = Bin.id)]
    bin_id: Id<Bin>,
    #[field(primary_key)]
    number: i32,
}

/// The database lets it go with its bin.
#[model(table)]
struct Seal {
    #[field(primary_key)]
    id: Id<Seal>,
    #[field(foreign_key = Bin.id, ondelete = cascade)]
    bin_id: Id<Bin>,
}

/// The database lets it stay without its bin.
#[model(table)]
struct Mark {
    #[field(primary_key)]
    id: Id<Mark>,
    #[field(foreign_key = Bin.id, ondelete = set_null)]
    bin_id: Option<Id<Bin>>,
}

#[model(table)]
struct Tag {
    #[field(primary_key)]
    id: Id<Tag>,
    name: String,
}

#[model(table)]
struct BinTag {
    #[field(primary_key, foreign_key = Bin.id)]
    bin_id: Id<Bin>,
    #[field(primary_key, foreign_key = Tag.id)]
    tag_id: Id<Tag>,
}

async fn empty() -> Db {
    engine(Metadata::of((Shelf, Bin, Part, Note, Label, Seal, Mark, Tag, BinTag))).await
}

const BINS: &str = "SELECT name, shelf_id FROM bin ORDER BY name";
const PARTS: &str =
    "SELECT part.name, bin.name FROM part JOIN bin ON bin.id = part.bin_id ORDER BY part.name";

fn bin(name: &str, part: &str) -> Bin {
    Bin::new(name).with_parts([Part::new(part)])
}

/// A bin with one of everything.
fn full() -> Bin {
    let bin = bin("full", "part")
        .with_notes([Note::new("note")])
        .with_tags([Tag::new("tag")])
        .with_marks([Mark::new()]);
    let (label, seal) = (Label::new(&bin.id, 1), Seal::new(&bin.id));
    bin.with_labels([label]).with_seals([seal])
}

/// Each table that has rows, with how many.
fn counts(db: &Db) -> Vec<(&'static str, i64)> {
    let tables = ["shelf", "bin", "part", "note", "label", "seal", "mark", "tag", "bintag"];
    tables
        .into_iter()
        .map(|table| (table, db.count(table)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

#[case]
async fn children_go_with_a_new_row_that_leaves_its_list() -> relata::Result<()> {
    for new in [vec![], vec![bin("other", "of the other")]] {
        let db = empty().await;
        let mut session = Session::new(&db.engine);
        let mut shelf = session.add(Shelf::new("shelf").with_bins([bin("first", "of the first")]));
        let other = new.len();
        shelf.bins.set(new);
        session.add(&mut shelf);
        let log = Log::start();
        session.commit().await?;
        assert_eq!(log.sql().len(), 1 + 2 * other, "{:?}", log.sql());
        assert_eq!(db.rows(BINS), ["other|1"][..other]);
        assert_eq!(db.rows(PARTS), ["of the other|other"][..other]);
    }
    Ok(())
}

#[case]
async fn what_goes_and_what_stays_is_as_for_stored_rows() -> relata::Result<()> {
    // Notes, marks and tags stay.
    let left = [("note", 1), ("mark", 1), ("tag", 1)];
    for written in [false, true] {
        let db = empty().await;
        let mut session = Session::new(&db.engine);
        let mut bin = session.add(full());
        if written {
            session.flush().await?;
        }
        session.delete(&mut bin);
        session.commit().await?;
        assert_eq!(counts(&db), left, "{written}");
        assert_eq!(
            db.rows("SELECT bin_id FROM note UNION ALL SELECT bin_id FROM mark"),
            ["NULL", "NULL"]
        );
    }
    for written in [false, true] {
        let db = empty().await;
        let mut session = Session::new(&db.engine);
        let mut shelf = session.add(Shelf::new("shelf").with_bins([full()]));
        if written {
            session.flush().await?;
        }
        shelf.bins.clear();
        session.add(&mut shelf);
        session.commit().await?;
        assert_eq!(counts(&db), [&[("shelf", 1)], &left[..]].concat(), "{written}");
    }
    Ok(())
}

#[case]
async fn links_and_children_of_all_levels_go() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    let mut shelf =
        session.add(Shelf::new("shelf").with_bins([full(), bin("other", "other part")]));
    session.delete(&mut shelf);
    session.commit().await?;
    assert_eq!(counts(&db), [("note", 1), ("mark", 1), ("tag", 1)]);
    Ok(())
}

#[case]
async fn a_row_that_was_taken_back_can_be_added_again_with_its_children() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    let mut shelf = session.add(Shelf::new("shelf").with_bins([full()]));
    session.delete(&mut shelf);
    shelf.name = "again".to_owned();
    session.add(&mut shelf);
    session.commit().await?;
    let one_of_each = ["shelf", "bin", "part", "note", "label", "seal", "mark", "tag", "bintag"];
    assert_eq!(counts(&db), one_of_each.map(|table| (table, 1)));
    assert_eq!(db.rows("SELECT name FROM shelf"), ["again"]);
    assert_eq!(db.rows("SELECT bin_id FROM note UNION ALL SELECT bin_id FROM mark"), ["1", "1"]);
    Ok(())
}

#[case]
async fn new_rows_queued_under_a_stored_row_go_with_it() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    let stored = session.add(Bin::new("stored"));
    session.commit().await?;
    session.add(Part::new("part").with_bin(&stored));
    session.add(Note::new("note").with_bin_id(&stored));
    session.add(Label::new(&stored, 1));
    session.delete(&stored);
    session.commit().await?;
    assert_eq!(counts(&db), [("note", 1)]);
    assert_eq!(db.rows("SELECT bin_id FROM note"), ["NULL"]);
    Ok(())
}

#[case]
async fn new_rows_queued_under_stored_ones_that_go_with_others_go_too() -> relata::Result<()> {
    for way in 0..3 {
        let db = empty().await;
        let mut session = Session::new(&db.engine);
        session.add(Shelf::new("shelf").with_bins([Bin::new("stored")]));
        session.add(Part::new("other"));
        let tag = session.add(Tag::new("tag"));
        session.commit().await?;
        let stored = || select(Shelf).with(Shelf.bins);
        let mut shelf = session.exec(stored()).one().await?;
        let mut bin = session.get(Bin, 1).await?.expect("a stored bin");
        let mut other = session.get(Part, 1).await?.expect("a stored part");
        bin.parts.push(Part::new("part"));
        bin.notes.push(Note::new("note"));
        let label = Label::new(&bin, 1);
        bin.labels.push(label);
        bin.tags.push(&tag);
        session.add(&mut bin);
        session.add(Mark::new().with_bin_id(&bin));
        other.bin_id = Some(bin.id.clone());
        session.add(&mut other);
        match way {
            0 => session.delete(&shelf),
            1 => {
                shelf.bins.clear();
                session.add(&mut shelf);
            }
            _ => {
                shelf.bins.remove(&bin);
                session.add(&mut shelf);
            }
        }
        session.commit().await?;
        let shelves = [("shelf", 1)].into_iter().filter(|_| way > 0);
        let left = [("part", 1), ("note", 1), ("mark", 1), ("tag", 1)];
        assert_eq!(counts(&db), shelves.chain(left).collect::<Vec<_>>(), "way {way}");
        assert_eq!(db.rows("SELECT name, bin_id FROM part"), ["other|NULL"]);
        assert_eq!(
            db.rows("SELECT bin_id FROM note UNION ALL SELECT bin_id FROM mark"),
            ["NULL", "NULL"]
        );
    }
    Ok(())
}

#[case]
async fn children_of_a_new_row_stay_apart_from_those_of_the_next_with_its_key() -> relata::Result<()>
{
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    let part = |name| Part::new(name).with_id(7);
    let mut first = session.add(Bin::new("first").with_id(1).with_parts([part("a")]));
    session.delete(&mut first);
    // Its part was queued before the bin itself.
    session.add(part("b").with_bin(Bin::new("second").with_id(1)));
    session.commit().await?;
    assert_eq!(db.rows(PARTS), ["b|second"]);

    let first = session.get(Bin, 1).await?.expect("a stored bin");
    session.add(Part::new("c").with_bin(&first));
    session.delete(&first);
    let mut third = session.add(Bin::new("third").with_id(1).with_parts([part("d")]));
    session.delete(&mut third);
    session.add(Bin::new("fourth").with_id(1).with_parts([Part::new("e").with_id(8)]));
    session.commit().await?;
    assert_eq!(db.rows(BINS), ["fourth|NULL"]);
    assert_eq!(db.rows(PARTS), ["e|fourth"]);
    Ok(())
}

#[case]
async fn stored_rows_that_were_given_to_it_stay_where_they_are() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    session.add(bin("stored", "kept"));
    session.commit().await?;
    let kept = session.get(Part, 1).await?.expect("a stored part");
    let mut new = session.add(Bin::new("new").with_parts([&kept]));
    session.delete(&mut new);
    session.commit().await?;
    assert_eq!(db.rows(PARTS), ["kept|stored"]);
    Ok(())
}

#[case]
async fn a_row_that_moves_to_another_list_keeps_its_children() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    let mut from = session.add(Shelf::new("from"));
    let mut to = session.add(Shelf::new("to"));
    let mut moved = session.add(bin("moved", "part").with_shelf_id(&from));
    from.bins.push(&moved);
    session.add(&mut from);
    from.bins.remove(&moved);
    session.add(&mut from);
    moved.shelf_id = Some(to.id.clone());
    session.add(&mut moved);
    to.bins.push(&moved);
    session.add(&mut to);
    session.commit().await?;
    assert_eq!(db.rows(BINS), ["moved|2"]);
    assert_eq!(db.rows(PARTS), ["part|moved"]);
    Ok(())
}

#[case]
async fn naming_a_row_that_was_taken_back_is_an_error() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    let mut gone = session.add(Bin::new("gone"));
    let mut part = session.add(Part::new("part").with_bin(&gone));
    let copy = gone.clone();
    session.delete(&mut gone);
    session.add(Part::new("late").with_bin_id(&copy));
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deleted, "{error}");
    assert_eq!(
        error.to_string(),
        "`Part.bin_id` names a `Bin` that was deleted; leave it out, or do not delete it"
    );
    session.rollback().await?;

    let mut shelf = session.add(Shelf::new("shelf"));
    let gone = session.add(Bin::new("gone"));
    session.delete(&gone);
    shelf.bins.push(&gone);
    session.add(&mut shelf);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deleted, "{error}");
    assert_eq!(
        error.to_string(),
        "`Shelf.bins` is given a `Bin` that was deleted; leave it out, or do not delete it"
    );
    session.rollback().await?;

    part.name.push('!');
    part.bin_id = None;
    session.add(&mut part);
    session.commit().await?;
    assert_eq!(counts(&db), [("part", 1)]);
    Ok(())
}

/// A tree, whose nodes go with their parent.
#[model(table)]
struct Node {
    #[field(primary_key)]
    id: Id<Node>,
    name: String,
    #[field(foreign_key = Node.id)]
    parent_id: Option<Id<Node>>,
    #[relationship(back_populates = children, foreign_key = parent_id)]
    parent: One<Option<Node>>,
    #[relationship(back_populates = parent, foreign_key = parent_id, cascade_delete)]
    children: Many<Node>,
}

const NODES: &str = "SELECT node.name, p.name FROM node LEFT JOIN node p ON p.id = node.parent_id ORDER BY node.name";

async fn nodes() -> (Db, Session) {
    let db = engine(Metadata::of(Node)).await;
    let session = Session::new(&db.engine);
    (db, session)
}

#[case]
async fn a_new_row_that_was_not_in_a_list_is_not_taken_back_by_its_removal() -> relata::Result<()> {
    let (db, mut session) = nodes().await;
    let mut stored = session.add(Node::new("stored"));
    session.commit().await?;
    let new = session.add(Node::new("new").with_children([Node::new("below")]));
    stored.children.remove(&new);
    session.add(&mut stored);
    let mut own = session.add(Node::new("own"));
    let copy = own.clone();
    own.children.remove(&copy);
    session.add(&mut own);
    session.commit().await?;
    assert_eq!(db.rows(NODES), ["below|new", "new|NULL", "own|NULL", "stored|NULL"]);
    Ok(())
}

#[case]
async fn what_names_a_row_that_left_its_list_is_an_error() -> relata::Result<()> {
    let (db, mut session) = nodes().await;
    let mut stored = session.add(Node::new("stored"));
    session.commit().await?;
    for case in 0..4 {
        let mut gone = session.add(Node::new("gone"));
        let mut owner = session.add(Node::new("owner").with_children([&gone]));
        owner.children.clear();
        session.add(&mut owner);
        let expected = match case {
            0 => {
                session.add(Node::new("late").with_parent(&gone));
                "`Node.parent_id` names a `Node` that was deleted; leave it out, or do not delete it"
            }
            1 => {
                stored.parent.set(&gone);
                session.add(&mut stored);
                "`Node.parent_id` names a `Node` that was deleted; leave it out, or do not delete it"
            }
            2 => {
                session.add(Node::new("other").with_children([&gone])).name.clear();
                // It is in another list now.
                session.commit().await?;
                assert_eq!(db.count("node"), 4);
                session.add(Node::new("late").with_parent(&gone));
                session.rollback().await?;
                continue;
            }
            _ => {
                session.add(&mut gone);
                "this `Node` was deleted; to insert it again, add a plain value with a new id"
            }
        };
        let error = session.commit().await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Deleted, expected));
        session.rollback().await?;
        stored = session.get(Node, &stored.id).await?.expect("a stored node");
    }
    Ok(())
}

#[case]
async fn a_new_child_that_another_list_was_given_stays_for_that() -> relata::Result<()> {
    for stored in [false, true] {
        let (db, mut session) = nodes().await;
        let old = session.add(Node::new("old"));
        let mut new = session.add(Node::new("new"));
        if stored {
            session.commit().await?;
        }
        let kid = session.add(Node::new("kid").with_parent(&old));
        new.children.push(&kid);
        session.add(&mut new);
        session.delete(&old);
        session.commit().await?;
        assert_eq!(db.rows(NODES), ["kid|new", "new|NULL"], "{stored}");
    }
    Ok(())
}

#[case]
async fn stored_rows_that_name_a_deleted_one_stay_where_they_are() -> relata::Result<()> {
    for new in [false, true] {
        let (db, mut session) = nodes().await;
        let home = session.add(Node::new("home"));
        let mut kept = session.add(Node::new("kept").with_parent(&home));
        let mut gone = session.add(Node::new("gone"));
        session.commit().await?;
        if new {
            session.delete(&gone);
            session.commit().await?;
            gone = session.add(Node::new("gone"));
        }
        kept.name.push('!');
        kept.parent.set(&gone);
        session.add(&mut kept);
        session.delete(&gone);
        session.commit().await?;
        assert_eq!(db.rows(NODES), ["home|NULL", "kept!|home"], "{new}");
    }
    Ok(())
}

#[case]
async fn a_row_with_the_key_of_one_that_left_is_another() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    let bin = |name, key| Bin::new(name).with_id(key);
    // It left its list, and another comes outside of any.
    let mut shelf = session.add(Shelf::new("one").with_bins([bin("a", 1)]));
    shelf.bins.clear();
    session.add(&mut shelf);
    session.add(bin("b", 1));
    // What names its key behind that is the next one's.
    let mut gone = session.add(bin("c", 2));
    session.delete(&mut gone);
    session.add(Part::new("part").with_bin_id(Id::from(2)));
    session.add(bin("d", 2));
    // The lists that had it do not get the next one.
    let mut gone = session.add(bin("e", 3));
    session.add(Shelf::new("two").with_bins([&gone]));
    session.delete(&mut gone);
    session.add(bin("f", 3));
    session.commit().await?;
    assert_eq!(db.rows(BINS), ["b|NULL", "d|NULL", "f|NULL"]);
    assert_eq!(db.rows(PARTS), ["part|d"]);
    Ok(())
}

#[case]
async fn a_list_set_unseen_loses_what_is_queued_for_it() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    session.add(Bin::new("one"));
    let mut note = session.add(Note::new("stored"));
    session.commit().await?;
    let mut bin = session.get(Bin, 1).await?.expect("a stored bin");
    session.add(Part::new("queued").with_bin(&bin));
    session.add(Label::new(&bin, 1));
    session.add(Note::new("queued").with_bin_id(&bin));
    note.bin_id = Some(bin.id.clone());
    session.add(&mut note);
    bin.parts.set([Part::new("only")]);
    bin.labels.clear();
    bin.notes.clear();
    session.add(&mut bin);
    // What comes behind it stays.
    session.add(Part::new("later").with_bin(&bin));
    session.add(Label::new(&bin, 2));
    session.commit().await?;
    assert_eq!(db.rows(PARTS), ["later|one", "only|one"]);
    assert_eq!(db.rows("SELECT number FROM label"), ["2"]);
    assert_eq!(
        db.rows("SELECT text, bin_id FROM note ORDER BY text"),
        ["queued|NULL", "stored|NULL"]
    );
    Ok(())
}

#[case]
async fn a_link_that_is_queued_and_removed_unseen_is_an_error() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    session.add(Bin::new("bin"));
    session.add(Tag::new("tag"));
    session.commit().await?;
    let mut bin = session.get(Bin, 1).await?.expect("a stored bin");
    session.add(BinTag::new(&bin, Id::from(1)));
    bin.tags.clear();
    session.add(&mut bin);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(
        error.to_string(),
        "a row of `BinTag` is added and removed in one flush, by its list and its own row; do one of the two, or flush between them"
    );
    session.rollback().await?;
    assert_eq!(db.count("bintag"), 0);
    Ok(())
}

#[case]
async fn a_row_that_is_asked_back_from_another_list_is_an_error() -> relata::Result<()> {
    for (loaded, by_key, set) in
        [(true, false, false), (true, true, false), (false, false, true), (false, true, true)]
    {
        let (db, mut session) = nodes().await;
        session.add(Node::new("home").with_children([Node::new("kid")]));
        let mut other = session.add(Node::new("other"));
        session.commit().await?;
        let mut home = session.exec(select(Node).filter(Node.name.eq("home"))).one().await?;
        let mut kid = session.exec(select(Node).filter(Node.name.eq("kid"))).one().await?;
        if loaded {
            session.load(&mut home, Node.children).await?;
        }
        if by_key {
            kid.parent_id = Some(other.id.clone());
            session.add(&mut kid);
        } else {
            other.children.push(&kid);
            session.add(&mut other);
        }
        match set {
            true => home.children.set([&kid]),
            false => home.children.push(&kid),
        }
        session.add(&mut home);
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{loaded} {by_key} {set}: {error}");
        session.rollback().await?;
        assert_eq!(db.rows(NODES), ["home|NULL", "kid|home", "other|NULL"]);
    }
    Ok(())
}

#[case]
async fn a_row_that_is_given_to_an_owner_after_it_was_removed_stays() -> relata::Result<()> {
    for (stored, by_list) in [(true, false), (false, false), (true, true)] {
        let (db, mut session) = nodes().await;
        let owner = session.add(Node::new("owner"));
        let mut row = Node::new("row");
        if by_list {
            row = row.with_parent(Node::new("other"));
        }
        let mut row = session.add(row);
        session.commit().await?;
        if !stored {
            row = session.add(Node::new("new"));
        }
        let mut unseen = session.get(Node, &owner.id).await?.expect("a stored node");
        unseen.children.remove(&row);
        session.add(&mut unseen);
        row.parent.set(&owner);
        session.add(&mut row);
        session.commit().await?;
        let of_owner = db.rows("SELECT name FROM node WHERE parent_id = 1");
        assert_eq!(of_owner, [if stored { "row" } else { "new" }], "{stored} {by_list}");
    }
    Ok(())
}

#[case]
async fn a_link_set_from_one_side_and_cleared_from_the_other_is_an_error() -> relata::Result<()> {
    let db = engine(Metadata::of((Page, Word, PageWord))).await;
    let mut session = Session::new(&db.engine);
    session.add(Page::new());
    session.add(Word::new());
    session.commit().await?;
    let mut page = session.get(Page, 1).await?.expect("a stored page");
    let mut word = session.get(Word, 1).await?.expect("a stored word");
    page.words.set([&word]);
    session.add(&mut page);
    word.pages.clear();
    session.add(&mut word);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    session.rollback().await?;
    assert_eq!(db.count("pageword"), 0);
    Ok(())
}

const LINKS: &str = "SELECT page_id, word_id, note FROM pageword ORDER BY 1, 2";

/// Page 1 with a link to word 1, and word 2.
async fn linked() -> relata::Result<(Db, Session)> {
    let db = engine(Metadata::of((Page, Word, PageWord))).await;
    let mut session = Session::new(&db.engine);
    session.add(Page::new().with_words([Word::new()]));
    session.flush().await?;
    session.add(Word::new());
    session.commit().await?;
    Ok((db, session))
}

#[case]
async fn links_leave_with_the_list_of_their_rows_that_is_set_after_them() -> relata::Result<()> {
    for step in 0..6 {
        let (db, mut session) = linked().await?;
        let mut page = session.get(Page, 1).await?.expect("a stored page");
        let first = session.get(Word, 1).await?.expect("a stored word");
        let mut second = session.get(Word, 2).await?.expect("a stored word");
        match step {
            0..=3 => page.words.push(&second),
            4 => page.words.set([&first, &second]),
            _ => second.pages.push(&page),
        }
        session.add(&mut page);
        session.add(&mut second);
        let kept = PageWord::new(&page, &first).with_note(Some("kept".into()));
        let new = PageWord::new(&page, &second).with_note(Some("new".into()));
        let left: &[&str] = match step {
            0 => {
                page.links.clear();
                &[]
            }
            1 => {
                second.links.clear();
                &["1|1|NULL"]
            }
            2 | 4 | 5 => {
                page.links.set([kept]);
                &["1|1|kept"]
            }
            _ => {
                page.links.set([new]);
                &["1|2|new"]
            }
        };
        session.add(&mut page);
        session.add(&mut second);
        session.commit().await?;
        assert_eq!(db.rows(LINKS), left, "step {step}");
    }
    Ok(())
}

#[case]
async fn links_of_a_new_row_leave_with_the_list_of_their_rows() -> relata::Result<()> {
    let (db, mut session) = linked().await?;
    let word = session.get(Word, 2).await?.expect("a stored word");
    let mut page = session.add(Page::new().with_words([&word]));
    page.links.clear();
    session.add(&mut page);
    session.commit().await?;
    assert_eq!(db.rows(LINKS), ["1|1|NULL"]);
    Ok(())
}

#[model(table)]
struct Page {
    #[field(primary_key)]
    id: Id<Page>,
    #[relationship(back_populates = pages, link_model = PageWord)]
    words: Many<Word>,
    #[relationship(back_populates = page)]
    links: Many<PageWord>,
}

#[model(table)]
struct Word {
    #[field(primary_key)]
    id: Id<Word>,
    #[relationship(back_populates = words, link_model = PageWord)]
    pages: Many<Page>,
    #[relationship(back_populates = word)]
    links: Many<PageWord>,
}

#[model(table)]
struct PageWord {
    #[field(primary_key, foreign_key = Page.id)]
    page_id: Id<Page>,
    #[field(primary_key, foreign_key = Word.id)]
    word_id: Id<Word>,
    #[relationship(back_populates = links)]
    page: One<Page>,
    #[relationship(back_populates = links)]
    word: One<Word>,
    note: Option<String>,
}

#[case]
async fn what_was_queued_under_a_row_goes_where_a_new_one_takes_its_place() -> relata::Result<()> {
    for (loads, sets_key) in [(false, false), (false, true), (true, false), (true, true)] {
        let db = empty().await;
        let mut session = Session::new(&db.engine);
        session.add(Shelf::new("A").with_bins([bin("old", "p")]));
        session.commit().await?;
        let mut old = session.get(Bin, 1).await?.expect("a stored bin");
        let shelves = select(Shelf).filter(Shelf.id.eq(1));
        let mut shelf = match loads {
            true => session.exec(shelves.with(Shelf.bins)).one().await?,
            false => session.exec(shelves).one().await?,
        };
        match sets_key {
            true => {
                let mut part = Part::new("q");
                part.bin_id = Some(old.id.clone());
                session.add(part);
            }
            false => {
                old.parts.push(Part::new("q"));
                old.tags.push(Tag::new("t"));
                session.add(&mut old);
            }
        }
        shelf.bins.set([bin("new", "r").with_id(1)]);
        session.add(&mut shelf);
        let mut new = session.add(Part::new("s"));
        new.bin_id = shelf.bins.get()?.first().map(|bin| bin.id.clone());
        session.add(&mut new);
        session.commit().await?;
        let way = format!("loaded {loads}, by key {sets_key}");
        assert_eq!(db.rows(PARTS), ["r|new", "s|new"], "{way}");
        assert_eq!(db.rows("SELECT count(*) FROM part"), ["2"], "{way}");
        assert_eq!(db.rows("SELECT count(*) FROM bintag"), ["0"], "{way}");
    }
    Ok(())
}

#[case]
async fn a_deleted_row_that_is_put_once_more_where_it_was_is_an_error() -> relata::Result<()> {
    let db = empty().await;
    let mut session = Session::new(&db.engine);
    session.add(bin("bin", "part").with_tags([Tag::new("tag")]));
    session.commit().await?;
    let mut bin = session.exec(select(Bin).with(Bin.tags)).one().await?;
    let tag = session.get(Tag, 1).await?.expect("a stored tag");
    session.delete(&tag);
    bin.tags.push(&tag);
    session.add(&mut bin);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deleted);
    assert_eq!(
        error.to_string(),
        "`Bin.tags` is given a `Tag` that was deleted; leave it out, or do not delete it"
    );
    assert_eq!(db.rows("SELECT count(*) FROM tag"), ["1"]);
    Ok(())
}
