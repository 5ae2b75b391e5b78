//! What typed statements say in SQL.

mod arrays_and_enums;
mod case_and_json;
mod casts;
mod functions;
mod grouped;
mod rows_and_windows;
mod sources;

use super::{
    fixture::{Hero, HeroTeamLink, Order as OrderModel, Team},
    *,
};
use crate::{
    Entity, ErrorKind, Id, Result,
    connection::Row,
    sql::{self, Dialect, Rendered},
    value::{Cell, Value},
};

fn render(condition: Predicate) -> Rendered {
    sql::read(&select(Hero).filter(condition).into_ast(), Dialect::Sqlite).unwrap()
}

fn on_postgres<S: Subselect>(statement: &Select<S>) -> Rendered {
    sql::read(&statement.clone().into_ast(), Dialect::Postgres).unwrap()
}

/// The condition alone.
fn where_(condition: Predicate) -> String {
    render(condition).sql.split_once("\nWHERE ").unwrap().1.to_owned()
}

fn params(condition: Predicate) -> Vec<Value> {
    render(condition).params
}

fn fault<S: Subselect>(statement: &Select<S>) -> (ErrorKind, String) {
    let error = sql::read(&statement.clone().into_ast(), Dialect::Sqlite).unwrap_err();
    (error.kind(), error.to_string())
}

/// What is selected, as each of the databases writes it; the first time with its parameters.
fn each<S: Selection>(selection: S) -> String {
    let ast = select(selection).into_ast();
    let all = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql].map(|dialect| {
        let rendered = sql::read(&ast, dialect).unwrap_or_else(|error| Rendered {
            sql: format!("SELECT {error}"),
            params: Vec::new(),
        });
        let sql = rendered.sql.strip_prefix("SELECT ").unwrap().to_owned();
        let sql = sql.split("\nFROM ").next().unwrap().to_owned();
        match rendered.params.as_slice() {
            params if params.is_empty() || dialect != Dialect::Sqlite => sql,
            params => format!("{sql} -- {:?}", crate::value::Show(params)),
        }
    });
    all.join("\n")
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

