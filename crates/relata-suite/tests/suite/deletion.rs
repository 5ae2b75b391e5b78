//! What goes when a row is deleted, what stays, and what is set free.

/// Two models and their links.
mod linked {
    use relata::{ErrorKind, prelude::*};
    use relata_suite::{Db, Log, engine};

    #[model(table)]
    struct Link {
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
        #[relationship(back_populates = teams, link_model = Link)]
        heroes: Many<Hero>,
    }

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[relationship(back_populates = heroes, link_model = Link)]
        teams: Many<Team>,
    }

    /// Heroes 1 and 2, each in teams 1 and 2.
    async fn stored() -> Db {
        let db = engine(Metadata::of((Hero, Team, Link))).await;
        db.execute("INSERT INTO hero VALUES (1, 'Deadpond'), (2, 'Rusty-Man')");
        db.execute("INSERT INTO team VALUES (1, 'Preventers'), (2, 'Z-Force')");
        db.execute("INSERT INTO link (hero_id, team_id) VALUES (1, 1), (1, 2), (2, 1), (2, 2)");
        db
    }

    /// The heroes, the teams, and each link as `hero|team`.
    fn left(db: &Db) -> [Vec<String>; 3] {
        [
            db.rows("SELECT id FROM hero ORDER BY 1"),
            db.rows("SELECT id FROM team ORDER BY 1"),
            db.rows("SELECT hero_id, team_id FROM link ORDER BY 1, 2"),
        ]
    }

    const WITHOUT_HERO_1: [&[&str]; 3] = [&["2"], &["1", "2"], &["2|1", "2|2"]];
    const WITHOUT_TEAM_1: [&[&str]; 3] = [&["1", "2"], &["2"], &["1|2", "2|2"]];

    #[case]
    async fn links_of_a_deleted_owner_go_and_the_others_stay() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let whole = select(Hero).filter(Hero.id.eq(1)).with(Hero.teams);
        let hero = session.exec(whole).one().await?;
        let log = Log::start();
        session.delete(&hero);
        session.commit().await?;
        assert_eq!(left(&db), WITHOUT_HERO_1);
        assert_eq!(
            log.sql(),
            ["DELETE FROM link WHERE link.hero_id = ?", "DELETE FROM hero WHERE hero.id = ?"]
        );
        Ok(())
    }

    #[case]
    async fn a_link_deleted_itself_is_there_before_its_rows_go() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let link = session.get(Link, (1, 1)).await?.expect("a stored link");
        let team = session.get(Team, 1).await?.expect("a stored team");
        session.delete(&team);
        session.delete(&link);
        let log = Log::start();
        session.commit().await?;
        assert_eq!(left(&db), WITHOUT_TEAM_1);
        assert_eq!(log.outline(), ["DELETE link", "DELETE link", "DELETE team"]);
        Ok(())
    }

    #[case]
    async fn an_owner_taken_back_and_added_again_has_its_links() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let team = session.get(Team, 2).await?.expect("a stored team");
        let mut hero = session.add(Hero::new("Hulk").with_teams([&team]));
        session.delete(&mut hero);
        session.add(&mut hero);
        session.commit().await?;
        assert_eq!(left(&db)[2], ["1|1", "1|2", "2|1", "2|2", "3|2"]);
        Ok(())
    }

    #[case]
    async fn links_go_with_unloaded_lists_in_both_directions() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let hero = session.get(Hero, 1).await?.expect("a stored hero");
        session.delete(&hero);
        session.commit().await?;
        assert_eq!(left(&db), WITHOUT_HERO_1);

        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let team = session.get(Team, 1).await?.expect("a stored team");
        session.delete(&team);
        session.commit().await?;
        assert_eq!(left(&db), WITHOUT_TEAM_1);
        Ok(())
    }

    #[case]
    async fn links_of_a_deleted_target_go() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut hero = session.exec(select(Hero).with(Hero.teams).limit(1)).one().await?;
        let team = hero.teams.get()?.iter().find(|team| team.id.get() == Some(1)).cloned();
        session.delete(team.expect("a linked team"));
        session.commit().await?;
        assert_eq!(left(&db), WITHOUT_TEAM_1);
        // The list still shows what it knew; a refresh says what is there.
        session.refresh(&mut hero).await?;
        let teams: Vec<_> = hero.teams.get()?.iter().map(|team| team.id.get()).collect();
        assert_eq!(teams, [Some(2)]);
        Ok(())
    }

    #[case]
    async fn a_link_removed_from_a_list_goes_with_its_target_and_once() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut hero = session.get(Hero, 1).await?.expect("a stored hero");
        let team = session.get(Team, 1).await?.expect("a stored team");
        hero.teams.remove(&team);
        session.add(&mut hero);
        session.delete(&team);
        let log = Log::start();
        session.commit().await?;
        assert_eq!(left(&db), WITHOUT_TEAM_1);
        assert_eq!(
            log.sql(),
            ["DELETE FROM link WHERE link.team_id = ?", "DELETE FROM team WHERE team.id = ?"]
        );
        Ok(())
    }

    #[case]
    async fn both_ends_deleted_in_one_flush() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let heroes = session.exec(select(Hero).with(Hero.teams)).all().await?;
        let teams = session.exec(select(Team)).all().await?;
        for hero in &heroes {
            session.delete(hero);
        }
        teams.iter().for_each(|team| session.delete(team));
        session.commit().await?;
        assert_eq!(left(&db), [const { Vec::<String>::new() }; 3]);
        Ok(())
    }

    #[case]
    async fn pending_link_of_a_deleted_owner_is_not_written() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut hero = session.get(Hero, 1).await?.expect("a stored hero");
        hero.teams.push(Id::from(1));
        session.add(&mut hero);
        session.delete(&mut hero);
        session.commit().await?;
        assert_eq!(left(&db), WITHOUT_HERO_1);
        Ok(())
    }

    #[case]
    async fn pending_link_to_a_deleted_target_is_not_written() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let team = session.get(Team, 1).await?.expect("a stored team");
        let new = session.add(Hero::new("Spider-Boy").with_teams([&team]));
        session.delete(&team);
        session.commit().await?;
        session.delete(&new);
        session.commit().await?;
        assert_eq!(left(&db), WITHOUT_TEAM_1);
        Ok(())
    }

    #[case]
    async fn a_target_that_is_deleted_is_not_linked() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let team = session.get(Team, 1).await?.expect("a stored team");
        session.delete(&team);
        session.add(Hero::new("Spider-Boy").with_teams([&team]));
        assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Deleted);
        Ok(())
    }

    #[case]
    async fn deleted_row_is_not_added_again_and_its_absence_is_noticed() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut hero = session.get(Hero, 1).await?.expect("a stored hero");
        let copy = hero.clone();
        session.delete(&mut hero);
        session.commit().await?;
        session.add(&mut hero); // though it says nothing new
        assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Deleted);
        session.rollback().await?;
        hero.name = "Wade".into();
        session.add(&mut hero);
        assert_eq!(session.commit().await.unwrap_err().kind(), ErrorKind::Deleted);
        session.rollback().await?;
        session.delete(&copy);
        let error = session.commit().await.unwrap_err();
        assert_eq!((error.kind(), error.table()), (ErrorKind::Stale, Some("hero")));
        assert_eq!(left(&db), WITHOUT_HERO_1);
        Ok(())
    }
}

