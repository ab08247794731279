//! The figures by which the embodied emissions of a GPU are computed, with their origins.

use alloc::string::String;
use core::fmt;

use super::catalogue::{MANUFACTURES, Manufacture, SERVERS};
use crate::time::Span;
use crate::units::Mass;

/// The greatest relative difference between a figure that was recorded and the same one of the catalogue.
const ROUNDING: f64 = 1e-9;

/// The origin of a figure of manufacture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FigureOrigin {
    /// The catalogue, with the model of the entry.
    Catalogue(String),
    /// The operator, with the source that they name.
    Operator(Option<String>),
}

/// A figure of manufacture that is counted, with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedFigure {
    /// The emissions of manufacturing one unit of the hardware.
    pub mass: Mass,
    /// The origin of the figure.
    pub origin: FigureOrigin,
}

/// The server around the GPUs, of which each has an equal part.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedServer {
    /// The figure of one server without its GPUs.
    pub figure: CountedFigure,
    /// The number of GPUs by which it is divided, at least 1.
    pub gpus: u16,
}

/// The figures by which the embodied emissions of a GPU are computed.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbodiedBasis {
    /// The figure of the GPU; `None` where it is unknown.
    pub gpu: Option<CountedFigure>,
    /// The server around it; `None` where it is not counted.
    pub server: Option<CountedServer>,
    /// The lifetime over which both are spread.
    pub lifespan: Span,
}

impl CountedFigure {
    /// The figure of an entry of the catalogue.
    #[must_use]
    pub fn published(entry: &Manufacture) -> CountedFigure {
        CountedFigure {
            mass: entry.mass(),
            origin: FigureOrigin::Catalogue(String::from(entry.model)),
        }
    }

    /// The entry of the catalogue that has the figure; `None` for that of an operator, and where the catalogue of this version has
    /// another figure for the model or none.
    #[must_use]
    pub fn entry(&self) -> Option<&'static Manufacture> {
        let FigureOrigin::Catalogue(model) = &self.origin else { return None };
        let grams = self.mass.as_grams();
        MANUFACTURES
            .iter()
            .chain(&SERVERS)
            .find(|entry| entry.model == model)
            .filter(|entry| (entry.mass().as_grams() - grams).abs() <= ROUNDING * grams)
    }
}

impl CountedServer {
    /// The part of one GPU.
    #[must_use]
    pub fn share(&self) -> Mass {
        Mass::saturating(self.figure.mass.as_grams() / f64::from(self.gpus.max(1)))
    }
}

impl EmbodiedBasis {
    /// The manufacture that is counted for one GPU, with its part of the server; `None` where that of the GPU is unknown, since a
    /// server alone would pass for the whole.
    #[must_use]
    pub fn mass(&self) -> Option<Mass> {
        let gpu = self.gpu.as_ref()?.mass;
        Some(self.server.as_ref().map_or(gpu, |server| gpu + server.share()))
    }

    /// The origin of the GPU's figure in one word: `published`, `configured` or `unknown`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.gpu {
            None => "unknown",
            Some(CountedFigure { origin: FigureOrigin::Catalogue(_), .. }) => "published",
            Some(CountedFigure { origin: FigureOrigin::Operator(_), .. }) => "configured",
        }
    }
}

impl fmt::Display for FigureOrigin {
    /// Names the origin where the catalogue cannot be asked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FigureOrigin::Catalogue(model) => {
                write!(f, "the figure for {model} in the catalogue of an earlier or later version")
            }
            FigureOrigin::Operator(Some(source)) => {
                write!(f, "the exporter's configuration, which names as its source: {source}")
            }
            FigureOrigin::Operator(None) => {
                f.write_str("the exporter's configuration, which names no source")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embodied::LIFESPAN;
    use std::string::ToString;

    fn operator(kilograms: f64) -> CountedFigure {
        CountedFigure {
            mass: Mass::from_kilograms(kilograms).unwrap(),
            origin: FigureOrigin::Operator(None),
        }
    }

    #[test]
    fn each_entry_of_the_catalogue_is_found_by_its_model_and_figure() {
        for entry in MANUFACTURES.iter().chain(&SERVERS) {
            let figure = CountedFigure::published(entry);
            assert_eq!(figure.entry(), Some(entry));
            let other =
                CountedFigure { mass: entry.mass() + Mass::from_grams(1.0).unwrap(), ..figure };
            assert_eq!(other.entry(), None, "the figure of another version's catalogue");
            assert!(other.origin.to_string().contains(entry.model));
        }
        assert_eq!(operator(164.0).entry(), None);
    }

    #[test]
    fn a_server_is_divided_by_its_gpus_and_counts_only_beside_a_known_gpu() {
        let [server] = SERVERS;
        let server = CountedServer { figure: CountedFigure::published(&server), gpus: 8 };
        assert_eq!(server.share().as_kilograms(), 712.5);
        let basis = |gpu: Option<CountedFigure>| EmbodiedBasis {
            gpu,
            server: Some(server.clone()),
            lifespan: LIFESPAN,
        };
        let known = basis(Some(operator(164.0)));
        assert_eq!((known.mass().unwrap().as_kilograms(), known.name()), (876.5, "configured"));
        let unknown = basis(None);
        assert_eq!((unknown.mass(), unknown.name()), (None, "unknown"));
        let alone = EmbodiedBasis { server: None, ..known };
        assert_eq!(alone.mass().unwrap().as_kilograms(), 164.0);
    }
}
