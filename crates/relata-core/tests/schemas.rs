//! What statements say of tables of schemas, of columns that the database fills, and of its keys.

use relata::{Id, Many, model};
use relata_core::{
    Isolation,
    connection::{Capabilities, UpsertForm},
    key::RowKey,
    query::{
        Eager, Expression, IntoEager, IntoQuery, Query, Reads, delete, excluded, insert, max,
        select, update,
    },
    sql::{Dialect, select_targets},
    value::Value,
};

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

mod archive {
    use relata::{Id, Many, One, model};

    #[model(table, schema = "archive")]
    pub(crate) struct Hero {
        #[field(primary_key)]
        pub(crate) id: Id<Hero>,
        #[field(unique)]
        pub(crate) name: String,
        #[field(foreign_key = super::Hero.id)]
        pub(crate) now_id: Option<Id<super::Hero>>,
        #[relationship(back_populates = past)]
        pub(crate) now: One<Option<super::Hero>>,
        #[relationship(back_populates = heroes, link_model = super::Link)]
        pub(crate) missions: Many<Mission>,
    }

    /// Of the same name as the table that links it.
    #[model(table, schema = "archive")]
    pub(crate) struct Mission {
        #[field(primary_key)]
        pub(crate) id: Id<Mission>,
        pub(crate) name: String,
        #[relationship(back_populates = missions, link_model = super::Link)]
        pub(crate) heroes: Many<Hero>,
    }
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    #[relationship(back_populates = now)]
    past: Many<archive::Hero>,
}

#[model(table = "mission")]
struct Link {
    #[field(primary_key, foreign_key = archive::Hero.id)]
    hero_id: Id<archive::Hero>,
    #[field(primary_key, foreign_key = archive::Mission.id)]
    mission_id: Id<archive::Mission>,
}

#[model(table)]
struct Order {
    #[field(primary_key, identity(always))]
    id: Id<Order>,
    name: String,
    #[field(server_default = "now()")]
    placed: Option<String>,
}

/// The texts; one where they differ by nothing but placeholders.
fn shown(texts: [String; 3]) -> String {
    let plain =
        |text: &String| (1..9).fold(text.clone(), |sql, at| sql.replace(&format!("${at}"), "?"));
    let texts = texts.map(|text| plain(&text));
    if texts.iter().all(|text| *text == texts[0]) { texts[0].clone() } else { texts.join("\n\n") }
}

/// A database of a dialect that gives no rows of what was written where its kind may not.
fn database(dialect: Dialect) -> Capabilities {
    Capabilities {
        dialect,
        bind_limit: 100,
        connection_limit: None,
        write_begins_anew: false,
        checks_each_row: false,
        returning: dialect != Dialect::MySql,
        in_process: false,
        row_lists: false,
        insert_lists: false,
        savepoints: true,
        isolation: &Isolation::ALL,
        upsert: UpsertForm::OnConflict,
    }
}

/// All statements that it takes.
fn each(statement: impl IntoQuery) -> String {
    all(&statement.into_query())
}

fn all<R>(query: &Query<R>) -> String {
    shown(DIALECTS.map(|dialect| match query.texts(&database(dialect)) {
        Ok(texts) => texts.into_iter().map(|text| text.sql).collect::<Vec<_>>().join(";\n"),
        Err(error) => format!("error: {error}"),
    }))
}

fn load<M>(relation: impl IntoEager<M>) -> String {
    let eager: Eager = relation.into_eager();
    let keys = [1, 2].map(|key| RowKey::One(Value::Int(key)));
    shown(DIALECTS.map(|dialect| match select_targets(dialect, &eager, &[], &keys) {
        Ok(text) => text.sql,
        Err(error) => format!("error: {error}"),
    }))
}

