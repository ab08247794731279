//! Disclosures from a ledger and from a plan, in every format.

use std::fs;

use super::{check, folder, json, near, succeed};
use crate::harness::{check_golden, gpu_carbon, outcome};
use crate::report::ledgers::add_host;

/// The pod that answers, with the tokens that it has generated.
const POD: &str = "--workload pod:serving/* --unit token --count 7e6 --count-source billing";

#[test]
fn a_score_is_the_emissions_of_the_workloads_over_the_units() {
    let folder = folder();
    let document = json(&folder, POD);
    // 200 W for 3.5 h at 100 g/kWh and a PUE of 1.25, and 1e-3 g of manufacture for each second.
    let (operational, embodied) = (0.7 * 1.25 * 100.0, 12.6);
    near(&document["emissions"]["energy_kilowatt_hours"], 0.7);
    near(&document["emissions"]["operational_grams"], operational);
    near(&document["emissions"]["embodied_grams"], embodied);
    near(&document["score"]["value"], (operational + embodied) / 7.0);
    assert_eq!(document["score"]["unit"], "g CO2e per 1e6 tokens");
    near(&document["score"]["grams_per_unit"], (operational + embodied) / 7e6);
    assert_eq!(document["persona"], "consumer");
    assert_eq!(document["stages"][0], "operation");
    assert_eq!(document["timespan"]["start"], "2026-11-24T10:30:00Z");
    assert_eq!(document["standard"]["commit"], "4b7c0f7");
    let component = &document["components"][0];
    assert_eq!(component["name"], "pod:serving/llm-0");
    near(&component["intensity_grams_per_kilowatt_hour"], 100.0);
    near(&document["project"]["joules_per_unit"], 0.7 * 3.6e6 / 7e6);
    near(&document["project"]["watt_hours_per_1000_units"], 0.7 * 1000.0 / 7e6 * 1000.0);
    near(&document["project"]["gpu_hours"], 3.5);
    // Those who are not counted are named, with their energy.
    let left_out = document["boundary"]["left_out"].as_array().unwrap();
    let part = |name: &str| left_out.iter().find(|it| it["part"] == name).unwrap();
    assert_eq!(part("slurm:123")["reason"], "another workload: 2.96 kWh (46.1 %)");
    assert!(part("CPU")["reason"].as_str().unwrap().contains("no energy of it"));
    assert!(part("unallocated")["reason"].as_str().unwrap().starts_with("no workload held"));
    let class = |name: &str| {
        let all = document["methodologies"].as_array().unwrap();
        let found = all.iter().find(|it| it["name"] == name).unwrap();
        (found["class"].as_str().unwrap(), found["method"].as_str().unwrap())
    };
    assert_eq!(class("GPU energy counters"), ("measured", "measured"));
    assert_eq!(class("Intensity of GB by gb (measured)"), ("sourced", "sourced"));
    assert_eq!(class("Count of tokens"), ("sourced", "declared"));
}

#[test]
fn components_add_up_to_the_score_whatever_is_counted() {
    let folder = folder();
    fs::write(
        folder.path().join("phases.yaml"),
        "exploration: ['slurm:124']\ntraining: ['slurm:123']\ninference: ['pod:*']\n",
    )
    .unwrap();
    let phases = folder.path().join("phases.yaml");
    for line in [
        "--unit request --count 1000 --count-source logs".to_owned(),
        "--unit token --count 1e6 --count-source logs --workload slurm:* --workload pod:*"
            .to_owned(),
        format!(
            "--unit flop --count 5e18 --count-source profiler --lifecycle {}",
            phases.display()
        ),
    ] {
        let document = json(&folder, &line);
        let components = document["components"].as_array().unwrap();
        let sum: f64 = components.iter().map(|it| it["score"].as_f64().unwrap()).sum();
        near(&document["score"]["value"], sum);
        assert!(components.len() >= 2, "{line}");
    }
    // Exploration is design, training is development; inference is the consumer's, and named.
    let line = format!(
        "--unit flop --count 5e18 --count-source profiler --lifecycle {}",
        phases.display()
    );
    let document = json(&folder, &line);
    assert_eq!(document["persona"], "provider");
    assert_eq!(document["stages"], serde_json::json!(["design", "development"]));
    near(&document["project"]["stages"][1]["emissions_grams"], 2.965 * 1.25 * 300.0 + 18.0);
    let text = document["boundary"].to_string();
    assert!(text.contains("the stage operation counts for the score of the consumer"), "{text}");
    near(
        &document["score"]["value"],
        (2.965 * 1.25 * 300.0 + 18.0 + 1.4 * 1.25 * 100.0 + 12.6) / 5e3,
    );
    assert_eq!(document["score"]["unit"], "g CO2e per 1e15 FLOPs");
}

