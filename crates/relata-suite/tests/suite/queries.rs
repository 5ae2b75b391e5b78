//! What `select` can say: tuples, joins, aliases, subqueries, common table expressions, groups.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use relata::{
    ErrorKind,
    prelude::*,
    query::{count_rows, random, rank, row_number, value, window},
};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = team)]
    heroes: Many<Hero>,
    #[relationship(back_populates = missions, link_model = Mission)]
    guests: Many<Hero>,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    age: Option<i32>,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    team: One<Option<Team>>,
    #[field(foreign_key = Hero.id)]
    boss_id: Option<Id<Hero>>,
    #[relationship(foreign_key = boss_id)]
    boss: One<Option<Hero>>,
    #[relationship(back_populates = guests, link_model = Mission)]
    missions: Many<Team>,
}

#[model(table)]
struct Mission {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    hero_id: Id<Hero>,
}

/// Two teams and a hero without one; Deadpond is the boss of Rusty-Man, who is that of Spider-Boy.
async fn heroes() -> (relata_suite::Db, Session) {
    let db = relata_suite::engine(Metadata::of((Team, Hero, Mission))).await;
    let mut session = Session::new(&db.engine);
    let z_force = session.add(Team::new("Z-Force"));
    let preventers = session.add(Team::new("Preventers"));
    let deadpond =
        session.add(Hero::new("Deadpond").with_team(&z_force).with_missions([&preventers]));
    let rusty = Hero::new("Rusty-Man").with_age(48).with_team(&preventers).with_boss(&deadpond);
    let rusty = session.add(rusty);
    let spider = Hero::new("Spider-Boy").with_age(16).with_team(&preventers).with_boss(&rusty);
    session.add(spider);
    session.add(Hero::new("Tarantula").with_age(32).with_missions([&preventers, &z_force]));
    session.commit().await.unwrap();
    (db, session)
}

#[case]
async fn tuples_of_models_and_columns() {
    let (_db, mut session) = heroes().await;
    let pairs = select((Hero, Team)).join(Hero.team).order_by(Hero.id);
    assert_eq!(
        format!("{pairs:?}"),
        "SELECT hero.id, hero.name, hero.age, hero.team_id, hero.boss_id, team.id, team.name
FROM hero JOIN team ON hero.team_id = team.id
ORDER BY hero.id"
    );
    let pairs: Vec<(Tracked<Hero>, Tracked<Team>)> = session.exec(pairs).all().await.unwrap();
    let names: Vec<_> = pairs.iter().map(|(hero, team)| (&*hero.name, &*team.name)).collect();
    assert_eq!(
        names,
        [("Deadpond", "Z-Force"), ("Rusty-Man", "Preventers"), ("Spider-Boy", "Preventers")]
    );
    let same = select((Hero.name, Team.name)).filter(Hero.team_id.eq(Team.id)).order_by(Hero.id);
    let rows: Vec<(String, String)> = session.exec(same).all().await.unwrap();
    assert_eq!(rows[2], ("Spider-Boy".into(), "Preventers".into()));
    let names: Vec<String> =
        session.exec(select(Hero.name).order_by(Hero.name.desc())).all().await.unwrap();
    assert_eq!(names, ["Tarantula", "Spider-Boy", "Rusty-Man", "Deadpond"]);
}

#[case]
async fn left_joins_give_options() {
    let (_db, mut session) = heroes().await;
    let all = select((Hero.name, Team.optional(), Team.name.optional()))
        .left_join(Hero.team)
        .order_by(Hero.name.desc())
        .limit(2);
    let rows = session.exec(all).all().await.unwrap();
    assert_eq!(rows[0].0, "Tarantula");
    assert!(rows[0].1.is_none() && rows[0].2.is_none());
    assert_eq!(rows[1].1.as_ref().unwrap().name, "Preventers");
    assert_eq!(rows[1].2.as_deref(), Some("Preventers"));

    for (statement, message) in [
        (
            format!("{:?}", select((Hero, Team)).left_join(Hero.team)),
            "`team` is selected, but the outer join may find no row of it; select it as `.optional()`, which gives an `Option`",
        ),
        (
            format!("{:?}", select((Hero.id, Team.name)).left_join(Hero.team)),
            "`team.name` is selected, but the outer join may find no row of `team`; select it as `.optional()`, which gives an `Option`",
        ),
    ] {
        assert_eq!(statement, message);
    }
}

