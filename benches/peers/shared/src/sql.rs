//! What builders cannot say, in the fewest and cheapest statements that a database has for it.

pub mod postgres {
    pub const UNLINK: &str = "DELETE FROM heroteamlink \
        USING unnest($1::bigint[], $2::bigint[]) AS gone (team, hero) \
        WHERE team_id = team AND hero_id = hero";

    pub const AGE: &str = "UPDATE hero SET age = new \
        FROM unnest($1::bigint[], $2::int[]) AS news (key, new) WHERE id = key";
}

/// Rows come as JSON. An `IN` of pairs would be looked through for every row of the table.
pub mod mariadb {
    pub const UNLINK: &str = "DELETE heroteamlink FROM heroteamlink \
        JOIN JSON_TABLE(?, '$[*]' COLUMNS (team BIGINT PATH '$[0]', hero BIGINT PATH '$[1]')) AS gone \
        ON team_id = team AND hero_id = hero";

    pub const AGE: &str = "UPDATE hero \
        JOIN JSON_TABLE(?, '$[*]' COLUMNS (k BIGINT PATH '$[0]', new INTEGER PATH '$[1]')) AS news \
        ON id = k SET age = new";
}

/// Rows as a parameter of JSON.
pub fn rows<T: serde::Serialize>(rows: &[T]) -> String {
    serde_json::to_string(rows).unwrap()
}
