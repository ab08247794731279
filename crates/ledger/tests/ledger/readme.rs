//! The README: each query runs, and each column is described.

use gpu_carbon_ledger::Ledger;
use rusqlite::Connection;

use crate::fixtures::{at, folder};
use crate::versions::ledger_0_1_0;

const README: &str = include_str!("../../README.md");

#[test]
fn each_query_of_the_readme_returns_rows() {
    let (_folder, path) = ledger_0_1_0();
    let connection = Connection::open(&path).unwrap();
    let mut queries = 0;
    for block in README.split("```sql\n").skip(1) {
        let (query, _) = block.split_once("```").unwrap();
        let mut statement = connection.prepare(query.trim().trim_end_matches(';')).unwrap();
        assert!(statement.exists([]).unwrap(), "{query}");
        queries += 1;
    }
    assert_eq!(queries, 4);
}

#[test]
fn each_column_is_described_in_the_readme() {
    let (_folder, path) = folder();
    drop(Ledger::open(&path, at(0)).unwrap());
    let connection = Connection::open(&path).unwrap();
    for table in ["gpu", "origin", "entry", "presence"] {
        let (_, section) = README.split_once(&format!("\n### {table}\n")).unwrap();
        let section = section.split("\n#").next().unwrap();
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let columns = statement.query_map([table], |row| row.get::<_, String>(0)).unwrap();
        for column in columns.map(Result::unwrap) {
            assert!(section.contains(&format!("`{column}`")), "{table}.{column}");
        }
    }
}