#[case]
async fn a_table_read_twice_has_two_names() {
    let (_db, mut session) = heroes().await;
    let boss = Hero.alias("boss");
    let pairs = select((Hero.name, boss.name)).join(Hero.boss.to(&boss)).order_by(Hero.id);
    assert_eq!(
        format!("{pairs:?}"),
        "SELECT hero.name, boss.name
FROM hero JOIN hero AS boss ON hero.boss_id = boss.id
ORDER BY hero.id"
    );
    let rows = session.exec(pairs).all().await.unwrap();
    assert_eq!(
        rows,
        [("Rusty-Man".into(), "Deadpond".into()), ("Spider-Boy".into(), "Rusty-Man".to_owned())]
    );
    let older =
        select((Hero, &boss)).join(boss.on(Hero.age.lt(boss.age))).order_by((Hero.name, boss.name));
    let older = session.exec(older).all().await.unwrap();
    let older: Vec<_> = older.iter().map(|(hero, boss)| (&*hero.name, &*boss.name)).collect();
    assert_eq!(
        older,
        [("Spider-Boy", "Rusty-Man"), ("Spider-Boy", "Tarantula"), ("Tarantula", "Rusty-Man")]
    );
    let error = session.exec(select(Hero).join(Hero.boss)).all().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the statement reads `hero` twice under one name; give it another one, as in `let other = Model.alias(\"other\")`, and read `&other`"
    );
}

#[case]
async fn groups_through_a_link() {
    let (_db, mut session) = heroes().await;
    let counted = select((Team.name, count(Hero.id), max(Hero.age)))
        .join(Team.guests)
        .group_by(Team.name)
        .having(count(Hero.id).gt(1))
        .order_by(Team.name);
    assert_eq!(
        format!("{counted:?}"),
        "SELECT team.name, count(hero.id), max(hero.age)
FROM team JOIN mission ON team.id = mission.team_id JOIN hero ON mission.hero_id = hero.id
GROUP BY team.name
HAVING count(hero.id) > ?
ORDER BY team.name"
    );
    let rows: Vec<(String, i64, Option<i32>)> = session.exec(counted).all().await.unwrap();
    assert_eq!(rows, [("Preventers".into(), 2, Some(32))]);

    let of_all = select((
        count_rows(),
        sum(Hero.age),
        avg(Hero.age),
        count(Hero.age).filter(Hero.age.gt(20)),
    ));
    let row = session.exec(of_all).one().await.unwrap();
    assert_eq!(row, (4, Some(96), Some(32.0), 2));
}

#[case]
async fn subqueries() {
    let (_db, mut session) = heroes().await;
    let n = count(Hero.id).label("n");
    let sizes = select((Hero.team_id, n)).group_by(Hero.team_id).subquery("sizes");
    let teams = select((Team.name, sizes.1)).join(sizes.on(sizes.0.eq(Team.id))).order_by(sizes.1);
    assert_eq!(
        format!("{teams:?}"),
        "SELECT team.name, sizes.n
FROM team JOIN (SELECT hero.team_id, count(hero.id) AS n
FROM hero
GROUP BY hero.team_id) AS sizes ON sizes.team_id = team.id
ORDER BY sizes.n"
    );
    let rows = session.exec(teams).all().await.unwrap();
    assert_eq!(rows, [("Z-Force".into(), 1), ("Preventers".to_owned(), 2)]);

    let grown = select(Hero).filter(Hero.age.gt(20)).subquery("grown");
    let read = select(&grown).filter(grown.name.starts_with("T"));
    let read: Tracked<Hero> = session.exec(read).one().await.unwrap();
    assert_eq!(read.name, "Tarantula");

    let oldest = select(Hero.name).filter(Hero.age.eq(select(max(Hero.age)).scalar()));
    assert_eq!(session.exec(oldest).one().await.unwrap(), "Rusty-Man");

    let members = select(Hero.id).filter(Hero.team_id.eq(Team.id));
    let empty = select(Team.name).filter(!members.exists());
    assert!(session.exec(empty).all().await.unwrap().is_empty());

    let guests =
        select(Hero.name).filter(Hero.id.is_in(select(Mission.hero_id))).order_by(Hero.name);
    assert_eq!(session.exec(guests).all().await.unwrap(), ["Deadpond", "Tarantula"]);
}

