//! How many rows a statement reads, whether it reads one, and its rows by a key.

use super::{
    Exec, ExecOnce,
    one::{Most, exactly_one},
};
use crate::{Error, ErrorKind, Mode, Result, Tracked};
use relata_core::{Entity, Model, key::Key, query::FromRow, value::Value};
use std::{collections::HashMap, hash::Hash};

/// Rows by the primary key of a model.
type ByKey<M, R> = HashMap<<M as Model>::Key, R>;

impl<'s, S: FromRow, X: Mode> Exec<'s, S, X> {
    /// How many rows a `select` has, counted by the database: `SELECT count(*)`, and without its
    /// order. A limit, an offset, groups and `distinct` count. It is an `i64`, as `count` of a column is.
    ///
    /// # Errors
    /// As for [`all`](Exec::all); `InvalidStatement` for what is no `select`.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Rusty-Man").with_age(48));
    /// let adults = select(Hero).filter(Hero.age.ge(18));
    /// let adults: i64 = session.exec(adults).count()?;
    /// // SELECT count(*) FROM hero WHERE hero.age >= ?
    /// assert_eq!(adults, 1);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn count(self) -> X::Out<impl Future<Output = Result<i64>> + Send + use<'s, S, X>> {
        X::run(async move {
            let Exec { session, query } = self;
            let query = query.counted()?;
            exactly_one(Exec { session, query }.fetch().await?, None)
        })
    }

    /// Whether a `select` has a row: `SELECT EXISTS (…)`.
    ///
    /// # Errors
    /// As for [`count`](Exec::count).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// let taken = select(Hero).filter(Hero.name.eq("Deadpond"));
    /// assert!(!session.exec(taken).exists()?);
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn exists(self) -> X::Out<impl Future<Output = Result<bool>> + Send + use<'s, S, X>> {
        X::run(async move {
            let Exec { session, query } = self;
            let query = query.existence()?;
            exactly_one(Exec { session, query }.fetch().await?, None)
        })
    }

    /// Every row, by a key that is made of it. Of rows with the same key the last one stays.
    ///
    /// # Errors
    /// As for [`all`](Exec::all).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Rusty-Man").with_age(48));
    /// let heroes = session.exec(select(Hero)).map_by(|hero| hero.name.clone())?;
    /// assert_eq!(heroes["Rusty-Man"].age, Some(48));
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn map_by<K: Eq + Hash + Send, F: FnMut(&S::Row) -> K + Send>(
        self,
        mut key: F,
    ) -> X::Out<impl Future<Output = Result<HashMap<K, S::Row>>> + Send + use<'s, S, X, K, F>> {
        X::run(async move {
            let rows = self.fetch().await?.into_iter();
            Ok(rows.map(|row| (key(&row), row)).collect())
        })
    }
}

impl<'s, M: Model, X: Mode> Exec<'s, Entity<M>, X> {
    /// Every row, by its primary key.
    ///
    /// # Errors
    /// As for [`all`](Exec::all).
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of(Hero).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// session.add(Hero::new("Rusty-Man"));
    /// let heroes = session.exec(select(Hero)).by_key()?;
    /// assert_eq!(heroes[&1].name, "Rusty-Man");
    /// # Ok::<_, relata::Error>(())
    /// ```
    pub fn by_key(
        self,
    ) -> X::Out<impl Future<Output = Result<ByKey<M, Tracked<M>>>> + Send + use<'s, M, X>> {
        X::run(async move {
            let rows = self.fetch().await?.into_iter();
            rows.map(|row| Ok((key_of(&*row)?, row))).collect()
        })
    }
}

impl<'e, S: FromRow, X: Mode> ExecOnce<'e, S, X> {
    /// How many rows a `select` has; see [`Exec::count`].
    ///
    /// # Errors
    /// As for [`all`](ExecOnce::all); `InvalidStatement` for what is no `select`.
    pub fn count(self) -> X::Out<impl Future<Output = Result<i64>> + Send + use<'e, S, X>> {
        X::run(async move {
            let ExecOnce { engine, query } = self;
            let query = query.counted()?;
            exactly_one(ExecOnce { engine, query }.fetch(Most::Any).await?, None)
        })
    }

    /// Whether a `select` has a row; see [`Exec::exists`].
    ///
    /// # Errors
    /// As for [`count`](ExecOnce::count).
    pub fn exists(self) -> X::Out<impl Future<Output = Result<bool>> + Send + use<'e, S, X>> {
        X::run(async move {
            let ExecOnce { engine, query } = self;
            let query = query.existence()?;
            exactly_one(ExecOnce { engine, query }.fetch(Most::Any).await?, None)
        })
    }

    /// Every row, by a key that is made of it; see [`Exec::map_by`].
    ///
    /// # Errors
    /// As for [`all`](ExecOnce::all).
    pub fn map_by<K: Eq + Hash + Send, F: FnMut(&S::Plain) -> K + Send>(
        self,
        mut key: F,
    ) -> X::Out<impl Future<Output = Result<HashMap<K, S::Plain>>> + Send + use<'e, S, X, K, F>>
    {
        X::run(async move {
            let rows = self.fetch(Most::Any).await?.into_iter();
            Ok(rows.map(|row| (key(&row), row)).collect())
        })
    }
}

impl<'e, M: Model, X: Mode> ExecOnce<'e, Entity<M>, X> {
    /// Every row, by its primary key; see [`Exec::by_key`].
    ///
    /// # Errors
    /// As for [`all`](ExecOnce::all).
    pub fn by_key(
        self,
    ) -> X::Out<impl Future<Output = Result<ByKey<M, M>>> + Send + use<'e, M, X>> {
        X::run(async move {
            let rows = self.fetch(Most::Any).await?.into_iter();
            rows.map(|row| Ok((key_of(&row)?, row))).collect()
        })
    }
}

fn key_of<M: Model>(row: &M) -> Result<M::Key> {
    let values = M::DEF.primary_key.iter().map(|at| row.value(*at).resolved());
    let values: Option<Vec<Value>> = values.collect();
    values.and_then(|values| M::Key::from_values(&values)).ok_or_else(|| {
        let message = format!("the key of a row of `{}` does not fit its type", M::NAME);
        Error::new(ErrorKind::Decode, message).with_table(M::TABLE)
    })
}
