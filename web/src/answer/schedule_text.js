/**
 * The schedule as text, for readers who use a screen reader or copy it.
 * @module
 */

/** @import { Model } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { extent, pauses } from "./choices.js";
import { details, fill, h } from "../ui/dom.js";
import { clock, count, day } from "../ui/format.js";

/**
 * Creates the element. The text is written when it is opened, since there may be hundreds of runs.
 *
 * @returns {{element: HTMLElement, show: (choices: Choice[], model: Model) => void}}
 */
export function createScheduleText() {
  const content = h("div");
  const element = details("The schedule as text", content);
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
          content,
          choices.flatMap((choice, index) => {
            const same = choices.slice(0, index).find((other) => isSameSchedule(choice, other));
            const { summary, runs } = same
              ? { summary: `The same as ${same.label.toLowerCase()}.`, runs: [] }
              : scheduleText(choice, zone);
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
