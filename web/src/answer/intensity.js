/**
 * The chart of the home region's intensity, with the times at which each plan runs below it.
 * @module
 */

/** @import { ChoiceKey, Model } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { bestChoice } from "./choices.js";
import { fill, h, s } from "../ui/dom.js";
import { intensity, span, when } from "../ui/format.js";
import { timeTicks } from "./time_ticks.js";
import { createPlot } from "./plot.js";
import { swatch } from "./swatch.js";

const HEIGHT = 230;
const LANE = { height: 12, gap: 10, top: 4 };

/** The choices within the home region. @type {ChoiceKey[]} */
const SHOWN = ["now", "start", "pauses"];

/**
 * Creates the chart.
 *
 * @returns {{element: HTMLElement, show: (model: Model, choices: Choice[]) => void}}
 */
export function createIntensity() {
  /** @type {Model | undefined} */
  let model;
  /** @type {Choice[]} */
  let choices = [];
  /** The reader's choice; undefined: the best plan. @type {ChoiceKey | undefined} */
  let shaded;

  const title = h("figcaption");
  const legend = h("fieldset", { class: "legend" });
  const summary = h("p", { class: "note" });
  const lanesHeight = () => LANE.top + choices.length * (LANE.height + LANE.gap);
  /** @type {number[]} epoch milliseconds */
  let times = [];
  /** @type {(number | null)[]} */
  let values = [];
  const zone = () => model?.zone ?? "UTC";
  const chosen = () => choices.find(({ key }) => key === (shaded ?? bestChoice(choices)?.key));

  const { element, set, draw } = createPlot({
    label: "Carbon intensity during the time in which the job may run",
    height: HEIGHT,
    extraHeight: lanesHeight,
    lines: [{ label: "intensity", name: "intensity-line", stepped: true }],
    yTitle: "g CO\u2082e per kWh",
    xTicks: (from, to, most) => timeTicks(from, to, most, zone()),
    readOut,
    onDraw: drawRuns,
  });

  /** @param {number} index */
  function readOut(index) {
    const [time = 0, value] = [times[index], values[index]];
    const running = choices.filter(({ runs }) =>
      runs.some((run) => Date.parse(run.start) <= time && time < Date.parse(run.end)),
    );
    const names = running.map(({ label }) => label.toLowerCase()).join(", ");
    const known = value === null || value === undefined ? "unknown" : intensity(value);
    return `${when(time, zone())}: ${known}; running: ${names || "none"}`;
  }

  /** @param {import("./plot.js").Drawing} drawing */
  function drawRuns({ x, left, right, top, bottom, foot, under, below }) {
    const position = (/** @type {string} */ time) => Math.min(right, Math.max(left, x(Date.parse(time))));
    const rects = (
      /** @type {Choice} */ { runs },
      /** @type {number} */ y,
      /** @type {number} */ height,
      /** @type {string} */ paint,
    ) =>
      runs.map((run) => {
        const from = position(run.start);
        return s("rect", { x: from, y, width: Math.max(1.5, position(run.end) - from), height, fill: paint });
      });
    const shown = chosen();
    fill(under, shown && s("g", { class: `shade plan-${shown.key}` }, rects(shown, top, bottom - top, "currentColor")));
    fill(
      below,
      patterns(),
      choices.map((choice, row) => {
        const { key, label } = choice;
        const y = foot + LANE.top + row * (LANE.height + LANE.gap);
        return s(
          "g",
          { class: `lane plan-${key}` },
          s("text", { x: left - 8, y: y + LANE.height - 2, "text-anchor": "end" }, label.split(" ").at(-1) ?? label),
          s("path", { class: "grid", d: `M${left} ${y + LANE.height}H${right}` }),
          rects(choice, y, LANE.height, paint(key)),
        );
      }),
    );
  }

  return {
    element: h("figure", { class: "intensity" }, title, legend, element, summary),
    show(next, list) {
      model = next;
      choices = list.filter(({ key }) => SHOWN.includes(key));
      [times, values] = points(next.intensity);
      fill(title, `${capitalized(next.home.signal)} carbon intensity of ${next.title}, and the times at which each plan runs`);
      fill(
        legend,
        h("legend", null, "Plan to shade in the chart"),
        choices.map(({ key, label }) =>
          h(
            "label",
            null,
            h("input", {
              type: "radio",
              name: "shaded",
              value: key,
              checked: key === chosen()?.key,
              change: () => {
                shaded = key;
                draw();
              },
            }),
            swatch(key),
            label,
          ),
        ),
      );
      fill(summary, describe(values, next));
      set(times, [values]);
    },
  };
}

/**
 * A description of the chart.
 *
 * @param {(number | null)[]} values
 * @param {Model} model
 * @returns {string}
 */
function describe(values, { home, intensity: { fromMilliseconds, toMilliseconds }, zone }) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "No value of this time is known.";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return (
    `From ${when(fromMilliseconds, zone)} to ${when(toMilliseconds, zone)} the chart shows intensities between ${intensity(low)} and ${intensity(high)}. ` +
    `Each value holds for ${span(home.stepSeconds)}.`
  );
}

/**
 * The points of the chart: each value at the start of its part of the time, and the last value again at the end.
 *
 * @param {Model["intensity"]} drawn NaN in a gap
 * @returns {[number[], (number | null)[]]}
 */
function points({ fromMilliseconds: from, toMilliseconds: to, values }) {
  const times = Array.from({ length: values.length + 1 }, (_, index) => from + ((to - from) * index) / values.length);
  const known = Array.from(values, (value) => (Number.isNaN(value) ? null : value));
  return [times, [...known, known.at(-1) ?? null]];
}

/** @param {string} word */
function capitalized(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** @param {ChoiceKey} key */
function paint(key) {
  return key === "now" ? "none" : key === "start" ? "url(#hatch)" : "currentColor";
}

function patterns() {
  return s(
    "defs",
    null,
    s(
      "pattern",
      { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("rect", { class: "hatch", width: 2.5, height: 5 }),
    ),
  );
}
