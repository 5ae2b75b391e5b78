//! The levels of rows that need each other: parents above children, and within a table the order
//! of `add` as far as it takes no further statement.

use std::collections::VecDeque;

/// The level of each row. Rows of one table stand in the order of `add`; `tables` has the number of
/// each row's table, `parents` the rows that it needs, which lead into no circle.
///
/// Each row is as high as its parents let it be, but not above one of its table that was added
/// before it. That gives way where the earlier row needs the later one, and where it would take a
/// further statement: a table has rows on no level where parents alone would put none of them.
pub(super) fn levels(tables: &[usize], parents: &[Vec<usize>]) -> Vec<usize> {
    let children = children(parents);
    let order = parents_first(parents, &children);
    let highest = highest(&order, parents);
    if highest.iter().all(|level| *level == 0) {
        return highest;
    }
    let used = used(tables, &highest);
    let lowest = lowest(&order, tables, &children, &used);
    let placed = Turns::new(tables, parents, &children, &used, &lowest).take();
    placed.into_iter().zip(highest).map(|(level, highest)| level.unwrap_or(highest)).collect()
}

fn children(parents: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); parents.len()];
    for (row, own) in parents.iter().enumerate() {
        own.iter().for_each(|parent| children[*parent].push(row));
    }
    children
}

fn parents_first(parents: &[Vec<usize>], children: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = parents.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..parents.len()).filter(|row| waiting[*row] == 0).collect();
    let mut next = 0;
    while let Some(row) = order.get(next).copied() {
        next += 1;
        for child in &children[row] {
            waiting[*child] -= 1;
            if waiting[*child] == 0 {
                order.push(*child);
            }
        }
    }
    order
}

/// The level of each row if it is right below its parents.
fn highest(order: &[usize], parents: &[Vec<usize>]) -> Vec<usize> {
    let mut levels = vec![0; parents.len()];
    for row in order {
        levels[*row] = parents[*row].iter().map(|parent| levels[*parent] + 1).max().unwrap_or(0);
    }
    levels
}

/// The levels that each table has rows on, in order.
fn used(tables: &[usize], levels: &[usize]) -> Vec<Vec<usize>> {
    let count = tables.iter().max().map_or(0, |last| last + 1);
    let mut used = vec![Vec::new(); count];
    for (table, level) in tables.iter().zip(levels) {
        used[*table].push(*level);
    }
    for levels in &mut used {
        levels.sort_unstable();
        levels.dedup();
    }
    used
}

/// The last level for each row that leaves its children one each.
fn lowest(
    order: &[usize],
    tables: &[usize],
    children: &[Vec<usize>],
    used: &[Vec<usize>],
) -> Vec<usize> {
    let mut lowest = vec![0; tables.len()];
    for row in order.iter().rev() {
        let end = children[*row].iter().map(|child| lowest[*child]).min().unwrap_or(usize::MAX);
        let levels = &used[tables[*row]];
        let fitting = levels.partition_point(|level| *level < end);
        lowest[*row] = fitting.checked_sub(1).map_or(0, |last| levels[last]);
    }
    lowest
}

/// Places the rows of each table in turn, each once its parents are placed.
struct Turns<'a> {
    tables: &'a [usize],
    parents: &'a [Vec<usize>],
    children: &'a [Vec<usize>],
    used: &'a [Vec<usize>],
    lowest: &'a [usize],
    placed: Vec<Option<usize>>,
    /// How many parents of each row are not placed.
    waiting: Vec<usize>,
    /// For each table, the rows that are not placed, behind the one whose turn it is.
    queues: Vec<VecDeque<usize>>,
    /// For each table, the last level that a row was placed on.
    reached: Vec<usize>,
    /// Rows whose turn it is and whose parents are placed.
    ready: Vec<usize>,
    /// Rows that wait, each for the next one: a parent, or the row whose turn it is.
    path: Vec<usize>,
    on_path: Vec<bool>,
}