#[case]
async fn a_row_is_among_the_first_of_another_statement() {
    let (_db, mut session) = heroes().await;
    let oldest =
        || select(Hero.id).filter(Hero.age.is_not_null()).order_by(Hero.age.desc()).limit(1);
    let names = |filter| select(Hero.name).filter(filter).order_by(Hero.name);
    let first = session.exec(names(Hero.id.is_in(oldest()))).all().await.unwrap();
    assert_eq!(first, ["Rusty-Man"]);
    let second = session.exec(names(Hero.id.is_in(oldest().offset(1)))).all().await.unwrap();
    assert_eq!(second, ["Tarantula"]);
    let others = session.exec(names(Hero.id.not_in(oldest()))).all().await.unwrap();
    assert_eq!(others, ["Deadpond", "Spider-Boy", "Tarantula"]);
    let older = update(Hero).set(Hero.age, 49).filter(Hero.id.is_in(oldest()));
    assert_eq!(session.exec(older).run().await.unwrap(), 1);
    let aged = session.exec(names(Hero.age.eq(49))).all().await.unwrap();
    assert_eq!(aged, ["Rusty-Man"]);
}

#[case]
async fn common_table_expressions() {
    let (_db, mut session) = heroes().await;
    let grown = select(Hero).filter(Hero.age.gt(20)).cte("grown");
    let read = select((Team.name, grown.name)).join(grown.on(grown.team_id.eq(Team.id)));
    assert_eq!(
        session.exec(read).all().await.unwrap(),
        [("Preventers".to_owned(), "Rusty-Man".to_owned())]
    );
    let chain = select(Hero)
        .filter(Hero.name.eq("Spider-Boy"))
        .recursive("chain", |chain| select(Hero).join(chain.on(Hero.id.eq(chain.boss_id))));
    let chain = select(&chain).order_by(chain.id);
    assert_eq!(
        format!("{chain:?}"),
        "WITH RECURSIVE chain AS (SELECT hero.id, hero.name, hero.age, hero.team_id, hero.boss_id
FROM hero
WHERE hero.name = ?
UNION
SELECT hero.id, hero.name, hero.age, hero.team_id, hero.boss_id
FROM hero JOIN chain ON hero.id = chain.boss_id)
SELECT chain.id, chain.name, chain.age, chain.team_id, chain.boss_id
FROM chain
ORDER BY chain.id"
    );
    let names = session.exec(chain).all().await.unwrap();
    let names: Vec<_> = names.iter().map(|hero| &*hero.name).collect();
    assert_eq!(names, ["Deadpond", "Rusty-Man", "Spider-Boy"]);

    let numbers = select(value(1_i64).label("n")).recursive_all("numbers", |numbers| {
        select(**numbers + 1).select_from(numbers).filter(numbers.lt(5))
    });
    let total = select(sum(*numbers));
    assert_eq!(session.exec(total.select_from(&numbers)).one().await.unwrap(), Some(15));
}

#[case]
async fn several_statements_as_one() {
    let (_db, mut session) = heroes().await;
    let names = select(Hero.name).union(select(Team.name)).order_by(Hero.name.desc()).limit(2);
    assert_eq!(session.exec(names).all().await.unwrap(), ["Z-Force", "Tarantula"]);
    let young = || select(Hero.name).filter(Hero.age.lt(20));
    let both = young().union_all(young()).union_all(select(Hero.name).order_by(Hero.id).limit(1));
    assert_eq!(session.exec(both).all().await.unwrap(), ["Spider-Boy", "Spider-Boy", "Deadpond"]);
    let others = select(Hero.name)
        .except(young())
        .intersect(select(Hero.name).filter(Hero.age.is_not_null()));
    let mut others = session.exec(others).all().await.unwrap();
    others.sort();
    assert_eq!(others, ["Rusty-Man", "Tarantula"]);
}

