//! The derives below `#[model]`: those that it writes itself would be there twice.

use crate::error::Errors;
use syn::{ItemStruct, Path, Token, parse_quote, punctuated::Punctuated};

/// Takes out the derives of what the model implements; each is a mistake.
pub(super) fn check(item: &mut ItemStruct, table: bool, errors: &mut Errors) {
    for attr in item.attrs.iter_mut().filter(|attr| attr.path().is_ident("derive")) {
        let all = Punctuated::<Path, Token![,]>::parse_terminated;
        // what is no list of derives is told by the compiler
        let Ok(derives) = attr.parse_args_with(all) else { continue };
        let (twice, rest): (Vec<Path>, Vec<Path>) =
            derives.into_iter().partition(|derive| is_written(derive, table));
        for derive in &twice {
            let message = format!("`#[model]` implements `{}` itself; remove it", path(derive));
            errors.at(derive, message);
        }
        if !twice.is_empty() {
            *attr = parse_quote!(#[derive(#(#rest),*)]);
        }
    }
}

fn is_written(derive: &Path, table: bool) -> bool {
    match path(derive).trim_start_matches("std::").trim_start_matches("core::") {
        "Clone" | "clone::Clone" | "Debug" | "fmt::Debug" | "Serialize" | "serde::Serialize" => {
            true
        }
        "Deserialize" | "serde::Deserialize" => !table,
        _ => false,
    }
}

fn path(derive: &Path) -> String {
    let names: Vec<String> = derive.segments.iter().map(|name| name.ident.to_string()).collect();
    names.join("::")
}
