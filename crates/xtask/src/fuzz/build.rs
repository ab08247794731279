//! The fuzzer: the crates of the project, compiled to report to libFuzzer what they execute.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::shell::{cargo, cargo_path, output, program, run as execute, target};
use crate::starting;

/// Flags with which the compiler reports to libFuzzer which edges ran and what was compared. The pass that does it
/// is one of LLVM, and every stable rustc has it.
const INSTRUMENT: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// Set for the compiler that [`instrument_if_asked`] runs.
const ASKED: &str = "GPU_CARBON_INSTRUMENT";

/// The ways to build the fuzzer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// Quick to build: the dependencies as the tests have them, and only the crates of the project report to
    /// libFuzzer. They run unoptimized.
    Checked,
    /// The fuzzer that [`Build::Checked`] has built before.
    Prepared,
    /// Quick to run: everything optimized, with the checks of a debug build, and the dependencies report, too.
    Optimized,
}

impl Build {
    /// Builds the fuzzer, and returns its path.
    ///
    /// # Errors
    ///
    /// When it does not compile.
    pub(crate) fn run(self) -> Result<PathBuf> {
        match self {
            Build::Checked => checked(),
            Build::Prepared => Ok(prepared()),
            Build::Optimized => optimized(cargo()),
        }
    }

    /// Builds the optimized fuzzer in the time that other stages leave, so that it is built when they end.
    ///
    /// # Errors
    ///
    /// When it does not compile.
    pub(crate) fn run_optimized_beside() -> Result<()> {
        optimized(starting::in_spare_time(cargo_path())).map(drop)
    }
}

/// Builds in a target folder of its own what shares nothing with other builds.
fn optimized(mut cargo: Command) -> Result<PathBuf> {
    let version = output(program("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc -vV names no host")?;
    let folder = target().join("fuzz");
    let package = ["--package", "gpu-carbon-fuzz", "--features", "libfuzzer"];
    // With a target named, build scripts and macros are compiled without the flags.
    let build = ["build", "--quiet", "--locked", "--profile", "fuzz", "--target", host];
    cargo.env("RUSTFLAGS", INSTRUMENT.join(" ")).env_remove("CARGO_ENCODED_RUSTFLAGS");
    execute(cargo.args(build).args(package).arg("--target-dir").arg(&folder))?;
    Ok(folder.join(host).join("fuzz/gpu-carbon-fuzz"))
}

/// Builds in the target folder of the tests, through [`instrument_if_asked`].
fn checked() -> Result<PathBuf> {
    let mut cargo = cargo();
    // The whole workspace, so that most of the dependencies have the features that the tests give them.
    cargo.args(["build", "--quiet", "--workspace", "--locked", "--bin", "gpu-carbon-fuzz"]);
    cargo.args(["--features", "gpu-carbon-fuzz/libfuzzer"]);
    cargo.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?).env(ASKED, "1");
    execute(&mut cargo)?;
    let fuzzer = prepared();
    std::fs::create_dir_all(target().join("fuzz"))?;
    // Other builds of the workspace put the program without libFuzzer in its place.
    std::fs::copy(target().join("debug/gpu-carbon-fuzz"), &fuzzer)
        .with_context(|| format!("{} cannot be written", fuzzer.display()))?;
    Ok(fuzzer)
}

/// The path of the fuzzer that [`checked`] has built.
fn prepared() -> PathBuf {
    target().join("fuzz/gpu-carbon-fuzz")
}

/// Runs the compiler that the arguments name, with the flags above, where [`checked`] has asked cargo to compile the
/// crates of the project by this program. Returns only where it has not.
pub(crate) fn instrument_if_asked() -> Option<ExitCode> {
    std::env::var_os(ASKED)?;
    let mut words = std::env::args_os().skip(1);
    let mut compiler = Command::new(words.next()?);
    let arguments: Vec<_> = words.collect();
    compiler.args(&arguments);
    // A build script and a macro run while building, without libFuzzer; a question to the compiler builds nothing.
    let is = |word: &str| arguments.iter().any(|argument| argument == word);
    if !is("build_script_build") && !is("proc-macro") && is("--crate-name") {
        compiler.args(INSTRUMENT);
    }
    let error = compiler.exec();
    eprintln!("{:?} cannot be run: {error}", compiler.get_program());
    Some(ExitCode::FAILURE)
}
