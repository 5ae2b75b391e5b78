//! The code for a model: data tables and thin accessors, so that every algorithm is compiled once,
//! in the library.

mod builder;
mod data;
mod relations;
mod tables;
mod traits;

use crate::{
    ast::{Input, argument, is_id_of},
    valid::{self, Field, Model, Table},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{ItemStruct, ext::IdentExt, parse_quote};

/// What `#[model(args)] item` stands for, and the messages of its mistakes; where these leave
/// nothing to expand, the bare struct remains.
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    let input = match Input::read(item.clone()) {
        Ok(input) => input,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let bare = bare(input.item.clone());
    let valid::Checked { model, errors } = valid::check(args, input);
    let code = model.as_ref().map_or(bare, expand);
    let errors = errors.map(syn::Error::into_compile_error);
    quote!(#code #errors)
}

/// The struct alone. An `Id` of what is no model would be a second mistake and hide the first, so
/// the struct's own ids are plain numbers.
fn bare(mut item: ItemStruct) -> TokenStream {
    let name = item.ident.clone();
    for field in &mut item.fields {
        if is_id_of(argument(&field.ty, "Option").unwrap_or(&field.ty), &name) {
            field.ty = parse_quote!(i64);
        }
    }
    item.into_token_stream()
}

fn expand(model: &Model) -> TokenStream {
    let builder = builder::builder(model);
    match &model.table {
        None => {
            let (item, defaults) = data::data(model);
            quote!(#item #defaults #builder)
        }
        Some(table) => {
            let item = &model.item;
            let names = names(model);
            let implementation = implementation(model, table);
            quote!(#item #names #builder #implementation)
        }
    }
}

/// The model's name as a value, and the struct of columns and relations that it derefs to.
fn names(model: &Model) -> TokenStream {
    let (name, private, vis) = (model.name(), &model.private, &model.item.vis);
    let columns = columns_struct(name);
    let fields = model.fields.iter().map(|field| {
        let ident = field.ident();
        match field {
            Field::Column(column) => {
                let ty = &column.ty;
                quote!(pub #ident: #private::Column<#name, #ty>)
            }
            Field::Relation(relation) => {
                let ty = &relation.ty;
                quote!(pub #ident: #private::Relation<#name, #ty>)
            }
        }
    });
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, dead_code)]
        #vis const #name: #private::Entity<#name> = #private::Entity::new();

        #[doc(hidden)]
        #[allow(dead_code, missing_docs, private_interfaces)]
        #vis struct #columns {
            #(#fields,)*
        }
    }
}

/// Everything that no one names, the tables first: what a field lacks to be a column is said before
/// what it lacks to be printed. `__relata` is short for the path that is written everywhere.
fn implementation(model: &Model, table: &Table) -> TokenStream {
    let (name, private) = (model.name(), &model.private);
    let defaults = tables::defaults(model);
    let resolved = relations::resolved(model);
    let traits = traits::traits(model, table);
    let tables = tables::model(model, table);
    quote! {
        #[allow(clippy::use_self)]
        const _: () = {
            use #private as __relata;
            use __relata::Unstored as _;
            // so that the import has a use in each model; no attribute could allow it where the crate forbids it
            const _: fn(&()) -> __relata::Value = <__relata::Stored<()>>::write;

            #defaults
            #resolved
            #tables
            #traits

            #private::inventory::submit! {
                __relata::Registration(<#name as __relata::Model>::DEF)
            }
        };
    }
}

fn columns_struct(name: &Ident) -> Ident {
    format_ident!("{}Columns", name)
}

/// A field's name as text.
fn text(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// Generated code that shows the user's own when it does not compile.
fn shown_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}
