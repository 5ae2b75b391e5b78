//! The order in which a flush writes, and how few statements it takes.

/// Heroes in a team, and teams in a league: three levels of foreign keys.
mod levels {
    use relata::{ErrorKind, prelude::*};
    use relata_suite::{Log, engine};

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[field(foreign_key = Team.id)]
        team_id: Id<Team>,
    }

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        name: String,
        #[field(foreign_key = League.id)]
        league_id: Id<League>,
    }

    #[model(table)]
    struct League {
        #[field(primary_key)]
        id: Id<League>,
        name: String,
    }

    #[case]
    async fn parents_named_by_raw_keys_come_first_and_go_last() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, League))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        let hero = session.add(Hero::new("Deadpond", 5));
        let team = session.add(Team::new("Z-Force", 7).with_id(5));
        let league = session.add(League::new("Marvellous").with_id(7));
        session.commit().await?;
        assert_eq!(log.outline(), ["INSERT league", "INSERT team", "INSERT hero"]);
        assert_eq!(
            db.rows("SELECT * FROM hero, team, league"),
            ["1|Deadpond|5|5|Z-Force|7|7|Marvellous"]
        );

        session.delete(&league);
        session.delete(&team);
        session.delete(&hero);
        session.commit().await?;
        assert_eq!(log.outline(), ["DELETE hero", "DELETE team", "DELETE league"]);
        assert_eq!(["hero", "team", "league"].map(|table| db.count(table)), [0; 3]);
        Ok(())
    }

    #[case]
    async fn late_ids_are_seen_by_foreign_keys_set_before() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, League))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        let league = League::new("Marvellous");
        let team = Team::new("Z-Force", &league.id);
        let hero = session.add(Hero::new("Deadpond", &team.id));
        session.add(team);
        session.add(league);
        session.commit().await?;
        assert_eq!(log.outline(), ["INSERT league", "INSERT team", "INSERT hero"]);
        assert_eq!(hero.team_id.get(), Some(1));
        assert_eq!(db.rows("SELECT team_id, league_id FROM hero, team"), ["1|1"]);
        Ok(())
    }

    #[case]
    async fn one_statement_a_table_whatever_the_order_of_add() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, League))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        for n in 0..3 {
            let league = session.add(League::new(format!("L{n}")));
            let team = session.add(Team::new(format!("T{n}"), &league.id));
            session.add(Hero::new(format!("H{n}"), &team.id));
        }
        session.commit().await?;
        assert_eq!(log.outline(), ["INSERT league", "INSERT team", "INSERT hero"]);
        assert_eq!(
            db.rows(
                "SELECT hero.name, team.name, league.name FROM hero JOIN team ON team.id = team_id
                 JOIN league ON league.id = league_id ORDER BY hero.id"
            ),
            ["H0|T0|L0", "H1|T1|L1", "H2|T2|L2"]
        );
        Ok(())
    }

    #[case]
    async fn unsaved_parent_that_was_not_added_is_refused() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, League))).await;
        let mut session = Session::new(&db.engine);
        let team = Team::new("Z-Force", 1);
        session.add(League::new("Marvellous"));
        session.add(Hero::new("Deadpond", &team.id));
        let error = session.commit().await.unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::UnboundId, Some("hero")));
        assert_eq!(error.columns().collect::<Vec<_>>(), ["team_id"]);
        assert!(
            error.to_string().contains("`Hero.team_id` names a row of `Team` that is not saved"),
            "{error}"
        );
        assert_eq!(db.count("league"), 0);
        Ok(())
    }

    #[case]
    async fn primary_key_is_handed_from_a_deleted_row_to_a_new_one() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, League))).await;
        db.execute("INSERT INTO league VALUES (1, 'old'), (2, 'other')");
        db.execute("INSERT INTO team VALUES (1, 'Z-Force', 1)");
        let mut session = Session::new(&db.engine);
        let old = session.get(League, 1).await?.expect("a stored league");
        session.delete(&old);
        let mut new = session.add(League::new("new").with_id(1));
        session.commit().await?;
        assert_eq!(db.rows("SELECT * FROM league ORDER BY id"), ["1|new", "2|other"]);
        assert_eq!(db.rows("SELECT league_id FROM team"), ["1"]);
        new.name = "newer".into();
        session.add(&mut new);
        session.commit().await?;
        assert_eq!(db.rows("SELECT name FROM league WHERE id = 1"), ["newer"]);
        Ok(())
    }
}

