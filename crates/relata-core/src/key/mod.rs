//! Which row a value names: typed, late-bound [`Id`]s, the [`Late`] key that clones of an unsaved
//! id share, and [`RowKey`], the same without types.

mod id;
mod late;
mod row_key;
mod types;

pub use id::{Id, IdState};
pub use late::{Late, OwnKey};
pub use row_key::RowKey;
pub use types::{Key, KeyFrom, KeyPart, SingleKey};
