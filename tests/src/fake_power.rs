//! A folder that looks like sysfs, whose meters of power follow set powers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Result;

/// The time between two values of a counter.
const STEP: Duration = Duration::from_millis(10);

/// The most time that one step stands for. A thread that was not run for longer counts no more, so no power is exceeded.
const LONGEST_STEP: Duration = Duration::from_millis(100);

/// A zone of RAPL.
#[derive(Debug)]
struct Zone {
    folders: Vec<PathBuf>,
    /// The number of microjoules after which the counter begins again.
    modulus: u64,
    milliwatts: u64,
    counter: u64,
    /// All microjoules since the zone was made.
    counted: u64,
    wraps: u32,
}

/// A sysfs whose counters of RAPL count, in a thread, until it is dropped.
#[derive(Debug)]
pub struct FakePower {
    root: PathBuf,
    zones: Arc<Mutex<Vec<Zone>>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FakePower {
    /// A sysfs without meters.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made.
    pub fn new(root: PathBuf) -> Result<FakePower> {
        fs::create_dir_all(&root)?;
        let zones = Arc::new(Mutex::new(Vec::new()));
        let ends = Arc::new(AtomicBool::new(false));
        let (their_zones, their_end) = (Arc::clone(&zones), Arc::clone(&ends));
        let run = move || {
            let mut last = Instant::now();
            while !their_end.load(Ordering::Relaxed) {
                std::thread::sleep(STEP);
                let elapsed = last.elapsed().min(LONGEST_STEP);
                last = Instant::now();
                let mut zones = their_zones.lock().unwrap_or_else(PoisonError::into_inner);
                zones.iter_mut().for_each(|zone: &mut Zone| zone.run(elapsed));
            }
        };
        let thread = Some(std::thread::spawn(run));
        Ok(FakePower { root, zones, ends, thread })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of a file under `class`.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join("class").join(name)
    }

    /// Writes a file under `class`, with the folders that contain it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        Ok(fs::write(path, text)?)
    }

    /// Adds a zone by its folders, such as `intel-rapl:0`, all of which show one counter. It begins `before_wrap` microjoules
    /// before its wrap, and draws nothing. Returns its number.
    ///
    /// # Errors
    ///
    /// When its files cannot be written.
    pub fn add_zone(
        &self,
        folders: &[&str],
        names: &[&str],
        range: u64,
        before_wrap: u64,
    ) -> Result<usize> {
        let modulus = range + 1;
        let counter = modulus - before_wrap;
        for (folder, name) in folders.iter().zip(names) {
            self.write(&format!("powercap/{folder}/name"), &format!("{name}\n"))?;
            self.write(&format!("powercap/{folder}/max_energy_range_uj"), &format!("{range}\n"))?;
            self.write(&format!("powercap/{folder}/energy_uj"), &format!("{counter}\n"))?;
        }
        let folders = folders.iter().map(|it| self.path(&format!("powercap/{it}"))).collect();
        let mut zones = self.lock();
        zones.push(Zone { folders, modulus, milliwatts: 0, counter, counted: 0, wraps: 0 });
        Ok(zones.len() - 1)
    }

    /// Sets the power of a zone in milliwatts.
    pub fn set_milliwatts(&self, zone: usize, milliwatts: u64) {
        if let Some(zone) = self.lock().get_mut(zone) {
            zone.milliwatts = milliwatts;
        }
    }

    /// The true joules of a zone since it was made, and its wraps.
    #[must_use]
    pub fn truth(&self, zone: usize) -> (f64, u32) {
        self.lock().get(zone).map_or((0.0, 0), |it| (it.counted as f64 / 1e6, it.wraps))
    }

    /// Adds a power meter of ACPI, such as `hwmon0`, or sets its power.
    ///
    /// # Errors
    ///
    /// When its files cannot be written.
    pub fn set_power_meter(&self, folder: &str, microwatts: u64) -> Result<()> {
        self.write(&format!("hwmon/{folder}/name"), "power_meter\n")?;
        self.write(&format!("hwmon/{folder}/power1_average"), &format!("{microwatts}\n"))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Zone>> {
        self.zones.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Zone {
    fn run(&mut self, elapsed: Duration) {
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(0);
        let microjoules = self.milliwatts * micros / 1000;
        if microjoules == 0 {
            return;
        }
        self.counted += microjoules;
        let counter = (self.counter + microjoules) % self.modulus;
        self.wraps += u32::from(counter < self.counter);
        self.counter = counter;
        for folder in &self.folders {
            // A zone whose folder is away, or whose file is something else, shows nothing.
            let draft = folder.join("draft");
            if fs::write(&draft, format!("{counter}\n")).is_ok() {
                let _ = fs::rename(draft, folder.join("energy_uj"));
            }
        }
    }
}

impl Drop for FakePower {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
