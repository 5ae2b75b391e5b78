//! What users hold: [`Tracked`] rows, and [`Many`] and [`One`] relations as fields. Storage is
//! erased at the row ([`Node`]), so that nothing generic walks the graph of models.

mod again;
mod drop;
mod field;
mod index;
mod list;
mod lookup;
mod many;
mod member;
mod memory;
mod moved;
mod node;
mod one;
mod rows;
mod slot;
mod tracked;
mod unread;

pub use field::IntoField;
pub use list::List;
pub use lookup::{CompositeKey, KeyFields, KeyOf};
pub use many::Many;
pub use member::{IntoOne, Member, Members, Named, Target};
pub use memory::{Memory, Picture, Said, SaidList, Shared, Standing};
pub(crate) use moved::MovedKeys;
pub use node::{DecodeNode, Node, decode_node};
pub use one::{One, RelationField, ToOne};
pub use rows::{Rows, RowsMut};
pub use slot::{Asked, Slot};
pub(crate) use slot::{Changed, NewKeys};
pub use tracked::Tracked;
pub use unread::{Get, NotNeededFor};

pub(crate) use index::without;
