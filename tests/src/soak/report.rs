//! The report of a soak: the true energy of each GPU beside the counted one, and the checks.

use std::fmt;

use anyhow::{Context, Result};

use super::feed::{PUE, STEP, intensity};
use super::fleet::{self, FLEET, Member, uuid};
use super::run::Outcome;
use crate::bench::table::{Table, number};
use crate::bench::trend::Trend;

/// The part of the energy that may be lost or gained where a GPU has no counter: its power is sampled.
const INTEGRATED: f64 = 0.005;
/// The seconds of its energy that may be lost at each restart: a sample before, and one after.
const SAMPLES: f64 = 0.2;

/// Allowed growth of memory, in bytes.
pub(super) const MORE_MEMORY: f64 = 4e6;
/// Allowed growth of the number of file descriptors: clients come and go.
const MORE_DESCRIPTORS: f64 = 8.0;

/// A condition that must hold.
#[derive(Debug)]
pub struct Check {
    /// The condition in words, with the measured values.
    pub what: String,
    /// True where it holds.
    pub holds: bool,
}

impl Check {
    /// The check that a resource grows by less than `most`; `None` where it was not measured. It is shown in units of `scale`.
    pub(super) fn flat(trend: &Trend, most: f64, scale: f64, what: &str) -> Option<Check> {
        let (growth, last) = (trend.growth()?, trend.last()?);
        let holds = growth < most;
        let (growth, last) = (number(growth / scale), number(last / scale));
        Some(Check { what: format!("{what}: {growth} more, {last} at last"), holds })
    }

    /// Asserts that of all checks those are broken that begin so, in this order.
    #[cfg(test)]
    #[track_caller]
    pub(super) fn assert_broken(checks: &[Check], broken: &[&str]) {
        let found: Vec<_> =
            checks.iter().filter(|check| !check.holds).map(|check| check.what.as_str()).collect();
        let begins = |(found, expected): (&&str, &&str)| found.starts_with(expected);
        assert!(found.len() == broken.len() && found.iter().zip(broken).all(begins), "{found:?}");
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7}  {}", if self.holds { "holds" } else { "BROKEN" }, self.what)
    }
}

/// One GPU: its counted energy and emissions, and the bounds that the truth allows.
#[derive(Debug)]
struct Row {
    place: usize,
    /// Energy by the counters, ...
    published: Bounded,
    /// ... and by the ledger, somewhat later.
    ledger: Bounded,
    grams: f64,
    expected_grams: f64,
    recovered_joules: f64,
}

#[derive(Debug, Clone, Copy)]
struct Bounded {
    counted: f64,
    truth: f64,
    /// Allowed difference below, and above, in joules.
    less: f64,
    more: f64,
}

impl Bounded {
    fn holds(self) -> bool {
        (self.truth - self.less..=self.truth + self.more).contains(&self.counted)
    }
}

impl Outcome {
    /// The table of the GPUs, and every check.
    ///
    /// # Errors
    ///
    /// When a GPU is missing on the last page or in the ledger.
    pub fn report(&self) -> Result<(Table, Vec<Check>)> {
        let rows = (0..FLEET.len()).map(|place| self.row(place)).collect::<Result<Vec<_>>>()?;
        let mut checks = Vec::new();
        let all = |holds: fn(&Row) -> bool| rows.iter().all(holds);
        let mut check = |holds: bool, what: String| checks.push(Check { what, holds });
        check(
            all(|row| row.published.holds()),
            "the counters agree with the truth, within the allowed difference".to_owned(),
        );
        check(all(|row| row.ledger.holds()), "so does the ledger".to_owned());
        let pending: f64 = self.ledger.values().map(|totals| totals.pending_joules).sum();
        check(
            pending.abs() < 1e-3,
            format!("no energy is pending in the ledger: {} J", number(pending)),
        );
        check(
            all(|row| (row.grams - row.expected_grams).abs() <= 1e-9 * row.expected_grams),
            "the emissions of each slot are its energy times its intensity: no gram is missing or counted twice".to_owned(),
        );
        check(self.grams_agree(&rows)?, "the counters have the grams of the ledger".to_owned());
        let monitor = &self.monitor;
        let first =
            monitor.falls.first().map_or_else(String::new, |fall| format!(", the first: {fall}"));
        check(
            monitor.falls.is_empty() && monitor.scrapes > 0,
            format!(
                "no counter fell in {} scrapes over {} restarts: {}{first}",
                monitor.scrapes,
                self.options.restarts,
                monitor.falls.len()
            ),
        );
        // Not by the log: an exporter that is killed at its start may not have written that it did so.
        let [damaged, aside] = self.damaged;
        check(
            damaged == aside,
            format!("each of {damaged} damaged ledgers was set aside and replaced: {aside}"),
        );
        let panics = self.log.lines().filter(|line| line.contains("panicked")).count();
        check(panics == 0, format!("no panic is in the log: {panics}"));
        let clients = &self.clients;
        check(
            clients.calm_failures == 0,
            format!(
                "no scrape failed while the first exporter ran: {}; {} were answered in all, {} by slow clients, and {} were broken off",
                clients.calm_failures, clients.answers, clients.slow_answers, clients.broken_off
            ),
        );
        let resources = &self.resources;
        let mut flat = |trend: &Trend, most: f64, scale: f64, what: &str| {
            checks.extend(Check::flat(trend, most, scale, what));
        };
        flat(&resources.calm_memory, MORE_MEMORY, 1e6, "memory of the first exporter is flat (MB)");
        flat(&resources.calm_descriptors, MORE_DESCRIPTORS, 1.0, "so are its file descriptors");
        flat(&resources.late_memory, MORE_MEMORY, 1e6, "memory of the later ones is flat (MB)");
        flat(&resources.late_descriptors, MORE_DESCRIPTORS, 1.0, "so are their file descriptors");
        Ok((table(&rows), checks))
    }

