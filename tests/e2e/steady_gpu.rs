//! GPUs at a constant power, and the energy that the exporter counts for them.

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

/// The power of every GPU of [`gpu`], in watts.
pub(super) const WATTS: f64 = 360.0;

/// A GPU at 360 W with a fast counter, and additional lines of its script, which may have another UUID.
pub(super) fn gpu(index: u8, more: &str) -> String {
    let uuid = match more.contains("uuid") {
        true => String::new(),
        false => format!("uuid = \"GPU-0000000{index}-0000-4000-8000-000000000000\"\n"),
    };
    format!(
        "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n{uuid}{more}\n"
    )
}

/// Starts the exporter on a machine with a script and a configuration.
pub(super) fn start(script: &str, configuration: &str) -> (Machine, Exporter) {
    let machine = Machine::new(script).unwrap();
    machine.configure(configuration).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    (machine, exporter)
}

/// Checks whether a GPU is up.
pub(super) fn up(exporter: &Exporter, gpu: usize, expected: bool) -> Result<()> {
    let up = exporter.scrape()?.gpu(gpu, "up")?;
    ensure!(up == f64::from(u8::from(expected)), "up is {up}: {}", exporter.log());
    Ok(())
}

/// Energy in joules, and the time until which it is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) joules: f64,
    pub(super) until: f64,
}

/// The energy of a GPU on a page.
pub(super) fn counted_on(scrape: &Scrape, gpu: usize) -> Result<Counted> {
    let until = scrape.gpu(gpu, "last_sample_timestamp_seconds")?;
    Ok(Counted { joules: scrape.gpu(gpu, "energy_joules_total")?, until })
}

/// The energy of a GPU now.
pub(super) fn counted(exporter: &Exporter, gpu: usize) -> Result<Counted> {
    counted_on(&exporter.scrape()?, gpu)
}

/// The energy of a GPU once it was read.
pub(super) fn counted_first(exporter: &Exporter, gpu: usize) -> Counted {
    wait_for("energy", || counted(exporter, gpu)).unwrap()
}

/// The energy of a GPU once it was read after a time.
pub(super) fn counted_after(exporter: &Exporter, gpu: usize, time: f64) -> Counted {
    wait_for("a later reading", || {
        let counted = counted(exporter, gpu)?;
        ensure!(counted.until > time, "{counted:?}: {}", exporter.log());
        Ok(counted)
    })
    .unwrap()
}

/// Checks the energy at 360 W between two readings, to the energy of some seconds.
#[track_caller]
pub(super) fn check_within(seconds: f64, begin: Counted, end: Counted) {
    let (joules, truth) = (end.joules - begin.joules, WATTS * (end.until - begin.until));
    assert!((joules - truth).abs() <= WATTS * seconds, "{joules} J, truly {truth} J");
}

/// Checks the energy at 360 W between two readings, to two steps of the counter and their delay.
#[track_caller]
pub(super) fn check_energy(begin: Counted, end: Counted) {
    check_within(0.05, begin, end);
}
