//! The CronJob that suspends Jobs while the grid is dirty: its script, run by a real shell with a real kubectl and the real
//! command line, against an exporter and an API server that is a fake.

use std::fs::{read_to_string, write};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use gpu_carbon_tests::exporter::{Exporter, build};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::prometheus::program;
use gpu_carbon_tests::wait_for;
use serde_json::{Value, json};

use crate::{deployed, files, python, run_checker};

/// The namespace of the test.
const JOBS: &str = "/apis/batch/v1/namespaces/team/jobs";

fn documents() -> Vec<Value> {
    let text = read_to_string(deployed("kubernetes/carbon-window.yaml")).unwrap();
    serde_saphyr::from_multiple(&text).unwrap()
}

/// An API server that knows Jobs alone.
struct ApiServer {
    address: String,
    jobs: Arc<Mutex<Vec<Value>>>,
    /// The requests, without those for the list of APIs.
    requests: Arc<Mutex<Vec<String>>>,
}

impl ApiServer {
    fn start(jobs: Vec<Value>) -> ApiServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server =
            ApiServer { address, jobs: Arc::new(Mutex::new(jobs)), requests: Arc::default() };
        let (jobs, requests) = (Arc::clone(&server.jobs), Arc::clone(&server.requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (jobs, requests) = (Arc::clone(&jobs), Arc::clone(&requests));
                // A client that breaks off is no error of the test.
                std::thread::spawn(move || drop(serve(&stream.unwrap(), &jobs, &requests)));
            }
        });
        server
    }

    /// The names of the Jobs that are suspended.
    fn suspended(&self) -> Vec<String> {
        let jobs = self.jobs.lock().unwrap();
        let suspended = jobs.iter().filter(|job| job["spec"]["suspend"] == true);
        suspended.map(|job| job["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The requests since the last call, each once.
    fn take_requests(&self) -> Vec<String> {
        let mut requests = std::mem::take(&mut *self.requests.lock().unwrap());
        requests.sort();
        requests.dedup();
        requests
    }
}

/// Answers the requests of one connection.
fn serve(
    stream: &TcpStream,
    jobs: &Mutex<Vec<Value>>,
    requests: &Mutex<Vec<String>>,
) -> Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut words = first.split(' ');
        let (method, target) =
            (words.next().context("a method")?, words.next().context("a target")?);
        let (status, answer) = answer(method, target, &body, jobs, requests)?;
        let text = answer.to_string();
        let mut writer = stream;
        write!(
            writer,
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        )?;
    }
}

fn answer(
    method: &str,
    target: &str,
    body: &[u8],
    jobs: &Mutex<Vec<Value>>,
    requests: &Mutex<Vec<String>>,
) -> Result<(u16, Value)> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let not_found = || json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404});
    let resource = |name: &str| json!({"name": name, "singularName": "job", "namespaced": true, "kind": "Job", "shortNames": [], "verbs": ["get", "list", "patch"]});
    let version = json!({"groupVersion": "batch/v1", "version": "v1"});
    match path {
        "/api" => return Ok((200, json!({"kind": "APIVersions", "versions": ["v1"]}))),
        "/apis" => {
            let group =
                json!({"name": "batch", "versions": [version], "preferredVersion": version});
            let list = json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]});
            return Ok((200, list));
        }
        "/api/v1" => {
            let list = json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": []});
            return Ok((200, list));
        }
        "/apis/batch/v1" => {
            let resources = [resource("jobs")];
            let list = json!({"kind": "APIResourceList", "groupVersion": "batch/v1", "resources": resources});
            return Ok((200, list));
        }
        // Some builds of kubectl choose their version by it.
        "/version" => {
            return Ok((200, json!({"major": "1", "minor": "32", "gitVersion": "v1.32.4"})));
        }
        _ => {}
    }
    requests.lock().unwrap().push(format!("{method} {path}"));
    let mut jobs = jobs.lock().unwrap();
    if path == JOBS && method == "GET" {
        ensure!(query.contains("labelSelector=carbon%3Dflexible"), "{target}");
        let flexible = jobs.iter().filter(|job| job["metadata"]["labels"]["carbon"] == "flexible");
        let items: Vec<&Value> = flexible.collect();
        return Ok((
            200,
            json!({"kind": "JobList", "apiVersion": "batch/v1", "metadata": {}, "items": items}),
        ));
    }
    let name = path.strip_prefix(JOBS).and_then(|rest| rest.strip_prefix('/'));
    let job = jobs.iter_mut().find(|job| job["metadata"]["name"].as_str() == name);
    let Some(job) = job else { return Ok((404, not_found())) };
    if method == "PATCH" {
        let patch: Value = serde_json::from_slice(body)?;
        let suspend = patch["spec"]["suspend"].as_bool().context("spec.suspend")?;
        ensure!(patch == json!({"spec": {"suspend": suspend}}), "{patch}");
        job["spec"]["suspend"] = suspend.into();
    }
    Ok((200, job.clone()))
}

