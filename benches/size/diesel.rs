//! Heroes and teams with Diesel.

use diesel::{connection::SimpleConnection, prelude::*};

diesel::table! { team (id) { id -> BigInt, name -> Text, headquarters -> Text, } }
diesel::table! { hero (id) { id -> BigInt, name -> Text, secret_name -> Text, age -> Nullable<Integer>, } }
diesel::table! { heroteamlink (team_id, hero_id) { team_id -> BigInt, hero_id -> BigInt, } }
diesel::joinable!(heroteamlink -> team (team_id));
diesel::joinable!(heroteamlink -> hero (hero_id));
diesel::allow_tables_to_appear_in_same_query!(team, hero, heroteamlink);

#[derive(Debug, Identifiable, Queryable, Selectable)]
#[diesel(table_name = team)]
struct Team {
    id: i64,
    name: String,
    headquarters: String,
}

#[derive(Debug, Identifiable, Queryable, Selectable)]
#[diesel(table_name = hero)]
struct Hero {
    id: i64,
    name: String,
    secret_name: String,
    age: Option<i32>,
}

#[derive(Associations, Identifiable, Insertable, Queryable, Selectable)]
#[diesel(table_name = heroteamlink, primary_key(team_id, hero_id), belongs_to(Hero), belongs_to(Team))]
struct Link {
    team_id: i64,
    hero_id: i64,
}

const TABLES: &str = "
    CREATE TABLE team (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, headquarters TEXT NOT NULL);
    CREATE TABLE hero (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, secret_name TEXT NOT NULL, age INTEGER);
    CREATE TABLE heroteamlink (team_id INTEGER NOT NULL REFERENCES team, hero_id INTEGER NOT NULL REFERENCES hero,
        PRIMARY KEY (team_id, hero_id));";

fn add_team(connection: &mut SqliteConnection, name: &str, headquarters: &str) -> QueryResult<i64> {
    diesel::insert_into(team::table)
        .values((team::name.eq(name), team::headquarters.eq(headquarters)))
        .returning(team::id)
        .get_result(connection)
}

fn add_hero(
    connection: &mut SqliteConnection,
    (name, secret_name, age): (&str, &str, Option<i32>),
    teams: &[i64],
) -> QueryResult<()> {
    let hero_id: i64 = diesel::insert_into(hero::table)
        .values((hero::name.eq(name), hero::secret_name.eq(secret_name), hero::age.eq(age)))
        .returning(hero::id)
        .get_result(connection)?;
    let links: Vec<Link> = teams.iter().map(|team_id| Link { team_id: *team_id, hero_id }).collect();
    diesel::insert_into(heroteamlink::table).values(&links).execute(connection)?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut connection = SqliteConnection::establish("database.db")?;
    connection.batch_execute(TABLES)?;
    connection.transaction(|connection| {
        let z_force = add_team(connection, "Z-Force", "Sister Margaret's Bar")?;
        let preventers = add_team(connection, "Preventers", "Sharp Tower")?;
        add_hero(connection, ("Deadpond", "Dive Wilson", None), &[z_force, preventers])?;
        add_hero(connection, ("Rusty-Man", "Tommy Sharp", Some(48)), &[preventers])?;
        add_hero(connection, ("Spider-Boy", "Pedro Parqueador", None), &[preventers])
    })?;
    let heroes = hero::table.select(Hero::as_select()).load(&mut connection)?;
    let teams: Vec<(Link, Team)> = Link::belonging_to(&heroes)
        .inner_join(team::table)
        .select((Link::as_select(), Team::as_select()))
        .load(&mut connection)?;
    for (hero, teams) in heroes.iter().zip(teams.grouped_by(&heroes)) {
        let teams: Vec<Team> = teams.into_iter().map(|(_, team)| team).collect();
        println!("{hero:?}: {teams:?}");
    }
    Ok(())
}
