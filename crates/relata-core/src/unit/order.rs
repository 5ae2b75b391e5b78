//! The order of inserts: tables by their foreign keys, and rows where tables refer to themselves or
//! to each other.

use super::{entries::Tables, turns};
use crate::{
    error::{Error, ErrorKind, Result},
    key::RowKey,
    schema::ModelDef,
    value::Value,
};
use foldhash::{HashMap, HashMapExt as _};
use std::sync::Arc;

/// A row to be inserted, as far as its order is concerned.
pub(super) struct Pending {
    pub(super) def: &'static ModelDef,
    pub(super) values: Arc<[Value]>,
}

/// Rows in levels: those of one level do not need each other.
#[derive(Debug, Default)]
pub(super) struct Levels {
    /// Positions of the rows, level by level, in the order they were added.
    pub(super) levels: Vec<Vec<usize>>,
    /// Foreign keys that are written after all rows are in, because rows need each other in a
    /// circle: row, column and value.
    pub(super) later: Vec<(usize, usize, Value)>,
}

/// Orders rows; a foreign key that closes a circle is taken out of its row where it may be NULL.
///
/// # Errors
/// `Cycle`, with the rows of the circle, where none may.
pub(super) fn levels(rows: &mut [Pending]) -> Result<Levels> {
    let mut tables = Tables::default();
    let mut members: Vec<(&'static ModelDef, Vec<usize>)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let number = tables.number(row.def);
        if number == members.len() {
            members.push((row.def, Vec::new()));
        }
        members[number].1.push(at);
    }
    let ranks = ranks(&members.iter().map(|(def, _)| *def).collect::<Vec<_>>());
    let mut result = Levels::default();
    let last = ranks.iter().flatten().max().copied();
    for rank in 0..=last.unwrap_or(0) {
        let of_rank = || members.iter().zip(&ranks).filter(|(_, own)| **own == Some(rank));
        let simple = of_rank().filter(|((def, _), _)| !refers_to_itself(def));
        let level: Vec<usize> = simple.flat_map(|((_, rows), _)| rows.iter().copied()).collect();
        let own: Vec<usize> = of_rank()
            .filter(|((def, _), _)| refers_to_itself(def))
            .flat_map(|((_, rows), _)| rows.iter().copied())
            .collect();
        if !level.is_empty() {
            result.levels.push(level);
        }
        by_row(rows, own, &mut result)?;
    }
    let circle = members.iter().zip(&ranks).filter(|(_, rank)| rank.is_none());
    let circle = circle.flat_map(|((_, rows), _)| rows.iter().copied()).collect();
    by_row(rows, circle, &mut result)?;
    Ok(result)
}

fn refers_to_itself(def: &ModelDef) -> bool {
    def.columns.iter().any(|c| c.references.is_some_and(|to| to.model == def.identity))
}

