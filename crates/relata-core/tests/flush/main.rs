//! The unit of work without a database: what a flush sends, batch by batch, for what was added.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of `#[test]`")]

mod lists;

use relata::{Id, Many, One, Tracked, Value, model};
use relata_core::{
    Isolation, Result, Scope,
    connection::{Capabilities, Done, Row, Statement, UpsertForm},
    sql::Dialect,
    unit::{Add, Flush, Unit},
    value::Cell,
};

#[model(table)]
struct Membership {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[field(foreign_key = Hero.id)]
    leader_id: Option<Id<Hero>>,
    #[relationship(back_populates = teams, link_model = Membership)]
    heroes: Many<Hero>,
    #[relationship(foreign_key = leader_id)]
    leader: One<Option<Hero>>,
    #[relationship(back_populates = home, foreign_key = home_id)]
    residents: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    #[field(foreign_key = Team.id)]
    home_id: Option<Id<Team>>,
    #[relationship(back_populates = residents, foreign_key = home_id)]
    home: One<Option<Team>>,
    #[relationship(back_populates = heroes, link_model = Membership)]
    teams: Many<Team>,
}

#[model(table)]
struct Folder {
    #[field(primary_key)]
    id: Id<Folder>,
    name: String,
    #[field(foreign_key = Folder.id)]
    parent_id: Option<Id<Folder>>,
    #[relationship(back_populates = children)]
    parent: One<Option<Folder>>,
    #[relationship(back_populates = parent, cascade_delete)]
    children: Many<Folder>,
}

/// A database that answers: keys count up, questions get these rows, and changes and deletes count so
/// many, or one in each run.
#[derive(Default)]
struct Database {
    next_key: i64,
    answers: Vec<Vec<Vec<i64>>>,
    counts: Vec<u64>,
}

struct Ints(Vec<i64>);

const NULL: i64 = i64::MIN;

impl Row for Ints {
    fn cell(&self, at: usize) -> Result<Cell<'_>> {
        Ok(self.0.get(at).filter(|v| **v != NULL).map_or(Cell::Null, |value| Cell::Int(*value)))
    }

    fn width(&self) -> usize {
        self.0.len()
    }

    fn name(&self, _: usize) -> Option<&str> {
        None
    }
}

impl Database {
    /// Answers a batch, and adds its statements to the text.
    fn batch(&mut self, statements: Vec<Statement>, text: &mut String) -> Vec<Done> {
        text.push_str("batch\n");
        for statement in &statements {
            text.push_str(&format!("  {}\n", shown(statement)));
        }
        statements.into_iter().map(|statement| self.answer(statement)).collect()
    }

    fn answer(&mut self, statement: Statement) -> Done {
        let Statement { sql, params, rows, .. } = statement;
        let Some(mut rows) = rows else {
            let mut inserted = vec![None; params.sets];
            if sql.starts_with("INSERT") {
                inserted.fill_with(|| Some(self.key()));
                // Not in the order of the rows.
                inserted.reverse();
            }
            let affected = match self.counts.is_empty() {
                true => vec![1; params.sets],
                false => self.counts.drain(..params.sets).collect(),
            };
            return Done { affected, inserted, ..Done::default() };
        };
        let answer = if sql.starts_with("INSERT") {
            (0..sql.matches("), (").count() + 1).map(|_| vec![self.key()]).collect()
        } else {
            self.answers.remove(0)
        };
        for row in answer {
            rows.row(&Ints(row)).unwrap();
        }
        Done { rows: Some(rows), ..Done::default() }
    }

    fn key(&mut self) -> i64 {
        self.next_key += 1;
        self.next_key
    }
}