/// Primary keys that go from one row to another in one flush.
mod handed_on {
    use relata::{ErrorKind, prelude::*};
    use relata_suite::{Db, engine};

    #[model(table)]
    struct Badge {
        #[field(primary_key)]
        code: String,
        owner: String,
    }

    const BADGES: &str = "SELECT * FROM badge ORDER BY code";

    async fn stored() -> Db {
        let db = engine(Metadata::of((Badge,))).await;
        db.execute("INSERT INTO badge VALUES ('a', 'first')");
        db
    }

    #[case]
    async fn key_of_a_changed_row_goes_to_a_new_one() -> relata::Result<()> {
        for new_first in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let mut badge = session.exec(select(Badge)).one().await?;
            if new_first {
                session.add(Badge::new("a", "second"));
            }
            badge.code = "b".into();
            session.add(&mut badge);
            if !new_first {
                session.add(Badge::new("a", "second"));
            }
            session.commit().await?;
            assert_eq!(db.rows(BADGES), ["a|second", "b|first"], "the new one first: {new_first}");
        }
        Ok(())
    }

    #[case]
    async fn key_of_a_deleted_row_goes_to_a_new_one() -> relata::Result<()> {
        for new_first in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let badge = session.exec(select(Badge)).one().await?;
            if new_first {
                session.add(Badge::new("a", "second"));
            }
            session.delete(&badge);
            if !new_first {
                session.add(Badge::new("a", "second"));
            }
            session.commit().await?;
            assert_eq!(db.rows(BADGES), ["a|second"], "the new one first: {new_first}");
        }
        Ok(())
    }

    #[case]
    async fn key_of_a_row_that_keeps_it_is_refused() -> relata::Result<()> {
        for new_first in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let mut badge = session.exec(select(Badge)).one().await?;
            if new_first {
                session.add(Badge::new("a", "second"));
            }
            badge.owner = "third".into();
            session.add(&mut badge);
            if !new_first {
                session.add(Badge::new("a", "second"));
            }
            let error = session.commit().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Conflict, "the new one first: {new_first}");
            assert_eq!(error.table(), Some("badge"));
            assert_eq!(db.rows(BADGES), ["a|first"]);
        }
        Ok(())
    }

    #[case]
    async fn key_of_two_new_rows_is_refused() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        session.add(Badge::new("b", "second"));
        session.add(Badge::new("b", "third"));
        let error = session.commit().await.unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::Conflict, Some("badge")));
        assert!(error.to_string().contains("two new rows of `Badge` have the same key"), "{error}");
        assert_eq!(db.rows(BADGES), ["a|first"]);
        Ok(())
    }

    #[case]
    async fn given_id_of_two_new_rows_is_refused() -> relata::Result<()> {
        #[model(table)]
        struct Hero {
            #[field(primary_key)]
            id: Id<Hero>,
            name: String,
        }
        let db = engine(Metadata::of((Hero,))).await;
        let mut session = Session::new(&db.engine);
        session.add(Hero::new("first").with_id(1));
        session.add(Hero::new("second").with_id(1));
        assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(db.count("hero"), 0);
        Ok(())
    }

    #[case]
    async fn new_row_changed_and_taken_back_before_the_flush() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut changed = session.add(Badge::new("b", "second"));
        changed.code = "c".into();
        session.add(&mut changed);
        let taken_back = session.add(Badge::new("d", "third"));
        session.delete(&taken_back);
        session.commit().await?;
        assert_eq!(db.rows(BADGES), ["a|first", "c|second"]);
        Ok(())
    }
}

