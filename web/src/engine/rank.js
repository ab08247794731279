/** Places ranked by the emissions of a job at their yearly levels, and the range of these emissions. */

import { jobOf } from "./plan.js";

/** @typedef {import("./pkg/gpu_carbon_wasm.js").LevelRanking} LevelRanking */

/**
 * The limits between which the emissions lie: shares of the boards' power, and power usage effectivenesses.
 * @typedef {{utilisation: [number, number], pue: [number, number]}} Bounds
 */

/**
 * @typedef {object} Ranked
 * @property {LevelRanking} ranking
 * @property {{least: number, most: number} | null} range grams at home, where the power is that of boards
 * @property {import("./pkg/gpu_carbon_wasm.js").SciScore | null} score of the job at home; null where its level is unknown
 */

/**
 * Ranks places.
 * @param {import("./plan.js").Engine} engine
 * @param {{draft: import("../state/parse.js").Draft, levels: (number | null)[], home: number | null, bounds: Bounds, costs: import("./pkg/gpu_carbon_wasm.js").Costs}} question
 * @returns {Ranked}
 */
export function rankPlaces(engine, { draft, levels, home, bounds, costs }) {
  const { boards, request } = draft;
  const questionWith = (/** @type {import("../state/parse.js").Draft["boards"]} */ boards, /** @type {number} */ power_usage_effectiveness) =>
    ({ ...request, home_region: null, job: jobOf(engine, { ...draft, boards }), power_usage_effectiveness });
  const gramsAtHome = (/** @type {number} */ level, /** @type {0 | 1} */ end) => {
    const question = questionWith(boards && boards.map((kind) => ({ ...kind, utilisation_percent: bounds.utilisation[end] })), bounds.pue[end]);
    return engine.rankByLevel(question, [level], 0, {}).places[0]?.emissions_grams ?? null;
  };
  const atHome = home === null ? null : levels[home] ?? null;
  const [least, most] = boards && atHome !== null ? [gramsAtHome(atHome, 0), gramsAtHome(atHome, 1)] : [null, null];
  const ranking = engine.rankByLevel(questionWith(boards, request.power_usage_effectiveness), levels, home, costs);
  const operational_grams = ranking.places.find(({ index }) => index === home)?.emissions_grams ?? null;
  const embodied = draft.embodied && { ...draft.embodied, seconds: request.job.duration_seconds };
  const { energy_kilowatt_hours } = ranking;
  return {
    ranking,
    score: operational_grams === null ? null : engine.sci({ energy_kilowatt_hours, power_usage_effectiveness: request.power_usage_effectiveness, operational_grams, embodied, units: draft.units }),
    range: least === null || most === null ? null : { least, most },
  };
}
