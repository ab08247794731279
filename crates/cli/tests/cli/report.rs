//! `gpu-carbon report`, on ledgers that the real writer wrote.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use gpu_carbon_core::{Pue, Quality, SLOT, Signal, Span, Timestamp};
use gpu_carbon_feeds::rfc3339::parse;
use gpu_carbon_ledger::{
    Batch, EnergySource, GpuBatch, GpuTotals, IntensitySource, LastReading, Ledger, Origin,
    Posting, Presence, Retention,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Outcome, gpu_carbon};

fn at(text: &str) -> Timestamp {
    parse(text).unwrap()
}

/// Power over some time, all of it measured and converted in one way.
struct Load {
    from: &'static str,
    to: &'static str,
    watts: f64,
    source: EnergySource,
    signal: Signal,
    /// In g/kWh.
    intensity: Option<(f64, Quality)>,
}

const CALM: Load = Load {
    from: "2026-11-22T22:00:00Z",
    to: "2026-11-24T08:00:00Z",
    watts: 300.0,
    source: EnergySource::Counted,
    signal: Signal::Average,
    intensity: Some((200.0, Quality::Measured)),
};

impl Load {
    fn postings(&self) -> Vec<Posting> {
        let slots = std::iter::successors(Some(at(self.from)), |&slot| Some(slot + SLOT));
        let intensity_source =
            self.intensity.map(|(_, quality)| IntensitySource { name: "gb".into(), quality });
        let slots = slots.take_while(|&slot| slot < at(self.to)).map(|slot| {
            let seconds = at(self.to).duration_since(slot).as_seconds().min(SLOT.as_seconds());
            let energy_joules = self.watts * seconds;
            let grams =
                self.intensity.map(|(intensity, _)| energy_joules * 1.25 * intensity / 3.6e6);
            Posting {
                slot,
                origin: Origin {
                    zone: "GB".into(),
                    signal: self.signal,
                    pue: Pue::from_number(1.25).unwrap(),
                    intensity_source: intensity_source.clone(),
                },
                source: self.source,
                energy_joules,
                emissions_grams: grams.unwrap_or_default(),
            }
        });
        slots.collect()
    }
}

fn gpu(index: u32, name: &str, loads: &[Load]) -> GpuBatch {
    let postings: Vec<Posting> = loads.iter().flat_map(Load::postings).collect();
    let presence: Vec<Presence> = loads
        .iter()
        .flat_map(|load| {
            load.postings().into_iter().map(|posting| {
                let seconds = posting.energy_joules / load.watts;
                Presence { slot: posting.slot, seconds, embodied_grams: seconds * 1e-3 }
            })
        })
        .collect();
    let sum = |of: fn(&Posting) -> f64| postings.iter().map(of).sum::<f64>();
    let grams = sum(|posting| posting.emissions_grams);
    GpuBatch {
        uuid: format!("GPU-{index}a1b2c3d-0000-4000-8000-000000000000"),
        name: name.to_owned(),
        index,
        totals: GpuTotals {
            since: at(loads[0].from),
            energy_joules: sum(|posting| posting.energy_joules),
            emissions_grams: grams,
            restated_grams: 0.0,
            published_grams: grams,
            embodied_grams: presence.iter().map(|one| one.embodied_grams).sum(),
            recovered_joules: 0.0,
            unseen_seconds: 0.0,
            resets: 0,
        },
        last: Some(LastReading {
            at: at(loads.last().unwrap().to),
            millijoules: Some(1),
            boot: "6f1d7c2e".to_owned(),
            uptime: Span::from_seconds(1),
            driver: "580.65.06".to_owned(),
        }),
        postings,
        presence,
    }
}

/// Two GPUs of a host: from a month before, of which the ledger keeps hours, to a slot that is not full.
fn gpus() -> Vec<GpuBatch> {
    let before = Load {
        from: "2026-10-10T06:00:00Z",
        to: "2026-10-10T18:00:00Z",
        intensity: Some((450.0, Quality::Fallback)),
        ..CALM
    };
    let away = Load {
        from: "2026-11-24T08:00:00Z",
        to: "2026-11-24T10:00:00Z",
        source: EnergySource::Recovered,
        intensity: Some((240.0, Quality::Forecast)),
        ..CALM
    };
    let waiting = Load {
        from: "2026-11-24T10:00:00Z",
        to: "2026-11-24T11:02:30Z",
        watts: 700.0,
        intensity: None,
        ..CALM
    };
    let idle = Load { watts: 60.0, source: EnergySource::Integrated, ..CALM };
    let mut second = gpu(1, "Tesla P40", &[idle]);
    second.totals.unseen_seconds = 7200.0;
    second.totals.energy_joules += 3.6e6;
    vec![gpu(0, "NVIDIA H100 80GB HBM3", &[before, CALM, away, waiting]), second]
}

