//! The tutorial's models, written by hand, for the tests of statements.

#![allow(dead_code, reason = "each test uses a part of the models")]

use crate::{
    Cells, Column, Columns, Entity, Id, Identity, Model, Relation, Result,
    entity::{Many, One},
    schema::{ColumnDef, ModelDef, Reference, RelationDef, RelationKind, Resolved, resolve},
    value::{Cell, ColumnType, Element, EnumType, Json, Misfit, NotNull, SqlType, Value},
};

macro_rules! model {
    (
        $name:ident, $columns:ident, $table:literal, key $key:ty = $positions:expr,
        { $($at:literal $field:ident: $ty:ty [$($said:tt)*],)* }
        { $($to:literal $relation:ident: $held:ty = $relation_def:expr,)* }
    ) => {
        #[derive(Clone, Debug, serde::Serialize)]
        pub(crate) struct $name {
            $(pub(crate) $field: $ty,)*
        }

        pub(crate) struct $columns {
            $(pub(crate) $field: Column<$name, $ty>,)*
            $(pub(crate) $relation: Relation<$name, $held>,)*
        }

        impl $columns {
            const fn of(alias: &'static str) -> Self {
                $columns {
                    $($field: Column::new($at, stringify!($field), alias),)*
                    $($relation: Relation::new($to, alias),)*
                }
            }
        }

        #[expect(non_upper_case_globals, reason = "the model's name as a value")]
        pub(crate) const $name: Entity<$name> = Entity::new();

        impl Identity for $name {
            const IDENTITY: &'static str = concat!(module_path!(), stringify!($name));
            const NAME: &'static str = stringify!($name);
            const TABLE: &'static str = $table;
        }

        impl Columns for $name {
            type Columns = $columns;
            const COLUMNS: &'static $columns = &$columns::of("");
            fn columns(alias: &'static str) -> $columns {
                $columns::of(alias)
            }
        }

        impl Model for $name {
            type Key = $key;
            const DEF: &'static ModelDef = &ModelDef {
                columns: &[$(
                    ColumnDef::of::<$ty>(stringify!($field), stringify!($field)) $($said)*
                ),*],
                relations: &[$($relation_def),*],
                primary_key: $positions,
                source: ("app.rs", 1),
                ..ModelDef::of::<Self>()
            };

            fn decode(cells: &mut Cells<'_>) -> Result<Self> {
                Ok($name { $($field: cells.next()?),* })
            }

            fn value(&self, column: usize) -> Value {
                match column {
                    $($at => self.$field.write(),)*
                    _ => Value::Null,
                }
            }

            fn assign(&mut self, column: usize, cell: Cell<'_>) -> Result<(), Misfit> {
                match column {
                    $($at => self.$field = ColumnType::read(cell)?,)*
                    _ => {}
                }
                Ok(())
            }

            fn duplicate(&self) -> Self {
                self.clone()
            }
        }
    };
}

const fn reference<M: Identity>() -> Option<Reference> {
    column::<M>("id")
}

const fn column<M: Identity>(column: &'static str) -> Option<Reference> {
    let (model, name, table, schema) = (M::IDENTITY, M::NAME, M::TABLE, M::SCHEMA);
    Some(Reference { model, name, table, schema, column, on_delete: None })
}

const fn relation<M: Identity, T: Identity>(
    name: &'static str,
    kind: RelationKind,
    to: fn() -> &'static Resolved,
) -> RelationDef {
    RelationDef::of(M::NAME, name, kind, T::IDENTITY, to)
}

fn teams() -> &'static Resolved {
    const { &resolve(Hero::DEF, 0, Team::DEF, Some(HeroTeamLink::DEF)) }
}

fn home() -> &'static Resolved {
    const { &resolve(Hero::DEF, 1, Team::DEF, None) }
}

fn heroes() -> &'static Resolved {
    const { &resolve(Team::DEF, 0, Hero::DEF, None) }
}

model! {
    Hero, HeroColumns, "hero", key i64 = &[0],
    {
        0 id: Id<Hero> [.primary_key().generated(true)],
        1 name: String [.index()],
        2 secret_name: String [],
        3 age: Option<i32> [],
        4 home_id: Option<Id<Team>> [.references(reference::<Team>())],
    }
    {
        0 teams: Many<Team> = relation::<Hero, Team>("teams", RelationKind::Many, teams).link(HeroTeamLink::IDENTITY, None),
        1 home: One<Option<Team>> = relation::<Hero, Team>("home", RelationKind::Optional, home),
    }
}

model! {
    Team, TeamColumns, "team", key i64 = &[0],
    {
        0 id: Id<Team> [.primary_key().generated(true)],
        1 name: String [],
        2 motto: Option<String> [],
    }
    {
        0 heroes: Many<Hero> = relation::<Team, Hero>("heroes", RelationKind::Many, heroes),
    }
}

