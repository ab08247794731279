//! The energy of one workload, from the counters that an exporter had at some times.

use std::collections::BTreeMap;

use gpu_carbon_core::steer::{EnergyCurve, MeteredEnergy};
use gpu_carbon_core::{Energy, Interval, Mass, Span, Timestamp, format};
use gpu_carbon_feeds::exporter_workload::{GpuCounters, WorkloadCounters};
use gpu_carbon_feeds::rfc3339;

use super::host::HostTally;

/// The share of the energy of its GPUs whose holder is unknown, from which on a note names it.
const NOTEWORTHY: f64 = 0.01;

/// The time by which the first counters may be late, and the last ones early, and the share of the run.
const LATENESS: Span = Span::from_seconds(2);
const LATENESS_SHARE: u64 = 100;

/// The energy of one workload so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    workload: Option<Known>,
    /// The time at which the exporter began to count.
    started: Option<Timestamp>,
    gpus: BTreeMap<String, GpuTally>,
    host: HostTally,
    /// The reason why the energy is not that of the command.
    fault: Option<String>,
    /// True once a GPU was shared with others.
    is_divided: bool,
}

/// The workload, once it held a GPU.
#[derive(Debug)]
struct Known {
    name: String,
    /// True where it holds its GPUs whether or not a process uses them.
    is_reserved: bool,
}

#[derive(Debug)]
struct GpuTally {
    last: GpuCounters,
    curve: EnergyCurve,
    energy: Energy,
    emissions: Mass,
    unknown: Energy,
}

/// The energy of a command, as an exporter counted it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    pub(crate) workload: String,
    pub(crate) energy: MeteredEnergy,
    /// The emissions as the exporter counted them.
    pub(crate) emissions: Mass,
    /// Facts that the reader has to know.
    pub(crate) notes: Vec<String>,
}

impl Tally {
    /// Adds the counters of a time. `begun` is the start of the command, if it was started.
    pub(super) fn add(&mut self, counters: WorkloadCounters, begun: Option<Timestamp>) {
        let WorkloadCounters { workload, kind, started, has_ledger, gpus, host } = counters;
        if let Some(kind) = kind {
            let is_reserved = kind == "slurm_job" || kind == "pod";
            self.workload = Some(Known { name: workload, is_reserved });
        }
        let is_restart = self.started.is_some_and(|before| before != started);
        if is_restart && !has_ledger {
            self.fail(format!(
                "the exporter was started again at {} without a ledger, and its counters began at zero",
                rfc3339::format(started.floor_to(Span::from_seconds(1)))
            ));
        }
        self.started = Some(started);
        for gpu in gpus {
            self.add_gpu(gpu, is_restart, begun);
        }
        host.into_iter().for_each(|component| self.host.add(component));
    }

    fn add_gpu(&mut self, now: GpuCounters, is_restart: bool, begun: Option<Timestamp>) {
        let Some(gpu) = self.gpus.get_mut(&now.uuid) else {
            let mut curve = EnergyCurve::default();
            curve.add(now.counted_until, Energy::default());
            let tally = GpuTally {
                last: now,
                curve,
                energy: Energy::default(),
                emissions: Mass::ZERO,
                unknown: Energy::default(),
            };
            self.gpus.insert(tally.last.uuid.clone(), tally);
            return;
        };
        let has_fallen = now.energy < gpu.last.energy;
        // A workload that held no GPU for some time is forgotten, and begins at zero when it holds one again.
        let grown =
            if has_fallen { now.energy } else { now.energy.saturating_sub(gpu.last.energy) };
        let emitted = match has_fallen {
            true => now.emissions,
            false => now.emissions.saturating_sub(gpu.last.emissions),
        };
        gpu.energy += grown;
        gpu.emissions += emitted;
        gpu.unknown += now.unknown.saturating_sub(gpu.last.unknown);
        gpu.curve.add(now.counted_until, gpu.energy);
        let (sharing, until) = (now.sharing.clone(), now.counted_until);
        gpu.last = now;
        if has_fallen && is_restart {
            self.fail("the counters of the exporter fell when it was started again".to_owned());
        }
        if grown == Energy::default() {
            return;
        }
        let is_reserved = self.workload.as_ref().is_some_and(|known| known.is_reserved);
        let name = self.name().to_owned();
        match sharing.as_str() {
            "held" => self.fail(format!(
                "a GPU of {name} was shared with others, and the exporter cannot tell their use apart"
            )),
            "utilization" => self.is_divided = true,
            _ => {}
        }
        if !is_reserved && begun.is_none_or(|begun| until <= begun) {
            self.fail(format!("something else of {name} used a GPU before the command began"));
        }
    }