fn ledger(gpus: Vec<GpuBatch>) -> (TempDir, PathBuf, Ledger) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let now = at("2026-11-24T11:02:30Z");
    let (mut ledger, _) = Ledger::open(&path, now).unwrap();
    ledger.write(&Batch { at: now, gpus }).unwrap();
    while !ledger.compact(now, Retention::default()).unwrap().done {}
    (folder, path, ledger)
}

fn report(path: &Path, line: &str) -> Outcome {
    let words = ["report", "--ledger", path.to_str().unwrap()];
    gpu_carbon(words.into_iter().chain(line.split_whitespace()))
}

fn reported(path: &Path, line: &str) -> Value {
    let outcome = report(path, &format!("{line} --format json"));
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    serde_json::from_str(&outcome.out).unwrap()
}

fn number(record: &Value, name: &str) -> f64 {
    let number = record[name].as_f64();
    assert!(number.is_some(), "{name} is no number in {record}");
    number.unwrap()
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * other.abs().max(1e-3)
}

#[test]
fn two_gpus_to_the_letter() {
    let (folder, path, _ledger) = ledger(gpus());
    let lines = [
        ("", "report.txt"),
        ("--format json", "report.json"),
        ("--format csv", "report.csv"),
        ("--by day --time-zone Asia/Kolkata", "report-days.txt"),
        ("--by month --format csv", "report-months.csv"),
        ("--from 2026-11-24T07:57:30Z --to 2026-11-24T08:00:00Z --by day", "report-cut.txt"),
        (
            "--from 2026-11-24T10:50:00Z --format openmetrics --label instance=gpu-host:9877",
            "report-history.txt",
        ),
    ];
    for (line, file) in lines {
        let mut outcome = report(&path, line);
        assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
        outcome.out = outcome.out.replace(&format!("{}/", folder.path().display()), "");
        crate::golden::check_text(&outcome.out, file);
    }
}

/// What is written, and how much at once at most.
#[derive(Default)]
struct Paper {
    written: Vec<u8>,
    longest: usize,
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.longest = self.longest.max(bytes.len());
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_long_history_is_written_while_it_is_made() {
    let (_folder, path, _ledger) = ledger(gpus());
    let line = ["report", "--format", "openmetrics", "--ledger", path.to_str().unwrap()];
    let mut paper = Paper::default();
    gpu_carbon_cli::write(["gpu-carbon"].into_iter().chain(line).map(Into::into), &mut paper)
        .unwrap();
    assert_eq!(paper.written, gpu_carbon(line).out.into_bytes());
    assert!(paper.written.len() > 50_000 && paper.longest < 1000, "{} bytes", paper.longest);
}

#[test]
fn an_answer_that_cannot_be_written_is_said_and_one_that_is_not_wanted_is_not() {
    let (_folder, path, _ledger) = ledger(gpus());
    for line in ["", "--format openmetrics"] {
        let ask = |to: File| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
            command.args(["report", "--ledger"]).arg(&path).args(line.split_whitespace());
            let output = command.stdout(to).output().unwrap();
            (output.status.code(), String::from_utf8(output.stderr).unwrap())
        };
        let full = ask(File::options().write(true).open("/dev/full").unwrap());
        let said = "gpu-carbon: cannot write the answer: No space left on device (os error 28)\n";
        assert_eq!(full, (Some(1), said.to_owned()), "{line}");
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert_eq!(ask(OwnedFd::from(writer).into()), (Some(0), String::new()), "{line}");
    }
}

