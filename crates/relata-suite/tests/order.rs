//! The order in which a flush writes.

mod support;
