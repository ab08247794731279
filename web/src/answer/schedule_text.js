/**
 * The schedule as text, for readers who use a screen reader or copy it.
 * @module
 */

/** @import { Model } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { extent, pauses } from "./choices.js";
import { h } from "../ui/dom.js";
import { clock, count, day } from "../ui/format.js";

/**
 * The times of each choice; a choice with the times of an earlier one refers to it.
 *
 * @param {Choice[]} choices
 * @param {Model} model
 * @returns {HTMLElement[]}
 */
export function scheduleParts(choices, { home, zone }) {
  return choices.flatMap((choice, index) => {
    const same = choices.slice(0, index).find((other) => isSameSchedule(choice, other));
    const { summary, runs } = same
      ? { summary: `The same as ${same.label.toLowerCase()}.`, runs: [] }
      : scheduleText(choice, zone);
    const heading = h("h3", null, choice.label, choice.region !== home.name && ` (${choice.region})`);
    const list = runs.length > 0 ? [h("ol", null, runs.map((run) => h("li", null, run)))] : [];
    return [heading, h("p", null, summary), ...list];
  });
}

/**
 * True where two choices run at the same times in the same region.
 *
 * @param {Choice} one
 * @param {Choice} other
 * @returns {boolean}
 */
function isSameSchedule(one, other) {
  const sameTimes = one.runs.every(
    ({ start, end }, index) => start === other.runs[index]?.start && end === other.runs[index]?.end,
  );
  return one.region === other.region && one.runs.length === other.runs.length && sameTimes;
}

/**
 * The times of a choice, with every run where there are several.
 *
 * @param {Choice} choice
 * @param {string} zone IANA
 * @returns {{summary: string, runs: string[]}}
 */
export function scheduleText(choice, zone) {
  const { start, end } = extent(choice);
  const full = (/** @type {string} */ time) =>
    `${clock(time, zone)} on ${day(time, zone, { year: true, weekday: true })}`;
  const until = (/** @type {string} */ from, /** @type {string} */ to) =>
    day(from, zone, { year: true }) === day(to, zone, { year: true }) ? clock(to, zone) : full(to);
  if (pauses(choice) === 0)
    return { summary: `Runs without a pause from ${full(start)} until ${until(start, end)}.`, runs: [] };
  return {
    summary: `Runs from ${full(start)} until ${until(start, end)}, with ${count(pauses(choice), "pause")}:`,
    runs: choice.runs.map((run) => `from ${full(run.start)} until ${until(run.start, run.end)}`),
  };
}
