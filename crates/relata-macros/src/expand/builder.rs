//! `new` with what is required, and `with_…` for each field.

use crate::valid::{Column, Field, Kind, Model, Relation};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

pub(super) fn builder(model: &Model) -> TokenStream {
    let name = model.name();
    let (generics, arguments, bounds) = model.item.generics.split_for_impl();
    let new = new(model);
    let with = model.fields.iter().map(|field| match field {
        Field::Column(column) => with_column(model, column),
        Field::Relation(relation) => with_relation(model, relation),
    });
    quote! {
        #[allow(dead_code, private_bounds, private_interfaces, clippy::use_self)]
        impl #generics #name #arguments #bounds {
            #new
            #(#with)*
        }
    }
}

/// The key that `new` takes the related row in place of.
fn filled<'m>(model: &'m Model, relation: &Relation) -> Option<&'m Ident> {
    let key = model.columns().find(|column| column.filled_by.as_ref() == Some(&relation.ident));
    key.map(|key| &key.ident)
}

/// A parameter named as its field, which no expression of the user can mean by accident.
fn parameter(field: &Ident) -> Ident {
    let mut parameter = field.clone();
    parameter.set_span(Span::mixed_site().located_at(field.span()));
    parameter
}

fn new(model: &Model) -> TokenStream {
    let private = &model.private;
    let mut parameters = Vec::new();
    let mut rows = Vec::new();
    for column in model.columns().filter(|column| column.is_required()) {
        match &column.filled_by {
            None => {
                let (name, ty) = (parameter(&column.ident), &column.ty);
                parameters.push(quote!(#name: impl #private::IntoField<#ty>));
            }
            Some(relation) => {
                let target = model.relations().find(|known| known.ident == *relation);
                let (name, target) = (parameter(relation), target.map(|known| &known.target));
                parameters.push(quote!(#name: impl #private::IntoOne<#target>));
                rows.push(quote!(let #name = #private::One::<#target>::of(#name);));
            }
        }
    }
    let fields = model.fields.iter().map(|field| {
        let (ident, value) = (field.ident(), initial(model, field));
        quote!(#ident: #value)
    });
    let doc = format!(" A new `{}`, with everything that has no default.", model.name());
    let many = (parameters.len() > 7).then(|| quote!(#[allow(clippy::too_many_arguments)]));
    quote! {
        #[doc = #doc]
        #many
        #[must_use]
        pub fn new(#(#parameters),*) -> Self {
            #(#rows)*
            Self { #(#fields,)* }
        }
    }
}

/// What a field of a new value holds.
fn initial(model: &Model, field: &Field) -> TokenStream {
    let private = &model.private;
    match field {
        Field::Column(column) => match &column.filled_by {
            Some(relation) => {
                let relation = parameter(relation);
                quote!(#relation.id())
            }
            None if column.is_required() => {
                let name = parameter(&column.ident);
                quote!(#private::IntoField::into_field(#name))
            }
            None => match default(column) {
                Some(value) => quote!(#private::IntoField::into_field(#value)),
                None => quote!(::core::default::Default::default()),
            },
        },
        Field::Relation(relation) if filled(model, relation).is_some() => {
            let name = parameter(&relation.ident);
            quote!(#name)
        }
        Field::Relation(_) => quote!(::core::default::Default::default()),
    }
}

/// The default that was given, as an expression.
pub(super) fn default(column: &Column) -> Option<TokenStream> {
    match (&column.options.default, &column.options.default_factory) {
        (Some(given), _) => {
            let value = &given.value;
            Some(quote!(#value))
        }
        (None, Some(given)) => {
            let factory = &given.value;
            Some(quote!(#factory()))
        }
        (None, None) => None,
    }
}

fn with_column(model: &Model, column: &Column) -> TokenStream {
    let (private, ident, ty) = (&model.private, &column.ident, &column.ty);
    let name = parameter(ident);
    let given = quote!(#name: impl #private::IntoField<#ty>);
    let set = quote!(self.#ident = #private::IntoField::into_field(#name););
    with(ident, &given, &set)
}

fn with_relation(model: &Model, relation: &Relation) -> TokenStream {
    let (private, ident, target) = (&model.private, &relation.ident, &relation.target);
    let name = parameter(ident);
    let key = filled(model, relation).map(|key| quote!(self.#key = self.#ident.id();));
    let set = quote!(self.#ident.set(#name); #key);
    let one = |target: TokenStream| quote!(#name: impl #private::IntoOne<#target>);
    match relation.kind {
        Kind::Many => with(ident, &quote!(#name: impl #private::Members<#target>), &set),
        Kind::One => with(ident, &one(quote!(#target)), &set),
        Kind::Optional => {
            let target = quote!(::core::option::Option<#target>);
            with(ident, &one(target), &set)
        }
    }
}

fn with(ident: &Ident, given: &TokenStream, set: &TokenStream) -> TokenStream {
    let method = format_ident!("with_{}", ident);
    let doc = format!(" With `{}`.", super::text(ident));
    quote! {
        #[doc = #doc]
        #[must_use]
        pub fn #method(mut self, #given) -> Self {
            #set
            self
        }
    }
}
