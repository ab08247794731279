//! The host around the GPUs in a disclosure, where the boundary of the ledger contains it.

use gpu_carbon_core::Interval;
use gpu_carbon_core::boundary::{
    Boundary, BoundaryChoice, Declaration, HostMethod, HostPart, Knowledge,
};
use gpu_carbon_core::disclosure::{BoundaryPart, Coefficient, Figure, Method, Methodology};
use gpu_carbon_ledger::report::{HostReport, Totals};
use gpu_carbon_ledger::{HostAccount, Reader};

use super::boundary_part::part;
use crate::usage_error::UsageError;

/// The host around the GPUs.
#[derive(Debug)]
pub(super) struct Host {
    boundary: Boundary,
    /// The energy of each part by each method.
    pub(super) accounts: Vec<(HostAccount, Totals)>,
}

impl Host {
    /// The host in a time; `None` where the boundary of the ledger contains GPUs alone, or the ledger has no energy of the host.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub(super) fn of(reader: &Reader, time: Interval) -> Result<Option<Host>, UsageError> {
        let recorded = reader.boundary();
        if recorded.is_none_or(|it| it.choice != BoundaryChoice::Host) {
            return Ok(None);
        }
        let report = HostReport::read(reader, vec![time.start(), time.end()]);
        let report = report.map_err(UsageError::Ledger)?;
        let accounts = report.by_account();
        let boundary = report.boundary(recorded);
        Ok((!accounts.is_empty()).then_some(Host { boundary, accounts }))
    }

    /// The sum of all parts.
    pub(super) fn total(&self) -> Totals {
        let totals = self.accounts.iter().map(|(_, totals)| totals.clone());
        totals.reduce(Totals::with).unwrap_or_default()
    }

    fn known(&self, part: HostPart) -> Knowledge {
        match part {
            HostPart::Cpu => self.boundary.cpu,
            HostPart::Memory => self.boundary.memory,
            HostPart::Rest | HostPart::Platform => self.boundary.rest,
        }
    }

    /// The parts that are counted, and those that are not.
    pub(super) fn boundary(&self) -> (Vec<BoundaryPart>, Vec<BoundaryPart>) {
        let (mut included, mut left_out) = (Vec::new(), Vec::new());
        for host_part in [HostPart::Cpu, HostPart::Memory, HostPart::Rest] {
            let (name, known) = (title(host_part), self.known(host_part));
            match known {
                Knowledge::LeftOut => {
                    left_out.push(part(name, "the ledger has no energy of it in that time"));
                }
                known => included.push(part(name, &known.words())),
            }
        }
        (included, left_out)
    }

    /// The methodologies of some accounts.
    pub(super) fn methodologies(&self, accounts: &[HostAccount]) -> Vec<Methodology> {
        accounts.iter().map(|&account| self.methodology(account)).collect()
    }

    fn methodology(&self, account: HostAccount) -> Methodology {
        let name = title(account.part);
        let (method, description) = match account.method {
            HostMethod::Counter => (
                Method::Counter,
                "its counter of energy, read once a second, over the times in which it was read",
            ),
            HostMethod::Integrated => {
                (Method::Samples, "its power, as a meter shows it, integrated over time")
            }
            HostMethod::Declared => {
                (Method::Declared, "the number that the operator declares, as no meter measures it")
            }
        };
        let of_rest = match account.part {
            HostPart::Rest if method != Method::Declared => {
                " The rest is what GPUs, CPU and memory leave of the meter of the whole host."
            }
            _ => "",
        };
        Methodology {
            figure: Figure::Energy,
            name: format!("Energy of the {name} ({})", account.method.name()),
            method,
            description: format!("The energy of the {name} by {description}.{of_rest}"),
            coefficients: self.declared(account).map(|it| it.name).into_iter().collect(),
        }
    }

    /// The numbers that are declared.
    pub(super) fn coefficients(&self) -> impl Iterator<Item = Coefficient> {
        self.accounts.iter().filter_map(|(account, _)| self.declared(*account))
    }

    /// The declared number of an account, as it was recorded last.
    fn declared(&self, account: HostAccount) -> Option<Coefficient> {
        if account.method != HostMethod::Declared {
            return None;
        }
        let name = title(account.part);
        let (value, unit, what) = match self.known(account.part).declaration()? {
            Declaration::Power(power) => (power.as_watts(), "W", "Power"),
            Declaration::ShareOfGpus(share) => {
                (share.as_number(), "J/J", "Energy, for each joule of the GPUs,")
            }
        };
        Some(Coefficient {
            name: format!("declared-host-{}", account.part.name()),
            description: format!("{what} of the {name}"),
            value,
            unit: unit.to_owned(),
            source: "the configuration of the exporter (host.declared)".to_owned(),
        })
    }
}

/// The name of a part in a sentence.
pub(super) const fn title(part: HostPart) -> &'static str {
    match part {
        HostPart::Cpu => "CPU",
        HostPart::Memory => "memory",
        HostPart::Rest => "rest of the host",
        HostPart::Platform => "whole host",
    }
}
