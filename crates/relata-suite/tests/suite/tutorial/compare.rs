//! Comparing what was printed and stored with the original, whose UUIDs are others.

use super::stored::Row;
use relata_suite::{Need, has};
use serde_json::Value;
use std::collections::BTreeMap;

/// The original's UUID for each of ours, as they are stored: where one recurs, so does the other.
#[derive(Clone, Default)]
pub(crate) struct Uuids(BTreeMap<String, String>);

impl Uuids {
    /// Whether a value is the original's, but for the UUIDs, which it learns.
    pub(crate) fn same(&mut self, ours: &Value, theirs: &Value) -> bool {
        match (ours, theirs) {
            (Value::Object(ours), Value::Object(theirs))
                if theirs.get("type") == Some(&"UUID".into()) =>
            {
                ours.get("type") == theirs.get("type")
                    && self.learn(&ours["value"], &theirs["value"])
            }
            (Value::Object(ours), Value::Object(theirs)) => {
                ours.keys().eq(theirs.keys())
                    && ours
                        .values()
                        .zip(theirs.values())
                        .all(|(ours, theirs)| self.same(ours, theirs))
            }
            (Value::Array(ours), Value::Array(theirs)) => {
                let (ours, theirs) = (in_order(ours), in_order(theirs));
                ours.len() == theirs.len()
                    && ours.iter().zip(&theirs).all(|(ours, theirs)| self.same(ours, theirs))
            }
            _ => ours == theirs,
        }
    }

    fn learn(&mut self, ours: &Value, theirs: &Value) -> bool {
        let stored = |uuid: &Value| uuid.as_str().unwrap_or_default().replace('-', "");
        let (ours, theirs) = (stored(ours), stored(theirs));
        match self.0.get(&ours) {
            Some(known) => *known == theirs,
            None if self.0.values().any(|known| *known == theirs) => false,
            None => {
                self.0.insert(ours, theirs);
                true
            }
        }
    }

    /// Gives the UUIDs of a stored row the original's values.
    pub(crate) fn rename(&self, row: &mut Row) {
        for cell in row.values_mut() {
            if let Some(theirs) = cell.as_str().and_then(|text| self.0.get(text)) {
                *cell = theirs.as_str().into();
            }
        }
    }
}

/// The original reads lists in the order in which SQLite finds them, which no database promises.
fn in_order(list: &[Value]) -> Vec<Value> {
    let mut list = list.to_vec();
    if !has(Need::Sqlite) {
        list.sort_by_cached_key(Value::to_string);
    }
    list
}

#[case]
fn uuids_recur_where_the_originals_do() {
    let uuid = |first: char| {
        let text = format!("{first}2345678-1234-1234-1234-123456789abc");
        serde_json::json!({ "type": "UUID", "value": text })
    };
    let mut uuids = Uuids::default();
    assert!(uuids.same(&uuid('1'), &uuid('a')));
    assert!(uuids.same(&[uuid('1'), uuid('2')].into(), &[uuid('a'), uuid('b')].into()));
    assert!(!uuids.same(&uuid('1'), &uuid('b')));
    assert!(!uuids.same(&uuid('3'), &uuid('a')));
    assert!(!uuids.same(&1.into(), &uuid('a')));
    assert!(uuids.same(&1.into(), &1.into()));

    let mut row = Row::from([("id".into(), "22345678123412341234123456789abc".into())]);
    uuids.rename(&mut row);
    assert_eq!(row["id"], "b2345678123412341234123456789abc");
}
