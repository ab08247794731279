//! The Helm chart, rendered by Helm's own engine, and what Kubernetes' schemas say of it. No cluster has installed it here, and
//! nothing checks the kinds of the Prometheus operator, whose schemas are its own.

use std::collections::BTreeMap;
use std::fs::{read_to_string, write};
use std::process::Command;

use gpu_carbon_tests::documents::blocks;
use gpu_carbon_tests::exporter::binary;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{deployed, files, python, run_checker};

/// The judgement of `chart.py` on the chart with some values.
#[derive(Debug, Deserialize)]
struct Rendering {
    objects: BTreeMap<String, String>,
    error: Option<String>,
    lint: Vec<String>,
    unchecked: Vec<String>,
    invalid: Vec<String>,
}

impl Rendering {
    /// The only object of a template.
    fn object(&self, template: &str) -> Value {
        serde_saphyr::from_str(&self.objects[template]).unwrap()
    }

    fn daemon_set(&self) -> Value {
        self.object("daemonset.yaml")
    }

    fn pod(&self) -> Value {
        self.daemon_set()["spec"]["template"]["spec"].take()
    }
}

/// The answer of `chart.py`.
fn asked(values: &Value) -> Rendering {
    let chart = deployed("helm/gpu-carbon");
    let answer = python("chart.py", &[chart.as_os_str()], &values.to_string());
    serde_json::from_str(&answer).unwrap()
}

/// The rendering with values that must be right.
#[track_caller]
fn rendered(values: &Value) -> Rendering {
    let rendering = asked(values);
    assert_eq!(rendering.error, None, "{values}");
    assert_eq!(rendering.lint, [""; 0], "{values}");
    assert_eq!(rendering.invalid, [""; 0], "{values}");
    let operators = ["PodMonitor", "PrometheusRule"];
    assert!(rendering.unchecked.iter().all(|kind| operators.contains(&kind.as_str())));
    rendering
}

/// The volumes of a pod that are folders of the node.
fn host_paths(pod: &Value) -> Vec<&str> {
    let volumes = pod["volumes"].as_array().unwrap();
    volumes.iter().filter_map(|volume| volume["hostPath"]["path"].as_str()).collect()
}

#[test]
fn the_manifests_are_the_chart_with_its_default_values() {
    let rendering = rendered(&json!({"podMonitor": {"enabled": true}}));
    let [config, set, service, monitor] =
        ["configmap.yaml", "daemonset.yaml", "service.yaml", "podmonitor.yaml"]
            .map(|template| &rendering.objects[template]);
    let introduction = "# The exporter on every node with a GPU: the chart deploy/helm/gpu-carbon with its default values. It reserves no GPU, because\n\
         # it requests no nvidia.com/gpu. It needs NVIDIA's runtime class and the labels of GPU feature discovery, which NVIDIA's GPU\n\
         # operator installs. Build the image with deploy/docker/Dockerfile, and set its location below. A test compares this file.\n";
    let manifests = [
        (
            "gpu-carbon-exporter.yaml",
            format!("{introduction}{config}\n---\n{set}\n---\n{service}\n"),
        ),
        ("podmonitor.yaml", format!("{monitor}\n")),
    ];
    for (name, expected) in manifests {
        let path = deployed("kubernetes").join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            write(&path, &expected).unwrap();
        }
        assert_eq!(read_to_string(&path).unwrap(), expected, "{name}: UPDATE_GOLDEN=1 writes it");
    }
}

/// The Pod Security Standard `baseline` refuses folders of the node, its namespaces, privileges and most capabilities.
#[test]
fn the_default_pod_is_admitted_where_baseline_is_enforced() {
    let pod = rendered(&json!({})).pod();
    let image = concat!("gpu-carbon-exporter:", env!("CARGO_PKG_VERSION"));
    assert_eq!(pod["containers"][0]["image"], image);
    assert_eq!(host_paths(&pod), [""; 0]);
    for namespace in ["hostPID", "hostIPC", "hostNetwork"] {
        assert_eq!(pod[namespace], Value::Null, "{namespace}");
    }
    assert_eq!(pod["initContainers"], Value::Null);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    let context = &pod["containers"][0]["securityContext"];
    assert_eq!(context["capabilities"], json!({"drop": ["ALL"]}));
    assert_eq!(context["allowPrivilegeEscalation"], false);
}