fn job(name: &str, flexible: bool, status: Value) -> Value {
    let labels = if flexible { json!({"carbon": "flexible"}) } else { json!({}) };
    json!({
        "kind": "Job", "apiVersion": "batch/v1",
        "metadata": {"name": name, "namespace": "team", "labels": labels},
        "spec": {"template": {"spec": {"containers": []}}}, "status": status,
    })
}

/// Runs the script of the CronJob as its container would, and returns its output.
fn run(folder: &Path, api: &ApiServer, exporter: &str, below: &str) -> String {
    let documents = documents();
    let cron = documents.iter().find(|it| it["kind"] == "CronJob").unwrap();
    let container = &cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["command"], json!(["/bin/sh", "-c"]));
    let names: Vec<&str> = container["env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["EXPORTER", "BELOW"]);
    let config = folder.join("kubeconfig");
    let cluster = json!({"name": "fake", "cluster": {"server": api.address}});
    let context = json!({"name": "fake", "context": {"cluster": "fake", "namespace": "team"}});
    let text = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "fake",
        "clusters": [cluster], "contexts": [context],
    });
    write(&config, text.to_string()).unwrap();
    let kubectl = program("kubectl", "kubectl").unwrap();
    let gpu_carbon = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let folders = [gpu_carbon.parent().unwrap(), kubectl.parent().unwrap()];
    let path = folders.map(|folder| folder.display().to_string()).join(":") + ":/usr/bin:/bin";
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(container["args"][0].as_str().unwrap()).env_clear();
    command.env("PATH", path).env("HOME", folder).env("KUBECONFIG", config);
    command.env("EXPORTER", exporter).env("BELOW", below);
    run_checker(&mut command)
}

#[test]
fn flexible_jobs_are_suspended_while_the_grid_is_dirty() {
    let machine = Machine::new("[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n").unwrap();
    machine.configure("intensity: {source: constant, grams_per_kilowatt_hour: 300}\n").unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("an intensity", || {
        ensure!(exporter.get("/api/v1/intensity")?.0 == 200);
        Ok(())
    })
    .unwrap();
    let url = exporter.url("");
    let url = url.trim_end_matches('/');
    let running = json!({"active": 1, "startTime": "2026-06-01T00:00:00Z"});
    let complete = json!({"succeeded": 1, "completionTime": "2026-06-01T01:00:00Z"});
    let api = ApiServer::start(vec![
        job("train", true, running.clone()),
        job("sweep", true, json!({})),
        job("done", true, complete),
        job("serve", false, running),
    ]);
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &api, url, "300");
    assert_eq!(api.suspended(), ["train", "sweep"], "300 is not below 300");
    let allowed = api.take_requests();
    assert!(
        allowed.iter().all(|it| it.starts_with("GET ") || it.starts_with("PATCH ")),
        "{allowed:?}"
    );
    // Nothing is patched twice.
    run(folder.path(), &api, url, "300");
    assert_eq!(api.take_requests(), [format!("GET {JOBS}")]);
    run(folder.path(), &api, url, "301");
    assert_eq!(api.suspended(), [""; 0]);
    // No job waits for an exporter that does not answer.
    run(folder.path(), &api, url, "300");
    assert_eq!(api.suspended().len(), 2);
    let output = run(folder.path(), &api, "http://127.0.0.1:1", "300");
    assert!(output.contains("nobody knows the intensity"), "{output}");
    assert_eq!(api.suspended(), [""; 0]);
}