/// How deep each table is below the ones it refers to; `None` for tables that refer to each other
/// in a circle, and those below them.
fn ranks(tables: &[&'static ModelDef]) -> Vec<Option<usize>> {
    let mut ranks = vec![None; tables.len()];
    rank_below(&parents(tables), &mut ranks);
    ranks
}

/// The same for every table: those of a circle are of one depth.
pub(super) fn depths(tables: &[&'static ModelDef]) -> Vec<usize> {
    let parents = parents(tables);
    let mut ranks = vec![None; tables.len()];
    loop {
        rank_below(&parents, &mut ranks);
        let next = ranks.iter().flatten().max().map_or(0, |deepest| deepest + 1);
        let open: Vec<usize> = (0..tables.len()).filter(|at| ranks[*at].is_none()).collect();
        if open.is_empty() {
            return ranks.into_iter().flatten().collect();
        }
        let circular = open.iter().filter(|at| reaches_itself(**at, &parents, &ranks));
        let circular: Vec<usize> = circular.copied().collect();
        circular.into_iter().for_each(|at| ranks[at] = Some(next));
    }
}

/// For each table, the others that it refers to.
fn parents(tables: &[&'static ModelDef]) -> Vec<Vec<usize>> {
    let of = |def: &&'static ModelDef| {
        let named = def.columns.iter().filter_map(|column| column.references);
        let others = named.filter(|to| to.model != def.identity);
        others.filter_map(|to| tables.iter().position(|t| t.identity == to.model)).collect()
    };
    tables.iter().map(of).collect()
}

/// Ranks what has only ranked parents, until nothing is left that has.
fn rank_below(parents: &[Vec<usize>], ranks: &mut [Option<usize>]) {
    loop {
        let ready: Vec<_> = (0..parents.len())
            .filter(|at| ranks[*at].is_none())
            .filter_map(|at| {
                let above = parents[at].iter().map(|parent| ranks[*parent]);
                let above: Option<Vec<usize>> = above.collect();
                above.map(|above| (at, above.into_iter().max().map_or(0, |deepest| deepest + 1)))
            })
            .collect();
        if ready.is_empty() {
            return;
        }
        ready.into_iter().for_each(|(at, rank)| ranks[at] = Some(rank));
    }
}

/// Whether a table without a rank leads back to itself through others without one.
fn reaches_itself(table: usize, parents: &[Vec<usize>], ranks: &[Option<usize>]) -> bool {
    let mut seen = vec![false; parents.len()];
    let mut waiting = parents[table].clone();
    while let Some(at) = waiting.pop() {
        if at == table {
            return true;
        }
        if ranks[at].is_none() && !std::mem::replace(&mut seen[at], true) {
            waiting.extend(&parents[at]);
        }
    }
    false
}

/// What a foreign key names a row by: the model, the column and its value.
pub(super) type Name = (&'static str, &'static str, RowKey);

/// The name by which a value of a column refers to a row.
pub(super) fn named_by(def: &ModelDef, at: usize, value: &Value) -> Option<Name> {
    let to = def.columns[at].references?;
    Some((to.model, to.column, RowKey::One(value.clone()).settled()))
}

/// The names that others refer to a row by.
pub(super) fn own_names(Pending { def, values }: &Pending) -> impl Iterator<Item = Name> {
    let columns = def.columns.iter().zip(values.iter());
    let keys = columns.filter(|(column, _)| column.primary_key || column.unique);
    keys.map(|(column, value)| (def.identity, column.name, RowKey::One(value.clone()).settled()))
}

/// One row's need of another: the foreign key column, and the place of the row it names.
type Need = (usize, usize);

/// What a row counts that no longer waits for another.
const DONE: usize = usize::MAX;

/// Orders single rows by which of them each names.
fn by_row(rows: &mut [Pending], among: Vec<usize>, result: &mut Levels) -> Result<()> {
    let mut needs = needs(rows, &among);
    break_circles(rows, &among, &mut needs, &mut result.later)?;
    let mut numbers = Tables::default();
    let tables: Vec<usize> = among.iter().map(|row| numbers.number(rows[*row].def)).collect();
    let parents: Vec<Vec<usize>> =
        needs.iter().map(|own| own.iter().map(|(_, parent)| *parent).collect()).collect();
    let own = turns::levels(&tables, &parents);
    let first = result.levels.len();
    let count = own.iter().max().map_or(0, |last| last + 1);
    result.levels.resize_with(first + count, Vec::new);
    for (row, level) in among.iter().zip(own) {
        result.levels[first + level].push(*row);
    }
    result.levels[first..].iter_mut().for_each(|level| level.sort_unstable());
    Ok(())
}

/// Takes needs away until none of them lead into a circle.
fn break_circles(
    rows: &mut [Pending],
    among: &[usize],
    needs: &mut [Vec<Need>],
    later: &mut Vec<(usize, usize, Value)>,
) -> Result<()> {
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); among.len()];
    for (at, own) in needs.iter().enumerate() {
        for (_, parent) in own {
            if needed_by[*parent].last() != Some(&at) {
                needed_by[*parent].push(at);
            }
        }
    }
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..among.len()).filter(|at| open[*at] == 0).collect();
    let mut left = among.len();
    let mut search_from = 0;
    while left > 0 {
        let Some(at) = ready.pop() else {
            let (at, column, value) = break_circle(rows, among, needs, &open, &mut search_from)?;
            later.push((among[at], column, value));
            open[at] -= 1;
            if open[at] == 0 {
                ready.push(at);
            }
            continue;
        };
        left -= 1;
        open[at] = DONE;
        for child in &needed_by[at] {
            // A need that was broken is no longer counted.
            let met = needs[*child].iter().filter(|(_, parent)| *parent == at).count();
            if met > 0 {
                open[*child] -= met;
                if open[*child] == 0 {
                    ready.push(*child);
                }
            }
        }
    }
    Ok(())
}