#[test]
fn the_ledger_and_the_kubelet_bring_what_they_need_and_no_more() {
    let ledger = rendered(&json!({"ledger": {"enabled": true, "hostPath": "/srv/carbon"}}));
    let pod = ledger.pod();
    assert_eq!(host_paths(&pod), ["/srv/carbon"]);
    assert_eq!(pod["securityContext"]["runAsUser"], 65534);
    let owner = &pod["initContainers"][0];
    // The exporter's image has no chown.
    assert_eq!(owner["image"], "busybox:1.37");
    assert_eq!(
        owner["securityContext"]["capabilities"],
        json!({"drop": ["ALL"], "add": ["CHOWN"]})
    );
    assert_eq!(owner["command"][2], "65534:65534");
    assert!(ledger.objects["configmap.yaml"].contains("path: /var/lib/gpu-carbon/ledger.db"));

    let pods = rendered(&json!({"pods": {"enabled": true}, "ledger": {"enabled": true}}));
    let pod = pods.pod();
    let folders = ["/var/lib/gpu-carbon", "/var/lib/kubelet/pod-resources", "/var/log/pods"];
    assert_eq!(host_paths(&pod), folders);
    assert_eq!((&pod["securityContext"]["runAsUser"], &pod["hostPID"]), (&json!(0), &Value::Null));
    // Without capabilities, root may write only what is its own.
    assert_eq!(pod["initContainers"][0]["command"][2], "0:0");
    assert!(pods.objects["configmap.yaml"].contains("kubelet"));

    let shared = rendered(&json!({"pods": {"enabled": true, "sharedGpus": true}})).pod();
    assert_eq!(shared["hostPID"], true);
}

#[test]
fn the_meters_of_the_host_bring_one_folder_for_reading_and_no_right_but_a_group() {
    let pod = rendered(&json!({"host": {"enabled": true, "group": 990}})).pod();
    assert_eq!(host_paths(&pod), ["/sys"]);
    let container = &pod["containers"][0];
    let mounts = container["volumeMounts"].as_array().unwrap();
    let mount = mounts.iter().find(|mount| mount["name"] == "sys").unwrap();
    // The runtime hides the counters in the container's own /sys after it has mounted the volumes.
    assert_eq!(mount, &json!({"name": "sys", "mountPath": "/host/sys", "readOnly": true}));
    let arguments = container["args"].as_array().unwrap();
    assert!(arguments.contains(&json!("--path.sysfs=/host/sys")), "{arguments:?}");
    let context = &pod["securityContext"];
    assert_eq!((&context["runAsUser"], &context["runAsNonRoot"]), (&json!(65534), &json!(true)));
    assert_eq!(context["supplementalGroups"], json!([990]));
    assert_eq!(container["securityContext"]["capabilities"], json!({"drop": ["ALL"]}));
    let ungrouped = rendered(&json!({"host": {"enabled": true}}));
    assert_eq!(ungrouped.pod()["securityContext"]["supplementalGroups"], Value::Null);
    let grouped_alone = rendered(&json!({"host": {"group": 990}})).pod();
    assert_eq!(grouped_alone, rendered(&json!({})).pod(), "it is off");
}

/// The notes are what an administrator sees after an installation.
#[test]
fn the_notes_name_the_pod_security_that_a_folder_of_the_node_needs() {
    let notes = |values: &Value| rendered(values).objects["NOTES.txt"].clone();
    let label = "pod-security.kubernetes.io/enforce=privileged";
    assert!(!notes(&json!({})).contains(label));
    for part in ["host", "ledger", "pods"] {
        let notes = notes(&json!({part: {"enabled": true}}));
        assert!(notes.contains(label), "{part}: {notes}");
        assert_eq!(notes.contains("host.group"), part == "host", "{part}: {notes}");
    }
    let grouped = notes(&json!({"host": {"enabled": true, "group": 990}}));
    assert!(!grouped.contains("host.group"), "{grouped}");
}

