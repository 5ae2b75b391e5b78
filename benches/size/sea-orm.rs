//! Heroes and teams with SeaORM.

use sea_orm::{ActiveValue::Set, ConnectOptions, Database, DatabaseConnection, Schema, entity::prelude::*};

mod team {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "team")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub headquarters: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl Related<super::hero::Entity> for Entity {
        fn to() -> RelationDef {
            super::link::Relation::Hero.def()
        }
        fn via() -> Option<RelationDef> {
            Some(super::link::Relation::Team.def().rev())
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}

mod hero {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "hero")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub secret_name: String,
        pub age: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl Related<super::team::Entity> for Entity {
        fn to() -> RelationDef {
            super::link::Relation::Team.def()
        }
        fn via() -> Option<RelationDef> {
            Some(super::link::Relation::Hero.def().rev())
        }
    }
    impl ActiveModelBehavior for ActiveModel {}
}

mod link {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "heroteamlink")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub team_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub hero_id: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::team::Entity", from = "Column::TeamId", to = "super::team::Column::Id")]
        Team,
        #[sea_orm(belongs_to = "super::hero::Entity", from = "Column::HeroId", to = "super::hero::Column::Id")]
        Hero,
    }
    impl ActiveModelBehavior for ActiveModel {}
}

async fn add_team(db: &DatabaseConnection, name: &str, headquarters: &str) -> Result<i64, DbErr> {
    let team = team::ActiveModel {
        name: Set(name.into()),
        headquarters: Set(headquarters.into()),
        ..Default::default()
    };
    Ok(team.insert(db).await?.id)
}

async fn add_hero(
    db: &DatabaseConnection,
    (name, secret_name, age): (&str, &str, Option<i32>),
    teams: &[i64],
) -> Result<(), DbErr> {
    let hero = hero::ActiveModel {
        name: Set(name.into()),
        secret_name: Set(secret_name.into()),
        age: Set(age),
        ..Default::default()
    };
    let hero_id = hero.insert(db).await?.id;
    let links = teams.iter().map(|team_id| link::ActiveModel { team_id: Set(*team_id), hero_id: Set(hero_id) });
    link::Entity::insert_many(links).exec(db).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), DbErr> {
    let db = Database::connect(ConnectOptions::new("sqlite://database.db?mode=rwc")).await?;
    let schema = Schema::new(db.get_database_backend());
    db.execute(&schema.create_table_from_entity(team::Entity)).await?;
    db.execute(&schema.create_table_from_entity(hero::Entity)).await?;
    db.execute(&schema.create_table_from_entity(link::Entity)).await?;
    let z_force = add_team(&db, "Z-Force", "Sister Margaret's Bar").await?;
    let preventers = add_team(&db, "Preventers", "Sharp Tower").await?;
    add_hero(&db, ("Deadpond", "Dive Wilson", None), &[z_force, preventers]).await?;
    add_hero(&db, ("Rusty-Man", "Tommy Sharp", Some(48)), &[preventers]).await?;
    add_hero(&db, ("Spider-Boy", "Pedro Parqueador", None), &[preventers]).await?;
    for (hero, teams) in hero::Entity::find().find_with_related(team::Entity).all(&db).await? {
        println!("{hero:?}: {teams:?}");
    }
    Ok(())
}
