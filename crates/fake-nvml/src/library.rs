//! The location of the shared library that cargo builds, and its installation for programs.

use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::{env, fs};

pub use crate::driver::SCRIPT_VARIABLE;

/// The path of the shared library that cargo built beside the running program, which is a test, an example or a binary of
/// this workspace.
///
/// Depending on the command, cargo puts it into the profile's folder or into `deps` below that. The newer one is returned.
///
/// # Errors
/// When there is none, as for a program outside of cargo's folder, or one that does not depend on this crate.
pub fn built_library() -> Result<PathBuf> {
    let program = env::current_exe()?;
    let name = format!("{}fake_nvml{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let folders = program.ancestors().skip(1).take(3);
    folders
        .flat_map(|folder| [folder.join(&name), folder.join("deps").join(&name)])
        .filter_map(|library| Some((library.metadata().ok()?.modified().ok()?, library)))
        .max()
        .map(|(_, library)| library)
        .ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("no {name} near {}", program.display()))
        })
}

/// Links the built library into a folder under the names that programs load, for use with `LD_LIBRARY_PATH`.
///
/// # Errors
/// When there is no built library, or the folder cannot be written.
pub fn install(folder: &Path) -> Result<()> {
    let library = built_library()?;
    fs::create_dir_all(folder)?;
    for name in ["libnvidia-ml.so.1", "libnvidia-ml.so"] {
        let link = folder.join(name);
        match fs::remove_file(&link) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => std::os::unix::fs::symlink(&library, &link)?,
        }
    }
    Ok(())
}
