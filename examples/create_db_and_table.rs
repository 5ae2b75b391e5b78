//! A table, and the database file that has it.

use relata::prelude::*;

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    name: String,
    secret_name: String,
    age: Option<i32>,
}

async fn create_db_and_tables(engine: &Engine) -> relata::Result<()> {
    relata::metadata().create_all(engine).await
}

#[tokio::main]
async fn main() -> relata::Result<()> {
    let url = std::env::var("RELATA_URL").unwrap_or("sqlite://create_db_and_table.db".into());
    let engine = Engine::builder(url).echo(true).await?;
    create_db_and_tables(&engine).await
}
