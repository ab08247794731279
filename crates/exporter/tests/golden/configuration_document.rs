//! The YAML in the documents is read by the exporter's own readers, and `CONFIGURATION.md` has every key.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string, write};
use std::path::{Path, PathBuf};

use gpu_carbon_exporter::config::Config;
use gpu_carbon_exporter::web::Auth;
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;

/// A block of YAML in a document.
struct Block {
    document: PathBuf,
    text: String,
}

/// The program that reads a block.
#[derive(Debug, PartialEq, Eq)]
enum Reader {
    Exporter,
    /// The exporter's `--web.config.file`.
    Web,
    /// Prometheus: promtool checks these blocks in the tests of `deploy/`.
    Prometheus,
    /// Kubernetes, as a part of a pod's manifest.
    Kubernetes,
    /// Helm, as values of the chart: its engine reads these blocks in the tests of `deploy/`.
    Chart,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All documents of the repository.
fn documents() -> Vec<PathBuf> {
    let (mut folders, mut documents) = (vec![root()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            let skipped = ["target", "node_modules", "dist", ".git"].map(AsRef::as_ref);
            if entry.file_type().unwrap().is_dir() && !skipped.contains(&name.as_os_str()) {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                documents.push(path);
            }
        }
    }
    documents.sort();
    documents
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for document in documents() {
        let text = read_to_string(&document).unwrap();
        let mut parts = text.split("```yaml\n");
        parts.next();
        blocks.extend(parts.map(|part| Block {
            document: document.clone(),
            text: part.split("```").next().unwrap().to_owned(),
        }));
    }
    blocks
}

impl Block {
    /// The reader of a block, by its keys. A block without a reader is an error.
    fn reader(&self) -> Reader {
        let keys = self.text.lines().filter_map(|line| line.split_once(':'));
        let keys: BTreeSet<&str> = keys.map(|(key, _)| key).collect();
        let has = |names: &[&str]| names.iter().any(|name| keys.contains(name));
        match () {
            () if has(&["image"]) => Reader::Chart,
            () if has(&["intensity"]) => Reader::Exporter,
            () if has(&["tls_server_config", "basic_auth_users", "rate_limit"]) => Reader::Web,
            () if has(&["scrape_configs"]) => Reader::Prometheus,
            () if has(&["volumeMounts"]) => Reader::Kubernetes,
            () => panic!(
                "{}: no reader is known for this YAML:\n{}",
                self.document.display(),
                self.text
            ),
        }
    }
}

fn config(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("exporter.yaml"), Path::new("nvml.so"))
        .map_err(|error| error.to_string())
}

#[test]
fn the_exporter_reads_each_block_of_its_configuration() {
    let blocks: Vec<_> =
        blocks().into_iter().filter(|it| it.reader() == Reader::Exporter).collect();
    assert!(blocks.len() >= 10, "{}", blocks.len());
    for block in blocks {
        config(&block.text).unwrap_or_else(|error| panic!("{}: {error}", block.document.display()));
    }
}

#[test]
fn the_exporter_reads_each_block_of_its_web_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.self_signed(&key).unwrap().pem();
    for (name, text) in [
        ("server.crt", &certificate),
        ("scrapers.crt", &certificate),
        ("server.key", &key.serialize_pem()),
    ] {
        write(folder.path().join(name), text).unwrap();
    }
    let blocks: Vec<_> = blocks().into_iter().filter(|it| it.reader() == Reader::Web).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        Auth::parse(&folder.path().join("web.yml"), &block.text)
            .unwrap_or_else(|error| panic!("{}: {error}", block.document.display()));
    }
}

#[test]
fn each_mount_of_a_pod_has_its_volume() {
    let blocks: Vec<_> =
        blocks().into_iter().filter(|it| it.reader() == Reader::Kubernetes).collect();
    assert!(!blocks.is_empty());
    for Block { document, text } in blocks {
        let pod: Value = serde_saphyr::from_str(&text).unwrap();
        let column = |list: &str, key: &[&str]| {
            let list = pod[list].as_array().unwrap().iter();
            let value = |item: &Value| key.iter().fold(item.clone(), |item, key| item[key].clone());
            list.map(|item| value(item).as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
        };
        let pairs = [
            (column("volumeMounts", &["name"]), column("volumes", &["name"])),
            (column("volumeMounts", &["mountPath"]), column("volumes", &["hostPath", "path"])),
        ];
        pairs.into_iter().for_each(|(one, other)| assert_eq!(one, other, "{}", document.display()));
    }
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let text = read_to_string("CONFIGURATION.md").unwrap();
    let section = text.split("## All keys with their defaults").nth(1).unwrap();
    let complete = section.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let [least, complete] = ["intensity: {source: embedded}", complete]
        .map(|text| format!("{:?}", config(text).unwrap()));
    assert_eq!(least, complete);
}

/// The keys of a section, as the error of an unknown key lists them.
fn keys(error: &str) -> Vec<String> {
    let listed = error.split("expected one of ").nth(1).unwrap();
    let listed = listed.split(" at line").next().unwrap();
    listed.split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
}

#[test]
fn every_key_is_documented() {
    let document = read_to_string("CONFIGURATION.md").unwrap();
    let web = |text: &str| Auth::parse(Path::new("web.yml"), text).unwrap_err().to_string();
    let exporter = |text: &str| config(text).unwrap_err();
    let mut missing = Vec::new();
    for read in [&exporter as &dyn Fn(&str) -> String, &web] {
        for section in keys(&read("no_key: 1")) {
            let error = read(&format!("{section}: {{no_key: 1}}"));
            // A key of the top has no section of its own, and names are the keys of a map.
            let paths = match error.contains("unknown key") {
                true => keys(&error).iter().map(|key| format!("`{section}.{key}`")).collect(),
                false => vec![format!("`{section}`")],
            };
            missing.extend(paths.into_iter().filter(|path| !document.contains(path)));
        }
    }
    assert!(missing.is_empty(), "{missing:?} are not in CONFIGURATION.md");
}
