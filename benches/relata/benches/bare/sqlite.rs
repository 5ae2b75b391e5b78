//! `rusqlite`: statements of one row, prepared once and run in one transaction.

use crate::{Comment, Hero, Loaded, Post, Team, User, associated, grow_older, json};
use bench_kit::{
    Backend, Peer,
    data::{self, TEAMS},
};
use bench_shared::{WithTeams, count, new_links, relink, with_teams};
use rusqlite::{Connection, Row, config::DbConfig, params};

pub struct Rusqlite(Connection);

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, name: row.get(1)?, hair_color: row.get(2)? })
}

impl Rusqlite {
    fn all<T>(&self, sql: &str, row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let mut statement = self.0.prepare_cached(sql).unwrap();
        statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn heroes(&self) -> WithTeams<Hero, Team> {
        let heroes = self.all("SELECT id, name, age FROM hero ORDER BY id", |row| {
            Ok(Hero { id: row.get(0)?, name: row.get(1)?, age: row.get(2)? })
        });
        let teams = self
            .all("SELECT hero_id, id, name FROM heroteamlink JOIN team ON id = team_id", |row| {
                Ok((row.get(0)?, Team { id: row.get(1)?, name: row.get(2)? }))
            });
        with_teams(heroes, teams)
    }

    fn pairs(&self, sql: &str, pairs: impl IntoIterator<Item = (i64, i64)>) {
        let mut statement = self.0.prepare_cached(sql).unwrap();
        for (team, hero) in pairs {
            statement.execute(params![team, hero]).unwrap();
        }
    }
}

impl Peer for Rusqlite {
    const NAME: &'static str = "rusqlite";
    const ASYNC: bool = false;
    const BACKENDS: &'static [Backend] = &[Backend::Sqlite];

    async fn connect(_: Backend, _: &str) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        // else it plans again at each run of `WHERE hair_color = ?`
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
        Rusqlite(connection)
    }

    async fn execute(&mut self, sql: &str) {
        self.0.execute_batch(sql).unwrap();
    }

    async fn trivial(&mut self) -> usize {
        self.all("SELECT id, name, hair_color FROM users", user).len()
    }

    async fn medium(&mut self) -> usize {
        let sql = "SELECT users.id, name, hair_color, posts.id, user_id, title, body FROM users \
                   LEFT JOIN posts ON user_id = users.id WHERE hair_color = ? ORDER BY name DESC";
        let mut statement = self.0.prepare_cached(sql).unwrap();
        let rows = statement.query_map(["black"], |row| {
            let post = match row.get::<_, Option<i64>>(3)? {
                None => None,
                Some(id) => {
                    Some(Post { id, user_id: row.get(4)?, title: row.get(5)?, body: row.get(6)? })
                }
            };
            Ok((user(row)?, post))
        });
        let rows: Vec<(User, Option<Post>)> = rows.unwrap().collect::<Result<_, _>>().unwrap();
        rows.len() + rows.iter().filter(|(_, post)| post.is_some()).count()
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let transaction = self.0.unchecked_transaction().unwrap();
        let sql = "INSERT INTO users (name, hair_color) VALUES (?, ?)";
        let mut statement = self.0.prepare_cached(sql).unwrap();
        for user in users {
            statement.execute(params![user.name, user.hair_color]).unwrap();
        }
        transaction.commit().unwrap();
        users.len()
    }

    async fn associations(&mut self) -> usize {
        let users = self.all("SELECT id, name, hair_color FROM users", user);
        let posts =
            "SELECT id, user_id, title, body FROM posts WHERE user_id IN (SELECT id FROM users)";
        let posts = self.all(posts, |row| {
            Ok(Post {
                id: row.get(0)?,
                user_id: row.get(1)?,
                title: row.get(2)?,
                body: row.get(3)?,
            })
        });
        let comments =
            "SELECT id, post_id, text FROM comments WHERE post_id IN (SELECT id FROM posts)";
        let comments = self.all(comments, |row| {
            Ok(Comment { id: row.get(0)?, post_id: row.get(1)?, text: row.get(2)? })
        });
        associated(users, posts, comments)
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let transaction = self.0.unchecked_transaction().unwrap();
        let mut team = self.0.prepare_cached("INSERT INTO team (name) VALUES (?)").unwrap();
        let teams: Vec<i64> = (0..TEAMS).map(|at| team.insert([data::team(at)]).unwrap()).collect();
        let mut hero = self.0.prepare_cached("INSERT INTO hero (name, age) VALUES (?, ?)").unwrap();
        let heroes: Vec<i64> = (0..heroes).map(|at| hero.insert(data::hero(at)).unwrap()).collect();
        let links = new_links(&heroes, &teams);
        self.pairs("INSERT INTO heroteamlink (team_id, hero_id) VALUES (?, ?)", links);
        transaction.commit().unwrap();
        heroes.len() + teams.len() + heroes.len() * 5
    }

    async fn eager(&mut self) -> usize {
        count(&self.heroes())
    }

    type Heroes = Loaded;

    async fn load(&mut self) -> Loaded {
        let teams = "SELECT id, name FROM team ORDER BY id";
        let teams = self.all(teams, |row| Ok(Team { id: row.get(0)?, name: row.get(1)? }));
        (self.heroes(), teams)
    }

    async fn relink(&mut self, (heroes, teams): &mut Loaded, turn: bool) -> usize {
        let transaction = self.0.unchecked_transaction().unwrap();
        let (gone, new) = relink(heroes, teams, turn);
        let made = new.len();
        self.pairs("DELETE FROM heroteamlink WHERE team_id = ? AND hero_id = ?", gone);
        self.pairs("INSERT INTO heroteamlink (team_id, hero_id) VALUES (?, ?)", new);
        transaction.commit().unwrap();
        made
    }

    async fn get(&mut self, id: i64) -> usize {
        let sql = "SELECT id, name, age FROM hero WHERE id = ?";
        let mut statement = self.0.prepare_cached(sql).unwrap();
        let hero = statement.query_row([id], |row| {
            Ok(Hero { id: row.get(0)?, name: row.get(1)?, age: row.get(2)? })
        });
        usize::from(hero.is_ok())
    }

    async fn update(&mut self, (heroes, _): &mut Loaded) -> usize {
        let transaction = self.0.unchecked_transaction().unwrap();
        let mut statement = self.0.prepare_cached("UPDATE hero SET age = ? WHERE id = ?").unwrap();
        for (key, age) in grow_older(heroes) {
            statement.execute(params![age, key]).unwrap();
        }
        transaction.commit().unwrap();
        heroes.len()
    }

    async fn json(&mut self) -> usize {
        json(&self.heroes())
    }
}
