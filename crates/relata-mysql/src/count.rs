//! How many rows a statement wrote, as other databases count them: a row that an INSERT found and changed
//! counts once, one that it found and left not at all. The server counts the first twice and the second
//! once, and says in words how many rows it found. Of a single row it says nothing in words, so there one
//! that was left counts as one that is new.

use relata_core::sql::{Dialect, first_word, words};

/// The rows that an INSERT wrote. Of other statements it is the server's own count.
pub(crate) fn count(sql: &str, info: &str, affected: u64) -> u64 {
    if !inserts(sql) {
        return affected;
    }
    let mut numbers = info.split_ascii_whitespace().filter_map(|word| word.parse::<u64>().ok());
    match (numbers.next(), numbers.next()) {
        // Of those that it found it wrote none.
        (Some(all), Some(found)) if info.starts_with("Records:") && ignores(sql) => {
            all.saturating_sub(found)
        }
        (Some(_), Some(found)) if info.starts_with("Records:") => affected.saturating_sub(found),
        // Of one row nothing is said in words.
        _ if affected == 2 => 1,
        _ => affected,
    }
}

fn inserts(sql: &str) -> bool {
    let word = first_word(sql, Dialect::MySql);
    ["INSERT", "REPLACE"].iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// Whether it is an INSERT IGNORE, maybe with a priority before the second word.
fn ignores(sql: &str) -> bool {
    words(sql, Dialect::MySql).take(3).any(|word| word.eq_ignore_ascii_case("IGNORE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_count_once() {
        let upsert = "INSERT INTO hero (name) VALUES (?) ON DUPLICATE KEY UPDATE age=1";
        let counts = [
            count("UPDATE hero SET age=1", "Rows matched: 3  Changed: 1  Warnings: 0", 3),
            count(upsert, "", 1),
            count(upsert, "", 2),
            count(&format!("/* nightly */ -- work\n{upsert}"), "", 2),
            // one is new, two are changed, one stays
            count(upsert, "Records: 4  Duplicates: 3  Warnings: 0", 6),
            count(
                "INSERT IGNORE INTO hero VALUES (?), (?), (?)",
                "Records: 3  Duplicates: 1  Warnings: 1",
                2,
            ),
            count("replace into hero VALUES (1)", "", 2),
            count("DELETE FROM hero", "", 7),
            count(
                "INSERT INTO hero SELECT * FROM other",
                "Records: 3  Duplicates: 0  Warnings: 0",
                3,
            ),
        ];
        assert_eq!(counts, [3, 1, 1, 1, 3, 2, 1, 7, 3]);
    }
}
