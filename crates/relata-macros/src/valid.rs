//! The checks: from what was written to a model that can be expanded, or every mistake in it.

mod column;
mod derives;
mod keys;
mod relation;
pub(crate) mod texts;

use crate::{
    ast::{Input, Shape, written},
    attr::{
        Check, Columns, FieldOptions, Given, ModelOptions, RelationshipOptions, closest, private,
    },
    error::Errors,
};
use proc_macro2::TokenStream;
use syn::{Error, Ident, ItemStruct, LitStr, Path, Result, Type, ext::IdentExt};

/// A struct that can be expanded.
pub(crate) struct Model {
    pub(crate) item: ItemStruct,
    /// Where generated code finds what it needs: `::relata::__private`.
    pub(crate) private: Path,
    /// The fields, in order.
    pub(crate) fields: Vec<Field>,
    /// What makes it a table model.
    pub(crate) table: Option<Table>,
    /// Whether it keeps every rule.
    pub(crate) sound: bool,
}

/// What is said about a whole table.
pub(crate) struct Table {
    /// Its name, behind the schema where there is one.
    pub(crate) name: String,
    pub(crate) schema: Option<LitStr>,
    pub(crate) comment: Option<LitStr>,
    pub(crate) uniques: Vec<Index>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) checks: Vec<Check>,
}

/// A constraint or index over several columns, by their positions.
pub(crate) struct Index {
    pub(crate) name: Option<LitStr>,
    pub(crate) columns: Vec<usize>,
}

/// A field; positions count columns and relations separately.
pub(crate) enum Field {
    Column(Box<Column>),
    Relation(Box<Relation>),
}

/// A field that holds a value.
pub(crate) struct Column {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) at: usize,
    /// The column's name in the database.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The `One` that `new` takes in the column's place.
    pub(crate) filled_by: Option<Ident>,
    pub(crate) options: FieldOptions,
}

/// What a column is to the primary key.
pub(crate) enum Role {
    /// No part of it.
    Plain,
    /// A key that the program gives, or a part of one.
    Key,
    /// The model's own late-bound id, with the type of its key.
    OwnId(Box<Type>),
}

/// A field that leads to other rows.
pub(crate) struct Relation {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) at: usize,
    pub(crate) kind: Kind,
    /// The related model.
    pub(crate) target: Type,
    pub(crate) options: RelationshipOptions,
}

/// What a relation field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Many,
    One,
    Optional,
}

/// What became of a struct.
pub(crate) struct Checked {
    /// The model; with mistakes only where it can be expanded all the same, so that the code that
    /// uses it has no further mistakes on their account.
    pub(crate) model: Option<Model>,
    pub(crate) errors: Option<Error>,
}

/// Checks a struct and everything said about it.
pub(crate) fn check(args: TokenStream, mut input: Input) -> Checked {
    let mut errors = Errors::default();
    let options = ModelOptions::read(args, &mut errors);
    derives::check(&mut input.item, options.table.is_some(), &mut errors);
    let mut fields = read_fields(&input, options.table.is_some(), &mut errors);
    let name = &input.item.ident;
    let table = match &options.table {
        Some(table) => {
            texts::of_table(&options, &mut errors);
            check_generics(&input.item, &mut errors);
            keys::check(name, &fields, &mut errors);
            keys::assume(name, &mut fields);
            keys::fill(name, &mut fields);
            check_names(name, &fields, &mut errors);
            let named = table.value.as_ref().map(LitStr::value);
            let named = named.unwrap_or_else(|| name.unraw().to_string().to_lowercase());
            let schema = options.schema.map(|given| given.value);
            Some(Table {
                name: schema.iter().map(LitStr::value).chain([named]).collect::<Vec<_>>().join("."),
                schema,
                comment: options.comment.map(|given| given.value),
                uniques: indexes(name, options.uniques, &fields, &mut errors),
                indexes: indexes(name, options.indexes, &fields, &mut errors),
                checks: checks(options.checks, &mut fields),
            })
        }
        None => {
            for option in options.of_tables() {
                errors.at(option, format!("`{option}` needs a table; write `#[model(table, …)]`"));
            }
            None
        }
    };
    let stands = fields.len() == input.fields.len()
        && match table {
            Some(_) => input.item.generics.params.is_empty() && keys::stand(&fields),
            None => relations(&fields).next().is_none(),
        };
    let (sound, private) = (errors.is_empty(), private(options.krate));
    let model = Model { item: input.item, private, fields, table, sound };
    Checked { model: stands.then_some(model), errors: errors.into_error() }
}

fn check_generics(item: &ItemStruct, errors: &mut Errors) {
    if !item.generics.params.is_empty() {
        let name = &item.ident;
        let message = format!("`{name}` is a table and cannot be generic; remove the parameters");
        errors.at(&item.generics, message);
    }
}

