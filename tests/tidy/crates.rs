//! The dependencies between the crates, and the one place of each library that others must not name.

use std::collections::BTreeMap;

use crate::source::without_comments;
use crate::{none, root, texts};

/// For each crate of the project, the others that it may depend on. Tests may use more.
const ARROWS: [(&str, &[&str]); 15] = [
    ("gpu-carbon-core", &[]),
    ("gpu-carbon-feeds", &["gpu-carbon-core"]),
    ("gpu-carbon-schema", &["gpu-carbon-core", "gpu-carbon-feeds"]),
    ("gpu-carbon-fetch", &["gpu-carbon-core", "gpu-carbon-feeds"]),
    ("gpu-carbon-ledger", &["gpu-carbon-core"]),
    ("gpu-carbon-metrics", &["gpu-carbon-core"]),
    ("gpu-carbon-attribution", &["gpu-carbon-core"]),
    ("gpu-carbon-host", &["gpu-carbon-core"]),
    ("gpu-carbon-memory", &[]),
    (
        "gpu-carbon-exporter",
        &[
            "gpu-carbon-core",
            "gpu-carbon-feeds",
            "gpu-carbon-schema",
            "gpu-carbon-fetch",
            "gpu-carbon-ledger",
            "gpu-carbon-metrics",
            "gpu-carbon-attribution",
            "gpu-carbon-host",
            "gpu-carbon-memory",
        ],
    ),
    (
        "gpu-carbon-cli",
        &[
            "gpu-carbon-core",
            "gpu-carbon-feeds",
            "gpu-carbon-schema",
            "gpu-carbon-fetch",
            "gpu-carbon-ledger",
            "gpu-carbon-metrics",
            "gpu-carbon-attribution",
            "gpu-carbon-memory",
        ],
    ),
    ("gpu-carbon-wasm", &["gpu-carbon-core", "gpu-carbon-feeds", "gpu-carbon-schema"]),
    ("gpu-carbon-manuals", &["gpu-carbon-exporter", "gpu-carbon-cli"]),
    ("fake-nvml", &[]),
    ("xtask", &[]),
];

#[test]
fn crates_depend_on_each_other_in_one_direction() {
    let arrows = BTreeMap::from(ARROWS);
    let mut found = Vec::new();
    for (path, manifest) in texts("crates", &["toml"]) {
        if !path.ends_with("/Cargo.toml") {
            continue;
        }
        let name = manifest.lines().find_map(|line| line.strip_prefix("name = ")).unwrap();
        let name = name.trim_matches('"');
        let Some(allowed) = arrows.get(name) else {
            found.push(format!("{path}: {name} has no line in ARROWS"));
            continue;
        };
        for dependency in dependencies(&manifest) {
            if arrows.contains_key(dependency) && !allowed.contains(&dependency) {
                found.push(format!("{path}: {name} depends on {dependency}"));
            }
        }
    }
    none(found, "a crate depends only on those below it");
}

/// The names in the tables `dependencies` of a manifest, those for some target, too.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut is_wanted = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']');
            is_wanted = table == "dependencies" || table.ends_with(".dependencies");
        } else if is_wanted && let Some((name, _)) = line.split_once([' ', '.', '=']) {
            names.push(name);
        }
    }
    names
}

/// Each library with its crate, and the one file or folder of that crate whose code names it.
const ONE_PLACE: [(&str, &str, &str); 6] = [
    ("nvml_wrapper", "crates/exporter/src/", "nvml/"),
    ("prometheus::", "crates/metrics/src/", "text.rs"),
    ("hyper::server", "crates/exporter/src/", "web/server.rs"),
    ("ureq", "crates/fetch/src/", "http/"),
    ("rusqlite", "crates/ledger/src/", "sqlite/"),
    ("tonic", "crates/attribution/src/", "kubelet/"),
];

#[test]
fn one_place_names_each_library_of_the_outside() {
    let mut found = Vec::new();
    for (library, folder, place) in ONE_PLACE {
        assert!(root().join(folder).join(place).exists(), "{folder}{place} is gone");
        let mut is_named = false;
        for (path, text) in texts("crates", &["rs"]) {
            let Some(inner) = path.strip_prefix(folder) else {
                let elsewhere = library != "prometheus::" && !path.starts_with("crates/fake-nvml/");
                let is_site = path == "crates/xtask/src/site.rs"; // the server of the demo
                if elsewhere && !is_site && names(&text, library) && path.contains("/src/") {
                    found.push(format!("{path}: {library}"));
                }
                continue;
            };
            let here = names(&text, library);
            is_named |= here;
            if here && !inner.starts_with(place) {
                found.push(format!("{path}: {library}"));
            }
        }
        assert!(is_named, "nothing names {library}");
    }
    none(found, "a library is named in one place");
}

/// Reports whether code names a library: as a path of its own, and not as the end of another.
fn names(text: &str, library: &str) -> bool {
    let code = without_comments(text);
    code.match_indices(library).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + library.len()..].chars().next();
        let in_word = |c: char| c.is_alphanumeric() || c == '_';
        let path = library.ends_with(':') || !after.is_some_and(in_word);
        path && !before.is_some_and(|c| in_word(c) || c == ':')
    })
}

/// Names of types that derive or implement an error, and do not say so.
#[test]
fn every_error_is_named_so() {
    let mut found = Vec::new();
    for (path, text) in texts("crates", &["rs"]) {
        let code = without_comments(&text);
        let mut lines = code.lines();
        while let Some(line) = lines.next() {
            let derives = line.contains("derive(") && line.contains("Error");
            let name = if derives {
                lines.by_ref().find_map(type_name)
            } else {
                let implements = line.contains("Error for ") && line.contains("impl");
                implements.then(|| line.split("Error for ").nth(1)).flatten().map(first_word)
            };
            found.extend(
                name.filter(|name| !name.ends_with("Error")).map(|it| format!("{path}: {it}")),
            );
        }
    }
    none(found, "an error's name ends in Error");
}

/// The type that a line of code defines.
fn type_name(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    words.find(|word| ["enum", "struct"].contains(word))?;
    words.next().map(first_word)
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}
