//! [`RawExpr`]: a fragment of SQL as an expression of a typed statement.

use super::{
    Argument, Bind, Expr, Expression, Integer, IntoExprs, IntoOrder, Operand, Order, Output,
    Pattern, RawAst, Selection, Sql, Text, Tree, Typed, WholeNumber,
};
use crate::value::ColumnType;
use std::{borrow::Cow, fmt, marker::PhantomData, sync::Arc};

/// A fragment of SQL as an expression: `raw_expr::<i64>("instr(hero.name, :it)").bind("it", "-")`.
///
/// What it gives is what you say, read exactly. It stands in parentheses. What it names, the
/// statement has to read. Parameters are as those of [`raw`](super::raw): give values by
/// [`bind`](RawExpr::bind), and never put them into the text.
///
/// ```
/// # use relata::{prelude::*, query::raw_expr};
/// # #[model(table)]
/// # struct Hero {
/// #     #[field(primary_key)] id: Id<Hero>,
/// #     name: String,
/// # }
/// let bytes = raw_expr::<i64>("length(CAST(hero.name || :end AS BLOB))").bind("end", "é");
/// assert_eq!(
///     format!("{:?}", select(Hero.id).filter(bytes.gt(8))),
///     "SELECT hero.id\nFROM hero\nWHERE (length(CAST(hero.name || ? AS BLOB))) > ?"
/// );
/// ```
pub fn raw_expr<V: ColumnType>(sql: impl Into<Cow<'static, str>>) -> RawExpr<V> {
    RawExpr { ast: RawAst::new(sql), of: PhantomData }
}

/// A fragment of SQL that gives a `V`.
#[must_use = "an expression does nothing until it is a part of a statement"]
pub struct RawExpr<V> {
    ast: RawAst,
    of: PhantomData<fn() -> V>,
}

impl<V> RawExpr<V> {
    /// The value of a parameter. Each that the text names has to be given once, and no other.
    pub fn bind<T>(mut self, name: impl Into<Cow<'static, str>>, value: impl Bind<T>) -> Self {
        self.ast.bind(name, value);
        self
    }

    fn tree(self) -> Tree {
        Tree::leaf(Expr::Raw(Arc::new(self.ast)))
    }
}

impl<V> Clone for RawExpr<V> {
    fn clone(&self) -> Self {
        RawExpr { ast: self.ast.clone(), of: PhantomData }
    }
}

impl<V> fmt::Debug for RawExpr<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ast.fmt(f)
    }
}

impl<V: ColumnType> From<RawExpr<V>> for Sql<V> {
    fn from(fragment: RawExpr<V>) -> Self {
        Sql::new(fragment.tree())
    }
}

impl<V: ColumnType> Expression for RawExpr<V> {
    type Value = V;

    fn into_tree(self) -> Tree {
        self.tree()
    }
}

impl<V: Typed> Argument for RawExpr<V> {
    type Value = V;

    fn into_tree(self) -> Tree {
        self.tree()
    }
}

#[diagnostic::do_not_recommend]
impl<A: Typed, V: Typed<Base = A::Base>> Operand<V> for RawExpr<A> {
    type Value = A;

    fn into_tree(self) -> Tree {
        self.tree()
    }
}

impl<V: Typed<Base: Integer>> WholeNumber for RawExpr<V> {
    type Value = V;

    fn into_tree(self) -> Tree {
        self.tree()
    }
}

impl<V: Text> Pattern for RawExpr<V> {
    fn into_pattern(self) -> (Tree, bool) {
        (self.tree(), true)
    }
}

impl<V: ColumnType> Selection for RawExpr<V> {
    type Rows = Sql<V>;

    fn outputs(self, out: &mut Vec<Output>) {
        out.push(Output::Expr { tree: self.tree(), optional: V::NULLABLE });
    }
}

impl<V: ColumnType> IntoExprs for RawExpr<V> {
    fn into_exprs(self, list: &mut Vec<Tree>) {
        list.push(self.tree());
    }
}

impl<V: ColumnType> IntoOrder for RawExpr<V> {
    fn add_to(self, list: &mut Vec<Order>) {
        list.push(self.asc());
    }
}
