//! The processor time of workloads, from their cgroups, and that of the whole host, from procfs.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cgroup::Place;

/// The hierarchies of cgroups below the folder where they are mounted that count processor time: the only one of v2, and those of v1.
const HIERARCHIES: [&str; 4] = ["", "cpu,cpuacct", "cpuacct", "cpu"];

/// The most folders between a hierarchy and a workload.
const DEEPEST: usize = 8;

/// The microseconds of a tick of `/proc/stat`, whose unit is `USER_HZ`: 100 a second on every architecture that has NVIDIA's GPUs.
const TICK_MICROS: u64 = 10_000;

/// The processor time of a host since it was booted, in microseconds, summed over its processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostTime {
    /// The time in which processors were busy.
    pub busy: u64,
    /// The time in which they were busy or idle.
    pub whole: u64,
}

/// The processor time in the text of `cpu.stat` (`usage_usec`), in microseconds; `None` for any other text.
#[must_use]
pub fn of_cpu_stat(text: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix("usage_usec "))?;
    value.trim().parse().ok()
}

/// The processor time in the text of `cpuacct.usage` of cgroups v1, which is in nanoseconds, in microseconds; `None` for any other
/// text.
#[must_use]
pub fn of_cpuacct(text: &str) -> Option<u64> {
    text.trim().parse().ok().map(|nanos: u64| nanos / 1000)
}

/// The processor time of a host in the text of `/proc/stat`: user, nice, system, idle, iowait, irq, softirq and steal of its first
/// line. Guests are in user and nice. `None` for any other text.
#[must_use]
pub fn of_proc_stat(text: &str) -> Option<HostTime> {
    let fields = text.lines().next()?.strip_prefix("cpu ")?;
    let mut ticks = fields.split_ascii_whitespace().map(|field| field.parse::<u64>().ok());
    let mut next = || ticks.next().flatten();
    let (user, nice, system, idle) = (next()?, next()?, next()?, next()?);
    // Kernels before 2.6 have fewer fields.
    let [iowait, irq, softirq, steal] = [(); 4].map(|()| next().unwrap_or_default());
    let sum = |ticks: &[u64]| {
        let sum = ticks.iter().try_fold(0_u64, |sum, &ticks| sum.checked_add(ticks))?;
        sum.checked_mul(TICK_MICROS)
    };
    let busy = sum(&[user, nice, system, irq, softirq, steal])?;
    Some(HostTime { busy, whole: busy.checked_add(sum(&[idle, iowait])?)? })
}

/// Reads the processor time of the host below the folder where procfs is mounted.
///
/// # Errors
///
/// When the file cannot be read, or has another text.
pub fn read_host(procfs: &Path) -> io::Result<HostTime> {
    let text = fs::read_to_string(procfs.join("stat"))?;
    of_proc_stat(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no line `cpu`"))
}

/// The files that show the processor time of each of some workloads, below the folder where cgroups are mounted. `name_of` names the
/// workload of a place, if its time is wanted. A workload may have several groups, of which none is within another.
#[must_use]
pub fn find_groups<N: Ord>(
    cgroups: &Path,
    name_of: &dyn Fn(&Place) -> Option<N>,
) -> BTreeMap<N, Vec<PathBuf>> {
    let mut found = BTreeMap::new();
    for hierarchy in HIERARCHIES {
        add_groups(&cgroups.join(hierarchy), "", DEEPEST, name_of, &mut found);
        if !found.is_empty() {
            break; // another hierarchy counts the same time
        }
    }
    found
}

fn add_groups<N: Ord>(
    folder: &Path,
    path: &str,
    depth: usize,
    name_of: &dyn Fn(&Place) -> Option<N>,
    found: &mut BTreeMap<N, Vec<PathBuf>>,
) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        let path = format!("{path}/{name}");
        let group = entry.path();
        match (Place::of_path(&path).as_ref().and_then(name_of), usage_file(&group)) {
            (Some(name), Some(file)) => found.entry(name).or_default().push(file),
            _ if depth > 0 => add_groups(&group, &path, depth - 1, name_of, found),
            _ => {}
        }
    }
}

