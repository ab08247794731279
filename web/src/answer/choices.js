/**
 * The choices of a plan: to start now, to wait, to pause, to move to another region, and all together.
 * @module
 */

/** @import { ChoiceKey, Plan, RegionPlan, Run, Shift } from '../types.js' */

/**
 * One choice: the region and times of the job, and its emissions.
 *
 * @typedef {object} Choice
 * @property {ChoiceKey} key
 * @property {string} label
 * @property {string} region
 * @property {Run[]} runs in order of time, one at least
 * @property {number} grams
 * @property {number | null} saving ratio to the home region's immediate start; null where that emits nothing
 */

/** Labels of the choices, in the order of the table. */
export const LABELS = /** @type {const} */ ({
  now: "Start now",
  start: "Best start",
  pauses: "Best pauses",
  region: "Best region",
  all: "All together",
});

/**
 * The choices that a plan offers; those that move only where there is another region of the same signal.
 *
 * @param {Plan} plan
 * @returns {Choice[]}
 */
export function choices(plan) {
  const home = regionOf(plan, plan.home_region);
  if (!home) return [];
  const { moving, waiting, pausing, all } = plan.shifts;
  /** @type {Choice[]} */
  const found = [
    {
      key: "now",
      label: LABELS.now,
      region: home.name,
      runs: [home.baseline],
      grams: home.baseline.emissions_grams,
      saving: null,
    },
    choice("start", waiting, [home.flexible_start]),
  ];
  if (plan.pause_costs.most_pauses !== 0) found.push(choice("pauses", pausing, home.pause_and_resume.intervals));
  const [there, best] = [regionOf(plan, moving.region), regionOf(plan, all.region)];
  if (there && best && plan.regions.some((region) => region.name !== home.name && region.signal === home.signal)) {
    found.push(choice("region", moving, [there.baseline]), choice("all", all, bestRuns(best)));
  }
  return found;
}

/**
 * The choice with the least emissions; of equals, the first, which takes the least effort.
 *
 * @param {Choice[]} list
 * @returns {Choice | undefined}
 */
export function bestChoice(list) {
  return list.reduce(
    (/** @type {Choice | undefined} */ best, one) => (best && best.grams <= one.grams ? best : one),
    undefined,
  );
}

/**
 * The plan of one region.
 *
 * @param {Plan} plan
 * @param {string} name
 * @returns {RegionPlan | undefined}
 */
export function regionOf(plan, name) {
  return plan.regions.find((region) => region.name === name);
}

/**
 * The runs of a region's best plan.
 *
 * @param {RegionPlan} region
 * @returns {Run[]}
 */
function bestRuns({ flexible_start, pause_and_resume }) {
  const pausing = pause_and_resume.emissions_grams < flexible_start.emissions_grams;
  return pausing ? pause_and_resume.intervals : [flexible_start];
}

/**
 * @param {Exclude<ChoiceKey, "now">} key
 * @param {Shift} shift
 * @param {Run[]} runs
 * @returns {Choice}
 */
function choice(key, shift, runs) {
  return {
    key,
    label: LABELS[key],
    region: shift.region,
    runs,
    grams: shift.emissions_grams,
    saving: shift.saving_ratio,
  };
}

/**
 * The time from the start of the first run to the end of the last one.
 *
 * @param {Choice} choice
 * @returns {Run}
 */
export function extent({ runs }) {
  return { start: runs[0]?.start ?? "", end: runs.at(-1)?.end ?? "" };
}

/**
 * The number of a choice's pauses.
 *
 * @param {Choice} choice
 * @returns {number}
 */
export function pauses({ runs }) {
  return runs.length - 1;
}
