//! The metadata that a registry asks for, of each crate that may be published.

use std::path::Path;
use std::process::Command;

use crate::source::without_comments;
use crate::{none, root, texts};

/// The crates that may be published: the folder and the manifest of each.
fn published() -> Vec<(String, String)> {
    let manifests = texts("crates", &["toml"]).into_iter();
    let manifests = manifests
        .filter_map(|(path, text)| Some((path.strip_suffix("/Cargo.toml")?.to_owned(), text)));
    let found: Vec<_> = manifests.filter(|(_, text)| !text.contains("\npublish = false")).collect();
    assert!(found.len() >= 9, "{found:?}");
    found
}

/// The items of an array of strings in one line of a manifest.
fn items(manifest: &str, key: &str) -> usize {
    let line = manifest.lines().find_map(|line| line.strip_prefix(key));
    line.map_or(0, |line| line.matches('"').count() / 2)
}

#[test]
fn a_crate_has_what_a_registry_asks_for() {
    let mut found = Vec::new();
    for (folder, manifest) in published() {
        for key in
            ["description = ", "version.workspace", "license.workspace", "rust-version.workspace"]
        {
            if !manifest.contains(&format!("\n{key}")) {
                found.push(format!("{folder}: no {key}"));
            }
        }
        for key in ["keywords = ", "categories = "] {
            let number = items(&manifest, key);
            if !(1..=5).contains(&number) {
                found.push(format!("{folder}: {number} {key}, but a registry takes 1 to 5"));
            }
        }
        if !root().join(&folder).join("README.md").is_file() {
            found.push(format!("{folder}: no README.md"));
        }
    }
    none(found, "a crate that may be published has metadata");
}

#[test]
fn a_crate_names_the_version_of_each_crate_that_it_depends_on() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
    let mut found = Vec::new();
    for line in manifest.lines().filter(|line| line.contains("{ path = \"crates/")) {
        let private = line.starts_with("fake-nvml ");
        if !private && !line.contains(&format!("version = {version}")) {
            found.push(format!("Cargo.toml: {line}: not version = {version}"));
        }
    }
    for (folder, manifest) in published() {
        let paths = manifest.lines().filter(|line| line.contains("path = \"../"));
        found.extend(paths.map(|line| format!("{folder}: {line}: not of the workspace")));
    }
    none(found, "a dependency on a crate has its version, which a registry asks for");
}

/// A crate from a registry has the files of its own folder, and no others.
#[test]
fn a_crate_includes_no_file_of_another_folder() {
    let mut found = Vec::new();
    for (folder, _) in published() {
        for (path, text) in texts(&format!("{folder}/src"), &["rs"]) {
            let code = without_comments(&text);
            let file = root().join(&path);
            for macro_name in ["include_str!(\"", "include_bytes!(\""] {
                for rest in code.split(macro_name).skip(1) {
                    let name = rest.split('"').next().unwrap_or_default();
                    let included = file.parent().unwrap_or(Path::new("")).join(name);
                    let inside = included.canonicalize().is_ok_and(|it| {
                        root()
                            .join(&folder)
                            .canonicalize()
                            .is_ok_and(|crate_| it.starts_with(crate_))
                    });
                    if !inside {
                        found.push(format!("{path}: {name}"));
                    }
                }
            }
        }
    }
    none(found, "a crate includes files of its own folder alone");
}

/// The archives that a registry would receive. Nothing is sent, and nothing is compiled.
#[test]
fn the_crates_pack() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let folder = tempfile::tempdir().unwrap();
    let mut package = Command::new(cargo);
    package.args(["package", "--quiet", "--no-verify", "--allow-dirty", "--offline"]);
    package.arg("--target-dir").arg(folder.path()).current_dir(root());
    let crates = published();
    for (_, manifest) in &crates {
        let name = manifest.lines().find_map(|line| line.strip_prefix("name = ")).unwrap();
        package.args(["--package", name.trim_matches('"')]);
    }
    let output = package.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let packed = std::fs::read_dir(folder.path().join("package")).unwrap();
    let is_crate = |path: &Path| path.extension().is_some_and(|found| found == "crate");
    let packed = packed.filter(|entry| is_crate(&entry.as_ref().unwrap().path())).count();
    assert_eq!(packed, crates.len());
}
