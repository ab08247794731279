//! `gpu-carbon run` at a terminal, in a shell with job control: the keys reach the command, and the shell sees what it does.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::harness::{Job, Kept, Place, kill, state, wait_for};

/// A shell with a terminal of its own.
struct Shell {
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    _shell: Kept,
}

const CTRL_C: &str = "\x03";
const CTRL_Z: &str = "\x1a";
const CTRL_BACKSLASH: &str = "\x1c";

impl Shell {
    fn open(folder: &Path) -> Shell {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave =
            || -> Stdio { OpenOptions::new().read(true).write(true).open(&name).unwrap().into() };
        let mut command = Command::new("setsid");
        command.args(["--ctty", "bash", "--norc", "--noprofile", "-i"]).env("PS1", "ready> ");
        command.env("HISTFILE", "/dev/null").current_dir(folder);
        let shell = Kept::spawn(command.stdin(slave()).stdout(slave()).stderr(slave()));
        let keyboard = File::from(master);
        let mut reader = keyboard.try_clone().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shown = Arc::clone(&screen);
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut chunk) {
                shown.lock().unwrap().extend(&chunk[..length]);
            }
        });
        let shell = Shell { keyboard, screen, _shell: shell };
        shell.wait_for("ready> ");
        shell
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    fn wait_for(&self, text: &str) {
        wait_for(text, || self.screen().contains(text).then_some(()));
    }

    /// Forgets what the screen has shown.
    fn clear(&self) {
        self.screen.lock().unwrap().clear();
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Enters a line, after the screen was cleared.
    fn enter(&mut self, line: &str) {
        self.clear();
        self.press(&format!("{line}\n"));
    }
}

/// The line of a shell that runs a script, which lies in a file. It is one of bash: dash starts programs by vfork(2), and does not
/// stop while the program that it starts has stopped before it is executed.
fn line(place: &Place, series: &str, speed: u32, script: &str) -> String {
    std::fs::write(place.path("job.sh"), script).unwrap();
    let mut command = place.run_program(series, speed, "-q --below 300 --pause stop", "bash");
    command.arg("job.sh");
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_str().unwrap()).collect::<Vec<_>>().join(" ")
}

/// A job that bash ends upon Ctrl-C, also where the program that it waits for ends by itself at that moment.
const TICKS: &str =
    "trap 'exit 130' INT; echo $$ > pid; while :; do echo . >> ticks; sleep 0.01; done";

fn ticks(place: &Place) -> usize {
    place.read("ticks").len()
}

fn wait_for_ticks(place: &Place) {
    let before = ticks(place);
    wait_for("ticks", || (ticks(place) > before + 4).then_some(()));
}

#[test]
fn the_keys_that_end_a_program_end_the_command() {
    for (key, status) in [(CTRL_C, "130"), (CTRL_BACKSLASH, "131")] {
        let place = Place::new();
        let mut shell = Shell::open(place.folder.path());
        let script = TICKS.replace("trap 'exit 130' INT; ", "");
        shell.enter(&line(&place, "clean.csv", 1, &script).replace("bash job.sh", "sh job.sh"));
        let _job = Job(place.wait_for_pid("pid"));
        wait_for_ticks(&place);
        shell.press(key);
        shell.wait_for("ready> ");
        shell.enter("echo status $?.");
        shell.wait_for(&format!("status {status}."));
    }
}

/// A command that handles Ctrl-C gets it once, and goes on.
#[test]
fn an_interrupt_that_the_command_handles_reaches_it_once() {
    let place = Place::new();
    let mut shell = Shell::open(place.folder.path());
    let script = "trap 'echo caught >> hits' INT; echo $$ > pid; while [ ! -e stop ]; do sleep 0.01; done; exit 5";
    shell.enter(&line(&place, "clean.csv", 1, script));
    place.wait_for_pid("pid");
    for count in 1..4 {
        shell.press(CTRL_C);
        wait_for("the trap", || (place.read("hits").lines().count() >= count).then_some(()));
    }
    std::fs::write(place.path("stop"), "").unwrap();
    shell.wait_for("ready> ");
    assert_eq!(place.read("hits").lines().count(), 3);
    shell.enter("echo status $?.");
    shell.wait_for("status 5.");
}

#[test]
fn ctrl_z_stops_the_command_and_fg_and_bg_continue_it() {
    let place = Place::new();
    let mut shell = Shell::open(place.folder.path());
    shell.enter(&line(&place, "clean.csv", 1, TICKS));
    let pid = place.wait_for_pid("pid");
    let _job = Job(pid);
    for words in [["fg", ""], ["bg", "fg"]] {
        wait_for_ticks(&place);
        shell.clear();
        shell.press(CTRL_Z);
        shell.wait_for("Stopped");
        assert_eq!(state(pid), Some('T'));
        let before = ticks(&place);
        thread::sleep(std::time::Duration::from_millis(200));
        assert_eq!(ticks(&place), before);
        for word in words.into_iter().filter(|word| !word.is_empty()) {
            shell.enter(word);
            wait_for_ticks(&place);
        }
    }
    let journal = place.journal();
    let stops = journal.iter().filter(|entry| entry["event"] == "by_user").count();
    assert_eq!(stops, 4, "stopped and continued, twice: {journal:?}");
    shell.press(CTRL_C);
    shell.wait_for("ready> ");
}

