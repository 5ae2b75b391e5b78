//! Calls of one flush that contradict each other: the later one counts, as with a flush between them, or is an error.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, engine};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[relationship(back_populates = team, order_by = id)]
    heroes: Many<Hero>,
    #[relationship(back_populates = team, passive_deletes)]
    badges: Many<Badge>,
}

/// The database lets it go with its team.
#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(foreign_key = Team.id, ondelete = cascade)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
    #[field(foreign_key = Badge.id)]
    badge_id: Option<Id<Badge>>,
}

/// The database lets it stay without its team.
#[model(table)]
struct Badge {
    #[field(primary_key)]
    id: Id<Badge>,
    #[field(foreign_key = Team.id, ondelete = set_null)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = badges)]
    team: One<Option<Team>>,
}

const HEROES: &str = "SELECT id, team_id FROM hero ORDER BY id";

/// Heroes 1 and 2 in team 1, with badge 1; team 2.
async fn teams() -> relata::Result<(Db, Session)> {
    let db = engine(Metadata::of((Team, Hero, Badge))).await;
    let mut session = Session::new(&db.engine);
    let badges = [Badge::new()];
    session.add(Team::new().with_heroes([Hero::new(), Hero::new()]).with_badges(badges));
    session.add(Team::new());
    session.commit().await?;
    Ok((db, session))
}

async fn team(session: &mut Session, id: i64) -> relata::Result<Tracked<Team>> {
    Ok(session.get(Team, id).await?.expect("a stored team"))
}

async fn loaded(session: &mut Session, id: i64) -> relata::Result<Tracked<Team>> {
    session.exec(select(Team).filter(Team.id.eq(id)).with(Team.heroes)).one().await
}

#[case]
async fn rows_that_were_taken_out_do_not_go_with_their_owner() -> relata::Result<()> {
    for way in 0..3 {
        let (db, mut session) = teams().await?;
        let hero = session.get(Hero, 1).await?.expect("a stored hero");
        let mut team = match way {
            0 => team(&mut session, 1).await?,
            _ => loaded(&mut session, 1).await?,
        };
        match way {
            2 => team.heroes.clear(),
            _ => team.heroes.remove(&hero),
        }
        session.add(&mut team);
        session.delete(&team);
        session.commit().await?;
        let left: &[&str] = if way == 2 { &["1|NULL", "2|NULL"] } else { &["1|NULL"] };
        assert_eq!(db.rows(HEROES), left, "way {way}");
    }
    Ok(())
}

#[case]
async fn what_a_row_had_goes_where_a_new_one_is_written_over_it() -> relata::Result<()> {
    let (db, mut session) = teams().await?;
    let team = team(&mut session, 1).await?;
    session.delete(&team);
    session.add(Team::new().with_id(1).with_heroes([Hero::new()]));
    session.commit().await?;
    assert_eq!(db.rows(HEROES), ["3|1"]);
    assert_eq!(db.rows("SELECT team_id FROM badge"), ["NULL"]);
    Ok(())
}

#[case]
async fn a_row_that_another_value_took_out_is_asked_back() -> relata::Result<()> {
    let (db, mut session) = teams().await?;
    let hero = session.get(Hero, 1).await?.expect("a stored hero");
    let mut first = team(&mut session, 1).await?;
    let mut second = loaded(&mut session, 1).await?;
    first.heroes.remove(&hero);
    session.add(&mut first);
    second.heroes.push(&hero);
    session.add(&mut second);
    session.commit().await?;
    assert_eq!(db.rows(HEROES), ["1|1", "2|1"]);
    Ok(())
}

#[case]
async fn a_key_that_is_cleared_after_the_list_had_the_row_is_an_error() -> relata::Result<()> {
    let (db, mut session) = teams().await?;
    let mut hero = session.get(Hero, 1).await?.expect("a stored hero");
    let mut other = team(&mut session, 2).await?;
    other.heroes.push(&hero);
    session.add(&mut other);
    hero.team.clear();
    session.add(&mut hero);
    let error = session.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(
        error.to_string(),
        "a row of `Hero` is in the list `Team.heroes`, but its key `Hero.team_id` or another list says something else; change one of them"
    );
    session.rollback().await?;
    assert_eq!(db.rows(HEROES), ["1|1", "2|1"]);

    // the other way round the list has it, whatever is said of another key
    let mut hero = session.get(Hero, 1).await?.expect("a stored hero");
    let mut other = team(&mut session, 2).await?;
    hero.team.clear();
    session.add(&mut hero);
    other.heroes.push(&hero);
    session.add(&mut other);
    hero.badge_id = Some(Id::from(1));
    session.add(&mut hero);
    session.commit().await?;
    assert_eq!(db.rows(HEROES), ["1|2", "2|1"]);
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
}

