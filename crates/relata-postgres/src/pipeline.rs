//! Runs batches. All statements of a transaction are sent before the first answer is waited for, so
//! that a batch costs one round trip, and one more where texts have to be prepared.
//!
//! Inside of a transaction nothing runs after a failure, so sending ahead does no harm. Outside of
//! one, and behind the end of one, each answer is waited for.

use crate::{
    flight::{Plan, Query, Sent, Trouble, check, is_unfit, named},
    link::Link,
    loss::{self, Scene},
    watch::Status,
};
use relata_core::{
    TransactionOptions,
    connection::{Done, Failure, Reply, Rows, Step},
    error::{Error, ErrorKind, Result},
    sql::Dialect,
};
use std::{borrow::Cow, ops::Range, sync::Arc};
use tokio_postgres::Client;

type Taker = Option<Box<dyn Rows>>;
/// A step that failed, and why.
type Failed = (usize, Error);

/// Why steps that were sent together stopped.
struct Stopped {
    failed: Failed,
    /// Whether nothing of them can have happened, or come to stay.
    harmless: bool,
}

/// Runs the steps in order, in as few round trips as can be.
pub(crate) async fn run(link: &mut Link, steps: Vec<Step>) -> Result<Reply, Failure> {
    let (steps, mut takers): (Vec<_>, Vec<_>) = steps.into_iter().map(Task::of).unzip();
    let mut done = Vec::with_capacity(steps.len());
    if steps.is_empty() {
        link.catch_up().await.map_err(|error| link.failure(0, error))?;
    }
    let mut renewed = false;
    while done.len() < steps.len() {
        if link.is_guessing() && matches!(steps[done.len()], Task::Commit) {
            // What was sent unheard may have failed, and COMMIT would be a ROLLBACK without a word.
            link.catch_up().await.map_err(|error| link.failure(done.len(), error))?;
        }
        let whole = done.len()..reach(link, &steps, done.len());
        let idle = link.status() == Status::Idle;
        let alone = idle && is_one_write(&steps[whole.clone()]);
        let part = if alone { whole.start + 1..whole.end - 1 } else { whole.clone() };
        done.extend(alone.then(Done::default));
        let ran = together(link, &steps, &mut takers, part.clone(), &mut done).await;
        let Err(stopped) = ran else {
            done.extend(alone.then(Done::default));
            link.heard();
            if steps[part].iter().any(alters) {
                link.cache.clear();
                link.altered.note();
            }
            continue;
        };
        let Stopped { failed: (step, error), harmless } = stopped;
        let again = idle && harmless && !renewed && error.kind() == ErrorKind::ConnectionLost;
        if !(again && link.renew().await) {
            return Err(link.failure(step, error));
        }
        renewed = true;
        done.truncate(whole.start);
    }
    if link.status() == Status::Idle {
        link.altered.tell();
    }
    // As the server said last. Where the connection ended since then, what was done is not settled,
    // and the next batch finds out.
    Ok(Reply { done, in_transaction: link.status() != Status::Idle })
}

/// A step apart from what takes its rows.
enum Task {
    Begin(TransactionOptions),
    Commit,
    Rollback,
    Savepoint(usize),
    Release(usize),
    RollbackTo(usize),
    Run(Query),
}

impl Task {
    fn of(step: Step) -> (Task, Taker) {
        let task = match step {
            // The server locks rows and not the database, so reading and writing begin alike.
            Step::Begin(_) => Task::Begin(TransactionOptions::new()),
            Step::BeginWith(_, options) => Task::Begin(options),
            Step::Commit => Task::Commit,
            Step::Rollback => Task::Rollback,
            Step::Savepoint(depth) => Task::Savepoint(depth),
            Step::Release(depth) => Task::Release(depth),
            Step::RollbackTo(depth) => Task::RollbackTo(depth),
            Step::Run(statement) => {
                let (query, taker) = Query::of(statement);
                return (Task::Run(query), taker);
            }
        };
        (task, None)
    }
}

/// Whether the steps are a transaction of a single run of one statement that writes. The server makes that
/// one by itself, and answers once in place of three times.
fn is_one_write(steps: &[Task]) -> bool {
    let [Task::Begin(options), Task::Run(query), Task::Commit] = steps else { return false };
    *options == TransactionOptions::new()
        && query.params.sets == 1
        && begins_with(&query.sql, &["INSERT", "UPDATE", "DELETE"])
}

