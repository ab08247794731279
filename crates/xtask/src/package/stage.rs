//! The files that the packages take from no other place: the programs, their manuals, and the units with the path of the
//! program in a package.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::programs::PACKAGED;
use crate::shell::{output, program, root, run as execute, target};

/// The units of systemd.
const UNITS: [&str; 2] = ["gpu-carbon-exporter.service", "gpu-carbon-exporter.socket"];

/// The path of the exporter in the unit of those who install it by hand, and in a package.
const PATHS: [&str; 2] = ["/usr/local/bin/gpu-carbon-exporter", "/usr/bin/gpu-carbon-exporter"];

/// Copies and writes the files, and returns a folder that the makers of packages take for the target folder of cargo: they find
/// everything below its `release`, which the metadata in the manifests call `target/release`.
///
/// # Errors
///
/// When a file is missing or cannot be written.
pub(super) fn stage(binaries: &Path, manuals: &Path) -> Result<PathBuf> {
    let staged = target().join("packages/staged");
    make_empty(&staged)?;
    let release = staged.join("release");
    let packaged = release.join("packaged");
    std::fs::create_dir_all(&packaged)?;
    for it in &PACKAGED {
        let (from, to) = (binaries.join(it.program), release.join(it.program));
        std::fs::copy(&from, &to).with_context(|| format!("{}", from.display()))?;
        // Those of the tests have symbols for backtraces, which are most of them.
        execute(program("strip").arg(&to))?;
    }
    execute(program(manuals).arg(&packaged))?;
    let mut pages = Vec::new();
    for it in &PACKAGED {
        for entry in std::fs::read_dir(packaged.join(it.program))? {
            pages.push(entry?.path());
        }
    }
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "1"));
    // Debian's policy asks for it. Without name and time, the same page gives the same bytes.
    execute(program("gzip").args(["-9", "--no-name"]).args(pages))?;
    for unit in UNITS {
        let text = std::fs::read_to_string(root().join("deploy/systemd").join(unit))?;
        std::fs::write(packaged.join(unit), text.replace(PATHS[0], PATHS[1]))?;
    }
    Ok(staged)
}

/// Makes an empty folder, or empties it.
///
/// # Errors
///
/// When that is not possible.
pub(super) fn make_empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))
}

/// The newest version of glibc that a program's symbols ask for, such as `2.34`.
///
/// # Errors
///
/// When `objdump` fails, or names no version.
pub(super) fn oldest_glibc(binary: &Path) -> Result<String> {
    let symbols = output(program("objdump").arg("--dynamic-syms").arg(binary))?;
    let versions = symbols.split("GLIBC_").skip(1).filter_map(version);
    let newest = versions.max();
    ensure!(newest.is_some(), "objdump names no version of glibc in {}", binary.display());
    let numbers = newest.unwrap_or_default();
    Ok(numbers.iter().map(u32::to_string).collect::<Vec<_>>().join("."))
}

/// The version at the beginning of a text.
fn version(text: &str) -> Option<Vec<u32>> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].split('.').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_read_and_ordered_as_numbers() {
        assert_eq!(version("2.34) dlsym"), Some(vec![2, 34]));
        assert_eq!(version("PRIVATE) x"), None);
        assert!(version("2.34") > version("2.4"));
        assert!(version("2.2.5") < version("2.34"));
    }
}
