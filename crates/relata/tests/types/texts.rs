//! Text, bytes and NULL: what every database keeps, and what one of them refuses.

use crate::support::{message, pick};
use relata::{ErrorKind, Metadata, prelude::*};

#[model(table)]
struct Note {
    #[field(primary_key)]
    id: Id<Note>,
    text: String,
    #[field(default = Vec::new())]
    tags: Vec<String>,
    data: Option<Vec<u8>>,
    more: Option<Json<String>>,
}

/// The same table, seen by a program in which nothing is missing.
#[model(table = "note")]
struct Strict {
    #[field(primary_key)]
    id: Id<Strict>,
    text: String,
    data: Vec<u8>,
}

cases! {
    async fn four_byte_letters_are_kept_and_found() {
        let db = support::engine(Metadata::of(Note)).await;
        let mut session = Session::new(&db.engine);
        let text = "🦸‍♀️ naïve \u{10FFFF} 𝔘𝔫𝔦";
        session.add(Note::new(text).with_tags([text]).with_more(Json(text.to_owned())));
        session.commit().await.unwrap();
        let found = Note.text.eq(text) & Note.tags.has(text) & Note.text.contains("🦸");
        let note = session.exec(select(Note).filter(found)).one().await.unwrap();
        assert_eq!((&*note.text, &*note.tags[0]), (text, text));
        assert_eq!(note.more.as_ref().map(|json| json.0.as_str()), Some(text));
    }

    async fn a_nul_is_kept_or_refused_by_the_name_of_its_column() {
        const NUL: &str = "a\0b";
        let db = support::engine(Metadata::of(Note)).await;
        let mut session = Session::new(&db.engine);
        if pick(false, true, false) {
            let why = "the text has a NUL character, which PostgreSQL cannot store; remove it, or store bytes";
            for (note, column) in [
                (Note::new(NUL), "text"),
                (Note::new("").with_tags([NUL]), "tags"),
                (Note::new("").with_more(Json(NUL.to_owned())), "more"),
            ] {
                session.add(Note::new("first"));
                session.add(note);
                let error = session.commit().await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::OutOfRange);
                assert_eq!(error.to_string(), format!("column `note.{column}`: {why}"));
                assert_eq!(error.columns().collect::<Vec<_>>(), [column]);
                session.rollback().await.unwrap();
            }
            let found = message(session.exec(select(Note).filter(Note.text.eq(NUL))).all().await);
            assert_eq!(found, format!("column `note.text`: {why}"));
            return;
        }
        session.add(Note::new(NUL).with_tags([NUL, "a"]).with_more(Json(NUL.to_owned())));
        session.add(Note::new("a").with_tags(["b"]));
        session.commit().await.unwrap();
        let note = session.exec(select(Note).filter(Note.text.eq(NUL))).one().await.unwrap();
        assert_eq!((&*note.text, &*note.tags), (NUL, &[NUL.to_owned(), "a".into()][..]));
        assert_eq!(note.more.as_ref().map(|json| json.0.as_str()), Some(NUL));
        let tagged = session.exec(select(Note.id).filter(Note.tags.has(NUL))).all().await;
        match pick(true, false, false) {
            true => assert!(message(tagged).starts_with("SQLite finds no text with a NUL character")),
            false => assert_eq!(tagged.unwrap().len(), 1),
        }
    }

    async fn bytes_of_any_length() {
        let db = support::engine(Metadata::of(Note)).await;
        let mut session = Session::new(&db.engine);
        let long: Vec<u8> = (0..10 * 1024 * 1024_u32).map(|at| at.to_le_bytes()[at as usize % 2]).collect();
        session.add(Note::new("none").with_data(vec![]));
        session.add(Note::new("all").with_data((0..=255).collect::<Vec<u8>>()));
        session.add(Note::new("long").with_data(long.clone()));
        session.commit().await.unwrap();
        let rows = session.exec(select(Strict).order_by(Strict.id)).all().await.unwrap();
        assert_eq!(rows[0].data, [0; 0]);
        assert_eq!(rows[1].data, (0..=255).collect::<Vec<u8>>());
        assert!(rows[2].data == long);
        let found = select(Strict.id).filter(Strict.data.eq(vec![]));
        assert_eq!(session.exec(found).all().await.unwrap().len(), 1);
    }

    async fn null_is_no_empty_value() {
        let db = support::engine(Metadata::of(Note)).await;
        let mut session = Session::new(&db.engine);
        session.add(Note::new(""));
        session.commit().await.unwrap();
        let error = session.exec(select(Strict)).all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert_eq!(
            error.to_string(),
            "column `note.data`: found NULL, expected bytes; make the field an `Option`"
        );
        let error = message(session.exec(select(Strict.data)).all().await);
        assert!(error.contains("found NULL, expected bytes"), "{error}");
        let least = session.exec(select(min(Note.text)).filter(Note.id.eq(7))).one().await.unwrap();
        assert_eq!(least, None);
    }

    /// MySQL's text without `max_length` has 255 characters.
    async fn long_text_is_kept_or_refused_and_never_cut() {
        let db = support::engine(Metadata::of(Note)).await;
        let mut session = Session::new(&db.engine);
        let long = "ü".repeat(256);
        session.add(Note::new(long.as_str()));
        let stored = session.commit().await;
        if pick(false, false, true) {
            let error = stored.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutOfRange);
            assert_eq!(error.columns().collect::<Vec<_>>(), ["text"]);
            return;
        }
        stored.unwrap();
        assert_eq!(session.exec(select(Note)).one().await.unwrap().text, long);
    }
}
