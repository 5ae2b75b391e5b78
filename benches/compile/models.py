"""Prints a crate's `lib.rs` of so many models for one library: four columns and a key to the model before, as a
relation with both sides. `models.py relata|diesel|sea-orm|toasty <count>`"""

import sys

RELATA = """
#[model(table)]
pub struct Model{i} {{
    #[field(primary_key)] id: Id<Model{i}>,
    name: String,
    age: Option<i32>,
    active: bool,
    #[field(foreign_key = Model{p}.id)] parent_id: Option<Id<Model{p}>>,
    #[relationship(back_populates = children)] parent: One<Option<Model{p}>>,
    #[relationship(back_populates = parent)] children: Many<Model{n}>,
}}
"""

DIESEL = """
diesel::table! {{
    model{i} (id) {{ id -> BigInt, name -> Text, age -> Nullable<Integer>, active -> Bool, parent_id -> Nullable<BigInt>, }}
}}
#[derive(Queryable, Selectable, Identifiable, Associations, Insertable, AsChangeset)]
#[diesel(table_name = model{i}, belongs_to(Model{p}, foreign_key = parent_id))]
pub struct Model{i} {{
    pub id: i64,
    pub name: String,
    pub age: Option<i32>,
    pub active: bool,
    pub parent_id: Option<i64>,
}}
"""

SEA_ORM = """
pub mod model{i} {{
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "model{i}")]
    pub struct Model {{
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub age: Option<i32>,
        pub active: bool,
        pub parent_id: Option<i64>,
    }}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {{
        #[sea_orm(belongs_to = "super::model{p}::Entity", from = "Column::ParentId", to = "super::model{p}::Column::Id")]
        Parent,
        #[sea_orm(has_many = "super::model{n}::Entity")]
        Children,
    }}
    impl Related<super::model{p}::Entity> for Entity {{
        fn to() -> RelationDef {{ Relation::Parent.def() }}
    }}
    impl Related<super::model{n}::Entity> for Entity {{
        fn to() -> RelationDef {{ Relation::Children.def() }}
    }}
    impl ActiveModelBehavior for ActiveModel {{}}
}}
"""

TOASTY = """
#[derive(Debug, toasty::Model)]
pub struct Model{i} {{
    #[key]
    #[auto]
    pub id: i64,
    pub name: String,
    pub age: Option<i32>,
    pub active: bool,
    #[index]
    pub parent_id: Option<i64>,
    #[belongs_to(key = parent_id, references = id)]
    pub parent: toasty::Deferred<Option<Model{p}>>,
    #[has_many(pair = parent)]
    pub children: toasty::Deferred<Vec<Model{n}>>,
}}
"""

LIBRARIES = {
    "relata": ("use relata::prelude::*;\n", RELATA),
    "diesel": ("use diesel::prelude::*;\n", DIESEL),
    "sea-orm": ("", SEA_ORM),
    "toasty": ("", TOASTY),
}


def main():
    library, count = sys.argv[1], int(sys.argv[2])
    head, model = LIBRARIES[library]
    print("#![allow(dead_code)]")
    print(head)
    # rings of ten, so that every model has one before and one behind it: longer ones do not compile with all
    for i in range(count):
        ring, place = i - i % 10, i % 10
        print(model.format(i=i, p=ring + (place - 1) % 10, n=ring + (place + 1) % 10))


main()
