//! Which columns make one foreign key constraint.

use super::*;

fn last_lines(def: &ModelDef) -> Vec<String> {
    let text = create_table(def, Dialect::Sqlite).remove(0);
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("FOREIGN KEY"));
    lines.map(|line| line.trim_end_matches(", ").to_owned()).collect()
}

#[test]
fn of_several_columns() {
    let def = model(
        "Ticket",
        [
            id(),
            string("from_line").to("Seat.line"),
            string("to_line").to("Seat.line"),
            string("from_place").to("Seat.place"),
            string("to_place").to("Seat.place"),
            key("hall_id", "Hall.id").on_delete(OnDelete::Restrict),
        ],
        [],
    );
    assert_eq!(
        last_lines(def),
        [
            "(from_line, from_place) REFERENCES seat (line, place),",
            "(to_line, to_place) REFERENCES seat (line, place),",
            "(hall_id) REFERENCES hall (id) ON DELETE RESTRICT",
        ]
    );
}

#[test]
fn two_to_one_model() {
    let def = model("Game", [id(), key("home", "Team.id"), key("away", "Team.id")], []);
    assert_eq!(last_lines(def), ["(home) REFERENCES team (id),", "(away) REFERENCES team (id)"]);
}

#[test]
fn tables_that_refer_to_each_other() {
    let employee = model(
        "Employee",
        [id(), key("boss_id", "Employee.id").null(), key("in_id", "Department.id")],
        [],
    );
    let department = model("Department", [id(), key("head_id", "Employee.id").null()], []);
    let tables = [employee, department];
    let statements = created(&tables, Dialect::Postgres);
    let head = statements.iter().map(|sql| sql.lines().next().unwrap()).collect::<Vec<_>>();
    assert_eq!(
        head,
        [
            "CREATE TABLE employee (",
            "CREATE TABLE department (",
            "ALTER TABLE employee ADD CONSTRAINT fk_employee_in_id FOREIGN KEY(in_id) REFERENCES department (id)",
        ]
    );
    assert!(statements[0].contains("FOREIGN KEY(boss_id) REFERENCES employee (id)\n)"));
    assert!(statements[1].contains("FOREIGN KEY(head_id) REFERENCES employee (id)\n)"));
    let in_place = created(&tables, Dialect::Sqlite);
    assert_eq!(in_place, tables.map(|def| create_table(def, Dialect::Sqlite)).concat());
    assert_eq!(drop_tables(&tables, Dialect::Postgres), ["DROP TABLE department, employee"]);
    assert_eq!(drop_tables(&[], Dialect::Postgres), [""; 0]);
    assert_eq!(
        drop_tables(&tables, Dialect::Sqlite),
        ["DROP TABLE department", "DROP TABLE employee"]
    );
}

static COUNTRY: ModelDef = ModelDef {
    identity: "app::DdlCountry",
    name: "DdlCountry",
    table: "ddl_country",
    schema: None,
    columns: &[
        ColumnDef::of::<i64>("id", "id").primary_key().generated(true),
        ColumnDef::of::<String>("code", "code").unique(),
    ],
    relations: &[],
    primary_key: &[0],
    uniques: &[],
    indexes: &[],
    checks: &[],
    comment: None,
    source: ("ddl.rs", 1),
};
inventory::submit!(crate::schema::Registration(&COUNTRY));

#[test]
fn to_different_keys_of_one_model() {
    let def = model(
        "City",
        [id(), key("country_id", "DdlCountry.id"), string("code").to("DdlCountry.code")],
        [],
    );
    assert_eq!(
        last_lines(def),
        ["(country_id) REFERENCES ddlcountry (id),", "(code) REFERENCES ddlcountry (code)"]
    );
}