/// Two models that refer to each other, one of them optionally.
mod mutual {
    use relata::prelude::*;
    use relata_suite::{Log, engine, for_rows};

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[field(foreign_key = Team.id)]
        team_id: Id<Team>,
    }

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        name: String,
        #[field(foreign_key = Hero.id)]
        leader_id: Option<Id<Hero>>,
    }

    #[case]
    async fn circle_with_an_optional_key_is_two_inserts_and_an_update() -> relata::Result<()> {
        for hero_first in [false, true] {
            let db = engine(Metadata::of((Hero, Team))).await;
            let log = Log::start();
            let mut session = Session::new(&db.engine);
            let mut team = Team::new("Z-Force");
            let hero = Hero::new("Deadpond", &team.id);
            team.leader_id = Some(hero.id.clone());
            let (hero, team) = if hero_first {
                let hero = session.add(hero);
                (hero, session.add(team))
            } else {
                let team = session.add(team);
                (session.add(hero), team)
            };
            session.commit().await?;
            assert_eq!(log.outline(), ["INSERT team", "INSERT hero", "UPDATE team"]);
            assert_eq!(db.rows("SELECT team_id, leader_id FROM hero, team"), ["1|1"]);

            session.delete(&team);
            session.delete(&hero);
            session.commit().await?;
            assert_eq!(["hero", "team"].map(|table| db.count(table)), [0; 2]);
            assert_eq!(log.outline().first().map(String::as_str), Some("UPDATE team"));
        }
        Ok(())
    }

    #[case]
    async fn keys_of_both_follow_the_order_of_add() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        let first = session.add(Team::new("Z-Force"));
        let hulk = session.add(Hero::new("Hulk", &first.id));
        let second = session.add(Team::new("Avengers").with_leader_id(&hulk.id));
        let third = session.add(Team::new("Preventers"));
        session.add(Hero::new("Thor", &second.id));
        session.add(Hero::new("Vision", &first.id));
        session.add(Hero::new("Wasp", &third.id));
        session.commit().await?;
        assert_eq!(
            db.rows("SELECT * FROM team ORDER BY id"),
            ["1|Z-Force|NULL", "2|Avengers|1", "3|Preventers|NULL"]
        );
        assert_eq!(
            db.rows("SELECT * FROM hero ORDER BY id"),
            ["1|Hulk|1", "2|Thor|2", "3|Vision|1", "4|Wasp|3"]
        );
        assert_eq!(log.outline(), ["INSERT team", "INSERT hero", "INSERT team", "INSERT hero"]);
        Ok(())
    }

    #[case]
    async fn many_circles_are_written_together() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        for n in 1..=3 {
            let mut team = Team::new(format!("T{n}"));
            let hero = Hero::new(format!("H{n}"), &team.id);
            team.leader_id = Some(hero.id.clone());
            session.add(hero);
            session.add(team);
        }
        session.commit().await?;
        assert_eq!(db.rows("SELECT * FROM team ORDER BY id"), ["1|T1|1", "2|T2|2", "3|T3|3"]);
        assert_eq!(db.rows("SELECT * FROM hero ORDER BY id"), ["1|H1|1", "2|H2|2", "3|H3|3"]);
        assert_eq!(log.outline(), ["INSERT team", "INSERT hero", &for_rows("UPDATE team", 3)]);
        Ok(())
    }
}

/// A row that names another by two of its keys, and is named by it.
mod twice {
    use relata::prelude::*;
    use relata_suite::{Log, engine};

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        #[field(foreign_key = Team.id)]
        team_id: Id<Team>,
    }

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        #[field(foreign_key = Hero.id)]
        leader_id: Option<Id<Hero>>,
        #[field(foreign_key = Hero.id)]
        deputy_id: Option<Id<Hero>>,
    }

    #[case]
    async fn both_keys_are_written_once_the_other_row_is_in() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        let mut team = Team::new();
        let hero = Hero::new(&team.id);
        team.leader_id = Some(hero.id.clone());
        team.deputy_id = Some(hero.id.clone());
        session.add(hero);
        session.add(team);
        session.commit().await?;
        assert_eq!(db.rows("SELECT * FROM hero, team"), ["1|1|1|1|1"]);
        assert_eq!(log.outline()[..2], ["INSERT team", "INSERT hero"]);
        Ok(())
    }
}

/// Two models that need each other.
mod impossible {
    use relata::{ErrorKind, prelude::*};
    use relata_suite::engine;

    #[model(table)]
    struct Egg {
        #[field(primary_key)]
        id: Id<Egg>,
        #[field(foreign_key = Hen.id)]
        hen_id: Id<Hen>,
    }

    #[model(table)]
    struct Hen {
        #[field(primary_key)]
        id: Id<Hen>,
        #[field(foreign_key = Egg.id)]
        egg_id: Id<Egg>,
    }

