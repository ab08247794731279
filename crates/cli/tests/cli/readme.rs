//! The examples in the README of this crate: each command is run, and its output compared with the block that follows.
//!
//! The first word after a fence says what a block holds: `sh` is commands to run, with the flags that follow it before their
//! own; `csv` with a path is a file that they use, and another block after commands is their output, in which a line `…` stands for any lines. Blocks of
//! `sh no-test` are for other programs. The downloads of `pull` are run by the tests of the services, against a local
//! server; here their arguments are checked. `UPDATE_GOLDEN=1 cargo test` writes the outputs that have no line `…`.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use gpu_carbon_cli::args::{Args, Parsed};
use gpu_carbon_feeds::bundled::BundledSeries;

use crate::harness::outcome;
use crate::report::ledgers::{gpus, ledger, write_jobs};

/// A block of code in the README.
struct Block<'a> {
    /// The words after its fence.
    info: &'a str,
    text: &'a str,
    /// The position of the text in the README.
    range: Range<usize>,
}

fn blocks(readme: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(fence) = readme[at..].find("```") {
        let info = at + fence + 3;
        let text = info + readme[info..].find('\n').unwrap() + 1;
        let end = text + readme[text..].find("```").unwrap();
        let range = text..end;
        blocks.push(Block { info: readme[info..text].trim(), text: &readme[text..end], range });
        at = end + 3;
    }
    blocks
}

/// Runs a command in a folder, and returns its output, or its error; nothing where the output goes to a file.
fn run(line: &str, flags: &str, folder: &Path) -> String {
    let (line, file) =
        line.split_once(" > ").map_or((line, None), |(line, file)| (line, Some(file)));
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("gpu-carbon"), "{line}");
    if words.clone().next() == Some("pull") {
        let read = Args::read(line.split_whitespace().map(Into::into)).unwrap();
        assert!(matches!(read, Parsed::Command(_)), "{line}");
        return String::new();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
    let words = words.next().into_iter().chain(flags.split_whitespace()).chain(words);
    let outcome = outcome(command.args(words).current_dir(folder));
    let Some(file) = file else { return outcome.out + &outcome.err };
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    assert!(outcome.out.lines().count() > 10, "{line}");
    fs::write(folder.join(file), outcome.out).unwrap();
    String::new()
}

/// Compares lines with a pattern, in which a line `…` stands for any lines.
fn matches(lines: &[&str], pattern: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((&"…", rest)) => (0..=lines.len()).any(|left_out| matches(&lines[left_out..], rest)),
        Some((first, rest)) => lines.first() == Some(first) && matches(&lines[1..], rest),
    }
}

#[test]
fn every_example_prints_the_output_below_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (folder, _, _ledger) = ledger(gpus());
    let folder = folder.path();
    write_jobs(&folder.join("jobs.db"));
    let mut updated = readme.clone();
    let mut compared = 0;
    let blocks = blocks(&readme);
    for (place, block) in blocks.iter().enumerate() {
        match block.info.split_once(' ') {
            Some(("csv" | "yaml", file)) => {
                let file = folder.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, block.text).unwrap();
            }
            Some(("sh", "no-test")) => assert!(!block.text.starts_with("gpu-carbon")),
            _ if block.info.split(' ').next() == Some("sh") => {
                let flags = block.info.trim_start_matches("sh");
                let commands = block.text.replace("\\\n", " ");
                let found: String = commands.lines().map(|line| run(line, flags, folder)).collect();
                if found.is_empty() {
                    continue;
                }
                let expected = blocks.get(place + 1).filter(|next| !next.info.starts_with("sh"));
                let expected = expected.unwrap_or_else(|| panic!("{commands} has no output"));
                let pattern: Vec<&str> = expected.text.lines().collect();
                if std::env::var_os("UPDATE_GOLDEN").is_some() && !pattern.contains(&"…") {
                    let shift = updated.len() as isize - readme.len() as isize;
                    let start = expected.range.start.checked_add_signed(shift).unwrap();
                    updated.replace_range(start..start + expected.text.len(), &found);
                } else {
                    let lines: Vec<&str> = found.lines().collect();
                    assert!(matches(&lines, &pattern), "{commands} prints:\n{found}");
                }
                compared += 1;
            }
            _ => {}
        }
    }
    if updated != readme {
        fs::write(path, updated).unwrap();
    }
    assert!(compared >= 12, "only {compared} outputs were compared");
}

#[test]
fn every_bundled_series_is_listed() {
    let readme = include_str!("../../README.md");
    for name in BundledSeries::ALL.map(BundledSeries::name) {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}

/// The plan in the README of the repository, whose lines `…` stand for the ones that are left out.
#[test]
fn the_first_plan_of_the_repository_prints_what_its_readme_shows() {
    let readme = include_str!("../../../../README.md");
    let blocks = blocks(readme);
    let is_plan = |block: &Block<'_>| block.text.starts_with("target/release/gpu-carbon plan");
    let place = blocks.iter().position(is_plan).unwrap();
    let (flags, line) = (blocks[place].info.trim_start_matches("sh"), blocks[place].text.trim());
    assert!(readme.contains(&format!("`{}` prints the same", flags.trim())));
    let folder = tempfile::tempdir().unwrap();
    let found = run(line.trim_start_matches("target/release/"), flags, folder.path());
    let pattern: Vec<&str> = blocks[place + 1].text.lines().collect();
    let lines: Vec<&str> = found.lines().collect();
    assert!(pattern.len() > 5 && matches(&lines, &pattern), "{line} prints:\n{found}");
}
