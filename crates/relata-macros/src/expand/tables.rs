//! `Model`: the table as data, and the accessors by position.

use super::{builder, relations, shown_at, text};
use crate::{
    attr::{Given, Identity, OnDelete, ServerDefault},
    valid::{Column, Field, Index, Kind, Model, Role, Table},
};
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

pub(super) fn model(model: &Model, table: &Table) -> TokenStream {
    let name = model.name();
    let (key, composite, def) = (key(model), composite(model), def(model, table));
    let (decode, value, assign) = (decode(model), value(model), assign(model));
    let (duplicate, own_id) = (duplicate(model), own_id(model));
    let relations = relations::visits(model);
    quote! {
        #[automatically_derived]
        impl __relata::Model for #name {
            type Key = #key;
            #def
            #decode
            #value
            #assign
            #duplicate
            #own_id
            #relations
        }
        #composite
    }
}

/// A function for each default, for rows that the program does not build itself.
pub(super) fn defaults(model: &Model) -> TokenStream {
    let functions = model.columns().filter_map(|column| {
        let (name, ty, value) = (default_name(column), &column.ty, builder::default(column)?);
        Some(quote! {
            fn #name() -> __relata::Value {
                let value: #ty = __relata::IntoField::into_field(#value);
                <__relata::Stored<#ty>>::write(&value)
            }
        })
    });
    functions.collect()
}

fn default_name(column: &Column) -> Ident {
    format_ident!("__default_{}", column.ident)
}

