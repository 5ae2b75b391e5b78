//! Sets of tables, their order, and the links that the registered models use.

use super::*;
use crate::schema::{
    ColumnDef, Reference, RelationDef, RelationKind, Resolved,
    fixture::{id, key, model, table},
    resolve,
};

fn names(defs: &[&'static ModelDef]) -> Vec<&'static str> {
    defs.iter().map(|def| def.name).collect()
}

fn of<const N: usize>(defs: [&'static ModelDef; N]) -> Metadata {
    Metadata::from_defs(defs.into())
}

/// A model at a line of one file that refers to others.
fn at(line: u32, name: &'static str, to: &[&str]) -> &'static ModelDef {
    let keys = to.iter().map(|to| key("to_id", &format!("{to}.id")));
    table(name, std::iter::once(id()).chain(keys).collect::<Vec<_>>(), []).at("app.rs", line).keep()
}

#[test]
fn tables_are_in_the_order_of_the_source() {
    let (first, second) = (at(1, "Zoo", &[]), at(9, "Ape", &[]));
    let other = table("Bee", [id()], []).at("aaa.rs", 99).keep();
    assert_eq!(names(of([second, other, first]).tables()), ["Bee", "Zoo", "Ape"]);
}

#[test]
fn parents_come_first() {
    let tables = [
        at(1, "HeroTeamLink", &["Team", "Hero"]),
        at(2, "Team", &[]),
        at(3, "Hero", &["Hero"]),
        at(4, "Alone", &[]),
    ];
    let sorted = of(tables).sorted().unwrap();
    assert_eq!(names(&sorted), ["Team", "Hero", "HeroTeamLink", "Alone"]);
}

#[test]
fn a_circle_comes_last() {
    let tables = [
        at(1, "Pet", &["Hero"]),
        at(2, "Team", &["Hero"]),
        at(3, "Hero", &["Team"]),
        at(4, "City", &[]),
    ];
    assert_eq!(names(&of(tables).sorted().unwrap()), ["City", "Pet", "Team", "Hero"]);
}

#[test]
fn the_same_model_twice_is_one() {
    let hero = at(1, "Hero", &[]);
    let metadata = of([hero, hero]);
    assert_eq!(names(metadata.tables()), ["Hero"]);
    metadata.check().unwrap();
}

#[test]
fn two_tables_of_one_name() {
    let first = at(3, "Hero", &[]);
    let second = ModelDef { identity: "web::Hero", ..table("Hero", [id()], []).at("web.rs", 7) };
    let error = of([first, second.keep()]).sorted().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Metadata);
    assert_eq!(error.table(), Some("hero"));
    assert_eq!(
        error.to_string(),
        "two models have the table `hero`: `app::Hero` (app.rs:3) and `web::Hero` (web.rs:7); give one of them another: `#[model(table = \"...\")]`"
    );
}

#[test]
fn two_models_of_one_path_are_two() {
    let error = of([at(3, "Hero", &[]), at(30, "Hero", &[])]).check().unwrap_err();
    assert!(error.to_string().contains("`app::Hero` (app.rs:3) and `app::Hero` (app.rs:30)"));
}

#[test]
fn a_table_that_is_missing() {
    let hero = model("Hero", [id(), key("team_id", "Team.id")], []);
    let error = of([hero]).check().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Metadata);
    assert_eq!((error.table(), error.columns().collect()), (Some("hero"), vec!["team_id"]));
    assert_eq!(
        error.to_string(),
        "`Hero.team_id` refers to the table `team`, which is not among these tables; add `Team` to `Metadata::of(..)`"
    );
}

struct One<const LINE: u32>;

impl<const LINE: u32> Models for One<LINE> {
    fn defs() -> Vec<&'static ModelDef> {
        vec![at(LINE, ["Zero", "Team", "Hero", "Link"][LINE as usize], &[])]
    }
}

#[test]
fn the_tables_of_some_models() {
    assert_eq!(names(Metadata::of(One::<2>).tables()), ["Hero"]);
    let several = Metadata::of((One::<3>, One::<1>, One::<2>, One::<1>));
    assert_eq!(names(several.tables()), ["Team", "Hero", "Link"]);
}

const fn column(name: &'static str) -> ColumnDef {
    ColumnDef::of::<i64>(name, name).primary_key()
}

const fn plain(
    identity: &'static str,
    columns: &'static [ColumnDef],
    relations: &'static [RelationDef],
    line: u32,
) -> ModelDef {
    ModelDef {
        identity,
        name: identity,
        table: identity,
        schema: None,
        columns,
        relations,
        primary_key: &[0],
        uniques: &[],
        indexes: &[],
        checks: &[],
        comment: None,
        source: ("metadata.rs", line),
    }
}

const fn reference(model: &'static str) -> Option<Reference> {
    Some(Reference {
        model,
        name: model,
        table: model,
        schema: None,
        column: "id",
        on_delete: None,
    })
}

const LINK: &ModelDef = &plain(
    "MetadataLink",
    &[
        column("team_id").references(reference("MetadataTeam")),
        column("hero_id").references(reference("MetadataHero")),
    ],
    &[],
    1,
);
const TEAM: &ModelDef = &plain(
    "MetadataTeam",
    &[column("id")],
    &[RelationDef::of("Model", "heroes", RelationKind::Many, "MetadataHero", team_heroes)
        .back_populates("teams")
        .link("MetadataLink", None)],
    2,
);
const HERO: &ModelDef = &plain(
    "MetadataHero",
    &[column("id")],
    &[RelationDef::of("Model", "teams", RelationKind::Many, "MetadataTeam", hero_teams)
        .back_populates("heroes")
        .link("MetadataLink", None)],
    3,
);

fn team_heroes() -> &'static Resolved {
    const RESOLVED: Resolved = resolve(TEAM, 0, HERO, Some(LINK));
    &RESOLVED
}

fn hero_teams() -> &'static Resolved {
    const RESOLVED: Resolved = resolve(HERO, 0, TEAM, Some(LINK));
    &RESOLVED
}

inventory::submit!(Registration(HERO));
inventory::submit!(Registration(LINK));
inventory::submit!(Registration(TEAM));

#[test]
fn every_registered_model() {
    let metadata = Metadata::all();
    let own = metadata.tables().iter().filter(|def| def.source.0 == "metadata.rs");
    let own: Vec<_> = own.map(|def| def.name).collect();
    assert_eq!(own, ["MetadataLink", "MetadataTeam", "MetadataHero"]);
}

#[test]
fn links_that_lead_to_a_model() {
    let found = |def| {
        let links = links_to(def).iter();
        links.map(|(link, key)| (link.name, key.iter().collect())).collect::<Vec<(_, Vec<_>)>>()
    };
    assert_eq!(found(TEAM), [("MetadataLink", vec![(0, 0)])]);
    assert_eq!(found(HERO), [("MetadataLink", vec![(1, 0)])]);
    assert_eq!(found(LINK), []);
}
