//! `ColumnEnum` and `ColumnNewtype`: column types made of the user's own.

use crate::{
    attr::{Given, Grammar, ModPath, once, value},
    error::Errors,
};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, Ident, Index, LitStr, Member, Path, Result,
    Variant, spanned::Spanned,
};

/// Stores a fieldless enum by name.
pub(crate) fn column_enum(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let name = &input.ident;
    let Data::Enum(data) = &input.data else {
        let message = format!("`{name}` is no enum; for a struct use `#[derive(ColumnNewtype)]`");
        return Err(Error::new_spanned(name, message));
    };
    let mut errors = Errors::default();
    let private = private(&input, &mut errors);
    if data.variants.is_empty() {
        errors
            .at(name, format!("`{name}` has no variant, so a column could hold nothing; add one"));
    }
    let mut names: Vec<String> = Vec::new();
    for variant in &data.variants {
        let stored = stored_name(name, variant, &mut errors);
        if names.contains(&stored.value()) {
            let message = format!("`{}` names another variant already", stored.value());
            errors.at(&stored, format!("{message}; write another `#[column(name = \"…\")]`"));
        }
        names.push(stored.value());
    }
    errors.finish()?;
    let variants: Vec<&Ident> = data.variants.iter().map(|variant| &variant.ident).collect();
    let unknown = format!("the text names no variant of `{name}`");
    let wanted = format!("the name of a variant of `{name}`");
    Ok(quote! {
        #[automatically_derived]
        impl #private::ColumnType for #name {
            const TYPE: #private::SqlType = #private::SqlType::Enum(&[#(#names),*]);

            fn read(cell: #private::Cell<'_>) -> ::core::result::Result<Self, #private::Misfit> {
                match cell {
                    #(#private::Cell::Text(#names) => ::core::result::Result::Ok(Self::#variants),)*
                    #private::Cell::Text(_) => ::core::result::Result::Err(#private::Misfit(
                        ::std::borrow::Cow::Borrowed(#unknown),
                    )),
                    other => ::core::result::Result::Err(#private::Misfit::kind(&other, #wanted)),
                }
            }

            fn write(&self) -> #private::Value {
                let name = match self {
                    #(Self::#variants => #names,)*
                };
                #private::Value::Text(::core::convert::From::from(name))
            }
        }
        #[automatically_derived]
        impl #private::NotNull for #name {}
    })
}

/// The name that a variant is stored by.
fn stored_name(owner: &Ident, variant: &Variant, errors: &mut Errors) -> LitStr {
    const GRAMMAR: Grammar = Grammar { attribute: "column", options: &["name"], planned: &[] };
    if !matches!(variant.fields, Fields::Unit) {
        let place = format!("`{owner}::{}`", variant.ident);
        let message = format!("{place} has fields, which a name does not hold; remove them");
        errors.at(&variant.fields, message);
    }
    let mut given: Option<Given<LitStr>> = None;
    for attr in ours(&variant.attrs) {
        GRAMMAR.attribute(attr, errors, &mut |name, input| {
            once(&mut given, name, value(name, input, "name = \"…\"")?)
        });
    }
    match given {
        Some(given) => given.value,
        None => {
            let text = syn::ext::IdentExt::unraw(&variant.ident).to_string();
            LitStr::new(&text, variant.ident.span())
        }
    }
}

/// Stores a struct with one field as that field.
pub(crate) fn column_newtype(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let name = &input.ident;
    let mut errors = Errors::default();
    let private = private(&input, &mut errors);
    let field = match &input.data {
        Data::Struct(data) if data.fields.len() == 1 => data.fields.iter().next(),
        _ => None,
    };
    let Some(field) = field else {
        let message =
            format!("`{name}` is no struct with one field; write `struct {name}(String)`");
        errors.at(name, message);
        errors.finish()?;
        return Ok(TokenStream::new());
    };
    errors.finish()?;
    let ty = &field.ty;
    let member = match &field.ident {
        Some(ident) => Member::Named(ident.clone()),
        None => Member::Unnamed(Index::from(0)),
    };
    let span = Span::call_site().located_at(ty.span());
    let checked = quote_spanned!(span=> not_null::<#ty>());
    let inner = quote_spanned!(span=> <#ty as #private::ColumnType>);
    Ok(quote! {
        #[automatically_derived]
        impl #private::ColumnType for #name {
            const TYPE: #private::SqlType = #inner::TYPE;

            fn read(cell: #private::Cell<'_>) -> ::core::result::Result<Self, #private::Misfit> {
                #inner::read(cell).map(|inner| Self { #member: inner })
            }

            fn write(&self) -> #private::Value {
                #inner::write(&self.#member)
            }

            fn fit(self, column: &#private::ColumnDef) -> Self {
                Self { #member: #inner::fit(self.#member, column) }
            }
        }
        #[automatically_derived]
        impl #private::NotNull for #name {}
        const _: () = {
            const fn not_null<T: #private::NotNull>() {}
            #checked
        };
    })
}

/// Where Relata is, by `#[column(crate = path)]`; the type has no parameters.
fn private(input: &DeriveInput, errors: &mut Errors) -> Path {
    const GRAMMAR: Grammar = Grammar { attribute: "column", options: &["crate"], planned: &[] };
    if !input.generics.params.is_empty() {
        let message =
            format!("`{}` has parameters, a column type has none; remove them", input.ident);
        errors.at(&input.generics, message);
    }
    let mut given: Option<Given<ModPath>> = None;
    for attr in ours(&input.attrs) {
        GRAMMAR.attribute(attr, errors, &mut |name, tokens| {
            once(&mut given, name, value(name, tokens, "crate = path::to::relata")?)
        });
    }
    crate::attr::private(given)
}

fn ours(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("column"))
}
