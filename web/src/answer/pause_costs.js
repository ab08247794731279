/**
 * What a pause may cost: the best plan as saving and restoring takes more energy, and where pausing stops paying.
 * @module
 */

/** @import { PauseCostsModel } from "../types.js" */
import { fill, h, more, table } from "./dom.js";
import { count, energy, mass } from "./format.js";
import { createPlot } from "./plot.js";

/**
 * @returns {{element: HTMLElement, show: (model: PauseCostsModel) => void}}
 */
export function createPauseCosts() {
  const summary = h("p");
  const numbers = h("div");
  /** @type {PauseCostsModel["prices"]["points"]} */
  let points = [];
  const { element, set } = createPlot({
    label: "Emissions as the energy of a pause grows",
    height: 200,
    lines: [
      { label: "best pauses", name: "plan-pauses" },
      { label: "best start", name: "plan-start", dashed: true },
    ],
    xTitle: "kWh for each pause",
    yTitle: "emissions (the axis does not begin at zero)",
    yText: mass,
    near: true,
    readOut: (index) => {
      const point = points[index];
      return point
        ? `${energy(point.energy_kilowatt_hours)} a pause: ${mass(point.emissions_grams)} with ${count(point.pauses, "pause")}`
        : "";
    },
  });
  return {
    element: h("div", null, summary, element, more("The same in numbers", numbers)),
    show({ name, prices }) {
      points = prices.points;
      const stops = prices.stops_paying_at_kilowatt_hours;
      const start = mass(prices.flexible_start_emissions_grams);
      fill(
        summary,
        `${name}: ${
          stops === null
            ? `pausing pays at every energy shown; the best start emits ${start}.`
            : stops === 0
              ? `no pause pays, not even a free one: the best start emits ${start}.`
              : `pausing pays until a pause takes ${energy(stops)} to save and to restore; from there on the best start, ${start}, is as good (dashed).`
        }`,
      );
      fill(
        numbers,
        table(
          "Emissions by the energy of a pause",
          ["A pause", "Emits", "Pauses"],
          points.map((point) => [
            energy(point.energy_kilowatt_hours),
            mass(point.emissions_grams),
            String(point.pauses),
          ]),
        ),
      );
      set(
        points.map((point) => point.energy_kilowatt_hours),
        [points.map((point) => point.emissions_grams), points.map(() => prices.flexible_start_emissions_grams)],
      );
    },
  };
}
