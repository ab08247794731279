//! The totals of a ledger, added up over a time.

use std::collections::BTreeMap;

use gpu_carbon_core::Interval;
use gpu_carbon_ledger::report::{
    GpuReport, HostReport, PeriodReport, Report, Totals, WorkloadTotals, by_workload,
};
use gpu_carbon_ledger::{Gpu, HostAccount, Reader, Workload};

use super::args::{Args, By};
use super::host::Host;
use super::manufacture::{self, GpuManufacture};
use super::periods;
use super::phases::{LAST, Phases};
use crate::usage_error::UsageError;

/// The totals of a ledger over a time, in groups.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) args: &'a Args,
    pub(super) by: By,
    pub(super) reader: &'a Reader,
    /// The part of the requested time that the ledger covers; `None` where it covers none.
    pub(super) time: Option<Interval>,
    pub(super) groups: Vec<Group<'a>>,
    /// The total of the groups.
    pub(super) total: Totals,
    /// The total of the GPUs alone.
    pub(super) gpus: Totals,
    /// The host around the GPUs.
    pub(super) host: Host,
    /// The figures of the embodied emissions of each GPU that was present, with their sources.
    pub(super) manufactures: Vec<GpuManufacture<'a>>,
    /// The patterns of phases that match no workload of the ledger.
    pub(super) unmatched: Vec<String>,
}

/// Totals that are added up together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group<'a> {
    pub(super) key: Key<'a>,
    pub(super) totals: Totals,
}

/// The key of a group.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Key<'a> {
    Gpu(&'a Gpu),
    /// A part of the host around the GPUs, by one method.
    Host(HostAccount),
    /// Workloads that hold GPUs, by their common name.
    Holders {
        name: String,
    },
    /// A day or a month: its name, and the part of it that is in the time.
    Period {
        name: String,
        interval: Interval,
    },
}

impl<'a> Answer<'a> {
    /// Adds up the rows of a ledger that are in a time.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub(super) fn of(
        args: &'a Args,
        reader: &'a Reader,
        time: Option<Interval>,
    ) -> Result<Answer<'a>, UsageError> {
        let by = match &args.lifecycle {
            Some(_) => By::Phase,
            None => args.by.unwrap_or(By::Gpu),
        };
        let zone = args.time_zone;
        let bounds = time.map(|time| periods::cuts(by, zone, time)).unwrap_or_default();
        let report = Report::read(reader, bounds.clone()).map_err(UsageError::Ledger)?;
        let of_host = HostReport::read(reader, bounds).map_err(UsageError::Ledger)?;
        let host = Host::of(&of_host, reader);
        let phases = args.lifecycle.as_deref().map(Phases::read).transpose()?.unwrap_or_default();
        let groups = match by {
            By::Gpu => {
                let group = |GpuReport { gpu, totals }| {
                    Some(Group { key: Key::Gpu(reader.gpus().get(gpu)?), totals })
                };
                let gpus = report.by_gpu().into_iter().filter_map(group);
                let of_host = host.accounts_within();
                gpus.chain(
                    of_host.map(|(account, totals)| Group { key: Key::Host(account), totals }),
                )
                .collect()
            }
            By::Workload | By::Namespace | By::Kind | By::Phase => {
                holders(by, &phases, reader, time)?
            }
            By::Day | By::Month => {
                let group = |PeriodReport { period: interval, totals }| {
                    let name = periods::name(by, zone, interval);
                    Group { key: Key::Period { name, interval }, totals }
                };
                host.with_periods(report.by_period(), of_host.by_period())
                    .into_iter()
                    .map(group)
                    .collect()
            }
        };
        let workloads = reader.workloads().iter().map(|row| &row.workload);
        let names = workloads.filter(|it| it.is_workload()).map(|it| &*it.name);
        let unmatched = phases.unmatched(&names.collect::<Vec<_>>());
        let manufactures = match time {
            Some(time) => manufacture::read(reader, time)?,
            None => Vec::new(),
        };
        args.server.check(&manufactures)?;
        let gpus = report.total();
        let total = host.with(gpus.clone());
        Ok(Answer { args, by, reader, time, groups, total, gpus, host, manufactures, unmatched })
    }
}

/// Returns the groups of workloads, the greatest energy first; phases in their order. What stands in the place of workloads comes
/// last.
fn holders<'a>(
    by: By,
    phases: &Phases,
    reader: &Reader,
    time: Option<Interval>,
) -> Result<Vec<Group<'a>>, UsageError> {
    let Some(time) = time else { return Ok(Vec::new()) };
    let mut groups: BTreeMap<(usize, String), Totals> = BTreeMap::new();
    for WorkloadTotals { workload, totals, .. } in
        by_workload(reader, time).map_err(UsageError::Ledger)?
    {
        let Workload { name, kind, pod } = &workload;
        let key = match by {
            _ if !workload.is_workload() => (LAST, name.to_string()),
            By::Namespace => {
                (0, pod.as_ref().map_or("no namespace", |pod| &pod.namespace).to_owned())
            }
            By::Kind => (0, kind.replace('_', " ")),
            By::Phase => phases.of(name)?,
            _ if **name == *Workload::FORGOTTEN => {
                (1, format!("forgotten ({})", kind.replace('_', " ")))
            }
            _ => (0, name.to_string()),
        };
        let sum = groups.entry(key).or_default();
        *sum = std::mem::take(sum).with(totals);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    if by != By::Phase {
        let order = |totals: &Totals| totals.joules();
        groups.sort_by(|((one, _), a), ((other, _), b)| {
            one.cmp(other).then(order(b).total_cmp(&order(a)))
        });
    }
    let group = |((_, name), totals)| Group { key: Key::Holders { name }, totals };
    Ok(groups.into_iter().map(group).collect())
}
