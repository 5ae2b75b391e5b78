//! The const tables that `#[model(table)]` emits. Other models are named by identity, never by
//! reference, so that the tables of models that refer to each other are no const cycle.

use super::{IdentityDef, Resolved, ServerDefault, message::fail};
use crate::{
    model::Identity,
    value::{ColumnType, SqlType, Value},
};

/// Everything that is said about one table.
#[derive(Debug)]
pub struct ModelDef {
    /// Which model this is: its module path and name.
    pub identity: &'static str,
    /// The struct's name.
    pub name: &'static str,
    /// The table's name; with a schema that in front of it and a dot between, as in `archive.hero`.
    pub table: &'static str,
    /// The schema, where one was said.
    pub schema: Option<&'static str>,
    /// The columns, in the order of the fields.
    pub columns: &'static [ColumnDef],
    /// The relationships, in the order of the fields.
    pub relations: &'static [RelationDef],
    /// Positions of the primary key's columns; never empty.
    pub primary_key: &'static [usize],
    /// Constraints over several columns that make them unique together.
    pub uniques: &'static [IndexDef],
    /// Indexes over several columns.
    pub indexes: &'static [IndexDef],
    /// CHECK constraints, those of single columns included.
    pub checks: &'static [CheckDef],
    /// What the database keeps as the table's comment.
    pub comment: Option<&'static str>,
    /// Where the struct stands (file and line): the order of definition in the program.
    pub source: (&'static str, u32),
}

/// One column.
#[derive(Debug)]
pub struct ColumnDef {
    /// The struct's field.
    pub field: &'static str,
    /// The column's name in the database; the field's unless `column = "…"` says otherwise.
    pub name: &'static str,
    /// The column's type.
    pub ty: SqlType,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether it is part of the primary key.
    pub primary_key: bool,
    /// Whether the database makes the value when none is given: an integer `Id` of the model.
    pub generated: bool,
    /// Whether keys of deleted rows are never used again (SQLite's AUTOINCREMENT).
    pub autoincrement: bool,
    /// Whether it has an index of its own.
    pub index: bool,
    /// Whether its values are unique.
    pub unique: bool,
    /// The column it refers to.
    pub references: Option<Reference>,
    /// The value of a row that the program does not build itself, such as a link made by pushing
    /// into a list.
    pub default: Option<fn() -> Value>,
    /// What the database writes where nothing is said.
    pub server_default: Option<ServerDefault>,
    /// What the database keeps as the column's comment.
    pub comment: Option<&'static str>,
    /// How an identity column makes its keys, where it is one.
    pub identity: Option<IdentityDef>,
}

/// A foreign key's target.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    /// The identity of the model referred to.
    pub model: &'static str,
    /// Its name, for messages.
    pub name: &'static str,
    /// Its table, with the schema in front where it has one.
    pub table: &'static str,
    /// Its schema.
    pub schema: Option<&'static str>,
    /// The column's name in that table.
    pub column: &'static str,
    /// What the database does with this row when that one is deleted.
    pub on_delete: Option<OnDelete>,
}

/// What the database does with a row when the row it refers to is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// It deletes this row too.
    Cascade,
    /// It sets the foreign key to NULL.
    SetNull,
    /// It refuses.
    Restrict,
}

/// An index, or a unique constraint, over several columns.
#[derive(Debug)]
pub struct IndexDef {
    /// Its name, where one was given.
    pub name: Option<&'static str>,
    /// Positions of its columns.
    pub columns: &'static [usize],
}

/// A CHECK constraint.
#[derive(Debug)]
pub struct CheckDef {
    /// Its name, where one was given.
    pub name: Option<&'static str>,
    /// The column that it was said of, and is named after where no name was given.
    pub column: Option<&'static str>,
    /// The SQL condition.
    pub sql: &'static str,
}

/// What a relation field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// `Many<T>`.
    Many,
    /// `One<T>`.
    One,
    /// `One<Option<T>>`.
    Optional,
}

/// One relationship, as it was written.
#[derive(Debug)]
pub struct RelationDef {
    /// The struct that has the field.
    pub owner: &'static str,
    /// The struct's field.
    pub name: &'static str,
    /// What the field holds.
    pub kind: RelationKind,
    /// The identity of the related model.
    pub target: &'static str,
    /// The field of the related model that is the other side.
    pub back_populates: Option<&'static str>,
    /// The link model of a many-to-many relation.
    pub link: Option<LinkDef>,
    /// The foreign key fields to be used, where there is a choice; empty: the only ones.
    pub foreign_key: &'static [&'static str],
    /// The identity of the model whose fields `foreign_key` names, where it was written as
    /// `Model.field`.
    pub foreign_key_of: Option<&'static str>,
    /// Whether related rows are deleted with this one, or when removed from the list.
    pub cascade_delete: bool,
    /// Whether related rows are left to the database when this one is deleted.
    pub passive_deletes: bool,
    /// The order in which a list is loaded.
    pub order_by: &'static [OrderDef],
    /// How the relation joins, worked out at compile time.
    pub resolved: fn() -> &'static Resolved,
}

/// The link model of a many-to-many relation.
#[derive(Clone, Copy, Debug)]
pub struct LinkDef {
    /// Its identity.
    pub model: &'static str,
    /// The link's field that refers to the relation's own model, and the one that refers to the
    /// related model, where `link_model = Link(own, theirs)` names them.
    pub keys: Option<(&'static str, &'static str)>,
}

/// One column of the related model to order a list by.
#[derive(Clone, Copy, Debug)]
pub struct OrderDef {
    /// The related model's field.
    pub field: &'static str,
    /// Whether the largest comes first.
    pub descending: bool,
}

/// Whether two strings are the same, in const evaluation.
pub(super) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

