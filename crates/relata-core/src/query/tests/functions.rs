//! Functions of one row, and those of many.

use super::{
    super::fixture::{Hero, Mission, Team},
    *,
};

#[test]
fn text() {
    let shown = each((
        lower(Hero.name),
        upper(Team.motto),
        length(Team.motto),
        trim(Hero.name),
        ltrim(Hero.name),
        rtrim(Hero.name),
    ));
    insta::assert_snapshot!(shown, @r"
    lower(hero.name), upper(team.motto), length(team.motto), trim(hero.name), ltrim(hero.name), rtrim(hero.name)
    lower(hero.name), upper(team.motto), char_length(team.motto), trim(hero.name), ltrim(hero.name), rtrim(hero.name)
    lower(hero.name), upper(team.motto), char_length(team.motto), trim(hero.name), ltrim(hero.name), rtrim(hero.name)
    ");
    let _: Sql<String> = lower(Hero.name);
    let _: Sql<Option<i64>> = length(Team.motto);
    let _: Sql<Option<String>> = replace(Hero.name, "a", Team.motto);
    let _: Sql<Option<String>> = substr(Hero.name, Hero.age, 2);
    insta::assert_snapshot!(each((
        replace(Hero.name, "-", Team.motto),
        substr(Hero.name, 2, 3),
        substr_from(Hero.name, length(Hero.name) - 1),
    )), @r#"
    replace(hero.name, ?, team.motto), substr(hero.name, ?, ?), substr(hero.name, length(hero.name) - ?) -- ("-", 2, 3, 1)
    replace(hero.name, $1, team.motto), substr(hero.name, CAST(CAST($2 AS BIGINT) AS INTEGER), CAST(CAST($3 AS BIGINT) AS INTEGER)), substr(hero.name, CAST(char_length(hero.name) - CAST($4 AS BIGINT) AS INTEGER))
    replace(hero.name, ?, team.motto), substr(hero.name, CAST(? AS SIGNED), CAST(? AS SIGNED)), substr(hero.name, char_length(hero.name) - CAST(? AS SIGNED))
    "#);
}

#[test]
fn numbers() {
    let _: Sql<Option<i32>> = abs(Hero.age);
    let _: Sql<Option<f64>> = round(Hero.age, 1);
    let _: Sql<f64> = floor(Mission.cost);
    let _: Sql<Option<rust_decimal::Decimal>> = ceil(Mission.budget);
    insta::assert_snapshot!(each((abs(Hero.age), abs(Hero.age - 3))), @r"
    abs(hero.age), abs(hero.age - ?) -- 3
    abs(hero.age), abs(hero.age - $1)
    abs(hero.age), abs(hero.age - ?)
    ");
    insta::assert_snapshot!(each((round(Mission.cost, 2), round(Mission.budget, 0))), @r"
    round(mission.cost, 2), round(mission.budget, 0)
    CAST(round(CAST(CAST(mission.cost AS TEXT) AS NUMERIC), 2) AS DOUBLE PRECISION), CAST(round(mission.budget, 0) AS NUMERIC)
    CAST(CASE WHEN abs(mission.cost) < 9007199254740992 THEN round(CAST(mission.cost AS DECIMAL(65, 28)), 2) ELSE mission.cost END AS DOUBLE), CAST(round(mission.budget, 0) AS DECIMAL(65, 28))
    ");
    insta::assert_snapshot!(each((Hero.age / 2, Hero.age / (Hero.age - 1), Hero.age % 0)), @"
    hero.age / ?, hero.age / (hero.age - ?), hero.age % ? -- (2, 1, 0)
    hero.age / $1, hero.age / nullif(hero.age - $2, 0), hero.age % nullif(CAST($3 AS BIGINT), 0)
    hero.age DIV ?, hero.age DIV nullif(hero.age - ?, 0), hero.age % nullif(CAST(? AS SIGNED), 0)
    ");
    insta::assert_snapshot!(each((Mission.cost / 0.5, Mission.budget / Mission.budget)), @"
    mission.cost / ?, CAST(mission.budget AS REAL) / mission.budget -- 0.5
    mission.cost / $1, mission.budget / nullif(mission.budget, 0)
    mission.cost / ?, CAST(mission.budget / nullif(mission.budget, 0) AS DECIMAL(65, 16))
    ");
    insta::assert_snapshot!(each((floor(Mission.cost), ceil(Mission.budget))), @r"
    floor(mission.cost), ceil(mission.budget)
    CAST(floor(mission.cost) AS DOUBLE PRECISION), CAST(ceil(mission.budget) AS NUMERIC)
    CAST(floor(mission.cost) AS DOUBLE), CAST(ceil(mission.budget) AS DECIMAL(65, 28))
    ");
    insta::assert_snapshot!(each(floor(random() * 6.0) + 1.0), @r"
    floor((abs(random() % 9007199254740992) / 9007199254740992.0) * ?) + ? -- (6.0, 1.0)
    CAST(floor(random() * CAST($1 AS DOUBLE PRECISION)) AS DOUBLE PRECISION) + CAST($2 AS DOUBLE PRECISION)
    CAST(floor(rand() * ?) AS DOUBLE) + ?
    ");
}

#[test]
fn choices() {
    let _: Sql<String> = coalesce((Team.motto, Team.name));
    let _: Sql<Option<String>> = coalesce((Team.name, Team.motto));
    let _: Sql<i64> = coalesce((sum(Hero.age), 0));
    let _: Sql<Option<i32>> = greatest((Hero.age, 18));
    let _: Sql<i32> = least((1, 2, 3));
    insta::assert_snapshot!(each((
        coalesce((Team.motto, Team.name, "none")),
        nullif(Team.name, ""),
        greatest((Hero.age, 18, Hero.age + 1)),
        least((Hero.age, 18)),
    )), @r#"
    coalesce(team.motto, team.name, ?), nullif(team.name, ?), max(hero.age, ?, hero.age + ?), min(hero.age, ?) -- ("none", "", 18, 1, 18)
    coalesce(team.motto, team.name, $1), nullif(team.name, $2), CASE WHEN hero.age IS NOT NULL AND hero.age + $3 IS NOT NULL THEN greatest(hero.age, CAST($4 AS BIGINT), hero.age + $5) END, CASE WHEN hero.age IS NOT NULL THEN least(hero.age, CAST($6 AS BIGINT)) END
    coalesce(team.motto, team.name, ?), nullif(team.name, ?), greatest(hero.age, CAST(? AS SIGNED), hero.age + ?), least(hero.age, CAST(? AS SIGNED))
    "#);
    assert_eq!(where_(coalesce((Hero.age, 0)).gt(3)), "coalesce(hero.age, ?) > ?");
    assert_eq!(where_(coalesce((Hero.home_id, 7)).eq(7)), "coalesce(hero.home_id, ?) = ?");
}

#[test]
fn any_function_by_its_name() {
    insta::assert_snapshot!(each((
        function::<i64>("instr", (Hero.name, "-")),
        function::<String>("pg_catalog.version", ()),
        function::<Option<i64>>("json_array_length", (Mission.plan,)),
    )), @r#"
    instr(hero.name, ?), pg_catalog.version(), json_array_length(mission.plan) -- "-"
    instr(hero.name, $1), pg_catalog.version(), json_array_length(mission.plan)
    instr(hero.name, ?), pg_catalog.version(), json_array_length(mission.plan)
    "#);
    for name in ["", "a b", "a(", "1st", "a..b", "naïve", "a;b", "a\"b", "schema.1st", "."] {
        assert_eq!(
            fault(&select(function::<i64>(name, (Hero.id,)))),
            (
                ErrorKind::InvalidStatement,
                format!(
                    "`{name}` is no name of a function; it has ASCII letters, digits, `_` and `.`, and starts with no digit"
                )
            )
        );
    }
    insta::assert_snapshot!(
        each(raw_expr::<i64>("length(hero.name)") * 2 + Hero.age.cast()),
        @r"
    (length(hero.name)) * ? + CAST(hero.age AS INTEGER) -- 2
    (length(hero.name)) * CAST($1 AS BIGINT) + CAST(hero.age AS BIGINT)
    (length(hero.name)) * CAST(? AS SIGNED) + CAST(hero.age AS SIGNED)
    "
    );
}

#[test]
fn dates_and_times() {
    insta::assert_snapshot!(each((now(), current_date())), @r"
    strftime('%Y-%m-%d %H:%M:%f000', 'now'), date('now')
    statement_timestamp(), CAST(statement_timestamp() AT TIME ZONE 'UTC' AS DATE)
    utc_timestamp(6), utc_date()
    ");
    insta::assert_snapshot!(each((
        Mission.day.extract(Part::Year),
        Mission.day.extract(Part::DayOfWeek),
        Mission.day.extract(Part::Week),
        Mission.time.extract(Part::Hour),
        Mission.starts.extract(Part::DayOfYear),
        Mission.starts.extract(Part::Epoch),
        Mission.ends.extract(Part::Second),
    )), @r"
    CAST(strftime('%Y', mission.day) AS INTEGER), CAST(strftime('%w', mission.day) AS INTEGER), CAST(strftime('%V', mission.day) AS INTEGER), CAST(strftime('%H', mission.time) AS INTEGER), CAST(strftime('%j', mission.starts) AS INTEGER), CAST(strftime('%s', mission.starts) AS INTEGER), CAST(strftime('%S', mission.ends) AS INTEGER)
    CAST(floor(EXTRACT(YEAR FROM mission.day)) AS BIGINT), CAST(floor(EXTRACT(DOW FROM mission.day)) AS BIGINT), CAST(floor(EXTRACT(WEEK FROM mission.day)) AS BIGINT), CAST(floor(EXTRACT(HOUR FROM mission.time)) AS BIGINT), CAST(floor(EXTRACT(DOY FROM mission.starts AT TIME ZONE 'UTC')) AS BIGINT), CAST(floor(EXTRACT(EPOCH FROM mission.starts AT TIME ZONE 'UTC')) AS BIGINT), CAST(floor(EXTRACT(SECOND FROM mission.ends)) AS BIGINT)
    EXTRACT(YEAR FROM mission.day), (dayofweek(mission.day) - 1), week(mission.day, 3), EXTRACT(HOUR FROM mission.time), dayofyear(mission.starts), timestampdiff(SECOND, '1970-01-01', mission.starts), EXTRACT(SECOND FROM mission.ends)
    ");
    let _: Sql<Option<i64>> = Mission.ends.extract(Part::Month);
    let _: Sql<i64> = Mission.day.extract(Part::Day);
    let invalid = |part: Sql<i64>| fault(&select(part)).1;
    assert_eq!(
        invalid(Mission.day.extract(Part::Minute)),
        "a date has no `Part::Minute`; only times of day have one"
    );
    assert_eq!(
        invalid(Mission.time.extract(Part::Epoch)),
        "a time of day has no `Part::Epoch`; only dates have one"
    );
}

#[test]
fn texts_of_many_rows() {
    insta::assert_snapshot!(each((
        string_agg(Hero.name, ", "),
        string_agg(Hero.name, ",").distinct(),
        string_agg(Hero.name, "; ").order_by(Hero.age.desc()).filter(Hero.age.gt(3)),
    )), @r"
    group_concat(hero.name, ', '), group_concat(DISTINCT hero.name), group_concat(hero.name, '; ' ORDER BY hero.age DESC) FILTER (WHERE hero.age > ?) -- 3
    string_agg(hero.name, ', '), string_agg(DISTINCT hero.name, ','), string_agg(hero.name, '; ' ORDER BY hero.age DESC) FILTER (WHERE hero.age > $1)
    group_concat(hero.name SEPARATOR ', '), group_concat(DISTINCT hero.name SEPARATOR ','), group_concat(CASE WHEN hero.age > ? THEN hero.name END ORDER BY hero.age DESC SEPARATOR '; ')
    ");
    insta::assert_snapshot!(each(string_agg(Hero.name, "'\\\n")), @r#"
    group_concat(hero.name, ?) -- "'\\\n"
    string_agg(hero.name, $1)
    group_concat(hero.name SEPARATOR X'275C0A')
    "#);
    insta::assert_snapshot!(each(string_agg(Hero.name, "; ").distinct()), @r"
    SQLite puts only `,` between texts that are `distinct`; use this separator, or select them `distinct` in a subquery first
    string_agg(DISTINCT hero.name, '; ')
    group_concat(DISTINCT hero.name SEPARATOR '; ')
    ");
}
