//! [`Expression`]: what every column and everything computed can be asked.

use super::{
    Array, BinaryOp, Bind, Call, Expr, Function, HowMany, InList, IntoJsonStep, JsonDocument,
    JsonPath, List, Operand, OperandOrNull, Order, Part, Pattern, Plus, Predicate, Sql, Substring,
    Temporal, Text, Tree, Typed,
};
use crate::value::{ColumnType, Value};

/// An expression of a statement, typed by the Rust value that it gives: a column, a function's
/// result, a sum, a subquery.
///
/// What is compared or computed with it has to fit: a value of its type, text as `&str`, an id as its
/// key, or another expression of that type, whether or not one of them may be NULL.
///
/// Rust's own `+`, `-`, `*`, `/` and `%` compute with it. NULL carries over: where one side may be
/// NULL, the result is an `Option`. A quotient always is, as it is NULL on SQLite and MySQL where
/// the divisor is zero. `+` of texts puts one behind the other.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     rank: i32,
/// #     age: Option<i32>,
/// # }
/// use relata::query::Sql;
///
/// let next: Sql<i32> = Hero.rank + 1;
/// let both: Sql<Option<i32>> = Hero.rank * 2 - Hero.age; // NULL where the age is
/// let half: Sql<Option<i32>> = Hero.rank / 2; // of integers without its fraction
/// let shown: Sql<String> = Hero.name + " (hero)";
/// assert_eq!(
///     format!("{:?}", select((next, both, half, shown))),
///     "SELECT hero.rank + ?, hero.rank * ? - hero.age, hero.rank / ?, hero.name || ?\nFROM hero"
/// );
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an expression",
    label = "expected a column or something computed",
    note = "a plain value is one inside of `value(…)`",
    note = "a window function, such as `row_number()`, is one with `.over(window())`"
)]
#[expect(clippy::wrong_self_convention, reason = "an expression moves into the condition")]
pub trait Expression: Sized {
    /// What it gives; an `Option` where it may be NULL.
    type Value: ColumnType;

    /// The expression as data.
    #[doc(hidden)]
    fn into_tree(self) -> Tree;

