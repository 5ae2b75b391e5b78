//! The levels of rows that need each other: parents above children, and within a table the order
//! of `add` as far as it takes no further statement.

use std::collections::VecDeque;

/// The level of each row. Rows of one table stand in the order of `add`; `tables` has the number of
/// each row's table, `parents` the rows that it needs, which lead into no circle.
///
/// A table has rows on no level where it would have none if each row were as high as its parents
/// let it be, so that no statement is added. Within these a row is not above one of its table that
/// was added before it, unless that one, or one added before that, needs it.
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