#[test]
fn a_whole_statement() {
    let statement = select(Hero)
        .filter(Hero.age.ge(35))
        .filter(Hero.age.lt(40))
        .order_by((Hero.name.desc(), Hero.id))
        .offset(20)
        .limit(10);
    insta::assert_snapshot!(format!("{statement:?}"), @r"
    SELECT hero.id, hero.name, hero.secret_name, hero.age, hero.home_id
    FROM hero
    WHERE hero.age >= ? AND hero.age < ?
    ORDER BY hero.name DESC, hero.id
    LIMIT 10 OFFSET 20
    ");
}

#[test]
fn comparisons() {
    assert_eq!(where_(Hero.name.eq("Deadpond")), "hero.name = ?");
    assert_eq!(where_(Hero.name.ne(String::from("x"))), "hero.name != ?");
    assert_eq!(where_(Hero.age.le(4)), "hero.age <= ?");
    assert_eq!(where_(Hero.age.gt(35)), "hero.age > ?");
    assert_eq!(where_(Hero.age.between(1, 2)), "hero.age BETWEEN ? AND ?");
    assert_eq!(where_(Hero.age.is_null()), "hero.age IS NULL");
    assert_eq!(where_(Hero.age.is_not_null()), "hero.age IS NOT NULL");
    assert_eq!(where_(Hero.name.eq(Hero.secret_name)), "hero.name = hero.secret_name");
    assert_eq!(where_(Hero.age.is_in([1, 2])), "hero.age IN (?, ?)");
    assert_eq!(where_(Hero.name.not_in(["a"])), "hero.name NOT IN (?)");
    assert_eq!(params(Hero.age.between(1, 2)), [Value::Int(1), Value::Int(2)]);
    assert_eq!(params(Hero.name.eq("Deadpond")), [text("Deadpond")]);
}

#[test]
fn ids_compare_with_ids_and_keys() {
    let id = Id::<Hero>::given(3);
    assert_eq!(params(Hero.id.eq(1)), [Value::Int(1)]);
    assert_eq!(params(Hero.id.eq(&id)), [Value::Int(3)]);
    assert_eq!(params(Hero.home_id.eq(7)), [Value::Int(7)]);
    assert_eq!(params(Hero.id.is_in([1, 2].iter())), [Value::Int(1), Value::Int(2)]);
    let links = select(HeroTeamLink)
        .filter(HeroTeamLink.hero_id.eq(&id) & HeroTeamLink.team_id.eq(Id::from(5)));
    let rendered = sql::read(&links.clone().into_ast(), Dialect::Sqlite).unwrap();
    assert!(
        rendered.sql.ends_with("WHERE heroteamlink.hero_id = ? AND heroteamlink.team_id = ?"),
        "{}",
        rendered.sql
    );
    assert_eq!(rendered.params, [Value::Int(3), Value::Int(5)]);
}

#[test]
fn columns_compare_whether_or_not_they_may_be_null() {
    assert_eq!(
        fault(&select(Hero).filter(Hero.home_id.eq(Team.id))).0,
        ErrorKind::InvalidStatement
    );
    let motto = select(Team).filter(Team.motto.eq(Team.name) | Team.name.eq(Team.motto));
    assert!(format!("{motto:?}").ends_with("team.motto = team.name OR team.name = team.motto"));
}

#[test]
fn logic_has_only_the_parentheses_that_it_needs() {
    let (a, b, c) = (|| Hero.age.gt(1), || Hero.name.eq("b"), || Hero.age.is_null());
    assert_eq!(where_(a() & b() | c()), "hero.age > ? AND hero.name = ? OR hero.age IS NULL");
    assert_eq!(where_(a() & (b() | c())), "hero.age > ? AND (hero.name = ? OR hero.age IS NULL)");
    assert_eq!(where_(!(a() & b())), "NOT (hero.age > ? AND hero.name = ?)");
    assert_eq!(where_(!!(a() | b()) | c()), "hero.age > ? OR hero.name = ? OR hero.age IS NULL");
    assert_eq!(where_(a() & (b() & c())), where_(a() & b() & c()));
    let twice = select(Hero).filter(a() | b()).filter(c());
    assert!(format!("{twice:?}").ends_with("(hero.age > ? OR hero.name = ?) AND hero.age IS NULL"));
}

#[test]
fn the_opposite_of_a_comparison_is_a_comparison() {
    assert_eq!(where_(!Hero.age.gt(1)), "hero.age <= ?");
    assert_eq!(where_(!Hero.age.le(1)), "hero.age > ?");
    assert_eq!(where_(!Hero.age.eq(1)), "hero.age != ?");
    assert_eq!(where_(!Hero.age.ge(1)), "hero.age < ?");
    assert_eq!(where_(!Hero.age.between(1, 2)), "hero.age NOT BETWEEN ? AND ?");
    assert_eq!(where_(!Hero.name.like("a%")), "hero.name NOT LIKE ?");
    assert_eq!(where_(!!Hero.name.is_in(["a"])), "hero.name IN (?)");
}

#[test]
fn an_empty_list_holds_nothing() {
    let none = Vec::<i32>::new();
    assert_eq!(where_(Hero.age.is_in(&none)), "FALSE");
    assert_eq!(where_(Hero.age.not_in(none)), "TRUE");
}

#[test]
fn patterns() {
    let pattern = |condition: Predicate| (where_(condition.clone()), params(condition));
    let plain = "hero.name LIKE ?".to_owned();
    let escaped = "hero.name LIKE ? ESCAPE '/'".to_owned();
    assert_eq!(pattern(Hero.name.contains("Man")), (plain.clone(), vec![text("%Man%")]));
    let range = "(hero.name LIKE ? AND hero.name >= ? AND hero.name < ?)".to_owned();
    let bounds = vec![text("Man%"), text("Man"), text("Mao")];
    assert_eq!(pattern(Hero.name.starts_with("Man")), (range, bounds));
    // no index finds these
    assert_eq!(pattern(Hero.name.starts_with("")), (plain.clone(), vec![text("%")]));
    assert_eq!(where_(!Hero.name.starts_with("Man")), "hero.name NOT LIKE ?");
    assert_eq!(where_(lower(Hero.name).starts_with("m")), "lower(hero.name) LIKE ?");
    assert_eq!(pattern(Hero.name.ends_with("Man")), (plain.clone(), vec![text("%Man")]));
    assert_eq!(pattern(Hero.name.contains("5%_/")), (escaped.clone(), vec![text("%5/%/_//%")]));
    assert_eq!(pattern(Hero.name.contains(r"a\b")), (escaped, vec![text(r"%a\b%")]));
    assert_eq!(pattern(Hero.name.like("_a%")), (plain, vec![text("_a%")]));
    let backslash = |dialect| {
        let statement = select(Hero).filter(Hero.name.like(r"5\%"));
        let rendered = sql::read(&statement.clone().into_ast(), dialect).unwrap();
        rendered.sql.split_once("LIKE ").unwrap().1.to_owned()
    };
    assert_eq!(backslash(Dialect::Sqlite), r"? ESCAPE '\'");
    assert_eq!(backslash(Dialect::Postgres), r"$1 ESCAPE '\'");
    assert_eq!(backslash(Dialect::MySql), r"? ESCAPE '\\'");
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        let begins = select(Hero.id).filter(Hero.name.starts_with("Man")).into_ast();
        let rendered = sql::read(&begins, dialect).unwrap();
        assert_eq!(rendered.params, [text("Man%")], "{dialect:?}");
    }
}

