//! What a struct expands to, and what is said about each mistake.

mod expansion;
mod faults;

use crate::{ast::Input, derive, expand, valid};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{ItemStruct, Meta};

/// A struct and the arguments of the `#[model(..)]` on it.
fn parts(source: &str) -> (TokenStream, TokenStream) {
    let mut item: ItemStruct = syn::parse_str(source).unwrap();
    let at = item.attrs.iter().position(|attr| attr.path().is_ident("model")).unwrap();
    let args = match item.attrs.remove(at).meta {
        Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    };
    (args, item.into_token_stream())
}

/// The code that `#[model]` makes of a struct, as a formatter lays it out.
fn expanded(source: &str) -> String {
    let (args, item) = parts(source);
    pretty(expand::attribute(args, item))
}

fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

/// Each mistake of a struct as `tokens: message`.
fn mistakes(source: &str) -> Vec<String> {
    let (args, item) = parts(source);
    let errors = match Input::read(item) {
        Ok(input) => valid::check(args, input).errors,
        Err(error) => Some(error),
    };
    errors.map(listed).unwrap_or_default()
}

fn listed(errors: syn::Error) -> Vec<String> {
    let place = |error: &syn::Error| error.span().source_text().unwrap_or_default();
    errors.into_iter().map(|error| format!("{}: {error}", place(&error))).collect()
}

/// The mistakes of a struct are these and no others.
#[track_caller]
fn check(source: &str, expected: &[&str]) {
    assert_eq!(mistakes(source), expected, "{source}");
}