    fn fail(&mut self, reason: String) {
        self.fault.get_or_insert(reason);
    }

    fn name(&self) -> &str {
        self.workload.as_ref().map_or("its workload", |known| &known.name)
    }

    /// Returns true once no more counters are needed: those of its GPUs cover a time, or they are of no use.
    pub(super) fn covers(&self, until: Timestamp) -> bool {
        let mut used = self.used().peekable();
        let is_late = |gpu: &GpuTally| gpu.last.counted_until < until;
        let lacks = match used.peek() {
            Some(_) => used.any(is_late),
            None => self.gpus.values().any(is_late),
        };
        self.fault.is_some() || self.started.is_some() && !lacks
    }

    /// The GPUs that it used.
    fn used(&self) -> impl Iterator<Item = &GpuTally> {
        self.gpus.values().filter(|gpu| gpu.energy > Energy::default())
    }

    /// The energy of a command that ran in an interval.
    ///
    /// # Errors
    ///
    /// The reason why it is not known.
    pub(super) fn measured(&self, ran: Interval) -> Result<Measured, String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let Some(known) = &self.workload else {
            return Err("the exporter has no counters of its workload".to_owned());
        };
        let whole: Energy = self.used().map(|gpu| gpu.energy).sum();
        if whole == Energy::default() {
            return Err(format!(
                "{} used no GPU of the exporter while the command ran",
                known.name
            ));
        }
        let lateness = LATENESS + Span::from_micros(ran.length().as_micros() / LATENESS_SHARE);
        for gpu in self.used() {
            let first = gpu.curve.points().first().map_or(ran.end(), |&(at, _)| at);
            if ran.start() + lateness < first {
                return Err("the exporter did not answer when the command began".to_owned());
            }
            if gpu.last.counted_until + lateness < ran.end() {
                return Err("the exporter did not answer when the command had ended".to_owned());
            }
        }
        let mut notes = Vec::new();
        if self.is_divided {
            notes.push(
                "a GPU was shared with others: the exporter divided its energy by use".to_owned(),
            );
        }
        let unknown: Energy = self.used().map(|gpu| gpu.unknown).sum();
        if unknown.as_joules() > whole.as_joules() * NOTEWORTHY {
            let unknown = format::energy(unknown);
            notes.push(format!(
                "the holder of {unknown} of its GPUs is unknown, and may be the command"
            ));
        }
        notes.extend(self.host.note());
        Ok(Measured {
            workload: known.name.clone(),
            energy: self.used().map(|gpu| gpu.curve.clone()).collect(),
            emissions: self.used().map(|gpu| gpu.emissions).sum(),
            notes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(BEGIN + seconds)
    }

    fn gpu(uuid: &str, until: i64, joules: f64, sharing: &str) -> GpuCounters {
        GpuCounters {
            uuid: uuid.to_owned(),
            counted_until: at(until),
            energy: Energy::from_joules(joules).unwrap(),
            emissions: Mass::from_grams(joules / 10.0).unwrap(),
            unknown: Energy::default(),
            sharing: sharing.to_owned(),
        }
    }

    fn counters(kind: Option<&str>, started: i64, gpus: Vec<GpuCounters>) -> WorkloadCounters {
        WorkloadCounters {
            workload: "unit:train.service".to_owned(),
            kind: kind.map(str::to_owned),
            started: at(started),
            has_ledger: false,
            gpus,
            host: Vec::new(),
        }
    }

    fn exclusive(until: i64, joules: f64) -> WorkloadCounters {
        counters(
            Some("unit"),
            -50,
            vec![gpu("a", until, joules, "exclusive"), gpu("b", until, 0.0, "none")],
        )
    }

    /// The tally of a command that ran from 0 to 100 s.
    fn tally(answers: Vec<WorkloadCounters>) -> Result<Measured, String> {
        let mut tally = Tally::default();
        for answer in answers {
            tally.add(answer, Some(at(0)));
        }
        tally.measured(Interval::new(at(0), at(100)))
    }

    #[test]
    fn growth_is_counted_from_the_first_answer_on() {
        let found =
            tally(vec![exclusive(-1, 40.0), exclusive(50, 90.0), exclusive(101, 240.0)]).unwrap();
        assert_eq!(found.energy.over(Interval::new(at(-1), at(50))).as_joules(), 50.0);
        assert_eq!(found.energy.over(Interval::new(at(-1), at(101))).as_joules(), 200.0);
        assert_eq!((found.emissions.as_grams(), found.notes.len()), (20.0, 0));
        assert_eq!(found.energy.curves().len(), 1, "the other GPU was never used");
        // Forgotten in a long pause, and back.
        let unknown = counters(None, -50, vec![gpu("a", 70, 0.0, "none")]);
        let answers = vec![exclusive(-1, 40.0), exclusive(50, 90.0), unknown, exclusive(100, 30.0)];
        let found = tally(answers).unwrap();
        assert_eq!(found.energy.over(Interval::new(at(-1), at(100))).as_joules(), 80.0);
    }

    #[test]
    fn energy_that_is_not_the_commands_is_not_measured() {
        let held =
            |until, joules| counters(Some("unit"), -50, vec![gpu("a", until, joules, "held")]);
        let restarted = counters(Some("unit"), 30, vec![gpu("a", 100, 900.0, "exclusive")]);
        let never = counters(None, -50, vec![gpu("a", 100, 0.0, "none")]);
        for (answers, reason) in [
            (vec![], "no counters of its workload"),
            (vec![never.clone(), never], "no counters of its workload"),
            (vec![exclusive(-1, 5.0), exclusive(100, 5.0)], "used no GPU"),
            (vec![exclusive(-1, 5.0), held(100, 9.0)], "shared with others"),
            (vec![exclusive(-1, 5.0), restarted], "started again at 2027-01-15T08:00:30Z"),
            (
                vec![exclusive(-9, 5.0), exclusive(-1, 6.0), exclusive(100, 9.0)],
                "something else of unit:train.service",
            ),
            (vec![exclusive(-1, 5.0), exclusive(90, 6.0)], "when the command had ended"),
            (vec![exclusive(9, 5.0), exclusive(100, 6.0)], "when the command began"),
        ] {
            let error = tally(answers).unwrap_err();
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }

    #[test]
    fn a_reserved_gpu_may_be_used_before_and_a_ledger_goes_on() {
        let job = |started, until, joules| WorkloadCounters {
            has_ledger: true,
            ..counters(Some("slurm_job"), started, vec![gpu("a", until, joules, "utilization")])
        };
        let found = tally(vec![job(-50, -9, 5.0), job(-50, -1, 6.0), job(30, 100, 9.0)]).unwrap();
        assert_eq!(found.energy.over(Interval::new(at(-9), at(100))).as_joules(), 4.0);
        assert!(found.notes[0].contains("by use"), "{found:?}");
        let fallen = tally(vec![job(-50, -1, 6.0), job(30, 100, 2.0)]).unwrap_err();
        assert!(fallen.contains("fell"), "{fallen}");
        let mut unknown = job(-50, 100, 9.0);
        unknown.gpus[0].unknown = Energy::from_joules(1.0).unwrap();
        let found = tally(vec![job(-50, -1, 6.0), unknown]).unwrap();
        assert!(found.notes[1].contains("is unknown"), "{found:?}");
    }

    #[test]
    fn counters_are_awaited_until_those_of_its_gpus_cover_the_end() {
        let mut tally = Tally::default();
        assert!(!tally.covers(at(0)), "there was no answer yet");
        let both = |a, b, joules| {
            counters(
                Some("unit"),
                -50,
                vec![gpu("a", a, joules, "exclusive"), gpu("b", b, 0.0, "none")],
            )
        };
        tally.add(both(0, 0, 0.0), Some(at(0)));
        assert!(!tally.covers(at(100)) && tally.covers(at(0)));
        tally.add(both(99, 100, 1.0), Some(at(0)));
        assert!(!tally.covers(at(100)));
        tally.add(both(100, 50, 1.5), Some(at(0)));
        assert!(tally.covers(at(100)), "the other GPU is not used");
    }
}
