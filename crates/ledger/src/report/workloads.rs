//! Totals by workload: each has the part of the GPUs' rows that its joules are of theirs.

use std::collections::{BTreeMap, BTreeSet};

use gpu_carbon_core::boundary::{BoundaryChoice, HostPart};
use gpu_carbon_core::{Interval, Span, Timestamp};

use super::Totals;
use crate::host::{HostShareRow, HostUsageRow};
use crate::read_error::ReadError;
use crate::reader::Reader;
use crate::rows::{PresenceRow, UsageRow};
use crate::share::{ShareRow, Workload};

/// The least part of a row that counts as used by someone unknown, where its shares do not add up to it. Below is rounding.
const LEAST_REST: f64 = 1e-9;

/// The totals of a workload, or of what stands in the place of one.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkloadTotals {
    /// The workload.
    pub workload: Workload,
    /// The time between its first and its last share; `None` for energy without a share.
    pub time: Option<Interval>,
    /// The totals: [`gpu_seconds`](Totals::gpu_seconds) are those for which GPUs were held.
    pub totals: Totals,
    /// The positions of the GPUs in [`Reader::gpus`].
    pub gpus: BTreeSet<usize>,
    /// The shares, ordered by start.
    pub shares: Vec<ShareRow>,
}

/// The rows of one GPU and interval.
#[derive(Debug, Default)]
struct Cell {
    usage: Vec<UsageRow>,
    presence: Option<PresenceRow>,
    /// True for the energy of the host around the GPUs.
    is_of_host: bool,
    /// The parts that have no share, from 0 to 1.
    rest_of_energy: f64,
    rest_of_time: f64,
}

/// The place of a cell: the position of the GPU, the start and the end.
type Place = (usize, Timestamp, Timestamp);

impl Cell {
    fn joules(&self) -> f64 {
        self.usage.iter().map(|row| row.energy.total_joules()).sum()
    }

    /// Adds parts of the energy and of the presence to totals, as far as they are in the time of a report: `counted` is the
    /// part of the interval that is.
    fn add_to(&self, totals: &mut Totals, energy: f64, time: f64, counted: f64) {
        for row in &self.usage {
            let grams = row.grams.map(|grams| grams * energy);
            let part = UsageRow { energy: row.energy.scaled(energy), grams, ..*row };
            totals.add_usage(&part, counted);
            if self.is_of_host {
                totals.host_joules += part.energy.total_joules() * counted;
            }
        }
        if let Some(row) = &self.presence {
            let embodied_grams = row.embodied_grams.map(|grams| grams * time);
            let seconds = row.seconds * time;
            totals.add_presence(&PresenceRow { seconds, embodied_grams, ..*row }, counted);
        }
    }
}

/// Reads the totals of each workload in a time, in the order of [`Reader::workloads`]. Energy without a share is of the payer
/// [`UNKNOWN`](Workload::UNKNOWN), so that all totals add up to those of the GPUs, and of the host around them, if that
/// is what the [boundary](Reader::boundary) of the ledger contains.
///
/// # Errors
///
/// When the ledger cannot be read.
pub fn by_workload(reader: &Reader, within: Interval) -> Result<Vec<WorkloadTotals>, ReadError> {
    let choice = reader.boundary().map(|recorded| recorded.choice).unwrap_or_default();
    by_workload_within(reader, within, choice)
}

/// Reads the totals of each workload in a time as [`by_workload`] does, of the GPUs alone or of the host with them.
///
/// # Errors
///
/// When the ledger cannot be read.
pub fn by_workload_within(
    reader: &Reader,
    within: Interval,
    choice: BoundaryChoice,
) -> Result<Vec<WorkloadTotals>, ReadError> {
    let mut cells = cells(reader, within, choice)?;
    let of = |workload: &Workload, time| WorkloadTotals {
        workload: workload.clone(),
        time,
        totals: Totals::default(),
        gpus: BTreeSet::new(),
        shares: Vec::new(),
    };
    let mut all: Vec<WorkloadTotals> =
        reader.workloads().iter().map(|row| of(&row.workload, Some(row.time))).collect();
    let mut add = |share: ShareRow, is_of_host: bool| {
        let place = (share.gpu, share.interval.start(), share.interval.end());
        let (Some(cell), Some(workload)) = (cells.get_mut(&place), all.get_mut(share.workload))
        else {
            return;
        };
        let whole = cell.joules();
        let energy = if whole > 0.0 { share.energy_joules / whole } else { 0.0 };
        let seconds = cell.presence.map_or(0.0, |row| row.seconds);
        let time = if seconds > 0.0 { share.held_seconds / seconds } else { 0.0 };
        cell.add_to(&mut workload.totals, energy, time, counted(share.interval, within));
        cell.rest_of_energy -= energy;
        cell.rest_of_time -= time;
        if !is_of_host {
            workload.gpus.insert(share.gpu);
            workload.shares.push(share);
        }
    };
    reader.share_rows(within, |share| add(share, false))?;
    if choice == BoundaryChoice::Host {
        reader.host_share_rows(within, |HostShareRow { share, .. }| add(share, true))?;
    }
    let unknown = Workload::stand_in(Workload::UNKNOWN);
    let position = all.iter().position(|one| one.workload == unknown);
    let position = position.unwrap_or_else(|| {
        all.push(of(&unknown, None));
        all.len() - 1
    });
    if let Some(unknown) = all.get_mut(position) {
        for ((gpu, start, end), cell) in &cells {
            let above = |rest: f64| if rest > LEAST_REST { rest } else { 0.0 };
            let (energy, time) = (above(cell.rest_of_energy), above(cell.rest_of_time));
            if energy > 0.0 || time > 0.0 {
                let counted = counted(Interval::new(*start, *end), within);
                cell.add_to(&mut unknown.totals, energy, time, counted);
                if !cell.is_of_host {
                    unknown.gpus.insert(*gpu);
                }
            }
        }
    }
    all.retain(|one| one.totals != Totals::default());
    Ok(all)
}

/// Reads the rows of a time by their GPUs and intervals, and those of the host if it is chosen. The platform contains the others.
fn cells(
    reader: &Reader,
    within: Interval,
    choice: BoundaryChoice,
) -> Result<BTreeMap<Place, Cell>, ReadError> {
    let mut cells: BTreeMap<Place, Cell> = BTreeMap::new();
    let place = |gpu, interval: Interval| (gpu, interval.start(), interval.end());
    reader.usage_rows(within, |row| {
        let cell = cells.entry(place(row.gpu, row.interval)).or_default();
        cell.usage.push(row);
        cell.rest_of_energy = 1.0;
    })?;
    reader.presence_rows(within, |row| {
        let cell = cells.entry(place(row.gpu, row.interval)).or_default();
        cell.presence = Some(row);
        cell.rest_of_time = 1.0;
    })?;
    if choice == BoundaryChoice::Host {
        reader.host_usage_rows(within, |HostUsageRow { account, usage }| {
            if account.part != HostPart::Platform {
                let cell = cells.entry(place(usage.gpu, usage.interval)).or_default();
                cell.usage.push(usage);
                (cell.rest_of_energy, cell.is_of_host) = (1.0, true);
            }
        })?;
    }
    Ok(cells)
}

/// The part of an interval that is within a time, from 0 to 1.
fn counted(interval: Interval, within: Interval) -> f64 {
    let start = interval.start().max(within.start());
    let end = interval.end().min(within.end());
    if interval.length() == Span::ZERO || (start == interval.start() && end == interval.end()) {
        return 1.0;
    }
    end.duration_since(start).as_seconds() / interval.length().as_seconds()
}