#[test]
fn each_part_stands_by_itself_where_rows_are_read() {
    let read = select(archive::Hero).filter(archive::Hero.name.eq("a")).order_by(archive::Hero.id);
    insta::assert_snapshot!(each(read), @r#"
    SELECT "archive.hero".id, "archive.hero".name, "archive.hero".now_id
    FROM "archive.hero"
    WHERE "archive.hero".name = ?
    ORDER BY "archive.hero".id

    SELECT archive.hero.id, archive.hero.name, archive.hero.now_id
    FROM archive.hero
    WHERE archive.hero.name = ?
    ORDER BY archive.hero.id

    SELECT archive.hero.id, archive.hero.name, archive.hero.now_id
    FROM archive.hero
    WHERE archive.hero.name = ?
    ORDER BY archive.hero.id
    "#);
    let other = archive::Hero.alias("other");
    let read = select((archive::Hero.name, other.id)).join(other.on(other.id.gt(archive::Hero.id)));
    insta::assert_snapshot!(each(read), @r#"
    SELECT "archive.hero".name, other.id
    FROM "archive.hero" JOIN "archive.hero" AS other ON other.id > "archive.hero".id

    SELECT archive.hero.name, other.id
    FROM archive.hero JOIN archive.hero AS other ON other.id > archive.hero.id

    SELECT archive.hero.name, other.id
    FROM archive.hero JOIN archive.hero AS other ON other.id > archive.hero.id
    "#);
}

#[test]
fn each_part_stands_by_itself_where_rows_are_written() {
    let written = insert(archive::Hero).set(archive::Hero.name, "a").on_any_conflict().do_nothing();
    insta::assert_snapshot!(each(written), @r#"
    INSERT INTO "archive.hero" (name) VALUES (?) ON CONFLICT DO NOTHING

    INSERT INTO archive.hero (name) VALUES (?) ON CONFLICT DO NOTHING

    INSERT INTO archive.hero (name) VALUES (?) ON DUPLICATE KEY UPDATE name=archive.hero.name
    "#);
    let written = insert(archive::Hero)
        .set(archive::Hero.name, "a")
        .on_conflict(archive::Hero.name)
        .do_update()
        .set(archive::Hero.name, archive::Hero.name.concat(excluded(archive::Hero.name)));
    insta::assert_snapshot!(each(written), @r#"
    INSERT INTO "archive.hero" (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name="archive.hero".name || excluded.name

    INSERT INTO archive.hero (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name=archive.hero.name || excluded.name

    INSERT INTO archive.hero (name) VALUES (?) ON DUPLICATE KEY UPDATE name=CONCAT(archive.hero.name, VALUES(name))
    "#);
    let written = update(archive::Hero).set(archive::Hero.name, "b").filter(archive::Hero.id.eq(1));
    insta::assert_snapshot!(each(written), @r#"
    UPDATE "archive.hero" SET name=? WHERE "archive.hero".id = ?

    UPDATE archive.hero SET name=? WHERE archive.hero.id = ?

    UPDATE archive.hero SET name=? WHERE archive.hero.id = ?
    "#);
    insta::assert_snapshot!(each(delete(archive::Hero).filter(archive::Hero.id.eq(1))), @r#"
    DELETE FROM "archive.hero" WHERE "archive.hero".id = ?

    DELETE FROM archive.hero WHERE archive.hero.id = ?

    DELETE FROM archive.hero WHERE archive.hero.id = ?
    "#);
}

#[test]
fn its_columns_are_those_of_a_derived_table() {
    let read = select(archive::Mission).filter(archive::Mission.name.eq("a"));
    let found = read.clone().subquery("found");
    let found = select(found.name).select_from(&found);
    insta::assert_snapshot!(each(found), @r#"
    SELECT found.name
    FROM (SELECT "archive.mission".id, "archive.mission".name
    FROM "archive.mission"
    WHERE "archive.mission".name = ?) AS found

    SELECT found.name
    FROM (SELECT archive.mission.id, archive.mission.name
    FROM archive.mission
    WHERE archive.mission.name = ?) AS found

    SELECT found.name
    FROM (SELECT archive.mission.id, archive.mission.name
    FROM archive.mission
    WHERE archive.mission.name = ?) AS found
    "#);
    let found = read.union(select(archive::Mission)).cte("found");
    let found = select(found.name).select_from(&found);
    insta::assert_snapshot!(each(found), @r#"
    WITH found AS (SELECT "archive.mission".id, "archive.mission".name
    FROM "archive.mission"
    WHERE "archive.mission".name = ?
    UNION
    SELECT "archive.mission".id, "archive.mission".name
    FROM "archive.mission")
    SELECT found.name
    FROM found

    WITH found AS (SELECT archive.mission.id, archive.mission.name
    FROM archive.mission
    WHERE archive.mission.name = ?
    UNION
    SELECT archive.mission.id, archive.mission.name
    FROM archive.mission)
    SELECT found.name
    FROM found

    WITH found AS (SELECT archive.mission.id, archive.mission.name
    FROM archive.mission
    WHERE archive.mission.name = ?
    UNION
    SELECT archive.mission.id, archive.mission.name
    FROM archive.mission)
    SELECT found.name
    FROM found
    "#);
}

#[test]
fn its_columns_have_names_where_several_are_called_the_same() {
    // and one of the tables gives way
    let pairs = select((Hero, archive::Hero.optional(), archive::Mission))
        .left_join(Hero.past)
        .cross_join(archive::Mission)
        .subquery("pairs");
    insta::assert_snapshot!(each(select(pairs.0.id).select_from(&pairs)), @r#"
    SELECT pairs.id
    FROM (SELECT hero.id, hero.name, hero_1.id AS id_2, hero_1.name AS name_2, hero_1.now_id, "archive.mission".id AS id_3, "archive.mission".name AS name_3
    FROM hero LEFT JOIN "archive.hero" AS hero_1 ON hero.id = hero_1.now_id CROSS JOIN "archive.mission") AS pairs

    SELECT pairs.id
    FROM (SELECT hero.id, hero.name, hero_1.id AS id_2, hero_1.name AS name_2, hero_1.now_id, archive.mission.id AS id_3, archive.mission.name AS name_3
    FROM hero LEFT JOIN archive.hero AS hero_1 ON hero.id = hero_1.now_id CROSS JOIN archive.mission) AS pairs

    SELECT pairs.id
    FROM (SELECT hero.id, hero.name, hero_1.id AS id_2, hero_1.name AS name_2, hero_1.now_id, archive.mission.id AS id_3, archive.mission.name AS name_3
    FROM hero LEFT JOIN archive.hero AS hero_1 ON hero.id = hero_1.now_id CROSS JOIN archive.mission) AS pairs
    "#);
}

#[test]
fn its_columns_are_written_where_rows_are_counted() {
    let read = select(archive::Mission).filter(archive::Mission.name.eq("a"));
    let counted = read.limit(3).into_query().counted().unwrap();
    insta::assert_snapshot!(all(&counted), @r#"
    SELECT count(*)
    FROM (SELECT "archive.mission".id, "archive.mission".name
    FROM "archive.mission"
    WHERE "archive.mission".name = ?
    LIMIT 3) AS counted

    SELECT count(*)
    FROM (SELECT archive.mission.id, archive.mission.name
    FROM archive.mission
    WHERE archive.mission.name = ?
    LIMIT 3) AS counted

    SELECT count(*)
    FROM (SELECT archive.mission.id, archive.mission.name
    FROM archive.mission
    WHERE archive.mission.name = ?
    LIMIT 3) AS counted
    "#);
}

#[test]
fn tables_of_one_name_are_told_apart() {
    let both = || select((Hero.name, archive::Hero.name));
    insta::assert_snapshot!(each(both().join(Hero.past)), @r#"
    SELECT hero.name, hero_1.name
    FROM hero JOIN "archive.hero" AS hero_1 ON hero.id = hero_1.now_id

    SELECT hero.name, hero_1.name
    FROM hero JOIN archive.hero AS hero_1 ON hero.id = hero_1.now_id

    SELECT hero.name, hero_1.name
    FROM hero JOIN archive.hero AS hero_1 ON hero.id = hero_1.now_id
    "#);
    let outer = select((archive::Hero.name, Hero.optional())).left_join(archive::Hero.now);
    insta::assert_snapshot!(each(outer), @r#"
    SELECT hero_1.name, hero.id, hero.name
    FROM "archive.hero" AS hero_1 LEFT JOIN hero ON hero_1.now_id = hero.id

    SELECT hero_1.name, hero.id, hero.name
    FROM archive.hero AS hero_1 LEFT JOIN hero ON hero_1.now_id = hero.id

    SELECT hero_1.name, hero.id, hero.name
    FROM archive.hero AS hero_1 LEFT JOIN hero ON hero_1.now_id = hero.id
    "#);
}

#[test]
fn only_what_is_inside_gives_way() {
    let inside = select(Hero.id).filter(Hero.past.any(archive::Hero.name.eq("a")));
    insta::assert_snapshot!(each(inside), @r#"
    SELECT hero.id
    FROM hero
    WHERE EXISTS (SELECT 1
    FROM "archive.hero" AS hero_1
    WHERE hero_1.now_id = hero.id AND hero_1.name = ?)

    SELECT hero.id
    FROM hero
    WHERE EXISTS (SELECT 1
    FROM archive.hero AS hero_1
    WHERE hero_1.now_id = hero.id AND hero_1.name = ?)

    SELECT hero.id
    FROM hero
    WHERE EXISTS (SELECT 1
    FROM archive.hero AS hero_1
    WHERE hero_1.now_id = hero.id AND hero_1.name = ?)
    "#);
    let inside = select(archive::Hero.id).filter(archive::Hero.now.has(Hero.name.eq("a")));
    insta::assert_snapshot!(each(inside), @r#"
    SELECT "archive.hero".id
    FROM "archive.hero"
    WHERE EXISTS (SELECT 1
    FROM hero
    WHERE hero.id = "archive.hero".now_id AND hero.name = ?)

    SELECT archive.hero.id
    FROM archive.hero
    WHERE EXISTS (SELECT 1
    FROM hero
    WHERE hero.id = archive.hero.now_id AND hero.name = ?)

    SELECT archive.hero.id
    FROM archive.hero
    WHERE EXISTS (SELECT 1
    FROM hero
    WHERE hero.id = archive.hero.now_id AND hero.name = ?)
    "#);
}

#[test]
fn values_of_others_are_told_apart() {
    let latest = select(max(archive::Hero.name)).filter(archive::Hero.now_id.eq(Hero.id));
    insta::assert_snapshot!(each(select((Hero.id, latest.scalar()))), @r#"
    SELECT hero.id, (SELECT max(hero_1.name)
    FROM "archive.hero" AS hero_1
    WHERE hero_1.now_id = hero.id)
    FROM hero

    SELECT hero.id, (SELECT max(hero_1.name)
    FROM archive.hero AS hero_1
    WHERE hero_1.now_id = hero.id)
    FROM hero

    SELECT hero.id, (SELECT max(hero_1.name)
    FROM archive.hero AS hero_1
    WHERE hero_1.now_id = hero.id)
    FROM hero
    "#);
    let written =
        update(Hero).set(Hero.name, "b").filter(Hero.past.any(archive::Hero.name.eq("a")));
    insta::assert_snapshot!(each(written), @r#"
    UPDATE hero SET name=? WHERE EXISTS (SELECT 1
    FROM "archive.hero" AS hero_1
    WHERE hero_1.now_id = hero.id AND hero_1.name = ?)

    UPDATE hero SET name=? WHERE EXISTS (SELECT 1
    FROM archive.hero AS hero_1
    WHERE hero_1.now_id = hero.id AND hero_1.name = ?)

    UPDATE hero SET name=? WHERE EXISTS (SELECT 1
    FROM archive.hero AS hero_1
    WHERE hero_1.now_id = hero.id AND hero_1.name = ?)
    "#);
}

#[test]
fn a_name_that_the_program_gives_counts_too() {
    let named = archive::Hero.alias("hero");
    let read = select((archive::Hero.id, named.id)).join(named.on(named.id.eq(archive::Hero.id)));
    insta::assert_snapshot!(each(read), @r#"
    SELECT hero_1.id, hero.id
    FROM "archive.hero" AS hero_1 JOIN "archive.hero" AS hero ON hero.id = hero_1.id

    SELECT hero_1.id, hero.id
    FROM archive.hero AS hero_1 JOIN archive.hero AS hero ON hero.id = hero_1.id

    SELECT hero_1.id, hero.id
    FROM archive.hero AS hero_1 JOIN archive.hero AS hero ON hero.id = hero_1.id
    "#);
    let recent = select(archive::Mission.name).filter(archive::Mission.id.gt(5)).cte("hero");
    let read = select(archive::Hero.id).join(recent.on(recent.eq(archive::Hero.name)));
    insta::assert_snapshot!(each(read), @r#"
    WITH hero AS (SELECT "archive.mission".name
    FROM "archive.mission"
    WHERE "archive.mission".id > ?)
    SELECT hero_1.id
    FROM "archive.hero" AS hero_1 JOIN hero ON hero.name = hero_1.name

    WITH hero AS (SELECT archive.mission.name
    FROM archive.mission
    WHERE archive.mission.id > ?)
    SELECT hero_1.id
    FROM archive.hero AS hero_1 JOIN hero ON hero.name = hero_1.name

    WITH hero AS (SELECT archive.mission.name
    FROM archive.mission
    WHERE archive.mission.id > ?)
    SELECT hero_1.id
    FROM archive.hero AS hero_1 JOIN hero ON hero.name = hero_1.name
    "#);
}

#[test]
fn relations_are_loaded() {
    insta::assert_snapshot!(load(Hero.past), @r#"
    SELECT "archive.hero".now_id, "archive.hero".id, "archive.hero".name, "archive.hero".now_id
    FROM "archive.hero"
    WHERE "archive.hero".now_id IN (SELECT value FROM json_each(?))

    SELECT archive.hero.now_id, archive.hero.id, archive.hero.name, archive.hero.now_id
    FROM archive.hero
    WHERE archive.hero.now_id = ANY (?)

    SELECT archive.hero.now_id, archive.hero.id, archive.hero.name, archive.hero.now_id
    FROM archive.hero
    WHERE archive.hero.now_id IN (?, ?)
    "#);
    insta::assert_snapshot!(load(archive::Hero.missions.filter(archive::Mission.name.eq("a"))), @r#"
    SELECT mission.hero_id, mission_1.id, mission_1.name
    FROM mission JOIN "archive.mission" AS mission_1 ON mission_1.id = mission.mission_id
    WHERE mission.hero_id IN (SELECT value FROM json_each(?)) AND mission_1.name = ?

    SELECT mission.hero_id, mission_1.id, mission_1.name
    FROM mission JOIN archive.mission AS mission_1 ON mission_1.id = mission.mission_id
    WHERE mission.hero_id = ANY (?) AND mission_1.name = ?

    SELECT mission.hero_id, mission_1.id, mission_1.name
    FROM mission JOIN archive.mission AS mission_1 ON mission_1.id = mission.mission_id
    WHERE mission.hero_id IN (?, ?) AND mission_1.name = ?
    "#);
    insta::assert_snapshot!(load(archive::Hero.missions.order_by(archive::Mission.name).limit(1)), @r#"
    SELECT c1, c2, c3
    FROM (SELECT mission.hero_id AS c1, mission_1.id AS c2, mission_1.name AS c3, row_number() OVER (PARTITION BY mission.hero_id ORDER BY mission_1.name, mission_1.id) AS place
    FROM mission JOIN "archive.mission" AS mission_1 ON mission_1.id = mission.mission_id
    WHERE mission.hero_id IN (SELECT value FROM json_each(?))) AS numbered
    WHERE place <= 1
    ORDER BY place

    SELECT c1, c2, c3
    FROM (SELECT mission.hero_id AS c1, mission_1.id AS c2, mission_1.name AS c3, row_number() OVER (PARTITION BY mission.hero_id ORDER BY mission_1.name, mission_1.id) AS place
    FROM mission JOIN archive.mission AS mission_1 ON mission_1.id = mission.mission_id
    WHERE mission.hero_id = ANY (?)) AS numbered
    WHERE place <= 1
    ORDER BY place

    SELECT c1, c2, c3
    FROM (SELECT mission.hero_id AS c1, mission_1.id AS c2, mission_1.name AS c3, row_number() OVER (PARTITION BY mission.hero_id ORDER BY mission_1.name, mission_1.id) AS place
    FROM mission JOIN archive.mission AS mission_1 ON mission_1.id = mission.mission_id
    WHERE mission.hero_id IN (?, ?)) AS numbered
    WHERE place <= 1
    ORDER BY place
    "#);
}

#[test]
fn relations_are_joined() {
    let along = select(archive::Hero).with(archive::Hero.now.joined());
    insta::assert_snapshot!(each(along), @r#"
    SELECT "archive.hero".id, "archive.hero".name, "archive.hero".now_id, hero_1.id, hero_1.name
    FROM "archive.hero" LEFT JOIN hero AS hero_1 ON "archive.hero".now_id = hero_1.id

    SELECT archive.hero.id, archive.hero.name, archive.hero.now_id, hero_1.id, hero_1.name
    FROM archive.hero LEFT JOIN hero AS hero_1 ON archive.hero.now_id = hero_1.id

    SELECT archive.hero.id, archive.hero.name, archive.hero.now_id, hero_1.id, hero_1.name
    FROM archive.hero LEFT JOIN hero AS hero_1 ON archive.hero.now_id = hero_1.id
    "#);
    let linked =
        select(archive::Hero.id).filter(archive::Hero.missions.any(archive::Mission.name.eq("a")));
    insta::assert_snapshot!(each(linked), @r#"
    SELECT "archive.hero".id
    FROM "archive.hero"
    WHERE EXISTS (SELECT 1
    FROM mission JOIN "archive.mission" AS mission_1 ON mission_1.id = mission.mission_id
    WHERE mission.hero_id = "archive.hero".id AND mission_1.name = ?)

    SELECT archive.hero.id
    FROM archive.hero
    WHERE EXISTS (SELECT 1
    FROM mission JOIN archive.mission AS mission_1 ON mission_1.id = mission.mission_id
    WHERE mission.hero_id = archive.hero.id AND mission_1.name = ?)

    SELECT archive.hero.id
    FROM archive.hero
    WHERE EXISTS (SELECT 1
    FROM mission JOIN archive.mission AS mission_1 ON mission_1.id = mission.mission_id
    WHERE mission.hero_id = archive.hero.id AND mission_1.name = ?)
    "#);
    let joined = select((archive::Hero.id, archive::Mission.id)).join(archive::Hero.missions);
    insta::assert_snapshot!(each(joined), @r#"
    SELECT "archive.hero".id, mission_1.id
    FROM "archive.hero" JOIN mission ON "archive.hero".id = mission.hero_id JOIN "archive.mission" AS mission_1 ON mission.mission_id = mission_1.id

    SELECT archive.hero.id, mission_1.id
    FROM archive.hero JOIN mission ON archive.hero.id = mission.hero_id JOIN archive.mission AS mission_1 ON mission.mission_id = mission_1.id

    SELECT archive.hero.id, mission_1.id
    FROM archive.hero JOIN mission ON archive.hero.id = mission.hero_id JOIN archive.mission AS mission_1 ON mission.mission_id = mission_1.id
    "#);
}

#[test]
fn messages_name_tables_as_models_do() {
    let unread = select(Hero.name).filter(archive::Hero.id.eq(1));
    insta::assert_snapshot!(each(unread), @"error: `archive.hero.id` is used, but the statement reads only `hero`; use columns of what it reads, or make it read `archive.hero` too");
    let missing = select((Hero.name, archive::Hero)).left_join(Hero.past);
    insta::assert_snapshot!(each(missing), @"error: `archive.hero` is selected, but the outer join may find no row of it; select it as `.optional()`, which gives an `Option`");
    let missing = select((Hero.name, archive::Hero.name)).left_join(Hero.past);
    insta::assert_snapshot!(each(missing), @"error: `archive.hero.name` is selected, but the outer join may find no row of `archive.hero`; select it as `.optional()`, which gives an `Option`");
}

#[test]
fn the_database_fills_what_is_left_out() {
    let order = |name: &str| Order::new(name);
    insta::assert_snapshot!(each(insert(Order).values([order("a"), order("b")])), @r#"
    INSERT INTO "order" (name) VALUES (?), (?)

    INSERT INTO "order" (name) VALUES (?), (?)

    INSERT INTO `order` (name) VALUES (?), (?)
    "#);
    let rows = [order("a"), order("b").with_placed("x"), order("c").with_placed("y"), order("d")];
    insta::assert_snapshot!(each(insert(Order).values(rows)), @r#"
    INSERT INTO "order" (name) VALUES (?);
    INSERT INTO "order" (name, placed) VALUES (?, ?), (?, ?);
    INSERT INTO "order" (name) VALUES (?)

    INSERT INTO "order" (name, placed) VALUES (?, DEFAULT), (?, ?), (?, ?), (?, DEFAULT)

    INSERT INTO `order` (name, placed) VALUES (?, DEFAULT), (?, ?), (?, ?), (?, DEFAULT)
    "#);
    insta::assert_snapshot!(each(insert(Order).set(Order.name, "a").set(Order.placed, None)), @r#"
    INSERT INTO "order" (name, placed) VALUES (?, ?)

    INSERT INTO "order" (name, placed) VALUES (?, ?)

    INSERT INTO `order` (name, placed) VALUES (?, ?)
    "#);
}

#[test]
fn a_key_may_be_given_where_the_database_always_makes_it() {
    let rows = [Order::new("a"), Order::new("b").with_id(7)];
    insta::assert_snapshot!(each(insert(Order).values(rows)), @r#"
    INSERT INTO "order" (id, name) VALUES (NULL, ?), (?, ?)

    INSERT INTO "order" (id, name) OVERRIDING SYSTEM VALUE VALUES (DEFAULT, ?), (?, ?)

    INSERT INTO `order` (id, name) VALUES (NULL, ?), (?, ?)
    "#);
    let copied = select((Order.id, Order.name)).filter(Order.id.gt(7));
    let copied = insert(Order).columns((Order.id, Order.name)).from_select(copied);
    insta::assert_snapshot!(each(copied), @r#"
    INSERT INTO "order" (id, name) SELECT "order".id, "order".name
    FROM "order"
    WHERE "order".id > ?

    INSERT INTO "order" (id, name) OVERRIDING SYSTEM VALUE SELECT "order".id, "order".name
    FROM "order"
    WHERE "order".id > ?

    INSERT INTO `order` (id, name) SELECT `order`.id, `order`.name
    FROM `order`
    WHERE `order`.id > ?
    "#);
}
