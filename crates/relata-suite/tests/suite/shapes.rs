//! Models of uncommon shape: links with a key of their own, several links between the same models,
//! and models that refer to themselves.

/// A link table with a key of its own: nothing makes a pair unique.
mod surrogate {
    use relata::prelude::*;
    use relata_suite::{Db, Log, engine};

    #[model(table)]
    struct Stay {
        #[field(primary_key)]
        id: Id<Stay>,
        #[field(foreign_key = Team.id)]
        team_id: Id<Team>,
        #[field(foreign_key = Hero.id)]
        hero_id: Id<Hero>,
    }

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        name: String,
    }

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[relationship(link_model = Stay)]
        teams: Many<Team>,
    }

    async fn linked_twice() -> relata::Result<Db> {
        let db = engine(Metadata::of((Hero, Team, Stay))).await;
        db.execute(
            "INSERT INTO hero VALUES (1, 'Deadpond'); INSERT INTO team VALUES (1, 'Z-Force')",
        );
        for _ in 0..2 {
            let mut session = Session::new(&db.engine);
            let mut hero = session.get(Hero, 1).await?.expect("a stored hero");
            hero.teams.push(Id::from(1));
            session.add(&mut hero);
            session.commit().await?;
        }
        Ok(db)
    }

    #[case]
    async fn same_pair_twice_is_two_rows_and_removing_it_removes_both() -> relata::Result<()> {
        let rows = "SELECT id, hero_id, team_id FROM stay ORDER BY id";
        let db = linked_twice().await?;
        assert_eq!(db.rows(rows), ["1|1|1", "2|1|1"]);
        let mut session = Session::new(&db.engine);
        let mut hero = session.get(Hero, 1).await?.expect("a stored hero");
        hero.teams.remove(Id::from(1));
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(db.count("stay"), 0);

        let db = linked_twice().await?;
        let mut session = Session::new(&db.engine);
        let mut hero = session.exec(select(Hero).with(Hero.teams)).one().await?;
        hero.teams.clear();
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(db.count("stay"), 0);
        assert_eq!(db.count("team"), 1);
        Ok(())
    }

    #[case]
    async fn rows_of_the_link_added_themselves_are_each_a_row() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, Stay))).await;
        let mut session = Session::new(&db.engine);
        let hero = session.add(Hero::new("Deadpond"));
        let team = session.add(Team::new("Z-Force"));
        let log = Log::start();
        let stays = session.add_all((0..2).map(|_| Stay::new(&team.id, &hero.id)));
        session.commit().await?;
        assert_eq!(db.rows("SELECT * FROM stay ORDER BY id"), ["1|1|1", "2|1|1"]);
        assert_eq!(stays.iter().map(|stay| stay.id.get()).collect::<Vec<_>>(), [Some(1), Some(2)]);
        assert_eq!(log.outline().last().map(String::as_str), Some("INSERT stay"));
        Ok(())
    }
}

/// Two link tables between the same two models.
mod two_links {
    use relata::prelude::*;
    use relata_suite::engine;

    #[model(table)]
    struct Current {
        #[field(primary_key, foreign_key = Team.id)]
        team_id: Id<Team>,
        #[field(primary_key, foreign_key = Hero.id)]
        hero_id: Id<Hero>,
    }

