//! The relations of a table model: what was said about each, and how each joins.

use super::{shown_at, text};
use crate::{
    attr::{ForeignKey, Link},
    valid::{Kind, Model, Relation},
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

/// A function for each relation, worked out at compile time: named, because closures of one type
/// would all go through one shim that walks every model.
pub(super) fn resolved(model: &Model) -> TokenStream {
    let owner = model.name();
    let functions = model.relations().map(|relation| {
        let name = resolve_name(relation);
        let body = if model.sound {
            let call = resolve_call(owner, relation);
            quote! {
                const RESOLVED: __relata::Resolved = #call;
                &RESOLVED
            }
        } else {
            // It does not compile anyway, and is not worth a second message.
            quote!(loop {})
        };
        quote!(fn #name() -> &'static __relata::Resolved { #body })
    });
    functions.collect()
}

fn resolve_call(owner: &Ident, relation: &Relation) -> TokenStream {
    let (at, owner, target) = (relation.at, def_of(owner), def_of(&relation.target));
    let link = match &relation.options.link_model {
        None => quote!(::core::option::Option::None),
        Some(link) => {
            let def = def_of(&link.value.model);
            quote!(::core::option::Option::Some(#def))
        }
    };
    quote_spanned! {shown_at(relation.ident.span())=>
        __relata::resolve(#owner, #at, #target, #link)
    }
}

fn def_of(model: impl quote::ToTokens) -> TokenStream {
    quote!(<#model as __relata::Model>::DEF)
}

fn resolve_name(relation: &Relation) -> Ident {
    format_ident!("__resolve_{}", relation.ident)
}

/// What was said about a relation, as data.
pub(super) fn def(owner: &Ident, relation: &Relation) -> TokenStream {
    let owner = text(owner);
    let (name, target, resolve) = (text(&relation.ident), &relation.target, resolve_name(relation));
    let kind = match relation.kind {
        Kind::Many => quote!(Many),
        Kind::One => quote!(One),
        Kind::Optional => quote!(Optional),
    };
    let target = identity_of(target);
    let mut def = quote! {
        __relata::RelationDef::of(#owner, #name, __relata::RelationKind::#kind, #target, #resolve)
    };
    let options = &relation.options;
    if let Some(back) = &options.back_populates {
        let field = text(&back.value.0);
        def.extend(quote!(.back_populates(#field)));
    }
    if let Some(link) = &options.link_model {
        def.extend(link_def(&link.value));
    }
    if let Some(key) = &options.foreign_key {
        def.extend(foreign_key(&key.value));
    }
    if options.cascade_delete.is_some() {
        def.extend(quote!(.cascade_delete()));
    }
    if options.passive_deletes.is_some() {
        def.extend(quote!(.passive_deletes()));
    }
    if let Some(order) = &options.order_by {
        let order = order.value.0.iter().map(|order| {
            let (field, descending) = (text(&order.field), order.descending);
            quote!(__relata::OrderDef { field: #field, descending: #descending })
        });
        def.extend(quote!(.order_by(&[#(#order),*])));
    }
    def
}

fn identity_of(model: impl quote::ToTokens) -> TokenStream {
    quote!(<#model as __relata::Identity>::IDENTITY)
}

fn link_def(link: &Link) -> TokenStream {
    let model = identity_of(&link.model);
    let keys = match &link.keys {
        None => quote!(::core::option::Option::None),
        Some((own, theirs)) => {
            let (own, theirs) = (text(own), text(theirs));
            quote!(::core::option::Option::Some((#own, #theirs)))
        }
    };
    quote!(.link(#model, #keys))
}

fn foreign_key(key: &ForeignKey) -> TokenStream {
    match key {
        ForeignKey::Fields(fields) => {
            let fields = fields.iter().map(text);
            quote!(.foreign_key(&[#(#fields),*], ::core::option::Option::None))
        }
        ForeignKey::Of(column) => {
            let (model, field) = (identity_of(&column.model), text(&column.field));
            quote!(.foreign_key(&[#field], ::core::option::Option::Some(#model)))
        }
    }
}

/// Each relation field shown in order, where there are any.
pub(super) fn visits(model: &Model) -> Option<TokenStream> {
    model.relations().next()?;
    let fields: Vec<&Ident> = model.relations().map(|relation| &relation.ident).collect();
    Some(quote! {
        fn relations<'a>(&'a self, visit: __relata::Visit<'_, 'a>) {
            #(visit(self.#fields.slot());)*
        }
        fn relations_mut<'a>(&'a mut self, visit: __relata::VisitMut<'_, 'a>) {
            #(visit(self.#fields.slot_mut());)*
        }
    })
}
