//! The published figures.

use super::provenance::{Boundary, HardwareUnit, Method};
use crate::units::Mass;

/// The published emissions of manufacturing one unit of hardware.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manufacture {
    /// The model.
    pub model: &'static str,
    /// The parts of the model's name in NVML; the name contains all of them, each at the beginning of a word. Empty for a
    /// server, which NVML does not name.
    name_holds: &'static [&'static str],
    /// The hardware that the figure counts.
    pub unit: HardwareUnit,
    /// Kilograms of CO2e for one unit.
    kilograms: f64,
    /// The least and the greatest published figure, in kilograms of CO2e, where several are published for the same unit.
    range: Option<[f64; 2]>,
    /// The stages of the life cycle that the figure counts.
    pub boundary: Boundary,
    /// The method.
    pub method: Method,
    /// The year of publication.
    pub year: u16,
    /// The publication, in short.
    pub publication: &'static str,
    /// The publisher, the year, and what is counted: the stages of the life cycle, and the parts around the GPU.
    pub source: &'static str,
}

/// The published figures of GPUs. Of a GPU that is not listed the embodied emissions are unknown, not zero.
pub const MANUFACTURES: [Manufacture; 4] = [
    Manufacture {
        model: "B200 SXM",
        name_holds: &["B200"],
        unit: HardwareUnit::BaseboardEighth,
        kilograms: 284.25,
        range: None,
        boundary: Boundary::CradleToGate,
        method: Method::ReviewedFootprint,
        year: 2025,
        publication: "NVIDIA, PCF summary for HGX B200, 2025",
        source: "NVIDIA, Product Carbon Footprint summary for HGX B200, 2025: 2,274 kg cradle to gate per baseboard of 8 GPUs, of which this is an eighth, with its part of the NVSwitches and heat sinks",
    },
    Manufacture {
        model: "H100 SXM",
        name_holds: &["H100", "HBM3"],
        unit: HardwareUnit::BaseboardEighth,
        kilograms: 164.0,
        range: None,
        boundary: Boundary::CradleToGate,
        method: Method::ReviewedFootprint,
        year: 2025,
        publication: "NVIDIA, PCF summary for HGX H100, 2025",
        source: "NVIDIA, Product Carbon Footprint summary for HGX H100, 2025: 1,312 kg cradle to gate per baseboard of 8 GPUs, of which this is an eighth, with its part of the NVSwitches and heat sinks",
    },
    Manufacture {
        model: "A100 SXM 40 GB",
        name_holds: &["A100", "SXM", "40GB"],
        unit: HardwareUnit::Gpu,
        kilograms: 127.6,
        range: None,
        boundary: Boundary::CradleToGate,
        method: Method::Teardown,
        year: 2025,
        publication: "Falk et al., arXiv:2509.00093, 2025",
        source: "Falk et al., More than Carbon: cradle-to-grave environmental impacts of GenAI training on the Nvidia A100 GPU, arXiv:2509.00093, 2025: cradle to gate, by a card that was taken apart",
    },
    Manufacture {
        model: "A100 PCIe 40 GB",
        name_holds: &["A100", "PCI", "40GB"],
        unit: HardwareUnit::Gpu,
        kilograms: 181.0,
        range: Some([120.5, 181.0]),
        boundary: Boundary::WithoutUse,
        method: Method::Parametric,
        year: 2026,
        publication: "Hubblo for ADEME, 2026",
        source: "Lees-Perasso et al. (Hubblo), life-cycle assessments of GPUs for artificial intelligence, ADEME, 2026: manufacture, distribution and end of life, by a parametric model that counts one memory die of six; the study that measured the same card sums to 120.5 kg",
    },
];

/// The published figures of servers without their GPUs, which are added only where they are asked for.
pub const SERVERS: [Manufacture; 1] = [Manufacture {
    model: "server of 8 H100 without its GPUs",
    name_holds: &[],
    unit: HardwareUnit::Server,
    kilograms: 5700.0,
    range: None,
    boundary: Boundary::CradleToGate,
    method: Method::Parametric,
    year: 2025,
    publication: "EcoLogits, methodology, 2025",
    source: "EcoLogits, methodology, 2025: 5,700 kg for the server of an AWS p5 instance without its 8 GPUs, by Boavizta's model, over a lifetime of 3 years there",
}];

