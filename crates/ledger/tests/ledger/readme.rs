//! The README: each query runs, and each column is described.

use gpu_carbon_core::Quality;
use gpu_carbon_ledger::Ledger;
use rusqlite::Connection;

use crate::fixtures::{at, batch, folder, gpu, posting};
use crate::versions::ledger_0_1_0;

const README: &str = include_str!("../../README.md");

#[test]
fn each_query_of_the_readme_returns_rows() {
    let (_folder, old) = ledger_0_1_0();
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let used = vec![posting(0, Some(Quality::Measured), 4.0, 1.0)];
    ledger.write(&batch(vec![gpu(0, used, Vec::new())])).unwrap();
    let connections = [old, path].map(|path| Connection::open(path).unwrap());
    let mut queries = 0;
    for block in README.split("```sql\n").skip(1) {
        let (query, _) = block.split_once("```").unwrap();
        let has_rows = |connection: &Connection| {
            let statement = connection.prepare(query.trim().trim_end_matches(';'));
            statement.is_ok_and(|mut statement| statement.exists([]).unwrap())
        };
        assert!(connections.iter().any(has_rows), "{query}");
        queries += 1;
    }
    assert_eq!(queries, 5);
}

#[test]
fn each_column_is_described_in_the_readme() {
    let (_folder, path) = folder();
    drop(Ledger::open(&path, at(0)).unwrap());
    let connection = Connection::open(&path).unwrap();
    let tables = ["gpu", "origin", "entry", "presence", "gpu_copy", "conversion", "feed"];
    let later = ["workload", "share", "share_total", "boundary", "embodied"];
    for table in tables.into_iter().chain(later) {
        let (_, section) = README.split_once(&format!("\n### {table}\n")).unwrap();
        let section = section.split("\n#").next().unwrap();
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let columns = statement.query_map([table], |row| row.get::<_, String>(0)).unwrap();
        for column in columns.map(Result::unwrap) {
            assert!(section.contains(&format!("`{column}`")), "{table}.{column}");
        }
    }
}
