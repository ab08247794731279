//! Jobs of a real Slurm, with its prolog and epilog: in turn, side by side, requeued, and shorter than the time between two
//! scrapes; in a real Prometheus.

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{Exporter, build};
use gpu_carbon_tests::machine::now;
use gpu_carbon_tests::prometheus::Prometheus;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::slurm::Slurm;
use gpu_carbon_tests::wait_for;

use super::{GPUS, WATTS, joules_of, machine, of_workload, scrape, scrape_until};

/// The powers of the two GPUs, in watts.
const POWERS: [f64; 2] = [WATTS, 100.0];

/// The joules of a job, of each GPU.
fn joules(scrape: &Scrape, job: &str) -> [f64; 2] {
    let name = format!("slurm:{job}");
    [0, 1].map(|gpu| of_workload(scrape, gpu, "energy_joules", &name).unwrap_or_default())
}

/// Waits until a job has run so many times, and returns the runs.
fn finished(slurm: &Slurm, job: &str, times: usize) -> Vec<(f64, f64)> {
    wait_for("the end of a job", || {
        let runs = slurm.runs_of(job)?;
        let ended: Vec<_> = runs.iter().filter_map(|&(start, end)| Some((start, end?))).collect();
        ensure!(ended.len() >= times, "{job}: {runs:?} {}", slurm.log());
        Ok(ended)
    })
    .unwrap()
}

/// Checks that a job has the energy of its GPUs between its prologs and epilogs, but for a second at the most.
#[track_caller]
fn check(scrape: &Scrape, job: &str, runs: &[(f64, f64)], gpus: &[usize]) {
    let seconds: f64 = runs.iter().map(|(start, end)| end - start).sum();
    let found = joules(scrape, job);
    for (gpu, watts) in POWERS.into_iter().enumerate() {
        let truth = if gpus.contains(&gpu) { watts * seconds } else { 0.0 };
        let error = (found[gpu] - truth).abs();
        assert!(error <= watts, "job {job}, GPU {gpu}: {} J, truly {truth} J", found[gpu]);
    }
}

/// The value of a query, summed over GPUs.
fn ask(prometheus: &Prometheus, query: &str, at: f64) -> Result<f64> {
    prometheus.value(&format!("sum({query})"), Some(at))
}

