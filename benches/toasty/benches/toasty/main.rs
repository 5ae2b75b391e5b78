//! Toasty: plain queries of models, put together here, since its `include` takes twice the time and more.

mod models;

use bench_kit::{Backend, Peer, data};
use bench_shared::{
    Keyed, Pairs, Shown, WithTeams, associated, count, json, new_links, relink, sql, with_teams,
};
use models::{Comment, Hero, HeroTeamLink, Post, Team, User};
use std::collections::HashMap;
use toasty::{Connection, Db, Executor, schema::db::Type, sql::statement, stmt::Value};

fn main() {
    bench_kit::run::<Toasty>();
}

struct Toasty {
    connection: Connection,
    backend: Backend,
}

impl Keyed for Team {
    fn key(&self) -> i64 {
        self.id.cast_signed()
    }
}

impl Keyed for Hero {
    fn key(&self) -> i64 {
        self.id.cast_signed()
    }
}

fn show<'a>(hero: &'a Hero, teams: &'a [Team]) -> Shown<'a, Team> {
    Shown { id: hero.key(), name: &hero.name, age: hero.age, teams }
}

async fn link(executor: &mut dyn Executor, links: Pairs) -> usize {
    let links = links.into_iter().fold(HeroTeamLink::create_many(), |links, (team, hero)| {
        let link = HeroTeamLink::create().team_id(team.cast_unsigned());
        links.item(link.hero_id(hero.cast_unsigned()))
    });
    links.exec(executor).await.unwrap().len()
}

/// `(?, ?), (?, ?)` for so many rows.
fn marks(rows: usize) -> String {
    vec!["(?, ?)"; rows].join(", ")
}

/// A column of rows, and its type.
fn column<T: Into<Value>>(values: impl IntoIterator<Item = T>, bytes: u8) -> (Value, Type) {
    let values: Vec<Value> = values.into_iter().map(Into::into).collect();
    (Value::List(values), Type::List(Box::new(Type::Integer(bytes))))
}

impl Toasty {
    /// Heroes with their teams: all heroes, all links and all teams.
    async fn heroes(&mut self) -> WithTeams<Hero, Team> {
        let heroes = Hero::all().order_by(Hero::fields().id().asc());
        let heroes = heroes.exec(&mut self.connection).await.unwrap();
        let links = HeroTeamLink::all().exec(&mut self.connection).await.unwrap();
        let teams = Team::all().exec(&mut self.connection).await.unwrap();
        let teams: HashMap<u64, Team> = teams.into_iter().map(|team| (team.id, team)).collect();
        let links = links.into_iter();
        let links = links.map(|link| (link.hero_id.cast_signed(), teams[&link.team_id].clone()));
        with_teams(heroes, links)
    }
}

impl Peer for Toasty {
    const NAME: &'static str = "toasty";
    const ASYNC: bool = true;

    async fn connect(backend: Backend, url: &str) -> Self {
        let mut builder = Db::builder();
        builder.models(toasty::models!(User, Post, Comment, Team, Hero, HeroTeamLink));
        let db = builder.connect(&url.replace("mysql://", "mariadb://")).await.unwrap();
        Toasty { connection: db.connection().await.unwrap(), backend }
    }

    async fn execute(&mut self, sql: &str) {
        statement(sql).exec(&mut self.connection).await.unwrap();
    }

    async fn trivial(&mut self) -> usize {
        User::all().exec(&mut self.connection).await.unwrap().len()
    }

    async fn medium(&mut self) -> usize {
        let users = User::filter(User::fields().hair_color().eq("black"));
        let users = users.order_by(User::fields().name().desc());
        let users = users.exec(&mut self.connection).await.unwrap();
        let posts = Post::filter(Post::fields().user().hair_color().eq("black"));
        let posts = posts.exec(&mut self.connection).await.unwrap().into_iter();
        let mut posts: HashMap<u64, Post> = posts.map(|post| (post.user_id, post)).collect();
        let rows = users.into_iter().map(|user| (posts.remove(&user.id), user));
        let rows: Vec<(Option<Post>, User)> = rows.collect();
        rows.len() + rows.iter().filter(|(post, _)| post.is_some()).count()
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let new = users.iter().fold(User::create_many(), |new, user| {
            let create = User::create().name(&*user.name);
            new.item(match user.hair_color {
                Some(color) => create.hair_color(color),
                None => create,
            })
        });
        new.exec(&mut self.connection).await.unwrap().len()
    }

