/** One question to one answer. */

import { choices } from "../answer/choices.js";

/** @typedef {import("./pkg/gpu_carbon_wasm.js").Region} Region */
/** @typedef {typeof import("./pkg/gpu_carbon_wasm.js")} Engine */

/**
 * @typedef {object} Answered
 * @property {import("../types.js").Request} request
 * @property {import("../types.js").Plan} plan
 * @property {{fromMilliseconds: number, toMilliseconds: number, values: Float64Array}} intensity
 * @property {number | null} embodiedGrams
 * @property {import("../types.js").Model["counted"]} counted
 * @property {{name: string, reason: string}[] | null} leftOut series that do not cover the time; null: only the home region was planned yet
 */

/**
 * @param {Engine} engine
 * @param {Map<string, Region>} open
 * @param {{draft: import("../state/parse.js").Draft, names: string[], points: number}} question
 * @returns {Answered}
 */
export function answer(engine, open, { draft, names, points }) {
  const given = names.flatMap((name) => open.get(name) ?? []);
  const home = open.get(draft.request.home_region ?? "") ?? given[0];
  if (!home) throw new Error("add a series of intensity: there is none");
  const request = {
    ...draft.request,
    job: jobOf(engine, draft),
    signal: /** @type {import("../types.js").Signal} */ (home.signal),
    home_region: home.name,
  };
  const { plan, leftOut } = planned(engine, request, given, home);
  const { start } = request;
  const end = latest(plan.regions);
  const fromMilliseconds = Date.parse(start);
  const toMilliseconds = Date.parse(end);
  const embodied = draft.embodied && { ...draft.embodied, seconds: request.job.duration_seconds };
  return {
    request,
    plan,
    leftOut,
    intensity: { fromMilliseconds, toMilliseconds, values: home.draw(fromMilliseconds, toMilliseconds, points) },
    embodiedGrams: embodied && engine.embodied(embodied.kilograms_per_gpu, embodied.gpus, embodied.lifetime_years, embodied.seconds),
    counted: Object.fromEntries(choices(plan).map(({ key, grams }) => [key, counted(engine, plan, grams, embodied)])),
  };
}

/** @param {Engine} engine @param {import("../state/parse.js").Draft} draft */
function jobOf(engine, { request, draw }) {
  if (!draw) return request.job;
  return { ...request.job, power_watts: engine.gpuPower(draw.board_watts, draw.gpus, draw.utilisation_percent) };
}

/**
 * The plan in all regions that cover the time; the home region must.
 * @param {Engine} engine
 * @param {import("../types.js").Request} request
 * @param {Region[]} given
 * @param {Region} home
 */
function planned(engine, request, given, home) {
  const leftOut = /** @type {{name: string, reason: string}[]} */ ([]);
  try {
    return { plan: engine.plan(request, given), leftOut };
  } catch {
    engine.plan(request, [home]); // what is wrong with the question itself, or at home, is said as it is
  }
  const covering = given.filter((region) => {
    try {
      engine.plan({ ...request, home_region: region.name }, [region]);
      return true;
    } catch (error) {
      leftOut.push({ name: region.name, reason: /** @type {Error} */ (error).message });
      return false;
    }
  });
  return { plan: engine.plan(request, covering), leftOut };
}

/** The end of the last run of any plan. @param {import("../types.js").RegionPlan[]} regions */
function latest(regions) {
  const ends = regions.flatMap(({ baseline, flexible_start, pause_and_resume }) => [
    baseline.end,
    flexible_start.end,
    ...pause_and_resume.intervals.slice(-1).map(({ end }) => end),
  ]);
  return ends.reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b));
}

/**
 * What emissions come to: a score, and what else emits as much.
 * @param {Engine} engine
 * @param {import("../types.js").Plan} plan
 * @param {number} operational_grams
 * @param {import("./pkg/gpu_carbon_wasm.js").SciTerms["embodied"]} embodied
 * @returns {import("../types.js").Counted}
 */
function counted(engine, { job, power_usage_effectiveness }, operational_grams, embodied) {
  const { energy_kilowatt_hours } = job;
  const score = engine.sci({ energy_kilowatt_hours, power_usage_effectiveness, operational_grams, embodied, units: 1 });
  return { score, equivalents: engine.equivalents(operational_grams) };
}
