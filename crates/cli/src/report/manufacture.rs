//! The source of the embodied emissions of each GPU.

use gpu_carbon_core::embodied::{LIFETIMES, Lifetime, Manufacture};
use gpu_carbon_core::{Mass, format};
use gpu_carbon_ledger::Gpu;
use gpu_carbon_ledger::report::Totals;

use crate::output::Record;

/// The greatest relative difference between two rates that are the same but for rounding.
const ROUNDING: f64 = 1e-6;

/// The embodied emissions of a GPU by the hour, and the figure that they follow from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GpuManufacture<'a> {
    pub(super) gpu: &'a Gpu,
    /// The embodied emissions of an hour, in grams; `None` where they are unknown.
    grams_per_hour: Option<f64>,
    /// The published figure of the model and the lifetime by which they were computed; `None` where the configuration set another
    /// figure or lifetime, or changed them.
    published: Option<(&'static Manufacture, &'static Lifetime)>,
}

impl<'a> GpuManufacture<'a> {
    /// Finds the figure behind the embodied emissions of a GPU. The ledger has their grams, not their source: it is the
    /// published figure of the model if that, spread over a lifetime in use, gives the same grams an hour.
    pub(super) fn of(gpu: &'a Gpu, totals: &Totals) -> GpuManufacture<'a> {
        let hours = totals.embodied_gpu_seconds / 3600.0;
        let grams_per_hour = totals.embodied_grams.filter(|_| hours > 0.0).map(|it| it / hours);
        let published = grams_per_hour.and_then(|rate| {
            let figure = Manufacture::of(&gpu.name)?;
            let lifetime = LIFETIMES.iter().find(|lifetime| {
                let hours = lifetime.span().as_seconds() / 3600.0;
                let expected = figure.mass().as_grams() / hours;
                (rate / expected - 1.0).abs() <= ROUNDING
            })?;
            Some((figure, lifetime))
        });
        GpuManufacture { gpu, grams_per_hour, published }
    }

    /// The source in one word: `published`, `configured` or `unknown`.
    pub(super) fn basis(&self) -> &'static str {
        match (self.grams_per_hour, self.published) {
            (None, _) => "unknown",
            (Some(_), None) => "configured",
            (Some(_), Some(_)) => "published",
        }
    }

    /// Returns the GPU and its figure with its unit, boundary, method, year, source and lifetime, null where they are unknown.
    pub(super) fn record(&self) -> Record {
        let figure = self.published.map(|(figure, _)| figure);
        let lifetime = self.published.map(|(_, lifetime)| lifetime);
        let [low, high] = [0, 1].map(|end| {
            let range = figure.and_then(Manufacture::range);
            range.and_then(|range| range.get(end).copied()).map(Mass::as_kilograms)
        });
        Record::default()
            .with("gpu", self.gpu.index)
            .with("uuid", self.gpu.uuid.as_str())
            .with("name", self.gpu.name.as_str())
            .with("basis", self.basis())
            .with("grams_per_gpu_hour", self.grams_per_hour)
            .with("kilograms", figure.map(|it| it.mass().as_kilograms()))
            .with("low_kilograms", low)
            .with("high_kilograms", high)
            .with("hardware_unit", figure.map(|it| it.unit.name()))
            .with("boundary", figure.map(|it| it.boundary.name()))
            .with("method", figure.map(|it| it.method.name()))
            .with("year", figure.map(|it| i32::from(it.year)))
            .with("source", figure.map(|it| it.source))
            .with("lifetime_years", lifetime.map(|it| i32::from(it.years)))
            .with("lifetime_source", lifetime.map(|it| it.source))
    }

    /// Returns the source in words: the same for GPUs of one model and source.
    pub(super) fn words(&self) -> String {
        let name = &self.gpu.name;
        let Some(rate) = self.grams_per_hour else {
            return format!("{name}: unknown, no figure is published or configured");
        };
        let Some((figure, lifetime)) = self.published else {
            let rate = format::digits(rate);
            return format!("{name}: {rate} g a GPU-hour, by the exporter's configuration");
        };
        let range = figure.range().map_or_else(String::new, |[low, high]| {
            format!(", published figures {} to {}", format::mass(low), format::mass(high))
        });
        format!(
            "{name}: {} for {}{range}, {}, {} ({}); over {} years ({})",
            format::mass(figure.mass()),
            figure.unit,
            figure.boundary,
            figure.method,
            figure.source,
            lifetime.years,
            lifetime.source
        )
    }
}

/// Returns the sources of several GPUs in words, each once.
pub(super) fn sources(manufactures: &[GpuManufacture<'_>]) -> Vec<String> {
    let mut words: Vec<String> = manufactures.iter().map(GpuManufacture::words).collect();
    words.sort();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_ledger::Carried;

    fn gpu(name: &str) -> Gpu {
        Gpu {
            uuid: String::new(),
            name: name.to_owned(),
            index: 0,
            read_at: None,
            carried: Carried::default(),
            unseen_seconds: 0.0,
        }
    }

    fn known_totals(seconds: f64, grams: Option<f64>) -> Totals {
        let mut totals = Totals::default();
        totals.gpu_seconds = seconds;
        totals.embodied_gpu_seconds = seconds;
        totals.embodied_grams = grams;
        totals
    }

    /// Every published figure is recognized with every lifetime in use, and no other rate is.
    #[test]
    fn a_figure_is_recognized_by_its_grams_an_hour() {
        for name in ["NVIDIA H100 80GB HBM3", "NVIDIA B200", "NVIDIA A100-PCIE-40GB"] {
            let gpu = gpu(name);
            let figure = Manufacture::of(name).unwrap();
            for lifetime in &LIFETIMES {
                let seconds = 12_345.0;
                let grams = figure.mass().as_grams() * seconds / lifetime.span().as_seconds();
                let totals = |grams| known_totals(seconds, grams);
                let found = GpuManufacture::of(&gpu, &totals(Some(grams)));
                assert_eq!(found.published, Some((figure, lifetime)));
                assert!(found.words().contains(figure.source), "{}", found.words());
                let other = GpuManufacture::of(&gpu, &totals(Some(grams * 1.01)));
                assert_eq!(other.basis(), "configured");
                let unknown = GpuManufacture::of(&gpu, &totals(None));
                assert_eq!(unknown.basis(), "unknown");
                assert!(unknown.words().contains("unknown"));
            }
        }
        let unlisted = gpu("NVIDIA L40S");
        let totals = known_totals(1.0, Some(1.0));
        assert_eq!(GpuManufacture::of(&unlisted, &totals).basis(), "configured");
    }
}
