//! GHG Protocol, Scope 2: energy by hour and zone, with its factor.

use std::collections::BTreeMap;

use gpu_carbon_core::{Interval, Scope, Signal, Span, Timestamp, format};
use gpu_carbon_ledger::Origin;
use gpu_carbon_ledger::report::OriginTotals;

use super::super::derived;
use super::contracts::Contracts;
use super::ledger_part::LedgerPart;
use super::sheet::{Rows, Sheet, kilowatt_hours, mass};
use crate::output::{Record, Value};
use crate::usage_error::UsageError;

const HOUR: Span = Span::from_seconds(3600);

/// Energy of an hour by one factor.
struct Row<'a> {
    hour: Interval,
    origin: &'a Origin,
    part: OriginTotals,
    market: Option<Market>,
}

/// The market-based emissions of a row.
#[derive(Debug, Clone, Copy)]
struct Market {
    contract_kilowatt_hours: f64,
    /// `None` where neither a residual mix nor an average factor covers the rest.
    grams: Option<f64>,
}

/// The sums over some rows.
#[derive(Debug, Default)]
struct Sums {
    joules: f64,
    facility_joules: f64,
    /// Energy of the facility with an average factor, and its emissions.
    location_joules: f64,
    location_grams: Option<f64>,
    consequential_grams: Option<f64>,
    pending_joules: f64,
    contract_kilowatt_hours: f64,
    market_grams: Option<f64>,
    without_market_joules: f64,
}

impl Row<'_> {
    fn facility_joules(&self) -> f64 {
        self.part.joules * self.origin.pue.as_number()
    }

    /// The emissions, if the factor is of a signal.
    fn grams(&self, signal: Signal) -> Option<f64> {
        let is_converted = self.origin.intensity_source.is_some() && self.origin.signal == signal;
        is_converted.then_some(self.part.grams)
    }

    fn factor_kind(&self) -> &'static str {
        match (&self.origin.intensity_source, self.origin.signal) {
            (None, _) => "pending",
            (Some(_), Signal::Average) => "location_based_average",
            (Some(_), Signal::Marginal) => "consequential_marginal",
        }
    }

    fn record(&self, has_market: bool) -> Record {
        let source = self.origin.intensity_source.as_ref();
        let record = Record::default()
            .with("start", self.hour.start())
            .with("end", self.hour.end())
            .with("grid_zone", &*self.origin.zone)
            .with("it_kilowatt_hours", kilowatt_hours(self.part.joules))
            .with("power_usage_effectiveness", self.origin.pue.as_number())
            .with("facility_kilowatt_hours", kilowatt_hours(self.facility_joules()))
            .with("factor_kind", self.factor_kind())
            .with("factor_grams_per_kilowatt_hour", derived::intensity(self.origin, self.part))
            .with("factor_source", source.map(|source| &*source.name))
            .with("factor_quality", source.map(|source| source.quality.name()))
            .with("factor_gases", derived::scope(self.origin).map(Scope::name))
            .with("location_based_grams", self.grams(Signal::Average))
            .with("consequential_grams", self.grams(Signal::Marginal));
        if !has_market {
            return record;
        }
        record
            .with("contract_kilowatt_hours", self.market.map(|it| it.contract_kilowatt_hours))
            .with("market_based_grams", self.market.and_then(|it| it.grams))
    }
}

impl Sums {
    fn add(&mut self, row: &Row<'_>) {
        let facility = row.facility_joules();
        self.joules += row.part.joules;
        self.facility_joules += facility;
        let plus = |sum: &mut Option<f64>, grams: Option<f64>| {
            if let Some(grams) = grams {
                *sum = Some(sum.unwrap_or_default() + grams);
            }
        };
        let location = row.grams(Signal::Average);
        if location.is_some() {
            self.location_joules += facility;
        }
        plus(&mut self.location_grams, location);
        plus(&mut self.consequential_grams, row.grams(Signal::Marginal));
        if row.origin.intensity_source.is_none() {
            self.pending_joules += row.part.joules;
        }
        if let Some(market) = row.market {
            self.contract_kilowatt_hours += market.contract_kilowatt_hours;
            plus(&mut self.market_grams, market.grams);
            if market.grams.is_none() {
                self.without_market_joules += facility;
            }
        }
    }
}