#[model(table)]
struct PageWord {
    #[field(primary_key, foreign_key = Page.id)]
    page_id: Id<Page>,
    #[field(primary_key, foreign_key = Word.id)]
    word_id: Id<Word>,
    #[relationship(back_populates = links)]
    page: One<Page>,
    #[field(default = 0)]
    times: i32,
}

const LINKS: &str = "SELECT page_id, word_id, times FROM pageword ORDER BY 1, 2";

#[case]
async fn a_link_that_was_removed_and_is_wanted_again_is_kept_or_refused() -> relata::Result<()> {
    for way in 0..7 {
        let db = engine(Metadata::of((Page, Word, PageWord))).await;
        let mut session = Session::new(&db.engine);
        session.add(Page::new().with_words([Word::new()]));
        session.add(Page::new());
        session.commit().await?;
        let with_words = || select(Page).filter(Page.id.eq(1)).with(Page.words);
        let with_pages = || select(Word).filter(Word.id.eq(1)).with(Word.pages);
        let mut page = session.get(Page, 1).await?.expect("a stored page");
        let mut again = session.exec(with_words()).one().await?;
        let mut word = session.exec(with_pages()).one().await?;
        let stored = session.exec(select(PageWord)).one().await?;
        let mut unseen = session.get(Word, 1).await?.expect("a stored word");
        let other = session.get(Page, 2).await?.expect("another stored page");
        if way == 4 {
            page.links.remove(&stored);
        } else {
            page.words.remove(&word);
        }
        session.add(&mut page);
        match way {
            0 => {
                again.words.push(&word);
                session.add(&mut again);
            }
            1 => {
                let link = PageWord::new(&page, &word.id).with_times(5);
                page.links.set([link]);
                session.add(&mut page);
            }
            2 | 4 => {
                word.pages.push(&page);
                session.add(&mut word);
            }
            5 => {
                page.links.push(&stored);
                session.add(&mut page);
            }
            6 => {
                page.links.set([&stored]);
                session.add(&mut page);
            }
            _ => {
                unseen.pages.set([&page, &other]);
                session.add(&mut unseen);
            }
        }
        let done = session.commit().await.map_err(|error| error.kind());
        let expected = if way < 2 { Ok(()) } else { Err(ErrorKind::Conflict) };
        assert_eq!(done, expected, "way {way}");
        session.rollback().await?;
        assert_eq!(db.rows(LINKS), [if way == 1 { "1|1|5" } else { "1|1|0" }], "way {way}");
    }
    Ok(())
}

#[model(table)]
struct Seat {
    #[field(primary_key)]
    line: i32,
    #[field(primary_key)]
    number: i32,
    #[relationship(back_populates = seat)]
    guests: Many<Guest>,
}

#[model(table)]
struct Guest {
    #[field(primary_key)]
    id: Id<Guest>,
    #[field(foreign_key = Seat.line)]
    line: Option<i32>,
    #[field(foreign_key = Seat.number)]
    number: Option<i32>,
    #[relationship(back_populates = guests)]
    seat: One<Option<Seat>>,
}

#[case]
async fn keys_of_several_columns_are_seen_as_queued() -> relata::Result<()> {
    for way in 0..2 {
        let db = engine(Metadata::of((Seat, Guest))).await;
        let mut session = Session::new(&db.engine);
        let guest = Guest::new();
        session.add(Seat::new(1, 1).with_guests([guest]));
        session.add(Seat::new(1, 2));
        session.commit().await?;
        let mut guest = session.get(Guest, 1).await?.expect("a stored guest");
        let mut second = session.get(Seat, (1, 2)).await?.expect("a stored seat");
        guest.seat.set(&second);
        session.add(&mut guest);
        match way {
            0 => {
                second.guests.clear();
                session.add(&mut second);
            }
            _ => session.delete(&second),
        }
        session.commit().await?;
        let left = if way == 0 { "NULL|NULL" } else { "1|1" };
        assert_eq!(db.rows("SELECT line, number FROM guest"), [left], "way {way}");
    }
    Ok(())
}

