/**
 * The schedule in words, for somebody who listens, or copies it.
 * @module
 */

/** @import { Model } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { extent, pauses } from "./choices.js";
import { fill, h, more } from "./dom.js";
import { clock, count, day } from "./format.js";

/**
 * Written when it is opened: there may be hundreds of runs.
 *
 * @returns {{element: HTMLElement, show: (choices: Choice[], model: Model) => void}}
 */
export function createWords() {
  const inside = h("div");
  const element = more("The schedule in words", inside);
  let write = () => {};
  const writeIfOpen = () => {
    if (element.open) write();
  };
  element.addEventListener("toggle", writeIfOpen);
  return {
    element,
    show(choices, { home, zone }) {
      write = () =>
        fill(
          inside,
          choices.flatMap((choice, index) => {
            const same = choices.slice(0, index).find((other) => alike(choice, other));
            const { summary, runs } = same
              ? { summary: `The same as ${same.label.toLowerCase()}.`, runs: [] }
              : inWords(choice, zone);
            return [
              h("h3", null, choice.label, choice.region !== home.name && ` (${choice.region})`),
              h("p", null, summary),
              runs.length > 0 &&
                h(
                  "ol",
                  null,
                  runs.map((run) => h("li", null, run)),
                ),
            ];
          }),
        );
      writeIfOpen();
    },
  };
}

/**
 * Whether two choices run at the same times in the same region.
 *
 * @param {Choice} one
 * @param {Choice} other
 * @returns {boolean}
 */
function alike(one, other) {
  const same = one.runs.every(
    ({ start, end }, index) => start === other.runs[index]?.start && end === other.runs[index]?.end,
  );
  return one.region === other.region && one.runs.length === other.runs.length && same;
}

/**
 * When a choice runs; every run, where there are several.
 *
 * @param {Choice} choice
 * @param {string} zone IANA
 * @returns {{summary: string, runs: string[]}}
 */
export function inWords(choice, zone) {
  const { start, end } = extent(choice);
  const full = (/** @type {string} */ moment) =>
    `${clock(moment, zone)} on ${day(moment, zone, { year: true, weekday: true })}`;
  const until = (/** @type {string} */ from, /** @type {string} */ to) =>
    day(from, zone, { year: true }) === day(to, zone, { year: true }) ? clock(to, zone) : full(to);
  if (pauses(choice) === 0)
    return { summary: `Runs without a pause from ${full(start)} until ${until(start, end)}.`, runs: [] };
  return {
    summary: `Runs from ${full(start)} until ${until(start, end)}, with ${count(pauses(choice), "pause")}:`,
    runs: choice.runs.map((run) => `from ${full(run.start)} until ${until(run.start, run.end)}`),
  };
}
