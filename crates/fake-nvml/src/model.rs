//! The GPUs that a script can name.

use serde::{Deserialize, Serialize};

/// A kind of GPU, which gives a script's `[[gpu]]` its defaults.
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

/// What a [`Model`] is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    /// `NVML_DEVICE_ARCH_*`.
    pub(crate) architecture: u32,
    /// `NVML_BRAND_*`.
    pub(crate) brand: u32,
    pub(crate) compute_capability: (i32, i32),
    pub(crate) pci_device_id: u32,
    pub(crate) idle_watts: f64,
    /// The least and the most that the limit can be set to.
    pub(crate) limits_watts: (f64, f64),
    pub(crate) default_limit_watts: f64,
    pub(crate) memory_mib: u64,
    pub(crate) cores: u32,
    /// SM and memory clock at most, in MHz.
    pub(crate) clocks_mhz: (u32, u32),
    pub(crate) pcie_generation: u32,
    pub(crate) fans: u32,
    /// How many MIG instances it can have; 0 where it has no MIG mode.
    pub(crate) mig_instances: u32,
    pub(crate) counter: bool,
    pub(crate) reports_power: bool,
    pub(crate) ecc: bool,
}

const HOPPER: Preset = Preset {
    name: "NVIDIA H100 80GB HBM3",
    architecture: 9,
    brand: 14,
    compute_capability: (9, 0),
    pci_device_id: 0x2330_10de,
    idle_watts: 70.0,
    limits_watts: (200.0, 700.0),
    default_limit_watts: 700.0,
    memory_mib: 81_559,
    cores: 16_896,
    clocks_mhz: (1_980, 2_619),
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
    compute_capability: (8, 0),
    pci_device_id: 0x20b2_10de,
    idle_watts: 60.0,
    limits_watts: (100.0, 400.0),
    default_limit_watts: 400.0,
    memory_mib: 81_920,
    cores: 6_912,
    clocks_mhz: (1_410, 1_593),
    pcie_generation: 4,
    ..HOPPER
};

const TESLA: Preset = Preset { brand: 2, pcie_generation: 3, mig_instances: 0, ..AMPERE };

impl Model {
    /// All of them.
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
                limits_watts: (100.0, 900.0),
                default_limit_watts: 900.0,
                memory_mib: 97_871,
                ..HOPPER
            },
            Self::B200 => Preset {
                name: "NVIDIA B200",
                architecture: 10,
                compute_capability: (10, 0),
                pci_device_id: 0x2901_10de,
                idle_watts: 140.0,
                limits_watts: (200.0, 1_000.0),
                default_limit_watts: 1_000.0,
                memory_mib: 183_359,
                cores: 18_944,
                ..HOPPER
            },
            Self::A100 => AMPERE,
            Self::L40s => Preset {
                name: "NVIDIA L40S",
                architecture: 8,
                compute_capability: (8, 9),
                pci_device_id: 0x26b9_10de,
                idle_watts: 35.0,
                limits_watts: (100.0, 350.0),
                default_limit_watts: 350.0,
                memory_mib: 46_068,
                cores: 18_176,
                clocks_mhz: (2_520, 9_001),
                mig_instances: 0,
                ..AMPERE
            },
            Self::T4 => Preset {
                name: "Tesla T4",
                architecture: 6,
                compute_capability: (7, 5),
                pci_device_id: 0x1eb8_10de,
                idle_watts: 10.0,
                limits_watts: (60.0, 70.0),
                default_limit_watts: 70.0,
                memory_mib: 15_360,
                cores: 2_560,
                clocks_mhz: (1_590, 5_001),
                ..TESLA
            },
            Self::V100 => Preset {
                name: "Tesla V100-SXM2-16GB",
                architecture: 5,
                compute_capability: (7, 0),
                pci_device_id: 0x1db1_10de,
                idle_watts: 40.0,
                limits_watts: (150.0, 300.0),
                default_limit_watts: 300.0,
                memory_mib: 16_160,
                cores: 5_120,
                clocks_mhz: (1_530, 877),
                ..TESLA
            },
            Self::P40 => Preset {
                name: "Tesla P40",
                architecture: 4,
                compute_capability: (6, 1),
                pci_device_id: 0x1b38_10de,
                idle_watts: 10.0,
                limits_watts: (125.0, 250.0),
                default_limit_watts: 250.0,
                memory_mib: 24_576,
                cores: 3_840,
                clocks_mhz: (1_531, 3_615),
                counter: false,
                ..TESLA
            },
            Self::Rtx4090 => Preset {
                name: "NVIDIA GeForce RTX 4090",
                architecture: 8,
                brand: 5,
                compute_capability: (8, 9),
                pci_device_id: 0x2684_10de,
                idle_watts: 20.0,
                limits_watts: (150.0, 600.0),
                default_limit_watts: 450.0,
                memory_mib: 24_564,
                cores: 16_384,
                clocks_mhz: (3_105, 10_501),
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
