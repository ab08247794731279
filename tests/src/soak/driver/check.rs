//! The report of a soak of the driver: the true energy of each GPU beside the counted one, and the checks.

use std::time::Duration;

use anyhow::Result;

use super::fleet::{FLEET, Member, Meter};
use super::run::Outcome;
use crate::bench::table::Table;
use crate::scrape::Scrape;
use crate::soak::report::{Check, MORE_MEMORY};

/// The part of the energy that may be missing or too much where power is integrated.
const INTEGRATED: f64 = 0.01;

/// The seconds of energy that may be missing where power is integrated, each time that it could not be read: those
/// between a sample and the end of the calls.
const SAMPLES: f64 = 2.0;

/// The lines of a log in an hour: fewer are expected.
const LINES_PER_HOUR: f64 = 200.0;

/// One GPU: its counted energy, and the bounds that the truth allows.
#[derive(Debug)]
struct Row {
    place: usize,
    counted: f64,
    truth: f64,
    /// Time in which its energy could not be known, in seconds.
    unseen: f64,
    /// Allowed difference, in joules.
    less: f64,
    more: f64,
}

impl Row {
    fn holds(&self) -> bool {
        (self.truth - self.less..=self.truth + self.more).contains(&self.counted)
    }
}

impl Outcome {
    /// The table of the GPUs, and every check.
    ///
    /// # Errors
    ///
    /// When a GPU is missing on a page.
    pub fn report(&self) -> Result<(Table, Vec<Check>)> {
        let rows = FLEET.iter().enumerate().filter(|(_, member)| member.meter != Meter::None);
        let rows =
            rows.map(|(place, member)| self.row(place, member)).collect::<Result<Vec<_>>>()?;
        let of = |meter: Meter| rows.iter().filter(move |row| FLEET[row.place].meter == meter);
        let wrong = |meter: Meter| {
            let wrong = of(meter).filter(|row| !row.holds());
            let places: Vec<String> = wrong.map(|row| format!("GPU {}", row.place)).collect();
            if places.is_empty() { String::new() } else { format!(": not {}", places.join(", ")) }
        };
        let findings = &self.findings;
        let first = |all: &[String]| {
            let first =
                all.first().map_or_else(String::new, |first| format!(", the first: {first}"));
            format!("{}{first}", all.len())
        };
        let check = |holds: bool, what: String| Check { what, holds };
        let lines = self.log.lines().count();
        let hours = (self.span.as_secs_f64() / Duration::from_secs(3600).as_secs_f64()).max(1.0);
        let panics = self.log.lines().filter(|line| line.contains("panicked")).count();
        let mut checks = vec![
            check(
                of(Meter::Counter).all(Row::holds),
                format!(
                    "energy by counters is true within a step of each{}",
                    wrong(Meter::Counter)
                ),
            ),
            check(
                of(Meter::Integral).all(Row::holds),
                format!("energy by power is true within 1 %{}", wrong(Meter::Integral)),
            ),
            check(self.unmetered_is_absent(), "energy without a meter is absent, not 0".to_owned()),
            check(
                findings.counters.falls.is_empty() && findings.counters.scrapes > 0,
                format!(
                    "no counter fell in {} scrapes: {}",
                    findings.counters.scrapes,
                    first(&findings.counters.falls)
                ),
            ),
            check(
                findings.failures.is_empty(),
                format!("no scrape failed: {}", first(&findings.failures)),
            ),
            check(
                findings.dark.is_empty(),
                format!(
                    "a healthy GPU was up in each scrape but those of releases and of an unloaded driver: {}",
                    first(&findings.dark)
                ),
            ),
            check(
                findings.impossible.is_empty(),
                format!(
                    "no power that no GPU draws was published: {}",
                    first(&findings.impossible)
                ),
            ),
            check(
                (lines as f64) < LINES_PER_HOUR * hours,
                format!(
                    "fewer than {LINES_PER_HOUR} lines of the log in an hour: {lines} in {:?}",
                    self.span
                ),
            ),
            check(
                self.dropped_lines > 0.0,
                format!("lines of an unread log were dropped: {}", self.dropped_lines),
            ),
            check(panics == 0, format!("no panic is in the log: {panics}")),
        ];
        checks.extend(Check::flat(&self.memory, MORE_MEMORY, 1e6, "memory is flat (MB)"));
        Ok((table(&rows), checks))
    }