/// Up to where the steps can be sent together.
fn reach(link: &Link, steps: &[Task], from: usize) -> usize {
    let transaction = match link.status() {
        Status::Open => true,
        Status::Idle => matches!(steps[from], Task::Begin(_)),
        Status::Failed => false,
    };
    if !transaction {
        return from + 1;
    }
    let mut altered = false;
    for (at, step) in (from..).zip(&steps[from..]) {
        match step {
            Task::Commit | Task::Rollback => return at + 1,
            Task::Run(query) if ends_transaction(&query.sql) => return at + 1,
            Task::Run(query) if is_bare(query) => altered = true,
            // It may need what was created, and can be prepared only afterwards.
            Task::Run(query) if altered && !link.unnamed && !link.cache.has(&query.sql) => {
                return at;
            }
            _ => {}
        }
    }
    steps.len()
}

/// Whether it is a text alone that neither reads nor writes rows, as those that create tables.
fn is_bare(query: &Query) -> bool {
    let kept = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES"];
    query.params.values.is_empty() && !begins_with(&query.sql, &kept)
}

/// Whether statements that were prepared before may be of no use behind this one.
fn alters(step: &Task) -> bool {
    matches!(step, Task::Run(query) if begins_with(&query.sql, &["ALTER", "DROP"]))
}

/// Whether a text written by hand says what is a step of its own.
fn ends_transaction(sql: &str) -> bool {
    begins_with(sql, &["COMMIT", "ROLLBACK", "END", "ABORT", "PREPARE"])
}

/// Whether a statement begins with one of these words.
pub(crate) fn begins_with(sql: &str, words: &[&str]) -> bool {
    let first = relata_core::sql::first_word(sql, Dialect::Postgres);
    words.iter().any(|word| word.eq_ignore_ascii_case(first))
}

/// Sends some steps together, and takes the answers.
async fn together(
    link: &mut Link,
    steps: &[Task],
    takers: &mut [Taker],
    part: Range<usize>,
    done: &mut Vec<Done>,
) -> Result<(), Stopped> {
    let begins = matches!(steps[part.start], Task::Begin(_));
    let autocommit = link.status() == Status::Idle && !begins;
    let plans = plan(link, &steps[part.clone()])
        .await
        .map_err(|(at, error)| Stopped { failed: (part.start + at, error), harmless: true })?;
    let before = link.written();
    let client = Arc::clone(&link.client);
    let mut flights = Vec::with_capacity(part.len());
    let mut commits = false;
    for (step, plan) in steps[part.clone()].iter().zip(&plans) {
        // A server may have done it, and may have gone, before the first look for its answer. Only
        // what is handed to a connection that is closed already is surely not sent.
        commits = matches!(step, Task::Commit) && !client.is_closed();
        let sent = send(&client, step, plan, autocommit);
        let stops = sent.iter().any(Sent::is_hopeless);
        flights.push(sent);
        if stops {
            break;
        }
    }
    let mut failed = None;
    for ((at, sent), plan) in part.clone().zip(flights).zip(&plans) {
        let brought = match &steps[at] {
            Task::Run(query) if autocommit => {
                one_by_one(&client, query, plan, sent, &mut takers[at]).await
            }
            step => brought(step, sent, &mut takers[at]).await,
        };
        match brought {
            Ok(brought) => done.push(brought),
            Err(trouble) => {
                failed = Some((at, plan, trouble));
                break;
            }
        }
    }
    // The loop has let go of the answers that nobody takes any more; those behind them could not
    // come otherwise.
    let Some((at, plan, trouble)) = failed else { return Ok(()) };
    let scene = Scene {
        begins,
        autocommit,
        commits,
        untouched: link.written() == before,
        first: at == part.start,
        last: at + 1 == part.end,
    };
    Err(stopped(link, scene, trouble, (&steps[at], plan), at..part.end).await)
}

