//! `#[model(..)]`: what is said about a whole struct.

use super::{Given, Grammar, flag, once, value, written_like_this};
use crate::error::Errors;
use proc_macro2::TokenStream;
use syn::{
    Error, Ident, LitStr, Path, Result, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream, Parser},
};

const GRAMMAR: Grammar = Grammar {
    attribute: "model",
    options: &["table", "schema", "comment", "crate", "unique", "index", "check"],
    planned: &[],
};

/// The options of a model, as they were written.
#[derive(Default)]
pub(crate) struct ModelOptions {
    /// `table`, with a name where one was given.
    pub(crate) table: Option<Given<Option<LitStr>>>,
    pub(crate) schema: Option<Given<LitStr>>,
    pub(crate) comment: Option<Given<LitStr>>,
    pub(crate) krate: Option<Given<ModPath>>,
    pub(crate) uniques: Vec<Given<Columns>>,
    pub(crate) indexes: Vec<Given<Columns>>,
    pub(crate) checks: Vec<Given<Check>>,
}

impl ModelOptions {
    pub(crate) fn read(args: TokenStream, errors: &mut Errors) -> ModelOptions {
        let mut all = ModelOptions::default();
        let read = |input: ParseStream<'_>| {
            GRAMMAR.options(input, errors, &mut |name, input| all.option(name, input));
            Ok(())
        };
        if let Err(error) = read.parse2(args) {
            errors.add(error);
        }
        all
    }

    fn option(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "table" if input.peek(Token![=]) => {
                once(&mut self.table, name, Some(value(name, input, "table = \"heroes\"")?))
            }
            "table" => {
                flag(name, input)?;
                once(&mut self.table, name, None)
            }
            "schema" => once(&mut self.schema, name, value(name, input, "schema = \"archive\"")?),
            "comment" => once(&mut self.comment, name, value(name, input, "comment = \"…\"")?),
            "crate" => once(&mut self.krate, name, value(name, input, "crate = path::to::relata")?),
            "unique" => keep(&mut self.uniques, name, list(name, input, "a, b")?),
            "index" => keep(&mut self.indexes, name, list(name, input, "a, b")?),
            _ => keep(&mut self.checks, name, list(name, input, "\"a < b\"")?),
        }
    }

    /// The names of the options that were given and mean nothing without a table.
    pub(crate) fn of_tables(&self) -> Vec<&Ident> {
        let texts = self.schema.iter().chain(&self.comment).map(|given| &given.name);
        let lists = self.uniques.iter().chain(&self.indexes).map(|given| &given.name);
        texts.chain(lists).chain(self.checks.iter().map(|given| &given.name)).collect()
    }
}

/// An option that may be given several times.
fn keep<T>(all: &mut Vec<Given<T>>, name: &Ident, value: T) -> Result<()> {
    all.push(Given { name: name.clone(), value });
    Ok(())
}

/// An option `name(..)`; `form` shows what stands inside.
fn list<T: Parse>(name: &Ident, input: ParseStream<'_>, form: &str) -> Result<T> {
    let forms = format!("`{name}({form})` or `{name}({form}, name = \"…\")`");
    let wrong = |tokens: Error| written_like_this(name, &tokens, &forms);
    if !input.peek(syn::token::Paren) {
        return Err(wrong(Error::new_spanned(name, "")));
    }
    let inner;
    parenthesized!(inner in input);
    if inner.is_empty() {
        return Err(wrong(Error::new_spanned(name, "")));
    }
    let read = T::parse(&inner).map_err(wrong)?;
    if inner.is_empty() { Ok(read) } else { Err(wrong(inner.error(""))) }
}

/// A path with no type arguments; unlike [`Path`], it may be `crate`.
pub(crate) struct ModPath(pub(crate) Path);

impl Parse for ModPath {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Path::parse_mod_style(input).map(ModPath)
    }
}

/// The fields of a constraint or index, and its name.
pub(crate) struct Columns {
    pub(crate) fields: Vec<Ident>,
    pub(crate) name: Option<LitStr>,
}

impl Parse for Columns {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut fields = Vec::new();
        let named = |input: ParseStream<'_>| input.peek(Ident::peek_any) && input.peek2(Token![=]);
        while !input.is_empty() && !named(input) {
            fields.push(input.call(Ident::parse_any)?);
            if input.is_empty() {
                break;
            }
            input.parse::<Token![,]>()?;
        }
        if fields.is_empty() {
            return Err(input.error(""));
        }
        Ok(Columns { fields, name: constraint_name(input)? })
    }
}

/// A condition, and its name.
pub(crate) struct Check {
    pub(crate) sql: LitStr,
    pub(crate) name: Option<LitStr>,
    /// The column that it was said of.
    pub(crate) column: Option<String>,
}

impl Parse for Check {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let sql = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Check { sql, name: constraint_name(input)?, column: None })
    }
}

/// `name = "…"` at the end of a list.
fn constraint_name(input: ParseStream<'_>) -> Result<Option<LitStr>> {
    if input.is_empty() {
        return Ok(None);
    }
    let name: Ident = input.parse()?;
    if name != "name" {
        return Err(Error::new_spanned(name, ""));
    }
    input.parse::<Token![=]>()?;
    let text = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    Ok(Some(text))
}
