//! Rust source, as far as these tests read it.

use std::collections::BTreeSet;

/// Code without comments, and without the content of its strings; its lines stay where they are.
pub(crate) fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let begin = hashes + 2;
            rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len())
        } else if first == '"' {
            string_length(rest)
        } else if let Some(length) = character_length(rest) {
            length
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.extend(rest[..length].chars().filter(|&c| c == '\n'));
        code.push(' ');
        rest = &rest[length..];
    }
    code
}

/// The number of `#` of the raw string that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of the character that begins here, in its quotes; a lifetime is none.
fn character_length(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    if inner.starts_with('\\') {
        return inner[2..].find('\'').map(|end| end + 4);
    }
    let first = inner.chars().next()?.len_utf8();
    inner[first..].starts_with('\'').then_some(first + 2)
}

#[test]
fn comments_and_strings_are_left_out() {
    let code = "a /* b */ // c\nd(\"e \\\" f\", r#\"g \" h\"#, 'i', '\\'', '\"'); j<'k>";
    let expected = "a    \nd( ,  ,  ,  ,  ); j<'k>";
    assert_eq!(without_comments(code), expected);
}

/// Code without its inline modules of tests.
pub(crate) fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        let (before, after) = rest.split_at(at);
        kept.push_str(before);
        let item = &after["#[cfg(test)]".len()..];
        let end = item.find(['{', ';']).unwrap_or(item.len());
        rest = if item[end..].starts_with('{') {
            &item[end + block(&item[end..])..]
        } else {
            &item[end..]
        };
    }
    kept + rest
}

/// The length of the block in braces that begins here.
fn block(code: &str) -> usize {
    let mut depth = 0_u32;
    for (at, character) in code.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// The paths that a module names: of its imports, and of its code; not of what it only exports again.
pub(crate) fn paths(code: &str) -> Vec<Vec<String>> {
    let (uses, rest) = uses(code);
    let mut paths = inline_paths(&rest);
    for (_, tree) in uses.iter().filter(|(exported, _)| !exported) {
        expand(&[], tree, &mut paths);
    }
    paths
}

/// The names that a module exports again, each with the path that it stands for.
pub(crate) fn reexports(code: &str) -> Vec<(String, Vec<String>)> {
    let mut paths = Vec::new();
    for (_, tree) in uses(code).0.iter().filter(|(exported, _)| *exported) {
        expand(&[], tree, &mut paths);
    }
    let named = |path: Vec<String>| {
        let last = path.last()?.clone();
        match last.split_once(" as ") {
            Some((name, alias)) => {
                let mut path = path;
                path.pop();
                path.push(name.to_owned());
                Some((alias.to_owned(), path))
            }
            None => Some((last, path)),
        }
    };
    paths.into_iter().filter_map(named).collect()
}

/// The trees of the `use` statements, each with whether it exports again; and the code without them.
fn uses(code: &str) -> (Vec<(bool, &str)>, String) {
    let (mut found, mut others) = (Vec::new(), String::new());
    let mut rest = code;
    while let Some(at) = rest.find("use ") {
        let (before, after) = rest.split_at(at);
        let line = before.rsplit(['\n', ';', '{', '}']).next().unwrap_or_default().trim();
        let is_import = line.is_empty() || line.starts_with("pub");
        let end = after.find(';').unwrap_or(after.len());
        others.push_str(before);
        if is_import {
            found.push((!line.is_empty(), &after["use ".len()..end]));
        } else {
            others.push_str(&after[..end]);
        }
        rest = &after[end..];
    }
    (found, others + rest)
}

/// Every path of the tree of a `use` statement.
fn expand(before: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let names = tree.split("::").map(|name| name.trim().to_owned()).filter(|it| it != "self");
        paths.push(if tree.starts_with("self::") {
            std::iter::once("self".to_owned()).chain(names).collect()
        } else {
            before.iter().cloned().chain(names).collect()
        });
        return;
    };
    let names = tree[..open].split("::").map(|name| name.trim().to_owned());
    let prefix: Vec<String> =
        before.iter().cloned().chain(names.filter(|name| !name.is_empty())).collect();
    let inner = tree[open + 1..].trim_end().trim_end_matches('}');
    let (mut depth, mut start) = (0_i32, 0);
    for (at, character) in inner.char_indices().chain([(inner.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[start..at].trim().is_empty() {
                    expand(&prefix, &inner[start..at], paths);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

/// The paths of at least two names in code.
fn inline_paths(code: &str) -> Vec<Vec<String>> {
    let in_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c| !in_path(c)).filter(|word| word.contains("::"));
    words
        .map(|word| word.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect())
        .collect()
}

#[test]
fn trees_of_imports_are_expanded() {
    let found =
        paths("use a::{self, b::{C, D as E}, f};\npub(crate) use g::H;\nfn i() { j::k(l) }");
    let found: BTreeSet<String> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["a", "a::b::C", "a::b::D as E", "a::f", "j::k"].map(str::to_owned).into());
    let exported = reexports("pub use a::{B, c::D as E};");
    let path = |names: &str| names.split("::").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(exported, [("B".to_owned(), path("a::B")), ("E".to_owned(), path("a::c::D"))]);
}
