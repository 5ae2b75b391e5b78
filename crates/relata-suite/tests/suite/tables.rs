//! Creating and dropping tables that are there already, as something else made them.

use relata::prelude::*;

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
}

#[case(MySql)]
async fn a_table_that_keeps_its_versions_is_there() {
    let db = relata_suite::engine(Metadata::of(Team)).await;
    // only MariaDB has them
    if db.plain().execute("ALTER TABLE team ADD SYSTEM VERSIONING").is_err() {
        return;
    }
    Metadata::of(Team).create_all(&db.engine).await.unwrap();
    Metadata::of(Team).drop_all(&db.engine).await.unwrap();
    assert!(db.plain().rows("SELECT * FROM team").is_err());
}

/// Tables that refer to each other, defined in the one order and in the other.
mod circle {
    use relata::prelude::*;

    mod first {
        use relata::prelude::*;

        #[model(table = "employee")]
        pub(super) struct Employee {
            #[field(primary_key)]
            id: Id<Employee>,
            #[field(foreign_key = Department.id)]
            department_id: Option<Id<Department>>,
        }

        #[model(table = "department")]
        pub(super) struct Department {
            #[field(primary_key)]
            id: Id<Department>,
            #[field(foreign_key = Employee.id)]
            head_id: Option<Id<Employee>>,
        }
    }

    mod second {
        use relata::prelude::*;

        #[model(table = "department")]
        pub(super) struct Department {
            #[field(primary_key)]
            id: Id<Department>,
            #[field(foreign_key = Employee.id)]
            head_id: Option<Id<Employee>>,
        }

        #[model(table = "employee")]
        pub(super) struct Employee {
            #[field(primary_key)]
            id: Id<Employee>,
            #[field(foreign_key = Department.id)]
            department_id: Option<Id<Department>>,
        }
    }

    #[case]
    async fn tables_in_a_circle_are_dropped_whoever_created_them() {
        let ways = [
            Metadata::of((first::Employee, first::Department)),
            Metadata::of((second::Employee, second::Department)),
        ];
        let db = relata_suite::engine(ways[0].clone()).await;
        for way in [&ways[1], &ways[0], &ways[1]] {
            way.drop_all(&db.engine).await.unwrap();
            assert!(db.plain().rows("SELECT * FROM employee").is_err());
            assert!(db.plain().rows("SELECT * FROM department").is_err());
            ways[0].create_all(&db.engine).await.unwrap();
        }
        // created again, one has a key of another name
        ways[1].drop_all(&db.engine).await.unwrap();
        ways[1].create_all(&db.engine).await.unwrap();
        ways[0].drop_all(&db.engine).await.unwrap();
        assert!(db.plain().rows("SELECT * FROM department").is_err());
    }
}
