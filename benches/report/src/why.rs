//! Why a peer is ahead, where that was looked into.

use crate::read::Cell;

/// The reason, by database, work and peer; an empty text stands for all.
const REASONS: [(&str, &str, &str, &str); 17] = [
    ("postgres", "trivial query", "diesel", IN_THREAD),
    ("postgres", "medium complex query", "diesel", IN_THREAD),
    ("postgres", "get by key", "diesel", IN_THREAD),
    ("mariadb", "trivial query", "diesel", IN_THREAD),
    ("mariadb", "medium complex query", "diesel", IN_THREAD),
    ("mariadb", "get by key", "diesel", IN_THREAD),
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
        "",
        "update loaded rows",
        "",
        "each row is compared with what it said, its list of teams too, and is checked to have been there",
    ),
    (
        "",
        "link diff",
        "",
        "lists are compared without types, and each link passes the queue, the pairs of both sides and the plan",
    ),
    (
        "",
        "many-to-many create",
        "",
        "each link passes the list, the queue, the pairs of both sides and the plan before it is a row",
    ),
    ("", "many-to-many eager load", "", BY_KEYS),
    ("", "heroes with teams to JSON", "", BY_KEYS),
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
    ("", "trivial query", "", AS_TEXT),
    ("", "medium complex query", "", AS_TEXT),
];

const AS_TEXT: &str = "the statement is built and looked up as text; from 100 rows on rows decide";
const BY_KEYS: &str = "teams are asked for by the keys of the heroes and shared between them; by hand all links are read";
const IN_THREAD: &str = "the C library works in the calling thread; ours hands each batch to the driver's thread and waits for it";

pub(crate) fn why(cell: &Cell, peer: &str) -> Option<&'static str> {
    let fits = |text: &str, of: &str| text.is_empty() || text == of;
    let found = REASONS.into_iter().find(|(backend, workload, of, _)| {
        fits(backend, &cell.backend) && fits(workload, cell.workload) && fits(of, peer)
    });
    found.map(|(.., why)| why)
}