#[test]
fn every_value_reaches_its_place() {
    let rendering = rendered(&json!({
        "image": {"repository": "registry.example/carbon", "tag": "1", "digest": format!("sha256:{}", "a".repeat(64))},
        "imagePullSecrets": [{"name": "registry"}],
        "web": {"existingSecret": "web", "tls": true},
        "credentialsSecret": "tokens",
        "port": 9000,
        "extraArgs": ["--log.level=debug"],
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}],
        "priorityClassName": "system-node-critical",
        "runtimeClassName": "",
        "affinity": {"nodeAffinity": {}},
        "podAnnotations": {"a": "b"},
        "podLabels": {"c": "d"},
        "networkPolicy": {"enabled": true},
        "podMonitor": {"enabled": true, "endpoint": {"basicAuth": {"username": {"name": "web", "key": "user"}}}},
        "prometheusRule": {"enabled": true, "labels": {"release": "prometheus"}},
        "dashboard": {"enabled": true},
    }));
    let set = rendering.daemon_set();
    let pod = &set["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let image = format!("registry.example/carbon:1@sha256:{}", "a".repeat(64));
    assert_eq!(container["image"], image.as_str());
    let web = "--web.config.file=/etc/gpu-carbon-web/web.yaml";
    assert_eq!(container["args"][1], "--web.listen-address=:9000");
    assert_eq!(container["args"][2], web);
    assert_eq!(container["args"][3], "--log.level=debug");
    assert_eq!(container["env"][2]["name"], "HTTPS_PROXY");
    assert_eq!(pod["priorityClassName"], "system-node-critical");
    assert_eq!(pod["runtimeClassName"], Value::Null);
    let metadata = &set["spec"]["template"]["metadata"];
    assert_eq!(
        (&metadata["annotations"]["a"], &metadata["labels"]["c"]),
        (&json!("b"), &json!("d"))
    );
    // Beside passwords, the kubelet asks for what needs none.
    for probe in ["livenessProbe", "readinessProbe"] {
        let asked = json!({"path": "/-/healthy", "port": "metrics", "scheme": "HTTPS"});
        assert_eq!(container[probe]["httpGet"], asked, "{probe}");
    }
    let endpoint = &rendering.object("podmonitor.yaml")["spec"]["podMetricsEndpoints"][0];
    assert_eq!(endpoint["scheme"], "https");
    assert_eq!(endpoint["basicAuth"]["username"]["key"], "user");
    assert_eq!(rendering.object("service.yaml")["spec"]["ports"][0]["port"], 9000);
    assert_eq!(rendering.object("networkpolicy.yaml")["kind"], "NetworkPolicy");
    assert!(!rendering.objects.contains_key("tests/health.yaml"), "it has no password");

    let rules: Vec<Value> =
        serde_saphyr::from_multiple(&rendering.objects["prometheusrule.yaml"]).unwrap();
    for (path, rule) in files("prometheus/rules", "yml").iter().zip(&rules) {
        let expected: Value = serde_saphyr::from_str(&read_to_string(path).unwrap()).unwrap();
        assert_eq!(rule["spec"], expected, "{}", path.display());
        assert_eq!(rule["metadata"]["labels"]["release"], "prometheus");
    }
    assert_eq!(rules.len(), files("prometheus/rules", "yml").len());
    let dashboard = &rendering.object("dashboard.yaml")["data"]["gpu-carbon.json"];
    let expected = read_to_string(deployed("grafana/dashboards/gpu-carbon.json")).unwrap();
    let [found, expected] = [dashboard.as_str().unwrap(), &expected]
        .map(|text| serde_json::from_str::<Value>(text).unwrap());
    assert_eq!(found, expected);
}

