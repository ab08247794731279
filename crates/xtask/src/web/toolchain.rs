//! Who compiles to wasm: rustup's target, where there is one or it can be had; else Debian's own compiler.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::needs;
use crate::shell::{cargo, program, root, run, succeeds, target};

const TARGET: &str = "wasm32-unknown-unknown";

/// What Debian calls its compiler for the web, the library's source, and the linker.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// A compiler that can make wasm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one that compiles everything else.
    Rustup,
    /// Debian's, which builds the standard library from its source.
    Debian,
}

impl Toolchain {
    /// The one that this machine has, or can get.
    pub(crate) fn find() -> Result<Toolchain> {
        if Toolchain::has_target() || Toolchain::add_target() {
            eprintln!("the wasm is built with rustup's target {TARGET}");
            return Ok(Toolchain::Rustup);
        }
        if !Toolchain::has_debian() {
            let packages = PACKAGES.join(" ");
            eprintln!(
                "the target {TARGET} cannot be had from rustup: installing {packages} instead"
            );
            needs::install_packages(&PACKAGES)?;
        }
        if !Toolchain::has_debian() {
            bail!(
                "no compiler for {TARGET}: `rustup target add {TARGET}` brings one, or Debian's {}",
                PACKAGES.join(" ")
            );
        }
        eprintln!(
            "the wasm is built with Debian's rustc-web, for want of rustup's target {TARGET}"
        );
        Ok(Toolchain::Debian)
    }

    fn has_target() -> bool {
        let library =
            program("rustc").args(["--target", TARGET, "--print", "target-libdir"]).output();
        library.is_ok_and(|output| {
            let folder = String::from_utf8_lossy(&output.stdout);
            output.status.success() && Path::new(folder.trim()).is_dir()
        })
    }

    fn add_target() -> bool {
        succeeds(program("rustup").args(["target", "add", TARGET])) && Toolchain::has_target()
    }

    fn has_debian() -> bool {
        let files = ["/usr/bin/rustc", "/usr/bin/cargo", LINKER];
        files.iter().all(|file| Path::new(file).exists())
            && succeeds(program("/usr/bin/rustc").args(["--target", TARGET, "--print", "cfg"]))
    }

    /// Builds a package for the browser, and says where the wasm is.
    pub(crate) fn build(self, package: &str) -> Result<PathBuf> {
        let folder = match self {
            Toolchain::Rustup => target(),
            // Another compiler's work: kept apart, or each would throw the other's away.
            Toolchain::Debian => target().join("debian"),
        };
        let mut build = match self {
            Toolchain::Rustup => cargo(),
            Toolchain::Debian => {
                let mut cargo = program("/usr/bin/cargo");
                cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1");
                cargo.env_remove("RUSTUP_TOOLCHAIN");
                cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
                cargo
            }
        };
        build.args(["build", "--locked", "--profile", "web", "--package", package]);
        build.args(["--lib", "--target", TARGET, "--target-dir"]).arg(&folder);
        if self == Toolchain::Debian {
            build.arg("-Zbuild-std=std,panic_abort");
        }
        // No path of this machine in the wasm: the same source gives the same bytes wherever it is built.
        build.env("CARGO_ENCODED_RUSTFLAGS", remapped_paths().join("\u{1f}"));
        run(&mut build)?;
        let file = package.replace('-', "_") + ".wasm";
        Ok(folder.join(TARGET).join("web").join(file))
    }
}

const LINKER: &str = "/usr/bin/wasm-ld-22";

/// Shorter names for the folders that a panic would name.
fn remapped_paths() -> Vec<String> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| home.map(|home| home.join(".cargo")));
    let folders = [(Some(root().to_owned()), "/src"), (cargo, "/cargo")];
    folders
        .into_iter()
        .filter_map(|(folder, short)| {
            Some(format!("--remap-path-prefix={}={short}", folder?.display()))
        })
        .collect()
}
