//! Models written by hand, for the tests of this room. They live as long as the test program.

use super::{
    CheckDef, ColumnDef, IndexDef, ModelDef, OnDelete, OrderDef, Reference, RelationDef,
    RelationKind, Resolved,
};
use crate::value::ColumnType;

fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn text(value: impl Into<String>) -> &'static str {
    String::leak(value.into())
}

fn not_resolved() -> &'static Resolved {
    panic!("the relations of this fixture are resolved by its test")
}

/// A column with the type of a Rust field.
pub(super) fn column<V: ColumnType>(field: &'static str) -> ColumnDef {
    ColumnDef::of::<V>(field, field)
}

/// The model's own integer key.
pub(super) fn id() -> ColumnDef {
    column::<i64>("id").primary_key().generated(true)
}

/// Text of any length.
pub(super) fn string(field: &'static str) -> ColumnDef {
    column::<String>(field)
}

/// A NOT NULL foreign key, to a column written as `Team.id`.
pub(super) fn key(field: &'static str, to: &str) -> ColumnDef {
    column::<i64>(field).to(to)
}

impl ColumnDef {
    pub(super) fn null(mut self) -> Self {
        self.nullable = true;
        self
    }

    pub(super) fn to(mut self, column: &str) -> Self {
        let (model, column) = column.split_once('.').unwrap();
        self.references = Some(Reference {
            model: text(format!("app::{model}")),
            name: text(model),
            table: text(model.to_lowercase()),
            schema: None,
            column: text(column),
            on_delete: None,
        });
        self
    }

    /// To a column of a table of a schema, written as `Team.id`.
    pub(super) fn into_schema(mut self, schema: &'static str) -> Self {
        self.references = self.references.map(|to| Reference {
            model: text(format!("{schema}::{}", to.name)),
            schema: Some(schema),
            table: text(format!("{schema}.{}", to.table)),
            ..to
        });
        self
    }

    pub(super) fn on_delete(mut self, rule: OnDelete) -> Self {
        self.references = self.references.map(|to| Reference { on_delete: Some(rule), ..to });
        self
    }
}

fn relation(name: &'static str, kind: RelationKind, target: &str) -> RelationDef {
    RelationDef::of("Model", name, kind, text(format!("app::{target}")), not_resolved)
}

pub(super) fn many(name: &'static str, target: &str) -> RelationDef {
    relation(name, RelationKind::Many, target)
}

pub(super) fn one(name: &'static str, target: &str) -> RelationDef {
    relation(name, RelationKind::One, target)
}

pub(super) fn optional(name: &'static str, target: &str) -> RelationDef {
    relation(name, RelationKind::Optional, target)
}

impl RelationDef {
    pub(super) fn through(self, link: &str) -> Self {
        self.link(text(format!("app::{link}")), None)
    }

    pub(super) fn through_keys(self, link: &str, own: &'static str, theirs: &'static str) -> Self {
        self.link(text(format!("app::{link}")), Some((own, theirs)))
    }

    pub(super) fn by(self, fields: &'static [&'static str]) -> Self {
        self.foreign_key(fields, None)
    }

    pub(super) fn by_key_of(self, model: &str, fields: &'static [&'static str]) -> Self {
        self.foreign_key(fields, Some(text(format!("app::{model}"))))
    }

    pub(super) fn ordered(self, field: &'static str) -> Self {
        self.order_by(Vec::leak(vec![OrderDef { field, descending: false }]))
    }
}

/// A model `app::Name` with the table `name`.
pub(super) fn model(
    name: &'static str,
    columns: impl Into<Vec<ColumnDef>>,
    relations: impl Into<Vec<RelationDef>>,
) -> &'static ModelDef {
    keep(table(name, columns, relations))
}

/// The same, to be changed before it is used.
pub(super) fn table(
    name: &'static str,
    columns: impl Into<Vec<ColumnDef>>,
    relations: impl Into<Vec<RelationDef>>,
) -> ModelDef {
    let columns = Vec::leak(columns.into());
    let keys = columns.iter().enumerate().filter(|(_, column)| column.primary_key);
    ModelDef {
        identity: text(format!("app::{name}")),
        name,
        table: text(name.to_lowercase()),
        schema: None,
        primary_key: Vec::leak(keys.map(|(at, _)| at).collect()),
        columns,
        relations: Vec::leak(relations.into()),
        uniques: &[],
        indexes: &[],
        checks: &[],
        comment: None,
        source: ("app.rs", 1),
    }
}

impl ModelDef {
    pub(super) fn at(mut self, file: &'static str, line: u32) -> Self {
        self.source = (file, line);
        self
    }

    pub(super) fn in_schema(mut self, schema: &'static str) -> Self {
        self.identity = text(format!("{}::{}", schema, self.name));
        self.table = text(format!("{schema}.{}", self.table));
        self.schema = Some(schema);
        self
    }

    pub(super) fn comment(mut self, comment: &'static str) -> Self {
        self.comment = Some(comment);
        self
    }

    pub(super) fn uniques(mut self, uniques: Vec<IndexDef>) -> Self {
        self.uniques = Vec::leak(uniques);
        self
    }

    pub(super) fn indexes(mut self, indexes: Vec<IndexDef>) -> Self {
        self.indexes = Vec::leak(indexes);
        self
    }

    pub(super) fn checks(mut self, checks: Vec<CheckDef>) -> Self {
        self.checks = Vec::leak(checks);
        self
    }

    pub(super) fn keep(self) -> &'static Self {
        keep(self)
    }
}
