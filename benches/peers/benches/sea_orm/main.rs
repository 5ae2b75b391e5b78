//! SeaORM.

mod models;

use bench_kit::{Backend, Peer, data};
use bench_shared::{
    Keyed, Pairs, Shown, WithTeams, count, json, new_links, relink, sql, with_teams,
};
use models::{comments, hero, heroteamlink, posts, team, users};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectOptions, Database, DatabaseConnection, Statement, Value,
    entity::prelude::*,
    query::*,
    sea_query::{ArrayType, OnConflict},
};

fn main() {
    bench_kit::run::<SeaOrm>();
}

struct SeaOrm {
    connection: DatabaseConnection,
    backend: Backend,
}

impl Keyed for team::Model {
    fn key(&self) -> i64 {
        self.id
    }
}

impl Keyed for hero::Model {
    fn key(&self) -> i64 {
        self.id
    }
}

fn show<'a>(hero: &'a hero::Model, teams: &'a [team::Model]) -> Shown<'a, team::Model> {
    Shown { id: hero.id, name: &hero.name, age: hero.age, teams }
}

async fn link(connection: &impl ConnectionTrait, links: Pairs) -> u64 {
    let links = links.into_iter().map(|(team_id, hero_id)| heroteamlink::ActiveModel {
        team_id: Set(team_id),
        hero_id: Set(hero_id),
    });
    let links = heroteamlink::Entity::insert_many(links);
    links.exec_without_returning(connection).await.unwrap()
}

impl SeaOrm {
    /// Heroes with their teams: all heroes, then all teams by links. Its loaders and joins of entities read
    /// columns by names, which takes longer.
    async fn heroes(&self) -> WithTeams<hero::Model, team::Model> {
        let heroes = hero::Entity::find().order_by_asc(hero::Column::Id);
        let heroes = heroes.all(&self.connection).await.unwrap();
        let teams = heroteamlink::Entity::find()
            .inner_join(team::Entity)
            .select_only()
            .column(heroteamlink::Column::HeroId)
            .columns([team::Column::Id, team::Column::Name])
            .into_tuple::<(i64, i64, String)>();
        let teams = teams.all(&self.connection).await.unwrap().into_iter();
        with_teams(heroes, teams.map(|(hero, id, name)| (hero, team::Model { id, name })))
    }

    /// A statement that the builder has no form for.
    fn raw(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
        Statement::from_sql_and_values(self.connection.get_database_backend(), sql, values)
    }
}

impl Peer for SeaOrm {
    const NAME: &'static str = "sea-orm";
    const ASYNC: bool = true;