#[case]
async fn what_is_not_read_cannot_be_used() {
    let (_db, mut session) = heroes().await;
    let error = session.exec(select(Hero).filter(Team.name.eq("Z-Force"))).all().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    assert_eq!(
        error.to_string(),
        "`team.name` is used, but the statement reads only `hero`; use columns of what it reads, or make it read `team` too"
    );
}

#[case]
async fn a_left_join_through_a_link_finds_rows_and_not_links() {
    let (_db, mut session) = heroes().await;
    let grown = select((Team.name, Hero.name.optional()))
        .left_join(Team.guests.and(Hero.age.gt(40)))
        .order_by(Team.name);
    assert_eq!(
        format!("{grown:?}"),
        "SELECT team.name, hero.name
FROM team LEFT JOIN (mission JOIN hero ON mission.hero_id = hero.id) ON team.id = mission.team_id AND hero.age > ?
ORDER BY team.name"
    );
    let rows = session.exec(grown).all().await.unwrap();
    assert_eq!(rows, [("Preventers".to_owned(), None), ("Z-Force".to_owned(), None)]);
    let inner = select((Team.name, Hero.name)).join(Team.guests.and(Hero.age.gt(30)));
    let rows = session.exec(inner.order_by(Team.name)).all().await.unwrap();
    let both = [("Preventers", "Tarantula"), ("Z-Force", "Tarantula")];
    assert_eq!(rows, both.map(|(team, hero)| (team.to_owned(), hero.to_owned())));
}

#[case]
async fn a_cte_is_read_twice_and_inside_of_a_union() {
    let (_db, mut session) = heroes().await;
    let aged = select((Hero.name, Hero.age)).filter(Hero.age.is_not_null()).cte("aged");
    let other = aged.alias("other");
    let pairs = select((aged.0, other.0))
        .select_from(&aged)
        .join(other.on(aged.1.lt(other.1)))
        .order_by((aged.0, other.0));
    assert_eq!(
        format!("{pairs:?}"),
        "WITH aged AS MATERIALIZED (SELECT hero.name, hero.age
FROM hero
WHERE hero.age IS NOT NULL)
SELECT aged.name, other.name
FROM aged JOIN aged AS other ON aged.age < other.age
ORDER BY aged.name, other.name"
    );
    assert_eq!(session.exec(pairs).all().await.unwrap().len(), 3);
    let names = select(aged.0).select_from(&aged);
    let all = names.union_all(select(Team.name)).order_by(aged.0);
    let all = session.exec(all).all().await.unwrap();
    assert_eq!(all, ["Preventers", "Rusty-Man", "Spider-Boy", "Tarantula", "Z-Force"]);
}

#[case]
async fn all_who_read_a_cte_read_the_same_rows() {
    let (_db, mut session) = heroes().await;
    let lots = select((Hero.id, random())).cte("lots");
    let read = || select((lots.0, lots.1)).select_from(&lots);
    let all = session.exec(read().union(read())).all().await.unwrap();
    assert_eq!(all.len(), 4);
    let drawn = select(Hero.name).filter(
        Hero.id.is_in(select(lots.0).select_from(&lots).filter(lots.1.lt(0.5)))
            | Hero.id.is_in(select(lots.0).select_from(&lots).filter(lots.1.ge(0.5))),
    );
    assert_eq!(session.exec(drawn).all().await.unwrap().len(), 4);
}