    #[case]
    async fn circle_of_required_keys_is_an_error_that_prints_it() -> relata::Result<()> {
        let db = engine(Metadata::of((Egg, Hen))).await;
        let mut session = Session::new(&db.engine);
        let hen_id = Id::new();
        let egg = Egg::new(&hen_id);
        let hen = Hen::new(&egg.id).with_id(&hen_id);
        let egg = session.add(egg);
        session.add(hen);
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cycle);
        let message = error.to_string();
        let either = ["`Egg.hen_id` → `Hen.egg_id`", "`Hen.egg_id` → `Egg.hen_id`"];
        assert!(either.iter().any(|path| message.contains(path)), "{message}");
        assert_eq!(["egg", "hen"].map(|table| db.count(table)), [0; 2]);
        assert_eq!(egg.id.get(), None);
        Ok(())
    }
}

/// Rows of one model in a tree and in a ring.
mod same_table {
    use relata::prelude::*;
    use relata_suite::{Log, Need, engine, for_rows, has};

    #[model(table)]
    struct Node {
        #[field(primary_key)]
        id: Id<Node>,
        name: String,
        #[field(foreign_key = Node.id)]
        parent_id: Option<Id<Node>>,
    }

    const NODES: &str = "SELECT child.name, parent.name FROM node child
        LEFT JOIN node parent ON parent.id = child.parent_id ORDER BY child.name";

    #[case]
    async fn tree_added_from_its_leaves_is_inserted_from_its_root() -> relata::Result<()> {
        let db = engine(Metadata::of((Node,))).await;
        let mut session = Session::new(&db.engine);
        let root = Node::new("a");
        let middle = Node::new("b").with_parent_id(&root.id);
        let leaf = session.add(Node::new("c").with_parent_id(&middle.id));
        let middle = session.add(middle);
        let root = session.add(root);
        session.commit().await?;
        assert_eq!(db.rows(NODES), ["a|NULL", "b|a", "c|b"]);
        assert_eq!([&root, &middle, &leaf].map(|node| node.id.get()), [Some(1), Some(2), Some(3)]);

        for node in [&root, &leaf, &middle] {
            session.delete(node);
        }
        session.commit().await?;
        assert_eq!(db.count("node"), 0);
        Ok(())
    }

    #[case]
    async fn ring_is_inserted_and_deleted() -> relata::Result<()> {
        let db = engine(Metadata::of((Node,))).await;
        let mut session = Session::new(&db.engine);
        let mut nodes = ["a", "b", "c"].map(Node::new);
        let ids = nodes.each_ref().map(|node| node.id.clone());
        for (at, node) in nodes.iter_mut().enumerate() {
            node.parent_id = Some(ids[(at + 1) % 3].clone());
        }
        let nodes = nodes.map(|node| session.add(node));
        session.commit().await?;
        assert_eq!(db.rows(NODES), ["a|b", "b|c", "c|a"]);

        let log = Log::start();
        nodes.iter().for_each(|node| session.delete(node));
        session.commit().await?;
        assert_eq!(db.count("node"), 0);
        let sent = log.outline();
        // MySQL checks references row by row, so there the order of the rows counts.
        let deleted = match has(Need::MySql) {
            true => "DELETE node x3".to_owned(),
            false => for_rows("DELETE node", 3),
        };
        assert_eq!((sent.len(), &sent[1]), (2, &deleted), "{sent:?}");
        assert!(sent[0].starts_with("UPDATE node"), "the ring is opened first: {sent:?}");
        Ok(())
    }

    #[case]
    async fn row_that_refers_to_itself() -> relata::Result<()> {
        let db = engine(Metadata::of((Node,))).await;
        let mut session = Session::new(&db.engine);
        let mut node = Node::new("a");
        node.parent_id = Some(node.id.clone());
        let node = session.add(node);
        session.commit().await?;
        assert_eq!(db.rows("SELECT * FROM node"), ["1|a|1"]);
        session.delete(&node);
        session.commit().await?;
        assert_eq!(db.count("node"), 0);
        Ok(())
    }
}

/// Keys of rows that refer to others of their table: they follow the order of `add`.
mod keys {
    use relata::prelude::*;
    use relata_suite::{Log, engine};

    #[model(table)]
    struct Member {
        #[field(primary_key)]
        id: Id<Member>,
        name: String,
        #[field(foreign_key = Member.id)]
        referrer_id: Option<Id<Member>>,
        #[relationship(back_populates = referred)]
        referrer: One<Option<Member>>,
        #[relationship(back_populates = referrer)]
        referred: Many<Member>,
    }

