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

#[case(threads)]
async fn a_session_works_in_a_spawned_task() {
    let db = relata_suite::engine(Metadata::of(Courier)).await;
    assert_eq!(tokio::spawn(deliver(db.engine.clone())).await.unwrap().unwrap(), 4);
}

/// What a handler of a web framework may be: a function of owned values whose future can go to
/// another thread.
#[expect(clippy::manual_async_fn, reason = "what it gives has to be `Send`")]
fn route<H, F>(engine: Engine, handler: H) -> impl Future<Output = F::Output> + Send
where
    H: Fn(Engine, String) -> F + Send,
    F: Future<Output = Result<i64, Rejection>> + Send + 'static,
{
    async move { handler(engine, String::from("one")).await }
}

/// The error of a web application.
#[derive(Debug)]
struct Rejection;

impl From<relata::Error> for Rejection {
    fn from(_: relata::Error) -> Self {
        Rejection
    }
}

/// A unit with owned captures.
async fn hire(engine: Engine, name: String) -> Result<i64, Rejection> {
    engine
        .transact(async move |session| {
            let mut courier = session.add(Courier::new(&*name));
            session.flush().await?;
            let mut all = session.exec(select(Courier).with(Courier.crew)).all().await?;
            session.load(&mut all, Courier.chief).await?;
            let mut nested = session.begin_nested().await?;
            nested.add(Courier::new("two").with_chief(&courier));
            nested.commit().await?;
            session.refresh(&mut courier).await?;
            courier.id.get().ok_or(Rejection)
        })
        .await
}

/// What several units share.
struct Office {
    names: Vec<String>,
}

/// A unit with a context that is borrowed.
async fn hire_all(engine: &Engine, office: &Office) -> relata::Result<usize> {
    engine
        .transact_in(office, async |session, office| {
            for name in &office.names {
                session.add(Courier::new(&**name));
                session.flush().await?;
            }
            Ok(session.exec(select(Courier)).all().await?.len())
        })
        .await
}

#[case(threads)]
async fn a_unit_works_in_a_handler() {
    let db = relata_suite::engine(Metadata::of(Courier)).await;
    assert_eq!(tokio::spawn(route(db.engine.clone(), hire)).await.unwrap().unwrap(), 1);
}

#[case(threads)]
async fn units_work_in_spawned_tasks() {
    let db = relata_suite::engine(Metadata::of(Courier)).await;
    let engine = db.engine.clone();
    let (one, name) = (engine.clone(), String::from("one"));
    let task = tokio::spawn(async move {
        let unit = async move |session: &mut Session| -> relata::Result<()> {
            session.add(Courier::new(&*name));
            session.flush().await
        };
        one.transact_with(relata::Retry::never(), unit).await
    });
    task.await.unwrap().unwrap();

    let task = tokio::spawn(async move {
        let office = Office { names: vec![String::from("two"), String::from("three")] };
        hire_all(&engine, &office).await
    });
    assert_eq!(task.await.unwrap().unwrap(), 3);
}
