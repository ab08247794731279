//! Where cargo leaves the shared library, and how programs come to find it.

use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The variable of the environment that names the script's file.
pub use crate::driver::SCRIPT_VARIABLE;

/// The shared library that cargo built beside the running program: a test, an example or a binary of this workspace.
///
/// Cargo leaves it in the profile's folder or in `deps` under that, by what it was asked to build; the newer one counts.
///
/// # Errors
/// Where there is none, as for a program that was moved out of cargo's folder, or that does not depend on this crate.
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

/// Puts the built library into a folder under the names that programs load, for use with `LD_LIBRARY_PATH`.
///
/// # Errors
/// Where there is no built library, or the folder cannot be written.
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
