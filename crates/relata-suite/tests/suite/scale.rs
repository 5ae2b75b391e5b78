//! Large graphs: time and memory grow with the number of rows, and nothing recurses along
//! relations.

use relata::blocking::prelude::*;
use relata_suite::{Need, has};

#[model(table)]
struct CrowdLink {
    #[field(primary_key, foreign_key = CrowdTeam.id)]
    team_id: Id<CrowdTeam>,
    #[field(primary_key, foreign_key = CrowdHero.id)]
    hero_id: Id<CrowdHero>,
}

#[model(table)]
struct CrowdTeam {
    #[field(primary_key)]
    id: Id<CrowdTeam>,
    name: String,
    #[relationship(back_populates = teams, link_model = CrowdLink)]
    heroes: Many<CrowdHero>,
}

#[model(table)]
struct CrowdHero {
    #[field(primary_key)]
    id: Id<CrowdHero>,
    name: String,
    #[relationship(back_populates = heroes, link_model = CrowdLink)]
    teams: Many<CrowdTeam>,
}

#[model(table)]
struct Ancestor {
    #[field(primary_key)]
    id: Id<Ancestor>,
    name: String,
    #[field(foreign_key = Ancestor.id)]
    parent_id: Option<Id<Ancestor>>,
    #[relationship(back_populates = children)]
    parent: One<Option<Ancestor>>,
    #[relationship(back_populates = parent)]
    children: Many<Ancestor>,
}

fn crowd(heroes: usize) -> (usize, usize) {
    let db = relata_suite::engine_blocking(Metadata::of((CrowdLink, CrowdTeam, CrowdHero)));
    let mut session = Session::new(&db.engine);
    let teams: Vec<_> =
        (0..100).map(|n| session.add(CrowdTeam::new(format!("team {n}")))).collect();
    for n in 0..heroes {
        let own = [&teams[n % 100], &teams[(n + 7) % 100], &teams[(n + 31) % 100]];
        session.add(CrowdHero::new(format!("hero {n}")).with_teams(own));
    }
    session.commit().unwrap();
    let heroes = session.exec(select(CrowdHero).with(CrowdHero.teams)).all().unwrap();
    let links = heroes.iter().map(|hero| hero.teams.get().unwrap().len()).sum();
    (heroes.len(), links)
}

/// So many rows on SQLite, and on servers enough for several statements.
fn rows(count: i64, on_servers: i64) -> i64 {
    if has(Need::Server) { on_servers } else { count }
}

#[case]
fn many_heroes_of_three_teams_each_go_through_one_session() {
    let heroes = rows(100_000, 30_000) as usize;
    assert_eq!(crowd(heroes), (heroes, 3 * heroes));
}

#[case]
fn a_long_chain_of_parents_fits_a_small_stack() {
    let last = rows(100_000, 20_000) - 1;
    let db = relata_suite::engine_blocking(Metadata::of(Ancestor));
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let work = small.spawn(move || {
        let mut person = Ancestor::new("0");
        for n in 1..=last {
            person = Ancestor::new(n.to_string()).with_parent(person);
        }
        let printed = format!("Ancestor {{ id: None, name: \"{last}\"");
        assert!(format!("{person:?}").starts_with(&printed));
        let mut session = Session::new(&db.engine);
        let person = session.add(person);
        session.commit().unwrap();
        assert_eq!(person.id, last + 1);
        assert_eq!(person.parent_id, Some(Id::from(last)));
        let copy = person.clone();
        drop(person);
        let parent = copy.parent.get().unwrap().unwrap();
        assert_eq!(parent.name, (last - 1).to_string());
        assert_eq!(parent.parent_id, Some(Id::from(last - 1)));
        let found = session.exec(select(Ancestor).filter(Ancestor.parent_id.is_null())).all();
        assert_eq!(found.unwrap().len(), 1);
        drop(copy);
    });
    work.unwrap().join().unwrap();
}
