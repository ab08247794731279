//! The compiler for wasm: that of rustup where it can install the target, otherwise Debian's.
//!
//! Both build the standard library from source where they can: small, and without the messages of panics, it saves a
//! quarter of the bytes that the browser loads. That is not part of the stable language yet, so it has to be enabled.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::needs;
use crate::shell::{cargo, program, root, run, succeeds, target};

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's packages of its compiler for the web, the library's source, and the linker.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// Debian's compiler, its cargo and its linker.
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const LINKER: &str = "/usr/bin/wasm-ld-22";

/// Enables SIMD: two numbers at once, above all in the dynamic programme. By MDN's browser-compat-data, Chrome has it since
/// 91, Firefox since 89, Safari since 16.4. The page needs newer ones anyway: `light-dark()`, for the colours of its style,
/// needs Chrome 123, Firefox 120, Safari 17.5 (2024).
const WIDE: &str = "-Ctarget-feature=+simd128";

/// Parts of the standard library that are small and used all the time: arithmetic of 128 bits, and memory.
const QUICK: [&str; 2] = ["compiler_builtins", "dlmalloc"];

/// A compiler that can make wasm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The compiler that compiles everything else.
    Rustup {
        /// True where it has the source of the standard library.
        source: bool,
    },
    /// Debian's compiler, which has the standard library for the web only as source.
    Debian,
}

impl Toolchain {
    /// The compiler that this machine has, or can install.
    pub(crate) fn find() -> Result<Toolchain> {
        if has(&["target", "add", TARGET], target_folder) {
            let source = has_source();
            let library =
                if source { "built from its source" } else { "as installed, and so larger" };
            eprintln!(
                "the wasm is built with rustup's target {TARGET}, the standard library {library}"
            );
            return Ok(Toolchain::Rustup { source });
        }
        if !has_debian() {
            let packages = PACKAGES.join(" ");
            eprintln!(
                "the target {TARGET} cannot be installed by rustup: installing {packages} instead"
            );
            needs::install_packages(&PACKAGES)?;
        }
        if !has_debian() {
            let packages = PACKAGES.join(" ");
            bail!(
                "no compiler for {TARGET}: install it with `rustup target add {TARGET}`, or Debian's {packages}"
            );
        }
        eprintln!("the wasm is built with Debian's {RUSTC}, for want of rustup's target {TARGET}");
        Ok(Toolchain::Debian)
    }

    /// Builds a package with one of its features for the browser, and returns the path of the wasm.
    pub(crate) fn build(self, package: &str, feature: &str) -> Result<PathBuf> {
        // A folder for each library: in one, each would discard the other's files.
        let folder = target().join(match self {
            Toolchain::Rustup { source: true } => "web/small",
            Toolchain::Rustup { source: false } => "web/as-it-comes",
            Toolchain::Debian => "web/debian",
        });
        let from_source = self != Toolchain::Rustup { source: false };
        let mut build = self.cargo();
        build.args(["build", "--locked", "--profile", "web", "--package", package, "--lib"]);
        build.args(["--no-default-features", "--features", feature]);
        build.args(["--target", TARGET, "--target-dir"]).arg(&folder);
        // No path of this machine in the wasm: the same source gives the same bytes wherever it is built.
        let mut flags = remapped_paths();
        flags.push(WIDE.to_owned());
        if from_source {
            build.env("RUSTC_BOOTSTRAP", "1");
            build.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
            let wordless =
                ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none"];
            flags.extend(wordless.map(str::to_owned));
            for package in QUICK {
                let level = format!("profile.web.package.{package}.opt-level=3");
                build.args(["--config", &level]);
            }
        }
        build.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        run(&mut build)?;
        let file = package.replace('-', "_") + ".wasm";
        Ok(folder.join(TARGET).join("web").join(file))
    }

    fn cargo(self) -> Command {
        match self {
            Toolchain::Rustup { .. } => cargo(),
            Toolchain::Debian => {
                let mut cargo = program(CARGO);
                cargo.env("RUSTC", RUSTC).env_remove("RUSTUP_TOOLCHAIN");
                cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
                cargo
            }
        }
    }
}

/// Reports whether rustc has the source of the standard library, or rustup can bring it.
pub(crate) fn has_source() -> bool {
    has(&["component", "add", "rust-src"], source_folder)
}

/// Reports whether a folder of the compiler exists, or rustup can install it.
fn has(rustup: &[&str], folder: fn() -> Option<PathBuf>) -> bool {
    let is_there = || folder().is_some_and(|folder| folder.is_dir());
    is_there() || (succeeds(program("rustup").args(rustup)) && is_there())
}

/// Folder of the standard library of the target.
fn target_folder() -> Option<PathBuf> {
    printed(&["--target", TARGET, "--print", "target-libdir"])
}

/// Folder of the source of the standard library.
fn source_folder() -> Option<PathBuf> {
    Some(printed(&["--print", "sysroot"])?.join("lib/rustlib/src/rust/library/std"))
}

fn printed(arguments: &[&str]) -> Option<PathBuf> {
    let output = program("rustc").args(arguments).output().ok().filter(|it| it.status.success())?;
    Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn has_debian() -> bool {
    [RUSTC, CARGO, LINKER].iter().all(|file| Path::new(file).exists())
        && succeeds(program(RUSTC).args(["--target", TARGET, "--print", "cfg"]))
}

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