#[case]
async fn a_recursive_step_reads_another_cte() {
    let (_db, mut session) = heroes().await;
    let grown = select((Hero.id, Hero.age)).filter(Hero.age.gt(40)).cte("grown");
    let chain = select(Hero).filter(Hero.name.eq("Spider-Boy")).recursive("chain", |chain| {
        select(Hero).join(chain.on(Hero.id.eq(chain.boss_id))).join(grown.on(grown.0.eq(Hero.id)))
    });
    let read =
        select((chain.name, grown.1)).select_from(&chain).left_join(grown.on(grown.0.eq(chain.id)));
    let rows = session.exec(read.order_by(chain.id)).all().await.unwrap();
    assert_eq!(rows, [("Rusty-Man".to_owned(), Some(48)), ("Spider-Boy".to_owned(), None)]);
}

#[case]
async fn labels_name_what_is_selected() {
    let (_db, mut session) = heroes().await;
    let double = (Hero.age * 2).label("double");
    let rows = select((Hero.name, double.clone()))
        .filter(double.clone().gt(40))
        .order_by(double.clone().desc());
    assert_eq!(
        format!("{rows:?}"),
        "SELECT hero.name, hero.age * ? AS \"double\"
FROM hero
WHERE hero.age * ? > ?
ORDER BY \"double\" DESC"
            .replace("\"double\"", "double")
    );
    assert_eq!(session.exec(rows).all().await.unwrap()[0], ("Rusty-Man".into(), Some(96)));
    let names = select(Hero.name).filter(Hero.age.gt(0)).order_by(double);
    assert_eq!(session.exec(names).all().await.unwrap(), ["Spider-Boy", "Tarantula", "Rusty-Man"]);
}

#[model(table)]
struct Flag {
    #[field(primary_key)]
    id: Id<Flag>,
    set: bool,
    seen: Option<bool>,
    rank: i32,
}

#[case]
fn truth_is_a_condition() {
    let shown = |condition: relata::Predicate| {
        let sql = format!("{:?}", select(Flag.id).filter(condition));
        sql.split_once("WHERE ").unwrap().1.to_owned()
    };
    assert_eq!(shown(Flag.set.into()), "flag.\"set\"");
    assert_eq!(shown(!Flag.set & Flag.rank.gt(1)), "NOT (flag.\"set\") AND flag.rank > ?");
    assert_eq!(
        shown(Flag.rank.gt(1) & Flag.set | Flag.seen),
        "flag.rank > ? AND flag.\"set\" OR flag.seen"
    );
    assert_eq!(shown(Flag.seen.same_as(true)), "flag.seen IS ?");
    assert_eq!(shown(Flag.rank.gt(1).value().is_null()), "(flag.rank > ?) IS NULL");
    assert_eq!(
        shown((Flag.rank + 1).eq(Flag.rank - 1 - -Flag.rank)),
        "flag.rank + ? = flag.rank - ? - (-flag.rank)"
    );
    assert_eq!(
        shown((Flag.rank * (Flag.rank + 2)).gt(-(-Flag.rank))),
        "flag.rank * (flag.rank + ?) > (-(-flag.rank))"
    );
}

#[case]
async fn several_statements_as_one_are_ordered_by_any_column() {
    let (_db, mut session) = heroes().await;
    let pairs = || select((Hero.name, Team.name)).join(Hero.team);
    let pairs = pairs().union(pairs()).order_by((Team.name, Hero.name.desc()));
    let rows = session.exec(pairs).all().await.unwrap();
    let names: Vec<_> = rows.iter().map(|(hero, team)| (&**hero, &**team)).collect();
    assert_eq!(
        names,
        [("Spider-Boy", "Preventers"), ("Rusty-Man", "Preventers"), ("Deadpond", "Z-Force")]
    );
}

#[case]
fn a_compound_is_shown_as_its_sql() {
    let names = select(Hero.name).union(select(Team.name)).order_by(Hero.name).limit(3);
    assert_eq!(
        format!("{names:?}"),
        "SELECT hero.name\nFROM hero\nUNION\nSELECT team.name\nFROM team\nORDER BY 1\nLIMIT 3"
    );
}

#[case]
async fn many_texts_one_after_the_other() {
    let (_db, mut session) = heroes().await;
    let long = (0..2_500).fold(Hero.name + "", |text, part| text + format!("{}", part % 10));
    let text = session.exec(select(long).filter(Hero.id.eq(1))).one().await.unwrap();
    let digits = "0123456789".repeat(250);
    assert_eq!(text, format!("Deadpond{digits}"));
}

