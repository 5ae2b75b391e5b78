//! Tests that are left out.

use std::io::{self, Write};

/// Says that a test, or a part of it, was left out, past the capture of its output.
#[expect(clippy::explicit_write, reason = "`eprintln` is captured")]
pub(crate) fn skipped(test: &str, why: &str) {
    let _ = writeln!(io::stderr(), "SKIPPED {test}: {why}");
}
