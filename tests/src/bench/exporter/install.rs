//! Installs the other exporters, once, into the target folder.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::program::{Kind, Program};
use crate::bench::install::{finish, peers_folder, python};

const NVITOP: &str = "nvitop-exporter==1.7.2";
const NVIDIA_GPU: &str = "1.0.0";

/// Installers that come with a virtual environment and are no package of the exporter.
const INSTALLERS: [&str; 5] =
    ["pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence"];

/// Installs one of the other exporters where it is not installed yet, and reports that before.
///
/// # Errors
///
/// When it cannot be installed: names the command that failed and its last line.
pub fn install(kind: Kind, progress: &dyn Fn(&str)) -> Result<Program> {
    let peers = peers_folder()?;
    match kind {
        Kind::GpuCarbon => Program::gpu_carbon(),
        Kind::Nvitop => nvitop(&peers, progress),
        Kind::NvidiaGpu => nvidia_gpu(&peers, progress),
    }
}

fn nvitop(peers: &Path, progress: &dyn Fn(&str)) -> Result<Program> {
    let folder = peers.join(NVITOP.replace("==", "-"));
    let file = folder.join("bin/nvitop-exporter");
    if !file.is_file() {
        progress(&format!("installing {NVITOP} from PyPI, into {}", folder.display()));
        python(&folder, &[NVITOP])?;
    }
    let libraries = std::fs::read_dir(folder.join("lib"))?;
    let packages = libraries.filter_map(|python| Some(python.ok()?.path().join("site-packages")));
    let size_bytes = packages.map(|folder| size(&folder)).sum::<Result<u64>>()?;
    Ok(Program { kind: Kind::Nvitop, file, size_bytes })
}

fn nvidia_gpu(peers: &Path, progress: &dyn Fn(&str)) -> Result<Program> {
    let name = Kind::NvidiaGpu.name();
    let folder = peers.join(format!("{name}-{NVIDIA_GPU}"));
    let file = folder.join("bin").join(name);
    if !file.is_file() {
        progress(&format!(
            "installing {name} {NVIDIA_GPU} from crates.io, into {} (some minutes)",
            folder.display()
        ));
        let build = peers.join("build");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut install = Command::new(cargo);
        install.args([
            "install",
            "--quiet",
            "--locked",
            "--no-track",
            "--version",
            NVIDIA_GPU,
            name,
        ]);
        finish(install.arg("--root").arg(&folder).env("CARGO_TARGET_DIR", &build))?;
        std::fs::remove_dir_all(build)?;
    }
    Program::of_one_file(Kind::NvidiaGpu, file)
}

/// The bytes of all files of a folder but the installers.
fn size(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if INSTALLERS.iter().any(|installer| name.to_string_lossy().starts_with(installer)) {
            continue;
        }
        sum += if entry.file_type()?.is_dir() {
            size(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installers_are_not_part_of_the_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (name, bytes) in [("nvitop/a.py", 5), ("nvitop/b/c.py", 7), ("pip-23.2/x", 100)] {
            std::fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            std::fs::write(path(name), vec![b'x'; bytes]).unwrap();
        }
        assert_eq!(size(folder.path()).unwrap(), 12);
    }
}
