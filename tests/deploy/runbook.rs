//! The ways from an alert to what an operator should do, and to the panel of the dashboard; and back.

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;

use serde_json::Value;

use crate::deployed;
use crate::prometheus::rules;

/// An alert, and the annotations of its ways.
struct Alert {
    name: String,
    runbook: String,
    dashboard: String,
}

fn alerts() -> Vec<Alert> {
    let rules = rules(&read_to_string(deployed("prometheus/rules/alerts.yml")).unwrap());
    let alert = |rule: &Value| {
        let annotation = |name: &str| rule["annotations"][name].as_str().unwrap_or("").to_owned();
        let (runbook, dashboard) = (annotation("runbook_url"), annotation("dashboard_url"));
        Some(Alert { name: rule["alert"].as_str()?.to_owned(), runbook, dashboard })
    };
    rules.iter().filter_map(alert).collect()
}

/// The address of `deploy/README.md`: in the repository that Cargo.toml names or, where it names none, a path in this one.
fn readme_address() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let text = read_to_string(root).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("repository = \""));
    let repository = line.map(|rest| format!("{}/blob/main/", rest.trim_end_matches('"')));
    format!("{}deploy/README.md", repository.unwrap_or_default())
}

/// The sections of the fourth level, each with its text.
fn sections(readme: &str) -> Vec<(String, String)> {
    let parts = readme.split("\n#### ").skip(1);
    let section = |part: &str| {
        let part = part.split("\n### ").next().unwrap_or(part);
        let (name, text) = part.split_once('\n').unwrap();
        (name.to_owned(), text.to_owned())
    };
    parts.map(section).collect()
}

#[test]
fn every_alert_leads_to_its_section_and_every_section_has_an_alert() {
    let readme = read_to_string(deployed("README.md")).unwrap();
    let (sections, address) = (sections(&readme), readme_address());
    let headings: Vec<&str> = sections.iter().map(|(name, _)| name.as_str()).collect();
    let alerts = alerts();
    assert_eq!(headings, alerts.iter().map(|it| it.name.as_str()).collect::<Vec<_>>());
    for (name, text) in &sections {
        for part in ["**Meaning**: ", "**Look at**: ", "**Do**: "] {
            assert_eq!(text.matches(part).count(), 1, "{name}: {part}");
        }
    }
    for Alert { name, runbook, .. } in &alerts {
        let anchor = name.to_lowercase();
        assert_eq!(*runbook, format!("{address}#{anchor}"), "{name}");
        let row = format!("| [`{name}`](#{anchor}) |");
        assert!(readme.contains(&row), "{name} is not in the table of deploy/README.md");
    }
}

#[test]
fn every_alert_leads_to_a_panel_that_leads_back() {
    let text = read_to_string(deployed("grafana/dashboards/gpu-carbon.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let runbook = variables.iter().find(|variable| variable["name"] == "runbook").unwrap();
    assert_eq!(runbook["query"], readme_address());
    let panels = dashboard["panels"].as_array().unwrap();
    let mut linked = BTreeSet::new();
    for Alert { name, dashboard: address, .. } in alerts() {
        let id = address.strip_prefix("d/gpu-carbon?viewPanel=").unwrap_or("");
        let id: u64 = id.parse().unwrap_or_default();
        let panel = panels.iter().find(|panel| panel["id"] == id);
        let panel = panel.unwrap_or_else(|| panic!("{name}: no panel {address}"));
        let links = panel["links"].as_array().unwrap();
        let back = format!("${{runbook}}#{}", name.to_lowercase());
        assert!(links.iter().any(|link| link["url"] == back.as_str()), "{name}: {links:?}");
        linked.insert(back);
    }
    let links = panels.iter().filter_map(|panel| panel["links"].as_array()).flatten();
    let unknown: Vec<_> =
        links.filter(|link| !linked.contains(link["url"].as_str().unwrap())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
