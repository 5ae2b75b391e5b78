//! The models of these cases, and some rows of them.

use relata::prelude::*;
use relata_suite::Db;

#[model(table)]
pub(crate) struct Team {
    #[field(primary_key)]
    pub(crate) id: Id<Team>,
    pub(crate) name: String,
    #[relationship(back_populates = team)]
    pub(crate) heroes: Many<Hero>,
}

#[model(table)]
pub(crate) struct Hero {
    #[field(primary_key)]
    pub(crate) id: Id<Hero>,
    pub(crate) name: String,
    pub(crate) age: i32,
    #[field(foreign_key = Team.id)]
    pub(crate) team_id: Option<Id<Team>>,
    #[relationship(back_populates = heroes)]
    pub(crate) team: One<Option<Team>>,
    #[relationship(back_populates = heroes, link_model = Assignment, order_by = title)]
    pub(crate) missions: Many<Mission>,
}

#[model(table)]
pub(crate) struct Assignment {
    #[field(primary_key, foreign_key = Mission.id)]
    pub(crate) mission_id: Id<Mission>,
    #[field(primary_key, foreign_key = Hero.id)]
    pub(crate) hero_id: Id<Hero>,
}

#[model(table)]
pub(crate) struct Mission {
    #[field(primary_key)]
    pub(crate) id: Id<Mission>,
    pub(crate) title: String,
    #[relationship(back_populates = missions, link_model = Assignment)]
    pub(crate) heroes: Many<Hero>,
    #[relationship(back_populates = mission, cascade_delete)]
    pub(crate) reports: Many<Report>,
}

#[model(table)]
pub(crate) struct Report {
    #[field(primary_key)]
    pub(crate) id: Id<Report>,
    pub(crate) pages: i32,
    #[field(foreign_key = Mission.id)]
    pub(crate) mission_id: Id<Mission>,
    #[relationship(back_populates = reports)]
    pub(crate) mission: One<Mission>,
}

/// Two teams of three and one hero, a hero without a team, two missions and three reports.
pub(crate) async fn stored() -> Db {
    let db = relata_suite::engine(Metadata::of((Team, Hero, Assignment, Mission, Report))).await;
    db.execute(
        "INSERT INTO team (id, name) VALUES (1, 'Preventers'), (2, 'Z-Force'), (3, 'Empty');
         INSERT INTO hero (id, name, age, team_id) VALUES
            (1, 'Deadpond', 30, 1), (2, 'Rusty-Man', 48, 1), (3, 'Spider-Boy', 16, 1),
            (4, 'Tarantula', 48, 2), (5, 'Loner', 70, NULL);
         INSERT INTO mission (id, title) VALUES (1, 'Rescue'), (2, 'Ambush');
         INSERT INTO assignment (hero_id, mission_id) VALUES (1, 1), (2, 1), (2, 2), (4, 2);
         INSERT INTO report (id, pages, mission_id) VALUES (1, 3, 1), (2, 90, 1), (3, 12, 2);",
    );
    db
}

pub(crate) fn names<'a>(heroes: impl IntoIterator<Item = &'a Tracked<Hero>>) -> Vec<&'a str> {
    heroes.into_iter().map(|hero| hero.name.as_str()).collect()
}

pub(crate) fn titles(hero: &Hero) -> Vec<&str> {
    hero.missions.get().unwrap().iter().map(|mission| mission.title.as_str()).collect()
}

/// Each hero of a team as it is stored.
pub(crate) fn members(db: &Db, team: i64) -> Vec<String> {
    db.rows(&format!("SELECT name FROM hero WHERE team_id = {team} ORDER BY id"))
}

/// Each assignment as `hero|mission`.
pub(crate) fn assignments(db: &Db) -> Vec<String> {
    db.rows("SELECT hero_id, mission_id FROM assignment ORDER BY hero_id, mission_id")
}
