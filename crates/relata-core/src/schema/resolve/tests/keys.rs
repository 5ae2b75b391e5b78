//! Foreign keys that are missing, ambiguous or named wrongly.

use super::*;

#[test]
fn none() {
    let team = team([many("heroes", "Hero")]);
    let hero = hero([], [optional("team", "Team"), one("squad", "Team")]);
    refused(
        hero,
        "team",
        team,
        None,
        "`Hero.team`: no column of `Hero` points at `Team`; add `#[field(foreign_key = Team.id)] team_id: Option<Id<Team>>` to `Hero`",
    );
    refused(
        hero,
        "squad",
        team,
        None,
        "`Hero.squad`: no column of `Hero` points at `Team`; add `#[field(foreign_key = Team.id)] team_id: Id<Team>` to `Hero`",
    );
    refused(
        team,
        "heroes",
        hero,
        None,
        "`Team.heroes`: no column of `Hero` points at `Team`; add `#[field(foreign_key = Team.id)] team_id: Option<Id<Team>>` to `Hero`, or say `link_model = ...` if it is many-to-many",
    );
}

#[test]
fn none_to_a_natural_key() {
    let country = model("Country", [string("code").primary_key()], []);
    let city = model("City", [id()], [optional("country", "Country")]);
    refused(
        city,
        "country",
        country,
        None,
        "`City.country`: no column of `City` points at `Country`; add `#[field(foreign_key = Country.code)] country_code: Option<String>` to `City`",
    );
}

#[test]
fn none_to_a_composite_key_or_a_part_of_it() {
    let seat = model("Seat", [string("row").primary_key(), string("place").primary_key()], []);
    let ticket = model("Ticket", [id()], [optional("seat", "Seat")]);
    refused(
        ticket,
        "seat",
        seat,
        None,
        "`Ticket.seat`: no column of `Ticket` points at `Seat`; add a field with `#[field(foreign_key = Seat.row)]` to `Ticket`, and one for each other column of that key",
    );
    let ticket = model(
        "Ticket",
        [id(), string("seat_row").to("Seat.row").null()],
        [optional("seat", "Seat")],
    );
    refused(
        ticket,
        "seat",
        seat,
        None,
        "`Ticket.seat`: the key of `Seat` has several columns, and no column of `Ticket` points at `Seat.place`; add a field with `#[field(foreign_key = Seat.place)]` to `Ticket`",
    );
}

#[test]
fn several() {
    let team = team([many("heroes", "Hero"), optional("captain", "Hero")]);
    let keys = || [maybe("team_id", "Team.id"), maybe("old_team_id", "Team.id")];
    let hero = hero(keys(), [optional("team", "Team")]);
    let said = "two columns of `Hero` point at `Team`: `team_id` and `old_team_id`; say which one: `#[relationship(foreign_key = ";
    refused(hero, "team", team, None, &format!("`Hero.team`: {said}team_id)]`"));
    refused(team, "heroes", hero, None, &format!("`Team.heroes`: {said}team_id)]`"));
    refused(team, "captain", hero, None, &format!("`Team.captain`: {said}Hero.team_id)]`"));
}

#[test]
fn several_to_different_unique_columns() {
    let country = model("Country", [id(), string("code").unique()], []);
    let city = model(
        "City",
        [id(), key("country_id", "Country.id"), string("code").to("Country.code")],
        [one("country", "Country")],
    );
    refused(
        city,
        "country",
        country,
        None,
        "`City.country`: two columns of `City` point at `Country`: `country_id` and `code`; say which one: `#[relationship(foreign_key = country_id)]`",
    );
}

#[test]
fn to_a_column_that_is_not_unique() {
    let hero = hero([string("team_name").to("Team.name")], [one("team", "Team")]);
    refused(
        hero,
        "team",
        team([]),
        None,
        "`Hero.team`: `Hero.team_name` points at `Team.name`, which is not unique; add `#[field(unique)]` to that, or point at the primary key",
    );
}

#[test]
fn a_name_that_is_wrong() {
    let hero = hero(
        [maybe("team_id", "Team.id"), column::<i32>("age")],
        [
            optional("team", "Team").by(&["tem_id"]),
            optional("squad", "Team").by(&["age"]),
            optional("crew", "Team").by_key_of("Villain", &["team_id"]),
        ],
    );
    let team = team([many("heroes", "Hero").by_key_of("Team", &["team_id"])]);
    refused(
        hero,
        "team",
        team,
        None,
        "`Hero.team`: `foreign_key` names `tem_id`, but `Hero` has no such column; name one that points at `Team`",
    );
    refused(
        hero,
        "squad",
        team,
        None,
        "`Hero.squad`: `foreign_key` names `age`, but that column of `Hero` does not point at `Team`; add `#[field(foreign_key = Team.id)]` to it or name another",
    );
    refused(
        hero,
        "crew",
        team,
        None,
        "`Hero.crew`: `foreign_key` names a field of `Villain`; name one of `Hero` or of `Team`",
    );
    refused(
        team,
        "heroes",
        hero,
        None,
        "`Team.heroes`: the key of a list is in the model it lists; name a field of `Hero`, not of `Team`: `#[relationship(foreign_key = team_id)]`",
    );
}

#[test]
fn in_both_models() {
    let team = model("Team", [id(), maybe("captain_id", "Hero.id")], []);
    let hero = hero([maybe("team_id", "Team.id")], [optional("team", "Team")]);
    refused(
        hero,
        "team",
        team,
        None,
        "`Hero.team`: `Hero.team_id` points at `Team` and `Team.captain_id` points at `Hero`; say which key it follows: `#[relationship(foreign_key = team_id)]` or `#[relationship(foreign_key = Team.captain_id)]`",
    );
}
