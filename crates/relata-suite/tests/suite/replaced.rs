//! Rows that go and come in one flush: links and children that make room for new ones with their key, rows that
//! are deleted and named by others, and values that a rollback made say their changes again.

use relata::{Error, ErrorKind, prelude::*};
use relata_suite::{Db, Log, engine};

/// A link with data, which is also a list of its own.
#[model(table)]
struct Post {
    #[field(primary_key, foreign_key = Team.id)]
    team_id: Id<Team>,
    #[field(primary_key, foreign_key = Guest.id)]
    guest_id: Id<Guest>,
    #[field(default = 0)]
    pay: i64,
    #[relationship(back_populates = posts)]
    team: One<Team>,
    #[relationship(back_populates = posts)]
    guest: One<Guest>,
}

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
    #[relationship(back_populates = teams, link_model = Post, order_by = id)]
    guests: Many<Guest>,
    #[relationship(back_populates = team)]
    posts: Many<Post>,
    #[relationship(back_populates = team, cascade_delete)]
    badges: Many<Badge>,
}

#[model(table)]
struct Guest {
    #[field(primary_key)]
    id: Id<Guest>,
    name: String,
    #[field(foreign_key = Team.id)]
    host_id: Option<Id<Team>>,
    #[relationship(foreign_key = host_id)]
    host: One<Option<Team>>,
    #[relationship(back_populates = guests, link_model = Post)]
    teams: Many<Team>,
    #[relationship(back_populates = guest)]
    posts: Many<Post>,
}

/// Its key is given by the program, and it goes with its team.
#[model(table)]
struct Badge {
    #[field(primary_key)]
    code: String,
    worth: i64,
    #[field(foreign_key = Team.id)]
    team_id: Option<Id<Team>>,
    #[relationship(back_populates = badges)]
    team: One<Option<Team>>,
}

const POSTS: &str = "SELECT team_id, guest_id, pay FROM post ORDER BY 1, 2";
const BADGES: &str = "SELECT code, worth, team_id FROM badge ORDER BY code";

/// Team 1 has guest 1 with a pay of 1, and a gold badge; guest 2 is nowhere.
async fn stored() -> Db {
    let db = engine(Metadata::of((Team, Guest, Post, Badge))).await;
    db.execute("INSERT INTO team (id, name) VALUES (1, 'A')");
    db.execute("INSERT INTO guest (id, name) VALUES (1, 'x'), (2, 'y')");
    db.execute("INSERT INTO post (team_id, guest_id, pay) VALUES (1, 1, 1)");
    db.execute("INSERT INTO badge (code, worth, team_id) VALUES ('gold', 1, 1)");
    db
}

async fn team(session: &mut Session) -> Tracked<Team> {
    session.get(Team, 1).await.unwrap().unwrap()
}

async fn guest(session: &mut Session, key: i64) -> Tracked<Guest> {
    session.get(Guest, key).await.unwrap().unwrap()
}

fn refused(error: &Error, kind: ErrorKind, message: &str) {
    assert_eq!((error.kind(), &*error.to_string()), (kind, message));
}

#[case]
async fn a_link_with_data_makes_room_for_another() {
    for (loaded, how) in [(true, 0), (true, 1), (true, 2), (false, 0), (false, 1), (false, 2)] {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let (mut team, x) = (team(&mut session).await, guest(&mut session, 1).await);
        let old = session.exec(select(Post)).one().await.unwrap();
        if loaded {
            session.load(&mut team, Team.posts).await.unwrap();
        }
        let new = Post::new(&team, &x).with_pay(2);
        match how {
            0 => {
                team.posts.remove(&old);
                team.posts.push(new);
            }
            1 => team.posts.set([new]),
            _ => {
                team.posts.clear();
                team.posts.push(new);
            }
        }
        session.add(&mut team);
        session.commit().await.unwrap();
        assert_eq!(db.rows(POSTS), ["1|1|2"], "loaded: {loaded}, {how}");
        // and nothing is left to be written
        session.add(&mut team);
        assert!(session.is_clean());
    }
}

