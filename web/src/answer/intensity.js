/**
 * The intensity of the home region, and below it when each plan runs.
 * @module
 */

/** @import { Model } from "../types.js" */
/** @import { Choice, Key } from "./choices.js" */
import { bestChoice, extent } from "./choices.js";
import { fill, h, s } from "./dom.js";
import { calendar, clock, day, intensity, period, span, when } from "./format.js";
import { createPlot } from "./plot.js";
import { swatch } from "./swatch.js";

const HEIGHT = 230;
const LANE = { height: 12, gap: 10, top: 4 };

/** The plans of the home region. @type {Key[]} */
const SHOWN = ["now", "start", "pauses"];

/** From this step on an axis names days, not hours. */
const DAY_SECONDS = 86_400;

/**
 * @returns {{element: HTMLElement, show: (model: Model, choices: Choice[]) => void}}
 */
export function createIntensity() {
  /** @type {Model | undefined} */
  let model;
  /** @type {Choice[]} */
  let choices = [];
  /** What the reader chose; nothing: the best. @type {Key | undefined} */
  let shaded;

  const title = h("figcaption");
  const lanes = s("svg", { class: "lanes", role: "img" });
  const shade = s("svg", { class: "shade", "aria-hidden": "true" });
  const legend = h("fieldset", { class: "legend" });
  const summary = h("p", { class: "note" });
  const zone = () => model?.zone ?? "UTC";

  const { element, plot, set } = createPlot({
    label: "Intensity over the time in which the job may run",
    height: HEIGHT,
    lines: [{ label: "intensity", colour: "--text", stepped: true }],
    xTitle: "",
    yTitle: "g CO\u2082e per kWh",
    zoned: (seconds) => zonedDate(seconds * 1e3, zone()),
    xTexts: (_, splits, step) => splits.map((seconds, index) => axisText(seconds * 1e3, index === 0, step, zone())),
    readOut: (x, index) => readOut(x, index),
    drawn: () => drawRuns(),
  });
  plot.under.append(shade);
  element.querySelector(".plot")?.after(lanes);

  /**
   * @param {number} seconds
   * @param {number} index
   */
  function readOut(seconds, index) {
    const value = plot.data[1]?.[index];
    const running = choices.filter(({ runs }) =>
      runs.some((run) => Date.parse(run.start) <= seconds * 1e3 && seconds * 1e3 < Date.parse(run.end)),
    );
    const names = running.map(({ label }) => label.toLowerCase()).join(", ");
    const known = value === null || value === undefined ? "not known" : intensity(value);
    return `${when(seconds * 1e3, zone())}: ${known}; runs: ${names || "none"}`;
  }

  function drawRuns() {
    const { left, width } = inPixels(plot);
    const place = (/** @type {string} */ moment) =>
      Math.min(width, Math.max(0, plot.valToPos(Date.parse(moment) / 1e3, "x")));
    const step = LANE.height + LANE.gap;
    lanes.setAttribute("height", String(LANE.top + choices.length * step));
    fill(
      lanes,
      patterns(),
      choices.map(({ key, label, runs }, row) => {
        const y = LANE.top + row * step;
        return s(
          "g",
          { class: `lane plan-${key}` },
          s("text", { x: left - 8, y: y + LANE.height - 2 }, label.split(" ").at(-1) ?? label),
          s("line", { class: "track", x1: left, x2: left + width, y1: y + LANE.height, y2: y + LANE.height }),
          runs.map((run) => {
            const from = place(run.start);
            return s("rect", {
              class: "run",
              x: left + from,
              y,
              width: Math.max(1.5, place(run.end) - from),
              height: LANE.height,
              fill: paint(key),
            });
          }),
        );
      }),
    );
    const chosen = choices.find(({ key }) => key === (shaded ?? bestChoice(choices)?.key));
    fill(
      shade,
      chosen &&
        s(
          "g",
          { class: `plan-${chosen.key}` },
          chosen.runs.map((run) => {
            const from = place(run.start);
            return s("rect", { x: from, y: 0, width: Math.max(1.5, place(run.end) - from), height: "100%" });
          }),
        ),
    );
  }

  return {
    element: h("figure", { class: "intensity" }, title, legend, element, summary),
    show(next, list) {
      model = next;
      choices = list.filter(({ key }) => SHOWN.includes(key));
      const { fromMilliseconds, toMilliseconds, values } = next.intensity;
      const [times, drawn] = points(fromMilliseconds, toMilliseconds, values);
      fill(title, `Intensity of ${next.home.name}, ${next.home.signal}, and when each plan runs`);
      fill(
        legend,
        h("legend", null, "Shade in the chart"),
        choices.map(({ key, label }) =>
          h(
            "label",
            null,
            h("input", {
              type: "radio",
              name: "shaded",
              value: key,
              checked: key === (shaded ?? bestChoice(choices)?.key),
              change: () => {
                shaded = key;
                drawRuns();
              },
            }),
            swatch(key),
            label,
          ),
        ),
      );
      lanes.setAttribute(
        "aria-label",
        choices
          .map((choice) => {
            const { start, end } = extent(choice);
            return `${choice.label}: ${period(start, end, next.zone)}`;
          })
          .join("; "),
      );
      fill(summary, describe(drawn, next));
      set([times, drawn]);
    },
  };
}

/**
 * The chart in words.
 *
 * @param {(number | null)[]} values
 * @param {Model} model
 * @returns {string}
 */
function describe(values, { home, intensity: { fromMilliseconds, toMilliseconds }, zone }) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return "No value is known in this time.";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return (
    `From ${when(fromMilliseconds, zone)} to ${when(toMilliseconds, zone)} the intensity lies between ${intensity(low)} and ${intensity(high)}, as drawn. ` +
    `A value holds for ${span(home.stepSeconds)}.`
  );
}

/**
 * The values of equal parts of a time, each at its start; the last one again at the end, so that it is drawn to there.
 *
 * @param {number} from epoch milliseconds
 * @param {number} to
 * @param {Float64Array} values NaN in a gap
 * @returns {[number[], (number | null)[]]}
 */
function points(from, to, values) {
  const times = Array.from(
    { length: values.length + 1 },
    (_, index) => (from + ((to - from) * index) / values.length) / 1e3,
  );
  const known = Array.from(values, (value) => (Number.isNaN(value) ? null : value));
  return [times, [...known, known.at(-1) ?? null]];
}

/**
 * @param {number} moment epoch milliseconds
 * @param {boolean} first of the axis
 * @param {number} step between two of them, seconds
 * @param {string} zone
 * @returns {string}
 */
function axisText(moment, first, step, zone) {
  const date = day(moment, zone, { short: true });
  if (step >= DAY_SECONDS) return date;
  const time = clock(moment, zone);
  return first || time === "00:00" ? `${time}\n${date}` : time;
}

/**
 * A moment as a date whose local fields are the zone's: uPlot places the marks of an axis by them.
 *
 * @param {number} moment epoch milliseconds
 * @param {string} zone
 * @returns {Date}
 */
function zonedDate(moment, zone) {
  const { year, month, day: date, hour, minute, second } = calendar(moment, zone);
  return new Date(year, month - 1, date, hour, minute, second);
}

/** @param {import("uplot")} plot */
function inPixels({ bbox, over }) {
  const ratio = devicePixelRatio;
  return { left: bbox.left / ratio, width: over.clientWidth };
}

/** @param {Key} key */
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
