//! Many rows as one list, where the database takes them so: what is sent, and what is said where it
//! counts fewer rows than it was given.

use super::*;

#[model(table)]
struct Badge {
    #[field(primary_key)]
    id: Id<Badge>,
    #[field(unique)]
    number: i32,
    colour: String,
}

/// What PostgreSQL can do.
fn postgres() -> Capabilities {
    Capabilities {
        dialect: Dialect::Postgres,
        checks_each_row: false,
        returning: true,
        row_lists: true,
        insert_lists: true,
        upsert: UpsertForm::OnConflict,
        ..row_by_row()
    }
}

/// The batches of a flush, the question after a rollback, and the error.
fn told(on: &Capabilities, mut database: Database, add: impl FnOnce(&mut Unit, &Scope)) -> String {
    let (mut unit, scope) = (Unit::default(), Scope::transaction(1));
    add(&mut unit, &scope);
    let mut flush = Flush::new(unit.take().unwrap(), on, &scope);
    let mut text = String::new();
    while let Some(statements) = flush.next().unwrap() {
        let mut done = database.batch(statements, &mut text);
        let Err(mut error) = flush.apply(&mut done) else { continue };
        if let Some(missed) = flush.missed() {
            text.push_str(&format!("failed: {error}\nrollback\n"));
            let question = missed.question(on.dialect, false).unwrap();
            error = missed.named(&mut database.batch(vec![question], &mut text)[0]).unwrap();
        }
        return format!("{text}failed: {error}\n");
    }
    text
}

/// Badges 1, 2, …, each changed.
fn changed(unit: &mut Unit, scope: &Scope, count: i64, change: impl Fn(&mut Badge)) {
    for key in 1..=count {
        let mut badge = stored(Badge::new(7, "red"), key);
        change(&mut badge);
        (&mut badge).add_to(unit, scope);
    }
}

fn deleted(unit: &mut Unit, scope: &Scope, count: i64) {
    for key in 1..=count {
        relata::Delete::delete_from(stored(Badge::new(7, "red"), key), unit, scope);
    }
}

#[test]
fn updates_are_one_list_and_a_row_that_has_gone_is_asked_for() {
    let database =
        Database { counts: vec![1], answers: vec![vec![vec![1]]], ..Database::default() };
    let text = told(&postgres(), database, |unit, scope| {
        changed(unit, scope, 2, |badge| badge.colour = "blue".into());
    });
    insta::assert_snapshot!(text);
}

#[test]
fn deletes_are_one_list_and_a_row_that_has_gone_is_asked_for_once_they_are_undone() {
    let answers = vec![vec![vec![1], vec![3]]];
    let database = Database { counts: vec![2], answers, ..Database::default() };
    let text = told(&postgres(), database, |unit, scope| deleted(unit, scope, 3));
    insta::assert_snapshot!(text);
}

#[test]
fn an_answer_that_does_not_fit_the_count_names_no_row() {
    for (there, message) in [
        (vec![vec![1], vec![2], vec![3]], "though they are there; see whether the transaction"),
        (vec![vec![2]], "1 of 3 rows of `Badge` that are to be deleted have gone since"),
    ] {
        let database = Database { counts: vec![2], answers: vec![there], ..Database::default() };
        let text = told(&postgres(), database, |unit, scope| deleted(unit, scope, 3));
        let error = text.lines().last().unwrap();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn unique_values_are_written_one_by_one() {
    let text = told(&postgres(), Database::default(), |unit, scope| {
        changed(unit, scope, 2, |badge| badge.number += 1);
    });
    insta::assert_snapshot!(text);
}

/// MySQL checks keys row by row: the deletes of such a table go in turn, all others as a list.
#[test]
fn rows_that_refer_to_their_own_table_are_deleted_in_turn_where_each_is_checked() {
    let mysql = Capabilities { row_lists: true, ..row_by_row() };
    let answers = vec![vec![vec![2, NULL, 1], vec![3, NULL, 1]], vec![]];
    let database = Database { answers, ..Database::default() };
    let text = told(&mysql, database, |unit, scope| {
        relata::Delete::delete_from(stored(Folder::new("root"), 1), unit, scope);
    });
    let badges = Database { counts: vec![2], ..Database::default() };
    let others = told(&mysql, badges, |unit, scope| deleted(unit, scope, 2));
    insta::assert_snapshot!(format!("{text}\n{others}"));
}
