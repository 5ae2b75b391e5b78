//! `One<T>` against `One<Option<T>>`.

use super::*;

#[test]
fn a_parent_is_as_optional_as_its_key() {
    let hero = hero(
        [maybe("team_id", "Team.id"), key("home_id", "Team.id")],
        [one("team", "Team").by(&["team_id"]), optional("home", "Team").by(&["home_id"])],
    );
    refused(
        hero,
        "team",
        team([]),
        None,
        "`Hero.team`: the key `team_id` may be NULL, so there may be no `Team`; write `team: One<Option<Team>>`, or take the `Option` off `team_id`",
    );
    refused(
        hero,
        "home",
        team([]),
        None,
        "`Hero.home`: the key `home_id` is never NULL, so there always is a row of `Team`; write `home: One<Team>`, or make `home_id` an `Option`",
    );
}

#[test]
fn the_far_side_of_one_to_one_is_optional() {
    let team = team([one("captain", "Hero")]);
    refused(
        team,
        "captain",
        hero([maybe("team_id", "Team.id")], []),
        None,
        "`Team.captain`: the key is `Hero.team_id`, so there may be no `Hero`; write `captain: One<Option<Hero>>`",
    );
}
