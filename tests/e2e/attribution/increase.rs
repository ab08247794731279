//! The growth of counters in a real Prometheus: that of the workloads, of those that began and ended within the time, too, and
//! of what is unallocated and unknown add up to the GPU's.

use std::time::Duration;

use anyhow::ensure;
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::prometheus::Prometheus;
use gpu_carbon_tests::wait_for;

use super::{GPUS, WATTS, joules_of, machine, run, scrape_until};

const GPU: &str = "gpu_carbon_gpu_energy_joules_total";
const ALLOCATION: &str = "gpu_carbon_gpu_allocation_energy_joules_total";
const WORKLOAD: &str = "gpu_carbon_workload_energy_joules_total";

/// Waits until Prometheus has stored so many more scrapes, and returns their times.
fn scrapes(prometheus: &Prometheus, more: usize) -> Vec<f64> {
    let times = || {
        let samples = prometheus.samples(&format!("{GPU}{{gpu=\"0\"}}[10m]"))?;
        Ok(samples.into_iter().map(|(time, _)| time).collect::<Vec<_>>())
    };
    let before = wait_for("scrapes", times).unwrap().len();
    wait_for("more scrapes", || {
        let times = times()?;
        ensure!(times.len() >= before + more);
        Ok(times)
    })
    .unwrap()
}

#[test]
fn the_growth_of_parts_is_that_of_the_gpu_also_of_workloads_that_are_new() {
    let machine = machine(GPUS, "[slurm]", "");
    let exporter = Exporter::start(&machine).unwrap();
    scrape_until("an idle GPU", &exporter, |it| Ok(joules_of(it, 0, "unallocated")? > WATTS));
    let prometheus = Prometheus::scraping(&exporter).unwrap();
    let first = scrapes(&prometheus, 3)[1];
    // A job over several scrapes; one that is shorter than the time between two; one on both GPUs that goes on.
    run("prolog.sh", &machine, "1", "0");
    scrapes(&prometheus, 4);
    run("epilog.sh", &machine, "1", "0");
    run("prolog.sh", &machine, "2", "1");
    std::thread::sleep(Duration::from_millis(400));
    run("epilog.sh", &machine, "2", "1");
    run("prolog.sh", &machine, "3", "0,1");
    let times = scrapes(&prometheus, 6);
    let last = times[times.len() - 2];

    // From one scrape to another, nothing is extrapolated.
    let range = format!("[{:.0}ms]", (last - first) * 1e3);
    let sum = |query: String| prometheus.value(&format!("sum({query})"), Some(last)).unwrap();
    for gpu in ["0", "1"] {
        let increase = |metric: &str, more: &str| {
            sum(format!("increase({metric}{{gpu=\"{gpu}\"{more}}}{range})"))
        };
        let (workloads, whole) = (increase(WORKLOAD, ""), increase(GPU, ""));
        let others = increase(ALLOCATION, ",allocation!=\"workloads\"");
        println!("GPU {gpu}: {workloads} J of workloads, {others} J of others, {whole} J in all");
        assert!((workloads + others - whole).abs() <= 1e-9 * whole, "{workloads} {others} {whole}");
        assert!(workloads > 0.3 * whole, "they used much of it: {workloads} {whole}");
        let allocated = increase(ALLOCATION, ",allocation=\"workloads\"");
        assert!((workloads - allocated).abs() <= 1e-9 * whole, "{workloads} {allocated}");
    }
    let short = sum(format!("increase({WORKLOAD}{{workload=\"slurm:2\"}}{range})"));
    assert!(short > 0.0, "it used some: {short}");
}
