//! What is larger than the server takes at once.

use crate::{private::Private, support::*};
use relata_core::{
    ErrorKind,
    connection::{Begin, Params, Statement, Step},
    value::Value,
};
use std::sync::Arc;

const MAX: usize = 1 << 20;

/// A header, the bits of what is NULL, types, and how long the one value is.
const AROUND: usize = 11 + 1 + 2 + 4;

fn blob(size: usize) -> Value {
    Value::Bytes(Arc::from(vec![b'x'; size]))
}

fn insert(sizes: &[usize]) -> Step {
    let marks = vec!["(?)"; sizes.len()].join(", ");
    let values = sizes.iter().map(|size| blob(*size)).collect();
    write(&format!("INSERT INTO kept VALUES {marks}"), "kept", values)
}

#[test]
fn what_is_too_large_is_not_sent_and_the_transaction_stands() {
    let limit = format!("--max-allowed-packet={MAX}");
    let Some(server) = Private::start("what_is_too_large", &[&limit]) else { return };
    on(&server.url(), async |db: Db| {
        let mut conn = db.connect().await;
        run(&mut conn, [sql("CREATE TABLE kept (it LONGBLOB)")]).await.unwrap();
        run(&mut conn, [Step::Begin(Begin::Write), insert(&[1])]).await.unwrap();
        let failure = failure(&mut conn, insert(&[MAX])).await;
        assert_eq!(failure.error.kind(), ErrorKind::OutOfRange);
        assert_eq!(
            failure.error.to_string(),
            format!(
                "the server takes less than 1048576 bytes at a time, and the statement with its values has {}; raise `max_allowed_packet` there, or write less at a time",
                MAX + AROUND
            )
        );
        assert_eq!(failure.error.table(), Some("kept"));
        assert!(failure.in_transaction);
        for text in
            [format!("SELECT '{}'", "x".repeat(MAX)), format!("DO /*{}*/ 1", "x".repeat(MAX))]
        {
            let error = crate::support::failure(&mut conn, sql(&text)).await.error;
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            let params = Params::once(vec![blob(MAX)]);
            let failure = conn.open(Statement { params, ..Statement::text("SELECT ?") }).await;
            assert_eq!(failure.unwrap_err().error.kind(), ErrorKind::OutOfRange);
        }
        run(&mut conn, [insert(&[2]), Step::Commit]).await.unwrap();
        assert_eq!(rows(&mut conn, "SELECT LENGTH(it) FROM kept").await, ["Int(1)", "Int(2)"]);
    });
}

#[test]
fn what_just_fits_is_stored_and_read_in_one_piece() {
    let limit = format!("--max-allowed-packet={MAX}");
    let Some(server) = Private::start("what_just_fits", &[&limit]) else { return };
    on(&server.url(), async |db: Db| {
        let mut conn = db.connect().await;
        run(&mut conn, [sql("CREATE TABLE kept (it LONGBLOB)")]).await.unwrap();
        run(&mut conn, [insert(&[MAX - 1 - AROUND])]).await.unwrap();
        // Together they are beyond one packet of the protocol, so each is sent by itself.
        run(&mut conn, [insert(&[MAX - 100; 20])]).await.unwrap();
        assert_eq!(number(&mut conn, "SELECT COUNT(*) FROM kept").await, 21);
        // A row may be larger than what the server takes.
        let wide = "SELECT a.it, b.it, c.it FROM kept a, kept b, kept c LIMIT 1";
        assert_eq!(rows(&mut conn, wide).await.len(), 1);
    });
}
