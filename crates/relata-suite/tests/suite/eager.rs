//! Relations that are loaded along with rows: nested, filtered, limited and joined ones, and what
//! becomes of a list of which only a part is known.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod joined;
mod models;
mod nested;
mod partial;