/// The failure of the first of some steps, when all answers to what was sent have come.
async fn stopped(
    link: &mut Link,
    scene: Scene,
    trouble: Trouble,
    (step, plan): (&Task, &Plan),
    steps: Range<usize>,
) -> Stopped {
    let query = match step {
        Task::Run(query) => Some(query),
        _ => None,
    };
    let harmless = scene.is_harmless(&trouble);
    let unknown = scene.is_unknown(&trouble, query);
    let refused = scene.commits && matches!(trouble, Trouble::Ours(_));
    let error = explain(link, trouble, step, plan).await;
    let failed = if unknown && scene.autocommit {
        (steps.start, loss::unknown(error, true))
    } else if unknown {
        (steps.end - 1, loss::unknown(error, false))
    } else if refused {
        let note = "the transaction was committed before this row was looked at";
        (steps.start, error.with_note(note))
    } else {
        (steps.start, error)
    };
    Stopped { failed, harmless }
}

/// Sends a step; outside of a transaction only its first run, because no other may happen where
/// that fails.
fn send<'a>(client: &'a Client, step: &'a Task, plan: &'a Plan, alone: bool) -> Vec<Sent<'a>> {
    match (step, plan) {
        (_, Plan::Nothing) => Vec::new(),
        (_, Plan::Words(words)) => vec![Sent::words(client, words)],
        (Task::Run(query), plan) => {
            let mut sent = Vec::with_capacity(query.params.sets);
            let most = if alone { 1 } else { usize::MAX };
            for set in query.params.each().take(most) {
                sent.push(Sent::run(client, plan, query, set));
                if sent.last().is_some_and(Sent::is_hopeless) {
                    break;
                }
            }
            sent
        }
        _ => Vec::new(),
    }
}

/// What a step brought. Whether it wrote is left open: the client keeps the word of the server's
/// answer, which would tell, to itself.
async fn brought(step: &Task, sent: Vec<Sent<'_>>, taker: &mut Taker) -> Result<Done, Trouble> {
    let mut affected = Vec::new();
    for sent in sent {
        let count = sent.take(taker.as_mut()).await?;
        if let (Task::Run(query), None) = (step, &taker) {
            affected.push(changed(query, count));
        }
    }
    Ok(Done { affected, rows: taker.take(), ..Done::default() })
}

/// The runs of a statement outside of a transaction, of which the first was sent.
async fn one_by_one<'a>(
    client: &'a Client,
    query: &'a Query,
    plan: &'a Plan,
    first: Vec<Sent<'a>>,
    taker: &mut Taker,
) -> Result<Done, Trouble> {
    let mut affected = Vec::new();
    let mut first = first.into_iter();
    for (at, set) in query.params.each().enumerate() {
        let sent = first.next().unwrap_or_else(|| Sent::run(client, plan, query, set));
        let count = sent.take(taker.as_mut()).await.map_err(|trouble| match trouble {
            // Those before it were run.
            Trouble::Unrun(fault) if at > 0 => Trouble::Server(fault),
            other => other,
        })?;
        if taker.is_none() {
            affected.push(changed(query, count));
        }
    }
    Ok(Done { affected, rows: taker.take(), ..Done::default() })
}

/// The server counts rows that are read, too.
fn changed(query: &Query, count: u64) -> u64 {
    let writes = ["INSERT", "UPDATE", "DELETE", "MERGE", "WITH"];
    if begins_with(&query.sql, &writes) { count } else { 0 }
}

/// How each of some steps is sent; texts that are not known yet are prepared, all at once.
async fn plan(link: &mut Link, steps: &[Task]) -> Result<Vec<Plan>, Failed> {
    let status = link.status();
    let mut unknown: Vec<(usize, &Query)> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let Task::Run(query) = step else { continue };
        let Query { sql, params, table } = query;
        check(sql, params).map_err(|error| (at, named(error, sql, *table)))?;
        let known = link.unnamed || is_bare(query) || link.cache.has(sql);
        if !known && unknown.iter().all(|(_, other)| other.sql != *sql) {
            unknown.push((at, query));
        }
    }
    let fresh = prepare(link, &unknown).await?;
    let mut plans = Vec::with_capacity(steps.len());
    for (at, step) in steps.iter().enumerate() {
        let alone = at == 0 && status != Status::Open;
        plans.push(match step {
            Task::Begin(options) => Plan::Words(begin(*options)),
            Task::Commit if alone => return Err((at, cannot_commit(status))),
            Task::Commit => Plan::Words("COMMIT".into()),
            Task::Rollback if at == 0 && status == Status::Idle => Plan::Nothing,
            Task::Rollback => Plan::Words("ROLLBACK".into()),
            Task::Savepoint(depth) => Plan::Words(format!("SAVEPOINT relata_{depth}").into()),
            Task::Release(depth) => Plan::Words(format!("RELEASE relata_{depth}").into()),
            Task::RollbackTo(depth) => {
                Plan::Words(format!("ROLLBACK TO relata_{depth}; RELEASE relata_{depth}").into())
            }
            Task::Run(query) if link.unnamed || is_bare(query) => Plan::Unnamed,
            Task::Run(query) => prepared(link, &fresh, query).map_err(|e| (at, e))?,
        });
    }
    Ok(plans)
}

