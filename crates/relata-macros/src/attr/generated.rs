//! `server_default` and `identity`: values that the database makes.

use super::written_like_this;
use proc_macro2::TokenStream;
use syn::{
    Error, Ident, LitInt, LitStr, Result, Token, parenthesized,
    parse::{Parse, ParseStream},
    spanned::Spanned,
    token::Paren,
};

/// SQL for each database; where one text was given, it is that of all.
#[derive(Default)]
pub(crate) struct ServerDefault {
    pub(crate) sqlite: Option<LitStr>,
    pub(crate) postgres: Option<LitStr>,
    pub(crate) mysql: Option<LitStr>,
    /// Whether it is one text for all.
    pub(crate) same: bool,
}

impl ServerDefault {
    /// `= "…"`, or `(sqlite = "…", postgres = "…", mysql = "…")`.
    pub(super) fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        const FORMS: &str = "`server_default = \"CURRENT_TIMESTAMP\"` or \
            `server_default(sqlite = \"…\", postgres = \"…\", mysql = \"…\")`";
        let wrong = |error: Error| written_like_this(name, &error, FORMS);
        let all = if input.parse::<Option<Token![=]>>()?.is_some() {
            if input.is_empty() {
                return Err(wrong(Error::new_spanned(name, "")));
            }
            let sql: LitStr = input.parse().map_err(wrong)?;
            let (sqlite, postgres) = (Some(sql.clone()), Some(sql.clone()));
            ServerDefault { sqlite, postgres, mysql: Some(sql), same: true }
        } else {
            let mut all = ServerDefault::default();
            options(name, input, &mut |name, input| match name.to_string().as_str() {
                "sqlite" => assigned(&mut all.sqlite, name, input),
                "postgres" => assigned(&mut all.postgres, name, input),
                "mysql" => assigned(&mut all.mysql, name, input),
                _ => Err(Error::new_spanned(name, "")),
            })
            .map_err(wrong)?;
            all
        };
        Ok(all)
    }

    /// The texts, each once.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &LitStr> {
        let all = self.sqlite.iter().chain(&self.postgres).chain(&self.mysql);
        all.take(if self.same { 1 } else { 3 })
    }
}

/// How PostgreSQL makes the keys of an identity column.
#[derive(Default)]
pub(crate) struct Identity {
    pub(crate) always: bool,
    pub(crate) start: Option<Signed>,
    pub(crate) increment: Option<Signed>,
}

impl Identity {
    /// Nothing, or `(always, start = 1000, increment = 10)`.
    pub(super) fn read(name: &Ident, input: ParseStream<'_>) -> Result<Self> {
        const FORMS: &str =
            "`identity`, or with some of `identity(always, start = 1000, increment = 10)`";
        let mut all = Identity::default();
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(all);
        }
        options(name, input, &mut |name, input| match name.to_string().as_str() {
            "always" if !all.always => {
                all.always = true;
                Ok(())
            }
            "start" => assigned(&mut all.start, name, input),
            "increment" => assigned(&mut all.increment, name, input),
            _ => Err(Error::new_spanned(name, "")),
        })
        .map_err(|error| written_like_this(name, &error, FORMS))?;
        Ok(all)
    }
}

/// A whole number with or without a sign.
pub(crate) struct Signed {
    pub(crate) value: i64,
    /// For messages.
    pub(crate) span: proc_macro2::Span,
}

impl Parse for Signed {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let minus: Option<Token![-]> = input.parse()?;
        let literal: LitInt = input.parse()?;
        let span = match &minus {
            Some(minus) => minus.span().join(literal.span()).unwrap_or(literal.span()),
            None => literal.span(),
        };
        let sign = if minus.is_some() { "-" } else { "" };
        let text = format!("{sign}{}", literal.base10_digits());
        let value = text.parse().map_err(|_| Error::new(span, ""))?;
        Ok(Signed { value, span })
    }
}

/// Reads `(name …, name …)`, at least one.
fn options(
    name: &Ident,
    input: ParseStream<'_>,
    take: &mut dyn FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    if !input.peek(Paren) {
        return Err(Error::new_spanned(name, ""));
    }
    let inner;
    let parens = parenthesized!(inner in input);
    if inner.is_empty() {
        return Err(Error::new(parens.span.join(), ""));
    }
    while !inner.is_empty() {
        let one = inner.parse().and_then(|name| take(&name, &inner));
        let comma = one.and_then(|()| match inner.is_empty() {
            true => Ok(()),
            false => inner.parse::<Token![,]>().map(drop),
        });
        if comma.is_err() {
            // what is left would be a mistake of its own
            inner.parse::<TokenStream>()?;
            return comma;
        }
    }
    Ok(())
}

/// Reads `= value`, once.
fn assigned<T: Parse>(slot: &mut Option<T>, name: &Ident, input: ParseStream<'_>) -> Result<()> {
    input.parse::<Token![=]>()?;
    let value = input.parse()?;
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new_spanned(name, "")),
    }
}
