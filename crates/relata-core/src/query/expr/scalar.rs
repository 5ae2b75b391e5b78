//! Functions of text and numbers, and any function by its name.

use super::{
    Argument, Arguments, Bind, Call, Choices, Expr, Function, Number, Operand, Sql, Text, Tree,
    Typed, WholeNumber,
};
use crate::value::{ColumnType, NotNull, SqlType, Value};

/// The type of an argument.
type Of<A> = <A as Argument>::Value;
/// The type of an argument without its `Option`.
type Base<A> = <Of<A> as Typed>::Base;
/// `T`, NULL where the argument is.
type With<A, T> = <Of<A> as Typed>::With<T>;
/// What averages of a number are: an `f64` for integers.
type Fraction<A> = <Base<A> as Number>::Average;

impl Call {
    /// A call of a function as an expression.
    pub(in crate::query) fn of(
        function: Function,
        args: Vec<Tree>,
        gives: Option<SqlType>,
    ) -> Tree {
        Tree::many(args, |args| Expr::Call(Box::new(Call::new(function, args, gives))))
    }
}

fn named(name: &'static str, args: Vec<Tree>) -> Tree {
    Call::of(Function::Named(name.into()), args, None)
}

/// The text in lower case; on SQLite only the letters `A` to `Z` change.
pub fn lower<A: Argument<Value: Text>>(text: A) -> Sql<With<A, String>> {
    Sql::new(named("lower", vec![text.into_tree()]))
}

/// The text in upper case; on SQLite only the letters `a` to `z` change.
pub fn upper<A: Argument<Value: Text>>(text: A) -> Sql<With<A, String>> {
    Sql::new(named("upper", vec![text.into_tree()]))
}

/// How many characters the text has.
pub fn length<A: Argument<Value: Text>>(text: A) -> Sql<With<A, i64>> {
    Sql::new(Call::of(Function::Length, vec![text.into_tree()], None))
}

/// The text without the spaces before and after it; other white space stays.
pub fn trim<A: Argument<Value: Text>>(text: A) -> Sql<With<A, String>> {
    Sql::new(named("trim", vec![text.into_tree()]))
}

/// The text without the spaces before it.
pub fn ltrim<A: Argument<Value: Text>>(text: A) -> Sql<With<A, String>> {
    Sql::new(named("ltrim", vec![text.into_tree()]))
}

/// The text without the spaces after it.
pub fn rtrim<A: Argument<Value: Text>>(text: A) -> Sql<With<A, String>> {
    Sql::new(named("rtrim", vec![text.into_tree()]))
}

/// Text, NULL where one of three is.
type Three<A, B, C> = <A as Typed>::Either<<B as Typed>::Either<C, String>, String>;

/// The text with another in each place of a third: `replace(Hero.name, "-", " ")`.
pub fn replace<A, B, C>(text: A, from: B, to: C) -> Sql<Three<Of<A>, B::Value, C::Value>>
where
    A: Argument<Value: Text>,
    B: Operand<String, Value: Typed>,
    C: Operand<String, Value: Typed>,
{
    let args = vec![text.into_tree(), from.into_tree(), to.into_tree()];
    Sql::new(named("replace", args))
}

/// A part of the text: so many characters from a position on, which counts from 1. What lies outside
/// of the text is left out; databases do not agree on positions below 1 and lengths below 0.
pub fn substr<A, S, L>(text: A, start: S, length: L) -> Sql<Three<Of<A>, S::Value, L::Value>>
where
    A: Argument<Value: Text>,
    S: WholeNumber,
    L: WholeNumber,
{
    let args = vec![text.into_tree(), start.into_tree(), length.into_tree()];
    Sql::new(Call::of(Function::Substr, args, None))
}

/// The rest of the text from a position on, which counts from 1.
pub fn substr_from<A, S>(text: A, start: S) -> Sql<<Of<A> as Typed>::Either<S::Value, String>>
where
    A: Argument<Value: Text>,
    S: WholeNumber,
{
    Sql::new(Call::of(Function::Substr, vec![text.into_tree(), start.into_tree()], None))
}

/// The number without its sign.
pub fn abs<A: Argument<Value: Typed<Base: Number>>>(number: A) -> Sql<Of<A>> {
    Sql::new(named("abs", vec![number.into_tree()]))
}

fn rounded<A: Argument<Value: Typed<Base: Number>>>(
    function: Function,
    args: Vec<Tree>,
) -> Sql<With<A, Fraction<A>>> {
    let gives = <Fraction<A> as ColumnType>::TYPE;
    Sql::new(Call::of(function, args, Some(gives)))
}

