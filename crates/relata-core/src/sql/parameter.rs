//! Which column a parameter is meant for, as far as the text of a statement tells. Only errors ask.

use super::Dialect;

/// The column of the parameter at a position, counted from 0: of an INSERT by its list of columns,
/// elsewhere the name that the placeholder is compared with or set to.
pub fn column_of(dialect: Dialect, sql: &str, at: usize) -> Option<String> {
    if sql.trim_start().to_ascii_uppercase().starts_with("INSERT INTO ") {
        let columns = names(sql.split_once('(')?.1)?;
        return columns.get(at % columns.len().max(1)).cloned();
    }
    let found = match dialect {
        Dialect::Postgres => numbered(sql, at + 1)?,
        Dialect::Sqlite | Dialect::MySql => nth(sql, at)?,
    };
    last_name(sql[..found].trim_end_matches([' ', '=', '<', '>', '!']))
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
    let mut quote = None;
    let placeholders = sql.char_indices().filter(|(_, letter)| match quote {
        Some(open) => {
            quote = quote.filter(|_| open != *letter);
            false
        }
        None => {
            quote = Some(*letter).filter(|letter| matches!(letter, '\'' | '"' | '`'));
            *letter == '?'
        }
    });
    placeholders.map(|(found, _)| found).nth(at)
}

/// The names up to the closing parenthesis.
fn names(list: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut quoted = false;
    let mut letters = list.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                name.push('"');
            }
            '"' => quoted = !quoted,
            ',' | ')' if !quoted => {
                names.push(std::mem::take(&mut name));
                if letter == ')' {
                    return Some(names);
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
        let insert = "INSERT INTO hero (name, age) VALUES (?, ?), (?, ?)";
        assert_eq!(column_of(Dialect::Sqlite, insert, 3).as_deref(), Some("age"));
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
            ("UPDATE hero SET name=$1, age=$2 WHERE hero.id = $3", 1, Some("age")),
            ("UPDATE hero SET name=$1 WHERE hero.id = $2", 1, Some("id")),
            ("SELECT 1 FROM t WHERE t.\"Age\" >= $1", 0, Some("Age")),
            ("SELECT $1", 0, None),
            ("SELECT $10, x = $1", 0, Some("x")),
            ("SELECT 1", 0, None),
        ] {
            assert_eq!(column_of(Dialect::Postgres, sql, at).as_deref(), column, "{sql}");
        }
    }
}
