//! Link models that do not fit their relation.

use super::*;

fn teams() -> RelationDef {
    many("teams", "Team").through("HeroTeamLink")
}

#[test]
fn without_a_key() {
    let link = model("HeroTeamLink", [key("hero_id", "Hero.id").primary_key()], []);
    refused(
        hero([], [teams()]),
        "teams",
        team([]),
        Some(link),
        "`Hero.teams`: link model `HeroTeamLink` has no column that points at `Team`; add `#[field(primary_key, foreign_key = Team.id)] team_id: Id<Team>` to it",
    );
}

#[test]
fn with_several_keys() {
    let link = link_with([key("old_team_id", "Team.id")]);
    refused(
        hero([], [teams()]),
        "teams",
        team([]),
        Some(link),
        "`Hero.teams`: two columns of link model `HeroTeamLink` point at `Team`: `team_id` and `old_team_id`; say which one: `link_model = HeroTeamLink(.., team_id)`, the column that points at this `Hero` first",
    );
    let hero = hero([], [many("teams", "Team").through_keys("HeroTeamLink", "hero_id", "hero_id")]);
    refused(
        hero,
        "teams",
        team([]),
        Some(link),
        "`Hero.teams`: `link_model = HeroTeamLink(hero_id, hero_id)` names one column twice; name the one that points at this `Hero` first, then the other",
    );
}

#[test]
fn with_keys_named_the_wrong_way_round() {
    let hero = hero([], [many("teams", "Team").through_keys("HeroTeamLink", "team_id", "hero_id")]);
    refused(
        hero,
        "teams",
        team([]),
        Some(link_with([])),
        "`Hero.teams`: `link_model` names `team_id`, but that column of `HeroTeamLink` does not point at `Hero`; add `#[field(foreign_key = Hero.id)]` to it or name another",
    );
}

#[test]
fn to_itself_without_names() {
    let user = model("User", [id()], [many("friends", "User").through("Friends")]);
    let keys =
        || [key("user_id", "User.id").primary_key(), key("friend_id", "User.id").primary_key()];
    refused(
        user,
        "friends",
        user,
        Some(model("Friends", keys(), [])),
        "`User.friends` links `User` with itself; say which column is which: `link_model = Friends(user_id, friend_id)`, the one that points at this `User` first",
    );
    let [first, _] = keys();
    refused(
        user,
        "friends",
        user,
        Some(model("Friends", [first], [])),
        "`User.friends`: link model `Friends` has no second column that points at `User`; add `#[field(primary_key, foreign_key = User.id)] other_user_id: Id<User>` to it",
    );
}

#[test]
fn with_a_column_that_nobody_fills() {
    let [team, hero] = [team([]), hero([], [teams()])];
    refused(
        hero,
        "teams",
        team,
        Some(link_with([column::<i32>("since")])),
        "`Hero.teams`: `HeroTeamLink.since` has no default, so a link cannot be made by adding to the list; add `#[field(default = ...)]` to it, or write the list as `Many<HeroTeamLink>` without `link_model`",
    );
    let filled = column::<bool>("is_training").default(|| crate::value::Value::Bool(false));
    join(hero, "teams", team, Some(link_with([filled, column::<i32>("since").null()])));
}