    const MEMBERS: &str = "SELECT id, name, referrer_id FROM member ORDER BY id";

    #[case]
    async fn order_of_add_is_the_order_of_keys() -> relata::Result<()> {
        let db = engine(Metadata::of((Member,))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        let ann = session.add(Member::new("Ann"));
        let bob = session.add(Member::new("Bob").with_referrer(&ann));
        session.add(Member::new("Cid").with_referrer(&bob));
        session.add(Member::new("Dee").with_referrer(&ann));
        session.add(Member::new("Eve"));
        session.commit().await?;
        assert_eq!(db.rows(MEMBERS), ["1|Ann|NULL", "2|Bob|1", "3|Cid|2", "4|Dee|1", "5|Eve|NULL"]);
        assert_eq!(log.outline(), ["INSERT member"; 3]);
        Ok(())
    }

    #[case]
    async fn cascade_follows_the_list_and_what_is_added_next_follows_it() -> relata::Result<()> {
        let db = engine(Metadata::of((Member,))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        session.add(Member::new("Ann").with_referred(["Cid", "Bob", "Abe"].map(Member::new)));
        session.add(Member::new("Dee"));
        session.commit().await?;
        assert_eq!(db.rows(MEMBERS), ["1|Ann|NULL", "2|Cid|1", "3|Bob|1", "4|Abe|1", "5|Dee|NULL"]);
        assert_eq!(log.outline(), ["INSERT member"; 2]);
        Ok(())
    }

    #[case]
    async fn branches_of_a_tree_share_the_statements_of_their_levels() -> relata::Result<()> {
        let db = engine(Metadata::of((Member,))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        let bob = Member::new("Bob").with_referred([Member::new("Cid")]);
        let dee = Member::new("Dee").with_referred([Member::new("Eve")]);
        session.add(Member::new("Ann").with_referred([bob, dee, Member::new("Fay")]));
        session.commit().await?;
        assert_eq!(
            db.rows(MEMBERS),
            ["1|Ann|NULL", "2|Bob|1", "3|Dee|1", "4|Cid|2", "5|Eve|3", "6|Fay|1"]
        );
        assert_eq!(log.outline(), ["INSERT member"; 3]);
        Ok(())
    }

    #[case]
    async fn child_added_first_comes_after_its_parent_and_before_the_next() -> relata::Result<()> {
        let db = engine(Metadata::of((Member,))).await;
        let mut session = Session::new(&db.engine);
        let ann = Member::new("Ann");
        session.add(Member::new("Bob").with_referrer_id(&ann.id));
        session.add(Member::new("Cid"));
        session.add(ann);
        session.add(Member::new("Dee"));
        session.add(Member::new("Fay").with_referrer(Member::new("Eve")));
        session.commit().await?;
        assert_eq!(
            db.rows(MEMBERS),
            ["1|Ann|NULL", "2|Eve|NULL", "3|Bob|1", "4|Cid|NULL", "5|Dee|NULL", "6|Fay|2"]
        );
        Ok(())
    }
}

/// A unique value, handed on.
mod unique {
    use relata::prelude::*;
    use relata_suite::engine;

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        #[field(unique)]
        name: String,
    }

    #[case]
    async fn unique_value_is_handed_from_a_changed_row_to_a_new_one() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero,))).await;
        db.execute("INSERT INTO hero VALUES (1, 'Deadpond')");
        let mut session = Session::new(&db.engine);
        let mut hero = session.get(Hero, 1).await?.expect("a stored hero");
        session.add(Hero::new("Deadpond"));
        hero.name = "Wade".into();
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(db.rows("SELECT * FROM hero ORDER BY id"), ["1|Wade", "2|Deadpond"]);
        Ok(())
    }
}

/// The tutorial's program, counted.
mod tutorial {
    use relata::prelude::*;
    use relata_suite::{Log, engine};

