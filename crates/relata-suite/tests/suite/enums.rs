//! Enums whose types have names of their own.

use relata::{
    ErrorKind,
    prelude::*,
    query::{count_rows, value},
};
use relata_suite::{Need, has};

/// A word that PostgreSQL has no type of, and no name of one without quotes.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, ColumnEnum)]
enum Position {
    Front,
    Back,
}

/// A type that PostgreSQL has itself.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, ColumnEnum)]
enum Path {
    Short,
}

#[model(table)]
struct Player {
    #[field(primary_key)]
    id: Id<Player>,
    at: Position,
    before: Vec<Position>,
}

#[model(table)]
struct Walk {
    #[field(primary_key)]
    id: Id<Walk>,
    path: Path,
}

#[case]
async fn the_type_may_be_called_by_a_word_of_sql() {
    let db = relata_suite::engine(Metadata::of(Player)).await;
    let mut session = Session::new(&db.engine);
    session.add(Player::new(Position::Back, [Position::Front]));
    session.commit().await.unwrap();
    let query = select((Player.at, Player.before, value(Position::Front)));
    let query = query.filter(Player.at.ne(Position::Front));
    let row = session.exec(query).one().await.unwrap();
    assert_eq!(row, (Position::Back, vec![Position::Front], Position::Front));
    drop(session);
    Metadata::of(Player).drop_all(&db.engine).await.unwrap();
    Metadata::of(Player).create_all(&db.engine).await.unwrap();
    let count = select(count_rows()).select_from(Player);
    assert_eq!(db.engine.exec(count).one().await.unwrap(), 0);
}

#[case]
async fn the_type_is_none_of_the_database_itself() {
    let db = relata_suite::engine(Metadata::of(Player)).await;
    let created = Metadata::of(Walk).create_all(&db.engine).await;
    if !has(Need::Postgres) {
        return created.unwrap();
    }
    let error = created.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Metadata);
    assert!(error.to_string().contains("is called `path`, and PostgreSQL has a type"), "{error}");
}
