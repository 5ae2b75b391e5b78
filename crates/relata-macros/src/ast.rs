//! The struct as it was written: its fields, what their types say, and our attributes taken off.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields, GenericArgument, Ident, ItemStruct, Meta, PathArguments, Type};

/// A struct under `#[model]`.
pub(crate) struct Input {
    /// The struct without `#[field(..)]` and `#[relationship(..)]`.
    pub(crate) item: ItemStruct,
    /// Its fields, in order.
    pub(crate) fields: Vec<RawField>,
}

/// A field and the attributes that are ours.
pub(crate) struct RawField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) field: Vec<Attribute>,
    pub(crate) relationship: Vec<Attribute>,
}

impl Input {
    /// Reads the struct; an error where the item is none, or has no named fields.
    pub(crate) fn read(item: TokenStream) -> syn::Result<Input> {
        let mut item: ItemStruct = syn::parse2(item.clone()).map_err(|error| {
            // A struct with a syntax error says so itself; anything else is another kind of item.
            match syn::parse2::<syn::Item>(item) {
                Ok(other) => syn::Error::new_spanned(other, "`#[model]` goes on a struct"),
                Err(_) => error,
            }
        })?;
        let name = item.ident.clone();
        // A generic struct's `Self` has parameters that its bare name lacks.
        let generic = !item.generics.params.is_empty();
        let Fields::Named(named) = &mut item.fields else {
            let message = format!("a model has named fields; write `struct {name} {{ … }}`");
            return Err(syn::Error::new_spanned(name, message));
        };
        let mut fields = Vec::new();
        for field in &mut named.named {
            let Some(mut raw) = RawField::take(field) else { continue };
            if !generic {
                raw.name_the_struct(&name)?;
            }
            fields.push(raw);
        }
        Ok(Input { item, fields })
    }
}

impl RawField {
    /// Takes our attributes off a field.
    fn take(field: &mut syn::Field) -> Option<RawField> {
        let ident = field.ident.clone()?;
        let mut taken = |name: &str| -> Vec<Attribute> {
            field.attrs.extract_if(.., |attr| attr.path().is_ident(name)).collect()
        };
        let (options, relationship) = (taken("field"), taken("relationship"));
        Some(RawField { ident, ty: field.ty.clone(), field: options, relationship })
    }

    /// Writes the struct's name for `Self`, which stays right where the tokens are used outside of
    /// the struct.
    fn name_the_struct(&mut self, name: &Ident) -> syn::Result<()> {
        self.ty = syn::parse2(without_self(self.ty.to_token_stream(), name))?;
        for attr in self.field.iter_mut().chain(&mut self.relationship) {
            if let Meta::List(list) = &mut attr.meta {
                list.tokens = without_self(std::mem::take(&mut list.tokens), name);
            }
        }
        Ok(())
    }
}

/// What a field's type says about it, by the last segment of its path.
pub(crate) enum Shape<'t> {
    /// `Many<T>`.
    Many(&'t Type),
    /// `One<T>`, or `One<Option<T>>`.
    One(&'t Type),
    /// `Option<One<T>>` or `Option<Many<T>>`: the relation inside.
    Misplaced(&'t Type),
    /// Anything else.
    Column,
}

impl Shape<'_> {
    pub(crate) fn of(ty: &Type) -> Shape<'_> {
        if let Some(target) = argument(ty, "Many") {
            return Shape::Many(target);
        }
        if let Some(target) = argument(ty, "One") {
            return Shape::One(target);
        }
        match argument(ty, "Option") {
            Some(inner) if !matches!(Shape::of(inner), Shape::Column) => Shape::Misplaced(inner),
            _ => Shape::Column,
        }
    }
}

/// The only type argument of a type whose last segment has this name.
pub(crate) fn argument<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    match ty {
        Type::Group(group) => argument(&group.elem, name),
        Type::Paren(paren) => argument(&paren.elem, name),
        Type::Path(path) => {
            let last = path.path.segments.last().filter(|last| last.ident == name)?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            match (arguments.args.len(), arguments.args.first()) {
                (1, Some(GenericArgument::Type(inner))) => Some(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The last segment of a type's path.
pub(crate) fn last_name(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Group(group) => last_name(&group.elem),
        Type::Paren(paren) => last_name(&paren.elem),
        Type::Path(path) => path.path.segments.last().map(|last| &last.ident),
        _ => None,
    }
}

/// Whether a type is `Id<owner>`.
pub(crate) fn is_id_of(ty: &Type, owner: &Ident) -> bool {
    argument(ty, "Id").and_then(last_name).is_some_and(|target| target == owner)
}

/// A type as a person writes it.
pub(crate) fn written(ty: impl ToTokens) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, tight) in [(" < ", "<"), (" >", ">"), (" :: ", "::"), (" ,", ","), ("& ", "&")] {
        text = text.replace(spaced, tight);
    }
    text
}

fn without_self(tokens: TokenStream, name: &Ident) -> TokenStream {
    let replaced = tokens.into_iter().map(|token| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            let mut name = name.clone();
            name.set_span(ident.span());
            TokenTree::Ident(name)
        }
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), without_self(group.stream(), name));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        other => other,
    });
    replaced.collect()
}
