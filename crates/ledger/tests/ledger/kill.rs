//! A writer that is killed at any time: each batch that it reported as written is in the file, and no batch is there in
//! part.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Interval, Quality, Signal, Timestamp};
use gpu_carbon_ledger::{Batch, IntensitySource, Ledger, Retention, SlotIntensity};

use crate::child_process;
use crate::fixtures::{ZONE, at, folder, presence, reopen};
use crate::oracle::{Oracle, Table, grams};
use crate::rows::{entries, imbalances};

/// The number of writers that are killed.
const KILLS: u64 = 50;

#[test]
fn a_killed_writer_loses_no_batch_that_it_reported_as_written() {
    if let Some(path) = child_process::ledger() {
        return write_until_killed(&path);
    }
    let test = "kill::a_killed_writer_loses_no_batch_that_it_reported_as_written";
    let (_folder, path) = folder();
    drop(Ledger::open(&path, at(0)).unwrap());
    let mut written = 0;
    for kill in 0..KILLS {
        let mut child = child_process::command(test, &path);
        let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The test harness prints lines, too.
        let mut committed = lines.by_ref().filter_map(|line| {
            let number = line.unwrap().strip_prefix("written ")?.parse::<u64>();
            Some(number.unwrap())
        });
        let first = committed.next().unwrap();
        // A time within a few commits.
        thread::sleep(Duration::from_micros(kill * 7919 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let last = committed.last().unwrap_or(first);

        let ledger = reopen(&path);
        let mut states = ledger.state(ZONE, Signal::Average, at(0)).unwrap();
        let state = states.remove(0);
        #[allow(clippy::cast_precision_loss, reason = "of small numbers")]
        let is = |number: u64| state.totals.energy_joules == 3.0 * number as f64;
        assert!(is(last) || is(last + 1), "{last} times 3 J were written: {:?}", state.totals);
        assert!(last > written, "the writer continued");
        written = if is(last) { last } else { last + 1 };
        assert_eq!(state.totals.resets, written, "a batch is complete or absent");
        for imbalance in imbalances(&path) {
            assert!(imbalance.is_below(1e-9), "{imbalance:?}");
        }
    }
    assert!(
        entries(&path).iter().any(|entry| entry.key.seconds == 3600),
        "some rows were compacted"
    );
}

/// Writes, restates and compacts batch after batch, and prints the number of each.
#[allow(clippy::print_stdout, reason = "the parent process reads it")]
fn write_until_killed(path: &Path) {
    let mut ledger = reopen(path);
    let known = ledger.state(ZONE, Signal::Average, at(0)).unwrap();
    let mut totals = known.first().map(|state| state.totals);
    let mut intensities = Table::default();
    for number in totals.map_or(0, |totals| totals.resets) + 1.. {
        let slot = i64::try_from(number).unwrap() * 300;
        let intensity = |grams: u32, quality| SlotIntensity {
            intensity: Intensity::from_grams_per_kilowatt_hour(grams.into()).unwrap(),
            is_uniform: true,
            source: IntensitySource { name: "gb".into(), quality, scope: None },
        };
        let forecast = intensity(100, Quality::Forecast);
        let mut posting = crate::fixtures::posting(slot, None, 3.0, 0.0);
        posting.origin.intensity_source = Some(forecast.source.clone());
        posting.emissions_grams = grams(3.0, &posting.origin, &forecast);
        let mut one = Oracle::default().enter(0, vec![posting], vec![presence(slot, 1.0)]);
        if let Some(before) = totals {
            one.totals.energy_joules += before.energy_joules;
            one.totals.emissions_grams += before.emissions_grams;
            one.totals.embodied_grams += before.embodied_grams;
        }
        one.totals.resets = number;
        totals = Some(one.totals);
        ledger.write(&Batch { at: at(slot), gpus: vec![one] }).unwrap();
        println!("written {number}");
        let start = at(slot).as_unix_micros() / 1_000_000;
        intensities.0 = [(start, intensity(130, Quality::Measured))].into();
        ledger.restate(&intensities, Interval::new(at(slot), at(slot + 300))).unwrap();
        let month_later = Timestamp::from_unix_seconds(start + 33 * 86_400);
        ledger.compact(month_later, Retention::default()).unwrap();
    }
}