fn shown(statement: &Statement) -> String {
    let sets: Vec<String> = statement
        .params
        .each()
        .map(|set| {
            let values = set.iter().map(|value| match value {
                Value::Int(value) => value.to_string(),
                Value::Text(text) => format!("'{text}'"),
                Value::Null => "NULL".into(),
                other => format!("{other:?}"),
            });
            values.collect::<Vec<_>>().join(", ")
        })
        .collect();
    format!("{} -- {}", statement.sql.replace('\n', " "), sets.join(" | "))
}

/// Flushes; gives each batch's statements with their parameters.
fn flush(unit: &mut Unit, scope: &Scope, answers: Vec<Vec<Vec<i64>>>) -> Result<String> {
    let capabilities = Capabilities {
        dialect: Dialect::Sqlite,
        bind_limit: 32_766,
        connection_limit: None,
        write_begins_anew: true,
        checks_each_row: false,
        returning: true,
        in_process: false,
        row_lists: false,
        insert_lists: false,
        savepoints: true,
        isolation: &Isolation::ALL,
        upsert: UpsertForm::OnConflict,
    };
    flush_on(&capabilities, unit, scope, answers)
}

fn flush_on(
    capabilities: &Capabilities,
    unit: &mut Unit,
    scope: &Scope,
    answers: Vec<Vec<Vec<i64>>>,
) -> Result<String> {
    let mut database = Database { answers, ..Database::default() };
    let mut flush = Flush::new(unit.take()?, capabilities, scope);
    let mut text = String::new();
    while let Some(statements) = flush.next()? {
        let mut done = database.batch(statements, &mut text);
        flush.apply(&mut done)?;
    }
    Ok(text)
}

fn stored<M: relata::Model<Key = i64>>(mut row: M, key: i64) -> Tracked<M> {
    row.assign(0, Cell::Int(key)).unwrap();
    Tracked::loaded(row)
}

fn plan(add: impl FnOnce(&mut Unit, &Scope)) -> Result<String> {
    plan_with(Vec::new(), add)
}

fn plan_with(answers: Vec<Vec<Vec<i64>>>, add: impl FnOnce(&mut Unit, &Scope)) -> Result<String> {
    let (mut unit, scope) = (Unit::default(), Scope::transaction(1));
    add(&mut unit, &scope);
    flush(&mut unit, &scope, answers)
}

#[test]
fn a_table_is_one_insert_and_links_come_last() {
    let text = plan(|unit, scope| {
        let z_force = Team::new("Z-Force").add_to(unit, scope);
        for name in ["Deadpond", "Rusty-Man"] {
            Hero::new(name).with_teams([&z_force]).add_to(unit, scope);
        }
    });
    insta::assert_snapshot!(text.unwrap());
}

#[test]
fn rows_that_name_each_other_are_inserted_then_updated() {
    let text = plan(|unit, scope| {
        let mut team = Team::new("Avengers").add_to(unit, scope);
        let hero = Hero::new("Hulk").with_home(&team).add_to(unit, scope);
        team.leader.set(&hero);
        (&mut team).add_to(unit, scope);
    });
    insta::assert_snapshot!(text.unwrap());
}

#[test]
fn a_tree_is_inserted_level_by_level() {
    let text = plan(|unit, scope| {
        let leaf = |name: &str| Folder::new(name);
        let left = Folder::new("left").with_children([leaf("a"), leaf("b")]);
        let right = Folder::new("right").with_children([leaf("c")]);
        Folder::new("root").with_children([left, right]).add_to(unit, scope);
    });
    insta::assert_snapshot!(text.unwrap());
}

#[test]
fn a_list_set_unseen_is_looked_at_once_and_differs_least() {
    let held = vec![vec![vec![1, 10], vec![1, 11], vec![2, 10]]];
    let text = plan_with(held, |unit, scope| {
        for key in [1, 2] {
            let mut hero = stored(Hero::new("Hulk"), key);
            hero.teams.set([Id::<Team>::from(11), Id::from(12)]);
            (&mut hero).add_to(unit, scope);
        }
    });
    insta::assert_snapshot!(text.unwrap());
}

