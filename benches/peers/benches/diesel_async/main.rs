//! Diesel through `diesel-async`.

mod mariadb;
mod postgres;
mod sqlite;

fn main() {
    bench_kit::run::<sqlite::Sqlite>();
    bench_kit::run::<postgres::Postgres>();
    bench_kit::run::<mariadb::MariaDb>();
}

/// What Diesel's builder says the same for every database, in the `impl Peer` of a connection.
macro_rules! reads {
    () => {
        const NAME: &'static str = "diesel-async";
        const ASYNC: bool = true;

        async fn execute(&mut self, sql: &str) {
            self.0.batch_execute(sql).await.unwrap();
        }

        async fn trivial(&mut self) -> usize {
            users::table.select(User::as_select()).load(&mut self.0).await.unwrap().len()
        }

        async fn medium(&mut self) -> usize {
            let query = users::table
                .left_join(posts::table)
                .filter(users::hair_color.eq("black"))
                .order(users::name.desc())
                .select((User::as_select(), Option::<Post>::as_select()));
            let rows: Vec<(User, Option<Post>)> = query.load(&mut self.0).await.unwrap();
            rows.len() + rows.iter().filter(|(_, post)| post.is_some()).count()
        }

        async fn associations(&mut self) -> usize {
            let users = users::table.select(User::as_select()).load(&mut self.0).await.unwrap();
            let posts = Post::belonging_to(&users).select(Post::as_select());
            let posts = posts.load(&mut self.0).await.unwrap();
            let comments = Comment::belonging_to(&posts).select(Comment::as_select());
            let comments = comments.load(&mut self.0).await.unwrap();
            associated(users, posts, comments)
        }

        async fn eager(&mut self) -> usize {
            count(&self.heroes().await)
        }

        type Heroes = (WithTeams<Hero, Team>, Vec<Team>);

        async fn load(&mut self) -> Self::Heroes {
            let teams = team::table.order(team::id).select(Team::as_select());
            (self.heroes().await, teams.load(&mut self.0).await.unwrap())
        }

        async fn get(&mut self, id: i64) -> usize {
            let hero = hero::table.find(id).select(Hero::as_select());
            usize::from(hero.get_result(&mut self.0).await.optional().unwrap().is_some())
        }

        async fn json(&mut self) -> usize {
            json(&self.heroes().await, show)
        }
    };
}

/// Heroes with their teams: all heroes, then all teams by links.
macro_rules! heroes {
    () => {
        async fn heroes(&mut self) -> WithTeams<Hero, Team> {
            let heroes = hero::table.order(hero::id).select(Hero::as_select());
            let heroes = heroes.load(&mut self.0).await.unwrap();
            let teams = heroteamlink::table.inner_join(team::table);
            let teams = teams.select((heroteamlink::hero_id, Team::as_select()));
            with_teams(heroes, teams.load::<(i64, Team)>(&mut self.0).await.unwrap())
        }
    };
}

use {heroes, reads};
