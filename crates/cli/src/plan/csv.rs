//! The plan for tables: CSV, a row for each region, with every factor and no rounding.

use super::answer::{Answer, Plan, Plans};
use crate::fields::quoted;
use crate::moment::rfc3339;

const HEADER: &str = "region,step_seconds,signal,power_usage_effectiveness,duration_seconds,\
    energy_kilowatt_hours,window_seconds,baseline_start,baseline_end,baseline_emissions_grams,\
    flexible_start_start,flexible_start_end,flexible_start_emissions_grams,flexible_start_saving_ratio,\
    pause_and_resume_start,pause_and_resume_end,pause_and_resume_emissions_grams,\
    pause_and_resume_saving_ratio,pauses,pauses_per_hour,threshold_grams_per_kilowatt_hour,best_region,source\n";

/// What is undefined is an empty field.
pub(super) fn write(answer: &Answer<'_>) -> String {
    let best = answer.best().map(|plans| plans.region.name.as_str());
    let rows = answer.regions.iter().map(|plans| row(answer, plans, best));
    HEADER.to_owned() + &rows.collect::<String>()
}

fn row(answer: &Answer<'_>, plans: &Plans<'_>, best: Option<&str>) -> String {
    let (request, region) = (answer.request, plans.region);
    let mut fields = vec![
        quoted(&region.name),
        region.series.step().as_seconds().to_string(),
        request.signal.name().to_owned(),
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
    fields.push((best == Some(region.name.as_str())).to_string());
    fields.push(quoted(&region.source));
    fields.join(",") + "\n"
}

/// Start, end, grams.
fn run(plan: &Plan) -> [String; 3] {
    let extent = plan.schedule.extent();
    let moment = |moment: Option<_>| moment.map(rfc3339).unwrap_or_default();
    [
        moment(extent.map(|extent| extent.start())),
        moment(extent.map(|extent| extent.end())),
        plan.emissions.as_grams().to_string(),
    ]
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map(|ratio| ratio.to_string()).unwrap_or_default()
}