/// Children that can do without their parent.
mod free {
    use relata::prelude::*;
    use relata_suite::{Db, Log, engine};

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        name: String,
        #[relationship(back_populates = team, order_by = id)]
        heroes: Many<Hero>,
    }

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[field(foreign_key = Team.id)]
        team_id: Option<Id<Team>>,
        #[relationship(back_populates = heroes)]
        team: One<Option<Team>>,
    }

    const HEROES: &str = "SELECT id, team_id FROM hero ORDER BY id";

    async fn stored() -> Db {
        let db = engine(Metadata::of((Hero, Team))).await;
        db.execute("INSERT INTO team VALUES (1, 'Preventers'), (2, 'Z-Force')");
        db.execute("INSERT INTO hero VALUES (1, 'A', 1), (2, 'B', 1), (3, 'C', 2)");
        db
    }

    #[case]
    async fn children_are_set_free_before_their_parent_is_deleted() -> relata::Result<()> {
        for loaded in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let mut team = session.get(Team, 1).await?.expect("a stored team");
            if loaded {
                session.load(&mut team, Team.heroes).await?;
            }
            let log = Log::start();
            session.delete(&team);
            session.commit().await?;
            assert_eq!(
                log.sql(),
                [
                    "UPDATE hero SET team_id=NULL WHERE hero.team_id = ?",
                    "DELETE FROM team WHERE team.id = ?",
                ],
                "loaded: {loaded}"
            );
            assert_eq!(db.rows(HEROES), ["1|NULL", "2|NULL", "3|2"]);
            assert_eq!(db.rows("SELECT id FROM team"), ["2"]);
        }
        Ok(())
    }

    #[case]
    async fn child_removed_from_the_list_is_set_free() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut team = session.exec(select(Team).with(Team.heroes).limit(1)).one().await?;
        team.heroes.remove(Id::from(1));
        session.add(&mut team);
        session.commit().await?;
        assert_eq!(db.rows(HEROES), ["1|NULL", "2|1", "3|2"]);
        let mut unloaded = session.get(Team, 2).await?.expect("a stored team");
        unloaded.heroes.set([Id::from(2)]);
        session.add(&mut unloaded);
        session.commit().await?;
        assert_eq!(db.rows(HEROES), ["1|NULL", "2|2", "3|NULL"]);
        Ok(())
    }

    #[case]
    async fn child_moved_to_another_parent_is_not_set_free() -> relata::Result<()> {
        for removed_first in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let all = select(Team).with(Team.heroes).order_by(Team.id);
            let mut teams = session.exec(all).all().await?;
            let moved = teams[0].heroes.get()?[0].clone();
            teams[0].heroes.remove(&moved);
            teams[1].heroes.push(&moved);
            if !removed_first {
                teams.reverse();
            }
            session.add_all(&mut teams);
            session.commit().await?;
            assert_eq!(db.rows(HEROES), ["1|2", "2|1", "3|2"], "removed first: {removed_first}");
        }
        Ok(())
    }

    #[case]
    async fn child_given_to_a_parent_that_is_then_deleted_stays_where_it_was() -> relata::Result<()>
    {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut team = session.get(Team, 2).await?.expect("a stored team");
        team.heroes.push(Id::from(1));
        session.add(&mut team);
        session.delete(&team);
        session.commit().await?;
        assert_eq!(db.rows(HEROES), ["1|1", "2|1", "3|NULL"]);
        Ok(())
    }

    #[case]
    async fn child_deleted_together_with_its_parent() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let team = session.get(Team, 2).await?.expect("a stored team");
        let hero = session.get(Hero, 3).await?.expect("a stored hero");
        session.delete(&team);
        session.delete(&hero);
        session.commit().await?;
        assert_eq!(db.rows(HEROES), ["1|1", "2|1"]);
        assert_eq!(db.rows("SELECT id FROM team"), ["1"]);
        Ok(())
    }
}