    fn row(&self, place: usize) -> Result<Row> {
        let member = FLEET.get(place).context("no such GPU")?;
        let label = format!("uuid=\"{}\"", uuid(place));
        let value = |name: &str| self.page.value(&format!("gpu_carbon_gpu_{name}"), &[&label]);
        let (since, read_at) =
            (value("energy_joules_created")?, value("last_sample_timestamp_seconds")?);
        let unseen = value("unseen_seconds_total").unwrap_or_default();
        let totals = self.ledger.get(&uuid(place)).context("a GPU is not in the ledger")?;
        let bounded = |counted, until| self.bounded(place, member, counted, (since, until), unseen);
        Ok(Row {
            place,
            published: bounded(value("energy_joules_total")?, read_at)?,
            ledger: bounded(totals.joules, totals.read_at)?,
            grams: totals.grams,
            expected_grams: totals.expected_grams,
            recovered_joules: totals.recovered_joules,
        })
    }

    /// The bounds that the truth allows: a step of the counter for each process and for each reset, and the energy between the last
    /// reading and a reset. The power is counted up to a reading after the reset, when the counter has yet to show up to a step of
    /// that; and before it, the counter had yet to show up to a step, too.
    fn bounded(
        &self,
        place: usize,
        member: &Member,
        counted: f64,
        (since, until): (f64, f64),
        unseen: f64,
    ) -> Result<Bounded> {
        let truth = fleet::truth(place, since, until)?;
        let processes = f64::from(self.options.restarts + 1);
        if !member.counter {
            // Its power is constant, so the energy of the unseen time is known.
            let (seen, stray) = (truth - unseen * member.most_watts, truth * INTEGRATED);
            let around = processes * SAMPLES * member.most_watts;
            return Ok(Bounded { counted, truth: seen, less: stray + around, more: stray });
        }
        let (mut steps, mut before_resets) = (processes * member.step_joules(), 0.0);
        for &reset in self.fleet.resets(place) {
            steps += member.step_joules();
            let seen = self.monitor.reading_before(&uuid(place), reset).unwrap_or(since);
            before_resets += fleet::truth(place, seen, reset)?;
        }
        Ok(Bounded { counted, truth, less: steps + before_resets, more: steps })
    }

