//! The models of GPUs that a script can name, and the properties of each.

use serde::{Deserialize, Serialize};

/// A model of GPU. It gives the defaults of a `[[gpu]]` in the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Model {
    /// NVIDIA H100 80GB HBM3: Hopper, MIG capable, energy counter.
    H100,
    /// NVIDIA H200: Hopper, MIG capable, energy counter.
    H200,
    /// NVIDIA GH200 480GB: Grace Hopper, which also has power for the whole module.
    Gh200,
    /// NVIDIA B200: Blackwell, MIG capable, energy counter.
    B200,
    /// NVIDIA A100-SXM4-80GB: GA100, MIG capable, energy counter.
    A100,
    /// NVIDIA L40S: Ada, energy counter.
    L40s,
    /// Tesla T4: Turing, energy counter.
    T4,
    /// Tesla V100-SXM2-16GB: Volta, the first with an energy counter.
    V100,
    /// Tesla P40: Pascal, power but no energy counter.
    P40,
    /// NVIDIA GeForce RTX 4090: Ada, a desktop card with fans.
    Rtx4090,
    /// A guest's share of an A100 (GRID A100-40C): neither power nor energy.
    Vgpu,
}

/// The properties of a [`Model`]. Names, architectures and brands are those of NVML, device ids those of the PCI ID
/// repository, and limits, memory, cores and clocks about those of NVIDIA's data sheets; idle powers are typical. Nothing
/// in this crate depends on their accuracy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    /// `NVML_DEVICE_ARCH_*`.
    pub(crate) architecture: u32,
    /// `NVML_BRAND_*`.
    pub(crate) brand: u32,
    pub(crate) compute_capability: ComputeCapability,
    pub(crate) pci_device_id: u32,
    pub(crate) idle_watts: f64,
    pub(crate) limits: PowerLimits,
    pub(crate) memory_mib: u64,
    pub(crate) cores: u32,
    pub(crate) highest_clocks: HighestClocks,
    pub(crate) pcie_generation: u32,
    pub(crate) fans: u32,
    /// The highest number of MIG instances; 0 without a MIG mode.
    pub(crate) mig_instances: u32,
    pub(crate) counter: bool,
    pub(crate) reports_power: bool,
    pub(crate) ecc: bool,
}

/// The CUDA compute capability.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ComputeCapability {
    pub(crate) major: i32,
    pub(crate) minor: i32,
}

/// The values of the power limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PowerLimits {
    pub(crate) lowest_watts: f64,
    pub(crate) default_watts: f64,
    pub(crate) highest_watts: f64,
}

/// The highest clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HighestClocks {
    pub(crate) sm_mhz: u32,
    pub(crate) memory_mhz: u32,
}

const fn power_limits(lowest_watts: f64, default_watts: f64, highest_watts: f64) -> PowerLimits {
    PowerLimits { lowest_watts, default_watts, highest_watts }
}

const HOPPER: Preset = Preset {
    name: "NVIDIA H100 80GB HBM3",
    architecture: 9,
    brand: 14,
    compute_capability: ComputeCapability { major: 9, minor: 0 },
    pci_device_id: 0x2330_10de,
    idle_watts: 70.0,
    limits: power_limits(200.0, 700.0, 700.0),
    memory_mib: 81_559,
    cores: 16_896,
    highest_clocks: HighestClocks { sm_mhz: 1_980, memory_mhz: 2_619 },
    pcie_generation: 5,
    fans: 0,
    mig_instances: 7,
    counter: true,
    reports_power: true,
    ecc: true,
};

const AMPERE: Preset = Preset {
    name: "NVIDIA A100-SXM4-80GB",
    architecture: 7,
    compute_capability: ComputeCapability { major: 8, minor: 0 },
    pci_device_id: 0x20b2_10de,
    idle_watts: 60.0,
    limits: power_limits(100.0, 400.0, 400.0),
    memory_mib: 81_920,
    cores: 6_912,
    highest_clocks: HighestClocks { sm_mhz: 1_410, memory_mhz: 1_593 },
    pcie_generation: 4,
    ..HOPPER
};

const TESLA: Preset = Preset { brand: 2, pcie_generation: 3, mig_instances: 0, ..AMPERE };

