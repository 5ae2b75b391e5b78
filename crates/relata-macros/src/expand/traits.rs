//! The small traits of a table model: `Clone`, `Debug`, `Serialize`, its identity and its columns.

use super::{columns_struct, shown_at, text};
use crate::valid::{Field, Model, Table};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

pub(super) fn traits(model: &Model, table: &Table) -> TokenStream {
    let (clone, debug, serialize) = (clone(model), debug(model), serialize(model));
    let (identity, columns) = (identity(model, table), columns(model));
    quote!(#clone #debug #serialize #identity #columns)
}

/// A clone of an unsaved value is another row, so it gets an id of its own.
fn clone(model: &Model) -> TokenStream {
    let name = model.name();
    let body = match model.own_id() {
        Some(column) => {
            let id = &column.ident;
            quote! {
                let mut copy = __relata::Model::duplicate(self);
                copy.#id = copy.#id.renewed();
                copy
            }
        }
        None => quote!(__relata::Model::duplicate(self)),
    };
    quote! {
        #[automatically_derived]
        impl ::core::clone::Clone for #name {
            fn clone(&self) -> Self { #body }
        }
    }
}

fn debug(model: &Model) -> TokenStream {
    let (name, struct_name) = (model.name(), text(model.name()));
    let fields = model.fields.iter().map(|field| {
        let (ident, label) = (field.ident(), text(field.ident()));
        match field {
            Field::Column(column) => {
                let ty = &column.ty;
                quote_spanned!(shown_at(ty.span())=>
                    .field(#label, <__relata::Stored<#ty>>::of(&self.#ident))
                )
            }
            Field::Relation(_) => quote!(.field(#label, &self.#ident.brief())),
        }
    });
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Debug for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#struct_name)#(#fields)*.finish()
            }
        }
    }
}

/// The columns; relations are serialized through shapes only.
fn serialize(model: &Model) -> TokenStream {
    let (name, struct_name) = (model.name(), text(model.name()));
    let count = model.columns().count();
    let fields = model.columns().map(|column| {
        let (ident, ty, label) = (&column.ident, &column.ty, text(&column.ident));
        quote_spanned! {shown_at(ty.span())=>
            <__relata::Stored<#ty>>::put(&mut s, #label, &self.#ident)?;
        }
    });
    quote! {
        #[automatically_derived]
        impl __relata::serde::Serialize for #name {
            fn serialize<__S: __relata::serde::Serializer>(
                &self,
                serializer: __S,
            ) -> ::core::result::Result<__S::Ok, __S::Error> {
                use __relata::serde::ser::SerializeStruct as _;
                let mut s = serializer.serialize_struct(#struct_name, #count)?;
                #(#fields)*
                s.end()
            }
        }
    }
}

fn identity(model: &Model, table: &Table) -> TokenStream {
    let (name, struct_name) = (model.name(), text(model.name()));
    let schema = table.schema.as_ref().map(|schema| {
        quote! {
            const SCHEMA: ::core::option::Option<&'static str> =
                ::core::option::Option::Some(#schema);
        }
    });
    let table = &table.name;
    let path = format!("::{struct_name}");
    quote! {
        #[automatically_derived]
        impl __relata::Identity for #name {
            const IDENTITY: &'static str = ::core::concat!(::core::module_path!(), #path);
            const NAME: &'static str = #struct_name;
            const TABLE: &'static str = #table;
            #schema
        }
    }
}

fn columns(model: &Model) -> TokenStream {
    let (name, columns) = (model.name(), columns_struct(model.name()));
    let fields = model.fields.iter().map(|field| match field {
        Field::Column(column) => {
            let (ident, at, name) = (&column.ident, column.at, &column.name);
            quote!(#ident: __relata::Column::new(#at, #name, alias))
        }
        Field::Relation(relation) => {
            let (ident, at) = (&relation.ident, relation.at);
            quote!(#ident: __relata::Relation::new(#at, alias))
        }
    });
    quote! {
        impl #columns {
            const fn of(alias: &'static str) -> Self {
                Self { #(#fields,)* }
            }
        }
        #[automatically_derived]
        impl __relata::Columns for #name {
            type Columns = #columns;
            const COLUMNS: &'static #columns = &#columns::of("");
            fn columns(alias: &'static str) -> #columns {
                #columns::of(alias)
            }
        }
    }
}