    #[model(table)]
    struct HeroTeamLink {
        #[field(primary_key, foreign_key = Team.id)]
        team_id: Id<Team>,
        #[field(primary_key, foreign_key = Hero.id)]
        hero_id: Id<Hero>,
    }

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        #[field(index)]
        name: String,
        headquarters: String,
        #[relationship(back_populates = teams, link_model = HeroTeamLink)]
        heroes: Many<Hero>,
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
        #[relationship(back_populates = heroes, link_model = HeroTeamLink)]
        teams: Many<Team>,
    }

    #[case]
    async fn three_inserts_write_it_and_two_selects_read_it() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, HeroTeamLink))).await;
        let log = Log::start();
        let mut session = Session::new(&db.engine);
        let z_force = session.add(Team::new("Z-Force", "Sister Margaret's Bar"));
        let preventers = session.add(Team::new("Preventers", "Sharp Tower"));
        session.add(Hero::new("Deadpond", "Dive Wilson").with_teams([&z_force, &preventers]));
        let rusty_man = Hero::new("Rusty-Man", "Tommy Sharp").with_age(48);
        session.add(rusty_man.with_teams([&preventers]));
        session.add(Hero::new("Spider-Boy", "Pedro Parqueador").with_teams([&preventers]));
        session.commit().await?;
        assert_eq!(log.outline(), ["INSERT team", "INSERT hero", "INSERT heroteamlink"]);
        assert_eq!(
            db.rows("SELECT hero_id, team_id FROM heroteamlink ORDER BY 1, 2"),
            ["1|1", "1|2", "2|2", "3|2"]
        );

        let all = select(Hero).with(Hero.teams).order_by(Hero.id);
        let heroes = session.exec(all).all().await?;
        assert_eq!(log.outline(), ["SELECT hero", "SELECT heroteamlink"]);
        let teams = heroes.iter().map(|hero| Ok(hero.teams.get()?.len()));
        assert_eq!(teams.collect::<relata::Result<Vec<_>>>()?, [2, 1, 1]);
        assert!(log.sql().is_empty(), "reading a relation sends nothing");
        Ok(())
    }
}

/// Rows that are saved, pointed at new ones whose keys are known before these are inserted.
mod known {
    use relata::{ErrorKind, prelude::*};
    use relata_suite::{Db, Log, engine};
    use uuid::Uuid;

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Uuid,
        #[field(unique)]
        code: String,
        #[relationship(back_populates = team)]
        heroes: Many<Hero>,
    }

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[field(foreign_key = Team.id)]
        team_id: Option<Uuid>,
        #[relationship(back_populates = heroes, foreign_key = team_id)]
        team: One<Option<Team>>,
        #[field(foreign_key = Team.code)]
        sponsor_code: Option<String>,
    }

    async fn hero() -> relata::Result<(Db, Session, Tracked<Hero>)> {
        let db = engine(Metadata::of((Team, Hero))).await;
        let mut session = Session::new(&db.engine);
        let hero = session.add(Hero::new("Wasp"));
        session.commit().await?;
        Ok((db, session, hero))
    }

    const CODES: &str = "SELECT code FROM hero JOIN team ON team.id = team_id";

    #[case]
    async fn updates_follow_the_rows_they_name() -> relata::Result<()> {
        let (db, mut session, mut hero) = hero().await?;
        let log = Log::start();
        let new = |code: &str| Team::new(Uuid::now_v7(), code);
        // by a row that was added, by a plain one, by the key, and from the list
        let a = session.add(new("a"));
        hero.team.set(&a);
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(log.outline(), ["INSERT team", "UPDATE hero"]);
        assert_eq!(db.rows(CODES), ["a"]);
        hero.team.set(new("b"));
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(db.rows(CODES), ["b"]);
        let c = session.add(new("c"));
        hero.team_id = Some(c.id);
        hero.sponsor_code = Some("c".to_owned());
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(db.rows(CODES), ["c"]);
        session.add(new("d").with_heroes([&hero]));
        session.commit().await?;
        assert_eq!(db.rows(CODES), ["d"]);
        Ok(())
    }

    /// What a new row takes is given up before, as long as nothing of it is named.
    #[case]
    async fn values_that_a_new_row_takes_are_given_up_first() -> relata::Result<()> {
        let (db, mut session, mut hero) = hero().await?;
        let mut old = session.add(Team::new(Uuid::now_v7(), "a"));
        session.commit().await?;
        old.code = "b".to_owned();
        session.add(&mut old);
        let new = session.add(Team::new(Uuid::now_v7(), "a"));
        hero.team.set(&new);
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(db.rows(CODES), ["a"]);
        hero.team_id = Some(Uuid::nil());
        session.add(&mut hero);
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
        Ok(())
    }
}
