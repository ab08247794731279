//! The dashboard, the recording rules and the queries in the documents on a real Prometheus: each query returns a series.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string, write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use gpu_carbon_tests::documents;
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::fake_power::FakePower;
use gpu_carbon_tests::http_server::HttpServer;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::prometheus::Prometheus;
use gpu_carbon_tests::scaled_rules::scale_durations;
use gpu_carbon_tests::services::{PASSWORD, Services, USER};
use gpu_carbon_tests::wait_for;
use serde_json::Value;

use crate::attribution;

const UUID: &str = "GPU-00000000-0000-4000-8000-000000000000";

/// One GPU that works, and one that is lost.
const GPUS: &str = "[[gpu]]\nmodel = \"h100\"\nuuid = \"GPU-00000000-0000-4000-8000-000000000000\"\n\
    power = \"constant 360\"\ncounter_step_ms = 20\n\
    [[gpu]]\nmodel = \"h100\"\nlost = true\n";

/// A GPU of another host.
const ANOTHER: &str = "[[gpu]]\nmodel = \"h100\"\nuuid = \"GPU-00000000-0000-4000-8000-0000000000aa\"\n\
    power = \"constant 200\"\ncounter_step_ms = 20\n";

fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name)
}

/// The metrics of vLLM, a batch system and dcgm-exporter: one model on the GPU, at 100 tokens a second.
fn serving() -> HttpServer {
    let since = now();
    HttpServer::start(move |_| {
        let tokens = (now() - since) * 100.0;
        format!(
            "gpu_carbon_workload_gpu{{workload=\"chat\",uuid=\"{UUID}\"}} 1\n\
             DCGM_FI_DEV_GPU_UTIL{{UUID=\"GPU-of-another-host\",namespace=\"ml\",pod=\"fit-0\"}} 50\n\
             vllm:generation_tokens_total{{model_name=\"m\",engine=\"0\"}} {tokens}\n\
             vllm:prompt_tokens_total{{model_name=\"m\",engine=\"0\"}} {tokens}\n"
        )
    })
    .unwrap()
}

/// Collects every string under a key, at any depth.
fn strings<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match value.as_str() {
                    Some(text) if name == key => found.push(text),
                    _ => strings(value, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, key, found)),
        _ => {}
    }
}

/// The queries of the dashboard, as Grafana sends them where nothing is selected.
fn queries() -> Vec<String> {
    let dashboard = read_to_string(deployed("grafana/dashboards/gpu-carbon.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let (mut queries, mut variables) = (Vec::new(), Vec::new());
    strings(&dashboard, "expr", &mut queries);
    strings(&dashboard, "definition", &mut variables);
    let labels = variables.into_iter().map(|variable| {
        let asked = variable.strip_prefix("label_values(").and_then(|it| it.strip_suffix(')'));
        let (series, label) = asked.and_then(|it| it.rsplit_once(", ")).unwrap();
        let series = series.strip_suffix('}').map_or(format!("{series}{{"), |it| format!("{it}, "));
        format!("{series}{label}!=\"\"}}")
    });
    let labels: Vec<String> = labels.collect();
    let queries = queries.into_iter().map(str::to_owned).chain(labels);
    let variables = ["$cluster", "$instance", "$gpu", "$workload"].map(|name| (name, ".*"));
    let chosen = variables.into_iter().chain([("$__range", "30s"), ("$__rate_interval", "5s")]);
    let chosen: Vec<_> = chosen.collect();
    let asked = |query: String| {
        chosen.iter().fold(query, |query, (name, value)| query.replace(name, value))
    };
    queries.map(asked).collect()
}

/// The names of the recorded series.
fn recorded() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in read_dir(deployed("prometheus/rules")).unwrap() {
        let text = read_to_string(entry.unwrap().path()).unwrap();
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("- record: "));
        names.extend(lines.map(str::to_owned));
    }
    names
}

/// The queries in the documents.
fn documented() -> Vec<String> {
    let blocks = documents::blocks("promql").unwrap();
    let queries: Vec<String> =
        blocks.iter().flat_map(|block| documents::queries(&block.text)).collect();
    assert!(queries.len() >= 5, "{queries:?}");
    queries.iter().map(|query| scale_durations(query)).collect()
}

#[test]
fn every_query_of_the_dashboard_the_rules_and_the_documents_returns_a_value() {
    let machine = Machine::new(GPUS).unwrap();
    let services = Services::start().unwrap();
    services.set_intensity(|_| 500.0);
    for (file, text) in [("user", USER), ("password", PASSWORD)] {
        write(machine.path(file), text).unwrap();
    }
    machine
        .configure(&format!(
            "intensity:\n  source: watttime\n  zone: ZONE\n  user_file: user\n  password_file: password\n  \
             base_url: {}\n  poll_period: 200ms\n  threshold_grams_per_kilowatt_hour: 400\nledger: {{path: ledger.db}}\n",
            services.base_url()
        ))
        .unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    let cpu = power.add_zone(&["intel-rapl:0"], &["package-0"], 1 << 38, 1 << 37).unwrap();
    power.set_milliwatts(cpu, 100_000);
    power.set_power_meter("hwmon2", 540_000_000).unwrap();
    let mut command = command(&machine).unwrap();
    command.arg("--path.sysfs").arg(power.root());
    let exporter = Exporter::run(command).unwrap();
    // Another host, whose exporter divides the energy of its GPU among jobs.
    let divided = attribution::machine(ANOTHER, "[slurm]", "");
    attribution::run("prolog.sh", &divided, "7", "0");
    let dividing = Exporter::start(&divided).unwrap();
    let serving = serving();

    let rules = tempfile::tempdir().unwrap();
    for entry in read_dir(deployed("prometheus/rules")).unwrap() {
        let entry = entry.unwrap();
        let quick = scale_durations(&read_to_string(entry.path()).unwrap());
        write(rules.path().join(entry.file_name()), quick).unwrap();
    }
    let prometheus = Prometheus::start(&format!(
        "rule_files: ['{}/*.yml']\nscrape_configs:\n\
         - job_name: gpu-carbon\n  static_configs: [{{targets: ['{}', '{}'], labels: {{cluster: main}}}}]\n\
         - job_name: vllm\n  honor_labels: true\n  \
         static_configs: [{{targets: ['{}'], labels: {{cluster: main, workload: chat}}}}]\n",
        rules.path().display(),
        exporter.address,
        dividing.address,
        serving.address
    ))
    .unwrap();

    let queries = queries().into_iter().chain(recorded()).chain(documented());
    let queries: Vec<String> = queries.collect();
    assert!(queries.len() > 50, "{queries:?}");
    for query in queries {
        wait_for(&query, || {
            let result = prometheus.query(&query, None)?;
            let series = result.as_array().context("a vector")?;
            ensure!(!series.is_empty(), "nothing");
            Ok(())
        })
        .unwrap();
    }
    // A thousand tokens at 360 W, 500 g/kWh and 100 tokens a second: 3.6 kJ, and the embodied emissions.
    let sci = "workload:gpu_carbon_sci_grams_per_thousand_tokens:ratio1h{tokens=\"generated\"}";
    let hours = 10.0 / 3600.0;
    let expected = 0.36 * hours * 500.0 + 164_000.0 / (4.0 * 365.0 * 24.0) * hours;
    wait_for("the SCI of a thousand tokens", || {
        let found = prometheus.value(sci, None)?;
        ensure!((found / expected - 1.0).abs() < 0.1, "{found} g, expected {expected} g");
        Ok(())
    })
    .unwrap();
}
