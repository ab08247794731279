/**
 * The answers of the first screen, as sentences: where, when and with which pauses the job emits least. Each says what it is based on.
 * @module
 */

/** @import { Region } from "../regions/map.js" */
/** @import { Plan, Spread } from "../types.js" */
import { choices, extent, pauses } from "../answer/choices.js";
import { LEVEL_YEAR, PROVIDERS, zoneName } from "../regions/map.js";
import { clock, count, day, less, mass, percent, when } from "../ui/format.js";

/** Savings below this share are no reason to do anything. */
const LEAST_SAVING = 0.01;
const LEAST_TEXT = percent(LEAST_SAVING).replace(".0", "");

/**
 * One answer.
 * @typedef {object} Sentence
 * @property {"where" | "when" | "pauses"} key
 * @property {string} text one sentence
 * @property {string} basis the data behind it, with their place and year
 * @property {number | null} saving share of the emissions; null where it is unknown
 * @property {string} short the sentence in a few words, for the line that stays on the screen
 * @property {boolean} [pending] true where the answer is still being computed
 */

/**
 * The basis of an answer about time.
 * @typedef {object} Basis
 * @property {"forecast" | "recorded" | "given"} kind forecast: of a service, for now; recorded: a year on which today is mapped; given: the series covers the start
 * @property {string} title of the series
 * @property {string} year of a recorded series
 * @property {string} signal
 * @property {string} loaded time at which a forecast was loaded
 * @property {number | null} levelGrams emissions of the job at home by the yearly level, which stand beside those of the series
 */

/** @typedef {import("../engine/pkg/gpu_carbon_wasm.js").Seasonal} Seasonal plans on the days around the same date in a recorded year */

/**
 * Where to run: the region with the lowest level.
 * @param {object} ranked
 * @param {Region[]} ranked.regions
 * @param {Region} ranked.home
 * @param {import("../engine/pkg/gpu_carbon_wasm.js").LevelRanking} ranked.ranking
 * @returns {Sentence | null} null where the level of home is unknown
 */
export function whereSentence({ regions, home, ranking }) {
  const [first] = ranking.places;
  const here = ranking.places.find(({ index }) => regions[index]?.key === home.key);
  const best = first && regions[first.index];
  if (!first || !here || !best || first.emissions_grams === null || here.emissions_grams === null) return null;
  const basis = `CO₂e by the mean intensity of the grid in ${LEVEL_YEAR}: ${zoneName(home.zone)}${home.zone === best.zone ? "" : ` and ${zoneName(best.zone)}`}.`;
  const saving = first.saving_ratio ?? 0;
  const provider = PROVIDERS.find(({ id }) => id === home.provider)?.title ?? home.provider;
  if (saving < LEAST_SAVING) {
    const others = home.provider === "own" ? "no other zone" : `none of the ${regions.length} regions of ${provider}`;
    return { key: "where", saving: 0, basis, text: `Stay in ${named(home)}: the job emits ${mass(here.emissions_grams)}, and ${others} emits ${LEAST_TEXT} less.`, short: `${mass(here.emissions_grams)}: stay` };
  }
  const amount = `${mass(first.emissions_grams)} instead of ${mass(here.emissions_grams)}`;
  return { key: "where", saving, basis, text: `Run it in ${named(best)}: ${amount}, ${less(saving)}.`, short: `${best.id}: ${amount}` };
}

/**
 * When to run, by a plan on a forecast or on a series that covers the time.
 * @param {Plan} plan
 * @param {Basis} basis
 * @param {string} zone IANA
 * @returns {Sentence}
 */
export function whenByPlan(plan, basis, zone) {
  const now = plan.regions.find(({ name }) => name === plan.home_region)?.baseline.emissions_grams ?? 0;
  const list = choices(plan);
  const start = list.find(({ key }) => key === "start");
  const saving = start?.saving ?? 0;
  const about = `${basisText(basis)}${basis.levelGrams === null ? "" : ` By the mean of ${LEVEL_YEAR}, as under Where, the job emits ${mass(basis.levelGrams)}.`}`;
  if (!start || saving < LEAST_SAVING) return { key: "when", saving: 0, basis: about, text: `Start now: waiting saves less than ${LEAST_TEXT}. The job emits ${mass(now)}.`, short: `${mass(now)}: start now` };
  const from = extent(start).start;
  const amount = `${mass(start.grams)} instead of ${mass(now)}`;
  return { key: "when", saving, basis: about, text: `Start at ${clock(from, zone)} on ${day(from, zone, { weekday: true })}: ${amount}, ${less(saving)}.`, short: `${when(from, zone)}: ${amount}` };
}

