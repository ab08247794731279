//! European Sustainability Reporting Standards, E1: energy and emissions by month and site.

use gpu_carbon_core::{Signal, format};
use gpu_carbon_ledger::Origin;
use gpu_carbon_ledger::report::{PeriodReport, Totals};

use super::super::args::By;
use super::super::{derived, periods};
use super::ledger_part::LedgerPart;
use super::sheet::{Rows, Sheet, mass, megawatt_hours, significant};
use crate::output::{Record, Value};
use crate::usage_error::UsageError;

/// The name of a site that is not given.
const UNNAMED: &str = "unspecified";

/// Fills in the sheet.
///
/// # Errors
///
/// When the ledger cannot be read.
pub(super) fn sheet(part: &LedgerPart<'_>) -> Result<Sheet, UsageError> {
    let (origins, zone) = (part.reader.origins(), part.args.time_zone);
    let cuts = periods::cuts(By::Month, zone, part.time);
    let months = part.by_period(cuts)?;
    let shared_joules: f64 = months.iter().map(|month| month.totals.shared_joules).sum();
    let site = part.args.regime.site.as_deref().unwrap_or(UNNAMED);
    let mut sheet = Sheet { title: "ESRS E1: energy and emissions by month", ..Sheet::default() };
    let header = ["month", "site", "energy", "with the PUE", "location-based"];
    sheet.summary = vec![header.map(str::to_owned).to_vec()];
    let mut rows: Vec<Record> = Vec::new();
    for PeriodReport { period, totals } in months {
        let month = periods::name(By::Month, zone, period);
        let facility = facility_joules(&totals, origins);
        let grams = totals.grams(Signal::Average, origins);
        let zones = totals.origins(origins).map(|(origin, _)| origin.zone.to_string());
        let mut zones: Vec<String> = zones.collect();
        zones.sort();
        zones.dedup();
        sheet.summary.push(vec![
            month.clone(),
            site.to_owned(),
            in_megawatt_hours(totals.joules()),
            in_megawatt_hours(facility),
            mass(grams),
        ]);
        let record = Record::default()
            .with("month", month)
            .with("start", period.start())
            .with("end", period.end())
            .with("site", site)
            .with("grid_zones", Value::Texts(zones))
            .with("it_megawatt_hours", megawatt_hours(totals.joules()))
            .with("facility_megawatt_hours", megawatt_hours(facility))
            .with("location_based_tonnes", grams.map(|grams| grams / 1e6))
            .with("pending_megawatt_hours", megawatt_hours(totals.pending_joules(origins)));
        rows.push(record);
    }
    let columns = rows.first().map(|row| row.fields().iter().map(|it| it.name).collect());
    sheet.table = Some(Rows {
        columns: columns.unwrap_or_default(),
        rows: rows.into_iter().map(Record::into_values).collect(),
    });
    fields(&mut sheet, part);
    if shared_joules > 0.0 {
        let shared = format::energy(derived::energy(shared_joules));
        sheet.notes.push(format!("{shared} are in rows of the ledger that a bound divides: they are spread evenly over the time of the row."));
    }
    if part.total.grams(Signal::Marginal, origins).is_some() {
        sheet.notes.push("Energy with a marginal factor has no location-based emissions: a marginal figure is consequential.".to_owned());
    }
    not_known(&mut sheet, site);
    Ok(sheet)
}

fn fields(sheet: &mut Sheet, part: &LedgerPart<'_>) {
    let origins = part.reader.origins();
    let (total, facility) = (&part.total, facility_joules(&part.total, origins));
    let megawatt_hours = |joules| Some(megawatt_hours(joules));
    let text = |number: f64| format!("{} MWh", significant(number));
    sheet.number("it_megawatt_hours", "energy", megawatt_hours(total.joules()), text);
    sheet.number("facility_megawatt_hours", "with the PUE", megawatt_hours(facility), text);
    let pending = total.pending_joules(origins);
    sheet.number("pending_megawatt_hours", "without any factor yet", megawatt_hours(pending), text);
    let grams = total.grams(Signal::Average, origins);
    sheet.number("location_based_tonnes", "location-based", grams.map(|it| it / 1e6), |tonnes| {
        mass(Some(tonnes * 1e6))
    });
}

fn not_known(sheet: &mut Sheet, site: &str) {
    if site == UNNAMED {
        sheet.lacks("site", "the name of the site: give it by --site");
    }
    sheet.lacks("energy_by_origin", "the parts of the electricity from fossil, nuclear and renewable sources (E1-5): an intensity does not state them");
    sheet.lacks("other_energy", "the energy of everything beyond the boundary, fuels included");
    sheet.lacks("market_based_tonnes", "the contracts for electricity (E1-6): --regime ghg-scope2 --contracts computes the market-based total from them");
    sheet.lacks(
        "energy_per_net_revenue",
        "the net revenue of the undertaking (E1-5, for sectors of high climate impact)",
    );
    sheet.lacks("scope_1_and_3", "emissions of fuels, and those of the value chain: --regime l1801 has the manufacture of the GPUs");
}

/// The energy of the data centre: that of the totals with the PUE of its time.
pub(super) fn facility_joules(totals: &Totals, origins: &[Origin]) -> f64 {
    totals.origins(origins).map(|(origin, part)| part.joules * origin.pue.as_number()).sum()
}

fn in_megawatt_hours(joules: f64) -> String {
    format!("{} MWh", significant(megawatt_hours(joules)))
}