/// Children that go with their parent, on three levels.
mod owned {
    use relata::prelude::*;
    use relata_suite::{Db, Log, engine, for_rows};

    #[model(table)]
    struct Root {
        #[field(primary_key)]
        id: Id<Root>,
        name: String,
        #[relationship(back_populates = root, cascade_delete, order_by = id)]
        branches: Many<Branch>,
    }

    #[model(table)]
    struct Branch {
        #[field(primary_key)]
        id: Id<Branch>,
        name: String,
        #[field(foreign_key = Root.id)]
        root_id: Option<Id<Root>>,
        #[relationship(back_populates = branches)]
        root: One<Option<Root>>,
        #[relationship(back_populates = branch, cascade_delete, order_by = id)]
        leaves: Many<Leaf>,
    }

    #[model(table)]
    struct Leaf {
        #[field(primary_key)]
        id: Id<Leaf>,
        name: String,
        #[field(foreign_key = Branch.id)]
        branch_id: Id<Branch>,
        #[relationship(back_populates = leaves)]
        branch: One<Branch>,
    }

    async fn stored() -> Db {
        let db = engine(Metadata::of((Root, Branch, Leaf))).await;
        db.execute("INSERT INTO root VALUES (1, 'oak'), (2, 'elm')");
        db.execute("INSERT INTO branch VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 2)");
        db.execute("INSERT INTO leaf VALUES (1, 'x', 1), (2, 'y', 1), (3, 'z', 2), (4, 'w', 3)");
        db
    }

    fn left(db: &Db) -> [Vec<String>; 3] {
        ["root", "branch", "leaf"]
            .map(|table| db.rows(&format!("SELECT id FROM {table} ORDER BY 1")))
    }