    #[model(table)]
    struct Former {
        #[field(primary_key, foreign_key = Team.id)]
        team_id: Id<Team>,
        #[field(primary_key, foreign_key = Hero.id)]
        hero_id: Id<Hero>,
    }

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        name: String,
    }

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[relationship(link_model = Current, order_by = name)]
        teams: Many<Team>,
        #[relationship(link_model = Former, order_by = name.desc())]
        former_teams: Many<Team>,
    }

    fn names(teams: &Many<Team>) -> relata::Result<Vec<&str>> {
        Ok(teams.get()?.iter().map(|team| team.name.as_str()).collect())
    }

    #[case]
    async fn both_loaded_eagerly_do_not_mix() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, Current, Former))).await;
        let mut session = Session::new(&db.engine);
        let [a, b, c] = ["A", "B", "C"].map(|name| session.add(Team::new(name)));
        let one = Hero::new("One").with_teams([&a, &b]).with_former_teams([&b, &c]);
        let two = Hero::new("Two").with_former_teams([&a]);
        session.add(one);
        session.add(two);
        session.commit().await?;
        assert_eq!(db.rows("SELECT hero_id, team_id FROM current ORDER BY 1, 2"), ["1|1", "1|2"]);
        assert_eq!(
            db.rows("SELECT hero_id, team_id FROM former ORDER BY 1, 2"),
            ["1|2", "1|3", "2|1"]
        );

        let all = select(Hero).with(Hero.teams).with(Hero.former_teams).order_by(Hero.id);
        let mut heroes = session.exec(all).all().await?;
        assert_eq!(
            (names(&heroes[0].teams)?, names(&heroes[0].former_teams)?),
            (vec!["A", "B"], vec!["C", "B"])
        );
        assert_eq!(
            (names(&heroes[1].teams)?, names(&heroes[1].former_teams)?),
            (vec![], vec!["A"])
        );

        heroes[0].teams.remove(&b);
        session.add(&mut heroes[0]);
        session.commit().await?;
        assert_eq!(db.rows("SELECT hero_id, team_id FROM current"), ["1|1"]);
        assert_eq!(db.count("former"), 3);
        Ok(())
    }
}

/// A link with two foreign keys to one model.
mod chosen_key {
    use relata::prelude::*;
    use relata_suite::engine;

    #[model(table)]
    struct Posting {
        #[field(foreign_key = Team.id)]
        lender_id: Option<Id<Team>>,
        #[field(primary_key, foreign_key = Hero.id)]
        hero_id: Id<Hero>,
        #[field(primary_key, foreign_key = Team.id)]
        team_id: Id<Team>,
    }

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        name: String,
    }

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[relationship(link_model = Posting(hero_id, team_id))]
        teams: Many<Team>,
    }

    #[case]
    async fn chosen_one_of_two_keys_is_honoured() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, Posting))).await;
        let mut session = Session::new(&db.engine);
        let [lender, team] = ["Lender", "Team"].map(|name| session.add(Team::new(name)));
        session.add(Hero::new("One").with_teams([&team]));
        let two = session.add(Hero::new("Two"));
        session.add(Posting::new(&two.id, &team.id).with_lender_id(&lender.id));
        session.commit().await?;
        let rows = "SELECT hero_id, team_id, lender_id FROM posting ORDER BY 1, 2";
        assert_eq!(db.rows(rows), ["1|2|NULL", "2|2|1"]);

        let mut heroes =
            session.exec(select(Hero).with(Hero.teams).order_by(Hero.id)).all().await?;
        for hero in &heroes {
            let teams = hero.teams.get()?;
            assert_eq!((teams.len(), teams[0].name.as_str()), (1, "Team"));
        }
        heroes[1].teams.set([&lender]);
        session.add(&mut heroes[1]);
        session.commit().await?;
        assert_eq!(db.rows(rows), ["1|2|NULL", "2|1|NULL"]);
        Ok(())
    }
}

/// A model that refers to itself, by a key and by a link.
mod graph {
    use relata::prelude::*;
    use relata_suite::engine;

    #[model(table)]
    struct Edge {
        #[field(primary_key, foreign_key = Node.id)]
        from_id: Id<Node>,
        #[field(primary_key, foreign_key = Node.id)]
        to_id: Id<Node>,
    }

    #[model(table)]
    struct Node {
        #[field(primary_key)]
        id: Id<Node>,
        name: String,
        #[field(foreign_key = Node.id)]
        next_id: Option<Id<Node>>,
        #[relationship(foreign_key = next_id)]
        next: One<Option<Node>>,
        #[relationship(link_model = Edge(from_id, to_id), order_by = name)]
        edges: Many<Node>,
    }