#[case]
async fn a_row_follows_a_replaced_one_by_a_key_of_several_columns() -> relata::Result<()> {
    let db = engine(Metadata::of((Seat, Guest))).await;
    let mut session = Session::new(&db.engine);
    session.add(Seat::new(1, 1).with_guests([Guest::new()]));
    let second = session.add(Seat::new(1, 2));
    session.commit().await?;
    let mut guest = session.get(Guest, 1).await?.expect("a stored guest");
    session.delete(&second);
    let new = session.add(Seat::new(1, 2));
    guest.seat.set(&new);
    session.add(&mut guest);
    session.commit().await?;
    assert_eq!(db.rows("SELECT line, number FROM guest"), ["1|2"]);
    Ok(())
}

#[case]
async fn a_key_of_several_columns_that_names_a_deleted_row_is_an_error() -> relata::Result<()> {
    let db = engine(Metadata::of((Seat, Guest))).await;
    let mut session = Session::new(&db.engine);
    session.add(Seat::new(1, 1).with_guests([Guest::new()]));
    session.add(Seat::new(1, 2));
    session.commit().await?;
    for new in [false, true] {
        let second = session.get(Seat, (1, 2)).await?.expect("a stored seat");
        let mut guest = session.get(Guest, 1).await?.expect("a stored guest");
        session.delete(&second);
        match new {
            true => {
                let mut guest = Guest::new();
                (guest.line, guest.number) = (Some(1), Some(2));
                session.add(guest);
            }
            false => {
                guest.number = Some(2);
                session.add(&mut guest);
            }
        }
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deleted);
        assert_eq!(
            error.to_string(),
            "`Guest.line` names a `Seat` that was deleted; leave it out, or do not delete it"
        );
        session.rollback().await?;
    }
    assert_eq!(db.rows("SELECT line, number FROM guest"), ["1|1"]);
    Ok(())
}

#[model(table)]
struct Author {
    #[field(primary_key)]
    id: Id<Author>,
    #[relationship(link_model = Credit)]
    works: Many<Work>,
    #[relationship(back_populates = author, cascade_delete)]
    credits: Many<Credit>,
}

#[model(table)]
struct Work {
    #[field(primary_key)]
    id: Id<Work>,
}

/// A link with a key of its own.
#[model(table)]
struct Credit {
    #[field(primary_key)]
    id: Id<Credit>,
    #[field(foreign_key = Author.id)]
    author_id: Id<Author>,
    #[field(foreign_key = Work.id)]
    work_id: Id<Work>,
    #[relationship(back_populates = credits)]
    author: One<Author>,
}

#[case]
async fn a_link_with_a_key_of_its_own_stays_in_both_lists() -> relata::Result<()> {
    let db = engine(Metadata::of((Author, Work, Credit))).await;
    let mut session = Session::new(&db.engine);
    session.add(Author::new().with_works([Work::new()]));
    session.commit().await?;
    let mut author = session.get(Author, 1).await?.expect("a stored author");
    let work = session.get(Work, 1).await?.expect("a stored work");
    let credit = session.exec(select(Credit)).one().await?;
    author.works.set([&work]);
    session.add(&mut author);
    author.credits.set([&credit]);
    session.add(&mut author);
    session.commit().await?;
    assert_eq!(db.rows("SELECT id, author_id, work_id FROM credit"), ["1|1|1"]);
    Ok(())
}

#[model(table)]
struct Shelf {
    #[field(primary_key)]
    id: Id<Shelf>,
    #[relationship(back_populates = shelf, cascade_delete)]
    bins: Many<Bin>,
}

#[model(table)]
struct Bin {
    #[field(primary_key)]
    id: Id<Bin>,
    #[field(foreign_key = Shelf.id)]
    shelf_id: Option<Id<Shelf>>,
    #[relationship(back_populates = bins)]
    shelf: One<Option<Shelf>>,
    #[relationship(back_populates = bin, cascade_delete)]
    parts: Many<Part>,
    #[relationship(link_model = BinTag)]
    tags: Many<Tag>,
}

