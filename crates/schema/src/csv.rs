//! The CSV of an answer: a row for each region, with every factor and without rounding; the same for the command line and the
//! browser.

use gpu_carbon_core::what_if::{Answer, PausedPlan, Plan, Plans};
use gpu_carbon_core::{Mass, Scope};
use gpu_carbon_feeds::rfc3339;

use crate::plan_document::method;

const HEADER: &str = "region,step_seconds,signal,power_usage_effectiveness,duration_seconds,\
    energy_kilowatt_hours,window_seconds,baseline_start,baseline_end,baseline_emissions_grams,\
    flexible_start_start,flexible_start_end,flexible_start_emissions_grams,flexible_start_saving_ratio,\
    pause_and_resume_start,pause_and_resume_end,pause_and_resume_emissions_grams,\
    pause_and_resume_saving_ratio,pauses,pauses_per_hour,threshold_grams_per_kilowatt_hour,best_region,source,\
    home_region,rank,baseline_saving_over_home_ratio,flexible_start_saving_over_home_ratio,\
    pause_and_resume_saving_over_home_ratio,method,pausing_pays,pause_emissions_grams,\
    free_claim_emissions_grams,honest_free_emissions_grams,scope\n";

/// The column of the boundary in words, where it contains the servers around the GPUs.
pub const BOUNDARY: &str = "boundary";

/// Writes an answer as the CSV of `gpu-carbon plan --format csv`. An undefined value is an empty field, such as the saving over
/// the home region of a region with the other signal. A plan for the servers around the GPUs has the column [`BOUNDARY`] in
/// addition. A spreadsheet takes a field that begins with `=`, `+`, `-` or `@` for a formula: such a name comes from the user's
/// own files, and is written unchanged.
#[must_use]
pub fn write(answer: &Answer<'_>) -> String {
    write_with(answer, &[], |_| [])
}

/// Writes an answer as [`write()`] does, with further columns at the end: their names, and a function from the plans of a region
/// to their fields.
#[must_use]
pub fn write_with<'a, const N: usize>(
    answer: &Answer<'a>,
    columns: &[&str; N],
    fields: impl Fn(&Plans<'a>) -> [String; N],
) -> String {
    let mut text = HEADER.trim_end().to_owned();
    let host_share = answer.request.host_share;
    let boundary = host_share.percent().map(|_| quoted(&host_share.sentence()));
    if boundary.is_some() {
        text += &format!(",{BOUNDARY}");
    }
    for column in columns {
        text += &format!(",{column}");
    }
    text.push('\n');
    for plans in answer.regions() {
        let more = fields(plans).into_iter().map(|field| quoted(&field));
        let fields = row(answer, plans).into_iter().chain(boundary.clone()).chain(more);
        text += &fields.collect::<Vec<_>>().join(",");
        text.push('\n');
    }
    text
}

/// A field for a CSV, in quotes where RFC 4180 requires them.
#[must_use]
pub fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn row(answer: &Answer<'_>, plans: &Plans<'_>) -> Vec<String> {
    let (request, region) = (answer.request, plans.region);
    let is_region_of = |other: &Plans<'_>| {
        other.region.name == region.name && other.region.signal == region.signal
    };
    let mut fields = vec![
        quoted(region.name),
        region.series.step().as_seconds().to_string(),
        region.signal.name().to_owned(),
        request.pue.as_number().to_string(),
        request.job.duration().as_seconds().to_string(),
        request.energy.as_kilowatt_hours().to_string(),
        request.window.as_seconds().to_string(),
    ];
    fields.extend(run(&plans.baseline));
    fields.extend(run(&plans.flexible_start));
    fields.push(ratio(plans.saving(&plans.flexible_start)));
    let paused = &plans.pause_and_resume;
    fields.extend(run(&paused.plan));
    fields.push(ratio(plans.saving(&paused.plan)));
    fields.push(paused.plan.schedule.pauses().to_string());
    fields.push(paused.pauses_per_hour.to_string());
    fields.push(paused.threshold.as_grams_per_kilowatt_hour().to_string());
    fields.push(is_region_of(answer.best()).to_string());
    fields.push(quoted(region.source));
    fields.push(is_region_of(answer.home()).to_string());
    let rank = answer.ranking(region.signal).into_iter().position(is_region_of);
    fields.push(rank.map(|rank| (rank + 1).to_string()).unwrap_or_default());
    let is_comparable = region.signal == answer.home().region.signal;
    fields.extend(
        [&plans.baseline, &plans.flexible_start, &paused.plan]
            .map(|plan| ratio(answer.saving_over_home(plan).filter(|_| is_comparable))),
    );
    fields.extend(costs(paused));
    fields.push(region.scope.map(Scope::name).unwrap_or_default().to_owned());
    fields
}

/// The fields `method` to `honest_free_emissions_grams`; all but the first are empty where pauses are free.
fn costs(paused: &PausedPlan) -> [String; 5] {
    let costs = paused.costs.as_ref();
    let grams =
        |mass: Option<Mass>| mass.map(|mass| mass.as_grams().to_string()).unwrap_or_default();
    [
        method(paused).to_owned(),
        costs.map(|costs| costs.pausing_pays.to_string()).unwrap_or_default(),
        grams(costs.map(|costs| costs.pauses)),
        grams(costs.map(|costs| costs.free_plan_claimed)),
        grams(costs.map(|costs| costs.free_plan_actual)),
    ]
}

/// The start, the end and the emissions of a plan.
fn run(plan: &Plan) -> [String; 3] {
    let extent = plan.schedule.extent();
    let time = |time: Option<_>| time.map(rfc3339::format).unwrap_or_default();
    [
        time(extent.map(|extent| extent.start())),
        time(extent.map(|extent| extent.end())),
        plan.emissions.as_grams().to_string(),
    ]
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map(|ratio| ratio.to_string()).unwrap_or_default()
}