#[test]
fn a_delete_takes_links_first_and_frees_children() {
    let text = plan(|unit, scope| {
        let mut team = stored(Team::new("Avengers"), 7);
        relata::Delete::delete_from(&mut team, unit, scope);
    });
    insta::assert_snapshot!(text.unwrap());
}

#[test]
fn a_cascade_finds_the_children_of_the_children() {
    let answers = vec![vec![vec![2, NULL, 1], vec![3, NULL, 1]], vec![vec![4, NULL, 2]], vec![]];
    let text = plan_with(answers, |unit, scope| {
        let mut root = stored(Folder::new("root"), 1);
        relata::Delete::delete_from(&mut root, unit, scope);
    });
    insta::assert_snapshot!(text.unwrap());
}

#[test]
fn a_link_asked_for_by_one_side_and_refused_by_the_other_is_an_error() {
    let error = plan(|unit, scope| {
        let (mut hero, mut team) = (stored(Hero::new("Hulk"), 1), stored(Team::new("A"), 2));
        hero.teams.push(&team);
        team.heroes.remove(&hero);
        (&mut hero).add_to(unit, scope);
        (&mut team).add_to(unit, scope);
    });
    insta::assert_snapshot!(error.unwrap_err());
}

/// What MySQL can do.
fn row_by_row() -> Capabilities {
    Capabilities {
        dialect: Dialect::MySql,
        bind_limit: 65_535,
        connection_limit: None,
        write_begins_anew: false,
        checks_each_row: true,
        returning: false,
        in_process: false,
        row_lists: false,
        insert_lists: false,
        savepoints: true,
        isolation: &Isolation::ALL,
        upsert: UpsertForm::OnDuplicateKey,
    }
}

#[test]
fn a_row_that_refers_to_itself_lets_go_first_where_each_row_is_checked() {
    let (mut unit, scope) = (Unit::default(), Scope::transaction(1));
    let mut own = Folder::new("own");
    own.parent_id = Some(Id::from(1));
    let mut root = stored(own, 1);
    relata::Delete::delete_from(&mut root, &mut unit, &scope);
    let text = flush_on(&row_by_row(), &mut unit, &scope, vec![vec![]]);
    insta::assert_snapshot!(text.unwrap());
}

#[test]
fn without_returning_rows_are_inserted_one_by_one_and_each_gets_its_own_key() {
    let capabilities = row_by_row();
    let (mut unit, scope) = (Unit::default(), Scope::transaction(1));
    let z_force = Team::new("Z-Force").add_to(&mut unit, &scope);
    let heroes = ["Deadpond", "Rusty-Man", "Hulk"]
        .map(|name| Hero::new(name).with_teams([&z_force]).add_to(&mut unit, &scope));
    let text = flush_on(&capabilities, &mut unit, &scope, Vec::new());
    insta::assert_snapshot!(text.unwrap());
    assert_eq!(z_force.id.get(), Some(1));
    assert_eq!(heroes.map(|hero| hero.id.get()), [Some(4), Some(3), Some(2)]);
}

#[test]
fn where_no_statement_travels_each_is_of_one_row_and_links_run_for_each_too() {
    let capabilities = Capabilities {
        dialect: Dialect::Sqlite,
        in_process: true,
        row_lists: false,
        returning: true,
        ..row_by_row()
    };
    let (mut unit, scope) = (Unit::default(), Scope::transaction(1));
    let z_force = Team::new("Z-Force").add_to(&mut unit, &scope);
    let heroes = ["Deadpond", "Hulk"]
        .map(|name| Hero::new(name).with_teams([&z_force]).add_to(&mut unit, &scope));
    let text = flush_on(&capabilities, &mut unit, &scope, Vec::new());
    insta::assert_snapshot!(text.unwrap());
    assert_eq!(heroes.map(|hero| hero.id.get()), [Some(3), Some(2)]);
}
