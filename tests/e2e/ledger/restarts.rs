//! An exporter that is killed, does not run for a while, or is booted: the counters go on, and energy used meanwhile is
//! recovered.

use std::process::Command;

use anyhow::ensure;
use gpu_carbon_ledger::{Batch, GpuBatch, Ledger};
use gpu_carbon_tests::exporter::{Exporter, build, command, startup_error};
use gpu_carbon_tests::machine::now;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

use super::{LEDGER, TWO, both_read, machine, read_after, report};

const COUNTERS: [&str; 5] = [
    "energy_joules_total",
    "emissions_grams_total",
    "embodied_emissions_grams_total",
    "recovered_energy_joules_total",
    "unseen_seconds_total",
];

/// Every counter of every GPU.
fn counters(scrape: &Scrape) -> Vec<f64> {
    let of_gpu = |gpu| COUNTERS.map(|counter| scrape.gpu(gpu, counter).unwrap_or(0.0));
    (0..2).flat_map(of_gpu).collect()
}

#[test]
fn twenty_kills_lose_nothing_and_let_no_counter_fall() {
    let machine = machine(TWO);
    let mut first: Option<Scrape> = None;
    let mut last = Scrape::default();
    let mut shown = vec![0.0; 2 * COUNTERS.len()];
    for turn in 0..20_u64 {
        let exporter = Exporter::start(&machine).unwrap();
        both_read(&exporter, 0.0);
        for _ in 0..(turn * 7 % 11 + 1) {
            last = exporter.scrape().unwrap();
            let counters = counters(&last);
            let fell = shown.iter().zip(&counters).any(|(was, is)| is < was);
            assert!(!fell, "turn {turn}: {shown:?}, then {counters:?}");
            shown = counters;
            first.get_or_insert_with(|| last.clone());
        }
        drop(exporter); // SIGKILL
    }
    let first = first.unwrap();
    let since =
        |gpu: usize, metric: &str| last.gpu(gpu, metric).unwrap() - first.gpu(gpu, metric).unwrap();
    let times = [&first, &last].map(|it| it.gpu(0, "last_sample_timestamp_seconds").unwrap());
    let truth = machine.gpu(0).unwrap().energy_joules_between(times[0], times[1]);
    let counted = since(0, "energy_joules_total");
    assert!((counted - truth).abs() <= 2.0 * 360.0 * 0.02, "{counted} J, truly {truth} J");
    assert!(since(0, "recovered_energy_joules_total") > 0.0);
    let grams = since(0, "emissions_grams_total");
    assert!((grams / (counted / 3.6e6 * 400.0) - 1.0).abs() < 1e-9, "{grams} g of {counted} J");
    // Without a counter, each time is either seen or unseen.
    let known = since(1, "energy_joules_total") / 100.0 + since(1, "unseen_seconds_total");
    let passed = since(1, "last_sample_timestamp_seconds");
    assert!((known - passed).abs() < 1e-3, "{known} s of {passed} s");
    assert_eq!(since(0, "unseen_seconds_total"), 0.0);

    // The report has the last published values, and what was committed since.
    let report = report(&machine).unwrap();
    let total = &report["total"];
    let value = |key: &str| total[key].as_f64().unwrap();
    let joules = |gpu: usize| last.gpu(gpu, "energy_joules_total").unwrap();
    let published = (joules(0) + joules(1)) / 3.6e6;
    let stored = value("energy_kilowatt_hours");
    assert!(
        stored >= published * (1.0 - 1e-9),
        "{stored} kWh in the ledger, {published} published"
    );
    assert!(
        stored <= published + 460.0 * 5.0 / 3.6e6,
        "{stored} kWh in the ledger, {published} published"
    );
    assert!((value("marginal_emissions_grams") / (stored * 400.0) - 1.0).abs() < 1e-9);
    assert!(value("recovered_kilowatt_hours") > 0.0);
}