model! {
    HeroTeamLink, HeroTeamLinkColumns, "heroteamlink", key (i64, i64) = &[0, 1],
    {
        0 team_id: Id<Team> [.primary_key().references(reference::<Team>())],
        1 hero_id: Id<Hero> [.primary_key().references(reference::<Hero>())],
    }
    {}
}

model! {
    Order, OrderColumns, "order", key i64 = &[0],
    {
        0 id: Id<Order> [.primary_key().generated(true)],
        1 select: f64 [],
        2 number: u64 [.unique()],
        3 code: uuid::Uuid [],
    }
    {}
}

model! {
    Mission, MissionColumns, "mission", key i64 = &[0],
    {
        0 id: Id<Mission> [.primary_key().generated(true)],
        1 day: chrono::NaiveDate [],
        2 time: chrono::NaiveTime [],
        3 starts: chrono::DateTime<chrono::Utc> [],
        4 ends: Option<chrono::NaiveDateTime> [],
        5 plan: Option<Json<serde_json::Value>> [],
        6 cost: f64 [],
        7 budget: Option<rust_decimal::Decimal> [],
    }
    {}
}

/// An enum, as `ColumnEnum` makes it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(crate) enum Rank {
    Rookie,
    Lead,
}

const RANK: &EnumType = &EnumType {
    name: "rank",
    variants: &["rookie", "it's"],
    enum_name: "Rank",
    identity: "app::Rank",
    source: ("app.rs", 1),
};

impl ColumnType for Rank {
    const TYPE: SqlType = SqlType::Enum(RANK);

    fn read(cell: Cell<'_>) -> Result<Self, Misfit> {
        match cell {
            Cell::Text("rookie") => Ok(Rank::Rookie),
            Cell::Text("it's") => Ok(Rank::Lead),
            _ => Err(Misfit::no_variant(RANK)),
        }
    }

    fn write(&self) -> Value {
        Value::Enum(RANK, RANK.variants[*self as usize])
    }
}
impl NotNull for Rank {}
impl Element for Rank {}

model! {
    Badge, BadgeColumns, "badge", key i64 = &[0],
    {
        0 id: Id<Badge> [.primary_key().generated(true)],
        1 tags: Vec<String> [],
        2 points: Option<Vec<Option<i64>>> [],
        3 rank: Rank [],
        4 least: Option<Rank> [],
        5 ranks: Vec<Rank> [],
    }
    {}
}

fn boss() -> &'static Resolved {
    const { &resolve(Person::DEF, 0, Person::DEF, None) }
}

fn reports() -> &'static Resolved {
    const { &resolve(Person::DEF, 1, Person::DEF, None) }
}

fn friends() -> &'static Resolved {
    const { &resolve(Person::DEF, 2, Person::DEF, Some(Friendship::DEF)) }
}

model! {
    Person, PersonColumns, "person", key i64 = &[0],
    {
        0 id: Id<Person> [.primary_key().generated(true)],
        1 name: String [],
        2 boss_id: Option<Id<Person>> [.references(reference::<Person>())],
    }
    {
        0 boss: One<Option<Person>> = relation::<Person, Person>("boss", RelationKind::Optional, boss).back_populates("reports"),
        1 reports: Many<Person> = relation::<Person, Person>("reports", RelationKind::Many, reports).back_populates("boss"),
        2 friends: Many<Person> = relation::<Person, Person>("friends", RelationKind::Many, friends)
            .link(Friendship::IDENTITY, Some(("person_id", "friend_id"))),
    }
}

model! {
    Friendship, FriendshipColumns, "friendship", key (i64, i64) = &[0, 1],
    {
        0 person_id: Id<Person> [.primary_key().references(reference::<Person>())],
        1 friend_id: Id<Person> [.primary_key().references(reference::<Person>())],
    }
    {}
}

fn site() -> &'static Resolved {
    const { &resolve(Visit::DEF, 0, Site::DEF, None) }
}

fn visits() -> &'static Resolved {
    const { &resolve(Site::DEF, 0, Visit::DEF, None) }
}

model! {
    Site, SiteColumns, "site", key (String, i64) = &[0, 1],
    {
        0 country: String [.primary_key()],
        1 number: i64 [.primary_key()],
    }
    {
        0 visits: Many<Visit> = relation::<Site, Visit>("visits", RelationKind::Many, visits),
    }
}

model! {
    Visit, VisitColumns, "visit", key i64 = &[0],
    {
        0 id: Id<Visit> [.primary_key().generated(true)],
        1 country: Option<String> [.references(column::<Site>("country"))],
        2 number: Option<i64> [.references(column::<Site>("number"))],
    }
    {
        0 site: One<Option<Site>> = relation::<Visit, Site>("site", RelationKind::Optional, site),
    }
}