#[case]
async fn a_child_with_a_given_key_makes_room_for_another() {
    for (loaded, how) in [(true, 0), (true, 1), (false, 0), (false, 1)] {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut team = team(&mut session).await;
        let old = session.exec(select(Badge)).one().await.unwrap();
        if loaded {
            session.load(&mut team, Team.badges).await.unwrap();
        }
        let new = Badge::new("gold", 2);
        if how == 0 {
            team.badges.remove(&old);
            team.badges.push(new);
        } else {
            team.badges.set([new]);
        }
        session.add(&mut team);
        session.commit().await.unwrap();
        assert_eq!(db.rows(BADGES), ["gold|2|1"], "loaded: {loaded}, {how}");
    }
}

#[case]
async fn a_new_row_beside_one_with_its_key_is_a_violation() {
    for loaded in [true, false] {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let (mut team, x) = (team(&mut session).await, guest(&mut session, 1).await);
        if loaded {
            session.load(&mut team, Team.posts).await.unwrap();
        }
        let new = Post::new(&team, &x).with_pay(2);
        team.posts.push(new);
        session.add(&mut team);
        assert!(session.commit().await.unwrap_err().is_unique_violation());
        assert_eq!(db.rows(POSTS), ["1|1|1"]);
    }
}

#[case]
async fn both_views_of_a_link_that_contradict_each_other_are_refused() {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let (mut team, x) = (team(&mut session).await, guest(&mut session, 1).await);
    let link = session.exec(select(Post)).one().await.unwrap();
    team.posts.remove(&link);
    team.guests.push(&x);
    session.add(&mut team);
    refused(
        &session.commit().await.unwrap_err(),
        ErrorKind::Conflict,
        "a row of `Post` is added and removed in one flush, by the two views of it; do one of the two, or flush between them",
    );
}

#[case]
async fn what_a_rollback_left_to_be_said_is_said_after_a_load() {
    for load in 0..3 {
        for flushes in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let (mut team, y) = (team(&mut session).await, guest(&mut session, 2).await);
            let mut host = guest(&mut session, 1).await;
            team.name = "B".into();
            team.guests.push(&y);
            host.host.set(&team);
            session.add(&mut team);
            session.add(&mut host);
            if flushes {
                session.flush().await.unwrap();
            }
            session.rollback().await.unwrap();
            match load {
                0 => session.load(&mut team, Team.guests).await.unwrap(),
                1 => session.load(&mut team, Team.badges).await.unwrap(),
                _ => session.load(&mut team, Team.guests.limit(1)).await.unwrap(),
            }
            session.load(&mut host, Guest.host).await.unwrap();
            session.add(&mut team);
            session.add(&mut host);
            session.commit().await.unwrap();
            assert_eq!(db.rows("SELECT name FROM team"), ["B"], "{load}, flushed: {flushes}");
            assert_eq!(db.rows(POSTS), ["1|1|1", "1|2|0"], "{load}, flushed: {flushes}");
            assert_eq!(db.rows("SELECT id, host_id FROM guest ORDER BY id"), ["1|1", "2|NULL"]);
        }
    }
}

#[case]
async fn what_was_asked_once_more_is_asked_again_after_a_rollback() {
    for (flushes, removes) in [(false, false), (true, false), (false, true)] {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let (mut team, x) = (team(&mut session).await, guest(&mut session, 1).await);
        session.load(&mut team, Team.guests).await.unwrap();
        session.commit().await.unwrap();
        db.execute("DELETE FROM post"); // by somebody else
        if removes {
            team.guests.remove(&x);
        }
        team.guests.push(&x);
        session.add(&mut team);
        if flushes {
            session.flush().await.unwrap();
        }
        if !removes {
            session.rollback().await.unwrap();
            session.add(&mut team);
        }
        session.commit().await.unwrap();
        assert_eq!(db.rows(POSTS), ["1|1|0"], "flushed: {flushes}, removed: {removes}");
        // It was done, and is not asked once more.
        db.execute("DELETE FROM post");
        session.load(&mut team, Team.guests).await.unwrap();
        assert!(team.guests.get().unwrap().is_empty());
    }
}

