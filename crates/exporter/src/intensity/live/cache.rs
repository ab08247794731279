//! A timeline on disk, so that a restart does not fetch it again.

use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Intensity, Quality, Span, Timestamp};
use tracing::warn;

use super::timeline::{Timeline, Value};
use crate::logging::occurrences_to_log;
use crate::regular_file;

/// The beginning of a file's first line; the step and the zone follow.
const HEADER: &str = "# gpu-carbon feed cache, version 1;";

/// The largest file that is read. 37 days of one value in five minutes take a hundredth of it.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The cache of one service.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    zone: String,
}

impl Cache {
    /// Opens a cache in a folder, which is created if it is missing. `None`, with a warning, if it cannot be written.
    pub(super) fn open(folder: &Path, service: &str, zone: &str) -> Option<Cache> {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' };
        let name: String = format!("{service}-{zone}").chars().map(plain).take(120).collect();
        let cache = Cache { path: folder.join(format!("{name}.csv")), zone: zone.to_owned() };
        match fs::create_dir_all(folder).and_then(|()| cache.check_writable(folder)) {
            Ok(()) => Some(cache),
            Err(error) => {
                let folder = folder.display();
                warn!(%folder, %error, "no cache: a restart fetches everything again");
                None
            }
        }
    }

    /// The stored timeline. A damaged file is moved aside, with a warning.
    pub(super) fn read(&self) -> Option<Timeline> {
        let text = match regular_file::read_text(&self.path, MOST_BYTES) {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            text => text.ok(),
        };
        let timeline = text.and_then(|text| parse(&text, &self.zone));
        if timeline.is_none() {
            let aside = self.path.with_extension("damaged");
            let file = self.path.display();
            warn!(%file, aside = %aside.display(), "the cache is damaged: it was moved aside, and everything is fetched again");
            let _ = fs::rename(&self.path, aside);
        }
        timeline
    }

    /// Replaces the stored timeline, completely or not at all.
    pub(super) fn write(&self, timeline: &Timeline) {
        let text = format(timeline, &self.zone);
        let temporary = self.path.with_extension("new");
        // A pipe of this name would block: the file is always a new one.
        let _ = fs::remove_file(&temporary);
        let written = fs::File::create_new(&temporary)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_data()))
            .and_then(|()| fs::rename(&temporary, &self.path));
        if let Err(error) = written
            && let Some(times) = occurrences_to_log("cache", "write")
        {
            warn!(file = %self.path.display(), times, %error, "the cache cannot be written");
        }
    }

    fn check_writable(&self, folder: &Path) -> std::io::Result<()> {
        let probe = folder.join(format!(".probe-{}", std::process::id()));
        let _ = fs::remove_file(&probe);
        fs::File::create_new(&probe)?;
        fs::remove_file(probe)
    }
}

fn format(timeline: &Timeline, zone: &str) -> String {
    let mut text = format!("{HEADER} step {}; zone {zone}\n", timeline.step().as_micros());
    for (at, Value { intensity, quality, step, published }) in timeline.values() {
        let grams = intensity.as_grams_per_kilowatt_hour();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{},{grams},{quality},{},{}",
            at.as_unix_micros(),
            published.as_unix_micros(),
            step.as_micros()
        );
    }
    text.push_str("# end\n");
    text
}

/// A step in microseconds, of a second to a day.
fn step_of(text: &str) -> Option<Span> {
    let step = Span::from_micros(text.parse().ok()?);
    (Span::from_seconds(1)..=Span::from_days(1)).contains(&step).then_some(step)
}

/// The timeline of a whole file for this zone; `None` of anything else.
fn parse(text: &str, zone: &str) -> Option<Timeline> {
    let (header, rows) = text.split_once('\n')?;
    let (step, file_zone) =
        header.strip_prefix(HEADER)?.strip_prefix(" step ")?.split_once("; zone ")?;
    let step = step_of(step)?;
    if file_zone != zone {
        return None;
    }
    let mut timeline = Timeline::new(step);
    for row in rows.strip_suffix("# end\n")?.lines() {
        let mut fields = row.split(',');
        let mut next = || fields.next();
        let (at, grams, quality, published) = (next()?, next()?, next()?, next()?);
        // A file of an earlier version has no step for each value.
        let step = next().map_or(Some(step), step_of);
        let time = |text: &str| Some(Timestamp::from_unix_micros(text.parse().ok()?));
        let value = Value {
            step: step?,
            intensity: Intensity::from_grid_grams(grams.parse().ok()?)?,
            quality: Quality::named(quality)?,
            published: time(published)?,
        };
        timeline.insert(time(at)?, value);
    }
    Some(timeline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::SLOT;

    fn timeline(values: &[(i64, f64, usize)]) -> Timeline {
        let mut timeline = Timeline::new(SLOT);
        for &(at, grams, quality) in values {
            let at = Timestamp::from_unix_micros(at);
            let intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
            let quality = Quality::ALL[quality];
            timeline.insert(at, Value { intensity, quality, step: SLOT, published: at });
        }
        timeline
    }

    #[test]
    fn a_damaged_file_is_moved_aside_and_a_whole_one_read() {
        let folder = std::env::temp_dir().join(format!("gpu-carbon-cache-{}", std::process::id()));
        let cache = Cache::open(&folder, "gb", "region 12").unwrap();
        assert_eq!(cache.read(), None);
        assert!(!folder.join("gb-region_12.damaged").exists(), "there was no file");
        let stored = timeline(&[(0, 0.1 + 0.2, 0), (300_000_000, 7.0, 2)]);
        cache.write(&stored);
        assert_eq!(cache.read(), Some(stored));
        let other = Cache { zone: "region 1".to_owned(), path: cache.path.clone() };
        assert_eq!(other.read(), None, "it is of another zone");
        assert!(folder.join("gb-region_12.damaged").exists());
        assert_eq!(cache.read(), None);
        fs::remove_dir_all(folder).unwrap();
    }

    proptest::proptest! {
        #[test]
        fn a_written_timeline_is_read_back(values in proptest::collection::vec((-1_000_000_000_i64..1_000_000_000, 0.0..3000.0_f64, 0_usize..4), 0..30)) {
            let stored = timeline(&values);
            let text = format(&stored, "Z");
            proptest::prop_assert_eq!(parse(&text, "Z"), Some(stored));
            for cut in 0..text.len() {
                proptest::prop_assert_eq!(parse(&text[..cut], "Z"), None);
            }
        }

        #[test]
        fn any_rows_are_read_whole_or_not_at_all(
            text in ".{0,200}",
            rows in proptest::collection::vec(
                "[0-9]{1,9},([0-9]{1,3}|[0-9e.-]{0,4}),(measured|estimated|forecast|fallback|[a-z]{0,3}),[0-9]{1,9}(,300000000)?\n",
                0..5,
            ),
        ) {
            let _ = parse(&text, "Z");
            let rows = rows.concat();
            if let Some(read) = parse(&format!("{HEADER} step 300000000; zone Z\n{rows}# end\n"), "Z") {
                proptest::prop_assert!(read.values().count() <= rows.lines().count());
                proptest::prop_assert_eq!(parse(&format(&read, "Z"), "Z"), Some(read));
            }
        }
    }
}
