//! What the server says unasked.

use crate::support::*;
use std::{
    fmt::Debug,
    sync::{Mutex, Once},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, callsite: &Metadata<'_>) -> bool {
        callsite.target() == "relata::postgres"
    }
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Message(*event.metadata().level()));
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Message(Level);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            HEARD.lock().unwrap().push(format!("{} {value:?}", self.0));
        }
    }
}

#[test]
fn notices_and_warnings_are_events() {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
    let Some(schema) = Schema::new() else { return };
    for way in WAYS {
        let mut conn = schema.connect(way);
        for (level, words) in [("WARNING", "beware"), ("NOTICE", "look")] {
            let text = format!("DO $$ BEGIN RAISE {level} '{words} {way:?}'; END $$");
            run(&mut conn, [sql(&text)]).unwrap();
        }
        // They come before the answer of their statement.
        let heard = HEARD.lock().unwrap();
        assert!(heard.contains(&format!("WARN beware {way:?}")), "{heard:?}");
        assert!(heard.contains(&format!("INFO look {way:?}")), "{heard:?}");
    }
}
