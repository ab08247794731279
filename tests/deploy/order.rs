//! The order in which promtool evaluates the groups of rules of one moment: by chance, but for those that a file of tests names.

use std::fs::read_to_string;

use serde_json::Value;

use crate::files;
use crate::minutes::read;
use crate::prometheus::groups;

#[test]
fn files_of_tests_order_the_groups_of_which_one_reads_the_other() {
    let mut ordered = 0;
    for path in files("prometheus/tests", "yml") {
        let file: Value = serde_saphyr::from_str(&read_to_string(&path).unwrap()).unwrap();
        let order: Vec<&Value> =
            file["group_eval_order"].as_array().into_iter().flatten().collect();
        let rule_files = file["rule_files"].as_array().unwrap().iter();
        let loaded: Vec<Value> = rule_files
            .map(|name| path.parent().unwrap().join(name.as_str().unwrap()))
            .flat_map(|rules| groups(&read_to_string(rules).unwrap()))
            .collect();
        let rules = || {
            loaded.iter().flat_map(|group| {
                let rules = group["rules"].as_array().unwrap().iter();
                rules.map(|rule| (&group["name"], rule))
            })
        };
        let recorders: Vec<(&str, &Value)> =
            rules().filter_map(|(group, rule)| Some((rule["record"].as_str()?, group))).collect();
        for (group, rule) in rules() {
            let expression = rule["expr"].as_str().unwrap();
            // Five seconds ago, no group was evaluated at this moment.
            if expression.contains("offset 5s") {
                continue;
            }
            let needed = read(expression);
            for (series, recorder) in &recorders {
                if !needed.contains(series) || *recorder == group {
                    continue;
                }
                let place = |name: &Value| order.iter().position(|it| *it == name);
                assert!(
                    place(recorder).is_some() && place(recorder) < place(group),
                    "{}: {group} reads {series} of {recorder}: group_eval_order must name this one before",
                    path.display()
                );
                ordered += 1;
            }
        }
    }
    assert!(ordered > 0);
}
