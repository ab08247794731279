/** A plan, with the numbers that the page shows beside it. */

import { choices } from "../answer/choices.js";

/** @typedef {import("./pkg/gpu_carbon_wasm.js").Region} Region */
/** @typedef {typeof import("./pkg/gpu_carbon_wasm.js")} Engine */

/**
 * @typedef {object} PlanAnswer
 * @property {import("../types.js").Request} request
 * @property {import("../types.js").Plan} plan
 * @property {{fromMilliseconds: number, toMilliseconds: number, values: Float64Array}} intensity
 * @property {number | null} embodiedGrams
 * @property {import("../types.js").Model["figures"]} figures
 * @property {{name: string, reason: string}[] | null} excluded series that do not cover the time; null: only the home region has been planned
 */

/**
 * Plans the job, and computes the figures beside the plan.
 * @param {Engine} engine
 * @param {Map<string, Region>} open
 * @param {{draft: import("../state/parse.js").Draft, names: string[], points: number}} question
 * @returns {PlanAnswer}
 */
export function answerQuestion(engine, open, { draft, names, points }) {
  const candidates = names.flatMap((name) => open.get(name) ?? []);
  const home = open.get(draft.request.home_region ?? "") ?? candidates[0];
  if (!home) throw new Error("there is no series of intensity: add one");
  const request = {
    ...draft.request,
    job: jobOf(engine, draft),
    signal: /** @type {import("../types.js").Signal} */ (home.signal),
    home_region: home.name,
  };
  const { plan, excluded } = planRegions(engine, request, candidates, home);
  const { start } = request;
  const end = latestEnd(plan.regions);
  const fromMilliseconds = Date.parse(start);
  const toMilliseconds = Date.parse(end);
  const embodied = draft.embodied && { ...draft.embodied, seconds: request.job.duration_seconds };
  return {
    request,
    plan,
    excluded,
    intensity: { fromMilliseconds, toMilliseconds, values: home.draw(fromMilliseconds, toMilliseconds, points) },
    embodiedGrams: embodied && engine.embodied(embodied.kilograms_per_gpu, embodied.gpus, embodied.lifetime_years, embodied.seconds),
    figures: Object.fromEntries(choices(plan).map(({ key, grams }) => [key, figuresOf(engine, plan, grams, embodied, draft.units)])),
  };
}

/** The job, with the power of its GPUs where the form gives their model. @param {Engine} engine @param {Pick<import("../state/parse.js").Draft, "request" | "boards">} draft */
export function jobOf(engine, { request, boards }) {
  return boards ? { ...request.job, power_watts: engine.boardsPower(boards) } : request.job;
}

/**
 * Plans in all regions that cover the time. The home region must.
 * @param {Engine} engine
 * @param {import("../types.js").Request} request
 * @param {Region[]} candidates
 * @param {Region} home
 */
function planRegions(engine, request, candidates, home) {
  const excluded = /** @type {{name: string, reason: string}[]} */ ([]);
  try {
    return { plan: engine.plan(request, candidates), excluded };
  } catch {
    engine.plan(request, [home]); // an error of the question itself, or of the home region, is thrown as it is
  }
  const covering = candidates.filter((region) => {
    try {
      engine.plan({ ...request, home_region: region.name }, [region]);
      return true;
    } catch (error) {
      excluded.push({ name: region.name, reason: /** @type {Error} */ (error).message });
      return false;
    }
  });
  return { plan: engine.plan(request, covering), excluded };
}

/** The end of the last run of any plan, ISO 8601. @param {import("../types.js").RegionPlan[]} regions */
function latestEnd(regions) {
  const ends = regions.flatMap(({ baseline, flexible_start, pause_and_resume }) => [
    baseline.end,
    flexible_start.end,
    ...pause_and_resume.intervals.slice(-1).map(({ end }) => end),
  ]);
  return ends.reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b));
}

/**
 * The score of a choice's emissions, and the things that emit as much.
 * @param {Engine} engine
 * @param {import("../types.js").Plan} plan
 * @param {number} operational_grams
 * @param {import("./pkg/gpu_carbon_wasm.js").SciTerms["embodied"]} embodied
 * @param {number} units
 * @returns {import("../types.js").ChoiceFigures}
 */
function figuresOf(engine, { job, power_usage_effectiveness }, operational_grams, embodied, units) {
  const { energy_kilowatt_hours } = job;
  const score = engine.sci({ energy_kilowatt_hours, power_usage_effectiveness, operational_grams, embodied, units });
  return { score, equivalents: engine.equivalents(operational_grams) };
}
