//! What is made of codes and messages, of both servers.

use super::*;

struct Facts<'a> {
    kind: ErrorKind,
    table: Option<&'a str>,
    columns: &'a [&'a str],
    constraint: Option<&'a str>,
    message: &'a str,
}

fn of(table: Table) -> Names<'static> {
    Names { table, database: Some("test") }
}

#[track_caller]
fn check_facts(code: u16, text: &str, facts: &Facts<'_>) {
    let error = describe(code, text, of(None));
    assert_eq!(error.kind(), facts.kind, "{text}");
    assert_eq!(error.table(), facts.table, "{text}");
    assert_eq!(error.columns().collect::<Vec<_>>(), facts.columns, "{text}");
    assert_eq!(error.constraint(), facts.constraint, "{text}");
    assert_eq!(error.to_string(), facts.message, "{text}");
    assert_eq!(error.code(), Some(code.to_string().as_str()));
}

#[test]
fn unique_keys() {
    for (text, table, constraint) in [
        ("Duplicate entry 'Deadpond' for key 'hero.ix_hero_name'", Some("hero"), "ix_hero_name"),
        ("Duplicate entry 'Deadpond' for key 'ix_hero_name'", None, "ix_hero_name"),
        ("Duplicate entry 'for key 'x' for key 'PRIMARY'", None, "PRIMARY"),
    ] {
        let message = format!("unique constraint failed: `{constraint}`");
        let kind = ErrorKind::UniqueViolation;
        let facts =
            Facts { kind, table, columns: &[], constraint: Some(constraint), message: &message };
        check_facts(1062, text, &facts);
    }
}

#[test]
fn foreign_keys() {
    let text = |what: &str| {
        format!(
            "Cannot {what} row: a foreign key constraint fails (`test`.`hero`, CONSTRAINT `hero_ibfk_1` FOREIGN KEY (`team_id`, `odd``name`) REFERENCES `team` (`id`, `x`))"
        )
    };
    let facts = Facts {
        kind: ErrorKind::ForeignKeyViolation,
        table: Some("hero"),
        columns: &["team_id", "odd`name"],
        constraint: Some("hero_ibfk_1"),
        message: "foreign key constraint failed on table `hero`: the row that `team_id`, `odd`name` refers to does not exist; add that first",
    };
    check_facts(1452, &text("add or update a child"), &facts);
    let error = describe(1451, &text("delete or update a parent"), of(Some("team")));
    assert_eq!((error.table(), error.constraint()), (Some("team"), Some("hero_ibfk_1")));
    assert_eq!(error.columns().collect::<Vec<_>>(), ["id", "x"]);
    for table in [Some("fan"), None] {
        let error = describe(1451, &text("delete or update a parent"), of(table));
        assert_eq!(error.columns().count(), 0, "they are another table's");
    }
    assert_eq!(
        error.to_string(),
        "foreign key constraint failed on table `team`: rows of `hero` refer to it; remove those first"
    );
}

#[test]
fn columns_and_checks() {
    let kind = ErrorKind::NotNullViolation;
    let message = "not null constraint failed: `name`";
    let facts = Facts { kind, table: None, columns: &["name"], constraint: None, message };
    check_facts(1048, "Column 'name' cannot be null", &facts);
    check_facts(1364, "Field 'name' doesn't have a default value", &facts);

    let (kind, message) = (ErrorKind::CheckViolation, "check constraint failed: `old`");
    let facts = Facts { kind, table: None, columns: &[], constraint: Some("old"), message };
    check_facts(3819, "Check constraint 'old' is violated.", &facts);
    let message = "check constraint failed on table `hero`: `old`";
    let facts = Facts { table: Some("hero"), message, ..facts };
    check_facts(4025, "CONSTRAINT `old` failed for `test`.`hero`", &facts);

    let message =
        "a value does not fit the column `age`; it is too long, out of range, or of another type";
    let kind = ErrorKind::OutOfRange;
    let facts = Facts { kind, table: None, columns: &["age"], constraint: None, message };
    check_facts(1264, "Out of range value for column 'age' at row 1", &facts);
    let long =
        "a value does not fit the column `age`; it is too long: shorten it or raise `max_length`";
    check_facts(
        1406,
        "Data too long for column 'age' at row 1",
        &Facts { message: long, columns: facts.columns, ..facts },
    );
    check_facts(
        1366,
        "Incorrect integer value: 'secret column 'x'' for column `test`.`hero`.`age` at row 1",
        &facts,
    );
}

#[test]
fn text_that_a_character_set_has_not() {
    let message = "a value does not fit the column `name`; it has characters that the column has not; alter it to `utf8mb4`";
    let kind = ErrorKind::OutOfRange;
    let facts = Facts { kind, table: None, columns: &["name"], constraint: None, message };
    let text = r"Incorrect string value: '\xF0\x9F' for column `test`.`hero`.`name` at row 1";
    check_facts(1366, text, &facts);
}