    fn row(&self, place: usize, member: &Member) -> Result<Row> {
        let value = |page: &Scrape, name: &str| {
            let label = format!("uuid=\"{}\"", member.published_uuid(place));
            page.value(&format!("gpu_carbon_gpu_{name}"), &[&label])
        };
        let since = |name: &str| {
            Ok::<_, anyhow::Error>(value(&self.last, name)? - value(&self.first, name)?)
        };
        let from = value(&self.first, "last_sample_timestamp_seconds")?;
        let until = value(&self.last, "last_sample_timestamp_seconds")?;
        let truth = member.truth(from, until)?;
        let (counted, unseen) = (since("energy_joules_total")?, since("unseen_seconds_total")?);
        let (less, more, truth) = match member.meter {
            Meter::Counter | Meter::None => (member.step_joules(), member.step_joules(), truth),
            Meter::Integral => {
                let (stray, around) = (truth * INTEGRATED, SAMPLES * member.most_watts);
                (stray + around, stray + around, truth - unseen * member.most_watts)
            }
        };
        Ok(Row { place, counted, truth, unseen, less, more })
    }

    fn unmetered_is_absent(&self) -> bool {
        let mut unmetered =
            FLEET.iter().enumerate().filter(|(_, member)| member.meter == Meter::None);
        unmetered.all(|(place, member)| {
            let label = format!("uuid=\"{}\"", member.published_uuid(place));
            self.last.values("gpu_carbon_gpu_energy_joules_total", &[&label]).count() == 0
        })
    }
}

fn table(rows: &[Row]) -> Table {
    let heading =
        ["GPU", "fault", "truth (J)", "counted (J)", "off (J)", "allowed (J)", "unseen (s)"];
    let mut table = Table::new(heading.map(str::to_owned));
    for row in rows {
        table.push([
            row.place.to_string(),
            FLEET.get(row.place).map_or("", |member| member.what).to_owned(),
            format!("{:.1}", row.truth),
            format!("{:.1}", row.counted),
            format!("{:+.2}", row.counted - row.truth),
            format!("-{:.0} to +{:.0}", row.less, row.more),
            format!("{:.1}", row.unseen),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::trend::Trend;
    use crate::soak::driver::monitor::Findings;

    const BEGIN: f64 = 1_795_441_210.0;

    /// A page at a time, on which the energy of the GPU at each place is its true one since the begin times a factor.
    fn page(at: f64, factor: impl Fn(usize) -> f64) -> Scrape {
        let mut page = String::new();
        for (place, member) in FLEET.iter().enumerate().filter(|(_, it)| it.meter != Meter::None) {
            let joules = 1e6 + member.truth(BEGIN, at).unwrap() * factor(place);
            let uuid = member.published_uuid(place);
            for (name, value) in [
                ("energy_joules_total", joules),
                ("last_sample_timestamp_seconds", at),
                ("unseen_seconds_total", 0.0),
            ] {
                page +=
                    &format!("gpu_carbon_gpu_{name}{{gpu=\"{place}\",uuid=\"{uuid}\"}} {value}\n");
            }
        }
        Scrape::parse(&page).unwrap()
    }

    fn outcome(factor: impl Fn(usize) -> f64) -> Outcome {
        let mut findings = Findings::default();
        findings.counters.scrapes = 1;
        Outcome {
            first: page(BEGIN, |_| 1.0),
            last: page(BEGIN + 600.0, factor),
            span: Duration::from_secs(600),
            findings,
            memory: Trend::default(),
            dropped_lines: 1.0,
            log: "level=info\n".repeat(199),
        }
    }

    #[track_caller]
    fn check(outcome: &Outcome, broken: &[&str]) {
        Check::assert_broken(&outcome.report().unwrap().1, broken);
    }

    #[test]
    fn the_truth_passes_every_check_and_each_wrong_energy_is_found() {
        check(&outcome(|_| 1.0), &[]);
        for (place, member) in FLEET.iter().enumerate().filter(|(_, it)| it.meter != Meter::None) {
            for factor in [0.97, 1.03] {
                let wrong = outcome(|it| if it == place { factor } else { 1.0 });
                let broken = match member.meter {
                    Meter::Counter => "energy by counters",
                    Meter::Integral | Meter::None => "energy by power",
                };
                check(&wrong, &[broken]);
            }
        }
    }

    #[test]
    fn lines_falls_darkness_and_growth_are_found() {
        let mut wrong = outcome(|_| 1.0);
        wrong.log = "level=warn msg=\"thread panicked\"\n".repeat(200);
        wrong.findings.counters.falls.push("x_total".to_owned());
        wrong.findings.dark.push("GPU 0".to_owned());
        wrong.findings.impossible.push("4294967 W".to_owned());
        wrong.findings.failures.push("refused".to_owned());
        wrong.dropped_lines = 0.0;
        (0..10).for_each(|second| wrong.memory.push(second.into(), f64::from(second) * 1e6));
        check(
            &wrong,
            &[
                "no counter fell",
                "no scrape failed",
                "a healthy GPU",
                "no power",
                "fewer than 200",
                "lines of an unread log",
                "no panic",
                "memory is flat",
            ],
        );
    }
}
