//! Links, tables and lists of contents in the documents.

use std::collections::BTreeSet;
use std::path::Path;

use crate::{none, root, texts};

#[test]
fn every_link_leads_to_a_file_or_heading_of_this_repository() {
    let mut broken = Vec::new();
    for (path, text) in texts("", &["md"]) {
        for link in links(&text) {
            if ["http://", "https://", "mailto:"].iter().any(|scheme| link.starts_with(scheme)) {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() {
                root().join(&path)
            } else {
                root().join(&path).parent().unwrap().join(file)
            };
            if !target.exists() || !heading.is_empty() && !headings(&target).contains(heading) {
                broken.push(format!("{path}: {link}"));
            }
        }
    }
    none(broken, "a link leads to a file or heading of this repository");
}

/// The targets of the links in a document, without those in its blocks of code.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(text) {
        let mut rest = line;
        while let Some(start) = rest.find("](") {
            rest = &rest[start + 2..];
            let Some(end) = rest.find(')') else { break };
            let link = rest[..end].split_whitespace().next().unwrap_or_default();
            links.push(link.to_owned());
        }
    }
    links
}

/// The lines outside blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// The headings of a document, as links name them.
fn headings(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let titles = prose(&text).filter(|line| line.starts_with('#'));
    titles.map(|title| anchor(title.trim_start_matches('#').trim())).collect()
}

/// A heading as GitHub names it in a link.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_row_of_a_table_stands_below_its_header() {
    let mut loose = Vec::new();
    for (path, text) in texts("", &["md"]) {
        let lines: Vec<&str> = prose(&text).collect();
        let is_row = |line: &&&str| line.starts_with('|');
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| is_row(line)) {
            let first = number == 0 || !is_row(&&lines[number - 1]);
            let rule = lines
                .get(number + 1)
                .is_some_and(|below| below.starts_with("|---") || below.starts_with("| ---"));
            if first && !rule {
                loose.push(format!("{path}: {line}"));
            }
        }
    }
    none(loose, "a table begins with a header, and has no empty line");
}

/// The lines from which a document needs a list of its contents. A changelog needs none.
const LONG_DOCUMENT: usize = 100;

#[test]
fn a_long_document_lists_its_contents() {
    let mut missing = Vec::new();
    for (path, text) in texts("", &["md"]) {
        let titles: Vec<&str> = prose(&text).filter_map(|line| line.strip_prefix("## ")).collect();
        let is_long = text.lines().count() >= LONG_DOCUMENT && titles.len() > 2;
        if !is_long || path.ends_with("CHANGELOG.md") {
            continue;
        }
        let links: BTreeSet<String> = links(&text).into_iter().collect();
        let unlisted =
            titles.into_iter().filter(|title| !links.contains(&format!("#{}", anchor(title))));
        missing.extend(unlisted.map(|title| format!("{path}: {title}")));
        if !text.contains("\nContents: ") {
            missing.push(format!("{path}: no line begins with `Contents: `"));
        }
    }
    none(missing, "a long document links its sections");
}

#[test]
fn links_and_headings_are_found() {
    let text =
        "# One `two`-three\nsee [a](b.md#c) and [d](e)\n```\n[no](link)\n```\n[f](g \"title\")";
    assert_eq!(links(text), ["b.md#c", "e", "g"]);
    assert_eq!(anchor("One `two`-three, four"), "one-two-three-four");
}
