//! Each mistake, where it is shown and what is said.

use super::{check, derive, listed};

/// A table model with a key and these further fields.
fn table(fields: &str) -> String {
    format!("#[model(table)] struct Hero {{ #[field(primary_key)] id: Id<Hero>, {fields} }}")
}

/// The mistakes of a table model with these further fields.
#[track_caller]
fn fields(fields: &str, expected: &[&str]) {
    check(&table(fields), expected);
}

#[test]
fn nothing_is_said_about_what_is_right() {
    fields("#[field] name: String, #[relationship] team: One<Team>, teams: Many<Team>", &[]);
    check("#[model] struct Page<T> { items: Vec<T>, next: Option<Box<Self>> }", &[]);
}

#[test]
fn unknown_options() {
    fields(
        "#[field(indx)] name: String",
        &["indx: unknown option `indx`; did you mean `index`? \
        `#[field]` takes `primary_key`, `key`, `autoincrement`, `identity`, `foreign_key`, `ondelete`, \
        `index`, `unique`, `column`, `default`, `default_factory`, `server_default`, `max_length`, \
        `max_digits`, `decimal_places`, `check`, `comment`"],
    );
    fields(
        "#[relationship(lazy = true)] team: One<Team>",
        &["lazy: unknown option `lazy`; \
        `#[relationship]` takes `back_populates`, `link_model`, `foreign_key`, `cascade_delete`, \
        `passive_deletes`, `order_by`"],
    );
    check(
        "#[model(tabel)] struct Hero { name: String }",
        &["tabel: unknown option `tabel`; did \
        you mean `table`? `#[model]` takes `table`, `schema`, `comment`, `crate`, `unique`, `index`, \
        `check`"],
    );
    fields(
        "#[field(\"index\")] name: String",
        &["\"index\": expected an option; `#[field]` takes \
        `primary_key`, `key`, `autoincrement`, `identity`, `foreign_key`, `ondelete`, `index`, \
        `unique`, `column`, `default`, `default_factory`, `server_default`, `max_length`, \
        `max_digits`, `decimal_places`, `check`, `comment`"],
    );
}

#[test]
fn the_id_of_another_model_as_the_key() {
    check(
        "#[model(table)] struct Hero { #[field(primary_key)] id: Id<team::Team>, name: String }",
        &[
            "Id<team::Team>: `Hero.id` is an id of `team::Team`; write `Id<Hero>` for the row's own, or add \
        `foreign_key = team::Team.id` if it is the key of another row",
        ],
    );
    check(
        "#[model(table)] struct Hero { #[field(primary_key, foreign_key = Team.id)] id: Id<Team> }",
        &[],
    );
}

#[test]
fn options_to_come() {
    fields(
        "#[field(ge = 0, nullable = true, alias = \"x\")] age: i32",
        &[
            "ge: `ge` is not supported yet; say it with `check = \"…\"` on the model of the table",
            "nullable: `nullable` is not supported yet; a column is nullable when its field is an `Option`",
            "alias: `alias` is not supported yet; remove it",
        ],
    );
}

