//! Two tables: a foreign key leads from a hero to its team.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    #[field(index)]
    name: String,
    headquarters: String,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(index)]
    name: String,
    secret_name: String,
    #[field(index)]
    age: Option<i32>,

    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
}

/// Every run starts with new tables.
async fn create_db_and_tables(engine: &Engine) -> relata::Result<()> {
    relata::metadata().drop_all(engine).await?;
    relata::metadata().create_all(engine).await
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://connect_create_tables.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await
}
