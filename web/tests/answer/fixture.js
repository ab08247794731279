/**
 * A small plan with round numbers: a job of six hours in two regions.
 * @module
 */

/** @import { Model, Plan, RegionPlan, Run, Series } from "../../src/types.js" */

/** @type {(start: string, end: string) => Run} */
const run = (start, end) => ({ start: `2020-06-0${start}:00Z`, end: `2020-06-0${end}:00Z` });

/**
 * @param {string} name
 * @param {number} now grams
 * @param {number} start
 * @param {number} pauses
 * @returns {RegionPlan}
 */
function region(name, now, start, pauses) {
  return {
    name,
    signal: "marginal",
    source: "a test",
    step_seconds: 300,
    baseline: { ...run("1T02:00", "1T08:00"), emissions_grams: now },
    flexible_start: {
      ...run("1T19:05", "2T01:05"),
      emissions_grams: start,
      saving_ratio: now > 0 ? 1 - start / now : null,
    },
    pause_and_resume: {
      emissions_grams: pauses,
      saving_ratio: now > 0 ? 1 - pauses / now : null,
      pauses: 1,
      pauses_per_hour: 1 / 30,
      threshold_grams_per_kilowatt_hour: 250,
      method: "cheapest_intervals",
      intervals: [run("1T03:00", "1T05:00"), run("1T20:00", "2T00:00")],
    },
  };
}

/**
 * @param {object} [change]
 * @param {number} [change.now] grams
 * @param {number} [change.start]
 * @param {number} [change.pauses]
 * @param {boolean} [change.alone] one region, not two
 * @returns {Plan}
 */
export function plan({ now = 6000, start = 4080, pauses = 3600, alone = false } = {}) {
  const home = region("home", now, start, pauses);
  const away = region("away", 3000, 2400, 1500);
  const regions = alone ? [home] : [home, away];
  const shift = (/** @type {string} */ name, /** @type {number} */ grams) => ({
    region: name,
    emissions_grams: grams,
    saving_ratio: now > 0 ? 1 - grams / now : null,
  });
  return {
    job: { duration_seconds: 21_600, energy_kilowatt_hours: 10 },
    window_seconds: 86_400,
    power_usage_effectiveness: 1,
    signal: "marginal",
    pause_costs: {
      energy_kilowatt_hours: 0,
      time_seconds: 0,
      paused_power_watts: 0,
      least_run_seconds: 0,
      most_pauses: null,
      milestones: [],
    },
    regions,
    best_region: alone ? "home" : "away",
    home_region: "home",
    shifts: {
      moving: alone ? shift("home", now) : shift("away", 3000),
      waiting: shift("home", start),
      pausing: shift("home", pauses),
      all: alone ? shift("home", Math.min(start, pauses)) : shift("away", 1500),
    },
    ranking: [{ signal: "marginal", regions: alone ? ["home"] : ["away", "home"] }],
    warnings: [],
  };
}
