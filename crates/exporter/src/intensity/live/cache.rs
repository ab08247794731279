//! A timeline on disk, so that a restart asks for nothing that was there.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Intensity, Quality, Span, Timestamp};
use tracing::warn;

use super::timeline::{Known, Timeline};

/// The first line of a file, up to the zone and the step.
const TITLE: &str = "# gpu-carbon feed cache, version 1;";

/// No file is larger: 37 days of one value a second do not fit, of one in five minutes take a hundredth.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The cache of one service.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    zone: String,
}

impl Cache {
    /// In a folder, which is made where it is missing; `None` where that cannot be, which is said.
    pub(super) fn open(folder: &Path, service: &str, zone: &str) -> Option<Cache> {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' };
        let name: String = format!("{service}-{zone}").chars().map(plain).take(120).collect();
        let cache = Cache { path: folder.join(format!("{name}.csv")), zone: zone.to_owned() };
        match fs::create_dir_all(folder).and_then(|()| cache.try_out(folder)) {
            Ok(()) => Some(cache),
            Err(error) => {
                let folder = folder.display();
                warn!(%folder, %error, "nothing is cached: after a restart, all is fetched anew");
                None
            }
        }
    }

    /// What was kept. A file that is damaged is set aside, and said so.
    pub(super) fn read(&self) -> Option<Timeline> {
        let length = fs::metadata(&self.path).ok()?.len();
        let text = (length <= MOST_BYTES).then(|| fs::read_to_string(&self.path).ok()).flatten();
        let timeline = text.and_then(|text| parse(&text, &self.zone));
        if timeline.is_none() {
            let aside = self.path.with_extension("damaged");
            let file = self.path.display();
            warn!(%file, aside = %aside.display(), "the cache is damaged: set aside, all is fetched anew");
            let _ = fs::rename(&self.path, aside);
        }
        timeline
    }

    /// Replaces what is kept, at once or not at all.
    pub(super) fn write(&self, timeline: &Timeline) {
        let text = write(timeline, &self.zone);
        let beside = self.path.with_extension("new");
        let written = fs::File::create(&beside)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_data()))
            .and_then(|()| fs::rename(&beside, &self.path));
        if let Err(error) = written {
            warn!(file = %self.path.display(), %error, "the cache cannot be written");
        }
    }

    fn try_out(&self, folder: &Path) -> std::io::Result<()> {
        let probe = folder.join(format!(".probe-{}", std::process::id()));
        fs::write(&probe, "")?;
        fs::remove_file(probe)
    }
}

fn write(timeline: &Timeline, zone: &str) -> String {
    let mut text = format!("{TITLE} step {}; zone {zone}\n", timeline.step().as_micros());
    for (at, Known { intensity, quality, said }) in timeline.values() {
        let grams = intensity.as_grams_per_kilowatt_hour();
        // Writing to a string cannot fail.
        let _ =
            writeln!(text, "{},{grams},{quality},{}", at.as_unix_micros(), said.as_unix_micros());
    }
    text.push_str("# end\n");
    text
}

/// `None` of anything but a whole file for this zone.
fn parse(text: &str, zone: &str) -> Option<Timeline> {
    let (title, rows) = text.split_once('\n')?;
    let (step, of) = title.strip_prefix(TITLE)?.strip_prefix(" step ")?.split_once("; zone ")?;
    let step = Span::from_micros(step.parse().ok()?);
    if of != zone || !(Span::from_seconds(1)..=Span::from_days(1)).contains(&step) {
        return None;
    }
    let mut timeline = Timeline::new(step);
    for row in rows.strip_suffix("# end\n")?.lines() {
        let mut fields = row.split(',');
        let mut next = || fields.next();
        let (at, grams, quality, said) = (next()?, next()?, next()?, next()?);
        let moment = |text: &str| Some(Timestamp::from_unix_micros(text.parse().ok()?));
        let known = Known {
            intensity: Intensity::from_grams_per_kilowatt_hour(grams.parse().ok()?).ok()?,
            quality: Quality::named(quality)?,
            said: moment(said)?,
        };
        timeline.put(moment(at)?, known);
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
            timeline.put(at, Known { intensity, quality: Quality::ALL[quality], said: at });
        }
        timeline
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_a_whole_one_read() {
        let folder = std::env::temp_dir().join(format!("gpu-carbon-cache-{}", std::process::id()));
        let cache = Cache::open(&folder, "gb", "region 12").unwrap();
        assert_eq!(cache.read(), None);
        assert!(!folder.join("gb-region_12.damaged").exists(), "nothing was there");
        let kept = timeline(&[(0, 0.1 + 0.2, 0), (300_000_000, 7.0, 2)]);
        cache.write(&kept);
        assert_eq!(cache.read(), Some(kept));
        let other = Cache { zone: "region 1".to_owned(), path: cache.path.clone() };
        assert_eq!(other.read(), None, "of another zone");
        assert!(folder.join("gb-region_12.damaged").exists());
        assert_eq!(cache.read(), None);
        fs::remove_dir_all(folder).unwrap();
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(values in proptest::collection::vec((-1_000_000_000_i64..1_000_000_000, 0.0..3000.0_f64, 0_usize..4), 0..30)) {
            let kept = timeline(&values);
            let text = write(&kept, "Z");
            proptest::prop_assert_eq!(parse(&text, "Z"), Some(kept));
            for cut in 0..text.len() {
                proptest::prop_assert_eq!(parse(&text[..cut], "Z"), None);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", rows in "[0-9,.a-z\n-]{0,100}") {
            let _ = parse(&text, "Z");
            let _ = parse(&format!("{TITLE} step 300000000; zone Z\n{rows}# end\n"), "Z");
        }
    }
}
