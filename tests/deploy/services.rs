//! The exporter under systemd, Docker and Kubernetes, as far as it can be tested without them.

use std::fs::{read_to_string, write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::Command;

use anyhow::{Context, ensure};
use gpu_carbon_tests::exporter::binary;
use gpu_carbon_tests::prometheus::{Prometheus, program};
use gpu_carbon_tests::wait_for;
use serde_json::{Value, json};

use crate::{deployed, run_checker};

const UNIT: &str = "systemd/gpu-carbon-exporter.service";

fn systemd_analyze(arguments: &[&str]) -> Command {
    let mut analyze = Command::new(program("systemd-analyze", "systemd").unwrap());
    analyze.args(arguments);
    analyze
}

/// The documents of a YAML file.
fn documents(name: &str) -> Vec<Value> {
    let text = read_to_string(deployed(name)).unwrap();
    serde_saphyr::from_multiple(&text).unwrap()
}

fn strings(values: &Value) -> Vec<&str> {
    values.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}

#[test]
fn systemd_accepts_the_unit_and_finds_little_exposed() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("gpu-carbon-exporter.service");
    let text = read_to_string(deployed(UNIT)).unwrap();
    let here = binary().unwrap();
    let there = "/usr/local/bin/gpu-carbon-exporter";
    assert!(text.contains(&format!("ExecStart={there} ")));
    write(&unit, text.replace(there, here.to_str().unwrap())).unwrap();
    let verdict = run_checker(systemd_analyze(&["verify", "--man=no"]).arg(&unit));
    assert!(verdict.is_empty(), "{verdict}");
    // The threshold is in tenths: 2.5.
    run_checker(systemd_analyze(&["security", "--offline=yes", "--threshold=25"]).arg(&unit));
}

#[test]
fn every_flag_in_use_is_one_of_the_exporters() {
    let help = run_checker(Command::new(binary().unwrap()).arg("--help"));
    let files = [UNIT, "docker/Dockerfile", "kubernetes/gpu-carbon-exporter.yaml"];
    for name in files {
        let text = read_to_string(deployed(name)).unwrap();
        let flags = text.split(['"', ' ', '\n']).filter(|word| word.starts_with("--config"));
        let flags: Vec<&str> = flags.map(|flag| flag.split('=').next().unwrap()).collect();
        assert!(!flags.is_empty(), "{name}");
        for flag in flags {
            assert!(help.contains(&format!("{flag} ")), "{name}: {flag}");
        }
    }
}

#[test]
fn the_parts_of_the_manifests_refer_to_one_another() {
    let documents = documents("kubernetes/gpu-carbon-exporter.yaml");
    let [map, set, service] = documents.as_slice() else { panic!("{documents:?}") };
    let pod = &set["spec"]["template"];
    let selector = &set["spec"]["selector"]["matchLabels"];
    assert_eq!(selector, &service["spec"]["selector"]);
    for (label, value) in selector.as_object().unwrap() {
        assert_eq!(&pod["metadata"]["labels"][label], value, "{label}");
    }
    let container = &pod["spec"]["containers"][0];
    let mount = &container["volumeMounts"][0];
    let argument = format!("--config.file={}/exporter.yaml", mount["mountPath"].as_str().unwrap());
    assert_eq!(strings(&container["args"])[0], argument);
    assert_eq!(pod["spec"]["volumes"][0]["name"], mount["name"]);
    assert_eq!(pod["spec"]["volumes"][0]["configMap"]["name"], map["metadata"]["name"]);
    let port = &container["ports"][0];
    assert_eq!(port["containerPort"].as_u64(), Some(9877));
    for probe in ["livenessProbe", "readinessProbe"] {
        assert_eq!(container[probe]["httpGet"]["port"], port["name"]);
    }

    let monitors = self::documents("kubernetes/podmonitor.yaml");
    let [monitor] = monitors.as_slice() else { panic!("{monitors:?}") };
    assert_eq!(monitor["spec"]["selector"], set["spec"]["selector"]);
    assert_eq!(monitor["spec"]["podMetricsEndpoints"][0]["port"], port["name"]);
    // The name of the job in the alerts.
    assert!(monitor["metadata"]["name"].as_str().unwrap().contains("gpu-carbon"));
}

/// The relabeling as the Prometheus operator applies it, on targets with the labels that it sets itself.
#[test]
fn a_pod_that_is_replaced_continues_the_series_of_its_node() {
    let monitors = documents("kubernetes/podmonitor.yaml");
    let relabelings = monitors[0]["spec"]["podMetricsEndpoints"][0]["relabelings"].to_string();
    let relabelings = relabelings.replace("sourceLabels", "source_labels");
    let relabelings = relabelings.replace("targetLabel", "target_label");
    let target = |pod: &str| {
        format!(
            "{{targets: ['127.0.0.1:1'], labels: {{__meta_kubernetes_pod_node_name: node-1, \
             namespace: ops, container: gpu-carbon-exporter, pod: {pod}}}}}"
        )
    };
    let prometheus = Prometheus::start(&format!(
        "scrape_configs:\n- job_name: ops/gpu-carbon-exporter\n  static_configs: [{}]\n  relabel_configs: {relabelings}\n",
        [target("exporter-1"), target("exporter-2")].join(", ")
    ))
    .unwrap();
    let series = wait_for("a scrape", || {
        let series = prometheus.query("up", None)?;
        ensure!(!series.as_array().context("a vector")?.is_empty(), "no series");
        Ok(series)
    })
    .unwrap();
    let series = series.as_array().unwrap();
    assert_eq!(series.len(), 1, "{series:?}");
    let expected = json!({
        "__name__": "up", "job": "ops/gpu-carbon-exporter", "instance": "node-1", "namespace": "ops"
    });
    assert_eq!(series[0]["metric"], expected);
}

#[test]
fn compose_builds_the_image_of_the_dockerfile() {
    let documents = documents("docker/compose.yaml");
    let [compose] = documents.as_slice() else { panic!("{documents:?}") };
    let build = &compose["services"]["gpu-carbon-exporter"]["build"];
    let context = deployed("docker").join(build["context"].as_str().unwrap());
    assert!(context.join(build["dockerfile"].as_str().unwrap()).is_file());
    assert!(context.join("Cargo.lock").is_file());
}

#[test]
fn the_udev_rule_lets_the_group_read_the_counters() {
    let rule = read_to_string(deployed("systemd/99-gpu-carbon.rules")).unwrap();
    let rule: String = rule.lines().filter(|line| !line.starts_with('#')).collect();
    let folder = tempfile::tempdir().unwrap();
    let counter = folder.path().join("energy_uj");
    write(&counter, "5").unwrap();
    std::fs::set_permissions(&counter, std::fs::Permissions::from_mode(0o400)).unwrap();
    let commands: Vec<&str> = rule.split("RUN+=\"").skip(1).collect();
    assert_eq!(commands.len(), 2, "{rule}");
    let group = std::fs::metadata(&counter).unwrap().gid().to_string();
    for command in commands {
        let command = command.split('"').next().unwrap();
        let words = command.replace("/sys%p", folder.path().to_str().unwrap());
        let words = words.replace(" gpu-carbon ", &format!(" {group} "));
        let mut words = words.split(' ');
        run_checker(Command::new(words.next().unwrap()).args(words));
    }
    assert_eq!(std::fs::metadata(&counter).unwrap().mode() & 0o777, 0o440);
    let drop_in = read_to_string(deployed("systemd/host-meters.conf")).unwrap();
    assert!(drop_in.contains("\nSupplementaryGroups=gpu-carbon\n"), "{drop_in}");
}