#[case]
async fn a_row_that_is_deleted_is_not_named_in_the_same_flush() {
    let deleted = |what: &str| {
        format!("{what} a `Guest` that was deleted; leave it out, or do not delete it")
    };
    for way in 0..4 {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let (mut team, y) = (team(&mut session).await, guest(&mut session, 2).await);
        session.delete(&y);
        let message = match way {
            0 => {
                team.guests.push(&y);
                session.add(&mut team);
                deleted("`Team.guests` is given")
            }
            1 => {
                team.guests.set([&y]);
                session.add(&mut team);
                deleted("`Team.guests` is given")
            }
            2 => {
                session.add(Post::new(&team, &y));
                deleted("`Post.guest_id` names")
            }
            _ => {
                let post = Post::new(&team, &y);
                team.posts.push(post);
                session.add(&mut team);
                deleted("`Post.guest_id` names")
            }
        };
        let error = session.commit().await.unwrap_err();
        refused(&error, ErrorKind::Deleted, &message);
        assert_eq!(db.rows(POSTS), ["1|1|1"]);
    }
}

#[case]
async fn a_deleted_row_goes_from_where_it_was_put_before() {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let (mut team, y) = (team(&mut session).await, guest(&mut session, 2).await);
    team.guests.push(&y);
    session.add(&mut team);
    session.delete(&y);
    session.commit().await.unwrap();
    assert_eq!(db.rows(POSTS), ["1|1|1"]);
    assert_eq!(db.rows("SELECT id FROM guest"), ["1"]);
}

#[case]
async fn a_new_row_with_the_key_of_a_deleted_one_may_be_named() {
    for (way, expected) in [(0, "gold|2|1"), (1, "gold|3|1"), (2, "gold|4|1")] {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut team = team(&mut session).await;
        let old = session.exec(select(Badge)).one().await.unwrap();
        match way {
            0 => {
                session.delete(&old);
                team.badges.push(Badge::new("gold", 2));
                session.add(&mut team);
            }
            1 => {
                team.badges.push(Badge::new("gold", 3));
                session.delete(&old);
                session.add(&mut team);
            }
            _ => {
                // removed by one value, and pushed onto another
                let mut copy = team.clone();
                session.load(&mut team, Team.badges).await.unwrap();
                copy.badges.push(Badge::new("gold", 4));
                team.badges.remove(&old);
                session.add(&mut copy);
                session.add(&mut team);
            }
        }
        session.commit().await.unwrap();
        assert_eq!(db.rows(BADGES), [expected], "{way}");
    }
}

#[case]
async fn what_is_done_in_a_transaction_is_not_asked_again_in_it() {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    let (mut team, x) = (team(&mut session).await, guest(&mut session, 1).await);
    let mut y = guest(&mut session, 2).await;
    session.load(&mut team, Team.guests).await.unwrap();
    team.guests.push(&y);
    session.add(&mut team);
    session.flush().await.unwrap();
    y.teams.remove(&team);
    session.add(&mut y);
    session.flush().await.unwrap();
    team.guests.push(&x);
    session.add(&mut team);
    session.commit().await.unwrap();
    assert_eq!(db.rows(POSTS), ["1|1|1"]);
}

#[case]
async fn a_row_that_is_pointed_at_the_new_one_keeps_its_key() {
    let db = stored().await;
    let mut session = Session::new(&db.engine);
    db.execute("UPDATE guest SET host_id = 1 WHERE id = 2");
    let mut y = guest(&mut session, 2).await;
    let old = team(&mut session).await;
    session.delete(&old);
    let new = session.add(Team::new("new").with_id(1));
    y.host.set(&new);
    session.add(&mut y);
    session.commit().await.unwrap();
    assert_eq!(db.rows("SELECT name FROM team"), ["new"]);
    assert_eq!(db.rows("SELECT host_id FROM guest WHERE id = 2"), ["1"]);
}

/// Rows under rows, each gone with the one above, with keys of the program.
mod nested {
    use relata::prelude::*;
    use relata_suite::{Db, engine};

    #[model(table)]
    struct Shelf {
        #[field(primary_key)]
        id: Id<Shelf>,
        #[relationship(back_populates = shelf, cascade_delete)]
        bins: Many<Bin>,
    }

    #[model(table)]
    struct Bin {
        #[field(primary_key)]
        id: Id<Bin>,
        name: String,
        #[field(foreign_key = Shelf.id)]
        shelf_id: Id<Shelf>,
        #[relationship(back_populates = bins)]
        shelf: One<Shelf>,
        #[relationship(back_populates = bin, cascade_delete)]
        parts: Many<Part>,
    }