/// Fills in the sheet.
///
/// # Errors
///
/// When the ledger or the contracts cannot be read.
pub(super) fn sheet(part: &LedgerPart<'_>) -> Result<Sheet, UsageError> {
    let origins = part.reader.origins();
    let hours = part.by_period(hours(part.time))?;
    let path = part.args.regime.contracts.as_deref();
    let mut contracts = path.map(|path| Contracts::read(path, part.args.time_zone)).transpose()?;
    let mut rows = Vec::new();
    let mut sums = Sums::default();
    let mut by_zone: BTreeMap<&str, Sums> = BTreeMap::new();
    let mut shared_joules = 0.0;
    for hour in hours {
        shared_joules += hour.totals.shared_joules;
        for (origin, totals) in hour.totals.origins(origins) {
            let mut row = Row { hour: hour.period, origin, part: totals, market: None };
            row.market = contracts.as_mut().map(|contracts| market(contracts, &row));
            sums.add(&row);
            by_zone.entry(&origin.zone).or_default().add(&row);
            rows.push(row.record(path.is_some()));
        }
    }
    let mut sheet =
        Sheet { title: "Scope 2 of the GHG Protocol: electricity by hour", ..Sheet::default() };
    fields(&mut sheet, &sums, path.is_some());
    sheet.summary = summary(&by_zone, path.is_some());
    let columns = rows.first().map(|row| row.fields().iter().map(|it| it.name).collect());
    sheet.table = Some(Rows {
        columns: columns.unwrap_or_default(),
        rows: rows.into_iter().map(Record::into_values).collect::<Vec<Vec<Value>>>(),
    });
    notes(&mut sheet, &sums, shared_joules, contracts.as_ref());
    not_known(&mut sheet, part, path.is_some());
    Ok(sheet)
}

/// The bounds of the hours of UTC in a time, with its own.
fn hours(time: Interval) -> Vec<Timestamp> {
    let first = time.start().floor_to(HOUR) + HOUR;
    let inner = std::iter::successors(Some(first), |&bound| Some(bound + HOUR));
    let inner = inner.take_while(|&bound| bound < time.end());
    std::iter::once(time.start()).chain(inner).chain([time.end()]).collect()
}

/// The market-based emissions of a row: by contracts, then by the residual mix, then by the average factor.
fn market(contracts: &mut Contracts, row: &Row<'_>) -> Market {
    let covered = contracts.cover(&row.origin.zone, row.hour, row.facility_joules());
    let whole = kilowatt_hours(row.facility_joules());
    let open = (whole - covered.kilowatt_hours).max(0.0);
    let residual = contracts.residual(&row.origin.zone).map(|factor| open * factor);
    let average = || {
        row.grams(Signal::Average).map(|grams| if whole > 0.0 { grams * open / whole } else { 0.0 })
    };
    let is_covered = open <= whole * f64::EPSILON;
    let rest = if is_covered { Some(0.0) } else { residual.or_else(average) };
    Market {
        contract_kilowatt_hours: covered.kilowatt_hours,
        grams: rest.map(|grams| grams + covered.grams),
    }
}