    #[case]
    async fn deletion_cascades_two_levels() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let root = session.get(Root, 1).await?.expect("a stored root");
        let log = Log::start();
        session.delete(&root);
        session.commit().await?;
        let expected: [&[&str]; 3] = [&["2"], &["3"], &["4"]];
        assert_eq!(left(&db), expected);
        assert_eq!(
            log.outline(),
            [
                "SELECT branch",
                "SELECT leaf",
                &for_rows("DELETE leaf", 3),
                &for_rows("DELETE branch", 2),
                "DELETE root"
            ]
        );
        Ok(())
    }

    #[case]
    async fn removal_of_an_owned_child_cascades() -> relata::Result<()> {
        for loaded in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let mut root = session.get(Root, 1).await?.expect("a stored root");
            if loaded {
                session.load(&mut root, Root.branches).await?;
            }
            root.branches.remove(Id::from(1));
            session.add(&mut root);
            session.commit().await?;
            let expected: [&[&str]; 3] = [&["1", "2"], &["2", "3"], &["3", "4"]];
            assert_eq!(left(&db), expected, "loaded: {loaded}");
        }
        Ok(())
    }

    #[case]
    async fn owned_child_moved_to_another_owner_stays() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut roots =
            session.exec(select(Root).with(Root.branches).order_by(Root.id)).all().await?;
        let moved = roots[0].branches.get()?[0].clone();
        roots[0].branches.remove(&moved);
        roots[1].branches.push(&moved);
        session.add_all(&mut roots);
        session.commit().await?;
        assert_eq!(db.rows("SELECT id, root_id FROM branch ORDER BY id"), ["1|2", "2|1", "3|2"]);
        assert_eq!(db.count("leaf"), 4);
        Ok(())
    }

    #[case]
    async fn owned_child_moved_away_survives_its_old_owner() -> relata::Result<()> {
        for by_key in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let old = session.get(Root, 1).await?.expect("a stored root");
            let mut new = session.get(Root, 2).await?.expect("a stored root");
            let mut moved = session.get(Branch, 1).await?.expect("a stored branch");
            if by_key {
                moved.root_id = Some(new.id.clone());
                session.add(&mut moved);
            } else {
                new.branches.push(&moved);
                session.add(&mut new);
            }
            session.delete(&old);
            session.commit().await?;
            let expected: [&[&str]; 3] = [&["2"], &["1", "3"], &["1", "2", "4"]];
            assert_eq!(left(&db), expected, "by key: {by_key}");
        }
        Ok(())
    }

    #[case]
    async fn a_list_lets_go_of_its_own_children_only() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut oak = session.get(Root, 1).await?.expect("a stored root");
        oak.branches.remove(Id::<Branch>::from(3)); // the elm's
        oak.branches.remove(Id::<Branch>::from(2));
        session.add(&mut oak);
        session.commit().await?;
        assert_eq!(db.rows("SELECT name FROM branch ORDER BY id"), ["a", "c"]);
        assert_eq!(db.rows("SELECT name FROM leaf ORDER BY id"), ["x", "y", "w"]);
        Ok(())
    }

    #[case]
    async fn a_child_removed_and_given_to_another_by_its_own_relation_stays() -> relata::Result<()>
    {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut oak = session.get(Root, 1).await?.expect("a stored root");
        let elm = session.get(Root, 2).await?.expect("a stored root");
        let mut branch = session.get(Branch, 1).await?.expect("a stored branch");
        oak.branches.remove(&branch);
        branch.root.set(&elm);
        session.add(&mut oak);
        session.add(&mut branch);
        session.commit().await?;
        assert_eq!(db.rows("SELECT root_id FROM branch ORDER BY id"), ["2", "1", "2"]);
        Ok(())
    }

    #[case]
    async fn a_child_may_be_removed_and_deleted_at_once() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut branch = session.get(Branch, 3).await?.expect("a stored branch");
        let leaf = session.get(Leaf, 4).await?.expect("a stored leaf");
        branch.leaves.remove(&leaf);
        session.add(&mut branch);
        session.delete(&leaf);
        session.commit().await?;
        assert_eq!(db.rows("SELECT name FROM leaf ORDER BY id"), ["x", "y", "z"]);
        Ok(())
    }

    #[case]
    async fn an_owner_taken_back_claims_no_children() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let branch = session.get(Branch, 3).await?.expect("a stored branch");
        let mut ash = session.add(Root::new("ash").with_branches([&branch]));
        session.delete(&mut ash);
        session.commit().await?;
        assert_eq!(db.rows("SELECT root_id FROM branch ORDER BY id"), ["1", "1", "2"]);
        assert_eq!(db.count("root"), 2);
        Ok(())
    }

    #[case]
    async fn an_owner_taken_back_and_added_again_claims_its_children() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let branch = session.get(Branch, 3).await?.expect("a stored branch");
        let mut ash = session.add(Root::new("ash").with_branches([&branch]));
        session.delete(&mut ash);
        session.add(&mut ash);
        session.commit().await?;
        assert_eq!(db.rows("SELECT root_id FROM branch ORDER BY id"), ["1", "1", "3"]);
        assert_eq!(db.rows("SELECT id, name FROM root WHERE id > 2"), ["3|ash"]);
        Ok(())
    }

    #[case]
    async fn pending_child_removed_from_its_owner_is_not_inserted() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut root = session.get(Root, 1).await?.expect("a stored root");
        let branch = session.add(Branch::new("new"));
        root.branches.push(&branch);
        session.add(&mut root);
        root.branches.remove(&branch);
        session.add(&mut root);
        session.commit().await?;
        assert_eq!(db.rows("SELECT name FROM branch ORDER BY id"), ["a", "b", "c"]);
        assert_eq!(branch.id.get(), None);
        Ok(())
    }

    #[case]
    async fn pending_child_of_a_new_owner_removed_is_not_inserted() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut root = Root::new("ash").with_branches([Branch::new("kept"), Branch::new("taken")]);
        let taken = root.branches.get()?[1].clone();
        root.branches.remove(&taken);
        let root = session.add(root);
        session.commit().await?;
        assert_eq!(root.branches.get()?.len(), 1);
        assert_eq!(db.rows("SELECT name, root_id FROM branch WHERE id > 3"), ["kept|3"]);
        Ok(())
    }

    #[case]
    async fn clearing_the_list_of_owned_children_deletes_them() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut root = session.get(Root, 1).await?.expect("a stored root");
        root.branches.clear();
        session.add(&mut root);
        session.commit().await?;
        let expected: [&[&str]; 3] = [&["1", "2"], &["3"], &["4"]];
        assert_eq!(left(&db), expected);
        Ok(())
    }
}

