//! The bills that the epilog of Slurm writes: by the real `gpu-carbon`, from the ledger of the real exporter.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, build};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;
use serde_json::Value;

use crate::{deployed, run_checker};

/// The power of each GPU.
const WATTS: f64 = 300.0;

/// Runs a script for a job as slurmd does, on a machine whose programs are those of a folder, too.
fn run(script: &str, machine: &Machine, programs: &Path, job: &str, gpus: &str) {
    let mut command = Command::new(deployed("slurm").join(script));
    command.env_clear().env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    command.env("GPU_CARBON_JOBS", machine.path("jobs"));
    command.env("GPU_CARBON_BILLS", machine.path("bills"));
    command.env("GPU_CARBON_LEDGER", machine.path("ledger.db"));
    command.env("GPU_CARBON_BILL_FORMAT", "json").env("GPU_CARBON_BILL_WAIT", "2");
    let owner = std::fs::metadata(machine.path("jobs")).unwrap().uid();
    command.env("SLURM_JOB_ID", job).env("SLURM_JOB_UID", owner.to_string());
    command.env("SLURM_JOB_GPUS", gpus).env("SLURMD_NODENAME", "node-1");
    run_checker(&mut command); // must succeed: slurmd drains a node whose epilog fails
}

/// The names of all bills.
fn bills(machine: &Machine) -> Vec<String> {
    let bills = std::fs::read_dir(machine.path("bills")).unwrap();
    let mut names: Vec<String> =
        bills.map(|bill| bill.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_job_gets_a_bill_where_there_is_a_folder_for_bills() {
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let programs = program.parent().unwrap();
    let gpu = format!("[[gpu]]\nmodel = \"h100\"\npower = \"constant {WATTS}\"\n");
    let machine = Machine::new(&gpu.repeat(2)).unwrap();
    std::fs::create_dir(machine.path("jobs")).unwrap();
    let ledger = machine.path("ledger.db");
    machine
        .configure(&format!(
            "intensity: {{source: constant, grams_per_kilowatt_hour: 400}}\n\
             ledger: {{path: {}, commit_period: 200ms}}\n\
             attribution: {{holders: [slurm], slurm: {{jobs: {}}}}}\n",
            ledger.display(),
            machine.path("jobs").display(),
        ))
        .unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    for (job, gpu) in [("17", "0"), ("18", "1")] {
        run("prolog.sh", &machine, programs, job, gpu);
    }
    let joules = |job: &str| {
        let label = format!("workload=\"slurm:{job}\"");
        exporter.scrape()?.value("gpu_carbon_workload_energy_joules_total", &[&label])
    };
    wait_for("energy of both jobs", || {
        ensure!(joules("17")? > 2.0 * WATTS && joules("18")? > 2.0 * WATTS);
        Ok(())
    })
    .unwrap();
    run("epilog.sh", &machine, programs, "18", "1"); // there is no folder yet
    std::fs::create_dir(machine.path("bills")).unwrap();
    run("epilog.sh", &machine, programs, "17", "0");
    let path = machine.path("bills/17.node-1.json");
    let bill = wait_for("the bill", || Ok(std::fs::read_to_string(&path)?)).unwrap();
    let bill: Value = serde_json::from_str(&bill).unwrap();
    let row = &bill["rows"][0];
    assert_eq!(row["workload"], "slurm:17");
    let (billed, counted) =
        (row["energy_kilowatt_hours"].as_f64().unwrap() * 3.6e6, joules("17").unwrap());
    assert!((billed - counted).abs() <= 1e-6 * counted, "{billed} J, and not {counted} J: {bill}");
    let grams = row["marginal_emissions_grams"].as_f64().unwrap();
    assert!((grams - counted / 3.6e6 * 400.0).abs() <= 1e-6 * grams, "{bill}");
    let mode = std::fs::metadata(&path).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600, "its user alone reads it");
    // Neither a job without a folder nor one that the ledger does not know has a bill, and nothing else is left.
    run("bill.sh", &machine, programs, "99", "0");
    assert_eq!(bills(&machine), ["17.node-1.json"]);
}

#[test]
fn a_bill_that_cannot_be_written_fails_no_job() {
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let machine = Machine::new("[[gpu]]\n").unwrap();
    std::fs::create_dir(machine.path("jobs")).unwrap();
    std::fs::create_dir(machine.path("bills")).unwrap();
    for programs in [program.parent().unwrap(), Path::new("/nonexistent")] {
        run("bill.sh", &machine, programs, "17", "0"); // no ledger, and no program
        assert_eq!(bills(&machine), [""; 0]);
    }
    run("bill.sh", &machine, program.parent().unwrap(), "17", ""); // no GPU
}
