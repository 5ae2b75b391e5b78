// The body of `blocking.rs`, `asynchronous.rs` and `count.rs`, which say with `done!` whether a call is awaited.

use bench_kit::{
    Backend, Peer,
    data::{self, TEAMS, teams_of},
};
use bench_relata::{Hero, HeroWithTeams, Post, Team, User};

struct Relata {
    engine: Engine,
    session: Session,
}

impl Peer for Relata {
    const NAME: &'static str = NAME;
    const ASYNC: bool = ASYNC;

    async fn connect(_: Backend, url: &str) -> Self {
        let engine = done!(Engine::connect(url)).unwrap();
        Relata { session: Session::new(&engine), engine }
    }

    async fn execute(&mut self, sql: &str) {
        done!(self.session.rollback()).unwrap();
        done!(self.engine.exec(raw(sql.to_owned())).run()).unwrap();
    }

    async fn trivial(&mut self) -> usize {
        done!(self.session.exec(select(User)).all()).unwrap().len()
    }

    async fn medium(&mut self) -> usize {
        let query = select((User, Post.optional()))
            .left_join(User.posts)
            .filter(User.hair_color.eq("black"))
            .order_by(User.name.desc());
        let rows: Vec<(Tracked<User>, Option<Tracked<Post>>)> =
            done!(self.session.exec(query).all()).unwrap();
        rows.len() + rows.iter().filter(|(_, post)| post.is_some()).count()
    }

    async fn insert(&mut self, users: &[data::User]) -> usize {
        for user in users {
            let new = User::new(&*user.name);
            self.session.add(match user.hair_color {
                Some(color) => new.with_hair_color(color),
                None => new,
            });
        }
        done!(self.session.commit()).unwrap();
        users.len()
    }

    async fn associations(&mut self) -> usize {
        let query = select(User).with(User.posts.with(Post.comments));
        let users = done!(self.session.exec(query).all()).unwrap();
        let posts = users.iter().flat_map(|user| user.posts.get().unwrap());
        users.len() + posts.map(|post| 1 + post.comments.get().unwrap().len()).sum::<usize>()
    }

    async fn create(&mut self, heroes: usize) -> usize {
        let teams: Vec<_> =
            (0..TEAMS).map(|at| self.session.add(Team::new(data::team(at)))).collect();
        for at in 0..heroes {
            let (name, age) = data::hero(at);
            let hero = Hero::new(name).with_age(age);
            self.session.add(hero.with_teams(teams_of(at, false).map(|team| &teams[team])));
        }
        done!(self.session.commit()).unwrap();
        heroes + teams.len() + heroes * 5
    }

    async fn eager(&mut self) -> usize {
        let heroes = done!(self.session.exec(select(Hero).with(Hero.teams)).all()).unwrap();
        heroes.iter().map(|hero| 1 + hero.teams.get().unwrap().len()).sum()
    }

    type Heroes = (Vec<Tracked<Hero>>, Vec<Tracked<Team>>);

    async fn load(&mut self) -> Self::Heroes {
        let heroes = select(Hero).order_by(Hero.id).with(Hero.teams);
        let heroes = done!(self.session.exec(heroes).all()).unwrap();
        let teams = done!(self.session.exec(select(Team).order_by(Team.id)).all()).unwrap();
        (heroes, teams)
    }

    async fn relink(&mut self, (heroes, teams): &mut Self::Heroes, turn: bool) -> usize {
        for (at, hero) in heroes.iter_mut().enumerate() {
            hero.teams.set(teams_of(at, turn).map(|team| &teams[team]));
            self.session.add(hero);
        }
        done!(self.session.commit()).unwrap();
        heroes.len() * 2
    }

    async fn get(&mut self, id: i64) -> usize {
        usize::from(done!(self.session.get(Hero, id)).unwrap().is_some())
    }

    async fn update(&mut self, (heroes, _): &mut Self::Heroes) -> usize {
        for hero in heroes.iter_mut() {
            hero.age = hero.age.map(|age| age + 1);
            self.session.add(hero);
        }
        done!(self.session.commit()).unwrap();
        heroes.len()
    }

    async fn json(&mut self) -> usize {
        let heroes = select(Hero).order_by(Hero.id).with(Hero.teams);
        let heroes = done!(self.session.exec(heroes).all()).unwrap();
        let shown =
            heroes.iter().map(|hero| HeroWithTeams { hero, teams: hero.teams.get().unwrap() });
        serde_json::to_vec(&shown.collect::<Vec<_>>()).unwrap().len()
    }
}
