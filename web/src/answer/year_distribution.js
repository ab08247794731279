/**
 * The typical day, not the lucky one: what every start of a year would have saved.
 * @module
 */

/** @import { RegionPlan, Spread, Year } from "../types.js" */
import { LABELS } from "./choices.js";
import { h, more, table } from "./dom.js";
import { day, mass, percent } from "./format.js";
import { bars } from "./small_charts.js";
import { swatch } from "./swatch.js";

/** @type {[keyof Spread, string][]} */
const QUANTILES = [
  ["p5", "one start in twenty is below"],
  ["p25", "one in four is below"],
  ["p50", "half are below (the typical start)"],
  ["p75", "three in four are below"],
  ["p95", "all but one in twenty are below"],
  ["mean", "the mean"],
];

/**
 * @param {Year} year
 * @param {RegionPlan} plan of the same region
 * @returns {HTMLElement[]}
 */
export function typical(year, plan) {
  const { histogram, flexible_start_saving_ratio: start, pause_and_resume_saving_ratio: paused } = year;
  const over =
    `${plan.name}, ${count(year.starts)} starts from ${day(year.from, "UTC", { year: true })} to ${day(Date.parse(year.to) - 1, "UTC", { year: true })} (UTC)` +
    `${year.left_out > 0 ? `, and ${count(year.left_out)} left out for want of data` : ""}. `;
  if (!start || !paused) return [h("p", null, `${over}At once each of them emits nothing: there is nothing to save.`)];
  const exact = plan.pause_and_resume.method === "exact";
  const kinds = /** @type {const} */ ([
    ["start", histogram.flexible_start, start, plan.flexible_start.saving_ratio],
    ["pauses", histogram.pause_and_resume, paused, plan.pause_and_resume.saving_ratio],
  ]);
  const filled = Math.max(1, ...kinds.map(([, counts]) => counts.findLastIndex((count) => count > 0) + 1));
  const fifth = Math.round(0.2 / histogram.bin_ratio); // so that a quarter of the scale is a multiple of 5 %
  const bins = fifth * Math.ceil(filled / fifth);
  const most = Math.max(...kinds.flatMap(([, counts]) => counts));
  const scale = [0, 0.25, 0.5, 0.75, 1].map((part) => percent(part * bins * histogram.bin_ratio));
  return [
    h(
      "p",
      null,
      `${over}Waiting saves ${percent(start.p50)} at the typical start, pausing ${percent(paused.p50)}.` +
        `${year.without_ratio > 0 ? ` Not among them: ${count(year.without_ratio)} that emit nothing anyway.` : ""}`,
      exact && h("small", null, " Over the year pauses are taken to be free, and the power to be even: what you gave counts for this start alone."),
    ),
    ...kinds.map(([key, counts, spread, here]) =>
      h(
        "figure",
        { class: `distribution plan-${key}` },
        h(
          "figcaption",
          null,
          swatch(key),
          LABELS[key],
          h("small", null, here === null ? "" : exact && key === "pauses" ? `this start, with all that you gave: ${percent(here)}` : `this start: ${percent(here)}, ${standing(here, spread)}`),
        ),
        bars(
          Array.from({ length: bins }, (_, bin) => counts[bin] ?? 0),
          most,
          here === null ? null : here / histogram.bin_ratio,
          `${LABELS[key]}: half of all starts save less than ${percent(spread.p50)}, nine in ten between ${percent(spread.p5)} and ${percent(spread.p95)}`,
        ),
        h(
          "div",
          { class: "scale", "aria-hidden": "true" },
          scale.map((text) => h("span", null, text)),
        ),
      ),
    ),
    more(
      "The same in numbers",
      table(
        "Over every start of the year",
        ["Of all starts", "At once emits", "Waiting saves", "Pausing saves"],
        QUANTILES.map(([key, words]) => [
          words,
          mass(year.baseline_grams[key]),
          percent(start[key]),
          percent(paused[key]),
        ]),
      ),
    ),
  ];
}

/** @param {number} starts */
function count(starts) {
  return starts.toLocaleString("en");
}

/**
 * Where a start lies among all of them.
 *
 * @param {number} ratio
 * @param {Spread} spread
 * @returns {string}
 */
export function standing(ratio, { p5, p25, p50, p75, p95 }) {
  if (ratio < p5) return "less than nearly all others";
  if (ratio < p25) return "less than three in four others";
  if (ratio < p50) return "less than the typical start";
  if (ratio <= p75) return ratio === p50 ? "as the typical start" : "more than the typical start";
  return ratio <= p95 ? "more than three in four others: a lucky one" : "more than nearly all others: a very lucky one";
}
