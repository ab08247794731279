//! The sheets of regimes where the boundary of the ledger contains the host around the GPUs: each adds up to the report.

use std::fs;

use gpu_carbon_core::boundary::{
    Boundary, BoundaryChoice, Declaration, HostMethod, HostPart, Knowledge,
};
use gpu_carbon_core::{Power, Quality, Signal};
use gpu_carbon_ledger::RecordedBoundary;
use proptest::prelude::*;

use super::ledgers::{CALM, Load, account, add_host, gpu, ledger};
use super::regimes::{PHASES, assert_closed, jobs};
use super::{near, number, reported};

/// The times at which loads begin and end, some of them within a slot.
const TIMES: [&str; 5] = [
    "2026-11-24T06:00:00Z",
    "2026-11-24T07:22:00Z",
    "2026-11-24T09:35:00Z",
    "2026-11-24T10:00:00Z",
    "2026-11-24T12:16:40Z",
];

const HOLDERS: [&str; 5] =
    ["slurm:123", "slurm:124", "pod:serving/llm-0", "unallocated", "unknown"];

fn recorded(choice: BoundaryChoice) -> RecordedBoundary {
    let fifty = Declaration::Power(Power::from_watts(50.0).unwrap());
    let parts = Boundary {
        cpu: Knowledge::Measured,
        memory: Knowledge::Measured,
        rest: Knowledge::Declared(fifty),
        ..Boundary::GPUS
    };
    RecordedBoundary { choice, parts }
}

#[test]
fn every_sheet_of_a_ledger_with_the_host_adds_up_to_the_report() {
    let (_folder, path, lifecycle) = jobs();
    let alone = number(&reported(&path, "")["total"], "energy_kilowatt_hours");
    add_host(&path);
    let total = &reported(&path, "")["total"];
    assert!(near(number(total, "energy_kilowatt_hours"), alone + 1.2), "{alone}: {total}");
    for line in ["", "--from 2026-11-24T09:07:00Z --to 2026-11-24T14:11:00Z"] {
        assert_closed(&path, line, &lifecycle);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Random powers of two GPUs and of the parts of their host, random intensities, signals, holders and bounds. The platform, which
    /// contains all of it, is in no sheet.
    #[test]
    fn sheets_of_random_ledgers_with_a_host_add_up(
        watts in prop::collection::vec(prop::array::uniform4(1.0..900.0_f64), 6),
        intensity in prop::array::uniform4(0.0..900.0_f64),
        is_marginal in prop::array::uniform4(any::<bool>()),
        is_pending in prop::array::uniform4(any::<bool>()),
        holders in prop::collection::vec(prop::array::uniform4(0..HOLDERS.len()), 6),
        has_host in any::<bool>(),
        minutes in 1_u32..59,
    ) {
        let load = |row: usize, place: usize| Load {
            from: TIMES[place],
            to: TIMES[place + 1],
            watts: watts[row][place],
            intensity: (!is_pending[place]).then_some((intensity[place], Quality::Measured)),
            signal: if is_marginal[place] { Signal::Marginal } else { Signal::Average },
            holder: Some(HOLDERS[holders[row][place]]),
            ..CALM
        };
        let loads = |row| [0, 1, 2, 3].map(|place| load(row, place));
        let gpus = vec![
            gpu(0, "NVIDIA H100 80GB HBM3", &loads(0)),
            gpu(1, "Tesla P40", &[load(1, 1), load(1, 3)]),
            account(HostPart::Cpu, HostMethod::Counter, &loads(2)),
            account(HostPart::Memory, HostMethod::Integrated, &loads(3)),
            account(HostPart::Rest, HostMethod::Declared, &loads(4)),
            account(HostPart::Platform, HostMethod::Integrated, &loads(5)),
        ];
        let (folder, path, mut writer) = ledger(gpus);
        let choice = if has_host { BoundaryChoice::Host } else { BoundaryChoice::Gpus };
        writer.set_boundary(&recorded(choice)).unwrap();
        let phases = folder.path().join("phases.yaml");
        fs::write(&phases, PHASES).unwrap();
        let lifecycle = format!("--lifecycle {}", phases.display());
        let total = &reported(&path, "")["total"];
        let host = total["host_kilowatt_hours"].as_f64().unwrap_or_default();
        prop_assert_eq!(host > 0.0, has_host, "{}", total);
        // A sheet of the AI Act refuses a ledger without a workload in the phase of training, so that all of it is compared.
        assert_closed(&path, "", &lifecycle);
        assert_closed(&path, &format!("--from 2026-11-24T06:{minutes:02}:30Z --to 2026-11-24T11:{minutes:02}:00Z"), &lifecycle);
    }
}
