/**
 * The plan as files.
 * @module
 */

/** @import { Plan, RegionPlan, Run } from "../types.js" */

/**
 * The document, as `gpu-carbon plan --format json` writes it.
 *
 * @param {Plan} plan
 * @returns {string}
 */
export function planJson(plan) {
  return JSON.stringify(plan, null, 2) + "\n";
}

/**
 * A row for each region: columns of `gpu-carbon plan --format csv`, by their names there.
 *
 * @param {Plan} plan
 * @returns {string}
 */
export function planCsv(plan) {
  const rows = plan.regions.map((region) => columns(plan, region));
  const header = Object.keys(rows[0] ?? {});
  return [header, ...rows.map((row) => Object.values(row).map(field))].map((row) => row.join(",") + "\n").join("");
}

/**
 * @param {Plan} plan
 * @param {RegionPlan} region
 * @returns {Record<string, string | number | boolean | null>}
 */
function columns(plan, region) {
  const { baseline, flexible_start: start, pause_and_resume: paused } = region;
  const rank = plan.ranking.find(({ signal }) => signal === region.signal)?.regions.indexOf(region.name) ?? -1;
  return {
    region: region.name,
    step_seconds: region.step_seconds,
    signal: region.signal,
    power_usage_effectiveness: plan.power_usage_effectiveness,
    duration_seconds: plan.job.duration_seconds,
    energy_kilowatt_hours: plan.job.energy_kilowatt_hours,
    window_seconds: plan.window_seconds,
    ...run("baseline", baseline, baseline.emissions_grams),
    ...run("flexible_start", start, start.emissions_grams),
    flexible_start_saving_ratio: start.saving_ratio,
    ...run(
      "pause_and_resume",
      { start: paused.intervals[0]?.start ?? "", end: paused.intervals.at(-1)?.end ?? "" },
      paused.emissions_grams,
    ),
    pause_and_resume_saving_ratio: paused.saving_ratio,
    pauses: paused.pauses,
    pauses_per_hour: paused.pauses_per_hour,
    threshold_grams_per_kilowatt_hour: paused.threshold_grams_per_kilowatt_hour,
    best_region: region.name === plan.best_region && region.signal === plan.signal,
    source: region.source,
    home_region: region.name === plan.home_region && region.signal === plan.signal,
    rank: rank + 1,
  };
}

/**
 * @param {string} name
 * @param {Run} run
 * @param {number} grams
 */
function run(name, { start, end }, grams) {
  return { [`${name}_start`]: start, [`${name}_end`]: end, [`${name}_emissions_grams`]: grams };
}

/**
 * What is undefined is an empty field. A spreadsheet takes a field that begins with =, +, - or @ for a formula: a name
 * that does is the reader's own, and stays as it is.
 *
 * @param {string | number | boolean | null} value
 * @returns {string}
 */
function field(value) {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
