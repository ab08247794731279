//! Benchmarks of the planner: `cargo bench -p gpu-carbon-core`. `cargo xtask bench planner` compares it with others.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{PauseCosts, exact, flexible_start, pause_and_resume};
use gpu_carbon_core::{Energy, Intensity, Power, Series, Span, Timestamp};

const STEP_SECONDS: u64 = 300;

/// A grid with a day and some noise, in g/kWh.
fn series(slots: u32) -> Series {
    let points = (0..slots).map(|slot| {
        let day = (f64::from(slot) * core::f64::consts::TAU / 288.0).sin();
        let noise = f64::from((slot / 5).wrapping_mul(2_654_435_761) >> 20) / 4096.0;
        let grams = 400.0 + 150.0 * day + 200.0 * (noise - 0.5);
        let intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
        (Timestamp::EPOCH + steps(u64::from(slot)), intensity)
    });
    Series::new(points.collect()).unwrap()
}

fn steps(count: u64) -> Span {
    Span::from_seconds(STEP_SECONDS * count)
}

fn job(slices: u64) -> Job {
    Job::of_power(steps(slices), Power::from_milliwatts(1_000_000)).unwrap()
}

fn costs() -> PauseCosts {
    let energy = Energy::from_kilowatt_hours(0.05).unwrap();
    PauseCosts { energy, time: steps(1), ..PauseCosts::default() }
}

fn planner(criterion: &mut Criterion) {
    let series = series(105_408);
    let exposures = Exposures::of(&series);
    let start = Timestamp::EPOCH + steps(50_000);
    let sizes = [(864, 36), (864, 144), (864, 288), (1728, 288), (3456, 288)];
    for (slots, slices) in sizes {
        let (job, window) = (job(slices), steps(slots - slices));
        let size = format!("{slots}x{slices}");
        let mut group = criterion.benchmark_group("planner");
        group.bench_function(BenchmarkId::new("flexible_start", &size), |bencher| {
            bencher.iter(|| flexible_start(black_box(&job), start, window, &exposures).unwrap());
        });
        group.bench_function(BenchmarkId::new("pause_and_resume", &size), |bencher| {
            bencher.iter(|| pause_and_resume(black_box(&job), start, window, &exposures).unwrap());
        });
        group.bench_function(BenchmarkId::new("exact", &size), |bencher| {
            bencher.iter(|| exact(black_box(&job), start, window, &costs(), &exposures).unwrap());
        });
    }
}

criterion_group!(benches, planner);
criterion_main!(benches);
