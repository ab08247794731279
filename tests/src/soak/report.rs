//! What came of a soak: what each GPU truly used beside what was counted, and whether all held.

use std::fmt;

use anyhow::{Context, Result};

use super::feed::{PUE, STEP, intensity};
use super::fleet::{self, FLEET, Member, uuid};
use super::run::Outcome;
use crate::bench::table::{Table, number};
use crate::bench::trend::Trend;

/// A GPU without a counter is integrated from samples of its power: this part may be lost or gained, and ...
const INTEGRATED: f64 = 0.005;
/// ... so much at each restart, in seconds: a sample before, and one after.
const SAMPLES: f64 = 0.2;

/// What may come of memory: less than this, in bytes.
const MORE_MEMORY: f64 = 4e6;
/// Of file descriptors: fewer than this. Clients come and go.
const MORE_DESCRIPTORS: f64 = 8.0;

/// One thing that must hold.
#[derive(Debug)]
pub struct Check {
    /// What, in words, with what was seen.
    pub what: String,
    /// Whether it does.
    pub holds: bool,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7}  {}", if self.holds { "holds" } else { "BROKEN" }, self.what)
    }
}

/// One GPU: what was counted, and within which bounds the truth allows that.
#[derive(Debug)]
struct Row {
    place: usize,
    /// By the counters, and by the ledger somewhat later.
    published: Bounded,
    ledger: Bounded,
    grams: f64,
    due_grams: f64,
    recovered_joules: f64,
}

#[derive(Debug, Clone, Copy)]
struct Bounded {
    counted: f64,
    truth: f64,
    /// How much less, and how much more, it may be.
    less: f64,
    more: f64,
}

impl Bounded {
    fn holds(self) -> bool {
        (self.truth - self.less..=self.truth + self.more).contains(&self.counted)
    }
}

impl Outcome {
    /// The GPUs in a table, and all that must hold.
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
            "the counters tell the truth, within what is allowed".to_owned(),
        );
        check(all(|row| row.ledger.holds()), "so does the ledger".to_owned());
        let unpriced: f64 = self.ledger.values().map(|kept| kept.unpriced_joules).sum();
        check(
            unpriced.abs() < 1e-3,
            format!("no energy waits for its price in the ledger: {} J", number(unpriced)),
        );
        check(
            all(|row| (row.grams - row.due_grams).abs() <= 1e-9 * row.due_grams),
            "each slot has emitted its energy times its price: no gram is missing, and none is there twice".to_owned(),
        );
        check(self.grams_agree(&rows)?, "the counters have the grams of the ledger".to_owned());
        let witness = &self.witness;
        let first =
            witness.falls.first().map_or_else(String::new, |fall| format!(", the first: {fall}"));
        check(
            witness.falls.is_empty() && witness.scrapes > 0,
            format!(
                "no counter fell in {} scrapes over {} restarts: {}{first}",
                witness.scrapes,
                self.options.restarts,
                witness.falls.len()
            ),
        );
        let panics = self.log.lines().filter(|line| line.contains("panicked")).count();
        check(panics == 0, format!("no panic is in the log: {panics}"));
        let clients = &self.clients;
        check(
            clients.calm_failures == 0,
            format!(
                "no scrape failed while the first exporter lived: {}; {} were answered in all, {} by slow clients, and {} were left",
                clients.calm_failures, clients.answers, clients.slow_answers, clients.left
            ),
        );
        let held = &self.holdings;
        let mut flat = |trend: &Trend, most: f64, scale: f64, what: &str| {
            if let (Some(growth), Some(last)) = (trend.growth(), trend.last()) {
                let (growth, last) = (number(growth / scale), number(last / scale));
                let holds = trend.growth().is_some_and(|growth| growth < most);
                checks
                    .push(Check { what: format!("{what}: {growth} more, {last} at last"), holds });
            }
        };
        flat(&held.calm_memory, MORE_MEMORY, 1e6, "memory of the first exporter is flat (MB)");
        flat(&held.calm_descriptors, MORE_DESCRIPTORS, 1.0, "so are its file descriptors");
        flat(&held.late_memory, MORE_MEMORY, 1e6, "memory of the later ones is flat (MB)");
        flat(&held.late_descriptors, MORE_DESCRIPTORS, 1.0, "so are their file descriptors");
        Ok((table(&rows), checks))
    }

    fn row(&self, place: usize) -> Result<Row> {
        let member = FLEET.get(place).context("no such GPU")?;
        let label = format!("uuid=\"{}\"", uuid(place));
        let value = |name: &str| self.page.value(&format!("gpu_carbon_gpu_{name}"), &[&label]);
        let (since, read_at) =
            (value("energy_joules_created")?, value("last_sample_timestamp_seconds")?);
        let unseen = value("unseen_seconds_total").unwrap_or_default();
        let kept = self.ledger.get(&uuid(place)).context("a GPU is not in the ledger")?;
        let bounded = |counted, until| self.bounded(place, member, counted, (since, until), unseen);
        Ok(Row {
            place,
            published: bounded(value("energy_joules_total")?, read_at)?,
            ledger: bounded(kept.joules, kept.read_at)?,
            grams: kept.grams,
            due_grams: kept.due_grams,
            recovered_joules: kept.recovered_joules,
        })
    }

    /// What the truth allows: a step of the counter for each life, and what flowed unseen before a reset.
    fn bounded(
        &self,
        place: usize,
        member: &Member,
        counted: f64,
        (since, until): (f64, f64),
        unseen: f64,
    ) -> Result<Bounded> {
        let truth = fleet::truth(place, since, until)?;
        let lives = f64::from(self.options.restarts + 1);
        if !member.counter {
            // Its power is constant: what flowed unseen is known.
            let (seen, stray) = (truth - unseen * member.most_watts, truth * INTEGRATED);
            let around = lives * SAMPLES * member.most_watts;
            return Ok(Bounded { counted, truth: seen, less: stray + around, more: stray });
        }
        let steps = lives * member.step_joules();
        let mut before_resets = 0.0;
        for &reset in self.fleet.resets(place) {
            let seen = self.witness.reading_before(&uuid(place), reset).unwrap_or(since);
            before_resets += fleet::truth(place, seen, reset)?;
        }
        Ok(Bounded { counted, truth, less: steps + before_resets, more: steps })
    }

    /// Whether the counters' grams are those of the ledger, but for what was used after the last page.
    fn grams_agree(&self, rows: &[Row]) -> Result<bool> {
        for row in rows {
            let label = format!("uuid=\"{}\"", uuid(row.place));
            let published = self.page.value("gpu_carbon_gpu_emissions_grams_total", &[&label])?;
            let later = row.ledger.counted - row.published.counted;
            let dearest = (0..7).map(|step| intensity(step * STEP)).fold(0.0, f64::max);
            let most = later / 3.6e6 * PUE * dearest;
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
        "suffers",
        "truth (J)",
        "counters (J)",
        "ledger, later (J)",
        "off (J)",
        "allowed (J)",
        "recovered (J)",
        "emitted (g)",
        "due (g)",
    ];
    let mut table = Table::new(heading.map(str::to_owned));
    for row in rows {
        let Some(member) = FLEET.get(row.place) else { continue };
        let published = row.published;
        table.push([
            format!("{} {}", row.place, member.model),
            suffers(member),
            format!("{:.1}", published.truth),
            format!("{:.1}", published.counted),
            format!("{:.1}", row.ledger.counted),
            format!("{:+.2}", row.ledger.counted - row.ledger.truth),
            format!("-{:.0} to +{:.0}", row.ledger.less, row.ledger.more),
            format!("{:.1}", row.recovered_joules),
            format!("{:.6}", row.grams),
            format!("{:.6}", row.due_grams),
        ]);
    }
    table
}

