//! `--pause freeze`, and what is done where there is no control group.

use std::fs;
use std::path::Path;

use crate::harness::{Kept, Place, kill, state, wait_for};

/// The control groups of runs, wherever cgroup v2 is mounted.
fn groups() -> Vec<String> {
    let roots = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
    let entries = roots.iter().filter_map(|root| fs::read_dir(Path::new(root)).ok()).flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("gpu-carbon-")).collect()
}

/// The journal's name is that of the control group.
fn group(place: &Place) -> String {
    let journal = place.journals()[0].file_name().unwrap().to_str().unwrap().to_owned();
    format!("gpu-carbon-{journal}")
}

#[test]
#[ignore = "needs cgroup"]
fn a_control_group_is_removed_at_the_end_needs_cgroup() {
    let place = Place::new();
    let script = "echo $$ > pid; cat /proc/self/cgroup > group; while :; do sleep 0.01; done";
    let flags = "-q --below 300 --pause freeze";
    let mut run = Kept::spawn(&mut place.run("changing.csv", 600, flags, script));
    let pid = place.wait_for_pid("pid");
    place.wait_for_phase("paused");
    assert_ne!(state(pid), Some('T'), "it is frozen, not stopped");
    let group = group(&place);
    assert!(groups().contains(&group) && place.read("group").contains(&group));
    // It can be killed while it is frozen.
    kill("KILL", pid.into());
    assert_eq!(run.wait().code(), Some(137));
    assert!(!groups().contains(&group));
}

#[test]
fn without_a_control_group_the_command_is_stopped_and_the_user_is_told() {
    let place = Place::new();
    // A user without rights has no control group that it may divide.
    let command = place.run("clean.csv", 1, "--below 300 --pause freeze", "exit 4");
    let mut words = vec![command.get_program().to_owned()];
    words.extend(command.get_args().map(ToOwned::to_owned));
    let mut other = std::process::Command::new("unshare");
    other.args(["--user", "--"]).args(&words).current_dir(place.folder.path());
    let output = other.output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{err}");
    assert!(err.contains("--pause freeze is not possible"), "{err}");
    wait_for("the journal", || place.journal().first().map(|_| ()));
}
