//! What statements that write say in SQL, and what is wrong with those that cannot be written.

use super::{
    fixture::{Hero, HeroTeamLink, Order as Ordered, Team},
    *,
};
use crate::{
    ErrorKind, Id, Isolation,
    connection::{Capabilities, UpsertForm},
    sql::{Dialect, Rendered},
    value::Value,
};

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

fn texts(statement: impl IntoQuery) -> Vec<String> {
    let query = statement.into_query();
    let text = |dialect| match query.render(dialect) {
        Ok(rendered) => rendered.sql,
        Err(error) => format!("error: {error}"),
    };
    DIALECTS.map(text).to_vec()
}

fn each(statement: impl IntoQuery) -> String {
    texts(statement).join("\n")
}

fn sqlite(statement: impl IntoQuery) -> Rendered {
    statement.into_query().render(Dialect::Sqlite).unwrap()
}

fn fault(statement: impl IntoQuery) -> (ErrorKind, String) {
    let error = statement.into_query().render(Dialect::Sqlite).unwrap_err();
    (error.kind(), error.to_string())
}

fn hero(name: &str, age: Option<i32>) -> Hero {
    Hero { id: Id::new(), name: name.into(), secret_name: "x".into(), age, home_id: None }
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

#[test]
fn inserted_values() {
    let heroes = || insert(Hero).values([hero("a", None), hero("b", Some(3))]);
    insta::assert_snapshot!(each(heroes()), @r"
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?), (?, ?, ?, ?)
    INSERT INTO hero (name, secret_name, age, home_id) VALUES ($1, $2, $3, $4), ($5, $6, $7, $8)
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?), (?, ?, ?, ?)
    ");
    assert_eq!(
        sqlite(heroes()).params,
        [
            text("a"),
            text("x"),
            Value::Null,
            Value::Null,
            text("b"),
            text("x"),
            Value::Int(3),
            Value::Null
        ]
    );
    let given = Hero { id: Id::given(7), ..hero("b", None) };
    insta::assert_snapshot!(each(insert(Hero).value(hero("a", None)).value(given)), @r"
    INSERT INTO hero (id, name, secret_name, age, home_id) VALUES (NULL, ?, ?, ?, ?), (?, ?, ?, ?, ?)
    INSERT INTO hero (id, name, secret_name, age, home_id) VALUES (DEFAULT, $1, $2, $3, $4), ($5, $6, $7, $8, $9)
    INSERT INTO hero (id, name, secret_name, age, home_id) VALUES (NULL, ?, ?, ?, ?), (?, ?, ?, ?, ?)
    ");
    let coded = Ordered { id: Id::new(), select: 0.5, number: 1, code: uuid::Uuid::nil() };
    insta::assert_snapshot!(each(insert(Ordered).value(coded)), @r#"
    INSERT INTO "order" ("select", number, code) VALUES (?, ?, ?)
    INSERT INTO "order" ("select", number, code) VALUES ($1, $2, $3)
    INSERT INTO `order` (`select`, number, code) VALUES (?, ?, ?)
    "#);
}

#[test]
fn single_columns_are_inserted() {
    let named = insert(Hero).set(Hero.name, "a").set(Hero.age, None).set(Hero.home_id, 3);
    insta::assert_snapshot!(each(named), @r"
    INSERT INTO hero (name, age, home_id) VALUES (?, ?, ?)
    INSERT INTO hero (name, age, home_id) VALUES ($1, $2, $3)
    INSERT INTO hero (name, age, home_id) VALUES (?, ?, ?)
    ");
    let counted = select(count_rows()).select_from(Hero).scalar();
    insta::assert_snapshot!(sqlite(insert(Hero).set(Hero.name, "a").set(Hero.age, counted.cast::<i32>())).sql, @r"
    INSERT INTO hero (name, age) VALUES (?, CAST((SELECT count(*)
    FROM hero) AS INTEGER))
    ");
    assert_eq!(
        fault(insert(Hero).set(Hero.age, Hero.age + 1)).1,
        "`hero.age` is used, but the statement reads no table; use columns of what it reads, or make it read `hero` too"
    );
    assert_eq!(
        fault(insert(Hero).values([hero("a", None), hero("b", None)]).set(Hero.age, 1)).1,
        "`set` is for a single row; set the fields of the values instead"
    );
}

#[test]
fn rows_that_a_statement_selects_are_inserted() {
    let teams = || select((Team.name, Team.motto)).filter(Team.name.ne("x"));
    let heroes = insert(Hero).columns((Hero.name, Hero.secret_name)).from_select(teams());
    insta::assert_snapshot!(each(heroes), @r"
    INSERT INTO hero (name, secret_name) SELECT team.name, team.motto
    FROM team
    WHERE team.name != ?
    INSERT INTO hero (name, secret_name) SELECT team.name, team.motto
    FROM team
    WHERE team.name != $1
    INSERT INTO hero (name, secret_name) SELECT team.name, team.motto
    FROM team
    WHERE team.name != ?
    ");
    let upsert = insert(Hero)
        .columns((Hero.name, Hero.secret_name))
        .from_select(teams())
        .on_conflict(Hero.name)
        .do_nothing();
    insta::assert_snapshot!(each(upsert), @r"
    INSERT INTO hero (name, secret_name) SELECT part.*
    FROM (SELECT team.name, team.motto
    FROM team
    WHERE team.name != ?) AS part
    WHERE TRUE ON CONFLICT (name) DO NOTHING
    INSERT INTO hero (name, secret_name) SELECT team.name, team.motto
    FROM team
    WHERE team.name != $1 ON CONFLICT (name) DO NOTHING
    error: `name` of `hero` is not unique, so no row conflicts in it; add `#[field(unique)]`, or name columns that are
    ");
    let one =
        insert(Hero).columns(Hero.name).from_select(select(Team.name).union(select(Hero.name)));
    insta::assert_snapshot!(sqlite(one).sql, @r"
    INSERT INTO hero (name) SELECT team.name
    FROM team
    UNION
    SELECT hero.name
    FROM hero
    ");
}

/// A database that takes so many parameters.
fn taking(bind_limit: usize) -> Capabilities {
    Capabilities { bind_limit, ..on(Dialect::Sqlite, true) }
}

fn on(dialect: Dialect, returning: bool) -> Capabilities {
    Capabilities {
        dialect,
        bind_limit: 65_535,
        connection_limit: None,
        write_begins_anew: false,
        checks_each_row: false,
        returning,
        in_process: false,
        row_lists: false,
        insert_lists: false,
        savepoints: true,
        isolation: &Isolation::ALL,
        upsert: UpsertForm::OnConflict,
    }
}

#[test]
fn mariadb_gives_rows_of_some_statements() {
    fn text<S>(query: &Query<S>) -> String {
        let texts = query.texts(&on(Dialect::MySql, true));
        texts.map_or_else(|error| format!("error: {error}"), |texts| texts[0].sql.clone())
    }
    let one = || insert(Hero).value(hero("a", None));
    let upsert = one().on_conflict(Hero.id).do_update().set(Hero.age, 1).returning(Hero.age);
    let texts = [
        text(&one().returning(Hero.id).into_query()),
        text(&upsert.into_query()),
        text(&delete_all(Hero).returning(Hero.name).into_query()),
        text(&one().on_any_conflict().do_nothing().returning(Hero.id).into_query()),
        text(&update_all(Hero).set(Hero.age, 1).returning(Hero.id).into_query()),
    ];
    insta::assert_snapshot!(texts.join("\n"), @"
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) RETURNING hero.id
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE age=? RETURNING hero.age
    DELETE FROM hero RETURNING hero.name
    error: MariaDB gives the rows that were there, too; leave `returning` out and read them with a `select`
    error: MariaDB gives no rows of an UPDATE; leave `returning` out and read them with a `select`
    ");
}

#[test]
fn many_rows_are_several_statements() {
    let rows = |count: usize| insert(Hero).values((0..count).map(|_| hero("a", None)));
    let sizes = |count, limit| {
        let texts = rows(count).into_query().texts(&taking(limit)).unwrap();
        texts.iter().map(|text| text.params.len() / 4).collect::<Vec<_>>()
    };
    assert_eq!(sizes(0, 100), [0_usize; 0]);
    assert_eq!(sizes(7, 100), [7]);
    assert_eq!(sizes(7, 12), [3, 3, 1]);
    assert_eq!(sizes(2, 4), [1, 1]);
    assert_eq!(sizes(1_001, 32_766), [512, 489]);
}

#[test]
fn updates() {
    let older = update(Hero)
        .set(Hero.age, Hero.age + 1)
        .set(Hero.name, "x")
        .set(Hero.home_id, None)
        .filter(Hero.age.lt(5) | Hero.age.is_null())
        .filter(Hero.name.ne("y"));
    insta::assert_snapshot!(each(older), @r"
    UPDATE hero SET age=hero.age + ?, name=?, home_id=? WHERE (hero.age < ? OR hero.age IS NULL) AND hero.name != ?
    UPDATE hero SET age=hero.age + $1, name=$2, home_id=$3 WHERE (hero.age < $4 OR hero.age IS NULL) AND hero.name != $5
    UPDATE hero SET age=hero.age + ?, name=?, home_id=? WHERE (hero.age < ? OR hero.age IS NULL) AND hero.name != ?
    ");
    let motto: Option<String> = Some("x".into());
    let again = update_all(Team).set(Team.motto, "y").set(Team.motto, &motto);
    assert_eq!(
        sqlite(again).params,
        [text(motto.as_deref().unwrap_or_default())],
        "the last one counts"
    );
    let subquery = select(Team.name).filter(Team.id.eq(Hero.home_id)).scalar();
    let named = update(Hero)
        .set(Hero.name, subquery)
        .filter(Hero.home_id.is_in(select(Team.id)))
        .returning((Hero.id, Hero.age + 1));
    insta::assert_snapshot!(each(named), @r"
    UPDATE hero SET name=(SELECT team.name
    FROM team
    WHERE team.id = hero.home_id) WHERE hero.home_id IN (SELECT team.id
    FROM team) RETURNING hero.id, hero.age + ?
    UPDATE hero SET name=(SELECT team.name
    FROM team
    WHERE team.id = hero.home_id) WHERE hero.home_id IN (SELECT team.id
    FROM team) RETURNING hero.id, hero.age + $1
    error: MySQL gives no rows of what a statement wrote; leave `returning` out and read them with a `select`
    ");
    let reserved = update_all(Ordered).set(Ordered.select, Ordered.select * 2.0);
    insta::assert_snapshot!(each(reserved), @r#"
    UPDATE "order" SET "select"="order"."select" * ?
    UPDATE "order" SET "select"="order"."select" * $1
    UPDATE `order` SET `select`=`order`.`select` * ?
    "#);
}

#[test]
fn what_is_set_reads_the_row_as_it_was() {
    let older = update_all(Hero)
        .set(Hero.name, "")
        .set(Hero.secret_name, Hero.name.concat("!"))
        .set(Hero.age, Hero.age + 1);
    insta::assert_snapshot!(each(older), @r#"
    UPDATE hero SET name=?, secret_name=hero.name || ?, age=hero.age + ?
    UPDATE hero SET name=$1, secret_name=hero.name || $2, age=hero.age + $3
    UPDATE hero SET secret_name=CONCAT(hero.name, ?), name=?, age=hero.age + ?
    "#);
    let swapped =
        update_all(Hero).set(Hero.name, Hero.secret_name).set(Hero.secret_name, Hero.name);
    insta::assert_snapshot!(each(swapped), @r#"
    UPDATE hero SET name=hero.secret_name, secret_name=hero.name
    UPDATE hero SET name=hero.secret_name, secret_name=hero.name
    error: MySQL and MariaDB set one column after the other, so they cannot set `name` and `secret_name` of `hero` from each other; read the rows and write the values
    "#);
    let upsert = insert(Hero).value(hero("a", None)).on_any_conflict().do_update();
    let upsert = upsert.set(Hero.name, Hero.secret_name).set(Hero.secret_name, excluded(Hero.name));
    insta::assert_snapshot!(texts(upsert)[2], @r#"INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE name=hero.secret_name, secret_name=VALUES(name)"#);
}

#[test]
fn what_statements_inside_of_assignments_read_is_the_row_as_it_was() {
    let motto = select(Team.name).filter(Team.id.eq(Hero.home_id)).scalar();
    let moved = update_all(Hero).set(Hero.home_id, 2).set(Hero.secret_name, coalesce((motto, "")));
    insta::assert_snapshot!(texts(moved)[2], @"
    UPDATE hero SET secret_name=coalesce((SELECT team.name
    FROM team
    WHERE team.id = hero.home_id), ?), home_id=?
    ");
    let raw = raw_expr::<i32>("Age + 1");
    let older = update_all(Hero).set(Hero.age, 3).set(Hero.name, raw.cast::<String>());
    insta::assert_snapshot!(texts(older)[2], @"UPDATE hero SET name=CAST((Age + 1) AS CHAR), age=?");
    let asked = case().when(Hero.home.has(Team.name.eq("A")), "x").otherwise("y");
    let asked = update_all(Hero).set(Hero.home_id, None).set(Hero.name, asked);
    insta::assert_snapshot!(texts(asked)[2], @"
    UPDATE hero SET name=CASE WHEN EXISTS (SELECT 1
    FROM team
    WHERE team.id = hero.home_id AND team.name = ?) THEN ? ELSE ? END, home_id=?
    ");
    // they name no column that the other sets
    let both = update_all(Hero)
        .set(Hero.age, raw_expr::<i32>("1"))
        .set(Hero.name, raw_expr::<String>("'page'"));
    insta::assert_snapshot!(texts(both)[2], @"UPDATE hero SET age=(1), name=('page')");
    let circle = update_all(Hero).set(Hero.name, raw_expr::<String>("secret_name"));
    let circle = circle.set(Hero.secret_name, raw_expr::<String>("NAME"));
    insta::assert_snapshot!(texts(circle)[2], @"error: MySQL and MariaDB set one column after the other, so they cannot set `name` and `secret_name` of `hero` from each other; read the rows and write the values");
}

#[test]
fn deletes() {
    insta::assert_snapshot!(each(delete(Hero).filter(Hero.age.gt(90))), @r"
    DELETE FROM hero WHERE hero.age > ?
    DELETE FROM hero WHERE hero.age > $1
    DELETE FROM hero WHERE hero.age > ?
    ");
    insta::assert_snapshot!(each(delete_all(HeroTeamLink).returning(HeroTeamLink)), @r"
    DELETE FROM heroteamlink RETURNING heroteamlink.team_id, heroteamlink.hero_id
    DELETE FROM heroteamlink RETURNING heroteamlink.team_id, heroteamlink.hero_id
    error: MySQL gives no rows of what a statement wrote; leave `returning` out and read them with a `select`
    ");
}

fn heroes() -> Insert<Hero> {
    insert(Hero).value(hero("a", Some(1)))
}

#[test]
fn upserts() {
    insta::assert_snapshot!(each(heroes().on_any_conflict().do_nothing()), @r"
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING
    INSERT INTO hero (name, secret_name, age, home_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE name=hero.name
    ");
    insta::assert_snapshot!(each(heroes().on_conflict(Hero.id).do_nothing().returning(Hero.id)), @r"
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING hero.id
    INSERT INTO hero (name, secret_name, age, home_id) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING RETURNING hero.id
    error: MySQL gives no rows of what a statement wrote; leave `returning` out and read them with a `select`
    ");
    let changed = heroes()
        .on_conflict(Hero.id)
        .do_update()
        .set(Hero.name, excluded(Hero.name))
        .set(Hero.age, Hero.age + excluded(Hero.age));
    insta::assert_snapshot!(each(changed), @r"
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name=excluded.name, age=hero.age + excluded.age
    INSERT INTO hero (name, secret_name, age, home_id) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET name=excluded.name, age=hero.age + excluded.age
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE name=VALUES(name), age=hero.age + VALUES(age)
    ");
    let some = heroes()
        .on_conflict((Hero.id, Hero.name))
        .do_update()
        .set_excluded((Hero.age, Hero.secret_name))
        .filter(Hero.age.lt(excluded(Hero.age)))
        .returning(Hero);
    insta::assert_snapshot!(each(some), @r"
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON CONFLICT (id, name) DO UPDATE SET age=excluded.age, secret_name=excluded.secret_name WHERE hero.age < excluded.age RETURNING hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    INSERT INTO hero (name, secret_name, age, home_id) VALUES ($1, $2, $3, $4) ON CONFLICT (id, name) DO UPDATE SET age=excluded.age, secret_name=excluded.secret_name WHERE hero.age < excluded.age RETURNING hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    error: MySQL gives no rows of what a statement wrote; leave `returning` out and read them with a `select`
    ");
}

#[test]
fn upserts_that_not_every_database_has() {
    let filtered =
        heroes().on_conflict(Hero.id).do_update().set(Hero.age, 1).filter(Hero.age.is_null());
    insta::assert_snapshot!(each(filtered), @r"
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET age=? WHERE hero.age IS NULL
    INSERT INTO hero (name, secret_name, age, home_id) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET age=$5 WHERE hero.age IS NULL
    error: MySQL and MariaDB cannot change only some of the rows that are there already; leave the `filter` of `do_update` out
    ");
    let any = heroes().on_any_conflict().do_update().set(Hero.age, 1);
    insta::assert_snapshot!(each(any), @r"
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET age=?
    error: PostgreSQL changes a row only where it is said which columns conflict; use `on_conflict(columns)` instead of `on_any_conflict()`
    INSERT INTO hero (name, secret_name, age, home_id) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE age=?
    ");
}

#[test]
fn on_mysql_a_conflict_is_in_any_key() {
    let not_unique = heroes().on_conflict(Hero.name).do_nothing();
    insta::assert_snapshot!(texts(not_unique)[2], @"error: `name` of `hero` is not unique, so no row conflicts in it; add `#[field(unique)]`, or name columns that are");
    let linked = HeroTeamLink { team_id: Id::given(1), hero_id: Id::given(2) };
    let linked = insert(HeroTeamLink)
        .value(linked)
        .on_conflict((HeroTeamLink.hero_id, HeroTeamLink.team_id))
        .do_nothing();
    insta::assert_snapshot!(texts(linked)[2], @"INSERT INTO heroteamlink (team_id, hero_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE team_id=heroteamlink.team_id");
    let order = |id| {
        let order = Ordered { id, select: 0.5, number: 1, code: uuid::Uuid::nil() };
        insert(Ordered).value(order).on_conflict(Ordered.number).do_nothing()
    };
    insta::assert_snapshot!(texts(order(Id::new()))[2], @"INSERT INTO `order` (`select`, number, code) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE `select`=`order`.`select`");
    insta::assert_snapshot!(texts(order(Id::given(1)))[2], @"error: MySQL and MariaDB cannot tell a conflict in `number` from one in `id`, which is unique too; use `on_any_conflict()`, which means both");
}

#[test]
fn what_cannot_be_written() {
    let unsaved = Id::<Team>::new();
    let homeless = insert(Hero).value(Hero { home_id: Some(unsaved.clone()), ..hero("a", None) });
    let message = "`Hero.home_id` is set to the id of a row of `Team` that is not saved, which has no key; flush or commit that one first";
    assert_eq!(fault(homeless), (ErrorKind::UnboundId, message.to_owned()));
    let moved = update_all(Hero).set(Hero.home_id, &unsaved);
    assert_eq!(fault(moved), (ErrorKind::UnboundId, message.to_owned()));
    let link = HeroTeamLink { team_id: Id::new(), hero_id: Id::given(1) };
    assert_eq!(fault(insert(HeroTeamLink).value(link)).0, ErrorKind::UnboundId);

    let large = update_all(Ordered).set(Ordered.number, u64::MAX);
    let error = large.into_query().render(Dialect::Sqlite).unwrap_err();
    assert_eq!(
        (error.kind(), error.table(), error.columns().collect()),
        (ErrorKind::OutOfRange, Some("order"), vec!["number"])
    );
    insta::assert_snapshot!(error, @"column `order.number`: 18446744073709551615 is out of range for a 64-bit integer column");
    insta::assert_snapshot!(fault(insert(Hero)).1, @"the insert into `hero` says no row; use `.values(…)`, `.set(…)`, or `.columns(…).from_select(…)`");
    insta::assert_snapshot!(fault(insert(Hero).value(hero("a", None)).on_conflict(Hero.id).do_update()).1, @"`do_update` for `hero` sets nothing; say what: `.set(column, value)`, or use `do_nothing`");
    insta::assert_snapshot!(fault(update_all(Hero)).1, @"the update of `hero` sets nothing; say what: `.set(column, value)`");
    let boss = Hero.alias("boss");
    insta::assert_snapshot!(fault(update_all(Hero).set(boss.age, 1)).1, @"`boss.age` is set, but the statement writes to `hero`; set the column of the model itself: `Hero.age`");
    insta::assert_snapshot!(fault(delete(Hero).filter(Team.name.eq("x"))).1, @"`team.name` is used, but the statement reads only `hero`; use columns of what it reads, or make it read `team` too");
    insta::assert_snapshot!(fault(delete_all(Hero).returning(Team)).1, @"`team` is selected, but the statement reads only `hero`; select what it reads, or make it read `team` too");
}

#[test]
fn what_an_upsert_sets_counts_as_parameters() {
    let heroes = |count| insert(Hero).values((0..count).map(|_| hero("a", None)));
    let upsert = |count| {
        let upsert = heroes(count).on_conflict(Hero.id).do_update();
        upsert.set(Hero.name, "b").set(Hero.age, 1).filter(Hero.age.lt(5)).into_query()
    };
    let counts = |query: Query<NoRows>, limit| -> Vec<usize> {
        let texts = query.texts(&taking(limit)).unwrap();
        texts.iter().map(|text| text.params.len()).collect()
    };
    assert_eq!(counts(heroes(5).into_query(), 8), [8, 8, 4]);
    assert_eq!(counts(upsert(5), 11), [11, 11, 7]);
    assert_eq!(counts(upsert(5), 10), [7, 7, 7, 7, 7]);
    let error = upsert(1).texts(&taking(6)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    insta::assert_snapshot!(error, @"the statement has 7 parameters, and the database takes 6; ask for a part of the values at a time, or write them into a table and join that");
}

fn counted(statement: impl IntoQuery<Rows: FromRow>) -> String {
    let query = statement.into_query().counted().unwrap();
    query.render(Dialect::Postgres).unwrap().sql
}

#[test]
fn relations_along_are_not_counted() {
    let along = || select(Hero).with(Hero.home.joined());
    insta::assert_snapshot!(counted(along().limit(5)), @r"
    SELECT count(*)
    FROM (SELECT hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    LIMIT 5) AS counted
    ");
    insta::assert_snapshot!(counted(along()), @r"
    SELECT count(*)
    FROM hero
    ");
}

#[test]
fn counts() {
    let plain = select(Hero).filter(Hero.age.gt(3)).order_by(Hero.name).for_update();
    insta::assert_snapshot!(counted(plain), @r"
    SELECT count(*)
    FROM hero
    WHERE hero.age > $1
    ");
    insta::assert_snapshot!(counted(select((Hero.name, Team.name)).left_join(Hero.home)), @r"
    SELECT count(*)
    FROM hero LEFT JOIN team ON hero.home_id = team.id
    ");
    insta::assert_snapshot!(counted(select(Hero.name).distinct().order_by(Hero.name)), @r"
    SELECT count(*)
    FROM (SELECT DISTINCT hero.name
    FROM hero) AS counted
    ");
    insta::assert_snapshot!(counted(select((Hero, Team)).join(Hero.home).limit(5)), @r"
    SELECT count(*)
    FROM (SELECT hero.id, hero.name, hero.secret_name, hero.age, hero.home_id, team.id AS id_2, team.name AS name_2, team.motto
    FROM hero JOIN team ON hero.home_id = team.id
    LIMIT 5) AS counted
    ");
    insta::assert_snapshot!(counted(select(max(Hero.age))), @r"
    SELECT count(*)
    FROM (SELECT max(hero.age) AS column_1
    FROM hero) AS counted
    ");
    insta::assert_snapshot!(counted(select(Hero.name).union(select(Team.name))), @r"
    SELECT count(*)
    FROM (SELECT hero.name
    FROM hero
    UNION
    SELECT team.name
    FROM team) AS counted
    ");
    let older = select(Hero).filter(Hero.age.gt(30)).subquery("older");
    insta::assert_snapshot!(counted(select(&older).filter(older.name.ne("x"))), @r"
    SELECT count(*)
    FROM (SELECT hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    WHERE hero.age > $1) AS older
    WHERE older.name != $2
    ");
    let exists = select(Hero).filter(Hero.age.gt(3)).order_by(Hero.name).into_query();
    insta::assert_snapshot!(exists.existence().unwrap().render(Dialect::MySql).unwrap().sql, @r"
    SELECT EXISTS (SELECT hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    WHERE hero.age > ?)
    ");
    let written = delete_all(Hero).returning(Hero).into_query().counted();
    insta::assert_snapshot!(written.err().unwrap(), @"`count` is for a `select`; use `run` for how many rows a statement writes, and say it in the SQL where you write that yourself");
}