fn key(model: &Model) -> TokenStream {
    let mut parts: Vec<TokenStream> = model
        .keys()
        .map(|column| match &column.role {
            Role::OwnId(key) => quote!(#key),
            _ => {
                let (ty, span) = (&column.ty, shown_at(column.ty.span()));
                quote_spanned!(span=> <#ty as __relata::KeyPart>::Key)
            }
        })
        .collect();
    match parts.len() {
        1 => parts.remove(0),
        _ => quote!((#(#parts),*)),
    }
}

/// The fields of a key of several columns.
fn composite(model: &Model) -> TokenStream {
    let types: Vec<_> = model.keys().map(|column| &column.ty).collect();
    if types.len() < 2 {
        return TokenStream::new();
    }
    let name = model.name();
    quote! {
        #[automatically_derived]
        impl __relata::CompositeKey for #name {
            type Fields = (#(#types),*);
        }
    }
}

fn def(model: &Model, table: &Table) -> TokenStream {
    let name = model.name();
    let columns = model.columns().map(|column| column_def(column, model.sound));
    let keys = model.keys().map(|column| column.at);
    let relations = model.relations().map(|relation| relations::def(name, relation));
    let checks = table.checks.iter().map(|check| {
        let (name, column) = (option(check.name.as_ref()), option(check.column.as_ref()));
        let sql = &check.sql;
        quote!(__relata::CheckDef { name: #name, column: #column, sql: #sql })
    });
    // what is not said is as `ModelDef::of` has it
    let lists = [
        ("relations", relations.collect()),
        ("uniques", index_defs(&table.uniques)),
        ("indexes", index_defs(&table.indexes)),
        ("checks", checks.collect::<Vec<_>>()),
    ];
    let lists = lists.into_iter().filter(|(_, items)| !items.is_empty()).map(|(field, items)| {
        let field = format_ident!("{field}");
        quote!(#field: &[#(#items),*])
    });
    let comment = table.comment.as_ref().map(|text| {
        let text = option(Some(text));
        quote!(comment: #text)
    });
    let said = lists.chain(comment);
    quote! {
        const DEF: &'static __relata::ModelDef = &__relata::ModelDef {
            columns: &[#(#columns),*],
            primary_key: &[#(#keys),*],
            #(#said,)*
            source: (::core::file!(), ::core::line!()),
            ..__relata::ModelDef::of::<#name>()
        };
    }
}

fn index_defs(all: &[Index]) -> Vec<TokenStream> {
    let all = all.iter().map(|index| {
        let (name, columns) = (option(index.name.as_ref()), &index.columns);
        quote!(__relata::IndexDef { name: #name, columns: &[#(#columns),*] })
    });
    all.collect()
}

fn option(name: Option<impl ToTokens>) -> TokenStream {
    match name {
        Some(name) => quote!(::core::option::Option::Some(#name)),
        None => quote!(::core::option::Option::None),
    }
}

fn column_def(column: &Column, sound: bool) -> TokenStream {
    let (ty, field, name) = (&column.ty, text(&column.ident), &column.name);
    let options = &column.options;
    let span = shown_at(ty.span());
    let mut def = quote_spanned!(span=> __relata::ColumnDef::of::<#ty>(#field, #name));
    let mut say = |said: TokenStream| def.extend(said);
    if let Some(max) = options.max_length.as_ref().map(|given| given.value.value) {
        say(quote_spanned!(span=> .length(#max)));
    }
    if let (Some(digits), Some(places)) = (&options.max_digits, &options.decimal_places) {
        let (digits, places) = (digits.value.value, places.value.value);
        say(quote_spanned!(span=> .precision(#digits, #places)));
    }
    match &column.role {
        Role::Plain => {}
        Role::Key => say(quote!(.primary_key())),
        Role::OwnId(key) => {
            let generated = quote!(<#key as __relata::SingleKey>::GENERATED);
            say(quote!(.primary_key().generated(#generated)));
        }
    }
    if options.autoincrement.is_some() {
        say(quote!(.autoincrement()));
    }
    if let Some(given) = options.identity.as_ref().filter(|_| sound) {
        say(identity(given));
    }
    if options.index.is_some() {
        say(quote!(.index()));
    }
    if options.unique.is_some() {
        say(quote!(.unique()));
    }
    if let Some(reference) = reference(column) {
        say(quote!(.references(#reference)));
    }
    if options.has_default() {
        let function = default_name(column);
        say(quote!(.default(#function)));
    } else if column.is_optional() {
        say(quote!(.default(__relata::null)));
    }
    if let Some(given) = &options.server_default {
        say(server_default(&given.value));
    }
    if let Some(text) = options.comment.as_ref().map(|given| &given.value) {
        say(quote!(.comment(#text)));
    }
    def
}

/// How keys are made; shown where it does not fit them.
fn identity(Given { name, value }: &Given<Identity>) -> TokenStream {
    let (always, start) = (value.always, option(value.start.as_ref().map(|start| start.value)));
    let increment = value.increment.as_ref().map_or(1, |increment| increment.value);
    quote_spanned! {shown_at(name.span())=>
        .identity(__relata::IdentityDef { always: #always, start: #start, increment: #increment })
    }
}

fn server_default(default: &ServerDefault) -> TokenStream {
    let ServerDefault { sqlite, postgres, mysql, same } = default;
    if *same {
        return quote!(.server_default(#sqlite));
    }
    let [sqlite, postgres, mysql] = [sqlite, postgres, mysql].map(|sql| option(sql.as_ref()));
    quote! {
        .server_default_on(__relata::ServerDefault {
            sqlite: #sqlite,
            postgres: #postgres,
            mysql: #mysql,
        })
    }
}

/// The target of a foreign key, which the field's type has to fit.
fn reference(column: &Column) -> Option<TokenStream> {
    let key = &column.options.foreign_key.as_ref()?.value;
    let (ty, model, field) = (&column.ty, &key.model, &key.field);
    let on_delete = match column.options.ondelete.as_ref().map(|given| given.value) {
        None => quote!(::core::option::Option::None),
        Some(rule) => {
            let rule = match rule {
                OnDelete::Cascade => quote!(Cascade),
                OnDelete::SetNull => quote!(SetNull),
                OnDelete::Restrict => quote!(Restrict),
            };
            quote!(::core::option::Option::Some(__relata::OnDelete::#rule))
        }
    };
    Some(quote_spanned! {shown_at(ty.span())=>
        <#model as __relata::Columns>::COLUMNS.#field.referenced_by::<#ty>(#on_delete)
    })
}

fn decode(model: &Model) -> TokenStream {
    let columns = model.columns().map(|column| {
        let (ident, ty) = (&column.ident, &column.ty);
        quote_spanned!(shown_at(ty.span())=> #ident: <__relata::Stored<#ty>>::next(cells)?)
    });
    let relations = model.relations().map(|relation| {
        let (ident, at) = (&relation.ident, relation.at);
        let def = quote!(&<Self as __relata::Model>::DEF.relations[#at]);
        match relation.kind {
            Kind::Many => quote!(#ident: __relata::Many::unloaded(#def)),
            Kind::One | Kind::Optional => quote!(#ident: __relata::One::unloaded(#def)),
        }
    });
    quote! {
        fn decode(cells: &mut __relata::Cells<'_>) -> __relata::Result<Self> {
            ::core::result::Result::Ok(Self { #(#columns,)* #(#relations,)* })
        }
    }
}

fn value(model: &Model) -> TokenStream {
    let arms = model.columns().map(|column| {
        let (ident, ty, at) = (&column.ident, &column.ty, column.at);
        quote_spanned! {shown_at(ty.span())=>
            #at => <__relata::Stored<#ty>>::write(&self.#ident)
        }
    });
    quote! {
        fn value(&self, column: usize) -> __relata::Value {
            match column {
                #(#arms,)*
                _ => __relata::Value::Null,
            }
        }
    }
}

fn assign(model: &Model) -> TokenStream {
    let arms = model.columns().map(|column| {
        let (ident, ty, at) = (&column.ident, &column.ty, column.at);
        quote_spanned! {shown_at(ty.span())=>
            #at => self.#ident = <__relata::Stored<#ty>>::read(cell)?
        }
    });
    quote! {
        fn assign(
            &mut self,
            column: usize,
            cell: __relata::Cell<'_>,
        ) -> ::core::result::Result<(), __relata::Misfit> {
            match column {
                #(#arms,)*
                _ => {}
            }
            ::core::result::Result::Ok(())
        }
    }
}

fn duplicate(model: &Model) -> TokenStream {
    let fields = model.fields.iter().map(|field| match field {
        Field::Column(column) => {
            let (ident, ty) = (&column.ident, &column.ty);
            quote_spanned!(shown_at(ty.span())=> #ident: <__relata::Stored<#ty>>::duplicate(&self.#ident))
        }
        Field::Relation(relation) => {
            let ident = &relation.ident;
            quote!(#ident: ::core::clone::Clone::clone(&self.#ident))
        }
    });
    quote! {
        fn duplicate(&self) -> Self {
            Self { #(#fields,)* }
        }
    }
}

fn own_id(model: &Model) -> Option<TokenStream> {
    let id = &model.own_id()?.ident;
    Some(quote! {
        fn own_id(&mut self) -> ::core::option::Option<&mut __relata::Id<Self>> {
            ::core::option::Option::Some(&mut self.#id)
        }
    })
}