#[test]
fn the_time_of_the_measurement_bounds_energy_and_manufacture() {
    let folder = folder();
    let line = "--workload slurm:123 --from 2026-11-24T09:00:00Z --to 2026-11-24T09:30:00Z --unit token --count 1e6 --count-source logs";
    let document = json(&folder, line);
    near(&document["emissions"]["energy_kilowatt_hours"], 0.65);
    near(&document["emissions"]["embodied_grams"], 3.6);
    assert_eq!(document["timespan"]["end"], "2026-11-24T09:30:00Z");
}

#[test]
fn failed_runs_count_and_are_named_as_failed() {
    let folder = folder();
    let runs = folder.path().join("runs");
    fs::create_dir(&runs).unwrap();
    let journal = |name: &str, workload: &str, status: u8| {
        let begun = r#"{"event":"begun","at":"2026-11-24T08:00:00Z","version":"0.2.0","name":null,"words":["--","train"],"folder":"/","runner":null,"finish_by":null}"#;
        let progress = r#"{"worked_seconds":1.0,"pauses":0,"begun":true,"forced":false}"#;
        let ended = format!(
            r#"{{"event":"ended","at":"2026-11-24T10:30:00Z","status":{status},"progress":{progress}}}"#
        );
        let report = format!(
            r#"{{"event":"report","report":{{"workload":"{workload}","exit_status":{status}}}}}"#
        );
        fs::write(runs.join(name), [begun, &ended, &report].join("\n") + "\n").unwrap();
    };
    journal("20261124T080000Z-1", "slurm:123", 1);
    journal("20261124T103000Z-2", "slurm:124", 0);
    let line = "--unit training-token --count 1e9 --count-source log --workload slurm:*";
    let document = json(&folder, line);
    let runs = document["project"]["runs"].as_array().unwrap();
    let of = |name: &str| runs.iter().find(|it| it["workload"] == name).unwrap();
    assert_eq!(of("slurm:123")["ending"], "failed with 1");
    assert_eq!(of("slurm:124")["ending"], "succeeded");
    near(&of("slurm:123")["gpu_hours"], 5.0);
    near(&of("slurm:123")["wall_clock_seconds"], 9000.0);
    let grams: f64 = runs.iter().map(|it| it["emissions_grams"].as_f64().unwrap()).sum();
    near(&document["emissions"]["total_grams"], grams);
    let text = succeed(&folder, line);
    assert!(text.contains("| slurm:123 | development | failed with 1 | 2h30min | 5 |"), "{text}");
}

#[test]
fn every_document_of_this_program_passes_its_own_judgement() {
    let folder = folder();
    for line in [
        POD,
        "--unit image --count 321 --count-source logs",
        "--unit parameter --count 7e9 --count-source card --workload slurm:*",
    ] {
        for (format, name) in [("markdown", "r.md"), ("json", "r.json"), ("yaml", "report.yaml")] {
            let text = succeed(&folder, &format!("{line} --format {format}"));
            let judgement = check(&folder, name, &text);
            assert!(judgement.out.contains("No fault was found"), "{line}: {}", judgement.out);
            assert_eq!((judgement.status, judgement.err.as_str()), (Some(0), ""));
        }
    }
}

