//! What is known of work whose connection was lost: that it can be done again unseen, that it is
//! undone, or that it may or may not be saved.

use crate::{
    fault,
    flight::{Query, Trouble},
    pipeline::begins_with,
};
use relata_core::error::{Error, ErrorKind};

/// How it was when steps that were sent together stopped.
pub(crate) struct Scene {
    /// Whether they begin a transaction.
    pub(crate) begins: bool,
    /// Whether each is a transaction of its own.
    pub(crate) autocommit: bool,
    /// Whether a COMMIT may have been sent behind them.
    pub(crate) commits: bool,
    /// Whether not a byte of them was sent.
    pub(crate) untouched: bool,
    /// Whether it is the first of them that stopped.
    pub(crate) first: bool,
    /// Whether it is the last.
    pub(crate) last: bool,
}

impl Scene {
    /// Whether nothing of the steps can have happened, or come to stay without a COMMIT.
    pub(crate) fn is_harmless(&self, trouble: &Trouble) -> bool {
        let unrun = self.begins || matches!(trouble, Trouble::Unrun(_));
        self.first && (self.untouched || unrun)
    }

    /// Whether the server may have saved something and its word on that was lost. Where the server
    /// itself ends the connection at an earlier step, it never came to the COMMIT.
    pub(crate) fn is_unknown(&self, trouble: &Trouble, query: Option<&Query>) -> bool {
        if self.untouched || !is_lost(trouble) {
            return false;
        }
        if self.autocommit {
            return !self.is_harmless(trouble) && !query.is_some_and(only_reads);
        }
        let told = trouble.fault().and_then(|fault| fault.as_db_error());
        let said = told.is_some_and(|told| !fault::is_hearsay(told));
        self.commits && (self.last || !said)
    }
}

fn is_lost(trouble: &Trouble) -> bool {
    trouble.fault().is_some_and(fault::is_lost)
}

/// Whether a statement leaves nothing behind, as far as its words tell.
fn only_reads(query: &Query) -> bool {
    begins_with(&query.sql, &["SELECT", "VALUES", "TABLE", "SHOW"])
}

/// The error of a COMMIT, or of a statement `alone`, that may have been done.
pub(crate) fn unknown(lost: Error, alone: bool) -> Error {
    let what = if alone { "a statement that the server commits by itself" } else { "COMMIT" };
    let message = format!(
        "the answer to {what} was lost, so the changes may or may not be saved; look before doing the work again ({lost})"
    );
    let statement = lost.statement().filter(|_| alone).unwrap_or("COMMIT").to_owned();
    Error::new(ErrorKind::CommitUnknown, message).with_statement(statement).with_source(lost)
}
