/**
 * The notes beside the answers: the range of the emissions, and the share of a saving that is left without knowing the future.
 * @module
 */

import policies from "../../data/policies.json";
import { digits, energy, mass, percent } from "../ui/format.js";

/**
 * The energy of the job, from which all emissions follow.
 * @param {number} kilowattHours without the power usage effectiveness
 * @param {number} pue
 * @returns {string[]}
 */
export function energyNote(kilowattHours, pue) {
  return [`The job takes ${energy(kilowattHours)}${pue === 1 ? "" : `, and ${energy(kilowattHours * pue)} with the data centre’s overhead (PUE ${digits(pue)})`}.`];
}

/**
 * The range of the emissions at home.
 * @param {{least: number, most: number} | null} range grams
 * @param {import("../engine/rank.js").Bounds} bounds
 * @param {string} place the reader's region
 * @returns {string[]}
 */
export function rangeNote(range, bounds, place) {
  if (!range) return [];
  const [low, high] = bounds.utilisation;
  return [`In ${place} the job emits ${mass(range.least)} to ${mass(range.most)}, if the boards draw ${low} to ${high} % of their power, and the PUE is ${bounds.pue[0]} to ${bounds.pue[1]}. Savings in percent stay the same.`];
}

/**
 * The score at home, where the reader counts in another unit than the job, or includes manufacture.
 * @param {import("../engine/rank.js").Ranked["score"]} score
 * @param {string} unit the functional unit
 * @param {string} place the reader's region
 * @returns {string[]}
 */
export function scoreNote(score, unit, place) {
  if (!score || (unit === "job" && score.embodied_grams === null)) return [];
  const manufacture = score.embodied_grams === null ? "without manufacture" : `with ${mass(score.embodied_grams)} of manufacture for the whole job`;
  return [`Software Carbon Intensity in ${place}: ${mass(score.grams_per_unit)} of CO₂e per ${unit}, ${manufacture}.`];
}

/**
 * The share of the savings by waiting and pausing that a policy without knowledge of the future keeps.
 * @param {string} zone code of the grid zone
 * @returns {string}
 */
export function policyNote(zone) {
  const known = new Map(Object.entries(policies.by_zone)).get(zone);
  const { least, most, data } = known ?? policies.elsewhere;
  const share = least === most ? percent(least) : `${percent(least)} to ${percent(most)}`;
  return `Waiting and pausing assume that the intensity is known in advance. Without that, a policy kept ${share} of the saving in our study (${data}; jobs of 6 h)${known ? "" : ": this grid was not studied"}.`;
}

/**
 * The money beside the carbon of moving to the region with the least emissions, and the emissions of moving the data.
 * @param {object} ranked
 * @param {import("../regions/map.js").Region[]} ranked.regions
 * @param {import("../regions/map.js").Region} ranked.home
 * @param {import("../engine/pkg/gpu_carbon_wasm.js").LevelRanking} ranked.ranking
 * @param {number} gigabytes
 * @returns {string[]}
 */
export function moneyNotes({ regions, home, ranking }, gigabytes) {
  const [best] = ranking.places;
  const here = ranking.places.find(({ index }) => regions[index]?.key === home.key);
  const there = best && regions[best.index];
  if (!best || !here || !there || best === here) return [];
  const unbeaten = ranking.places.filter(({ is_unbeaten }) => is_unbeaten).flatMap(({ index }) => regions[index]?.id ?? []);
  const [from, to] = [here.usd, best.usd].map((usd) => (usd === null ? "an unknown price" : dollars(usd)));
  return [
    ...(here.usd !== null || best.usd !== null ? [`Money: ${from} in ${home.id}, ${to} in ${there.id}. In both grams and money nothing beats ${unbeaten.join(", ")}.`] : []),
    ...(gigabytes > 0 && best.moving_grams !== null ? [`Moving ${digits(gigabytes)} GB to ${there.id} emits ${mass(best.moving_grams)} more, at ${digits(ranking.move_kilowatt_hours_per_gigabyte * 1000)} Wh for each GB (Aslan et al. 2018, halved every two years). It is not in the numbers above.`] : []),
  ];
}

/** An amount of money. @param {number} usd */
export function dollars(usd) {
  return usd.toLocaleString("en", { style: "currency", currency: "USD", maximumFractionDigits: usd < 100 ? 2 : 0 });
}
