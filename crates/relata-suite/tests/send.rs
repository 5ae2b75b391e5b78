//! Sessions in spawned tasks: their futures are `Send`.

use relata::prelude::*;

#[model(table)]
struct Courier {
    #[field(primary_key)]
    id: Id<Courier>,
    name: String,
    #[field(foreign_key = Courier.id)]
    chief_id: Option<Id<Courier>>,
    #[relationship(back_populates = crew)]
    chief: One<Option<Courier>>,
    #[relationship(back_populates = chief)]
    crew: Many<Courier>,
}

async fn deliver(engine: Engine) -> relata::Result<usize> {
    let mut session = Session::new(&engine);
    let mut chief = session.add(Courier::new("chief").with_crew([Courier::new("one")]));
    session.flush().await?;
    chief.name = String::from("boss");
    session.add(&mut chief);
    let mut nested = session.begin_nested().await?;
    nested.add(Courier::new("two").with_chief(&chief));
    nested.commit().await?;
    session.refresh(&mut chief).await?;
    let mut all = session.exec(select(Courier).with(Courier.crew)).all().await?;
    session.load(&mut all, Courier.chief).await?;
    session.get(Courier, 1).await?;
    session.exec(select(Courier).filter(Courier.name.eq("boss"))).one().await?;
    session.merge(Courier::new("three")).await?;
    session.commit().await?;
    Ok(engine.exec(select(Courier)).all().await?.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_works_in_a_spawned_task() {
    let engine = Engine::connect("sqlite::memory:").await.unwrap();
    Metadata::of(Courier).create_all(&engine).await.unwrap();
    assert_eq!(tokio::spawn(deliver(engine)).await.unwrap().unwrap(), 4);
}
