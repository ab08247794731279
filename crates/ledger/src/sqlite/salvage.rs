//! The part of a damaged ledger that can still be read, row by row.

mod damaged_ledger;
mod gpu_rows;
mod pending;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gpu_carbon_core::{Interval, SLOT, Span, Timestamp};
use rusqlite::Row;

pub(super) use damaged_ledger::DamagedLedger;
use gpu_rows::{copied, exists, original, settled};
use pending::{Pending, RowKey};

use super::gpu_copy::GpuCopy;
use super::plausible::{self, Place};
use super::row_digests;
use super::row_scan::{self, ENTRY, Readable};
use super::state::GpuRow;
use super::sums::{self, GpuSums};
use super::{embodied, schema, share};
use crate::embodied::EmbodiedSince;
use crate::gpu::GpuBatch;
use crate::host::is_of_host;
use crate::posting::Posting;
use crate::salvaged::Salvaged;
use crate::share::{PendingShare, ShareBatch, SharePosting, ShareTotal, Workload};

/// The length of a day, in seconds.
const DAY: i64 = 86_400;

/// The batch that begins a new file, and the account of what it lacks.
#[derive(Debug, Default)]
pub(crate) struct Salvage {
    pub(crate) gpus: Vec<GpuBatch>,
    /// The figures of embodied emissions that can be read, by the UUID of the GPU.
    pub(crate) embodied: BTreeMap<String, Vec<EmbodiedSince>>,
    pub(crate) salvaged: Salvaged,
}

impl DamagedLedger {
    /// Reads all that can be read.
    pub(super) fn salvage(&self) -> Salvage {
        let connection = &self.connection;
        let has_copies = schema::version(connection).is_ok_and(|version| version > 1)
            || connection.prepare("SELECT digest FROM gpu_copy").is_ok();
        let rows = self.rows();
        let mut waiting = self.waiting_keys(rows.pending.clone());
        let origins = row_digests::origins(connection).unwrap_or_default();
        let names = self.names_by_index();
        let has_figures = embodied::is_in(connection);
        let mut figures =
            has_figures.then(|| embodied::all(self).ok()).flatten().unwrap_or_default();
        let mut salvage = Salvage::default();
        for id in self.gpu_ids() {
            self.limit.restart();
            let copy = GpuCopy::read(connection, id).ok().flatten().filter(|copy| copy.is_intact);
            let original = original(connection, id);
            let of_copy = copy.as_ref().and_then(|_| copied(connection, id, original.as_ref()));
            let sums = rows.sums.get(&id);
            let complete = sums.filter(|_| rows.is_complete && !has_copies);
            let row = of_copy.or_else(|| Some(settled(original?, complete)));
            let keys = waiting.remove(&id).unwrap_or_default();
            let Some(row) = row else {
                let name = names.get(&id).cloned();
                let numbered =
                    || (sums.is_some() && exists(connection, id)).then(|| format!("row {id}"));
                if let Some(name) = name.or_else(numbered) {
                    salvage.salvaged.lost_gpus.push(name);
                    salvage.salvaged.lost_joules += sums.map_or(0.0, |sums| sums.joules);
                }
                continue;
            };
            let pending = self.pending(&keys, &origins, copy.map(|copy| copy.digests));
            let shares = self.shares(id, &pending.postings);
            if let Some(of_gpu) = figures.remove(&id) {
                salvage.embodied.insert(row.state.uuid.clone(), of_gpu);
            }
            salvage.add(row, pending, shares);
        }
        let is_known = rows.is_complete || !rows.days.is_empty();
        salvage.salvaged.days_left_behind = is_known.then_some(rows.days.len());
        salvage
    }