fn read_fields(input: &Input, table: bool, errors: &mut Errors) -> Vec<Field> {
    let owner = &input.item.ident;
    let (mut columns, mut relations) = (0, 0);
    let mut fields = Vec::new();
    for raw in &input.fields {
        let is_relation = !matches!(Shape::of(&raw.ty), Shape::Column);
        if is_relation || !raw.relationship.is_empty() {
            let relation = relation::read(owner, raw, relations, table, errors);
            fields.extend(relation.map(|relation| Field::Relation(Box::new(relation))));
            relations += 1;
        } else {
            let column = column::read(owner, raw, columns, table, errors);
            fields.push(Field::Column(Box::new(column)));
            columns += 1;
        }
    }
    fields
}

/// Two fields cannot share a column; databases do not tell upper and lower case apart.
fn check_names(owner: &Ident, fields: &[Field], errors: &mut Errors) {
    let columns: Vec<&Column> = columns(fields).collect();
    for (at, column) in columns.iter().enumerate() {
        let same = |other: &&&Column| other.name.eq_ignore_ascii_case(&column.name);
        if let Some(other) = columns[..at].iter().find(same) {
            let (field, other) = (&column.ident, &other.ident);
            let message = format!(
                "`{owner}.{field}`: the column `{}` is that of `{owner}.{other}` already; \
                 write another name: `column = \"…\"`",
                column.name,
            );
            match &column.options.column {
                Some(given) => errors.at(&given.value, message),
                None => errors.at(field, message),
            }
        }
    }
}

fn indexes(
    owner: &Ident,
    given: Vec<Given<Columns>>,
    fields: &[Field],
    errors: &mut Errors,
) -> Vec<Index> {
    let index = |Given { value, .. }: Given<Columns>| {
        let mut columns = Vec::new();
        for field in value.fields {
            match position(owner, &field, fields) {
                Ok(at) if columns.contains(&at) => {
                    errors.at(&field, format!("`{field}` is named twice; remove one"));
                }
                Ok(at) => columns.push(at),
                Err(error) => errors.add(error),
            }
        }
        Index { name: value.name, columns }
    };
    given.into_iter().map(index).collect()
}

/// The position of a column, or why there is none.
fn position(owner: &Ident, field: &Ident, fields: &[Field]) -> Result<usize> {
    if let Some(column) = columns(fields).find(|column| column.ident == *field) {
        return Ok(column.at);
    }
    let message = match relations(fields).find(|relation| relation.ident == *field) {
        Some(relation) => format!(
            "`{owner}.{field}` is a relation and has no column; \
             name the field with the foreign key to `{}`",
            written(&relation.target),
        ),
        None => {
            let names: Vec<String> =
                columns(fields).map(|column| column.ident.to_string()).collect();
            let cure = match closest(&field.to_string(), names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its columns are `{}`", names.join("`, `")),
            };
            format!("`{owner}` has no column `{field}`; {cure}")
        }
    };
    Err(Error::new_spanned(field, message))
}

/// The conditions of the table, those of its columns included.
fn checks(given: Vec<Given<Check>>, fields: &mut [Field]) -> Vec<Check> {
    let of_fields = fields.iter_mut().filter_map(|field| match field {
        Field::Column(column) => {
            let Given { value: sql, .. } = column.options.check.take()?;
            Some(Check { sql, name: None, column: Some(column.name.clone()) })
        }
        Field::Relation(_) => None,
    });
    of_fields.chain(given.into_iter().map(|given| given.value)).collect()
}

fn columns(fields: &[Field]) -> impl Iterator<Item = &Column> {
    fields.iter().filter_map(|field| match field {
        Field::Column(column) => Some(&**column),
        Field::Relation(_) => None,
    })
}

/// The columns of the primary key.
fn keys(fields: &[Field]) -> impl Iterator<Item = &Column> {
    columns(fields).filter(|column| !matches!(column.role, Role::Plain))
}

fn relations(fields: &[Field]) -> impl Iterator<Item = &Relation> {
    fields.iter().filter_map(|field| match field {
        Field::Relation(relation) => Some(&**relation),
        Field::Column(_) => None,
    })
}

impl Model {
    pub(crate) fn name(&self) -> &Ident {
        &self.item.ident
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &Column> {
        columns(&self.fields)
    }

    pub(crate) fn relations(&self) -> impl Iterator<Item = &Relation> {
        relations(&self.fields)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Column> {
        keys(&self.fields)
    }

    /// The model's own late-bound id, where it has one.
    pub(crate) fn own_id(&self) -> Option<&Column> {
        self.columns().find(|column| matches!(column.role, Role::OwnId(_)))
    }
}

impl Field {
    pub(crate) fn ident(&self) -> &Ident {
        match self {
            Field::Column(column) => &column.ident,
            Field::Relation(relation) => &relation.ident,
        }
    }
}
