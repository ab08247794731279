//! The command sees no difference: its output, its input and its exit status are those without `gpu-carbon run`.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread;

use crate::harness::Place;

/// A script of the shell, with its input.
struct Case {
    script: &'static str,
    input: &'static [u8],
}

const fn case(script: &'static str) -> Case {
    Case { script, input: b"" }
}

const fn with(script: &'static str, input: &'static [u8]) -> Case {
    Case { script, input }
}

const CASES: [Case; 44] = [
    // Output.
    case("echo out"),
    case("echo err >&2"),
    case("echo out; echo err >&2; echo more"),
    case("printf 'no newline'"),
    case("printf 'a\\0b\\377\\001'"),
    case("head -c 1000000 /dev/zero"),
    case("seq 1 20000"),
    case("seq 1 5000 >&2"),
    case("exec >&-; echo gone; true"),
    case("exec 2>&-; echo gone >&2; true"),
    case("(sleep 0.05; echo late) & wait"),
    case("yes | head -c 300000"),
    // Input.
    with("cat", b"some input\nand more"),
    with("wc -c", &[7; 100_000]),
    with("read a; echo \"[$a]\"; read b; echo \"[$b]\"", b"first\nsecond\nthird\n"),
    with("exec <&-; cat; true", b"unread"),
    with("head -n 1", b"one\ntwo\n"),
    with("cat >/dev/null; echo end", b"\0\x01\xff"),
    with("while read line; do echo \"<$line>\"; done", b"a\nb\nc\n"),
    with("sleep 0.05; cat", b"late reader"),
    // Exit statuses.
    case("true"),
    case("false"),
    case("exit 2"),
    case("exit 75"),
    case("exit 124"),
    case("exit 125"),
    case("exit 126"),
    case("exit 127"),
    case("exit 128"),
    case("exit 255"),
    case("nonexistent-command-of-the-shell"),
    case("(exit 7) & wait $!; exit $?"),
    // Signals.
    case("kill -TERM $$"),
    case("kill -KILL $$"),
    case("kill -INT $$"),
    case("kill -HUP $$"),
    case("kill -USR1 $$"),
    case("kill -PIPE $$"),
    case("trap 'echo caught; exit 3' USR2; kill -USR2 $$; sleep 1"),
    case("trap '' TERM; kill -TERM $$; echo alive"),
    // Surroundings.
    case("pwd; umask; ulimit -n; echo \"$PATH $HOME $VALUE\""),
    case("grep -E '^(SigBlk|SigIgn|SigCgt)' /proc/self/status"),
    case("ls -1 /proc/self/fd | wc -l"),
    case("nice; cut -d' ' -f6 /proc/self/stat >/dev/null; echo $#"),
];

/// The output, the error and the exit status of a command: 128 + N where signal N has ended it.
fn result(command: &mut Command, input: &'static [u8]) -> (Vec<u8>, Vec<u8>, i32) {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.env("VALUE", "a b").spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        // A command may end before it has read all.
        let _ = stdin.write_all(input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let signal = output.status.signal().map(|signal| 128 + signal);
    (output.stdout, output.stderr, output.status.code().or(signal).unwrap())
}

#[test]
fn the_command_sees_no_difference() {
    for pause in ["stop", "signal", "none"] {
        let place = Place::new();
        let mut failures = Vec::new();
        for (number, Case { script, input }) in CASES.iter().enumerate() {
            let flags = format!("--quiet --below 300 --pause {pause}");
            let mut run = place.run("clean.csv", 1, &flags, script);
            let mut alone = Command::new("sh");
            alone.args(["-c", script]).current_dir(place.folder.path());
            let (found, expected) = (result(&mut run, input), result(&mut alone, input));
            if found != expected {
                let shown = |(out, err, status): (Vec<u8>, Vec<u8>, i32)| {
                    let [out, err] = [out, err].map(|it| {
                        String::from_utf8_lossy(&it).chars().take(200).collect::<String>()
                    });
                    format!("{status} {out:?} {err:?}")
                };
                failures.push(format!(
                    "{number}: {script}\n  {}\n  {}",
                    shown(found),
                    shown(expected)
                ));
            }
        }
        assert!(failures.is_empty(), "--pause {pause}: {}", failures.join("\n"));
    }
}

/// A signal that the caller ignores stays ignored, as under nohup(1).
#[test]
fn an_ignored_signal_stays_ignored() {
    let place = Place::new();
    let command = place.run("clean.csv", 1, "--quiet --below 300", "kill -HUP $$; echo alive");
    let mut words = vec![command.get_program().to_owned()];
    words.extend(command.get_args().map(ToOwned::to_owned));
    let mut outer = Command::new("sh");
    outer.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).args(words);
    let (out, _, status) = result(outer.current_dir(place.folder.path()), b"");
    assert_eq!((String::from_utf8(out).unwrap().as_str(), status), ("alive\n", 0));
}

/// Others see the end of what they share with the job as soon as the job has closed it.
#[test]
fn a_reader_of_the_output_sees_its_end_before_the_end_of_the_job() {
    let place = Place::new();
    let script = "echo first; exec >&- 2>&-; echo $$ > pid; sleep 60";
    let mut run = place.run("clean.csv", 1, "--quiet --below 300", script);
    let mut child = run.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let output = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    assert_eq!(output, "first\n");
    assert!(child.try_wait().unwrap().is_none());
    let pid = place.wait_for_pid("pid");
    crate::harness::kill("KILL", pid.into());
    assert_eq!(child.wait().unwrap().code(), Some(137));
}
