//! The line that starts a job at its best start, for Slurm, `at` or `cron`.

use chrono::{Datelike, Timelike};
use clap::ValueEnum;
use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::rfc3339;

use crate::time_zone::Zone;

/// A program that starts jobs later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scheduler {
    /// Slurm: a command line of sbatch
    Sbatch,
    /// A command line of at
    At,
    /// A line of a crontab, for a machine whose clock shows the time of --time-zone; it starts the job in this year alone
    Cron,
}

/// The command where none is given.
const PLACEHOLDER: &str = "./job.sh";

const MINUTE: Span = Span::from_seconds(60);

/// A start, and the command that begins then.
#[derive(Debug)]
pub(super) struct StartLine<'a> {
    pub(super) start: Timestamp,
    /// The zone of the crontab, and of the comment.
    pub(super) zone: Zone,
    pub(super) command: &'a [String],
    /// The region and the saving, in words.
    pub(super) reason: String,
}

impl StartLine<'_> {
    /// Returns a comment that says what the start is, and the line.
    ///
    /// sbatch and at read times in the zone of their machine: date converts the time there.
    pub(super) fn lines(&self, scheduler: Scheduler) -> Vec<String> {
        let words: Vec<String> = self.command.iter().map(|word| quoted(word)).collect();
        let command = if words.is_empty() { PLACEHOLDER.to_owned() } else { words.join(" ") };
        let date = |form: &str| {
            format!(
                "\"$(date --date={} +{form})\"",
                rfc3339::format(ceiled(self.start, Span::from_seconds(1)))
            )
        };
        let line = match scheduler {
            Scheduler::Sbatch => format!("sbatch --begin={} {command}", date("%FT%T")),
            Scheduler::At => {
                format!("printf '%s\\n' {} | at -t {}", quoted(&command), date("%Y%m%d%H%M.%S"))
            }
            Scheduler::Cron => self.cron(&command),
        };
        let start = self.zone.readable(self.start);
        vec![format!("# {start} ({}): {}", self.zone, self.reason), line]
    }

    fn cron(&self, command: &str) -> String {
        let Some(local) = self.zone.local(ceiled(self.start, MINUTE)) else {
            return format!("# {} lies beyond the calendar", self.zone.readable(self.start));
        };
        // A percent sign ends the command of a crontab, unless a backslash stands before it.
        let command = command.replace('%', "\\%");
        format!(
            "{} {} {} {} * [ \"$(date +\\%Y)\" = {} ] && {command}",
            local.minute(),
            local.hour(),
            local.day(),
            local.month(),
            local.year()
        )
    }
}

/// The first multiple of a length of time at or after a time.
fn ceiled(time: Timestamp, step: Span) -> Timestamp {
    let floor = time.floor_to(step);
    if floor == time { time } else { floor + step }
}

/// A word as a shell reads it: in single quotes, unless it holds plain characters alone.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(scheduler: Scheduler, zone: &str, command: &[&str]) -> String {
        let command: Vec<String> = command.iter().copied().map(str::to_owned).collect();
        let line = StartLine {
            start: rfc3339::parse("2026-11-30T22:05:00Z").unwrap(),
            zone: Zone::named(zone).unwrap(),
            command: &command,
            reason: "best".to_owned(),
        };
        let lines = line.lines(scheduler);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("# 202") && lines[0].ends_with(": best"), "{}", lines[0]);
        lines[1].clone()
    }

    #[test]
    fn each_scheduler_gets_the_time_in_its_form() {
        assert_eq!(
            line(Scheduler::Sbatch, "Europe/Berlin", &["train.sh"]),
            "sbatch --begin=\"$(date --date=2026-11-30T22:05:00Z +%FT%T)\" train.sh"
        );
        assert_eq!(
            line(Scheduler::At, "UTC", &["python", "a b.py"]),
            "printf '%s\\n' 'python '\\''a b.py'\\''' | at -t \"$(date --date=2026-11-30T22:05:00Z +%Y%m%d%H%M.%S)\""
        );
        assert_eq!(
            line(Scheduler::Cron, "Asia/Tokyo", &["date", "+%s"]),
            "5 7 1 12 * [ \"$(date +\\%Y)\" = 2026 ] && date '+\\%s'"
        );
        assert!(line(Scheduler::Cron, "UTC", &[]).ends_with("&& ./job.sh"));
    }

    /// A shell gives the words back as they were.
    #[test]
    fn quoted_words_survive_a_shell() {
        let words = ["plain", "", "a b", "it's", "$HOME `x` \"q\" \\ !", "--x=y", "é;&|<>*?"];
        let script = format!("printf '%s\\0' {}", words.map(quoted).join(" "));
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let found = String::from_utf8(output.stdout).unwrap();
        let found: Vec<&str> = found.split_terminator('\0').collect();
        assert_eq!(found, words);
    }
}
