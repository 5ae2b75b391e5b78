//! Relations that are loaded along with rows: nested, filtered, limited and joined ones, and what
//! becomes of a list of which only a part is known.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "eager/joined.rs"]
mod joined;
#[path = "eager/models.rs"]
mod models;
#[path = "eager/nested.rs"]
mod nested;
#[path = "eager/partial.rs"]
mod partial;
mod support;
