//! The prepared statements of a connection, by their text. Those used least recently go first.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// At most so many things by their text.
#[derive(Debug)]
pub(crate) struct Cache<T> {
    most: usize,
    clock: u64,
    entries: HashMap<Arc<str>, (u64, T)>,
    /// Texts by when they were used.
    uses: BTreeMap<u64, Arc<str>>,
}

impl<T: Clone> Cache<T> {
    pub(crate) fn new(most: usize) -> Self {
        Cache { most, clock: 0, entries: HashMap::new(), uses: BTreeMap::new() }
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.entries.contains_key(text)
    }

    pub(crate) fn get(&mut self, text: &str) -> Option<T> {
        let (used, found) = self.entries.get_mut(text)?;
        let text = self.uses.remove(used)?;
        self.clock += 1;
        *used = self.clock;
        self.uses.insert(self.clock, text);
        Some(found.clone())
    }

    pub(crate) fn put(&mut self, text: Arc<str>, value: T) {
        self.remove(&text);
        self.clock += 1;
        self.uses.insert(self.clock, Arc::clone(&text));
        self.entries.insert(text, (self.clock, value));
        if self.entries.len() > self.most
            && let Some((_, oldest)) = self.uses.pop_first()
        {
            self.entries.remove(&oldest);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.uses.clear();
    }

    pub(crate) fn remove(&mut self, text: &str) {
        if let Some((used, _)) = self.entries.remove(text) {
            self.uses.remove(&used);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_least_recently_goes_first() {
        let mut cache = Cache::new(2);
        cache.put("a".into(), 1);
        cache.put("b".into(), 2);
        assert_eq!(cache.get("a"), Some(1));
        cache.put("c".into(), 3);
        assert_eq!((cache.get("a"), cache.get("b"), cache.get("c")), (Some(1), None, Some(3)));
        cache.put("c".into(), 4);
        assert_eq!((cache.get("a"), cache.get("c")), (Some(1), Some(4)));
        cache.remove("a");
        assert!(!cache.has("a") && cache.has("c"));
        assert_eq!(cache.uses.len(), 1);
    }
}
