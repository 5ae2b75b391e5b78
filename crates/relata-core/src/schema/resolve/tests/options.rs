//! The delete rule, `cascade_delete` and `order_by`.

use super::*;

#[test]
fn children_with_a_required_key_need_a_rule() {
    let plain = team([many("heroes", "Hero")]);
    let required = || hero([key("team_id", "Team.id")], []);
    refused(
        plain,
        "heroes",
        required(),
        None,
        "`Team.heroes`: the key `Hero.team_id` is never NULL, so a row of `Hero` cannot stay when its `Team` is deleted; add `cascade_delete` or `passive_deletes` to the relationship, add `ondelete = cascade` to the key, or make it an `Option`",
    );
    join(team([many("heroes", "Hero").cascade_delete()]), "heroes", required(), None);
    join(team([many("heroes", "Hero").passive_deletes()]), "heroes", required(), None);
    let by_database = hero([key("team_id", "Team.id").on_delete(OnDelete::Cascade)], []);
    join(plain, "heroes", by_database, None);
    let in_its_key = model("Hero", [key("team_id", "Team.id").primary_key()], []);
    join(plain, "heroes", in_its_key, None);
}

#[test]
fn a_parent_is_not_deleted_along() {
    let hero = hero([maybe("team_id", "Team.id")], [optional("team", "Team").cascade_delete()]);
    refused(
        hero,
        "team",
        team([]),
        None,
        "`Hero.team`: `cascade_delete` would delete a row of `Team` that others refer to; remove it here, it belongs on the side whose rows are deleted along",
    );
}

#[test]
fn a_list_is_ordered_by_a_column() {
    let hero = hero([maybe("team_id", "Team.id")], []);
    join(team([many("heroes", "Hero").ordered("id")]), "heroes", hero, None);
    refused(
        team([many("heroes", "Hero").ordered("nme")]),
        "heroes",
        hero,
        None,
        "`Team.heroes`: `order_by` names `nme`, but `Hero` has no such column; name a column of `Hero`",
    );
}
