//! What the server warns of.

use crate::support::*;
use relata_core::connection::{Statement, Step};
use std::{cell::RefCell, fmt::Debug, sync::Once};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::{Interest, set_global_default},
};

thread_local! {
    /// What this thread has heard, where it listens. One subscriber serves all threads, because
    /// with one for each `tracing` may take the word of another thread's.
    static HEARD: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_global_default(Listener).unwrap());
    HEARD.set(Some(Vec::new()));
}

fn heard() -> Vec<String> {
    HEARD.replace(Some(Vec::new())).unwrap_or_default()
}

struct Listener;

impl Subscriber for Listener {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, callsite: &Metadata<'_>) -> bool {
        callsite.target() == "relata::mysql" && HEARD.with_borrow(Option::is_some)
    }
    fn event(&self, event: &Event<'_>) {
        let mut words = vec![event.metadata().level().to_string()];
        event.record(&mut Words(&mut words));
        HEARD.with_borrow_mut(|heard| {
            heard.iter_mut().for_each(|heard| heard.push(words.join(" ")))
        });
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Words<'a>(&'a mut Vec<String>);

impl Visit for Words<'_> {
    fn record_debug(&mut self, _: &Field, value: &dyn Debug) {
        self.0.push(format!("{value:?}").trim_matches('"').to_owned());
    }
}

const ASKED: &str = "SHOW STATUS LIKE 'Com_show_warnings'";

#[test]
fn warnings_are_events() {
    listen();
    in_this_thread("warnings_are_events", async |db: Db| {
        let mut conn = db.heroes().await;
        let step = sql("INSERT IGNORE INTO hero (name) VALUES ('far too long a secret for it')");
        let reply = run(&mut conn, [step, insert("b")]).await.unwrap();
        let (first, second) = (&reply.done[0], &reply.done[1]);
        assert_eq!(first.affected, [1]);
        assert_eq!((&*second.affected, &*second.inserted), (&[1][..], &[Some(2)][..]));
        assert_eq!(heard(), ["WARN Data truncated for column 'name' at row 1 1265"]);

        run(&mut conn, [sql("DROP TABLE IF EXISTS nothing")]).await.unwrap();
        let expected = format!("INFO Unknown table '{}.nothing' 1051", db.name);
        assert_eq!(heard(), [expected]);

        let rows = rows(&mut conn, "SELECT 'secret' + 1").await;
        assert_eq!(rows, ["Real(1.0)"]);
        assert_eq!(heard(), ["WARN Truncated incorrect DOUBLE value 1292"]);

        conn.open(Statement::text("SELECT 'secret' + 1")).await.unwrap();
        let portion = conn.fetch(Box::new(Grid::default()), 2).await;
        assert!(!portion.more.unwrap());
        assert_eq!(heard(), ["WARN Truncated incorrect DOUBLE value 1292"]);

        run(&mut conn, [insert("c"), Step::Rollback, read(NAMES)]).await.unwrap();
        assert!(heard().is_empty());
        assert_eq!(
            crate::support::rows(&mut conn, ASKED).await,
            [r#"Text("Com_show_warnings") Text("4")"#]
        );
    });
}

#[test]
fn nobody_who_listens_costs_nothing() {
    in_this_thread("nobody_who_listens", async |db: Db| {
        let mut conn = db.heroes().await;
        run(&mut conn, [sql("DROP TABLE IF EXISTS nothing")]).await.unwrap();
        assert_eq!(rows(&mut conn, "SELECT 'secret' + 1").await, ["Real(1.0)"]);
        assert_eq!(rows(&mut conn, ASKED).await, [r#"Text("Com_show_warnings") Text("0")"#]);
    });
}
