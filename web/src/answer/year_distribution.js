/**
 * The distribution of savings over every start of a year.
 * @module
 */

/** @import { RegionPlan, Spread, Year } from "../types.js" */
import { LABELS } from "./choices.js";
import { details, h, table } from "../ui/dom.js";
import { day, mass, percent } from "../ui/format.js";
import { bars } from "./small_charts.js";
import { swatch } from "./swatch.js";

/** The quantiles, with labels. @type {[keyof Spread, string][]} */
const QUANTILES = [
  ["p5", "5 % of starts are below"],
  ["p25", "25 % are below"],
  ["p50", "50 % are below (the typical start)"],
  ["p75", "75 % are below"],
  ["p95", "95 % are below"],
  ["mean", "the mean"],
];

/**
 * A sentence, a histogram for each kind of plan, and a table.
 *
 * @param {Year} year
 * @param {RegionPlan} plan of the same region
 * @param {string} title of the region
 * @param {boolean} canPause false: of pauses, nothing is said
 * @returns {HTMLElement[]}
 */
export function yearDistribution(year, plan, title, canPause) {
  const { histogram, flexible_start_saving_ratio: start, pause_and_resume_saving_ratio: paused } = year;
  const over =
    `${title}, ${count(year.starts)} starts from ${day(year.from, "UTC", { year: true })} to ${day(Date.parse(year.to) - 1, "UTC", { year: true })} (UTC)` +
    `${year.left_out > 0 ? `, without ${count(year.left_out)} starts for which data are missing` : ""}. `;
  if (!start || !paused) return [h("p", null, `${over}Without waiting or pausing, none of them emits anything: there is nothing to save.`)];
  const exact = canPause && plan.pause_and_resume.method === "exact";
  const all = /** @type {const} */ ([
    ["start", histogram.flexible_start, start, plan.flexible_start.saving_ratio],
    ["pauses", histogram.pause_and_resume, paused, plan.pause_and_resume.saving_ratio],
  ]);
  const kinds = all.filter(([key]) => canPause || key !== "pauses");
  const filled = Math.max(1, ...kinds.map(([, counts]) => counts.findLastIndex((count) => count > 0) + 1));
  const fifth = Math.round(0.2 / histogram.bin_ratio); // so that a quarter of the scale is a multiple of 5 %
  const bins = fifth * Math.ceil(filled / fifth);
  const most = Math.max(...kinds.flatMap(([, counts]) => counts));
  const scale = [0, 0.25, 0.5, 0.75, 1].map((part) => percent(part * bins * histogram.bin_ratio));
  return [
    h(
      "p",
      null,
      `${over}Waiting saves ${percent(start.p50)} at the typical start${canPause ? `, pausing ${percent(paused.p50)}` : ""}.` +
        `${year.without_ratio > 0 ? ` ${count(year.without_ratio)} starts that emit nothing anyway are not counted.` : ""}`,
      exact && h("small", null, " Over the year pauses are free and the power is constant: the costs and powers that you entered apply to this start alone."),
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
          h("small", null, here === null ? "" : exact && key === "pauses" ? `this start, with the costs and powers that you entered: ${percent(here)}` : `this start: ${percent(here)}, ${standing(here, spread)}`),
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
    details(
      "The same in numbers",
      table(
        "Over every start of the year",
        ["Of all starts", "Emissions without waiting", "Waiting saves", ...(canPause ? ["Pausing saves"] : [])],
        QUANTILES.map(([key, label]) => [label, mass(year.baseline_grams[key]), percent(start[key]), ...(canPause ? [percent(paused[key])] : [])]),
      ),
    ),
  ];
}

/** @param {number} starts */
function count(starts) {
  return starts.toLocaleString("en");
}

/**
 * The position of a start among all starts.
 *
 * @param {number} ratio
 * @param {Spread} spread
 * @returns {string}
 */
export function standing(ratio, { p5, p25, p50, p75, p95 }) {
  if (ratio < p5) return "less than nearly all other starts";
  if (ratio < p25) return "less than three in four other starts";
  if (ratio < p50) return "less than the typical start";
  if (ratio <= p75) return ratio === p50 ? "as much as the typical start" : "more than the typical start";
  return ratio <= p95 ? "more than three in four other starts: a lucky one" : "more than nearly all other starts: a very lucky one";
}
