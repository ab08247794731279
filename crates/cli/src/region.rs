//! Regions: a name, a series of intensity, and its source.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use gpu_carbon_core::{Scope, Series, Signal, what_if};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::files::{self, FileSeries};
use gpu_carbon_feeds::gaps::{Filled, fill};

use crate::gaps::{self, GapsArg};
use crate::input;
use crate::progress::Progress;
use crate::usage_error::UsageError;

/// A region and its intensity.
#[derive(Debug, Clone)]
pub struct Region {
    /// The name: the stem of the file, the zone in a file of several, or the name of a bundled series.
    pub name: String,
    /// The intensity.
    pub series: Series,
    /// The kind of intensity.
    pub signal: Signal,
    /// True where neither the file nor the command line says which signal it is.
    pub is_signal_assumed: bool,
    /// The scope of the intensity; `None` where it is unknown.
    pub scope: Option<Scope>,
    /// The path of the file, or the attribution of a bundled series; and which gaps were filled.
    pub source: String,
    /// The credit that must be shown, where there is one.
    pub credit: Option<String>,
    /// The note on gaps that were filled, where there is one.
    pub filled: Option<String>,
    /// True where the file has several regions, of which this is one.
    pub is_one_of_several: bool,
}

impl<'a> From<&'a Region> for what_if::Region<'a> {
    fn from(region: &'a Region) -> what_if::Region<'a> {
        let Region { name, source, signal, scope, series, .. } = region;
        what_if::Region { name, source, signal: *signal, scope: *scope, series }
    }
}

/// The credits of some regions, each once.
pub fn credits<'a>(regions: impl IntoIterator<Item = &'a Region>) -> BTreeSet<&'a str> {
    regions.into_iter().filter_map(|region| region.credit.as_deref()).collect()
}

/// The signal of all regions, of which there is one or more.
///
/// # Errors
///
/// A [`UsageError`] when there are two signals, which no mean may mix.
pub fn common_signal(regions: &[Region]) -> Result<Signal, UsageError> {
    let of = |signal| regions.iter().find(|region| region.signal == signal);
    match (of(Signal::Marginal), of(Signal::Average)) {
        (Some(marginal), Some(average)) => Err(UsageError::MixedSignals {
            marginal: marginal.name.clone(),
            average: average.name.clone(),
        }),
        (None, Some(_)) => Ok(Signal::Average),
        _ => Ok(Signal::Marginal),
    }
}

/// The scope of all regions; `None` where one is unknown, or there are two.
pub fn common_scope(regions: &[Region]) -> Option<Scope> {
    let (first, others) = regions.split_first()?;
    first.scope.filter(|scope| others.iter().all(|region| region.scope == Some(*scope)))
}

/// The notes on series that are not as they were recorded or described: one whose signal is assumed, and each whose gaps were
/// filled.
pub fn notes(regions: &[Region]) -> Vec<String> {
    let mut assumed = regions.iter().filter(|region| region.is_signal_assumed);
    let first = assumed.next().map(|region| region.name.as_str());
    let others = match assumed.count() {
        0 => String::new(),
        others => format!(" (and {others} more)"),
    };
    let assumed = first.map(|first| {
        format!(
            "{first}{others} does not say which signal it is, and is taken as marginal: give --signal, or a line `# signal: average` in the file."
        )
    });
    let filled = regions.iter().filter_map(|region| region.filled.clone());
    assumed.into_iter().chain(filled).collect()
}

/// The gas of emissions in all regions, after the unit of a mass: ` of CO2`, ` of CO2e`, or nothing where it is unknown.
pub fn of_gas(regions: &[Region]) -> &'static str {
    match common_scope(regions) {
        Some(Scope::Co2Direct) => " of CO2",
        Some(Scope::Co2eLifecycle) => " of CO2e",
        None => "",
    }
}

/// The disagreement of marginal signals: those of SGIP (PG&E) and of WattTime (CAISO_NORTH) for 2020, five minutes by five
/// minutes, and the savings of plans for one measured on the other.
pub(crate) const MARGINAL_SOURCES_DISAGREE: &str = "Marginal intensities are models' estimates: two published ones of one grid and year \
    (SGIP and WattTime, northern California, 2020) correlate at 0.55, and a plan by one keeps 66 to 82 % of the saving by the other.";

/// Opens the series that a flag names, in that order: files, folders of CSV files (sorted by name, without hidden ones)
/// and bundled series. A file may have several series, one for each zone. Each has its own signal, or `signal` where that is given.
///
/// # Errors
///
/// A [`UsageError`] when a file cannot be read, or a series has another signal than `signal`.
pub fn open(named: &[PathBuf], signal: Option<Signal>) -> anyhow::Result<Vec<Region>> {
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
        let found = match source {
            Source::Bundled(series) => vec![open_bundled(*series, signal)?],
            Source::File(path) => open_file(path, signal)?,
        };
        found.into_iter().for_each(|region| add(&mut regions, region));
        progress.step();
    }
    Ok(regions)
}

/// Opens the only series of a file, as [`open`] does.
///
/// # Errors
///
/// As [`open`], and a [`UsageError`] when there are several, or none.
pub(crate) fn open_one(named: &Path, signal: Option<Signal>) -> anyhow::Result<Region> {
    let mut regions = open(&[named.to_owned()], signal)?;
    let count = regions.len();
    let only = regions.pop().filter(|_| count == 1);
    only.ok_or_else(|| {
        let text = format!(
            "--intensity {}: it has {count} series, and one is needed: give the file of one of them, or FILE#ZONE",
            named.display()
        );
        UsageError::CommandLine(text).into()
    })
}

