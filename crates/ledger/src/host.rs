//! The energy of the host around the GPUs in the ledger.
//!
//! Each part of the host and method has an account, which is written, converted, restated, combined and checked as that of
//! a GPU is: a [`GpuBatch`](crate::GpuBatch) whose UUID is that of the account.

use gpu_carbon_core::boundary::{Boundary, BoundaryChoice, HostMethod, HostPart};

use crate::rows::{Gpu, UsageRow};
use crate::share::ShareRow;

/// The beginning of the UUID of each account of the host. No GPU's begins so.
const PREFIX: &str = "host:";

/// The energy of one part of the host by one method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostAccount {
    /// The part.
    pub part: HostPart,
    /// The method by which its energy is known.
    pub method: HostMethod,
}

impl HostAccount {
    /// The UUID of the account, in place of a GPU's: `host:cpu:counter`.
    #[must_use]
    pub fn uuid(self) -> String {
        format!("{PREFIX}{}:{}", self.part.name(), self.method.name())
    }

    /// The account with a UUID; `None` for that of a GPU.
    #[must_use]
    pub fn of_uuid(uuid: &str) -> Option<HostAccount> {
        let (part, method) = uuid.strip_prefix(PREFIX)?.split_once(':')?;
        Some(HostAccount { part: HostPart::named(part)?, method: HostMethod::named(method)? })
    }

    /// The name of the account for people: `host cpu, counter`.
    #[must_use]
    pub fn name(self) -> String {
        format!("host {}, {}", self.part.name(), self.method.name())
    }

    /// The place of the account among all, in place of a GPU's index.
    #[must_use]
    pub fn index(self) -> u32 {
        self.part as u32 * 16 + self.method as u32
    }
}

/// Reports whether a UUID is that of an account of the host, and not of a GPU.
#[must_use]
pub fn is_of_host(uuid: &str) -> bool {
    uuid.starts_with(PREFIX)
}

/// An account of the host in the ledger, as a reader returns it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HostAccountRow<'a> {
    /// The account.
    pub account: HostAccount,
    /// The row, which is as that of a GPU.
    pub row: &'a Gpu,
}

/// Energy of an account of the host in an interval, by one origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HostUsageRow {
    /// The account.
    pub account: HostAccount,
    /// The energy. The position of the GPU is above all of [`Reader::gpus`](crate::Reader::gpus).
    pub usage: UsageRow,
}

/// The share of a workload in the energy of an account of the host.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HostShareRow {
    /// The account.
    pub account: HostAccount,
    /// The share. The position of the GPU is above all of [`Reader::gpus`](crate::Reader::gpus).
    pub share: ShareRow,
}

/// The boundary of the figures, as the exporter recorded it last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecordedBoundary {
    /// The choice of the parts that totals and bills contain.
    pub choice: BoundaryChoice,
    /// The knowledge of each part of the host.
    pub parts: Boundary,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uuid_of_an_account_is_read_as_it_is_written() {
        let mut indices = std::collections::BTreeSet::new();
        for part in HostPart::ALL {
            for method in HostMethod::ALL {
                let account = HostAccount { part, method };
                assert_eq!(HostAccount::of_uuid(&account.uuid()), Some(account));
                assert!(is_of_host(&account.uuid()) && indices.insert(account.index()));
            }
        }
        for uuid in
            ["GPU-4f1c", "host", "host:", "host:cpu", "host:fans:counter", "Host:cpu:counter"]
        {
            assert_eq!(HostAccount::of_uuid(uuid), None, "{uuid}");
        }
    }
}
