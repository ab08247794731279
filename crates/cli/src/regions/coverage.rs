//! Counts of the regions by the data that there are for them.

use gpu_carbon_core::Signal;
use gpu_carbon_feeds::{Account, Service};

use super::ranking::RankedRegion;
use crate::output::text::{Layout, table};
use crate::output::{Record, Table};

/// The number of regions with each kind of data.
#[derive(Debug)]
pub(super) struct Coverage(Vec<Count>);

/// A kind of data, and the number of regions that have it.
#[derive(Debug)]
struct Count {
    name: &'static str,
    title: &'static str,
    regions: usize,
}

impl Coverage {
    pub(super) fn of(regions: &[RankedRegion]) -> Coverage {
        let counted = |name, title, has: &dyn Fn(&RankedRegion) -> bool| {
            let regions = regions.iter().filter(|region| has(region)).count();
            Count { name, title, regions }
        };
        let is_free = |service: Service| service.account() != Account::Contract;
        let any = |it: &RankedRegion, has: &dyn Fn(Service) -> bool| {
            it.services().any(|source| has(source.service))
        };
        let marginal_year = |it: &RankedRegion| {
            it.zone.recorded.iter().any(|year| year.signal() == Signal::Marginal)
        };
        Coverage(vec![
            counted("regions", "regions", &|_| true),
            counted("yearly_level", "with the yearly level of their zone", &|it| {
                it.level.is_some()
            }),
            counted("hourly_free", "with hourly data by a free source", &|it| {
                any(it, &is_free) || !it.zone.recorded.is_empty()
            }),
            counted("hourly_without_account", "with a service that asks for no account", &|it| {
                any(it, &|service| service.account() == Account::None)
            }),
            counted("recorded_year", "with a bundled year", &|it| !it.zone.recorded.is_empty()),
            counted("marginal_free", "with marginal data by a free source", &|it| {
                any(it, &|service| is_free(service) && service.signal() == Signal::Marginal)
                    || marginal_year(it)
            }),
        ])
    }

    /// Returns the counts as lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let rows: Vec<_> =
            self.0.iter().map(|count| vec![String::new(), count.regions.to_string()]).collect();
        let numbers = table(&rows, Layout { indent: 0, gap: 0, widths: &[] });
        numbers
            .iter()
            .zip(&self.0)
            .map(|(number, count)| format!("{number} {}", count.title))
            .collect()
    }

    /// Returns the counts as a table with one row.
    pub(super) fn table(&self) -> Table {
        Table {
            head: Record::default(),
            columns: self.0.iter().map(|count| count.name).collect(),
            rows: vec![self.0.iter().map(|count| count.regions.into()).collect()],
        }
    }
}