#[test]
fn a_page_has_every_number_and_no_markup_of_the_outside() {
    let folder = folder();
    let about = fs::read_to_string(crate::harness::folder().join("data/about.yaml")).unwrap();
    fs::write(folder.path().join("about.yaml"), about.replace("llm-0", "<script>x</script>"))
        .unwrap();
    let path = folder.path().join("about.yaml");
    let ledger = folder.path().join("jobs.db");
    let words = [
        "sci",
        "--ledger",
        ledger.to_str().unwrap(),
        "--about",
        path.to_str().unwrap(),
        "--format",
        "html",
    ];
    let page = gpu_carbon(words.into_iter().chain(POD.split_whitespace())).out;
    assert!(page.contains("&lt;script&gt;x") && !page.contains("<script"), "{page}");
    assert!(page.contains("14.3 g CO2e per 1e6 tokens"), "{page}");
    for section in [
        "Components",
        "Carbon intensity (I)",
        "Coefficients",
        "Methodologies",
        "Boundary",
        "To follow, and to ask",
    ] {
        assert!(page.contains(&format!("<h2>{section}</h2>")), "{section}");
    }
    // It is well-formed, but for what HTML leaves open.
    let xml = page.replace("<!DOCTYPE html>\n", "").replace("<meta charset=\"utf-8\">", "");
    roxmltree::Document::parse(&xml).unwrap();
}

#[test]
fn an_estimate_is_made_of_a_plan() {
    let folder = folder();
    let plan = "plan --intensity regions/north.csv --start 2020-06-01T00:00:00Z --duration 1h --power 2kW --window 0h --pue 1.2 --format json";
    let answer = gpu_carbon(plan.split_whitespace()).out;
    let grams = serde_json::from_str::<serde_json::Value>(&answer).unwrap()["regions"][0]["baseline"]
        ["emissions_grams"]
        .as_f64()
        .unwrap();
    let path = folder.path().join("plan.json");
    fs::write(&path, answer).unwrap();
    let mut words =
        vec!["sci", "--plan", path.to_str().unwrap(), "--about", "about.yaml", "--format", "json"];
    words.extend(
        "--unit training-token --count 1e9 --count-source config --gpu-count 2 --embodied 164"
            .split(' '),
    );
    words.extend(["--embodied-source", "NVIDIA, HGX H100, 2025"]);
    let found = gpu_carbon(words.iter().copied());
    let document: serde_json::Value = serde_json::from_str(&found.out).expect(&found.err);
    assert_eq!(document["is_estimate"], true);
    near(&document["emissions"]["operational_grams"], grams);
    let embodied = 2.0 * 164_000.0 / (4.0 * 365.0 * 24.0);
    near(&document["emissions"]["embodied_grams"], embodied);
    near(&document["score"]["value"], (grams + embodied) / 1000.0);
    let methods = document["methodologies"].to_string();
    assert!(methods.contains("\"class\":\"modeled\""), "{methods}");
    assert!(check(&folder, "plan-sci.json", &found.out).out.contains("No fault"));
    // The servers around the GPUs, by the plan.
    let of_gpus = fs::read_to_string(&path).unwrap();
    let servers = format!("{plan} --host-share 80%");
    fs::write(&path, gpu_carbon(servers.split_whitespace()).out).unwrap();
    let found = gpu_carbon(words.iter().copied());
    let document: serde_json::Value = serde_json::from_str(&found.out).expect(&found.err);
    near(&document["emissions"]["operational_grams"], grams / 0.8);
    for part in ["the servers, of whose power the GPUs take 80 %", "gpu-share-of-server-power"] {
        assert!(found.out.contains(part), "{}", found.out);
    }
    assert!(check(&folder, "servers-sci.json", &found.out).out.contains("No fault"));
    fs::write(&path, of_gpus).unwrap();
    // Without its manufacture, M is missing.
    words.retain(|word| {
        !["--embodied", "164", "--embodied-source", "NVIDIA, HGX H100, 2025"].contains(word)
    });
    let found = gpu_carbon(words);
    assert_eq!(found.status, Some(2));
    assert!(found.err.contains("embodied (M) is missing"), "{}", found.err);
}

#[test]
fn the_documents_are_those_of_the_golden_files() {
    let folder = folder();
    for (format, file) in [
        ("markdown", "sci-report.txt"),
        ("json", "sci.json"),
        ("html", "sci.html"),
        ("impact-framework", "sci-manifest.yml"),
    ] {
        check_golden(&succeed(&folder, &format!("{POD} --format {format}")), file);
    }
}

