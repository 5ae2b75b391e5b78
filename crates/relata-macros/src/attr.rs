//! The grammar that `#[model(..)]`, `#[field(..)]` and `#[relationship(..)]` have in common: options
//! with commas between them, each known, said once, and with or without a value.

mod field;
mod generated;
mod model;
mod relationship;
mod suggest;

pub(crate) use field::{ColumnRef, FieldOptions, OnDelete};
pub(crate) use generated::{Identity, ServerDefault};
pub(crate) use model::{Check, Columns, ModPath, ModelOptions};
pub(crate) use relationship::{ForeignKey, Link, RelationshipOptions};
pub(crate) use suggest::closest;

use crate::error::Errors;
use proc_macro2::TokenTree;
use syn::{
    Attribute, Error, Ident, Meta, Path, Result, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream},
    parse_quote,
};

/// An option that was given: its name, for messages, and its value.
pub(crate) struct Given<T = ()> {
    pub(crate) name: Ident,
    pub(crate) value: T,
}

/// The names that an attribute takes.
pub(crate) struct Grammar {
    /// The attribute's name.
    pub(crate) attribute: &'static str,
    /// The options, in the order in which a message lists them.
    pub(crate) options: &'static [&'static str],
    /// Options that are to come, and what to do until then.
    pub(crate) planned: &'static [(&'static str, &'static str)],
}

/// What reads one option, its name being known and already read.
type Take<'a> = dyn FnMut(&Ident, ParseStream<'_>) -> Result<()> + 'a;

impl Grammar {
    /// Reads the options of an attribute.
    pub(crate) fn attribute(&self, attr: &Attribute, errors: &mut Errors, take: &mut Take<'_>) {
        let read = match &attr.meta {
            Meta::Path(_) => Ok(()),
            Meta::List(list) => list.parse_args_with(|input: ParseStream<'_>| {
                self.options(input, errors, take);
                Ok(())
            }),
            Meta::NameValue(_) => Err(Error::new_spanned(
                attr,
                format!("options are written in parentheses: `#[{}(..)]`", self.attribute),
            )),
        };
        if let Err(error) = read {
            errors.add(error);
        }
    }

    /// Reads options to the end, going on after each mistake.
    pub(crate) fn options(&self, input: ParseStream<'_>, errors: &mut Errors, take: &mut Take<'_>) {
        while !input.is_empty() {
            if let Err(error) = self.option(input, take) {
                errors.add(error);
                skip(input);
            }
            // Present unless this was the last option: `option` and `skip` both end before it.
            let _ = input.parse::<Option<Token![,]>>();
        }
    }

    fn option(&self, input: ParseStream<'_>, take: &mut Take<'_>) -> Result<()> {
        let name = Ident::parse_any(input).map_err(|error| {
            Error::new(error.span(), format!("expected an option; {}", self.list()))
        })?;
        self.known(&name)?;
        take(&name, input)?;
        if input.is_empty() || input.peek(Token![,]) {
            Ok(())
        } else {
            Err(input
                .error(format!("unexpected after `{name}`; options have a comma between them")))
        }
    }

    fn known(&self, name: &Ident) -> Result<()> {
        let text = name.to_string();
        if self.options.contains(&text.as_str()) {
            return Ok(());
        }
        if let Some((_, cure)) = self.planned.iter().find(|(planned, _)| *planned == text) {
            return Err(Error::new_spanned(name, format!("`{text}` is not supported yet; {cure}")));
        }
        let hint = match closest(&text, self.options.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? "),
            None => String::new(),
        };
        Err(Error::new_spanned(name, format!("unknown option `{text}`; {hint}{}", self.list())))
    }

    fn list(&self) -> String {
        format!("`#[{}]` takes `{}`", self.attribute, self.options.join("`, `"))
    }
}

/// Leaves the rest of an option that was not understood.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

/// Keeps an option that may be given once.
pub(crate) fn once<T>(slot: &mut Option<Given<T>>, name: &Ident, value: T) -> Result<()> {
    if slot.is_some() {
        return Err(Error::new_spanned(name, format!("`{name}` is given twice; remove one")));
    }
    *slot = Some(Given { name: name.clone(), value });
    Ok(())
}

/// An option with no value.
pub(crate) fn flag(name: &Ident, input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        Ok(())
    } else {
        let message = format!("`{name}` takes no value; write just `{name}`");
        Err(Error::new_spanned(name, message))
    }
}

/// An option `name = value`; `form` shows a whole one.
pub(crate) fn value<T: Parse>(name: &Ident, input: ParseStream<'_>, form: &str) -> Result<T> {
    let missing = || Error::new_spanned(name, format!("`{name}` needs a value: `{form}`"));
    input.parse::<Token![=]>().map_err(|_| missing())?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(missing());
    }
    input.parse().map_err(|error| written_like_this(name, &error, &format!("`{form}`")))
}

/// The mistake of an option in another form than those shown.
fn written_like_this(name: &Ident, error: &Error, forms: &str) -> Error {
    Error::new(error.span(), format!("`{name}` is written like this: {forms}"))
}

/// Where generated code finds what it needs, `crate = path` given or not.
pub(crate) fn private(krate: Option<Given<ModPath>>) -> Path {
    let krate: Path = krate.map_or_else(|| parse_quote!(::relata), |given| given.value.0);
    parse_quote!(#krate::__private)
}
