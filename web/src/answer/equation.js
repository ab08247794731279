/**
 * The equation opened up: Software Carbon Intensity, ((E x I) + M) per R, with every factor and where it comes from.
 * @module
 */

/** @import { Model } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { h, table } from "./dom.js";
import { digits, energy, intensity, mass, span } from "./format.js";

/**
 * @param {Model} model
 * @param {Choice[]} choices
 * @returns {HTMLElement[]}
 */
export function equation({ plan, home, counted, embodied, factors }, choices) {
  const shown = choices.filter(({ key }) => counted[key]);
  const score = counted.now?.score;
  if (!score) return [];
  const { job, power_usage_effectiveness: pue, pause_costs: costs } = plan;
  const made = embodied
    ? `${embodied.gpus} GPUs of ${digits(embodied.kilogramsPerGpu)}\u202fkg each, over ${span(job.duration_seconds)} of ${embodied.lifetimeYears} years: ${embodied.source}`
    : "left out: not asked for, or not published for this GPU";
  const rows = [
    ["E", energy(job.energy_kilowatt_hours), `what the GPUs use: ${factors.job}`],
    ["PUE", digits(pue), `energy of the data centre for each unit that the GPUs use: ${factors.pue}`],
    [
      "I",
      perEnergy(score),
      `${home.signal} intensity, location-based, in the mean over the job at once: ${home.source}, ${home.quality}`,
    ],
    [
      "M",
      score.embodied_grams === null ? "\u2013" : mass(score.embodied_grams),
      `the share of their manufacture: ${made}`,
    ],
    ["R", String(score.units), "one job"],
  ];
  return [
    h(
      "p",
      { class: "equation" },
      "(",
      term("E", energy(job.energy_kilowatt_hours)),
      " \u00d7 ",
      term("PUE", digits(pue)),
      " \u00d7 ",
      term("I", perEnergy(score)),
      " + ",
      term("M", score.embodied_grams === null ? "0" : mass(score.embodied_grams)),
      ") / ",
      term("R", "1\u00a0job"),
      " = ",
      h("strong", null, mass(score.grams_per_unit)),
    ),
    table("Every factor, for the job at once", ["Factor", "Value", "What it is, and its source"], rows, { class: "factors" }),
    table(
      "The same for each choice",
      ["Choice", "E \u00d7 PUE \u00d7 I", "I", "With M"],
      shown.map(({ key, label }) => {
        const one = counted[key]?.score;
        return [
          label,
          mass(one?.operational_grams ?? 0),
          perEnergy(one),
          mass(one?.total_grams ?? 0),
        ];
      }),
    ),
    costs.energy_kilowatt_hours > 0 || costs.time_seconds > 0 || costs.paused_power_watts > 0
      ? h(
          "p",
          { class: "note" },
          "What pauses cost is in the emissions of the choices that pause, not in E: their I is per kilowatt-hour of the job itself.",
        )
      : null,
    h(
      "p",
      null,
      "Outside the boundary: the processors, memory, storage and network around the GPUs (the paper measured 74\u202f% of a server\u2019s draw at its GPU), " +
        "the making of all but the GPUs, and whatever runs while the job waits. A figure of GPUs alone is a component of the whole score.",
    ),
    h(
      "p",
      { class: "note" },
      "SCI: Green Software Foundation, SPEC 1.1.0, and ISO/IEC 21031:2024. It counts no offsets and no certificates.",
    ),
  ].filter((element) => element !== null);
}

/** @param {import("../types.js").Score | undefined} score */
function perEnergy(score) {
  const mean = score?.intensity_grams_per_kilowatt_hour ?? null;
  return mean === null ? "\u2013" : intensity(mean);
}

/**
 * @param {string} symbol
 * @param {string} value
 */
function term(symbol, value) {
  return h("span", { class: "term" }, h("var", null, symbol), h("span", null, value));
}
