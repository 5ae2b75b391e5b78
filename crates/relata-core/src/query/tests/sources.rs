//! What statements read, and under which names.

use super::*;
use crate::query::fixture::Person;

#[track_caller]
fn message<S: Subselect>(statement: Select<S>) -> String {
    let (kind, message) = fault(&statement);
    assert_eq!(kind, ErrorKind::InvalidStatement);
    message
}

#[test]
fn a_join_needs_something_before_it() {
    insta::assert_snapshot!(
        message(select(Team).join(Team.on(Team.name.eq("x")))),
        @"`team` is joined, but nothing is read before it; add `.select_from(…)` or use `filter`"
    );
    insta::assert_snapshot!(
        message(select(count_rows()).left_join(Hero.on(Hero.age.gt(1)))),
        @"`hero` is joined, but nothing is read before it; add `.select_from(…)` or use `filter`"
    );
    let home = || Hero.home_id.eq(Team.id);
    let both = select((Hero, Team)).join(Hero.on(Hero.age.gt(1))).join(Team.on(home()));
    insta::assert_snapshot!(
        message(both),
        @"`hero` is joined, but nothing is read before it; add `.select_from(…)` or use `filter`"
    );
    let read = select(count_rows()).select_from(Hero).join(Team.on(home()));
    insta::assert_snapshot!(format!("{read:?}"), @r"
    SELECT count(*)
    FROM hero JOIN team ON hero.home_id = team.id
    ");
}
