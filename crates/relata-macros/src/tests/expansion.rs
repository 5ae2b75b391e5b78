//! Snapshots of expansions, and the promise that they are short.

use super::{derive, expanded, pretty};
use insta::assert_snapshot;

const HERO: &str = "
    /// A hero.
    #[model(table)]
    pub struct Hero {
        #[field(primary_key)]
        id: Id<Self>,
        /// As the press calls them.
        #[field(index)]
        name: String,
        #[field(index)]
        age: Option<i32>,
        #[field(foreign_key = Team.id)]
        team_id: Option<Id<Team>>,
        #[relationship(back_populates = heroes)]
        team: One<Option<Team>>,
        #[relationship(back_populates = heroes, link_model = HeroTeamLink)]
        teams: Many<Team>,
    }";

#[test]
fn a_table_model() {
    assert_snapshot!(expanded(HERO));
}

#[test]
fn a_link_model_asks_for_rows_in_place_of_its_keys() {
    assert_snapshot!(expanded(
        "#[model(table)]
        struct HeroTeamLink {
            #[field(primary_key, foreign_key = Team.id, ondelete = cascade)]
            team_id: Id<Team>,
            #[field(primary_key, foreign_key = Hero.id)]
            hero_id: Id<Hero>,
            #[field(default = false)]
            is_training: bool,
            #[relationship(back_populates = hero_links)]
            team: One<Team>,
            #[relationship(back_populates = team_links)]
            hero: One<Hero>,
        }"
    ));
}

#[test]
fn a_data_model() {
    assert_snapshot!(expanded(
        "#[model]
        #[serde(deny_unknown_fields)]
        pub struct HeroCreate {
            name: String,
            #[serde(default)]
            age: Option<i32>,
            #[field(default = 3)]
            lives: u8,
            #[field(default_factory = Vec::new)]
            tags: Vec<String>,
        }"
    ));
}

#[test]
fn every_option() {
    assert_snapshot!(expanded(
        "#[model(
            table = \"people\",
            schema = \"archive\",
            comment = \"who is who\",
            crate = crate::db,
            unique(name, r#type),
            index(parent_id, name, name = \"by_parent\"),
            check(\"age > 0\", name = \"grown\"),
        )]
        pub(crate) struct Person {
            #[field(primary_key, key = i32, autoincrement, identity(always, start = -5, increment = 10))]
            pub id: Id<Person>,
            #[field(column = \"full_name\", max_length = 50, unique, check = \"full_name <> ''\")]
            pub name: String,
            #[field(comment = \"where they were met\", server_default = \"'home'\")]
            place: Option<String>,
            #[field(server_default(postgres = \"now()\", sqlite = \"CURRENT_TIMESTAMP\"))]
            met: DateTime<Utc>,
            #[field(max_digits = 10, decimal_places = 2, default_factory = Decimal::new_zero)]
            pub r#type: Decimal,
            #[field(foreign_key = Self.id, ondelete = \"SET NULL\", default = Self::NOBODY)]
            parent_id: Option<Id<Self>>,
            #[relationship(foreign_key = parent_id, back_populates = children)]
            parent: One<Option<Self>>,
            #[relationship(
                foreign_key = Person.parent_id,
                back_populates = parent,
                order_by = (name, r#type.desc()),
                cascade_delete,
                passive_deletes,
            )]
            children: Many<Self>,
            #[relationship(link_model = crate::Friends(person_id, friend_id))]
            friends: Many<Self>,
        }"
    ));
}

#[test]
fn an_enum_is_stored_by_name() {
    let item = "
        enum Color {
            Red,
            #[column(name = \"dark green\")]
            Green,
        }";
    assert_snapshot!(pretty(derive::column_enum(item.parse().unwrap()).unwrap()));
    let named = |item: &str| pretty(derive::column_enum(item.parse().unwrap()).unwrap());
    let code = named("#[column(type = \"Colour\")] enum Color { Red }");
    assert!(code.contains("name: \"Colour\",") && code.contains("enum_name: \"Color\""), "{code}");
    assert!(named("enum r#Type { A }").contains("name: \"type\","));
}

#[test]
fn a_newtype_is_stored_as_what_it_holds() {
    let item = "#[column(key, crate = crate::db)] struct Email { text: String }";
    assert_snapshot!(pretty(derive::column_newtype(item.parse().unwrap()).unwrap()));
    let item = "struct Cents(i64);";
    let code = pretty(derive::column_newtype(item.parse().unwrap()).unwrap());
    assert!(code.contains("<i64 as ::relata::__private::ColumnType>::write(&self.0)"), "{code}");
}

