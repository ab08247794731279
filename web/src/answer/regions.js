/**
 * The ranking of the regions, best first, with one table for each signal.
 * @module
 */

/** @import { Plan, Signal, Year } from "../types.js" */
import { regionOf } from "./choices.js";
import { breakable, h, table } from "../ui/dom.js";
import { mass, percent } from "../ui/format.js";
import { strip } from "./small_charts.js";

const MEANINGS = {
  marginal: "marginal intensity: the emissions of one more kilowatt-hour",
  average: "average intensity: the grid\u2019s emissions per kilowatt-hour",
};

/**
 * The tables of a plan.
 *
 * @param {Plan} plan
 * @param {Map<string, Year>} years of the regions that have been analysed
 * @param {(name: string) => string} titleOf the title of a region
 * @returns {HTMLElement[]}
 */
export function ranking(plan, years, titleOf) {
  return plan.ranking
    .filter(({ regions }) => regions.length > 0)
    .map(({ signal, regions }) => ranked(plan, signal, regions, years, titleOf));
}

/**
 * @param {Plan} plan
 * @param {Signal} signal
 * @param {string[]} names best first
 * @param {Map<string, Year>} years
 * @param {(name: string) => string} titleOf
 * @returns {HTMLElement}
 */
function ranked(plan, signal, names, years, titleOf) {
  const found = names.map((name) => regionOf(plan, name)).filter((region) => region !== undefined);
  const most = Math.max(
    ...found.map(({ name, baseline }) => Math.max(baseline.emissions_grams, years.get(name)?.baseline_grams.p95 ?? 0)),
  );
  const rows = found.map((region, index) => {
    const { name, baseline, flexible_start, pause_and_resume } = region;
    const best = flexible_start.emissions_grams <= pause_and_resume.emissions_grams ? flexible_start : pause_and_resume;
    return [
      [
        h("span", { class: "rank" }, `${index + 1}.`),
        h("span", { class: "name" }, breakable(titleOf(name))),
        name === plan.home_region && h("small", null, "home"),
      ],
      mass(baseline.emissions_grams),
      h("strong", null, mass(best.emissions_grams)),
      best.saving_ratio === null ? "\u2013" : percent(best.saving_ratio),
      spread(titleOf(name), years.get(name), most, baseline.emissions_grams),
    ];
  });
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "group", "aria-label": `Regions by ${signal} intensity` },
    table(
      `By ${MEANINGS[signal]}. Savings are compared with starting now in the same region. The last column shows the emissions of every start of the year, without waiting or pausing, from 0 to ${mass(most)}; | marks this start.`,
      ["Region", "Start now", "Best plan", "Saves", "Over the year"],
      rows,
      { class: "regions" },
    ),
  );
}

/**
 * @param {string} title
 * @param {Year | undefined} year
 * @param {number} most
 * @param {number} mark
 */
function spread(title, year, most, mark) {
  if (!year) return h("span", { class: "muted" }, "\u2026");
  const { p5, p50, p95 } = year.baseline_grams;
  return [
    strip(
      year.baseline_grams,
      most,
      mark,
      `${title}, without waiting or pausing: half of all starts emit less than ${mass(p50)}, nine in ten between ${mass(p5)} and ${mass(p95)}`,
    ),
    h("small", null, `${mass(p5)} \u2013 ${mass(p95)}`),
  ];
}
