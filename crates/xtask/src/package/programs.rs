//! The programs that have packages.

/// A program, and the crate that has the metadata of its packages.
pub(super) struct Packaged {
    pub(super) program: &'static str,
    pub(super) package: &'static str,
    pub(super) folder: &'static str,
}

pub(super) const PACKAGED: [Packaged; 2] = [
    Packaged {
        program: "gpu-carbon-exporter",
        package: "gpu-carbon-exporter",
        folder: "crates/exporter",
    },
    Packaged { program: "gpu-carbon", package: "gpu-carbon-cli", folder: "crates/cli" },
];