/// The label says what the grams count, with those of the runs before.
#[test]
fn emissions_of_another_scope_after_a_restart_are_mixed() {
    let machine = machine(TWO);
    let labels = |scope: &str| {
        let file = format!("{{source: constant, grams_per_kilowatt_hour: 400, scope: {scope}}}");
        machine.configure(&format!("intensity: {file}\n{LEDGER}")).unwrap();
        let exporter = Exporter::start(&machine).unwrap();
        let begun = now();
        let scrape = wait_for("emissions of this run", || {
            let scrape = read_after(&exporter, 0, begun)?;
            ensure!(scrape.gpu(0, "emissions_grams_total")? > 0.0, "no grams yet");
            Ok(scrape)
        });
        let scrape = scrape.unwrap();
        let of = |metric: &str, scope: &str| {
            scrape.value(metric, &["gpu=\"0\"", &format!("scope=\"{scope}\"")]).is_ok()
        };
        let is = |scope: &str| {
            of("gpu_carbon_gpu_emissions_grams_total", scope)
                && of("gpu_carbon_ledger_emissions_grams", scope)
        };
        ["co2_direct", "co2e_lifecycle", "mixed", "unspecified"].map(is)
    };
    assert_eq!(labels("co2_direct"), [true, false, false, false]);
    assert_eq!(labels("co2_direct"), [true, false, false, false]);
    assert_eq!(labels("co2e_lifecycle"), [false, false, true, false]);
    assert_eq!(labels("co2_direct"), [false, false, true, false], "the emissions stay");

    let history = Command::new(build("gpu-carbon-cli", "gpu-carbon").unwrap())
        .args(["report", "--format", "openmetrics", "--ledger"])
        .arg(machine.path("ledger.db"))
        .output()
        .unwrap();
    let history = String::from_utf8(history.stdout).unwrap();
    let emissions = history.lines().filter(|line| line.starts_with("gpu_carbon_gpu_emissions"));
    let emissions: Vec<&str> = emissions.collect();
    assert!(!emissions.is_empty());
    assert!(emissions.iter().all(|line| line.contains("scope=\"mixed\"")), "{emissions:?}");
}

/// One second of the time without an exporter is nine times as dirty as all others, and so are the emissions of its energy.
#[test]
fn energy_used_without_an_exporter_is_converted_by_its_own_history_even_when_that_comes_late() {
    let machine = machine(TWO);
    machine
        .configure(&format!("intensity: {{source: file, path: intensity.csv}}\n{LEDGER}"))
        .unwrap();
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    let begin = now() as i64 / 300 * 300 - 300;
    let series = |dirty: Option<i64>| -> Vec<_> {
        let intensity = |second| if Some(second) == dirty { 900.0 } else { 100.0 };
        (begin..begin + LENGTH).map(|second| (second, intensity(second))).collect()
    };
    machine.set_intensities(&series(None)).unwrap();
    let grams = |seconds: f64, intensity: f64| seconds * 360.0 / 3.6e6 * intensity;
    let read = |scrape: &Scrape| scrape.gpu(0, "last_sample_timestamp_seconds").unwrap();
    let emitted = |scrape: &Scrape| scrape.gpu(0, "emissions_grams_total").unwrap();

    let exporter = Exporter::start(&machine).unwrap();
    let before = both_read(&exporter, 0.0);
    drop(exporter);
    let away = now();
    std::thread::sleep(std::time::Duration::from_millis(2300));
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    let dirty = away.ceil() as i64;
    let intensities = series(Some(dirty));
    machine.set_intensities(&intensities).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let after = both_read(&exporter, now());
    let counted = emitted(&after) - emitted(&before);
    let truth = grams(read(&after) - read(&before), 100.0) + grams(1.0, 800.0);
    // A busy machine reads a counter later than the time that it records: a third of what the dirty second adds.
    let late = grams(1.0, 800.0) / 3.0;
    assert!((counted - truth).abs() <= late, "{counted} g, truly {truth} g");
    let recovered = after.gpu(0, "recovered_energy_joules_total").unwrap();
    assert!(recovered >= 2.2 * 360.0, "{recovered} J");
    assert!(after.gpu(1, "unseen_seconds_total").unwrap() >= 2.2);
    drop(exporter);

    // Again, without an intensity for that slot until the exporter runs again: the energy is pending, over another
    // restart. (A slot that is covered in part is converted in part, since pending energy is spread over it.)
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    let slot = away as i64 / 300 * 300;
    let known: Vec<_> = intensities.iter().copied().take_while(|(at, _)| *at < slot).collect();
    machine.set_intensities(&known).unwrap();
    let mut waited = 0.0;
    for _ in 0..2 {
        let exporter = Exporter::start(&machine).unwrap();
        let scrape = both_read(&exporter, now());
        let waits = scrape.gpu(0, "pending_energy_joules").unwrap();
        assert!(waits > waited, "{waits} J wait: {}", exporter.log());
        waited = waits;
    }
    machine.set_intensities(&intensities).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let scrape = wait_for("all energy to be converted", || {
        let scrape = read_after(&exporter, 0, now() - 1.0)?;
        anyhow::ensure!(scrape.gpu(0, "pending_energy_joules")? == 0.0, "some waits");
        Ok(scrape)
    })
    .unwrap();
    // Pending energy is spread over slots of five minutes: all of it is converted.
    let energy = scrape.gpu(0, "energy_joules_total").unwrap();
    let mean = emitted(&scrape) / energy * 3.6e6;
    assert!((100.0..=900.0).contains(&mean), "{mean} g/kWh");
}

