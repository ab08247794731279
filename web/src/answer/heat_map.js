/**
 * The job's emissions by the hour and month of its start, as a table with coloured cells.
 * @module
 */

/** @import { Year } from "../types.js" */
import { h } from "../ui/dom.js";
import { mass, massScale } from "../ui/format.js";

/** Number of steps of the colour scale: the style has the classes heat-0 to heat-6. */
const STEPS = 7;

const MONTHS = Array.from({ length: 12 }, (_, month) =>
  new Date(Date.UTC(2020, month, 15)).toLocaleString("en", { month: "short", timeZone: "UTC" }),
);

/**
 * The table, with its legend.
 *
 * @param {string} title of the region
 * @param {Year["heat_map"]} map
 * @returns {HTMLElement[]}
 */
export function heatMap(title, { utc_offset_minutes: offset, mean_baseline_grams: grams }) {
  const known = grams.flat().filter((value) => value !== null);
  if (known.length === 0) return [];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const { unit, write } = massScale(high);
  const step = (/** @type {number} */ value) =>
    high > low ? Math.min(STEPS - 1, Math.floor((STEPS * (value - low)) / (high - low))) : 0;
  const cell = (/** @type {number | null} */ value) =>
    value === null ? h("td", { class: "muted" }, "\u2013") : h("td", { class: `heat-${step(value)}` }, write(value));
  return [
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": "Emissions by start hour and month" },
      h(
        "table",
        { class: "heat" },
        h(
          "caption",
          null,
          `${title}, without waiting or pausing: mean emissions in ${unit} by the hour (${offsetName(offset)}) and month of the start`,
        ),
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            h("th", { scope: "col" }, h("span", { class: "hidden" }, "Start hour")),
            MONTHS.map((month) => h("th", { scope: "col" }, month)),
          ),
        ),
        h(
          "tbody",
          null,
          grams.map((row, hour) =>
            h("tr", null, h("th", { scope: "row" }, String(hour).padStart(2, "0")), row.map(cell)),
          ),
        ),
      ),
    ),
    h(
      "p",
      { class: "heat-legend" },
      mass(low),
      " ",
      h(
        "span",
        { "aria-hidden": "true" },
        Array.from({ length: STEPS }, (_, index) => h("i", { class: `heat-${index}` })),
      ),
      " ",
      mass(high),
    ),
  ];
}

/** @param {number} minutes */
function offsetName(minutes) {
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  const rest = size % 60;
  return `UTC${minutes < 0 ? "\u2212" : "+"}${Math.floor(size / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}