#[test]
fn long_lists_are_one_array_on_sqlite() {
    let many = render(Hero.age.is_in(0..100_000));
    assert!(
        many.sql.ends_with("WHERE hero.age IN (SELECT value FROM json_each(?))"),
        "{}",
        many.sql
    );
    let [Value::Json(array)] = &many.params[..] else { panic!("{:?}", many.params.len()) };
    assert!(array.starts_with("[0,1,2,") && array.ends_with(",99998,99999]"));
    let names = render(Hero.name.is_in((0..501).map(|at| format!("\"{at}"))));
    let [Value::Json(array)] = &names.params[..] else { panic!("{:?}", names.params.len()) };
    assert!(array.starts_with(r#"["\"0","\"1","#), "{array}");
    let ids = render(Hero.id.not_in((0..501).map(Id::<Hero>::given)));
    assert!(ids.sql.ends_with("WHERE hero.id NOT IN (SELECT value FROM json_each(?))"));

    assert_eq!(render(Hero.age.is_in(0..500)).params.len(), 500);
    let nul = (0..501).map(|at| format!("\0{at}"));
    assert_eq!(render(Hero.name.is_in(nul)).params.len(), 501, "JSON would end them at the NUL");
    let codes = (0..501).map(uuid::Uuid::from_u128);
    let coded = select(OrderModel).filter(OrderModel.code.is_in(codes)).order_by(OrderModel.id);
    assert_eq!(sql::read(&coded.clone().into_ast(), Dialect::Sqlite).unwrap().params.len(), 1);
    let numbers = select(OrderModel).filter(OrderModel.select.is_in((0..501).map(f64::from)));
    assert_eq!(sql::read(&numbers.clone().into_ast(), Dialect::Sqlite).unwrap().params.len(), 501);
}

#[test]
fn lists_of_any_length_are_one_array_on_postgres() {
    let where_ = |condition: Predicate| {
        let rendered = on_postgres(&select(Hero).filter(condition));
        (rendered.sql.split_once("WHERE ").unwrap().1.to_owned(), rendered.params)
    };
    let list = |ages: &[i64]| Value::List(ages.iter().map(|age| Value::Int(*age)).collect());
    let one = "hero.age = ANY ($1)".to_owned();
    assert_eq!(where_(Hero.age.is_in([7])), (one.clone(), vec![list(&[7])]));
    let many = where_(Hero.age.is_in(0..100_000));
    assert_eq!((many.0, many.1.len()), (one, 1));
    assert_eq!(
        where_(Hero.age.not_in([7, 8])),
        ("hero.age != ALL ($1)".to_owned(), vec![list(&[7, 8])])
    );
}

#[test]
fn on_postgres_values_beside_no_column_say_their_type_unless_they_are_text() {
    let beside = on_postgres(&select(Hero).filter(Hero.age.ge(18) & Hero.name.like("A%")));
    assert!(beside.sql.ends_with("WHERE hero.age >= $1 AND hero.name LIKE $2"), "{}", beside.sql);
    let alone = on_postgres(&select((Hero.name, value(7_i64), value("x".to_owned()))));
    assert!(alone.sql.starts_with("SELECT hero.name, CAST($1 AS BIGINT), $2\n"), "{}", alone.sql);
}

fn depth(sql: &str) -> (usize, usize) {
    let (mut now, mut deepest) = (0, 0);
    for letter in sql.bytes() {
        match letter {
            b'(' => now += 1,
            b')' => now -= 1,
            _ => {}
        }
        deepest = deepest.max(now);
    }
    (now, deepest)
}

#[test]
fn long_chains_are_trees_that_are_not_deep() {
    let one = |age| Hero.age.eq(age);
    for count in [100, 101, 10_000, 10_001, 100_000] {
        let left = (1..count).map(one).fold(one(0), |all, next| all | next);
        let right = (1..count).map(one).fold(one(0), |all, next| next | all);
        for chain in [left, right] {
            let rendered = render(chain);
            assert_eq!(rendered.params.len(), count as usize);
            let (open, deepest) = depth(&rendered.sql);
            let levels = if count <= 100 {
                0
            } else if count <= 10_000 {
                1
            } else {
                2
            };
            assert_eq!((open, deepest), (0, levels), "{count}");
        }
    }
    let ordered = (1..300).map(one).fold(one(0), |all, next| all & next);
    let values: Vec<_> = (0..300).map(Value::Int).collect();
    assert_eq!(params(ordered), values);
}

#[test]
fn lists_of_one_kind_join_in_their_order() {
    let chain =
        |from, to| (from + 1..to).fold(Hero.age.eq(from), |all, age| all | Hero.age.eq(age));
    let values: Vec<_> = (0..9).map(Value::Int).collect();
    assert_eq!(params(chain(0, 2) | chain(2, 9)), values);
    assert_eq!(params(chain(0, 7) | chain(7, 9)), values);
}

#[test]
fn nesting_has_a_bound() {
    let nested = |levels| {
        (0..levels).fold(Hero.age.eq(0), |all, level| {
            if level % 2 == 0 { all & Hero.age.eq(level) } else { all | Hero.age.eq(level) }
        })
    };
    assert_eq!(params(nested(199)).len(), 200);
    assert_eq!(fault(&select(Hero).filter(nested(100_000))), too_deep());
    let added = (0..201).fold(Hero.age + 0, |sum, _| sum + 1);
    assert_eq!(fault(&select(added)), too_deep());
}

fn too_deep() -> (ErrorKind, String) {
    let message = "the statement nests expressions or subqueries more than 200 levels deep; compute a part of it in a subquery or a statement of its own, or for long conditions use `all_of`, `any_of` or `is_in`";
    (ErrorKind::InvalidStatement, message.to_owned())
}

/// One more statement around another.
type Nest = fn(Select<Entity<Hero>>) -> Select<Entity<Hero>>;

#[test]
fn nesting_of_statements_has_a_bound() {
    let nested = |levels, nest: Nest| (0..levels).fold(select(Hero), |inner, _| nest(inner));
    let nests: [Nest; 6] = [
        |inner| select(&inner.subquery("a")),
        |inner| {
            let a = inner.subquery("a");
            select(&a).filter(a.age.gt(1))
        },
        |inner| select(&inner.cte("a")),
        |inner| select(&inner.recursive("a", |a| select(a))),
        |inner| select(Hero).cross_join(&inner.subquery("a")),
        |inner| select(Hero).select_from(&inner.union(select(Hero)).subquery("a")),
    ];
    for nest in nests {
        let deep = nested(5_000, nest);
        assert_eq!(fault(&deep), too_deep());
    }
    let deep = nested(100_000, nests[0]);
    assert_eq!(fault(&deep), too_deep());
    let whole = sql::read(&nested(150, nests[1]).into_ast(), Dialect::Sqlite).unwrap();
    assert_eq!(whole.params.len(), 150);
}

#[test]
fn nesting_of_unions_has_a_bound() {
    let mut united = select(Hero.name).union(select(Hero.name));
    for level in 0..100_000 {
        let other = select(Hero.name);
        united = if level % 2 == 0 { united.union_all(other) } else { united.union(other) };
    }
    let error = sql::read(&united.into_ast(), Dialect::Sqlite).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), too_deep());
    let chain = (0..1_000)
        .fold(select(Hero.name).union(select(Team.name)), |all, _| all.union(select(Hero.name)));
    assert!(sql::read(&chain.into_ast(), Dialect::Sqlite).is_ok());
    let right = (0..100_000)
        .fold(select(Hero.name).union(select(Team.name)), |all, _| select(Hero.name).union(all));
    let error = sql::read(&right.into_ast(), Dialect::Sqlite).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), too_deep());
}

