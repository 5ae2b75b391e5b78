//! Rows of a table in a schema that are written and deleted as one list.

use crate::support::everywhere;
use relata::{
    ErrorKind,
    blocking::{Session, prelude::*},
};

const SCHEMA: &str = "relata_opt_lists";

/// Its table and column are words of SQL.
#[model(table = "order", schema = "relata_opt_lists")]
struct Order {
    #[field(primary_key)]
    id: Id<Order>,
    #[field(column = "group")]
    group_name: String,
}

#[test]
fn rows_of_a_schema_are_changed_and_deleted_together() {
    everywhere("rows_of_a_schema_are_changed_together", &[SCHEMA], |db| {
        let engine = db.engine();
        Metadata::of(Order).create_all(&engine).unwrap();
        let mut session = Session::new(&engine);
        let mut orders = session.add_all(["a", "b", "c"].map(Order::new));
        session.commit().unwrap();
        for order in &mut orders {
            order.group_name.push('!');
            session.add(order);
        }
        session.commit().unwrap();
        let groups = || engine.exec(select(Order.group_name).order_by(Order.id)).all().unwrap();
        assert_eq!(groups(), ["a!", "b!", "c!"]);

        engine.exec(delete(Order).filter(Order.id.eq(2))).run().unwrap();
        orders.iter().for_each(|order| session.delete(order));
        let error = session.commit().unwrap_err();
        let table = format!("{SCHEMA}.order");
        assert_eq!((error.kind(), error.table()), (ErrorKind::Stale, Some(&*table)));
        assert!(error.to_string().starts_with("the `Order` with key 2 has gone"), "{error}");
        session.rollback().unwrap();
        session.delete(&orders[0]);
        session.delete(&orders[2]);
        session.commit().unwrap();
        assert!(groups().is_empty());
    });
}