/// Pending energy in the ledger belongs to whole slots, so intensities have to cover whole ones.
const LENGTH: i64 = 1200;

#[test]
fn a_boot_restarts_the_counter_and_its_value_is_counted() {
    let loaded = now() - 3600.0;
    let machine = machine(&format!("loaded_at = {loaded}\n{TWO}"));
    let exporter = Exporter::start(&machine).unwrap();
    both_read(&exporter, 0.0);
    let (status, _) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
    // The ledger's record of the last boot is replaced by an earlier one.
    let at = gpu_carbon_core::Timestamp::from_unix_seconds(0);
    let (mut ledger, _) = Ledger::open(&machine.path("ledger.db"), at).unwrap();
    let states = ledger.state("unspecified", gpu_carbon_core::Signal::Marginal, at).unwrap();
    assert_eq!(states.len(), 2);
    let before = states[0].totals.energy_joules;
    let gpus = states.into_iter().map(|state| GpuBatch {
        uuid: state.uuid,
        name: state.name,
        index: state.index,
        totals: state.totals,
        last: state
            .last
            .map(|last| gpu_carbon_ledger::LastReading { boot: "another".into(), ..last }),
        embodied: None,
        postings: Vec::new(),
        presence: Vec::new(),
        shares: gpu_carbon_ledger::ShareBatch::default(),
    });
    ledger.write(&Batch { at, gpus: gpus.collect() }).unwrap();
    drop(ledger);

    let restarted = now();
    machine.set_script(&format!("loaded_at = {restarted}\n{TWO}")).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let scrape = both_read(&exporter, restarted + 1.0);
    let read = scrape.gpu(0, "last_sample_timestamp_seconds").unwrap();
    let counted = scrape.gpu(0, "energy_joules_total").unwrap() - before;
    let truth = machine.gpu(0).unwrap().energy_joules_between(restarted, read);
    assert!((counted - truth).abs() <= 2.0 * 360.0 * 0.02, "{counted} J, truly {truth} J");
    assert_eq!(scrape.gpu(0, "energy_resets_total").unwrap(), 1.0);
    assert!(exporter.log().contains("the energy counter fell"));
}

#[test]
fn grams_of_another_signal_are_not_added_to_the_counters() {
    let machine = machine(TWO);
    let exporter = Exporter::start(&machine).unwrap();
    both_read(&exporter, now());
    exporter.terminate().unwrap();
    let average = "intensity: {source: constant, grams_per_kilowatt_hour: 400, signal: average}\n";
    machine.configure(&format!("{average}{LEDGER}")).unwrap();
    let (status, message) = startup_error(command(&machine).unwrap()).unwrap();
    assert_eq!(status, Some(1), "{message}");
    assert!(message.contains("ledger.db has marginal emissions"), "{message}");
}

#[test]
fn a_second_exporter_is_refused_and_the_first_goes_on() {
    let machine = machine(TWO);
    let exporter = Exporter::start(&machine).unwrap();
    let mut second = command(&machine).unwrap();
    second.arg("--web.listen-address=127.0.0.1:0");
    let (status, message) = startup_error(second).unwrap();
    assert_eq!((status, message.lines().count()), (Some(1), 1), "{message}");
    let pid = exporter.pid().to_string();
    assert!(message.contains("ledger.db") && message.contains(&pid), "{message}");
    both_read(&exporter, now());
    let (status, took) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
    println!("ended in {took:?}");
}
