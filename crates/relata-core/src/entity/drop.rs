//! How lists of rows are dropped: rows hold lists of rows, to any depth.

use super::{List, Node};
use std::{cell::RefCell, sync::Arc};

thread_local! {
    static DROPPING: RefCell<Option<Vec<Arc<dyn Node>>>> = const { RefCell::new(None) };
}

/// Rows hold lists of rows: a long chain of them is dropped one after the other, not one inside the
/// other, so that it fits any stack.
impl Drop for List {
    fn drop(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        let mut rows = std::mem::take(&mut self.rows);
        let outermost = DROPPING
            .try_with(|bin| match &mut *bin.borrow_mut() {
                Some(waiting) => {
                    waiting.append(&mut rows);
                    false
                }
                bin @ None => {
                    *bin = Some(Vec::new());
                    true
                }
            })
            .unwrap_or(false);
        if !outermost {
            return;
        }
        while let Some(row) = rows.pop().or_else(next_to_drop) {
            std::mem::drop(row);
        }
        let _ = DROPPING.try_with(|bin| *bin.borrow_mut() = None);
    }
}

fn next_to_drop() -> Option<Arc<dyn Node>> {
    DROPPING.try_with(|bin| bin.borrow_mut().as_mut().and_then(Vec::pop)).ok().flatten()
}
