//! `#[field(..)]`: what is said about a column.

use super::{Given, Grammar, Identity, ServerDefault, flag, once, value};
use crate::error::Errors;
use syn::{
    Attribute, Expr, Ident, LitInt, LitStr, Path, Result, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream},
};

const BY_CHECK: &str = "say it with `check = \"…\"` on the model of the table";
const REMOVE: &str = "remove it";

const GRAMMAR: Grammar = Grammar {
    attribute: "field",
    options: &[
        "primary_key",
        "key",
        "autoincrement",
        "identity",
        "foreign_key",
        "ondelete",
        "index",
        "unique",
        "column",
        "default",
        "default_factory",
        "server_default",
        "max_length",
        "max_digits",
        "decimal_places",
        "check",
        "comment",
    ],
    planned: &[
        ("min_length", BY_CHECK),
        ("gt", BY_CHECK),
        ("ge", BY_CHECK),
        ("lt", BY_CHECK),
        ("le", BY_CHECK),
        ("multiple_of", BY_CHECK),
        ("pattern", BY_CHECK),
        ("alias", REMOVE),
        ("title", REMOVE),
        ("description", REMOVE),
        ("exclude", REMOVE),
        ("repr", REMOVE),
        ("onupdate", REMOVE),
        ("sql_type", REMOVE),
        ("version", REMOVE),
        ("created_at", REMOVE),
        ("updated_at", REMOVE),
        ("nullable", "a column is nullable when its field is an `Option`"),
    ],
};

/// The options of a column, as they were written.
#[derive(Default)]
pub(crate) struct FieldOptions {
    pub(crate) primary_key: Option<Given>,
    pub(crate) key: Option<Given<Type>>,
    pub(crate) autoincrement: Option<Given>,
    pub(crate) identity: Option<Given<Identity>>,
    pub(crate) foreign_key: Option<Given<ColumnRef>>,
    pub(crate) ondelete: Option<Given<OnDelete>>,
    pub(crate) index: Option<Given>,
    pub(crate) unique: Option<Given>,
    pub(crate) column: Option<Given<LitStr>>,
    pub(crate) default: Option<Given<Expr>>,
    pub(crate) default_factory: Option<Given<Path>>,
    pub(crate) server_default: Option<Given<ServerDefault>>,
    pub(crate) max_length: Option<Given<Number<u32>>>,
    pub(crate) max_digits: Option<Given<Number<u8>>>,
    pub(crate) decimal_places: Option<Given<Number<u8>>>,
    pub(crate) check: Option<Given<LitStr>>,
    pub(crate) comment: Option<Given<LitStr>>,
}

impl FieldOptions {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> FieldOptions {
        let mut all = FieldOptions::default();
        for attr in attrs {
            GRAMMAR.attribute(attr, errors, &mut |name, input| all.option(name, input));
        }
        all
    }

    fn option(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        let form = |example: &str| format!("{name} = {example}");
        match name.to_string().as_str() {
            "primary_key" => once(&mut self.primary_key, name, flag(name, input)?),
            "autoincrement" => once(&mut self.autoincrement, name, flag(name, input)?),
            "identity" => once(&mut self.identity, name, Identity::read(name, input)?),
            "index" => once(&mut self.index, name, flag(name, input)?),
            "unique" => once(&mut self.unique, name, flag(name, input)?),
            "key" => once(&mut self.key, name, value(name, input, &form("Uuid"))?),
            "foreign_key" => {
                once(&mut self.foreign_key, name, value(name, input, &form("Team.id"))?)
            }
            "ondelete" => {
                let forms = "ondelete = cascade`, `ondelete = set_null` or `ondelete = restrict";
                once(&mut self.ondelete, name, value(name, input, forms)?)
            }
            "column" => once(&mut self.column, name, value(name, input, &form("\"name\""))?),
            "default" => once(&mut self.default, name, value(name, input, &form("0"))?),
            "default_factory" => {
                once(&mut self.default_factory, name, value(name, input, &form("Utc::now"))?)
            }
            "server_default" => {
                once(&mut self.server_default, name, ServerDefault::read(name, input)?)
            }
            "max_length" => once(&mut self.max_length, name, value(name, input, &form("50"))?),
            "max_digits" => once(&mut self.max_digits, name, value(name, input, &form("10"))?),
            "decimal_places" => {
                once(&mut self.decimal_places, name, value(name, input, &form("2"))?)
            }
            "comment" => once(&mut self.comment, name, value(name, input, &form("\"…\""))?),
            _ => once(&mut self.check, name, value(name, input, &form("\"age >= 0\""))?),
        }
    }

    /// The names of the options that were given and mean nothing without a table.
    pub(crate) fn of_tables(&self) -> Vec<&Ident> {
        fn name<T>(given: &Option<Given<T>>) -> Option<&Ident> {
            given.as_ref().map(|given| &given.name)
        }
        let all = [
            name(&self.primary_key),
            name(&self.key),
            name(&self.autoincrement),
            name(&self.identity),
            name(&self.foreign_key),
            name(&self.ondelete),
            name(&self.index),
            name(&self.unique),
            name(&self.column),
            name(&self.server_default),
            name(&self.comment),
        ];
        all.into_iter().flatten().collect()
    }

    /// The names of the options that were given and limit what the table takes.
    pub(crate) fn limits(&self) -> Vec<&Ident> {
        [
            self.max_length.as_ref().map(|given| &given.name),
            self.max_digits.as_ref().map(|given| &given.name),
            self.decimal_places.as_ref().map(|given| &given.name),
            self.check.as_ref().map(|given| &given.name),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Whether `new` has a value for the field without being given one.
    pub(crate) fn has_default(&self) -> bool {
        self.default.is_some() || self.default_factory.is_some()
    }
}

/// `Team.id`: a field of a model.
pub(crate) struct ColumnRef {
    pub(crate) model: Path,
    pub(crate) field: Ident,
}

impl Parse for ColumnRef {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let model = Path::parse_mod_style(input)?;
        input.parse::<Token![.]>()?;
        Ok(ColumnRef { model, field: Ident::parse_any(input)? })
    }
}

impl ColumnRef {
    /// The model's name, without its path.
    pub(crate) fn model_name(&self) -> Option<&Ident> {
        self.model.segments.last().map(|last| &last.ident)
    }
}

/// `cascade`, `set_null` or `restrict`, or as SQL writes them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDelete {
    Cascade,
    SetNull,
    Restrict,
}

impl Parse for OnDelete {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (span, text) = if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            (text.span(), text.value().to_lowercase().replace(' ', "_"))
        } else {
            let name = Ident::parse_any(input)?;
            (name.span(), name.to_string())
        };
        match text.as_str() {
            "cascade" => Ok(OnDelete::Cascade),
            "set_null" => Ok(OnDelete::SetNull),
            "restrict" => Ok(OnDelete::Restrict),
            _ => Err(syn::Error::new(span, "")),
        }
    }
}

/// A whole number that fits its type.
pub(crate) struct Number<N> {
    pub(crate) literal: LitInt,
    pub(crate) value: N,
}

impl<N: std::str::FromStr<Err: std::fmt::Display>> Parse for Number<N> {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let literal: LitInt = input.parse()?;
        Ok(Number { value: literal.base10_parse()?, literal })
    }
}
