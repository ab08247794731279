/**
 * The equation of Software Carbon Intensity, ((E x I) + M) per R, with every factor and its source.
 * @module
 */

/** @import { Model } from "../types.js" */
/** @import { Choice } from "./choices.js" */
import { h, table } from "../ui/dom.js";
import { GPUS_ONLY, boundarySentence } from "../state/boundary.js";
import { digits, energy, intensity, mass, span } from "../ui/format.js";

/**
 * A mass, or another text where it is unknown or left out.
 *
 * @param {number | null | undefined} grams
 * @param {string} otherwise
 */
export function knownMass(grams, otherwise = "\u2013") {
  return grams === null || grams === undefined ? otherwise : mass(grams);
}

/**
 * The equation, the table of its factors, and the boundary.
 *
 * @param {Model} model
 * @param {Choice[]} choices
 * @returns {HTMLElement[]}
 */
export function equation({ plan, home, figures, embodied, factors, unit }, choices) {
  const shown = choices.filter(({ key }) => figures[key]);
  const score = figures.now?.score;
  if (!score) return [];
  const { job, power_usage_effectiveness: pue, pause_costs: costs } = plan;
  const embodiedSource = embodied
    ? `${embodied.gpus} GPUs of ${digits(embodied.kilogramsPerGpu)}\u202fkg each, for ${span(job.duration_seconds)} of ${embodied.lifetimeYears} years: ${embodied.source}`
    : "left out: switched off, or not published for this GPU";
  const rows = [
    ["E", energy(job.energy_kilowatt_hours), energyMeaning(factors)],
    ["PUE", digits(pue), `energy of the data centre for each kWh of its IT equipment: ${factors.pue}`],
    [
      "I",
      perEnergy(score),
      `${home.signal} intensity, location-based, averaged over the job started now: ${home.source}, ${home.quality}`,
    ],
    [
      "M",
      knownMass(score.embodied_grams),
      `the job\u2019s share of the manufacture of its GPUs: ${embodiedSource}`,
    ],
    ["R", score.units.toLocaleString("en"), unit === "job" ? "one job" : `${unit}, in this job: as entered`],
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
      term("M", knownMass(score.embodied_grams, "left out")),
      ") / ",
      term("R", unit === "job" ? "1\u00a0job" : `${score.units.toLocaleString("en")} \u00d7 ${unit}`),
      " = ",
      h("strong", null, mass(score.grams_per_unit)),
    ),
    table("Every factor, for the job started now", ["Factor", "Value", "Meaning and source"], rows, { class: "factors" }),
    table(
      "The same for each choice",
      ["Choice", "E \u00d7 PUE \u00d7 I", "I", "With M"],
      shown.map(({ key, label }) => {
        const one = figures[key]?.score;
        return [
          label,
          knownMass(one?.operational_grams),
          perEnergy(one),
          knownMass(one?.total_grams),
        ];
      }),
    ),
    costs.energy_kilowatt_hours > 0 || costs.time_seconds > 0 || costs.paused_power_watts > 0
      ? h(
          "p",
          { class: "note" },
          "The cost of pauses is part of the emissions of the choices that pause, not of E: their I is per kilowatt-hour of the job itself.",
        )
      : null,
    h("p", null, outsideBoundary(factors)),
    h(
      "p",
      { class: "note" },
      "SCI: Green Software Foundation, SPEC 1.1.0, and ISO/IEC 21031:2024. Offsets and certificates do not count.",
    ),
  ].filter((element) => element !== null);
}

/** The meaning and the source of E. @param {import("../types.js").Factors} factors */
function energyMeaning({ what = "GPUs", job, boundary = GPUS_ONLY }) {
  if (boundary.percent === null) return `energy of the ${what}: ${job}`;
  return `energy of the servers: that of the ${what} (${job}), divided by their share of a server\u2019s power, ${boundary.percent}\u202f% (${boundary.source})`;
}

/** What the score leaves out. @param {import("../types.js").Factors} factors */
function outsideBoundary({ what, boundary = GPUS_ONLY }) {
  const rest = "the manufacture of everything but the GPUs, and whatever runs while the job waits.";
  if (boundary.percent !== null) return `${boundarySentence(boundary, what)} Outside it: storage and network elsewhere, ${rest}`;
  return "Outside the boundary: the processors, memory, storage and network around the GPUs (in the paper\u2019s Table 1 one TITAN X takes 74\u202f% of the power of GPU, two CPUs and DRAM), " +
    `${rest} A score of the GPUs alone is one component of the whole score.`;
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