impl ModelDef {
    /// Which part of the primary key a column is.
    pub(crate) fn part_of_key(&self, column: usize) -> Option<usize> {
        self.primary_key.iter().position(|at| *at == column)
    }

    /// A table with nothing said about it but its names.
    #[doc(hidden)]
    pub const fn of<M: Identity>() -> ModelDef {
        ModelDef {
            identity: M::IDENTITY,
            name: M::NAME,
            table: M::TABLE,
            schema: M::SCHEMA,
            columns: &[],
            relations: &[],
            primary_key: &[],
            uniques: &[],
            indexes: &[],
            checks: &[],
            comment: None,
            source: ("", 0),
        }
    }

    /// The table's name without its schema.
    pub fn bare_table(&self) -> &'static str {
        bare(self.schema, self.table)
    }

    /// The position of a relation, by its field.
    pub const fn relation(&self, name: &str) -> Option<usize> {
        let mut at = 0;
        while at < self.relations.len() {
            if same(self.relations[at].name, name) {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    /// The position of a column, by its field.
    pub const fn column(&self, field: &str) -> Option<usize> {
        let mut at = 0;
        while at < self.columns.len() {
            if same(self.columns[at].field, field) {
                return Some(at);
            }
            at += 1;
        }
        None
    }
}

/// The name of a table without the schema in front of it.
pub(crate) fn bare<'n>(schema: Option<&str>, table: &'n str) -> &'n str {
    schema.and_then(|schema| table.strip_prefix(schema)?.strip_prefix('.')).unwrap_or(table)
}

/// Models are the same when their identities are.
impl PartialEq for ModelDef {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.identity == other.identity
    }
}
impl Eq for ModelDef {}

/// What `#[model(table)]` writes: a plain column, and one call for each thing said about it.
#[doc(hidden)]
impl ColumnDef {
    #[track_caller]
    pub const fn of<V: ColumnType>(field: &'static str, name: &'static str) -> ColumnDef {
        // a newtype is an element whatever is in it
        if let SqlType::Array(SqlType::Bytes | SqlType::Json | SqlType::Array(_)) = V::TYPE {
            fail(
                "`{}`: an array holds no bytes, JSON or other arrays; make the field a `Json<Vec<…>>`",
                &[field],
            );
        }
        ColumnDef {
            field,
            name,
            ty: V::TYPE,
            nullable: V::NULLABLE,
            primary_key: false,
            generated: false,
            autoincrement: false,
            index: false,
            unique: false,
            references: None,
            default: None,
            server_default: None,
            comment: None,
            identity: None,
        }
    }

    #[must_use]
    pub const fn primary_key(mut self) -> ColumnDef {
        self.primary_key = true;
        self
    }

    #[must_use]
    pub const fn generated(mut self, generated: bool) -> ColumnDef {
        self.generated = generated;
        self
    }

    #[must_use]
    pub const fn autoincrement(mut self) -> ColumnDef {
        self.autoincrement = true;
        self
    }

    #[must_use]
    pub const fn index(mut self) -> ColumnDef {
        self.index = true;
        self
    }

    #[must_use]
    pub const fn unique(mut self) -> ColumnDef {
        self.unique = true;
        self
    }

    #[must_use]
    pub const fn references(mut self, reference: Option<Reference>) -> ColumnDef {
        self.references = reference;
        self
    }

    #[must_use]
    pub const fn default(mut self, value: fn() -> Value) -> ColumnDef {
        self.default = Some(value);
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn length(mut self, max: u32) -> ColumnDef {
        match &mut self.ty {
            SqlType::Text(length) => *length = Some(max),
            _ => fail(
                "`{}`: `max_length` is for text; remove it or make the field a `String`",
                &[self.field],
            ),
        }
        self
    }

    #[must_use]
    #[track_caller]
    pub const fn precision(mut self, digits: u8, places: u8) -> ColumnDef {
        match &mut self.ty {
            SqlType::Decimal(precision) => *precision = Some((digits, places)),
            _ => fail(
                "`{}`: `max_digits` and `decimal_places` are for a `Decimal`; remove them",
                &[self.field],
            ),
        }
        self
    }
}

/// What `#[model(table)]` writes: a relation with nothing said about it, and one call for each thing.
#[doc(hidden)]
impl RelationDef {
    pub const fn of(
        owner: &'static str,
        name: &'static str,
        kind: RelationKind,
        target: &'static str,
        resolved: fn() -> &'static Resolved,
    ) -> RelationDef {
        RelationDef {
            owner,
            name,
            kind,
            target,
            back_populates: None,
            link: None,
            foreign_key: &[],
            foreign_key_of: None,
            cascade_delete: false,
            passive_deletes: false,
            order_by: &[],
            resolved,
        }
    }

    #[must_use]
    pub const fn back_populates(mut self, field: &'static str) -> RelationDef {
        self.back_populates = Some(field);
        self
    }

    #[must_use]
    pub const fn link(
        mut self,
        model: &'static str,
        keys: Option<(&'static str, &'static str)>,
    ) -> RelationDef {
        self.link = Some(LinkDef { model, keys });
        self
    }

    #[must_use]
    pub const fn foreign_key(
        mut self,
        fields: &'static [&'static str],
        of: Option<&'static str>,
    ) -> RelationDef {
        self.foreign_key = fields;
        self.foreign_key_of = of;
        self
    }

    #[must_use]
    pub const fn cascade_delete(mut self) -> RelationDef {
        self.cascade_delete = true;
        self
    }

    #[must_use]
    pub const fn passive_deletes(mut self) -> RelationDef {
        self.passive_deletes = true;
        self
    }

    #[must_use]
    pub const fn order_by(mut self, order: &'static [OrderDef]) -> RelationDef {
        self.order_by = order;
        self
    }
}
