//! What the transactions of a session are asked to be.

use super::{Again, Transaction, Upgrade};
use crate::{Error, ErrorKind, Mode, Result};
use relata_core::{
    Isolation, TransactionOptions,
    connection::{Begin, Step},
};

impl<X: Mode> Transaction<X> {
    /// Sets what every transaction begun from here on is to be.
    pub(in crate::session) fn set_options(&mut self, options: TransactionOptions) {
        self.options = options.over(self.options);
    }

    /// Begins a transaction that differs from the others of the session.
    pub(in crate::session) async fn begin_with(
        &mut self,
        options: TransactionOptions,
    ) -> Result<()> {
        if self.begun.is_some() {
            return Err(Error::new(
                ErrorKind::InvalidStatement,
                "a transaction is open already; call `commit` or `rollback` before `begin_with`",
            ));
        }
        self.once = options;
        let begun = self.send(Begin::Read, Vec::new()).await;
        if begun.is_err() {
            self.once = TransactionOptions::new();
        }
        begun.map(|_| ())
    }

    pub(super) fn in_force(&self) -> TransactionOptions {
        self.once.over(self.options)
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.in_force().read_only == Some(true)
    }

    /// What a transaction has to begin for, where these steps are its first. One that may write, and may not
    /// fail for what others write meanwhile, begins for writing at once.
    pub(super) fn purpose(&self, begin: Begin) -> Begin {
        let anew = self.capabilities().write_begins_anew;
        let at_once = self.holds_still()
            || match self.upgrade {
                Upgrade::Anew => false,
                // nobody runs the unit again
                Upgrade::GoOn => self.again == Again::Never,
                Upgrade::AtOnce => true,
            };
        match self.begun {
            None if begin == Begin::Read && anew && at_once && !self.is_read_only() => Begin::Write,
            _ => begin,
        }
    }

    /// Whether what is read is to stay as it is until the transaction ends.
    pub(super) fn holds_still(&self) -> bool {
        self.in_force().isolation >= Some(Isolation::RepeatableRead)
    }

    /// What savepoints are for: they are no reason to lock where nothing is written.
    pub(super) fn for_savepoints(&self) -> Begin {
        if self.is_read_only() { Begin::Read } else { Begin::Write }
    }

    /// The step that begins a transaction as it is asked to be, at a level that the database has.
    pub(super) fn begin(&self, begin: Begin) -> Result<Step> {
        let mut options = self.in_force();
        if options == TransactionOptions::new() {
            return Ok(Step::Begin(begin));
        }
        if let Some(asked) = options.isolation {
            options.isolation = Some(self.capabilities().level(asked)?);
        }
        Ok(Step::BeginWith(begin, options))
    }
}

pub(super) fn read_only() -> Error {
    Error::new(
        ErrorKind::ReadOnly,
        "the transaction is read only; write in one without `read_only`",
    )
}
