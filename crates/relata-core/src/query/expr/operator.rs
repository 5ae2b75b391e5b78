//! Rust's `+`, `-`, `*`, `/` and `%` on expressions.

use super::{
    Aggregate, BinaryOp, Expr, Expression, Integer, Number, Operand, Origin, Plus, RawExpr, Sql,
    Tree, Typed,
};
use crate::model::Column;
use std::{
    collections::VecDeque,
    ops::{Add, Div, Mul, Neg, Rem, Sub},
};

/// What `A op B` gives: NULL where one of them may be.
type Both<A, B> = <A as Typed>::Either<B, <A as Typed>::Base>;

pub(in crate::query) fn between(left: Tree, op: BinaryOp, right: Tree) -> Tree {
    left.binary(right, |left, right| Expr::Binary { op, left, right })
}

/// Texts one after the other, in one flat list.
pub(in crate::query) fn concat(left: Tree, right: Tree) -> Tree {
    let depth = match left.expr {
        Expr::Concat(_) => left.depth.saturating_sub(1),
        _ => left.depth,
    };
    let mut list = match left.expr {
        Expr::Concat(list) => list,
        other => VecDeque::from([other]),
    };
    list.push_back(right.expr);
    Tree::over(depth.max(right.depth), Expr::Concat(list))
}

fn divide<T: Number>(left: Tree, right: Tree) -> Tree {
    between(left, T::DIVISION, right)
}

/// What an expression of integers is divided by, where what the division leaves is asked. It is a bound
/// of the right side, so that the compiler says what is wrong with the left one.
#[diagnostic::on_unimplemented(
    message = "there is no `%` of `{V}` and `{Self}`; it is for integers of one type",
    label = "expected integers",
    note = "numbers with a fraction leave `x - floor(x / y) * y`; `cast::<i64>()` converts an expression"
)]
pub trait Modulus<V> {
    /// The value or expression as data.
    #[doc(hidden)]
    fn into_tree(self) -> Tree;
}

#[diagnostic::do_not_recommend]
impl<V: Typed<Base: Integer>, R: Operand<V>> Modulus<V> for R {
    fn into_tree(self) -> Tree {
        Operand::into_tree(self)
    }
}

macro_rules! operators {
    ($([$($generics:tt)*] $ty:ty, $value:ty;)*) => {$(
        /// The sum of numbers, or this text and then another.
        impl<$($generics)* R: Operand<$value, Value: Typed>> Add<R> for $ty
        where
            $value: Typed<Base: Plus>,
        {
            type Output = Sql<Both<$value, R::Value>>;
            fn add(self, right: R) -> Self::Output {
                let (left, right) = (Expression::into_tree(self), right.into_tree());
                Sql::new(match <<$value as Typed>::Base as Plus>::TEXT {
                    true => concat(left, right),
                    false => between(left, BinaryOp::Add, right),
                })
            }
        }

        impl<$($generics)* R: Operand<$value, Value: Typed>> Sub<R> for $ty
        where
            $value: Typed<Base: Number>,
        {
            type Output = Sql<Both<$value, R::Value>>;
            fn sub(self, right: R) -> Self::Output {
                Sql::new(between(Expression::into_tree(self), BinaryOp::Sub, right.into_tree()))
            }
        }

        impl<$($generics)* R: Operand<$value, Value: Typed>> Mul<R> for $ty
        where
            $value: Typed<Base: Number>,
        {
            type Output = Sql<Both<$value, R::Value>>;
            fn mul(self, right: R) -> Self::Output {
                Sql::new(between(Expression::into_tree(self), BinaryOp::Mul, right.into_tree()))
            }
        }

        /// The quotient; of integers without its fraction, as in Rust. NULL where the divisor is
        /// zero.
        impl<$($generics)* R: Operand<$value>> Div<R> for $ty
        where
            $value: Typed<Base: Number>,
        {
            type Output = Sql<Option<<$value as Typed>::Base>>;
            fn div(self, right: R) -> Self::Output {
                let (left, right) = (Expression::into_tree(self), right.into_tree());
                Sql::new(divide::<<$value as Typed>::Base>(left, right))
            }
        }

        /// What the division leaves, with the sign of the left, as in Rust; NULL where the divisor
        /// is zero.
        impl<$($generics)* R: Modulus<$value>> Rem<R> for $ty
        where
            $value: Typed,
        {
            type Output = Sql<Option<<$value as Typed>::Base>>;
            fn rem(self, right: R) -> Self::Output {
                Sql::new(between(Expression::into_tree(self), BinaryOp::Rem, right.into_tree()))
            }
        }

        impl<$($generics)*> Neg for $ty
        where
            $value: Typed<Base: Number>,
        {
            type Output = Sql<$value>;
            fn neg(self) -> Self::Output {
                Sql::new(Expression::into_tree(self).unary(Expr::Negative))
            }
        }
    )*};
}

operators! {
    [M: Origin, V: Typed,] Column<M, V>, V;
    [V: Typed,] Sql<V>, V;
    [V: Typed,] Aggregate<V>, V;
    [V: Typed,] RawExpr<V>, V;
}