/// The number with so many digits after the point; what is half way goes away from zero. It is an
/// `f64` of integers and floats, which may be rounded once more on the way, and a `Decimal` of
/// decimals.
pub fn round<A: Argument<Value: Typed<Base: Number>>>(
    number: A,
    digits: u8,
) -> Sql<With<A, Fraction<A>>> {
    rounded::<A>(Function::Round(digits), vec![number.into_tree()])
}

/// The greatest whole number that is not greater; an `f64` of integers and floats.
pub fn floor<A: Argument<Value: Typed<Base: Number>>>(number: A) -> Sql<With<A, Fraction<A>>> {
    rounded::<A>(Function::Named("floor".into()), vec![number.into_tree()])
}

/// The least whole number that is not less; an `f64` of integers and floats.
pub fn ceil<A: Argument<Value: Typed<Base: Number>>>(number: A) -> Sql<With<A, Fraction<A>>> {
    rounded::<A>(Function::Named("ceil".into()), vec![number.into_tree()])
}

/// The first of these that is not NULL: `coalesce((Hero.nick, Hero.name))`. Whether it may be NULL
/// is up to the last one.
///
/// ```
/// # use relata::{prelude::*, query::Sql};
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     nick: Option<String>,
/// #     name: String,
/// # }
/// let shown: Sql<String> = coalesce((Hero.nick, Hero.name));
/// assert_eq!(format!("{:?}", select(shown)), "SELECT coalesce(hero.nick, hero.name)\nFROM hero");
/// ```
pub fn coalesce<C: Choices>(of: C) -> Sql<C::Last> {
    Sql::new(named("coalesce", of.into_trees()))
}

/// The value, or NULL where it equals another.
pub fn nullif<A: Argument, B: Operand<Of<A>>>(value: A, other: B) -> Sql<Option<Base<A>>> {
    Sql::new(named("nullif", vec![value.into_tree(), other.into_tree()]))
}

/// The greatest of these: `greatest((Hero.age, 18))`; NULL where one of them is.
pub fn greatest<C: Choices>(of: C) -> Sql<C::Any> {
    Sql::new(Call::of(Function::Greatest, of.into_trees(), None))
}

/// The least of these; NULL where one of them is.
pub fn least<C: Choices>(of: C) -> Sql<C::Any> {
    Sql::new(Call::of(Function::Least, of.into_trees(), None))
}

/// A number of no pattern, at least 0 and less than 1; `order_by(random())` shuffles rows.
pub fn random() -> Sql<f64> {
    Sql::new(Call::of(Function::Random, Vec::new(), None))
}

/// Any function of the database, by its name: `function::<i64>("instr", (Hero.name, "-"))`.
///
/// What it gives is what you say, read exactly: an `Option` where it may give NULL. The name consists
/// of ASCII letters, digits, `_` and `.`; a statement with another one is an `InvalidStatement`
/// error.
///
/// ```
/// # use relata::{prelude::*, query::{Sql, function}};
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// # }
/// let at: Sql<i64> = function("instr", (Hero.name, "-"));
/// assert_eq!(format!("{:?}", select(at)), "SELECT instr(hero.name, ?)\nFROM hero");
///
/// let wrong = select(function::<i64>("1 + ", (Hero.name,)));
/// assert!(format!("{wrong:?}").starts_with("`1 + ` is no name of a function"));
/// ```
pub fn function<V: ColumnType>(name: &str, arguments: impl Arguments) -> Sql<V> {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    let starts = |part: &str| part.starts_with(|first: char| !first.is_ascii_digit());
    if !name.chars().all(letter) || !name.split('.').all(starts) {
        return Sql::new(Tree::invalid(format!(
            "`{name}` is no name of a function; it has ASCII letters, digits, `_` and `.`, and starts with no digit"
        )));
    }
    let function = Function::Named(name.to_owned().into());
    Sql::new(Call::of(function, arguments.into_trees(), None))
}

/// A value as an expression: of any column type, and text as `&str`.
///
/// ```
/// # use relata::{prelude::*, query::{Sql, value}};
/// # #[model(table)]
/// # struct Hero { #[field(primary_key)] id: Id<Hero>, name: String }
/// let kind: Sql<String> = value("hero");
/// let one: Sql<i64> = value(1);
/// assert_eq!(format!("{:?}", select((Hero.name, kind, one))), "SELECT hero.name, ?, ?\nFROM hero");
/// ```
pub fn value<V: ColumnType>(value: impl Bind<V>) -> Sql<V> {
    Sql::new(Tree::leaf(Expr::Value(value.into_value())))
}

/// NULL as an expression.
pub fn null<T: NotNull>() -> Sql<Option<T>> {
    Sql::new(Tree::leaf(Expr::Value(Value::Null)))
}
