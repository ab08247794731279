//! A disclosure from the ledger that a real exporter wrote: it passes its own judgement, and the real Impact Framework computes the same
//! score.

use std::process::{Command, Output};

use gpu_carbon_tests::exporter::{Exporter, build};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::prometheus::Prometheus;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;
use serde_json::Value;

use super::{GPUS, WATTS, machine, of_workload, run, scrape_until};

const ABOUT: &str = "application: {name: llm, version: '1', description: A model.}\n\
    organization: {name: Example}\naccountable: {person: A. Person, contact: a@example.org}\n\
    guid: 25c78b6d-b049-424d-87c1-28f07e41bb23\n";

/// Runs `gpu-carbon sci` in the folder of a machine.
fn sci(machine: &Machine, words: &[&str]) -> Output {
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let mut command = Command::new(program);
    command.arg("sci").args(words).current_dir(machine.path(""));
    command.output().unwrap()
}

/// Makes a disclosure of the ledger.
fn disclose(machine: &Machine, format: &str, more: &[&str]) -> String {
    let about = ["--ledger", "ledger.db", "--about", "about.yaml", "--state", "runs"];
    let words = [&about[..], &["--format", format], more].concat();
    let found = sci(machine, &words);
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    String::from_utf8(found.stdout).unwrap()
}

/// A machine with the ledger of a job, which an exporter wrote, and the number of GPUs by the query of a Prometheus.
fn measured() -> (Machine, Prometheus, Exporter) {
    let machine = machine(GPUS, "[slurm]", "ledger: {path: ledger.db, commit_period: 100ms}\n");
    std::fs::write(machine.path("about.yaml"), ABOUT).unwrap();
    run("prolog.sh", &machine, "17", "0,1");
    let exporter = Exporter::start(&machine).unwrap();
    let prometheus = Prometheus::scraping(&exporter).unwrap();
    wait_for("a scrape", || prometheus.value("count(gpu_carbon_gpu_up)", None)).unwrap();
    let known = |it: &Scrape| of_workload(it, 0, "energy_joules", "slurm:17").unwrap_or_default();
    let before = known(&exporter.scrape().unwrap());
    let held = |it: &Scrape| Ok(known(it) > before + 2.0 * WATTS);
    scrape_until("energy of the job", &exporter, held);
    (machine, prometheus, exporter)
}

#[test]
fn a_disclosure_of_the_exporters_ledger_passes_its_judgement() {
    let (machine, prometheus, exporter) = measured();
    let by_prometheus =
        ["--unit", "image", "--prometheus", &prometheus.url, "--query", "count(gpu_carbon_gpu_up)"];
    let job =
        ["--workload", "slurm:*", "--unit", "token", "--count", "1e6", "--count-source", "a log"];
    for words in [&job[..], &by_prometheus] {
        for (format, file) in
            [("json", "sci.json"), ("markdown", "sci.md"), ("yaml", "report.yaml")]
        {
            std::fs::write(machine.path(file), disclose(&machine, format, words)).unwrap();
            let judgement = sci(&machine, &["--check", file]);
            let text = String::from_utf8_lossy(&judgement.stdout);
            assert!(judgement.status.success() && text.contains("No fault was found"), "{text}");
        }
        let document: Value =
            serde_json::from_slice(&std::fs::read(machine.path("sci.json")).unwrap()).unwrap();
        let number = |pointer: &str| document.pointer(pointer).unwrap().as_f64().unwrap();
        // 400 g/kWh, and 164 kg over four years for each hour of each GPU.
        let operational = number("/emissions/energy_kilowatt_hours") * 400.0;
        let embodied = number("/project/gpu_hours") * 164_000.0 / (4.0 * 365.0 * 24.0);
        let total = number("/emissions/total_grams");
        let error = total / (operational + embodied) - 1.0;
        assert!(error.abs() < 1e-6, "{operational} g + {embodied} g, and {total} g");
        let class = document["methodologies"].to_string();
        assert!(class.contains("\"class\":\"measured\""), "{class}");
    }
    drop(exporter);
}

#[test]
#[ignore = "needs if-run"]
fn the_framework_computes_the_score_of_a_ledger_needs_impact_framework() {
    let (machine, _prometheus, exporter) = measured();
    // The ledger stands still while it is read twice.
    exporter.terminate().unwrap();
    let words = [
        "--workload",
        "slurm:*",
        "--unit",
        "token",
        "--count",
        "123456",
        "--count-source",
        "a log",
    ];
    let document: Value = serde_json::from_str(&disclose(&machine, "json", &words)).unwrap();
    let manifest = disclose(&machine, "impact-framework", &words);
    std::fs::write(machine.path("manifest.yml"), manifest).unwrap();
    let program = std::env::var_os("GPU_CARBON_IF_RUN").expect("GPU_CARBON_IF_RUN names if-run");
    let mut command = Command::new(program);
    // The framework replaces what follows the last point of the path.
    command.args(["--manifest", "manifest.yml", "--output", "computed.yaml"]);
    let found = command.current_dir(machine.path("")).output().unwrap();
    let text = std::fs::read_to_string(machine.path("computed.yaml"))
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&found.stdout)));
    let computed: Value = serde_saphyr::from_str(&text).unwrap();
    let [score, of_framework] =
        [&document["score"]["value"], &computed["tree"]["aggregated"]["sci"]]
            .map(|it| it.as_f64().unwrap());
    assert!((of_framework / score - 1.0).abs() < 1e-9, "{of_framework} is not {score}");
}