    /// Reads the rows of `entry`, as far as they can be read.
    fn rows(&self) -> Rows {
        let mut rows = Rows::default();
        let all = Interval::new(Timestamp::FIRST, Timestamp::FIRST + Span::ALL);
        let parse = |row: &Row<'_>| {
            let Place { start, gpu, seconds } = plausible::place(row)?;
            let key = RowKey { start, gpu, seconds, origin: row.get(3)? };
            let mut joules = 0.0;
            for column in 4..7 {
                joules += plausible::amount(row, column)?;
            }
            Ok(Some((key, joules, plausible::optional_amount(row, 7)?)))
        };
        let read = row_scan::rows(self, &ENTRY, all, &parse, &mut |(key, joules, grams)| {
            let sums = rows.sums.entry(key.gpu).or_default();
            sums.joules += joules;
            sums.grams += grams.unwrap_or_default();
            rows.days.insert(key.start.div_euclid(DAY));
            if grams.is_none() {
                rows.pending.entry(key.gpu).or_default().insert(key);
            }
        });
        rows.is_complete = read.is_ok() && self.damage().is_empty();
        rows
    }

    /// Reads the counters of the workloads of a GPU, each of which has its digest, and their shares in its pending energy.
    fn shares(&self, gpu: i64, pending: &[Posting]) -> ShareBatch {
        let mut totals: Vec<ShareTotal> = Vec::new();
        let read = share::totals(&self.connection, gpu, &mut |total| {
            if totals.iter().all(|known| known.workload != total.workload) {
                totals.push(total);
            }
        });
        let mut by_slot: BTreeMap<Timestamp, f64> = BTreeMap::new();
        for posting in pending {
            *by_slot.entry(posting.slot).or_default() += posting.energy_joules;
        }
        let mut postings = Vec::new();
        if !share::are_any(&self.connection) {
            by_slot.clear();
        }
        for (slot, joules) in by_slot {
            let shares = share::of_pending(&self.connection, gpu, slot, joules);
            let mut shares = shares.unwrap_or_default();
            let known: f64 = shares.iter().map(|share| share.energy_joules).sum();
            let workload = Arc::new(Workload::stand_in(Workload::UNKNOWN));
            shares.push(PendingShare { slot, workload, energy_joules: joules - known });
            postings.extend(shares.into_iter().map(|share| SharePosting {
                slot,
                workload: share.workload,
                time: Interval::new(slot, slot + SLOT),
                energy_joules: share.energy_joules,
                held_seconds: 0.0,
            }));
        }
        let is_known = read.is_ok() || !totals.is_empty();
        ShareBatch { postings, totals: is_known.then_some(totals) }
    }
}

impl Salvage {
    /// Takes the totals of another reading of the same files where they are later: those of commits in a damaged log. Rows
    /// that were pending before may have been converted by then.
    pub(super) fn with_later_totals(mut self, other: Salvage) -> Salvage {
        for later in other.gpus {
            let joules = later.totals.energy_joules;
            let salvaged = &mut self.salvaged;
            let Some(gpu) = self.gpus.iter_mut().find(|gpu| gpu.uuid == later.uuid) else {
                salvaged.lost_gpus.retain(|lost| *lost != later.uuid);
                salvaged.gpus += 1;
                salvaged.joules += joules;
                self.gpus.push(later);
                continue;
            };
            let known = gpu.totals.energy_joules;
            if joules <= known || sums::agree(joules, known) {
                continue;
            }
            salvaged.joules += joules - known;
            let pending: f64 = gpu.postings.iter().map(|posting| posting.energy_joules).sum();
            salvaged.pending_joules -= pending;
            salvaged.lost_pending_rows += gpu.postings.len();
            let (name, index) = (std::mem::take(&mut gpu.name), gpu.index);
            *gpu = GpuBatch { name, index, ..later };
        }
        self
    }

    fn add(&mut self, row: GpuRow, pending: Pending, shares: ShareBatch) {
        let GpuRow { state, .. } = row;
        let joules = |posting: &Posting| posting.energy_joules;
        if !is_of_host(&state.uuid) {
            self.salvaged.gpus += 1;
            self.salvaged.joules += state.totals.energy_joules;
            self.salvaged.pending_joules += pending.postings.iter().map(joules).sum::<f64>();
        }
        self.salvaged.lost_pending_rows += pending.lost_rows;
        self.gpus.push(GpuBatch {
            uuid: state.uuid,
            name: state.name,
            index: state.index,
            totals: state.totals,
            last: state.last,
            embodied: None,
            postings: pending.postings,
            presence: Vec::new(),
            shares,
        });
    }
}

/// The rows of `entry` that can be read.
#[derive(Debug, Default)]
struct Rows {
    sums: BTreeMap<i64, GpuSums>,
    /// The days that have rows, as multiples of a day since 1970.
    days: BTreeSet<i64>,
    /// The keys of pending rows by GPU.
    pending: BTreeMap<i64, BTreeSet<RowKey>>,
    /// True if each row can be read.
    is_complete: bool,
}
