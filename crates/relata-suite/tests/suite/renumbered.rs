//! Rows in lists whose keys the program changes: lists know them by the keys that the database has.

use relata::{ErrorKind, prelude::*};
use relata_suite::{Db, engine};

#[model(table)]
struct Order {
    #[field(primary_key)]
    id: Id<Order>,
    #[relationship(back_populates = order, order_by = number, cascade_delete)]
    lines: Many<Line>,
    #[relationship(back_populates = order, order_by = code, cascade_delete)]
    parcels: Many<Parcel>,
    #[relationship(back_populates = orders, link_model = OrderMark)]
    marks: Many<Mark>,
}

#[model(table)]
struct Line {
    #[field(primary_key, foreign_key = Order.id)]
    order_id: Id<Order>,
    #[field(primary_key)]
    number: i32,
    text: String,
    #[relationship(back_populates = lines)]
    order: One<Order>,
}

/// It has a key of its own.
#[model(table)]
struct Parcel {
    #[field(primary_key)]
    code: String,
    text: String,
    #[field(foreign_key = Order.id)]
    order_id: Option<Id<Order>>,
    #[relationship(back_populates = parcels)]
    order: One<Option<Order>>,
}

#[model(table)]
struct Mark {
    #[field(primary_key)]
    name: String,
    #[relationship(back_populates = marks, link_model = OrderMark)]
    orders: Many<Order>,
}

#[model(table)]
struct OrderMark {
    #[field(primary_key, foreign_key = Order.id)]
    order_id: Id<Order>,
    #[field(primary_key, foreign_key = Mark.name)]
    mark_name: String,
}

const LINES: &str = "SELECT order_id, number, text FROM line ORDER BY order_id, number";
const PARCELS: &str = "SELECT order_id, code, text FROM parcel ORDER BY code";

/// Order 1 with lines 1 to 3 and parcels `a` and `b`, which is read with them, and order 2 with parcel `c`.
async fn orders() -> relata::Result<(Db, Session, Tracked<Order>)> {
    let db = engine(Metadata::of((Order, Line, Parcel, Mark, OrderMark))).await;
    let mut session = Session::new(&db.engine);
    let line = |number, text| Line::new(Id::from(1), number, text);
    let lines = [line(1, "one"), line(2, "two"), line(3, "three")];
    let parcels = [Parcel::new("a", "A"), Parcel::new("b", "B")];
    session.add(Order::new().with_id(1).with_lines(lines).with_parcels(parcels));
    session.add(Order::new().with_id(2).with_parcels([Parcel::new("c", "C")]));
    session.commit().await?;
    let order = select(Order).filter(Order.id.eq(1)).with(Order.lines).with(Order.parcels);
    let order = session.exec(order).one().await?;
    Ok((db, session, order))
}

fn line(order: &Tracked<Order>, number: i32) -> Tracked<Line> {
    let lines = order.lines.get().expect("a loaded list");
    lines.iter().find(|line| line.number == number).expect("a line of the order").clone()
}

#[case]
async fn a_row_is_renumbered_in_its_list() -> relata::Result<()> {
    for flushes in [false, true] {
        let (db, mut session, mut order) = orders().await?;
        for line in order.lines.iter_mut()?.filter(|line| line.number == 2) {
            line.number = 9;
        }
        for parcel in order.parcels.iter_mut()?.filter(|parcel| parcel.code == "b") {
            parcel.code = "z".to_owned();
        }
        session.add(&mut order);
        if flushes {
            session.flush().await?;
        }
        // It goes on with the new keys, and a new row may have the old one.
        order.lines.push(Line::new(Id::from(1), 2, "new"));
        for line in order.lines.iter_mut()?.filter(|line| line.number == 9) {
            line.text.push('!');
        }
        session.add(&mut order);
        session.commit().await?;
        assert_eq!(db.rows(LINES), ["1|1|one", "1|2|new", "1|3|three", "1|9|two!"], "{flushes}");
        assert_eq!(db.rows(PARCELS), ["1|a|A", "2|c|C", "1|z|B"]);

        let (last, parcel) = (line(&order, 9), order.parcels.get()?[1].clone());
        order.lines.remove(&last);
        order.parcels.remove(&parcel);
        session.add(&mut order);
        session.commit().await?;
        assert_eq!(db.rows(LINES), ["1|1|one", "1|2|new", "1|3|three"]);
        assert_eq!(db.rows(PARCELS), ["1|a|A", "2|c|C"]);
    }
    Ok(())
}