#[test]
fn a_model_of_four_columns_and_a_relation_stays_under_250_lines() {
    let one_relation = HERO.replace("back_populates = heroes, link_model = HeroTeamLink", "");
    let one_relation = one_relation.replace("#[relationship()]\n        teams: Many<Team>,", "");
    let lines = expanded(&one_relation).lines().count();
    assert!(one_relation.matches("relationship").count() == 1 && lines < 250, "{lines} lines");
}

#[test]
fn a_key_that_cannot_make_itself_is_required() {
    let code = |key: &str| {
        expanded(&format!(
            "#[model(table)] struct Tag {{ #[field(primary_key, key = {key})] id: Id<Tag> }}"
        ))
    };
    assert!(code("uuid::Uuid").contains("pub fn new() -> Self"));
    assert!(code("i32").contains("pub fn new() -> Self"));
    assert!(
        code("String").contains("pub fn new(id: impl ::relata::__private::IntoField<Id<Tag>>)")
    );
}

/// The line that declares `new`, with its parameters.
fn signature(source: &str) -> String {
    let code = expanded(source);
    let start = code.find("pub fn new(").unwrap();
    let end = code[start..].find(" -> ").unwrap();
    code[start..start + end].split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_required_key_is_filled_by_the_relation_that_uses_it() {
    let two_keys = |home: &str, away: &str| {
        signature(&format!(
            "#[model(table)]
            struct Game {{
                #[field(primary_key)] id: Id<Game>,
                #[field(foreign_key = Team.id)] home_id: Id<Team>,
                #[field(foreign_key = Team.id)] away_id: Id<Team>,
                {home} home: One<Team>,
                {away} away: One<Team>,
            }}"
        ))
    };
    let [one, field] = ["IntoOne<Team>", "IntoField<Id<Team>>"]
        .map(|bound| format!("impl ::relata::__private::{bound}"));
    assert_eq!(
        two_keys("", ""),
        format!("pub fn new( home_id: {field}, away_id: {field}, )"),
        "ambiguous"
    );
    assert_eq!(
        two_keys("#[relationship(foreign_key = home_id)]", ""),
        format!("pub fn new( home: {one}, away_id: {field}, )")
    );
    assert_eq!(
        two_keys(
            "#[relationship(foreign_key = home_id)]",
            "#[relationship(foreign_key = Game.away_id)]"
        ),
        format!("pub fn new( home: {one}, away: {one}, )")
    );
}

#[test]
fn a_key_that_is_no_id_or_may_be_null_is_not_filled() {
    let source = |key: &str, one: &str| {
        format!(
            "#[model(table)]
            struct Hero {{
                #[field(primary_key)] id: Id<Hero>,
                #[field(foreign_key = Team.id)] team_id: {key},
                team: One<{one}>,
            }}"
        )
    };
    let (plain, filled) = ("pub fn new(team_id: ", "pub fn new(team: ");
    assert!(signature(&source("String", "Team")).starts_with(plain));
    assert!(signature(&source("Id<Team>", "crate::Team")).starts_with(filled));
    assert!(signature(&source("Id<Team>", "Option<Team>")).starts_with(plain));
    assert_eq!(signature(&source("Option<Id<Team>>", "Option<Team>")), "pub fn new()");
}

#[test]
fn a_model_with_mistakes_is_expanded_so_that_its_users_have_none() {
    let code = expanded(&HERO.replace("#[field(index)]", "#[field(indx)]"));
    assert_eq!(code.matches("::core::compile_error!").count(), 2);
    assert!(code.contains("impl __relata::Model for Hero"), "{code}");
    assert!(!code.contains("__relata::resolve("), "a relation is not checked twice");
}

#[test]
fn the_bare_struct_remains_where_nothing_can_be_expanded() {
    assert_snapshot!(expanded(
        "#[model(table)] pub struct Hero { #[field(index, foo)] name: String, teams: Many<Team> }"
    ), @r#"
    pub struct Hero {
        name: String,
        teams: Many<Team>,
    }
    ::core::compile_error! {
        "unknown option `foo`; `#[field]` takes `primary_key`, `key`, `autoincrement`, `identity`, `foreign_key`, `ondelete`, `index`, `unique`, `column`, `default`, `default_factory`, `server_default`, `max_length`, `max_digits`, `decimal_places`, `check`, `comment`"
    }
    ::core::compile_error! {
        "`Hero` has no primary key; add `#[field(primary_key)] id: Id<Hero>`"
    }
    "#);
}
