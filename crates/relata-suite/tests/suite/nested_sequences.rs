//! Owned children that own children of theirs, with keys of the program, given to a row and taken from it in any
//! order of steps: what is stored is what plain nested lists would hold in the end.

use relata::prelude::*;
use relata_suite::{Db, Need, engine, has, sequences};
use std::collections::BTreeMap;

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
    step: i32,
    #[field(foreign_key = Shelf.id)]
    shelf_id: Option<Id<Shelf>>,
    #[relationship(back_populates = bins)]
    shelf: One<Option<Shelf>>,
    #[relationship(back_populates = bin, order_by = id, cascade_delete)]
    parts: Many<Part>,
}

#[model(table)]
struct Part {
    #[field(primary_key)]
    id: Id<Part>,
    step: i32,
    #[field(foreign_key = Bin.id)]
    bin_id: Option<Id<Bin>>,
    #[relationship(back_populates = parts)]
    bin: One<Option<Bin>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// One new bin, with one new part.
    Set(i64, i64),
    /// One new bin without parts.
    Bare(i64),
    /// A new bin with a new part.
    Push(i64, i64),
    Remove(i64),
    Clear,
    Add,
    Flush,
    Load,
    Rollback,
}
use Step::{Add, Bare, Clear, Flush, Load, Push, Remove, Rollback, Set};

const STEPS: [Step; 12] = [
    Set(1, 1),
    Set(9, 9),
    Set(1, 9),
    Bare(1),
    Bare(9),
    Push(9, 8),
    Remove(1),
    Clear,
    Add,
    Flush,
    Load,
    Rollback,
];

/// How the shelf is when its list is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    /// Added, and not written yet.
    Queued,
    /// Read without its bins: 1 with parts 1 and 2, and 2 with part 3.
    NotLoaded,
    /// Read with them.
    Loaded,
}

/// Bins by key: the step that made each, and the same of its parts.
type Bins = BTreeMap<i64, (usize, BTreeMap<i64, usize>)>;

/// The bins in the end; `None` where two would have one key, or something is asked of a shelf that is not saved.
fn expect(start: Start, steps: &[Step]) -> Option<Bins> {
    let (is_new, mut queued) = (start == Start::Queued, true);
    let mut bins = match is_new {
        true => Bins::new(),
        false => Bins::from([
            (1, (0, BTreeMap::from([(1, 0), (2, 0)]))),
            (2, (0, BTreeMap::from([(3, 0)]))),
        ]),
    };
    for (step, number) in steps.iter().zip(1..) {
        match step {
            Set(bin, part) => {
                bins = Bins::from([(*bin, (number, BTreeMap::from([(*part, number)])))])
            }
            Bare(bin) => bins = Bins::from([(*bin, (number, BTreeMap::new()))]),
            Push(bin, part) => {
                if bins.insert(*bin, (number, BTreeMap::from([(*part, number)]))).is_some() {
                    return None;
                }
            }
            Remove(bin) => drop(bins.remove(bin)),
            Clear => bins.clear(),
            Load if is_new && !queued => return None,
            Add => queued = true,
            Rollback => queued = false,
            Flush | Load => {}
        }
    }
    Some(bins)
}

async fn shelf(session: &mut Session, start: Start) -> relata::Result<Tracked<Shelf>> {
    let mut shelf = session.add(Shelf::new("shelf"));
    if start == Start::Queued {
        return Ok(shelf);
    }
    let part = |key| Part::new(0).with_id(key);
    let bin = |key| Bin::new(0).with_id(key);
    let bins = [bin(1).with_parts([part(1), part(2)]), bin(2).with_parts([part(3)])];
    shelf.bins.set(bins);
    session.add(&mut shelf);
    session.commit().await?;
    let mut shelf = session.get(Shelf, &shelf.id).await?.expect("a stored shelf");
    if start == Start::Loaded {
        session.load(&mut shelf, Shelf.bins).await?;
    }
    session.commit().await?;
    Ok(shelf)
}

async fn stored(db: &Db, start: Start, steps: &[Step]) -> relata::Result<Bins> {
    for table in ["part", "bin", "shelf"] {
        db.execute(&format!("DELETE FROM {table}"));
    }
    let mut session = Session::new(&db.engine);
    let mut shelf = shelf(&mut session, start).await?;
    for (step, number) in steps.iter().zip(1..) {
        let part = |key| Part::new(number).with_id(key);
        let bin = |key| Bin::new(number).with_id(key);
        match *step {
            Set(key, with) => shelf.bins.set([bin(key).with_parts([part(with)])]),
            Bare(key) => shelf.bins.set([bin(key)]),
            Push(key, with) => shelf.bins.push(bin(key).with_parts([part(with)])),
            Remove(key) => shelf.bins.remove(key),
            Clear => shelf.bins.clear(),
            Add => session.add(&mut shelf),
            Flush => session.flush().await?,
            Load => session.load(&mut shelf, Shelf.bins).await?,
            Rollback => session.rollback().await?,
        }
    }
    session.add(&mut shelf);
    session.commit().await?;
    let numbers =
        |row: &String| -> Vec<i64> { row.split('|').map(|n| n.parse().unwrap()).collect() };
    let mut bins = Bins::new();
    for row in db.rows("SELECT id, step FROM bin").iter().map(numbers) {
        bins.insert(row[0], (row[1] as usize, BTreeMap::new()));
    }
    for row in db.rows("SELECT id, step, bin_id FROM part").iter().map(numbers) {
        let (_, parts) = bins.get_mut(&row[2]).expect("the bin of a part");
        parts.insert(row[0], row[1] as usize);
    }
    Ok(bins)
}

#[case]
async fn what_is_stored_is_what_nested_lists_would_hold() -> relata::Result<()> {
    let db = engine(Metadata::of((Shelf, Bin, Part))).await;
    let longest = if has(Need::Server) { 2 } else { 3 };
    for steps in (1..=longest).flat_map(|length| sequences(&STEPS, length)) {
        for start in [Start::Queued, Start::NotLoaded, Start::Loaded] {
            let Some(expected) = expect(start, &steps) else { continue };
            let stored = stored(&db, start, &steps).await;
            let stored = stored.unwrap_or_else(|error| panic!("{start:?}: {steps:?}: {error}"));
            assert_eq!(stored, expected, "{start:?}: {steps:?}");
        }
    }
    Ok(())
}