    /// Reports whether the counters' grams are those of the ledger, but for the energy after the last page.
    fn grams_agree(&self, rows: &[Row]) -> Result<bool> {
        for row in rows {
            let label = format!("uuid=\"{}\"", uuid(row.place));
            let published = self.page.value("gpu_carbon_gpu_emissions_grams_total", &[&label])?;
            // Not by the joules of the ledger: pending rows on a damaged page are lost to it, and their energy is never converted.
            let member = FLEET.get(row.place).context("no such GPU")?;
            let later = row.ledger.truth - row.published.truth
                + 2.0 * member.step_joules()
                + SAMPLES * member.most_watts;
            let dirtiest = (0..7).map(|step| intensity(step * STEP)).fold(0.0, f64::max);
            let most = later / 3.6e6 * PUE * dirtiest;
            if !(-1e-6..=most + 1e-6).contains(&(row.grams - published)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn table(rows: &[Row]) -> Table {
    let heading = [
        "GPU",
        "faults",
        "truth (J)",
        "counters (J)",
        "ledger, later (J)",
        "off (J)",
        "allowed (J)",
        "recovered (J)",
        "emitted (g)",
        "expected (g)",
    ];
    let mut table = Table::new(heading.map(str::to_owned));
    for row in rows {
        let Some(member) = FLEET.get(row.place) else { continue };
        let published = row.published;
        table.push([
            format!("{} {}", row.place, member.model),
            faults(member),
            format!("{:.1}", published.truth),
            format!("{:.1}", published.counted),
            format!("{:.1}", row.ledger.counted),
            format!("{:+.2}", row.ledger.counted - row.ledger.truth),
            format!("-{:.0} to +{:.0}", row.ledger.less, row.ledger.more),
            format!("{:.1}", row.recovered_joules),
            format!("{:.6}", row.grams),
            format!("{:.6}", row.expected_grams),
        ]);
    }
    table
}

fn faults(member: &Member) -> String {
    let faults = member.faults.iter().map(|fault| format!("{fault:?}").to_lowercase());
    let resets = member.resets.then(|| "resets".to_owned());
    let no_counter = (!member.counter).then(|| "no counter".to_owned());
    let all: Vec<String> = faults.chain(resets).chain(no_counter).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrape::Scrape;
    use crate::soak::counter_monitor::CounterMonitor;
    use crate::soak::feed;
    use crate::soak::fleet::Fleet;
    use crate::soak::ledger::LedgerTotals;
    use crate::soak::plan::Options;
    use crate::soak::run::{ClientTotals, ResourceTrends};
    use std::time::Duration;

    /// A slot, and a minute in it.
    const START: i64 = 1_795_441_200;
    const MINUTE: (f64, f64) = (1_795_441_210.0, 1_795_441_270.0);

    /// A minute in which the counted energy of the GPU at each place is its true one times a factor.
    fn outcome(factor: impl Fn(usize) -> f64) -> Outcome {
        let (mut page, mut ledger) = (String::new(), std::collections::BTreeMap::new());
        for place in 0..FLEET.len() {
            let (since, until) = MINUTE;
            let joules = fleet::truth(place, since, until).unwrap() * factor(place);
            let grams = feed::grams(joules, START);
            let mut sample = |name: &str, value: f64| {
                page += &format!(
                    "gpu_carbon_gpu_{name}{{gpu=\"{place}\",uuid=\"{}\"}} {value}\n",
                    uuid(place)
                );
            };
            sample("energy_joules_total", joules);
            sample("energy_joules_created", since);
            sample("last_sample_timestamp_seconds", until);
            sample("emissions_grams_total", grams);
            let totals = LedgerTotals {
                read_at: until,
                joules,
                grams,
                expected_grams: grams,
                ..LedgerTotals::default()
            };
            ledger.insert(uuid(place), totals);
        }
        let page = Scrape::parse(&page).unwrap();
        let mut monitor = CounterMonitor::default();
        monitor.observe(&page, MINUTE.1);
        let (calm, lifetime) = (Duration::from_secs(60), Duration::from_secs(3));
        Outcome {
            options: Options { seed: 1, calm, restarts: 0, lifetime },
            fleet: Fleet::default(),
            page,
            ledger,
            damaged: [0, 0],
            monitor,
            resources: ResourceTrends::default(),
            clients: ClientTotals::default(),
            log: String::new(),
        }
    }

    #[track_caller]
    fn check(outcome: &Outcome, broken: &[&str]) {
        Check::assert_broken(&outcome.report().unwrap().1, broken);
    }

    #[test]
    fn the_truth_passes_every_check() {
        check(&outcome(|_| 1.0), &[]);
    }

    #[test]
    fn energy_that_is_missing_or_counted_twice_is_found() {
        for (place, factor) in [(0, 0.9), (0, 1.1), (3, 2.0), (6, 0.5), (7, 1.02)] {
            let wrong = outcome(|it| if it == place { factor } else { 1.0 });
            check(&wrong, &["the counters agree with the truth", "so does the ledger"]);
        }
    }

    #[test]
    fn a_reset_may_count_a_step_twice_and_no_more() {
        let more = |steps: f64| {
            let step = FLEET[5].step_joules() / fleet::truth(5, MINUTE.0, MINUTE.1).unwrap();
            let mut outcome = outcome(|it| if it == 5 { 1.0 + steps * step } else { 1.0 });
            outcome.fleet.reset(5, MINUTE.0 + 10.0);
            outcome
        };
        check(&more(1.9), &[]);
        check(&more(2.1), &["the counters agree with the truth", "so does the ledger"]);
    }

    #[test]
    fn energy_between_the_last_reading_and_a_reset_may_be_missing() {
        let lost = |it| if it == 5 { 1.0 - 10.0 / 60.0 } else { 1.0 };
        check(&outcome(lost), &["the counters agree with the truth", "so does the ledger"]);
        let mut reset = outcome(lost);
        reset.fleet.reset(5, MINUTE.0 + 10.0);
        check(&reset, &[]);
    }

    #[test]
    fn a_gram_twice_a_fall_a_panic_and_growth_are_found() {
        let mut wrong = outcome(|_| 1.0);
        wrong.ledger.get_mut(&uuid(2)).unwrap().grams *= 2.0;
        check(&wrong, &["the emissions of each slot", "the counters have the grams"]);

        let mut wrong = outcome(|_| 1.0);
        wrong.monitor.observe(&Scrape::parse("x_total 2").unwrap(), 0.0);
        wrong.monitor.observe(&Scrape::parse("x_total 1").unwrap(), 0.0);
        wrong.log = "thread 'books' panicked at src/books.rs".to_owned();
        wrong.clients.calm_failures = 1;
        for second in 0..10 {
            let second = f64::from(second);
            wrong.resources.calm_memory.push(second, second * 1e6);
            wrong.resources.late_descriptors.push(second, second);
        }
        check(
            &wrong,
            &[
                "no counter fell",
                "no panic",
                "no scrape failed",
                "memory of the first",
                "so are their file",
            ],
        );
    }
}