#[test]
fn an_unbound_id_is_an_error_and_not_null() {
    let message = "`hero.home_id` is compared with the id of a row that is not saved yet, which has no key; flush or commit first";
    let id = Id::<Team>::new();
    for condition in [
        Hero.home_id.eq(&id),
        Hero.home_id.is_in([&id]),
        Hero.home_id.is_in(std::iter::repeat_n(&id, 501)),
        Hero.home_id.between(1, &id),
    ] {
        let error = fault(&select(Hero).filter(condition));
        assert_eq!(error, (ErrorKind::UnboundId, message.to_owned()));
    }
}

#[test]
fn a_value_that_no_column_can_hold_is_an_error() {
    let error = sql::read(
        &select(OrderModel).filter(OrderModel.number.eq(u64::MAX)).into_ast(),
        Dialect::Sqlite,
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfRange);
    assert_eq!(
        error.to_string(),
        "`order.number` cannot be compared with this value: 18446744073709551615 is out of range for a 64-bit integer column"
    );
    assert_eq!((error.table(), error.columns().collect()), (Some("order"), vec!["number"]));
}

#[test]
fn a_column_of_another_table_is_an_error() {
    let message = "`team.name` is used, but the statement reads only `hero`; use columns of what it reads, or make it read `team` too";
    let filtered = select(Hero).filter(Team.name.eq("Z-Force"));
    let ordered = select(Hero).order_by(Team.name);
    for statement in [filtered, ordered] {
        assert_eq!(fault(&statement), (ErrorKind::InvalidStatement, message.to_owned()));
    }
}

