/**
 * A paragraph for a paper's statement of emissions: plain, in LaTeX, and the sources as BibTeX.
 * @module
 */

/** @import { Model, Series } from "../types.js" */
/** @import { Choice } from "../answer/choices.js" */
import { extent, pauses } from "../answer/choices.js";
import { clock, count, day, digits, energy, intensity, mass, percent, span } from "../answer/format.js";

/** The keys of the sources in the BibTeX; the data's are {@link dataKey}. */
const METHOD = "dodge2022measuring";
const TOOL = "gpucarbon";

/**
 * The statement in sentences; a source is cited by its key.
 *
 * @param {Model} model
 * @param {Choice} choice what is stated
 * @param {(key: string) => string} cite
 * @returns {string}
 */
export function statement(model, choice, cite) {
  const { plan, counted, embodied, factors } = model;
  const data = dataOf(model, choice);
  const name = oneLine(data.name);
  const { start, end } = extent(choice);
  const moment = (/** @type {string} */ time) => `${clock(time, "UTC")} UTC on ${day(time, "UTC", { year: true })}`;
  const score = counted[choice.key]?.score;
  const mean = score?.intensity_grams_per_kilowatt_hour ?? null;
  const made = score?.embodied_grams ?? null;
  const said = [
    `The job used ${energy(plan.job.energy_kilowatt_hours)} at its GPUs (${oneLine(factors.job)}) in ${span(plan.job.duration_seconds)} of work, from ${moment(start)} to ${moment(end)}` +
      `${pauses(choice) > 0 ? ` with ${count(pauses(choice), "pause")}` : ""}.`,
    `With a power usage effectiveness of ${digits(plan.power_usage_effectiveness)} and the location-based ${data.signal} carbon intensity of ${name} every ${span(data.stepSeconds)} ` +
      `${cite(dataKey(data))}${mean === null ? "" : `, ${intensity(mean)} in the mean over the job`}, it emitted ${mass(choice.grams)} of CO2e${ofPauses(model, choice)}, by the method of Dodge et al. ${cite(METHOD)}, computed with gpu-carbon ${cite(TOOL)}.`,
    choice.saving !== null && choice.saving > 0
      ? `To start at once and not to pause${choice.region === plan.home_region ? "" : `, in ${oneLine(plan.home_region)},`} would have emitted ${mass(baseline(model))}: the schedule saved ${percent(choice.saving)}.`
      : "",
    made !== null && embodied
      ? `The share of the manufacture of its ${embodied.gpus} GPUs adds ${mass(made)} (${digits(embodied.kilogramsPerGpu)}\u202fkg for each GPU, over ${embodied.lifetimeYears} years).`
      : "Emissions of manufacture are not included.",
    "The figures cover the GPUs alone, without the rest of their servers and the network, and no offsets.",
  ];
  return said.filter(Boolean).join(" ");
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @returns {string}
 */
export function latex(model, choice) {
  // What is cited must not be escaped: it is put back afterwards.
  const text = statement(model, choice, (key) => `\u0001${key}\u0002`);
  const body = escaped(text)
    .replaceAll("\u202f", "\\,")
    .replaceAll("CO2e", "CO\\textsubscript{2}e")
    .replaceAll("\u2212", "$-$")
    .replaceAll(/\u0001(.*?)\u0002/g, (_, key) => `\\cite{${key}}`);
  return `\\paragraph{Carbon emissions.} ${body}\n`;
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @returns {string}
 */
export function plainStatement(model, choice) {
  const data = dataOf(model, choice);
  const sources = /** @type {Record<string, string>} */ ({
    [METHOD]: "(FAccT 2022)",
    [TOOL]: "",
    [dataKey(data)]: `(${data.attribution ?? data.source}; checksum ${data.checksum})`,
  });
  return statement(model, choice, (key) => sources[key] ?? "").replaceAll(/ (?=[,.])/g, "");
}

/**
 * The sources of a statement.
 *
 * @param {Model} model
 * @param {Choice} choice
 * @returns {string}
 */
export function bibtex(model, choice) {
  const data = dataOf(model, choice);
  const years = [data.startMilliseconds, data.endMilliseconds - 1].map((moment) => day(moment, "UTC", { year: true }));
  return `@inproceedings{${METHOD},
  author = {Dodge, Jesse and Prewitt, Taylor and Tachet des Combes, Remi and Odmark, Erika and Schwartz, Roy and Strubell, Emma and Luccioni, Alexandra Sasha and Smith, Noah A. and DeCario, Nicole and Buchanan, Will},
  title = {Measuring the Carbon Intensity of {AI} in Cloud Instances},
  booktitle = {Proceedings of the 2022 ACM Conference on Fairness, Accountability, and Transparency},
  series = {FAccT '22},
  year = {2022},
  pages = {1877--1894},
  doi = {10.1145/3531146.3533234}
}

@misc{${TOOL},
  title = {gpu-carbon: the carbon intensity of {GPU} jobs, measured and planned},
  note = {Software, Apache-2.0 licence}
}

@misc{${dataKey(data)},
  title = {Carbon intensity of {${escaped(oneLine(data.name))}}, ${data.signal}, ${years.join(" to ")}},
  note = {${escaped(data.attribution ?? data.source)}. Every ${escaped(span(data.stepSeconds)).replaceAll("\u202f", "~")}, checksum ${data.checksum}}
}
`;
}

/**
 * @param {Model} model
 * @param {Choice} choice
 * @returns {Series}
 */
function dataOf({ series, home }, { region }) {
  return series.find(({ name }) => name === region) ?? home;
}

/**
 * Text without the characters that end a line, or that nobody sees.
 *
 * @param {string} text
 */
function oneLine(text) {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}

/**
 * What its pauses emitted, where they cost something.
 *
 * @param {Model} model
 * @param {Choice} choice
 */
function ofPauses({ plan }, choice) {
  const grams = plan.regions.find(({ name }) => name === choice.region)?.pause_and_resume.costs?.pause_emissions_grams ?? 0;
  return pauses(choice) > 0 && grams > 0 ? `, ${mass(grams)} of that by pausing` : "";
}

/** @param {Series} series */
function dataKey({ name, checksum }) {
  return `intensity-${name.replaceAll(/[^A-Za-z0-9-]/g, "")}-${checksum}`;
}

/** @param {Model} model */
function baseline({ plan }) {
  return plan.regions.find(({ name }) => name === plan.home_region)?.baseline.emissions_grams ?? 0;
}

/** What LaTeX would take for its own. @type {Record<string, string>} */
const SPECIAL = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "&": "\\&",
  "%": "\\%",
  $: "\\$",
  "#": "\\#",
  _: "\\_",
};

/**
 * Text as LaTeX sets it. BibTeX counts braces, escaped or not: a name has parentheses instead.
 *
 * @param {string} text
 */
function escaped(text) {
  return text
    .replaceAll("{", "(")
    .replaceAll("}", ")")
    .replaceAll(/[\\~^&%$#_]/g, (sign) => SPECIAL[sign] ?? sign);
}