/// Children that the database takes care of.
mod by_database {
    use relata::prelude::*;
    use relata_suite::{Log, engine};

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        name: String,
        #[relationship(back_populates = team, passive_deletes)]
        heroes: Many<Hero>,
        #[relationship(back_populates = team)]
        notes: Many<Note>,
    }

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[field(foreign_key = Team.id, ondelete = cascade)]
        team_id: Id<Team>,
        #[relationship(back_populates = heroes)]
        team: One<Team>,
    }

    #[model(table)]
    struct Note {
        #[field(primary_key)]
        id: Id<Note>,
        text: String,
        #[field(foreign_key = Team.id, ondelete = set_null)]
        team_id: Option<Id<Team>>,
        #[relationship(back_populates = notes)]
        team: One<Option<Team>>,
    }

    #[model(table)]
    struct Guard {
        #[field(primary_key)]
        id: Id<Guard>,
        #[field(foreign_key = Team.id, ondelete = restrict)]
        team_id: Id<Team>,
    }

    #[case]
    async fn rules_of_the_database_are_left_to_it() -> relata::Result<()> {
        let db = engine(Metadata::of((Team, Hero, Note, Guard))).await;
        db.execute("INSERT INTO team VALUES (1, 'Preventers'), (2, 'Z-Force')");
        db.execute("INSERT INTO hero VALUES (1, 'A', 1), (2, 'B', 2)");
        db.execute("INSERT INTO note VALUES (1, 'n', 1), (2, 'm', 2)");
        db.execute("INSERT INTO guard VALUES (1, 2)");
        let mut session = Session::new(&db.engine);
        let team = session.get(Team, 1).await?.expect("a stored team");
        let log = Log::start();
        session.delete(&team);
        session.commit().await?;
        assert_eq!(log.sql(), ["DELETE FROM team WHERE team.id = ?"]);
        assert_eq!(db.rows("SELECT id, team_id FROM hero"), ["2|2"]);
        assert_eq!(db.rows("SELECT id, team_id FROM note ORDER BY id"), ["1|NULL", "2|2"]);

        let guarded = session.get(Team, 2).await?.expect("a stored team");
        session.delete(&guarded);
        let error = session.commit().await.unwrap_err();
        assert!(error.is_foreign_key_violation(), "{error}");
        assert_eq!(error.table(), Some("team"));
        assert_eq!(db.rows("SELECT id, team_id FROM hero"), ["2|2"]);
        assert_eq!(db.count("team"), 1);
        Ok(())
    }
}

