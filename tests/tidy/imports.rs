//! The imports between the modules of a crate: none goes in a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{paths, reexports, without_comments, without_tests};
use crate::{none, root, texts};

/// A module by its names from the top of the crate; the top has none.
type Module = Vec<String>;

/// The contents of a file that others may import.
#[derive(Debug, Default)]
struct Contents {
    code: String,
    /// Names that stand for other paths.
    reexports: Vec<(String, Vec<String>)>,
}

/// The modules of one crate.
#[derive(Debug, Default)]
struct Modules(BTreeMap<Module, Contents>);

impl Modules {
    /// Reads the files of a crate, without those of its tests.
    fn of(files: &[(String, String)]) -> Modules {
        let has_library = files.iter().any(|(path, _)| path == "lib.rs");
        let mut modules = Modules::default();
        for (path, text) in files {
            let name = path.trim_end_matches(".rs");
            let is_test = name.ends_with("tests") || name.split('/').any(|part| part == "tests");
            if is_test || name.starts_with("bin/") || has_library && name == "main" {
                continue;
            }
            let mut module: Module = name.split('/').map(str::to_owned).collect();
            if module.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
                module.pop();
            }
            let code = without_tests(&without_comments(text));
            let mut contents = Contents { reexports: Vec::new(), code };
            contents.reexports = reexports(&contents.code);
            modules.0.insert(module, contents);
        }
        modules
    }

    /// The path from the top of the crate that a path in a module stands for; `None` where it leads out of the crate.
    fn absolute(&self, module: &Module, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => {
                let parent = &module[..module.len().checked_sub(1)?];
                let supers = rest.iter().take_while(|name| *name == "super").count();
                let parent = &parent[..parent.len().checked_sub(supers)?];
                Some([parent, &rest[supers..]].concat())
            }
            child => {
                let inner = [&module[..], &[child.to_owned()]].concat();
                self.0.contains_key(&inner).then(|| [&inner[..], rest].concat())
            }
        }
    }

    /// The module whose file defines what a path from the top leads to, through every re-export.
    fn home(&self, path: &[String], depth: usize) -> Module {
        let mut module = Module::new();
        for (place, name) in path.iter().enumerate() {
            let inner = [&module[..], std::slice::from_ref(name)].concat();
            if self.0.contains_key(&inner) {
                module = inner;
                continue;
            }
            let contents = self.0.get(&module);
            let found =
                contents.and_then(|it| it.reexports.iter().find(|(known, _)| known == name));
            if let Some((_, target)) = found.filter(|_| depth < 8)
                && let Some(target) = self.absolute(&module, target)
            {
                return self.home(&[&target[..], &path[place + 1..]].concat(), depth + 1);
            }
            break;
        }
        module
    }

    /// For each module, those whose items it names.
    fn imports(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let of = |(module, contents): (&Module, &Contents)| {
            let named = paths(&contents.code).into_iter();
            let homes = named.filter_map(|path| self.absolute(module, &path));
            let mut homes: BTreeSet<Module> = homes.map(|path| self.home(&path, 0)).collect();
            homes.remove(module);
            (module.clone(), homes)
        };
        self.0.iter().map(of).collect()
    }
}

/// Every group of modules each of which leads to each other.
fn circles(imports: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<BTreeSet<&Module>> {
    let reached = |from: &Module| {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&Module> = imports.get(from).into_iter().flatten().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module) {
                next.extend(imports.get(module).into_iter().flatten());
            }
        }
        reached
    };
    let all: BTreeMap<&Module, BTreeSet<&Module>> =
        imports.keys().map(|module| (module, reached(module))).collect();
    let mut circles = BTreeSet::new();
    for (module, reached) in &all {
        let circle: BTreeSet<&Module> =
            reached.iter().copied().filter(|other| all[other].contains(module)).collect();
        circles.insert(circle);
    }
    circles.remove(&BTreeSet::new());
    circles
}

/// A circle by its imports, one after another.
fn describe(circle: &BTreeSet<&Module>, imports: &BTreeMap<Module, BTreeSet<Module>>) -> String {
    let name = |module: &Module| {
        if module.is_empty() { "crate".to_owned() } else { module.join("::") }
    };
    let of = |module: &&Module| {
        let inside = imports[*module].iter().filter(|other| circle.contains(other));
        let inside: Vec<String> = inside.map(name).collect();
        format!("{} -> {}", name(module), inside.join(", "))
    };
    circle.iter().map(of).collect::<Vec<_>>().join("; ")
}

#[test]
fn no_module_imports_itself_through_others() {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let folder = format!("crates/{name}/src");
        if !root().join(&folder).is_dir() {
            continue;
        }
        let mut files = texts(&folder, &["rs"]);
        for (path, _) in &mut files {
            *path = path[folder.len() + 1..].to_owned();
        }
        let imports = Modules::of(&files).imports();
        let circles = circles(&imports);
        found.extend(circles.iter().map(|it| format!("{name}: {}", describe(it, &imports))));
    }
    none(found, "modules import one another in one direction");
}

#[test]
fn a_circle_is_found_and_a_reexport_is_none() {
    let circles_of = |files: &[(&str, &str)]| {
        let files: Vec<_> =
            files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned())).collect();
        let imports = Modules::of(&files).imports();
        circles(&imports).iter().map(|it| describe(it, &imports)).collect::<Vec<_>>()
    };
    let apart = [
        ("lib.rs", "mod a; mod b; pub use a::A;"),
        ("a.rs", "use std::fmt; pub struct A;"),
        ("b.rs", "use crate::A; #[cfg(test)] mod tests { use crate::c; }"),
    ];
    assert_eq!(circles_of(&apart), [""; 0]);
    let parent = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::{self, B}; pub struct A;"),
        ("b/mod.rs", "mod c; pub struct B; fn f() { c::g() }"),
        ("b/c.rs", "// use crate::a\npub fn g(_: super::B, _: super::super::a::A) {}"),
    ];
    assert_eq!(circles_of(&parent), ["a -> b; b -> b::c; b::c -> a, b"]);
}
