//! PostgreSQL: a schema of the database that `RELATA_POSTGRES_URL` names.

use super::{
    Backend, Database, Need, Plain,
    apart::{fresh_name, spawn, wait},
};
use crate::Value;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage, SimpleQueryRow, types::Type};

pub(super) struct Postgres;

struct Schema {
    url: String,
    name: String,
}

struct Conn(Client);

const VARIABLE: &str = "RELATA_POSTGRES_URL";

/// A statement that waits for a lock of the case itself fails and does not hang.
const SETTINGS: &str =
    "SET lock_timeout = '10s'; SET timezone = 'UTC'; SET client_min_messages = error";

/// Sequences do not see the keys that rows are inserted with.
const KEYS_GO_ON: &str = "DO $$
DECLARE made record; last bigint;
BEGIN
    FOR made IN
        SELECT sequence.oid::regclass AS name, owner.oid::regclass AS owner, attname
        FROM pg_class sequence
        JOIN pg_depend ON objid = sequence.oid AND deptype IN ('a', 'i')
        JOIN pg_class owner ON owner.oid = refobjid
        JOIN pg_attribute ON attrelid = owner.oid AND attnum = refobjsubid
        WHERE sequence.relkind = 'S' AND sequence.relnamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('SELECT max(%I) FROM %s', made.attname, made.owner) INTO last;
        IF last > coalesce(pg_sequence_last_value(made.name), 0) THEN
            PERFORM setval(made.name, last);
        END IF;
    END LOOP;
END $$";

impl Backend for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn missing(&self) -> Option<String> {
        std::env::var(VARIABLE).is_err().then(|| format!("`{VARIABLE}` names no server"))
    }

    fn has(&self, need: Need) -> bool {
        match need {
            Need::Postgres
            | Need::Server
            | Need::InsertReturning
            | Need::ManyRows
            | Need::Returning
            | Need::FullJoin
            | Need::Infinity
            | Need::YearZero
            | Need::TransactionalDdl
            | Need::ExactDecimals
            | Need::AnyCharacterInNames
            | Need::DeferredConstraints => true,
            Need::Sqlite | Need::MySql | Need::SeenGroups | Need::Nanoseconds | Need::NulInText => {
                false
            }
        }
    }

    fn create(&self) -> Box<dyn Database> {
        let server = std::env::var(VARIABLE).expect("checked by `missing`");
        let name = fresh_name();
        Conn::open(&server).must(&format!("CREATE SCHEMA {name}"));
        let mark = if server.contains('?') { '&' } else { '?' };
        Box::new(Schema { url: format!("{server}{mark}options=-csearch_path%3D{name}"), name })
    }
}

impl Database for Schema {
    fn url(&self, impatient: bool) -> String {
        let url = &self.url;
        if impatient { format!("{url}&lock_timeout=1") } else { url.clone() }
    }

    fn plain(&self) -> Box<dyn Plain> {
        Box::new(Conn::open(&self.url))
    }

    fn lock(&self, table: &str) -> String {
        format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")
    }

    fn keys_go_on(&self) {
        Conn::open(&self.url).must(KEYS_GO_ON);
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // A case that failed may have left a transaction open, which this would wait for.
        let drop = format!("DROP SCHEMA {} CASCADE", self.name);
        if let Err(error) = Conn::open(&self.url).execute(&drop)
            && !std::thread::panicking()
        {
            panic!("{drop}: {error}");
        }
    }
}

impl Conn {
    fn open(url: &str) -> Self {
        let url = url.to_owned();
        wait(async move {
            let (client, connection) =
                tokio_postgres::connect(&url, NoTls).await.expect("the server answers");
            spawn(connection);
            client.batch_execute(SETTINGS).await.expect("settings");
            Conn(client)
        })
    }

    fn must(mut self, sql: &str) {
        self.execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

impl Plain for Conn {
    fn execute(&mut self, sql: &str) -> Result<(), String> {
        wait(self.0.batch_execute(sql)).map_err(|error| said(&error))
    }

    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Value>>, String> {
        let client = &self.0;
        let answer = wait(async move {
            // The text of a row does not tell types; preparing the statement does.
            let statement = client.prepare(sql).await?;
            let types: Vec<Type> = statement.columns().iter().map(|c| c.type_().clone()).collect();
            Ok((client.simple_query(sql).await?, types))
        });
        let (messages, types) = answer.map_err(|error| said(&error))?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let line = |row: &SimpleQueryRow| {
            types.iter().enumerate().map(|(at, ty)| value(row.get(at), ty)).collect()
        };
        Ok(rows.map(line).collect())
    }
}

fn said(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}

fn value(text: Option<&str>, ty: &Type) -> Value {
    let Some(text) = text else { return Value::Null };
    match *ty {
        Type::BOOL => Value::Integer(i64::from(text == "t")),
        Type::INT2 | Type::INT4 | Type::INT8 => Value::Integer(text.parse().expect("an integer")),
        Type::FLOAT4 | Type::FLOAT8 => Value::Real(text.parse().expect("a number")),
        Type::UUID => Value::Text(text.replace('-', "")),
        Type::BYTEA => {
            let digits = text.strip_prefix("\\x").expect("bytes in hexadecimal");
            let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("a byte");
            Value::Blob((0..digits.len()).step_by(2).map(byte).collect())
        }
        _ => Value::Text(text.to_owned()),
    }
}
