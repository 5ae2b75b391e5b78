//! Messages of the server, and what becomes of them.

use super::*;

fn error(facts: Facts<'_>) -> Error {
    describe(facts, Some("hero"))
}

#[track_caller]
fn assert_names(error: &Error, table: Option<&str>, columns: &[&str], constraint: Option<&str>) {
    assert_eq!(error.table(), table);
    assert_eq!(error.columns().collect::<Vec<_>>(), columns);
    assert_eq!(error.constraint(), constraint);
}

#[test]
fn unique_names_table_columns_and_constraint() {
    let facts = Facts {
        code: "23505",
        message: "duplicate key value violates unique constraint \"hero_name_age_key\"",
        detail: Some("Key (name, \"Age\")=(Deadpond, 40) already exists."),
        table: Some("hero"),
        constraint: Some("hero_name_age_key"),
        ..Facts::default()
    };
    let found = error(facts);
    assert_eq!(found.to_string(), "unique constraint failed: `hero.name`, `hero.Age`");
    assert_names(&found, Some("hero"), &["name", "Age"], Some("hero_name_age_key"));
    let german = Facts { detail: Some("Schlüssel »(name)=(x)« existiert bereits."), ..facts };
    assert_eq!(error(german).to_string(), "unique constraint failed: `hero.name`");
    let index = Facts { detail: Some("Key (lower(name))=(x) already exists."), ..facts };
    assert_eq!(error(index).to_string(), "unique constraint failed: index `hero_name_age_key`");
    assert_names(&error(index), Some("hero"), &[], Some("hero_name_age_key"));
}

#[test]
fn a_foreign_key_is_of_the_table_that_was_written() {
    let facts = Facts {
        code: "23503",
        detail: Some("Key (id)=(1) is still referenced from table \"fan\"."),
        table: Some("fan"),
        constraint: Some("fan_team_id_fkey"),
        ..Facts::default()
    };
    let found = describe(facts, Some("team"));
    assert_eq!(
        found.to_string(),
        "foreign key constraint failed on table `team`: rows of `fan` refer to it; remove those first"
    );
    assert_names(&found, Some("team"), &["id"], Some("fan_team_id_fkey"));
    assert_eq!(describe(facts, None).table(), Some("fan"));
}

#[test]
fn what_others_depend_on_is_not_dropped() {
    let facts = Facts {
        code: "2BP01",
        message: "cannot drop table team because other objects depend on it",
        detail: Some("constraint hero_team_id_fkey on table hero depends on table team"),
        ..Facts::default()
    };
    let found = describe(facts, None);
    assert_eq!(found.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(
        found.to_string(),
        "foreign key constraint failed: other tables refer to it; drop those tables first, or all of them together"
    );
    let view = Facts { detail: Some("view grown depends on table team"), ..facts };
    let found = describe(view, None);
    assert_eq!(found.kind(), ErrorKind::Database);
    assert_eq!(
        found.to_string(),
        "cannot drop table team because other objects depend on it; drop these first"
    );
}

#[test]
fn missing_tables_and_columns() {
    let said = |code, message| describe(Facts { code, message, ..Facts::default() }, None);
    for table in ["hero", "shop.hero"] {
        let message = format!("relation \"{table}\" does not exist");
        let found = describe(Facts { code: "42P01", message: &message, ..Facts::default() }, None);
        assert_eq!((found.kind(), found.table()), (ErrorKind::MissingTable, Some(table)));
        assert_eq!(
            found.to_string(),
            format!(
                "table `{table}` does not exist; create it with `metadata().create_all(&engine)`"
            )
        );
    }
    for (message, table) in [
        ("column \"nme\" of relation \"hero\" does not exist", Some("hero")),
        ("column hero.nme does not exist", Some("hero")),
        ("column \"nme\" does not exist", None),
    ] {
        let found = said("42703", message);
        assert_eq!(found.kind(), ErrorKind::MissingColumn);
        assert_names(&found, table, &["nme"], None);
    }
}

#[test]
fn a_table_that_is_written_with_its_schema_is_named_so() {
    let facts = Facts {
        code: "23505",
        detail: Some("Key (name)=(x) already exists."),
        schema: Some("shop"),
        table: Some("hero"),
        ..Facts::default()
    };
    let named = |schema, table| {
        let found = describe(Facts { schema: Some(schema), ..facts }, Some(table));
        (found.to_string(), found.table().map(str::to_owned))
    };
    let message = |table: &str| format!("unique constraint failed: `{table}.name`");
    assert_eq!(named("shop", "shop.hero"), (message("shop.hero"), Some("shop.hero".into())));
    assert_eq!(named("shop", "hero"), (message("hero"), Some("hero".into())));
    // another table, which a trigger writes to
    assert_eq!(named("public", "shop.hero"), (message("hero"), Some("hero".into())));
    let column = "column \"nme\" of relation \"hero\" does not exist";
    for message in [column, "column hero.nme does not exist"] {
        let found = describe(Facts { code: "42703", message, ..facts }, Some("shop.hero"));
        assert_names(&found, Some("shop.hero"), &["nme"], None);
    }
}

#[test]
fn kinds_by_code() {
    for (code, kind) in [
        ("40001", ErrorKind::Busy),
        ("40P01", ErrorKind::Busy),
        ("55P03", ErrorKind::Busy),
        ("57014", ErrorKind::Timeout),
        ("57P01", ErrorKind::ConnectionLost),
        ("25P02", ErrorKind::RollbackRequired),
        ("25006", ErrorKind::ReadOnly),
        ("53100", ErrorKind::Full),
        ("22003", ErrorKind::OutOfRange),
        ("08P01", ErrorKind::Database),
        ("42601", ErrorKind::Database),
    ] {
        let found = error(Facts { code, message: "text", ..Facts::default() });
        assert_eq!((found.kind(), found.code()), (kind, Some(code)));
    }
}

#[test]
fn values_are_not_repeated() {
    for (said, told) in [
        (
            "invalid input syntax for type integer: \"secret\"",
            "invalid input syntax for type integer",
        ),
        ("invalid input syntax for type date: \"a: \"b\"\"", "invalid input syntax for type date"),
        ("value \"9\" is out of range for type integer", "value is out of range for type integer"),
        ("\"1e400\" is out of range for type real", "a value is out of range for type real"),
        ("invalid value \"secret\" for \"YYYY\"", "invalid value"),
        ("integer out of range", "integer out of range"),
    ] {
        for code in ["22P02", "22007", "22008", "22003"] {
            let found = error(Facts { code, message: said, ..Facts::default() });
            assert_eq!((found.kind(), &*found.to_string()), (ErrorKind::OutOfRange, told));
        }
    }
}
