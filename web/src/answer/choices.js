/**
 * What a reader can choose between: to run at once, to wait, to pause, to move, and all of it.
 * @module
 */

/** @import { Plan, RegionPlan, Run, Shift } from '../types.js' */

/** @typedef {"now" | "start" | "pauses" | "region" | "all"} Key */

/**
 * One choice: when and where the job runs, and what it emits then.
 *
 * @typedef {object} Choice
 * @property {Key} key
 * @property {string} label
 * @property {string} region
 * @property {Run[]} runs in order, one at least
 * @property {number} grams
 * @property {number | null} saving ratio, against the home region's run at once; null where that emits nothing
 */

/** The names of the choices, in the order in which they stand beside one another. */
export const LABELS = /** @type {const} */ ({
  now: "At once",
  start: "Best start",
  pauses: "Best pauses",
  region: "Best region",
  all: "All together",
});

/**
 * The choices that a plan offers; those of moving only where there is somewhere to move to.
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
    choice("pauses", pausing, home.pause_and_resume.intervals),
  ];
  const [there, best] = [regionOf(plan, moving.region), regionOf(plan, all.region)];
  if (there && best && plan.regions.some((region) => region.name !== home.name && region.signal === home.signal)) {
    found.push(choice("region", moving, [there.baseline]), choice("all", all, bestRuns(best)));
  }
  return found;
}

/**
 * The best of a list of choices; of equals, the one that asks least of the reader.
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
 * @param {Plan} plan
 * @param {string} name
 * @returns {RegionPlan | undefined}
 */
export function regionOf(plan, name) {
  return plan.regions.find((region) => region.name === name);
}

/**
 * When a region's best plan runs.
 *
 * @param {RegionPlan} region
 * @returns {Run[]}
 */
function bestRuns({ flexible_start, pause_and_resume }) {
  const pausing = pause_and_resume.emissions_grams < flexible_start.emissions_grams;
  return pausing ? pause_and_resume.intervals : [flexible_start];
}

/**
 * @param {Exclude<Key, "now">} key
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
 * From the first run's start to the last one's end.
 *
 * @param {Choice} choice
 * @returns {Run}
 */
export function extent({ runs }) {
  return { start: runs[0]?.start ?? "", end: runs.at(-1)?.end ?? "" };
}

/**
 * How often a choice pauses.
 *
 * @param {Choice} choice
 * @returns {number}
 */
export function pauses({ runs }) {
  return runs.length - 1;
}
