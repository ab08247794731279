//! The metrics of the exporter, its ledger and its process.

use gpu_carbon_core::Timestamp;
use gpu_carbon_metrics::table::{
    BUILD_INFO, CERTIFICATE_NOT_AFTER, CLOCK_JUMPS, CONFIG_LAST_SUCCESS, CONFIG_SUCCESSFUL,
    DRIVER_RELOADS, FEED_REQUESTS, LAST_SAMPLE, LEDGER_COMMITS, LEDGER_LAST_COMMIT,
    LEDGER_REPLACED, LEDGER_SIZE, LEDGER_UP, LOG_DROPPED, PROCESS_CPU, PROCESS_MAX_FDS,
    PROCESS_OPEN_FDS, PROCESS_RESIDENT_MEMORY, PROCESS_START_TIME, PROCESS_THREADS,
    PROCESS_VIRTUAL_MEMORY, RELEASED,
};
use gpu_carbon_metrics::{Family, Kind, Label, Sample};

use crate::build;
use crate::process::ProcessStats;
use crate::snapshot::{LedgerView, Snapshot};

pub(super) fn families(snapshot: &Snapshot) -> Vec<Family> {
    let started = snapshot.started;
    let build = [
        ("version", build::VERSION),
        ("revision", build::REVISION),
        ("branch", build::BRANCH),
        ("rustc_version", build::RUSTC_VERSION),
    ];
    let build = build.map(|(name, value)| Label::new(name, value)).to_vec();
    let requests = snapshot.grid.requests.iter().map(|(kind, &requests)| {
        let (source, outcome) = (kind.source, kind.outcome);
        let labels = vec![Label::new("source", source), Label::new("outcome", outcome)];
        count(labels, requests, started)
    });
    let last_read = snapshot.last_read.map(|read| Sample::new(vec![], read.wall.as_unix_seconds()));
    let not_after = snapshot.certificate_not_after;
    let not_after = not_after.map(|time| Sample::new(vec![], time.as_unix_seconds()));
    let mut families = vec![
        Family::new(BUILD_INFO, [Sample::new(build, 1.0)]),
        Family::new(LAST_SAMPLE, last_read),
        Family::new(FEED_REQUESTS, requests),
        Family::new(DRIVER_RELOADS, [count(vec![], snapshot.driver.reloads, started)]),
        Family::new(RELEASED, [flag(snapshot.driver.release.is_some())]),
        Family::new(CONFIG_SUCCESSFUL, [flag(snapshot.config.is_last_reload_successful)]),
        Family::new(
            CONFIG_LAST_SUCCESS,
            [Sample::new(vec![], snapshot.config.last_success.as_unix_seconds())],
        ),
        Family::new(CLOCK_JUMPS, [count(vec![], snapshot.clock_jumps, started)]),
        Family::new(CERTIFICATE_NOT_AFTER, not_after),
        Family::new(LOG_DROPPED, [count(vec![], snapshot.log_dropped, started)]),
    ];
    families.extend(snapshot.ledger.iter().flat_map(|ledger| of_ledger(ledger, started)));
    families.extend(snapshot.process.iter().flat_map(|process| of_process(process, started)));
    families
}

fn of_ledger(ledger: &LedgerView, started: Timestamp) -> [Family; 5] {
    let commits = |outcome: &'static str, commits| {
        count(vec![Label::new("outcome", outcome)], commits, started)
    };
    #[expect(clippy::cast_precision_loss, reason = "no disk has 2^53 bytes")]
    let size = ledger.file_bytes.map(|bytes| Sample::new(vec![], bytes as f64));
    let last_commit = ledger.last_commit.map(|at| Sample::new(vec![], at.as_unix_seconds()));
    [
        Family::new(LEDGER_UP, [flag(ledger.up)]),
        Family::new(LEDGER_LAST_COMMIT, last_commit),
        Family::new(
            LEDGER_COMMITS,
            [
                commits("success", ledger.commits.succeeded),
                commits("failure", ledger.commits.failed),
            ],
        ),
        Family::new(LEDGER_REPLACED, [count(vec![], ledger.replacements, started)]),
        Family::new(LEDGER_SIZE, size),
    ]
}

fn of_process(process: &ProcessStats, started: Timestamp) -> [Family; 7] {
    [
        (PROCESS_CPU, process.cpu_seconds),
        (PROCESS_OPEN_FDS, process.open_fds),
        (PROCESS_MAX_FDS, process.max_fds),
        (PROCESS_VIRTUAL_MEMORY, process.virtual_bytes),
        (PROCESS_RESIDENT_MEMORY, process.resident_bytes),
        (PROCESS_START_TIME, process.started_seconds),
        (PROCESS_THREADS, process.threads),
    ]
    .map(|(metric, value)| {
        let created = Some(started).filter(|_| metric.kind == Kind::Counter);
        Family::new(metric, [Sample { created, ..Sample::new(vec![], value) }])
    })
}

#[expect(clippy::cast_precision_loss, reason = "nothing that is counted here reaches 2^53")]
fn count(labels: Vec<Label>, count: u64, started: Timestamp) -> Sample {
    Sample::new(labels, count as f64).since(started)
}

fn flag(is_set: bool) -> Sample {
    Sample::new(vec![], f64::from(u8::from(is_set)))
}