#[test]
#[ignore = "needs slurm"]
fn jobs_of_slurm_pay_for_their_gpus_needs_slurm() {
    let machine = machine(GPUS, "[slurm]", "");
    let slurm = Slurm::start(&machine.path("."), &machine.path("jobs")).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let prometheus = Prometheus::scraping(&exporter).unwrap();
    scrape_until("idle GPUs", &exporter, |it| Ok(joules_of(it, 0, "unallocated")? > WATTS));

    // In turn: both GPUs, each job.
    let both = [slurm.submit(2, "sleep 3").unwrap(), slurm.submit(2, "sleep 2").unwrap()];
    let runs = both.each_ref().map(|job| finished(&slurm, job, 1));
    assert!(runs[0][0].1 <= runs[1][0].0 + 0.1, "the second one waits: {runs:?}");
    // Side by side: a GPU each.
    let each = [slurm.submit(1, "sleep 4").unwrap(), slurm.submit(1, "sleep 4").unwrap()];
    let runs_of_each = each.each_ref().map(|job| finished(&slurm, job, 1));
    // Shorter than the time between two scrapes, without a scrape meanwhile.
    let short = slurm.submit(1, "sleep 0.4").unwrap();
    let runs_of_short = finished(&slurm, &short, 1);
    // Requeued: it runs twice under one number.
    let requeued = slurm.submit(1, "sleep 3").unwrap();
    wait_for("a job that runs", || {
        ensure!(!slurm.runs_of(&requeued)?.is_empty());
        ensure!(slurm.ask("squeue", &["--noheader", "--format=%T"])?.trim() == "RUNNING");
        Ok(())
    })
    .unwrap();
    slurm.ask("scontrol", &["requeue", &requeued]).unwrap();
    let runs_of_requeued = finished(&slurm, &requeued, 2);

    let unallocated = |it: &Scrape| joules_of(it, 0, "unallocated");
    let idle = unallocated(&scrape(&exporter).unwrap()).unwrap();
    let after =
        scrape_until("idle GPUs again", &exporter, |it| Ok(unallocated(it)? > idle + WATTS));
    for (job, runs) in both.iter().zip(&runs) {
        check(&after, job, runs, &[0, 1]);
    }
    for (gpu, (job, runs)) in each.iter().zip(&runs_of_each).enumerate() {
        check(&after, job, runs, &[gpu]);
    }
    check(&after, &short, &runs_of_short, &[0]);
    assert!(joules(&after, &short)[0] > 0.3 * WATTS, "{:?}", joules(&after, &short));
    check(&after, &requeued, &runs_of_requeued, &[0]);
    for gpu in [0, 1] {
        let unknown = joules_of(&after, gpu, "unknown").unwrap();
        assert!(unknown <= 2.0 * POWERS[gpu], "the start is short: {unknown}");
    }

    // In Prometheus, too, the parts are the whole: at any time, and over any time.
    let at = now();
    let whole = wait_for("a scrape of now", || {
        let seen = ask(&prometheus, "gpu_carbon_workload_energy_joules_total", now())?;
        let known: f64 = both.iter().chain(&each).flat_map(|job| joules(&after, job)).sum();
        ensure!(seen >= known, "{seen} {known}");
        ensure!(now() > at + 2.0);
        Ok(now())
    })
    .unwrap();
    let parts = "gpu_carbon_gpu_allocation_energy_joules_total";
    let workloads = ask(&prometheus, "gpu_carbon_workload_energy_joules_total", whole).unwrap();
    let others = ask(&prometheus, &format!("{parts}{{allocation!=\"workloads\"}}"), whole).unwrap();
    let gpus = ask(&prometheus, "gpu_carbon_gpu_energy_joules_total", whole).unwrap();
    assert!((workloads + others - gpus).abs() <= 1e-9 * gpus, "{workloads} {others} {gpus}");
    let window = format!("[{:.0}s]", at - runs[0][0].0);
    let [parts, gpus] = [parts, "gpu_carbon_gpu_energy_joules_total"]
        .map(|metric| ask(&prometheus, &format!("increase({metric}{window})"), whole).unwrap());
    assert!((parts - gpus).abs() <= 1e-9 * gpus, "{parts} {gpus}");
}

#[test]
#[ignore = "needs slurm"]
fn a_job_of_slurm_gets_its_bill_needs_slurm() {
    let machine = machine(GPUS, "[slurm]", "ledger: {path: ledger.db}\n");
    let path = |name: &str| machine.path(name).display().to_string();
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let variables = format!(
        "export PATH={}:/usr/sbin:/usr/bin:/sbin:/bin\nexport GPU_CARBON_BILLS={}\n\
         export GPU_CARBON_LEDGER={}\nexport GPU_CARBON_BILL_FORMAT=json\n",
        program.parent().unwrap().display(),
        path("bills"),
        path("ledger.db"),
    );
    std::fs::write(machine.path("variables"), variables).unwrap();
    std::fs::create_dir(machine.path("bills")).unwrap();
    let slurm = Slurm::start(&machine.path("."), &machine.path("jobs")).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    scrape_until("idle GPUs", &exporter, |it| Ok(joules_of(it, 0, "unallocated")? > WATTS));
    let job = slurm.submit(2, "sleep 4").unwrap();
    let runs = finished(&slurm, &job, 1);
    let bill = wait_for("the bill", || {
        let bills = std::fs::read_dir(machine.path("bills"))?.collect::<Result<Vec<_>, _>>()?;
        ensure!(bills.len() == 1, "{bills:?}");
        let name = bills[0].file_name().into_string().unwrap_or_default();
        ensure!(name.starts_with(&format!("{job}.")) && name.ends_with(".json"), "{name}");
        Ok(std::fs::read_to_string(bills[0].path())?)
    })
    .unwrap();
    let bill: serde_json::Value = serde_json::from_str(&bill).unwrap();
    let row = &bill["rows"][0];
    assert_eq!((&row["workload"], &row["gpus"]), (&format!("slurm:{job}").into(), &2.into()));
    let (start, end) = runs[0];
    let truth = POWERS.iter().sum::<f64>() * (end - start);
    let joules = row["energy_kilowatt_hours"].as_f64().unwrap() * 3.6e6;
    let most = POWERS.iter().sum::<f64>();
    assert!((joules - truth).abs() <= most, "{joules} J, truly {truth} J: {bill}");
}