impl Manufacture {
    /// The figure for a model of GPU, by its name in NVML; `None` if none is published.
    ///
    /// ```
    /// use gpu_carbon_core::embodied::Manufacture;
    /// assert_eq!(Manufacture::of("NVIDIA H100 80GB HBM3").unwrap().mass().as_kilograms(), 164.0);
    /// assert!(Manufacture::of("NVIDIA A100-SXM4-80GB").is_none());
    /// ```
    #[must_use]
    pub fn of(nvml_name: &str) -> Option<&'static Manufacture> {
        MANUFACTURES
            .iter()
            .find(|known| known.name_holds.iter().all(|part| has_word_with(nvml_name, part)))
    }

    /// The emissions of manufacturing one unit.
    #[must_use]
    pub fn mass(&self) -> Mass {
        Mass::saturating(self.kilograms * 1000.0)
    }

    /// The least and the greatest published figure; `None` where one alone is published.
    #[must_use]
    pub fn range(&self) -> Option<[Mass; 2]> {
        self.range.map(|bounds| bounds.map(|kilograms| Mass::saturating(kilograms * 1000.0)))
    }
}

/// True if a word of a name begins with a part.
fn has_word_with(name: &str, part: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published figures, each with the words of its source that state it.
    #[test]
    fn figures_are_those_of_their_sources() {
        let row = |name| *Manufacture::of(name).unwrap();
        let eighth = |kilograms: f64| kilograms / 8.0;
        let [server] = SERVERS;
        let published = [
            (row("NVIDIA B200"), eighth(2274.0), "2,274 kg cradle to gate per baseboard of 8 GPUs"),
            (row("NVIDIA H100 80GB HBM3"), eighth(1312.0), "1,312 kg cradle to gate per baseboard"),
            (row("NVIDIA A100-SXM4-40GB"), 127.6, "arXiv:2509.00093"),
            (row("NVIDIA A100-PCIE-40GB"), 181.0, "one memory die of six"),
            (server, 5700.0, "EcoLogits"),
        ];
        for (row, kilograms, words) in published {
            assert_eq!(row.mass().as_kilograms(), kilograms, "{}", row.model);
            assert!(row.source.contains(words), "{}: {}", row.model, row.source);
            let year: std::string::String = std::format!("{}", row.year);
            assert!(row.source.contains(&year), "{}: {}", row.model, row.source);
            if let Some([low, high]) = row.range() {
                assert!(low <= row.mass() && row.mass() <= high, "{}", row.model);
            }
        }
        let [low, high] = row("NVIDIA A100-PCIE-40GB").range().unwrap();
        assert_eq!((low.as_kilograms(), high.as_kilograms()), (120.5, 181.0));
    }

    /// NVIDIA's own figures of grams for each exaFLOP follow from the same baseboards, over four years: 0.66 and 0.50.
    #[test]
    fn the_baseboards_agree_with_the_grams_of_an_exaflop() {
        let seconds = crate::embodied::LIFESPAN.as_seconds();
        let grams = |name, petaflops: f64| {
            Manufacture::of(name).unwrap().mass().as_grams() * 8.0 / (seconds * petaflops * 1e-3)
        };
        assert!((grams("NVIDIA H100 80GB HBM3", 15.832) - 0.657).abs() < 1e-3);
        assert!((grams("NVIDIA B200", 36.0) - 0.501).abs() < 1e-3);
    }

    #[test]
    fn models_are_found_by_their_nvml_name() {
        let model = |name| Manufacture::of(name).map(|known| known.model);
        assert_eq!(model("NVIDIA H100 80GB HBM3"), Some("H100 SXM"));
        assert_eq!(model("NVIDIA H100 PCIe"), None);
        assert_eq!(model("NVIDIA B200"), Some("B200 SXM"));
        assert_eq!(model("NVIDIA GB200"), None);
        assert_eq!(model("NVIDIA A100-SXM4-40GB"), Some("A100 SXM 40 GB"));
        assert_eq!(model("NVIDIA A100-PCIE-40GB"), Some("A100 PCIe 40 GB"));
    }

    /// No figure was found for these, and the server is none of a GPU.
    #[test]
    fn models_without_a_published_figure_are_unknown() {
        for name in [
            "Tesla V100-SXM2-16GB",
            "NVIDIA H200",
            "NVIDIA GH200 480GB",
            "NVIDIA B300",
            "NVIDIA GB300",
            "NVIDIA L40S",
            "NVIDIA L4",
            "NVIDIA A100-SXM4-80GB",
            "",
        ] {
            assert_eq!(Manufacture::of(name), None, "{name}");
        }
    }
}
