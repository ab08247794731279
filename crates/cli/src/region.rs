//! Regions: a name, a series of intensity, and its source.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use gpu_carbon_core::{Series, Signal, what_if};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::csv;

use crate::progress::Progress;
use crate::usage_error::UsageError;

/// A region and its intensity.
#[derive(Debug, Clone)]
pub struct Region {
    /// The name: the stem of the file, or the name of a bundled series.
    pub name: String,
    /// The intensity.
    pub series: Series,
    /// The kind of intensity.
    pub signal: Signal,
    /// The path of the file, or the attribution of a bundled series.
    pub source: String,
    /// True for a bundled series, whose attribution must be shown.
    pub is_bundled: bool,
}

impl<'a> From<&'a Region> for what_if::Region<'a> {
    fn from(region: &'a Region) -> what_if::Region<'a> {
        let Region { name, source, signal, series, .. } = region;
        what_if::Region { name, source, signal: *signal, series }
    }
}

/// The attributions of the bundled series among some regions, each once.
pub fn credits<'a>(regions: impl IntoIterator<Item = &'a Region>) -> BTreeSet<&'a str> {
    let bundled = regions.into_iter().filter(|region| region.is_bundled);
    bundled.map(|region| region.source.as_str()).collect()
}

/// Opens the series that a flag names, in that order: files, folders of CSV files (sorted by name, without hidden ones)
/// and bundled series.
///
/// # Errors
///
/// A [`UsageError`] when a file cannot be read, or a bundled series has another signal than `signal`.
pub fn open(named: &[PathBuf], signal: Signal) -> anyhow::Result<Vec<Region>> {
    let mut sources = Vec::new();
    for name in named {
        if let Some(series) = name.to_str().and_then(BundledSeries::named) {
            sources.push(Source::Bundled(series));
        } else if name.is_dir() {
            sources.extend(csv_files(name)?.into_iter().map(Source::File));
        } else {
            sources.push(Source::File(name.clone()));
        }
    }
    let mut progress = Progress::of(sources.len(), "read");
    let mut regions = Vec::with_capacity(sources.len());
    for source in &sources {
        regions.push(match source {
            Source::Bundled(series) => open_bundled(*series, signal)?,
            Source::File(path) => open_file(path, signal)?,
        });
        progress.step();
    }
    Ok(regions)
}

/// The source of a series.
enum Source {
    Bundled(BundledSeries),
    File(PathBuf),
}

/// Checks that no two regions of one signal have the same name.
///
/// # Errors
///
/// A [`UsageError`] when two regions have one name.
pub fn check_names(regions: &[Region]) -> Result<(), UsageError> {
    let mut names = BTreeSet::new();
    match regions.iter().find(|region| !names.insert((region.signal, &region.name))) {
        Some(twice) => Err(UsageError::DuplicateName(twice.name.clone())),
        None => Ok(()),
    }
}

fn open_bundled(bundled: BundledSeries, signal: Signal) -> anyhow::Result<Region> {
    if signal != bundled.signal() {
        let (name, held) = (bundled.name(), bundled.signal());
        return Err(UsageError::Signal { name, asked: signal, held }.into());
    }
    let series = bundled.series().context("the bundled series is damaged")?;
    let source = bundled.attribution().to_owned();
    Ok(Region { name: bundled.name().to_owned(), series, signal, source, is_bundled: true })
}

fn csv_files(folder: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let unreadable = |error| UsageError::Unreadable { path: folder.to_owned(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_hidden =
            path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        if is_csv && !is_hidden && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() { Err(UsageError::NoSeries(folder.to_owned())) } else { Ok(files) }
}

fn open_file(path: &Path, signal: Signal) -> Result<Region, UsageError> {
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => UsageError::Unknown(path.to_owned()),
        _ => UsageError::Unreadable { path: path.to_owned(), error },
    })?;
    let series = csv::parse(&text)
        .map_err(|error| UsageError::Intensity { path: path.to_owned(), error })?;
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(Region { name, series, signal, source: path.display().to_string(), is_bundled: false })
}
