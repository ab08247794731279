/**
 * Savings by the number of hours by which the job may end later.
 * @module
 */

/** @import { CurveModel } from "../types.js" */
import { details, fill, h, table } from "../ui/dom.js";
import { percent, span } from "../ui/format.js";
import { createPlot } from "./plot.js";

/** @typedef {import("./plot.js").Line & {of: (point: CurveModel["curve"]["points"][number]) => number | null, pausing?: boolean}} SavingsLine */

/** @type {SavingsLine[]} */
const LINES = [
  { label: "waiting, this start", name: "plan-start", of: (point) => point.flexible_start_saving_ratio },
  { label: "pausing, this start", name: "plan-pauses", pausing: true, of: (point) => point.pause_and_resume_saving_ratio },
  { label: "waiting, mean of the paper\u2019s starts", name: "plan-start", dashed: true, of: (point) => point.mean_flexible_start_saving_ratio },
  { label: "pausing, mean of the paper\u2019s starts", name: "plan-pauses", dashed: true, pausing: true, of: (point) => point.mean_pause_and_resume_saving_ratio },
];

/**
 * Creates the chart, with a sentence and a table.
 *
 * @returns {{element: HTMLElement, show: (model: CurveModel & {canPause: boolean}) => void}}
 */
export function createSavingsCurve() {
  const summary = h("p");
  const [numbers, place] = [h("div"), h("div")];
  /** @type {CurveModel["curve"]["points"]} */
  let shown = [];
  const plotOf = (/** @type {SavingsLine[]} */ lines) => createPlot({
    label: "Savings by extra hours",
    height: 220,
    lines,
    xTitle: "hours by which the job may end later",
    yTitle: "saving, compared with starting now",
    yText: percent,
    readOut(index) {
      const point = shown[index];
      return point ? `${span(point.extra_hours * 3600)} more: ${lines.map(({ label, of }) => `${label} ${ratio(of(point))}`).join(", ")}` : "";
    },
  });
  /** The charts of a job that can pause, and of one that cannot, once there was such a job. @type {Map<boolean, ReturnType<typeof plotOf>>} */
  const plots = new Map();
  return {
    element: h("div", null, summary, place, details("The same in numbers", numbers)),
    show({ name, exact, canPause, curve: { points } }) {
      const lines = LINES.filter(({ pausing }) => canPause || !pausing);
      const plot = plots.get(canPause) ?? plotOf(lines);
      plots.set(canPause, plot);
      if (place.firstChild !== plot.element) fill(place, plot.element);
      shown = points;
      const last = points.findLast((point) => point.pause_and_resume_saving_ratio !== null);
      const yearly = last?.mean_flexible_start_saving_ratio ?? null;
      fill(
        summary,
        last
          ? `${name}: with up to ${span(last.extra_hours * 3600)} more, waiting saves ${ratio(last.flexible_start_saving_ratio)} from this start` +
            `${canPause ? ` and pausing ${ratio(last.pause_and_resume_saving_ratio)}` : ""}` +
            `${yearly === null ? "" : `; on average over the paper\u2019s starts of the year ${ratio(yearly)}${canPause ? ` and ${ratio(last.mean_pause_and_resume_saving_ratio)}` : ""} (dashed${exact && canPause ? ", with free pauses at the mean power" : ""})`}.`
          : `${name}: started now, the job emits nothing, and there is nothing to save.`,
      );
      fill(
        numbers,
        table(
          "Savings by the hours by which the job may end later",
          ["Hours", ...lines.map(({ label }) => label)],
          points.map((point) => [String(point.extra_hours), ...lines.map(({ of }) => ratio(of(point)))]),
        ),
      );
      plot.set(points.map((point) => point.extra_hours), lines.map(({ of }) => points.map(of)));
    },
  };
}

/** @param {number | null | undefined} value */
function ratio(value) {
  return value === null || value === undefined ? "\u2013" : percent(value);
}
