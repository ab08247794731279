//! The groups of rules that sum up minutes: what each may read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::read_to_string;

use crate::files;
use crate::prometheus::groups as groups_of;

/// A group of rules.
struct Group {
    name: String,
    /// The recorded series and their expressions, in order.
    rules: Vec<(String, String)>,
}

fn groups() -> Vec<Group> {
    let mut groups = Vec::new();
    for path in files("prometheus/rules", "yml") {
        for group in groups_of(&read_to_string(path).unwrap()) {
            let rules = group["rules"].as_array().unwrap().iter().filter_map(|rule| {
                let expression = rule["expr"].as_str().unwrap().to_owned();
                Some((rule["record"].as_str()?.to_owned(), expression))
            });
            let name = group["name"].as_str().unwrap().to_owned();
            groups.push(Group { name, rules: rules.collect() });
        }
    }
    groups
}

/// The names of series in an expression that have a colon, which recorded series have.
pub(crate) fn read(expression: &str) -> BTreeSet<&str> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = expression.split(|c| !is_of_name(c));
    words.filter(|word| word.contains(':') && word.starts_with(char::is_alphabetic)).collect()
}

/// Counters, whose differences it forms itself, and shares are all that a group reads of another: none of them is summed up.
#[test]
fn a_group_that_sums_up_minutes_reads_no_minutes_of_another() {
    let groups = groups();
    let mut recorders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for group in &groups {
        for (name, _) in &group.rules {
            recorders.entry(name).or_default().insert(&group.name);
        }
    }
    let mut summing = 0;
    for group in &groups {
        if !group.rules.iter().any(|(name, _)| name.ends_with(":increase1m")) {
            continue;
        }
        summing += 1;
        for (name, expression) in &group.rules {
            for series in read(expression) {
                let Some(recorders) = recorders.get(series) else { continue };
                if recorders.iter().all(|recorder| *recorder == group.name) {
                    continue;
                }
                let reason = format!(
                    "{name} reads {series}: where one of the groups is late, a minute counts twice, or not at all"
                );
                assert!(series.ends_with(":last") || series.ends_with(":ratio"), "{reason}");
                assert!(
                    !expression.contains("delta(") && !expression.contains("rate("),
                    "{reason}"
                );
                // When an evaluation of the other group that has begun is complete.
                assert_eq!(
                    expression.matches(series).count(),
                    expression.matches("offset 5s").count(),
                    "{name} reads {series}"
                );
            }
        }
    }
    assert!(summing >= 3, "{summing}");
}

/// A counter that neither group reads would be lost, and one that both read would have samples of two moments.
#[test]
fn a_group_of_even_indices_and_one_of_odd_ones_read_each_counter_once() {
    let groups = groups();
    let rules = |name: &str| &groups.iter().find(|group| group.name == name).unwrap().rules;
    let even = rules("gpu-carbon-sci-counters-even");
    let odd = rules("gpu-carbon-sci-counters-odd");
    for ((name, expression), other) in even.iter().zip(odd) {
        let selectors = expression.matches("_total").count();
        assert_eq!(expression.matches("_total{gpu=~\".*[02468]\"}").count(), selectors, "{name}");
        assert_eq!((name, expression.replace("=~", "!~")), (&other.0, other.1.clone()));
    }
    assert_eq!((even.len(), odd.len()), (2, 2));
}