/**
 * With which pauses to run, by a plan.
 * @param {Plan} plan
 * @param {Basis} basis
 * @param {string} zone
 * @returns {Sentence | null} null where the job cannot pause
 */
export function pausesByPlan(plan, basis, zone) {
  const best = choices(plan).find(({ key }) => key === "pauses");
  if (!best) return null;
  const saving = best.saving ?? 0;
  const number = pauses(best);
  if (number === 0 || saving < LEAST_SAVING) return { key: "pauses", saving: 0, basis: basisText(basis), text: "Do not pause: it would save nothing more.", short: "no pause" };
  const text = `With ${count(number, "pause")} from ${when(extent(best).start, zone)}: ${mass(best.grams)}, ${less(saving)}.`;
  return { key: "pauses", saving, basis: `${basisText(basis)} The cost of a pause is included.`, text, short: `${count(number, "pause")}: ${mass(best.grams)}` };
}

/**
 * When to run, by what is usual: the delay that is best over the days around the date, which needs no knowledge of the day.
 * @param {Seasonal} seasonal
 * @param {Basis} basis
 * @param {number} start epoch milliseconds
 * @param {string} zone
 * @returns {Sentence}
 */
export function whenUsually({ usual_start: usual, starts, baseline }, basis, start, zone) {
  const { median, lower_quartile: lower, upper_quartile: upper } = baseline.emissions_grams;
  const about = `${basisText(basis)} At this hour of the ${starts} days around this date, the job emitted ${mass(median)} in ${basis.year}, on half of them ${mass(lower)} to ${mass(upper)}${besideLevel(basis)}.`;
  const saving = usual.saving_ratio?.p50 ?? 0;
  if (usual.delay_seconds === 0 || saving < LEAST_SAVING) return { key: "when", saving: 0, basis: about, text: `Start now: waiting usually saves less than ${LEAST_TEXT}.`, short: "start now: waiting usually saves nothing" };
  const from = start + usual.delay_seconds * 1000;
  const text = `Start at ${clock(from, zone)} on ${day(from, zone, { weekday: true })}: usually ${less(saving)}${onHalf(usual.saving_ratio)}.`;
  return { key: "when", saving, basis: about, text, short: `${when(from, zone)}: usually ${less(saving)}` };
}

/**
 * With which pauses to run, by what is usual.
 * @param {Seasonal} seasonal
 * @param {Basis} basis
 * @returns {Sentence}
 */
export function pausesUsually({ pause_and_resume: paused, flexible_start: waiting }, basis) {
  const about = `${basisText(basis)} The cost of a pause is included; the intensity of the day must be known.`;
  const saving = paused.saving_ratio?.p50 ?? 0;
  const alone = waiting.saving_ratio?.p50 ?? 0;
  if (saving - alone < LEAST_SAVING) return { key: "pauses", saving: 0, basis: about, text: "Do not pause: it usually saves no more than waiting.", short: "no pause" };
  return { key: "pauses", saving, basis: about, text: `With pauses: usually ${less(saving)}${onHalf(paused.saving_ratio)}; the best start of each day alone ${less(alone)}.`, short: `with pauses: usually ${less(saving)}` };
}

/** The emissions by the yearly level, beside those of a recorded year: the grid has changed, and the reader compares the two. @param {Basis} basis */
function besideLevel({ levelGrams }) {
  return levelGrams === null ? "" : `; by the mean of ${LEVEL_YEAR} it emits ${mass(levelGrams)}. Take the saving in percent from here, not the grams`;
}

/** The middle half of the days. @param {Spread | null} spread */
function onHalf(spread) {
  return spread ? ` (${percent(spread.p25)} to ${percent(spread.p75)} on half of the days)` : "";
}

/** @param {Basis} basis */
function basisText({ kind, title, signal, loaded }) {
  if (kind === "forecast") return `Forecast for ${title}, loaded at ${loaded}: ${signal} intensity.`;
  if (kind === "recorded") return `As in ${title}: ${signal} intensity, not a forecast.`;
  return `By ${title}: ${signal} intensity.`;
}

/** A region with its id. @param {Region} region */
export function named({ place, id, provider }) {
  return provider === "own" ? place : `${place} (${id})`;
}

/** The answer that saves most; of equals, the first. @param {Sentence[]} sentences */
export function bestSentence(sentences) {
  return sentences.reduce((/** @type {Sentence | undefined} */ best, one) => (best && (best.saving ?? 0) >= (one.saving ?? 0) ? best : one), undefined);
}
