//! Decimal values in expressions are decimals on each server, with all their digits, and SQLite agrees as far as
//! its floating point numbers go.

use relata::{
    prelude::*,
    query::{case, coalesce, rank, round, value, window},
};
use relata_suite::{Db, Need, engine, has};
use rust_decimal::Decimal;

#[model(table)]
struct Item {
    #[field(primary_key)]
    id: Id<Item>,
    #[field(max_digits = 10, decimal_places = 2)]
    price: Option<Decimal>,
    #[field(max_digits = 20, decimal_places = 4)]
    exact: Decimal,
}

#[model(table)]
struct Twig {
    #[field(primary_key)]
    id: Id<Twig>,
    name: String,
    #[field(foreign_key = Twig.id)]
    up_id: Option<Id<Twig>>,
}

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn exact(last: u32) -> Decimal {
    let whole = if has(Need::Server) { "1234567890123456" } else { "1" };
    d(&format!("{whole}.789{last}"))
}

/// Prices 9, 10 and none; exact ones that differ in the last place, on servers the twentieth digit.
async fn items() -> (Db, Session) {
    let db = engine(Metadata::of(Item)).await;
    let mut session = Session::new(&db.engine);
    session.add(Item::new(exact(0)).with_price(d("9")));
    session.add(Item::new(exact(1)).with_price(d("10")));
    session.add(Item::new(exact(2)));
    session.commit().await.unwrap();
    (db, session)
}

#[case]
async fn a_decimal_beside_a_column_is_compared_and_ordered_as_one() -> relata::Result<()> {
    let (_db, mut session) = items().await;
    let price = || coalesce((Item.price, d("5")));
    let by_price = select(Item.id).order_by(price());
    let ids = session.exec(by_price).all().await?;
    assert_eq!(ids, [3, 1, 2].map(Id::from));
    assert_eq!(session.exec(select(max(price()))).one().await?, Some(d("10")));
    let ids =
        session.exec(select(Item.id).filter(price().gt(d("6"))).order_by(Item.id)).all().await?;
    assert_eq!(ids, [1, 2].map(Id::from));
    let ids = session.exec(select(Item.id).filter(price().eq(d("5")))).all().await?;
    assert_eq!(ids, [Id::from(3)]);
    let ranks = select((Item.id, rank().over(window().order_by(price())))).order_by(Item.id);
    assert_eq!(
        session.exec(ranks).all().await?,
        [(Id::from(1), 2), (Id::from(2), 3), (Id::from(3), 1)]
    );
    let stepped = || case().when(Item.price.gt(d("9.5")), d("100")).otherwise(d("3"));
    let ids = session.exec(select(Item.id).order_by((stepped().desc(), Item.id))).all().await?;
    assert_eq!(ids, [2, 1, 3].map(Id::from));
    let ids = session.exec(select(Item.id).filter(stepped().gt(d("20")))).all().await?;
    assert_eq!(ids, [Id::from(2)]);
    let ids = session
        .exec(select(Item.id).filter(stepped().eq(d("3.0"))).order_by(Item.id))
        .all()
        .await?;
    assert_eq!(ids, [1, 3].map(Id::from));
    Ok(())
}

#[case]
async fn servers_compute_with_decimals_exactly() -> relata::Result<()> {
    if !has(Need::Server) {
        return Ok(());
    }
    let (_db, mut session) = items().await;
    let thrice = select(Item.exact * d("3")).filter(Item.id.eq(1));
    assert_eq!(session.exec(thrice).one().await?, d("3703703670370370.367"));
    let third = select(Item.price / d("3")).filter(Item.id.eq(2));
    assert_eq!(session.exec(third).one().await?, Some(d("3.3333333333333333")));
    let sum = select(Item.id).filter((Item.price + d("0.2")).eq(d("9.2")));
    assert_eq!(session.exec(sum).all().await?, [Id::from(1)]);
    let ids = |filter| select(Item.id).filter(filter).order_by(Item.id);
    let found = session.exec(ids(Item.exact.is_in([exact(0), exact(1)]))).all().await?;
    assert_eq!(found, [1, 2].map(Id::from));
    let found = session.exec(ids(Item.exact.between(exact(1), exact(1)))).all().await?;
    assert_eq!(found, [Id::from(2)]);
    let found = session.exec(ids(Item.exact.eq(exact(2)))).all().await?;
    assert_eq!(found, [Id::from(3)]);
    let more = update(Item).set(Item.exact, Item.exact + d("0.0001")).filter(Item.id.eq(3));
    session.exec(more).run().await?;
    let found = session.exec(select(Item.exact).filter(Item.id.eq(3))).one().await?;
    assert_eq!(found, exact(3));
    Ok(())
}

#[case]
async fn what_is_half_way_is_rounded_away_from_zero() -> relata::Result<()> {
    let (_db, mut session) = items().await;
    let rounded = |number: &str, digits| select(round(value(d(number)), digits));
    for (number, digits, expected) in
        [("2.5", 0, "3"), ("-2.5", 0, "-3"), ("0.5", 0, "1"), ("0.125", 2, "0.13")]
    {
        let found = session.exec(rounded(number, digits)).one().await?;
        assert_eq!(found, d(expected), "{number}");
    }
    Ok(())
}

#[case]
async fn columns_of_a_recursion_grow_from_a_value() -> relata::Result<()> {
    let db = engine(Metadata::of(Twig)).await;
    let mut session = Session::new(&db.engine);
    let mut up = session.add(Twig::new("a".repeat(200)));
    for name in ["b", "c"] {
        up = session.add(Twig::new(name.repeat(200)).with_up_id(&up));
    }
    session.commit().await?;
    let paths = select((Twig.id, value("/"), value(d("1")))).filter(Twig.up_id.is_null());
    let paths = paths.recursive_all("path", |path| {
        let next = (Twig.id, path.1 + Twig.name, path.2 * d("0.5"));
        select(next).join(path.on(Twig.up_id.eq(path.0)))
    });
    let found: Vec<(Id<Twig>, String, Decimal)> = session
        .exec(select((paths.0, paths.1, paths.2)).select_from(&paths).order_by(paths.0))
        .all()
        .await?;
    let shown: Vec<_> =
        found.iter().map(|(id, path, half)| (id.get().unwrap(), path.len(), *half)).collect();
    assert_eq!(shown, [(1, 1, d("1")), (2, 201, d("0.5")), (3, 401, d("0.25"))]);
    Ok(())
}
