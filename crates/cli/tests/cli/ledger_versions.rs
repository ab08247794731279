//! Ledgers of released versions: `report` reads the same numbers as the version that wrote them.

use std::path::Path;

use crate::harness::gpu_carbon;

/// A ledger that the exporter of 0.1.0 wrote, and the answer of its `gpu-carbon report --format json`.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ledger/tests/data");

/// The two parts of a line of JSON: the name, if the line has one, and the value.
fn name_and_value(line: &str) -> (&str, &str) {
    line.split_once("\": ").unwrap_or(("", line))
}

#[test]
fn a_report_of_a_ledger_of_0_1_0_has_the_numbers_of_0_1_0() {
    let path = Path::new(DATA).join("ledger-0.1.0.db");
    let outcome = gpu_carbon(["report", "--format", "json", "--ledger", path.to_str().unwrap()]);
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""));
    let expected = std::fs::read_to_string(Path::new(DATA).join("report-0.1.0.json")).unwrap();
    let now = outcome.out.replace(&format!("{DATA}/"), "");
    // The share of GPU time with known embodied emissions, their sources, the scopes, and the host around the GPUs were not in 0.1.0.
    let is_new = |line: &str| {
        ["embodied_known_ratio", "scope", "boundary", "host", "host_kilowatt_hours"]
            .iter()
            .any(|name| line.contains(&format!("\"{name}\": ")))
    };
    let new_lists = ["\"scopes\": [", "\"manufactures\": ["];
    let mut in_new_list = false;
    let mut is_old = |line: &&str| {
        in_new_list |= new_lists.iter().any(|begin| line.contains(begin));
        let is_old = !in_new_list && !is_new(line);
        in_new_list &= !line.contains(']');
        is_old
    };
    let now: Vec<&str> = now.lines().filter(&mut is_old).collect();
    assert_eq!(now.len(), expected.lines().count());
    for (line, old_line) in now.into_iter().zip(expected.lines()) {
        let ((name, value), (old_name, old_value)) =
            (name_and_value(line), name_and_value(old_line));
        // 0.1.0 wrote 0 for embodied emissions that are unknown.
        let is_embodied = name.trim() == "\"embodied_emissions_grams";
        if is_embodied && (value, old_value) == ("null,", "0.0,") {
            continue;
        }
        assert_eq!(value, old_value, "{line}, and {old_line} before");
        // Pending energy had another name in 0.1.0.
        assert!(name == old_name || name.trim() == "\"pending_kilowatt_hours", "{line}");
    }
}