fn fields(sheet: &mut Sheet, sums: &Sums, has_market: bool) {
    sheet.energy("it_kilowatt_hours", "energy", sums.joules);
    sheet.energy("facility_kilowatt_hours", "with the PUE", sums.facility_joules);
    sheet.mass("location_based_grams", "location-based", sums.location_grams);
    sheet.energy(
        "location_based_kilowatt_hours",
        "  energy with that factor",
        sums.location_joules,
    );
    sheet.energy("pending_kilowatt_hours", "  energy without any factor yet", sums.pending_joules);
    if has_market {
        sheet.mass("market_based_grams", "market-based", sums.market_grams);
        let joules =
            sums.contract_kilowatt_hours * gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;
        sheet.energy("contract_kilowatt_hours", "  energy by contracts", joules);
        sheet.energy(
            "without_market_factor_kilowatt_hours",
            "  energy without such a factor",
            sums.without_market_joules,
        );
    }
    if sums.consequential_grams.is_some() {
        sheet.mass(
            "consequential_grams",
            "consequential, not a Scope 2 figure",
            sums.consequential_grams,
        );
    }
}

fn summary(by_zone: &BTreeMap<&str, Sums>, has_market: bool) -> Vec<Vec<String>> {
    let mut header = vec!["grid zone", "energy", "with the PUE", "location-based"];
    if has_market {
        header.push("market-based");
    }
    let row = |(zone, sums): (&&str, &Sums)| {
        let energy = |joules: f64| format::energy(derived::energy(joules));
        let mut cells = vec![(*zone).to_owned(), energy(sums.joules), energy(sums.facility_joules)];
        cells.push(mass(sums.location_grams));
        if has_market {
            cells.push(mass(sums.market_grams));
        }
        cells
    };
    let header = header.into_iter().map(str::to_owned).collect();
    std::iter::once(header).chain(by_zone.iter().map(row)).collect()
}

fn notes(sheet: &mut Sheet, sums: &Sums, shared_joules: f64, contracts: Option<&Contracts>) {
    let energy = |joules: f64| format::energy(derived::energy(joules));
    if shared_joules > 0.0 {
        sheet.notes.push(format!(
            "{} are in rows of the ledger that are longer than an hour, or that a bound divides: they are spread evenly over the time of the row.",
            energy(shared_joules)
        ));
    }
    if sums.consequential_grams.is_some() {
        sheet.notes.push("Marginal factors answer which emissions a change of the load causes. Their figure is consequential and not a Scope 2 figure: it is in no total here.".to_owned());
    }
    let Some(contracts) = contracts else { return };
    sheet.notes.push("The market-based total is by the contracts given, in the order of the file, then by the residual mix, and by the average factor of the zone where the file has none. It is no input of a Software Carbon Intensity, which counts no contracts.".to_owned());
    for contract in &contracts.contracts {
        sheet.notes.push(format!(
            "Contract {}: {} kWh of it cover this energy, {} kWh are left.",
            contract.name,
            format::digits(contract.used_kilowatt_hours),
            format::digits(contract.left_kilowatt_hours)
        ));
    }
    sheet.notes.extend(contracts.residual_sources());
}

fn not_known(sheet: &mut Sheet, part: &LedgerPart<'_>, has_market: bool) {
    if !has_market {
        sheet.lacks(
            "market_based_grams",
            "the contracts for electricity and the residual mix: give them by --contracts",
        );
    } else {
        sheet.lacks("quality_of_contracts", "whether the contracts meet the quality criteria of Scope 2, such as vintage, market and retirement");
    }
    sheet.lacks("organizational_boundary", "who controls the host: electricity of a rented host or a cloud region is Scope 3 of its user, and Scope 2 of its owner");
    sheet.lacks(
        "other_electricity",
        "the electricity of everything beyond the boundary, and purchased heat, steam and cooling",
    );
    let gases = |scope| {
        part.total.origins(part.reader.origins()).any(|(it, _)| derived::scope(it) == Some(scope))
    };
    if gases(Scope::Co2Direct) {
        sheet.lacks("methane_and_nitrous_oxide", "the factors count CO2 of combustion alone");
    }
    if gases(Scope::Co2eLifecycle) {
        sheet.lacks("upstream_part_of_the_factors", "the factors count the life cycle: their upstream part belongs to Scope 3, category 3, and they do not state it");
    }
    sheet.lacks("assurance", "whether a third party verified the inventory");
}
