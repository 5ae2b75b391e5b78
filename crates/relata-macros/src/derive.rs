//! `ColumnEnum` and `ColumnNewtype`: column types made of the user's own.

use crate::{
    attr::{Given, Grammar, ModPath, flag, once, value},
    error::Errors,
    valid::texts::check_name,
};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Error, Fields, Ident, Index, LitStr, Member, Path,
    Result, Variant, ext::IdentExt, spanned::Spanned,
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
    let Options { private, type_name, key } = Options::read(&input, &ENUM, &mut errors);
    if data.variants.is_empty() {
        errors
            .at(name, format!("`{name}` has no variant, so a column could hold nothing; add one"));
    }
    let names = stored_names(name, data, &mut errors);
    errors.finish()?;
    let variants: Vec<&Ident> = data.variants.iter().map(|variant| &variant.ident).collect();
    let own = LitStr::new(&name.unraw().to_string(), name.span());
    let type_name =
        type_name.unwrap_or_else(|| LitStr::new(&own.value().to_lowercase(), name.span()));
    let wanted = format!("the name of a variant of `{name}`");
    Ok(quote! {
        const _: () = {
            const ENUM: &#private::EnumType = &#private::EnumType {
                name: #type_name,
                variants: &[#(#names),*],
                enum_name: #own,
                identity: ::core::concat!(::core::module_path!(), "::", #own),
                source: (::core::file!(), ::core::line!()),
            };
            #[automatically_derived]
            impl #private::ColumnType for #name {
                const TYPE: #private::SqlType = #private::SqlType::Enum(ENUM);

                fn read(cell: #private::Cell<'_>) -> ::core::result::Result<Self, #private::Misfit> {
                    match cell {
                        #(#private::Cell::Text(#names) => ::core::result::Result::Ok(Self::#variants),)*
                        #private::Cell::Text(_) => {
                            ::core::result::Result::Err(#private::Misfit::no_variant(ENUM))
                        }
                        other => ::core::result::Result::Err(#private::Misfit::kind(&other, #wanted)),
                    }
                }

                fn write(&self) -> #private::Value {
                    #private::Value::Enum(ENUM, match self {
                        #(Self::#variants => #names,)*
                    })
                }
            }
            #[automatically_derived]
            impl #private::NotNull for #name {}
            #[automatically_derived]
            impl #private::Element for #name {}
            #key
        };
    })
}

/// The names that the variants are stored by, each another.
fn stored_names(owner: &Ident, data: &DataEnum, errors: &mut Errors) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for variant in &data.variants {
        let stored = stored_name(owner, variant, errors);
        if names.contains(&stored.value()) {
            let message = format!("`{}` names another variant already", stored.value());
            errors.at(&stored, format!("{message}; write another `#[column(name = \"…\")]`"));
        }
        names.push(stored.value());
    }
    names
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
        Some(given) => {
            check_name(&given.name, &given.value, errors);
            given.value
        }
        None => LitStr::new(&variant.ident.unraw().to_string(), variant.ident.span()),
    }
}

/// Stores a struct with one field as that field.
pub(crate) fn column_newtype(item: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(item)?;
    let name = &input.ident;
    let mut errors = Errors::default();
    let Options { private, key, .. } = Options::read(&input, &NEWTYPE, &mut errors);
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
        #[automatically_derived]
        impl #private::Element for #name {}
        #key
        const _: () = {
            const fn not_null<T: #private::NotNull>() {}
            #checked
        };
    })
}

const ENUM: Grammar =
    Grammar { attribute: "column", options: &["key", "type", "crate"], planned: &[] };
const NEWTYPE: Grammar = Grammar { attribute: "column", options: &["key", "crate"], planned: &[] };

/// What is said of a whole type, which has no parameters.
struct Options {
    /// Where Relata is, by `#[column(crate = path)]`.
    private: Path,
    /// What the database calls the type, by `#[column(type = "…")]`.
    type_name: Option<LitStr>,
    /// What makes it a key, by `#[column(key)]`.
    key: Option<TokenStream>,
}

impl Options {
    fn read(input: &DeriveInput, grammar: &Grammar, errors: &mut Errors) -> Self {
        if !input.generics.params.is_empty() {
            let message =
                format!("`{}` has parameters, a column type has none; remove them", input.ident);
            errors.at(&input.generics, message);
        }
        let mut krate: Option<Given<ModPath>> = None;
        let mut type_name: Option<Given<LitStr>> = None;
        let mut key: Option<Given> = None;
        for attr in ours(&input.attrs) {
            grammar.attribute(attr, errors, &mut |name, tokens| match name.to_string().as_str() {
                "key" => once(&mut key, name, flag(name, tokens)?),
                "type" => once(&mut type_name, name, value(name, tokens, "type = \"…\"")?),
                _ => once(&mut krate, name, value(name, tokens, "crate = path::to::relata")?),
            });
        }
        if let Some(given) = &type_name {
            check_name(&given.name, &given.value, errors);
        }
        let private = crate::attr::private(krate);
        let key = key.map(|given| as_key(&input.ident, &private, given.name.span()));
        Options { private, type_name: type_name.map(|given| given.value), key }
    }
}

/// What makes a column type a key.
fn as_key(name: &Ident, private: &Path, span: Span) -> TokenStream {
    let key = quote_spanned!(Span::call_site().located_at(span)=> #private::Key);
    quote! {
        #[automatically_derived]
        impl #key for #name {
            fn row_key(&self) -> #private::RowKey {
                #private::RowKey::One(#private::ColumnType::write(self))
            }

            fn from_value(value: &#private::Value) -> ::core::option::Option<Self> {
                #private::ColumnType::read(value.as_cell()).ok()
            }
        }
        #[automatically_derived]
        impl #private::SingleKey for #name {}
        #[automatically_derived]
        impl #private::KeyPart for #name {
            type Key = Self;
        }
        #[automatically_derived]
        impl #private::KeyFrom<#name> for #name {
            fn key_from(key: #name) -> Self {
                key
            }
        }
        #[automatically_derived]
        impl<M: #private::Model> ::core::convert::From<#name> for #private::Id<M>
        where
            M::Key: #private::KeyFrom<#name>,
        {
            fn from(key: #name) -> Self {
                Self::given(#private::KeyFrom::key_from(key))
            }
        }
        #[automatically_derived]
        impl<M: #private::Model> #private::KeyOf<M> for #name
        where
            M::Key: #private::KeyFrom<#name>,
        {
            fn into_key(self) -> #private::RowKey {
                #private::Key::row_key(&<M::Key as #private::KeyFrom<#name>>::key_from(self))
            }
        }
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl<M: #private::Model<Key = #name>> #private::IntoField<#private::Id<M>> for #name {
            fn into_field(self) -> #private::Id<M> {
                #private::Id::given(self)
            }
        }
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl<M: #private::Model<Key = #name>>
            #private::IntoField<::core::option::Option<#private::Id<M>>> for #name
        {
            fn into_field(self) -> ::core::option::Option<#private::Id<M>> {
                ::core::option::Option::Some(#private::Id::given(self))
            }
        }
    }
}

fn ours(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("column"))
}
