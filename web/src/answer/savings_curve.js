/**
 * Savings by the number of hours by which the job may end later.
 * @module
 */

/** @import { CurveModel } from "../types.js" */
import { details, fill, h, table } from "../ui/dom.js";
import { percent, span } from "../ui/format.js";
import { createPlot } from "./plot.js";

const LINES = [
  { label: "waiting, this start", name: "plan-start" },
  { label: "pausing, this start", name: "plan-pauses" },
  { label: "waiting, mean of the paper\u2019s starts", name: "plan-start", dashed: true },
  { label: "pausing, mean of the paper\u2019s starts", name: "plan-pauses", dashed: true },
];

/**
 * Creates the chart, with a sentence and a table.
 *
 * @returns {{element: HTMLElement, show: (model: CurveModel) => void}}
 */
export function createSavingsCurve() {
  const summary = h("p");
  const numbers = h("div");
  /** @type {(number | null)[][]} */
  let columns = [];
  /** @type {number[]} */
  let hours = [];
  const { element, set } = createPlot({
    label: "Savings by extra hours",
    height: 220,
    lines: LINES,
    xTitle: "hours by which the job may end later",
    yTitle: "saving, compared with starting now",
    yText: percent,
    readOut: (index) =>
      `${span((hours[index] ?? 0) * 3600)} more: ${LINES.map(({ label }, line) => `${label} ${ratio(columns[line]?.[index])}`).join(", ")}`,
  });
  return {
    element: h("div", null, summary, element, details("The same in numbers", numbers)),
    show({ name, exact, curve: { points } }) {
      columns = [
        points.map((point) => point.flexible_start_saving_ratio),
        points.map((point) => point.pause_and_resume_saving_ratio),
        points.map((point) => point.mean_flexible_start_saving_ratio),
        points.map((point) => point.mean_pause_and_resume_saving_ratio),
      ];
      const last = points.findLast((point) => point.pause_and_resume_saving_ratio !== null);
      const yearly = last?.mean_flexible_start_saving_ratio ?? null;
      fill(
        summary,
        last
          ? `${name}: with up to ${span(last.extra_hours * 3600)} more, waiting saves ${ratio(last.flexible_start_saving_ratio)} from this start and pausing ` +
            `${ratio(last.pause_and_resume_saving_ratio)}${yearly === null ? "" : `; on average over the paper\u2019s starts of the year ${ratio(yearly)} and ${ratio(last.mean_pause_and_resume_saving_ratio)} (dashed${exact ? ", with free pauses at the mean power" : ""})`}.`
          : `${name}: started now, the job emits nothing, and there is nothing to save.`,
      );
      fill(
        numbers,
        table(
          "Savings by the hours by which the job may end later",
          ["Hours", ...LINES.map(({ label }) => label)],
          points.map(({ extra_hours }, index) => [
            String(extra_hours),
            ...columns.map((column) => ratio(column[index])),
          ]),
        ),
      );
      hours = points.map((point) => point.extra_hours);
      set(hours, columns);
    },
  };
}

/** @param {number | null | undefined} value */
function ratio(value) {
  return value === null || value === undefined ? "\u2013" : percent(value);
}
