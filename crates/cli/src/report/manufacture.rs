//! The figures by which the embodied emissions of each GPU were computed, with their sources, as the ledger has them.

use std::collections::BTreeMap;

use gpu_carbon_core::embodied::{
    CountedFigure, CountedServer, EmbodiedBasis, FigureOrigin, Lifetime, Manufacture,
};
use gpu_carbon_core::{Interval, Mass, Span, format};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_ledger::report::{EmbodiedPart, embodied_parts};
use gpu_carbon_ledger::{Gpu, Reader};

use crate::output::{Record, Value};
use crate::usage_error::UsageError;

/// The time of a GPU in which its embodied emissions were computed by the same figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GpuManufacture<'a> {
    gpu: &'a Gpu,
    part: EmbodiedPart<'a>,
    /// True if the GPU had other figures in another part of the time.
    is_one_of_several: bool,
}

/// Reads the figures of all GPUs that were present in a time, ordered by GPU and time.
///
/// # Errors
///
/// When the ledger cannot be read.
pub(crate) fn read(reader: &Reader, time: Interval) -> Result<Vec<GpuManufacture<'_>>, UsageError> {
    let parts = embodied_parts(reader, time).map_err(UsageError::Ledger)?;
    let mut counts = BTreeMap::<usize, usize>::new();
    for part in &parts {
        *counts.entry(part.gpu).or_default() += 1;
    }
    let all = parts.into_iter().filter_map(|part| {
        let is_one_of_several = counts.get(&part.gpu).is_some_and(|&count| count > 1);
        Some(GpuManufacture { gpu: reader.gpus().get(part.gpu)?, part, is_one_of_several })
    });
    Ok(all.collect())
}

impl<'a> GpuManufacture<'a> {
    /// The position of the GPU in the reader's list.
    pub(crate) fn position(&self) -> usize {
        self.part.gpu
    }

    /// True if the emissions contain a part of the server around the GPU.
    pub(crate) fn contains_server(&self) -> bool {
        self.part.basis.is_some_and(|basis| basis.server.is_some())
    }

    /// True if the emissions are known, and contain no part of a server.
    pub(crate) fn is_without_server(&self) -> bool {
        self.part.grams.is_some() && !self.contains_server()
    }

    /// The origin of the figure in one word: `published`, `configured`, `unknown`, or `unrecorded` where the exporter of that time
    /// recorded no origin of its figure.
    fn basis(&self) -> &'static str {
        match (self.part.basis, self.part.grams) {
            (Some(basis), _) => basis.name(),
            (None, Some(_)) => "unrecorded",
            (None, None) => "unknown",
        }
    }

    /// The embodied emissions of an hour, in grams; `None` where they are unknown.
    fn grams_per_hour(&self) -> Option<f64> {
        let hours = self.part.seconds / 3600.0;
        self.part.grams.filter(|_| hours > 0.0).map(|grams| grams / hours)
    }

    fn figure(&self) -> Option<&'a CountedFigure> {
        self.part.basis.and_then(|basis| basis.gpu.as_ref())
    }

    /// Returns the GPU and its figure, null where it is unknown.
    fn record(&self) -> Record {
        let figure = self.figure();
        let entry = figure.and_then(CountedFigure::entry);
        let [low, high] = [0, 1].map(|end| {
            let range = entry.and_then(Manufacture::range);
            range.and_then(|range| range.get(end).copied()).map(Mass::as_kilograms)
        });
        // The lifetime of an unknown figure spreads nothing.
        let basis = self.part.basis.filter(|_| figure.is_some());
        let lifespan = basis.map(|basis| basis.lifespan);
        let server = basis.and_then(|basis| basis.server.as_ref());
        Record::default()
            .with("gpu", self.gpu.index)
            .with("uuid", self.gpu.uuid.as_str())
            .with("name", self.gpu.name.as_str())
            .with("basis", self.basis())
            .with("grams_per_gpu_hour", self.grams_per_hour())
            .with("kilograms", figure.map(|it| it.mass.as_kilograms()))
            .with("low_kilograms", low)
            .with("high_kilograms", high)
            .with("hardware_unit", entry.map(|it| it.unit.name()))
            .with("boundary", entry.map(|it| it.boundary.name()))
            .with("method", entry.map(|it| it.method.name()))
            .with("year", entry.map(|it| i32::from(it.year)))
            .with("source", figure.and_then(source))
            .with("lifetime_years", lifespan.map(years))
            .with("lifetime_source", lifespan.and_then(Lifetime::of).map(|it| it.source))
            .with("server_kilograms", server.map(|it| it.figure.mass.as_kilograms()))
            .with("server_gpus", server.map(|it| i32::from(it.gpus)))
            .with("server_source", server.and_then(|it| source(&it.figure)))
            .with("from", self.part.time.start())
            .with("to", self.part.time.end())
            .with("gpu_hours", self.part.seconds / 3600.0)
    }

    /// Returns the figure and its source in words: the same for GPUs of one model and source.
    fn words(&self) -> String {
        let name = &self.gpu.name;
        let figure = match (self.part.basis, self.grams_per_hour()) {
            (Some(EmbodiedBasis { gpu: Some(figure), server, lifespan }), _) => {
                let server = server.as_ref().map(server_words).unwrap_or_default();
                format!("{}{server}; over {}", figure_words(figure), lifespan_words(*lifespan))
            }
            (None, Some(rate)) => format!(
                "{} g a GPU-hour, by an exporter that recorded no source",
                format::digits(rate)
            ),
            _ => "unknown, no figure is published or configured".to_owned(),
        };
        if !self.is_one_of_several {
            return format!("{name}: {figure}");
        }
        let second = Span::from_seconds(1);
        let [from, to] = [self.part.time.start(), self.part.time.end()]
            .map(|time| rfc3339::format(time.floor_to(second)));
        format!("{name}, {from} to {to}: {figure}")
    }
}

