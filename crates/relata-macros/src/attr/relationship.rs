//! `#[relationship(..)]`: what is said about a relation.

use super::{ColumnRef, Given, Grammar, flag, once, value};
use crate::error::Errors;
use syn::{
    Attribute, Ident, Path, Result, Token,
    ext::IdentExt,
    parenthesized,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
    token::Paren,
};

const GRAMMAR: Grammar = Grammar {
    attribute: "relationship",
    options: &[
        "back_populates",
        "link_model",
        "foreign_key",
        "cascade_delete",
        "passive_deletes",
        "order_by",
    ],
    planned: &[],
};

/// The options of a relation, as they were written.
#[derive(Default)]
pub(crate) struct RelationshipOptions {
    pub(crate) back_populates: Option<Given<Name>>,
    pub(crate) link_model: Option<Given<Link>>,
    pub(crate) foreign_key: Option<Given<ForeignKey>>,
    pub(crate) cascade_delete: Option<Given>,
    pub(crate) passive_deletes: Option<Given>,
    pub(crate) order_by: Option<Given<OrderBy>>,
}

impl RelationshipOptions {
    pub(crate) fn read(attrs: &[Attribute], errors: &mut Errors) -> RelationshipOptions {
        let mut all = RelationshipOptions::default();
        for attr in attrs {
            GRAMMAR.attribute(attr, errors, &mut |name, input| all.option(name, input));
        }
        all
    }

    fn option(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        match name.to_string().as_str() {
            "back_populates" => {
                let form = "back_populates = heroes";
                once(&mut self.back_populates, name, value(name, input, form)?)
            }
            "link_model" => {
                let forms = "link_model = HeroTeamLink` or `link_model = Link(own_key, their_key)";
                once(&mut self.link_model, name, value(name, input, forms)?)
            }
            "foreign_key" => {
                let forms =
                    "foreign_key = team_id`, `foreign_key = (a, b)` or `foreign_key = Hero.team_id";
                once(&mut self.foreign_key, name, value(name, input, forms)?)
            }
            "cascade_delete" => once(&mut self.cascade_delete, name, flag(name, input)?),
            "passive_deletes" => once(&mut self.passive_deletes, name, flag(name, input)?),
            _ => {
                let forms =
                    "order_by = name`, `order_by = age.desc()` or `order_by = (name, age.desc())";
                once(&mut self.order_by, name, value(name, input, forms)?)
            }
        }
    }
}

/// A field's name.
pub(crate) struct Name(pub(crate) Ident);

impl Parse for Name {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        input.call(Ident::parse_any).map(Name)
    }
}

/// `HeroTeamLink`, or `Friends(own_key, their_key)`.
pub(crate) struct Link {
    pub(crate) model: Path,
    pub(crate) keys: Option<(Ident, Ident)>,
}

impl Parse for Link {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let model = Path::parse_mod_style(input)?;
        if !input.peek(Paren) {
            return Ok(Link { model, keys: None });
        }
        let keys;
        parenthesized!(keys in input);
        let own = keys.call(Ident::parse_any)?;
        keys.parse::<Token![,]>()?;
        let theirs = keys.call(Ident::parse_any)?;
        keys.parse::<Option<Token![,]>>()?;
        if keys.is_empty() {
            Ok(Link { model, keys: Some((own, theirs)) })
        } else {
            Err(keys.error(""))
        }
    }
}

/// The foreign key fields that a relation uses.
pub(crate) enum ForeignKey {
    /// Fields of whichever side holds the key.
    Fields(Vec<Ident>),
    /// A field of this model.
    Of(ColumnRef),
}

impl Parse for ForeignKey {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(Paren) {
            return many(input, Ident::parse_any).map(ForeignKey::Fields);
        }
        let ahead = input.fork();
        if Path::parse_mod_style(&ahead).is_ok() && ahead.peek(Token![.]) {
            return input.parse().map(ForeignKey::Of);
        }
        Ok(ForeignKey::Fields(vec![input.call(Ident::parse_any)?]))
    }
}

/// The fields that a list is ordered by.
pub(crate) struct OrderBy(pub(crate) Vec<Order>);

impl Parse for OrderBy {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(Paren) {
            return many(input, Order::parse).map(OrderBy);
        }
        Ok(OrderBy(vec![input.parse()?]))
    }
}

/// `name`, or `name.desc()`.
pub(crate) struct Order {
    pub(crate) field: Ident,
    pub(crate) descending: bool,
}

impl Parse for Order {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let field = input.call(Ident::parse_any)?;
        if !input.peek(Token![.]) {
            return Ok(Order { field, descending: false });
        }
        input.parse::<Token![.]>()?;
        let direction: Ident = input.parse()?;
        let arguments;
        parenthesized!(arguments in input);
        if direction == "desc" && arguments.is_empty() {
            Ok(Order { field, descending: true })
        } else {
            Err(syn::Error::new_spanned(direction, ""))
        }
    }
}

/// `(a, b)`, with at least one inside.
fn many<T>(input: ParseStream<'_>, each: fn(ParseStream<'_>) -> Result<T>) -> Result<Vec<T>> {
    let inner;
    let parens = parenthesized!(inner in input);
    let all = Punctuated::<T, Token![,]>::parse_terminated_with(&inner, each)?;
    if all.is_empty() {
        return Err(syn::Error::new(parens.span.join(), ""));
    }
    Ok(all.into_iter().collect())
}