#[test]
fn options_of_the_database() {
    check(
        "#[model(schema = \"x\", comment = \"y\")] struct Hero { #[field(comment = \"z\", server_default = \"1\", identity)] a: i32 }",
        &[
            "identity: `identity` needs a table; write `#[model(table)]`",
            "server_default: `server_default` needs a table; write `#[model(table)]`",
            "comment: `comment` needs a table; write `#[model(table)]`",
            "schema: `schema` needs a table; write `#[model(table, …)]`",
            "comment: `comment` needs a table; write `#[model(table, …)]`",
        ],
    );
    check(
        "#[model(table, schema = \"\", comment = \"a\\0b\")]
        struct Hero { #[field(primary_key)] id: Id<Hero>, #[field(comment = \" \", server_default = \"\")] a: i32 }",
        &[
            "\" \": `comment` says nothing; write something or remove it",
            "\"\": `server_default` says nothing; write something or remove it",
            "\"\": `schema` says nothing; write something or remove it",
            "\"a\\0b\": `comment` has a NUL, which no database takes; remove it",
        ],
    );
    check(
        "#[model(table, schema = archive, comment)] struct Hero { #[field(primary_key)] id: Id<Hero> }",
        &[
            "archive: `schema` is written like this: `schema = \"archive\"`",
            "comment: `comment` needs a value: `comment = \"…\"`",
        ],
    );
}

#[test]
fn names_that_not_every_database_takes() {
    let long = "é".repeat(32);
    check(
        &format!("#[model(table = \"{long}\", unique(a, b, name = \"a\\0\"), check(\"a\\0\"))]
        struct Hero {{ #[field(primary_key)] id: Id<Hero>, #[field(column = \"a \")] a: i32, #[field(column = \" b\")] b: i32 }}"),
        &[
            "\"a \": `column` ends with a space, which MySQL drops; remove it",
            &format!("\"{long}\": `table` has 64 bytes, and a name has at most 63 bytes; write a shorter one"),
            "\"a\\0\": `name` has a NUL, which no database takes; remove it",
            "\"a\\0\": `check` has a NUL, which no database takes; remove it",
        ],
    );
    let named = |name: &str| {
        let item = format!("enum Rank {{ #[column(name = \"{name}\")] Lead }}");
        derive::column_enum(item.parse().unwrap()).err().map(listed).unwrap_or_default()
    };
    assert!(named("team lead").is_empty());
    assert_eq!(
        named("lead "),
        ["\"lead \": `name` ends with a space, which MySQL drops; remove it"]
    );
    assert_eq!(named(""), ["\"\": `name` says nothing; write something or remove it"]);
    assert_eq!(
        named(&long),
        [format!(
            "\"{long}\": `name` has 64 bytes, and a name has at most 63 bytes; write a shorter one"
        )]
    );
}

#[test]
fn server_defaults() {
    const FORMS: &str = "`server_default` is written like this: `server_default = \"CURRENT_TIMESTAMP\"` \
        or `server_default(sqlite = \"…\", postgres = \"…\", mysql = \"…\")`";
    for (given, at) in [
        ("server_default", "server_default"),
        ("server_default =", "server_default"),
        ("server_default = 5", "5"),
        ("server_default()", "()"),
        ("server_default(oracle = \"1\")", "oracle"),
        ("server_default(mysql = 1)", "1"),
        ("server_default(mysql = \"1\", mysql = \"2\")", "mysql"),
        ("server_default(\"1\")", "\"1\""),
    ] {
        fields(&format!("#[field({given})] a: i32"), &[&format!("{at}: {FORMS}")]);
    }
    fields(
        "#[field(server_default(sqlite = \"1\", mysql = \"\"))] a: i32",
        &["\"\": `server_default` says nothing; write something or remove it"],
    );
    check(
        "#[model(table)] struct Hero { #[field(primary_key, server_default = \"1\")] id: Id<Hero> }",
        &[
            "server_default: `Hero.id` is the model's own id and makes its own keys; remove `server_default`",
        ],
    );
}

#[test]
fn identity_columns() {
    let key = |options: &str, expected: &[&str]| {
        check(
            &format!(
                "#[model(table)] struct Hero {{ #[field(primary_key, {options})] id: Id<Hero> }}"
            ),
            expected,
        );
    };
    const FORMS: &str = "`identity` is written like this: `identity`, or with some of \
        `identity(always, start = 1000, increment = 10)`";
    for (given, at) in [
        ("identity = 5", "identity"),
        ("identity()", "()"),
        ("identity(never)", "never"),
        ("identity(always, always)", "always"),
        ("identity(start = \"1\")", "\"1\""),
        ("identity(start = 1, start = 2)", "start"),
        ("identity(start = 9223372036854775808)", "9223372036854775808"),
        ("identity(increment)", ")"),
    ] {
        key(given, &[&format!("{at}: {FORMS}")]);
    }
    key("identity, identity(always)", &["identity: `identity` is given twice; remove one"]);
    key("identity(start = -9223372036854775808, increment = -1,)", &[]);
    key(
        "identity(increment = 0)",
        &["0: an `increment` of 0 gives every row the same key; write another number"],
    );
    key(
        "key = Uuid, identity",
        &["identity: `identity` is for integer keys; remove it or `key = Uuid`"],
    );
    fields(
        "#[field(identity)] number: i64",
        &[
            "identity: `identity` is for the model's own id: `#[field(primary_key, …)] id: Id<Hero>`",
        ],
    );
}

#[test]
fn values() {
    fields("#[field(index, index)] name: String", &["index: `index` is given twice; remove one"]);
    fields(
        "#[field(index)] #[field(index)] name: String",
        &["index: `index` is given twice; remove one"],
    );
    fields(
        "#[field(index = true)] name: String",
        &["index: `index` takes no value; write just `index`"],
    );
    fields(
        "#[field(max_length, column =, unique)] name: String",
        &[
            "max_length: `max_length` needs a value: `max_length = 50`",
            "column: `column` needs a value: `column = \"name\"`",
        ],
    );
    fields(
        "#[field(max_length = \"x\", max_digits = 300, decimal_places = 2)] name: String",
        &[
            "\"x\": `max_length` is written like this: `max_length = 50`",
            "300: `max_digits` is written like this: `max_digits = 10`",
            "decimal_places: `decimal_places` needs `max_digits` too: `max_digits = 10`",
        ],
    );
    fields(
        "#[field(index unique)] name: String",
        &["index: `index` takes no value; write just `index`"],
    );
    fields(
        "#[field(column = \"a\" index)] name: String",
        &["index: unexpected after `column`; options have a comma between them"],
    );
    fields(
        "#[field = \"index\"] name: String",
        &["#[field = \"index\"]: options are written in parentheses: `#[field(..)]`"],
    );
    fields(
        "#[field(foreign_key = \"team.id\")] team_id: Id<Team>",
        &["\"team.id\": `foreign_key` is written like this: `foreign_key = Team.id`"],
    );
    fields(
        "#[field(foreign_key = Team.id, ondelete = delete)] team_id: Id<Team>",
        &[
            "delete: `ondelete` is written like this: `ondelete = cascade`, `ondelete = set_null` or \
         `ondelete = restrict`",
        ],
    );
    fields(
        "#[relationship(order_by = name.up())] teams: Many<Team>",
        &["up: `order_by` is written like this: `order_by = name`, `order_by = age.desc()` or \
         `order_by = (name, age.desc())`"],
    );
}

#[test]
fn model_options() {
    check(
        "#[model(table, table = \"x\", unique, index(), check(5), unique(id, name = 3))]
        struct Hero { #[field(primary_key)] id: Id<Hero> }",
        &[
            "table: `table` is given twice; remove one",
            "unique: `unique` is written like this: `unique(a, b)` or `unique(a, b, name = \"…\")`",
            "index: `index` is written like this: `index(a, b)` or `index(a, b, name = \"…\")`",
            "5: `check` is written like this: `check(\"a < b\")` or `check(\"a < b\", name = \"…\")`",
            "3: `unique` is written like this: `unique(a, b)` or `unique(a, b, name = \"…\")`",
        ],
    );
    check(
        "#[model(table, unique(nam, age), index(team, age, age))]
        struct Hero { #[field(primary_key)] id: Id<Hero>, name: String, age: i32, team: One<Team> }",
        &[
            "nam: `Hero` has no column `nam`; did you mean `name`?",
            "team: `Hero.team` is a relation and has no column; name the field with the foreign key to `Team`",
            "age: `age` is named twice; remove one",
        ],
    );
    check(
        "#[model(table, index(secret))] struct Hero { #[field(primary_key)] id: Id<Hero>, age: i32 }",
        &["secret: `Hero` has no column `secret`; its columns are `id`, `age`"],
    );
}

#[test]
fn defaults() {
    fields(
        "#[field(default = 1, default_factory = one)] age: i32",
        &["default_factory: `default` and `default_factory` contradict each other; remove one"],
    );
    check(
        "#[model(table)] struct Hero { #[field(primary_key, default = Id::new())] id: Id<Self> }",
        &["default: `Hero.id` is the model's own id and makes its own keys; remove `default`"],
    );
}

#[test]
fn primary_keys() {
    check(
        "#[model(table)] struct Hero { name: String }",
        &["Hero: `Hero` has no primary key; add `#[field(primary_key)] id: Id<Hero>`"],
    );
    check(
        "#[model(table)] struct Link {
            #[field(foreign_key = Hero.id)] hero_id: Id<Hero>,
            #[field(foreign_key = Team.id)] team_id: Id<Team>,
        }",
        &[
            "Link: `Link` has no primary key; add `#[field(primary_key)] id: Id<Link>`, or, for a link model, write `primary_key` at `hero_id` and `team_id`",
        ],
    );
    check(
        "#[model(table)] struct Hero { #[field(primary_key)] id: Option<Id<Hero>> }",
        &["Option<Id<Hero>>: `Hero.id`: a primary key is never NULL; write `Id<Hero>`"],
    );
    check(
        "#[model(table)] struct Hero { id: Id<Hero>, name: String }",
        &[
            "Id<Hero>: `Hero.id` is an id of `Hero` itself; add `#[field(primary_key)]` if it is the \
         row's own, or `#[field(foreign_key = Hero.id)]` if it refers to another row",
        ],
    );
    fields(
        "#[field(primary_key)] name: String",
        &["id: `Hero.id` is the model's own id and a whole key by itself; remove the other \
         `primary_key`, or make it `unique`"],
    );
    check(
        "#[model(table)] struct Hero { #[field(primary_key, foreign_key = Team.id)] id: Id<Hero> }",
        &[
            "foreign_key: `Hero.id` is the model's own id and refers to no row; remove `foreign_key`",
        ],
    );
    fields(
        "#[field(key = Uuid, autoincrement)] age: i32",
        &[
            "key: `key` is for the model's own id: `#[field(primary_key, …)] id: Id<Hero>`",
            "autoincrement: `autoincrement` is for the model's own id: `#[field(primary_key, …)] id: Id<Hero>`",
        ],
    );
    check(
        "#[model(table)]
        struct Hero { #[field(primary_key, key = uuid::Uuid, autoincrement)] id: Id<Hero> }",
        &["autoincrement: `autoincrement` is for integer keys; remove it or `key = uuid::Uuid`"],
    );
}

#[test]
fn columns() {
    fields(
        "#[field(ondelete = cascade)] team_id: Id<Team>",
        &["ondelete: `ondelete` is for a foreign key; add `foreign_key = Model.field`"],
    );
    fields(
        "#[field(foreign_key = Team.id, ondelete = \"SET NULL\")] team_id: Id<Team>",
        &["ondelete: `Hero.team_id`: `set_null` needs a key that may be NULL; make the field an \
         `Option<Id<Team>>`, or let the row go too with `ondelete = cascade`"],
    );
    fields(
        "#[field(max_digits = 5)] a: Decimal, #[field(max_digits = 2, decimal_places = 3)] b: Decimal",
        &[
            "max_digits: `max_digits` needs `decimal_places` too: `decimal_places = 2`",
            "3: `decimal_places` are among the `max_digits`; write fewer of them",
        ],
    );
    fields(
        "#[field(column = \"ID\")] a: i32, b: i32, #[field(column = \"b\")] c: i32",
        &[
            "\"ID\": `Hero.a`: the column `ID` is that of `Hero.id` already; write another name: `column = \"…\"`",
            "\"b\": `Hero.c`: the column `b` is that of `Hero.b` already; write another name: `column = \"…\"`",
        ],
    );
}

#[test]
fn relation_types() {
    fields(
        "#[relationship] team: Option<One<Team>>",
        &[
            "Option<One<Team>>: `Hero.team`: the relation itself is always there; write `One<Option<Team>>`",
        ],
    );
    fields(
        "teams: Option<Many<Team>>, others: Many<Option<Team>>",
        &[
            "Option<Many<Team>>: `Hero.teams`: a list may be empty; write `Many<Team>`",
            "Many<Option<Team>>: `Hero.others`: a list has no empty places; write `Many<Team>`",
        ],
    );
    fields(
        "#[relationship] teams: Vec<Team>, #[relationship] team: Team",
        &[
            "Vec<Team>: `Hero.teams`: a relationship field is a `Many<T>` or a `One<T>`; write `Many<Team>`",
            "Team: `Hero.team`: a relationship field is a `Many<T>` or a `One<T>`",
        ],
    );
    fields(
        "#[field(index)] #[relationship] team: One<Team>, #[field(index)] teams: Many<Team>",
        &[
            "#[field(index)]: `Hero.team` is a column or a relation; remove one of the attributes",
            "#[field(index)]: `Hero.teams` is a relation; write `#[relationship(..)]`",
        ],
    );
}

#[test]
fn relation_contradictions() {
    fields(
        "#[relationship(link_model = Link, order_by = name)] team: One<Team>",
        &[
            "link_model: `link_model` is for a list; write `Many<Team>` or remove it",
            "order_by: `order_by` is for a list; write `Many<Team>` or remove it",
        ],
    );
    fields(
        "#[relationship(link_model = Link, foreign_key = a, cascade_delete, passive_deletes)] teams: Many<Team>",
        &[
            "foreign_key: the foreign keys are those of the link model; write \
             `link_model = Link(own_key, their_key)` and remove `foreign_key`",
            "cascade_delete: a row of `Team` may be linked to others too (delete-orphan on a \
             many-to-many); remove `cascade_delete`, the links are deleted without it",
        ],
    );
}

#[test]
fn structs() {
    check(
        "#[model(table)] struct Hero(i32);",
        &["Hero: a model has named fields; write `struct Hero { … }`"],
    );
    check("#[model] struct Hero;", &["Hero: a model has named fields; write `struct Hero { … }`"]);
    check(
        "#[model(table)] struct Hero<'a, T> { #[field(primary_key)] id: Id<Hero> }",
        &["<'a, T>: `Hero` is a table and cannot be generic; remove the parameters"],
    );
    let other = crate::ast::Input::read("enum Hero { A }".parse().unwrap()).err().map(listed);
    assert_eq!(other, Some(vec!["enum Hero { A }: `#[model]` goes on a struct".to_owned()]));
}

#[test]
fn derives_of_what_a_model_implements() {
    check(
        "#[model(table)] #[derive(Debug, PartialEq, ::std::clone::Clone)] #[derive(Deserialize)]
        struct Hero { #[field(primary_key)] id: Id<Hero> }",
        &[
            "Debug: `#[model]` implements `Debug` itself; remove it",
            "::std::clone::Clone: `#[model]` implements `std::clone::Clone` itself; remove it",
        ],
    );
    check(
        "#[model] #[derive(serde::Serialize, Default, Deserialize)] struct HeroCreate { name: String }",
        &[
            "serde::Serialize: `#[model]` implements `serde::Serialize` itself; remove it",
            "Deserialize: `#[model]` implements `Deserialize` itself; remove it",
        ],
    );
}

#[test]
fn data_models() {
    check(
        "#[model(unique(name), check(\"x\"))]
        struct HeroCreate { #[field(index, default = 1, max_length = 5)] name: String, teams: Many<Team> }",
        &[
            "index: `index` needs a table; write `#[model(table)]`",
            "max_length: `max_length` is checked where a row is written; say it on the model of the table and remove it here",
            "Many<Team>: `HeroCreate.teams` is a relation and needs `#[model(table)]`",
            "unique: `unique` needs a table; write `#[model(table, …)]`",
            "check: `check` needs a table; write `#[model(table, …)]`",
        ],
    );
}

#[test]
fn column_enums() {
    let mistakes = |item: &str| listed(derive::column_enum(item.parse().unwrap()).unwrap_err());
    assert_eq!(
        mistakes("struct Color;"),
        ["Color: `Color` is no enum; for a struct use `#[derive(ColumnNewtype)]`",]
    );
    assert_eq!(
        mistakes("enum Color {}"),
        ["Color: `Color` has no variant, so a column could hold nothing; add one",]
    );
    assert_eq!(
        mistakes("enum Color<T> { A(T), #[column(nme = \"x\")] B, #[column(name = \"B\")] C }"),
        [
            "<T>: `Color` has parameters, a column type has none; remove them",
            "(T): `Color::A` has fields, which a name does not hold; remove them",
            "nme: unknown option `nme`; did you mean `name`? `#[column]` takes `name`",
            "\"B\": `B` names another variant already; write another `#[column(name = \"…\")]`",
        ]
    );
}

#[test]
fn names_of_types() {
    let mistakes = |option: &str| {
        let item = format!("#[column({option})] enum Color {{ A }}");
        derive::column_enum(item.parse().unwrap()).err().map(listed).unwrap_or_default()
    };
    assert!(mistakes("type = \"colour of the year\"").is_empty());
    assert_eq!(mistakes("type"), ["type: `type` needs a value: `type = \"…\"`"]);
    assert_eq!(mistakes("type = color"), ["color: `type` is written like this: `type = \"…\"`"]);
    assert_eq!(mistakes("type = \"a\", type = \"b\""), ["type: `type` is given twice; remove one"]);
    assert_eq!(
        mistakes("type = \"\""),
        ["\"\": `type` says nothing; write something or remove it"]
    );
    let long = "x".repeat(64);
    assert_eq!(
        mistakes(&format!("type = \"{long}\"")),
        [format!(
            "\"{long}\": `type` has 64 bytes, and a name has at most 63 bytes; write a shorter one"
        )]
    );
    assert_eq!(
        mistakes("typ = \"a\""),
        [
            "typ: unknown option `typ`; did you mean `type`? `#[column]` takes `key`, `type`, `crate`"
        ]
    );
    assert_eq!(mistakes("key = true"), ["key: `key` takes no value; write just `key`"]);
    let newtype = "#[column(type = \"a\")] struct Email(String);";
    assert_eq!(
        listed(derive::column_newtype(newtype.parse().unwrap()).unwrap_err()),
        ["type: unknown option `type`; `#[column]` takes `key`, `crate`"]
    );
}

#[test]
fn column_newtypes() {
    let mistakes = |item: &str| listed(derive::column_newtype(item.parse().unwrap()).unwrap_err());
    let one = "Email: `Email` is no struct with one field; write `struct Email(String)`";
    assert_eq!(mistakes("struct Email(String, i32);"), [one]);
    assert_eq!(mistakes("struct Email;"), [one]);
    assert_eq!(mistakes("enum Email { A }"), [one]);
}
