//! A data model: the struct with its derives, and the defaults of its fields for input that leaves
//! them out.

use super::builder;
use crate::{ast::written, valid::Model};
use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::{Attribute, Meta, ext::IdentExt, parse_quote};

/// The struct, and the functions that serde calls for its defaults.
pub(super) fn data(model: &Model) -> (TokenStream, TokenStream) {
    let (mut item, private, name) = (model.item.clone(), &model.private, model.name());
    let (generics, arguments, bounds) = model.item.generics.split_for_impl();
    let turbofish = arguments.as_turbofish();
    let mut functions = Vec::new();
    for column in model.columns() {
        let Some(value) = builder::default(column) else { continue };
        let field =
            item.fields.iter_mut().find(|field| field.ident.as_ref() == Some(&column.ident));
        let Some(field) = field.filter(|field| !decided(&field.attrs)) else { continue };
        let (function, ty) = (format_ident!("__default_{}", column.ident.unraw()), &column.ty);
        let path = written(quote!(#name #turbofish :: #function)).replace(' ', "");
        field.attrs.push(parse_quote!(#[serde(default = #path)]));
        functions.push(quote! {
            fn #function() -> #ty {
                #private::IntoField::into_field(#value)
            }
        });
    }
    let serde = written(quote!(#private::serde)).replace(' ', "");
    let item = quote! {
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            #private::serde::Serialize,
            #private::serde::Deserialize
        )]
        #[serde(crate = #serde)]
        #item
    };
    let defaults = (!functions.is_empty()).then(|| {
        quote! {
            impl #generics #name #arguments #bounds {
                #(#functions)*
            }
        }
    });
    (item, defaults.unwrap_or_default())
}

/// Whether the user told serde what a missing field holds, or that it is no field of its own.
fn decided(attrs: &[Attribute]) -> bool {
    attrs.iter().filter(|attr| attr.path().is_ident("serde")).any(|attr| match &attr.meta {
        Meta::List(list) => list.tokens.clone().into_iter().any(
            |token| matches!(token, TokenTree::Ident(name) if name == "default" || name == "flatten"),
        ),
        _ => false,
    })
}
