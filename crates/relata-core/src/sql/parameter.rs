//! Which column a parameter is meant for, as far as the text of a statement tells. Only errors ask.

use super::Dialect;

/// The column of the parameter at a position, counted from 0: in the rows of an INSERT the one at its
/// place in the list of columns, elsewhere the name that the placeholder is compared with or set to.
pub fn column_of(dialect: Dialect, sql: &str, at: usize) -> Option<String> {
    let found = match dialect {
        Dialect::Postgres => numbered(sql, at + 1)?,
        Dialect::Sqlite | Dialect::MySql => nth(sql, at)?,
    };
    let before = &sql[..found];
    let before = before.strip_suffix("CAST(").unwrap_or(before);
    in_list(before)
        .or_else(|| in_rows(before))
        .or_else(|| last_name(before.trim_end_matches([' ', '=', '<', '>', '!'])))
}

/// The column whose array is being written where this text ends.
fn in_list(before: &str) -> Option<String> {
    let (column, _) = before.strip_suffix(" LIMIT 0), ")?.rsplit_once(" FROM ONLY ")?;
    last_name(column)
}

/// The column of an INSERT whose value is being written where this text ends.
fn in_rows(before: &str) -> Option<String> {
    if !before.trim_start().to_ascii_uppercase().starts_with("INSERT INTO ") {
        return None;
    }
    let (columns, rest) = names(before.split_once('(')?.1)?;
    let rest = rest.strip_prefix(" OVERRIDING SYSTEM VALUE").unwrap_or(rest);
    let (mut depth, mut column) = (0_usize, 0);
    for (_, letter) in unquoted(rest.strip_prefix(" VALUES ")?) {
        match letter {
            '(' => {
                depth += 1;
                column = if depth == 1 { 0 } else { column };
            }
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 1 => column += 1,
            ',' | ' ' => {}
            // behind the rows
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    columns.into_iter().nth(column).filter(|_| depth > 0)
}

/// The letters outside of quotes, with their places.
fn unquoted(sql: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    sql.char_indices().filter(move |(_, letter)| match quote {
        Some(open) => {
            quote = quote.filter(|_| open != *letter);
            false
        }
        None => {
            quote = Some(*letter).filter(|letter| matches!(letter, '\'' | '"' | '`'));
            quote.is_none()
        }
    })
}

/// Where the placeholder `$7` is.
fn numbered(sql: &str, number: usize) -> Option<usize> {
    let placeholder = format!("${number}");
    let is_whole = |found: &usize| {
        !sql[found + placeholder.len()..].starts_with(|next: char| next.is_ascii_digit())
    };
    sql.match_indices(&placeholder).map(|(found, _)| found).find(is_whole)
}

/// Where the placeholder `?` at a position is.
fn nth(sql: &str, at: usize) -> Option<usize> {
    let placeholders = unquoted(sql).filter(|(_, letter)| *letter == '?');
    placeholders.map(|(found, _)| found).nth(at)
}

/// The names up to the closing parenthesis, and what follows it.
fn names(list: &str) -> Option<(Vec<String>, &str)> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut quoted = false;
    let mut letters = list.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' if quoted && letters.peek().is_some_and(|(_, next)| *next == '"') => {
                letters.next();
                name.push('"');
            }
            '"' => quoted = !quoted,
            ',' | ')' if !quoted => {
                names.push(std::mem::take(&mut name));
                if letter == ')' {
                    return Some((names, &list[at + 1..]));
                }
            }
            ' ' if !quoted => {}
            other => name.push(other),
        }
    }
    None
}

fn last_name(text: &str) -> Option<String> {
    if let Some(quoted) = text.strip_suffix('"') {
        let start = quoted.rfind('"')?;
        return Some(quoted[start + 1..].to_owned());
    }
    let is_plain = |c: char| c.is_alphanumeric() || c == '_';
    let start = text.rfind(|c: char| !is_plain(c)).map_or(0, |at| at + 1);
    // What is no name is a word such as `IN`, or nothing.
    let name = &text[start..];
    name.starts_with(|c: char| c.is_lowercase() || c == '_').then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_without_numbers_are_counted() {
        let update = "UPDATE hero SET \"what?\"=?, name='?', age=? WHERE hero.id = ?";
        let columns = [0, 1, 2, 3].map(|at| column_of(Dialect::Sqlite, update, at));
        let found = ["what?", "age", "id"].map(|name| Some(name.to_owned()));
        assert_eq!(columns, [&found[..], &[None]].concat()[..]);
        let cast = "SELECT 1 FROM hero WHERE hero.age > CAST(? AS DECIMAL(57, 1))";
        assert_eq!(column_of(Dialect::MySql, cast, 0).as_deref(), Some("age"));
        let insert = "INSERT INTO hero (name, age) VALUES (?, ?), (?, ?)";
        assert_eq!(column_of(Dialect::Sqlite, insert, 3).as_deref(), Some("age"));
        let keyless = "INSERT INTO hero (id, name, age) VALUES (NULL, ?, ?), (NULL, ?, ?)";
        let columns = [0, 1, 2, 3].map(|at| column_of(Dialect::Sqlite, keyless, at));
        assert_eq!(columns, ["name", "age", "name", "age"].map(|name| Some(name.to_owned())));
    }

    #[test]
    fn the_column_is_found_where_the_text_tells() {
        for (sql, at, column) in [
            (
                "INSERT INTO hero (name, \"My, \"\"Age\", id) VALUES ($1, $2, $3), ($4, $5, $6)",
                4,
                Some("My, \"Age"),
            ),
            ("INSERT INTO hero (name) VALUES ($1)", 0, Some("name")),
            ("INSERT INTO hero (id, name) VALUES ($1, $2), (DEFAULT, $3)", 2, Some("name")),
            (
                "INSERT INTO hero (id, name) OVERRIDING SYSTEM VALUE VALUES ($1, lower($2))",
                1,
                Some("name"),
            ),
            (
                "INSERT INTO hero (name, age) VALUES (',(', $1) ON CONFLICT (name) DO UPDATE SET nick=$2",
                1,
                Some("nick"),
            ),
            ("INSERT INTO hero (name, age) VALUES (',(', $1)", 0, Some("age")),
            (
                "INSERT INTO hero (name) SELECT team.name FROM team WHERE team.id = $1",
                0,
                Some("id"),
            ),
            ("UPDATE hero SET name=$1, age=$2 WHERE hero.id = $3", 1, Some("age")),
            ("UPDATE hero SET name=$1 WHERE hero.id = $2", 1, Some("id")),
            (
                "UPDATE hero SET age=given.c0 FROM unnest(array_cat(ARRAY(SELECT hero.age FROM ONLY hero LIMIT 0), $1), array_cat(ARRAY(SELECT hero.\"Id\" FROM ONLY hero LIMIT 0), $2)) AS given (c0, c1)",
                1,
                Some("Id"),
            ),
            ("SELECT 1 FROM t WHERE t.\"Age\" >= $1", 0, Some("Age")),
            ("SELECT $1", 0, None),
            ("SELECT $10, x = $1", 0, Some("x")),
            ("SELECT 1", 0, None),
        ] {
            assert_eq!(column_of(Dialect::Postgres, sql, at).as_deref(), column, "{sql}");
        }
    }
}