#[case]
async fn a_row_that_is_renumbered_by_itself_stays_in_the_list() -> relata::Result<()> {
    for flushes in [false, true] {
        let (db, mut session, mut order) = orders().await?;
        for line in order.lines.iter_mut()? {
            line.number += 10;
            session.add(&mut *line);
        }
        if flushes {
            session.flush().await?;
        }
        session.add(Line::new(Id::from(1), 1, "new"));
        session.commit().await?;
        for line in order.lines.iter_mut()? {
            line.text.push('!');
        }
        session.add(&mut order);
        session.commit().await?;
        let expected = ["1|1|new", "1|11|one!", "1|12|two!", "1|13|three!"];
        assert_eq!(db.rows(LINES), expected, "{flushes}");
    }
    Ok(())
}

#[case]
async fn a_key_that_another_row_has_is_refused() -> relata::Result<()> {
    for (number, code) in [(3, "b"), (2, "c")] {
        let (db, mut session, mut order) = orders().await?;
        for line in order.lines.iter_mut()?.filter(|line| line.number == 2) {
            line.number = number;
        }
        for parcel in order.parcels.iter_mut()?.filter(|parcel| parcel.code == "b") {
            parcel.code = code.to_owned();
        }
        session.add(&mut order);
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UniqueViolation);
        session.rollback().await?;
        assert_eq!(db.rows(LINES), ["1|1|one", "1|2|two", "1|3|three"]);
        assert_eq!(db.rows(PARCELS), ["1|a|A", "1|b|B", "2|c|C"]);
    }
    Ok(())
}

#[case]
async fn a_gap_is_closed_in_one_flush() -> relata::Result<()> {
    for by_list in [false, true] {
        let (db, mut session, mut order) = orders().await?;
        let first = line(&order, 1);
        match by_list {
            true => order.lines.remove(&first),
            false => session.delete(&first),
        }
        if !by_list {
            session.flush().await?;
            session.load(&mut order, Order.lines).await?;
        }
        for line in order.lines.iter_mut()? {
            line.number -= 1;
        }
        session.add(&mut order);
        session.commit().await?;
        assert_eq!(db.rows(LINES), ["1|1|two", "1|2|three"], "{by_list}");
    }
    Ok(())
}

#[case]
async fn a_deleted_row_leaves_its_key_to_another() -> relata::Result<()> {
    let (db, mut session, order) = orders().await?;
    let (first, mut second) = (line(&order, 1), line(&order, 2));
    session.delete(&first);
    second.number = 1;
    session.add(&mut second);
    session.commit().await?;
    assert_eq!(db.rows(LINES), ["1|1|two", "1|3|three"]);
    Ok(())
}

#[case]
async fn a_renumbered_copy_moves_itself_and_no_other() -> relata::Result<()> {
    for way in 0..4 {
        let (db, mut session, order) = orders().await?;
        let mut other = session.get(Order, 2).await?.expect("a stored order");
        let mut last = line(&order, 3);
        last.number = 1;
        match way {
            0 => other.lines.push(&last),
            1 => other.lines.set([&last]),
            2 => {
                session.add(&mut last);
                session.rollback().await?;
                other.lines.push(&last);
            }
            _ => last.order.set(&other),
        }
        session.add(&mut other);
        session.add(&mut last);
        session.commit().await?;
        assert_eq!(db.rows(LINES), ["1|1|one", "1|2|two", "2|1|three"], "way {way}");
        if way < 3 {
            other.lines.clear();
            session.add(&mut other);
            session.commit().await?;
            assert_eq!(db.rows(LINES), ["1|1|one", "1|2|two"], "way {way}");
        }
    }
    Ok(())
}

#[case]
async fn a_renumbered_copy_is_removed_by_the_key_that_is_stored() -> relata::Result<()> {
    for added in [false, true] {
        let (db, mut session, mut order) = orders().await?;
        let mut last = line(&order, 3);
        last.number = 1;
        if added {
            last.number = 7;
            session.add(&mut last);
        }
        order.lines.remove(&last);
        session.add(&mut order);
        session.commit().await?;
        assert_eq!(db.rows(LINES), ["1|1|one", "1|2|two"], "{added}");
    }
    Ok(())
}

#[case]
async fn links_name_a_row_by_the_key_that_it_is_to_have() -> relata::Result<()> {
    let (db, mut session, mut order) = orders().await?;
    session.add(Mark::new("old"));
    session.commit().await?;
    let mut mark = session.get(Mark, "old").await?.expect("a stored mark");
    mark.name = "new".to_owned();
    session.add(&mut mark);
    order.marks.push(&mark);
    session.add(&mut order);
    session.commit().await?;
    assert_eq!(db.rows("SELECT order_id, mark_name FROM ordermark"), ["1|new"]);
    order.marks.remove(&mark);
    session.add(&mut order);
    session.commit().await?;
    assert_eq!(db.count("ordermark"), 0);
    Ok(())
}
