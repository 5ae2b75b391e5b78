//! Creating and dropping tables that are there already, as something else made them.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
}

#[case(MySql)]
async fn a_table_that_keeps_its_versions_is_there() {
    let db = relata_suite::engine(Metadata::of(Team)).await;
    // only MariaDB has them
    if db.plain().execute("ALTER TABLE team ADD SYSTEM VERSIONING").is_err() {
        return;
    }
    Metadata::of(Team).create_all(&db.engine).await.unwrap();
    Metadata::of(Team).drop_all(&db.engine).await.unwrap();
    assert!(db.plain().rows("SELECT * FROM team").is_err());
}
