//! Tables, columns, keys and relationships as data: what `#[model]` says about a struct, relations
//! [resolved](Resolved) against both sides at compile time, and the DDL made from it.

mod constraint;
mod ddl;
mod def;
mod enums;
mod fits;
#[cfg(test)]
mod fixture;
mod inverse;
mod keys;
mod link;
mod message;
mod metadata;
mod options;
mod resolve;

pub(crate) use constraint::{ForeignKey, foreign_keys};
pub use ddl::{
    column_of_check, create_schema, create_schemas, create_table, create_tables, drop_table,
    drop_tables,
};
pub(crate) use def::bare;
pub use def::{
    CheckDef, ColumnDef, IndexDef, LinkDef, ModelDef, OnDelete, OrderDef, Reference, RelationDef,
    RelationKind,
};
pub use enums::{StoredEnum, create_enum, drop_enum, enums};
pub use keys::KeyPairs;
pub use metadata::{Metadata, Models, Registration, links_to};
pub use options::{IdentityDef, ServerDefault};
pub use resolve::{Join, Resolved, resolve};