/// Whatever it is added up by, it is the same whole; and the energy is the totals of the ledger.
#[test]
fn the_parts_are_the_whole() {
    let (_folder, path, _ledger) = ledger(gpus());
    let whole = reported(&path, "");
    let total = &whole["total"];
    let joules: f64 =
        gpus().iter().flat_map(|gpu| &gpu.postings).map(|one| one.energy_joules).sum();
    assert!(near(number(total, "energy_kilowatt_hours"), joules / 3.6e6), "{total}");
    let additive = [
        "energy_kilowatt_hours",
        "counted_kilowatt_hours",
        "integrated_kilowatt_hours",
        "recovered_kilowatt_hours",
        "pending_kilowatt_hours",
        "average_emissions_grams",
        "embodied_emissions_grams",
        "gpu_hours",
    ];
    let sum = |report: &Value, name: &str| -> f64 {
        report["rows"].as_array().unwrap().iter().map(|row| row[name].as_f64().unwrap_or(0.0)).sum()
    };
    for line in ["--by gpu", "--by day", "--by month", "--by day --time-zone Asia/Kathmandu"] {
        let found = reported(&path, line);
        for name in additive {
            assert!(near(sum(&found, name), number(total, name)), "{line}: {name}");
            assert!(near(number(&found["total"], name), number(total, name)), "{line}: {name}");
        }
    }
    // A bound in an hour of October's, and one in five minutes.
    for cut in ["2026-10-10T07:20:00Z", "2026-11-23T10:01:40Z"] {
        let (before, after) =
            (reported(&path, &format!("--to {cut}")), reported(&path, &format!("--from {cut}")));
        for name in additive {
            let both = number(&before["total"], name) + number(&after["total"], name);
            assert!(near(both, number(total, name)), "{cut}: {name}");
        }
        assert!(number(&after["total"], "shared_out_kilowatt_hours") > 0.0);
    }
    let factors = whole["factors"].as_array().unwrap();
    let energy: f64 = factors.iter().map(|one| number(one, "energy_kilowatt_hours")).sum();
    assert!(near(energy, number(total, "energy_kilowatt_hours")));
}

/// The two are never mixed: each has its own columns.
#[test]
fn two_questions_stand_apart() {
    let marginal = Load {
        from: "2026-11-24T08:00:00Z",
        to: "2026-11-24T09:00:00Z",
        watts: 3600.0,
        signal: Signal::Marginal,
        intensity: Some((500.0, Quality::Estimated)),
        ..CALM
    };
    let average = Load { from: "2026-11-24T07:00:00Z", watts: 3600.0, ..CALM };
    let (_folder, path, _ledger) = ledger(vec![gpu(0, "NVIDIA A100", &[average, marginal])]);
    let total = &reported(&path, "")["total"];
    assert!(near(number(total, "marginal_emissions_grams"), 3.6 * 1.25 * 500.0), "{total}");
    assert!(near(number(total, "average_emissions_grams"), 3.6 * 1.25 * 200.0), "{total}");
    assert!(near(number(total, "marginal_intensity_grams_per_kilowatt_hour"), 500.0));
    assert!(near(number(total, "average_intensity_grams_per_kilowatt_hour"), 200.0));
    let text = report(&path, "").out;
    assert!(text.contains("marginal") && text.contains("is not added up"), "{text}");
}

#[test]
fn nothing_yet_is_an_answer() {
    let (_folder, path, _ledger) = ledger(vec![]);
    assert_eq!(report(&path, "").out, format!("{} has nothing yet.\n", path.display()));
    let found = reported(&path, "");
    assert_eq!((&found["from"], &found["rows"]), (&Value::Null, &serde_json::json!([])));
    assert_eq!(report(&path, "--format openmetrics").out, "# EOF\n");
    let (_folder, path, _ledger) = ledger(gpus());
    let expected = "has nothing of that time; it has 2026-10-10 06:00 to 2026-11-24 11:02:30.\n";
    assert_eq!(report(&path, "--to 2026-10-10").out, format!("{} {expected}", path.display()));
    assert_eq!(report(&path, "--to 2026-10-10 --format csv").out.lines().count(), 1);
    let to_the_second = report(&path, "--to 2026-10-10T07:00:01.75Z").out;
    assert!(to_the_second.contains("2026-10-10 06:00 to 07:00:01. Times"), "{to_the_second}");
}