    /// Whether it equals a value or another expression. NULL equals nothing: see
    /// [`is_null`](Expression::is_null) and [`same_as`](Expression::same_as).
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.name.eq("Deadpond"));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.name = ?"));
    /// ```
    fn eq<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Eq, other)
    }

    /// Whether it differs from a value or another expression; not where one of them is NULL.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// // a hero of unknown age is not found either
    /// let query = select(Hero.id).filter(Hero.age.ne(30));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age != ?"));
    /// ```
    fn ne<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Ne, other)
    }

    /// Whether it is less.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.age.lt(18));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age < ?"));
    /// ```
    fn lt<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Lt, other)
    }

    /// Whether it is less or equal.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.age.le(17));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age <= ?"));
    /// ```
    fn le<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Le, other)
    }

    /// Whether it is greater.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.age.gt(17));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age > ?"));
    /// ```
    fn gt<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Gt, other)
    }

    /// Whether it is greater or equal.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.age.ge(18));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age >= ?"));
    /// ```
    fn ge<O: Operand<Self::Value>>(self, other: O) -> Predicate {
        compare(self, BinaryOp::Ge, other)
    }

    /// Whether both are equal or both are NULL (`IS NOT DISTINCT FROM`): true or false, never NULL.
    /// It takes an `Option` too.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Hero.id)] boss_id: Option<Id<Hero>>,
    /// #     #[relationship(foreign_key = boss_id)] boss: One<Option<Hero>>,
    /// # }
    /// let boss = Hero.alias("boss");
    /// let peers = select((Hero.name, boss.name)).join(boss.on(Hero.age.same_as(boss.age)));
    /// // `IS NOT DISTINCT FROM` on PostgreSQL, `<=>` on MySQL
    /// assert!(format!("{peers:?}").ends_with("JOIN hero AS boss ON hero.age IS boss.age"));
    ///
    /// let wanted: Option<i32> = None;
    /// let alike = select(Hero.name).filter(Hero.age.same_as(wanted)); // those of unknown age
    /// assert!(format!("{alike:?}").ends_with("WHERE hero.age IS ?"));
    /// ```
    fn same_as<O: OperandOrNull<Self::Value>>(self, other: O) -> Predicate {
        !self.differs_from(other)
    }

    /// Whether they differ, where NULL is a value like any other (`IS DISTINCT FROM`). It takes an
    /// `Option` too.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// // unlike `ne`, this finds heroes of unknown age
    /// let query = select(Hero.id).filter(Hero.age.differs_from(30));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age IS NOT ?"));
    /// ```
    fn differs_from<O: OperandOrNull<Self::Value>>(self, other: O) -> Predicate {
        let other = other.into_tree();
        Predicate(self.into_tree().binary(other, |left, right| Expr::Differs {
            left,
            right,
            negated: false,
        }))
    }

    /// Whether it is at least `low` and at most `high`.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.age.between(13, 19));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age BETWEEN ? AND ?"));
    /// ```
    fn between<L: Operand<Self::Value>, H: Operand<Self::Value>>(
        self,
        low: L,
        high: H,
    ) -> Predicate {
        let trees = vec![self.into_tree(), low.into_tree(), high.into_tree()];
        Predicate(Tree::many(trees, |parts| {
            let [expr, low, high] = super::tree::boxed(parts);
            Expr::Between { expr, low, high, negated: false }
        }))
    }

    /// Whether it is NULL.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.age.is_null());
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age IS NULL"));
    /// ```
    fn is_null(self) -> Predicate {
        Predicate(self.into_tree().unary(|expr| Expr::IsNull { expr, negated: false }))
    }

    /// Whether it is not NULL.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.age.is_not_null());
    /// assert!(format!("{query:?}").ends_with("WHERE hero.age IS NOT NULL"));
    /// ```
    fn is_not_null(self) -> Predicate {
        !self.is_null()
    }

    /// Whether it is one of these: a list of values or expressions, or a statement that selects one
    /// column. None is one of an empty list; the list can have any length on SQLite where it holds
    /// integers, text or ids.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// # }
    /// let query = select(Hero.id).filter(Hero.name.is_in(["Deadpond", "Rusty-Man"]));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.name IN (?, ?)"));
    ///
    /// let teams = select(Team.id).filter(Team.name.starts_with("Z"));
    /// let query = select(Hero.id).filter(Hero.team_id.is_in(teams));
    /// assert!(format!("{query:?}").contains("WHERE hero.team_id IN (SELECT team.id\nFROM team"));
    /// ```
    fn is_in<L: InList<Self::Value>>(self, list: L) -> Predicate {
        let tree = self.into_tree();
        let (depth, list) = list.into_list();
        match list {
            List::Values(values) if values.is_empty() => Predicate(Tree::leaf(Expr::False)),
            list => Predicate(Tree::over(
                depth.max(tree.depth),
                Expr::In { expr: Box::new(tree.expr), list, negated: false },
            )),
        }
    }

    /// Whether it is none of these; every row where the list is empty. Mind that nothing is known
    /// to be none of a list with a NULL in it.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.name.not_in(["Deadpond"]));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.name NOT IN (?)"));
    /// ```
    fn not_in<L: InList<Self::Value>>(self, list: L) -> Predicate {
        !self.is_in(list)
    }

    /// Whether it matches a pattern of SQL: `%` is any text, `_` any letter, and `\` before them
    /// makes them mean themselves. Upper and lower case differ. With a `\` before nothing at its
    /// end it matches nothing on SQLite, a `\` on MySQL, and PostgreSQL refuses it.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.name.like("Spider-B_y%"));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.name LIKE ?"));
    /// ```
    fn like<P: Pattern>(self, pattern: P) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::like(self.into_tree(), pattern, false)
    }

    /// Whether it does not match a pattern; see [`like`](Expression::like).
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.name.not_like("%-Man"));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.name NOT LIKE ?"));
    /// ```
    fn not_like<P: Pattern>(self, pattern: P) -> Predicate
    where
        Self::Value: Text,
    {
        !self.like(pattern)
    }

    /// Whether it matches a pattern, where upper and lower case are the same; on SQLite only for
    /// the letters `a` to `z`.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.name.ilike("spider%"));
    /// // `hero.name ILIKE $1` on PostgreSQL
    /// assert!(format!("{query:?}").ends_with("WHERE lower(hero.name) LIKE lower(?)"));
    /// ```
    fn ilike<P: Pattern>(self, pattern: P) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::like(self.into_tree(), pattern, true)
    }

    /// Whether it contains this text, in which `%` and `_` mean themselves.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.name.contains("pond"));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.name LIKE ?")); // '%pond%'
    ///
    /// let query = select(Hero.id).filter(Hero.name.contains("100%"));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.name LIKE ? ESCAPE '/'")); // '%100/%%'
    /// ```
    fn contains(self, text: impl Substring) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::has(self.into_tree(), text.text(), "%", "%")
    }

    /// Whether it starts with this text, in which `%` and `_` mean themselves.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.name.starts_with("Dead"));
    /// let read = format!("{query:?}"); // LIKE 'Dead%', and on SQLite the range in which an index finds it
    /// assert!(read.ends_with("WHERE (hero.name LIKE ? AND hero.name >= ? AND hero.name < ?)"), "{read}");
    /// ```
    fn starts_with(self, text: impl Substring) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::begins(self.into_tree(), text.text())
    }

    /// Whether it ends with this text, in which `%` and `_` mean themselves.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).filter(Hero.name.ends_with("-Man"));
    /// assert!(format!("{query:?}").ends_with("WHERE hero.name LIKE ?")); // '%-Man'
    /// ```
    fn ends_with(self, text: impl Substring) -> Predicate
    where
        Self::Value: Text,
    {
        super::pattern::has(self.into_tree(), text.text(), "%", "")
    }

    /// This text, then another: `a || b`. NULL where one of them is.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Team { #[field(primary_key)] id: Id<Team>, name: String }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// # }
    /// let titles = select(Hero.name.concat(" of ").concat(Team.name)).join(Team);
    /// assert!(format!("{titles:?}").starts_with("SELECT hero.name || ? || team.name\nFROM"));
    /// ```
    fn concat<O: Operand<Self::Value>>(self, other: O) -> Sql<Both<Self, O, Self::Value>>
    where
        Self::Value: Typed<Base: Plus> + Text,
        O::Value: Typed,
    {
        Sql::new(super::operator::concat(self.into_tree(), other.into_tree()))
    }

    /// The expression as one that may be NULL: for a column of a table that a left join may not
    /// find.
    ///
    /// ```
    /// # use relata::blocking::prelude::*;
    /// # #[model(table)]
    /// # struct Team {
    /// #     #[field(primary_key)] id: Id<Team>,
    /// #     name: String,
    /// #     #[relationship(back_populates = team)] heroes: Many<Hero>,
    /// # }
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     age: Option<i32>,
    /// #     #[field(foreign_key = Team.id)] team_id: Option<Id<Team>>,
    /// #     #[relationship(back_populates = heroes)] team: One<Option<Team>>,
    /// # }
    /// # let engine = Engine::connect("sqlite::memory:")?;
    /// # Metadata::of((Team, Hero)).create_all(&engine)?;
    /// # let mut session = Session::new(&engine);
    /// # session.add(Hero::new("Deadpond"));
    /// let all = select((Hero.name, Team.name.optional())).left_join(Hero.team);
    /// let rows: Vec<(String, Option<String>)> = session.exec(all).all()?;
    /// assert_eq!(rows, [(String::from("Deadpond"), None)]); // he has no team
    /// # Ok::<_, relata::Error>(())
    /// ```
    fn optional(self) -> Sql<Option<<Self::Value as Typed>::Base>>
    where
        Self::Value: Typed,
    {
        Sql::new(self.into_tree())
    }

    /// The expression under a name, as `SELECT … AS name` shows it.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let number = count(Hero.id).label("number");
    /// let ages = select((Hero.age, number.clone())).group_by(Hero.age).order_by(number.desc());
    /// assert_eq!(
    ///     format!("{ages:?}"),
    ///     "SELECT hero.age, count(hero.id) AS number\nFROM hero\n\
    ///      GROUP BY hero.age\nORDER BY number DESC"
    /// );
    /// ```
    fn label(self, name: &'static str) -> Sql<Self::Value> {
        Sql::new(self.into_tree().unary(|expr| Expr::Label { expr, name }))
    }

    /// The value as another type: `CAST(… AS …)`. Reading is exact, so what the database makes of it
    /// has to fit `T`.
    ///
    /// A number is true where it is not 0. Moments and dates become each other in UTC. On SQLite text
    /// becomes a time to the millisecond, and NULL where it is none. A date has no time of day and a
    /// time of day no date: to cast these is an `InvalidStatement` error.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let text = select(Hero.age.cast::<String>()); // of `Option<String>`, as ages may be NULL
    /// assert_eq!(format!("{text:?}"), "SELECT CAST(hero.age AS TEXT)\nFROM hero");
    /// ```
    fn cast<T: crate::value::NotNull>(self) -> Sql<<Self::Value as Typed>::With<T>>
    where
        Self::Value: Typed,
    {
        let from = <Self::Value as ColumnType>::TYPE;
        Sql::new(self.into_tree().unary(|expr| Expr::Cast { expr, from, ty: T::TYPE }))
    }

    /// A part of a date or time: `Hero.born.extract(Part::Year)`. A part that it never has, such as
    /// the hour of a date, makes the statement an `InvalidStatement` error.
    ///
    /// ```
    /// # use relata::{prelude::*, query::Part};
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     born: Option<relata::chrono::NaiveDate>,
    /// # }
    /// let leap = select(Hero.name).filter((Hero.born.extract(Part::Year) % 4).eq(0));
    /// assert_eq!(
    ///     format!("{leap:?}"),
    ///     "SELECT hero.name\nFROM hero\nWHERE CAST(strftime('%Y', hero.born) AS INTEGER) % ? = ?"
    /// );
    /// ```
    fn extract(self, part: Part) -> Sql<<Self::Value as Typed>::With<i64>>
    where
        Self::Value: Typed<Base: Temporal>,
    {
        type Base<V> = <V as Typed>::Base;
        Sql::new(super::moment::extract::<Base<Self::Value>>(self.into_tree(), part))
    }

    /// A place in a JSON document, by the key of an object or the position in an array:
    /// `Hero.data.at("tags").at(0).text()`. A key can have any characters, but for NUL, where SQLite ends it.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     name: String,
    /// #     data: Json<Vec<String>>,
    /// # }
    /// let tagged = select(Hero.name).filter(Hero.data.at(0).text().eq("strong"));
    /// assert_eq!(
    ///     format!("{tagged:?}"),
    ///     "SELECT hero.name\nFROM hero\nWHERE CAST(hero.data ->> '$[0]' AS TEXT) = ?"
    /// );
    /// ```
    fn at(self, step: impl IntoJsonStep) -> JsonPath
    where
        Self::Value: JsonDocument,
    {
        JsonPath::new(self.into_tree(), step.into_step())
    }

    /// Whether the array holds a value. What NULL holds is not known.
    ///
    /// On PostgreSQL an index of the kind GIN is used.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     tags: Vec<String>,
    /// # }
    /// let strong = select(Hero.id).filter(Hero.tags.has("strong"));
    /// // `hero.tags @> $1` on PostgreSQL, `json_contains(hero.tags, ?)` on MySQL
    /// assert!(format!("{strong:?}").contains("FROM json_each(hero.tags) WHERE value IN"));
    /// ```
    fn has<B: Bind<<Self::Value as Array>::Item>>(self, item: B) -> Predicate
    where
        Self::Value: Array,
    {
        super::array::holds::<Self::Value, B>(self.into_tree(), HowMany::All, [item])
    }

    /// Whether the array holds all of these values, in whichever order; it does where there are none.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     tags: Vec<String>,
    /// # }
    /// let both = select(Hero.id).filter(Hero.tags.has_all(["strong", "green"]));
    /// // `hero.tags @> $1` on PostgreSQL, `json_contains(hero.tags, ?)` on MySQL
    /// assert!(format!("{both:?}").contains("FROM json_each(?) WHERE value NOT IN"));
    /// ```
    fn has_all<B: Bind<<Self::Value as Array>::Item>>(
        self,
        items: impl IntoIterator<Item = B>,
    ) -> Predicate
    where
        Self::Value: Array,
    {
        super::array::holds::<Self::Value, B>(self.into_tree(), HowMany::All, items)
    }

    /// Whether the array holds one of these values at least; it does not where there are none.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     tags: Vec<String>,
    /// # }
    /// let either = select(Hero.id).filter(!Hero.tags.has_any(["slow", "weak"]));
    /// assert!(format!("{either:?}").contains("FROM json_each(hero.tags) WHERE value IN"));
    /// ```
    fn has_any<B: Bind<<Self::Value as Array>::Item>>(
        self,
        items: impl IntoIterator<Item = B>,
    ) -> Predicate
    where
        Self::Value: Array,
    {
        super::array::holds::<Self::Value, B>(self.into_tree(), HowMany::Any, items)
    }

    /// How many elements the array has, those that are NULL too.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     tags: Vec<String>,
    /// # }
    /// let known = select(Hero.id).filter(Hero.tags.len().gt(2));
    /// assert!(format!("{known:?}").ends_with("WHERE json_array_length(hero.tags) > ?"));
    /// ```
    fn len(self) -> Sql<<Self::Value as Typed>::With<i64>>
    where
        Self::Value: Array + Typed,
    {
        Sql::new(Call::of(Function::ArrayLength, vec![self.into_tree()], None))
    }

    /// Whether the array has no elements. Of NULL it is not known.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero {
    /// #     #[field(primary_key)] id: Id<Hero>,
    /// #     tags: Vec<String>,
    /// # }
    /// let plain = select(Hero.id).filter(Hero.tags.is_empty());
    /// assert!(format!("{plain:?}").ends_with("WHERE json_array_length(hero.tags) = ?"));
    /// ```
    fn is_empty(self) -> Predicate
    where
        Self::Value: Array,
    {
        let length = Call::of(Function::ArrayLength, vec![self.into_tree()], None);
        let zero = Tree::leaf(Expr::Value(Value::Int(0)));
        Predicate(super::operator::between(length, BinaryOp::Eq, zero))
    }

    /// Ordered from the least to the greatest.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).order_by((Hero.age.asc().nulls_last(), Hero.name));
    /// assert!(format!("{query:?}").ends_with("ORDER BY hero.age NULLS LAST, hero.name"));
    /// ```
    fn asc(self) -> Order {
        Order::new(self.into_tree())
    }

    /// Ordered from the greatest to the least.
    ///
    /// ```
    /// # use relata::prelude::*;
    /// # #[model(table)]
    /// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: Option<i32> }
    /// let query = select(Hero.id).order_by(Hero.name.desc());
    /// assert!(format!("{query:?}").ends_with("ORDER BY hero.name DESC"));
    /// ```
    fn desc(self) -> Order {
        Order::new(self.into_tree()).descending()
    }
}

/// What two expressions give together: NULL where one of them may be.
type Both<A, O, V> = <<A as Expression>::Value as Typed>::Either<
    <O as Operand<V>>::Value,
    <<A as Expression>::Value as Typed>::Base,
>;

fn compare<E: Expression, O: Operand<E::Value>>(left: E, op: BinaryOp, right: O) -> Predicate {
    let right = right.into_tree();
    Predicate(left.into_tree().binary(right, |left, right| Expr::Binary { op, left, right }))
}