#[test]
fn a_column_of_an_alias_does_not_bring_it() {
    let (other, heroes) = (Hero.alias("other"), select(Hero).cte("heroes"));
    let messages = [fault(&select((Hero.name, other.name))), fault(&select(heroes.name))];
    assert_eq!(
        messages.map(|(_, message)| message),
        [
            "`other.name` is used, but the statement reads only `hero`; add `.select_from(&other)` or join it",
            "`heroes.name` is used, but the statement reads no table; add `.select_from(&heroes)` or join it",
        ]
    );
}

#[test]
fn order_in_every_form() {
    let order = |statement: Select<_>| {
        let _: &Select<crate::Entity<Hero>> = &statement;
        format!("{statement:?}").split_once("ORDER BY ").unwrap().1.to_owned()
    };
    assert_eq!(order(select(Hero).order_by(Hero.name)), "hero.name");
    assert_eq!(
        order(select(Hero).order_by([Hero.name, Hero.secret_name])),
        "hero.name, hero.secret_name"
    );
    assert_eq!(order(select(Hero).order_by(vec![Hero.age.desc()])), "hero.age DESC");
    let again = select(Hero).order_by((Hero.age.desc(), Hero.name)).order_by(Hero.id.asc());
    assert_eq!(order(again), "hero.age DESC, hero.name, hero.id");
}

