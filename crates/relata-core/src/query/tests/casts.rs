//! Casts, as each of the databases writes them.

use super::{super::fixture::Hero, *};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;

fn moment() -> RawExpr<DateTime<Utc>> {
    raw_expr("m")
}

fn day() -> RawExpr<NaiveDate> {
    raw_expr("d")
}

fn local() -> RawExpr<NaiveDateTime> {
    raw_expr("l")
}

#[test]
fn between_dates_and_times() {
    insta::assert_snapshot!(each((
        moment().cast::<NaiveDate>(),
        moment().cast::<NaiveTime>(),
        moment().cast::<NaiveDateTime>(),
    )), @r"
    substr((m), 1, 10), substr((m), 12), CAST((m) AS TEXT)
    CAST(((m)) AT TIME ZONE 'UTC' AS DATE), CAST(((m)) AT TIME ZONE 'UTC' AS TIME WITHOUT TIME ZONE), ((m) AT TIME ZONE 'UTC')
    CAST((m) AS DATE), CAST((m) AS TIME(6)), CAST((m) AS DATETIME(6))
    ");
    insta::assert_snapshot!(each((
        local().cast::<NaiveDate>(),
        local().cast::<NaiveTime>(),
        local().cast::<DateTime<Utc>>(),
    )), @r"
    substr((l), 1, 10), substr((l), 12), CAST((l) AS TEXT)
    CAST((l) AS DATE), CAST((l) AS TIME WITHOUT TIME ZONE), ((l) AT TIME ZONE 'UTC')
    CAST((l) AS DATE), CAST((l) AS TIME(6)), CAST((l) AS DATETIME(6))
    ");
    insta::assert_snapshot!(each((
        day().cast::<NaiveDateTime>(),
        day().cast::<DateTime<Utc>>(),
        day().cast::<String>(),
    )), @r"
    ((d) || ' 00:00:00.000000'), ((d) || ' 00:00:00.000000'), CAST((d) AS TEXT)
    CAST((d) AS TIMESTAMP WITHOUT TIME ZONE), (CAST((d) AS TIMESTAMP WITHOUT TIME ZONE) AT TIME ZONE 'UTC'), CAST((d) AS VARCHAR)
    CAST((d) AS DATETIME(6)), CAST((d) AS DATETIME(6)), CAST((d) AS CHAR)
    ");
    insta::assert_snapshot!(each(raw_expr::<NaiveTime>("t").cast::<NaiveDate>()), @r"
    a time of day has nothing to make a date of, so it cannot be `cast` to one; cast a date and time
    a time of day has nothing to make a date of, so it cannot be `cast` to one; cast a date and time
    a time of day has nothing to make a date of, so it cannot be `cast` to one; cast a date and time
    ");
}

#[test]
fn of_text() {
    insta::assert_snapshot!(each((
        Hero.name.cast::<NaiveDate>(),
        Hero.name.cast::<NaiveTime>(),
        Hero.name.cast::<NaiveDateTime>(),
        Hero.name.cast::<DateTime<Utc>>(),
    )), @r"
    strftime('%Y-%m-%d', hero.name), strftime('%H:%M:%f000', hero.name), strftime('%Y-%m-%d %H:%M:%f000', hero.name), strftime('%Y-%m-%d %H:%M:%f000', hero.name)
    CAST(hero.name AS DATE), CAST(replace(hero.name, 'T', ' ') AS TIME WITHOUT TIME ZONE), CAST(hero.name AS TIMESTAMP WITHOUT TIME ZONE), CAST(hero.name AS TIMESTAMP WITH TIME ZONE)
    CAST(hero.name AS DATE), CAST(replace(hero.name, 'T', ' ') AS TIME(6)), CAST(hero.name AS DATETIME(6)), CAST(hero.name AS DATETIME(6))
    ");
}

#[test]
fn of_truth() {
    insta::assert_snapshot!(each((
        Hero.age.cast::<bool>(),
        (Hero.age + 1).cast::<bool>(),
        raw_expr::<bool>("b").cast::<i32>(),
        raw_expr::<bool>("b").cast::<i64>(),
        raw_expr::<bool>("b").cast::<Decimal>(),
    )), @r"
    (hero.age != 0), (hero.age + ? != 0), CAST((b) AS INTEGER), CAST((b) AS INTEGER), CAST((b) AS NUMERIC) -- 1
    (hero.age != 0), (hero.age + $1 != 0), CAST((b) AS INTEGER), CAST(CAST((b) AS INTEGER) AS BIGINT), CAST(CAST((b) AS INTEGER) AS NUMERIC)
    (hero.age != 0), (hero.age + ? != 0), CAST((b) AS SIGNED), CAST((b) AS SIGNED), CAST((b) AS DECIMAL(65, 28))
    ");
}

#[test]
fn of_intervals() {
    use chrono::TimeDelta;
    let wait = || raw_expr::<TimeDelta>("w");
    insta::assert_snapshot!(each((wait().cast::<i64>(), wait().cast::<i32>())), @"
    CAST((w) AS INTEGER), CAST((w) AS INTEGER)
    CAST(EXTRACT(EPOCH FROM (w)) * 1000000 AS BIGINT), CAST(EXTRACT(EPOCH FROM (w)) * 1000000 AS INTEGER)
    CAST((w) AS SIGNED), CAST((w) AS SIGNED)
    ");
    insta::assert_snapshot!(each((Hero.age.cast::<TimeDelta>(), (Hero.age + 1).cast::<TimeDelta>())), @"
    CAST(hero.age AS INTEGER), CAST(hero.age + ? AS INTEGER) -- 1
    (hero.age * INTERVAL '1 microsecond'), ((hero.age + $1) * INTERVAL '1 microsecond')
    CAST(hero.age AS SIGNED), CAST(hero.age + ? AS SIGNED)
    ");
    insta::assert_snapshot!(each(wait().cast::<String>()), @"
    an interval can be `cast` to an integer, its microseconds, and be made of one, but not of another type; cast to `i64` first
    an interval can be `cast` to an integer, its microseconds, and be made of one, but not of another type; cast to `i64` first
    an interval can be `cast` to an integer, its microseconds, and be made of one, but not of another type; cast to `i64` first
    ");
    assert_eq!(each(Hero.name.cast::<TimeDelta>()), each(wait().cast::<String>()));
}

#[test]
fn of_arrays() {
    let numbers = || raw_expr::<Vec<i32>>("n");
    insta::assert_snapshot!(each((numbers().cast::<Vec<i64>>(), numbers().cast::<Vec<i32>>())), @"
    CAST((n) AS TEXT), CAST((n) AS TEXT)
    CAST((n) AS BIGINT[]), CAST((n) AS INTEGER[])
    CAST((n) AS CHAR), CAST((n) AS CHAR)
    ");
    insta::assert_snapshot!(each(numbers().cast::<String>()), @"
    an array cannot be `cast` to another type, nor be made of one, as each database has its own text of it; select it as it is
    an array cannot be `cast` to another type, nor be made of one, as each database has its own text of it; select it as it is
    an array cannot be `cast` to another type, nor be made of one, as each database has its own text of it; select it as it is
    ");
    assert_eq!(each(Hero.name.cast::<Vec<i32>>()), each(numbers().cast::<Vec<String>>()));
}