impl<'a> Turns<'a> {
    fn new(
        tables: &'a [usize],
        parents: &'a [Vec<usize>],
        children: &'a [Vec<usize>],
        used: &'a [Vec<usize>],
        lowest: &'a [usize],
    ) -> Turns<'a> {
        let mut queues = vec![VecDeque::new(); used.len()];
        for (row, table) in tables.iter().enumerate() {
            queues[*table].push_back(row);
        }
        let waiting: Vec<usize> = parents.iter().map(Vec::len).collect();
        let first = queues.iter().filter_map(|queue| queue.front().copied());
        let ready = first.filter(|row| waiting[*row] == 0).collect();
        Turns {
            tables,
            parents,
            children,
            used,
            lowest,
            placed: vec![None; tables.len()],
            waiting,
            queues,
            reached: vec![0; used.len()],
            ready,
            path: Vec::new(),
            on_path: vec![false; tables.len()],
        }
    }

    fn take(mut self) -> Vec<Option<usize>> {
        while let Some(row) = self.ready.pop().or_else(|| self.out_of_turn()) {
            self.place(row);
        }
        self.placed
    }

    fn place(&mut self, row: usize) {
        let table = self.tables[row];
        let above = self.parents[row].iter().filter_map(|parent| self.placed[*parent]).max();
        let below_parents = above.map_or(0, |level| level + 1);
        let wanted = below_parents.max(self.reached[table].min(self.lowest[row]));
        let at = self.used[table].partition_point(|level| *level < wanted);
        let level = self.used[table].get(at).copied().unwrap_or(wanted);
        self.placed[row] = Some(level);
        self.reached[table] = self.reached[table].max(level);
        for child in &self.children[row] {
            self.waiting[*child] -= 1;
            if self.waiting[*child] == 0 && self.queues[self.tables[*child]].front() == Some(child)
            {
                self.ready.push(*child);
            }
        }
        self.advance(table, row);
    }

    /// Ends the turn of a row that was placed, if it was its turn.
    fn advance(&mut self, table: usize, row: usize) {
        let queue = &mut self.queues[table];
        if queue.front() != Some(&row) {
            return;
        }
        while queue.front().is_some_and(|row| self.placed[*row].is_some()) {
            queue.pop_front();
        }
        if let Some(next) = queue.front().filter(|next| self.waiting[**next] == 0) {
            self.ready.push(*next);
        }
    }

    /// Where every table waits for another: a row that is needed before its turn, by one that was
    /// added before it. `None` once all rows are placed.
    fn out_of_turn(&mut self) -> Option<usize> {
        // What waits for a row that waits still waits, so only the end of the path can be placed.
        while let Some(row) = self.path.pop_if(|row| self.placed[*row].is_some()) {
            self.on_path[row] = false;
        }
        loop {
            let next = match self.path.last() {
                Some(row) => self.awaited(*row)?,
                None => self.queues.iter().filter_map(|queue| queue.front().copied()).min()?,
            };
            if self.on_path[next] {
                break;
            }
            self.on_path[next] = true;
            self.path.push(next);
        }
        // Parents alone lead into no circle, so one of its rows waits for its turn only.
        while let Some(row) = self.path.pop() {
            self.on_path[row] = false;
            if self.waiting[row] == 0 {
                return Some(row);
            }
        }
        None
    }

    fn awaited(&self, row: usize) -> Option<usize> {
        if self.waiting[row] == 0 {
            return self.queues[self.tables[row]].front().copied();
        }
        self.parents[row].iter().copied().find(|parent| self.placed[*parent].is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::levels;
    use proptest::prelude::*;

    /// Rows by name, in the order of `add`, as `row: parent, parent`; the first letter is the table.
    fn shown(rows: &[&str]) -> String {
        let (names, parents): (Vec<&str>, Vec<&str>) =
            rows.iter().map(|row| row.split_once(':').unwrap_or((row, ""))).unzip();
        let place = |name: &str| names.iter().position(|other| *other == name).unwrap();
        let parents: Vec<Vec<usize>> =
            parents.iter().map(|row| row.split_whitespace().map(place).collect()).collect();
        let tables: Vec<usize> =
            names.iter().map(|name| usize::from(name.as_bytes()[0] - b'A')).collect();
        let levels = levels(&tables, &parents);
        let last = levels.iter().max().map_or(0, |last| last + 1);
        let of = |level| {
            let rows = names.iter().zip(&levels).filter(|(_, own)| **own == level);
            rows.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
        };
        (0..last).map(of).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn a_row_is_not_above_one_added_before_it() {
        insta::assert_snapshot!(
            shown(&["Ann", "Abe: Ann", "Ada: Abe", "Amy: Ann"]),
            @"Ann | Abe | Ada Amy"
        );
        insta::assert_snapshot!(shown(&["Ann", "Abe: Ann", "Ada"]), @"Ann | Abe Ada");
    }

    #[test]
    fn no_level_is_added_for_a_tree_in_the_order_of_its_branches() {
        insta::assert_snapshot!(
            shown(&["A", "Aa: A", "Aaa: Aa", "Ab: A", "Aba: Ab", "Ac: A"]),
            @"A | Aa Ab | Aaa Aba Ac"
        );
        insta::assert_snapshot!(
            shown(&["A1", "A2: A1", "A3", "A4: A3", "A5", "A6: A5", "A7"]),
            @"A1 A3 A5 | A2 A4 A6 A7"
        );
    }

    #[test]
    fn a_child_added_first_waits_and_the_others_keep_their_order() {
        insta::assert_snapshot!(shown(&["A1: A2", "A2", "A3"]), @"A2 | A1 A3");
        insta::assert_snapshot!(shown(&["A1: A4", "A2", "A3", "A4"]), @"A4 | A1 A2 A3");
        insta::assert_snapshot!(shown(&["A1: A2", "A2: A3", "A3"]), @"A3 | A2 | A1");
    }

    #[test]
    fn what_depends_on_a_lowered_row_is_lowered_too() {
        insta::assert_snapshot!(
            shown(&["A1", "A2: A1", "A3", "B1: A3", "B2: A2"]),
            @"A1 | A2 A3 | B1 B2"
        );
    }

    #[test]
    fn no_statement_is_added_to_another_table() {
        // `B2` could only follow a lowered `A3` on a level that has no `B` yet.
        insta::assert_snapshot!(
            shown(&["A1", "A2: A1", "A3", "B1: A1", "B2: A3", "A4"]),
            @"A1 A3 | A2 B1 B2 A4"
        );
    }

    #[test]
    fn tables_that_refer_to_each_other_keep_their_order_where_it_is_no_circle() {
        insta::assert_snapshot!(
            shown(&["A1: B2", "A2", "B1", "B2"]),
            @"B1 B2 | A1 A2"
        );
        // `A1` before `A2`, and `B1` before `B2`, is a circle.
        insta::assert_snapshot!(
            shown(&["A1: B2", "B1: A2", "A2", "B2", "A3", "B3"]),
            @"A2 B2 | A1 B1 A3 B3"
        );
    }

    #[test]
    fn long_chains_are_no_deep_calls() {
        let count = 100_000;
        let down: Vec<Vec<usize>> =
            (0..count).map(|row: usize| row.checked_sub(1).into_iter().collect()).collect();
        let found = levels(&vec![0; count], &down);
        assert!(found.iter().enumerate().all(|(row, level)| row == *level));
        let up: Vec<Vec<usize>> = (1..=count)
            .map(|row| Some(row).filter(|row| *row < count).into_iter().collect())
            .collect();
        let found = levels(&vec![0; count], &up);
        assert!(found.iter().rev().enumerate().all(|(row, level)| row == *level));
    }

    /// The table of each row and its parents, anywhere in the order of `add`, in no circle.
    fn forests() -> impl Strategy<Value = (Vec<usize>, Vec<Vec<usize>>)> {
        let row = (0..3_usize, prop::option::weighted(0.7, 0..8_usize), 0..40_usize, 0..4_usize);
        (prop::collection::vec(row, 0..24), 0..3_usize).prop_map(|(rows, swaps)| {
            // Each row names at most one some places before it, and then a few rows swap places.
            let mut place: Vec<usize> = (0..rows.len()).collect();
            for (at, row) in rows.iter().enumerate().take(swaps) {
                place.swap(at, row.2 % rows.len());
            }
            let mut tables = vec![0; rows.len()];
            let mut parents = vec![Vec::new(); rows.len()];
            for (at, (table, back, far, second)) in rows.iter().enumerate() {
                tables[place[at]] = *table;
                let near = back.and_then(|back| at.checked_sub(back + 1));
                let other = (*second == 0).then(|| at.checked_sub(far + 1)).flatten();
                let mut own: Vec<usize> =
                    near.into_iter().chain(other).map(|at| place[at]).collect();
                own.dedup();
                parents[place[at]] = own;
            }
            (tables, parents)
        })
    }

    /// Lowers rows below their parents, and `in_turn` not above the one of their table before, until
    /// all of them stand; `None` where a table is allowed no level that low.
    fn fixpoint(
        tables: &[usize],
        parents: &[Vec<usize>],
        allowed: impl Fn(usize, usize) -> Option<usize>,
        in_turn: bool,
    ) -> Option<Vec<usize>> {
        let mut levels = vec![0; tables.len()];
        loop {
            let before = levels.clone();
            for row in 0..tables.len() {
                let above = parents[row].iter().map(|parent| levels[*parent] + 1).max();
                let earlier = (0..row).rev().find(|other| in_turn && tables[*other] == tables[row]);
                let asked = above.max(earlier.map(|other| levels[other])).unwrap_or(0);
                levels[row] = allowed(tables[row], asked.max(levels[row]))?;
            }
            if levels == before {
                return Some(levels);
            }
        }
    }

    fn pairs(tables: &[usize], levels: &[usize]) -> std::collections::BTreeSet<(usize, usize)> {
        tables.iter().copied().zip(levels.iter().copied()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn levels_hold_their_rules((tables, parents) in forests()) {
            let found = levels(&tables, &parents);
            for (row, own) in parents.iter().enumerate() {
                prop_assert!(own.iter().all(|parent| found[*parent] < found[row]), "{found:?}");
            }
            let simple = fixpoint(&tables, &parents, |_, level| Some(level), false).unwrap();
            let before = pairs(&tables, &simple);
            prop_assert!(pairs(&tables, &found).is_subset(&before), "{found:?} from {simple:?}");

            let allowed =
                |table, level| before.range((table, level)..(table + 1, 0)).next().map(|pair| pair.1);
            // Where the order of `add` can be kept in all tables, it is.
            if let Some(kept) = fixpoint(&tables, &parents, allowed, true) {
                prop_assert_eq!(&found, &kept);
                for table in 0..3 {
                    let rows = || found.iter().zip(&tables).filter(|(_, own)| **own == table);
                    prop_assert!(rows().map(|(level, _)| level).is_sorted());
                }
            }
        }
    }
}
