//! Lists changed in any order, with `add` and `flush` anywhere in between: what is stored is what a plain
//! list would hold in the end.

use relata::prelude::*;
use relata_suite::{Db, Need, engine, has, sequences};
use std::collections::BTreeSet;

#[model(table)]
struct SongTag {
    #[field(primary_key, foreign_key = Song.id)]
    song_id: Id<Song>,
    #[field(primary_key, foreign_key = Tag.id)]
    tag_id: Id<Tag>,
}

#[model(table)]
struct Song {
    #[field(primary_key)]
    id: Id<Song>,
    name: String,
    #[relationship(back_populates = songs, link_model = SongTag)]
    tags: Many<Tag>,
    #[relationship(back_populates = song)]
    takes: Many<Take>,
}

#[model(table)]
struct Tag {
    #[field(primary_key)]
    id: Id<Tag>,
    #[relationship(back_populates = tags, link_model = SongTag)]
    songs: Many<Song>,
}

#[model(table)]
struct Take {
    #[field(primary_key)]
    id: Id<Take>,
    #[field(foreign_key = Song.id)]
    song_id: Option<Id<Song>>,
    #[relationship(back_populates = takes)]
    song: One<Option<Song>>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Push(usize),
    Remove(usize),
    SetSecond,
    SetBoth,
    Clear,
    Add,
    Flush,
    Load,
}

const STEPS: [Step; 10] = [
    Step::Push(0),
    Step::Push(1),
    Step::Remove(0),
    Step::Remove(1),
    Step::SetSecond,
    Step::SetBoth,
    Step::Clear,
    Step::Add,
    Step::Flush,
    Step::Load,
];

/// How the owner is when its list is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    /// Added, and not written yet.
    Queued,
    /// Read without its list, which has the first row.
    NotLoaded,
    /// Read with its list, which has the first row.
    Loaded,
}

fn expect(start: Start, steps: &[Step]) -> BTreeSet<usize> {
    let mut list = BTreeSet::new();
    if start != Start::Queued {
        list.insert(0);
    }
    for step in steps {
        match step {
            Step::Push(at) => drop(list.insert(*at)),
            Step::Remove(at) => drop(list.remove(at)),
            Step::SetSecond => list = [1].into(),
            Step::SetBoth => list = [0, 1].into(),
            Step::Clear => list.clear(),
            Step::Add | Step::Flush | Step::Load => {}
        }
    }
    list
}

/// What is stored of a relation of a new song, when the steps are done.
macro_rules! stored {
    ($db:ident, $relation:ident, $Item:ident, $start:ident, $steps:ident, $select:literal) => {{
        let mut session = Session::new(&$db.engine);
        let items = [0, 1].map(|_| session.add($Item::new()));
        session.commit().await?;
        let mut song = Song::new("song");
        if $start != Start::Queued {
            song.$relation.push(&items[0]);
        }
        let mut song = session.add(song);
        if $start != Start::Queued {
            session.commit().await?;
            let id = song.id.clone();
            session = Session::new(&$db.engine);
            song = session.get(Song, id).await?.expect("a stored song");
        }
        if $start == Start::Loaded {
            session.load(&mut song, Song.$relation).await?;
        }
        for step in $steps {
            match step {
                Step::Push(at) => song.$relation.push(&items[*at]),
                Step::Remove(at) => song.$relation.remove(&items[*at]),
                Step::SetSecond => song.$relation.set([&items[1]]),
                Step::SetBoth => song.$relation.set([&items[0], &items[1]]),
                Step::Clear => song.$relation.clear(),
                Step::Add => session.add(&mut song),
                Step::Flush => session.flush().await?,
                Step::Load => {
                    session.flush().await?;
                    session.load(&mut song, Song.$relation).await?;
                }
            }
        }
        session.add(&mut song);
        session.commit().await?;
        let (first, song) = (items[0].id.get().unwrap(), song.id.get().unwrap());
        let rows = $db.rows(&format!($select, song));
        let places = rows.iter().map(|id| usize::try_from(id.parse::<i64>().unwrap() - first));
        places.collect::<Result<BTreeSet<_>, _>>().unwrap()
    }};
}

async fn run_all(db: &Db, longest: u32) -> relata::Result<()> {
    for start in [Start::Queued, Start::NotLoaded, Start::Loaded] {
        for steps in (1..=longest).flat_map(|length| sequences(&STEPS, length)) {
            let (expected, steps) = (expect(start, &steps), &steps);
            let tags = stored!(
                db,
                tags,
                Tag,
                start,
                steps,
                "SELECT tag_id FROM songtag WHERE song_id = {}"
            );
            assert_eq!(tags, expected, "tags of a song, {start:?}: {steps:?}");
            let takes =
                stored!(db, takes, Take, start, steps, "SELECT id FROM take WHERE song_id = {}");
            assert_eq!(takes, expected, "takes of a song, {start:?}: {steps:?}");
        }
    }
    Ok(())
}

#[case]
async fn what_is_stored_is_what_a_plain_list_would_hold() -> relata::Result<()> {
    let db = engine(Metadata::of((Song, Tag, SongTag, Take))).await;
    run_all(&db, if has(Need::Server) { 2 } else { 3 }).await
}