/// Returns each GPU and its figure with its unit, boundary, method, year, source and lifetime.
pub(crate) fn records(manufactures: &[GpuManufacture<'_>]) -> Vec<Record> {
    manufactures.iter().map(GpuManufacture::record).collect()
}

/// Returns the figures with their sources in words, each once.
pub(crate) fn sources(manufactures: &[GpuManufacture<'_>]) -> Vec<String> {
    let mut words: Vec<String> = manufactures.iter().map(GpuManufacture::words).collect();
    words.sort();
    words.dedup();
    words
}

/// The source of a figure: that of the catalogue, or that which the operator names.
fn source(figure: &CountedFigure) -> Option<String> {
    match (figure.entry(), &figure.origin) {
        (Some(entry), _) => Some(entry.source.to_owned()),
        (None, FigureOrigin::Operator(source)) => source.clone(),
        (None, origin @ FigureOrigin::Catalogue(_)) => Some(origin.to_string()),
    }
}

fn figure_words(figure: &CountedFigure) -> String {
    let mass = format::mass(figure.mass);
    let Some(entry) = figure.entry() else { return format!("{mass} ({})", figure.origin) };
    let range = entry.range().map_or_else(String::new, |[low, high]| {
        format!(", published figures {} to {}", format::mass(low), format::mass(high))
    });
    format!(
        "{mass} for {}{range}, {}, {} ({})",
        entry.unit, entry.boundary, entry.method, entry.source
    )
}

fn server_words(server: &CountedServer) -> String {
    let CountedServer { figure, gpus } = server;
    let source = source(figure).unwrap_or_else(|| figure.origin.to_string());
    format!(
        "; and {} of the server around it, of which one without its {gpus} GPUs has {} ({source})",
        format::mass(server.share()),
        format::mass(figure.mass)
    )
}

fn lifespan_words(lifespan: Span) -> String {
    match Lifetime::of(lifespan) {
        Some(lifetime) => format!("{} years ({})", lifetime.years, lifetime.source),
        None => {
            let years = lifespan.as_seconds() / Span::from_days(365).as_seconds();
            format!("{} years (the exporter's configuration)", format::digits(years))
        }
    }
}

/// The years of a lifetime, a whole number for those in use.
fn years(lifespan: Span) -> Value {
    match Lifetime::of(lifespan) {
        Some(lifetime) => i32::from(lifetime.years).into(),
        None => (lifespan.as_seconds() / Span::from_days(365).as_seconds()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::Timestamp;
    use gpu_carbon_core::embodied::{LIFESPAN, MANUFACTURES, SERVERS};
    use gpu_carbon_ledger::Carried;

    fn gpu() -> Gpu {
        Gpu {
            uuid: String::new(),
            name: "A GPU".to_owned(),
            index: 0,
            read_at: None,
            carried: Carried::default(),
            unseen_seconds: 0.0,
            embodied: Vec::new(),
        }
    }

    fn manufacture<'a>(
        gpu: &'a Gpu,
        basis: Option<&'a EmbodiedBasis>,
        grams: Option<f64>,
    ) -> GpuManufacture<'a> {
        let time = Interval::new(Timestamp::EPOCH, Timestamp::from_unix_seconds(7200));
        let part = EmbodiedPart { gpu: 0, basis, time, seconds: 7200.0, grams };
        GpuManufacture { gpu, part, is_one_of_several: false }
    }

    fn operator(source: Option<&str>) -> CountedFigure {
        CountedFigure {
            mass: Mass::from_kilograms(150.0).unwrap(),
            origin: FigureOrigin::Operator(source.map(str::to_owned)),
        }
    }

    /// Every entry of the catalogue is stated in full, and none is guessed from a number.
    #[test]
    fn a_figure_is_stated_with_its_origin() {
        let gpu = gpu();
        for entry in &MANUFACTURES {
            let figure = CountedFigure::published(entry);
            let basis = EmbodiedBasis { gpu: Some(figure), server: None, lifespan: LIFESPAN };
            let of = manufacture(&gpu, Some(&basis), Some(1.0));
            let words = of.words();
            assert!(words.contains(entry.source) && words.contains("over 4 years"), "{words}");
            assert_eq!((of.basis(), of.contains_server()), ("published", false));
            // The same number without its origin is of no source.
            let grams = entry.mass().as_grams() * 7200.0 / LIFESPAN.as_seconds();
            let of = manufacture(&gpu, None, Some(grams));
            assert_eq!(of.basis(), "unrecorded");
            assert!(of.words().contains("recorded no source"), "{}", of.words());
        }
        let other = CountedFigure {
            mass: Mass::from_grams(1.0).unwrap(),
            ..CountedFigure::published(&MANUFACTURES[0])
        };
        let basis = EmbodiedBasis { gpu: Some(other), server: None, lifespan: LIFESPAN };
        let words = manufacture(&gpu, Some(&basis), Some(1.0)).words();
        assert!(words.contains("in the catalogue of an earlier or later version"), "{words}");
        let unknown = EmbodiedBasis { gpu: None, server: None, lifespan: LIFESPAN };
        for basis in [Some(&unknown), None] {
            let of = manufacture(&gpu, basis, None);
            assert_eq!(of.words(), "A GPU: unknown, no figure is published or configured");
            assert_eq!(of.basis(), "unknown");
        }
    }

    #[test]
    fn a_configured_figure_has_the_source_that_the_operator_names() {
        let gpu = gpu();
        let [server] = SERVERS;
        let server = CountedServer { figure: CountedFigure::published(&server), gpus: 8 };
        let basis = EmbodiedBasis {
            gpu: Some(operator(Some("A study, 2026"))),
            server: Some(server),
            lifespan: Span::from_days(730),
        };
        let of = manufacture(&gpu, Some(&basis), Some(2.0));
        let words = of.words();
        for part in [
            "150 kg",
            "A study, 2026",
            "712 kg of the server",
            "5.70 t",
            "EcoLogits",
            "over 2.00 years",
        ] {
            assert!(words.contains(part), "{part}: {words}");
        }
        assert_eq!((of.basis(), of.contains_server()), ("configured", true));
        let basis = EmbodiedBasis { gpu: Some(operator(None)), server: None, lifespan: LIFESPAN };
        let words = manufacture(&gpu, Some(&basis), Some(2.0)).words();
        assert!(words.contains("names no source"), "{words}");
        let part =
            GpuManufacture { is_one_of_several: true, ..manufacture(&gpu, Some(&basis), None) };
        assert!(
            part.words().starts_with("A GPU, 1970-01-01T00:00:00Z to 1970-01-01T02:00:00Z: 150 kg")
        );
    }
}
