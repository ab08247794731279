//! Meters of the host under sysfs: any content of their files is an energy that can have flowed, or an error in one line.

use std::fs;
use std::path::Path;

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_host::{Choice, Meters, Moment, Outcome};

/// The seconds between two readings, and the most joules that meters of four files can then show.
const SECONDS: u64 = 5;
const MOST_JOULES: f64 = 4.0 * 50_000.0 * 6.0;

/// The files, each of which has a line of the input: first all of them, and then the counters once more.
const FILES: [&str; 9] = [
    "powercap/intel-rapl:0/name",
    "powercap/intel-rapl:0/max_energy_range_uj",
    "powercap/intel-rapl:0/energy_uj",
    "powercap/intel-rapl:0:0/name",
    "powercap/intel-rapl:0:0/max_energy_range_uj",
    "powercap/intel-rapl:0:0/energy_uj",
    "hwmon/hwmon0/name",
    "hwmon/hwmon0/power1_oem_info",
    "hwmon/hwmon0/power1_average",
];

fn write(root: &Path, name: &str, content: &[u8]) {
    let path = root.join("class").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

pub(crate) fn run(input: &[u8]) {
    let root = tempfile::tempdir().unwrap();
    let mut lines = input.split(|&byte| byte == b'\n');
    for name in FILES {
        write(root.path(), name, lines.next().unwrap_or_default());
    }
    let choice = Choice { rapl: true, psys: true, hwmon: true };
    let mut meters = Meters::find(root.path(), choice);
    for refusal in meters.refused() {
        crate::is_one_line(&refusal.reason);
    }
    for round in 0..4 {
        let uptime = Span::from_seconds(100 + round * SECONDS);
        let moment = Moment { at: Timestamp::EPOCH + uptime, uptime };
        let mut joules = 0.0;
        for outcome in meters.read(|| moment) {
            match outcome {
                Outcome::Read(reading) => {
                    joules += reading.flows.iter().map(|it| it.energy.as_joules()).sum::<f64>();
                }
                Outcome::Failed(error) => crate::is_one_line(&error),
                Outcome::Withheld | Outcome::MirrorOf(_) | Outcome::Unchanged => {}
            }
        }
        // What was withheld comes later, all at once.
        assert!((0.0..=MOST_JOULES * 4.0).contains(&joules), "{joules}");
        for name in FILES.iter().filter(|it| it.ends_with("_uj") || it.ends_with("_average")) {
            let Some(line) = lines.next() else { return };
            write(root.path(), name, line);
        }
    }
}
