//! Which column a parameter is meant for, as far as the text of a statement tells. Only errors ask.

/// The column of the parameter at a position, counted from 0: of an INSERT by its list of columns,
/// elsewhere the name that the placeholder is compared with or set to.
pub(crate) fn column_of(sql: &str, at: usize) -> Option<String> {
    if sql.trim_start().to_ascii_uppercase().starts_with("INSERT INTO ") {
        let columns = names(sql.split_once('(')?.1)?;
        return columns.get(at % columns.len().max(1)).cloned();
    }
    let placeholder = format!("${}", at + 1);
    let mut from = 0;
    loop {
        let found = from + sql.get(from..)?.find(&placeholder)?;
        from = found + placeholder.len();
        if !sql[from..].starts_with(|c: char| c.is_ascii_digit()) {
            let before = sql[..found].trim_end_matches([' ', '=', '<', '>', '!']);
            return last_name(before);
        }
    }
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
            assert_eq!(column_of(sql, at).as_deref(), column, "{sql}");
        }
    }
}