/// The file in a cgroup that shows its processor time.
fn usage_file(group: &Path) -> Option<PathBuf> {
    ["cpu.stat", "cpuacct.usage"].map(|name| group.join(name)).into_iter().find(|file| {
        // The `cpu.stat` of v1 has no time.
        fs::read_to_string(file).is_ok_and(|text| of_file(file, &text).is_some())
    })
}

fn of_file(file: &Path, text: &str) -> Option<u64> {
    if file.ends_with("cpuacct.usage") { of_cpuacct(text) } else { of_cpu_stat(text) }
}

/// Reads the processor time of a workload from files of [`find_groups`], in microseconds; `None` if one cannot be read, such as after
/// the workload's end.
#[must_use]
pub fn read_group(files: &[PathBuf]) -> Option<u64> {
    files.iter().try_fold(0_u64, |sum, file| {
        let micros = of_file(file, &fs::read_to_string(file).ok()?)?;
        sum.checked_add(micros)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "2fc932ce-fdcc-454b-97bd-aadfdeb4c340";

    fn groups(root: &Path) -> BTreeMap<String, u64> {
        let name_of = |place: &Place| match place {
            Place::SlurmJob(_) | Place::Pod { .. } => Some(place.to_string()),
            _ => None,
        };
        let found = find_groups(root, &name_of).into_iter();
        found.map(|(name, files)| (name, read_group(&files).unwrap())).collect()
    }

    fn write(root: &Path, file: &str, text: &str) {
        let file = root.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    #[test]
    fn texts_of_the_kernel_are_read_and_others_are_not() {
        let stat = "usage_usec 123456\nuser_usec 100000\nsystem_usec 23456\n";
        assert_eq!(of_cpu_stat(stat), Some(123_456));
        assert_eq!(of_cpuacct("123456789\n"), Some(123_456));
        for text in ["", "nr_periods 0\n", "usage_usec\n", "usage_usec -1\n", "usage_usec x\n"] {
            assert_eq!((of_cpu_stat(text), of_cpuacct(text)), (None, None), "{text}");
        }
        let stat = "cpu  100 20 30 4000 50 6 7 8 99 0\ncpu0 1 2 3 4\n";
        let expected = HostTime { busy: 1_710_000, whole: 42_210_000 };
        assert_eq!(of_proc_stat(stat), Some(expected));
        assert_eq!(of_proc_stat("cpu  1 2 3 4\n").map(|time| time.busy), Some(60_000));
        for text in ["", "cpu0 1 2 3 4", "cpu  1 2 3", "cpu  1 2 3 x", "intr 5"] {
            assert_eq!(of_proc_stat(text), None, "{text}");
        }
        let most = format!("cpu  {} 1 1 1\n", u64::MAX);
        assert_eq!(of_proc_stat(&most), None);
    }

    #[test]
    fn the_groups_of_both_versions_are_found_once() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(groups(root.path()), BTreeMap::new());
        let slurm = "system.slice/slurmstepd.scope/job_7";
        write(root.path(), &format!("{slurm}/cpu.stat"), "usage_usec 700\n");
        write(root.path(), &format!("{slurm}/step_0/cpu.stat"), "usage_usec 600\n");
        let pod = format!("kubepods.slice/kubepods-pod{}.slice", UID.replace('-', "_"));
        write(root.path(), &format!("{pod}/cpu.stat"), "usage_usec 50\n");
        write(
            root.path(),
            &format!("{pod}/cri-containerd-{}.scope/cpu.stat", "a".repeat(64)),
            "usage_usec 40\n",
        );
        write(root.path(), "system.slice/ssh.service/cpu.stat", "usage_usec 9\n");
        let expected = [("slurm:7".to_owned(), 700), (format!("pod:{UID}"), 50)];
        assert_eq!(groups(root.path()), expected.into_iter().collect());

        let v1 = tempfile::tempdir().unwrap();
        write(v1.path(), "cpu,cpuacct/slurm/uid_1000/job_8/cpuacct.usage", "9000000\n");
        write(v1.path(), "cpu,cpuacct/slurm/uid_1000/job_8/cpu.stat", "nr_periods 0\n");
        write(v1.path(), "memory/slurm/uid_1000/job_8/memory.usage_in_bytes", "1\n");
        assert_eq!(groups(v1.path()), [("slurm:8".to_owned(), 9000)].into());
    }
}
