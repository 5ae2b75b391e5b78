//! The models. Many-to-many is to be read only, and links are a model to write. Keys are unsigned: on SQLite,
//! Toasty cannot follow a foreign key to an `i64` that the database gives.

use serde::ser::SerializeStruct;
use toasty::Deferred;

#[derive(Clone, Debug, toasty::Model)]
#[table = "users"]
pub struct User {
    #[key]
    #[auto]
    pub id: u64,
    pub name: String,
    pub hair_color: Option<String>,
    #[has_many]
    pub posts: Deferred<Vec<Post>>,
}

#[derive(Clone, Debug, toasty::Model)]
#[table = "posts"]
pub struct Post {
    #[key]
    #[auto]
    pub id: u64,
    #[index]
    pub user_id: u64,
    pub title: String,
    pub body: Option<String>,
    #[belongs_to(key = user_id, references = id)]
    pub user: Deferred<User>,
    #[has_many]
    pub comments: Deferred<Vec<Comment>>,
}

#[derive(Clone, Debug, toasty::Model)]
#[table = "comments"]
pub struct Comment {
    #[key]
    #[auto]
    pub id: u64,
    #[index]
    pub post_id: u64,
    pub text: String,
    #[belongs_to(key = post_id, references = id)]
    pub post: Deferred<Post>,
}

#[derive(Clone, Debug, toasty::Model)]
#[table = "team"]
pub struct Team {
    #[key]
    #[auto]
    pub id: u64,
    pub name: String,
    #[has_many]
    pub links: Deferred<Vec<HeroTeamLink>>,
    #[has_many(via = links.hero)]
    pub heroes: Deferred<Vec<Hero>>,
}

#[derive(Clone, Debug, toasty::Model)]
#[table = "hero"]
pub struct Hero {
    #[key]
    #[auto]
    pub id: u64,
    pub name: String,
    pub age: Option<i32>,
    #[has_many]
    pub links: Deferred<Vec<HeroTeamLink>>,
    #[has_many(via = links.team)]
    pub teams: Deferred<Vec<Team>>,
}

#[derive(Clone, Debug, toasty::Model)]
#[table = "heroteamlink"]
#[key(team_id, hero_id)]
pub struct HeroTeamLink {
    #[index]
    pub team_id: u64,
    #[index]
    pub hero_id: u64,
    #[belongs_to(key = team_id, references = id)]
    pub team: Deferred<Team>,
    #[belongs_to(key = hero_id, references = id)]
    pub hero: Deferred<Hero>,
}

impl User {
    pub fn key(&self) -> i64 {
        self.id.cast_signed()
    }
}

impl Post {
    /// Its own, and that of its user.
    pub fn keys(&self) -> (i64, i64) {
        (self.id.cast_signed(), self.user_id.cast_signed())
    }
}

impl Comment {
    pub fn of_post(&self) -> i64 {
        self.post_id.cast_signed()
    }
}

impl serde::Serialize for Team {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut team = serializer.serialize_struct("Team", 2)?;
        team.serialize_field("id", &self.id)?;
        team.serialize_field("name", &self.name)?;
        team.end()
    }
}