impl Model {
    /// All models.
    pub const ALL: [Self; 11] = [
        Self::H100,
        Self::H200,
        Self::Gh200,
        Self::B200,
        Self::A100,
        Self::L40s,
        Self::T4,
        Self::V100,
        Self::P40,
        Self::Rtx4090,
        Self::Vgpu,
    ];

    pub(crate) fn preset(self) -> Preset {
        match self {
            Self::H100 => HOPPER,
            Self::H200 => Preset {
                name: "NVIDIA H200",
                pci_device_id: 0x2335_10de,
                idle_watts: 75.0,
                memory_mib: 143_771,
                ..HOPPER
            },
            Self::Gh200 => Preset {
                name: "NVIDIA GH200 480GB",
                pci_device_id: 0x2342_10de,
                limits: power_limits(100.0, 900.0, 900.0),
                memory_mib: 97_871,
                ..HOPPER
            },
            Self::B200 => Preset {
                name: "NVIDIA B200",
                architecture: 10,
                compute_capability: ComputeCapability { major: 10, minor: 0 },
                pci_device_id: 0x2901_10de,
                idle_watts: 140.0,
                limits: power_limits(200.0, 1_000.0, 1_000.0),
                memory_mib: 183_359,
                cores: 18_944,
                ..HOPPER
            },
            Self::A100 => AMPERE,
            Self::L40s => Preset {
                name: "NVIDIA L40S",
                architecture: 8,
                compute_capability: ComputeCapability { major: 8, minor: 9 },
                pci_device_id: 0x26b9_10de,
                idle_watts: 35.0,
                limits: power_limits(100.0, 350.0, 350.0),
                memory_mib: 46_068,
                cores: 18_176,
                highest_clocks: HighestClocks { sm_mhz: 2_520, memory_mhz: 9_001 },
                mig_instances: 0,
                ..AMPERE
            },
            Self::T4 => Preset {
                name: "Tesla T4",
                architecture: 6,
                compute_capability: ComputeCapability { major: 7, minor: 5 },
                pci_device_id: 0x1eb8_10de,
                idle_watts: 10.0,
                limits: power_limits(60.0, 70.0, 70.0),
                memory_mib: 15_360,
                cores: 2_560,
                highest_clocks: HighestClocks { sm_mhz: 1_590, memory_mhz: 5_001 },
                ..TESLA
            },
            Self::V100 => Preset {
                name: "Tesla V100-SXM2-16GB",
                architecture: 5,
                compute_capability: ComputeCapability { major: 7, minor: 0 },
                pci_device_id: 0x1db1_10de,
                idle_watts: 40.0,
                limits: power_limits(150.0, 300.0, 300.0),
                memory_mib: 16_160,
                cores: 5_120,
                highest_clocks: HighestClocks { sm_mhz: 1_530, memory_mhz: 877 },
                ..TESLA
            },
            Self::P40 => Preset {
                name: "Tesla P40",
                architecture: 4,
                compute_capability: ComputeCapability { major: 6, minor: 1 },
                pci_device_id: 0x1b38_10de,
                idle_watts: 10.0,
                limits: power_limits(125.0, 250.0, 250.0),
                memory_mib: 24_576,
                cores: 3_840,
                highest_clocks: HighestClocks { sm_mhz: 1_531, memory_mhz: 3_615 },
                counter: false,
                ..TESLA
            },
            Self::Rtx4090 => Preset {
                name: "NVIDIA GeForce RTX 4090",
                architecture: 8,
                brand: 5,
                compute_capability: ComputeCapability { major: 8, minor: 9 },
                pci_device_id: 0x2684_10de,
                idle_watts: 20.0,
                limits: power_limits(150.0, 450.0, 600.0),
                memory_mib: 24_564,
                cores: 16_384,
                highest_clocks: HighestClocks { sm_mhz: 3_105, memory_mhz: 10_501 },
                fans: 2,
                mig_instances: 0,
                ecc: false,
                ..AMPERE
            },
            Self::Vgpu => Preset {
                name: "GRID A100-40C",
                brand: 9,
                memory_mib: 40_960,
                mig_instances: 0,
                counter: false,
                reports_power: false,
                ..AMPERE
            },
        }
    }
}