/// Children whose key to their parent is in their own primary key.
mod part_of_key {
    use relata::prelude::*;
    use relata_suite::engine;

    #[model(table)]
    struct Order {
        #[field(primary_key)]
        id: Id<Order>,
        name: String,
        #[relationship(back_populates = order)]
        lines: Many<Line>,
    }

    #[model(table)]
    struct Line {
        #[field(primary_key, foreign_key = Order.id)]
        order_id: Id<Order>,
        #[field(primary_key)]
        number: i32,
        #[relationship(back_populates = lines)]
        order: One<Order>,
    }

    #[case]
    async fn child_that_is_part_of_its_parent_goes_with_it() -> relata::Result<()> {
        let db = engine(Metadata::of((Order, Line))).await;
        let mut session = Session::new(&db.engine);
        let order = session.add(Order::new("first"));
        let other = session.add(Order::new("second"));
        for number in 1..=2 {
            session.add(Line::new(&order, number));
            session.add(Line::new(&other, number));
        }
        session.commit().await?;
        let rows = "SELECT order_id, number FROM line ORDER BY 1, 2";
        assert_eq!(db.rows(rows), ["1|1", "1|2", "2|1", "2|2"]);
        session.delete(&order);
        session.commit().await?;
        assert_eq!(db.rows(rows), ["2|1", "2|2"]);
        assert_eq!(db.rows("SELECT id FROM \"order\""), ["2"]);
        Ok(())
    }
}

/// A link to which something else refers.
mod referred_to {
    use relata::prelude::*;
    use relata_suite::{Log, engine};

    #[model(table)]
    struct Seat {
        #[field(primary_key)]
        id: Id<Seat>,
        #[field(foreign_key = Team.id)]
        team_id: Id<Team>,
        #[field(foreign_key = Hero.id)]
        hero_id: Id<Hero>,
        #[relationship(back_populates = seat, cascade_delete)]
        notes: Many<Note>,
    }

    #[model(table)]
    struct Note {
        #[field(primary_key)]
        id: Id<Note>,
        text: String,
        #[field(foreign_key = Seat.id)]
        seat_id: Id<Seat>,
        #[relationship(back_populates = notes)]
        seat: One<Seat>,
    }

    #[model(table)]
    struct Team {
        #[field(primary_key)]
        id: Id<Team>,
        name: String,
        #[relationship(back_populates = teams, link_model = Seat)]
        heroes: Many<Hero>,
    }

    #[model(table)]
    struct Hero {
        #[field(primary_key)]
        id: Id<Hero>,
        name: String,
        #[relationship(back_populates = heroes, link_model = Seat)]
        teams: Many<Team>,
        #[relationship(cascade_delete)]
        seats: Many<Seat>,
    }

    #[case]
    async fn goes_with_what_refers_to_it() -> relata::Result<()> {
        let db = engine(Metadata::of((Hero, Team, Seat, Note))).await;
        db.execute("INSERT INTO hero VALUES (1, 'Deadpond'), (2, 'Rusty-Man')");
        db.execute("INSERT INTO team VALUES (1, 'Preventers'), (2, 'Z-Force')");
        db.execute(
            "INSERT INTO seat (id, hero_id, team_id) VALUES (1, 1, 1), (2, 1, 2), (3, 2, 1)",
        );
        db.execute("INSERT INTO note (id, text, seat_id) VALUES (1, 'a', 1), (2, 'b', 3)");
        let mut session = Session::new(&db.engine);
        let hero = session.get(Hero, 1).await?.expect("a stored hero");
        let log = Log::start();
        session.delete(&hero);
        session.commit().await?;
        assert_eq!(db.rows("SELECT id FROM seat"), ["3"]);
        assert_eq!(db.rows("SELECT id FROM note"), ["2"]);
        let outline = log.outline();
        let last = ["DELETE seat", "DELETE hero"].map(String::from);
        assert!(outline.ends_with(&last), "{outline:?}");
        Ok(())
    }
}
