//! The unit of work, without I/O: the queue of pictures taken at `add`, and the flush that turns
//! it into the fewest statements in an order that respects every foreign key.

mod add;
mod changes;
mod check;
mod children;
mod delete;
mod depend;
mod entries;
mod fill;
mod flush;
mod list_op;
mod lists;
mod load;
mod made;
mod op;
mod order;
mod picture;
mod queue;
mod relate;
mod replace;
mod rows;
mod taken_back;
mod turns;
mod unseen;
mod write;

pub use add::{Add, Delete};
pub use flush::Flush;
pub use load::Loads;
pub use queue::Unit;
pub(crate) use relate::foreign_key;
pub use rows::TargetRows;
pub use write::Missed;