    async fn associations(&mut self) -> usize {
        let users = User::all().exec(&mut self.connection).await.unwrap();
        let keys: Vec<u64> = users.iter().map(|user| user.id).collect();
        let posts = Post::filter(Post::fields().user_id().in_list(keys));
        let posts = posts.exec(&mut self.connection).await.unwrap();
        let keys: Vec<u64> = posts.iter().map(|post| post.id).collect();
        let comments = Comment::filter(Comment::fields().post_id().in_list(keys));
        let comments = comments.exec(&mut self.connection).await.unwrap();
        associated(users, posts, comments, (User::key, Post::keys, Comment::of_post))
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let mut transaction = self.connection.transaction().await.unwrap();
        let teams = (0..data::TEAMS)
            .fold(Team::create_many(), |teams, at| teams.item(Team::create().name(data::team(at))));
        let teams = teams.exec(&mut transaction).await.unwrap();
        let heroes = (0..heroes).fold(Hero::create_many(), |heroes, at| {
            let (name, age) = data::hero(at);
            heroes.item(Hero::create().name(name).age(age))
        });
        let heroes = heroes.exec(&mut transaction).await.unwrap();
        let teams: Vec<i64> = teams.iter().map(Keyed::key).collect();
        let heroes: Vec<i64> = heroes.iter().map(Keyed::key).collect();
        let links = link(&mut transaction, new_links(&heroes, &teams)).await;
        transaction.commit().await.unwrap();
        teams.len() + heroes.len() + links
    }

    async fn eager(&mut self) -> usize {
        count(&self.heroes().await)
    }

    type Heroes = (WithTeams<Hero, Team>, Vec<Team>);

    async fn load(&mut self) -> Self::Heroes {
        let teams = Team::all().order_by(Team::fields().id().asc());
        (self.heroes().await, teams.exec(&mut self.connection).await.unwrap())
    }

    /// Models delete one link at a time, and on MariaDB before 11.6 not at all.
    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let gone = match self.backend {
            Backend::Sqlite => {
                let sql = "DELETE FROM heroteamlink WHERE (team_id, hero_id) IN (VALUES ";
                let unlink = statement(format!("{sql}{})", marks(gone.len())));
                gone.into_iter().fold(unlink, |unlink, (team, hero)| unlink.bind(team).bind(hero))
            }
            Backend::Postgres => {
                let (teams, heroes): (Vec<i64>, Vec<i64>) = gone.into_iter().unzip();
                let ((teams, keys), (heroes, _)) = (column(teams, 8), column(heroes, 8));
                let unlink = statement(sql::postgres::UNLINK).bind_typed(teams, keys.clone());
                unlink.bind_typed(heroes, keys)
            }
            Backend::MariaDb => statement(sql::mariadb::UNLINK).bind(sql::rows(&gone)),
        };
        let mut transaction = self.connection.transaction().await.unwrap();
        gone.exec(&mut transaction).await.unwrap();
        let made = link(&mut transaction, new).await;
        transaction.commit().await.unwrap();
        made
    }

    async fn get(&mut self, id: i64) -> usize {
        let hero = Hero::filter_by_id(id.cast_unsigned()).first();
        usize::from(hero.exec(&mut self.connection).await.unwrap().is_some())
    }

    /// Models update one row at a time.
    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        let ages = heroes.iter_mut().map(|(hero, _)| {
            hero.age = hero.age.map(|age| age + 1);
            (hero.key(), hero.age)
        });
        let ages: Vec<(i64, Option<i32>)> = ages.collect();
        let update = match self.backend {
            Backend::Sqlite => {
                let update = statement(format!(
                    "WITH news (key, new) AS (VALUES {}) \
                     UPDATE hero SET age = new FROM news WHERE id = key",
                    marks(ages.len())
                ));
                ages.into_iter().fold(update, |update, (key, age)| {
                    update.bind(key).bind_typed(age, Type::Integer(4))
                })
            }
            Backend::Postgres => {
                let (keys, ages): (Vec<i64>, Vec<Option<i32>>) = ages.into_iter().unzip();
                let ((keys, of_keys), (ages, of_ages)) = (column(keys, 8), column(ages, 4));
                let update = statement(sql::postgres::AGE).bind_typed(keys, of_keys);
                update.bind_typed(ages, of_ages)
            }
            Backend::MariaDb => statement(sql::mariadb::AGE).bind(sql::rows(&ages)),
        };
        usize::try_from(update.exec(&mut self.connection).await.unwrap()).unwrap()
    }

    async fn json(&mut self) -> usize {
        json(&self.heroes().await, show)
    }
}