    async fn connect(backend: Backend, url: &str) -> Self {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false).test_before_acquire(false);
        // More rows at a time from the thread of the connection.
        options.map_sqlx_sqlite_opts(|options| options.row_buffer_size(1_000));
        SeaOrm { connection: Database::connect(options).await.unwrap(), backend }
    }

    async fn execute(&mut self, sql: &str) {
        self.connection.execute_unprepared(sql).await.unwrap();
    }

    async fn trivial(&mut self) -> usize {
        users::Entity::find().all(&self.connection).await.unwrap().len()
    }

    async fn medium(&mut self) -> usize {
        let rows = users::Entity::find()
            .find_also_related(posts::Entity)
            .filter(users::Column::HairColor.eq("black"))
            .order_by_desc(users::Column::Name);
        let rows = rows.all(&self.connection).await.unwrap();
        rows.len() + rows.iter().filter(|(_, post)| post.is_some()).count()
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        let users = users.iter().map(|user| users::ActiveModel {
            id: NotSet,
            name: Set(user.name.clone()),
            hair_color: Set(user.hair_color.map(str::to_owned)),
        });
        let users = users::Entity::insert_many(users);
        let done = users.exec_without_returning(&self.connection).await.unwrap();
        usize::try_from(done).unwrap()
    }

    async fn associations(&mut self) -> usize {
        let users = users::Entity::find().all(&self.connection).await.unwrap();
        let posts = users.load_many(posts::Entity, &self.connection).await.unwrap();
        let counts: Vec<usize> = posts.iter().map(Vec::len).collect();
        let posts: Vec<posts::Model> = posts.into_iter().flatten().collect();
        let comments = posts.load_many(comments::Entity, &self.connection).await.unwrap();
        let mut posts = posts.into_iter().zip(comments);
        let posts = counts.into_iter().map(|count| posts.by_ref().take(count).collect::<Vec<_>>());
        let users: Vec<_> = users.into_iter().zip(posts).collect();
        let posts = users.iter().flat_map(|(_, posts)| posts);
        users.len() + posts.map(|(_, comments)| 1 + comments.len()).sum::<usize>()
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let transaction = self.connection.begin().await.unwrap();
        let teams =
            (0..data::TEAMS).map(|at| team::ActiveModel { id: NotSet, name: Set(data::team(at)) });
        let teams = team::Entity::insert_many(teams);
        let rows = (0..heroes).map(|at| {
            let (name, age) = data::hero(at);
            hero::ActiveModel { id: NotSet, name: Set(name), age: Set(age) }
        });
        let rows = hero::Entity::insert_many(rows);
        let (teams, heroes): (Vec<i64>, Vec<i64>) = if transaction.support_returning() {
            let teams = teams.exec_with_returning_keys(&transaction).await;
            (teams.unwrap(), rows.exec_with_returning_keys(&transaction).await.unwrap())
        } else {
            let team = teams.exec(&transaction).await.unwrap().last_insert_id.unwrap();
            let hero = rows.exec(&transaction).await.unwrap().last_insert_id.unwrap();
            // MySQL's `LAST_INSERT_ID` is the first of many keys, which follow each other.
            ((team..).take(data::TEAMS).collect(), (hero..).take(heroes).collect())
        };
        let links = link(&transaction, new_links(&heroes, &teams)).await;
        transaction.commit().await.unwrap();
        teams.len() + heroes.len() + usize::try_from(links).unwrap()
    }

    async fn eager(&mut self) -> usize {
        count(&self.heroes().await)
    }

    type Heroes = (WithTeams<hero::Model, team::Model>, Vec<team::Model>);

    async fn load(&mut self) -> Self::Heroes {
        let teams = team::Entity::find().order_by_asc(team::Column::Id);
        (self.heroes().await, teams.all(&self.connection).await.unwrap())
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        let (gone, new) = relink(heroes, teams, turn);
        let transaction = self.connection.begin().await.unwrap();
        match self.backend {
            Backend::Sqlite => {
                let gone = heroteamlink::Entity::delete_many().filter_by_ids(gone);
                gone.exec(&transaction).await.unwrap();
            }
            // What `filter_by_ids` makes of pairs is slow there.
            Backend::Postgres => {
                let (teams, heroes): (Vec<i64>, Vec<i64>) = gone.into_iter().unzip();
                let gone = self.raw(sql::postgres::UNLINK, [teams.into(), heroes.into()]);
                transaction.execute_raw(gone).await.unwrap();
            }
            Backend::MariaDb => {
                let gone = self.raw(sql::mariadb::UNLINK, [sql::rows(&gone).into()]);
                transaction.execute_raw(gone).await.unwrap();
            }
        }
        let made = link(&transaction, new).await;
        transaction.commit().await.unwrap();
        usize::try_from(made).unwrap()
    }

    async fn get(&mut self, id: i64) -> usize {
        let hero = hero::Entity::find_by_id(id).one(&self.connection).await.unwrap();
        usize::from(hero.is_some())
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        for (hero, _) in heroes.iter_mut() {
            hero.age = hero.age.map(|age| age + 1);
        }
        if self.backend == Backend::Postgres {
            let keys: Vec<i64> = heroes.iter().map(|(hero, _)| hero.id).collect();
            let ages = heroes.iter().map(|(hero, _)| hero.age.into()).collect();
            let ages = Value::Array(ArrayType::Int, Some(Box::new(ages)));
            let update = self.raw(sql::postgres::AGE, [keys.into(), ages]);
            let done = self.connection.execute_raw(update).await.unwrap();
            return usize::try_from(done.rows_affected()).unwrap();
        }
        let rows = heroes.iter().map(|(hero, _)| hero::ActiveModel::from(hero.clone()));
        let older =
            OnConflict::column(hero::Column::Id).update_column(hero::Column::Age).to_owned();
        let rows = hero::Entity::insert_many(rows).on_conflict(older);
        rows.exec_without_returning(&self.connection).await.unwrap();
        heroes.len()
    }

    async fn json(&mut self) -> usize {
        json(&self.heroes().await, show)
    }
}
