/**
 * The table of choices: the emissions, saving and times of each.
 * @module
 */

/** @import { Model, Plan } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { bestChoice, extent, pauses, regionOf } from "./choices.js";
import { breakable, h, table } from "../ui/dom.js";
import { count, less, mass, percent, period, zoneName } from "../ui/format.js";
import { swatch } from "./swatch.js";

/**
 * The table, and notes on it.
 *
 * @param {Model} model
 * @param {Choice[]} choices
 * @returns {HTMLElement[]}
 */
export function choicesTable({ plan, zone, embodiedGrams, question }, choices) {
  const best = bestChoice(choices);
  const most = Math.max(...choices.map(({ grams }) => grams));
  const earliest = choices[0] ? extent(choices[0]).start : 0;
  const latest = Math.max(...choices.map((choice) => Date.parse(extent(choice).end)));
  const rows = choices.map((choice) => {
    const { key, label, grams, saving } = choice;
    const { start, end } = extent(choice);
    const details = [period(start, end, zone), pauses(choice) > 0 ? count(pauses(choice), "pause") : ""];
    const moves = key === "region" || key === "all";
    return [
      [
        swatch(key),
        h(
          "span",
          { class: "choice" },
          label,
          moves && h("small", null, breakable(choice.region)),
          h("small", null, details.filter(Boolean).join(" \u00b7 ")),
        ),
      ],
      [h("span", { class: "amount" }, mass(grams)), bar(grams, most, choice === best)],
      key === "now"
        ? h("span", { class: "muted" }, "baseline")
        : h("span", { class: choice === best ? "best" : null }, saves(saving)),
    ];
  });
  return [
    table(`Emissions of each choice. Times are in ${zoneName(earliest, zone, latest)}.`, ["Choice", "Emissions, CO\u2082e", "Saves"], rows, {
      class: "choices",
    }),
    ...notes(plan, choices, embodiedGrams, Boolean(question.region)).map((text) => h("p", { class: "note" }, text)),
  ];
}

/** @param {number | null} ratio */
function saves(ratio) {
  return ratio === null ? less(ratio) : percent(ratio);
}

/**
 * @param {number} grams
 * @param {number} most
 * @param {boolean} best
 * @returns {HTMLElement}
 */
function bar(grams, most, best) {
  const inner = h("span", { class: best ? "fill best" : "fill" });
  inner.style.inlineSize = `${most > 0 ? (100 * grams) / most : 0}%`;
  return h("span", { class: "bar", "aria-hidden": "true" }, inner);
}

/**
 * Notes on the numbers of the table.
 *
 * @param {Plan} plan
 * @param {Choice[]} choices
 * @param {number | null} embodied grams
 * @param {boolean} ofRegion true where the regions have been compared by their yearly levels
 * @returns {string[]}
 */
function notes(plan, choices, embodied, ofRegion) {
  const costs = regionOf(plan, plan.home_region)?.pause_and_resume.costs;
  const sentences = [];
  if (embodied !== null)
    sentences.push(`The job\u2019s share of the manufacture of its GPUs comes on top, the same for each choice: ${mass(embodied)}.`);
  if (choices.length < 4 && !ofRegion)
    sentences.push("Only one region of this signal is loaded: add another to see how much moving would save.");
  const canPause = plan.pause_costs.most_pauses !== 0;
  if (canPause && costs && !costs.pausing_pays)
    sentences.push(
      "Pausing costs more than it saves here: the best plan with pauses is the best start.",
    );
  if (costs && costs.pausing_pays)
    sentences.push(`Of the emissions of the best pauses, ${mass(costs.pause_emissions_grams)} come from pausing itself.`);
  if (costs && costs.honest_free_emissions_grams > costs.free_claim_emissions_grams) {
    sentences.push(
      `A plan that assumes free pauses would claim ${mass(costs.free_claim_emissions_grams)}, and would really emit ${mass(costs.honest_free_emissions_grams)}.`,
    );
  }
  return sentences;
}
