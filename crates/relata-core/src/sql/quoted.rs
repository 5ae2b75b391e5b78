//! The names of a table and its columns as they are written: quoting is worked out once for each
//! thread, and most of a statement's text is names.

use super::Dialect;
use crate::schema::ModelDef;
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// The names of one table, quoted where they need it.
pub(super) struct Quoted {
    /// The table.
    pub(super) table: Box<str>,
    /// The columns without the table.
    pub(super) fields: Box<[Box<str>]>,
    /// The columns with the table.
    pub(super) columns: Box<[Box<str>]>,
    /// All columns with the table, separated by commas.
    pub(super) all: Box<str>,
}

thread_local! {
    /// By the address of the table's data, which lives as long as the program.
    static KNOWN: RefCell<HashMap<(usize, Dialect), Rc<Quoted>>> = RefCell::default();
}

/// The names of a table.
pub(super) fn quoted(def: &'static ModelDef, dialect: Dialect) -> Rc<Quoted> {
    let key = (std::ptr::from_ref(def).addr(), dialect);
    let known = KNOWN.with_borrow(|known| known.get(&key).map(Rc::clone));
    known.unwrap_or_else(|| {
        let new = Rc::new(Quoted::new(def, dialect));
        KNOWN.with_borrow_mut(|known| known.insert(key, Rc::clone(&new)));
        new
    })
}

impl Quoted {
    fn new(def: &ModelDef, dialect: Dialect) -> Self {
        let quote = |name: &str| {
            let mut out = String::new();
            dialect.quote(name, &mut out);
            out.into_boxed_str()
        };
        let mut table = String::new();
        dialect.quote_table(def.schema, def.table, &mut table);
        let fields: Box<[_]> = def.columns.iter().map(|column| quote(column.name)).collect();
        let columns: Vec<_> = fields.iter().map(|field| format!("{table}.{field}")).collect();
        let all = columns.join(", ").into();
        let columns = columns.into_iter().map(Into::into).collect();
        Quoted { table: table.into(), fields, columns, all }
    }
}