/// The source of a series.
enum Source {
    Bundled(BundledSeries),
    File(PathBuf),
}

/// Fills the gaps of some regions by a rule, and says so in the source of each.
///
/// # Errors
///
/// Never in practice, as [`fill`].
pub fn fill_gaps(regions: &mut [Region], rule: GapsArg) -> anyhow::Result<()> {
    let GapsArg::Fill(filling) = rule else { return Ok(()) };
    for region in regions {
        let Filled { series, intervals } = fill(&region.series, filling)?;
        if let Some(filled) = gaps::described(&intervals) {
            region.source = format!("{} ({filled} filled by --gaps {rule})", region.source);
            region.filled = Some(format!("{}: {filled} filled by --gaps {rule}.", region.name));
            region.series = series;
        }
    }
    Ok(())
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

/// Checks that a series has the signal that the command line asks for, if it asks for one.
fn check_signal(name: &str, held: Signal, asked: Option<Signal>) -> Result<(), UsageError> {
    match asked.filter(|&asked| asked != held) {
        Some(asked) => Err(UsageError::Signal { name: name.to_owned(), asked, held }),
        None => Ok(()),
    }
}

fn open_bundled(bundled: BundledSeries, asked: Option<Signal>) -> anyhow::Result<Region> {
    check_signal(bundled.name(), bundled.signal(), asked)?;
    let source = bundled.attribution().to_owned();
    Ok(Region {
        name: bundled.name().to_owned(),
        series: bundled.series().context("the bundled series is damaged")?,
        signal: bundled.signal(),
        is_signal_assumed: false,
        scope: Some(bundled.scope()),
        credit: Some(source.clone()),
        source,
        filled: None,
        is_one_of_several: false,
    })
}

fn csv_files(folder: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let unreadable = |error| UsageError::Unreadable { path: folder.to_owned(), error };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_csv = name.ends_with(".csv") || name.ends_with(".csv.gz");
        if is_csv && !name.starts_with('.') && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() { Err(UsageError::NoSeries(folder.to_owned())) } else { Ok(files) }
}

/// Opens the series of a file: all of them, or the one of a zone where its name follows the path after `#`.
fn open_file(named: &Path, asked: Option<Signal>) -> Result<Vec<Region>, UsageError> {
    let (path, zone) = located(named);
    let content = input::bytes(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => UsageError::Unknown(path.clone()),
        _ => UsageError::Unreadable { path: path.clone(), error },
    })?;
    let text = input::decode(&path, &content)?;
    let wrong = |error| UsageError::Intensity { path: path.clone(), error };
    let mut found = files::read(&text).map_err(wrong)?;
    let has_several = found.len() > 1;
    if let Some(zone) = &zone {
        let zones: Vec<_> = found.iter().filter_map(|it| it.metadata.zone.clone()).collect();
        found.retain(|it| it.metadata.zone.as_ref() == Some(zone));
        if found.is_empty() {
            return Err(UsageError::NoZone { path, zone: zone.clone(), zones: zones.join(", ") });
        }
    }
    let stem = stem(&path);
    let name = |zone: &Option<String>| match zone.clone().filter(|_| has_several) {
        Some(zone) => zone,
        None => stem.clone(),
    };
    let source = match path == Path::new(input::STANDARD_INPUT) {
        true => "standard input".to_owned(),
        false => named.display().to_string(),
    };
    let region = |found: FileSeries| {
        let FileSeries { series, metadata, doubt, .. } = found;
        let name = name(&metadata.zone);
        if let Some(doubt) = doubt {
            return Err(UsageError::Doubtful { path: path.clone(), name, doubt });
        }
        if let Some(held) = metadata.signal {
            check_signal(&name, held, asked)?;
        }
        let known = metadata.signal.or(asked);
        Ok(Region {
            name,
            series,
            signal: known.unwrap_or(Signal::Marginal),
            is_signal_assumed: known.is_none(),
            scope: metadata.scope,
            source: source.clone(),
            credit: metadata.licence,
            filled: None,
            is_one_of_several: has_several,
        })
    };
    found.into_iter().map(region).collect()
}

/// The path of a file, and the zone after `#` where no file has the whole name.
fn located(named: &Path) -> (PathBuf, Option<String>) {
    let zone = || named.to_str().filter(|_| !named.exists())?.rsplit_once('#');
    match zone() {
        Some((path, zone)) => (PathBuf::from(path), Some(zone.to_owned())),
        None => (named.to_owned(), None),
    }
}

/// The name of a file without its ending, and without the ending of a compressed file; `stdin` for standard input.
fn stem(path: &Path) -> String {
    if path == Path::new(input::STANDARD_INPUT) {
        return "stdin".to_owned();
    }
    let stem = |path: &Path| PathBuf::from(path.file_stem().unwrap_or(path.as_os_str()));
    let is_compressed = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
    let name = if is_compressed { stem(&stem(path)) } else { stem(path) };
    name.to_string_lossy().into_owned()
}

/// Adds a region. Where it is one of several in its file, and an earlier file has the same one for another time, as EIA's
/// half-years have, the two become one.
fn add(regions: &mut Vec<Region>, region: Region) {
    let continues = |other: &&mut Region| {
        other.is_one_of_several
            && (&other.name, other.signal, other.scope)
                == (&region.name, region.signal, region.scope)
    };
    if region.is_one_of_several
        && let Some(other) = regions.iter_mut().find(continues)
    {
        let points = other.series.points().iter().chain(region.series.points()).copied().collect();
        if let Ok(series) = Series::new(points) {
            other.series = series;
            other.source = format!("{} {}", other.source, region.source);
            return;
        }
    }
    regions.push(region);
}
