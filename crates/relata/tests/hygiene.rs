//! What `#[model]` and the derives write compiles in any crate: under its lints, and among its names.

#![forbid(unsafe_code, unused_imports)]
#![deny(missing_docs, warnings, clippy::pedantic)]

/// A module where everything has another name.
pub mod shadow {
    macro_rules! shadow {
        ($($kind:ident $name:ident),*) => {$(shadow!(@$kind $name);)*};
        (@struct $name:ident) => {
            /// Another.
            pub struct $name;
        };
        (@trait $name:ident) => {
            /// Another.
            pub trait $name {}
        };
        (@mod $name:ident) => {
            /// Another.
            pub mod $name {}
        };
    }
    shadow!(struct Option, struct Result, struct String, struct Vec, struct Box, struct Some, struct None, struct Ok, struct Err, trait Clone, trait Debug, trait Default, trait From, trait Into, trait IntoIterator, trait Iterator, trait Serialize, trait FnMut, trait Send, mod std, mod core, mod serde);

    type Text = ::std::string::String;
    use relata::{ColumnEnum, ColumnNewtype, Id, Many, One, model};
    /// The rank.
    #[derive(
        ::core::clone::Clone,
        ::core::marker::Copy,
        ::core::fmt::Debug,
        ::core::cmp::PartialEq,
        ::core::cmp::Eq,
        ::core::hash::Hash,
        ::serde::Serialize,
        ::serde::Deserialize,
        ColumnEnum,
    )]
    #[serde(crate = "::serde")]
    #[column(key, type = "rank_of")]
    pub enum Rank {
        /// Low.
        Rookie,
        /// High.
        #[column(name = "lead")]
        Lead,
    }
    /// Mail.
    #[derive(
        ::core::clone::Clone,
        ::core::fmt::Debug,
        ::core::cmp::PartialEq,
        ::core::cmp::Eq,
        ::core::hash::Hash,
        ::serde::Serialize,
        ::serde::Deserialize,
        ColumnNewtype,
    )]
    #[serde(crate = "::serde")]
    #[column(key)]
    pub struct Mail(pub Text);
    /// A data model.
    #[model]
    pub struct NewHero {
        /// Name.
        pub name: Text,
        /// Rank.
        pub rank: Rank,
        /// Age.
        #[field(default = 7)]
        pub age: ::core::option::Option<i32>,
    }
    /// A link.
    #[model(table)]
    pub struct Link {
        /// Key.
        #[field(primary_key, foreign_key = Team.id)]
        pub team_id: Id<Team>,
        /// Key.
        #[field(primary_key, foreign_key = Hero.id)]
        pub hero_id: Id<Hero>,
        /// Data.
        #[field(default = Rank::Rookie)]
        pub rank: Rank,
    }
    /// A team.
    #[model(table, unique(name, mail), check("length(name) > 0"))]
    pub struct Team {
        /// Key.
        #[field(primary_key)]
        pub id: Id<Team>,
        /// Name.
        #[field(index, max_length = 40)]
        pub name: Text,
        /// Mail.
        pub mail: Mail,
        /// Members.
        #[relationship(link_model = Link, back_populates = teams, order_by = name.desc())]
        pub heroes: Many<Hero>,
        /// Residents.
        #[relationship(back_populates = home)]
        pub residents: Many<Hero>,
    }
    /// A hero.
    #[model(table)]
    pub struct Hero {
        /// Key.
        #[field(primary_key, identity(start = 10))]
        pub id: Id<Hero>,
        /// Name.
        pub name: Text,
        /// Age.
        #[field(server_default = "7", comment = "age")]
        pub age: ::core::option::Option<i32>,
        /// Key.
        #[field(foreign_key = Team.id, ondelete = set_null)]
        pub home_id: ::core::option::Option<Id<Team>>,
        /// Home.
        #[relationship(back_populates = residents)]
        pub home: One<::core::option::Option<Team>>,
        /// Teams.
        #[relationship(link_model = Link, back_populates = heroes)]
        pub teams: Many<Team>,
        /// r#type
        pub r#type: Rank,
    }
    /// A natural key.
    #[model(table, schema = "archive", comment = "x")]
    pub struct Grade {
        /// Key.
        #[field(primary_key)]
        pub rank: Rank,
        /// Pay.
        #[field(default_factory = pay)]
        pub pay: i32,
        /// Owner.
        #[field(foreign_key = Hero.id)]
        pub hero_id: Id<Hero>,
        /// Owner.
        pub hero: One<Hero>,
    }
    fn pay() -> i32 {
        7
    }
}
#[test]
fn models_work_among_other_names() -> relata::Result<()> {
    use relata::blocking::prelude::*;
    use shadow::{Grade, Hero, Link, Mail, Rank, Team};

    let engine = Engine::connect("sqlite::memory:")?;
    Metadata::of((Link, Team, Hero, Grade)).create_all(&engine)?;
    let mut session = Session::new(&engine);
    let team = Team::new("Z-Force", Mail("z@example.com".to_owned()));
    let hero = session.add(Hero::new("Deadpond", Rank::Lead).with_teams([team]));
    let grade = session.add(Grade::new(Rank::Rookie, Id::from(9)).with_hero(&hero));
    session.commit()?;
    assert_eq!(grade.hero_id, hero.id); // the row and its key are set together
    assert_eq!(session.exec(select(Hero).with(Hero.teams)).one()?.teams.get()?.len(), 1);
    Ok(())
}