#[test]
fn what_cannot_be_used_is_refused() {
    let (folder, path, _ledger) = ledger(gpus());
    let refused = |path: &Path, line: &str, expected: &str| {
        let outcome = report(path, line);
        assert_eq!(
            (outcome.status, outcome.out.as_str()),
            (Some(2), ""),
            "{line}: {}",
            outcome.err
        );
        assert_eq!(outcome.err, format!("gpu-carbon: {expected}\n"), "{line}");
    };
    for (line, expected) in [
        (
            "--from 2026-11",
            "invalid value '2026-11' for '--from <TIME>': expected a time with its offset, as 2020-06-01T00:00:00Z, or a \
             date, as 2020-06-01",
        ),
        (
            "--format openmetrics --label job=a --label instance=b --label job=c",
            "--label gives `job` twice, and a series has one value of it: leave one out",
        ),
        ("--from 2026-11-02 --to 2026-11-02", "--to is not after --from: give a later one"),
        ("--by week", "invalid value 'week' for '--by <BY>' [possible values: gpu, day, month]"),
        (
            "--by gpu --format openmetrics",
            "--by has no place in --format openmetrics, which has each GPU at each moment: leave it out",
        ),
        (
            "--label instance=a",
            "--label is for --format openmetrics alone: leave it out, or give that format",
        ),
        (
            "--label gpu=0 --format openmetrics",
            "invalid value 'gpu=0' for '--label <NAME=VALUE>': expected a label that nothing else sets: not gpu, uuid, signal, \
             and none that begins with __",
        ),
    ] {
        refused(&path, line, expected);
    }
    let other = folder.path().join("intensity.csv");
    fs::write(&other, "timestamp_utc,gco2_per_kwh\n").unwrap();
    let why = "not a ledger: it does not begin as an SQLite database does";
    refused(&other, "", &format!("{}: {why}", other.display()));
    let none = folder.path().join("none.db");
    refused(
        &none,
        "",
        &format!(
            "{}: there is no such file: name the ledger that the exporter's configuration names at ledger.path",
            none.display()
        ),
    );
    assert!(!none.exists());
}

/// Runs it as somebody who may not write in the folder.
fn as_a_reader(path: &Path) -> Outcome {
    let folder = path.parent().unwrap();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let binary = tempfile::tempdir().unwrap();
    for (path, mode) in [(folder, 0o555), (binary.path(), 0o755)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let program = binary.path().join("gpu-carbon");
    // By another process: one that this one forks meanwhile would hold a copy open for writing.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_gpu-carbon")).arg(&program).status();
    assert!(copied.unwrap().success());
    let mut command = Command::new(program);
    command.args(["report", "--ledger"]).arg(path).args(["--format", "csv"]).current_dir("/");
    if is_root {
        command.uid(65534).gid(65534); // nobody: root may write everywhere
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// What stands in a folder, to the byte.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut contents: Vec<_> = paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    contents.sort();
    contents
}

#[test]
fn no_folder_need_be_writable_and_no_trace_is_left() {
    let (folder, path, ledger) = ledger(gpus());
    let expected = report(&path, "--format csv").out;
    let check = |what| {
        let before = contents(folder.path());
        for outcome in [as_a_reader(&path), report(&path, "--format csv")] {
            assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{what}");
            assert_eq!(outcome.out, expected, "{what}");
        }
        assert!(contents(folder.path()) == before, "{what}");
    };
    check("beside its writer");
    // As one that is killed leaves it.
    let left = ["-wal", "-shm"].map(|suffix| {
        let beside = PathBuf::from(format!("{}{suffix}", path.display()));
        let bytes = fs::read(&beside).unwrap();
        (beside, bytes)
    });
    let database = fs::read(&path).unwrap();
    drop(ledger);
    check("after its writer");
    fs::write(&path, database).unwrap();
    for (beside, bytes) in &left {
        fs::write(beside, bytes).unwrap();
    }
    check("of a writer that was killed");
    fs::remove_file(&left[1].0).unwrap();
    check("without the index of its log");
}

#[test]
fn a_writer_goes_on_beside_it() {
    let (_folder, path, mut ledger) = ledger(gpus());
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for count in 1.. {
                let mut gpu = gpus().remove(1);
                gpu.totals.energy_joules += 10.0 * f64::from(count);
                gpu.postings.truncate(1);
                gpu.postings[0].energy_joules = 10.0;
                gpu.postings[0].emissions_grams = 0.01;
                gpu.presence.clear();
                ledger.write(&Batch { at: at("2026-11-24T11:02:30Z"), gpus: vec![gpu] }).unwrap();
                if ended.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let start = 60.0 * 34.0 * 3600.0;
        let mut before = 0.0;
        for count in 0..1000 {
            let total = &reported(&path, "--by day")["total"];
            let energy = number(total, "integrated_kilowatt_hours") * 3.6e6;
            let written = (energy - start) / 10.0;
            assert!((written - written.round()).abs() < 1e-3, "whole batches: {written}");
            assert!(energy >= before);
            before = energy;
            if count >= 20 && before > start {
                break;
            }
        }
        ended.store(true, Ordering::Relaxed);
        assert!(before > start, "something was written meanwhile");
    });
}
