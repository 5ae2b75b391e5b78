//! Large graphs: time and memory grow with the number of rows, and nothing recurses along
//! relations.

use relata::blocking::prelude::*;

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

#[case]
fn a_hundred_thousand_heroes_of_three_teams_each_go_through_one_session() {
    assert_eq!(crowd(100_000), (100_000, 300_000));
}

#[case]
fn a_chain_of_a_hundred_thousand_parents_fits_a_small_stack() {
    let db = relata_suite::engine_blocking(Metadata::of(Ancestor));
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let work = small.spawn(move || {
        let mut person = Ancestor::new("0");
        for n in 1..100_000 {
            person = Ancestor::new(n.to_string()).with_parent(person);
        }
        assert!(format!("{person:?}").starts_with("Ancestor { id: None, name: \"99999\""));
        let mut session = Session::new(&db.engine);
        let person = session.add(person);
        session.commit().unwrap();
        assert_eq!(person.id, 100_000);
        assert_eq!(person.parent_id, Some(Id::from(99_999)));
        let copy = person.clone();
        drop(person);
        let parent = copy.parent.get().unwrap().unwrap();
        assert_eq!((&*parent.name, parent.parent_id.clone()), ("99998", Some(Id::from(99_998))));
        let found = session.exec(select(Ancestor).filter(Ancestor.parent_id.is_null())).all();
        assert_eq!(found.unwrap().len(), 1);
        drop(copy);
    });
    work.unwrap().join().unwrap();
}