#[test]
fn relations_to_load_are_kept_once() {
    let statement = select(Hero).with(Hero.home).with(Hero.teams).with(Hero.home);
    let relations: Vec<_> = statement.eager().iter().map(|eager| eager.relation).collect();
    assert_eq!(relations, [1, 0]);
    let heroes = select(Team).with(Team.heroes);
    assert_eq!(heroes.eager().len(), 1);
}

#[test]
fn relations_are_not_loaded_along_with_a_part_of_a_statement() {
    let with = || select(Hero).with(Hero.teams);
    let (derived, named) = (with().subquery("a"), with().cte("a"));
    let recursive = select(Hero).recursive("a", |_| with());
    for wrong in [
        format!("{:?}", with().union(select(Hero)).into_ast()),
        format!("{:?}", select(Hero).union_all(with()).into_ast()),
        format!("{:?}", select(&derived)),
        format!("{:?}", select(&named)),
        format!("{:?}", select(&recursive)),
        format!("{:?}", select(Team).filter(select(&derived).exists())),
        format!(
            "{:?}",
            insert(Hero).columns(Hero.id).from_select(select(derived.id).select_from(&derived))
        ),
    ] {
        assert!(wrong.starts_with("`with` is for the statement that is executed"), "{wrong}");
    }
    // executed itself it loads them, and so does one around it
    assert!(with().into_query().render(Dialect::Sqlite).is_ok());
    let around = select(&select(Hero).subquery("a")).with(Hero.teams).into_query();
    assert!(around.render(Dialect::Sqlite).is_ok());
}

struct Cells(Vec<Cell<'static>>);

impl Row for Cells {
    fn cell(&self, at: usize) -> Result<Cell<'_>> {
        Ok(self.0[at])
    }

    fn width(&self) -> usize {
        self.0.len()
    }

    fn name(&self, _: usize) -> Option<&str> {
        None
    }
}

#[test]
fn a_selection_reads_its_part_of_the_row() {
    let row = Cells(vec![
        Cell::Null,
        Cell::Int(4),
        Cell::Text("Z-Force"),
        Cell::Text("Sister Margaret's Bar"),
    ]);
    let mut at = 1;
    let team = <crate::Entity<Team>>::decode_at(&row, &mut at).unwrap();
    assert_eq!(at, 4);
    assert_eq!((team.id.get(), team.name.as_str()), (Some(4), "Z-Force"));
    assert_eq!(
        <crate::Entity<Team>>::decode_at(&row, &mut 0).unwrap_err().kind(),
        ErrorKind::Decode
    );
}

#[test]
fn only_the_statement_itself_locks_rows() {
    let locked = || select(Hero.name).for_update();
    let names = || select(Hero.name);
    let whole = sql::read(&locked().into_ast(), Dialect::Postgres).unwrap();
    assert!(whole.sql.ends_with("FOR UPDATE"), "{}", whole.sql);
    let message = "rows are locked by the statement that is executed; leave `for_update` and `for_share` out of what is inside of another one";
    for statement in [
        locked().union(names()).into_ast(),
        names().union(names().for_share()).into_ast(),
        select(&locked().subquery("a")).into_ast(),
        select(&locked().cte("a")).into_ast(),
        select(&locked().recursive("a", |_| names())).into_ast(),
        select(&names().recursive("a", |_| locked())).into_ast(),
        names().filter(locked().exists()).into_ast(),
        names().filter(Hero.name.is_in(locked())).into_ast(),
        select(locked().scalar()).into_ast(),
    ] {
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
            let error = sql::read(&statement, dialect).unwrap_err();
            assert_eq!((error.kind(), &*error.to_string()), (ErrorKind::InvalidStatement, message));
        }
    }
}
