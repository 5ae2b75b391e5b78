//! Relations to one row that the statement itself reads.

use super::models::*;
use relata::{ErrorKind, Select, prelude::*};
use relata_suite::Log;

#[case]
async fn one_statement_reads_both() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let log = Log::start();
    let heroes = select(Hero).order_by(Hero.id).with(Hero.team.joined());
    let heroes = session.exec(heroes).all().await?;
    assert_eq!(
        log.sql(),
        [
            "SELECT hero.id, hero.name, hero.age, hero.team_id, team_1.id, team_1.name FROM hero LEFT JOIN team AS team_1 ON hero.team_id = team_1.id ORDER BY hero.id"
        ]
    );
    let team = |at: usize| heroes[at].team.get().unwrap();
    assert_eq!(team(0).unwrap().name, "Preventers");
    assert_eq!(team(3).unwrap().name, "Z-Force");
    assert!(team(4).is_none());
    assert!(std::ptr::eq(team(0).unwrap(), team(1).unwrap()), "decoded once, and shared");
    Ok(())
}

#[case]
async fn beside_joins_limits_and_other_relations() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let log = Log::start();
    // the statement's own `team` is another one than what is read along
    let heroes = select(Hero)
        .join(Hero.team)
        .filter(Team.name.eq("Preventers"))
        .order_by(Hero.id.desc())
        .offset(1)
        .limit(1)
        .with(Hero.missions)
        .with(Hero.team.joined().with(Team.heroes.order_by(Hero.age)));
    let rusty = session.exec(heroes.clone()).one().await?;
    assert_eq!(log.outline(), ["SELECT hero", "SELECT assignment", "SELECT hero"]);
    assert_eq!(rusty.name, "Rusty-Man");
    assert_eq!(titles(&rusty), ["Ambush", "Rescue"]);
    let team = rusty.team.get()?.unwrap();
    assert_eq!(names(team.heroes.get()?), ["Spider-Boy", "Deadpond", "Rusty-Man"]);
    session.rollback().await?;

    log.take();
    let plain: Hero = db.engine.exec(heroes).first().await?.unwrap();
    assert_eq!(plain.team.get()?.unwrap().name, "Preventers");
    assert_eq!(log.outline().len(), 3);
    let alone = select(Hero).order_by(Hero.id).with(Hero.team.joined());
    assert!(db.engine.exec(alone).all().await?[0].team.is_loaded());
    assert_eq!(log.outline(), ["SELECT hero"]);
    Ok(())
}

#[case]
async fn of_a_tuple_an_alias_and_a_subquery() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let pairs = select((Mission.title, Hero))
        .join(Mission.heroes)
        .order_by((Mission.id, Hero.id))
        .with(Hero.team.joined());
    let pairs = session.exec(pairs).all().await?;
    assert_eq!(pairs[3].0, "Ambush");
    assert_eq!(pairs[3].1.team.get()?.unwrap().name, "Z-Force");

    let other = Hero.alias("other");
    let heroes = select(&other).order_by(other.id.desc()).with(other.team.joined());
    assert!(session.exec(heroes).first().await?.unwrap().team.get()?.is_none());

    let older = select(Hero).filter(Hero.age.gt(40)).subquery("older");
    let older = session.exec(select(&older).order_by(older.id).with(older.team.joined())).all();
    let older = older.await?;
    assert_eq!(older[1].team.get()?.unwrap().name, "Z-Force");
    Ok(())
}

#[case]
async fn a_filter_does_not_see_what_is_read_along() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let hidden = select(Hero).filter(Team.name.eq("Z-Force")).with(Hero.team.joined());
    let error = session.exec(hidden).all().await.unwrap_err();
    assert!(error.to_string().contains("`team.name` is used"), "{error}");
    let seen = select(Hero).filter(Hero.team.has(Team.name.eq("Z-Force"))).with(Hero.team.joined());
    assert_eq!(session.exec(seen).one().await?.team.get()?.unwrap().name, "Z-Force");
    Ok(())
}

