//! `back_populates` on both sides, on one, and on none.

use super::*;

fn through(name: &'static str, target: &str) -> RelationDef {
    many(name, target).through("HeroTeamLink")
}

#[test]
fn absent() {
    let hero_teams = hero([], [through("teams", "Team").back_populates("heroes")]);
    refused(
        hero_teams,
        "teams",
        team([]),
        Some(link_with([])),
        "`Hero.teams` says `back_populates = heroes`, but `Team` has no relation `heroes`; add `#[relationship(back_populates = teams, link_model = HeroTeamLink)] heroes: Many<Hero>` to `Team`",
    );
    let hero = hero(
        [maybe("team_id", "Team.id"), maybe("old_team_id", "Team.id")],
        [optional("team", "Team").back_populates("heroes").by(&["team_id"])],
    );
    refused(
        hero,
        "team",
        team([]),
        None,
        "`Hero.team` says `back_populates = heroes`, but `Team` has no relation `heroes`; add `#[relationship(back_populates = team, foreign_key = team_id)] heroes: Many<Hero>` to `Team`",
    );
}

#[test]
fn absent_of_children_or_a_named_link() {
    let team = team([many("heroes", "Hero").back_populates("team")]);
    refused(
        team,
        "heroes",
        hero([maybe("team_id", "Team.id")], []),
        None,
        "`Team.heroes` says `back_populates = team`, but `Hero` has no relation `team`; add `#[relationship(back_populates = heroes)] team: One<Option<Team>>` to `Hero`",
    );
    let follow = model("Follow", [key("by", "User.id"), key("whom", "User.id").primary_key()], []);
    let following = many("following", "User").through_keys("Follow", "by", "whom");
    let user = model("User", [id()], [following.back_populates("followers")]);
    refused(
        user,
        "following",
        user,
        Some(follow),
        "`User.following` says `back_populates = followers`, but `User` has no relation `followers`; add `#[relationship(back_populates = following, link_model = Follow(whom, by))] followers: Many<User>` to `User`",
    );
}

#[test]
fn misspelt() {
    let says = |back| team([many("heroes", "Hero").back_populates(back)]);
    let hero = |team: RelationDef| hero([maybe("team_id", "Team.id")], [team]);
    let near = "`Team.heroes` says `back_populates = tean`, but `Hero` has no relation `tean`; did you mean `team`?";
    refused(says("tean"), "heroes", hero(optional("team", "Team")), None, near);
    let names = "`Team.heroes` says `back_populates = squad`, but `Hero` has no relation `squad`; did you mean `team`?";
    let team = optional("team", "Team").back_populates("heroes");
    refused(says("squad"), "heroes", hero(team), None, names);
}

#[test]
fn elsewhere_or_silent() {
    let hero =
        || hero([maybe("team_id", "Team.id")], [optional("team", "Team").back_populates("heroes")]);
    refused(
        hero(),
        "team",
        team([many("heroes", "Villain").back_populates("team")]),
        None,
        "`Hero.team` says `back_populates = heroes`, but `Team.heroes` leads to `Villain`; name the relation of `Team` that leads to `Hero`",
    );
    refused(
        hero(),
        "team",
        team([many("heroes", "Hero")]),
        None,
        "`Hero.team` says `back_populates = heroes`, but `Team.heroes` names no other side; add `back_populates = team` to it",
    );
    refused(
        hero(),
        "team",
        team([many("heroes", "Hero").back_populates("squad")]),
        None,
        "`Hero.team` says `back_populates = heroes`, but `Team.heroes` says `back_populates = squad`; each side has to name the other",
    );
}

#[test]
fn of_another_link() {
    let hero = hero(
        [],
        [
            through("teams", "Team").back_populates("heroes"),
            many("squads", "Team").back_populates("members"),
        ],
    );
    let link = link_with([]);
    let heroes = || many("heroes", "Hero").back_populates("teams");
    refused(
        hero,
        "teams",
        team([heroes().through("Other")]),
        Some(link),
        "`Hero.teams` goes through `HeroTeamLink` and its other side `Team.heroes` through `Other`; name one `link_model` on both",
    );
    refused(
        hero,
        "teams",
        team([heroes()]),
        Some(link),
        "`Hero.teams` has a link model and its other side `Team.heroes` has none; add `link_model = HeroTeamLink` to that, or remove it here",
    );
    let members = || many("members", "Hero").back_populates("squads");
    refused(
        hero,
        "squads",
        team([members().through("HeroTeamLink")]),
        None,
        "`Hero.squads` has no link model and its other side `Team.members` has one; add `link_model = HeroTeamLink` here, or remove it there",
    );
    refused(
        hero,
        "squads",
        team([members()]),
        None,
        "`Hero.squads` and `Team.members` are both lists, which needs a link model; add `link_model = HeroTeamLink` to both, or make one of them a `One`",
    );
}

#[test]
fn of_other_columns() {
    let keys = [maybe("team_id", "Team.id"), maybe("old_team_id", "Team.id")];
    let hero = hero(keys, [optional("team", "Team").back_populates("heroes").by(&["team_id"])]);
    refused(
        hero,
        "team",
        team([many("heroes", "Hero").back_populates("team").by(&["old_team_id"])]),
        None,
        "`Hero.team` follows the key `Hero.team_id`, but its other side `Team.heroes` follows `Hero.old_team_id`; name one of them on both: `foreign_key = Hero.team_id`",
    );
    let node = model(
        "Node",
        [id(), maybe("next_id", "Node.id")],
        [
            optional("next", "Node").back_populates("previous"),
            optional("previous", "Node").back_populates("next"),
        ],
    );
    refused(
        node,
        "next",
        node,
        None,
        "`Node.next` and `Node.previous` follow the key `next_id` the same way, so they are not two sides of one relationship; write `foreign_key = Node.next_id` on the one that the key leads to",
    );
}

#[test]
fn of_a_link_with_keys_not_swapped() {
    let follows = |name| many(name, "User").through_keys("Follow", "by", "whom");
    let user = model(
        "User",
        [id()],
        [
            follows("following").back_populates("followers"),
            follows("followers").back_populates("following"),
        ],
    );
    let follow = model("Follow", [key("by", "User.id"), key("whom", "User.id").primary_key()], []);
    refused(
        user,
        "following",
        user,
        Some(follow),
        "`User.following` and `User.followers` are two sides of one relationship, but do not use the same columns of `Follow`; write `link_model = Follow(whom, by)` on `User.followers`",
    );
}

#[test]
fn not_named_though_both_write_the_link() {
    let link = link_with([]);
    refused(
        hero([], [through("teams", "Team")]),
        "teams",
        team([through("heroes", "Hero")]),
        Some(link),
        "`Hero.teams` and `Team.heroes` both write `HeroTeamLink`, so each has to name the other; add `back_populates = heroes` to `Hero.teams` and `back_populates = teams` to `Team.heroes`",
    );
    refused(
        hero([], [through("teams", "Team"), through("squads", "Team")]),
        "teams",
        team([]),
        Some(link),
        "`Hero.teams` and `Hero.squads` both write the same rows of `HeroTeamLink`; remove one of them, or give it a link model of its own",
    );
}

#[test]
fn a_link_model_may_also_be_listed() {
    let link = LinkDef { model: "app::HeroTeamLink", keys: None };
    let team = table(
        "Team",
        [id()],
        [RelationDef { link: Some(link), ..many("heroes", "Hero") }, many("links", "HeroTeamLink")],
    )
    .keep();
    join(team, "links", link_with([]), None);
    join(team, "heroes", hero([], []), Some(link_with([])));
}
