//! Real series, read and replayed, from `../shared/data` beside the checkout. Their licence lets no one pass them on.
#![expect(clippy::disallowed_methods, reason = "the test reads its data from files")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed assumption fails the test")]

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use gpu_carbon_core::{Intensity, Interval, SLOT, Series, Span, Timestamp};
use gpu_carbon_feeds::{csv, replay};

/// The folder of the series.
fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data")
}

/// Every series, with its name and how many lines its file has.
fn every_series() -> Vec<(String, usize, Series)> {
    let data = data();
    let files = ["marginal", "average"].map(|folder| fs::read_dir(data.join(folder)).unwrap());
    let paths = files.into_iter().flatten().map(|file| file.unwrap().path());
    let read = paths.filter(|path| path.extension().is_some_and(|ext| ext == "csv")).map(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).unwrap().lines().count(), read(&path))
    });
    let read: Vec<_> = read.collect();
    assert!(!read.is_empty());
    read
}

fn read(path: &Path) -> Series {
    let text = fs::read_to_string(path).unwrap();
    csv::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn grams(series: &Series) -> Vec<f64> {
    series
        .points()
        .iter()
        .map(|&(_, intensity)| Intensity::as_grams_per_kilowatt_hour(intensity))
        .collect()
}

fn year(year: i32) -> Interval {
    let [start, end] = [year, year + 1].map(|year| {
        let midnight = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap();
        Timestamp::from_unix_seconds(midnight.and_utc().timestamp())
    });
    Interval::new(start, end)
}

fn gaps(series: &Series, interval: Interval) -> Vec<Interval> {
    let segments = series.segments(interval);
    segments.filter(|s| s.intensity.is_none()).map(|s| s.interval).collect()
}

#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_every_line_after_the_header_is_a_value() {
    for (name, lines, series) in every_series() {
        assert_eq!(series.points().len(), lines - 1, "{name}");
    }
}

#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_the_grid_of_the_papers_own_year_is_as_published() {
    let data = data();
    let series = read(&data.join("marginal/WT_CAISO_NORTH_2020.csv"));
    let values = grams(&series);
    assert_eq!(values.len(), 105_408);
    assert_eq!(series.step(), SLOT);
    assert_eq!(series.extent(), year(2020));
    assert_eq!(gaps(&series, year(2020)), []);
    let mean = values.iter().sum::<f64>() / 105_408.0;
    assert!((mean - 356.9).abs() <= 0.05, "{mean}");
    let (least, most) =
        (values.iter().copied().reduce(f64::min), values.iter().copied().reduce(f64::max));
    assert!((least.unwrap() - 13.2).abs() <= 0.05, "{least:?}");
    assert!((most.unwrap() - 584.7).abs() <= 0.05, "{most:?}");
}

#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_a_zero_is_a_value() {
    let data = data();
    let series = read(&data.join("marginal/WT_PJM_ROANOKE_2020.csv"));
    assert_eq!(grams(&series).iter().filter(|&&value| value == 0.0).count(), 13);
    assert_eq!(gaps(&series, year(2020)), []);
}

#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_mixed_steps_are_no_gaps_and_gaps_stay_gaps() {
    let data = data();
    let britain = read(&data.join("average/GB_2020.csv"));
    assert_eq!(britain.step(), Span::from_seconds(1800));
    assert_eq!(gaps(&britain, britain.extent()), []);
    let germany = read(&data.join("average/DE_2020.csv"));
    assert_eq!(germany.step(), Span::from_seconds(900));
    assert_eq!(gaps(&germany, germany.extent()).len(), 2);
}

#[test]
#[ignore = "needs ../shared/data"]
fn needs_shared_data_a_replayed_year_has_the_gaps_of_the_record_but_a_last_missing_step() {
    for (name, _, series) in every_series() {
        let recorded = year(if name.ends_with("2020") { 2020 } else { 2022 });
        let missing = |gaps: Vec<Interval>| {
            gaps.iter().map(|gap| gap.length().as_seconds()).collect::<Vec<_>>()
        };
        // Where only the last step of the year is missing, the value before it holds on into the next year.
        let is_last_step = |gap: &Interval| {
            gap.end() == recorded.end() && gap.length() == series.step_at(gap.start())
        };
        let expected =
            missing(gaps(&series, recorded).into_iter().filter(|gap| !is_last_step(gap)).collect());
        for now in [2026, 2028] {
            let replayed = replay::onto(&series, year(now)).unwrap();
            let found = missing(gaps(&replayed, year(now)));
            assert_eq!(found, expected, "{name} onto {now}, lengths of gaps in seconds");
        }
    }
}