#[test]
fn alerts_and_panels_lead_where_a_site_wants() {
    let rendering = rendered(&json!({
        "prometheusRule": {
            "enabled": true,
            "runbookUrl": "https://wiki.example.org/carbon",
            "grafanaUrl": "https://grafana.example.org/"
        },
        "dashboard": {"enabled": true},
    }));
    let rules: Vec<Value> =
        serde_saphyr::from_multiple(&rendering.objects["prometheusrule.yaml"]).unwrap();
    let groups = rules.iter().flat_map(|rule| rule["spec"]["groups"].as_array().unwrap());
    let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
    let alerts: Vec<&Value> = rules.filter(|rule| rule["alert"].is_string()).collect();
    assert!(alerts.len() > 10, "{}", alerts.len());
    for alert in alerts {
        let address = |name: &str| alert["annotations"][name].as_str().unwrap();
        assert!(address("runbook_url").starts_with("https://wiki.example.org/carbon#"), "{alert}");
        let panel = "https://grafana.example.org/d/gpu-carbon?viewPanel=";
        assert!(address("dashboard_url").starts_with(panel), "{alert}");
    }
    let dashboard = &rendering.object("dashboard.yaml")["data"]["gpu-carbon.json"];
    let dashboard: Value = serde_json::from_str(dashboard.as_str().unwrap()).unwrap();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let runbook = variables.iter().find(|variable| variable["name"] == "runbook").unwrap();
    assert_eq!(runbook["query"], "https://wiki.example.org/carbon");
}

#[test]
fn a_changed_configuration_replaces_the_pods_and_an_upgrade_a_tenth_at_a_time() {
    let checksum = |values: &Value| {
        let set = rendered(values).daemon_set();
        assert_eq!(set["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"], "10%");
        set["spec"]["template"]["metadata"]["annotations"]["checksum/config"].to_string()
    };
    let default = checksum(&json!({}));
    assert_eq!(checksum(&json!({"podAnnotations": {"a": "b"}})), default);
    let changed = json!({"config": {"intensity": {"threshold_grams_per_kilowatt_hour": 300}}});
    assert_ne!(checksum(&changed), default);
    assert_ne!(checksum(&json!({"ledger": {"enabled": true}})), default);
}

#[test]
fn the_exporter_accepts_what_the_chart_gives_it() {
    for values in [
        json!({}),
        json!({"pods": {"enabled": true}, "ledger": {"enabled": true}}),
        json!({"host": {"enabled": true, "group": 990}}),
    ] {
        let rendering = rendered(&values);
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("exporter.yaml");
        let map = rendering.object("configmap.yaml");
        // The folder of the ledger is a volume of the pod, which this host has not.
        let text = map["data"]["exporter.yaml"].as_str().unwrap();
        let of_host = format!("{}/", folder.path().display());
        write(&config, text.replace("/var/lib/gpu-carbon/", &of_host)).unwrap();
        let mut check = Command::new(binary().unwrap());
        check.arg("--config.check");
        for argument in rendering.pod()["containers"][0]["args"].as_array().unwrap() {
            let argument = argument.as_str().unwrap();
            check.arg(argument.replace("/etc/gpu-carbon/exporter.yaml", config.to_str().unwrap()));
        }
        run_checker(&mut check);
    }
}

#[test]
fn the_chart_accepts_the_values_in_the_documents() {
    let blocks = blocks("yaml").unwrap();
    let blocks: Vec<_> =
        blocks.iter().filter(|it| it.text.contains("image: {repository")).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        rendered(&serde_saphyr::from_str(&block.text).unwrap());
    }
}

#[test]
fn values_that_mean_nothing_are_refused_by_name() {
    let digest = json!({"image": {"repository": "r", "digest": "sha256:abc"}});
    let cases = [
        (json!({"ledgr": {"enabled": true}}), "ledgr"),
        (json!({"ledger": {"enable": true}}), "enable"),
        (json!({"ledger": {"hostPath": "relative"}}), "/ledger/hostPath"),
        (digest, "/image/digest"),
        (json!({"port": 70_000}), "/port"),
        (json!({"host": {"group": "gpu-carbon"}}), "/host/group"),
        (json!({"config": {"intensity": null}}), "intensity"),
        (json!({"podMonitor": {"interval": "often"}}), "/podMonitor/interval"),
        (json!({"prometheusRule": {"runbookUrl": "wiki"}}), "/prometheusRule/runbookUrl"),
    ];
    for (values, key) in cases {
        let error = asked(&values).error.unwrap_or_else(|| panic!("{values} is accepted"));
        assert!(error.contains(key), "{values}: {error}");
    }
}