fn suffers(member: &Member) -> String {
    let troubles = member.troubles.iter().map(|trouble| format!("{trouble:?}").to_lowercase());
    let resets = member.resets.then(|| "resets".to_owned());
    let no_counter = (!member.counter).then(|| "no counter".to_owned());
    let all: Vec<String> = troubles.chain(resets).chain(no_counter).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrape::Scrape;
    use crate::soak::feed;
    use crate::soak::fleet::Fleet;
    use crate::soak::ledger::Kept;
    use crate::soak::plan::Options;
    use crate::soak::run::{Clients, Holdings};
    use crate::soak::witness::Witness;
    use std::time::Duration;

    /// A slot, and a minute in it.
    const START: i64 = 1_795_441_200;
    const MINUTE: (f64, f64) = (1_795_441_210.0, 1_795_441_270.0);

    /// A minute in which the GPU at each place was counted as so many times what it truly used.
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
            let kept = Kept { read_at: until, joules, grams, due_grams: grams, ..Kept::default() };
            ledger.insert(uuid(place), kept);
        }
        let page = Scrape::parse(&page).unwrap();
        let mut witness = Witness::default();
        witness.see(&page);
        let (calm, life) = (Duration::from_secs(60), Duration::from_secs(3));
        Outcome {
            options: Options { seed: 1, calm, restarts: 0, life },
            fleet: Fleet::default(),
            page,
            ledger,
            witness,
            holdings: Holdings::default(),
            clients: Clients::default(),
            log: String::new(),
        }
    }

    #[track_caller]
    fn check(outcome: &Outcome, broken: &[&str]) {
        let (_, checks) = outcome.report().unwrap();
        let found: Vec<_> =
            checks.iter().filter(|check| !check.holds).map(|check| check.what.as_str()).collect();
        let begins = |(found, expected): (&&str, &&str)| found.starts_with(expected);
        assert!(found.len() == broken.len() && found.iter().zip(broken).all(begins), "{found:?}");
    }

    #[test]
    fn what_is_true_holds() {
        check(&outcome(|_| 1.0), &[]);
    }

    #[test]
    fn energy_that_is_missing_or_twice_there_is_found() {
        for (place, factor) in [(0, 0.9), (0, 1.1), (3, 2.0), (6, 0.5), (7, 1.02)] {
            let wrong = outcome(|it| if it == place { factor } else { 1.0 });
            check(&wrong, &["the counters tell the truth", "so does the ledger"]);
        }
    }

    #[test]
    fn what_flowed_unseen_before_a_reset_may_be_missing() {
        let lost = |it| if it == 5 { 1.0 - 10.0 / 60.0 } else { 1.0 };
        check(&outcome(lost), &["the counters tell the truth", "so does the ledger"]);
        let mut reset = outcome(lost);
        reset.fleet.reset(5, MINUTE.0 + 10.0);
        check(&reset, &[]);
    }

    #[test]
    fn a_gram_twice_a_fall_a_panic_and_growth_are_found() {
        let mut wrong = outcome(|_| 1.0);
        wrong.ledger.get_mut(&uuid(2)).unwrap().grams *= 2.0;
        check(&wrong, &["each slot has emitted", "the counters have the grams"]);

        let mut wrong = outcome(|_| 1.0);
        wrong.witness.see(&Scrape::parse("x_total 2").unwrap());
        wrong.witness.see(&Scrape::parse("x_total 1").unwrap());
        wrong.log = "thread 'books' panicked at src/books.rs".to_owned();
        wrong.clients.calm_failures = 1;
        for second in 0..10 {
            let second = f64::from(second);
            wrong.holdings.calm_memory.push(second, second * 1e6);
            wrong.holdings.late_descriptors.push(second, second);
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
