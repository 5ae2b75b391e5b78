//! What a data model reads from input.

use relata::model;
use serde_json::{from_str, to_string};

fn nobody() -> String {
    "nobody".to_owned()
}

#[model]
#[serde(deny_unknown_fields)]
struct HeroCreate {
    name: String,
    #[field(default = 3)]
    lives: u8,
    #[field(default_factory = nobody)]
    team: String,
    #[field(default = "rookie")]
    rank: Option<String>,
    #[field(default = 5)]
    #[serde(default)]
    points: i32,
    #[field(default = true)]
    r#async: bool,
}

#[model]
struct Page<T: Default> {
    rows: Vec<T>,
    #[field(default = 1)]
    number: i64,
    #[field(default_factory = T::default)]
    first: T,
}

#[test]
fn a_field_that_input_leaves_out_has_its_default() {
    let hero: HeroCreate = from_str(r#"{"name": "Ann"}"#).unwrap();
    let left_out =
        r#"{"name":"Ann","lives":3,"team":"nobody","rank":"rookie","points":0,"async":true}"#;
    assert_eq!(to_string(&hero).unwrap(), left_out);
    let new = HeroCreate::new("Ann");
    assert_eq!((new.points, new.lives, new.rank.as_deref()), (5, 3, Some("rookie")));
}

#[test]
fn a_field_that_input_gives_has_what_it_gives() {
    let given = r#"{"name":"Bo","lives":9,"team":"Z","rank":null,"points":7,"async":false}"#;
    let hero: HeroCreate = from_str(given).unwrap();
    assert_eq!(to_string(&hero).unwrap(), given);
}

#[test]
fn a_field_without_default_is_required() {
    let error = from_str::<HeroCreate>(r#"{"lives": 1}"#).unwrap_err();
    assert_eq!(error.to_string(), "missing field `name` at line 1 column 12");
}

#[test]
fn defaults_of_a_generic_model() {
    let page: Page<i32> = from_str(r#"{"rows": [7]}"#).unwrap();
    assert_eq!((page.rows, page.number, page.first), (vec![7], 1, 0));
}