    #[model(table)]
    struct Part {
        #[field(primary_key)]
        id: Id<Part>,
        name: String,
        #[field(foreign_key = Bin.id)]
        bin_id: Id<Bin>,
        #[relationship(back_populates = parts)]
        bin: One<Bin>,
    }

    const PARTS: &str = "SELECT id, name, bin_id FROM part ORDER BY id";

    /// A shelf with a bin that has two parts, all of them numbered from 1.
    async fn stored() -> Db {
        let db = engine(Metadata::of((Shelf, Bin, Part))).await;
        db.execute("INSERT INTO shelf (id) VALUES (1)");
        db.execute("INSERT INTO bin (id, name, shelf_id) VALUES (1, 'old', 1)");
        db.execute("INSERT INTO part (id, name, bin_id) VALUES (1, 'a', 1), (2, 'b', 1)");
        db
    }

    #[case]
    async fn a_child_that_the_new_row_has_too_stays() -> relata::Result<()> {
        for deletes in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let mut shelf = session.get(Shelf, 1).await?.unwrap();
            let kept = session.get(Part, 1).await?.unwrap();
            let new = Bin::new("new", &shelf).with_id(1).with_parts([&kept]);
            if deletes {
                let old = session.get(Bin, 1).await?.unwrap();
                session.delete(&old);
                session.add(new);
            } else {
                shelf.bins.set([new]);
                session.add(&mut shelf);
            }
            session.commit().await?;
            assert_eq!(db.rows("SELECT id, name FROM bin"), ["1|new"]);
            assert_eq!(db.rows(PARTS), ["1|a|1"], "deletes: {deletes}");
        }
        Ok(())
    }

    #[case]
    async fn a_child_that_is_pointed_at_the_new_row_stays() -> relata::Result<()> {
        let db = stored().await;
        let mut session = Session::new(&db.engine);
        let mut kept = session.get(Part, 1).await?.unwrap();
        let old = session.get(Bin, 1).await?.unwrap();
        session.delete(&old);
        let new = session.add(Bin::new("new", Id::from(1)).with_id(1));
        kept.bin.set(&new);
        session.add(&mut kept);
        session.commit().await?;
        assert_eq!(db.rows(PARTS), ["1|a|1"]);
        Ok(())
    }

    #[case]
    async fn new_rows_of_two_levels_take_the_places_of_those_with_their_keys() -> relata::Result<()>
    {
        for loaded in [false, true] {
            let db = stored().await;
            let mut session = Session::new(&db.engine);
            let mut shelf = session.get(Shelf, 1).await?.unwrap();
            if loaded {
                session.load(&mut shelf, Shelf.bins.with(Bin.parts)).await?;
            }
            let bin = Bin::new("new", &shelf).with_id(1);
            let id = bin.id.clone();
            shelf.bins.set([bin.with_parts([Part::new("c", &id).with_id(2), Part::new("d", &id)])]);
            session.add(&mut shelf);
            session.commit().await?;
            assert_eq!(db.rows("SELECT id, name FROM bin"), ["1|new"]);
            assert_eq!(
                db.rows("SELECT name, bin_id FROM part ORDER BY name"),
                ["c|1", "d|1"],
                "loaded: {loaded}"
            );
            assert_eq!(db.rows("SELECT id FROM part WHERE name = 'c'"), ["2"]);
        }
        Ok(())
    }
}

/// Columns that the database fills where a new row says nothing of them.
mod defaults {
    use relata::prelude::*;
    use relata_suite::{Log, engine};

    #[model(table)]
    struct Album {
        #[field(primary_key)]
        id: Id<Album>,
        #[relationship(back_populates = album, cascade_delete)]
        stamps: Many<Stamp>,
    }

    #[model(table)]
    struct Stamp {
        #[field(primary_key)]
        id: Id<Stamp>,
        #[field(server_default = "'plain'")]
        kind: Option<String>,
        #[field(server_default = "1 + 1")]
        worth: Option<i64>,
        #[field(foreign_key = Album.id)]
        album_id: Option<Id<Album>>,
        #[relationship(back_populates = stamps)]
        album: One<Option<Album>>,
    }

