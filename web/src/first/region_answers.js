/**
 * The first screen of a question about a region, from what is known so far: the ranking, the plan, and what is usual.
 * @module
 */

/** @import { Region } from "../regions/map.js" */
/** @import { Basis, Seasonal } from "./sentences.js" */
import { zoneOf } from "../regions/map.js";
import { livePlaceOf } from "../regions/data_of_zone.js";
import { h } from "../ui/dom.js";
import { energyNote, moneyNotes, policyNote, rangeNote, scoreNote } from "./notes.js";
import { pausesByPlan, pausesUsually, whenByPlan, whenUsually, whereSentence } from "./sentences.js";
import { waysToData } from "./ways_to_data.js";

/**
 * @typedef {object} Known
 * @property {Region} region the reader's own
 * @property {Region[]} regions those of its provider
 * @property {import("../engine/rank.js").Ranked} ranked
 * @property {import("../engine/rank.js").Bounds} bounds
 * @property {import("../types.js").Plan | null} plan null where there is none
 * @property {Basis | null} basis null where there is no hourly series
 * @property {Seasonal | null} seasonal what is usual in a recorded year; null until it is computed
 * @property {string} unknown the reason why nothing is known of the time, in a sentence; empty where something is, or the page has no hourly data
 * @property {boolean} pending true while the recorded year of the region is on its way
 * @property {number} start the earliest start, epoch milliseconds
 * @property {string} zone IANA
 * @property {import("../types.js").Question} question
 * @property {string[]} pinned
 * @property {string[]} notes further notes, such as of a window that was cut
 * @property {string[]} warnings
 * @property {number} gigabytes data that move with the job
 * @property {number} pue the power usage effectiveness
 * @property {string} boundary what the energy is that of, in a sentence
 * @property {string} day the reader's day, as 2026-11-29
 */

/** Stands where the answer about time will be. @type {import("./sentences.js").Sentence} */
const PENDING = Object.freeze({ key: "when", saving: null, text: "Comparing the days around this date.", basis: "By a recorded year of this grid, which is on its way. The answer stands here in a moment.", short: "", pending: true });

/**
 * The content of the first screen.
 * @param {Known} known
 * @returns {import("./index.js").FirstModel}
 */
export function regionAnswers(known) {
  const { region, regions, ranked, bounds, plan, basis, seasonal, pending, start, zone, question, pinned, notes, warnings, day, gigabytes, pue, boundary, unknown } = known;
  const where = whereSentence({ regions, home: region, ranking: ranked.ranking });
  const gridZone = zoneOf(region.zone);
  const sentences = where ? [where] : [];
  const canPause = question.canPause !== "";
  if (basis && plan && basis.kind !== "recorded") {
    sentences.push(whenByPlan(plan, basis, zone));
    const pauses = canPause && pausesByPlan(plan, basis, zone);
    if (pauses) sentences.push(pauses);
  } else if (basis && seasonal) {
    sentences.push(whenUsually(seasonal, basis, start, zone));
    if (canPause) sentences.push(pausesUsually(seasonal, basis));
  } else if (unknown) {
    sentences.push({ key: "when", saving: null, text: "When is unknown for a job like this.", basis: unknown, short: "" });
  } else if (basis || pending) {
    sentences.push(PENDING);
  } else {
    sentences.push({ key: "when", saving: null, text: `When is unknown: the page has no hourly data of ${gridZone.name}.`, basis: "A yearly level does not tell one hour from another. Ways to get hourly data stand below.", short: "" });
  }
  const live = livePlaceOf(gridZone);
  const ask = live && basis?.kind !== "forecast"
    ? h("p", { class: "live" },
        h("button", { type: "button", class: "main", "data-action": "live-here" }, `Plan with the forecast for now`),
        h("span", { class: "hint" }, ` from ${live === "gb" ? "NESO" : "Energy-Charts"}: no account. It sees your IP address.`))
    : null;
  const hasHours = basis !== null;
  return {
    sentences,
    others: [],
    notes: [
      ...(ask ? [ask] : []),
      h("p", { class: "error", id: "live-here-error", role: "status" }),
      ...notes,
      ...scoreNote(ranked.score, question.unit ?? "job", region.place),
      ...moneyNotes({ regions, home: region, ranking: ranked.ranking }, gigabytes),
      ...energyNote(ranked.ranking.energy_kilowatt_hours, pue),
      boundary,
      ...rangeNote(ranked.range, bounds, region.place),
      ...(hasHours ? [policyNote(region.zone)] : []),
      waysToData(gridZone, day),
    ],
    warnings,
    ranked: { regions, home: region, ranking: ranked.ranking, pinned },
  };
}
