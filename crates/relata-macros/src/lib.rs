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
/// | on | options |
/// | --- | --- |
/// | `#[model(..)]` | `table`, `table = "name"`, `crate = path`, `unique(a, b)`, `index(a, b)`, `check("sql")`; the last three may be named: `unique(a, b, name = "x")` |
/// | `#[field(..)]` | `primary_key`, `key = Type`, `autoincrement`, `foreign_key = Model.field`, `ondelete = cascade`, `index`, `unique`, `column = "name"`, `default = value`, `default_factory = function`, `max_length = n`, `max_digits = n`, `decimal_places = n`, `check = "sql"` |
/// | `#[relationship(..)]` | `back_populates = field`, `link_model = Model` or `Model(own_key, their_key)`, `foreign_key = field`, `(a, b)` or `Model.field`, `cascade_delete`, `passive_deletes`, `order_by = field`, `field.desc()` or a list of these |
///
/// A table model is cloned, printed and serialized, and has `new` with every field that is neither
/// an `Option` nor has a default, and `with_…` for each other field. Its name is a value too, whose
/// fields are the columns and relations: `Hero.name`.
#[proc_macro_attribute]
pub fn model(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(args.into(), item.into()).into()
}

/// Stores a fieldless enum by the names of its variants, or by `#[column(name = "…")]` on one.
///
/// `#[column(crate = path)]` on the enum says where Relata is.
#[proc_macro_derive(ColumnEnum, attributes(column))]
pub fn column_enum(item: TokenStream) -> TokenStream {
    derive::column_enum(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Stores a struct with one field as that field is stored.
///
/// `#[column(crate = path)]` on the struct says where Relata is.
#[proc_macro_derive(ColumnNewtype, attributes(column))]
pub fn column_newtype(item: TokenStream) -> TokenStream {
    derive::column_newtype(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