/// The manifest, run by the real framework, has the same score: this test needs node and the package, which `cargo xtask test` installs.
#[test]
#[ignore = "needs if-run"]
fn the_framework_computes_the_same_score_needs_impact_framework() {
    let folder = folder();
    let program = std::env::var_os("GPU_CARBON_IF_RUN").expect("GPU_CARBON_IF_RUN names if-run");
    for line in [
        POD,
        "--unit request --count 4321 --count-source logs",
        "--unit flop --count 5e18 --count-source profiler --workload slurm:*",
    ] {
        let score = json(&folder, line)["score"]["value"].clone();
        let manifest = succeed(&folder, &format!("{line} --format impact-framework"));
        fs::write(folder.path().join("manifest.yml"), manifest).unwrap();
        let mut command = std::process::Command::new(&program);
        // The framework replaces what follows the last point of the path.
        command.args(["--manifest", "manifest.yml", "--output", "computed.yaml"]);
        command.current_dir(folder.path());
        let found = outcome(&mut command);
        let text = fs::read_to_string(folder.path().join("computed.yaml")).expect(&found.out);
        let computed: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(computed["execution"]["status"], "success", "{text}");
        near(&computed["tree"]["aggregated"]["sci"], score.as_f64().unwrap());
    }
}

#[test]
fn the_host_is_in_the_score_where_the_boundary_of_the_ledger_contains_it() {
    let folder = folder();
    add_host(&folder.path().join("jobs.db"));
    let document = json(&folder, POD);
    // 200 W of the GPU and 40 W of the CPU for 3.5 h at 100 g/kWh and a PUE of 1.25, and the manufacture of the GPU.
    let operational = 0.84 * 1.25 * 100.0;
    near(&document["emissions"]["energy_kilowatt_hours"], 0.84);
    near(&document["score"]["value"], (operational + 12.6) / 7.0);
    let part = |kind: &str, name: &str| {
        let parts = document["boundary"][kind].as_array().unwrap();
        let found = parts.iter().find(|it| it["part"] == name);
        let found = found.unwrap_or_else(|| panic!("{name} in {parts:?}"));
        found.get("reason").or(found.get("description")).unwrap().clone()
    };
    assert_eq!(part("included", "CPU"), "measured");
    assert_eq!(part("included", "rest of the host"), "declared: 50.0 W");
    assert!(part("left_out", "memory").as_str().unwrap().contains("no energy of it"));
    assert!(part("left_out", "manufacture of the servers around the GPUs").is_string());
    let names = |list: &serde_json::Value| {
        let names = list.as_array().unwrap().iter();
        names.map(|it| it["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let methods = names(&document["methodologies"]);
    for name in [
        "GPU energy counters",
        "Energy of the CPU (counter)",
        "Energy of the rest of the host (declared)",
    ] {
        assert!(methods.iter().any(|it| it == name), "{name} in {methods:?}");
    }
    let coefficients = names(&document["coefficients"]);
    assert!(coefficients.iter().any(|it| it == "declared-host-rest"), "{coefficients:?}");

    // Of all GPUs, the parts of the host are components of their own, which add up to what a report has.
    let whole = json(&folder, "--unit request --count 1000 --count-source logs");
    let components = whole["components"].as_array().unwrap();
    let of = |name: &str| components.iter().find(|it| it["name"] == name).unwrap();
    near(&of("CPU (counter)")["energy_kilowatt_hours"], 0.8);
    near(&of("rest of the host (declared)")["energy_kilowatt_hours"], 0.4);
    assert_eq!(of("CPU (counter)")["methodologies"][0], "Energy of the CPU (counter)");
    let ledger = folder.path().join("jobs.db");
    let report = gpu_carbon(["report", "--ledger", ledger.to_str().unwrap(), "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report.out).unwrap();
    let energy = report["total"]["energy_kilowatt_hours"].as_f64().unwrap();
    near(&whole["emissions"]["energy_kilowatt_hours"], energy);
    for format in ["markdown", "yaml", "html", "impact-framework"] {
        let text = succeed(&folder, &format!("{POD} --format {format}"));
        let name = format!("host.{format}");
        if matches!(format, "markdown" | "yaml") {
            let judged = check(&folder, &name, &text);
            assert_eq!(judged.status, Some(0), "{} {}", judged.out, judged.err);
        }
    }
}