/// For each of these rows, which others its foreign keys name.
fn needs(rows: &[Pending], among: &[usize]) -> Vec<Vec<Need>> {
    let mut by_name: HashMap<Name, usize> = HashMap::new();
    for (place, row) in among.iter().enumerate() {
        by_name.extend(own_names(&rows[*row]).map(|name| (name, place)));
    }
    let of_row = |(place, row): (usize, &usize)| {
        let Pending { def, values } = &rows[*row];
        let mut found: Vec<Need> = Vec::new();
        for (at, value) in values.iter().enumerate() {
            if let Some(parent) = named_by(def, at, value).and_then(|name| by_name.get(&name))
                && *parent != place
            {
                found.push((at, *parent));
            }
        }
        found
    };
    among.iter().enumerate().map(of_row).collect()
}

/// Takes a nullable foreign key out of the first row that has one in the circle.
fn break_circle(
    rows: &mut [Pending],
    among: &[usize],
    needs: &mut [Vec<Need>],
    open: &[usize],
    from: &mut usize,
) -> Result<(usize, usize, Value)> {
    let waiting = |at: usize| (1..DONE).contains(&open[at]);
    for at in *from..among.len() {
        if !waiting(at) {
            continue;
        }
        let row = &mut rows[among[at]];
        let nullable =
            |(column, parent): &Need| row.def.columns[*column].nullable && waiting(*parent);
        if let Some(found) = needs[at].iter().position(nullable) {
            let (column, _) = needs[at].remove(found);
            *from = at;
            let value = std::mem::replace(&mut Arc::make_mut(&mut row.values)[column], Value::Null);
            return Ok((at, column, value));
        }
    }
    Err(circle(rows, among, needs, &waiting))
}

fn circle(
    rows: &[Pending],
    among: &[usize],
    needs: &[Vec<Need>],
    waiting: &dyn Fn(usize) -> bool,
) -> Error {
    let step = |at: usize| needs[at].iter().find(|(_, parent)| waiting(*parent)).copied();
    let mut path = Vec::new();
    let mut next = (0..among.len()).find(|at| waiting(*at));
    while let Some(at) = next {
        let seen = path.iter().position(|(other, _)| *other == at);
        if let Some(start) = seen {
            path.drain(..start);
            break;
        }
        let Some((column, parent)) = step(at) else { break };
        path.push((at, column));
        next = Some(parent);
    }
    let path: Vec<(&'static ModelDef, usize)> =
        path.into_iter().map(|(at, column)| (rows[among[at]].def, column)).collect();
    let shown = path.iter().take(8);
    let shown: Vec<String> = shown
        .map(|(def, column)| format!("`{}.{}`", def.name, def.columns[*column].field))
        .collect();
    let message = format!(
        "rows need each other in a circle, by {}, so none can be inserted first; make one of these keys an `Option`",
        shown.join(" → ")
    );
    let error = Error::new(ErrorKind::Cycle, message);
    path.first().map_or(error.clone(), |(def, _)| error.with_table(def.table))
}
