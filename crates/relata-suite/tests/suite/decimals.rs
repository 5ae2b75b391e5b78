//! Decimal values in expressions are decimals on each server, with all their digits, and SQLite agrees as far as
//! its floating point numbers go.

use relata::{
    prelude::*,
    query::{case, coalesce, count_rows, rank, raw_expr, round, tuple, value, window},
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
async fn a_computed_decimal_has_the_places_that_there_is_room_for() -> relata::Result<()> {
    let (_db, mut session) = items().await;
    let third = select(Item.exact / d("3")).filter(Item.id.eq(2));
    let third = session.exec(third).one().await?.expect("a quotient");
    let expected = if has(Need::Server) { "411522630041152.26303" } else { "0.59637" };
    assert_eq!(third.round_dp(4), d(expected).round_dp(4));
    let average = session.exec(select(avg(Item.exact))).one().await?.expect("an average");
    assert_eq!(average.round_dp(4), exact(1));
    let thirds =
        select((Item.exact / d("3"), Item.id)).union(select((Item.exact / d("6"), Item.id)));
    let thirds = thirds.subquery("thirds");
    let greatest = session.exec(select(max(thirds.0)).select_from(&thirds)).one().await?;
    let expected = if has(Need::Server) { d("411522630041152.2631") } else { d("0.5964") };
    assert_eq!(greatest.map(|it| it.round_dp(4)), Some(expected));
    Ok(())
}

#[case]
async fn decimals_in_sql_by_hand_are_decimals() -> relata::Result<()> {
    let (_db, mut session) = items().await;
    let price = raw_expr::<Decimal>("coalesce(item.price, :least)").bind("least", d("5"));
    let ids = session.exec(select(Item.id).order_by(price)).all().await?;
    assert_eq!(ids, [3, 1, 2].map(Id::from));
    let sql = "SELECT id FROM item WHERE exact = :exact OR coalesce(price, :least) = :least2";
    let found = raw(sql)
        .into_tuple::<Id<Item>>()
        .bind("exact", exact(1))
        .bind("least", d("5.0"))
        .bind("least2", d("5"));
    let mut found = session.exec(found).all().await?;
    found.sort_by_key(Id::get);
    assert_eq!(found, [2, 3].map(Id::from));
    Ok(())
}

#[case]
async fn decimals_are_compared_in_every_kind_of_statement() -> relata::Result<()> {
    let (_db, mut session) = items().await;
    let found = session.exec(select(Item.id).filter(Item.exact.ne(exact(0)))).all().await?;
    assert_eq!(found.len(), 2);
    let pair = tuple((Item.exact, coalesce((Item.price, d("5.00")))));
    let found = select(Item.id).filter(pair.is_in([(exact(2), d("5"))]));
    let found = session.exec(found).all().await?;
    assert_eq!(found, [Id::from(3)]);
    let cheap =
        || case().when(coalesce((Item.price, d("5"))).lt(d("9.5")), d("1")).otherwise(d("0.5"));
    let groups =
        select((cheap(), count_rows())).group_by(cheap()).having(sum(Item.exact).gt(d("1.5")));
    let mut groups = session.exec(groups).all().await?;
    groups.sort_by_key(|(cheap, _)| *cheap);
    assert_eq!(groups, [(d("0.5"), 1), (d("1"), 2)]);
    let many: Vec<Decimal> =
        (0..600).map(|at| d("20") + Decimal::from(at)).chain([d("9.0")]).collect();
    let found = session.exec(select(Item.id).filter(Item.price.is_in(many))).all().await?;
    assert_eq!(found, [Id::from(1)]);
    let none: Option<Decimal> = None;
    let found = select(Item.id).filter(coalesce((none, Item.price, d("5"))).eq(d("5")));
    assert_eq!(session.exec(found).all().await?, [Id::from(3)]);
    let gone = delete(Item).filter(coalesce((Item.price, d("5"))).between(d("4.9"), d("5.1")));
    assert_eq!(session.exec(gone).run().await?, 1);
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
