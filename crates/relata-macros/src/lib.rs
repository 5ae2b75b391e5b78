//! The `#[model]` attribute of Relata, and derives for column types.
//!
//! A struct goes through four stages: `ast` (as written), `attr` (what its attributes say), `valid`
//! (every rule checked, every mistake kept) and `expand` (the code).

mod ast;
mod attr;
mod derive;
mod error;
mod expand;
#[cfg(test)]
mod tests;
mod valid;

use proc_macro::TokenStream;

/// Makes a struct a data model, or with `#[model(table)]` a table model.
///
#[doc = include_str!("../docs/model.md")]
#[proc_macro_attribute]
pub fn model(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(args.into(), item.into()).into()
}

/// Stores a fieldless enum by the names of its variants, or by `#[column(name = "…")]` on one.
///
/// `#[column(key, type = "…", crate = path)]` on the enum says that it can be a key, what the database
/// calls the type, and where Relata is.
///
#[doc = include_str!("../docs/column_enum.md")]
#[proc_macro_derive(ColumnEnum, attributes(column))]
pub fn column_enum(item: TokenStream) -> TokenStream {
    derive::column_enum(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Stores a struct with one field as that field is stored.
///
/// `#[column(key, crate = path)]` on the struct says that it can be a key, and where Relata is.
///
#[doc = include_str!("../docs/column_newtype.md")]
#[proc_macro_derive(ColumnNewtype, attributes(column))]
pub fn column_newtype(item: TokenStream) -> TokenStream {
    derive::column_newtype(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