/// The keys act while the grid has paused the command: Ctrl-Z gives the prompt back, and Ctrl-C ends it.
#[test]
fn the_keys_act_during_a_pause() {
    let place = Place::new();
    let mut shell = Shell::open(place.folder.path());
    let flags = " --min-pause 24h -- bash job.sh";
    let command = line(&place, "changing.csv", 600, TICKS).replace(" -- bash job.sh", flags);
    shell.enter(&command);
    let pid = place.wait_for_pid("pid");
    let _job = Job(pid);
    place.wait_for_phase("paused");
    shell.clear();
    shell.press(CTRL_Z);
    shell.wait_for("Stopped");
    shell.enter("echo prompt $((40 + 2))");
    shell.wait_for("prompt 42");
    shell.enter("fg");
    // The grid has paused it: a user who continues it does not change that.
    thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(state(pid), Some('T'));
    shell.press(CTRL_C);
    shell.wait_for("ready> ");
    shell.enter("echo status $?.");
    shell.wait_for("status 130.");
}

#[test]
fn a_pause_of_the_grid_does_not_continue_what_ctrl_z_stopped() {
    let place = Place::new();
    let mut shell = Shell::open(place.folder.path());
    shell.enter(&line(&place, "changing.csv", 600, TICKS));
    let pid = place.wait_for_pid("pid");
    let _job = Job(pid);
    wait_for_ticks(&place);
    place.wait_for_phase("running");
    shell.press(CTRL_Z);
    shell.wait_for("Stopped");
    let before = ticks(&place);
    thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!((ticks(&place), state(pid)), (before, Some('T')));
    shell.enter("fg");
    wait_for_ticks(&place);
    place.wait_for_phase("paused");
    place.wait_for_phase("running");
    shell.press(CTRL_C);
    shell.wait_for("ready> ");
}

#[test]
fn the_command_reads_the_keyboard_and_the_shell_has_it_back_afterwards() {
    let place = Place::new();
    let mut shell = Shell::open(place.folder.path());
    let script = "read word; echo \"got $word\"; read word < /dev/tty; echo \"and $word\"";
    shell.enter(&line(&place, "clean.csv", 1, script));
    shell.press("first\nsecond\n");
    shell.wait_for("got first");
    shell.wait_for("and second");
    shell.enter("read word; echo \"shell $word\"");
    shell.press("third\n");
    shell.wait_for("shell third");
    // In a script without job control, the next program has the keyboard.
    let command = line(&place, "clean.csv", 1, "true");
    std::fs::write(place.path("script.sh"), format!("{command}\nread word; echo \"next $word\"\n"))
        .unwrap();
    shell.enter("sh script.sh");
    shell.press("fourth\n");
    shell.wait_for("next fourth");
}

/// In a pipeline the other programs keep the keyboard, and the keys reach all.
#[test]
fn a_pipeline_is_stopped_and_ended_as_a_whole() {
    let place = Place::new();
    let mut shell = Shell::open(place.folder.path());
    let command = line(
        &place,
        "clean.csv",
        1,
        "trap 'exit 130' INT; echo $$ > pid; while :; do echo . >> ticks; echo line; sleep 0.01; done",
    );
    shell.enter(&format!("{command} | cat > out"));
    let pid = place.wait_for_pid("pid");
    let _job = Job(pid);
    wait_for_ticks(&place);
    shell.press(CTRL_Z);
    shell.wait_for("Stopped");
    wait_for("the job to stop", || (state(pid) == Some('T')).then_some(()));
    shell.enter("fg");
    wait_for_ticks(&place);
    shell.press(CTRL_C);
    shell.wait_for("ready> ");
    wait_for("the end", || (!crate::harness::is_alive(pid)).then_some(()));
}

/// A shell that is left ends the command by SIGHUP, as without this program.
#[test]
fn the_end_of_the_terminal_ends_the_command() {
    let place = Place::new();
    let mut shell = Shell::open(place.folder.path());
    shell.enter(&line(&place, "clean.csv", 1, TICKS));
    let pid = place.wait_for_pid("pid");
    let job = Job(pid);
    wait_for_ticks(&place);
    // Both ends of the terminal are closed.
    let Shell { keyboard, _shell: shell, .. } = shell;
    kill("KILL", shell.0.id().into());
    drop(keyboard);
    wait_for("the end of the job", || (!crate::harness::is_alive(pid)).then_some(()));
    drop(job);
}
