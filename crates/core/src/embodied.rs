//! Embodied emissions: those of manufacturing a GPU, and their share for a time of use.

use crate::sci::EmbodiedShare;
use crate::time::Span;
use crate::units::{Mass, Ratio};

/// The published emissions of manufacturing one GPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manufacture {
    /// The model.
    pub model: &'static str,
    /// The parts of the model's name in NVML; the name contains all of them, each at the beginning of a word.
    name_holds: &'static [&'static str],
    /// Kilograms of CO2e for one GPU.
    kilograms: f64,
    /// The publisher, the year, and what is counted: the stages of the life cycle, and the parts around the GPU.
    pub source: &'static str,
}

/// The published figures. Of a GPU that is not listed the embodied emissions are unknown, not zero.
pub const MANUFACTURES: [Manufacture; 4] = [
    Manufacture {
        model: "B200 SXM",
        name_holds: &["B200"],
        kilograms: 284.25,
        source: "NVIDIA, Product Carbon Footprint summary for HGX B200, 2025: 2,274 kg cradle to gate per baseboard of 8 GPUs, of which this is an eighth, with its part of the NVSwitches and heat sinks",
    },
    Manufacture {
        model: "H100 SXM",
        name_holds: &["H100", "HBM3"],
        kilograms: 164.0,
        source: "NVIDIA, Product Carbon Footprint summary for HGX H100, 2025: 1,312 kg cradle to gate per baseboard of 8 GPUs, of which this is an eighth, with its part of the NVSwitches and heat sinks",
    },
    Manufacture {
        model: "A100 SXM 40 GB",
        name_holds: &["A100", "SXM", "40GB"],
        kilograms: 127.6,
        source: "Falk et al., More than Carbon: cradle-to-grave environmental impacts of GenAI training on the Nvidia A100 GPU, arXiv:2509.00093, 2025",
    },
    Manufacture {
        model: "A100 PCIe 40 GB",
        name_holds: &["A100", "PCI", "40GB"],
        kilograms: 181.0,
        source: "Lees-Perasso et al. (Hubblo), life-cycle assessments of GPUs for artificial intelligence, ADEME, 2026: manufacture, distribution and end of life, by a parametric model that counts one memory die of six",
    },
];

/// The lifespan of a GPU if none is configured: the four years of the worked cases in the SCI guide (Green Software
/// Foundation, 2024).
pub const LIFESPAN: Span = Span::from_days(4 * 365);

impl Manufacture {
    /// The figure for a model, by its name in NVML; `None` if none is published.
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

    /// The emissions of manufacturing one GPU.
    #[must_use]
    pub fn mass(&self) -> Mass {
        Mass::saturating(self.kilograms * 1000.0)
    }
}

/// True if a word of a name begins with a part.
fn has_word_with(name: &str, part: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.starts_with(part))
}

/// The share of one GPU's manufacture for the time that it was reserved; zero for a lifespan of zero.
#[must_use]
pub fn of_one_gpu(total: Mass, reserved: Span, lifespan: Span) -> Mass {
    let share = EmbodiedShare { total, reserved, lifespan, resources: Ratio::ONE };
    share.mass().unwrap_or(Mass::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_found_by_their_nvml_name() {
        let model = |name| Manufacture::of(name).map(|known| known.model);
        assert_eq!(model("NVIDIA H100 80GB HBM3"), Some("H100 SXM"));
        assert_eq!(model("NVIDIA H100 PCIe"), None);
        assert_eq!(model("NVIDIA B200"), Some("B200 SXM"));
        assert_eq!(model("NVIDIA GB200"), None);
        assert_eq!(model("NVIDIA A100-SXM4-40GB"), Some("A100 SXM 40 GB"));
        assert_eq!(model("NVIDIA A100-PCIE-40GB"), Some("A100 PCIe 40 GB"));
        assert_eq!(model("Tesla V100-SXM2-16GB"), None);
    }

    #[test]
    fn a_lifetime_has_the_whole_and_an_hour_its_share() {
        let total = Mass::from_kilograms(1000.0).unwrap();
        assert_eq!(of_one_gpu(total, LIFESPAN, LIFESPAN), total);
        let hour = of_one_gpu(total, Span::from_seconds(3600), LIFESPAN).as_grams();
        assert!((hour - 28.538_812_785).abs() < 1e-9);
    }
}
