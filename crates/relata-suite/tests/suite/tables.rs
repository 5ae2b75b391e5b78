//! Creating and dropping tables that are there already, as something else made them.

use relata::{ErrorKind, prelude::*};

#[model(table)]
struct Team {
    #[field(primary_key)]
    id: Id<Team>,
    name: String,
}

#[model(table)]
struct Hero {
    #[field(primary_key)]
    id: Id<Hero>,
    #[field(foreign_key = Team.id)]
    team_id: Id<Team>,
}

#[case]
async fn a_table_that_others_refer_to_stays() {
    let db = relata_suite::engine(Metadata::of((Team, Hero))).await;
    db.execute("INSERT INTO team (id, name) VALUES (1, 'A')");
    db.execute("INSERT INTO hero (id, team_id) VALUES (1, 1)");
    let error = Metadata::of(Team).drop_all(&db.engine).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(
        error.to_string(),
        "foreign key constraint failed: other tables refer to it; drop those tables first, or all of them together"
    );
    assert_eq!(db.rows("SELECT id, name FROM team"), ["1|A"]);
    Metadata::of((Team, Hero)).drop_all(&db.engine).await.unwrap();
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
