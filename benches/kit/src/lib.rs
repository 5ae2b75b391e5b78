//! What is measured: the work, its data and the clock. A library takes part by implementing [`Peer`] and
//! calling [`run`]; what it may not choose (rows, keys, sizes, what is timed) stands here.

mod backend;
mod clock;
pub mod data;
mod peer;
mod workload;

pub use backend::Backend;
pub use clock::{repeat, run};
pub use peer::Peer;
pub use workload::Workload;
