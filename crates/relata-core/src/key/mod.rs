//! Which row a value names: typed, late-bound [`Id`]s, the [`Late`] key that clones of an unsaved
//! id share, and [`RowKey`], the same without types.

/// Calls a macro with the types that a key of one column may have, besides those of the program.
macro_rules! key_types {
    ($each:ident) => {
        $each!(i8, i16, i32, i64, u8, u16, u32, u64, bool, String, uuid::Uuid, chrono::NaiveDate);
    };
}
pub(crate) use key_types;

mod id;
mod late;
mod row_key;
mod types;

pub use id::{Id, IdState};
pub use late::{Late, OwnKey};
pub use row_key::RowKey;
pub use types::{Key, KeyFrom, KeyPart, SingleKey};