    #[case]
    async fn cyclic_graph_is_written_in_one_flush_and_read_back_exactly() -> relata::Result<()> {
        let db = engine(Metadata::of((Node, Edge))).await;
        let mut session = Session::new(&db.engine);
        let mut nodes = ["a", "b", "c", "d"].map(|name| session.add(Node::new(name)));
        let copies = nodes.clone();
        // a → b → c → a, and d alone with itself.
        for (from, to) in [(0, 1), (1, 2), (2, 0), (3, 3)] {
            nodes[from].next.set(&copies[to]);
        }
        let edges = [(0, 1), (1, 0), (1, 2), (2, 2), (0, 3), (3, 0)];
        for (from, to) in edges {
            nodes[from].edges.push(&copies[to]);
        }
        session.add_all(&mut nodes);
        session.commit().await?;
        let next =
            "SELECT node.name || next.name FROM node JOIN node next ON next.id = node.next_id";
        assert_eq!(db.rows(&format!("{next} ORDER BY 1")), ["ab", "bc", "ca", "dd"]);
        let edge = "SELECT a.name || b.name FROM edge JOIN node a ON a.id = from_id JOIN node b ON b.id = to_id";
        let edges = db.rows(&format!("{edge} ORDER BY 1"));
        assert_eq!(edges, ["ab", "ad", "ba", "bc", "cc", "da"]);

        let all = select(Node).with(Node.next).with(Node.edges).order_by(Node.name);
        let read = session.exec(all).all().await?;
        let next: Vec<_> = read
            .iter()
            .map(|node| Ok(node.next.get()?.map(|next| next.name.clone())))
            .collect::<relata::Result<_>>()?;
        assert_eq!(next, ["b", "c", "a", "d"].map(|name| Some(name.to_owned())));
        let names = |node: &Node| -> relata::Result<String> {
            Ok(node.edges.get()?.iter().map(|node| node.name.as_str()).collect())
        };
        let edges = read.iter().map(|node| names(node)).collect::<relata::Result<Vec<_>>>()?;
        assert_eq!(edges, ["bd", "ac", "c", "a"]);
        Ok(())
    }
}

/// A link from a model to itself whose two directions mean different things.
mod follow {
    use relata::prelude::*;
    use relata_suite::engine;

    #[model(table)]
    struct Follow {
        #[field(primary_key, foreign_key = Person.id)]
        follower_id: Id<Person>,
        #[field(primary_key, foreign_key = Person.id)]
        followed_id: Id<Person>,
    }

    #[model(table)]
    struct Person {
        #[field(primary_key)]
        id: Id<Person>,
        name: String,
        #[relationship(back_populates = followers, link_model = Follow(follower_id, followed_id), order_by = name)]
        following: Many<Person>,
        #[relationship(back_populates = following, link_model = Follow(followed_id, follower_id), order_by = name)]
        followers: Many<Person>,
    }

    const ROWS: &str = "SELECT follower_id, followed_id FROM follow ORDER BY 1, 2";

    #[case]
    async fn clearing_one_direction_leaves_the_other() -> relata::Result<()> {
        let db = engine(Metadata::of((Person, Follow))).await;
        db.execute("INSERT INTO person VALUES (1, 'ann'), (2, 'bob'), (3, 'cy')");
        db.execute("INSERT INTO follow VALUES (1, 2), (2, 1), (1, 3), (3, 1)");
        let mut session = Session::new(&db.engine);
        let both =
            select(Person).filter(Person.id.eq(1)).with(Person.following).with(Person.followers);
        let mut ann = session.exec(both).one().await?;
        assert_eq!(ann.following.get()?.len(), 2);
        ann.following.clear();
        session.add(&mut ann);
        session.commit().await?;
        assert_eq!(db.rows(ROWS), ["2|1", "3|1"]);
        let followers: Vec<_> = ann.followers.get()?.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(followers, ["bob", "cy"]);

        let mut ann = session.get(Person, 1).await?.expect("ann");
        ann.followers.clear();
        session.add(&mut ann);
        session.commit().await?;
        assert!(db.rows(ROWS).is_empty());
        assert_eq!(db.count("person"), 3);
        Ok(())
    }

    #[case]
    async fn link_of_a_row_to_itself_from_both_directions_is_one_row() -> relata::Result<()> {
        let db = engine(Metadata::of((Person, Follow))).await;
        let mut session = Session::new(&db.engine);
        let mut ann = session.add(Person::new("ann"));
        let copy = ann.clone();
        ann.following.push(&copy);
        ann.followers.push(&copy);
        session.add(&mut ann);
        session.commit().await?;
        assert_eq!(db.rows(ROWS), ["1|1"]);
        assert_eq!(db.count("person"), 1);
        Ok(())
    }
}
