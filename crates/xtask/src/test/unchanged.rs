//! Stages whose tests passed before, and that read nothing that has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use super::stage::{Length, Stage};
use crate::shell::{cargo, output, program, root, target};

/// The packages whose programs the page's tests run: the page itself, and the command that it is compared with.
const OF_THE_PAGE: [&str; 3] = ["gpu-carbon-wasm", "gpu-carbon-cli", "xtask"];

/// A digest of all that a stage reads; `None` for stages that run each time.
///
/// # Errors
///
/// When the files cannot be listed or read.
pub(super) fn digest(stage: Stage, length: Length) -> Result<Option<u64>> {
    if stage != Stage::Web || length == Length::Long {
        return Ok(None);
    }
    let mut folders = vec![PathBuf::from("web")];
    folders.extend(folders_of(&OF_THE_PAGE)?);
    let mut hasher = DefaultHasher::new();
    for file in files(&folders)? {
        file.hash(&mut hasher);
        // A file that was removed is listed until that is committed.
        std::fs::read(root().join(&file)).ok().hash(&mut hasher);
    }
    Ok(Some(hasher.finish()))
}

/// Reports whether the stage passed with this digest.
pub(super) fn passed(stage: Stage, digest: u64) -> bool {
    let recorded = std::fs::read_to_string(record_of(stage));
    recorded.is_ok_and(|text| text.trim() == digest.to_string())
}

/// Records that the stage passed with this digest, or that it failed.
pub(super) fn record(stage: Stage, digest: u64, has_passed: bool) {
    let record = record_of(stage);
    // Without the record, the stage runs next time, too.
    let _ = if has_passed {
        std::fs::write(record, format!("{digest}\n"))
    } else {
        std::fs::remove_file(record)
    };
}

fn record_of(stage: Stage) -> PathBuf {
    target().join("stages").join(format!("{}.passed", stage.name()))
}

/// The files of folders that are in the repository, or could be, and those that say how all is built.
fn files(folders: &[PathBuf]) -> Result<Vec<String>> {
    let mut list = program("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--"]);
    list.args(["Cargo.toml", "Cargo.lock", ".cargo"]).args(folders);
    let listed = output(&mut list)?;
    let files: BTreeSet<String> =
        listed.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Ok(files.into_iter().collect())
}

/// The folders of packages of this workspace, and of all packages in it that they depend on.
fn folders_of(packages: &[&str]) -> Result<Vec<PathBuf>> {
    let metadata =
        output(cargo().args(["metadata", "--format-version=1", "--no-deps", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let listed = metadata["packages"].as_array().context("cargo names no package")?;
    let mut known: BTreeMap<&str, (&str, Vec<&str>)> = BTreeMap::new();
    for package in listed {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let dependencies = package["dependencies"].as_array();
        let names = dependencies.into_iter().flatten().filter_map(|it| it["name"].as_str());
        known.insert(text("name"), (text("manifest_path"), names.collect()));
    }
    let mut wanted = packages.to_vec();
    let mut folders = BTreeMap::new();
    while let Some(name) = wanted.pop() {
        let Some((manifest, dependencies)) = known.get(name) else { continue };
        let folder = Path::new(manifest).parent().context("a manifest without a folder")?;
        if folders.insert(name, folder.to_owned()).is_none() {
            wanted.extend(dependencies);
        }
    }
    Ok(folders.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_reads_its_own_files_those_of_the_core_and_none_of_the_exporter() {
        let mut folders = folders_of(&OF_THE_PAGE).unwrap();
        folders.push("web".into());
        let files = files(&folders).unwrap();
        let has = |name: &str| files.iter().any(|file| file == name);
        assert!(has("web/index.html") && has("crates/core/src/lib.rs") && has("Cargo.lock"));
        assert!(has("crates/wasm/src/lib.rs") && has("crates/cli/src/main.rs"));
        assert!(!has("crates/exporter/src/main.rs"), "{files:?}");
    }

    #[test]
    fn stages_that_read_more_and_those_of_ci_always_run() {
        assert_eq!(digest(Stage::Unit, Length::Short).unwrap(), None);
        assert_eq!(digest(Stage::Web, Length::Long).unwrap(), None);
        let digest = digest(Stage::Web, Length::Short).unwrap();
        assert!(digest.is_some());
    }
}