#[test]
fn what_is_missing() {
    let facts = Facts {
        kind: ErrorKind::MissingTable,
        table: Some("hero"),
        columns: &[],
        constraint: None,
        message: "table `hero` does not exist; create it with `metadata().create_all(&engine)`",
    };
    check_facts(1146, "Table 'test.hero' doesn't exist", &facts);
    check_facts(1051, "Unknown table 'test.hero'", &facts);
    let facts = Facts {
        kind: ErrorKind::MissingColumn,
        columns: &["power"],
        message: "table `hero` has no column `power`; `create_all` leaves tables that exist as they are, so alter it",
        ..facts
    };
    check_facts(1054, "Unknown column 'hero.power' in 'SELECT'", &facts);
}

#[test]
fn tables_of_other_databases() {
    let told = |code, text: &str, table| {
        let error = describe(code, text, of(table));
        (error.table().map(str::to_owned), error.to_string())
    };
    let fails = "a foreign key constraint fails (`shop`.`hero`, CONSTRAINT `x` FOREIGN KEY (`a`) REFERENCES `team` (`id`))";
    let (table, message) = told(1451, fails, Some("team"));
    assert_eq!(table.as_deref(), Some("team"));
    assert!(message.contains("rows of `shop.hero` refer to it"), "{message}");
    let shop = Some("shop.hero".to_owned());
    assert_eq!(told(1452, fails, None).0, shop);
    assert_eq!(told(1146, "Table 'shop.hero' doesn't exist", None).0, shop);
    assert_eq!(told(4025, "CONSTRAINT `old` failed for `shop`.`hero`", None).0, shop);
    let duplicate = "Duplicate entry 'a' for key 'hero.name'";
    assert_eq!(told(1062, duplicate, Some("shop.hero")).0, shop);
    assert_eq!(told(1062, duplicate, Some("hero")).0, Some("hero".to_owned()));
    assert_eq!(told(1054, "Unknown column 'shop.hero.power' in 'SELECT'", None).0, shop);
    // the connection's own, where the model says it all the same
    let own = Some("test.hero");
    assert_eq!(told(1146, "Table 'test.hero' doesn't exist", own).0.as_deref(), own);
    assert_eq!(
        readings("a.b.c").collect::<Vec<_>>(),
        [(None, "a.b.c"), (Some("a"), "b.c"), (Some("a.b"), "c")]
    );
}

#[test]
fn too_many_statements_name_the_option() {
    for (code, text) in [
        (1461, "Can't create more than max_prepared_stmt_count statements (current value: 1)"),
        (1243, "Unknown prepared statement handler (7) given to EXECUTE"),
    ] {
        let error = describe(code, text, of(None));
        assert_eq!(error.kind(), ErrorKind::Database);
        assert!(error.to_string().contains("`statement_cache"), "{error}");
    }
}

#[test]
fn kinds() {
    for (code, kind) in [
        (1205, ErrorKind::Busy),
        (1213, ErrorKind::Busy),
        (1020, ErrorKind::Busy),
        (3572, ErrorKind::Busy),
        (1689, ErrorKind::Busy),
        (3101, ErrorKind::Busy),
        (1412, ErrorKind::Busy),
        (1114, ErrorKind::Full),
        (1290, ErrorKind::ReadOnly),
        (1792, ErrorKind::ReadOnly),
        (1317, ErrorKind::Timeout),
        (1969, ErrorKind::Timeout),
        (3024, ErrorKind::Timeout),
        (2006, ErrorKind::ConnectionLost),
        (2013, ErrorKind::ConnectionLost),
        (1927, ErrorKind::ConnectionLost),
        (4031, ErrorKind::ConnectionLost),
        (1153, ErrorKind::OutOfRange),
        (1064, ErrorKind::Database),
    ] {
        let error = describe(code, "as the server says", of(Some("hero")));
        assert_eq!(error.kind(), kind, "{code}");
        assert_eq!(error.is_retryable(), kind == ErrorKind::Busy);
        assert_eq!(error.table(), Some("hero"));
        assert_eq!(error.code(), Some(code.to_string().as_str()));
    }
}

#[test]
fn warnings_lose_the_value_that_they_quote() {
    for (text, expected) in [
        ("Truncated incorrect DOUBLE value: 'secret'", "Truncated incorrect DOUBLE value"),
        (
            "Incorrect integer value: 'a 'secret' for x' for column `t`.`age` at row 1",
            "Incorrect integer value for column `t`.`age` at row 1",
        ),
        ("Duplicate entry 'secret' for key 'hero.name'", "Duplicate entry for key 'hero.name'"),
        ("Unknown table 'test.hero'", "Unknown table 'test.hero'"),
        ("Data truncated for column 'age' at row 1", "Data truncated for column 'age' at row 1"),
    ] {
        assert_eq!(without_value(text), expected);
    }
}
