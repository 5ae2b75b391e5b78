//! Relations that resolve.

use super::*;

#[test]
fn a_parent_by_the_own_key() {
    let team = team([many("heroes", "Hero").back_populates("team")]);
    let hero =
        hero([maybe("team_id", "Team.id")], [optional("team", "Team").back_populates("heroes")]);
    assert!(
        matches!(join(hero, "team", team, None), Join::Parent { key } if pairs(key) == [(1, 0)])
    );
    assert!(
        matches!(join(team, "heroes", hero, None), Join::Children { key } if pairs(key) == [(1, 0)])
    );
}

#[test]
fn the_key_that_the_other_side_names() {
    let keys = || [maybe("team_id", "Team.id"), maybe("club_id", "Team.id")];
    let club = || optional("club", "Team").back_populates("fans");
    let fans = || many("fans", "Hero").back_populates("club");
    let named = hero(keys(), [club().by(&["club_id"])]);
    assert!(
        matches!(join(team([fans()]), "fans", named, None), Join::Children { key } if pairs(key) == [(2, 0)])
    );
    let named = team([fans().by(&["club_id"])]);
    assert!(
        matches!(join(hero(keys(), [club()]), "club", named, None), Join::Parent { key } if pairs(key) == [(2, 0)])
    );
}

#[test]
fn a_link_by_both_of_its_keys() {
    let team = team([many("heroes", "Hero").back_populates("teams").through("HeroTeamLink")]);
    let hero = hero([], [many("teams", "Team").back_populates("heroes").through("HeroTeamLink")]);
    let link = link_with([]);
    let Join::Link { own, theirs } = join(hero, "teams", team, Some(link)) else { panic!() };
    assert_eq!((pairs(own), pairs(theirs)), (vec![(1, 0)], vec![(0, 0)]));
    let Join::Link { own, theirs } = join(team, "heroes", hero, Some(link)) else { panic!() };
    assert_eq!((pairs(own), pairs(theirs)), (vec![(0, 0)], vec![(1, 0)]));
}

#[test]
fn a_link_from_a_model_to_itself() {
    let follow = model(
        "Follow",
        [key("by", "User.id").primary_key(), key("whom", "User.id").primary_key()],
        [],
    );
    let follows = |name, own, theirs| many(name, "User").through_keys("Follow", own, theirs);
    let user = model(
        "User",
        [id()],
        [
            follows("following", "by", "whom").back_populates("followers"),
            follows("followers", "whom", "by").back_populates("following"),
        ],
    );
    let Join::Link { own, theirs } = join(user, "followers", user, Some(follow)) else { panic!() };
    assert_eq!((pairs(own), pairs(theirs)), (vec![(1, 0)], vec![(0, 0)]));
}

#[test]
fn a_composite_key_in_the_order_of_the_key_referred_to() {
    let seat = model("Seat", [string("row").primary_key(), string("place").primary_key()], []);
    let ticket = model(
        "Ticket",
        [
            id(),
            string("seat_place").to("Seat.place").null(),
            string("seat_row").to("Seat.row").null(),
        ],
        [optional("seat", "Seat")],
    );
    assert!(
        matches!(join(ticket, "seat", seat, None), Join::Parent { key } if pairs(key) == [(2, 0), (1, 1)])
    );
}

#[test]
fn a_chosen_key() {
    let team = team([
        many("heroes", "Hero").back_populates("team").by(&["team_id"]),
        many("veterans", "Hero").by_key_of("Hero", &["old_team_id"]),
    ]);
    let hero = hero(
        [maybe("team_id", "Team.id"), maybe("old_team_id", "Team.id")],
        [optional("team", "Team").back_populates("heroes").by(&["team_id"])],
    );
    assert!(
        matches!(join(hero, "team", team, None), Join::Parent { key } if pairs(key) == [(1, 0)])
    );
    assert!(
        matches!(join(team, "heroes", hero, None), Join::Children { key } if pairs(key) == [(1, 0)])
    );
    assert!(
        matches!(join(team, "veterans", hero, None), Join::Children { key } if pairs(key) == [(2, 0)])
    );
}

#[test]
fn a_tree_in_one_table() {
    let node = model(
        "Node",
        [id(), maybe("parent_id", "Node.id")],
        [
            optional("parent", "Node").back_populates("children"),
            many("children", "Node").back_populates("parent"),
        ],
    );
    assert!(matches!(join(node, "parent", node, None), Join::Parent { .. }));
    assert!(matches!(join(node, "children", node, None), Join::Children { .. }));
}

#[test]
fn a_ring_in_one_table() {
    let node = model(
        "Node",
        [id(), maybe("next_id", "Node.id").unique()],
        [
            optional("next", "Node").back_populates("previous"),
            optional("previous", "Node").back_populates("next").by_key_of("Node", &["next_id"]),
        ],
    );
    assert!(matches!(join(node, "next", node, None), Join::Parent { .. }));
    assert!(matches!(join(node, "previous", node, None), Join::Children { .. }));
}

#[test]
fn one_to_one_by_the_only_key_there_is() {
    let team = team([optional("captain", "Hero").back_populates("team")]);
    let hero =
        hero([maybe("team_id", "Team.id")], [optional("team", "Team").back_populates("captain")]);
    assert!(matches!(join(team, "captain", hero, None), Join::Children { .. }));
}

#[test]
fn a_key_to_a_unique_column() {
    let country = model("Country", [id(), string("code").unique()], []);
    let city =
        model("City", [id(), string("code").to("Country.code")], [one("country", "Country")]);
    assert!(
        matches!(join(city, "country", country, None), Join::Parent { key } if pairs(key) == [(1, 1)])
    );
}

#[test]
fn all_of_it_in_const_evaluation() {
    const HERO: &ModelDef = &ModelDef {
        identity: "app::Hero",
        name: "Hero",
        table: "hero",
        schema: None,
        columns: &[
            ColumnDef::of::<i64>("id", "id").primary_key().generated(true),
            ColumnDef::of::<Option<i64>>("mentor_id", "mentor_id").references(Some(
                crate::schema::Reference {
                    model: "app::Hero",
                    name: "Hero",
                    table: "hero",
                    schema: None,
                    column: "id",
                    on_delete: None,
                },
            )),
        ],
        relations: &[
            RelationDef::of("Model", "mentor", RelationKind::Optional, "app::Hero", mentor)
                .back_populates("pupils"),
            RelationDef::of("Model", "pupils", RelationKind::Many, "app::Hero", mentor)
                .back_populates("mentor"),
        ],
        primary_key: &[0],
        uniques: &[],
        indexes: &[],
        checks: &[],
        comment: None,
        source: ("app.rs", 1),
    };
    fn mentor() -> &'static Resolved {
        const MENTOR: Resolved = resolve(HERO, 0, HERO, None);
        &MENTOR
    }
    assert!(
        matches!((HERO.relations[0].resolved)().join, Join::Parent { key } if pairs(key) == [(1, 0)])
    );
}
