//! SQLModel for Rust.
pub mod blocking;
mod engine;
mod metadata;
mod mode;