fn begin(options: TransactionOptions) -> Cow<'static, str> {
    if options == TransactionOptions::new() {
        return "BEGIN".into();
    }
    format!("BEGIN {options}").into()
}

type Fresh = Vec<(Arc<str>, tokio_postgres::Statement)>;

/// Those just prepared are looked up beside the cache, which may hold fewer than one batch has.
fn prepared(link: &mut Link, fresh: &Fresh, query: &Query) -> Result<Plan> {
    let Query { sql, params, table } = query;
    let new = fresh.iter().find(|(text, _)| text == sql).map(|(_, prepared)| prepared.clone());
    let Some(prepared) = new.or_else(|| link.cache.get(sql)) else { return Ok(Plan::Unnamed) };
    let (wanted, given) = (prepared.params().len(), params.width);
    if wanted != given {
        let message =
            format!("the statement has {wanted} parameters, but {given} values were given");
        return Err(named(Error::new(ErrorKind::Database, message), sql, *table));
    }
    Ok(Plan::Prepared(prepared))
}

async fn prepare(link: &mut Link, unknown: &[(usize, &Query)]) -> Result<Fresh, Failed> {
    let client = Arc::clone(&link.client);
    let texts = unknown.iter().map(|(_, query)| &*query.sql);
    let answers = futures_util::future::join_all(texts.map(|sql| client.prepare(sql))).await;
    let mut failed = None;
    let mut fresh = Vec::with_capacity(unknown.len());
    for (&(at, query), answer) in unknown.iter().zip(answers) {
        let Query { sql, table, .. } = query;
        match answer {
            Ok(prepared) => {
                link.cache.put(Arc::clone(sql), prepared.clone());
                fresh.push((Arc::clone(sql), prepared));
            }
            Err(fault) if failed.is_none() => {
                failed = Some((at, named(link.classify(fault, *table), sql, *table)));
            }
            Err(_) => {}
        }
    }
    match failed {
        Some(failed) => {
            // A connection that is lost says so at the next step.
            let _ = link.catch_up().await;
            Err(failed)
        }
        None => Ok(fresh),
    }
}

/// The error of a step, when all answers to what was sent have come.
async fn explain(link: &mut Link, trouble: Trouble, step: &Task, plan: &Plan) -> Error {
    let code = trouble.fault().and_then(|fault| fault.code()).map(|code| code.code());
    // the last is what the server says of a parameter whose type was dropped
    let stale = matches!(code, Some("0A000" | "26000" | "42P05" | "XX000"));
    let error = match (step, plan) {
        (Task::Run(query), plan) => {
            let Query { sql, params, table } = query;
            let types = match plan {
                Plan::Prepared(prepared) => Some(prepared.params()),
                _ => None,
            };
            // Of several sets it is one; none before it was unfit.
            let unfit = trouble.fault().is_some_and(is_unfit);
            let set = match unfit {
                true => params.each().find(|set| !crate::bind::all_fit(set, types)),
                false => None,
            };
            if stale {
                // So will be others of the same table.
                link.cache.clear();
            }
            let error = trouble.error(link, *table, sql, (set.unwrap_or_default(), types));
            named(error, sql, *table)
        }
        (_, Plan::Words(words)) => {
            let error = trouble.error(link, None, words, (&[], None));
            error.with_statement(&**words)
        }
        _ => trouble.error(link, None, "", (&[], None)),
    };
    let _ = link.catch_up().await;
    error
}

fn cannot_commit(status: Status) -> Error {
    let error = match status {
        Status::Failed => Error::new(
            ErrorKind::RollbackRequired,
            "an earlier statement of this transaction failed, so it cannot be committed; roll back and do the work again",
        ),
        _ => Error::new(
            ErrorKind::Database,
            "no transaction is open that could be committed; begin one first",
        ),
    };
    error.with_statement("COMMIT")
}