#[case]
async fn aggregates_stand_where_there_are_groups() {
    let (_db, mut session) = heroes().await;
    let wrong = [
        (
            format!("{:?}", select(count_rows())),
            "an aggregate is selected, but the statement reads no table; say of which rows it is: `.select_from(Hero)`",
        ),
        (
            format!("{:?}", select((Team.name, count(Hero.id))).join(Team.heroes)),
            "`team.name` is selected beside an aggregate, which makes one row of all; add `.group_by(Team.name)` for one row of each",
        ),
        (
            format!("{:?}", select((max(Hero.age) - Hero.age, Hero.id))),
            "`hero.age` is selected beside an aggregate, which makes one row of all; add `.group_by(Hero.age)` for one row of each",
        ),
        (
            format!("{:?}", select((Hero, max(Team.id))).join(Hero.team)),
            "`hero` is selected beside an aggregate, which makes one row of all; add `.group_by(Hero)` for one row of each",
        ),
        (
            format!("{:?}", select(Hero.name).filter(Hero.age.gt(1) & count(Hero.id).gt(1))),
            "the aggregate `count` stands in `filter`, which chooses rows before there are groups; use `.having(…)`, or compare with a subquery",
        ),
        (
            format!("{:?}", delete(Hero).filter(Hero.age.eq(max(Hero.age)))),
            "the aggregate `max` stands in `filter`, which chooses rows before there are groups; use `.having(…)`, or compare with a subquery",
        ),
        (
            format!("{:?}", select(Hero.name).filter(row_number().over(window()).le(2))),
            "`row_number` over a window stands in `filter`, which is done before windows are seen; select it in a `subquery`, and use the column of that",
        ),
        (
            format!(
                "{:?}",
                select(Hero.age).group_by(Hero.age).having(rank().over(window()).eq(1))
            ),
            "`rank` over a window stands in `having`, which is done before windows are seen; select it in a `subquery`, and use the column of that",
        ),
        (
            format!("{:?}", select(count_rows()).group_by(count(Hero.id) + 0).select_from(Hero)),
            "the aggregate `count` stands in `group_by`, which is what it needs first; select it in a `subquery`, and group by the column of that",
        ),
    ];
    for (shown, message) in wrong {
        assert_eq!(shown, message);
    }
    let error = session.exec(select(count_rows())).one().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
    let filter = select(Hero.name).filter(count(Hero.id).gt(1));
    let error = session.exec(filter).count().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidStatement);
}

#[case]
async fn aggregates_of_other_statements_and_over_windows_stand_beside_columns() {
    let (_db, mut session) = heroes().await;
    let counted = select((Hero.name, count(Hero.id).over(window()))).order_by(Hero.id).limit(1);
    assert_eq!(session.exec(counted).one().await.unwrap().1, 4);
    // the owner's column is one value for the whole subquery
    let one = Hero.alias("one");
    let ages = count(Hero.id) * 100 + one.age.cast::<i64>();
    let ages = select(ages).filter(Hero.age.gt(one.age)).scalar();
    let beside = select((one.name, ages)).select_from(&one).filter(one.age.eq(16));
    assert_eq!(session.exec(beside).one().await.unwrap().1, Some(216));
    // an aggregate of the statement around it, which PostgreSQL computes and SQLite does not
    let older = Hero.alias("older");
    let same = select(older.id).select_from(&older).filter(older.age.eq(max(Hero.age))).exists();
    let teams = select((Hero.team_id, max(Hero.age))).group_by(Hero.team_id).having(same);
    assert!(format!("{teams:?}").ends_with("WHERE older.age = max(hero.age))"));
    let all = session.exec(select(count(Hero.id) + 1).having(count(Hero.id).gt(1))).one().await;
    assert_eq!(all.unwrap(), 5);
    let none = select(value(1)).filter(select(Hero.id).exists());
    assert_eq!(session.exec(none).one().await.unwrap(), 1);
}
