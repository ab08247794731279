//! The structure of the dashboard; its queries are tested end to end.

use std::collections::BTreeSet;
use std::fs::read_to_string;

use serde_json::Value;

use crate::{deployed, files};

fn dashboard() -> Value {
    let text = read_to_string(deployed("grafana/dashboards/gpu-carbon.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The cells of Grafana's grid that a panel covers.
fn cells(panel: &Value) -> Vec<(u64, u64)> {
    let at = |side: &str| panel["gridPos"][side].as_u64().unwrap();
    assert!(at("x") + at("w") <= 24, "{} is too wide", panel["title"]);
    let columns = at("x")..at("x") + at("w");
    columns.flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y))).collect()
}

#[test]
fn panels_have_a_place_a_name_and_a_description() {
    let dashboard = dashboard();
    let (mut ids, mut covered) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: its id twice");
        for cell in cells(panel) {
            assert!(covered.insert(cell), "{title} lies over another panel");
        }
        if panel["type"] == "row" {
            continue;
        }
        assert!(panel["description"].as_str().is_some_and(|it| !it.is_empty()), "{title}");
        let targets = panel["targets"].as_array().unwrap();
        let letters: BTreeSet<_> = targets.iter().map(|it| it["refId"].to_string()).collect();
        assert!(letters.len() == targets.len() && !targets.is_empty(), "{title}");
        for target in targets {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
        }
    }
}

#[test]
fn queries_select_the_chosen_clusters_and_hosts() {
    for panel in dashboard()["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().unwrap();
            let selectors = query.matches('{').count();
            assert!(selectors > 0, "{query}");
            assert_eq!(query.matches("cluster=~\"$cluster\"").count(), selectors, "{query}");
        }
    }
}

#[test]
fn the_provisioning_is_yaml_with_the_paths_in_use() {
    for (folder, list) in [("datasources", "datasources"), ("dashboards", "providers")] {
        for path in files(&format!("grafana/provisioning/{folder}"), "yml") {
            let file: Value = serde_saphyr::from_str(&read_to_string(path).unwrap()).unwrap();
            assert_eq!(file["apiVersion"].as_u64(), Some(1));
            assert_eq!(file[list].as_array().unwrap().len(), 1);
        }
    }
}

/// With 1,000 hosts, a query that reads a day of a series of each GPU takes half a minute, or is refused.
#[test]
fn long_periods_read_recorded_series() {
    let mut long = 0;
    for panel in dashboard()["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().unwrap();
            let reads_period = target["instant"] == false || query.contains("$__range");
            long += usize::from(reads_period);
            // Those of errors are there only where errors occurred.
            let raw = query.replace("gpu_carbon_gpu_read_errors_total", "");
            let names = raw.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let is_of_gpu = |name: &&str| {
                [
                    "gpu_carbon_gpu_",
                    "gpu_carbon_host_",
                    "gpu_carbon_workload_",
                    "gpu_carbon_ledger_emissions",
                    "DCGM_",
                ]
                .iter()
                .any(|prefix| name.starts_with(prefix) && *name != "gpu_carbon_gpu_info")
            };
            assert!(!reads_period || !names.clone().any(|name| is_of_gpu(&name)), "{query}");
        }
    }
    assert!(long > 20, "{long}");
}

#[test]
fn variables_select_clusters_hosts_gpus_and_jobs() {
    let dashboard = dashboard();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<&str> = variables.iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["datasource", "cluster", "instance", "gpu", "workload", "runbook"]);
    let panels = dashboard["panels"].to_string();
    for name in &names {
        assert!(
            panels.contains(&format!("${name}")) || panels.contains(&format!("${{{name}}}")),
            "{name}"
        );
    }
}