#[case]
async fn what_cannot_be_joined_says_why() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    async fn why<S: relata::query::Subselect>(
        session: &mut Session,
        statement: Select<S>,
    ) -> String {
        let error = session.exec(statement).all().await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidStatement);
        error.to_string()
    }
    assert_eq!(
        why(&mut session, select(Team).with(Team.heroes.joined())).await,
        "`Team.heroes` cannot be `joined`: it is a list, and each of its rows would repeat its owner's; leave `.joined()` out, which is one statement more"
    );
    let nested = why(&mut session, select(Team).with(Team.heroes.with(Hero.team.joined()))).await;
    assert!(
        nested.contains("`Hero.team` cannot be `joined`: there is no statement here"),
        "{nested}"
    );
    let part = Hero.team.joined().filter(Team.id.eq(1));
    let part = why(&mut session, select(Hero).with(part)).await;
    assert!(part.contains("with no filter, order or limit"), "{part}");
    let locked = why(&mut session, select(Hero).for_update().with(Hero.team.joined())).await;
    assert!(locked.contains("locks the rows"), "{locked}");
    let twice = why(&mut session, select((Hero, &Hero.alias("b"))).with(Hero.team.joined())).await;
    assert!(twice.contains("selects its model more than once"), "{twice}");

    let mut hero = session.get(Hero, 1).await?.unwrap();
    let error = session.load(&mut hero, Hero.team.joined()).await.unwrap_err();
    assert!(error.to_string().contains("there is no statement here"), "{error}");
    Ok(())
}

#[case]
async fn of_a_row_that_may_be_missing_itself() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let pairs = select((Team, Hero.optional()))
        .left_join(Team.heroes)
        .order_by((Team.id, Hero.id))
        .with(Hero.team.joined());
    let pairs = session.exec(pairs).all().await?;
    assert_eq!(pairs.len(), 5);
    assert_eq!(pairs[3].1.as_ref().unwrap().team.get()?.unwrap().name, "Z-Force");
    assert!(pairs[4].1.is_none());
    Ok(())
}

#[case]
async fn rows_of_a_model_that_is_selected_twice_get_the_relation_each() -> relata::Result<()> {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let other = Hero.alias("other");
    let pairs = select((Hero, &other))
        .join(other.on(other.age.eq(Hero.age) & other.id.gt(Hero.id)))
        .with(Hero.missions)
        .with(other.team);
    let (rusty, tarantula) = session.exec(pairs).one().await?;
    assert_eq!((titles(&rusty), titles(&tarantula)), (vec!["Ambush", "Rescue"], vec!["Ambush"]));
    assert_eq!(rusty.team.get()?.unwrap().name, "Preventers");
    assert_eq!(tarantula.team.get()?.unwrap().name, "Z-Force");
    Ok(())
}

#[model(table)]
struct Owner {
    #[field(primary_key)]
    id: Id<Owner>,
    #[relationship(back_populates = owner)]
    card: One<Option<Card>>,
    #[relationship(back_populates = owner)]
    note: One<Option<Note>>,
}

#[model(table)]
struct Card {
    #[field(primary_key)]
    id: Id<Card>,
    #[field(foreign_key = Owner.id, unique)]
    owner_id: Option<Id<Owner>>,
    #[relationship(back_populates = card)]
    owner: One<Option<Owner>>,
}

#[model(table)]
struct Note {
    #[field(primary_key)]
    id: Id<Note>,
    #[field(foreign_key = Owner.id)]
    owner_id: Option<Id<Owner>>,
    #[relationship(back_populates = note)]
    owner: One<Option<Owner>>,
}

#[case]
async fn the_other_side_of_one_to_one_where_its_key_is_unique() -> relata::Result<()> {
    let db = relata_suite::engine(Metadata::of((Owner, Card, Note))).await;
    db.execute("INSERT INTO owner (id) VALUES (1), (2); INSERT INTO card (id, owner_id) VALUES (7, 2), (8, NULL)");
    let mut session = Session::new(&db.engine);
    let log = Log::start();
    let owners = select(Owner).order_by(Owner.id).with(Owner.card.joined().with(Card.owner));
    let owners = session.exec(owners).all().await?;
    assert_eq!(log.outline(), ["SELECT owner", "SELECT owner"]);
    assert!(owners[0].card.get()?.is_none());
    let card = owners[1].card.get()?.unwrap();
    assert_eq!((&card.id, &card.owner.get()?.unwrap().id), (&Id::from(7), &Id::from(2)));

    let error = session.exec(select(Owner).with(Owner.note.joined())).all().await.unwrap_err();
    assert!(error.to_string().contains("its key is in the other table and not unique"), "{error}");
    Ok(())
}
