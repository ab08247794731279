/**
 * Emissions of the best plan as the energy of a pause grows, and the energy at which pausing stops saving.
 * @module
 */

/** @import { PauseCostsModel } from "../types.js" */
import { details, fill, h, table } from "../ui/dom.js";
import { count, energy, mass } from "../ui/format.js";
import { createPlot } from "./plot.js";

/**
 * Creates the chart, with a sentence and a table.
 *
 * @returns {{element: HTMLElement, show: (model: PauseCostsModel) => void}}
 */
export function createPauseCosts() {
  const summary = h("p");
  const numbers = h("div");
  /** @type {PauseCostsModel["curve"]["points"]} */
  let points = [];
  const { element, set } = createPlot({
    label: "Emissions as the energy of a pause grows",
    height: 200,
    lines: [
      { label: "best pauses", name: "plan-pauses" },
      { label: "best start", name: "plan-start", dashed: true },
    ],
    xTitle: "kWh per pause",
    yTitle: "emissions (the axis does not start at zero)",
    yText: mass,
    startNearLeast: true,
    readOut: (index) => {
      const point = points[index];
      return point
        ? `${energy(point.energy_kilowatt_hours)} per pause: ${mass(point.emissions_grams)} with ${count(point.pauses, "pause")}`
        : "";
    },
  });
  return {
    element: h("div", null, summary, element, details("The same in numbers", numbers)),
    show({ name, curve }) {
      points = curve.points;
      const stops = curve.stops_paying_at_kilowatt_hours;
      const start = mass(curve.flexible_start_emissions_grams);
      fill(
        summary,
        `${name}: ${
          stops === null
            ? `pauses save emissions at every energy shown; the best start emits ${start}.`
            : stops === 0
              ? `no pause saves emissions, not even a free one: the best start emits ${start}.`
              : `pauses save emissions as long as one takes less than ${energy(stops)} to save and restore the job; from there on the best start is as good, with ${start} (dashed).`
        }`,
      );
      fill(
        numbers,
        table(
          "Emissions by the energy of a pause",
          ["Energy per pause", "Emissions", "Pauses"],
          points.map((point) => [
            energy(point.energy_kilowatt_hours),
            mass(point.emissions_grams),
            String(point.pauses),
          ]),
        ),
      );
      set(
        points.map((point) => point.energy_kilowatt_hours),
        [points.map((point) => point.emissions_grams), points.map(() => curve.flexible_start_emissions_grams)],
      );
    },
  };
}
