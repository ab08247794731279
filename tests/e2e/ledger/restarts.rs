//! Killed, away, booted: the counters go on, and what flowed meanwhile is found.

use gpu_carbon_ledger::{Batch, GpuBatch, Ledger};
use gpu_carbon_tests::exporter::{Exporter, command, refusal};
use gpu_carbon_tests::machine::now;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

use super::{KEPT, TWO, both_read, machine, read_after, report};

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
    let moments = [&first, &last].map(|it| it.gpu(0, "last_sample_timestamp_seconds").unwrap());
    let truth = machine.gpu(0).unwrap().energy_joules_between(moments[0], moments[1]);
    let counted = since(0, "energy_joules_total");
    assert!((counted - truth).abs() <= 2.0 * 360.0 * 0.02, "{counted} J, truly {truth} J");
    assert!(since(0, "recovered_energy_joules_total") > 0.0);
    let grams = since(0, "emissions_grams_total");
    assert!((grams / (counted / 3.6e6 * 400.0) - 1.0).abs() < 1e-9, "{grams} g of {counted} J");
    // Without a counter, each moment is either seen or unseen.
    let known = since(1, "energy_joules_total") / 100.0 + since(1, "unseen_seconds_total");
    let passed = since(1, "last_sample_timestamp_seconds");
    assert!((known - passed).abs() < 1e-3, "{known} s of {passed} s");
    assert_eq!(since(0, "unseen_seconds_total"), 0.0);

    // What the report says is what was published last, and what was committed since.
    let report = report(&machine).unwrap();
    let total = &report["total"];
    let value = |key: &str| total[key].as_f64().unwrap();
    let joules = |gpu: usize| last.gpu(gpu, "energy_joules_total").unwrap();
    let published = (joules(0) + joules(1)) / 3.6e6;
    let kept = value("energy_kilowatt_hours");
    assert!(kept >= published * (1.0 - 1e-9), "{kept} kWh in the ledger, {published} published");
    assert!(
        kept <= published + 460.0 * 5.0 / 3.6e6,
        "{kept} kWh in the ledger, {published} published"
    );
    assert!((value("marginal_emissions_grams") / (kept * 400.0) - 1.0).abs() < 1e-9);
    assert!(value("recovered_kilowatt_hours") > 0.0);
}

/// One second of the time away is nine times as dear as all others: what was used in it emitted that much more.
#[test]
fn the_time_away_is_priced_by_its_own_history_even_when_that_comes_late() {
    let machine = machine(TWO);
    machine.configure(&format!("intensity: {{source: file, path: prices.csv}}\n{KEPT}")).unwrap();
    #[allow(clippy::cast_possible_truncation)] // seconds of our time
    let begin = now() as i64 / 300 * 300 - 300;
    let priced = |dear: Option<i64>| -> Vec<_> {
        let price = |second| if Some(second) == dear { 900.0 } else { 100.0 };
        (begin..begin + LENGTH).map(|second| (second, price(second))).collect()
    };
    machine.set_prices(&priced(None)).unwrap();
    let grams = |seconds: f64, price: f64| seconds * 360.0 / 3.6e6 * price;
    let read = |scrape: &Scrape| scrape.gpu(0, "last_sample_timestamp_seconds").unwrap();
    let emitted = |scrape: &Scrape| scrape.gpu(0, "emissions_grams_total").unwrap();

    let exporter = Exporter::start(&machine).unwrap();
    let before = both_read(&exporter, 0.0);
    drop(exporter);
    let away = now();
    std::thread::sleep(std::time::Duration::from_millis(2300));
    #[allow(clippy::cast_possible_truncation)] // seconds of our time
    let dear = away.ceil() as i64;
    let prices = priced(Some(dear));
    machine.set_prices(&prices).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let after = both_read(&exporter, now());
    let counted = emitted(&after) - emitted(&before);
    let truth = grams(read(&after) - read(&before), 100.0) + grams(1.0, 800.0);
    // A busy machine reads a counter later than the moment that it notes: a third of what the dear second adds.
    let late = grams(1.0, 800.0) / 3.0;
    assert!((counted - truth).abs() <= late, "{counted} g, truly {truth} g");
    let recovered = after.gpu(0, "recovered_energy_joules_total").unwrap();
    assert!(recovered >= 2.2 * 360.0, "{recovered} J");
    assert!(after.gpu(1, "unseen_seconds_total").unwrap() >= 2.2);
    drop(exporter);

    // Again, with no price for the slot of the time away until the exporter runs again: it waits, over another
    // restart. (A slot that prices cover in part has its price in part, since what waits is spread over it.)
    #[allow(clippy::cast_possible_truncation)] // seconds of our time
    let slot = away as i64 / 300 * 300;
    let known: Vec<_> = prices.iter().copied().take_while(|(at, _)| *at < slot).collect();
    machine.set_prices(&known).unwrap();
    let mut waited = 0.0;
    for _ in 0..2 {
        let exporter = Exporter::start(&machine).unwrap();
        let scrape = both_read(&exporter, now());
        let waits = scrape.gpu(0, "pending_energy_joules").unwrap();
        assert!(waits > waited, "{waits} J wait: {}", exporter.log());
        waited = waits;
    }
    machine.set_prices(&prices).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let scrape = wait_for("all to have its price", || {
        let scrape = read_after(&exporter, 0, now() - 1.0)?;
        anyhow::ensure!(scrape.gpu(0, "pending_energy_joules")? == 0.0, "some waits");
        Ok(scrape)
    })
    .unwrap();
    // Energy that waited did so in slots of five minutes, and is spread over them: all of it has a price.
    let energy = scrape.gpu(0, "energy_joules_total").unwrap();
    let mean = emitted(&scrape) / energy * 3.6e6;
    assert!((100.0..=900.0).contains(&mean), "{mean} g/kWh");
}

/// Energy that waits in the ledger does so in slots: the prices of these have to cover whole ones.
const LENGTH: i64 = 1200;

#[test]
fn a_boot_begins_the_counter_anew_and_what_it_shows_is_counted() {
    let loaded = now() - 3600.0;
    let machine = machine(&format!("loaded_at = {loaded}\n{TWO}"));
    let exporter = Exporter::start(&machine).unwrap();
    both_read(&exporter, 0.0);
    let (status, _) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
    // The last reading was of an earlier boot: so its owner says.
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
        postings: Vec::new(),
        presence: Vec::new(),
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
    machine.configure(&format!("{average}{KEPT}")).unwrap();
    let (status, said) = refusal(command(&machine).unwrap()).unwrap();
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("ledger.db has marginal emissions"), "{said}");
}

#[test]
fn a_second_exporter_is_refused_and_the_first_goes_on() {
    let machine = machine(TWO);
    let exporter = Exporter::start(&machine).unwrap();
    let mut second = command(&machine).unwrap();
    second.arg("--web.listen-address=127.0.0.1:0");
    let (status, said) = refusal(second).unwrap();
    assert_eq!((status, said.lines().count()), (Some(1), 1), "{said}");
    let pid = exporter.pid().to_string();
    assert!(said.contains("ledger.db") && said.contains(&pid), "{said}");
    both_read(&exporter, now());
    let (status, took) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
    println!("ended in {took:?}");
}
