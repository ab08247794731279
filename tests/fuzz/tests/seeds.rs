//! Runs every seed of every target without libFuzzer: inputs that once found a fault stay harmless.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails, and names the file")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gpu_carbon_fuzz::TARGETS;

fn here(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The names in a folder, without what follows a point.
fn names(folder: &str) -> BTreeSet<String> {
    let files = fs::read_dir(here(folder)).unwrap();
    files
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn no_seed_finds_a_fault() {
    for target in TARGETS {
        let seeds: Vec<_> = fs::read_dir(here("seeds").join(target.name)).unwrap().collect();
        assert!(!seeds.is_empty(), "{} has no seed", target.name);
        for seed in seeds {
            let path = seed.unwrap().path();
            let input = fs::read(&path).unwrap();
            // Names the file in case of a panic.
            println!("{}", path.display());
            (target.run)(&input);
        }
    }
}

/// `cargo xtask fuzz` knows the targets by the folders of their seeds.
#[test]
fn every_file_is_a_target_and_has_seeds() {
    let listed: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(listed, names("src/targets"));
    assert_eq!(listed, names("seeds"));
}
