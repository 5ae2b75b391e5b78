//! Numbers at their limits: exact, or an error that says why.

use crate::support::{message, pick};
use relata::{ErrorKind, Metadata, prelude::*, rust_decimal::Decimal};

#[model(table = "number")]
struct Wide {
    #[field(primary_key)]
    id: Id<Wide>,
    whole: i64,
    float: f64,
    exact: Option<Decimal>,
}

/// The same table, seen by a program that expects less of it.
#[model(table = "number")]
struct Narrow {
    #[field(primary_key)]
    id: Id<Narrow>,
    whole: i32,
    float: f32,
}

#[model(table = "number")]
struct Natural {
    #[field(primary_key)]
    id: Id<Natural>,
    whole: u64,
    float: f64,
}

#[model(table)]
struct Price {
    #[field(primary_key)]
    id: Id<Price>,
    #[field(max_digits = 10, decimal_places = 2)]
    amount: Decimal,
    any: Option<Decimal>,
}

#[model(table)]
struct Document {
    #[field(primary_key)]
    id: Id<Document>,
    float: Json<f64>,
    natural: Json<u64>,
    whole: Json<i64>,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

cases! {
    async fn an_integer_is_never_wrapped() {
        let db = support::engine(Metadata::of(Wide)).await;
        let mut session = Session::new(&db.engine);
        session.add_all([Wide::new(1_i64 << 32, 0.5), Wide::new(i64::from(i32::MIN), 0.5), Wide::new(-1, 0.5)]);
        session.commit().await.unwrap();
        let error = session.exec(select(Narrow).filter(Narrow.id.eq(1))).one().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(error.to_string(), "column `number.whole`: the integer is out of range for `i32`");
        let least = session.exec(select(Narrow).filter(Narrow.id.eq(2))).one().await.unwrap();
        assert_eq!(least.whole, i32::MIN);
        let error = message(session.exec(select(Natural).filter(Natural.id.eq(3))).one().await);
        assert_eq!(error, "column `number.whole`: the integer is out of range for `u64`");
        session.rollback().await.unwrap();
        session.add(Natural::new(i64::MAX as u64 + 1, 0.5));
        let error = session.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfRange);
        assert_eq!(
            error.to_string(),
            "column `number.whole`: 9223372036854775808 is out of range for a 64-bit integer column"
        );
        session.rollback().await.unwrap();
        session.add(Natural::new(i64::MAX as u64, 0.5));
        session.commit().await.unwrap();
        let most = session.exec(select(Natural).filter(Natural.id.eq(4))).one().await.unwrap();
        assert_eq!(most.whole, i64::MAX as u64);
    }

    /// Only MySQL and MariaDB have integers above 2⁶³.
    async fn an_integer_above_64_bits_with_a_sign_is_not_read() {
        let db = support::engine(Metadata::of(Wide)).await;
        if pick(true, true, false) {
            return;
        }
        db.execute("ALTER TABLE number MODIFY whole BIGINT UNSIGNED NOT NULL");
        db.execute("INSERT INTO number VALUES (1, 18446744073709551615, 0.5, NULL)");
        let error = message(db.engine.exec(select(Wide)).one().await);
        assert!(error.contains("`whole` holds an integer above 9223372036854775807"), "{error}");
    }

    async fn nan_is_refused_and_infinities_are_kept_or_refused() {
        let db = support::engine(Metadata::of(Wide)).await;
        let mut session = Session::new(&db.engine);
        session.add(Wide::new(1, f64::NAN));
        assert_eq!(
            message(session.commit().await),
            "column `number.float`: NaN cannot be stored in a column; use an `Option` and store NULL"
        );
        session.rollback().await.unwrap();
        session.add_all([Wide::new(1, f64::INFINITY), Wide::new(2, f64::NEG_INFINITY)]);
        let stored = session.commit().await;
        if pick(false, false, true) {
            let error = stored.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            assert!(error.to_string().contains("MySQL and MariaDB store no infinity"), "{error}");
            return;
        }
        stored.unwrap();
        let rows = session.exec(select(Wide.float).order_by(Wide.float)).all().await.unwrap();
        assert_eq!(rows, [f64::NEG_INFINITY, f64::INFINITY]);
        let rows = session.exec(select(Narrow).order_by(Narrow.id)).all().await.unwrap();
        assert_eq!(rows[0].float, f32::INFINITY);
        let most = select(Wide.id).filter(Wide.float.eq(f64::INFINITY));
        assert_eq!(session.exec(most).all().await.unwrap().len(), 1);
    }