    #[case]
    async fn a_new_row_in_the_place_of_another_has_them_too() -> relata::Result<()> {
        let db = engine(Metadata::of((Album, Stamp))).await;
        let mut session = Session::new(&db.engine);
        let rare = |key| Stamp::new().with_id(key).with_kind("rare").with_worth(100);
        let mut album = session.add(Album::new().with_stamps([rare(1), rare(2), rare(3)]));
        session.commit().await?;
        let new = |key| Stamp::new().with_id(key);
        album.stamps.set([new(1), new(2).with_worth(5), rare(3)]);
        session.add(&mut album);
        let log = Log::start();
        session.commit().await?;
        let reset: Vec<_> = log.sql().into_iter().filter(|sql| sql.contains("kind=")).collect();
        assert_eq!(reset.len(), 3, "{reset:?}");
        let stamps = "SELECT id, kind, worth, album_id FROM stamp ORDER BY id";
        assert_eq!(db.rows(stamps), ["1|plain|2|1", "2|plain|5|1", "3|rare|100|1"]);
        Ok(())
    }
}

#[model(table)]
struct User {
    #[field(primary_key)]
    id: Id<User>,
    name: String,
    #[relationship(back_populates = user, cascade_delete)]
    profile: One<Option<Profile>>,
    #[field(foreign_key = Office.id)]
    office_id: Option<Id<Office>>,
    #[relationship(back_populates = users)]
    office: One<Option<Office>>,
}

#[model(table)]
struct Profile {
    #[field(primary_key)]
    id: Id<Profile>,
    text: String,
    #[field(unique, foreign_key = User.id)]
    user_id: Id<User>,
    #[relationship(back_populates = profile)]
    user: One<User>,
}

#[model(table)]
struct Office {
    #[field(primary_key)]
    id: Id<Office>,
    #[field(unique)]
    name: String,
    #[relationship(back_populates = office)]
    users: Many<User>,
}

async fn users() -> relata::Result<(Db, Session)> {
    let db = engine(Metadata::of((Office, User, Profile))).await;
    let mut session = Session::new(&db.engine);
    let mut user = User::new("Ann").with_office(Office::new("north"));
    user.profile.set(Profile::new("first", &user.id));
    session.add(user);
    session.commit().await?;
    Ok((db, session))
}

#[case]
async fn the_one_row_of_a_one_to_one_is_replaced() -> relata::Result<()> {
    for loaded in [true, false] {
        let (db, mut session) = users().await?;
        let mut user = match loaded {
            true => session.exec(select(User).with(User.profile)).one().await?,
            false => session.exec(select(User)).one().await?,
        };
        let profile = Profile::new("second", &user.id);
        user.profile.set(profile);
        let log = Log::start();
        session.add(&mut user);
        session.commit().await?;
        let sent = log.outline();
        let writes: Vec<_> = sent.iter().filter(|sql| !sql.starts_with("SELECT")).collect();
        assert_eq!(writes, ["DELETE profile", "INSERT profile"], "loaded: {loaded}");
        assert_eq!(db.rows("SELECT text, user_id FROM profile"), ["second|1"]);
    }
    Ok(())
}

#[case]
async fn a_new_row_has_the_unique_value_of_a_deleted_one() -> relata::Result<()> {
    let (db, mut session) = users().await?;
    let mut office = session.exec(select(Office).with(Office.users)).one().await?;
    let mut user = office.users.get()?[0].clone();
    session.delete(&mut office);
    session.add(Office::new("north"));
    session.commit().await?;
    assert_eq!(db.rows("SELECT name FROM office"), ["north"]);
    assert_eq!(db.rows("SELECT name, office_id FROM \"user\""), ["Ann|NULL"]);

    // A row that moves to the new one needs that before the old one goes.
    let mut office = session.exec(select(Office)).one().await?;
    session.refresh(&mut user).await?;
    user.office.set(&office);
    session.add(&mut user);
    session.commit().await?;
    session.delete(&mut office);
    user.office.set(Office::new("south"));
    session.add(&mut user);
    session.commit().await?;
    let offices = "SELECT office.name FROM office JOIN \"user\" ON office_id = office.id";
    assert_eq!(db.rows(offices), ["south"]);
    assert_eq!(db.count("office"), 1);
    Ok(())
}