#[test]
fn the_cron_job_may_touch_jobs_alone() {
    let documents = documents();
    let of = |kind: &str| documents.iter().find(|it| it["kind"] == kind).unwrap();
    let kinds: Vec<&str> = documents.iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ServiceAccount", "Role", "RoleBinding", "CronJob"]);
    let rules =
        json!([{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["list", "get", "patch"]}]);
    assert_eq!(of("Role")["rules"], rules);
    let account = &of("ServiceAccount")["metadata"]["name"];
    assert_eq!(of("RoleBinding")["subjects"], json!([{"kind": "ServiceAccount", "name": account}]));
    assert_eq!(of("RoleBinding")["roleRef"]["name"], of("Role")["metadata"]["name"]);
    let cron = &of("CronJob")["spec"];
    let pod = &cron["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(&pod["serviceAccountName"], account);
    assert_eq!(
        (&cron["concurrencyPolicy"], &pod["restartPolicy"]),
        (&json!("Forbid"), &json!("Never"))
    );
    assert_eq!(pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"], true);
}

/// The judgement of Kubernetes' schemas on a text: the kinds without a schema, and the errors.
fn judged(text: &str) -> (Vec<String>, Vec<String>) {
    let answer: Value = serde_json::from_str(&python("schemas.py", &[], text)).unwrap();
    let texts = |name: &str| serde_json::from_value(answer[name].clone()).unwrap();
    (texts("unchecked"), texts("invalid"))
}

/// The kinds of KEDA and of Prometheus' operator have schemas of their own, which are not at hand here.
#[test]
fn every_manifest_is_valid_for_kubernetes() {
    for path in files("kubernetes", "yaml") {
        let (mut unchecked, invalid) = judged(&read_to_string(&path).unwrap());
        unchecked.retain(|kind| kind != "ScaledObject" && kind != "PodMonitor");
        assert_eq!((unchecked, invalid), (vec![], vec![]), "{}", path.display());
    }
    let window = read_to_string(deployed("kubernetes/carbon-window.yaml")).unwrap();
    for (right, wrong) in [
        ("concurrencyPolicy: Forbid", "concurrencyPolicies: Forbid"),
        ("backoffLimit: 0", "backoffLimit: none"),
        ("verbs: [list, get, patch]", "verbs: list"),
    ] {
        let (_, invalid) = judged(&window.replace(right, wrong));
        assert!(!invalid.is_empty(), "{wrong}");
    }
}

#[test]
fn prometheus_accepts_the_query_of_keda() {
    let text = read_to_string(deployed("kubernetes/keda-scaledobject.yaml")).unwrap();
    let scaled: Value = serde_saphyr::from_str(&text).unwrap();
    let query = &scaled["spec"]["triggers"][0]["metadata"]["query"];
    assert!(query.as_str().unwrap().contains("gpu_carbon_intensity_grams_per_kilowatt_hour"));
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules.yml");
    let rule = json!({"record": "workers", "expr": query});
    write(&rules, json!({"groups": [{"name": "keda", "rules": [rule]}]}).to_string()).unwrap();
    let promtool = program("promtool", "prometheus").unwrap();
    run_checker(Command::new(promtool).args(["check", "rules"]).arg(&rules));
}