    async fn floats_keep_every_bit() {
        let db = support::engine(Metadata::of(Wide)).await;
        let mut session = Session::new(&db.engine);
        let all = [0.1, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1.0 / 3.0, 9_007_199_254_740_993.0];
        session.add_all(all.map(|float| Wide::new(1, float)));
        session.commit().await.unwrap();
        let rows = session.exec(select(Wide.float).order_by(Wide.id)).all().await.unwrap();
        let bits = |float: &f64| float.to_bits();
        // SQLite and MariaDB drop the sign of zero, PostgreSQL and MySQL keep it
        let kept = pick(false, true, true) && {
            let version = relata::query::raw("SELECT version()").into_tuple::<String>();
            !session.exec(version).one().await.unwrap().contains("MariaDB")
        };
        let expected = all.map(|float| if float == 0.0 && !kept { 0.0 } else { float });
        assert_eq!(rows.iter().map(bits).collect::<Vec<_>>(), expected.iter().map(bits).collect::<Vec<_>>());
        let error = message(session.exec(select(Narrow).filter(Narrow.id.eq(1))).one().await);
        assert_eq!(error, "column `number.float`: the number does not fit `f32` exactly; make the field `f64`");
    }

    /// NaN comes only from other programs.
    async fn nan_that_is_stored_is_read_as_a_float_and_not_as_a_decimal() {
        let db = support::engine(Metadata::of(Wide)).await;
        if pick(true, false, true) {
            return;
        }
        db.execute("INSERT INTO number VALUES (1, 1, 'NaN', NULL), (2, 1, 0, 'NaN'), (3, 1, 0, 1e30), (4, 1, 0, 0.12345678901234567890123456789)");
        let read = db.engine.exec(select(Wide.float).filter(Wide.id.eq(1))).one().await.unwrap();
        assert!(read.is_nan());
        let narrow = db.engine.exec(select(Narrow).filter(Narrow.id.eq(1))).one().await.unwrap();
        assert!(narrow.float.is_nan());
        for (id, why) in [
            (2, "it is NaN"),
            (3, "it has more digits than a `Decimal`, which has 28; cast it to text"),
            (4, "it has more digits than a `Decimal`, which has 28; cast it to text"),
        ] {
            let error = message(db.engine.exec(select(Wide).filter(Wide.id.eq(id))).one().await);
            assert_eq!(error, format!("column `exact` cannot be read: {why}"));
        }
    }

    async fn decimals_are_exact_or_refused() {
        let db = support::engine(Metadata::of(Price)).await;
        let mut session = Session::new(&db.engine);
        for (amount, why) in [
            ("0.125", "the number has 3 decimal places and the column keeps 2; round it: `round_dp(2)`"),
            ("100000000", "the number has more than 8 digits before the point; raise `max_digits`"),
        ] {
            session.add(Price::new(decimal(amount)));
            let error = session.commit().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            assert_eq!(error.to_string(), format!("column `price.amount`: {why}"));
            session.rollback().await.unwrap();
        }
        let longest = decimal("-7922816251426433759354395.0335");
        session.add(Price::new(decimal("99999999.99")).with_any(longest));
        let stored = session.commit().await;
        if pick(true, false, false) {
            let error = stored.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            assert!(error.to_string().contains("SQLite keeps 15 significant ones"), "{error}");
            return;
        }
        stored.unwrap();
        let price = session.exec(select(Price)).one().await.unwrap();
        assert_eq!((price.amount, price.any), (decimal("99999999.99"), Some(longest)));
        let found = select(Price.id).filter(Price.any.eq(longest) & Price.amount.lt(decimal("1e8")));
        assert_eq!(session.exec(found).all().await.unwrap().len(), 1);
    }

    async fn a_decimal_of_more_digits_than_rust_has_is_not_read() {
        let db = support::engine(Metadata::of(Price)).await;
        let insert = "INSERT INTO price (id, amount, any) VALUES (1, 1, 1234567890123456789012345678901)";
        db.execute(&pick(insert.into(), insert.replace("any)", "\"any\")"), insert.into()));
        let error = db.engine.exec(select(Price)).one().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().contains("any`"), "{error}");
    }

    async fn numbers_in_documents_are_exact() {
        let db = support::engine(Metadata::of(Document)).await;
        let mut session = Session::new(&db.engine);
        let floats = [0.1, 1.0 / 3.0, f64::MAX, f64::MIN_POSITIVE, 1e22, 123_456_789.125, 3.0];
        let most = pick(i64::MAX as u64, u64::MAX, u64::MAX);
        for float in floats {
            session.add(Document::new(float, most, i64::MIN));
        }
        session.commit().await.unwrap();
        let rows = session.exec(select(Document).order_by(Document.id)).all().await.unwrap();
        for (row, float) in rows.iter().zip(floats) {
            assert_eq!((row.float.0, row.natural.0, row.whole.0), (float, most, i64::MIN));
        }
        session.add(Document::new(0.5, u64::MAX, 0));
        match pick(false, true, true) {
            true => session.commit().await.unwrap(),
            false => assert_eq!(
                message(session.commit().await),
                "SQLite keeps no document that is an integer of more than 64 bits; put it into an array or an object"
            ),
        }
        session.rollback().await.unwrap();
        db.execute("UPDATE document SET whole = '9223372036854775808' WHERE id = 1");
        let error = message(session.exec(select(Document).filter(Document.id.eq(1))).one().await);
        assert!(error.starts_with("column `document.whole`: the JSON does not fit the type"), "{error}");
    }
}
