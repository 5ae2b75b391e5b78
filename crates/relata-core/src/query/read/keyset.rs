//! [`Keyset`]: a statement read page by page, each page after the last row of the one before.

use super::{
    BinaryOp, ColumnRef, Distinct, Expr, IntoQuery, JoinKind, Nulls, Order, Output, Predicate,
    Query, Select, Subselect, Tree, all_of, any_of,
};
use crate::{
    connection::Row,
    error::{Error, ErrorKind, Result},
    sql,
    value::{Cell, SqlType, Value},
};

/// A statement to be read in pages, and how far it is.
///
/// A page starts behind the last row of the one before, by the values that the rows are ordered by.
/// So no row is skipped or read twice when rows before it come or go, and a late page costs no more
/// than the first. The keys of all that is read are added to the order, or what is grouped by, so
/// that it has no ties.
pub struct Keyset<S> {
    select: Select<S>,
    size: u64,
    keys: Vec<Key>,
    /// The keys of the last row that was read.
    last: Option<Vec<Value>>,
    /// How many rows are still to be read, where there is a limit.
    left: Option<u64>,
    done: bool,
}

/// One thing that the rows are ordered by.
struct Key {
    order: Order,
    ty: Option<SqlType>,
    nullable: bool,
}

impl<S: Subselect> Keyset<S> {
    /// Pages of at most `size` rows; at least 1.
    ///
    /// # Errors
    /// `InvalidStatement` where nothing tells each row from the others, where the statement is
    /// `distinct`, and where it has a window function, which would see one page only.
    pub fn new(select: Select<S>, size: u64) -> Result<Self> {
        let ast = &select.ast;
        if !matches!(ast.distinct, Distinct::No) {
            return Err(invalid("a `distinct` select cannot be read in pages; use `group_by`"));
        }
        let selected = ast.outputs.iter().filter_map(Output::expr);
        if selected.chain(ast.order_by.iter().map(|order| &order.expr)).any(has_window) {
            return Err(invalid(
                "in pages a window function would see the rows of one page; compute it in a `subquery`, and read the pages of that",
            ));
        }
        let outer = |kind: JoinKind| matches!(kind, JoinKind::Left | JoinKind::Full);
        let outer = ast.joins.iter().any(|join| outer(join.kind));
        let nullable = |column: &ColumnRef| {
            let mut read = ast.sources().filter(|source| source.alias == column.alias);
            outer || (!column.alias.is_empty() && read.any(|source| source.statement().is_some()))
        };
        let order = ast.order_by.iter().cloned();
        let mut keys: Vec<Key> = order.map(|order| Key::of(order, nullable)).collect();
        for expr in sql::row_keys(ast)? {
            if keys.iter().all(|key| !key.is(&expr)) {
                keys.push(Key::of(Order::new(Tree { expr, depth: ast.depth }), nullable));
            }
        }
        if keys.is_empty() {
            return Err(invalid(
                "pages need an order that tells each row from the others, and the statement reads no table; execute it as it is",
            ));
        }
        let left = select.ast.limit;
        Ok(Keyset { select, size: size.max(1), keys, last: None, left, done: left == Some(0) })
    }

    /// Whether all has been read.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The statement that reads the next page. Behind what it selects it reads the keys.
    pub fn query(&self) -> Query<S> {
        let mut select = self.select.clone();
        let ast = &mut select.ast;
        ast.outputs.extend(self.keys.iter().map(|key| Output::Expr {
            tree: Tree { expr: key.order.expr.clone(), depth: key.order.depth },
            optional: true,
        }));
        ast.order_by = self.keys.iter().map(|key| key.order.clone()).collect();
        ast.limit = Some(self.left.map_or(self.size, |left| left.min(self.size)));
        let Some(last) = &self.last else { return select.into_query() };
        ast.offset = None;
        let after = self.after(last);
        if ast.group_by.is_empty() { select.filter(after) } else { select.having(after) }
            .into_query()
    }

    /// The rows behind one with these keys.
    fn after(&self, last: &[Value]) -> Predicate {
        let keys = || self.keys.iter().zip(last);
        let one_way = self
            .keys
            .windows(2)
            .all(|keys| matches!(keys, [a, b] if a.order.descending == b.order.descending));
        if one_way && self.keys.len() > 1 && self.keys.iter().all(|key| !key.nullable) {
            // an index can be used for the whole
            let left = self.keys.iter().map(Key::tree).collect();
            let right = last.iter().cloned().map(Expr::Value).map(Tree::leaf).collect();
            let op = self.keys[0].beyond();
            let rows =
                Tree::many(left, Expr::Row).binary(Tree::many(right, Expr::Row), |left, right| {
                    Expr::Binary { op, left, right }
                });
            return Predicate(rows);
        }
        any_of(keys().enumerate().filter_map(|(at, (key, value))| {
            let same = keys().take(at).map(|(key, value)| key.same(value));
            let beyond = key.after(value)?;
            Some(all_of(same.chain([beyond])))
        }))
    }