#[model(table)]
struct Part {
    #[field(primary_key)]
    id: Id<Part>,
    #[field(foreign_key = Bin.id)]
    bin_id: Option<Id<Bin>>,
    #[relationship(back_populates = parts)]
    bin: One<Option<Bin>>,
}

#[model(table)]
struct Tag {
    #[field(primary_key)]
    id: Id<Tag>,
}

#[model(table)]
struct BinTag {
    #[field(primary_key, foreign_key = Bin.id)]
    bin_id: Id<Bin>,
    #[field(primary_key, foreign_key = Tag.id)]
    tag_id: Id<Tag>,
}

#[case]
async fn what_names_a_row_that_went_with_another_is_an_error() -> relata::Result<()> {
    for way in 0..5 {
        let db = engine(Metadata::of((Shelf, Bin, Part, Tag, BinTag))).await;
        let mut session = Session::new(&db.engine);
        session.add(Shelf::new().with_bins([Bin::new()]));
        session.add(Part::new());
        session.add(Tag::new());
        session.commit().await?;
        let mut shelf = session.exec(select(Shelf).with(Shelf.bins)).one().await?;
        let mut bin = session.get(Bin, 1).await?.expect("a stored bin");
        let mut part = session.get(Part, 1).await?.expect("a stored part");
        if way == 4 {
            shelf.bins.clear();
            session.add(&mut shelf);
        } else {
            session.delete(&shelf);
        }
        match way {
            0 => bin.parts.push(Part::new()),
            1 => bin.tags.push(Id::from(1)),
            2 => part.bin.set(&bin),
            _ => bin.parts.push(&part),
        }
        session.add(&mut bin);
        session.add(&mut part);
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deleted, "way {way}: {error}");
        let names = if way == 1 { "`BinTag.bin_id`" } else { "`Part.bin_id`" };
        let message =
            format!("{names} names a `Bin` that was deleted; leave it out, or do not delete it");
        assert_eq!(error.to_string(), message);
        session.rollback().await?;
        assert_eq!(["shelf", "bin", "part", "tag", "bintag"].map(|t| db.count(t)), [1, 1, 1, 1, 0]);
    }
    Ok(())
}

#[case]
async fn a_new_row_in_the_place_of_a_deleted_one_goes_with_its_owner() -> relata::Result<()> {
    let db = engine(Metadata::of((Shelf, Bin, Part, Tag, BinTag))).await;
    let mut session = Session::new(&db.engine);
    session.add(Shelf::new().with_bins([Bin::new().with_parts([Part::new()])]));
    session.commit().await?;
    let shelf = session.get(Shelf, 1).await?.expect("a stored shelf");
    let mut bin = session.get(Bin, 1).await?.expect("a stored bin");
    let part = session.get(Part, 1).await?.expect("a stored part");
    session.delete(&part);
    bin.parts.push(Part::new().with_id(1));
    session.add(&mut bin);
    session.delete(&shelf);
    session.commit().await?;
    assert_eq!(["shelf", "bin", "part"].map(|table| db.count(table)), [0, 0, 0]);
    Ok(())
}

#[case]
async fn what_is_queued_for_a_row_after_a_list_let_it_go_is_an_error() -> relata::Result<()> {
    for more in [false, true] {
        let db = engine(Metadata::of((Shelf, Bin, Part, Tag, BinTag))).await;
        let mut session = Session::new(&db.engine);
        session.add(Bin::new());
        session.add(Shelf::new());
        session.commit().await?;
        let mut shelf = session.get(Shelf, 1).await?.expect("a stored shelf");
        let mut bin = session.get(Bin, 1).await?.expect("a stored bin");
        bin.shelf.set(&shelf);
        session.add(&mut bin);
        shelf.bins.remove(&bin);
        session.add(&mut shelf);
        bin.parts.push(Part::new());
        session.add(&mut bin);
        if more {
            session.add(Tag::new());
        }
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deleted, "{error}");
        session.rollback().await?;
        assert_eq!(["bin", "part", "tag"].map(|table| db.count(table)), [1, 0, 0]);
    }
    Ok(())
}
