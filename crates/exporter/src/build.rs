//! The origin of this build: its version, and the source and the compiler that it was made with.

/// The version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The revision of the source, as git names it; `unknown` if it was built without git.
pub const REVISION: &str = env!("GPU_CARBON_REVISION");

/// The branch of the source; `unknown` if it was built without git, and `HEAD` if none was checked out.
pub const BRANCH: &str = env!("GPU_CARBON_BRANCH");

/// The version of the compiler.
pub const RUSTC_VERSION: &str = env!("GPU_CARBON_RUSTC_VERSION");

/// All of it in one line, for `--version`.
pub(crate) const DESCRIPTION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (branch ",
    env!("GPU_CARBON_BRANCH"),
    ", revision ",
    env!("GPU_CARBON_REVISION"),
    ", rustc ",
    env!("GPU_CARBON_RUSTC_VERSION"),
    ")"
);