    /// Reads the keys of a row that has been read up to a position.
    ///
    /// # Errors
    /// `Decode`, where a cell does not fit its column.
    pub fn read_keys(types: &[Option<SqlType>], row: &dyn Row, at: usize) -> Result<Vec<Value>> {
        let keys = types.iter().enumerate().map(|(key, ty)| {
            let cell = row.cell(at + key)?;
            match ty {
                Some(ty) => ty.read(cell).map_err(|misfit| Error::new(ErrorKind::Decode, misfit.0)),
                None => held(cell),
            }
        });
        keys.collect()
    }

    /// The types of the keys, where they are columns.
    pub fn key_types(&self) -> Vec<Option<SqlType>> {
        self.keys.iter().map(|key| key.ty).collect()
    }

    /// Goes on behind the page that was read: so many rows, and the keys of the last.
    pub fn advance(&mut self, rows: u64, last: Option<Vec<Value>>) {
        let asked = self.left.map_or(self.size, |left| left.min(self.size));
        self.left = self.left.map(|left| left.saturating_sub(rows));
        self.done = rows < asked || self.left == Some(0);
        self.last = last.or(self.last.take());
    }
}

fn has_window(expr: &Expr) -> bool {
    if matches!(expr, Expr::Call(call) if call.over.is_some()) {
        return true;
    }
    let mut found = false;
    expr.each_child(&mut |child| found = found || has_window(child));
    found
}

impl Key {
    /// What rows are ordered by, with NULLs at one end, the same on every database. `outer` says
    /// which columns may be NULL where their table's are not.
    fn of(mut order: Order, outer: impl Fn(&ColumnRef) -> bool) -> Self {
        if let Expr::Label { expr, .. } = order.expr {
            order.expr = *expr;
        }
        let (ty, nullable) = match &order.expr {
            Expr::Column(read) => {
                let column = &read.table.columns[read.at];
                (Some(column.ty), column.nullable || outer(read))
            }
            _ => (None, true),
        };
        if nullable && order.nulls.is_none() {
            order.nulls = Some(if order.descending { Nulls::Last } else { Nulls::First });
        }
        Key { order, ty, nullable }
    }

    /// Whether both are the same column.
    fn is(&self, expr: &Expr) -> bool {
        match (&self.order.expr, expr) {
            (Expr::Column(own), Expr::Column(column)) => own == column,
            (Expr::Derived { source, at }, Expr::Derived { source: other, at: there }) => {
                source == other && at == there
            }
            _ => false,
        }
    }

    fn tree(&self) -> Tree {
        Tree { expr: self.order.expr.clone(), depth: self.order.depth }
    }

    fn beyond(&self) -> BinaryOp {
        if self.order.descending { BinaryOp::Lt } else { BinaryOp::Gt }
    }

    fn compare(&self, op: BinaryOp, value: &Value) -> Predicate {
        let value = Tree::leaf(Expr::Value(value.clone()));
        Predicate(self.tree().binary(value, |left, right| Expr::Binary { op, left, right }))
    }

    fn null(&self, negated: bool) -> Predicate {
        Predicate(self.tree().unary(|expr| Expr::IsNull { expr, negated }))
    }

    /// Rows that have the same.
    fn same(&self, value: &Value) -> Predicate {
        if value.is_null() { self.null(false) } else { self.compare(BinaryOp::Eq, value) }
    }

    /// Rows that come behind; `None` where there can be none.
    fn after(&self, value: &Value) -> Option<Predicate> {
        let nulls_last = self.order.nulls == Some(Nulls::Last);
        match (value.is_null(), nulls_last) {
            (true, true) => None,
            (true, false) => Some(self.null(true)),
            (false, true) if self.nullable => {
                Some(self.compare(self.beyond(), value) | self.null(false))
            }
            (false, _) => Some(self.compare(self.beyond(), value)),
        }
    }
}

/// A cell as the value to compare the next page with.
fn held(cell: Cell<'_>) -> Result<Value> {
    Ok(match cell {
        Cell::Null => Value::Null,
        Cell::Bool(value) => Value::Bool(value),
        Cell::Int(value) => Value::Int(value),
        Cell::Real(value) => Value::Real(value),
        Cell::Text(value) => Value::Text(value.into()),
        Cell::Bytes(value) => Value::Bytes(value.into()),
        Cell::Uuid(value) => Value::Uuid(value),
        Cell::Decimal(value) => Value::Decimal(value),
        Cell::Date(value) => Value::Date(value),
        Cell::Time(value) => Value::Time(value),
        Cell::DateTime(value) => Value::DateTime(value),
        Cell::Timestamp(value) => Value::Timestamp(value),
        Cell::Interval(value) => Value::Interval(value),
        Cell::List(_) => {
            return Err(invalid(
                "pages are not ordered by an array that is computed; order them by the column, or by `len()`",
            ));
        }
        Cell::Late(value) => Value::Late(value.clone()),
    })
}

fn invalid(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidStatement, message)
}
