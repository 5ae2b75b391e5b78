//! Creating and dropping tables: what is there is asked first, while nobody else can change it.

use super::enums::Stored;
use crate::{
    engine::{EngineOf, Lease},
    mode::Mode,
};
use relata_core::{
    Error, ErrorKind, Result,
    connection::{Batch, Failure, Params, Reply, Rows, Statement, Step},
    error::REFERRED_TO,
    schema::{ModelDef, create_schema, create_tables, drop_tables, enums},
    sql::{Catalog, ForeignKeys, Guard, Rendered, Site, before_drop, existing_enums, unused_enums},
};

/// Creates what is missing; the tables are in the order of creation.
pub(super) async fn create<X: Mode>(
    engine: &EngineOf<X>,
    tables: &[&'static ModelDef],
) -> Result<()> {
    let mut change = Change::open(engine, tables).await?;
    let dialect = change.site.dialect;
    loop {
        let catalog = change.begin().await?;
        let stored = match existing_enums(dialect) {
            Some(query) => change.ask(Vec::new(), plain(query), Stored::default()).await?,
            None => Stored::default(),
        };
        let extension = stored.extension(tables, dialect)?;
        if extension.is_empty() {
            let missing: Vec<&ModelDef> =
                tables.iter().copied().filter(|def| !catalog.has(&change.site, def)).collect();
            let schemas = catalog.missing_schemas(dialect, &missing);
            let mut all: Vec<_> = schemas.map(|name| create_schema(name, dialect)).collect();
            all.extend(stored.creation(&missing, dialect)?);
            all.extend(create_tables(&missing, &change.site)?);
            change.commit(all).await?;
            return change.close().await;
        }
        change.commit(extension).await?;
    }
}

/// Drops what is there.
pub(super) async fn drop<X: Mode>(
    engine: &EngineOf<X>,
    tables: &[&'static ModelDef],
) -> Result<()> {
    let mut change = Change::open(engine, tables).await?;
    let dialect = change.site.dialect;
    let catalog = change.begin().await?;
    let there: Vec<&ModelDef> =
        tables.iter().copied().filter(|def| catalog.has(&change.site, def)).collect();
    let before = before_drop(dialect).map(str::to_owned);
    let mut drops: Vec<_> = before.into_iter().collect();
    if let Some(query) = ForeignKeys::ask(dialect, &there)? {
        // whoever made them named them
        let keys = change.ask(Vec::new(), query, ForeignKeys::default()).await?;
        drops.extend(keys.removal(&change.site, &there));
    }
    drops.extend(drop_tables(&there, dialect));
    if let Some(query) = unused_enums(dialect) {
        let steps = drops.into_iter().map(run).collect();
        let unused =
            change.ask(steps, plain(query), Stored::default()).await.map_err(referred_to)?;
        drops = unused.removal(tables, dialect)?;
    }
    change.commit(drops).await.map_err(referred_to)?;
    change.close().await
}

/// The databases find at different statements that tables are referred to, some with the last of all.
fn referred_to(error: Error) -> Error {
    match error.kind() {
        ErrorKind::ForeignKeyViolation => error.with_message(REFERRED_TO),
        _ => error,
    }
}

/// A connection that changes tables, alone as long as it does.
struct Change<'t> {
    lease: Lease,
    tables: &'t [&'static ModelDef],
    site: Site,
    guard: Guard,
}

impl<'t> Change<'t> {
    async fn open<X: Mode>(
        engine: &EngineOf<X>,
        tables: &'t [&'static ModelDef],
    ) -> Result<Change<'t>> {
        let dialect = engine.capabilities().dialect;
        enums(tables, dialect)?;
        let mut lease = engine.acquire().await?;
        let mut site = Site::new(dialect);
        if let Some(query) = site.ask() {
            site = ask(&mut lease, Vec::new(), plain(query), site).await?;
        }
        let mut guard = Guard::new(&site, tables);
        let before = guard.before();
        if !before.is_empty() {
            // Where the locks are not given back, they go with the connection.
            lease.condemn();
            if !take_locks(&mut lease, before).await? {
                guard = guard.unlocked();
            }
        }
        Ok(Change { lease, tables, site, guard })
    }

    /// Begins a transaction, and asks what is there.
    async fn begin(&mut self) -> Result<Catalog> {
        let mut steps = vec![self.guard.begin()];
        steps.extend(self.guard.within().into_iter().map(Step::Run));
        let query = Catalog::ask(self.site.dialect, self.tables)?;
        let found = ask(&mut self.lease, steps, query, Catalog::default()).await;
        found.map_err(|error| self.guard.not_given(error))
    }

    async fn ask<R: Rows>(&mut self, steps: Vec<Step>, query: Rendered, rows: R) -> Result<R> {
        let answer = ask(&mut self.lease, steps, query, rows).await;
        answer.map_err(|error| self.guard.in_use(error))
    }

    /// Runs statements as the last of the transaction.
    async fn commit(&mut self, statements: Vec<String>) -> Result<()> {
        let steps = statements.into_iter().map(run).chain([Step::Commit]).collect();
        let sent = send(&mut self.lease, steps).await;
        sent.map(std::mem::drop).map_err(|error| self.guard.in_use(error))
    }

    /// Lets others do the same.
    async fn close(mut self) -> Result<()> {
        let after: Vec<_> = self.guard.after().into_iter().map(Step::Run).collect();
        if !after.is_empty() {
            send(&mut self.lease, after).await?;
        }
        self.lease.pardon();
        Ok(())
    }
}

/// Takes the locks of the connection, unless the server has none to give, as some clusters.
async fn take_locks(lease: &mut Lease, take: Vec<Statement>) -> Result<bool> {
    match send(lease, take.into_iter().map(Step::Run).collect()).await {
        Err(error) if error.kind() == ErrorKind::Database => {
            tracing::warn!(
                "tables are changed without a lock, so let no other program do so now: {error}"
            );
            Ok(false)
        }
        taken => taken.map(|_| true),
    }
}

fn run(sql: String) -> Step {
    Step::Run(Statement::text(sql))
}

fn plain(sql: &str) -> Rendered {
    Rendered { sql: sql.to_owned(), params: Vec::new() }
}

/// Sends some steps and a query behind them, whose rows `rows` takes.
async fn ask<R: Rows>(
    lease: &mut Lease,
    mut steps: Vec<Step>,
    query: Rendered,
    rows: R,
) -> Result<R> {
    steps.push(Step::Run(Statement {
        params: Params::once(query.params),
        rows: Some(Box::new(rows)),
        ..Statement::text(query.sql)
    }));
    let mut reply = send(lease, steps).await?;
    let unanswered = || Error::new(ErrorKind::Database, "the driver did not answer every step");
    Ok(*reply.done.last_mut().ok_or_else(unanswered)?.take::<R>()?)
}

/// Runs the steps; where one fails, the transaction is rolled back.
pub(super) async fn send(lease: &mut Lease, steps: Vec<Step>) -> Result<Reply> {
    let Failure { error, in_transaction, .. } = match lease.run(Batch { steps }).await {
        Ok(reply) => return Ok(reply),
        Err(failure) => failure,
    };
    if in_transaction {
        // The first error tells why; a lease whose rollback fails too is not used again.
        let _ = lease.run(Batch { steps: vec![Step::Rollback] }).await;
    }
    Err(error)
}
