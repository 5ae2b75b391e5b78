//! [`case()`]: the value of the first condition that is true.

use super::{Argument, Expr, IntoPredicate, Operand, Predicate, Sql, Tree, Typed};
use std::marker::PhantomData;

/// A choice between values, by conditions of which the first that is true counts:
/// `case().when(Hero.age.lt(18), "minor").otherwise("adult")`.
///
/// The values are expressions or plain values of one type. It may be NULL where one of them may be,
/// or where it [`end`](Case::end)s without a value for the other rows.
///
/// ```
/// # use relata::prelude::*;
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// #     age: Option<i32>,
/// # }
/// let kind = case().when(Hero.age.lt(18), "minor").when(Hero.age.is_null(), Hero.name);
/// assert_eq!(
///     format!("{:?}", select(kind.otherwise("adult"))),
///     "SELECT CASE WHEN hero.age < ? THEN ? WHEN hero.age IS NULL THEN hero.name ELSE ? END\nFROM hero"
/// );
/// ```
pub fn case() -> CaseStart {
    CaseStart { private: () }
}

/// A [`case()`] that has no condition yet.
#[must_use = "a `case` is an expression only with `.when(…)`, and `.otherwise(…)` or `.end()`"]
pub struct CaseStart {
    private: (),
}

impl CaseStart {
    /// The value where a condition is true; it says of which type all values are.
    pub fn when<A: Argument>(
        self,
        condition: impl IntoPredicate,
        value: A,
    ) -> Case<<A as Argument>::Value> {
        let () = self.private;
        Case { arms: vec![(condition.into_predicate().0, value.into_tree())], of: PhantomData }
    }
}

/// A [`case()`] before its end: it is an expression with `.otherwise(…)` or `.end()`.
#[must_use = "a `case` is an expression only with `.otherwise(…)` or `.end()`"]
pub struct Case<V> {
    arms: Vec<(Tree, Tree)>,
    of: PhantomData<fn() -> V>,
}

/// What two values of a `case` are together: NULL where one of them may be.
type Both<V, A> = <V as Typed>::Either<<A as CaseValue<V>>::Value, <V as Typed>::Base>;

impl<V: Typed> Case<V> {
    fn with<W>(mut self, condition: Predicate, value: Tree) -> Case<W> {
        self.arms.push((condition.0, value));
        Case { arms: self.arms, of: PhantomData }
    }

    /// The value where a condition is true, and none before is.
    pub fn when<A: CaseValue<V>>(
        self,
        condition: impl IntoPredicate,
        value: A,
    ) -> Case<Both<V, A>> {
        self.with(condition.into_predicate(), value.into_tree())
    }

    /// The value where no condition is true.
    pub fn otherwise<A: CaseValue<V>>(self, value: A) -> Sql<Both<V, A>> {
        Sql::new(tree(self.arms, Some(value.into_tree())))
    }

    /// NULL where no condition is true.
    pub fn end(self) -> Sql<Option<V::Base>> {
        Sql::new(tree(self.arms, None))
    }
}

fn tree(arms: Vec<(Tree, Tree)>, otherwise: Option<Tree>) -> Tree {
    let depths = arms.iter().map(|(condition, value)| condition.depth.max(value.depth));
    let depth = depths.chain(otherwise.iter().map(|value| value.depth)).max().unwrap_or(0);
    let arms = arms.into_iter().map(|(condition, value)| (condition.expr, value.expr)).collect();
    let otherwise = otherwise.map(|value| Box::new(value.expr));
    Tree::over(depth, Expr::Case { arms, otherwise })
}

/// A value of a `case` whose first value is a `V`: an expression or plain value of that type,
/// whether or not one of them may be NULL.
#[diagnostic::on_unimplemented(
    message = "this `case` gives `{V}`, and `{Self}` is no value of that type",
    label = "expected the type of the first value",
    note = "all values of a `case` have one type; `cast` an expression, or start with the value of the type that you want"
)]
pub trait CaseValue<V> {
    /// Its type; an `Option` where it may be NULL.
    type Value: Typed;

    /// The value or expression as data.
    #[doc(hidden)]
    fn into_tree(self) -> Tree;
}

#[diagnostic::do_not_recommend]
impl<V, O: Operand<V, Value: Typed>> CaseValue<V> for O {
    type Value = O::Value;
    fn into_tree(self) -> Tree {
        Operand::into_tree(self)
    }
}
