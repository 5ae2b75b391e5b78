//! Tests that are left out.

use std::io::{self, Write};

/// Says that a test, or a part of it, was left out. What `eprintln` writes is captured.
pub(crate) fn skipped(test: &str, why: &str) {
    let _ = writeln!(io::stderr(), "SKIPPED {test}: {why}");
}
