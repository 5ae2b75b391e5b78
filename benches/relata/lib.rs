//! The models of the benchmarks.

use relata::{Rows, prelude::*};

#[model(table = "users")]
pub struct User {
    #[field(primary_key)]
    pub id: Id<User>,
    pub name: String,
    pub hair_color: Option<String>,
    #[relationship(back_populates = user)]
    pub posts: Many<Post>,
}

#[model(table = "posts")]
pub struct Post {
    #[field(primary_key)]
    pub id: Id<Post>,
    #[field(foreign_key = User.id, ondelete = cascade)]
    pub user_id: Id<User>,
    pub title: String,
    pub body: Option<String>,
    #[relationship(back_populates = posts)]
    pub user: One<User>,
    #[relationship(back_populates = post)]
    pub comments: Many<Comment>,
}

#[model(table = "comments")]
pub struct Comment {
    #[field(primary_key)]
    pub id: Id<Comment>,
    #[field(foreign_key = Post.id, ondelete = cascade)]
    pub post_id: Id<Post>,
    pub text: String,
    #[relationship(back_populates = comments)]
    pub post: One<Post>,
}

#[model(table)]
pub struct HeroTeamLink {
    #[field(primary_key, foreign_key = Team.id)]
    pub team_id: Id<Team>,
    #[field(primary_key, foreign_key = Hero.id)]
    pub hero_id: Id<Hero>,
}

#[model(table)]
pub struct Team {
    #[field(primary_key)]
    pub id: Id<Team>,
    pub name: String,
    #[relationship(back_populates = teams, link_model = HeroTeamLink)]
    pub heroes: Many<Hero>,
}

#[model(table)]
pub struct Hero {
    #[field(primary_key)]
    pub id: Id<Hero>,
    pub name: String,
    pub age: Option<i32>,
    #[relationship(back_populates = heroes, link_model = HeroTeamLink)]
    pub teams: Many<Team>,
}

/// A hero as the API would show it.
#[derive(serde::Serialize)]
pub struct HeroWithTeams<'a> {
    #[serde(flatten)]
    pub hero: &'a Hero,
    pub teams: Rows<'a, Team>,
}
