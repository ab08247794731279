//! The length of files, and the words in them.

use crate::{none, root, rust_files, texts};

#[test]
fn no_rust_file_is_longer_than_400_lines() {
    let long = rust_files().into_iter().filter_map(|(path, text)| {
        let lines = text.lines().count();
        (lines > 400).then(|| format!("{path}: {lines} lines"))
    });
    none(long, "a Rust file has at most 400 lines");
}

#[test]
fn the_readme_has_at_most_150_lines() {
    let lines = std::fs::read_to_string(root().join("README.md")).unwrap().lines().count();
    assert!(
        lines <= 150,
        "README.md has {lines} lines; longer texts stand beside what they describe"
    );
}

/// Words of an earlier dialect, in two parts each, so that this file has none of them.
const BANNED: [(&str, &str); 4] =
    [("an", "ew"), ("fore", "told"), ("un", "priced"), ("re", "pric")];

/// Files whose subject is an old name: histories, and what reads or refuses what an old version wrote.
fn may_name_old_words(path: &str) -> bool {
    path.ends_with("CHANGELOG.md")
}

#[test]
fn no_word_of_the_earlier_dialect_comes_back() {
    let banned = BANNED.map(|(first, second)| format!("{first}{second}"));
    let folders = ["crates", "web", "tests", "deploy"];
    let mut files: Vec<_> = folders
        .into_iter()
        .flat_map(|folder| texts(folder, &["rs", "md", "js", "yml", "yaml"]))
        .collect();
    files
        .push(("README.md".to_owned(), std::fs::read_to_string(root().join("README.md")).unwrap()));
    files.retain(|(path, _)| !may_name_old_words(path));
    let mut found = Vec::new();
    for (path, text) in &files {
        for (number, line) in text.lines().enumerate() {
            let lower = line.to_lowercase();
            let words = lower.split(|c: char| !c.is_alphanumeric() && c != '_');
            for word in words.filter(|word| banned.iter().any(|it| word.starts_with(it))) {
                found.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    none(found, "use the field's words instead");
}

/// First words with which a doc comment asks, or points at what stands elsewhere, instead of naming its subject.
const WITHOUT_SUBJECT: [&str; 18] = [
    "What", "Whose", "Whether", "Its", "How", "Who", "Where", "When", "There", "It", "They", "By",
    "From", "At", "That", "As", "Does", "Lets",
];

#[test]
fn a_doc_comment_begins_with_its_subject() {
    let mut found = Vec::new();
    for (path, text) in rust_files() {
        let mut before = "";
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_start();
            let comment = |line: &str| {
                let text = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
                text.map(|text| text.trim_start().to_owned())
            };
            if let (Some(text), None) = (comment(line), comment(before)) {
                let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
                if WITHOUT_SUBJECT.contains(&word) {
                    found.push(format!("{path}:{}: {text}", number + 1));
                }
            }
            before = line;
        }
    }
    none(found, "a doc comment begins with a noun or a verb in the third person");
}
