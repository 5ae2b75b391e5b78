//! `#[case]`: a function that is run once on each backend.

use proc_macro::TokenStream;
use quote::quote;
use syn::{Ident, ItemFn, Token, parse_macro_input, punctuated::Punctuated};

/// Makes a function, async or not, a case of the suite: it is registered, and run on every backend
/// that has what it [needs](../relata_suite/enum.Need.html), as in `#[case(FullJoin)]`.
///
/// An async case runs on a runtime of one thread; with `threads` on one of several.
#[proc_macro_attribute]
pub fn case(args: TokenStream, item: TokenStream) -> TokenStream {
    let needs = parse_macro_input!(args with Punctuated::<Ident, Token![,]>::parse_terminated);
    let function = parse_macro_input!(item as ItemFn);
    let name = &function.sig.ident;
    let (threads, needs): (Vec<_>, Vec<_>) = needs.into_iter().partition(|need| *need == "threads");
    let run = match (&function.sig.asyncness, threads.is_empty()) {
        (None, _) => quote!(::relata_suite::Outcome::of(#name())),
        (Some(_), true) => quote!(::relata_suite::in_one_thread(#name())),
        (Some(_), false) => quote!(::relata_suite::in_threads(#name())),
    };
    quote! {
        #function
        ::relata_suite::inventory::submit! {
            ::relata_suite::Case {
                module: ::core::module_path!(),
                name: ::core::stringify!(#name),
                needs: &[#(::relata_suite::Need::#needs),*],
                run: || #run,
            }
        }
    }
    .into()
}
