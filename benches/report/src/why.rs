//! Why a peer is ahead, where that was looked into.

use crate::read::Cell;

/// The reason, by database, work and peer; an empty text stands for all.
const REASONS: [(&str, &str, &str, &str); 12] = [
    (
        "sqlite",
        "insert",
        "",
        "a session tells each new row its key, remembers what it said, and plans the flush; the others drop the keys",
    ),
    (
        "",
        "get by key",
        "",
        "the statement is built and looked up as text, and a transaction is kept account of",
    ),
    (
        "sqlite",
        "update loaded rows",
        "",
        "each row is compared with what it said, its list of teams too, and each UPDATE is checked to have found it",
    ),
    (
        "",
        "update loaded rows",
        "",
        "an UPDATE for each row, so that one that has gone is named; by hand it is one statement of all rows",
    ),
    (
        "",
        "link diff",
        "",
        "each hero's list is compared as a whole; by hand the two teams that change are known",
    ),
    (
        "",
        "many-to-many create",
        "",
        "each link passes the list, the queue, the pairs of both sides and the plan before it is a row",
    ),
    (
        "",
        "many-to-many eager load",
        "",
        "teams are asked for by the keys of the heroes and shared between them; by hand all links are read",
    ),
    (
        "",
        "heroes with teams to JSON",
        "",
        "teams are asked for by the keys of the heroes and shared between them; by hand all links are read",
    ),
    (
        "",
        "loading associations",
        "",
        "rows are asked for by keys, and each is a row of its own that can be shared, changed and saved",
    ),
    (
        "",
        "insert",
        "",
        "a transaction of its own, and keys that are told to the rows; by hand it is one statement without either",
    ),
    (
        "",
        "trivial query",
        "",
        "the statement is built and looked up as text; from 100 rows on rows decide",
    ),
    (
        "",
        "medium complex query",
        "",
        "the statement is built and looked up as text; from 100 rows on rows decide",
    ),
];

pub(crate) fn why(cell: &Cell, peer: &str) -> Option<&'static str> {
    let fits = |text: &str, of: &str| text.is_empty() || text == of;
    let found = REASONS.into_iter().find(|(backend, workload, of, _)| {
        fits(backend, &cell.backend) && fits(workload, &cell.workload) && fits(of, peer)
    });
    found.map(|(.., why)| why)
}
